"""Lines of one risk: what each member may carry of it, and the lines signed again within that.

The lines of the pool hold for every risk. Of a large one, of a kind that a member does not write,
or in a park that is full, a member may carry less: its line is cut there and spread again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.money import decimal_of, exact
from techinsure.pool.accumulation import BASES, EXPOSED, Basis
from techinsure.pool.appetite import appetite_for, within
from techinsure.pool.limits import legal_capacity, sums_insured
from techinsure.pool.members import Member, Pool
from techinsure.pool.signing import Signed, SignedLine, sign
from techinsure.portfolio import Portfolio
from techinsure.quantities import (
    FORBID,
    Name,
    Real,
    each,
    is_amount,
    one_of,
    positive,
    refuse_unless,
    text,
)

Bound = Literal[
    "written", "licence", "appetite", "capacity_per_risk", "accumulation", "single_risk", "minimum"
]
"""What sets the most that a member signs: its written line, one of its capacities, the law, or that
less than its minimum is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHeld:
    """What the pool has in one group of `basis`, all its risks there and this one, net of
    proportional reinsurance, currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    basis: Basis
    name: Name
    net_sum_insured: Real

    def __post_init__(self) -> None:
        refuse_unless(self, basis=one_of(*BASES), name=text(), net_sum_insured=positive)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskUnit:
    """What one occurrence can destroy, to be signed as a whole: its `sum_insured`, currency units,
    the `kinds` of risk in it (`rd_loss/chip`) and the `groups` that it adds to."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    sum_insured: Real
    kinds: tuple[Name, ...] = ()
    groups: tuple[GroupHeld, ...] = ()

    def __post_init__(self) -> None:
        refuse_unless(self, name=text(), sum_insured=is_amount, kinds=each(text()))


class Room(NamedTuple):
    """The most that a member may sign, an exact share of the risk, and what sets it."""

    most: Fraction
    bound: Bound


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLine:
    """A member's line of one risk, exact shares as text, money in currency units.

    `signed` is its line of every risk, `most` what it may sign of this one and `bound` what sets
    that; `signed_again` is its line once all lines are within. `net`: what `signed` comes to after
    proportional reinsurance, `legal_capacity` the most that the law allows, and `over` what of it
    is above and would be reinsured if the line stayed.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    member: str
    lead: bool
    rating: str | None
    written: str
    signed: str
    most: str
    bound: Bound
    signed_again: str
    gross: Real
    net: Real
    legal_capacity: Real
    over: Real
    gross_again: Real
    net_again: Real


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLines:
    """One risk, its lines as signed and signed again. `ceded` goes to reinsurers in proportion.

    `unplaced` is what no member signs of the order, `gap` what no member has room for; both exact
    shares. `capacity_gap` is the gap in money, before reinsurance: to be placed facultatively or
    with further insurers. `facultative_as_signed` is what members above the law would have to
    reinsure, net, if no line were spread again.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    risk_unit: str
    sum_insured: Real
    ceded: str
    lines: tuple[RiskLine, ...]
    unplaced: str
    gap: str
    capacity_gap: Real
    facultative_as_signed: Real

    def in_force(self, order: str) -> Signed:
        """The lines signed again, as a settlement of this risk reads them."""
        return Signed(
            order=order,
            unplaced=self.gap,
            lines=tuple(
                SignedLine(member=line.member, written=line.written, signed=line.signed_again)
                for line in self.lines
            ),
        )


def lines_of_risk(pool: Pool, risk: RiskUnit, ceded: Fraction = Fraction(0)) -> RiskLines:
    """The lines of one risk, signed again within what each member may carry; `ceded` is the share
    that goes to reinsurers in proportion, from every member alike."""
    _refuse_unknown_kind(pool, risk)
    insured = decimal_of(risk.sum_insured)
    signed, rooms = sign(pool), {m.name: room(pool, m, risk, ceded) for m in pool.members}
    again = sign(pool, {name: one.most for name, one in rooms.items()})
    lines = tuple(
        _line(pool, member, rooms[member.name], signed, again, insured, ceded)
        for member in pool.members
    )
    return RiskLines(
        risk_unit=risk.name,
        sum_insured=risk.sum_insured,
        ceded=str(ceded),
        lines=lines,
        unplaced=signed.unplaced,
        gap=again.unplaced,
        capacity_gap=float(exact(again.unplaced) * insured),
        facultative_as_signed=float(sum((_over(pool, m, signed, insured, ceded)
                                         for m in pool.members), Fraction(0))),
    )  # fmt: skip


def room(pool: Pool, member: Member, risk: RiskUnit, ceded: Fraction) -> Room:
    """The most of `risk` that a member may sign, and what sets it: the first of what is least."""
    most = min(rooms(pool, member, risk, ceded), key=lambda one: one.most)
    least = exact(member.minimum or "0")
    if most.most < least and not member.to_stand:
        return Room(Fraction(0), "minimum" if most.most else most.bound)
    return most


def rooms(pool: Pool, member: Member, risk: RiskUnit, ceded: Fraction) -> Iterator[Room]:
    """Everything that bounds a member's line of `risk`, what it wrote first."""
    yield Room(exact(member.written), "written")
    for kind in risk.kinds:
        licence = member.licence
        if licence is not None and not any(within(kind, written) for written in licence):
            yield Room(Fraction(0), "licence")
        if member.appetite is not None:
            entry = appetite_for(kind, member.appetite)
            if entry is None:
                yield Room(Fraction(0), "appetite")
            elif entry.maximum is not None:
                yield Room(exact(entry.maximum), "appetite")
    net = decimal_of(risk.sum_insured) * (1 - ceded)
    if net and member.capacity_per_risk is not None:
        yield Room(decimal_of(member.capacity_per_risk) / net, "capacity_per_risk")
    for group in risk.groups:
        for capacity in member.accumulation_capacity:
            if capacity.basis == group.basis and capacity.name in (None, group.name):
                held = decimal_of(group.net_sum_insured)
                yield Room(decimal_of(capacity.most) / held, "accumulation")
    if net:
        yield Room(legal_capacity(pool, member) / net, "single_risk")


