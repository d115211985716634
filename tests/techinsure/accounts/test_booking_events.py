"""What each kind of event books, and that what contradicts the book refuses with its place."""

import pytest

from techinsure.accounts.closing import close
from techinsure.errors import InvalidParameter
from tests.techinsure.accounts.account_cases import listed, posted_to
from tests.techinsure.accounts.closing_cases import MEMBERS, TERMS, claim, document, event, premium


def book(*events, **other):
    return close(document(*events, **other)).ledger


def items(*events, **other):
    return listed(close(document(*events, **other)).open_items)


def test_premiums_instalments_endorsements_and_refunds():
    about = {"policy": "P", "effective": "2026-03-01"}
    found = book(
        event("instalment", "I1", policy="P", premium_minor="10000", number=1, of=3,
              collected_by="A"),
        event("instalment", "I3", policy="P", premium_minor="10000", number=3, of=3,
              collected_by="B"),
        event("endorsement", "E", amount_minor="-700", collected_by="A", **about),
        event("refund", "F", amount_minor="500", paid_by="C", **about),
    )  # fmt: skip
    collected = [one.settlement.total("premium_collected") for one in found.bookings]
    assert collected == [-3334, -3333, 700, 500]
    assert posted_to(found.find("F"), "premium_share") == {"A": -250, "B": -150, "C": -100}


def test_commissions_claims_and_recoveries():
    found = book(
        event("commission", "K", policy="P", amount_minor="1000", paid_by="B"),
        claim(1000003),
        event("recovery", "S", policy="P", amount_minor="100", received_by="A",
              loss_date="2026-03-02"),
    )  # fmt: skip
    assert posted_to(found.find("K"), "commission_share") == {"A": -500, "B": -300, "C": -200}
    assert posted_to(found.find("CL"), "claim_share") == {"A": -500001, "B": -300001, "C": -200001}
    assert posted_to(found.find("S"), "recovery_share") == {"A": 50, "B": 30, "C": 20}
    assert found.find("S").subject.loss_date == "2026-03-02"


def test_cessions_treaties_and_tax():
    found = book(
        event("treaty_premium", "TP", treaty="XL"),
        premium(100000),
        event("tax", "T", on="PR"),
        event("cession", "PR/Q", on="PR", treaty="Q"),
        claim(130000),
        event("cession", "CL/Q", on="CL", treaty="Q"),
        event("treaty_recovery", "X", treaty="XL", of=["CL"]),
    )
    assert posted_to(found.find("TP"), "treaty_premium")["R"] == 10000
    assert posted_to(found.find("T"), "vat_collected") == {"A": -6000}
    assert posted_to(found.find("PR/Q"), "ceding_commission")["B"] == 4500
    assert posted_to(found.find("CL/Q"), "ceded_claim")["B"] == 19500
    assert posted_to(found.find("X"), "treaty_recovery")["R"] == -30000


def test_a_payment_takes_the_first_due_first_and_books_its_interest():
    call = (claim(2000000), event("cash_call", "K", on="CL"))
    late = event("payment", "Y", "2026-05-25", debtor="B", creditor="A")
    found = book(premium(100000), *call, late)
    assert [(s.reference, s.amount_minor) for s in found.find("Y").settles] == [
        ("K", 600000), ("PR", 900),
    ]  # fmt: skip
    # 30 days at 3.65%: 0.1% a ten days
    assert posted_to(found.find("Y/interest"), "interest") == {"B": -1800, "A": 1800}
    part = {**late, "amount_minor": "600001"}
    assert [s.amount_minor for s in book(premium(100000), *call, part).find("Y").settles] == [
        600000, 1,
    ]  # fmt: skip
    one = {**late, "of": ["PR"]}
    assert [s.reference for s in book(premium(100000), *call, one).find("Y").settles] == ["PR"]


def test_netting_reversal_and_close():
    nets = TERMS | {"netted": ["claim_share", "interest"]}
    found = book(
        claim(1000), claim(500, "CM", paid_by="B"),
        event("netting", "N", due="2026-05-01"),
        terms=nets,
    )  # fmt: skip
    assert posted_to(found.find("N"), "net_balance") == {"A": 250, "B": 50, "C": -300}
    gone = book(claim(1000), event("reversal", "R", on="CL"))
    assert not any(gone.balances().values())
    with pytest.raises(InvalidParameter, match="must be after 2026-03-31") as found:
        book(event("close", "Z", "2026-03-31", quarter="2026Q1"), claim(5, booked="2026-03-31"))
    assert found.value.faults[0].pointer == "/events/1/booked"


