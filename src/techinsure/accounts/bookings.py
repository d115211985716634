"""A booking: a settlement with its dates, what it is about, and which open items it settles.

Its postings are what is owed to (+) or by (-) each party. Those of `cash` and `set_off` settle
items that earlier bookings made; every other makes an item.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from pydantic import ConfigDict, StringConstraints

from techinsure.accounts.business_classes import is_class_code
from techinsure.accounts.quarters import quarter_of
from techinsure.errors import Fault
from techinsure.money import MinorUnits, minor_units
from techinsure.pool.settlement import ACCOUNTS, Account, Settlement
from techinsure.quantities import (
    FORBID,
    Name,
    each,
    is_date,
    is_label,
    one_of,
    optional,
    refuse_unless,
    text,
)

SETTLING: tuple[Account, ...] = ("cash", "set_off")

Label = Annotated[str, StringConstraints(max_length=200)]
"""A name, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a booking is about: a cover of a policy, its regulatory class, its first day; of a claim
    the day of the loss as well."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    policy: Name
    insured: Name
    class_code: Name
    inception: str
    loss_date: str | None = None

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            policy=text(),
            insured=text(),
            class_code=is_class_code,
            inception=is_date,
            loss_date=optional(is_date),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How much of an open item a booking settles, minor units: the item that the booking
    `reference` made in `account`, owed by `debtor` to `creditor`. Negative in a reversal."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    reference: Name
    account: Account
    debtor: Name
    creditor: Name
    amount_minor: MinorUnits

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            reference=text(),
            account=one_of(*ACCOUNTS),
            debtor=text(),
            creditor=text(),
            amount_minor=minor_units,
        )
        refuse_unless(self, amount_minor=_not_zero)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a booking recovers under a treaty of the pool: of which losses (references of their
    bookings), and 100% of the layer, minor units, whatever part of it is placed."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    treaty: Name
    losses: tuple[Name, ...]
    layer_minor: MinorUnits
    reinstatement_minor: MinorUnits = 0

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            treaty=text(),
            losses=each(text(), at_least=1),
            layer_minor=minor_units,
            reinstatement_minor=minor_units,
        )

    def undone(self) -> "Recovered":
        """The same given back."""
        return replace(
            self,
            layer_minor=-self.layer_minor,
            reinstatement_minor=-self.reinstatement_minor,
        )


def _not_zero(field: str, value: object) -> Iterator[Fault]:
    if value == 0:
        yield Fault(field, value, "must not be 0", "leave out what moves nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A settlement as it stands in the book.

    `booked`: the day it is written, which decides the quarter; `value_date`: from which it counts
    for interest; `due`: when what it makes owed is to be paid. `settles`: what its cash and set-off
    pay. `follows`: the booking it rests on, which is not reversed before this one; so are the
    losses of what it `recovers`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    settlement: Settlement
    booked: str
    value_date: str
    due: str
    subject: Subject | None = None
    settles: tuple[Settled, ...] = ()
    follows: Label = ""
    recovers: Recovered | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, booked=is_date, value_date=is_date, due=is_date, follows=is_label)
        refuse_unless(self, settles=self._what_is_paid)

    def _what_is_paid(self, field: str, value: object) -> Iterator[Fault]:
        paid: dict[str, int] = {}
        for posting in self.settlement.postings:
            if posting.account in SETTLING:
                paid[posting.party] = paid.get(posting.party, 0) - posting.amount_minor
        for one in self.settles:
            paid[one.debtor] = paid.get(one.debtor, 0) + one.amount_minor
            paid[one.creditor] = paid.get(one.creditor, 0) - one.amount_minor
        for party, difference in paid.items():
            if difference:
                bound = f"must be what cash and set-off move, of {party!r} they differ"
                yield Fault(field, difference, bound, "name every item that is settled")

    @property
    def reference(self) -> str:
        """The reference of the settlement, unique in a book."""
        return self.settlement.reference

    @property
    def quarter(self) -> str:
        """The quarter in whose account it stands."""
        return quarter_of(self.booked)

    def rests_on(self, reference: str) -> bool:
        """Whether it follows from that booking."""
        losses = self.recovers.losses if self.recovers else ()
        return not self.settlement.reverses and reference in (self.follows, *losses)

    @property
    def parties(self) -> tuple[str, ...]:
        """Who is owed or owes something, in order."""
        return tuple(dict.fromkeys(one.party for one in self.settlement.postings))
