"""Policies of several years and several schemes on one premium: by hand, and what always holds."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, Refused
from techinsure.money import exact
from techinsure.pricing.subsidies.budget import Budget
from techinsure.pricing.subsidies.multi_year import policy_years, stacked, subsidise_years
from techinsure.pricing.subsidies.schemes import scheme as shipped_scheme
from techinsure.pricing.subsidies.subsidised import SparseData
from tests.techinsure.pricing.subsidies.subsidy_cases import cny, policy, scheme, schemes, yuan

few = settings(max_examples=80, deadline=None)


def turbine(**given):
    """The first set of a wind turbine, 120m, three years from 1 March 2022."""
    known = {
        "product": "first_set",
        "sum_insured_minor": 120_000_000_00,
        "start": "2022-03-01",
        "months": 36,
    }
    return policy(**(known | given))


def paid(found):
    return [int(part.state.amount) for part in found.parts]


def test_a_first_set_of_three_years_at_a_counted_rate_of_3_percent():
    """Rates 3.6%, 2.4%, 1.68% of 120m: 3.6m, 2.88m, 2.016m count; 80% of each."""
    premiums = [yuan(4_320_000), yuan(2_880_000), yuan(2_016_000)]
    found = subsidise_years(premiums, turbine(), shipped_scheme("first_set_central_2019"))
    assert paid(found) == [2_880_000, 2_304_000, 1_612_800]
    assert [part.step("counted_premium").binding for part in found.parts] == [True, False, False]
    assert [part.year for part in found.parts] == [2022, 2023, 2024]
    assert (found.premium, found.state) == (yuan(9_216_000), yuan(6_796_800))
    assert found.insured == yuan(2_419_200)


def test_years_beyond_the_last_have_nothing():
    found = subsidise_years([yuan(100)] * 5, policy(months=60), scheme(years_max=3))
    assert paid(found) == [50, 50, 50, 0, 0]
    later = policy(months=36, years_before=2, covered_until="2026-02-28")
    assert paid(subsidise_years([yuan(100)] * 3, later, scheme(years_max=3))) == [50, 0, 0]


def test_a_gap_before_the_policy_shuts_out_all_its_years():
    late = policy(months=24, years_before=1, covered_until="2026-01-31")
    found = subsidise_years([yuan(100)] * 2, late, scheme(no_gap=True))
    assert paid(found) == [0, 0]
    seamless = replace(late, covered_until="2026-02-28")
    assert paid(subsidise_years([yuan(100)] * 2, seamless, scheme(no_gap=True))) == [50, 50]


def test_first_and_renewal_shares_by_year():
    found = subsidise_years(
        [yuan(100)] * 2, policy(months=24), scheme(share="1", renewal_share="0.9")
    )
    assert paid(found) == [100, 90]


def test_the_room_of_each_calendar_year():
    terms = scheme(firm_year_cap="60")
    found = subsidise_years(
        [yuan(100)] * 3, policy(months=36), terms, used={2026: 20_00, 2028: 60_00}
    )
    assert paid(found) == [40, 50, 0]


def test_policy_cap_and_budget_hold_over_all_years():
    capped = scheme(policy_amount_cap="70")
    assert paid(subsidise_years([yuan(100)] * 3, policy(months=36), capped)) == [50, 20, 0]
    short = scheme(budget="120")
    book = Budget.of(short).reserve("before", "B", 2026, 10_00)
    found = subsidise_years([yuan(100)] * 3, policy(months=36), short, budget=book)
    assert paid(found) == [50, 50, 10]


def test_the_last_year_counts_by_its_months():
    terms = scheme(share="1", counted_rate_cap="0.01")
    found = subsidise_years([yuan(90_000)] * 2, policy(months=18), terms)
    assert paid(found) == [60_000, 30_000]


def test_others_and_sparse_data_by_year():
    terms = scheme(share="1", stacked_share_cap="0.5")
    found = subsidise_years([yuan(100)] * 2, policy(months=24), terms, others=[40_00, 0])
    assert paid(found) == [10, 50]
    assert (found.others, found.insured) == (yuan(40), yuan(100))
    sparse = [
        SparseData(mean_term=amount, capital_term=0.0, loadings=0.0) for amount in (30.0, 3.0)
    ]
    terms = scheme(share="1", pays="sparse_data_loading")
    found = subsidise_years([yuan(100)] * 2, policy(months=24), terms, sparse=sparse)
    assert paid(found) == [30, 3]


def test_years_of_a_policy_that_begins_on_29_february():
    years = policy_years(policy(start="2024-02-29", months=54))
    assert [one.start for one in years] == [
        "2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29",
    ]  # fmt: skip
    assert [one.covered_until for one in years[:2]] == ["", "2025-02-27"]
    assert [one.months for one in years] == [12, 12, 12, 12, 6]
    assert {one.inception for one in years} == {"2024-02-29"}


@pytest.mark.parametrize(
    ("premiums", "given", "said"),
    [
        (2, {}, "premiums must have 3 entries, one a policy year, got 2"),
        (3, {"others": [0]}, "others must have 3 entries, one a policy year, got 1"),
        (3, {"sparse": [SparseData(mean_term=1.0, capital_term=1.0, loadings=0.0)]}, "sparse must"),
    ],
)
def test_each_year_has_its_own_premium(premiums, given, said):
    with pytest.raises(InvalidParameter) as refused:
        subsidise_years([yuan(100)] * premiums, policy(months=36), scheme(), **given)
    assert said in str(refused.value)


@few
@given(
    schemes(),
    st.lists(st.integers(0, 10**10), min_size=1, max_size=5),
    st.integers(0, 10**10),
    st.integers(0, 12),
)
def test_over_all_years_no_cap_is_exceeded_and_nothing_is_lost(terms, premiums, free, spare):
    terms = replace(terms, budget=f"{free // 100}.{free % 100:02d}", years_max=3, no_gap=True)
    insured = policy(months=12 * len(premiums) - min(spare, 11))
    found = subsidise_years([cny(one) for one in premiums], insured, terms, budget=Budget.of(terms))
    state = found.state.amount_minor
    assert state + found.insured.amount_minor == sum(premiums) == found.premium.amount_minor
    assert state == sum(part.state.amount_minor for part in found.parts) <= free
    most = terms.cap_minor("policy_amount_cap")
    assert most is None or state <= most
    assert not any(part.state.amount_minor for part in found.parts[3:])


# --- Several schemes -----------------------------------------------------------------------------

CITY = scheme(code="city", share="0.4", stacked_share_cap="0.5")
STATE = scheme(code="state", share="0.3")


def test_each_scheme_sees_what_the_ones_before_it_pay():
    found = stacked(yuan(100), policy(), [STATE, CITY])
    assert paid(found) == [30, 20]
    assert (found.state, found.insured) == (yuan(50), yuan(50))
    assert found.parts[1].others == yuan(30)
    assert found.parts[1].insured == found.insured


def test_the_order_is_the_callers_and_a_broken_cap_is_refused():
    with pytest.raises(Refused, match=r"city allows all subsidies together 0\.5 .* after them"):
        stacked(yuan(100), policy(), [CITY, STATE])
    assert paid(stacked(yuan(100), policy(), [CITY, scheme(code="state", share="0.1")])) == [40, 10]


def test_a_scheme_that_pays_nothing_breaks_no_cap():
    none = replace(CITY, share="0")
    assert paid(stacked(yuan(100), policy(), [none, replace(STATE, share="0.8")])) == [0, 80]


def test_others_used_and_budgets_by_scheme():
    tight = replace(STATE, firm_year_cap="25", budget="10")
    found = stacked(
        yuan(100), policy(), [tight, CITY],
        used={"state": 20_00}, others=15_00, budgets={"state": Budget.of(tight)},
    )  # fmt: skip
    assert paid(found) == [5, 30]
    assert (found.others, found.insured) == (yuan(15), yuan(50))


@pytest.mark.parametrize("named", [[], [CITY, STATE, CITY]])
def test_schemes_are_named_once_each(named):
    with pytest.raises(InvalidParameter, match="schemes must be different schemes"):
        stacked(yuan(100), policy(), named)


def test_sums_that_are_not_the_premium_cannot_be_made():
    found = stacked(yuan(100), policy(), [STATE])
    with pytest.raises(InvalidParameter, match="sum to the premium 10000"):
        replace(found, insured=yuan(71))


@few
@given(st.lists(schemes(), min_size=1, max_size=4), st.integers(0, 10**9), st.integers(0, 100))
def test_together_they_pay_the_premium_at_most_and_keep_every_cap(many, premium, percent):
    many = [replace(one, code=f"s{place}") for place, one in enumerate(many)]
    others = premium * percent // 100
    try:
        found = stacked(cny(premium), policy(), many, others=others)
    except Refused:
        return
    state = found.state.amount_minor
    assert state + others + found.insured.amount_minor == premium
    assert found.insured.amount_minor == found.parts[-1].insured.amount_minor >= 0
    for terms, part in zip(many, found.parts, strict=True):
        cap = exact(terms.stacked_share_cap or "1") * premium
        assert part.state.amount_minor == 0 or state + others <= cap
