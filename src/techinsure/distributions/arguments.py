"""What laws are asked with: levels and amounts, refused where they mean nothing."""

import numpy as np
from numpy.typing import ArrayLike

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import Flags, Floats


def levels(uniforms: ArrayLike) -> Floats:
    """`uniforms` as float64, shaped as given; each must be in [0, 1]."""
    u = np.asarray(uniforms, np.float64)
    _refuse_where("uniforms", u, ~((u >= 0) & (u <= 1)), "must be in [0, 1]", "0.99 for 99%")
    return u


def amounts(field: str, values: ArrayLike) -> Floats:
    """`values` as float64, shaped as given; each must be >= 0, inf included."""
    x = np.asarray(values, np.float64)
    _refuse_where(field, x, ~(x >= 0), "must be >= 0", "write amounts in currency units")
    return x


def _refuse_where(field: str, values: Floats, wrong: Flags, bound: str, fix: str) -> None:
    if not wrong.any():
        return
    first = tuple(int(place) for place in np.argwhere(wrong)[0])
    place = f"[{', '.join(map(str, first))}]" if first else ""
    raise InvalidParameter([Fault(f"{field}{place}", float(values[first]), bound, fix)])
