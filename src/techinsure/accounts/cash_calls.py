"""Cash calls: a large claim is due at once instead of with the quarter's account."""

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.bookings import Booking
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.open_items import OpenItem, open_of
from techinsure.accounts.quarters import days_after
from techinsure.accounts.technical_bookings import Booked
from techinsure.errors import Refused
from techinsure.pool.settlement import Entry, posted


def call(
    ledger: Ledger, claim: str, reference: str, terms: AccountTerms, booked: Booked
) -> Booking:
    """A call of what is open of a claim above the agreement's threshold.

    Each open share is set off in the account against a call of the same amount, so that nobody's
    balance moves: only the due day does. Refused at or below the threshold, where nothing is open,
    or where the shares are due no later.
    """
    about = ledger.find(claim)
    paid = abs(about.settlement.total("claim_paid"))
    if paid <= terms.call_threshold_minor:
        threshold = terms.call_threshold_minor
        raise Refused(f"{claim!r} of {paid} minor units is not above the threshold, {threshold}")
    items = [item for item in open_of(ledger, claim, booked.day) if item.account == "claim_share"]
    if not items:
        raise Refused(f"nothing is open of {claim!r}: nothing can be called")
    due = days_after(booked.day, terms.call_days)
    if items[0].due <= due:
        raise Refused(f"{claim!r} is due on {items[0].due}, no later than a call on {due}")
    settlement = posted(
        reference, ledger.currency, [entry for item in items for entry in _called(item)]
    )
    return Booking(
        settlement=settlement,
        booked=booked.day,
        value_date=booked.value_date or booked.day,
        due=due,
        subject=about.subject,
        settles=tuple(item.settled() for item in items),
        follows=claim,
    )


def _called(item: OpenItem) -> list[Entry]:
    amount, label = item.open_minor, f"called of {item.reference}"
    return [
        (item.debtor, item.creditor, "set_off", amount, label),
        (item.creditor, item.debtor, "set_off", -amount, label),
        (item.debtor, item.creditor, "cash_call", -amount, label),
        (item.creditor, item.debtor, "cash_call", amount, label),
    ]
