"""`what_if(simulated, programmes) -> WhatIf`: other programmes over losses simulated once.

Nothing is drawn again: each programme is applied to the same rows, so a difference has only the
error of what the programmes do differently.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses import differences, measures
from techinsure.losses.year_table import YearLossTable
from techinsure.pool.limits import Breach
from techinsure.pool.members import Pool
from techinsure.pool.signing import sign
from techinsure.pooling.report import PoolReport, Position, TreatyResult
from techinsure.pooling.run import breaches_of, position_of, treaties_of
from techinsure.pooling.what_if_report import (
    DEFAULT_NAME,
    Alternative,
    Change,
    MemberChange,
    PositionChange,
    TreatyChange,
    WhatIf,
    nothing,
)
from techinsure.quantities import FORBID, Estimate, Floats
from techinsure.receipt import Receipt, digest
from techinsure.reinsurance import RECEIVED
from techinsure.reinsurance.edits import rewired
from techinsure.reinsurance.programme import PERSPECTIVES, Cession, PlacedTreaty, Programme

FEWEST_YEARS = 10
"""Changed years below which a standard error says too little."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedPool:
    """What a pool run simulated, and the programme that it ran: `premium` a year by product,
    currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    losses: YearLossTable
    pool: Pool
    programme: Programme
    premium: Mapping[str, float]
    receipt: Receipt

    @staticmethod
    def of(report: PoolReport) -> "SimulatedPool":
        """That of a report that still has its rows."""
        return SimulatedPool(
            losses=report.losses,
            pool=report.terms,
            programme=report.programme,
            premium={product.name: product.premium.value for product in report.products},
            receipt=report.receipt,
        )


def what_if(
    simulated: SimulatedPool | PoolReport,
    programmes: Mapping[str, Programme] | Programme,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> WhatIf:
    """What each of `programmes` (by name, or one) changes against the one that was run.

    Premium by product stays that of the run: it is priced on gross losses. `progress` is called
    with (programmes done, programmes in all). Raises `Refused` where parallel treaties take more
    than there is.
    """
    run = SimulatedPool.of(simulated) if isinstance(simulated, PoolReport) else simulated
    named = {DEFAULT_NAME: programmes} if isinstance(programmes, Programme) else dict(programmes)
    if not named:
        fix = "give the programmes to try, by name"
        raise InvalidParameter([Fault("programmes", {}, "must hold at least one", fix)])
    tell = progress or (lambda done, total: None)
    before, found = _outcome(run, run.programme), []
    tell(1, len(named) + 1)
    for name, programme in named.items():
        found.append(_alternative(name, run, before, _outcome(run, programme)))
        tell(len(found) + 1, len(named) + 1)
    digests = {f"programme/{name}": digest(programme) for name, programme in named.items()}
    return WhatIf(
        pool=run.pool.name,
        currency=run.losses.currency,
        n_years=run.losses.n_years,
        alternatives=tuple(found),
        receipt=replace(run.receipt, digests={**run.receipt.digests, **digests}),
        annual={name: before.annual[name] for name in PERSPECTIVES},
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Outcome:
    """What a programme does to the years: `annual` (n_years,) by perspective and treaty, `flows`
    (n_years,) by treaty and kind, `cost` (n_years,); figures and breaches."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    programme: Programme
    annual: Mapping[str, Floats]
    flows: Mapping[str, Mapping[str, Floats]]
    cost: Floats
    positions: Mapping[str, Position]
    treaties: Mapping[str, TreatyResult]
    breaches: tuple[Breach, ...]
    flags: tuple[str, ...]


def _outcome(run: SimulatedPool, programme: Programme) -> _Outcome:
    table, unit = run.losses, run.losses.currency
    cession = programme.apply(table, run.premium)
    names = [*PERSPECTIVES, *(placed.name for placed in programme.treaties)]
    annual = {name: cession.annual(name) for name in names}
    treaties, _ = treaties_of(programme, cession, annual["gross"], unit)
    return _Outcome(
        programme=programme,
        annual=annual,
        flows=cession.flows,
        cost=_cost(cession, annual["ceded"]),
        positions={name: position_of(annual[name], unit) for name in PERSPECTIVES},
        treaties={treaty.name: treaty for treaty in treaties},
        breaches=breaches_of(run.pool, table.portfolio, programme, run.premium),
        flags=cession.flags,
    )


