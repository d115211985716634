"""What is to be paid: to the fen, by policy year, and who pays it; a subsidy moves no price."""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import techinsure as ti
from techinsure.errors import InvalidParameter
from techinsure.money import Owed
from techinsure.pricing.subsidies import schemes
from techinsure.quantities import Estimate
from techinsure.quotes import PriceRequest
from techinsure.quoting.payable import payable
from techinsure.quoting.rating import rate
from techinsure.reading import read
from techinsure.simulation import simulate
from tests.techinsure import builders
from tests.techinsure.asked import CATALOGUE, project, request

FIRM = {"firm": "Lan Chip", "start": "2026-03-01"}
FOR = {  # scheme -> product and what makes it eligible
    "first_set_central_2019": ("first_set", {"start": "2020-03-01"}),
    "first_set_central_2025": ("first_set", {}),
    "first_set_chongqing_2017": ("first_set", {"region": "chongqing"}),
    "patent_beijing_champion_2020": ("patent", {"region": "beijing", "firm_kind": "champion"}),
    "patent_beijing_sme_2020": ("patent", {"region": "beijing", "firm_kind": "sme"}),
    "patent_overseas_beijing_2023": (
        "patent_overseas",
        {"region": "beijing", "start": "2023-08-01", "covers": ["overseas_dispute"]},
    ),
    "tech_suzhou_2020": ("equipment_loss", {"region": "suzhou"}),
    "tech_old_provincial": ("equipment_loss", {}),
    "tech_nanjing_2026": ("rd_loss", {"region": "nanjing"}),
}


OWN = {
    "code": "sparse", "currency": "CNY", "share": "1", "pays": "sparse_data_loading", "grade": "D",
    "source": "test", "as_of": "2026-11-24",
}  # fmt: skip


@cache
def priced(code):
    """Request, premium, risk and simulated losses of a product's example."""
    product = CATALOGUE.product(code)
    whole = {**request(code), "drivers": False}
    asked = read(PriceRequest, whole)
    risk = rate(product, asked).portfolio
    table = simulate(risk, {code: product.model}, seed=7, n_years=1000)
    return asked, ti.price(whole).premium, risk, table


def due(code, amount=None, **subsidy):
    """What is payable for a premium of `amount`, with a subsidy if any is given."""
    asked, premium, risk, table = priced(code)
    if amount is not None:
        charged = Estimate(value=amount, standard_error=1.0, unit="CNY")
        premium = replace(premium, charged=charged)
    if subsidy:
        whole = {**request(code), "subsidy": {**FIRM, **subsidy}}
        asked = read(PriceRequest, whole)
    return payable(CATALOGUE.product(code), asked, premium, risk, table)


def cny(minor):
    return Owed(amount_minor=minor, currency="CNY")


def test_every_shipped_scheme_has_a_policy_here():
    assert FOR.keys() == schemes.shipped().keys()


# --- Without a subsidy


def test_the_premium_is_rounded_half_to_even_and_owed_by_the_insured():
    found = due("rd_loss", 1234.565)
    assert found.premium == found.insured == cny(123456)
    assert due("rd_loss", 1234.575).premium == cny(123458)
    assert found.state == found.others == cny(0)
    assert found.subsidy is None


def test_value_added_tax_comes_on_top():
    _, premium, _, _ = priced("rd_loss")
    found = due("rd_loss")
    assert found.vat == cny(round(premium.vat.value * 100))
    assert found.premium == cny(round(premium.charged.value * 100))


@given(amount=st.floats(0.01, 1e9))
@settings(max_examples=20)
def test_the_years_sum_to_the_fen(amount):
    found = due("first_set", amount)
    assert len(found.years) == 3
    assert sum(year.premium.amount_minor for year in found.years) == found.premium.amount_minor
    assert sum(year.share.value for year in found.years) == pytest.approx(1)
    for year in found.years:
        quota = year.share.value * found.premium.amount_minor
        assert abs(year.premium.amount_minor - quota) <= 1


def test_a_year_costs_what_it_is_expected_to():
    """The bathtub of a new design: its first year is dearest; rates are of the sum insured."""
    _, _, risk, _ = priced("first_set")
    years = due("first_set", 3e6).years
    premiums = [year.premium.amount_minor for year in years]
    assert premiums == sorted(premiums, reverse=True)
    assert [(year.start, year.end) for year in years] == [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)]
    for year in years:
        money = float(year.premium.amount)
        assert year.rate == pytest.approx(money / float(risk.sum_insured.sum()))


def test_a_short_last_year_has_the_rate_of_a_whole_one():
    """18 months: the rate is for a full year, so half a year counts twice."""
    years = due("rd_loss", 3e5).years
    assert [(year.start, year.end) for year in years] == [(0.0, 1.0), (1.0, 1.5)]
    last = years[1]
    assert last.rate == pytest.approx(2 * float(last.premium.amount) / 6e6)


