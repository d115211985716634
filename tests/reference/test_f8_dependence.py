"""Copulas, one-factor defaults and mixtures against family f8."""

import numpy as np
import pytest

from techinsure.dependence import BetaMixture, Clayton, Frank, Gaussian, Gumbel, OneFactor, StudentT
from techinsure.dependence import comonotone as together
from techinsure.distributions import Exponential
from tests.reference.cases import assert_listed, load, within

CASES = load("f8_dependence")
FAMILIES = {"clayton": Clayton, "gumbel": Gumbel, "frank": Frank}


def starting(*starts):
    return [name for name in CASES if name.startswith(starts)]


ARCHIMEDEAN = starting("clayton", "gumbel", "frank")
GAUSSIAN, STUDENT = starting("gaussian"), starting("t_copula")
FACTOR, LARGE, MIXTURE = starting("one_factor"), starting("vasicek_lhp"), starting("beta_mixture")


def test_every_case_is_accounted_for():
    covered = [*ARCHIMEDEAN, *GAUSSIAN, *STUDENT, *FACTOR, *LARGE, *MIXTURE, "comonotone"]
    assert len(CASES) == len(covered) == 17
    assert_listed(CASES, covered, ())


@pytest.mark.parametrize("name", ARCHIMEDEAN)
def test_archimedean(name):
    case = CASES[name]
    expected = case["expected"]
    copula = FAMILIES[name.split("_")[0]](theta=case["inputs"]["theta"])
    for figure in ("kendall_tau", "lower_tail", "upper_tail"):
        if figure in expected:
            assert getattr(copula, figure) == within(case, expected[figure]), figure
    for point in expected["C"]:
        assert float(copula.cdf(point["u"], point["v"])) == within(case, point["value"])
    for key, level in (("joint_exceedance_99", 0.99), ("joint_exceedance_995", 0.995)):
        if key in expected:
            assert float(copula.survival(level, level)) == within(case, expected[key])


@pytest.mark.parametrize("name", GAUSSIAN)
def test_gaussian(name):
    case = CASES[name]
    expected, copula = case["expected"], Gaussian(rho=case["inputs"]["rho"])
    for level, value in expected["joint_exceedance"].items():
        assert float(copula.survival(float(level), float(level))) == within(case, value)
    assert copula.kendall_tau == within(case, expected["kendall_tau"])
    assert copula.spearman == within(case, expected["spearman"])
    assert copula.upper_tail == expected["upper_tail"]
    assert float(copula.cdf(0.5, 0.5)) == within(case, expected["orthant_50"])


@pytest.mark.parametrize("name", STUDENT)
def test_student_t(name):
    case = CASES[name]
    copula, expected = StudentT(**case["inputs"]), case["expected"]
    assert copula.upper_tail == copula.lower_tail == within(case, expected["tail"])
    assert copula.kendall_tau == within(case, expected["kendall_tau"])


@pytest.mark.parametrize("name", FACTOR)
def test_one_factor(name):
    case = CASES[name]
    given, expected = case["inputs"], case["expected"]
    model = OneFactor(probability=given["p"], correlation=given["rho"])
    assert list(model.pmf(given["n"])) == within(case, expected["pmf"])
    assert model.joint_default_two == within(case, expected["joint_default_two"])
    assert model.default_correlation == within(case, expected["default_correlation"])
    assert model.variance(given["n"]) == within(case, expected["variance"])


@pytest.mark.parametrize("name", MIXTURE)
def test_beta_mixture(name):
    case = CASES[name]
    given, expected = case["inputs"], case["expected"]
    model = BetaMixture(a=given["a"], b=given["b"])
    assert list(model.pmf(given["n"])) == within(case, expected["pmf"])
    assert model.mean(given["n"]) == within(case, expected["mean"])
    assert model.variance(given["n"]) == within(case, expected["variance"])
    assert model.default_correlation == within(case, expected["default_correlation"])


@pytest.mark.parametrize("name", LARGE)
def test_large_homogeneous_pool(name):
    case = CASES[name]
    given = case["inputs"]
    model = OneFactor(probability=given["p"], correlation=given["rho"])
    assert model.rate_quantile(given["level"]) == within(case, case["expected"]["quantile"])
    assert float(model.rate_cdf(case["expected"]["quantile"])) == pytest.approx(given["level"])


def test_comonotone():
    case = CASES["comonotone"]
    laws = [Exponential(scale=law["mean"]) for law in case["inputs"]["laws"]]
    level = case["inputs"]["level"]
    assert together.var(laws, level) == within(case, case["expected"]["var_sum"])
    assert together.tvar(laws, level) == within(case, case["expected"]["tvar_sum"])


def test_draws_have_the_probabilities_of_the_cases():
    """Where simulated: within 4 errors, 100,000 draws."""
    rng = np.random.default_rng(20261124)
    uniforms = rng.random((2, 100_000))
    for name, copula in (
        ("clayton_2", Clayton(theta=2.0)),
        ("gumbel_4", Gumbel(theta=4.0)),
        ("gaussian_0.7", Gaussian(rho=0.7)),
    ):
        u, v = copula.pair(uniforms)
        expected = CASES[name]["expected"]
        exact = expected.get("joint_exceedance_99") or expected["joint_exceedance"]["0.99"]
        found = ((u > 0.99) & (v > 0.99)).mean()
        assert found == pytest.approx(exact, abs=4 * np.sqrt(exact / 100_000))
