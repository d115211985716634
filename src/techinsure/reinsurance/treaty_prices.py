"""What a treaty costs its reinsurers and what they are paid: simulated, exact, burnt, by exposure.

All amounts are of a year, in currency units. Premiums here are fair: expected payments and a load
that the caller gives; capital is priced elsewhere.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.distributions.lattice import Lattice
from techinsure.errors import Fault, InvalidParameter, Refused, Undefined
from techinsure.evidence.exposure_curves import ExposureCurve
from techinsure.evidence.exposure_rating import Band, LayerCost, layer_cost
from techinsure.losses import measures
from techinsure.losses.year_table import YearLossTable
from techinsure.quantities import FORBID, Estimate, Floats, exactly, not_negative, require
from techinsure.reinsurance import RECEIVED, Treaty
from techinsure.reinsurance.excess_of_loss import ExcessOfLoss
from techinsure.reinsurance.programme import Cession, Programme
from techinsure.reinsurance.sequences import means_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatyPrice:
    """A treaty in the mean year: `ceded` losses, the `premium` it is paid (reinstatements in it),
    the `commission` it pays, and the reinsurers' `result`, premium less both; each with its error.

    `limit`: most that one loss takes, as placed, or None. `loss_on_line` and `rate_on_line`:
    ceded and premium by that. `loss_ratio`: ceded by premium, None without one.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    ceded: Estimate
    premium: Estimate
    commission: Estimate
    result: Estimate
    limit: float | None
    loss_on_line: Estimate | None
    rate_on_line: Estimate | None
    loss_ratio: Estimate | None


def price_of(programme: Programme, cession: Cession, name: str) -> TreatyPrice:
    """The treaty `name` in the simulated years of `cession`; `NotFound` for another name.

    Where it, or a treaty before it, carries over sequences of years, errors are those of means of
    whole sequences; one year or one sequence has none.
    """
    ceded = cession.annual(name)
    placed = next(placed for placed in programme.treaties if placed.name == name)
    received, commission = np.zeros_like(ceded), np.zeros_like(ceded)
    for kind, flow in cession.flows[name].items():
        total = commission if kind in RECEIVED else received
        total += flow
    table, limit = cession.table, _line(placed.treaty)
    limit = None if limit is None else placed.placed_share * limit
    years = years_together(programme, [name])

    def estimate(values: Floats) -> Estimate:
        return mean_of(values, table, years)

    mean, premium = estimate(ceded), estimate(received)
    by_line = None if not limit else 1 / limit
    return TreatyPrice(
        name=name,
        ceded=mean,
        premium=premium,
        commission=estimate(commission),
        result=estimate(received - commission - ceded),
        limit=limit,
        loss_on_line=mean.scaled(by_line, "") if by_line else None,
        rate_on_line=premium.scaled(by_line, "") if by_line else None,
        loss_ratio=_ratio(ceded, received, table, years),
    )


def _line(treaty: Treaty) -> float | None:
    """The width of a layer, currency units; of a proportional treaty its limit."""
    match treaty.kind:
        case "quota_share" | "surplus" | "excess_of_loss":
            return treaty.limit
        case _:
            return treaty.in_money[1]


def years_together(programme: Programme, names: Iterable[str]) -> int:
    """Years that depend on one another where the treaties `names`, or any before them, carry over:
    the least common multiple of their sequences."""
    before = {other for name in names for other in (name, *programme.before(name))}
    return math.lcm(*(p.treaty.years for p in programme.treaties if p.name in before))


def mean_of(values: Floats, table: YearLossTable, years: int = 1) -> Estimate:
    """The mean of (n_years,) values, its error between sequences of `years`: 0 where they are the
    same in all, None where one year, or one sequence, is all there is."""
    if table.n_years == years:
        weight = table.weight  # of one year: 1
        value = float(values.mean() if weight is None else weight @ values)
        return Estimate(value=value, unit=table.currency)
    if (values == values[0]).all():
        return Estimate(value=float(values[0]), standard_error=0.0, unit=table.currency)
    if years > 1:
        return measures.mean(means_of(values, years), unit=table.currency)
    return measures.mean(values, table.weight, stratum=table.stratum, unit=table.currency)


