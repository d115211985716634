from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.accounts.lines_in_force import LinesInForce
from techinsure.accounts.pool_treaties import PoolTreaty, book_treaty_premium, recover
from techinsure.accounts.technical_bookings import SharedAmount, book_shared
from techinsure.errors import InvalidParameter, Refused
from techinsure.money import Owed
from techinsure.reinsurance.excess_of_loss import ExcessOfLoss
from techinsure.reinsurance.hours_clause import HoursClause
from techinsure.reinsurance.stop_loss import StopLoss
from tests.techinsure.accounts.account_cases import (
    EMPTY,
    FAB,
    LINES,
    TERMS,
    a_claim,
    day,
    pool_of,
    posted_to,
)

LAYER = ExcessOfLoss(
    basis="event", attachment=1000.0, limit=500.0, premium=100.0, reinstatement_rates=(1.0,)
)
XL = PoolTreaty(
    name="XL", treaty=LAYER, reinsurers={"R": "0.6", "S": "0.4"}, starts="2026-01-01",
    ends="2026-12-31",
)  # fmt: skip
STOP = PoolTreaty(
    name="SL",
    treaty=StopLoss(unit="loss_ratio", attachment=1.5, limit=0.5, subject_premium=1000.0),
    reinsurers={"R": "1"}, starts="2026-01-01", ends="2026-12-31", net_of=("XL",),
)  # fmt: skip


def recovered(book, losses, reference="X", treaty=XL, lines=LINES):
    return recover(book, treaty, losses, reference, lines, TERMS, day("2026-04-02"))


def test_a_layer_of_one_claim_split_by_its_lines():
    """1,300.01 less 1,000: 300.01; 60% is 180.006, so 180.01 and 120.00; each by 1/2, 0.3, 0.2."""
    book = EMPTY.book(a_claim(130001))
    found = recovered(book, ["C"])
    assert posted_to(found, "treaty_recovery") == {
        "A": 9001 + 6000, "B": 5400 + 3600, "C": 3600 + 2400, "R": -18001, "S": -12000,
    }  # fmt: skip
    assert found.recovers.layer_minor == 30001
    assert sum(found.settlement.balances().values()) == 0


def test_reinstatement_is_pro_rata_to_the_amount_in_an_account_of_its_own():
    """300.01 / 500 of a premium of 100: 60.002, 60.00."""
    found = recovered(EMPTY.book(a_claim(130001)), ["C"])
    assert posted_to(found, "reinstatement_premium") == {
        "A": -3000, "B": -1800, "C": -1200, "R": 3600, "S": 2400,
    }  # fmt: skip


def test_claims_of_one_loss_are_one_loss_and_only_what_is_new_is_booked():
    book = EMPTY.book(a_claim(120000, "C1"))
    book = book.book(recovered(book, ["C1"], "X1"))
    book = book.book(a_claim(10000, "C2", booked="2026-04-02"))
    second = recovered(book, ["C1", "C2"], "X2")
    assert second.recovers.layer_minor == 10000
    book = book.book(second)
    with pytest.raises(Refused, match="'XL' owes nothing more of C1, C2"):
        recovered(book, ["C1", "C2"], "X3")


def test_a_claim_that_was_reversed_is_no_part_of_the_loss():
    book = EMPTY.book(a_claim(900000, "C1"), a_claim(110000, "C2"))
    book = book.reverse("C1", "C1/R", "2026-04-02")
    assert recovered(book, ["C1", "C2"]).recovers.layer_minor == 10000


def test_the_year_has_the_limit_and_its_reinstatements():
    book = EMPTY.book(a_claim(900000, "C1"), a_claim(140000, "C2"), a_claim(900000, "C3"))
    for loss, layer, premium in (("C1", 50000, 10000), ("C2", 40000, 0), ("C3", 10000, 0)):
        found = recovered(book, [loss], f"{loss}/X")
        assert (found.recovers.layer_minor, found.recovers.reinstatement_minor) == (layer, premium)
        book = book.book(found)


def test_a_recovery_goes_before_what_it_rests_on_and_is_given_back_whole():
    book = EMPTY.book(a_claim(130000))
    book = book.book(recovered(book, ["C"]))
    with pytest.raises(Refused, match="not reversed before what follows from it: \\['X'\\]"):
        book.reverse("C", "C/R", "2026-04-03")
    book = book.reverse("X", "X/R", "2026-04-03").reverse("C", "C/R", "2026-04-03")
    assert not any(book.balances().values())
    assert book.find("X/R").recovers.layer_minor == -30000
    forged = replace(book.find("X/R"), recovers=None)
    with pytest.raises(InvalidParameter, match="must give back what was recovered, whole"):
        EMPTY.book(*book.bookings[:2], forged)


def test_salvage_gives_back_part_of_the_layer():
    book = EMPTY.book(a_claim(130000))
    book = book.book(recovered(book, ["C"]))
    salvage = SharedAmount(
        kind="recovery", reference="S", amount_minor=10000, currency="CNY", held_by="A"
    )
    about = replace(FAB, loss_date="2026-03-02")
    book = book.book(book_shared(salvage, about, "2026-03-02", LINES, TERMS, day("2026-04-02")))
    back = recovered(book, ["C", "S"], "X2")
    assert back.recovers.layer_minor == -10000
    assert posted_to(back, "treaty_recovery")["A"] == -5000
    assert posted_to(back, "reinstatement_premium")["A"] == 1000


