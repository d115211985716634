from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.accounts.netting import Transfer, book_netting, propose_netting, transfers
from techinsure.accounts.open_items import open_items
from techinsure.accounts.payments import late_interest
from techinsure.errors import InvalidParameter, Refused
from tests.techinsure.accounts.account_cases import EMPTY, TERMS, a_claim, a_premium, day, listed

NETS = replace(TERMS, netted=("premium_share", "claim_share"))
BOOK = EMPTY.book(a_premium(100000), a_claim(10000), a_claim(5000, reference="C2", by="B"))


def netted(due="2026-09-30", booked="2026-04-02", terms=NETS):
    return book_netting(propose_netting(BOOK, terms, booked), "N", "CNY", due, day(booked))


def test_three_debts_by_hand():
    """A gets 10 and 3, gives 6: nets 7; B gets 6, gives 10: -4; C gives 3."""
    found = transfers({"A": 7, "B": -4, "C": -3})
    assert found == (
        Transfer(debtor="B", creditor="A", amount_minor=4),
        Transfer(debtor="C", creditor="A", amount_minor=3),
    )
    assert transfers({"A": 0, "B": 0}) == ()
    with pytest.raises(InvalidParameter, match="positions must sum to zero, got 1"):
        transfers({"A": 1})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20))
def test_at_most_one_transfer_fewer_than_parties(amounts):
    positions = {f"M{place}": amount for place, amount in enumerate((*amounts, -sum(amounts)))}
    found = transfers(positions)
    assert len(found) <= len(positions) - 1
    left = dict(positions)
    for one in found:
        assert one.amount_minor > 0
        left[one.debtor] += one.amount_minor
        left[one.creditor] -= one.amount_minor
    assert not any(left.values())


def test_only_what_the_agreement_names_is_netted():
    """B: 30,000 - 3,000 + 2,500 + 1,000; A: -50,000 + 5,000 - 2,500; C: the rest."""
    proposal = propose_netting(BOOK, NETS, "2026-04-02")
    assert proposal.positions == {"A": -47500, "B": 30500, "C": 17000}
    assert {item.account for item in proposal.items} == {"premium_share", "claim_share"}
    assert len(proposal.transfers) == 2
    assert (proposal.gross_minor, proposal.net_minor) == (58500, 47500)
    fee = propose_netting(BOOK, replace(TERMS, netted=("lead_fee",)), "2026-04-02")
    assert fee.positions == {"B": -900, "C": -600, "A": 1500}
    with pytest.raises(Refused, match="the agreement nets no account"):
        propose_netting(BOOK, TERMS, "2026-04-02")


def test_a_netting_moves_no_balance():
    book = BOOK.book(netted())
    assert book.balances() == BOOK.balances()
    assert listed(open_items(book)) == [
        ("P", "lead_fee", "B", "A", 900),
        ("P", "lead_fee", "C", "A", 600),
        ("N", "net_balance", "A", "B", 30500),
        ("N", "net_balance", "A", "C", 17000),
    ]
    undone = book.reverse("N", "N/R", "2026-04-03")
    assert listed(open_items(undone)) == listed(open_items(BOOK))


def test_nothing_to_net_is_refused():
    with pytest.raises(Refused, match="nothing is open that the agreement nets"):
        netted(terms=replace(TERMS, netted=("interest",)))


def test_what_is_netted_late_bears_interest():
    """Premium was due on 15 May: 100 days at 3.65% on 30,000 and 20,000 fen are 300 and 200. Claims
    were due on 14 August: nine days on 3,000, 2,000, 2,500 and 1,000 are 2.7, 1.8, 2.25 and 0.9."""
    late = netted(booked="2026-08-23", due="2026-09-30")
    interest = late_interest(late, BOOK, TERMS, "N/I")
    assert interest.settlement.balances() == {
        "A": -300 - 200 + 3 + 2 - 2, "B": 300 - 3 + 2 + 1, "C": 200 - 2 - 1
    }  # fmt: skip
