"""Cessions net of the pool's recoveries: the same in whatever order, and back with a reversal."""

import pytest

from techinsure.accounts.closing import close
from techinsure.errors import InvalidParameter
from tests.techinsure.accounts.account_cases import posted_to
from tests.techinsure.accounts.closing_cases import SHARE, TERMS, claim, document, event

NET = {"terms": TERMS | {"member_cessions": "net"}, "member_treaties": [{**SHARE, "share": "1"}]}
CEDED = event("cession", "K", on="CL", treaty="Q")
PAID = event("treaty_recovery", "X", treaty="XL", of=["CL"])


def ceded(*events, **other):
    """What B recovers of its reinsurer and of the pool's, over all bookings."""
    found = {"ceded_claim": 0, "treaty_recovery": 0}
    for one in close(document(*events, **NET | other)).ledger.bookings:
        for account in found:
            found[account] += posted_to(one, account).get("B", 0)
    return found


def test_no_more_than_the_share_is_recovered_in_whatever_order():
    """B bears 420.00 of 1,400.00; the pool's layer pays 400.00, B's part 120.00."""
    both = {"ceded_claim": 30000, "treaty_recovery": 12000}
    assert ceded(claim(140000), CEDED, PAID) == both
    assert ceded(claim(140000), PAID, CEDED) == both
    gross = {"terms": TERMS}
    assert ceded(claim(140000), CEDED, PAID, **gross) == both | {"ceded_claim": 42000}


def test_a_recovery_of_two_claims_is_theirs_pro_rata():
    """400.00 of 1,050.00 and 350.00: 300.00 and 100.00, of which B has 90.00 and 30.00."""
    events = (claim(105000), claim(35000, "C2"), CEDED, PAID | {"of": ["CL", "C2"]})
    assert ceded(*events) == {"ceded_claim": 31500 - 9000, "treaty_recovery": 12000}
    second = (*events[:2], CEDED | {"on": "C2"}, events[3])
    assert ceded(*second) == {"ceded_claim": 10500 - 3000, "treaty_recovery": 12000}


def test_what_was_taken_back_is_reversed_first():
    taken = (claim(140000), CEDED, PAID)
    gone = [event("reversal", f"R{k}", on=on) for k, on in enumerate(("X/K", "X"))]
    assert ceded(*taken, *gone) == {"ceded_claim": 42000, "treaty_recovery": 0}
    assert ceded(*taken, *gone, event("reversal", "R", on="K"))["ceded_claim"] == 0
    again = (*taken, *gone, event("reversal", "R", on="K"), PAID | {"reference": "X2"})
    assert ceded(*again) == {"ceded_claim": 0, "treaty_recovery": 12000}
    for on in ("X", "K"):
        with pytest.raises(InvalidParameter, match="is not reversed before what follows from it"):
            ceded(*taken, event("reversal", "R", on=on))


def test_an_agreement_that_does_not_say_is_refused_where_it_matters():
    unsaid = {"terms": {k: v for k, v in TERMS.items() if k != "member_cessions"}}
    with pytest.raises(InvalidParameter, match="must be said where members and the pool") as found:
        ceded(claim(5), **unsaid)
    assert found.value.faults[0].pointer == "/terms/member_cessions"
    assert ceded(claim(100), CEDED, **unsaid, pool_treaties=[])["ceded_claim"] == 30
    assert close(document(claim(100), **unsaid, member_treaties=[])).ledger.bookings
