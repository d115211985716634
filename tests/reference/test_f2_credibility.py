"""Credibility against family f2; its conjugate cases are tested beside this file."""

import numpy as np
import pytest

from techinsure.distributions import Beta, Binomial, Lomax, NegativeBinomial, Poisson
from techinsure.evidence.class_statistics import ClassStatistics
from techinsure.evidence.credibility import (
    Structure,
    buhlmann_straub,
    poisson_by_count,
    poisson_credibility,
)
from techinsure.evidence.experience_rating import PermittedChange, blend
from techinsure.evidence.limited_fluctuation import FullCredibility, square_root
from tests.reference.cases import assert_listed, load, within

CASES = load("f2_credibility")
SUMS = ("hachemeister_bs", "hachemeister_buhlmann", "bs_negative_between", "bs_zero_within")
COUNTS = ("lda_6_1", "lda_6_2", "lda_6_4")
POLICIES = ("semiparametric_eb", "semiparametric_eb_all_zero")
OTHERS = ("limited_fluctuation", "experience_rate", "lda_2_1_7", "lda_3_5", "lda_4_2")
CONJUGATES = (
    *("gamma_poisson_mixed", "gamma_poisson_nodata", "gamma_poisson_sparse"),
    *("beta_binomial", "beta_binomial2", "normal_normal"),
)


def test_every_case_is_accounted_for():
    assert len(CASES) == 20
    assert_listed(CASES, (*SUMS, *COUNTS, *POLICIES, *OTHERS), CONJUGATES)


def agrees(case, found):
    """Everything that the case expects was found, and is the same."""
    expected = CASES[case]["expected"]
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert found[name] == (None if value is None else within(CASES[case], value)), name


def sums(case):
    """The statistics of each class; a case may point to another's ratios."""
    given = CASES[case]["inputs"]
    ratios = given["ratios"]
    if isinstance(ratios, str):
        ratios = CASES[ratios.removeprefix("see ")]["inputs"]["ratios"]
    weights = given["weights"] if isinstance(given["weights"], list) else [None] * len(ratios)
    return {
        f"class {i}": ClassStatistics.of(*one)
        for i, one in enumerate(zip(ratios, weights, strict=True))
    }


@pytest.mark.parametrize("case", SUMS)
def test_classes_from_their_sums(case):
    found = buhlmann_straub(sums(case), CASES[case]["inputs"].get("estimator", "unbiased"))
    all_found = {
        "within": found.structure.within,
        "between": found.structure.between,
        "weights": [one.weight for one in found.classes],
        "means": [one.mean for one in found.classes],
        "weighted_mean": found.mean,
        "k": found.structure.k,
        "z": [one.credibility for one in found.classes],
        "collective": found.structure.collective,
        "premiums": [one.premium for one in found.classes],
    }
    agrees(case, {name: all_found[name] for name in CASES[case]["expected"]})
    for name, printed in CASES[case].get("published", {}).items():
        if name != "source":
            assert round(all_found[name]) == printed


@pytest.mark.parametrize("case", COUNTS)
def test_counts_of_two_risks(case):
    given = CASES[case]["inputs"]
    if given.get("process") == "poisson":
        counts = np.array(given["counts"])
        found = poisson_credibility(["a", "b"], counts.sum(axis=1), [counts.shape[1]] * 2)
    else:
        classes = [ClassStatistics.of(row) for row in given["counts"]]
        found = buhlmann_straub(dict(zip("ab", classes, strict=True)))
    all_found = {
        "epv": found.structure.within,
        "vhm": found.structure.between,
        "vhm_raw": found.between_estimate,
        "z": found.classes[0].credibility,
        "estimates": [one.premium for one in found.classes],
    }
    agrees(case, {name: all_found[name] for name in CASES[case]["expected"]})


@pytest.mark.parametrize("case", POLICIES)
def test_policies_by_number_of_claims(case):
    policies = {int(k): n for k, n in CASES[case]["inputs"]["policies_by_claims"].items()}
    expected = CASES[case]["expected"]
    found = poisson_by_count(policies)
    structure = found.structure
    all_found = {
        "mean": found.mean,
        "vhm": structure.between,
        "sample_variance": (found.between_estimate or 0.0) + found.mean,
        "z": structure.premium(1.0, 0.0).credibility,
    }
    for name, value in all_found.items():
        if name in expected:
            assert value == within(CASES[case], expected[name]), name
    for claims, premium in expected["premium_by_claims"].items():
        assert structure.premium(1.0, float(claims)).premium == within(CASES[case], premium)
    assert set(expected) <= {*all_found, "premium_by_claims"}
    assert any("not a price" in note for note in found.notes) == (found.mean == 0)


