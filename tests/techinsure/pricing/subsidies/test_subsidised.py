"""What schemes see of a policy, for whom they are, and what sparse data add to a premium."""

from fractions import Fraction

import pytest

from techinsure.errors import InvalidParameter
from techinsure.pricing.subsidies.schemes import Eligibility
from techinsure.pricing.subsidies.subsidised import SparseData, SubsidisedPolicy, unmet_conditions
from techinsure.reading import read
from tests.techinsure.pricing.subsidies.subsidy_cases import policy, scheme

ASKED = {
    "products": ("rd_loss", "patent"),
    "covers": ("enforcement",),
    "firms": ("sme",),
    "stages": ("startup",),
    "regions": ("suzhou",),
    "valid_from": "2026-01-01",
    "valid_to": "2026-12-31",
}
MET = {"covers": ("enforcement",), "firm_kind": "sme", "stage": "startup", "region": "suzhou"}


def unmet(given, **terms):
    asked = scheme(eligible=Eligibility(**ASKED), **terms)
    return list(unmet_conditions(policy(**(MET | given)), asked))


def test_a_policy_that_meets_all_conditions():
    for start in ("2026-01-01", "2026-12-31"):
        assert unmet({"start": start}, minimum_sum_insured="6000000") == []
    assert list(unmet_conditions(policy(), scheme())) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"product": "pilot"}, "the product is pilot; the scheme is for rd_loss, patent"),
        ({"covers": ("enforcement", "suit")}, "the cover is suit; the scheme is for enforcement"),
        ({"covers": ()}, "the cover is not said; the scheme is for enforcement"),
        ({"firm_kind": "champion"}, "the kind of firm is champion; the scheme is for sme"),
        ({"stage": ""}, "the stage is not said; the scheme is for startup"),
        ({"region": "wuxi"}, "the region is wuxi; the scheme is for suzhou"),
        ({"start": "2025-12-31"}, "begins on 2025-12-31; the scheme is valid from 2026-01-01"),
        ({"start": "2027-01-01"}, "begins on 2027-01-01; the scheme was valid to 2026-12-31"),
    ],
)
def test_each_condition_that_is_not_met_is_said(given, said):
    (why,) = unmet(given)
    assert said in why


def test_all_that_is_not_met_is_said_at_once():
    assert len(unmet({"region": "wuxi", "stage": "mature", "start": "2030-01-01"})) == 3


def test_a_later_year_counts_from_the_inception_of_its_policy():
    assert unmet({"start": "2027-06-01", "inception": "2026-06-01"}) == []


def test_the_minimum_sum_insured():
    assert list(unmet_conditions(policy(), scheme(minimum_sum_insured="6000000"))) == []
    (why,) = unmet_conditions(policy(), scheme(minimum_sum_insured="6000000.01"))
    assert why == "the sum insured is below 6,000,000.01 CNY"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"years_before": 0}, None),
        ({"years_before": 2, "covered_until": "2026-02-28"}, None),
        ({"years_before": 2, "covered_until": "2026-05-31"}, None),
        (
            {"years_before": 2, "covered_until": "2026-02-27"},
            "the cover before ended on 2026-02-27, this begins on 2026-03-01; no gap",
        ),
        ({"years_before": 2}, "the end of the cover before is not said"),
        (
            {"years_before": 3, "covered_until": "2026-02-28"},
            "3 years were subsidised; the scheme pays for 3",
        ),
    ],
)
def test_years_and_gaps(given, said):
    found = list(unmet_conditions(policy(**given), scheme(years_max=3, no_gap=True)))
    assert len(found) == (0 if said is None else 1)
    assert said is None or said in found[0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sum_insured_minor": 0}, "sum_insured_minor must be in [1,"),
        ({"months": 0}, "months must be in [1, 1200], got 0"),
        ({"start": "2026-3-1"}, "start must be a date"),
        ({"start": "9999-12-31"}, "start must be in the years 1900 to 2200"),
        ({"covered_until": "9999-12-31"}, "covered_until must be in the years 1900 to 2200"),
        ({"inception": "2026-03-02"}, "inception must be <= start 2026-03-01"),
        ({"firm": ""}, "firm must have 1 to 200 characters"),
        ({"covers": ("",)}, "covers[0] must have 1 to 200 characters"),
        ({"years_before": -1}, "years_before must be in [0, 100], got -1"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(given, said):
    with pytest.raises(InvalidParameter) as refused:
        policy(**given)
    assert said in str(refused.value)


def test_a_policy_is_read_from_a_request():
    given = {"firm": "A", "product": "patent", "currency": "CNY", "start": "2026-03-01"}
    assert read(SubsidisedPolicy, given | {"sum_insured_minor": "100"}).sum_insured_minor == 100


# --- Sparse data ---------------------------------------------------------------------------------


def test_sparse_data_by_hand():
    """(30 + 40) / (1 - 0.3) = 100 CNY; floats count as the decimals they print as."""
    sparse = SparseData(mean_term=30.0, capital_term=40.0, loadings=0.3)
    assert sparse.in_premium("CNY") == 10_000
    assert SparseData(mean_term=0.1, capital_term=0.2, loadings=0.0).in_premium("CNY") == 30


def test_a_mean_term_below_zero_takes_nothing_from_the_capital():
    assert SparseData(mean_term=-50.0, capital_term=7.0, loadings=0.3).in_premium("CNY") == 1000
    assert SparseData(mean_term=5.0, capital_term=-7.0, loadings=0.3).in_premium("CNY") == 0
    third = SparseData(mean_term=0.0, capital_term=1.0, loadings=0.25).in_premium("CNY")
    assert third == Fraction(400, 3)


@pytest.mark.parametrize("loadings", [1.0, 1.5, -0.1, float("nan")])
def test_loadings_that_leave_nothing_are_refused(loadings):
    with pytest.raises(InvalidParameter, match="loadings must be"):
        SparseData(mean_term=1.0, capital_term=1.0, loadings=loadings)
