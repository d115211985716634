"""A quarter from one document: the figures of the worked page, and what holds for every one."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.accounts.closing import CloseRequest, close
from techinsure.accounts.sample import sample
from techinsure.errors import InvalidParameter
from techinsure.reading import read
from tests.techinsure.accounts.closing_cases import TERMS, claim, document, event, premium

QUARTER = close(sample())


def test_the_shipped_quarter_to_the_fen():
    """The claim of 7,300,001.00 by 25, 20, 15, 10, 10, 8, 7, 5%, booked by hand in the docs."""
    found = {one.party: one.movements_minor for one in QUARTER.accounts.accounts}
    shares = [moved["claim_share"] for moved in found.values() if "claim_share" in moved]
    assert shares == [
        -182500025, -146000020, -109500015, -73000010, -73000010, -58400008, -51100007, -36500005,
    ]  # fmt: skip
    assert sum(shares) == -730000100
    assert found["东海再保险"] == {
        "ceded_premium": 150000000, "ceding_commission": -45000000, "ceded_claim": -91250013,
    }  # fmt: skip
    # 2,300,001.00 above 5,000,000.00; 400,000 x 2,300,001 / 10,000,000 to reinstate
    assert found["南海再保险"] == {
        "treaty_premium": 40000000, "reinstatement_premium": 9200004, "treaty_recovery": -230000100,
    }  # fmt: skip
    # 6% of 12,000,000.00; 12% of that
    assert found["tax authority"] == {"vat_due": 72000000, "surcharge_due": 8640000}
    closing = {one.party: one.closing_minor for one in QUARTER.accounts.accounts}
    assert closing["浦江保险"] == -850859969
    assert sum(closing.values()) == 0


def test_one_is_late():
    late = [one for one in QUARTER.calls if one.open_minor]
    assert [(one.debtor, one.open_minor, one.days, one.interest_minor) for one in late] == [
        ("鹭岛保险", 51100007, 34, 166600)
    ]
    assert {one.due for one in QUARTER.calls} == {"2026-05-27"}
    assert [one.item.debtor for one in QUARTER.overdue] == ["鹭岛保险"]
    assert [one.amount_minor for one in QUARTER.netting.transfers] == [51100007]
    assert QUARTER.ledger.bookings[-1].booked <= "2026-06-30"


def test_the_quarter_after_opens_where_it_closed():
    after = close(sample() | {"quarter": "2026Q3"})
    closed = {one.party: one.closing_minor for one in QUARTER.accounts.accounts}
    assert {one.party: one.opening_minor for one in after.accounts.accounts} == closed
    assert after.accounts.of("鹭岛保险").movements_minor == {"interest": -264600, "cash": 51100007}
    assert after.overdue[0].item.due == "2026-08-14"
    assert not [one for one in after.calls if one.open_minor or one.interest_minor]


def test_the_sums_are_checked_and_shown():
    assert [one.sum_minor for one in QUARTER.checks] == [0] * len(QUARTER.checks)
    assert {one.name: one.terms for one in QUARTER.checks}["premium collected and its shares"] == 27


def test_memos_by_the_lines_of_a_day():
    memo = QUARTER.accounts.of("北辰保险").memo
    assert (memo.outstanding_minor, memo.ibnr_minor, memo.unearned_minor) == (
        6150000, 9825000, 136500000,
    )  # fmt: skip


def test_it_is_deterministic_and_reads_records_as_well():
    assert close(sample()).to_dict() == QUARTER.to_dict()
    assert close(read(CloseRequest, sample())).digest == QUARTER.digest
    other = copy.deepcopy(sample())
    other["events"][2]["amount_minor"] = "730000101"
    assert close(other).digest != QUARTER.digest


def test_failed_parties_are_left_out_of_netting():
    nets = TERMS | {"netted": ["claim_share"]}
    events = (claim(1000), event("default", "D", member="B"))
    found = close(document(*events, terms=nets))
    assert [(one.debtor, one.amount_minor) for one in found.netting.transfers] == [("C", 200)]
    before = close(document(claim(1000), event("default", "D", "2026-07-01", member="B")))
    assert (before.failed, before.doubtful, before.netting) == ((), (), None)


def test_a_called_claim_reversed_is_no_call():
    events = (
        claim(2000000), event("cash_call", "K", on="CL"),
        event("reversal", "K/R", on="K"), event("reversal", "CL/R", on="CL"),
    )  # fmt: skip
    assert close(document(*events)).calls == ()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"quarter": "2026Q5"}, "/quarter"),
        ({"starts": "1 May"}, "/starts"),
        ({"on_change": "cut"}, "/on_change"),
        ({"tax": "none"}, "/tax"),
        ({"events": [{"kind": "claim"}]}, "/events/0/reference"),
        ({"policies": document()["policies"] * 2}, "/policies/3/policy"),
        ({"member_treaties": document()["member_treaties"] * 2}, "/member_treaties/1/name"),
        ({"memos": [{"memo": {}, "lines_at": "x"}]}, "/memos/0/lines_at"),
        ({"memos": [{"memo": {}, "lines_at": "2025-12-31"}]}, "/memos/0/lines_at"),
        ({"nothing": 1}, "/nothing"),
    ],
)
def test_a_document_that_is_wrong_is_refused_with_its_place(change, pointer):
    with pytest.raises(InvalidParameter) as found:
        close(document() | change)
    assert found.value.faults[0].pointer == pointer


amounts = st.integers(1, 10**9)
kinds = st.lists(st.tuples(st.integers(0, 7), amounts, st.sampled_from("ABC")), max_size=14)


def event_of(place, kind, amount, who):
    name, day = f"E{place}", f"2026-{4 + place // 6:02}-{1 + place % 6 * 4:02}"
    before = f"E{max(place - 1, 0)}"
    about = {"policy": "P", "amount_minor": str(amount)}
    return [
        premium(amount, name, day, collected_by=who),
        claim(amount, name, day, paid_by=who),
        event("refund", name, day, paid_by=who, effective=day, **about),
        event("recovery", name, day, received_by=who, loss_date="2026-03-02", **about),
        event("reversal", name, day, on=before),
        event("payment", name, day, debtor=who, creditor="A" if who != "A" else "B"),
        event("tax", name, day, on=before),
        event("treaty_recovery", name, day, treaty="XL", of=[before]),
    ][kind]


def refused_at(whole):
    try:
        close(whole)
    except InvalidParameter as refusal:
        return refusal.faults[0].pointer
    return None


@settings(max_examples=25, deadline=None)
@given(kinds)
def test_nothing_is_lost_and_nothing_created_whatever_happens(drawn):
    """Events that contradict the book are left out; what is left closes with every sum at 0."""
    kept = []
    for place, one in enumerate(drawn):
        added = event_of(place, *one)
        pointer = refused_at(document(*kept, added))
        assert pointer is None or pointer.startswith(f"/events/{len(kept)}")
        kept += [added] if pointer is None else []
    found = close(document(*kept))
    assert not any(one.sum_minor for one in found.checks)
    gone = {one["on"] for one in kept if one["kind"] == "reversal"}
    paid = sum(
        int(one["amount_minor"])
        for one in kept if one["kind"] == "claim" and one["reference"] not in gone
    )  # fmt: skip
    assert sum(one.settlement.total("claim_paid") for one in found.ledger.bookings) == paid
    assert sum(one.claims_minor for one in found.classes) == paid
    assert sum(one.closing_minor for one in found.accounts.accounts) == 0
