"""Development of triangles against family f3: every case by id."""

import numpy as np
import pytest

from techinsure.errors import Undefined
from techinsure.evidence.development import (
    benktander,
    bornhuetter_ferguson,
    cape_cod,
    chain_ladder,
    fit_factors,
)
from techinsure.evidence.patterns import Pattern
from techinsure.evidence.triangles import Triangle
from tests.reference.cases import assert_listed, load, within

CASES = load("f3_development")
MACK = [case for case in CASES if case.startswith("mack_")]
OTHERS = {
    "mack1999_mortgage_table1", "bf_benktander_capecod_raa", "bf_zero_origin",
    "all_zero_triangle", "two_by_two",
}  # fmt: skip


def triangle(case):
    given = CASES[case]["inputs"]
    cells = given["triangle"]
    if isinstance(cells, str):  # "see <case>"
        cells = CASES[cells.split()[1]]["inputs"]["triangle"]
    return Triangle.of(cells, kind="cumulative", exposure=given.get("premium"))


def half_unit(printed):
    """Half a unit of the last printed digit: 0.012 is 2% of itself wide."""
    return 0.5 * 10.0 ** -len(str(printed).partition(".")[2])


def of(developed, field):
    return [getattr(one, field) for one in developed.origins]


def test_every_case_is_here():
    assert_listed(CASES, {*MACK, *OTHERS}, ())
    assert len(CASES) == 11


@pytest.mark.parametrize("case", MACK)
def test_chain_ladder_and_mack(case):
    expected, given = CASES[case]["expected"], CASES[case]["inputs"]
    found = chain_ladder(triangle(case), last_sigma=given["sigma_extrapolation"])
    compared = {
        "factors": found.factors.factors, "sigma": found.factors.sigma,
        "latest": of(found, "latest"), "ultimate": of(found, "ultimate"),
        "ibnr": of(found, "ibnr"), "total_ibnr": found.ibnr,
        "mack_se": of(found, "standard_error"), "total_mack_se": found.standard_error,
    }  # fmt: skip
    assert set(expected) == set(compared)
    for name, value in expected.items():
        assert compared[name] == within(CASES[case], value), name
    assert found.factors.last_sigma == given["sigma_extrapolation"]


def test_factors_of_mack_1999_table_1():
    case = "mack1999_mortgage_table1"
    expected, given = CASES[case]["expected"], CASES[case]["inputs"]
    found = fit_factors(triangle(case), tail=1.05, last_sigma=given["sigma_extrapolation"])
    assert found.factors == within(CASES[case], expected["factors"])
    printed = [pytest.approx(one, rel=0.006, abs=half_unit(one)) for one in expected["factor_se"]]
    assert list(found.standard_error) == printed
    assert found.sigma == within(CASES[case], expected["sigma"])
    assert set(expected) == {"factors", "factor_se", "sigma"}


def test_expected_claims_methods_on_raa():
    case = "bf_benktander_capecod_raa"
    expected, given = CASES[case]["expected"], CASES[case]["inputs"]
    raa, rate = triangle(case), given["a_priori"]
    found = chain_ladder(raa, tail=given["tail"])
    by_age = found.pattern.developed
    cape = cape_cod(raa)
    compared = {
        "percent_developed": list(by_age[::-1]),
        "chain_ladder_ultimate": of(found, "ultimate"),
        "bornhuetter_ferguson": of(bornhuetter_ferguson(raa, rate), "ultimate"),
        "benktander": of(benktander(raa, rate), "ultimate"),
        "benktander_3": of(benktander(raa, rate, iterations=3), "ultimate"),
        "cape_cod_elr": cape.a_priori[0],
        "cape_cod": of(cape, "ultimate"),
    }
    assert set(expected) == set(compared)
    for name, value in expected.items():
        assert compared[name] == within(CASES[case], value), name
    assert of(found, "developed") == within(CASES[case], expected["percent_developed"])
    assert cape.a_priori == pytest.approx([cape.a_priori[0]] * 10, rel=1e-12)


def test_an_origin_of_true_zeros_keeps_its_expected_claims():
    case = "bf_zero_origin"
    expected, given = CASES[case]["expected"], CASES[case]["inputs"]
    found = bornhuetter_ferguson(triangle(case), given["a_priori"])
    assert of(found, "ultimate") == within(CASES[case], expected["ultimate"])
    assert of(found, "developed") == within(CASES[case], expected["percent_developed"])
    assert set(expected) == {"ultimate", "percent_developed"}


def test_no_claims_yet_is_refused_by_name_and_the_way_out_works():
    case = "all_zero_triangle"
    given = CASES[case]["inputs"]
    assert CASES[case]["expected"]["refuse_chain_ladder"]
    for method in (chain_ladder, fit_factors, lambda one: bornhuetter_ferguson(one, 0.6)):
        with pytest.raises(Undefined, match=r"every origin begins at 0 .*with a pattern"):
            method(triangle(case))
    benchmark = Pattern(ages=(1.0, 2.0), developed=(0.4, 0.9), source="a benchmark")
    found = bornhuetter_ferguson(triangle(case), given["a_priori"], benchmark)
    assert of(found, "ultimate") == pytest.approx([0.1 * 60, 0.6 * 60], rel=1e-12)
    assert of(cape_cod(triangle(case), benchmark), "ultimate") == [0.0, 0.0]


def test_two_origins_have_no_standard_error():
    case = "two_by_two"
    expected = CASES[case]["expected"]
    found = chain_ladder(triangle(case))
    assert found.factors.factors == within(CASES[case], expected["factors"])
    assert of(found, "ultimate") == within(CASES[case], expected["ultimate"])
    assert expected["mack_se_defined"] is False
    assert found.standard_error is None
    assert of(found, "standard_error") == [0.0, None]
    assert any("single pair" in note for note in found.notes)
    assert any("no standard error" in note for note in found.notes)


@pytest.mark.parametrize("case", ["mack_raa_mack", "mack_ukmotor_loglinear"])
def test_a_change_of_currency_changes_nothing_else(case):
    given = triangle(case)
    rule = CASES[case]["inputs"]["sigma_extrapolation"]
    once = chain_ladder(given, last_sigma=rule)
    thousands = Triangle.of(given.array * 1000, kind="cumulative")
    more = chain_ladder(thousands, last_sigma=rule)
    for field in ("ultimate", "standard_error"):
        assert np.array(of(more, field)) == pytest.approx(1000 * np.array(of(once, field)))
    assert more.standard_error == pytest.approx(1000 * once.standard_error)
