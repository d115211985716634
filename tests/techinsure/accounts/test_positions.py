from techinsure.accounts.cessions import ShareTreaty, cede_claim
from techinsure.accounts.positions import SHARED, WITH_OTHERS, Key, Positions
from techinsure.pool.settlement import ACCOUNTS
from tests.techinsure.accounts.account_cases import EMPTY, TERMS, a_claim, a_premium, day


def standing(*bookings):
    return {tuple(key): (at.owed, at.settled) for key, at in Positions(bookings).standing.items()}


def test_what_a_claim_makes_owed():
    """What the payer paid outside and its own share make no item."""
    assert standing(a_claim(100)) == {
        ("C", "claim_share", "A", "B"): (-30, 0),
        ("C", "claim_share", "A", "C"): (-20, 0),
    }


def test_what_is_posted_on_both_sides_counts_once():
    """The premium runs from the lead, its fee to the lead."""
    assert standing(a_premium(100000)) == {
        ("P", "premium_share", "A", "B"): (30000, 0),
        ("P", "premium_share", "A", "C"): (20000, 0),
        ("P", "lead_fee", "A", "B"): (-900, 0),
        ("P", "lead_fee", "A", "C"): (-600, 0),
    }
    treaty = ShareTreaty(name="Q", reinsurer="R", members=("B",), share="1/2")
    ceded = cede_claim(a_claim(100), treaty, "C/Q", TERMS, day("2026-04-01"))
    assert standing(ceded) == {("C/Q", "ceded_claim", "B", "R"): (-15, 0)}


def test_a_refund_runs_the_other_way():
    assert standing(a_premium(-100000))[("P", "premium_share", "A", "B")] == (-30000, 0)
    assert standing(a_premium(-100000))[("P", "lead_fee", "A", "B")] == (900, 0)


def test_a_reversal_falls_on_the_item_it_cancels():
    book = EMPTY.book(a_claim(100)).reverse("C", "C/R", "2026-07-01")
    found = Positions(book.bookings).standing
    assert set(found) == {Key("C", "claim_share", "A", "B"), Key("C", "claim_share", "A", "C")}
    assert {(at.owed, at.open) for at in found.values()} == {(0, 0)}


def test_every_account_is_on_one_side_or_both():
    assert {*SHARED, *WITH_OTHERS} <= set(ACCOUNTS)
    assert not set(SHARED) & set(WITH_OTHERS)
