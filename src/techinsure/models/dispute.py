"""Patent disputes: a suit, its costs, the attack on validity, and what the infringement cost.

A sued patent (`models.suits` says which, and when) runs through a chain: the other side attacks
its validity or not; the case is settled, or judged and won, lost or void. The cost of the suit is
insured as enforcement, the part of the economic loss that nobody makes good as infringed loss.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.distributions import Lognormal
from techinsure.distributions.cells import draw
from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.priors import Prior
from techinsure.losses.rows import Rows, join
from techinsure.models.factors import Cohorts, Simulator
from techinsure.models.suits import TARGET, Docket, Hits, Rate, Streams, docket, hits, streams
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.quantities import (
    FORBID,
    Check,
    Count,
    Flags,
    Floats,
    Ints,
    Name,
    Real,
    count,
    each,
    is_amount,
    is_amount_or_zero,
    is_label,
    optional,
    refuse_unless,
)
from techinsure.seeding import Keys, bits, counters, keys, of_marks, uniforms

CAUSES = ("enforcement", "infringed_loss")


def _drawn_from(*families: str, highest: float = np.inf) -> Check:
    """A check: a prior of one of `families` with a mean of at most `highest`."""

    def check(name: str, prior: object) -> Iterator[Fault]:
        if isinstance(prior, Prior) and prior.family not in families:
            yield Fault(f"{name}.family", prior.family, f"must be one of {', '.join(families)}")
        if isinstance(prior, Prior) and prior.mean > highest:
            yield Fault(f"{name}.mean", prior.mean, f"must be <= {highest:g}")

    return check


_probability = _drawn_from("beta", "point", highest=1.0)


def _amount(name: str, prior: object) -> Iterator[Fault]:
    """A check: a lognormal law that varies, which the closed forms are for."""
    if isinstance(prior, Prior) and not isinstance(prior.law, Lognormal):
        yield Fault(f"{name}.family", prior.family, "must be lognormal, with cv > 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeClass:
    """A kind of patent: `cost` of a suit to decision, probability that an attack voids it, and
    the economic `loss` from infringement (None: never insured); amounts in currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    title: dict[str, str]
    cost: Prior
    void: Prior
    loss: Prior | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, cost=_amount, void=_probability, loss=optional(_amount))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """The parameters of the dispute model. `suit_rate` insured suits per patent-year, one draw
    for all classes of the product; `attack`, `settled`, `win` probabilities given the state
    before, drawn once per class and cohort year. `attacked_cost`, `settled_cost` multiply the
    cost; `settled_loss` is the share of the unrecovered loss left by a settlement; `recovery`
    the share of the loss awarded, drawn per case; `report_delay` in years; `field_frailty` the
    variance of the campaign factor of a technology field. The two cost factors, the settled
    share, the delay's mean and the variance are held at their means."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["dispute"] = "dispute"
    suit_rate: Prior
    attack: Prior
    settled: Prior
    win: Prior
    attacked_cost: Prior
    settled_cost: Prior
    settled_loss: Prior
    recovery: Prior
    report_delay: Prior
    field_frailty: Prior
    classes: dict[str, DisputeClass]

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            suit_rate=_drawn_from("gamma", "point"),
            attack=_probability,
            settled=_probability,
            win=_probability,
            settled_loss=_probability,
            recovery=_probability,
        )

    @property
    def causes(self) -> tuple[str, ...]:
        """The causes of the rows."""
        return CAUSES

    @property
    def targets(self) -> tuple[str, ...]:
        """What rating factors may move."""
        return (TARGET,)

    @property
    def amounts(self) -> tuple[str, ...]:
        """The parameters that are laws of single losses, not of rates or probabilities."""
        return ("cost", "loss", "recovery")

    def independent(self) -> "Dispute":
        """The same disputes without campaign factors. A suit still hits a whole family: that is
        one event, not dependence between events."""
        return replace(self, field_frailty=self.field_frailty.held(0.0))

    @property
    def rate(self) -> Rate:
        """The rate of suits and how it varies."""
        return Rate(prior=self.suit_rate, frailty=self.field_frailty.mean)

    def simulator(self, portfolio: Portfolio, items: Ints, world: Cohorts) -> Simulator:
        """What simulates `items` (n_items,) of this product in years of the `world`: one row a
        patent and cause with a positive amount, in any order; loss of one unit, currency units.
        Infringed loss that an item's terms do not cover is not written.
        """
        if not len(items):
            return lambda _: join([])
        sued = docket(portfolio, items, self.rate, world)
        return partial(_simulate, self, portfolio, items, sued, streams(sued))

    def simulate(self, portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Rows:
        """Ground-up losses of `items` (n_items,) in the years of `cohorts`."""
        return self.simulator(portfolio, items, cohorts)(cohorts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatentGroup:
    """`patents` alike, each insured for `sum_insured` (costs of enforcement) and, if given,
    `loss_sum_insured` (infringed loss), currency units. Those that name a `family` are hit by
    one suit together; without a family each is sued alone."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    risk_class: Name = "invention"
    patents: Count = 1
    family: str = ""
    sum_insured: Real
    loss_sum_insured: Real = 0.0
    factors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            patents=count(1, 100_000),
            family=is_label,
            sum_insured=is_amount,
            loss_sum_insured=is_amount_or_zero,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Patents:
    """The exposure of one firm's insured patents in a technology `sector`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["patents"] = "patents"
    groups: tuple[PatentGroup, ...]
    sector: str = ""
    term_months: Count = 12

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            groups=each(lambda *_: (), 1),
            sector=is_label,
            term_months=count(1, 120),
        )

    def columns(self) -> dict[str, list[object]]:
        """One row a group: what a schedule of insured objects needs."""
        n = len(self.groups)
        named = sorted({name for group in self.groups for name in group.factors})
        columns: dict[str, list[object]] = {
            "risk_class": [g.risk_class for g in self.groups],
            "units": [g.patents for g in self.groups],
            "sum_insured": [g.sum_insured * g.patents for g in self.groups],
            "loss_sum_insured": [g.loss_sum_insured for g in self.groups],
            "family": [g.family for g in self.groups], "sector": [self.sector] * n,
            "term_months": [self.term_months] * n,
        }  # fmt: skip
        return columns | {name: [g.factors.get(name, "") for g in self.groups] for name in named}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cases:
    """How sued patents fared, all (n,): `won` excludes the settled and the void."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    attacked: Flags
    settled: Flags
    won: Flags


