"""What happens to a pool's money, one record a kind, as a document lists it in order of time.

Every event has a `reference`, under which it is booked, the day on which it is `booked`, and the
`value_date` from which it counts for interest (None: that day). Amounts are whole minor units.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, cast

from pydantic import ConfigDict, Field

from techinsure.accounts.quarters import is_quarter
from techinsure.accounts.technical_bookings import Booked
from techinsure.errors import Fault
from techinsure.money import MOST_MINOR, MinorUnits, line, minor_units
from techinsure.pool.members import Member
from techinsure.pool.settlement import ACCOUNTS, Account
from techinsure.quantities import (
    FORBID,
    Check,
    Count,
    Line,
    Name,
    count,
    each,
    is_date,
    one_of,
    optional,
    refuse_unless,
    text,
)

MOST_INSTALMENTS = 120
is_sum = count(1, MOST_MINOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What every event has."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    reference: Name
    booked: str
    value_date: str | None = None

    @property
    def when(self) -> Booked:
        """The day booked and the value date."""
        return Booked(day=self.booked, value_date=self.value_date)


def _refuse_unless(event: Happening, **checks: Check) -> None:
    """Refuse an event unless what every event has and these hold."""
    refuse_unless(event, reference=text(), booked=is_date, value_date=optional(is_date), **checks)


def _some(name: str, value: object) -> Iterator[Fault]:
    yield from minor_units(name, value)
    if value == 0:
        yield Fault(name, value, "must not be 0", "leave out what moves nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfPolicy(Happening):
    """What is about a policy of the document; `class_code` picks one of its covers, where it has
    several."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    policy: Name
    class_code: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Premium(OfPolicy):
    """A premium that `collected_by` holds for all, effective from a day (None: the policy's
    first)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["premium"] = "premium"
    amount_minor: MinorUnits
    collected_by: Name
    effective: str | None = None

    def __post_init__(self) -> None:
        _refuse_unless(
            self,
            policy=text(),
            amount_minor=is_sum,
            collected_by=text(),
            effective=optional(is_date),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment(OfPolicy):
    """Instalment `number` of `of` equal ones of a whole premium; together they are the whole."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["instalment"] = "instalment"
    premium_minor: MinorUnits
    number: Count
    of: Count
    collected_by: Name
    effective: str | None = None

    def __post_init__(self) -> None:
        _refuse_unless(
            self,
            policy=text(),
            premium_minor=is_sum,
            number=count(1, MOST_INSTALMENTS),
            of=count(1, MOST_INSTALMENTS),
            collected_by=text(),
            effective=optional(is_date),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Endorsement(OfPolicy):
    """Premium of a change within the term, from the day on which it is `effective`; negative where
    the change makes it less."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["endorsement"] = "endorsement"
    amount_minor: MinorUnits
    collected_by: Name
    effective: str

    def __post_init__(self) -> None:
        _refuse_unless(
            self, policy=text(), amount_minor=_some, collected_by=text(), effective=is_date
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(OfPolicy):
    """Premium that `paid_by` gives back for all, from the day on which it is `effective`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["refund"] = "refund"
    amount_minor: MinorUnits
    paid_by: Name
    effective: str

    def __post_init__(self) -> None:
        _refuse_unless(self, policy=text(), amount_minor=is_sum, paid_by=text(), effective=is_date)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission(OfPolicy):
    """A commission that `paid_by` paid for all to an intermediary."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["commission"] = "commission"
    amount_minor: MinorUnits
    paid_by: Name
    effective: str | None = None

    def __post_init__(self) -> None:
        _refuse_unless(
            self, policy=text(), amount_minor=is_sum, paid_by=text(), effective=optional(is_date)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(OfPolicy):
    """A claim that `paid_by` paid for all."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["claim"] = "claim"
    amount_minor: MinorUnits
    loss_date: str
    paid_by: Name

    def __post_init__(self) -> None:
        _refuse_unless(self, policy=text(), amount_minor=is_sum, loss_date=is_date, paid_by=text())


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery(OfPolicy):
    """Salvage or subrogation that `received_by` got for all of a loss."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["recovery"] = "recovery"
    amount_minor: MinorUnits
    loss_date: str
    received_by: Name

    def __post_init__(self) -> None:
        _refuse_unless(
            self, policy=text(), amount_minor=is_sum, loss_date=is_date, received_by=text()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax(Happening):
    """VAT and surcharges on the premium booked under `on`, at the document's rates."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["tax"] = "tax"
    on: Name

    def __post_init__(self) -> None:
        _refuse_unless(self, on=text())


@dataclass(frozen=True, slots=True, kw_only=True)
class Cession(Happening):
    """What a treaty of some members takes of the premium, claim or recovery booked under `on`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["cession"] = "cession"
    on: Name
    treaty: Name

    def __post_init__(self) -> None:
        _refuse_unless(self, on=text(), treaty=text())


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatyPremium(Happening):
    """The premium of 100% of a treaty of the pool, or an instalment of it (None: the treaty's own
    deposit premium), by the lines in force on a day (None: the treaty's first)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["treaty_premium"] = "treaty_premium"
    treaty: Name
    amount_minor: MinorUnits | None = None
    effective: str | None = None

    def __post_init__(self) -> None:
        _refuse_unless(
            self, treaty=text(), amount_minor=optional(is_sum), effective=optional(is_date)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatyRecovery(Happening):
    """What a treaty of the pool pays of the claims and recoveries booked under `of`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["treaty_recovery"] = "treaty_recovery"
    treaty: Name
    of: tuple[Name, ...]

    def __post_init__(self) -> None:
        _refuse_unless(self, treaty=text(), of=each(text(), at_least=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class CashCall(Happening):
    """A call of what is open of the claim booked under `on`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["cash_call"] = "cash_call"
    on: Name

    def __post_init__(self) -> None:
        _refuse_unless(self, on=text())


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Happening):
    """Cash from one party to one other: of what is open between them, of the bookings `of` and in
    these `accounts` (none: all), the first due first, as far as the amount goes (None: all of it).
    Interest on what comes late is booked with it, under `REFERENCE/interest`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["payment"] = "payment"
    debtor: Name
    creditor: Name
    amount_minor: MinorUnits | None = None
    of: tuple[Name, ...] = ()
    accounts: tuple[Account, ...] = ()

    def __post_init__(self) -> None:
        _refuse_unless(
            self,
            debtor=text(),
            creditor=text(),
            amount_minor=optional(is_sum),
            of=each(text()),
            accounts=each(one_of(*ACCOUNTS)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NettingAgreed(Happening):
    """What the agreement nets and is open is set off; the transfers are due on a day."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["netting"] = "netting"
    due: str

    def __post_init__(self) -> None:
        _refuse_unless(self, due=is_date)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal(Happening):
    """The booking under `on` is cancelled; what was paid of it is due back on a day (None: at
    once)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["reversal"] = "reversal"
    on: Name
    due: str | None = None

    def __post_init__(self) -> None:
        _refuse_unless(self, on=text(), due=optional(is_date))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOfLines(Happening):
    """Members that join or leave, or lines that change, from the day booked. In a clean cut the
    unearned premium of policies in force moves with them."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["change_of_lines"] = "change_of_lines"
    joins: tuple[Member, ...] = ()
    leaves: tuple[Name, ...] = ()
    written: dict[Name, Line] = field(default_factory=dict)
    lead: Name | None = None
    unearned_minor: MinorUnits = 0

    def __post_init__(self) -> None:
        _refuse_unless(
            self,
            leaves=each(text()),
            written=_lines,
            lead=optional(text()),
            unearned_minor=count(0, MOST_MINOR),
        )


def _lines(name: str, value: object) -> Iterator[Fault]:
    for member, share in cast(dict[str, str], value).items():
        yield from line(high=100)(f"{name}.{member}", share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Default(Happening):
    """A member cannot pay: from now on what it owes is doubtful, and what is open of its part of
    claims is paid as the contract says. Said again, it covers what has come since."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["default"] = "default"
    member: Name

    def __post_init__(self) -> None:
        _refuse_unless(self, member=text())


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseOfQuarter(Happening):
    """The accounts of a quarter are out: nothing more is booked into it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["close"] = "close"
    quarter: str

    def __post_init__(self) -> None:
        _refuse_unless(self, quarter=is_quarter)


Event = Annotated[
    Premium
    | Instalment
    | Endorsement
    | Refund
    | Commission
    | Claim
    | Recovery
    | Tax
    | Cession
    | TreatyPremium
    | TreatyRecovery
    | CashCall
    | Payment
    | NettingAgreed
    | Reversal
    | ChangeOfLines
    | Default
    | CloseOfQuarter,
    Field(discriminator="kind"),
]
"""One thing that happened."""
