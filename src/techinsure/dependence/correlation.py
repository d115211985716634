"""Correlation matrices: which ones exist, the nearest that does, and draws with one.

A matrix (n, n) of correlations exists when it is symmetric, has ones on its diagonal, and no
eigenvalue is negative: a matrix filled in pair by pair often has one.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from techinsure.dependence.arguments import uniform_rows
from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import Floats, count, not_negative, positive, require

MOST = 500
_ROUNDING = 1e-12


def correlations(matrix: ArrayLike, field: str = "correlation") -> Floats:
    """`matrix` (n, n) as float64, if it is a correlation matrix; refused by the entry, or by its
    smallest eigenvalue with how far the nearest correlation matrix lies."""
    array = _square(matrix, field)
    faults = []
    if not np.isfinite(array).all():
        faults.append(Fault(field, "NaN or infinity", "must be finite in every entry"))
        raise InvalidParameter(faults)
    for row, column in np.argwhere(np.abs(array) > 1 + _ROUNDING)[:3]:
        where = f"{field}[{row}, {column}]"
        faults.append(Fault(where, float(array[row, column]), "must be in [-1, 1]"))
    for row in np.nonzero(np.abs(np.diag(array) - 1) > _ROUNDING)[0][:3]:
        faults.append(Fault(f"{field}[{row}, {row}]", float(array[row, row]), "must be 1"))
    for row, column in np.argwhere(np.abs(array - array.T) > _ROUNDING)[:3]:
        if row < column:
            bound = f"must equal its mirror {array[column, row]:g}"
            where = f"{field}[{row}, {column}]"
            faults.append(Fault(where, float(array[row, column]), bound, "make it symmetric"))
    if faults:
        raise InvalidParameter(faults)
    smallest = float(np.linalg.eigvalsh(array)[0])
    if smallest < -_ROUNDING * len(array):
        near = nearest(array)
        row, column = np.unravel_index(np.argmax(np.abs(near - array)), array.shape)
        fix = (
            f"the nearest correlation matrix differs most at [{row}, {column}]: "
            f"{near[row, column]:.6g} for {array[row, column]:g}"
        )
        bound = "must be positive semidefinite: its smallest eigenvalue must be >= 0"
        raise InvalidParameter([Fault(field, smallest, bound, fix)])
    return array


def nearest(matrix: ArrayLike, least: float = 0.0, most_rounds: int = 10_000) -> Floats:
    """(n, n) the correlation matrix nearest to a symmetric one in the sum of squared differences,
    eigenvalues >= `least`: alternating projections with Dykstra's correction.
    Source: Higham 2002, IMA Journal of Numerical Analysis 22(3), algorithm 3.3.
    """
    require("least", least, not_negative)
    array = _square(matrix, "matrix")
    if not np.isfinite(array).all() or np.abs(array - array.T).max() > _ROUNDING:
        raise InvalidParameter([Fault("matrix", "as given", "must be finite and symmetric")])
    y, correction = array.copy(), np.zeros_like(array)
    for _ in range(most_rounds):
        shifted = y - correction
        values, vectors = np.linalg.eigh(shifted)
        x = (vectors * np.maximum(values, least)) @ vectors.T
        correction = x - shifted
        old, y = y, x.copy()
        np.fill_diagonal(y, 1.0)
        if np.abs(y - old).max() <= 1e-14:
            break
    values, vectors = np.linalg.eigh((y + y.T) / 2)  # what the last rounding left below
    x = (vectors * np.maximum(values, least)) @ vectors.T
    scale = 1 / np.sqrt(np.diag(x))
    found: Floats = np.clip(x * np.outer(scale, scale), -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return (found + found.T) / 2


def root(matrix: ArrayLike) -> Floats:
    """(n, n) R with R @ R.T the correlation matrix, lower triangular where it is positive
    definite, so that the first names do not move when one is added at the end."""
    array = correlations(matrix)
    try:
        return np.asarray(np.linalg.cholesky(array), np.float64)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(array)
        found: Floats = vectors * np.sqrt(np.maximum(values, 0.0))
        length: Floats = np.sqrt((found**2).sum(axis=1, keepdims=True))
        return found / length


def gaussian(matrix: ArrayLike, uniforms: ArrayLike) -> Floats:
    """(n, m) uniforms with the Gaussian copula of `matrix`, from independent ones (n, m)."""
    below = root(matrix)
    scores = special.ndtri(uniform_rows(uniforms, len(below)))
    return np.asarray(special.ndtr(below @ scores), np.float64)


def student_t(matrix: ArrayLike, nu: float, uniforms: ArrayLike) -> Floats:
    """(n, m) uniforms with the t copula of `matrix` and `nu` > 0 degrees of freedom, from
    independent ones (n + 1, m): the last row draws the scale that all share."""
    require("nu", nu, positive)
    below = root(matrix)
    given = uniform_rows(uniforms, len(below) + 1)
    scores = below @ special.ndtri(given[:-1])
    scale = np.sqrt(2 * special.gammaincinv(nu / 2, given[-1]) / nu)
    with np.errstate(divide="ignore"):
        return np.asarray(special.stdtr(nu, scores / scale), np.float64)


def of_kendall(taus: ArrayLike) -> Floats:
    """(n, n) score correlations sin(pi tau / 2) of Gaussian and t copulas with Kendall's `taus`;
    refused where these do not fit together."""
    return correlations(np.sin(math.pi / 2 * _square(taus, "taus")), "sin(pi taus / 2)")


def _square(matrix: ArrayLike, field: str) -> Floats:
    given = np.asarray(matrix)
    if given.dtype.kind not in "iuf" or given.ndim != 2 or given.shape[0] != given.shape[1]:
        bound = "must be a square array of numbers"
        raise InvalidParameter([Fault(field, given.shape, bound)])
    require(f"len({field})", given.shape[0], count(1, MOST))
    return given.astype(np.float64)
