"""Premiums of several years: what each policy year pays, discounting, one limit across the years.

A premium paid at inception and one paid year by year are worth the same when
    G = sum_y G_y v**y P(in force at y),
since what is due later is not due from a risk that has ended. Times are years since inception.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.losses.year_table import YearLossTable
from techinsure.money import Owed, rounded, split
from techinsure.pricing.over_time.pattern import PolicyYear, RiskPattern, span
from techinsure.quantities import (
    FORBID,
    Estimate,
    Floats,
    Ints,
    Real,
    between,
    each,
    exactly,
    not_negative,
    one_of,
    refuse_unless,
    require,
    text,
)

MOST_TIME = 100.0
"""Years that money may be due in."""
Spread = Literal["risk", "level"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Yields:
    """Annual effective yields: one rate for all times, or `rates[k]` for money due in k + 1 years
    (spot), with forward rates constant between whole years; `source` says whose they are."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rates: tuple[Real, ...]
    source: str

    def __post_init__(self) -> None:
        rate = between(-0.2, 1, "write rates as fractions: 0.02 for 2%")
        refuse_unless(self, rates=each(rate, at_least=1), source=text(600))

    def discount(self, times: Floats) -> Floats:
        """Values today of 1 due at `times` (n,) >= 0 years. Beyond the last of several rates is
        refused: a curve is not drawn on."""
        last = MOST_TIME if len(self.rates) == 1 else float(len(self.rates))
        outside = ~((times >= 0) & (times <= last))
        if outside.any():
            place = int(np.argmax(outside))
            inside = between(0, last, "give a yield for every year up to the last payment")
            raise InvalidParameter(inside(f"times[{place}]", times[place].item()))
        if len(self.rates) == 1:
            flat: Floats = np.exp(-times * math.log1p(self.rates[0]))
            return flat
        years = np.arange(len(self.rates) + 1, dtype=np.float64)
        logs = years * np.concatenate([[0.0], np.log1p(np.array(self.rates))])
        curve: Floats = np.exp(-np.interp(times, years, logs))
        return curve


UNDISCOUNTED = Yields(rates=(0.0,), source="no discounting: every amount counts as if due today")
"""What holds unless yields are stated."""


def present_value(
    table: YearLossTable, yields: Yields = UNDISCOUNTED, items: Ints | None = None
) -> Floats:
    """(n_years,) losses of `items` (n,) (None: of all) discounted from their time to inception,
    currency units; paid when they occur, without delay of settlement."""
    start, _ = span(table, items)
    of_risk = np.ones(len(table), bool) if items is None else np.isin(table.item, items)
    elapsed = np.maximum(table.time.astype(np.float64) - start, 0.0)
    value = np.zeros(len(table))
    value[of_risk] = table.loss[of_risk] * yields.discount(elapsed[of_risk])
    return table.annual(value)


def one_limit(by_year: Floats, limit: float) -> Floats:
    """(n_policy_years, n_years) payments of each policy year under one `limit`, currency units,
    that all years of the term use up in order, of losses `by_year` of that shape."""
    require("limit", limit, not_negative)
    used = np.minimum(np.cumsum(by_year, axis=0), limit)
    paid: Floats = np.diff(used, axis=0, prepend=0.0)
    return paid


