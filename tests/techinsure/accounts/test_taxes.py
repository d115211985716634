from dataclasses import replace

import pytest

from techinsure.accounts.open_items import open_items
from techinsure.accounts.positions import Positions
from techinsure.accounts.taxes import TaxRates, book_tax, shipped_rates
from techinsure.errors import InvalidParameter, Refused
from techinsure.outside_parties import TAX_AUTHORITY
from tests.techinsure.accounts.account_cases import (
    EMPTY,
    LINES,
    TERMS,
    a_claim,
    a_premium,
    day,
    listed,
    posted_to,
)

RATES = TaxRates(
    vat="0.06", surcharges={"city": "0.07", "education": "0.03"}, source="a test",
    as_of="2026-01-01", grade="D",
)  # fmt: skip


def taxed(premium, rates=RATES, terms=TERMS):
    return book_tax(premium, rates, "2026-02-01", "T", LINES, terms, day("2026-02-11"))


def test_vat_and_surcharges_to_the_fen():
    """1,000.01 at 6% is 60.0006: 60.00, by halves 30.00, 18.00, 12.00; surcharges 7% and 3% of it,
    4.20 and 1.80, each split by itself."""
    booking = taxed(a_premium(100001))
    assert posted_to(booking, "vat_collected") == {"A": -6000}
    assert posted_to(booking, "vat_share") == {"A": 3000, "B": 1800, "C": 1200}
    assert posted_to(booking, "vat_due") == {
        "A": -3000,
        "B": -1800,
        "C": -1200,
        TAX_AUTHORITY: 6000,
    }
    assert posted_to(booking, "surcharge_due") == {
        "A": -300, "B": -180, "C": -120, TAX_AUTHORITY: 600,
    }  # fmt: skip
    assert sum(booking.settlement.balances().values()) == 0
    assert booking.follows == "P"


def test_rounded_once_and_then_split():
    """1.25 at 6% is 7.5 fen: 8 to even, of which the halves 4, 2, 2."""
    booking = taxed(a_premium(125))
    assert posted_to(booking, "vat_collected") == {"A": -8}
    assert posted_to(booking, "vat_share") == {"A": 4, "B": 2, "C": 2}
    down = taxed(a_premium(125), terms=replace(TERMS, rounding="down"))
    assert posted_to(down, "vat_collected") == {"A": -7}


def test_of_a_refund_all_is_the_mirror():
    there, back = taxed(a_premium(125)), taxed(a_premium(-125))
    mirror = {party: -amount for party, amount in there.settlement.balances().items()}
    assert back.settlement.balances() == mirror


def test_each_party_owes_the_authority_and_is_owed_by_the_holder():
    book = EMPTY.book(premium := a_premium(100000), taxed(premium))
    items = [one for one in listed(open_items(book)) if one[0] == "T" and "B" in one[2:4]]
    assert items == [
        ("T", "vat_share", "A", "B", 1800),
        ("T", "vat_due", "B", TAX_AUTHORITY, 1800),
        ("T", "surcharge_due", "B", TAX_AUTHORITY, 180),
    ]
    with pytest.raises(Refused, match="not reversed before what follows"):
        book.reverse("P", "P/R", "2026-02-12")
    gone = book.reverse("T", "T/R", "2026-02-12").reverse("P", "P/R", "2026-02-12")
    assert not [one for one in Positions(gone.bookings).standing.values() if one.open]


def test_the_shipped_rates_have_source_date_and_grade():
    rates = shipped_rates()
    assert (rates.vat, rates.grade, rates.as_of) == ("0.06", "D", "2026-01-01")
    assert sum(float(share) for share in rates.surcharges.values()) == pytest.approx(0.12)
    assert "增值税法" in rates.source


def test_what_is_refused():
    with pytest.raises(Refused, match="'C' is no premium"):
        taxed(a_claim(100))
    with pytest.raises(InvalidParameter, match=r"surcharges\.city must be in \[0, 1\]"):
        replace(RATES, surcharges={"city": "7"})
    with pytest.raises(InvalidParameter, match="source must have 1 to 500"):
        replace(RATES, source="")
