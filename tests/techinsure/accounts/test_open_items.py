import pytest

from techinsure.accounts.open_items import open_items, overdue
from techinsure.accounts.payments import pay
from tests.techinsure.accounts.account_cases import EMPTY, TERMS, a_claim, a_premium, day, listed

CLAIM = EMPTY.book(a_claim(10000))


def paid(book, item, amount=None, on="2026-05-01", reference="Z"):
    return book.book(pay([item.settled(amount)], reference, "CNY", day(on)))


def test_items_by_due_day():
    book = EMPTY.book(a_premium(100000), a_claim(10000))
    assert [(item.due, item.reference) for item in open_items(book)] == [
        ("2026-05-15", "P"), ("2026-05-15", "P"), ("2026-05-15", "P"), ("2026-05-15", "P"),
        ("2026-08-14", "C"), ("2026-08-14", "C"),
    ]  # fmt: skip
    assert len(open_items(book, "2026-03-31")) == 4
    assert open_items(book, "2026-01-31") == ()


def test_a_payment_takes_from_its_item_alone():
    of_b = open_items(CLAIM)[0]
    partly = paid(CLAIM, of_b, 1000)
    assert listed(open_items(partly)) == [
        ("C", "claim_share", "B", "A", 2000), ("C", "claim_share", "C", "A", 2000)
    ]  # fmt: skip
    whole = paid(partly, of_b, 2000, reference="Z2")
    assert [item.debtor for item in open_items(whole)] == ["C"]
    bounced = whole.reverse("Z2", "Z2/R", "2026-05-02")
    assert listed(open_items(bounced)) == listed(open_items(partly))
    assert open_items(bounced)[0].due == "2026-08-14"


def test_what_was_paid_of_a_reversed_claim_is_owed_back():
    """B has paid 3,000 of its 3,000; the claim falls away: A owes it 3,000, from that day."""
    book = paid(CLAIM, open_items(CLAIM)[0]).reverse("C", "C/R", "2026-09-01")
    [back] = open_items(book)
    assert listed([back]) == [("C", "claim_share", "A", "B", 3000)]
    assert back.due == "2026-09-01"
    [later] = open_items(
        paid(CLAIM, open_items(CLAIM)[0]).reverse("C", "C/R", "2026-09-01", due="2026-11-14")
    )
    assert later.due == "2026-11-14"
    assert open_items(paid(book, back, on="2026-09-02", reference="Z2")) == ()
    half = paid(CLAIM, open_items(CLAIM)[0], 1000).reverse("C", "C/R", "2026-09-01")
    assert listed(open_items(half)) == [("C", "claim_share", "A", "B", 1000)]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-08-14", []),
        ("2026-08-15", [("B", 1, 0), ("C", 1, 0)]),
        ("2026-11-22", [("B", 100, 30), ("C", 100, 20)]),
    ],
)
def test_overdue_from_the_day_after_the_due_day(on, expected):
    """3,000 fen at 3.65% for 100 days: 30 fen."""
    found = overdue(CLAIM, on, TERMS)
    assert [(late.item.debtor, late.days, late.interest_minor) for late in found] == expected


def test_the_overdue_list_is_as_of_its_day():
    book = paid(CLAIM, open_items(CLAIM)[0], on="2026-09-01")
    assert len(overdue(book, "2026-08-31", TERMS)) == 2
    assert [late.item.debtor for late in overdue(book, "2026-09-01", TERMS)] == ["C"]
