"""From written lines to signed ones, in exact fractions."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import NotFound, Refused
from techinsure.money import exact
from techinsure.pool.members import OUTSIDE, UNPLACED, Member, Pool
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


def sign(pool: Pool) -> Signed:
    """The lines that members sign: s = w * min(1, order / sum w), exact.

    Lines to stand stay as written, and no line is signed below its minimum: what these keep, the
    others make room for, pro rata to what they wrote. An order that is not filled is never
    scaled up: the rest is named `unplaced`. Source: market practice of signing down.
    """
    order = exact(pool.order)
    written = [exact(member.written) for member in pool.members]
    signed = written if sum(written) <= order else _signed_down(pool.members, order)
    return Signed(
        lines=tuple(
            SignedLine(member=member.name, written=member.written, signed=str(line))
            for member, line in zip(pool.members, signed, strict=True)
        ),
        order=pool.order,
        unplaced=str(order - sum(signed)),
    )


def _signed_down(members: Sequence[Member], order: Fraction) -> list[Fraction]:
    """Lines that sum to `order`. Each round keeps the lines that would fall below their minimum
    and scales the rest again; so there are at most as many rounds as members."""
    written = [exact(member.written) for member in members]
    floor = [
        wrote if member.to_stand else exact(member.minimum or "0")
        for member, wrote in zip(members, written, strict=True)
    ]
    if sum(floor) > order:
        kept = ", ".join(
            f"{member.name!r} {low}" for member, low in zip(members, floor, strict=True) if low
        )
        raise Refused(
            f"lines to stand and minimum lines sum to {sum(floor)}, above the order {order}: {kept}"
        )
    fixed = {m: floor[m] for m, member in enumerate(members) if member.to_stand}
    while True:
        room = order - sum(fixed.values())
        scale = room / sum(wrote for m, wrote in enumerate(written) if m not in fixed)
        below = {
            m: floor[m]
            for m, wrote in enumerate(written)
            if m not in fixed and wrote * scale < floor[m]
        }
        if not below:
            return [fixed.get(m, wrote * scale) for m, wrote in enumerate(written)]
        fixed |= below
