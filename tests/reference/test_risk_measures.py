"""The cases of f5_risk_measures.json that concern measures of annual values.

Discrete laws are given twice: as years that repeat each value in proportion to its probability,
and as one year a value with its probability as weight. Continuous laws are simulated and judged
by the error that the measure itself states: at most 4 of them, for two fixed seeds.

All 17 cases are covered: distorted means of laws beside the premium principles, see ELSEWHERE.
"""

import json
from fractions import Fraction
from math import lcm
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from techinsure import seeding
from techinsure.capital.allocation import euler_distorted, shapley
from techinsure.distributions import Lomax
from techinsure.errors import Undefined
from techinsure.losses import curves, measures
from techinsure.pricing.principles import table as principles
from techinsure.pricing.principles.distortions import (
    DualPower,
    ProportionalHazard,
    TailMean,
    WangTransform,
)
from techinsure.pricing.principles.risks import of_law
from tests.reference.cases import assert_listed, within
from tests.techinsure.builders import table

ORACLE = json.loads((Path(__file__).parent / "f5_risk_measures.json").read_text("utf-8"))
CASES = {case["id"].removeprefix("f5."): case for case in ORACLE["cases"]}

DISCRETE = ["ten_equal", "lda_discrete", "n71", "constant"]
CONTINUOUS = ["normal", "lognormal", "lomax", "exponential", "lomax_infinite_tvar"]
TABLES = ["ylt_empty_years", "ylt_no_losses"]
ELSEWHERE = ("wang2000_table1", "distortion_exponential", "wang_normal_lognormal")
"""In `test_f6_premium_principles.py`."""
N_YEARS, SEEDS = 250_000, (2026, 2027)  # 250 years beyond level 0.999

QUANTILES = {
    "normal": lambda u, mean, sd: mean + sd * ndtri(u),
    "lognormal": lambda u, mu, sigma: np.exp(mu + sigma * ndtri(u)),
    "lomax": lambda u, shape, scale: scale * ((1 - u) ** (-1 / shape) - 1),
    "exponential": lambda u, mean: -mean * np.log1p(-u),
}


def test_every_case_is_covered_or_named():
    covered = (*DISCRETE, *CONTINUOUS, *TABLES, "pir_discrete", "bitvar", "shapley")
    assert_listed(CASES, (*covered, *ELSEWHERE), ())
    there = Path(__file__).with_name("test_f6_premium_principles.py").read_text("utf-8")
    assert all(f'DISTORTIONS["{name}"]' in there for name in ELSEWHERE)


def repeated(inputs, copies=1):
    """(n_years,) each value as often as its probability says."""
    shares = [Fraction(text) for text in inputs["probabilities"]]
    years = lcm(*(share.denominator for share in shares)) * copies
    return np.repeat(np.array(inputs["values"]), [int(share * years) for share in shares])


def checked(got, name, case, key):
    """Equal to the oracle within its own tolerance, and not to a known mistake."""
    expected = case["expected"][name][key]
    tolerance = case["tolerance"]
    assert got == pytest.approx(expected, rel=tolerance["rel"], abs=tolerance.get("abs", 0.0))


