from dataclasses import replace

import pytest

from techinsure.accounts.cessions import ShareTreaty, cede_claim, cede_premium
from techinsure.accounts.lines_in_force import LinesInForce
from techinsure.accounts.technical_bookings import SharedAmount, book_shared
from techinsure.errors import InvalidParameter, Refused
from tests.techinsure.accounts.account_cases import (
    EMPTY,
    FAB,
    LINES,
    TERMS,
    a_claim,
    a_premium,
    day,
    pool_of,
    posted_to,
)

TREATY = ShareTreaty(name="Q", reinsurer="R", members=("A", "B"), share="1/2", commission="0.3")


def ceded(claim, terms=TERMS, treaty=TREATY):
    return cede_claim(claim, treaty, "C/Q", terms, day("2026-04-02"))


def test_each_members_half_of_its_share():
    claim = a_claim(10000)
    found = ceded(claim)
    assert posted_to(found, "ceded_claim") == {"A": 2500, "R": -4000, "B": 1500}
    assert (found.follows, found.subject, found.due) == ("C", claim.subject, "2026-08-14")
    assert sum(EMPTY.book(claim, found).balances().values()) == 0


@pytest.mark.parametrize(("rule", "recovered"), [("half_even", 166668), ("half_up", 166668),
                                                 ("floor", 166667)])  # fmt: skip
def test_half_a_fen_goes_by_the_named_rule(rule, recovered):
    """1,000,003 fen in thirds: 333,335 of the first; half of it is 166,667.5."""
    thirds = pool_of(A="1/3", B="1/3", C="1/3")
    lines = LinesInForce.of(thirds, starts="2026-01-01", on_change="run_off")
    found = ceded(a_claim(1000003, lines=lines), replace(TERMS, rounding=rule))
    assert posted_to(found, "ceded_claim")["A"] == recovered


def test_premium_and_commission_are_posted_apart():
    premium = a_premium(100000)
    found = cede_premium(premium, TREATY, "P/Q", TERMS, day("2026-02-11"))
    assert posted_to(found, "ceded_premium") == {"A": -25000, "R": 40000, "B": -15000}
    assert posted_to(found, "ceding_commission") == {"A": 7500, "R": -12000, "B": 4500}


def test_a_negative_amount_is_the_mirror():
    up, down = ceded(a_claim(333)), ceded(a_claim(-333))
    mirrored = {party: -part for party, part in posted_to(down, "ceded_claim").items()}
    assert mirrored == posted_to(up, "ceded_claim")
    floored = replace(TERMS, rounding="floor")
    assert posted_to(ceded(a_claim(-333), floored), "ceded_claim")["B"] == -50


def test_a_recovery_goes_back_to_the_reinsurer():
    shared = SharedAmount(
        kind="recovery", reference="S", amount_minor=10000, currency="CNY", held_by="C"
    )
    recovery = book_shared(shared, FAB, "2026-03-02", LINES, TERMS, day("2026-04-01"))
    assert posted_to(ceded(recovery), "ceded_claim") == {"A": -2500, "R": 4000, "B": -1500}


def test_what_is_refused():
    none = replace(TREATY, members=("Z",))
    with pytest.raises(Refused, match="'C' has no claim_share of a member of the treaty 'Q'"):
        ceded(a_claim(100), treaty=none)
    with pytest.raises(Refused, match="'P' has no claim_share"):
        ceded(a_premium(100))
    with pytest.raises(InvalidParameter, match="reinsurer must not be one of its own members"):
        replace(TREATY, reinsurer="A")
    with pytest.raises(InvalidParameter, match="share must be in"):
        replace(TREATY, share="3/2")