def lines_of_risks(
    pool: Pool, portfolio: Portfolio, ceded_share: Mapping[str, float] | None = None
) -> tuple[RiskLines, ...]:
    """The risks of a portfolio of which some member may carry less than it signed, in its order.

    `ceded_share` is the share of each risk unit that proportional reinsurance takes (not named: 0).
    In a group that is too full for a member its line of every risk there is cut to the same share,
    its capacity over all that the pool has there: no risk comes before another.
    """
    shares = ceded_share or {}
    signed, found = sign(pool), []
    for risk in risks_of(pool, portfolio, shares):
        ceded = decimal_of(shares.get(risk.name, 0.0))
        if any(room(pool, m, risk, ceded).most < signed.of(m.name) for m in pool.members):
            found.append(lines_of_risk(pool, risk, ceded))
    return tuple(found)


def risks_of(pool: Pool, portfolio: Portfolio, shares: Mapping[str, float]) -> Iterator[RiskUnit]:
    """The risk units that may be above something, with their kinds and groups."""
    units = sums_insured(portfolio)
    names = [portfolio.risk_unit[i] or portfolio.ids[i] for i in range(portfolio.n_items)]
    kinds: dict[str, dict[str, None]] = defaultdict(dict)
    for unit, kind in zip(names, portfolio.risk_class.texts(), strict=True):
        kinds[unit][kind] = None
    groups = _groups(pool, portfolio, names, shares)
    picky = any(m.licence is not None or m.appetite is not None for m in pool.members)
    least = _least_above(pool)
    for unit, insured in units.items():
        if not insured:
            continue
        large = insured * (1 - shares.get(unit, 0.0)) > least
        if large or picky or groups[unit]:
            yield RiskUnit(
                name=unit, sum_insured=insured, kinds=tuple(kinds[unit]), groups=groups[unit]
            )


def _least_above(pool: Pool) -> float:
    """A net sum insured below which no member's line is above a capacity in money."""
    signed = sign(pool)
    least = np.inf
    for member in pool.members:
        money = float(legal_capacity(pool, member))
        own = np.inf if member.capacity_per_risk is None else member.capacity_per_risk
        line = float(signed.of(member.name))
        if line:
            least = min(least, min(money, own) / line)
    return float(least) * (1 - 1e-9)


def _groups(
    pool: Pool, portfolio: Portfolio, names: Sequence[str], shares: Mapping[str, float]
) -> Mapping[str, tuple[GroupHeld, ...]]:
    """The groups of each risk unit in which some member's capacity is stated."""
    found: dict[str, tuple[GroupHeld, ...]] = defaultdict(tuple)
    kept = np.array([1.0 - shares.get(unit, 0.0) for unit in names]) * portfolio.sum_insured
    for basis in sorted({c.basis for m in pool.members for c in m.accumulation_capacity}):
        held: dict[str, float] = defaultdict(float)
        of_unit: dict[str, dict[str, None]] = defaultdict(dict)
        for unit, label, net in zip(names, _labels(portfolio, basis), kept.tolist(), strict=True):
            if label:
                held[label] += net
                of_unit[unit][label] = None
        for unit, labels in of_unit.items():
            found[unit] += tuple(
                GroupHeld(basis=basis, name=label, net_sum_insured=held[label])
                for label in labels
                if held[label] > 0
            )
    return found


def _labels(portfolio: Portfolio, basis: Basis) -> list[str]:
    if basis == "supply":
        return [EXPOSED if exposed else "" for exposed in portfolio.supply_exposed]
    return portfolio.label("risk_class" if basis == "technology" else basis).texts()


def _line(
    pool: Pool, member: Member, held: Room, signed: Signed, again: Signed, insured: Fraction,
    ceded: Fraction,
) -> RiskLine:  # fmt: skip
    line, line_again = signed.of(member.name), again.of(member.name)
    return RiskLine(
        member=member.name,
        lead=member.lead,
        rating=member.rating,
        written=member.written,
        signed=str(line),
        most=str(held.most),
        bound=held.bound,
        signed_again=str(line_again),
        gross=float(line * insured),
        net=float(line * insured * (1 - ceded)),
        legal_capacity=float(legal_capacity(pool, member)),
        over=float(_over(pool, member, signed, insured, ceded)),
        gross_again=float(line_again * insured),
        net_again=float(line_again * insured * (1 - ceded)),
    )


def _over(
    pool: Pool, member: Member, signed: Signed, insured: Fraction, ceded: Fraction
) -> Fraction:
    """What of a member's net line is above what the law lets it carry, currency units."""
    net = signed.of(member.name) * insured * (1 - ceded)
    return max(net - legal_capacity(pool, member), Fraction(0))


def _refuse_unknown_kind(pool: Pool, risk: RiskUnit) -> None:
    choosy = [m.name for m in pool.members if m.licence is not None or m.appetite is not None]
    if choosy and not risk.kinds:
        bound = f"must be named: {choosy[0]!r} states a licence or an appetite"
        fix = 'write the product, or product and class: ["rd_loss/chip"]'
        raise InvalidParameter([Fault("kinds", (), bound, fix, "/risk/kinds")])