def test_where_no_loss_was_seen_years_count_by_their_length():
    asked, premium, risk, _ = priced("rd_loss")
    charged = replace(premium, charged=Estimate(value=300.0, standard_error=1.0, unit="CNY"))
    empty = builders.table([], n_years=1000, held=risk)
    found = payable(CATALOGUE.product("rd_loss"), asked, charged, risk, empty)
    assert [(year.end, year.premium.amount_minor) for year in found.years] == [
        (1.0, 20_000), (1.5, 10_000),
    ]  # fmt: skip
    assert [year.share.value for year in found.years] == pytest.approx([2 / 3, 1 / 3])


def test_items_of_different_terms_are_one_period():
    asked, premium, risk, table = priced("equipment_loss")
    risk = replace(risk, term=risk.term + 0.5 * (risk.units == risk.units[0]))
    found = payable(
        CATALOGUE.product("equipment_loss"), asked, premium, risk, replace(table, portfolio=risk)
    )
    assert [(year.start, year.end) for year in found.years] == [(0.0, 1.5)]
    assert found.years[0].premium == found.premium


# --- With a subsidy


amounts = st.one_of(st.floats(0.01, 5e3), st.floats(0.01, 1e9))


@pytest.mark.parametrize("code", FOR)
@given(amount=amounts, used=st.integers(0, 10**8), others=st.floats(0, 1))
@settings(max_examples=12)
def test_state_others_and_insured_pay_the_premium(code, amount, used, others):
    product, whom = FOR[code]
    whole = due(product, amount).premium.amount_minor
    part = int(others * whole)
    found = due(product, amount, scheme=code, **whom, used=f"{used // 100}.{used % 100:02d}",
                others=f"{part // 100}.{part % 100:02d}")  # fmt: skip
    assert found.premium == cny(whole)
    assert found.others == cny(part)
    paid = [found.state.amount_minor, found.others.amount_minor, found.insured.amount_minor]
    assert sum(paid) == whole
    assert min(paid) >= 0
    assert all(one.eligible for one in found.subsidy.parts)
    for one in found.subsidy.parts:
        assert one.premium.amount_minor == (
            one.state.amount_minor + one.others.amount_minor + one.insured.amount_minor
        )
    assert sum(year.premium.amount_minor for year in found.years) == whole


@pytest.mark.parametrize(
    ("code", "charged", "state"),
    [
        ("tech_suzhou_2020", 100_000.01, 50_000_00),  # half, cut to the fen
        ("tech_suzhou_2020", 5_000_000.0, 300_000_00),  # the firm's most a year
        ("tech_old_provincial", 100_000.0, 25_000_00),
        ("tech_old_provincial", 5_000_000.0, 200_000_00),
        ("tech_nanjing_2026", 60_000.0, 60_000_00),
        ("tech_nanjing_2026", 600_000.0, 100_000_00),  # a policy's most
        ("patent_beijing_sme_2020", 6_000.0, 6_000_00),
        ("patent_beijing_champion_2020", 6e6, 500_000_00),
        ("first_set_central_2025", 3_000_000.0, 2_400_000_00),
        ("patent_overseas_beijing_2023", 1_000.0, 800_00),
    ],
)
def test_the_states_part_by_hand(code, charged, state):
    product, whom = FOR[code]
    assert due(product, charged, scheme=code, **whom).state == cny(state)


def test_what_a_firm_has_had_is_gone():
    product, whom = FOR["tech_suzhou_2020"]
    found = due(product, 5e6, scheme="tech_suzhou_2020", **whom, used="299999.50")
    assert found.state == cny(50)


def test_what_a_firm_has_had_is_gone_from_the_first_year_only():
    yearly = {**OWN, "pays": "share_of_premium", "years_max": 3, "firm_year_cap": "1000"}
    found = due("first_set", 3e6, scheme=yearly, used="400")
    assert [one.state.amount_minor for one in found.subsidy.parts] == [60_000, 100_000, 100_000]


def test_several_years_go_year_by_year_where_the_scheme_counts_years():
    """Three years of 2019: 80% of each year's premium, none above 3% of the sum insured."""
    code = "first_set_central_2019"
    product, whom = FOR[code]
    _, _, risk, _ = priced(product)
    found = due(product, 3e6, scheme=code, **whom)
    assert [one.premium for one in found.subsidy.parts] == [year.premium for year in found.years]
    states = [one.state.amount_minor for one in found.subsidy.parts]
    assert states == [int(Fraction(4, 5) * year.premium.amount_minor) for year in found.years]
    dear = due(product, 30e6, scheme=code, **whom).subsidy.parts
    most = round(0.8 * 0.03 * float(risk.sum_insured.sum()) * 100)
    assert [one.state.amount_minor for one in dear] == [most, most, most]
    third = due(product, 3e6, scheme=code, **whom, years_before=1, covered_until="2020-02-29")
    assert [one.eligible for one in third.subsidy.parts] == [True, True, False]
    assert third.subsidy.parts[2].state == cny(0)