def posterior_at(
    cohorts: Cohorts,
    owners: Sequence[str],
    which: NDArray[np.intp],
    parameter: str,
    prior: Prior,
    year: NDArray[np.int64],
) -> Floats:
    """The draw of `parameter` of each owner (`which` into `owners`) in each absolute `year`; the
    two broadcast. The same numbers as `Cohorts.posterior` has."""
    if cohorts.drawn == "fixed":
        return np.full(np.broadcast(which, year).shape, prior.mean)
    key = keys(cohorts.seed, "posterior", [f"{owner}/{parameter}" for owner in owners])
    return draw(prior.law, uniforms(key[which], counters(year)))


def owners_of(
    portfolio: Portfolio, items: Ints, cohorts: Cohorts
) -> tuple[list[str], NDArray[np.intp]]:
    """Who owns the posterior draws of a class, and which owner is each item's (n_items,)."""
    codes, classes = portfolio.risk_class.codes[items], portfolio.risk_class.names
    if cohorts.drawn == "item":
        owners = [
            cohorts.owner(classes[code], portfolio.ids[item])
            for code, item in zip(codes, items, strict=True)
        ]
        return owners, np.arange(len(items))
    found, which = np.unique(codes, return_inverse=True)
    return [classes[code] for code in found], which


def by_class(
    model: Dispute, portfolio: Portfolio, items: Ints
) -> Iterator[tuple[DisputeClass, Flags]]:
    """Each class among `items` (n_items,), and which items it is (n_items,)."""
    codes = portfolio.risk_class.codes[items]
    for code in np.unique(codes):
        name = portfolio.risk_class.names[code].partition("/")[2]
        if name not in model.classes:
            bound = f"must be one of {', '.join(model.classes)}"
            raise InvalidParameter([Fault("risk_class", name, bound)])
        yield model.classes[name], codes == code


