"""Exceedance curves and return periods of the year's total and of its largest event."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.measures import var
from techinsure.losses.sampling import Sample, sample
from techinsure.losses.tails import NORMAL_95, order_at
from techinsure.losses.year_table import YearLossTable
from techinsure.quantities import (
    FORBID,
    Estimate,
    Flags,
    Floats,
    count,
    number,
    one_of,
    refuse_unless,
    require,
)

if TYPE_CHECKING:
    import pandas as pd

Perspective = Literal["aep", "oep"]
"""`aep`: the year's total exceeds the loss; `oep`: its largest event does."""

RETURN_PERIODS = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 250.0, 500.0, 1000.0)
"""Years."""

FEWEST_BEYOND = 10
"""Years that must lie beyond a level before its loss is stated: with fewer, the 95% interval of
order statistics nearly reaches the largest year, and its width is chance."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExceedanceCurve:
    """The share of simulated years whose total (`aep`) or largest event (`oep`) exceeds a loss.

    `loss` (n_points,) distinct, ascending, currency units; `probability` (n_points,) of a year
    that exceeds it (strictly: the loss at level p is the first with probability <= 1 - p);
    `low` and `high` (n_points,) the 95% interval of the probability. The curve is a step
    function, constant from each loss up to the next; below the first loss it is 1.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    perspective: Perspective
    loss: Floats
    probability: Floats
    low: Floats
    high: Floats
    n_years: int
    unit: str = ""

    def __post_init__(self) -> None:
        refuse_unless(self, perspective=one_of("aep", "oep"))
        for name in ("loss", "probability", "low", "high"):
            view = getattr(self, name).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return len(self.loss)

    def exceeding(self, loss: ArrayLike) -> Floats:
        """Share of years above each `loss`, shaped like it."""
        place = np.searchsorted(self.loss, loss, side="right")
        return np.concatenate([[1.0], self.probability])[place]

    def thinned(self, n_points: int = 200) -> "ExceedanceCurve":
        """At most `n_points` points, the ends kept, dense where losses are rare.

        Points are spaced evenly in the logarithm of their place from the top; between those
        that are kept the curve is no longer exact.
        """
        require("n_points", n_points, count(2, 10**7))
        if len(self) <= n_points:
            return self
        wanted = np.geomspace(len(self), 1.0, n_points) - 1.0
        keep = np.unique(len(self) - 1 - np.round(wanted).astype(np.intp))
        parts = {name: getattr(self, name)[keep] for name in ("loss", "probability", "low", "high")}
        return ExceedanceCurve(
            perspective=self.perspective, n_years=self.n_years, unit=self.unit, **parts
        )

    def to_frame(self) -> "pd.DataFrame":
        """One row a point: loss, probability, low, high."""
        import pandas as pd

        return pd.DataFrame({
            "loss": self.loss, "probability": self.probability, "low": self.low, "high": self.high,
        })  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPeriods:
    """The loss once in so many `years`: of the year's total, `aep`, and of its largest event,
    `oep` (empty when only annual totals are known). `unsupported` are the return periods left
    out because fewer than 10 simulated years lie beyond them."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    years: tuple[float, ...]
    aep: tuple[Estimate, ...]
    oep: tuple[Estimate, ...]
    unsupported: tuple[float, ...] = ()

    def to_frame(self) -> "pd.DataFrame":
        """One row a return period: years, aep, aep_error and, where known, oep, oep_error."""
        import pandas as pd

        columns: dict[str, object] = {"years": self.years}
        for name, losses in (("aep", self.aep), ("oep", self.oep)):
            if losses or name == "aep":
                columns[name] = [loss.value for loss in losses]
                columns[f"{name}_error"] = [loss.standard_error for loss in losses]
        return pd.DataFrame(columns)


def aep(table: YearLossTable) -> ExceedanceCurve:
    """The curve of the year's total loss."""
    return exceedance("aep", table.annual(), table.weight, table.stratum, unit=table.currency)


def oep(table: YearLossTable) -> ExceedanceCurve:
    """The curve of the year's largest event: a point is a share of years, not 1 - exp(-rate)."""
    largest = table.largest_event()
    return exceedance("oep", largest, table.weight, table.stratum, unit=table.currency)


def exceedance(
    perspective: Perspective,
    values: ArrayLike,
    weight: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
    *,
    unit: str = "",
) -> ExceedanceCurve:
    """The curve of annual `values` (n_years,), currency units, such as results net of
    reinstatement premium; negative values are allowed.

    Band: Wilson's 95% interval of a share (Wilson 1927, JASA 22), with n the number of equal
    years that would have the same error, p (1 - p) / error**2 (Kish 1965, Survey Sampling).
    """
    drawn = sample(values, weight, stratum)
    drawn.require_error()
    used = drawn.weights() > 0
    loss, place = np.unique(drawn.values[used], return_inverse=True)
    share = _beyond(drawn.weights()[used], place, len(loss))
    if drawn.weight is None:  # in integers
        beyond = drawn.n_years - np.cumsum(np.bincount(place, minlength=len(loss)))
        share = beyond / drawn.n_years
    low, high = _wilson(share, _equal_years(drawn, used, place, share))
    return ExceedanceCurve(
        perspective=perspective,
        loss=loss,
        probability=share,
        low=low,
        high=high,
        n_years=drawn.n_years,
        unit=unit,
    )


