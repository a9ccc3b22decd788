"""Neural style transfer after Gatys, Ecker and Bethge: pictures in, picture out.

Importing this package is cheap: TensorFlow loads on the first call of `stylize`.
"""

from nst.engine import stylize, warm_up
from nst.errors import (
    BadOptions,
    Cancelled,
    NstError,
    OutOfMemory,
    TooLarge,
    TooSmall,
    Unreadable,
    WeightsMissing,
)
from nst.options import Options
from nst.result import Progress, Result

__all__ = [
    "BadOptions",
    "Cancelled",
    "NstError",
    "Options",
    "OutOfMemory",
    "Progress",
    "Result",
    "TooLarge",
    "TooSmall",
    "Unreadable",
    "WeightsMissing",
    "stylize",
    "warm_up",
]
