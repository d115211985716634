"""What failures of members and reinsurers cost a pool, who bears it, and what a clause changes.

The pool's own simulated years each meet several fates of its companies; figures come with the error
of the years, and two clauses are compared in the same years and fates.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.losses import measures
from techinsure.outside_parties import FUND, POLICYHOLDERS, STATE
from techinsure.pool.default_terms import DefaultTerms, GuaranteeFund
from techinsure.pool.insolvency import fates
from techinsure.pool.insolvency.borne import Borne
from techinsure.pool.insolvency.failures import (
    Counterparty,
    FailureDependence,
    Failures,
    draw_failures,
)
from techinsure.pool.insolvency.shortfalls import Obligors, Shortfalls, shortfalls
from techinsure.pool.members import Pool
from techinsure.pool.signing import Signed
from techinsure.quantities import FORBID, Estimate, Floats, nearest
from techinsure.receipt import plain
from techinsure.reinsurance.programme import Cession

if TYPE_CHECKING:
    import pandas as pd

Places = NDArray[np.intp]

DRAWS = 20
"""Fates of each loss year: failures are rare, and loss years are what takes time."""

AT_ONCE = 500_000
"""Fates times companies that are looked at together: an array of them takes 4 MB."""

UNSAID = ("borne", "lines", "sound", "weight")
"""What a report keeps and does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyAtRisk:
    """A company that may fail, figures of a year: what it owes, the `shortfall` that its failures
    leave as simulated, and as `expected` from each year's loss without the chance of the fates."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    role: Literal["member", "reinsurer"]
    probability: float
    recovery: float
    failed: Estimate
    owed: Estimate
    shortfall: Estimate
    expected: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """What a party bears of failures of others a year. `change` (members alone): of the mean and
    TVaR 99.5% of its net losses against a world in which nobody fails."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    mean: Estimate
    tvar_995: Estimate
    probability: Estimate
    change: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InsolvencyReport:
    """Failures of a pool's members and reinsurers under one clause, `terms`.

    For comparisons it keeps what is `borne` by bearer, (n_draws, n_years) each, the `lines` of the
    members, the pool's net losses in a `sound` world, (n_years,), and the `weight` of the years.
    Net losses are as if a member's own failure were none: what others bear of it stands with them.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    terms: DefaultTerms
    dependence: FailureDependence
    currency: str
    n_years: int
    n_draws: int
    seed: int
    parties: tuple[PartyAtRisk, ...]
    bearers: tuple[Bearer, ...]
    flags: tuple[str, ...]
    borne: Borne = field(repr=False)
    lines: Mapping[str, float] = field(repr=False)
    sound: Floats = field(repr=False)
    weight: Floats | None = field(repr=False)

    @property
    def net(self) -> dict[str, Floats]:
        """Each member's net losses with what it bears, (n_draws, n_years)."""
        return {name: self.borne[name] + line * self.sound for name, line in self.lines.items()}

    def bearer(self, name: str) -> Bearer:
        """A bearer by name, or `NotFound`."""
        known = {bearer.name: bearer for bearer in self.bearers}
        if name not in known:
            raise NotFound("bearer", name, known, nearest(name, known))
        return known[name]

    def against(self, other: "InsolvencyReport") -> dict[str, dict[str, Estimate]]:
        """By how much each bearer's mean and TVaR 99.5% are above those of `other`: another clause
        in the same years and fates. A bearer that one of them does not have bears 0."""
        if self._world() != other._world():
            fix = "run both with the same losses, members, dependence, draws and seed"
            raise InvalidParameter([Fault("other", other.seed, "must be of the same fates", fix)])
        nothing = np.zeros((self.n_draws, self.n_years))
        return {
            name: fates.change(
                other.borne.get(name, nothing),
                self.borne.get(name, nothing),
                self.weight,
                self.currency,
            )
            for name in dict.fromkeys([*self.borne, *other.borne])
        }

    def _world(self) -> tuple[object, ...]:
        """What two reports of the same fates share."""
        return (self.n_years, self.n_draws, self.seed, self.dependence, set(self.lines))

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it, without the years."""
        names = [f.name for f in fields(self) if f.name not in UNSAID]
        return {name: plain(getattr(self, name)) for name in names}

    def bearers_frame(self) -> "pd.DataFrame":
        """One row a bearer: mean, TVaR 99.5% and probability, each with its standard error."""
        import pandas as pd

        figures = ("mean", "tvar_995", "probability")
        return pd.DataFrame([
            {"name": bearer.name}
            | {f: getattr(bearer, f).value for f in figures}
            | {f"{f}_error": getattr(bearer, f).standard_error for f in figures}
            for bearer in self.bearers
        ])  # fmt: skip

    def parties_frame(self) -> "pd.DataFrame":
        """One row a company: probability, recovery, what it owes, its shortfall, expected."""
        import pandas as pd

        figures = ("failed", "owed", "shortfall", "expected")
        return pd.DataFrame([
            {"name": p.name, "role": p.role, "probability": p.probability, "recovery": p.recovery}
            | {f: getattr(p, f).value for f in figures}
            for p in self.parties
        ])  # fmt: skip


def insolvency(
    pool: Pool,
    signed: Signed,
    cession: Cession,
    *,
    members: Sequence[Counterparty],
    reinsurers: Sequence[Counterparty],
    terms: DefaultTerms,
    dependence: FailureDependence | None = None,
    seed: int = 1,
    draws: int = DRAWS,
) -> InsolvencyReport:
    """What failures cost in the simulated years of `cession`, and who bears it.

    Every member with a line and every reinsurer of the programme must be named: nobody is sound by
    being left out. A company that is both fails as both. `draws` fates a year.
    """
    table, dependence = cession.table, dependence or FailureDependence()
    lines = {line.member: line.share for line in signed.lines if line.share}
    placed = dict.fromkeys(r.name for treaty in cession.reinsurers.values() for r in treaty)
    insurers = _in_order("members", members, lines)
    securities = _in_order("reinsurers", reinsurers, placed)
    drawn = draw_failures(
        _once([*insurers, *securities]), dependence, cession.annual("net"),
        seed=seed, draws=draws, weight=table.weight,
    )  # fmt: skip
    gross, net = table.annual(), cession.annual("net")
    ceded = np.array([cession.annual_of_reinsurer(name) for name in placed])
    ceded = ceded.reshape(len(placed), table.n_years)
    capital = {member.name: member.capital_and_reserves for member in pool.members}

    def short_of(fate: Places, year: Places) -> Shortfalls:
        return shortfalls(
            gross[year], ceded[:, year], lines, _obligors(drawn, insurers, fate, year),
            _obligors(drawn, securities, fate, year), terms, capital,
        )  # fmt: skip

    borne = _by_fate(drawn, short_of, lines, terms)
    line = {name: float(share) for name, share in lines.items()}
    debts = _debts(insurers, securities, line.values(), float(sum(lines.values())), gross, ceded)
    parties = tuple(_party(drawn, debt, table.weight, table.currency) for debt in debts)
    return InsolvencyReport(
        terms=terms, dependence=dependence, currency=table.currency, n_years=table.n_years,
        n_draws=draws, seed=seed, parties=parties,
        bearers=_bearers(borne, line, net, table.weight, table.currency),
        flags=(*_unnamed(cession), *_unseen(parties)), borne=borne, lines=line, sound=net,
        weight=table.weight,
    )  # fmt: skip


def _in_order(
    field_name: str, given: Sequence[Counterparty], wanted: Iterable[str]
) -> list[Counterparty]:
    """One company for each name `wanted`, in that order; refused where one is missing or more."""
    by_name = {party.name: party for party in given}
    names = list(wanted)
    faults = [
        Fault(field_name, name, "must say how likely it is to fail", "add a Counterparty")
        for name in names
        if name not in by_name
    ]
    for place, party in enumerate(given):
        where = f"{field_name}[{place}].name"
        if party.name not in names:
            guess = nearest(party.name, names)
            hint = f"did you mean {guess!r}?" if guess else ""
            faults.append(Fault(where, party.name, "must have a line or a treaty", hint))
        elif party is not by_name[party.name]:
            faults.append(Fault(where, party.name, "must be unique", "name it once"))
    if faults:
        raise InvalidParameter(faults)
    return [by_name[name] for name in names]


def _once(parties: Sequence[Counterparty]) -> tuple[Counterparty, ...]:
    """Each company once; one that is member and reinsurer must fail as often in both roles."""
    found: dict[str, Counterparty] = {}
    for party in parties:
        first = found.setdefault(party.name, party)
        if first.default_probability != party.default_probability:
            bound = f"must be {first.default_probability:g}, as in its other role"
            where = f"probability of {party.name!r}"
            raise InvalidParameter([Fault(where, party.default_probability, bound)])
    return tuple(found.values())


def _by_fate(
    drawn: Failures,
    short_of: Callable[[Places, Places], Shortfalls],
    lines: Mapping[str, Fraction],
    terms: DefaultTerms,
) -> Borne:
    """What each bearer bears. Where nobody fails nobody is short; the other fates are gone through
    so many at once that the arrays of a large pool stay small."""
    places, shape = np.flatnonzero(drawn.failed.any(axis=0)), drawn.failed.shape[1:]
    step = max(AT_ONCE // len(drawn.parties), 1)
    amounts = dict[str, Floats]()
    for start in range(0, max(len(places), 1), step):
        here = places[start : start + step]
        for name, part in _borne(short_of(*np.unravel_index(here, shape)), lines, terms).items():
            amounts.setdefault(name, np.zeros(len(places)))[start : start + step] = part
    return Borne(shape=shape, places=places, amounts=amounts)


def _obligors(
    drawn: Failures, parties: Sequence[Counterparty], fate: Places, year: Places
) -> Obligors:
    """Companies in the fates (n,) of the years (n,)."""
    places = np.array([drawn.place(party.name) for party in parties], dtype=np.intp)
    return Obligors(
        failed=drawn.failed[places[:, None], fate, year],
        recovery=np.array([party.recovery_rate for party in parties]),
    )


def _borne(
    found: Shortfalls, lines: Mapping[str, Fraction], terms: DefaultTerms
) -> dict[str, Floats]:
    """What each bearer bears, (n,)."""
    borne = {POLICYHOLDERS: found.missed}
    borne |= dict(zip(lines, found.lost + found.extra + found.refilled, strict=True))
    if isinstance(terms, GuaranteeFund):
        last = (STATE, found.by_state) if terms.refilled_by == "state" else (FUND, found.unfilled)
        borne[last[0]] = last[1]
    return borne


class _Debt(NamedTuple):
    """What a company owes: `share` of `amounts` (n_years,), of which a member's line is taken
    before it pays and a reinsurer's part of the pool after it."""

    party: Counterparty
    role: Literal["member", "reinsurer"]
    amounts: Floats
    share: float


