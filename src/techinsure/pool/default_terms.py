"""Who pays when a member cannot: nobody, the other members, or a guarantee fund.

Amounts are (n_members, n) of one year and fate a column, currency units.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field

from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.money import exact, line
from techinsure.quantities import (
    FORBID,
    Flags,
    Floats,
    Line,
    Name,
    Real,
    nearest,
    number,
    one_of,
    positive,
    refuse_unless,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Each member owes its own line alone: what a failed one does not pay, policyholders miss."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["several"] = "several"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """The solvent members take the shortfall over, pro rata to their lines and again, up to what
    each can carry: `capacity_share` of its capital and reserves a year, its own line included (our
    judgement, D: as much as the law lets it carry of one risk unit). The rest policyholders
    miss."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["joint"] = "joint"
    capacity_share: Real = 0.10

    def __post_init__(self) -> None:
        within = number("must be in (0, 1]", lambda value: 0 < value <= 1)
        refuse_unless(self, capacity_share=within)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeFund:
    """A fund of `size` pays the shortfall of a year while it lasts; it is full at the start of
    every year. `contributions` are exact shares of it by member, and of each refill (none: pro rata
    to lines). It is `refilled_by` the solvent members, or by the state."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["guarantee_fund"] = "guarantee_fund"
    size: Real
    contributions: Mapping[Name, Line] = field(default_factory=dict)
    refilled_by: Literal["members", "state"] = "members"

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            size=positive,
            contributions=_whole,
            refilled_by=one_of("members", "state"),
        )

    def shares(self, lines: Mapping[str, Fraction]) -> dict[str, Fraction]:
        """Each member's exact share of the fund, in the order of `lines`; they sum to 1."""
        if self.contributions:
            for name in self.contributions:
                if name not in lines:
                    raise NotFound("member", name, lines, nearest(name, lines))
            return {name: exact(self.contributions.get(name, "0")) for name in lines}
        total = sum(lines.values(), Fraction(0))
        if not total:
            fault = Fault("lines", "0", "must not all be 0", "state the contributions")
            raise InvalidParameter([fault])
        return {name: share / total for name, share in lines.items()}


DefaultTerms = Annotated[Several | Joint | GuaranteeFund, Field(discriminator="kind")]
"""What the co-insurance agreement says of a member that cannot pay."""


def _whole(name: str, value: object) -> Iterator[Fault]:
    given: Mapping[str, str] = value  # type: ignore[assignment]
    faults = [f for member, share in given.items() for f in line()(f"{name}.{member}", share)]
    yield from faults
    total = sum((exact(share) for share in given.values()), Fraction(0)) if not faults else 1
    if given and total != 1:
        yield Fault(name, str(total), "must sum to 1", "shares are of the fund")


def respread(owed: Floats, able: Floats, lines: Floats) -> Iterator[tuple[Floats, Floats]]:
    """What each member has paid (n_members, n) and what is short (n,) after each round: first what
    each owes, as far as it is able; then what is short goes to those with room, pro rata to `lines`
    (n_members,), until nothing is short or nobody has room. Each round fills a member or ends it.
    """
    paid = np.minimum(owed, able)
    short = (owed - paid).sum(axis=0)
    yield paid, short
    while True:
        room = able - paid
        part = lines[:, None] * (room > 0)
        weight = part.sum(axis=0)
        open_ = (short > 0) & (weight > 0)
        if not open_.any():
            return
        asked = np.where(open_, short, 0.0) * part / np.where(weight > 0, weight, 1.0)
        full = (asked >= room) & (room > 0)
        paid = np.where(full, able, paid + asked)
        left = short - np.where(full, room, asked).sum(axis=0)
        short = np.where(full.any(axis=0), np.maximum(left, 0.0), np.where(open_, 0.0, short))
        yield paid, short


def refills(drawn: Floats, failed: Flags, shares: Floats) -> tuple[Floats, Floats]:
    """What the members (n_members, n) put back of what was `drawn` (n,) from the fund, pro rata to
    the `shares` (n_members,) of those that have not failed; and what nobody is left to put back
    (n,)."""
    part = shares[:, None] * ~failed
    weight = part.sum(axis=0)
    back = drawn * part / np.where(weight > 0, weight, 1.0)
    return back, np.where(weight > 0, 0.0, drawn)
