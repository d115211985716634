from dataclasses import replace

import pytest

from techinsure.errors import InvalidParameter, NotFound, Undefined
from techinsure.pool.contract_checks import (
    ContractRules,
    SignedContract,
    ceding_commission,
    five_sames,
    lead_fee_near_commission,
    unequal_shares,
)
from techinsure.pool.members import Member, Pool
from techinsure.reinsurance.placing import PlacedTreaty
from techinsure.reinsurance.programme import Programme
from techinsure.reinsurance.quota_share import QuotaShare
from tests.techinsure.builders import table

LEAD = SignedContract(
    member="A", contract="C-1", object="fab 1", cover="all risks", begins="2026-01-01",
    ends="2026-12-31", sum_insured=1e9, terms="wording 3", rate=0.0012,
)  # fmt: skip
FOLLOWER = replace(LEAD, member="B")


def pool(fee):
    member = Member(name="A", written="1", capital_and_reserves=1.0, lead=True)
    return Pool(name="pool", currency="CNY", members=(member,), lead_fee=fee)


def test_the_same_contract_breaks_nothing():
    assert five_sames("fab 1", [LEAD, FOLLOWER], "A") == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [("contract", "C-2"), ("object", "fab 2"), ("cover", "fire"), ("begins", "2026-02-01"),
     ("ends", "2026-11-30"), ("sum_insured", 1.2e9), ("terms", "wording 4"), ("rate", 0.001)],
)  # fmt: skip
def test_each_difference_is_told(name, value):
    (breach,) = five_sames("fab 1", [LEAD, replace(FOLLOWER, **{name: value})], "A")
    assert (breach.rule, breach.member, breach.field) == ("same_contract", "B", name)
    assert (breach.found, breach.expected) == (str(value), str(getattr(LEAD, name)))
    assert breach.over == (pytest.approx(2e8) if name == "sum_insured" else None)
    assert "CIRC [2002] 16" in breach.source
    assert str(breach).startswith(f"B: {name} {value}, expected")


def test_what_is_not_stated_is_not_compared():
    assert five_sames("fab 1", [LEAD, replace(FOLLOWER, rate=None, terms=None)], "A") == ()


def test_the_lead_fee_against_the_commission():
    """28% against a fee of 25%: 3 points apart where 5 are asked; 2 of 1,000,000 are 20,000."""
    (breach,) = lead_fee_near_commission(pool(0.25), 0.28, 1e6)
    assert (breach.member, breach.found, breach.over) == ("A", "25.00%", 20_000.0)
    assert lead_fee_near_commission(pool(0.33), 0.28, 1e6) == ()  # exactly 5 points
    assert lead_fee_near_commission(pool(0.23), 0.28, 1e6) == ()
    assert lead_fee_near_commission(pool(0.03), 0.28, 1e6) == ()
    wide = ContractRules(fee_distance=0.3)
    assert lead_fee_near_commission(pool(0.03), 0.28, 1e6, wide)


def test_average_commission_by_premium():
    """10% of 300 and 40% of the 700 x 1/7 left in a second quota share: 70 / 400."""
    first = PlacedTreaty(name="one", treaty=QuotaShare(share=0.3, commission=0.1))
    second = PlacedTreaty(
        name="two", treaty=QuotaShare(share=1 / 7, commission=0.4), net_of=("one",)
    )
    losses = table([(0, 5.0)], n_years=4)
    cession = Programme(treaties=(first, second)).apply(losses, {"test": 1000.0})
    assert ceding_commission(cession) == pytest.approx((30 + 40) / 400)
    with pytest.raises(Undefined, match="no average commission"):
        ceding_commission(Programme().apply(losses))


def test_unequal_shares():
    """A has half the premium and 3/5 of the claims, B the other way; C as it should."""
    found = unequal_shares(
        "fab 1",
        {"A": "1/2", "B": "2/5", "C": "0.1"},
        {"A": "0.6", "B": "3/10", "C": "1/10"},
        1000.0,
    )
    assert [(b.member, b.found, b.over) for b in found] == [("A", "3/5", 0.0), ("B", "3/10", 100.0)]
    (alone,) = unequal_shares("fab 1", {"A": "1"}, {"A": "1", "D": "0.2"}, 1000.0)
    assert (alone.member, alone.expected) == ("D", "its share of premium 0")
    assert unequal_shares("fab 1", {"A": "1/4"}, {"A": "0.25"}, 1.0) == ()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: five_sames("fab", [LEAD, LEAD], "A"), "contracts must be one a member"),
        (lambda: replace(LEAD, ends="2025-12-31"), "ends must be >= begins"),
        (lambda: replace(LEAD, sum_insured=0.0), "sum_insured must be in"),
        (lambda: replace(LEAD, rate=-0.1), "rate must be >= 0"),
        (lambda: lead_fee_near_commission(pool(0.1), 28.0, 1.0), "commission must be in"),
        (lambda: unequal_shares("fab", {"A": "1"}, {"A": "1"}, -1.0), "premium must be >= 0"),
    ],
)
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter, match=told):
        make()
    with pytest.raises(NotFound, match="contract of the lead"):
        five_sames("fab", [FOLLOWER], "A")
