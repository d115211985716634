import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from techinsure.errors import InvalidParameter, NotFound
from techinsure.pool.members import Member, Pool
from techinsure.pool.settlement import (
    CollectedPremium,
    PaidClaim,
    Posting,
    Settlement,
    reverse,
    settle,
    settle_premium,
)
from techinsure.pool.signing import sign
from techinsure.reading import read

few = settings(max_examples=40, deadline=None)
percents = st.lists(st.integers(1, 40), min_size=1, max_size=8)
amounts = st.integers(-(10**14), 10**14)


def pool_of(*written, **other):
    members = tuple(
        Member(name=name, written=line, capital_and_reserves=1e9, lead=name == "A")
        for name, line in zip("ABCDEFGH", written, strict=False)
    )
    return Pool(name="pool", currency="CNY", members=members, **other)


def paid(amount_minor, by="A"):
    return PaidClaim(
        reference="C-1",
        amount_minor=amount_minor,
        currency="CNY",
        loss_date="2026-03-02",
        paid_by=by,
    )


def collected(amount_minor, by="A"):
    return CollectedPremium(
        reference="P-1", amount_minor=amount_minor, currency="CNY", collected_by=by
    )


def test_a_claim_of_7_300_001_yuan_to_the_fen():
    """25% of 7,300,001.00 is 1,825,000.25 and so on: hand-computed, whole in fen. The lead has
    paid all of it, so 5,475,000.75 is owed to it."""
    pool = pool_of("0.25", "0.2", "0.15", "0.1", "0.1", "0.08", "0.07", "0.05")
    settlement = settle(paid(730000100), sign(pool))
    assert [entry.amount_minor for entry in settlement.postings] == [
        730000100, -182500025, -146000020, -109500015, -73000010, -73000010, -58400008, -51100007,
        -36500005,
    ]  # fmt: skip
    assert settlement.total("claim_share") == -settlement.total("claim_paid") == -730000100
    assert settlement.balances()["A"] == 547500075
    assert sum(settlement.balances().values()) == 0
    assert {entry.reference for entry in settlement.postings} == {"C-1"}
    assert settlement.postings[1].text == "share 1/4 of the claim"


def test_what_nobody_signed_is_owed_by_name():
    """30% and 25% of 1.01, and 45% unplaced: 30.3, 25.25 and 45.45 fen; the fen that is left
    goes to the largest remainder."""
    settlement = settle(paid(101, by="B"), sign(pool_of("0.3", "0.25")))
    assert settlement.balances() == {"B": 101 - 25, "A": -30, "unplaced": -46}
    half = settle(paid(100), sign(pool_of("0.3", order="1/2")))
    assert half.balances() == {"A": 70, "unplaced": -20, "outside the order": -50}


@few
@given(percents, amounts)
def test_postings_sum_to_the_claim_and_to_zero(written, amount):
    signed = sign(pool_of(*[f"{percent}/100" for percent in written]))
    settlement = settle(paid(amount), signed)
    assert settlement.total("claim_paid") == amount
    assert settlement.total("claim_share") == -amount
    for entry in settlement.postings[1:]:
        assert abs(entry.amount_minor + amount * signed.shares()[entry.party]) < 1


@few
@given(percents, amounts)
def test_a_reversal_cancels_posting_by_posting(written, amount):
    settlement = settle(paid(amount), sign(pool_of(*[f"{line}/100" for line in written])))
    again = reverse(settlement, "C-1-R")
    assert again.reverses == "C-1"
    assert {entry.reference for entry in again.postings} <= {"C-1-R"}
    total = settlement.balances()
    for party, amount_minor in again.balances().items():
        total[party] += amount_minor
    assert not any(total.values())


def test_a_premium_is_shared_and_the_fee_posted_apart():
    """10,000.01 at 50/30/20: quotas 500000.5, 300000.3, 200000.2 fen, the odd fen to the lead.
    3% of the followers' 500,000 fen is 15,000, split 30 to 20."""
    pool = pool_of("0.5", "0.3", "0.2")
    settlement = settle_premium(collected(1000001), sign(pool), pool)
    shares = {e.party: e.amount_minor for e in settlement.postings if e.account == "premium_share"}
    assert shares == {"A": 500001, "B": 300000, "C": 200000}
    fees = [(e.party, e.counterparty, e.amount_minor) for e in settlement.postings[4:]]
    assert fees == [("B", "A", -9000), ("A", "B", 9000), ("C", "A", -6000), ("A", "C", 6000)]
    assert settlement.total("lead_fee") == 0
    assert settlement.balances() == {"A": -1000001 + 500001 + 15000, "B": 291000, "C": 194000}