@pytest.mark.parametrize("scale", [1.0, 1000.0])
@pytest.mark.parametrize("copies", [2, 3])
@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_laws_as_repeated_years(name, copies, scale):
    case = CASES[name]
    values = repeated(case["inputs"], copies) * scale
    values = np.random.default_rng(7).permutation(values)
    for key in case["inputs"]["levels"]:
        level = Fraction(key)
        for form in (level, float(level)):  # 0.9 is 9/10
            checked(measures.quantile(values, form) / scale, "var", case, key)
            checked(measures.var(values, form).value / scale, "var", case, key)
            checked(measures.tvar(values, form).value / scale, "tvar", case, key)
            tail = measures.tail_weights(values, form)
            checked(tail @ values / scale, "tvar", case, key)


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_laws_as_they_stand(name):
    """With as few years as the law allows, in which a level may fall inside the last one."""
    case = CASES[name]
    values = repeated(case["inputs"])
    for key in case["inputs"]["levels"]:
        checked(measures.quantile(values, float(Fraction(key))), "var", case, key)
        checked(measures.tail_weights(values, float(Fraction(key))) @ values, "tvar", case, key)


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_laws_as_weights(name):
    case = CASES[name]
    values = np.array(case["inputs"]["values"])
    weight = np.array([float(Fraction(text)) for text in case["inputs"]["probabilities"]])
    # a year of weight 0 changes nothing, wherever it stands
    values, weight = np.append(values, [-9.0, 99.0]), np.append(weight, [0.0, 0.0])
    order = np.random.default_rng(7).permutation(len(values))
    values, weight = values[order], weight[order]
    for key in case["inputs"]["levels"]:
        level = Fraction(key)
        checked(measures.quantile(values, level, weight), "var", case, key)
        checked(measures.tail_weights(values, level, weight) @ values, "tvar", case, key)
        if name != "constant":  # one year has no error
            checked(measures.var(values, level, weight).value, "var", case, key)
            checked(measures.tvar(values, level, weight).value, "tvar", case, key)


def simulated(case, seed, n_years=N_YEARS):
    law = {key: value for key, value in case["inputs"]["law"].items() if key != "kind"}
    key = seeding.key(seed, "oracle", case["id"])
    uniforms = seeding.uniforms(key, seeding.counters(np.arange(n_years)))
    return QUANTILES[case["inputs"]["law"]["kind"]](uniforms, **law)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_laws_within_four_standard_errors(name, seed):
    case = CASES[name]
    values = simulated(case, seed)
    for key, expected in case["expected"]["var"].items():
        assert abs(measures.var(values, float(key)).z_score(expected)) <= 4, key
    for key, expected in case["expected"].get("tvar", {}).items():
        assert abs(measures.tvar(values, float(key)).z_score(expected)) <= 4, key