def _debts(
    insurers: Sequence[Counterparty],
    securities: Sequence[Counterparty],
    line: Iterable[float],
    placed: float,
    gross: Floats,
    ceded: Floats,
) -> Iterator[_Debt]:
    """One a member and reinsurer, made one after the other."""
    for party, share in zip(insurers, line, strict=True):
        yield _Debt(party, "member", share * gross, 1.0)
    for party, part in zip(securities, ceded, strict=True):
        yield _Debt(party, "reinsurer", part, placed)


def _party(drawn: Failures, debt: _Debt, weight: Floats | None, unit: str) -> PartyAtRisk:
    """The figures of one company."""
    party, amounts, place = debt.party, debt.amounts, drawn.place(debt.party.name)
    failed, rate, owed = drawn.failed[place], party.recovery_rate, debt.share * debt.amounts
    unpaid = debt.share * np.where(failed, amounts - rate * amounts, 0.0)
    return PartyAtRisk(
        name=party.name, role=debt.role, probability=party.default_probability, recovery=rate,
        failed=fates.probability_positive(failed.astype(np.float64), weight),
        owed=measures.mean(owed, weight, unit=unit),
        shortfall=fates.mean(unpaid, weight, unit),
        expected=measures.mean(owed * drawn.given(place) * (1 - rate), weight, unit=unit),
    )  # fmt: skip