def test_limited_fluctuation():
    given = CASES["limited_fluctuation"]["inputs"]
    cv, standards = given["severity_cv"], [(one["p"], one["k"]) for one in given["items"]]
    full = [FullCredibility(probability=p, tolerance=k) for p, k in standards]
    both = [
        FullCredibility(basis="aggregate", probability=p, tolerance=k, severity_cv=cv)
        for p, k in standards
    ]
    wide = FullCredibility(
        probability=standards[0][0], tolerance=standards[0][1], variance_ratio=2.0
    )
    agrees("limited_fluctuation", {
        "claims_for_full": [one.claims for one in full],
        "claims_for_full_aggregate_cv3": [one.claims for one in both],
        "z_frequency_300": [one.credibility(given["observed_claims"]) for one in full],
        "negbin_variance_ratio_2_claims_for_full": [wide.claims],
    })  # fmt: skip
    published = CASES["limited_fluctuation"]["published"]["textbook_full_credibility_claims"]
    assert round(full[0].claims) == published


def test_lda_2_1_7():
    given = CASES["lda_2_1_7"]["inputs"]
    asked = {"probability": given["p"], "tolerance": given["k"]}
    laws = {
        "poisson": Poisson(rate=7.0),
        "negbin": NegativeBinomial(r=2.0, beta=given["negbin_beta"]),
        "binomial": Binomial(m=9, q=given["binomial_q"]),
    }
    found = {
        name: FullCredibility(**asked, variance_ratio=law.variance / law.mean).claims
        for name, law in laws.items()
    }
    poisson = FullCredibility(**asked)
    sizes = Lomax(shape=given["pareto_shape"], scale=100.0)
    both = FullCredibility.of_laws(*asked.values(), laws["poisson"], sizes)
    agrees("lda_2_1_7", {
        **found,
        "exposures": poisson.exposure(given["claims_per_exposure"]),
        "pure_premium_pareto": both.claims,
        "z_for_1000": both.credibility(given["observed_claims"]),
    })  # fmt: skip


def test_experience_rate():
    given = CASES["experience_rate"]["inputs"]
    z = square_root(given["expected_claims_in_period"], given["full_credibility_claims"])
    low, high = given["permitted_change"]
    found = blend(
        given["experience_loss_cost"], given["exposure_loss_cost"], z,
        PermittedChange(low=low, high=high),
    )  # fmt: skip
    agrees("experience_rate", {
        "z": found.credibility, "blended": found.blended,
        "relative_change": found.change, "capped": found.capped,
    })  # fmt: skip
    assert found.cap_effect == 0


def test_lda_3_5():
    """Poisson numbers of exponential sizes: variance rate * 2 * mean**2."""
    given = CASES["lda_3_5"]["inputs"]
    types = given["types"]
    structure = Structure.of_types(
        shares=[one["weight"] for one in types],
        means=[one["lam"] * one["mean"] for one in types],
        variances=[one["lam"] * 2 * one["mean"] ** 2 for one in types],
    )
    one = structure.premium(given["years"], given["total_loss"])
    agrees("lda_3_5", {
        "mean": structure.collective, "vhm": structure.between, "epv": structure.within,
        "k": structure.k, "z": one.credibility, "estimate": one.premium,
    })  # fmt: skip


def test_lda_4_2():
    """The prior 6 t (1 - t) is Beta(2, 2): mean 1/2, variance 1/20."""
    given = CASES["lda_4_2"]["inputs"]
    structure = Structure.of_poisson(Beta(mean=0.5, cv=0.05**0.5 / 0.5))
    one = structure.premium(sum(given["vehicles"]), sum(given["claims"]))
    agrees("lda_4_2", {
        "k": structure.k, "z": one.credibility, "per_vehicle": one.premium,
        "next_year": one.premium * given["next_vehicles"],
    })  # fmt: skip
