"""What is measured, and what is aimed at. Pure."""

from dataclasses import dataclass

from nst.options import Quality

# Seconds that `standard` may take at a size, on an H100.
TARGETS = {512: 1.0, 1024: 3.0}


@dataclass(frozen=True)
class Plan:
    """Sizes are long sides in pixels."""

    steps: tuple[int, ...]
    compiled: tuple[int, ...]  # of them, those that XLA is tried at: each is a program of its own
    count: int  # steps in one call
    paintings: tuple[int, ...]
    qualities: tuple[Quality, ...]
    equality: int
    matrix: int  # rows and columns of the products that the peak is measured with
    copied_mib: int


LARGE = Plan(
    steps=(128, 256, 512, 1024, 2048),
    compiled=(512, 2048),
    count=10,
    paintings=(512, 1024, 2048),
    qualities=("draft", "standard", "fine"),
    equality=256,
    matrix=8192,
    copied_mib=1024,
)
SMALL = Plan(
    steps=(64,),
    compiled=(),  # minutes, on a processor
    count=3,
    paintings=(64,),
    qualities=("draft",),
    equality=64,
    matrix=256,
    copied_mib=4,
)
