"""From written lines to signed ones, in exact fractions."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import NotFound, Refused
from techinsure.money import exact
from techinsure.outside_parties import OUTSIDE, UNPLACED
from techinsure.pool.members import Member, Pool
from techinsure.quantities import FORBID, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedLine:
    """What a member wrote and what it signed, shares of the whole risk, exact, as text."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    member: str
    written: str
    signed: str

    @property
    def share(self) -> Fraction:
        """The signed line."""
        return exact(self.signed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The lines in force: the signed ones and the `unplaced` share sum to `order`, exactly."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    lines: tuple[SignedLine, ...]
    order: str
    unplaced: str

    def of(self, member: str) -> Fraction:
        """The signed line of a member by name."""
        for line in self.lines:
            if line.member == member:
                return line.share
        names = [line.member for line in self.lines]
        raise NotFound("member", member, names, nearest(member, names))

    def shares(self) -> dict[str, Fraction]:
        """Every party's share, members first, in the order listed; they sum to 1 exactly."""
        parties = {line.member: line.share for line in self.lines}
        rest = {UNPLACED: exact(self.unplaced), OUTSIDE: 1 - exact(self.order)}
        return parties | {name: share for name, share in rest.items() if share}


def sign(pool: Pool, most: Mapping[str, Fraction] | None = None) -> Signed:
    """The lines that members sign: s = w * min(1, order / sum w), exact.

    Lines to stand stay as written, and no line is signed below its minimum: what these keep, the
    others make room for, pro rata to what they wrote. `most`, by member, cuts lines further (not
    named: as written): what a cut takes goes to those who wrote more than they sign, pro rata to
    what they wrote, and again until nobody has room; a member whose minimum is above its `most`
    signs nothing. An order that is not filled is never scaled up: the rest is named `unplaced`.
    Source: market practice of signing down.
    """
    order = exact(pool.order)
    written = [exact(member.written) for member in pool.members]
    ranges = [_range(member, most or {}) for member in pool.members]
    signed = _spread(pool.members, written, ranges, order)
    return Signed(
        lines=tuple(
            SignedLine(member=member.name, written=member.written, signed=str(line))
            for member, line in zip(pool.members, signed, strict=True)
        ),
        order=pool.order,
        unplaced=str(order - sum(signed)),
    )


def _range(member: Member, most: Mapping[str, Fraction]) -> tuple[Fraction, Fraction]:
    """The least and the most that a member may sign where lines are signed down."""
    high = min(exact(member.written), most.get(member.name, exact(member.written)))
    if member.to_stand:
        return high, high
    low = exact(member.minimum or "0")
    return (low, high) if low <= high else (Fraction(0), Fraction(0))


def _spread(
    members: Sequence[Member],
    written: Sequence[Fraction],
    ranges: Sequence[tuple[Fraction, Fraction]],
    order: Fraction,
) -> list[Fraction]:
    """Lines min(max(scale * written, low), high), with the one scale in [0, 1] at which they sum to
    `order`, or to all that is the most.

    Their sum never falls as the scale grows and is straight between the scales at which a line
    leaves its least or reaches its most. So these lines exist, no other lines of this form sum to
    the same, and nothing hangs on the order of the members. It is where re-spreading pro rata,
    round after round, ends.
    """
    if sum(high for _, high in ranges) <= order:
        return [high for _, high in ranges]
    if sum(low for low, _ in ranges) > order:
        kept = ", ".join(
            f"{member.name!r} {low}"
            for member, (low, _) in zip(members, ranges, strict=True)
            if low
        )
        total = sum(low for low, _ in ranges)
        raise Refused(
            f"lines to stand and minimum lines sum to {total}, above the order {order}: {kept}"
        )

    def at(scale: Fraction) -> list[Fraction]:
        return [
            min(max(scale * wrote, low), high)
            for wrote, (low, high) in zip(written, ranges, strict=True)
        ]

    held = [(wrote, ends) for wrote, ends in zip(written, ranges, strict=True) if wrote]
    turns = sorted({Fraction(0), *(end / wrote for wrote, ends in held for end in ends)})
    above = bisect_left(turns, order, key=lambda scale: sum(at(scale), Fraction(0)))
    if above == 0:
        return at(turns[0])
    below, end = turns[above - 1], turns[above]
    free = sum(wrote for wrote, (low, high) in held if low <= below * wrote and end * wrote <= high)
    return at(below + (order - sum(at(below))) / free)