def _cost(cession: Cession, ceded: Floats) -> Floats:
    """(n_years,) what reinsurance costs: paid to reinsurers, less received, less ceded losses."""
    total = -ceded
    for flows in cession.flows.values():
        for kind, flow in flows.items():
            total += -flow if kind in RECEIVED else flow
    return total


def _alternative(name: str, run: SimulatedPool, before: _Outcome, after: _Outcome) -> Alternative:
    net = _position(before, after, "net", run.losses.currency)
    cured, created, standing = _breaches(before.breaches, after.breaches)
    return Alternative(
        name=name,
        gross=_position(before, after, "gross", run.losses.currency),
        ceded=_position(before, after, "ceded", run.losses.currency),
        net=net,
        cost=_mean(before.cost, after.cost, run.losses.currency, same=_is_same(before, after)),
        treaties=_treaties(before, after, run.losses.currency),
        members=_members(run.pool, net),
        cured=cured,
        created=created,
        standing=standing,
        flags=(
            *rewired(before.programme, after.programme),
            *after.flags,
            *_doubts(net.years_changed, run.losses.n_years, _is_same(before, after)),
        ),
        programme=after.programme,
        annual={name: after.annual[name] for name in PERSPECTIVES},
    )


def _is_same(before: _Outcome, after: _Outcome) -> bool:
    return digest(before.programme) == digest(after.programme)


def _doubts(changed: int, n_years: int, same: bool) -> list[str]:
    """Where the years say too little about a difference, it is said."""
    if same:
        return ["the programme is the one that was run"]
    if changed == 0:
        return [f"net losses are the same in all {n_years:,} simulated years"]
    if changed < FEWEST_YEARS:
        return [
            f"net losses differ in {changed} of {n_years:,} simulated years only: too few for the "
            "errors to be trusted; run more years"
        ]
    return []


def _change(before: Estimate, after: Estimate, error: float | None) -> Change:
    """`error` of the difference; None where it is exactly known, because nothing moved it."""
    return Change(
        before=before,
        after=after,
        difference=Estimate(
            value=after.value - before.value,
            standard_error=error,
            exact=error is None,
            unit=after.unit,
        ),
        separate_error=float(
            np.hypot(before.standard_error or 0.0, after.standard_error or 0.0)
        ),
    )  # fmt: skip


def _mean(before: Floats, after: Floats, unit: str, same: bool = False) -> Change:
    error = _annual_mean(after - before, unit).standard_error
    old, new = _annual_mean(before, unit), _annual_mean(after, unit)
    return _change(old, new, None if same else error)


def _annual_mean(amounts: Floats, unit: str) -> Estimate:
    """The mean of (n_years,) amounts; the same amount in every year has no error at all."""
    if (amounts == amounts[0]).all():
        return Estimate(value=float(amounts[0]), standard_error=0.0, unit=unit)
    return measures.mean(amounts, unit=unit)


def _position(before: _Outcome, after: _Outcome, name: str, unit: str) -> PositionChange:
    old, new = before.annual[name], after.annual[name]
    same = name == "gross" or _is_same(before, after)
    error = dict.fromkeys(differences.FIGURES) if same else differences.errors(old, new)
    figures = {
        figure: _change(
            getattr(before.positions[name], figure),
            getattr(after.positions[name], figure),
            error[figure],
        )
        for figure in differences.FIGURES
    }
    return PositionChange(
        **figures,
        hit_probability=_probability(old, new, same),
        years_changed=int(np.count_nonzero(old != new)),
    )


def _probability(before: Floats, after: Floats, same: bool) -> Change:
    return _change(
        measures.probability_positive(before),
        measures.probability_positive(after),
        None if same else differences.probability_error(before, after),
    )