def test_a_stop_loss_takes_the_year_net_of_the_layer():
    """3,000 less 500 of the layer is 2,500 of a premium of 1,000: 50 points of 100 above 150%."""
    book = EMPTY.book(a_claim(210000, "C1"), a_claim(90000, "C2"))
    book = book.book(recovered(book, ["C1"], "X1"))
    found = recovered(book, ["C1", "C2"], "Y1", treaty=STOP)
    assert found.recovers.layer_minor == 50000
    assert posted_to(found, "treaty_recovery") == {"A": 25000, "B": 15000, "C": 10000, "R": -50000}
    wide = replace(STOP, treaty=replace(STOP.treaty, limit=9.0))
    assert recovered(book, ["C1", "C2"], "Y1", treaty=wide).recovers.layer_minor == 100000


def test_what_nobody_signed_is_not_the_treatys():
    part = LinesInForce.of(pool_of(A="1/2", B="0.3"), starts="2026-01-01", on_change="run_off")
    book = EMPTY.book(a_claim(200000, lines=part))
    found = recovered(book, ["C"], lines=part)
    assert found.recovers.layer_minor == 50000
    assert "unplaced" not in found.settlement.balances()
    less = EMPTY.book(a_claim(130000, lines=part))
    assert recovered(less, ["C"], lines=part).recovers.layer_minor == 4000


def test_what_is_not_placed_stays_with_the_members():
    half = replace(XL, reinsurers={"R": "1/2"})
    found = recovered(EMPTY.book(a_claim(130001)), ["C"], treaty=half)
    assert posted_to(found, "treaty_recovery")["R"] == -15001
    assert found.recovers.layer_minor == 30001


def test_losses_of_other_lines_are_weighted_by_what_each_is():
    """In a clean cut the lines of the day of loss: 1,000 by A, 500 by C alone; layer 500."""
    lines = LinesInForce.of(pool_of(A="1"), "2026-01-01", "clean_cut").changed(
        "2026-03-10", pool_of(lead="C", C="1")
    )
    book = EMPTY.book(
        a_claim(100000, "C1", lines=lines, loss="2026-03-01", by="A"),
        a_claim(50000, "C2", lines=lines, loss="2026-03-20", by="C"),
    )
    found = recovered(book, ["C1", "C2"], treaty=replace(XL, reinsurers={"R": "1"}), lines=lines)
    assert posted_to(found, "treaty_recovery") == {"A": 33333, "C": 16667, "R": -50000}


@given(st.lists(st.integers(1, 400_000), min_size=1, max_size=5))
def test_nothing_is_lost_whatever_the_claims(amounts):
    book = EMPTY.book(*(a_claim(amount, f"C{n}") for n, amount in enumerate(amounts)))
    losses = [f"C{n}" for n in range(len(amounts))]
    expected = min(max(sum(amounts) - 100000, 0), 50000)
    for n in range(len(amounts)):
        try:
            book = book.book(recovered(book, losses[: n + 1], f"X{n}"))
        except Refused:
            assert sum(amounts[: n + 1]) <= 100000 or sum(amounts[:n]) >= 150000
    assert book.balances().get("R", 0) + book.balances().get("S", 0) == -expected + sum(
        one.recovers.reinstatement_minor for one in book.bookings if one.recovers
    )
    assert sum(book.balances().values()) == 0


def test_the_premium_by_the_lines_in_force():
    owed = Owed(amount_minor=10001, currency="CNY")
    found = book_treaty_premium(XL, owed, "TP", "2026-01-01", LINES, TERMS, day("2026-01-05"))
    assert posted_to(found, "treaty_premium") == {
        "A": -3001 - 2000, "B": -1800 - 1200, "C": -1200 - 800, "R": 6001, "S": 4000,
    }  # fmt: skip
    assert found.due == "2026-05-15"


def test_what_is_refused():
    book = EMPTY.book(a_claim(130000))
    late = replace(XL, starts="2027-01-01", ends="2027-12-31")
    with pytest.raises(Refused, match="'C' of 2026-03-02 is outside of 'XL'"):
        recovered(book, ["C"], treaty=late)
    with pytest.raises(Refused, match="'A' cannot reinsure the pool"):
        recovered(book, ["C"], treaty=replace(XL, reinsurers={"A": "1"}))
    clause = HoursClause(hours=72)
    for layer in (
        replace(LAYER, annual_deductible=1.0),
        replace(LAYER, hours_clause=clause),
        replace(LAYER, reinstated_by="amount_and_time"),
    ):
        with pytest.raises(InvalidParameter, match="accounts do not compute it"):
            replace(XL, treaty=layer)
    with pytest.raises(InvalidParameter, match="must sum to at most 1"):
        replace(XL, reinsurers={"R": "0.7", "S": "0.4"})
    with pytest.raises(InvalidParameter, match="must have at least 1 entry"):
        replace(XL, reinsurers={})
    with pytest.raises(InvalidParameter, match="must name other treaties"):
        replace(XL, net_of=("XL",))
    with pytest.raises(InvalidParameter, match="ends must not be before"):
        replace(XL, ends="2025-12-31")