def cover_of(portfolio: Portfolio, items: Ints, cause: str) -> Ints:
    """(n_items,) row of the policy terms that hold for `cause`, `NOWHERE` where none do."""
    if cause not in portfolio.causes:
        return np.full(len(items), NOWHERE, dtype=np.int32)
    rows: Ints = portfolio.terms_of[items, portfolio.causes.index(cause)]
    return rows


def _simulate(
    model: Dispute, portfolio: Portfolio, items: Ints, sued: Docket, sources: Streams,
    cohorts: Cohorts,
) -> Rows:  # fmt: skip
    hit = hits(sued, sources, model.rate, cohorts.whole()).since(cohorts.first)
    return _losses(model, portfolio, items, sued, hit, cohorts)


def _losses(
    model: Dispute, portfolio: Portfolio, items: Ints, sued: Docket, hit: Hits, cohorts: Cohorts
) -> Rows:
    """What each sued patent costs. Every number has its own slot in the patent's own stream, so
    none moves another."""
    key = bits(bits(hit.suit, sued.identity[hit.item]), hit.patent)
    case = _cases(model, portfolio, items, hit, key, cohorts)
    open_ = cover_of(portfolio, items, "infringed_loss")[hit.item] != NOWHERE
    open_ &= case.settled | case.won
    cost, loss = np.zeros(len(key)), np.zeros(len(key))
    for kind, members in by_class(model, portfolio, items):
        rows = np.nonzero(members[hit.item])[0]
        cost[rows] = kind.cost.law.quantile(of_marks(key[rows], 4))
        if kind.loss is not None:
            rows = rows[open_[rows]]
            recovery = draw(model.recovery.law, of_marks(key[rows], 6))
            lost = kind.loss.law.quantile(of_marks(key[rows], 5))
            loss[rows] = (1 - recovery) * lost
    cost *= np.where(case.attacked, model.attacked_cost.mean, 1.0)
    cost *= np.where(case.settled, model.settled_cost.mean, 1.0)
    loss *= np.where(case.settled, model.settled_loss.mean, 1.0)
    wait = -model.report_delay.mean * np.log(of_marks(hit.suit, 1))
    both = []
    for cause, amount in zip(CAUSES, (cost, loss), strict=True):
        rows = np.nonzero(amount > 0)[0]
        number = portfolio.causes.index(cause) if len(rows) else 0
        both.append(Rows(
            year=(hit.year[rows] - cohorts.first).astype(np.int32), time=hit.time[rows],
            reported=(hit.time + wait)[rows], item=items[hit.item[rows]], event=hit.suit[rows],
            cause=np.full(len(rows), number, dtype=np.int8), loss=amount[rows],
        ))  # fmt: skip
    return join(both)


def _cases(
    model: Dispute, portfolio: Portfolio, items: Ints, hit: Hits, key: Keys, cohorts: Cohorts
) -> Cases:
    """Attack, settlement and judgment of each sued patent."""
    owners, owner = owners_of(portfolio, items, cohorts)
    every = np.arange(len(key))

    def happens(slot: int, parameter: str, prior: Prior, rows: NDArray[np.intp]) -> Flags:
        whose, year = owner[hit.item[rows]], hit.year[rows]
        chance = posterior_at(cohorts, owners, whose, parameter, prior, year)
        return of_marks(key[rows], slot) < chance

    attacked = happens(0, "attack", model.attack, every)
    settled = happens(1, "settled", model.settled, every)
    won = ~settled & happens(2, "win", model.win, every)
    for kind, members in by_class(model, portfolio, items):
        rows = np.nonzero(members[hit.item] & attacked & won)[0]
        won[rows] = ~happens(3, "void", kind.void, rows)
    return Cases(attacked=attacked, settled=settled, won=won)
