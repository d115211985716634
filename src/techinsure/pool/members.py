"""Who shares the risk, with how much, and under which contract and legal terms."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, StringConstraints

from techinsure.errors import Fault
from techinsure.money import exact, known_currency, line
from techinsure.outside_parties import insurer
from techinsure.pool.accumulation import AccumulationLimit
from techinsure.pool.appetite import AccumulationCapacity, Appetite
from techinsure.pool.default_terms import DefaultTerms, Several
from techinsure.quantities import (
    FORBID,
    Currency,
    Flag,
    Line,
    Name,
    Real,
    each,
    flag,
    fraction,
    is_date,
    nearest,
    number,
    one_of,
    optional,
    positive,
    refuse_unless,
    text,
)
from techinsure.receipt import IF_SET

MOST_MEMBERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalLimits:
    """What the law lets an insurer carry, in multiples of its paid-in capital and reserves.

    `single_risk_share`: most of the liability for one risk unit, the excess to be reinsured;
    `premium_multiple`: most of a year's retained premium. Data with a `source` and the date
    `as_of` which it was read, never a constant: replace it when the law changes.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    single_risk_share: Real = 0.10
    premium_multiple: Real = 4.0
    source: Annotated[str, StringConstraints(min_length=1, max_length=500)] = (
        "保险法 art. 102-103 (as amended 2015), read via company disclosure 2021; check text"
    )
    as_of: str = "2021-05-31"

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            single_risk_share=number("must be in (0, 1]", lambda value: 0 < value <= 1),
            premium_multiple=positive,
            source=text(500),
            as_of=is_date,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An insurer with its `written` line, a share of the whole risk.

    `minimum` is the smallest line it accepts once lines are signed down; a line `to_stand` is not
    signed down at all. `capital_and_reserves`: paid-in capital and reserves, currency units.
    How likely it is to fail within a year: by its `rating` in the shipped table, or by a
    `default_probability` of its own; `recovery` is the part of what it owes that it still pays
    then (None: as shipped).

    Of one risk it signs what its `licence` and `appetite` allow (kinds of risk, see `appetite`;
    None: not stated, every kind) up to its `capacity_per_risk` and, with all other risks there, its
    `accumulation_capacity`; both are net of proportional reinsurance, currency units.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    written: Line
    capital_and_reserves: Real
    lead: Flag = False
    minimum: Line | None = None
    to_stand: Flag = False
    rating: Name | None = field(default=None, metadata=IF_SET)
    default_probability: Real | None = field(default=None, metadata=IF_SET)
    recovery: Real | None = field(default=None, metadata=IF_SET)
    licence: tuple[Name, ...] | None = field(default=None, metadata=IF_SET)
    appetite: tuple[Appetite, ...] | None = field(default=None, metadata=IF_SET)
    capacity_per_risk: Real | None = field(default=None, metadata=IF_SET)
    accumulation_capacity: tuple[AccumulationCapacity, ...] = field(default=(), metadata=IF_SET)

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            name=insurer,
            written=line(high=100),
            capital_and_reserves=positive,
            lead=flag,
            minimum=optional(line()),
            to_stand=flag,
            rating=optional(text()),
            default_probability=optional(fraction),
            recovery=optional(fraction),
            licence=optional(each(text(), at_least=1)),
            appetite=optional(_kinds),
            capacity_per_risk=optional(positive),
        )
        refuse_unless(self, minimum=self._below_written)

    def _below_written(self, field: str, value: object) -> Iterator[Fault]:
        if self.minimum is not None and exact(self.minimum) > exact(self.written):
            yield Fault(field, value, f"must be <= the written line {self.written}")


def _kinds(field: str, value: object) -> Iterator[Fault]:
    """A check: at least one kind of risk, each once."""
    entries: tuple[Appetite, ...] = tuple(value)  # type: ignore[arg-type]
    kinds = [entry.writes for entry in entries]
    if not kinds:
        yield Fault(field, value, "must name at least one kind of risk", "leave it out for every")
    for position, kind in enumerate(kinds):
        if kind in kinds[:position]:
            yield Fault(f"{field}[{position}].writes", kind, "must be named once")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Insurers that share whole policies by lines.

    `order` is the share of the whole risk that is offered to the members. `lead_fee` is what
    followers pay the lead, a share of their premium. `agreement` refers to the co-insurance
    agreement that is attached to the policy. `default_mode = "several"`: no member pays for
    another, unless `default_terms` say who pays when a member cannot.
    `accumulation_limits` are the most that the pool takes in one place, route, sector or class.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    kind: Literal["co_insurance", "reinsurance"] = "co_insurance"
    currency: Currency
    members: tuple[Member, ...]
    order: Line = "1"
    lead_fee: Real = 0.03
    agreement: Annotated[str, StringConstraints(max_length=500)] = ""
    default_mode: Literal["several"] = "several"
    default_terms: DefaultTerms | None = field(default=None, metadata=IF_SET)
    limits: LegalLimits = LegalLimits()
    accumulation_limits: tuple[AccumulationLimit, ...] = field(default=(), metadata=IF_SET)

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            name=text(),
            kind=one_of("co_insurance", "reinsurance"),
            currency=known_currency,
            members=_company,
            order=_some_of_it,
            lead_fee=fraction,
            agreement=_reference,
            default_mode=one_of("several"),
        )
        refuse_unless(self, default_terms=self._by_members)

    def _by_members(self, field: str, value: object) -> Iterator[Fault]:
        """Contributors to a guarantee fund must be members."""
        names = [member.name for member in self.members]
        for name in getattr(value, "contributions", ()):
            if name not in names:
                guess = nearest(name, names)
                hint = f"did you mean {guess!r}?" if guess else ""
                where = f"{field}.contributions.{name}"
                yield Fault(where, name, "must be the name of a member", hint)

    @property
    def in_default(self) -> DefaultTerms:
        """Who pays when a member cannot."""
        return self.default_terms or Several()

    @property
    def lead(self) -> Member:
        """The member that issues, collects and settles."""
        return next(member for member in self.members if member.lead)

    def member(self, name: str) -> Member:
        """The member of that name, which must exist."""
        return next(member for member in self.members if member.name == name)


def _company(field: str, value: object) -> Iterator[Fault]:
    members: tuple[Member, ...] = tuple(value)  # type: ignore[arg-type]
    names = [member.name for member in members]
    if not 1 <= len(members) <= MOST_MEMBERS:
        yield Fault(field, len(members), f"must have 1 to {MOST_MEMBERS} members")
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Fault(f"{field}[{position}].name", name, "must be unique", "rename it")
    leads = [member.name for member in members if member.lead]
    if members and len(leads) != 1:
        yield Fault(field, leads, "must have exactly one lead", "set lead = true on one member")
    if members and not any(exact(member.written) for member in members):
        yield Fault(
            field,
            [member.written for member in members],
            "must write a line > 0",
            "write a share such as 1/18 or 0.05 for one of them",
        )


def _some_of_it(field: str, value: object) -> Iterator[Fault]:
    faults = list(line()(field, value))
    yield from faults
    if not faults and not exact(str(value)):
        yield Fault(field, value, "must be > 0", 'write "1" for the whole risk')


def _reference(field: str, value: object) -> Iterator[Fault]:
    if value != "":
        yield from text(500)(field, value)
