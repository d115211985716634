"""Risk pattern: the loss still to come of a risk that is in force, over the loss of its whole term.

A project that has failed is no longer insured, so what is still to come of one in force is
    remaining(t) = E[losses at or after t] / P(in force at t),
and the share of it in the whole may exceed 1: the phases that cost most lie ahead. Equipment and
patents stay in force, so their pattern is unconditional. Times are years since inception.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, NotFound, Undefined
from techinsure.losses.sampling import Sample, sample
from techinsure.losses.year_table import YearLossTable
from techinsure.quantities import (
    FORBID,
    Estimate,
    Floats,
    Ints,
    Real,
    between,
    exactly,
    is_amount_or_zero,
    not_negative,
    positive,
    refuse_unless,
    require,
)

SPARE = 1e-9
"""Years that a term may miss a whole number by, such as 36 / 12 of 0.1 a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A risk in force at `time`, years since inception. `in_force`: the probability that it is;
    `remaining`: expected loss from then on if it is, currency units; `share`: that over the
    expected loss of the whole term; `pro_rata`: the share of the time that is left."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    time: Real
    pro_rata: Real
    in_force: Estimate
    remaining: Estimate
    share: Estimate

    def __post_init__(self) -> None:
        faults = [*not_negative("time", self.time), *between(0, 1)("pro_rata", self.pro_rata)]
        for name in ("in_force", "remaining", "share"):
            faults += not_negative(name, getattr(self, name).value)
        if faults:
            raise InvalidParameter(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPattern:
    """`moments` in order of time within a `term` in years; `whole`: the expected loss of the whole
    term, currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    term: Real
    whole: Estimate
    moments: tuple[Moment, ...]

    def __post_init__(self) -> None:
        refuse_unless(self, term=positive)

    def at(self, time: float) -> Moment:
        """The moment of that time; one that the pattern was not made at is `NotFound`, never
        interpolated."""
        for moment in self.moments:
            if moment.time == time:
                return moment
        known = [f"{moment.time:g}" for moment in self.moments]
        raise NotFound("time of the risk pattern", f"{time:g}", known)


def risk_pattern(
    table: YearLossTable,
    times: Sequence[float],
    *,
    ended: Floats | None = None,
    items: Ints | None = None,
) -> RiskPattern:
    """The pattern at `times` of `items` (n,) of `table` together (None: of all).

    `ended` (n_years,): when the risk ended in each year, years since the cohort's start, inf where
    it never did (`staged_pattern.project_ends`); None for a risk that stays in force. Error of
    a share R = A / (S W) of simulated means: that of its influence R (a / A - s / S - w / W) over
    the same years (Cochran 1977, Sampling Techniques, ch. 6: ratio estimators). `Undefined`
    where no loss, none after a time, or no year in force was simulated.
    """
    start, term = span(table, items)
    require_times(times, term)
    of_risk = _of(table, items)
    whole = sample(_annual(table, of_risk), table.weight, table.stratum)
    mean, unit = whole.mean(), table.currency
    if mean == 0:
        raise Undefined("a risk pattern is not defined where no loss was simulated")
    ends = _ends(table, of_risk, ended)
    return RiskPattern(
        term=term,
        whole=Estimate(value=mean, standard_error=whole.error(whole.values), unit=unit),
        moments=tuple(
            _moment(table, of_risk, whole, ends, float(time), start, term) for time in times
        ),
    )


def _moment(
    table: YearLossTable, of_risk: NDArray[np.bool_], whole: Sample,
    ends: NDArray[np.float32] | None, time: float, start: float, term: float,
) -> Moment:  # fmt: skip
    unit, w = table.currency, whole.mean()
    if time == 0:
        mean = Estimate(value=w, standard_error=whole.error(whole.values), unit=unit)
        return Moment(
            time=0.0, pro_rata=1.0, in_force=exactly(1.0), remaining=mean, share=exactly(1.0)
        )
    at = np.float32(start + time)
    later = _annual(table, of_risk & (table.time >= at))
    alive = np.ones(table.n_years) if ends is None else (ends >= at).astype(np.float64)
    a, s = whole.mean(later), whole.mean(alive)
    if time < term and (a == 0 or s == 0):
        what = "no loss was simulated after" if a == 0 else "no simulated year is in force at"
        raise Undefined(f"{what} time {time:g}: simulate more years")
    remaining = share = exactly(0.0)
    if a > 0:
        moved = later / a - alive / s
        remaining = _ratio(whole, a / s, moved)
        share = _ratio(whole, a / (s * w), moved - whole.values / w)
    return Moment(
        time=time,
        pro_rata=1 - time / term,
        in_force=exactly(1.0) if ends is None else _ratio(whole, s, alive / s if s else alive),
        remaining=remaining.scaled(1.0, unit),
        share=share,
    )


def _ratio(whole: Sample, value: float, relative: Floats) -> Estimate:
    """`value` whose logarithm each year moves by its `relative` (n_years,) influence."""
    return Estimate(value=value, standard_error=value * whole.error(relative))


def span(table: YearLossTable, items: Ints | None = None) -> tuple[float, float]:
    """(inception, term) in years that `items` (n,) have in common; refused where they differ."""
    held = table.portfolio
    which = np.arange(held.n_items) if items is None else np.asarray(items)
    if not len(which) or which.min() < 0 or which.max() >= held.n_items:
        bound = f"must hold places in [0, {held.n_items - 1}], at least one"
        raise InvalidParameter([Fault("items", which.tolist()[:10], bound)])
    faults = [
        Fault(name, np.unique(column[which]).tolist()[:10], "must be the same for all items",
              "take the items of one inception and term at a time")
        for name, column in (("inception", held.inception), ("term", held.term))
        if np.ptp(column[which]) > SPARE
    ]  # fmt: skip
    if faults:
        raise InvalidParameter(faults)
    return float(held.inception[which[0]]), float(held.term[which[0]])


def require_times(times: Sequence[float], term: float) -> None:
    """Refuse times that do not increase within [0, term]."""
    faults = list[Fault]()
    inside = between(0, term, "write years since inception")
    for place, time in enumerate(times):
        faults += inside(f"times[{place}]", time)
    if not faults and not (len(times) and (np.diff(times) > 0).all()):
        faults.append(Fault("times", list(times)[:10], "must increase, and be at least one"))
    if faults:
        raise InvalidParameter(faults)


def _of(table: YearLossTable, items: Ints | None) -> NDArray[np.bool_]:
    """(n_losses,) whether a row is of the risk."""
    if items is None:
        return np.ones(len(table), bool)
    chosen = np.zeros(table.portfolio.n_items, bool)
    chosen[items] = True
    return chosen[table.item]


def _annual(table: YearLossTable, rows: NDArray[np.bool_]) -> Floats:
    return table.annual(np.where(rows, table.loss, 0.0))


def _ends(
    table: YearLossTable, of_risk: NDArray[np.bool_], ended: Floats | None
) -> NDArray[np.float32] | None:
    """`ended` as the table holds times; refused where a loss comes after the end."""
    if ended is None:
        return None
    if np.shape(ended) != (table.n_years,) or not (ended >= 0).all():
        bound = f"must have shape ({table.n_years},), one time >= 0 a year, inf for never"
        raise InvalidParameter([Fault("ended", np.shape(ended), bound)])
    ends = ended.astype(np.float32)
    after = of_risk & (table.loss > 0) & (table.time > ends[table.year])
    if after.any():
        year = int(table.year[np.argmax(after)])
        fix = "take ends of the same seed, years and terms as the table"
        bound = "must not lie before a loss of its year"
        raise InvalidParameter([Fault(f"ended[{year}]", float(ended[year]), bound, fix)])
    return ends


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyYear:
    """The policy year from `start` to `end`, years since inception (the last may be short): its
    expected loss, currency units, and the share of it in the whole term."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    start: Real
    end: Real
    expected: Estimate
    share: Estimate


def slices(table: YearLossTable, items: Ints | None = None) -> Floats:
    """(n_policy_years, n_years) losses by policy year since inception, currency units; over the
    first axis they sum to the annual losses of `items` (n,) (None: of all)."""
    start, term = span(table, items)
    n, of_risk = math.ceil(term - SPARE), _of(table, items)
    elapsed = table.time[of_risk].astype(np.float64) - start
    year = np.clip(np.floor(elapsed), 0, n - 1).astype(np.int64)
    code = year * table.n_years + table.year[of_risk]
    sums = np.bincount(code, weights=table.loss[of_risk], minlength=n * table.n_years)
    return sums.astype(np.float64).reshape(n, table.n_years)


def policy_years(table: YearLossTable, items: Ints | None = None) -> tuple[PolicyYear, ...]:
    """Expected loss and its share by policy year; the shares sum to 1. Nothing is said about
    being in force: a year counts for what it is expected to cost at inception. Errors of shares
    as in `risk_pattern`."""
    (_, term), by_year = span(table, items), slices(table, items)
    whole = sample(by_year.sum(axis=0), table.weight, table.stratum)
    mean = whole.mean()
    if mean == 0:
        raise Undefined("shares of policy years are not defined where no loss was simulated")
    years = []
    for place, annual in enumerate(by_year):
        value = whole.mean(annual)
        expected = Estimate(value=value, standard_error=whole.error(annual), unit=table.currency)
        error = whole.error((annual - value / mean * whole.values) / mean)
        share = Estimate(value=value / mean, standard_error=error)
        end = min(place + 1.0, term)
        years.append(PolicyYear(start=float(place), end=end, expected=expected, share=share))
    return tuple(years)


def exact_years(pattern: RiskPattern) -> tuple[PolicyYear, ...]:
    """Policy years of an exact pattern with moments at 0, 1, ... and the end of the term: each is
    expected to cost what is to come at its start, E[losses from then on], less that at its end.
    Of simulated moments the difference has an error that they do not tell: `policy_years` does."""
    whole = pattern.whole
    last = math.ceil(pattern.term - SPARE)
    ends = [pattern.at(time) for time in (*map(float, range(last)), pattern.term)]
    if not (whole.exact and all(moment.remaining.exact for moment in ends)):
        fix = "take policy_years of the simulated table"
        raise InvalidParameter([Fault("pattern.whole", str(whole), "must be exact", fix)])
    to_come = [moment.remaining.value * moment.in_force.value for moment in ends]
    return tuple(
        PolicyYear(
            start=start.time,
            end=end.time,
            expected=exactly(before - after, whole.unit),
            share=exactly((before - after) / whole.value),
        )
        for (start, before), (end, after) in pairwise(zip(ends, to_come, strict=True))
    )


def under_limit(
    table: YearLossTable, moment: Moment, whole: Estimate, *, limit: float, paid: float
) -> Moment:
    """The moment of a policy that stays in force and of whose aggregate `limit` `paid` is used up,
    both in currency units: expected payment E[min(losses from then on, limit - paid)].

    `table`: all items of the policy, simulated *without* the aggregate limit; `whole`: the
    expected loss under the limit. What was paid is taken to say nothing of what is to come: a
    posterior of the caller's would.
    """
    require("limit", limit, is_amount_or_zero)
    require("paid", paid, between(0, limit))
    at = np.float32(span(table)[0] + moment.time)
    later = _annual(table, table.time >= at)
    drawn = sample(np.minimum(later, limit - paid), table.weight, table.stratum)
    value, error = drawn.mean(), drawn.error(drawn.values)
    if whole.value <= 0:
        raise Undefined("a share is not defined where the expected loss of the term is 0")
    share = value / whole.value
    relative = math.hypot(error, share * (whole.standard_error or 0.0)) / whole.value
    return Moment(
        time=moment.time,
        pro_rata=moment.pro_rata,
        in_force=moment.in_force,
        remaining=Estimate(value=value, standard_error=error, unit=table.currency),
        share=Estimate(value=share, standard_error=relative),
    )