def limit_each_year(by_year: Floats, limit: float) -> Floats:
    """The same under a `limit` that is there in full again every policy year."""
    require("limit", limit, not_negative)
    return np.minimum(by_year, limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """What is due at `time` from a risk in force, with the probability `in_force` of that, and
    `discount`, the value at inception of 1 due then."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    time: Real
    due: Owed
    in_force: Estimate
    discount: Real


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalments:
    """Instalments worth `single`, the premium paid at once. `total`: what all of them are together,
    before rounding to minor units, currency units, with the error that P(in force) gives it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    single: Owed
    total: Estimate
    yields: Yields
    instalments: tuple[Instalment, ...]

    @property
    def value(self) -> float:
        """sum of due * discount * P(in force), minor units: `single` up to rounding."""
        return math.fsum(
            part.due.amount_minor * part.discount * part.in_force.value for part in self.instalments
        )


def instalments(
    single: Owed,
    times: Sequence[float],
    weights: Sequence[float],
    *,
    yields: Yields = UNDISCOUNTED,
    in_force: Sequence[Estimate] | None = None,
) -> Instalments:
    """`single` in instalments at `times`, pro rata to `weights` > 0, worth the same at inception.

    `in_force`: P(due) of each; None where all are due whatever happens. The amounts are whole
    minor units that sum to total = single / sum_j w_j v(t_j) P_j (weights of sum 1), rounded to
    the nearest. Its error adds those of P, as if they were one: not less than it is.
    """
    due = [exactly(1.0)] * len(times) if in_force is None else list(in_force)
    _refuse_schedule(times, weights, due)
    discount = yields.discount(np.array(times, np.float64))
    whole = sum(map(Fraction, weights))
    share = [Fraction(weight) / whole for weight in weights]
    rows = list(zip(share, map(Fraction, discount.tolist()), due, strict=True))
    worth = sum((w * v * Fraction(p.value) for w, v, p in rows), Fraction(0))
    if worth == 0:
        raise Undefined("instalments cannot be worth the premium: none of them is ever due")
    total = single.amount_minor / worth
    relative = sum(float(w * v) * (p.standard_error or 0.0) for w, v, p in rows) / float(worth)
    exact = all(p.exact for p in due)
    amount = float(single.amount) / float(worth)
    parts = split(rounded(total, "half_even"), share)
    return Instalments(
        single=single,
        total=Estimate(
            value=amount,
            standard_error=None if exact else abs(amount) * relative,
            exact=exact,
            unit=single.currency,
        ),
        yields=yields,
        instalments=tuple(
            Instalment(
                time=float(time), due=Owed(amount_minor=part, currency=single.currency),
                in_force=p, discount=float(v),
            )
            for time, part, (_, v, p) in zip(times, parts, rows, strict=True)
        ),
    )  # fmt: skip


def _refuse_schedule(
    times: Sequence[float], weights: Sequence[float], due: Sequence[Estimate]
) -> None:
    faults = [
        Fault(name, len(column), f"must have {len(times)} entries, one an instalment")
        for name, column in (("weights", weights), ("in_force", due))
        if len(column) != len(times)
    ]
    if not len(times):
        faults.append(Fault("times", 0, "must have at least one entry"))
    inside, chance = between(0, MOST_TIME), between(0, 1)
    for place, (time, weight) in enumerate(zip(times, weights, strict=False)):
        faults += [*inside(f"times[{place}]", time), *not_negative(f"weights[{place}]", weight)]
    for place, probability in enumerate(due):
        faults += chance(f"in_force[{place}]", probability.value)
    if not faults and not sum(weights):
        faults.append(Fault("weights", list(weights)[:10], "must not all be 0"))
    if faults:
        raise InvalidParameter(faults)


def premium_by_year(
    single: Owed,
    pattern: RiskPattern,
    years: Sequence[PolicyYear],
    *,
    spread: Spread = "risk",
    yields: Yields = UNDISCOUNTED,
) -> Instalments:
    """`single` as one premium a policy year, due at its start while the risk is in force.

    `spread`: "level", the same every year; "risk", what the year is expected to cost a risk in
    force at its start, E_y / P(in force at y). `pattern` must hold the start of every year.
    """
    require("spread", spread, one_of("risk", "level"))
    in_force = [pattern.at(year.start).in_force for year in years]
    weights = [1.0] * len(years)
    if spread == "risk":
        weights = [
            year.expected.value / chance.value if chance.value else 0.0
            for year, chance in zip(years, in_force, strict=True)
        ]
    starts = [year.start for year in years]
    return instalments(single, starts, weights, yields=yields, in_force=in_force)


def years_of_capital(
    pattern: RiskPattern, years: Sequence[PolicyYear], yields: Yields = UNDISCOUNTED
) -> Estimate:
    """For how many years, counted in full ones, the capital of inception is held:
    sum_y length_y v(end_y) E[losses from y on] / E[losses], capital falling with what is still
    to come. A risk margin charged once per policy is that of one year; this factor makes it the
    cost of the whole term. Errors of the terms are added.

    Source: EIOPA (2014), Guidelines on the valuation of technical provisions, hierarchy of methods
    for the risk margin (capital in proportion to the best estimate); cost at each year's end.
    """
    discount = yields.discount(np.array([year.end for year in years]))
    value = error = 0.0
    for year, v in zip(years, discount.tolist(), strict=True):
        moment = pattern.at(year.start)
        length = (year.end - year.start) * v
        value += length * moment.in_force.value * moment.share.value
        error += length * math.hypot(
            moment.in_force.value * (moment.share.standard_error or 0.0),
            moment.share.value * (moment.in_force.standard_error or 0.0),
        )
    exact = all(
        pattern.at(y.start).share.exact and pattern.at(y.start).in_force.exact for y in years
    )
    return Estimate(value=value, standard_error=None if exact else error, exact=exact, unit="years")
