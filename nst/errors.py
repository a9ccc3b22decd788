"""The errors of `nst`: one tree, each with a sentence for a person. Pure."""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from nst.result import Result


class NstError(Exception):
    """Anything that keeps a picture from being painted.

    `code` is stable and for programs; `str(error)` is one sentence that says what to do next.
    """

    code: ClassVar[str] = "internal"


class BadOptions(NstError):
    """An option is out of its range, or two do not go together."""

    code = "bad_options"


class Unreadable(NstError):
    """The file is not a picture, or it is damaged."""

    code = "unreadable"


class TooLarge(NstError):
    """More bytes or more pixels than the limits allow."""

    code = "too_large"


class TooSmall(NstError):
    """A side is too short, or the picture too narrow, to paint."""

    code = "too_small"


class WeightsMissing(NstError):
    """The network's weights are absent, or are not the file that was expected."""

    code = "weights_missing"


class OutOfMemory(NstError):
    """The machine has not enough memory for this size."""

    code = "out_of_memory"


class Cancelled(NstError):
    """`cancelled()` said so. `partial` is the best picture so far, if painting had begun."""

    code = "cancelled"

    def __init__(self, message: str = "Cancelled.", partial: "Result | None" = None) -> None:
        super().__init__(message)
        self.partial = partial
