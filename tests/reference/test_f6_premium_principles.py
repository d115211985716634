"""Premium principles and the gross-up against family f6; Wang and its kin of f5 too."""

from itertools import pairwise

import numpy as np
import pytest

from techinsure.distributions import Exponential, Lognormal, Lomax, Poisson
from techinsure.distributions.normal import Normal
from techinsure.errors import Undefined
from techinsure.pricing.gross_up import gross_up
from techinsure.pricing.principles import table as principles
from techinsure.pricing.principles.risks import certain, of_law, of_layer, of_sample, of_sum
from tests.reference.cases import assert_listed, load, within

CASES = load("f6_premium_principles")
DISTORTIONS = load("f5_risk_measures")
LAWS = {
    "exponential": lambda mean: of_law(Exponential(scale=mean)),
    "normal": lambda mean, sd: of_law(Normal(mean=mean, sd=sd)),
    "constant": certain,
}
PARAMETERS = {
    "expected_value": "theta",
    "variance": "alpha",
    "standard_deviation": "beta",
    "exponential": "risk_aversion",
    "esscher": "esscher_h",
    "proportional_hazard": "ph_rho",
    "wang": "wang_lambda",
}
OUR_NAMES = {
    "ph": "proportional_hazard",
    "variance_principle": "variance",
    "variance_principle_population": "variance",
    "standard_deviation_population": "standard_deviation",
}
PREMIUMS = ("exponential_law", "normal_law", "compound_poisson_exponential", "discrete_sample")
OTHERS = ("exponential_infinite", "constant", "charged_premium")


def test_every_case_is_accounted_for():
    assert len(CASES) == 7
    assert_listed(CASES, (*PREMIUMS, *OTHERS), ())


def law(kind, **parameters):
    return LAWS[kind](**parameters)


def risk_of(inputs):
    if "values" in inputs:
        return of_sample(inputs["values"])
    if "severity" in inputs:
        number = Poisson(rate=inputs["frequency"]["lam"])
        return of_sum(number, Exponential(scale=inputs["severity"]["mean"]))
    return law(**inputs["law"])


@pytest.mark.parametrize("name", PREMIUMS)
def test_premiums(name):
    case = CASES[name]
    risk, asked = risk_of(case["inputs"]), 0
    for key, expected in case["expected"].items():
        ours = OUR_NAMES.get(key, key)
        if ours in PARAMETERS:
            parameter = case["inputs"][PARAMETERS[ours]]
            assert principles.premium(ours, risk, parameter) == within(case, expected), key
            asked += 1
    assert asked == sum(key in case["inputs"] for key in PARAMETERS.values())


def test_moments_are_those_of_the_population():
    case = CASES["discrete_sample"]
    risk = risk_of(case["inputs"])
    assert risk.mean == within(case, case["expected"]["mean"])
    assert risk.variance == within(case, case["expected"]["variance_population"])
    compound = CASES["compound_poisson_exponential"]
    assert risk_of(compound["inputs"]).mean == within(compound, compound["expected"]["mean"])


def test_a_sample_does_not_mind_order_scale_or_repetition():
    case = CASES["discrete_sample"]
    values = np.repeat(case["inputs"]["values"], 3)
    values = np.random.default_rng(3).permutation(values) * 1000
    shares = {"exponential": 1e-5, "esscher": 1e-5, "proportional_hazard": 2.0}
    got = principles.compare(of_sample(values), shares)
    wanted = [case["expected"][name] for name in ("exponential", "esscher", "ph")]
    assert [line.premium / 1000 for line in got] == within(case, wanted)


def test_infinite_premiums_are_refused_with_the_bound():
    case = CASES["exponential_infinite"]
    risk = law(**case["inputs"]["law"])
    for a in case["inputs"]["risk_aversion"]:
        with pytest.raises(
            Undefined, match=r"exponential premium .* finite for risk_aversion < 0.001"
        ):
            principles.exponential(risk, a)
    for h in case["inputs"]["esscher_h"]:
        with pytest.raises(Undefined, match=r"esscher premium .* finite for h < 0.001"):
            principles.esscher(risk, h)
    assert principles.exponential(risk, 0.001 * (1 - 1e-12)) > 1000


