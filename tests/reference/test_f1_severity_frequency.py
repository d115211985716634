"""Severity functions, counts and laws of sums against family f1."""

from fractions import Fraction

import numpy as np
import pytest

from techinsure.distributions import (
    Binomial,
    Gamma,
    GeneralizedPareto,
    Lognormal,
    Lomax,
    NegativeBinomial,
    Pareto,
    Poisson,
    Tabulated,
)
from techinsure.distributions.aggregate import compound
from techinsure.distributions.closed_sums import GammaSum, GeometricExponential
from techinsure.distributions.lattice import Lattice
from techinsure.errors import Undefined
from tests.reference.cases import assert_listed, load, within

CASES = load("f1_severity_frequency")
KINDS = {
    "lomax": Lomax,
    "pareto1": Pareto,
    "gpd": GeneralizedPareto,
    "lognormal": Lognormal.of_mu_sigma,
    "gamma": Gamma.of_shape_scale,
    "poisson": lambda lam: Poisson(rate=lam),
    "negbin": NegativeBinomial,
    "binomial": Binomial,
}
LAYERS = (
    *("lomax_2.5_400000", "lomax_1_1000", "lomax_0.8_1000"),
    *("pareto1_1.5_1e+06", "pareto1_1_1e+06"),
    *("lognormal_10_2", "lognormal_0_3.5", "gamma_0.5_200000", "gamma_100_1000"),
)
SUMS = (
    *("agg_poisson_lm_911", "agg_binomial", "agg_poisson_zero_severity"),
    *("agg_negbin_large_mean", "agg_poisson_large_lambda"),
)
OTHERS = (
    *("infinite_mean", "agg_geometric_exponential"),
    *("kpw_9_5", "kpw_9_34", "kpw_9_39", "bahnemann_4_1"),
)


def law(kind, **parameters):
    return KINDS[kind](**parameters)


def amounts(probabilities):
    return {float(amount): chance for amount, chance in probabilities.items()}


def test_every_case_is_accounted_for():
    assert len(CASES) == 20
    assert_listed(CASES, (*LAYERS, *SUMS, *OTHERS), ())


@pytest.mark.parametrize("case", LAYERS)
def test_layers(case):
    case = CASES[case]
    severity = law(case["inputs"]["kind"], **case["inputs"]["params"])
    for layer in case["expected"]["layers"]:
        low, width = float(layer["attachment"]), float(layer["limit"])
        ends = severity.survival(np.array([low, low + width]))
        assert severity.layer_mean(low, width) == within(case, layer["layer_mean"])
        assert ends[0] == within(case, layer["survival_at_attachment"])
        assert ends[1] == within(case, layer["survival_at_exhaustion"])


def test_infinite_mean():
    case = CASES["infinite_mean"]
    laws = [law(**given) for given in case["inputs"]["laws"]]
    for severity, is_infinite in zip(laws, case["expected"]["mean_is_infinite"], strict=True):
        if is_infinite:
            with pytest.raises(Undefined, match=r"the mean of .* is infinite"):
                _ = severity.mean
    assert laws[-1].mean == within(case, case["expected"]["last_mean"])


@pytest.mark.parametrize("case", SUMS)
def test_sums_on_a_lattice(case):
    case = CASES[case]
    given, expected = case["inputs"], case["expected"]
    frequency = law(**given["frequency"])
    total = compound(frequency, Lattice.of_probabilities(given["severity_pmf_from_0"]))
    assert total.pmf[0] == within(case, expected["p0"])
    for measure in ("mean", "variance", "skewness"):
        assert getattr(total, measure) == within(case, expected[measure])
    for level in given["levels"]:
        assert total.quantile(level) == expected["quantiles"][str(level)]
        assert total.quantile(float(Fraction(str(level)))) == expected["quantiles"][str(level)]
        assert total.tvar(level) == within(case, expected["tvar"][str(level)])
    for retention, premium in expected["stop_loss"].items():
        assert total.stop_loss(float(retention)) == within(case, premium)
    for x, chance in expected["cdf"].items():
        assert total.cdf(float(x)) == within(case, chance)


def test_geometric_number_of_exponential_sizes():
    case = CASES["agg_geometric_exponential"]
    given, expected = case["inputs"], case["expected"]
    assert given["frequency"]["r"] == 1
    beta, scale = given["frequency"]["beta"], given["severity"]["mean"]
    closed = GeometricExponential(beta=beta, scale=scale)
    assert closed.cdf(np.array(0.0)) == within(case, expected["p0"])
    assert (closed.mean, closed.variance) == (expected["mean"], expected["variance"])
    for x, chance in expected["survival"].items():
        assert closed.survival(np.array(float(x))) == within(case, chance)
    for level, quantile in expected["quantile"].items():
        assert closed.quantile(np.array(float(level))) == within(case, quantile)
    for level, tail in expected["tvar"].items():
        assert closed.tvar(float(level)) == within(case, tail)
    summed = GammaSum(
        frequency=NegativeBinomial(r=1.0, beta=beta), severity=Gamma(mean=scale, cv=1.0)
    )
    for x, chance in expected["survival"].items():
        assert summed.survival(np.array(float(x))) == within(case, chance)


def test_kpw_9_5():
    case = CASES["kpw_9_5"]
    given, expected = case["inputs"], case["expected"]
    counts = Tabulated(probabilities=tuple(float(Fraction(p)) for p in given["claim_count_pmf"]))
    sizes = [0.0, *(float(Fraction(p)) for p in given["severity_pmf_from_1"])]
    unit = given["unit"]
    total = compound(counts, Lattice.of_probabilities(sizes, float(unit)))
    assert total.mean == within(case, expected["mean"])
    assert total.variance**0.5 == within(case, expected["sd"])
    assert total.pmf[0] == within(case, expected["pmf_0"])
    assert total.pmf[10] == within(case, expected["pmf_10"])
    assert total.cdf(20.0 * unit) == within(case, expected["cdf_20"])
    assert total.stop_loss(10.0 * unit) == within(case, expected["stop_loss_10"])


def test_kpw_9_34():
    case = CASES["kpw_9_34"]
    sizes = Lattice.of_amounts(amounts(case["inputs"]["severity"]), step=100.0)
    total = compound(law(**case["inputs"]["frequency"]), sizes)
    assert total.pmf[6] == within(case, case["expected"]["p_600"])


def test_kpw_9_39():
    case = CASES["kpw_9_39"]
    severity = Gamma(mean=case["inputs"]["severity"]["mean"], cv=1.0)
    total = GammaSum(frequency=law(**case["inputs"]["frequency"]), severity=severity)
    assert total.cdf(np.array(300.0)) == within(case, case["expected"]["cdf_300"])


def test_bahnemann_4_1():
    case = CASES["bahnemann_4_1"]
    counts = Tabulated(probabilities=tuple(case["inputs"]["claim_count_pmf"]))
    total = compound(counts, Lattice.of_amounts(amounts(case["inputs"]["severity"]), step=100.0))
    for amount, chance in case["expected"]["pmf"].items():
        assert total.pmf[int(amount) // 100] == within(case, chance)
