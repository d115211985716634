"""`stress(request) -> StressReport`: a scenario through a pool, and what is learnt from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
from pydantic import ConfigDict

from techinsure.bordereau import portfolio_of
from techinsure.catalogue import Catalogue, shipped
from techinsure.errors import Fault, InvalidParameter
from techinsure.models import Model
from techinsure.pool.members import Pool
from techinsure.pool.signing import Signed, sign
from techinsure.pooling import resolved, run_pool
from techinsure.pooling.report import PoolReport, PoolRequest, PortfolioSource
from techinsure.portfolio import Portfolio
from techinsure.posterior import PosteriorRequest
from techinsure.quantities import FORBID, Flag, Floats, Name, flag, optional, refuse_unless, text
from techinsure.reading import read
from techinsure.receipt import digest
from techinsure.reinsurance.programme import Programme
from techinsure.simulation import Progress, Simulation
from techinsure.stress.lessons import learn, posterior_requests, within_noise
from techinsure.stress.outcome import (
    Outcome,
    by_member,
    by_reinsurer,
    by_strike,
    by_treaty,
    outcome,
    units_hit,
    used,
)
from techinsure.stress.rarity import rarity
from techinsure.stress.report import StressReport
from techinsure.stress.scenarios import Scenario, own
from techinsure.stress.shelf import scenario as shipped_scenario
from techinsure.stress.strikes import Struck, strike_rows

IN_POOL_RUNS = 6
"""Runs of pool and risk together that a price in the pool takes, before and after: three worlds
each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StressRequest:
    """A pool, as a pool run has it, and what happens to it: a `shipped` scenario by name, or a
    `scenario` of one's own. `risks`: by product, the risk whose price is shown in place of the
    scenario's. `in_pool`: price it at the pool's margin as well, which takes six more runs."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    portfolio: PortfolioSource
    pool: Pool | None = None
    programme: Programme | None = None
    simulation: Simulation = field(default_factory=Simulation)
    shipped: Name | None = None
    scenario: Scenario | None = None
    risks: dict[Name, dict[str, Any]] = field(default_factory=dict)
    in_pool: Flag = False

    def __post_init__(self) -> None:
        refuse_unless(self, shipped=optional(text()), in_pool=flag)
        if (self.shipped is None) == (self.scenario is None):
            fix = 'give {"shipped": "fab_fire_2013"} or {"scenario": {...}}'
            bound = "must be given, or scenario, not both"
            raise InvalidParameter([Fault("shipped", self.shipped, bound, fix)])
        object.__setattr__(self, "risks", own(self.risks))

    @property
    def run(self) -> PoolRequest:
        """The pool run that it asks for."""
        return PoolRequest(portfolio=self.portfolio, pool=self.pool, programme=self.programme,
                           simulation=self.simulation)  # fmt: skip

    @property
    def place(self) -> str:
        """Where faults of the scenario point to."""
        return "/shipped" if self.scenario is None else "/scenario"


class Prepared(NamedTuple):
    """What is known before anything is simulated."""

    scenario: Scenario
    portfolio: Portfolio
    struck: Struck
    lessons: tuple[PosteriorRequest, ...]


def prepare(request: StressRequest, catalogue: Catalogue | None = None) -> Prepared:
    """The scenario on the portfolio, nothing simulated: what `stress` would refuse is refused."""
    catalogue = catalogue or shipped()
    scenario = request.scenario or shipped_scenario(request.shipped or "")
    run = resolved(request.run)
    try:
        portfolio = portfolio_of(run.portfolio.rows, catalogue)
    except InvalidParameter as error:
        at = "/portfolio/rows" if request.portfolio.rows else "/portfolio/sample"
        raise InvalidParameter(f._replace(pointer=at + f.pointer) for f in error.faults) from None
    try:
        return _prepared(scenario, portfolio, catalogue, request.simulation, request.risks,
                         request.place)  # fmt: skip
    except InvalidParameter as error:
        raise InvalidParameter(map(_in_body, error.faults)) from None


def _in_body(fault: Fault) -> Fault:
    """A fault inside a shipped scenario, which is no part of the request, at its name."""
    is_inside = fault.pointer.startswith("/shipped/")
    return fault._replace(pointer="/shipped") if is_inside else fault


def _prepared(
    scenario: Scenario, portfolio: Portfolio, catalogue: Catalogue, run: Simulation,
    risks: Mapping[str, Mapping[str, Any]], at: str,
) -> Prepared:  # fmt: skip
    models: dict[str, Model] = {
        code: catalogue.product(code).model for code in portfolio.product.names
    }
    struck = strike_rows(scenario, portfolio, models, at)
    lessons = posterior_requests(scenario, portfolio, struck, run, risks, catalogue, at)
    return Prepared(scenario, portfolio, struck, lessons)


def stress(
    request: StressRequest | Mapping[str, Any],
    catalogue: Catalogue | None = None,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> StressReport:
    """Run the pool, and the scenario through it.

    Raises `InvalidParameter` with a pointer for each fault, `NotFound` for an unknown sample or
    shipped scenario, `Refused` for a programme or lines that contradict themselves.
    """
    request = request if isinstance(request, StressRequest) else read(StressRequest, request)
    catalogue = catalogue or shipped()
    prepared = prepare(request, catalogue)  # refused before the work
    pool = run_pool(request.run, catalogue, workers=workers, progress=progress)
    return _report(pool, prepared, catalogue, request.in_pool, workers)


def stress_of(
    pool: PoolReport,
    scenario: Scenario | Mapping[str, Any] | str,
    catalogue: Catalogue | None = None,
    *,
    risks: Mapping[str, Mapping[str, Any]] | None = None,
    in_pool: bool = False,
    workers: int = 1,
) -> StressReport:
    """The scenario (or the shipped one of that name) through a pool that was run already."""
    catalogue = catalogue or shipped()
    if isinstance(scenario, str):
        what = shipped_scenario(scenario)
    else:
        what = scenario if isinstance(scenario, Scenario) else read(Scenario, scenario)
    run = Simulation(n_years=pool.receipt.n_years, seed=pool.receipt.seed)
    prepared = _prepared(what, pool.losses.portfolio, catalogue, run, risks or {}, "")
    return _report(pool, prepared, catalogue, in_pool, workers)


def _report(
    pool: PoolReport, prepared: Prepared, catalogue: Catalogue, in_pool: bool, workers: int
) -> StressReport:
    scenario, struck, signed = prepared.scenario, prepared.struck, sign(pool.terms)
    premium = {one.name: one.premium.value for one in pool.products}
    found = outcome(struck, pool.losses.portfolio, pool.programme, premium)
    treaties = by_treaty(pool.programme, found)
    again = sum(one.reinstatement_premium for one in treaties)
    other = sum(one.other_premium for one in treaties)
    gross, net = float(found.table.loss.sum()), float(found.cession.net.sum())
    cost, hit = net + again + other, units_hit(found)
    learnt = tuple(learn(one, catalogue, pool if in_pool else None, workers)
                   for one in prepared.lessons)  # fmt: skip
    noise = (note for one in learnt for note in within_noise(one))
    return StressReport(
        scenario=scenario, pool=pool.pool, currency=pool.currency, n_years=pool.n_years,
        strikes=by_strike(scenario, found), ground_up=float(struck.rows.loss.sum()),
        gross=gross, ceded=float(found.cession.annual("ceded").sum()), net=net,
        reinstatement_premium=again, other_premium=other, cost=cost, treaties=treaties,
        reinsurers=by_reinsurer(pool.programme, found),
        members=by_member(pool, signed, found, again + other),
        other_parties=_others(signed, pool, cost), pool_capital=pool.net.capital,
        capital_used=used(cost, pool.net.capital),
        rarity={"items_hit": rarity(_annual_of_hit(pool, found), gross),
                "gross": rarity(pool.losses.annual(), gross),
                "net": rarity(pool.cession.annual("net"), net)},
        learnt=learnt,
        breaches=tuple(one for one in pool.breaches if one.risk_unit in hit),
        notes=(*_notes(prepared, found), *noise,
               *dict.fromkeys((*found.cession.flags, *pool.flags))),
        receipt=replace(pool.receipt, digests={**pool.receipt.digests,
                                               "scenario": digest(scenario)}),
    )  # fmt: skip


def _annual_of_hit(pool: PoolReport, found: Outcome) -> Floats:
    """(n_years,) what the items that the scenario hits lose in the pool's own years."""
    mine = np.isin(pool.losses.item, np.unique(found.ground_up.item))
    return pool.losses.annual(np.where(mine, pool.losses.loss, 0.0))


def _others(signed: Signed, pool: PoolReport, cost: float) -> dict[str, float]:
    """What parties that are no members carry."""
    members = {member.name for member in pool.members}
    return {
        name: float(share) * cost for name, share in signed.shares().items() if name not in members
    }


def _notes(prepared: Prepared, found: Outcome) -> Iterator[str]:
    """What a reader of the figures has to know, strike by strike."""
    for name in prepared.struck.absent:
        yield f"strike {name!r} is left out: the portfolio has nothing that it hits"
    for name, n in prepared.struck.left_out.items():
        if n:
            yield f"strike {name!r}: {n} items are not in force at its time and lose nothing"
    for one in by_strike(prepared.scenario, found):
        if one.ground_up > one.sum_insured * (1 + 1e-12):
            yield (
                f"strike {one.name!r} loses {one.ground_up:,.2f}, more than the sum insured of "
                f"{one.sum_insured:,.2f}: the rest is the insured's"
            )
        if one.not_covered:
            yield f"strike {one.name!r}: {one.not_covered:,.2f} has a cause that is not covered"