def _bearers(
    borne: Borne, lines: Mapping[str, float], net: Floats, weight: Floats | None, unit: str
) -> tuple[Bearer, ...]:
    found = []
    for name, amount in borne.items():
        change: dict[str, Estimate] = {}
        if name in lines:
            before = np.broadcast_to(lines[name] * net, amount.shape)
            change = fates.change(before, amount + before, weight, unit)
        found.append(Bearer(
            name=name, mean=fates.mean(amount, weight, unit),
            tvar_995=fates.tvar_995(amount, weight, unit),
            probability=fates.probability_positive(amount, weight), change=change,
        ))  # fmt: skip
    return tuple(found)


def _unnamed(cession: Cession) -> Iterable[str]:
    """Treaties with nobody to fail."""
    for treaty in sorted(cession.ceded):
        if not cession.reinsurers[treaty] and cession.annual(treaty).any():
            yield f"{treaty!r} names no reinsurer: what it cedes is taken as paid"


def _unseen(parties: Sequence[PartyAtRisk]) -> Iterable[str]:
    """Companies that may fail and never did in these fates."""
    names = [repr(p.name) for p in parties if p.probability > 0 and p.failed.value == 0]
    if names:
        yield (
            f"no fate saw {', '.join(names)} fail: simulated figures leave out what `expected` "
            "shows, take more draws"
        )