def test_lines_change_in_either_way():
    new = {"name": "D", "written": "0.3", "capital_and_reserves": 1e9}
    change = event("change_of_lines", "L", "2026-04-05", joins=[new], leaves=["B"])
    late = claim(1000, loss_date="2026-04-06")
    cut = book(claim(1000, "C0", "2026-04-01"), change, late)
    assert posted_to(cut.find("C0"), "claim_share") == {"A": -500, "B": -300, "C": -200}
    assert posted_to(cut.find("CL"), "claim_share") == {"A": -500, "C": -200, "D": -300}
    off = book(change, late, on_change="run_off")
    assert posted_to(off.find("CL"), "claim_share") == {"A": -500, "B": -300, "C": -200}
    moved = book(change | {"unearned_minor": "1000"})
    assert moved.find("L").settlement.balances() == {"A": 0, "B": -300, "D": 300}


def test_lead_and_lines_of_those_who_stay():
    change = event("change_of_lines", "L", "2026-04-05", lead="B", written={"A": "0.3", "B": "1/2"})
    found = close(document(change, premium(1000, effective="2026-04-06", collected_by="B")))
    assert found.lines == {"A": "3/10", "B": "1/2", "C": "1/5"}
    assert posted_to(found.ledger.find("PR"), "lead_fee") == {"A": -9, "B": 15, "C": -6}


def test_a_default_is_doubtful_and_covered_as_the_contract_says():
    several = close(document(claim(100000), event("default", "D", member="B")))
    assert (several.failed, listed(several.doubtful)) == (
        ("B",), [("CL", "claim_share", "B", "A", 30000)],
    )  # fmt: skip
    pool = {"name": "pool", "currency": "CNY", "members": MEMBERS, "default_terms":
            {"kind": "joint"}}  # fmt: skip
    joint = close(document(claim(100000), event("default", "D", member="B"), pool=pool))
    assert posted_to(joint.ledger.find("D"), "default_cover") == {"C": -8571, "A": 8571}
    again = close(
        document(
            claim(100000), event("default", "D", member="B"), claim(1000, "C2"),
            event("default", "D2", member="B"), pool=pool,
        )
    )  # fmt: skip
    assert posted_to(again.ledger.find("D2"), "subrogation")["B"] == -300
    assert again.failed == ("B",)


