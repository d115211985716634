"""Conjugate updates against family f2; its credibility cases are tested beside this file."""

import math

import pytest

from techinsure.evidence.conjugate import update_chance, update_mean, update_rate
from techinsure.evidence.parameter_laws import ChanceLaw, MeanLaw, RateLaw
from techinsure.evidence.predictive import CountsAhead, EventsAhead
from tests.reference.cases import load, within

CASES = load("f2_credibility")
RATES = [case for case in CASES if case.startswith("gamma_poisson")]
CHANCES = [case for case in CASES if case.startswith("beta_binomial")]
MEANS = [case for case in CASES if case.startswith("normal_normal")]
COMPARED = {
    "gamma_poisson": {
        *("posterior_shape", "posterior_rate", "mean", "sd", "z", "q05", "q95"),
        "predictive_p0_next_unit_exposure",
    },
    "beta_binomial": {"mean", "sd", "z", "q05", "q95", "prob_no_event_next_3"},
    "normal_normal": {"posterior_mean", "posterior_variance", "predictive_variance", "z"},
}


def test_every_conjugate_case_is_here():
    assert (len(RATES), len(CHANCES), len(MEANS)) == (3, 2, 1)
    for case in (*RATES, *CHANCES, *MEANS):
        (keys,) = (keys for start, keys in COMPARED.items() if case.startswith(start))
        assert set(CASES[case]["expected"]) == keys


def agrees(case, found):
    for name, expected in CASES[case]["expected"].items():
        assert found[name] == within(CASES[case], expected), name


@pytest.mark.parametrize("case", RATES)
def test_gamma_poisson(case):
    given = CASES[case]["inputs"]
    found = update_rate(RateLaw(**given["prior"]), given["counts"], given["exposures"])
    agrees(case, {
        "posterior_shape": found.posterior.shape,
        "posterior_rate": found.posterior.rate,
        "mean": found.mean, "sd": found.sd, "z": found.weight,
        "q05": found.low, "q95": found.high,
        "predictive_p0_next_unit_exposure": float(
            CountsAhead(rate=found.posterior, exposure=1.0).probability(0)
        ),
    })  # fmt: skip


@pytest.mark.parametrize("case", CHANCES)
def test_beta_binomial(case):
    given = CASES[case]["inputs"]
    found = update_chance(ChanceLaw(**given["prior"]), given["events"], given["trials"])
    agrees(case, {
        "mean": found.mean, "sd": found.sd, "z": found.weight,
        "q05": found.low, "q95": found.high,
        "prob_no_event_next_3": float(
            EventsAhead(chance=found.posterior, trials=3).probability(0)
        ),
    })  # fmt: skip


@pytest.mark.parametrize("case", MEANS)
def test_normal_normal(case):
    given = CASES[case]["inputs"]
    data = given["data"]
    found = update_mean(
        MeanLaw(**given["prior"]), len(data), math.fsum(data), given["data_variance"]
    )
    agrees(case, {
        "posterior_mean": found.mean,
        "posterior_variance": found.posterior.variance,
        "predictive_variance": found.predictive_variance,
        "z": found.weight,
    })  # fmt: skip
