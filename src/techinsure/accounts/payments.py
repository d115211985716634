"""Cash between parties of the pool, item by item, and interest on what came late."""

from collections.abc import Iterable, Sequence

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.bookings import Booking, Settled
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.open_items import OpenItem, open_between
from techinsure.accounts.quarters import days_between, simple_interest
from techinsure.accounts.technical_bookings import Booked
from techinsure.errors import Refused
from techinsure.pool.settlement import Entry, posted


def pay(settled: Sequence[Settled], reference: str, currency: str, booked: Booked) -> Booking:
    """One payment of items that one debtor owes one creditor.

    What the creditor owes the debtor in turn is a payment of its own: nothing is set off here.
    """
    pairs = {(one.debtor, one.creditor) for one in settled}
    if len(pairs) != 1:
        listed = sorted(f"{debtor} to {creditor}" for debtor, creditor in pairs)
        raise Refused(f"a payment goes from one party to one other, got {listed or 'no item'}")
    [(debtor, creditor)] = pairs
    total = sum(one.amount_minor for one in settled)
    label = "paid " + ", ".join(dict.fromkeys(one.reference for one in settled))
    label = label if len(label) <= 500 else f"{label[:497]}..."
    entries: list[Entry] = [
        (debtor, creditor, "cash", total, label),
        (creditor, debtor, "cash", -total, label),
    ]
    settlement = posted(reference, currency, entries)
    return Booking(
        settlement=settlement,
        booked=booked.day,
        value_date=booked.value_date or booked.day,
        due=booked.day,
        settles=tuple(settled),
    )


def items_between(
    ledger: Ledger, debtor: str, creditor: str, accounts: Iterable[str] | None = None
) -> tuple[OpenItem, ...]:
    """What one party owes another, of some accounts (None: all), by due day."""
    wanted = None if accounts is None else set(accounts)
    return tuple(
        item
        for item in open_between(ledger, debtor, creditor)
        if (item.debtor, item.creditor) == (debtor, creditor)
        and (wanted is None or item.account in wanted)
    )


def late_interest(
    payment: Booking, ledger: Ledger, terms: AccountTerms, reference: str
) -> Booking | None:
    """Simple interest on each item, but those of interest, that a payment or netting settles after
    its due day, from that day to its value date, rounded an item; None where none is owed.
    `ledger`: the book before."""
    due = {
        (item.reference, item.account, item.debtor, item.creditor): item.due
        for debtor, creditor in {(one.debtor, one.creditor) for one in payment.settles}
        for item in open_between(ledger, debtor, creditor)
    }
    entries: list[Entry] = []
    for one in payment.settles:
        at = due.get((one.reference, one.account, one.debtor, one.creditor))
        if at is None:
            raise Refused(f"{one.reference!r} has no open {one.account} of {one.debtor!r}")
        if one.account == "interest":
            continue
        days = max(days_between(at, payment.value_date), 0)
        interest = simple_interest(
            one.amount_minor, terms.rate, days, terms.day_count, terms.rounding
        )
        label = f"{days} days on {one.reference} from {at}, {terms.day_count}"
        entries.append((one.debtor, one.creditor, "interest", -interest, label))
        entries.append((one.creditor, one.debtor, "interest", interest, label))
    if not any(amount for *_, amount, _ in entries):
        return None
    return Booking(
        settlement=posted(reference, ledger.currency, entries),
        booked=payment.booked,
        value_date=payment.value_date,
        due=terms.due_with_account(payment.booked),
        follows=payment.reference,
    )