def test_the_error_halves_with_four_times_the_years():
    few, many = (simulated(CASES["normal"], 1, n) for n in (N_YEARS // 4, N_YEARS))
    for measure in (measures.var, measures.tvar):
        ratio = measure(few, 0.95).standard_error / measure(many, 0.95).standard_error
        assert ratio == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize("seed", SEEDS)
def test_weighted_years_give_the_law_they_are_weighted_for(seed):
    """Exponential losses of mean 1,000, drawn with mean 2,500: weights are the likelihood ratio."""
    case = CASES["exponential"]
    values = simulated(case, seed, 100_000) * 2.5
    weight = 2.5 * np.exp(-values / 1000 + values / 2500)
    weight /= weight.sum()
    plain = simulated(case, seed, 100_000)
    for key in ("0.99", "0.995", "0.999"):
        for name, measure in (("var", measures.var), ("tvar", measures.tvar)):
            estimate = measure(values, float(key), weight)
            assert abs(estimate.z_score(case["expected"][name][key])) <= 4
            # what the weights are for: a smaller error
            assert estimate.standard_error < measure(plain, float(key)).standard_error
    assert abs(measures.mean(values, weight).z_score(1000.0)) <= 4
    assert abs(measures.sd(values, weight).z_score(1000.0)) <= 4


@pytest.mark.parametrize("seed", SEEDS)
def test_stratified_years_give_the_whole_law(seed):
    """The upper 1% of an exponential law gets half of the years."""
    case, n_years = CASES["exponential"], 100_000
    key = seeding.key(seed, "oracle", "strata")
    u = seeding.uniforms(key, seeding.counters(np.arange(n_years)))
    stratum = (np.arange(n_years) % 2).astype(np.int16)
    values = -1000 * np.log1p(-np.where(stratum == 1, 0.99 + 0.01 * u, 0.99 * u))
    weight = np.where(stratum == 1, 0.01, 0.99) / (n_years / 2)
    for level in ("0.95", "0.995", "0.999"):
        for name, measure in (("var", measures.var), ("tvar", measures.tvar)):
            estimate = measure(values, float(level), weight, stratum=stratum)
            assert abs(estimate.z_score(case["expected"][name][level])) <= 4
    estimate = measures.mean(values, weight, stratum=stratum)
    assert abs(estimate.z_score(1000.0)) <= 4
    assert estimate.standard_error < measures.mean(values, weight).standard_error


def test_two_units_of_pricing_insurance_risk():
    """Both units are independent, so the 16 equal combinations are the law of the total."""
    case = CASES["pir_discrete"]
    first = np.repeat([0.0, 0.0, 8.0, 10.0], 4)
    second = np.tile([0.0, 0.0, 1.0, 90.0], 4)
    total, units = first + second, np.stack([first, second])
    assert list(np.unique(total)) == case["expected"]["total_values"]
    curve = curves.exceedance("aep", total)
    shares = -np.diff(np.concatenate([[1.0], curve.probability]))
    assert shares == pytest.approx(case["expected"]["total_probabilities"])
    means = [measures.mean(values).value for values in (total, *units)]
    assert means == pytest.approx(case["expected"]["mean"])
    premiums = case["expected"]["premiums"]
    calibrated = premiums["calibrated_to_10pct_return"]
    cases = [
        (Fraction(level), premiums[f"tvar_{level.replace('.', '_')}"])
        for level in ("0.2713", "0.75", "0.9")
    ]
    cases.append((
        calibrated["tvar_p"]["parameter"],
        calibrated["tvar_p"] | {"total": calibrated["premium"]},
    ))  # fmt: skip
    for level, expected in cases:
        shares = [share.value for share in measures.co_tvar(units, total, level)]
        wanted = [expected["unit_1"], expected["unit_2"]]
        assert shares == pytest.approx(wanted, rel=case["tolerance"]["rel"])
        got = measures.tvar(total, level).value
        assert got == pytest.approx(expected["total"], rel=case["tolerance"]["rel"])


def cost_of_capital(survival):
    """A premium that earns 10% on assets of the largest loss: (s + 0.1) / 1.1 above 0."""
    return np.where(survival > 0, (survival + 0.1) / 1.1, 0.0)


def test_two_units_of_pricing_insurance_risk_by_every_distortion():
    case = CASES["pir_discrete"]
    first = np.repeat([0.0, 0.0, 8.0, 10.0], 4)
    second = np.tile([0.0, 0.0, 1.0, 90.0], 4)
    premiums = case["expected"]["premiums"]
    whole = premiums["calibrated_to_10pct_return"]
    charged = {name: whole[name] | {"total": whole["premium"]} for name in whole if "_" in name}
    charged |= {"ccoc": whole["ccoc"] | {"total": whole["premium"]}}
    cases = [
        (ProportionalHazard(rho=1 / 0.7205).at, premiums["ph_alpha_0_7205"]),
        (WangTransform(lambda_=0.3427).at, premiums["wang_0_3427"]),
        (DualPower(power=1.5952).at, premiums["dual_1_5952"]),
        (TailMean(level=0.2713).at, premiums["tvar_0_2713"]),
        (ProportionalHazard(rho=1 / charged["ph_alpha"]["parameter"]).at, charged["ph_alpha"]),
        (WangTransform(lambda_=charged["wang_lambda"]["parameter"]).at, charged["wang_lambda"]),
        (DualPower(power=charged["dual_power_m"]["parameter"]).at, charged["dual_power_m"]),
        (TailMean(level=charged["tvar_p"]["parameter"]).at, charged["tvar_p"]),
        (cost_of_capital, charged["ccoc"]),
    ]
    for distortion, expected in cases:
        units = {"unit_1": first, "unit_2": second}
        shared = euler_distorted(units, first + second, distortion)
        got = {name: part.value for name, part in shared.parts.items()}
        got |= {"total": shared.total.value}
        assert got == within(case, {name: expected[name] for name in got})


def test_means_of_units_given_the_total():
    """A distortion that looks only at the top of one total leaves the mean given that total."""
    case = CASES["pir_discrete"]
    expected = case["expected"]
    first = np.repeat([0.0, 0.0, 8.0, 10.0], 4)
    second = np.tile([0.0, 0.0, 1.0, 90.0], 4)
    total = first + second
    for value, one, two in zip(
        expected["total_values"], expected["kappa_1"], expected["kappa_2"], strict=True
    ):
        above, upto = np.mean(total > value), np.mean(total >= value)

        def only(survival, above=above, upto=upto):
            return np.clip((survival - above) / (upto - above), 0.0, 1.0)

        shared = euler_distorted({"one": first, "two": second}, total, only)
        assert shared.total.value == pytest.approx(value, abs=1e-12)
        got = [part.value for part in shared.parts.values()]
        assert got == pytest.approx([one, two], abs=1e-12)


def test_shapley():
    case = CASES["shapley"]
    capital = {
        frozenset(filter(None, names.split(","))): amount
        for names, amount in case["inputs"]["capital"].items()
    }
    shares = shapley("012", capital.__getitem__)
    assert list(shares.values()) == within(case, case["expected"]["shapley"])
    assert sum(shares.values()) == within(case, case["expected"]["sum"])
    alone = [capital[frozenset(name)] for name in shares]
    assert alone == case["expected"]["standalone"]


def test_the_infinite_tvar_of_a_law_is_refused():
    """A sample of it would be finite and never settle."""
    case = CASES["lomax_infinite_tvar"]
    assert case["expected"]["tvar_is_infinite"]
    given = case["inputs"]["law"]
    law = of_law(Lomax(shape=given["shape"], scale=given["scale"]))
    with pytest.raises(Undefined, match="infinite at every parameter"):
        principles.tail_mean(law, case["inputs"]["levels"][0])


def test_two_levels_mixed():
    case = CASES["bitvar"]
    values = np.array(case["inputs"]["values"], dtype=float)
    tails = [measures.tail_weights(values, level) for level in case["inputs"]["levels"]]
    mixed = sum(share * tail for share, tail in zip(case["inputs"]["weights"], tails, strict=True))
    assert mixed == pytest.approx(case["expected"]["weights_by_outcome"], abs=1e-12)
    assert mixed @ values == pytest.approx(case["expected"]["value"], abs=1e-12)


def test_a_table_with_empty_years():
    case = CASES["ylt_empty_years"]
    losses = table([tuple(row) for row in case["inputs"]["rows"]], case["inputs"]["n_years"])
    annual = losses.annual()
    assert list(annual) == case["expected"]["annual"]
    assert list(losses.largest_event()) == case["expected"]["oep_max"]
    assert measures.mean(annual).value == pytest.approx(case["expected"]["mean"], rel=1e-12)
    for key in case["expected"]["var"]:
        checked(measures.var(annual, float(key)).value, "var", case, key)
        checked(measures.tvar(annual, float(key)).value, "tvar", case, key)


def test_empty_years_added_to_a_table_move_the_mean_and_the_level():
    case = CASES["ylt_empty_years"]
    rows = [tuple(row) for row in case["inputs"]["rows"]]
    few, many = (table(rows, n_years).annual() for n_years in (10, 40))
    assert measures.mean(many).value == pytest.approx(measures.mean(few).value / 4)
    for key, expected in case["expected"]["tvar"].items():
        level = 1 - (1 - Fraction(key)) / 4  # the same years lie beyond
        assert measures.tvar(many, level).value == pytest.approx(expected, rel=1e-12)


def test_a_table_without_losses():
    case = CASES["ylt_no_losses"]
    annual = table([], case["inputs"]["n_years"]).annual()
    assert measures.mean(annual).value == case["expected"]["mean"]
    assert measures.sd(annual).value == case["expected"]["sd"]
    assert measures.var(annual, 0.995).value == case["expected"]["var"]["0.995"]
    assert measures.tvar(annual, 0.995).value == case["expected"]["tvar"]["0.995"]
    tail = measures.tail_weights(annual, 0.995)
    assert tail.sum() == pytest.approx(case["expected"]["tail_weights_sum"], rel=1e-12)
    shares = measures.co_tvar([annual], annual, 0.995)
    assert [share.value for share in shares] == case["expected"]["co_tvar"]