def _ratio(above: Floats, below: Floats, table: YearLossTable, years: int) -> Estimate | None:
    """Mean by mean, its error that of the first-order influence (above - ratio * below) / mean."""
    whole = mean_of(below, table, years).value
    if whole <= 0:
        return None
    ratio = mean_of(above, table, years).value / whole
    error = mean_of((above - ratio * below) / whole, table, years).standard_error
    return Estimate(value=ratio, standard_error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """The fair deposit `premium` of a layer: (`ceded` + load) / (1 + `reinstated`), `reinstated`
    being the mean reinstatement premium a year per unit of deposit."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    ceded: Estimate
    reinstated: Estimate
    premium: Estimate


def fair_deposit(layer: ExcessOfLoss, subject: YearLossTable, load: float = 0.0) -> Deposit:
    """From simulated years, which the layer sees as they are; `load` a year, currency units.

    Source: Sundt (1991), Bulletin of the Swiss Association of Actuaries; Mata (2000), ASTIN
    Bulletin 30(2), 349-368: what a layer earns grows with what it pays. A swing-rated layer has no
    deposit and is `Refused`.
    """
    require("load", load, not_negative)
    _refuse_swing(layer)
    ceded = subject.annual(layer.ceded(subject))
    again = replace(layer, premium=1.0).flows(subject, 0.0)["reinstatement_premium"]
    mean, reinstated = mean_of(ceded, subject, 1), mean_of(again, subject, 1)
    premium = (mean.value + load) / (1 + reinstated.value)
    error = mean_of((ceded - premium * again) / (1 + reinstated.value), subject, 1).standard_error
    return Deposit(
        ceded=mean,
        reinstated=replace(reinstated, unit=""),
        premium=Estimate(value=premium, standard_error=error, unit=subject.currency),
    )


def deposit_of_law(layer: ExcessOfLoss, annual: Lattice, load: float = 0.0) -> Deposit:
    """Without simulation: `annual` is the law of the year's sum of layer losses, each already
    min((x - attachment)+, limit), before annual deductible and capacity.

    Reinstatement k costs rate_k * E[what the sum has in band k] / limit. Pro rata to time is
    `Undefined`: a law of sums holds no dates.
    """
    require("load", load, not_negative)
    _refuse_swing(layer)
    if layer.reinstated_by == "amount_and_time" and any(layer.reinstatement_rates):
        raise Undefined("reinstatement pro rata to time needs dates of losses: simulate the layer")
    n_bands = len(layer.reinstatement_rates)
    starts = layer.annual_deductible + layer.limit * np.arange(n_bands)
    bands = annual.layer_mean(starts, np.full(n_bands, layer.limit)) if n_bands else np.zeros(0)
    ceded = float(annual.layer_mean(layer.annual_deductible, layer.capacity))
    reinstated = float(np.asarray(layer.reinstatement_rates) @ bands) / layer.limit
    return Deposit(
        ceded=exactly(ceded),
        reinstated=exactly(reinstated),
        premium=exactly((ceded + load) / (1 + reinstated)),
    )


def _refuse_swing(layer: ExcessOfLoss) -> None:
    if layer.swing_rating is not None:
        raise Refused("a swing-rated layer has no deposit premium: its premium follows its losses")


@dataclass(frozen=True, slots=True, kw_only=True)
class BurningCost:
    """Past years of a treaty: `ceded` as if it had been in force, and the subject `premium`, both
    (n_years,); `cost` = sum of the first by sum of the second, with the error between years."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    ceded: tuple[float, ...]
    premium: tuple[float, ...]
    cost: Estimate


def burning_cost(treaty: Treaty, past: YearLossTable, premium: Sequence[float]) -> BurningCost:
    """`past`: losses of past years, one cohort year each, brought to the level of the year to be
    priced and to ultimate; `premium` (n_years,): their subject premium at today's rates.

    One year has no error and is `Undefined`. What no past year reached costs nothing here: an
    exposure rate says more of it.
    """
    subject = np.asarray(premium, np.float64)
    faults = []
    if subject.shape != (past.n_years,):
        faults.append(Fault("premium", subject.shape, f"must have {past.n_years} entries"))
    elif not (np.isfinite(subject).all() and (subject > 0).all()):
        faults.append(Fault("premium", float(subject.min()), "must be > 0 in every year"))
    if faults:
        raise InvalidParameter(faults)
    ceded = past.annual(treaty.ceded(past, float(subject.mean())))
    cost = ceded.sum() / subject.sum()
    error = measures.mean((ceded - cost * subject) / subject.mean()).standard_error
    return BurningCost(
        ceded=tuple(ceded.tolist()),
        premium=tuple(subject.tolist()),
        cost=Estimate(value=float(cost), standard_error=error),
    )


def exposure_cost(
    layer: ExcessOfLoss,
    profile: Sequence[Band],
    curve: ExposureCurve | Sequence[ExposureCurve],
) -> LayerCost:
    """The layer per risk from a profile of sums insured, with room for every loss; a note says
    what of its terms the profile cannot price. `Refused` per event: a profile knows risks alone."""
    if layer.basis == "event":
        raise Refused("a profile of risks says nothing of events: give a layer per risk unit")
    cost = layer_cost(profile, curve, layer.attachment, layer.limit)
    aside = []
    if layer.annual_deductible > 0:
        aside.append("the annual deductible is not taken off: the cost is too high")
    room = "the year's capacity does not bound the cost, which is too high by what it cuts"
    return replace(cost, notes=(*cost.notes, *aside, room))