SECOND = {"number": 2, "of": 3, "premium_minor": "100", "collected_by": "A", "policy": "P"}
REFUSED = {
    "the same reference": ([claim(5), claim(6)], "/events/1/reference", "must be new"),
    "no such policy": ([claim(5, policy="PP")], "/events/0/policy", "policy that is known"),
    "no such cover": (
        [claim(5, policy="2", class_code="xyz")], "/events/0/class_code", "must name one cover",
    ),
    "which cover": ([claim(5, policy="2")], "/events/0/class_code", "must name one cover"),
    "no member": ([claim(5, paid_by="Z")], "/events/0/paid_by", "member that is known: A, B, C"),
    "before the pool": (
        [claim(5, booked="2025-12-31", loss_date="2025-12-30")], "/events/0",
        "must not be before 2026-01-01",
    ),
    "no booking": ([event("cash_call", "K", on="C")], "/events/0/on", "booking that is known"),
    "too small a call": (
        [claim(5), event("cash_call", "K", on="CL")], "/events/1", "is not above the threshold",
    ),
    "no treaty": (
        [claim(5), event("cession", "X", on="CL", treaty="QQ")], "/events/1/treaty", "known: Q",
    ),
    "ceded twice": (
        [claim(5), event("cession", "X", on="CL", treaty="Q"),
         event("cession", "Y", on="CL", treaty="Q")],
        "/events/2/on", "must not be booked twice, 'X' did it",
    ),
    "taxed twice": (
        [premium(500), event("tax", "T", on="PR"), event("tax", "U", on="PR")],
        "/events/2/on", "must not be booked twice, 'T' did it",
    ),
    "ceded what was reversed": (
        [claim(5), event("reversal", "R", on="CL"), event("cession", "X", on="CL", treaty="Q")],
        "/events/2", "'CL' was reversed: nothing follows from it",
    ),
    "no tax on a claim": ([claim(5), event("tax", "T", on="CL")], "/events/1", "is no premium"),
    "nothing to recover": (
        [claim(5), event("treaty_recovery", "X", treaty="XL", of=["CL"])], "/events/1",
        "owes nothing more",
    ),
    "paid what is not owed": (
        [claim(5), event("payment", "Y", debtor="A", creditor="B")], "/events/1", "nothing of that",
    ),
    "paid too much": (
        [claim(10), event("payment", "Y", debtor="B", creditor="A", amount_minor="4")],
        "/events/1/amount_minor", "must be at most what is open of that, 3",
    ),
    "reversed twice": (
        [claim(5), event("reversal", "R", on="CL"), event("reversal", "R2", on="CL")],
        "/events/2", "must not be reversed twice",
    ),
    "reversed too early": (
        [premium(500), event("tax", "T", on="PR"), event("reversal", "R", on="PR")],
        "/events/2", "is not reversed before",
    ),
    "an instalment twice": (
        [event("instalment", "I", **SECOND), event("instalment", "J", **SECOND)],
        "/events/1/number", "must not be booked twice, 'I' did it",
    ),
    "an instalment too many": (
        [event("instalment", "I", **SECOND | {"number": 4})], "/events/0/number",
        "must be in [1, 3]",
    ),
    "who leaves is no member": (
        [event("change_of_lines", "L", leaves=["Z"])], "/events/0", "member that is known",
    ),
    "no lead is left": (
        [event("change_of_lines", "L", leaves=["A"])], "/events/0/lead",
        "must leave exactly one lead",
    ),
    "nothing is netted": (
        [claim(5), event("netting", "N", due="2026-05-01")], "/events/1", "nets no account",
    ),
    "who failed is no member": ([event("default", "D", member="Z")], "/events/0/member", "known"),
    "closed twice": (
        [event("close", "Z", quarter="2026Q1"), event("close", "Y", quarter="2026Q1")],
        "/events/1/quarter", "must be after 2026Q1",
    ),
    "back in time": (
        [claim(5), claim(6, "C2", "2026-04-09")], "/events/1/booked", "must not be before",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_contradicts_the_book_refuses_all_with_a_pointer_to_the_event(case):
    events, pointer, told = REFUSED[case]
    with pytest.raises(InvalidParameter) as found:
        close(document(*events))
    [fault] = found.value.faults
    assert fault.pointer == pointer
    assert told in fault.bound


def test_an_instalment_that_was_reversed_is_collected_again():
    found = book(
        event("instalment", "I", **SECOND),
        event("reversal", "R", on="I"),
        event("instalment", "J", **SECOND),
    )
    assert found.balances()["A"] == -33 + 16 + 1


def test_instalments_come_to_the_split_of_their_whole():
    """120 of one fen among 18 equal members: each has 6 or 7, and none gains by being listed first;
    in whatever order they are booked."""
    members = [{"name": f"m{k}", "written": "1/18", "capital_and_reserves": 9e9, "lead": k == 0}
               for k in range(18)]  # fmt: skip
    pool = {"name": "eighteen", "currency": "CNY", "lead_fee": 0.05, "members": members}
    events = [event("instalment", f"I{k}", policy="P", premium_minor="120", number=k, of=120,
                    collected_by="m0") for k in reversed(range(1, 121))]  # fmt: skip
    parts, whole = dict[str, int](), dict[str, int]()
    for account in ("premium_share", "lead_fee"):
        for found, of in ((parts, events), (whole, [premium("120", collected_by="m0")])):
            for one in book(*of, pool=pool, pool_treaties=[], member_treaties=[]).bookings:
                for entry in one.settlement.postings:
                    if entry.account == account:
                        key = f"{entry.party} {account}"
                        found[key] = found.get(key, 0) + entry.amount_minor
    assert {k: v for k, v in parts.items() if v} == {k: v for k, v in whole.items() if v}
    assert {v for k, v in parts.items() if "premium" in k} == {6, 7}


def test_interest_is_no_premium_to_tax():
    """What was booked beside an event is found, though no event has its reference."""
    late = event("payment", "Y", "2026-09-25", debtor="B", creditor="A")
    with pytest.raises(InvalidParameter, match="'Y/interest' is no premium") as found:
        close(document(claim(2000000), late, event("tax", "T", "2026-09-25", on="Y/interest")))
    assert found.value.faults[0].pointer == "/events/2"


def test_without_rates_nothing_is_taxed():
    with pytest.raises(InvalidParameter, match="give tax its rates"):
        close(document(premium(5), event("tax", "T", on="PR"), tax=None))
