"""A scenario's losses through policy terms, programme and lines: who pays what."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure import cover
from techinsure.losses.rows import Rows, close, ordered
from techinsure.losses.year_table import YearLossTable
from techinsure.pool.signing import Signed
from techinsure.pooling.report import MemberResult, PoolReport
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.quantities import FORBID, Estimate, Floats
from techinsure.reinsurance import RECEIVED, Treaty
from techinsure.reinsurance.placing import PlacedTreaty
from techinsure.reinsurance.programme import Cession, Programme
from techinsure.stress.report import MemberStress, ReinsurerStress, StrikeResult, TreatyStress
from techinsure.stress.scenarios import FAILURE, Scenario
from techinsure.stress.strikes import Struck

REINSTATEMENT = "reinstatement_premium"
DUST, DIGITS = 6, 9
"""Digits behind the point of what is left of a limit, currency units, and of reinstatements: what
is smaller is the rounding of cessions to rows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """The year of a scenario: `table` of insured losses, of row (n_losses,) its `strike`, the
    `cession`, and that of a year `without` a loss."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    ground_up: Rows
    ground_up_strike: NDArray[np.intp]
    table: YearLossTable
    strike: NDArray[np.intp]
    cession: Cession
    without: Cession


def outcome(
    struck: Struck, portfolio: Portfolio, programme: Programme, premium: Mapping[str, float]
) -> Outcome:
    """The scenario's year, alone: `cover`, then the programme, a year's `premium` by product.

    Where treaties carry something over a sequence of years it is the first year of one, and the
    others have no loss.
    """
    places = ordered(struck.rows.with_loss(np.arange(len(struck.rows), dtype=np.float64)),
                     portfolio).loss.astype(np.intp)  # fmt: skip
    rows, strike = struck.rows.keep(places), struck.strike[places]
    paid = cover.insured(portfolio, rows)
    years = math.lcm(*(placed.treaty.years for placed in programme.treaties))
    table = close(paid, portfolio, years)
    nothing = table.rows(np.zeros(len(table), dtype=bool))
    return Outcome(
        ground_up=rows,
        ground_up_strike=strike,
        table=table,
        strike=strike[paid.loss > 0],
        cession=programme.apply(table, premium),
        without=programme.apply(nothing, premium),
    )


def by_strike(scenario: Scenario, found: Outcome) -> tuple[StrikeResult, ...]:
    """One a strike that hit something, in the order of the scenario."""
    portfolio, rows, n = found.table.portfolio, found.ground_up, len(scenario.strikes)
    uncovered = portfolio.terms_of[rows.item, rows.cause] == NOWHERE
    kept = found.cession.net

    def total(strike: NDArray[np.intp], values: Floats) -> Floats:
        return np.bincount(strike, weights=values, minlength=n).astype(np.float64)

    ground_up = total(found.ground_up_strike, rows.loss)
    missing = total(found.ground_up_strike, np.where(uncovered, rows.loss, 0.0))
    insured, net = total(found.strike, found.table.loss), total(found.strike, kept)
    ceded = total(found.strike, found.table.loss - kept)
    items = np.bincount(found.ground_up_strike, minlength=n)
    sums = total(found.ground_up_strike, portfolio.sum_insured[rows.item])
    return tuple(
        StrikeResult(
            name=strike.name, cause=strike.cause or FAILURE, time=float(strike.time),
            items=int(items[k]), sum_insured=float(sums[k]), ground_up=float(ground_up[k]),
            not_covered=float(missing[k]), insured=float(insured[k]), ceded=float(ceded[k]),
            net=float(net[k]),
        )
        for k, strike in enumerate(scenario.strikes) if items[k]
    )  # fmt: skip


def by_treaty(programme: Programme, found: Outcome) -> tuple[TreatyStress, ...]:
    """One a treaty, in the order of the programme."""
    return tuple(_of_treaty(placed, found) for placed in programme.treaties)


def _of_treaty(placed: PlacedTreaty, found: Outcome) -> TreatyStress:
    ceded = float(found.cession.annual(placed.name).sum())
    most = _annual_limit(placed.treaty)
    limit = None if most is None else most * placed.placed_share
    rates = placed.treaty.reinstatement_rates if placed.treaty.kind == "excess_of_loss" else None
    left = None
    if rates is not None and placed.treaty.kind == "excess_of_loss":
        burnt = ceded / placed.placed_share if placed.placed_share else 0.0
        left = round(len(rates) - min(burnt / placed.treaty.limit, float(len(rates))), DIGITS)
    more = _paid_more(placed.name, found)
    return TreatyStress(
        name=placed.name, kind=placed.treaty.kind, ceded=ceded, limit=limit,
        left=None if limit is None else round(max(limit - ceded, 0.0), DUST),
        reinstatements=None if rates is None else len(rates), reinstatements_left=left,
        reinstatement_premium=more.pop(REINSTATEMENT, 0.0), other_premium=sum(more.values()),
    )  # fmt: skip


def _annual_limit(treaty: Treaty) -> float | None:
    """The most that the whole treaty pays in a year, currency units, if that is bounded."""
    match treaty.kind:
        case "excess_of_loss":
            return treaty.capacity
        case "stop_loss" | "aggregate_excess" | "state_backstop":
            return treaty.in_money[1]
        case "quota_share" if treaty.basis == "year":
            return treaty.limit
    return None


def _paid_more(name: str, found: Outcome) -> dict[str, float]:
    """By kind, what the treaty is paid more (less what it pays more) than without a loss."""
    without = found.without.flows[name]
    return {
        kind: (-1.0 if kind in RECEIVED else 1.0) * float((flow - without[kind]).sum())
        for kind, flow in found.cession.flows[name].items()
    }


def by_reinsurer(programme: Programme, found: Outcome) -> tuple[ReinsurerStress, ...]:
    """One a reinsurer that is named, by what it pays."""
    names = dict.fromkeys(one.name for placed in programme.treaties for one in placed.reinsurers)
    paid = {name: float(found.cession.annual_of_reinsurer(name).sum()) for name in names}
    whole = float(found.cession.annual("ceded").sum())
    ranked = sorted(paid, key=lambda name: (-paid[name], name))
    return tuple(
        ReinsurerStress(
            name=name, ceded=paid[name], share_of_ceded=paid[name] / whole if whole else 0.0
        )
        for name in ranked
    )


def by_member(
    report: PoolReport, signed: Signed, found: Outcome, premium: float
) -> tuple[MemberStress, ...]:
    """Each member's line of gross, net and of the `premium` that treaties are paid more."""
    gross, net = float(found.table.loss.sum()), float(found.cession.net.sum())
    worst = _largest_unit(found)
    return tuple(
        _of_member(report, member, float(signed.of(member.name)), gross, net, premium, worst)
        for member in report.members
    )