def _treaties(before: _Outcome, after: _Outcome, unit: str) -> tuple[TreatyChange, ...]:
    """Treaties of the run in its order, then those that were added."""
    added = [name for name in after.treaties if name not in before.treaties]
    return tuple(_treaty(name, before, after, unit) for name in [*before.treaties, *added])


def _treaty(name: str, before: _Outcome, after: _Outcome, unit: str) -> TreatyChange:
    old, new = before.treaties.get(name), after.treaties.get(name)
    state = _state(name, before.programme, after.programme)
    none = np.zeros_like(before.cost)
    annual = before.annual.get(name, none), after.annual.get(name, none)
    same = state == "unchanged"
    error: dict[str, float | None] = {
        **(dict.fromkeys(differences.FIGURES) if same else differences.errors(*annual)),
        "allocated_capital": None
        if same
        else differences.share_error(*annual, before.annual["gross"]),
        "hit_probability": None if same else differences.probability_error(*annual),
    }
    figures = ("mean", "sd", "var_995", "tvar_995", "allocated_capital", "hit_probability")
    flows = before.flows.get(name, {}), after.flows.get(name, {})
    known = new or old
    assert known is not None
    return TreatyChange(
        name=name,
        kind=known.kind,
        state=state,
        **{f: _change(_of(old, known, f), _of(new, known, f), error[f]) for f in figures},
        flows={
            kind: _mean(flows[0].get(kind, none), flows[1].get(kind, none), unit, same)
            for kind in dict.fromkeys([*flows[0], *flows[1]])
        },
        years_changed=int(np.count_nonzero(annual[0] != annual[1])),
    )


def _of(result: TreatyResult | None, known: TreatyResult, figure: str) -> Estimate:
    """The figure, or exactly 0 in the same unit for a treaty that is not there."""
    estimate: Estimate = getattr(result or known, figure)
    return estimate if result else nothing(estimate.unit)


def _state(
    name: str, before: Programme, after: Programme
) -> Literal["unchanged", "affected", "changed", "added", "removed"]:
    old, new = _placed(before, name), _placed(after, name)
    if old is None:
        return "added"
    if new is None:
        return "removed"
    if old != new:
        return "changed"
    if before.parallel == after.parallel == "refused":
        chains = [
            {parent: _placed(programme, parent) for parent in programme.before(name)}
            for programme in (before, after)
        ]
        return "unchanged" if chains[0] == chains[1] else "affected"
    return "unchanged" if before == after else "affected"  # whatever is parallel may cut it


def _placed(programme: Programme, name: str) -> PlacedTreaty | None:
    return next((placed for placed in programme.treaties if placed.name == name), None)


def _members(pool: Pool, net: PositionChange) -> tuple[MemberChange, ...]:
    signed = sign(pool)
    found = []
    for member, line in zip(pool.members, signed.lines, strict=True):
        share = float(line.share)
        figures = {name: getattr(net, name).scaled(share) for name in differences.FIGURES}
        found.append(MemberChange(
            name=member.name, lead=member.lead, signed=line.signed, share=share, **figures,
        ))  # fmt: skip
    return tuple(found)


def _breaches(
    before: tuple[Breach, ...], after: tuple[Breach, ...]
) -> tuple[tuple[Breach, ...], tuple[Breach, ...], tuple[Breach, ...]]:
    """Cured, created and standing, by rule, member and risk unit, each as it is afterwards; a
    breach that has left the list altogether, as it was before."""

    def named(breaches: tuple[Breach, ...]) -> dict[tuple[str, str, str], Breach]:
        return {(b.rule, b.member, b.risk_unit): b for b in breaches}

    old, new = named(before), named(after)
    was = {key for key, breach in old.items() if not breach.cured}
    is_now = {key for key, breach in new.items() if not breach.cured}
    return (
        tuple(new.get(key, breach) for key, breach in old.items() if key in was - is_now),
        tuple(breach for key, breach in new.items() if key in is_now - was),
        tuple(breach for key, breach in new.items() if key in was & is_now),
    )
