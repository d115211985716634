from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from techinsure.accounts.quarterly import (
    Memo,
    PartyAccount,
    QuarterlyAccounts,
    memos,
    quarterly_accounts,
)
from techinsure.errors import InvalidParameter
from techinsure.pool.signing import sign
from techinsure.reading import read
from tests.techinsure.accounts.account_cases import EMPTY, POOL, a_claim, a_premium, pool_of

BOOK = EMPTY.book(
    a_premium(100000), a_claim(10000), a_claim(10, reference="C2", booked="2026-07-01")
)


def test_opening_and_movements_make_closing():
    """The first quarter has the premium, the second the claim."""
    first, second = (quarterly_accounts(BOOK, quarter).of("B") for quarter in ("2026Q1", "2026Q2"))
    assert (first.opening_minor, first.closing_minor) == (0, 29100)
    assert first.movements_minor == {"premium_share": 30000, "lead_fee": -900}
    assert (second.opening_minor, second.closing_minor) == (29100, 26100)
    assert second.movements_minor == {"claim_share": -3000}
    lead = quarterly_accounts(BOOK, "2026Q1").of("A")
    assert lead.movements_minor == {
        "premium_collected": -100000, "premium_share": 50000, "lead_fee": 1500
    }  # fmt: skip


def test_movements_stand_in_the_order_of_accounts():
    book = EMPTY.book(a_claim(100), a_premium(1000, booked="2026-04-01"))
    lead = quarterly_accounts(book, "2026Q2").of("A")
    assert list(lead.movements_minor) == [
        "claim_paid", "claim_share", "premium_collected", "premium_share", "lead_fee"
    ]  # fmt: skip
    quiet = quarterly_accounts(book, "2026Q3").of("A")
    assert (quiet.movements_minor, quiet.opening_minor) == ({}, lead.closing_minor)


def test_memos_are_split_by_the_lines_that_carry_them():
    held = Memo(outstanding_minor=101, ibnr_minor=10, unearned_minor=1)
    of_party = memos([(held, sign(POOL)), (Memo(ibnr_minor=7), sign(pool_of(A="1/2", D="1/2")))])
    assert of_party == {
        "A": Memo(outstanding_minor=51, ibnr_minor=5 + 4, unearned_minor=1),
        "B": Memo(outstanding_minor=30, ibnr_minor=3),
        "C": Memo(outstanding_minor=20, ibnr_minor=2),
        "D": Memo(ibnr_minor=3),
    }
    accounts = quarterly_accounts(BOOK, "2026Q1", of_party)
    assert [one.party for one in accounts.accounts] == ["A", "B", "C", "D"]
    assert accounts.of("D").memo == Memo(ibnr_minor=3)
    assert accounts.of("D").closing_minor == 0


@settings(max_examples=30, deadline=None)
@given(*(st.integers(0, 10**12) for _ in range(3)))
def test_memos_sum_to_what_is_held(outstanding, ibnr, unearned):
    held = Memo(outstanding_minor=outstanding, ibnr_minor=ibnr, unearned_minor=unearned)
    of_party = memos([(held, sign(pool_of(A="1/3", B="1/7", C="0.01")))])
    for name in ("outstanding_minor", "ibnr_minor", "unearned_minor"):
        assert sum(getattr(memo, name) for memo in of_party.values()) == getattr(held, name)


def test_an_account_that_does_not_add_up_cannot_be_made():
    own = quarterly_accounts(BOOK, "2026Q2").of("B")
    with pytest.raises(InvalidParameter, match="must be opening \\+ movements, 26100"):
        replace(own, closing_minor=26101)
    accounts = quarterly_accounts(BOOK, "2026Q2")
    with pytest.raises(InvalidParameter, match="closing_minor must sum to zero"):
        replace(accounts, accounts=accounts.accounts[:-1])
    with pytest.raises(InvalidParameter, match="must be one of"):
        replace(own, movements_minor={"claims": 0}, closing_minor=own.opening_minor)
    with pytest.raises(InvalidParameter, match="quarter must be a quarter"):
        quarterly_accounts(BOOK, "Q2 2026")


def test_the_wire_form_comes_back():
    accounts = quarterly_accounts(BOOK, "2026Q2", memos([(Memo(ibnr_minor=7), sign(POOL))]))
    wire = TypeAdapter(QuarterlyAccounts).dump_python(accounts, mode="json")
    assert wire["accounts"][1]["movements_minor"] == {"claim_share": "-3000"}
    assert read(QuarterlyAccounts, wire) == accounts
    assert isinstance(accounts.of("A"), PartyAccount)