def _of_member(
    report: PoolReport, member: MemberResult, share: float, gross: float, net: float,
    premium: float, worst: float,
) -> MemberStress:  # fmt: skip
    capital = report.terms.member(member.name).capital_and_reserves
    limit, cost = report.terms.limits.single_risk_share * capital, share * (net + premium)
    return MemberStress(
        name=member.name, lead=member.lead, signed=member.signed, share=share,
        gross=share * gross, net=share * net, premium=share * premium, cost=cost,
        capital_and_reserves=capital, of_capital_and_reserves=cost / capital, legal_limit=limit,
        of_legal_limit=share * worst / limit, allocated_capital=member.allocated_capital,
        capital_used=used(cost, member.allocated_capital),
    )  # fmt: skip


def used(cost: float, capital: Estimate) -> Estimate | None:
    """`cost` over the capital, whose error it has; None where there is none to be used."""
    if capital.value <= 0:
        return None
    error = cost * (capital.standard_error or 0.0) / capital.value**2
    return Estimate(value=cost / capital.value, standard_error=error)


def _largest_unit(found: Outcome) -> float:
    """The net loss of the risk unit that costs most; an item without one is one by itself."""
    if not len(found.table):
        return 0.0
    codes, item = found.table.portfolio.risk_unit.codes, found.table.item
    alone = -2 - np.arange(len(codes), dtype=np.int64)
    _, unit = np.unique(np.where(codes == NOWHERE, alone, codes)[item], return_inverse=True)
    return float(np.bincount(unit, weights=found.cession.net).max())


def units_hit(found: Outcome) -> frozenset[str]:
    """The names of the risk units with a loss, as breaches of legal limits name them."""
    portfolio = found.table.portfolio
    items = np.unique(found.ground_up.item)
    return frozenset(portfolio.risk_unit[i] or portfolio.ids[i] for i in items)