def test_other_subsidies_are_split_over_the_years():
    code = "first_set_central_2019"
    product, whom = FOR[code]
    found = due(product, 3e6, scheme=code, **whom, others="1000.01")
    split = [one.others.amount_minor for one in found.subsidy.parts]
    assert sum(split) == 100_001
    assert len(set(split)) > 1
    assert found.others == cny(100_001)


def test_a_scheme_that_counts_no_years_sees_one_premium():
    product, whom = FOR["first_set_central_2025"]
    found = due(product, 3e6, scheme="first_set_central_2025", **whom)
    assert len(found.subsidy.parts) == 1
    assert len(found.years) == 3


@pytest.mark.parametrize("years", [{}, {"years_max": 3}])
def test_sparse_data_can_be_all_that_is_paid_for(years):
    """((mean term, if > 0) + capital term) / (1 - loadings), over one policy or all its years."""
    _, premium, _, _ = priced("first_set")
    step = premium.waterfall.step
    costs = max(step("parameter_mean").value, 0) + step("parameter_capital").value
    assert costs > 0
    found = due("first_set", scheme={**OWN, **years})
    assert len(found.subsidy.parts) == (3 if years else 1)
    assert found.state.amount_minor == pytest.approx(100 * costs / 0.695, abs=3)


def test_a_budget_is_kept():
    found = due("first_set", 3e6, scheme={**OWN, "pays": "share_of_premium", "budget": "12345.67"})
    assert found.state == cny(1_234_567)
    by_year = {**OWN, "pays": "share_of_premium", "budget": "12345.67", "years_max": 3}
    states = [one.state.amount_minor for one in due("first_set", 3e6, scheme=by_year).subsidy.parts]
    assert states == [1_234_567, 0, 0]


def test_what_the_scheme_sees_of_the_policy():
    """Covers bought, stage and name come from the request unless the subsidy says otherwise."""
    product, whom = FOR["patent_beijing_sme_2020"]
    asked = due(product, 6e3, scheme="patent_beijing_sme_2020", **{**whom, "firm": ""})
    one = asked.subsidy.parts[0]
    assert one.firm == CATALOGUE.product(product).example["insured"]["name"]
    assert one.year == 2026
    other = due(product, 6e3, scheme="patent_beijing_sme_2020", **whom, covers=["else"])
    assert not other.subsidy.parts[0].eligible
    stages = {**OWN, "pays": "share_of_premium", "eligible": {"stages": ["startup"]}}
    assert due("rd_loss", 1e5, scheme=stages).subsidy.parts[0].eligible  # the example is one


# --- What is refused


def refused(**subsidy):
    whole = {**project(), "subsidy": {"scheme": "tech_nanjing_2026", **subsidy}}
    _, premium, risk, table = priced("rd_loss")
    with pytest.raises(InvalidParameter) as caught:
        payable(CATALOGUE.product("rd_loss"), read(PriceRequest, whole), premium, risk, table)
    return {fault.pointer: str(fault) for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("subsidy", "pointer", "told"),
    [
        ({"scheme": "tech_nankin", **FIRM}, "/subsidy/scheme", "is no shipped scheme"),
        ({"firm": "x"}, "/subsidy/start", "is required for a subsidy"),
        ({**FIRM, "start": "1850-01-01"}, "/subsidy/start", "must be in the years 1900 to 2200"),
        ({**FIRM, "used": "much"}, "/subsidy/used", "used must be a plain decimal number"),
        ({**FIRM, "others": "1e5"}, "/subsidy/others", "others must be a plain decimal number"),
        ({**FIRM, "used": "-1"}, "/subsidy/used", "must be in [0, 1e+22], got '-1'"),
        ({**FIRM, "used": "1" + 24 * "0"}, "/subsidy/used", f"got '1{24 * '0'}'"),
        (
            {**FIRM, "others": "1" + 9 * "0"},
            "/subsidy/others",
            "must be <= the premium, 349,273.51 CNY, got '1000000000'",
        ),
    ],
)
def test_faults_point_into_the_subsidy(subsidy, pointer, told):
    found = refused(**subsidy)
    assert pointer in found
    assert told in found[pointer]


def test_the_day_of_the_request_is_the_first_day_if_none_is_named():
    whole = {**project(), "as_of": "2026-05-01", "subsidy": {"scheme": "tech_nanjing_2026"}}
    _, premium, risk, table = priced("rd_loss")
    found = payable(CATALOGUE.product("rd_loss"), read(PriceRequest, whole), premium, risk, table)
    assert found.subsidy.parts[0].year == 2026


def test_a_subsidy_moves_no_price():
    whole = {**project(), "drivers": False}
    plain = ti.price(whole)
    region = {"scheme": "tech_nanjing_2026", "region": "nanjing", **FIRM}
    found = ti.price({**whole, "subsidy": region})
    assert found.premium == plain.premium
    assert found.margin == plain.margin
    assert found.payable.premium == plain.payable.premium == plain.payable.insured
    assert found.payable.state.amount_minor > 0
    assert found.warnings == plain.warnings
