"""A claim or a premium by lines: to the minor unit, with the lead's fee, and what is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.pool.splitting import split_payment

SHARES = ("0.25", "0.2", "0.15", "0.1", "0.1", "0.08", "0.07", "0.05")
LINES = [{"member": f"M{k}", "share": share, "lead": k == 0} for k, share in enumerate(SHARES)]
CLAIM = {"reference": "C", "amount_minor": "730000100", "currency": "CNY",
         "loss_date": "2026-05-01", "paid_by": "M0"}  # fmt: skip
PREMIUM = {"reference": "P", "amount_minor": "10000", "currency": "CNY", "collected_by": "M1"}
POOL = {
    "name": "thirds", "currency": "CNY", "lead_fee": 0.05,
    "members": [{"name": f"M{k}", "written": "1/2", "capital_and_reserves": 1e9, "lead": k == 0}
                for k in range(3)],
}  # fmt: skip


def test_a_claim_of_seven_million_to_the_fen():
    found = split_payment({"lines": LINES, "claim": CLAIM})
    assert [part.amount for part in found.parts] == [
        "1825000.25", "1460000.20", "1095000.15", "730000.10", "730000.10", "584000.08",
        "511000.07", "365000.05",
    ]  # fmt: skip
    assert (found.kind, found.amount) == ("claim", "7300001.00")
    assert {one.party: one.amount_minor for one in found.balances}["M0"] == 730000100 - 182500025


def test_what_the_lines_leave_is_unplaced_by_name():
    found = split_payment({"lines": LINES[:2], "claim": {**CLAIM, "amount_minor": "101"}})
    assert [(p.party, p.share, p.amount_minor) for p in found.parts] == [
        ("M0", "1/4", 25), ("M1", "1/5", 20), ("unplaced", "11/20", 56),
    ]  # fmt: skip
    assert found.parts[0].exact_minor == "101/4"


def test_a_premium_by_a_pool_has_the_pools_fee():
    """5% of the followers' 66.66 is 3.33, in halves 1.67 and 1.66."""
    found = split_payment({"pool": POOL, "premium": PREMIUM})
    assert [part.amount_minor for part in found.parts] == [3334, 3333, 3333]
    assert [part.lead_fee_minor for part in found.parts] == [333, -167, -166]
    assert sum(one.amount_minor for one in found.balances) == 0


def test_a_rounding_is_named():
    body = {"lines": LINES[:2], "premium": {**PREMIUM, "amount_minor": "50"}, "lead_fee": 0.05}
    fees = {
        rule: split_payment({**body, "rounding": rule}).parts[0].lead_fee_minor
        for rule in ("half_even", "half_up", "floor")
    }
    assert fees == {"half_even": 0, "half_up": 1, "floor": 0}  # 5% of 10 is 0.5


def test_a_recovery_is_the_mirror_of_a_claim():
    back = split_payment({"lines": LINES, "claim": {**CLAIM, "amount_minor": "-100"}})
    paid = split_payment({"lines": LINES, "claim": {**CLAIM, "amount_minor": "100"}})
    assert [p.amount_minor for p in back.parts] == [-p.amount_minor for p in paid.parts]


@settings(max_examples=40, deadline=None)
@given(st.integers(-(10**12), 10**12), st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_parts_sum_to_the_amount_and_balances_to_zero(amount, weights):
    lines = [{"member": f"M{k}", "share": f"{w}/240"} for k, w in enumerate(weights)]
    found = split_payment({"lines": lines, "claim": {**CLAIM, "amount_minor": amount}})
    assert sum(part.amount_minor for part in found.parts) == amount
    assert sum(one.amount_minor for one in found.balances) == 0


WRONG = {
    "both": ({"pool": POOL, "lines": LINES, "claim": CLAIM}, "", "must be given, or pool"),
    "neither": ({"claim": CLAIM}, "", "must be given, or pool"),
    "no payment": ({"lines": LINES}, "", "must be given, or premium"),
    "two payments": ({"pool": POOL, "claim": CLAIM, "premium": PREMIUM}, "", "or premium"),
    "no fee": ({"lines": LINES, "premium": PREMIUM}, "/lead_fee", "is required"),
    "a fee of a claim": ({"lines": LINES, "claim": CLAIM, "lead_fee": 0.1}, "/lead_fee",
                         "left out"),
    "no lead": ({"lines": LINES[1:], "premium": PREMIUM, "lead_fee": 0.1}, "/lines", "one lead"),
    "too much": ({"lines": [*LINES, {"member": "X", "share": "0.1"}], "claim": CLAIM}, "/lines",
                 "at most 1"),
    "nothing": ({"lines": [{"member": "X", "share": "0"}], "claim": CLAIM}, "/lines",
                "more than 0"),
    "twice": ({"lines": [LINES[1], LINES[1]], "claim": CLAIM}, "/lines/1/member", "unique"),
    "unplaced": ({"lines": [{"member": "unplaced", "share": "1"}], "claim": CLAIM},
                 "/lines/0/member", "a party outside the pool"),
    "a stranger": ({"lines": LINES, "claim": {**CLAIM, "paid_by": "M9"}}, "/claim/paid_by",
                   "member with a line"),
    "dollars": ({"pool": POOL, "claim": {**CLAIM, "currency": "USD"}}, "/claim/currency",
                "must be the pool's, CNY"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "pointer", "words"), WRONG.values(), ids=WRONG)
def test_what_is_refused_has_its_place(body, pointer, words):
    with pytest.raises(InvalidParameter) as refused:
        split_payment(body)
    found = [f for f in refused.value.faults if words in str(f)]
    assert found, refused.value
    assert not pointer or pointer in [f.pointer for f in found]
