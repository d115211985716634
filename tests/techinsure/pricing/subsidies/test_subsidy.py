"""What the state pays of a premium: every step by hand, and what holds for every scheme."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from techinsure.errors import InvalidParameter, Refused
from techinsure.money import Owed, exact
from techinsure.pricing.subsidies.budget import Budget
from techinsure.pricing.subsidies.schemes import Eligibility
from techinsure.pricing.subsidies.subsidised import SparseData
from techinsure.pricing.subsidies.subsidy import Subsidy, subsidise
from techinsure.receipt import digest
from tests.techinsure.pricing.subsidies.subsidy_cases import (
    cny,
    policy,
    premiums,
    scheme,
    schemes,
    yuan,
)

few = settings(max_examples=150, deadline=None)

EVERYTHING = {
    "share": "0.8",
    "counted_rate_cap": "0.03",
    "policy_amount_cap": "130000",
    "firm_year_cap": "200000",
    "stacked_share_cap": "0.6",
    "budget": "50000.01",
}


def test_every_step_in_its_order_by_hand():
    """6m x 3% = 180,000 count of 220,000; x 0.8 = 144,000; policy 130,000; firm 200,000 - 80,000;
    60% of 220,000 less 30,000 = 102,000; budget 50,000.01."""
    whole = scheme(**EVERYTHING)
    found = subsidise(
        yuan(220_000), policy(), whole,
        used=80_000_00, others=30_000_00, budget=Budget.of(whole),
    )  # fmt: skip
    lines = [(one.name, one.before, one.after) for one in found.steps]
    assert lines == [
        ("eligible", 220_000_00, 220_000_00),
        ("counted_premium", 220_000_00, 180_000_00),
        ("state_share", 180_000_00, 144_000_00),
        ("policy_amount_cap", 144_000_00, 130_000_00),
        ("firm_year_cap", 130_000_00, 120_000_00),
        ("stacked_share_cap", 120_000_00, 102_000_00),
        ("budget", 102_000_00, 50_000_01),
        ("minor_unit", 50_000_01, 50_000_01),
    ]
    assert [one.binding for one in found.steps] == [False, *[True] * 6, False]
    assert [one.why for one in found.steps][1:-1] == [
        "at most 0.03 of the sum insured a year counts, over 12 months",
        "the state pays 0.8 in the first year",
        "a policy has at most 130,000.00 CNY, its earlier years had 0.00 CNY",
        "a firm has at most 200,000.00 CNY a year, of 2026 it has used 80,000.00 CNY",
        "all subsidies together pay at most 0.6 of the premium, others pay 30,000.00 CNY",
        "50,000.01 CNY are left of the budget",
    ]
    assert found.state == cny(50_000_01)
    assert found.others == yuan(30_000)
    assert found.insured == cny(139_999_99)


def test_the_cut_to_the_fen_comes_last_and_only_once():
    """A third of 100 fen is 33 1/3; 2/3 of 1.5 counted fen is 1, of 1 counted fen it were 0."""
    found = subsidise(cny(100), policy(), scheme(share="1/3"))
    assert found.step("state_share").after == Fraction(100, 3)
    assert found.step("minor_unit").binding
    assert (found.state, found.insured) == (cny(33), cny(67))
    rate = scheme(counted_rate_cap="1/40000", share="2/3")
    small = policy(sum_insured_minor=60_000)
    assert subsidise(cny(500), small, rate).state == cny(1)


def test_a_term_counts_pro_rata_to_its_months():
    rate = scheme(share="1", counted_rate_cap="0.01")
    assert subsidise(yuan(100_000), policy(months=18), rate).state == yuan(90_000)
    assert subsidise(yuan(100_000), policy(months=6), rate).state == yuan(30_000)


def test_first_year_and_renewal():
    terms = scheme(share="1", renewal_share="0.5", at_most=("renewal",))
    first = subsidise(yuan(100), policy(), terms)
    second = subsidise(yuan(100), policy(years_before=1), terms)
    assert (first.state, first.at_most) == (yuan(100), False)
    assert (second.state, second.at_most) == (yuan(50), True)
    assert first.step("state_share").why == "the state pays 1 in the first year"
    assert second.step("state_share").why == "the state pays at most 0.5, how much is not known"
    same = scheme(share="0.25")
    assert subsidise(yuan(100), policy(years_before=1), same).state == yuan(25)


def test_a_policy_that_is_not_eligible_has_nothing_and_is_told_why():
    asked = scheme(eligible=Eligibility(regions=("suzhou",), stages=("startup",)))
    found = subsidise(yuan(100), policy(region="wuxi"), asked)
    assert [one.why for one in found.steps] == [
        "the stage is not said; the scheme is for startup",
        "the region is wuxi; the scheme is for suzhou",
    ]
    assert all(one.binding and one.after_minor == "0" for one in found.steps)
    assert (found.state, found.insured, found.eligible) == (cny(0), yuan(100), False)


def test_what_is_used_up_leaves_nothing():
    terms = scheme(firm_year_cap="100", policy_amount_cap="50")
    assert subsidise(yuan(1000), policy(), terms, used=100_00).state == cny(0)
    assert subsidise(yuan(1000), policy(), terms, used=500_00).state == cny(0)
    assert subsidise(yuan(1000), policy(), terms, paid_before=49_99).state == cny(1)


def test_all_subsidies_together_never_pay_more_than_the_premium():
    found = subsidise(yuan(100), policy(), scheme(share="1"), others=60_00)
    assert (found.state, found.others, found.insured) == (yuan(40), yuan(60), cny(0))


def test_what_sparse_data_add_is_paid_and_sets_with_the_evidence():
    terms = scheme(pays="sparse_data_loading", share="1", policy_amount_cap="60")
    much = SparseData(mean_term=20.0, capital_term=50.0, loadings=0.3)
    found = subsidise(yuan(400), policy(), terms, sparse=much)
    assert found.step("sparse_data").after_minor == "10000"
    assert found.state == yuan(60)
    little = SparseData(mean_term=2.0, capital_term=5.0, loadings=0.3)
    assert subsidise(yuan(400), policy(), terms, sparse=little).state == yuan(10)
    nothing = SparseData(mean_term=0.0, capital_term=0.0, loadings=0.3)
    assert subsidise(yuan(400), policy(), terms, sparse=nothing).state == cny(0)
    assert subsidise(yuan(5), policy(), terms, sparse=little).state == yuan(5)
    with pytest.raises(InvalidParameter, match="sparse is required by the scheme"):
        subsidise(yuan(400), policy(), terms)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"used": -1}, "used must be in"),
        ({"used": 1.5}, "used must be a whole number"),
        ({"others": 100_01}, "others must be <= the premium, got 10001"),
        ({"paid_before": -1}, "paid_before must be in"),
        (
            {"budget": Budget(scheme="other", currency="CNY", total_minor=1)},
            "budget must be the book of half in CNY, got 'other CNY'",
        ),
    ],
)
def test_what_cannot_be_is_refused(given, said):
    with pytest.raises(InvalidParameter) as refused:
        subsidise(yuan(100), policy(), scheme(), **given)
    assert said in str(refused.value)


def test_a_scheme_with_a_budget_needs_its_book():
    with pytest.raises(InvalidParameter, match=r"budget is required by the scheme.*Budget\.of"):
        subsidise(yuan(100), policy(), scheme(budget="100"))


def test_currencies_must_agree():
    with pytest.raises(InvalidParameter, match="currency must be CNY as in the scheme"):
        subsidise(Owed(amount_minor=1, currency="USD"), policy(), scheme())


def test_a_premium_below_zero_is_refused():
    with pytest.raises(InvalidParameter, match="premium must be in"):
        subsidise(cny(-1), policy(), scheme())


@pytest.mark.parametrize(
    ("terms", "years_before", "months"),
    [
        ({"years_max": 1}, 0, 13),
        ({"years_max": 3}, 2, 24),
        ({"renewal_share": "0.4"}, 0, 13),
    ],
)
def test_a_term_that_the_scheme_treats_year_by_year_needs_its_premiums_by_year(
    terms, years_before, months
):
    insured = policy(months=months, years_before=years_before)
    with pytest.raises(Refused, match="give the premium of each policy year"):
        subsidise(yuan(100), insured, scheme(**terms))
    shorter = policy(months=12, years_before=years_before)
    assert subsidise(yuan(100), shorter, scheme(**terms)).state == yuan(50)


def test_an_answer_whose_parts_are_not_the_premium_cannot_be_made():
    found = subsidise(yuan(100), policy(), scheme())
    for wrong in ({"insured": yuan(51)}, {"state": yuan(110), "insured": yuan(-10)}):
        with pytest.raises(InvalidParameter, match="sum to the premium 10000"):
            replace(found, **wrong)


def test_an_answer_goes_through_json_and_has_a_digest():
    found = subsidise(cny(100), policy(), scheme(share="1/3"))
    reader = TypeAdapter(Subsidy)
    assert reader.validate_json(reader.dump_json(found)) == found
    assert len(digest(found)) == 64


# --- What holds for every scheme -----------------------------------------------------------------


@few
@given(schemes(), premiums, st.integers(0, 10**12), st.integers(0, 100), st.integers(0, 10**12))
def test_no_cap_is_ever_exceeded_and_nothing_is_lost(terms, premium, used, percent, before):
    others = premium * percent // 100
    insured = policy()
    found = subsidise(cny(premium), insured, terms, used=used, others=others, paid_before=before)
    state = found.state.amount_minor
    assert state + others + found.insured.amount_minor == premium
    assert 0 <= state <= exact(terms.share) * premium
    assert state + others <= max(exact(terms.stacked_share_cap or "1") * premium, others)
    if terms.counted_rate_cap:
        assert state <= exact(terms.counted_rate_cap) * insured.sum_insured_minor
    for cap, taken in (("policy_amount_cap", before), ("firm_year_cap", used)):
        most = terms.cap_minor(cap)
        assert most is None or state <= max(most - taken, 0)


@few
@given(schemes(), premiums, st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_larger_premium_lowers_neither_part(terms, premium, more, used):
    low, high = (
        subsidise(cny(one), policy(), terms, used=used) for one in (premium, premium + more)
    )
    assert low.state.amount_minor <= high.state.amount_minor
    assert low.insured.amount_minor <= high.insured.amount_minor


@few
@given(schemes(), premiums)
def test_the_steps_lead_from_the_premium_to_what_the_state_pays(terms, premium):
    steps = subsidise(cny(premium), policy(), terms).steps
    assert steps[0].before_minor == str(premium)
    for one, following in pairwise(steps):
        assert one.after_minor == following.before_minor
    for one in steps:
        assert one.binding == (one.after < one.before)
