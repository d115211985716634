"""What copulas are asked with, and what of them is checked."""

import numpy as np
from numpy.typing import ArrayLike

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import Floats, NumberCheck, between, number

is_correlation: NumberCheck = between(-1, 1, "write correlations as fractions: 0.3 for 30%")

is_probability_inside = number("must be in (0, 1)", lambda value: 0 < value < 1)


def levels(field: str, values: ArrayLike) -> Floats:
    """`values` as float64 within [0, 1]; refused outside, by the first entry that is."""
    given = np.asarray(values)
    if given.dtype.kind not in "iuf":
        raise InvalidParameter([Fault(field, given.dtype.name, "must hold numbers")])
    array: Floats = given.astype(np.float64)
    wrong = ~((array >= 0) & (array <= 1))
    if wrong.any():
        first = array[wrong].flat[0].item()
        fix = "write levels as fractions: 0.99 for 99%"
        raise InvalidParameter([Fault(field, first, "must be in [0, 1] in every entry", fix)])
    return array


def pairs(u: ArrayLike, v: ArrayLike) -> tuple[Floats, Floats]:
    """Both levels, broadcast together."""
    one, other = np.broadcast_arrays(levels("u", u), levels("v", v))
    return one, other


def uniform_rows(uniforms: ArrayLike, n_rows: int) -> Floats:
    """(n_rows, n) uniforms strictly inside (0, 1); refused with another shape or value."""
    array = levels("uniforms", uniforms)
    if array.ndim != 2 or array.shape[0] != n_rows:
        bound = f"must have shape ({n_rows}, n)"
        raise InvalidParameter([Fault("uniforms", array.shape, bound)])
    if array.size and not (array.min() > 0 and array.max() < 1):
        raise InvalidParameter([Fault("uniforms", "0 or 1", "must be strictly inside (0, 1)")])
    return array
