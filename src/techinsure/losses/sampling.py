"""Simulated annual values with their weights and strata, and how well their mean is known."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.quantities import FORBID, Floats

LARGEST = 1e150
"""Amounts must be smaller, so that no sum and no square can overflow."""

_FEWEST_FREE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Checked annual values, made by `sample`.

    `values` (n_years,) float64; `weight` (n_years,) float64 summing to 1, or None when all years
    count the same; `stratum` (n_years,) intp codes from 0, or None.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    values: Floats
    weight: Floats | None
    stratum: NDArray[np.intp] | None

    @property
    def n_years(self) -> int:
        """How many years were simulated."""
        return len(self.values)

    def weights(self, years: NDArray[np.intp] | None = None) -> Floats:
        """The weights of all years, or of `years` (m,); read-only."""
        if self.weight is not None:
            return self.weight if years is None else self.weight[years]
        return np.broadcast_to(1.0 / self.n_years, self.n_years if years is None else len(years))

    def mean(self, values: Floats | None = None) -> float:
        """The weighted mean of `values` (n_years,), by default of the sample's own."""
        values = self.values if values is None else values
        return float(values.mean() if self.weight is None else self.weight @ values)

    def error(self, influence: Floats, years: NDArray[np.intp] | None = None) -> float:
        """Standard error of the weighted mean of `influence` (n_years,), in its unit.

        With `years` (m,), `influence` is (m,) and zero in all other years. The square is the sum
        over strata h (one, when there are none) of
            sum_i (w_i (f_i - m_h))**2 / (1 - sum_i (w_i / W_h)**2),  W_h = sum_i w_i, i in h.
        Equal weights give s / sqrt(n), and in strata sqrt(sum_h W_h**2 s_h**2 / n_h) (Cochran
        1977, Sampling Techniques, ch. 5); unequal ones the delta method of a self-normalised mean
        (Owen 2013, Monte Carlo theory, methods and examples, section 9.2).
        """
        share, squared, free = self.require_error()
        peak = max(float(influence.max(initial=0.0)), -float(influence.min(initial=0.0)))
        if peak == 0.0:
            return 0.0
        scaled = influence / peak  # no square under- or overflows, and a constant is exactly 1
        weight = self.weights(years)
        centre = self._by_stratum(weight * scaled, years) / share
        gap = scaled - (centre[0] if self.stratum is None else centre[self._strata(years)])
        within = self._by_stratum((weight * gap) ** 2, years)
        if years is not None:
            rest = squared - self._by_stratum(weight * weight, years)
            within += centre**2 * np.maximum(rest, 0.0)
        return peak * float(np.sqrt((within / free).sum()))

    def require_error(self) -> tuple[Floats, Floats, Floats]:
        """By stratum, (n_strata,): the weight, the sum of squared weights, and the part of the
        variance that is free, (n - 1) / n for equal weights; `Undefined` where that is none."""
        if self.weight is None and self.stratum is None:
            total, squared = np.ones(1), np.full(1, 1.0 / self.n_years)
        else:
            weight = self.weights()
            total, squared = self._by_stratum(weight), self._by_stratum(weight * weight)
        share = np.where(total > 0, total, 1.0)
        free = np.where(total > 0, 1.0 - squared / share**2, 1.0)
        if (free <= _FEWEST_FREE).any():
            where = "" if self.stratum is None else " in each stratum"
            raise Undefined(
                f"a standard error cannot be estimated from one year: simulate at least 2{where}"
            )
        return share, squared, free

    def _strata(self, years: NDArray[np.intp] | None) -> NDArray[np.intp]:
        assert self.stratum is not None
        return self.stratum if years is None else self.stratum[years]

    def _by_stratum(self, amounts: Floats, years: NDArray[np.intp] | None = None) -> Floats:
        """(n_strata,) sums."""
        if self.stratum is None:
            return np.array([amounts.sum()])
        n_strata = int(self.stratum.max()) + 1
        sums = np.bincount(self._strata(years), weights=amounts, minlength=n_strata)
        return sums.astype(np.float64, copy=False)


def sample(
    values: ArrayLike, weight: ArrayLike | None = None, stratum: ArrayLike | None = None
) -> Sample:
    """Annual values (n_years,) with optional weights and strata; refuses with every fault.

    Weights that are all the same are left out: such years are counted, in integers.
    """
    faults = list[Fault]()
    annual = finite("values", values, 1, faults)
    years = annual.shape[0] if annual.ndim == 1 else -1
    if years == 0:
        faults.append(Fault("values", 0, "must have at least one year"))
    weights = codes = None
    if weight is not None:
        weights = finite("weight", weight, 1, faults)
        faults += _length_faults("weight", weights, years)
        if not faults:
            faults += _weight_faults(weights)
    if stratum is not None:
        codes = np.asarray(stratum)
        faults += _length_faults("stratum", codes, years)
        if codes.dtype.kind not in "iu":
            faults.append(Fault("stratum", codes.dtype.name, "must hold whole numbers"))
    if faults:
        raise InvalidParameter(faults)
    if weights is not None:
        weights = None if weights.min() == weights.max() else weights / weights.sum()
    return Sample(
        values=annual,
        weight=weights,
        stratum=None if codes is None else np.unique(codes, return_inverse=True)[1],
    )


def finite(field: str, values: ArrayLike, n_axes: int, faults: list[Fault]) -> Floats:
    """`values` as float64; what is no array of finite numbers of `n_axes` axes adds a fault."""
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.asarray("ragged")
    if array.dtype.kind not in "iuf" and array.size:
        faults.append(Fault(field, array.dtype.name, "must hold numbers"))
        return np.zeros(array.shape)
    if array.ndim != n_axes:
        shape = "(n_years,)" if n_axes == 1 else "(n_parts, n_years)"
        faults.append(Fault(field, array.shape, f"must have the shape {shape}"))
    floats = array.astype(np.float64, copy=False)
    fits = np.abs(floats) < LARGEST
    n_wrong = fits.size - int(np.count_nonzero(fits))
    if n_wrong:
        bound = f"must be finite and within {LARGEST:g}, {n_wrong} of {fits.size} are not"
        first = tuple(int(place) for place in np.argwhere(~fits)[0])
        faults.append(Fault(f"{field}[{', '.join(map(str, first))}]", floats[first].item(), bound))
    return floats


def _length_faults(field: str, values: NDArray[np.generic], years: int) -> list[Fault]:
    if values.shape == (years,) or years < 0:
        return []
    return [Fault(field, values.shape, f"must have shape ({years},), one entry a year")]


def _weight_faults(weight: Floats) -> list[Fault]:
    total = float(weight.sum())
    if (weight >= 0).all() and abs(total - 1.0) <= 1e-9:
        return []
    return [Fault("weight", total, "must be >= 0 and sum to 1", "divide by the sum")]