def test_a_certain_loss():
    case = CASES["constant"]
    risk = law(**case["inputs"]["law"])
    parameters = {"proportional_hazard": 2.0}
    for key, expected in case["expected"].items():
        name = OUR_NAMES.get(key, key)
        if key == "expected_value_theta_25":
            assert principles.expected_value(risk, 0.25) == within(case, expected)
        else:
            for parameter in (parameters.get(name, 0.4), 3.0):
                assert principles.premium(name, risk, parameter) == within(case, expected)


def test_the_charged_premium():
    case = CASES["charged_premium"]
    given, expected = case["inputs"], case["expected"]
    shares = {name: given[name] for name in ("variable_expense", "profit")}
    lines = gross_up(given["pure"], given["risk_load"], given["fixed_expense"], shares)
    assert lines.technical == within(case, expected["technical"])
    assert lines.charged == within(case, expected["charged"])
    paid = (expected["subsidised_payment"], expected["subsidy_amount"])
    assert lines.subsidised(given["subsidy"]) == within(case, paid)


# --- Of family f5: premiums by distortion ---------------------------------------------------------


def test_distorted_exponential_law():
    case = DISTORTIONS["distortion_exponential"]
    risk = law(**case["inputs"]["law"])
    got = {
        "ph_rho_2": principles.proportional_hazard(risk, 2.0),
        "ph_alpha_0_8": principles.proportional_hazard(risk, 1 / 0.8),
        "dual_power_2": principles.dual_power(risk, 2.0),
        "dual_power_3": principles.dual_power(risk, 3.0),
        "tvar_0_9": principles.tail_mean(risk, 0.9),
        "wang_0_5": principles.wang(risk, 0.5),
    }
    assert got == within(case, case["expected"])


def test_wang_transform_of_normal_and_lognormal():
    case = DISTORTIONS["wang_normal_lognormal"]
    given = case["inputs"]
    for risk, name in (
        (of_law(Normal(**given["normal"])), "normal"),
        (of_law(Lognormal.of_mu_sigma(**given["lognormal"])), "lognormal"),
    ):
        assert principles.wang(risk, given["lambda_"]) == within(case, case["expected"][name])


@pytest.mark.parametrize("name", ["expected", "ph", "wang"])
def test_layers_of_wang_2000(name):
    case = DISTORTIONS["wang2000_table1"]
    given = case["inputs"]
    lomax = Lomax(shape=given["law"]["shape"], scale=given["law"]["scale"])
    layers = [of_layer(lomax, high - low, low) for low, high in pairwise(given["layer_edges"])]
    principle, parameter = {
        "expected": ("expected_value", 0.0),
        "ph": ("proportional_hazard", 1 / given["ph_alpha"]),
        "wang": ("wang", given["wang_lambda"]),
    }[name]
    got = [principles.premium(principle, layer, parameter) for layer in layers]
    assert got == within(case, case["expected"][name])


def test_discrete_case_of_pricing_insurance_risk():
    case = DISTORTIONS["pir_discrete"]
    expected = case["expected"]
    weight = np.array(expected["total_probabilities"])
    risk = of_sample(np.array(expected["total_values"], float), weight)
    premiums = expected["premiums"]
    got = {
        "ph_alpha_0_7205": principles.proportional_hazard(risk, 1 / 0.7205),
        "wang_0_3427": principles.wang(risk, 0.3427),
        "dual_1_5952": principles.dual_power(risk, 1.5952),
        "tvar_0_75": principles.tail_mean(risk, 0.75),
        "tvar_0_9": principles.tail_mean(risk, 0.9),
    }
    for name, premium in got.items():
        assert premium == within(case, premiums[name]["total"]), name
    calibrated = premiums["calibrated_to_10pct_return"]
    for name, premium in (
        ("ph_alpha", lambda alpha: principles.proportional_hazard(risk, 1 / alpha)),
        ("wang_lambda", lambda move: principles.wang(risk, move)),
        ("dual_power_m", lambda power: principles.dual_power(risk, power)),
        ("tvar_p", lambda level: principles.tail_mean(risk, level)),
    ):
        assert premium(calibrated[name]["parameter"]) == within(case, calibrated["premium"]), name
