"""Who still owes whom what, item by item, and what of it is overdue."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.bookings import Settled
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.positions import Key, Positions, Standing
from techinsure.accounts.quarters import days_between, simple_interest
from techinsure.money import MinorUnits
from techinsure.pool.settlement import Account
from techinsure.quantities import FORBID, Count, Currency, Name


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """What `debtor` still owes `creditor` of what the booking `reference` made owed in `account`,
    minor units. A reversal of what was paid already turns debtor and creditor round."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    reference: Name
    account: Account
    debtor: Name
    creditor: Name
    due: str
    currency: Currency
    open_minor: MinorUnits

    def settled(self, amount_minor: int | None = None) -> Settled:
        """That much of it (None: all) as settled."""
        return Settled(
            reference=self.reference,
            account=self.account,
            debtor=self.debtor,
            creditor=self.creditor,
            amount_minor=self.open_minor if amount_minor is None else amount_minor,
        )


def open_items(ledger: Ledger, day: str | None = None) -> tuple[OpenItem, ...]:
    """What is open by all that was booked up to a day (None: ever), by due day, then as booked."""
    return _items(ledger, Positions.open, day)


def open_of(ledger: Ledger, reference: str, day: str | None = None) -> tuple[OpenItem, ...]:
    """The same of what one booking made owed."""
    return _items(ledger, lambda positions: positions.open_of(reference), day)


def open_in(
    ledger: Ledger, accounts: Collection[Account], day: str | None = None
) -> tuple[OpenItem, ...]:
    """The same of some accounts."""

    def ask(positions: Positions) -> Iterable[tuple[Key, Standing]]:
        return ((key, at) for key, at in positions.open() if key.account in accounts)

    return _items(ledger, ask, day)


def open_between(ledger: Ledger, one: str, other: str) -> tuple[OpenItem, ...]:
    """The same between two parties, either way, by all that was booked."""
    return _items(ledger, lambda positions: positions.open_between(one, other))


def open_with(ledger: Ledger, party: str, day: str | None = None) -> tuple[OpenItem, ...]:
    """The same of what one party owes or is owed."""
    return _items(ledger, lambda positions: positions.open_with(party), day)


def _items(
    ledger: Ledger,
    ask: Callable[[Positions], Iterable[tuple[Key, Standing]]],
    day: str | None = None,
) -> tuple[OpenItem, ...]:
    found = [
        (item.due, at.place, item)
        for key, at in ledger.standing(ask, day)
        for item in [_item(key, at, ledger.currency)]
    ]
    return tuple(item for *_, item in sorted(found, key=lambda one: one[:2]))


def _item(key: Key, at: Standing, currency: str) -> OpenItem:
    debtor, creditor = (key.first, key.second) if at.open > 0 else (key.second, key.first)
    return OpenItem(
        reference=key.reference,
        account=key.account,  # type: ignore[arg-type]
        debtor=debtor,
        creditor=creditor,
        due=at.due_back if at.is_owed_back else at.due,
        currency=currency,
        open_minor=abs(at.open),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """An open item `days` after its due day, and the interest on it so far, not yet posted; none
    on interest."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    item: OpenItem
    days: Count
    interest_minor: MinorUnits


def overdue(ledger: Ledger, day: str, terms: AccountTerms) -> tuple[Overdue, ...]:
    """What was due before a day and is open on it, the oldest first."""
    return tuple(
        Overdue(
            item=item,
            days=(late := days_between(item.due, day)),
            interest_minor=0
            if item.account == "interest"
            else simple_interest(
                item.open_minor, terms.rate, late, terms.day_count, terms.rounding
            ),
        )
        for item in open_items(ledger, day)
        if item.due < day
    )
