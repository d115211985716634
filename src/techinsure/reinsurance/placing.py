"""A treaty's place in a programme: what it sees, how much of it is placed, and with whom."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault
from techinsure.money import exact, line
from techinsure.outside_parties import insurer
from techinsure.quantities import (
    FORBID,
    Line,
    Name,
    Real,
    each,
    fraction,
    optional,
    refuse_unless,
    text,
)
from techinsure.receipt import IF_SET
from techinsure.reinsurance import Treaty

PERSPECTIVES = ("gross", "ceded", "net")
"""Names of results that no treaty may bear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinsurer:
    """`share` of what is placed of one treaty. How likely it is to fail within a year: by its
    `rating` in the shipped table, or by a `default_probability` of its own; `recovery` is the part
    of what it owes that it still pays then (None: as shipped). Said in one treaty, it holds in
    all."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    share: Line
    rating: Name | None = field(default=None, metadata=IF_SET)
    default_probability: Real | None = field(default=None, metadata=IF_SET)
    recovery: Real | None = field(default=None, metadata=IF_SET)

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            name=insurer,
            share=line(),
            rating=optional(text()),
            default_probability=optional(fraction),
            recovery=optional(fraction),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedTreaty:
    """A treaty and its place in the programme.

    It sees the losses of `products`, `risk_units`, `policies` and `items` (none named: all; of
    several filters, what all let through), less what the treaties in `net_of` and those before
    them cede, times `subject_share`; of what it cedes, `placed_share` is placed, with `reinsurers`
    whose shares sum to 1 (none named: not said with whom). A treaty of named risks is a
    facultative cession.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    treaty: Treaty
    products: tuple[Name, ...] = ()
    risk_units: tuple[Name, ...] = ()
    policies: tuple[Name, ...] = ()
    items: tuple[Name, ...] = ()
    net_of: tuple[Name, ...] = ()
    subject_share: Real = 1.0
    placed_share: Real = 1.0
    reinsurers: tuple[Reinsurer, ...] = ()

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            name=_treaty_name,
            products=each(text()),
            risk_units=each(text()),
            policies=each(text()),
            items=each(text()),
            net_of=_once,
            subject_share=fraction,
            placed_share=fraction,
            reinsurers=_whole,
        )


def _treaty_name(name: str, value: object) -> Iterator[Fault]:
    yield from text()(name, value)
    if value in PERSPECTIVES:
        yield Fault(name, value, f"must not be one of {', '.join(PERSPECTIVES)}", "rename it")


def _once(name: str, value: object) -> Iterator[Fault]:
    yield from each(text())(name, value)
    names: tuple[str, ...] = tuple(value)  # type: ignore[arg-type]
    for place, parent in enumerate(names):
        if parent in names[:place]:
            yield Fault(f"{name}[{place}]", parent, "must be unique", "name each treaty once")


def _whole(name: str, value: object) -> Iterator[Fault]:
    shares: tuple[Reinsurer, ...] = tuple(value)  # type: ignore[arg-type]
    names = [reinsurer.name for reinsurer in shares]
    yield from repeated(f"{name}[{{}}].name", names)
    total = sum((exact(reinsurer.share) for reinsurer in shares), Fraction(0))
    if shares and total != 1:
        fix = "shares are of what is placed; what is not placed is `placed_share`"
        yield Fault(name, str(total), "must have shares that sum to 1", fix)


def repeated(field_of: str, names: list[str]) -> Iterator[Fault]:
    """A fault for each name that comes again, at `field_of` filled with its position."""
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Fault(field_of.format(position), name, "must be unique", "rename it")