def return_periods(
    losses: YearLossTable | ArrayLike,
    years: Sequence[float] | None = None,
    *,
    weight: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
    unit: str = "",
) -> ReturnPeriods:
    """The loss exceeded once in so many `years`: VaR at level 1 - 1 / years, currency units.

    `losses` is a table, or annual values (n_years,) with their weights, strata and unit. Without
    `years`: those of `RETURN_PERIODS` that the simulation supports, the others named in the
    result. A return period asked for by name that it does not support is refused.
    """
    if isinstance(losses, YearLossTable):
        if weight is not None or stratum is not None or unit:
            fix = "leave weight, stratum and unit out: the table has its own"
            raise InvalidParameter([Fault("weight", "given", "must come from the table", fix)])
        weight, stratum, unit = losses.weight, losses.stratum, losses.currency
        annual = [losses.annual(), losses.largest_event()]
    else:
        annual = [np.asarray(losses)]
    drawn = [sample(values, weight, stratum) for values in annual]
    asked = RETURN_PERIODS if years is None else tuple(years)
    exact = [_return_period(position, period) for position, period in enumerate(asked)]
    beyond = [min(_years_beyond(d, 1 - 1 / period) for d in drawn) for period in exact]
    supported = [n >= FEWEST_BEYOND for n in beyond]
    if years is not None and not all(supported):
        raise InvalidParameter([
            Fault(f"years[{position}]", asked[position],
                  f"must have {FEWEST_BEYOND} simulated years beyond it, has {float(n):.4g} of "
                  f"{drawn[0].n_years}", "simulate more years or ask for less")
            for position, n in enumerate(beyond) if n < FEWEST_BEYOND
        ])  # fmt: skip
    kept = [1 - 1 / period for period, fits in zip(exact, supported, strict=True) if fits]
    estimates = [
        tuple(var(values, level, weight, stratum=stratum, unit=unit) for level in kept)
        for values in annual
    ]
    return ReturnPeriods(
        years=tuple(period for period, fits in zip(asked, supported, strict=True) if fits),
        aep=estimates[0],
        oep=estimates[1] if len(estimates) > 1 else (),
        unsupported=tuple(
            period for period, fits in zip(asked, supported, strict=True) if not fits
        ),
    )


def _return_period(position: int, period: float) -> Fraction:
    require(f"years[{position}]", period, number("must be > 1", lambda value: value > 1))
    return Fraction(str(period))


def _years_beyond(drawn: Sample, level: Fraction) -> Fraction | float:
    """How many equal years would know the part beyond `level` as well (Kish 1965)."""
    if drawn.weight is None:
        return drawn.n_years * (1 - level)
    weight = drawn.weight[drawn.values >= order_at(drawn, level).quantile]
    return float(weight.sum() ** 2 / (weight @ weight))


def _beyond(amounts: Floats, place: NDArray[np.intp], n_points: int) -> Floats:
    """(n_points,) sum of `amounts` over the years whose loss is beyond each point."""
    at = np.bincount(place, weights=amounts, minlength=n_points)
    from_above = np.cumsum(at[::-1])[::-1]
    return np.append(from_above[1:], 0.0)


def _equal_years(drawn: Sample, used: Flags, place: NDArray[np.intp], share: Floats) -> Floats:
    """(n_points,) p (1 - p) / error**2, `Sample.error` written for all indicators at once."""
    if drawn.weight is None and drawn.stratum is None:
        return np.full(len(share), float(drawn.n_years))
    weight = drawn.weights()[used]
    codes = np.zeros(drawn.n_years, np.intp) if drawn.stratum is None else drawn.stratum
    total, squared, free = drawn.require_error()
    error2 = np.zeros(len(share))
    for code in np.unique(codes[used]):
        here = codes[used] == code
        inside = _beyond(weight[here], place[here], len(share)) / total[code]
        square = _beyond(weight[here] ** 2, place[here], len(share))
        within = (1 - 2 * inside) * square + inside**2 * squared[code]
        error2 += np.maximum(within, 0.0) / free[code]
    plain = share * (1 - share)
    kish = 1.0 / float(weight @ weight)
    known = (plain > 0) & (error2 > 1e-30)
    return np.where(known, plain / np.where(known, error2, 1.0), kish)


def _wilson(share: Floats, n: Floats) -> tuple[Floats, Floats]:
    square = NORMAL_95**2
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = NORMAL_95 / (1 + square / n) * np.sqrt(share * (1 - share) / n + square / (4 * n**2))
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
