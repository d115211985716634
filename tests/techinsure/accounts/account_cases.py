"""A small pool, its agreement and its first bookings, for the tests of accounts."""

from techinsure.accounts.account_terms import AccountTerms
from techinsure.accounts.bookings import Subject
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.lines_in_force import LinesInForce
from techinsure.accounts.technical_bookings import Booked, book_claim, book_premium
from techinsure.pool.members import Member, Pool
from techinsure.pool.settlement import CollectedPremium, PaidClaim


def pool_of(lead="A", **written):
    members = tuple(
        Member(name=name, written=line, capital_and_reserves=1e9, lead=name == lead)
        for name, line in written.items()
    )
    return Pool(name="pool", currency="CNY", members=members, lead_fee=0.03)


POOL = pool_of(A="1/2", B="0.3", C="0.2")
LINES = LinesInForce.of(POOL, starts="2026-01-01", on_change="clean_cut")
TERMS = AccountTerms(
    account_days=45,
    call_threshold_minor=1_000_000,
    call_days=15,
    interest_rate="0.0365",
    day_count="actual/365 fixed",
)
FAB = Subject(policy="P", insured="Lan Chip", class_code="cyber", inception="2026-02-01")
EMPTY = Ledger(pool="pool", currency="CNY")


def day(booked, value_date=None):
    return Booked(day=booked, value_date=value_date)


def a_claim(amount, reference="C", loss="2026-03-02", booked="2026-04-01", by="A", **other):
    claim = PaidClaim(
        reference=reference, amount_minor=amount, currency="CNY", loss_date=loss, paid_by=by
    )
    about = {"subject": FAB, "lines": LINES, "terms": TERMS} | other
    return book_claim(claim, booked=day(booked), **about)


def a_premium(amount, reference="P", effective="2026-02-01", booked="2026-02-10", **other):
    premium = CollectedPremium(
        reference=reference, amount_minor=amount, currency="CNY", collected_by=other.pop("by", "A")
    )
    about = {"subject": FAB, "lines": LINES, "terms": TERMS} | other
    return book_premium(premium, effective=effective, booked=day(booked), **about)


def posted_to(booking, account):
    """Party -> sum of its postings of an account."""
    found = {}
    for one in booking.settlement.postings:
        if one.account == account:
            found[one.party] = found.get(one.party, 0) + one.amount_minor
    return found


def listed(items):
    return [
        (item.reference, item.account, item.debtor, item.creditor, item.open_minor)
        for item in items
    ]