def test_the_fee_is_rounded_once():
    """3% of 49 fen is 1.47: one fen in all, where rounding each of 0.81 and 0.66 makes two."""
    pool = pool_of("0.51", "0.27", "0.22")
    settlement = settle_premium(collected(100), sign(pool), pool)
    fees = [e.amount_minor for e in settlement.postings if e.account == "lead_fee"]
    assert fees == [-1, 1]
    up = settle_premium(collected(100), sign(pool), pool, rounding="ceiling")
    assert (
        sum(e.amount_minor for e in up.postings if e.account == "lead_fee" and e.party == "A") == 2
    )


@pytest.mark.parametrize("rounding", ["floor", "ceiling", "down", "half_up", "half_even"])
@pytest.mark.parametrize("amount", [150, 100, 1, 3333])
def test_a_refund_is_the_mirror_of_its_premium(rounding, amount):
    """3% of 75 fen is 2.25: floor takes 2 and gives 2 back, ceiling 3 and 3."""
    pool = pool_of("0.5", "0.3", "0.2")
    there = settle_premium(collected(amount), sign(pool), pool, rounding)
    back = settle_premium(collected(-amount), sign(pool), pool, rounding)
    assert [(e.party, -e.amount_minor) for e in there.postings] == [
        (e.party, e.amount_minor) for e in back.postings
    ]
    if amount == 150:
        taken = sum(e.amount_minor for e in there.postings
                    if (e.account, e.party) == ("lead_fee", "A"))  # fmt: skip
        assert taken == (3 if rounding == "ceiling" else 2)


@few
@given(percents, st.lists(st.integers(0, 50), min_size=1, max_size=12))
def test_instalments_come_to_the_whole_with_its_fee(written, amounts):
    pool = pool_of(*[f"{percent}/100" for percent in written], lead_fee=0.07)
    total = {}
    for place, amount in enumerate(amounts):
        before = sum(amounts[:place])
        one = settle_premium(collected(amount), sign(pool), pool, before_minor=before)
        assert one.total("premium_share") == amount
        for party, owed in one.balances().items():
            total[party] = total.get(party, 0) + owed
    whole = settle_premium(collected(sum(amounts)), sign(pool), pool).balances()
    assert {k: v for k, v in total.items() if v} == {k: v for k, v in whole.items() if v}


@few
@given(percents, amounts)
def test_a_premium_balances(written, amount):
    pool = pool_of(*[f"{percent}/100" for percent in written])
    settlement = settle_premium(collected(amount), sign(pool), pool)
    assert settlement.total("premium_share") == amount
    assert sum(settlement.balances().values()) == 0


def test_a_lead_alone_pays_no_fee():
    pool = pool_of("1")
    assert settle_premium(collected(100), sign(pool), pool).balances() == {"A": 0}
    idle = pool_of("1", "0")
    assert settle_premium(collected(100), sign(idle), idle).balances() == {"A": 0}


def test_postings_cannot_be_edited_and_must_balance():
    settlement = settle(paid(100), sign(pool_of("0.5", "0.5")))
    with pytest.raises(AttributeError):
        settlement.postings[0].amount_minor = 1
    with pytest.raises(InvalidParameter, match="postings must sum to zero, got 100"):
        Settlement(reference="C-1", postings=settlement.postings[:1])
    dollars = Posting(
        party="A", counterparty="B", account="claim_paid", amount_minor=0, currency="USD",
        reference="C-1", text="nothing",
    )  # fmt: skip
    with pytest.raises(InvalidParameter, match="must be in one currency"):
        Settlement(reference="C-1", postings=(*settlement.postings, dollars))


def test_the_wire_form_comes_back():
    settlement = settle(paid(100), sign(pool_of("0.5", "0.5")))
    wire = TypeAdapter(Settlement).dump_python(settlement, mode="json")
    assert wire["postings"][0]["amount_minor"] == "100"
    assert read(Settlement, wire) == settlement


def test_who_paid_must_be_a_member():
    with pytest.raises(NotFound, match="member 'Z' is not known"):
        settle(paid(100, by="Z"), sign(pool_of("1")))
    pool = pool_of("1")
    with pytest.raises(NotFound, match="member 'unplaced' is not known"):
        settle_premium(collected(100, by="unplaced"), sign(pool), pool)


def test_all_faults_of_a_claim_are_found():
    with pytest.raises(InvalidParameter) as refused:
        PaidClaim(
            reference="", amount_minor=7.3, currency="cny", loss_date="2026-02-30", paid_by="A"
        )
    assert [fault.field for fault in refused.value.faults] == [
        "reference", "amount_minor", "currency", "loss_date",
    ]  # fmt: skip
