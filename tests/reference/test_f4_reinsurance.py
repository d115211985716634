"""Treaties and programmes against family f4: reinstatements, inuring order, OED share rules."""

from pathlib import Path

import numpy as np
import pytest

from techinsure.distributions import Lomax, Poisson
from techinsure.distributions.aggregate import compound
from techinsure.distributions.lattice import discretised
from techinsure.evidence.exposure_curves import Riebesell
from techinsure.pricing.principles.distortions import ProportionalHazard
from techinsure.reinsurance import ExcessOfLoss, QuotaShare, StopLoss, Surplus
from techinsure.reinsurance.adjustments import LossCorridor, SlidingScale, SwingRating
from techinsure.reinsurance.programme import PlacedTreaty, Programme
from techinsure.reinsurance.treaty_prices import deposit_of_law, fair_deposit
from tests.reference.cases import assert_listed, load, within
from tests.techinsure.builders import portfolio
from tests.techinsure.distributions.test_mbbefd import CURVES, NEARLY_SINGULAR
from tests.techinsure.reinsurance.tables import poisson_lomax, table

CASES = load("f4_reinsurance")
MATA = ("mata_10xs10", "mata_20xs10")
REINSTATEMENTS = (
    "reinstatement_one_full",
    "reinstatement_partial_two",
    "reinstatement_exact_hit",
    "reinstatement_no_reinstatement",
    "reinstatement_empty_year",
)
OTHERS = (
    "reinstatement_break_even",
    "aggregate_deductible_before_after",
    "xol_then_stop_loss",
    "qs_then_xol_vs_xol_then_qs",
    "qs_event_limit",
    "fm_qs_risk_limit",
    "fm_surplus_scope_percent",
    "fm_per_risk_excess_percent_first",
    "fm_per_risk_layer_not_reached",
    "fm_event_excess_placed_after",
    "fm_event_limit_spread",
    "fm_event_layer",
    "fm_fac_then_surplus",
)
ADJUSTED = ("surplus", "sliding_scale", "loss_corridor", "swing")
POLICY_TERMS = (
    *("fm_item_terms", "fm_combined_terms", "fm_whole_risk_terms"),
    *("fm_policy_deductible_layer", "fm_maximum_deductible", "fm_two_layers_shares"),
)
"""In `test_f4_policy_terms.py`."""
NO_LIMIT = 1e15


def test_every_case_is_accounted_for():
    of_laws = (*CURVES, *NEARLY_SINGULAR)  # tested beside the laws
    here = (*MATA, *REINSTATEMENTS, *OTHERS, *ADJUSTED, *of_laws, "riebesell")
    assert (len(here), len(POLICY_TERMS)) == (33, 6)
    assert_listed(CASES, here, POLICY_TERMS)
    there = Path(__file__).with_name("test_f4_policy_terms.py").read_text("utf-8")
    assert all(f'"{name}"' in there for name in POLICY_TERMS)


def test_riebesell():
    case = CASES["riebesell"]
    curve, basic = Riebesell(z=case["inputs"]["z"]), case["inputs"]["base_limit"]
    factors = [curve.increased_limits_factor(one, basic) for one in case["inputs"]["limits"]]
    assert factors == within(case, case["expected"]["ilf"])
    assert curve.power == within(case, case["expected"]["exponent"])
    layer = case["inputs"]["layer"]
    top = layer["attachment"] + layer["limit"]
    premium = curve.increased_limits_factor(top, basic) - curve.increased_limits_factor(
        layer["attachment"], basic
    )
    assert premium == within(case, case["expected"]["layer_premium_per_base"])


def one_year(losses, **columns):
    return table([losses], **columns)


def only(treaty, **place):
    return Programme(treaties=(PlacedTreaty(name="it", treaty=treaty, **place),))


def net_of(name, treaty, *parents):
    return PlacedTreaty(name=name, treaty=treaty, net_of=parents)


@pytest.fixture(scope="module")
def mata():
    return poisson_lomax(n_years=100_000, seed=2000)


@pytest.mark.parametrize("case", MATA)
def test_mata(mata, case):
    given, expected = CASES[case]["inputs"], CASES[case]["expected"]

    def layer(*rates):
        return ExcessOfLoss(
            basis="event",
            attachment=given["attachment"],
            limit=given["limit"],
            reinstatement_rates=rates,
            premium=1.0,
        )

    def assert_mean(annual, mean):
        error = annual.std(ddof=1) / np.sqrt(len(annual))
        assert abs(annual.mean() - mean) <= CASES[case]["tolerance"]["monte_carlo_z"] * error

    annual = {free: mata.annual(layer(*[0.0] * free).ceded(mata)) for free in (0, 1, 2, 3, 60)}
    assert_mean(annual[0], expected["pure_premium_K0"])
    assert_mean(annual[1], expected["pure_premium_K1_free"])
    assert_mean(annual[2], expected["pure_premium_K2_free"])
    assert_mean(annual[3], expected["pure_premium_K3_free"])
    assert_mean(annual[60], expected["pure_premium_unlimited"])
    for rate, key in ((1.0, "100pct"), (0.5, "50pct")):
        premium = fair_deposit(layer(rate), mata).premium
        z = premium.z_score(expected[f"initial_premium_K1_at_{key}"])
        assert abs(z) <= CASES[case]["tolerance"]["monte_carlo_z"]


@pytest.mark.parametrize("case", MATA)
def test_mata_without_simulation(case):
    """The law of the year's layer losses on a lattice of 1,000 steps a limit."""
    given, expected = CASES[case]["inputs"], CASES[case]["expected"]
    severity, limit = given["severity"], given["limit"]
    size = discretised(
        Lomax(shape=severity["shape"], scale=severity["scale"]),
        step=limit / 1000,
        limit=limit,
        deductible=given["attachment"],
    )
    annual = compound(Poisson(rate=given["frequency"]["lam"]), size)

    def deposit(*rates):
        layer = ExcessOfLoss(
            basis="event",
            attachment=given["attachment"],
            limit=limit,
            reinstatement_rates=rates,
        )
        return deposit_of_law(layer, annual).premium.value

    assert deposit() == within(CASES[case], expected["pure_premium_K0"])
    for free in (1, 2, 3):
        one = within(CASES[case], expected[f"pure_premium_K{free}_free"])
        assert deposit(*[0.0] * free) == one
    assert annual.mean == within(CASES[case], expected["pure_premium_unlimited"])
    assert deposit(1.0) == within(CASES[case], expected["initial_premium_K1_at_100pct"])
    assert deposit(0.5) == within(CASES[case], expected["initial_premium_K1_at_50pct"])
    survival = annual.survival(annual.values[:2000])  # up to two limits: one reinstatement
    for rho, premium in expected["ph_premium_K1_free"].items():
        distorted = ProportionalHazard(rho=float(rho)).at(survival).sum() * annual.step
        assert distorted == pytest.approx(premium, rel=CASES[case]["tolerance"]["ph_rel"])


@pytest.mark.parametrize("case", REINSTATEMENTS)
def test_reinstatement(case):
    given, expected = CASES[case]["inputs"], CASES[case]["expected"]
    subject = one_year(given["losses"], times=given["times"])

    def layer(reinstated_by):
        return ExcessOfLoss(
            basis="event",
            attachment=given["attachment"],
            limit=given["limit"],
            annual_deductible=given["annual_aggregate_deductible"],
            premium=given["upfront_premium"],
            reinstatement_rates=tuple(given["reinstatement_rates"]),
            reinstated_by=reinstated_by,
        )

    def premium(reinstated_by):
        return layer(reinstated_by).flows(subject, premium=0.0)["reinstatement_premium"][0]

    ceded = layer("amount").ceded(subject)
    assert ceded.tolist() == within(CASES[case], expected["recoveries"])
    assert subject.annual(ceded)[0] == within(CASES[case], expected["total"])
    assert premium("amount") == within(CASES[case], expected["total_pro_rata_amount"])
    # times are float32: 0.1 is known to 1.5e-9
    by_time = expected["total_pro_rata_amount_and_time"]
    assert premium("amount_and_time") == pytest.approx(by_time, rel=1e-8)


def test_reinstatement_break_even():
    case = CASES["reinstatement_break_even"]
    given, expected = case["inputs"], case["expected"]
    layer = ExcessOfLoss(
        basis="event",
        attachment=given["attachment"],
        limit=given["limit"],
        reinstatement_rates=tuple(given["reinstatement_rates"]),
        premium=1.0,
    )
    subject = table(given["years"])
    recovery = subject.annual(layer.ceded(subject)).mean()
    reinstated = layer.flows(subject, premium=0.0)["reinstatement_premium"].mean()
    assert recovery == within(case, expected["mean_recovery"])
    assert reinstated == within(case, expected["mean_reinstated_fraction"])
    upfront = recovery / (1 + reinstated)
    assert upfront == within(case, expected["upfront_premium"])
    assert upfront * (1 + reinstated) == within(case, expected["expected_total_premium"])


def test_aggregate_deductible_after_the_layer():
    """The annual limit of 100 is five times the limit. `before_layer` is another contract."""
    case = CASES["aggregate_deductible_before_after"]
    given, expected = case["inputs"], case["expected"]
    terms = {"basis": "event", "attachment": given["attachment"], "limit": given["limit"]}
    subject = one_year(given["losses"])
    free = (0.0,) * 4
    layer = ExcessOfLoss(**terms, reinstatement_rates=free)
    assert layer.capacity == given["annual_aggregate_limit"]
    assert layer.ceded(subject).tolist() == within(case, expected["layer_losses"])
    after = ExcessOfLoss(
        **terms, reinstatement_rates=free, annual_deductible=given["annual_aggregate_deductible"]
    )
    total = subject.annual(after.ceded(subject))[0]
    assert total == within(case, expected["recovery_deductible_after_layer"])


def test_xol_then_stop_loss():
    case = CASES["xol_then_stop_loss"]
    given, expected = case["inputs"], case["expected"]
    unlimited = (0.0,) * 9
    programme = Programme(
        treaties=(
            net_of("stop loss", StopLoss(unit="amount", **given["stop_loss"]), "layer"),
            net_of(
                "layer",
                ExcessOfLoss(basis="event", reinstatement_rates=unlimited, **given["xol"]),
            ),
        )
    )
    cession = programme.apply(table(given["losses_by_year"]))
    assert cession.annual("layer") == within(case, expected["xol_ceded"])
    retained = cession.annual("gross") - cession.annual("layer")
    assert retained == within(case, expected["retained"])
    assert cession.annual("stop loss") == within(case, expected["stop_loss_ceded"])
    assert cession.annual("net") == within(case, expected["net"])


def test_qs_then_xol_vs_xol_then_qs():
    case = CASES["qs_then_xol_vs_xol_then_qs"]
    given, expected = case["inputs"], case["expected"]
    quota = QuotaShare(share=given["quota_share"])
    layer = ExcessOfLoss(basis="event", **given["xol"])
    orders = {
        "qs_first": (net_of("qs", quota), net_of("xol", layer, "qs")),
        "xol_first": (net_of("qs_on_net", quota, "xol"), net_of("xol", layer)),
        "parallel_on_gross": (net_of("qs", quota), net_of("xol", layer)),
    }
    for order, treaties in orders.items():
        cession = Programme(treaties=treaties).apply(one_year([given["loss"]]))
        for name, amount in expected[order].items():
            assert cession.annual(name)[0] == within(case, amount), order


def test_qs_event_limit():
    case = CASES["qs_event_limit"]
    given, expected = case["inputs"], case["expected"]
    treaty = QuotaShare(share=given["cession"], limit=given["event_limit"], basis="event")
    cession = only(treaty).apply(one_year(given["losses"]))
    assert cession.ceded["it"].tolist() == within(case, expected["ceded"])
    assert cession.net.tolist() == within(case, expected["net"])


def two_items(losses, **labels):
    """Two items hit by one event."""
    return one_year(losses, items=[0, 1], events=[0, 0], of=portfolio(2, labels=labels))


def test_fm_qs_risk_limit():
    case = CASES["fm_qs_risk_limit"]
    given, expected = case["inputs"], case["expected"]
    treaty = QuotaShare(share=given["ceded_percent"], limit=given["risk_limit"], basis="site")
    cession = only(treaty).apply(two_items(given["losses"], site=["A", "B"]))
    assert cession.ceded["it"].tolist() == within(case, expected["ceded"])
    assert cession.net.tolist() == within(case, expected["net"])


def test_fm_surplus_scope_percent():
    case = CASES["fm_surplus_scope_percent"]
    given, expected = case["inputs"], case["expected"]
    programme = Programme(
        treaties=tuple(
            PlacedTreaty(
                name=name,
                treaty=QuotaShare(share=share, limit=given["risk_limit"], basis="policy"),
                products=(name,),
            )
            for name, share in zip("AB", given["ceded_percents"], strict=True)
        )
    )
    accounts = {"product": ["A", "B"], "policy": ["A", "B"]}
    cession = programme.apply(two_items(given["accounts"], **accounts))
    assert cession.annual("ceded")[0] == within(case, sum(expected["ceded"]))
    by_account = [cession.annual("A")[0], cession.annual("B")[0]]
    assert by_account == within(case, expected["ceded"])


def test_fm_per_risk_excess_percent_first():
    case = CASES["fm_per_risk_excess_percent_first"]
    given, expected = case["inputs"], case["expected"]
    treaty = ExcessOfLoss(
        basis="site",
        attachment=given["risk_attachment"],
        limit=NO_LIMIT,
    )
    subject = two_items(given["losses"], site=["A", "B"])
    cession = only(treaty, subject_share=given["ceded_percent"]).apply(subject)
    assert cession.ceded["it"].tolist() == within(case, expected["ceded"])


def test_fm_per_risk_layer_not_reached():
    case = CASES["fm_per_risk_layer_not_reached"]
    given, expected = case["inputs"], case["expected"]
    treaty = ExcessOfLoss(
        basis="policy", attachment=given["risk_attachment"], limit=given["risk_limit"]
    )
    subject = two_items(given["policies"], policy=["A", "B"])
    cession = only(treaty, subject_share=given["ceded_percent"]).apply(subject)
    assert cession.ceded["it"].tolist() == within(case, expected["ceded"])


def test_fm_event_excess_placed_after():
    case = CASES["fm_event_excess_placed_after"]
    given, expected = case["inputs"], case["expected"]
    treaty = ExcessOfLoss(basis="event", attachment=given["event_attachment"], limit=NO_LIMIT)
    cession = only(treaty, placed_share=given["placed_percent"]).apply(two_items(given["losses"]))
    assert cession.annual("ceded")[0] == within(case, expected["total"])


def test_fm_event_limit_spread():
    case = CASES["fm_event_limit_spread"]
    given, expected = case["inputs"], case["expected"]
    treaty = QuotaShare(share=given["ceded_percent"], limit=given["event_limit"], basis="event")
    cession = only(treaty).apply(two_items(given["losses"]))
    assert cession.annual("ceded")[0] == within(case, expected["total"])
    assert cession.ceded["it"].tolist() == within(case, expected["by_policy"])


def test_fm_event_layer():
    case = CASES["fm_event_layer"]
    given, expected = case["inputs"], case["expected"]
    treaty = ExcessOfLoss(
        basis="event", attachment=given["event_attachment"], limit=given["event_limit"]
    )
    subject = two_items(given["accounts"])
    cession = only(treaty, subject_share=given["ceded_percent"]).apply(subject)
    assert cession.annual("ceded")[0] == within(case, expected["total"])
    assert cession.ceded["it"].tolist() == within(case, expected["by_account"])


def test_fm_fac_then_surplus():
    case = CASES["fm_fac_then_surplus"]
    given, expected = case["inputs"], case["expected"]
    surplus = QuotaShare(share=given["surplus"], limit=given["event_limit"], basis="event")
    programme = Programme(
        treaties=(
            net_of("facultative", QuotaShare(share=given["facultative"])),
            net_of("surplus", surplus, "facultative"),
        )
    )
    cession = programme.apply(two_items(given["losses"]))
    assert cession.net.tolist() == within(case, expected["net"])


def test_surplus():
    case = CASES["surplus"]
    given, expected = case["inputs"], case["expected"]
    n_risks = len(given["sums_insured"])
    risks = portfolio(n_risks, sum_insured=np.array(given["sums_insured"]))
    treaty = Surplus(line=given["retained_line"], lines=float(given["lines"]))
    assert treaty.shares(risks).tolist() == within(case, expected["cession_rates"])
    each = range(n_risks)
    subject = one_year(given["losses"], items=each, events=each, of=risks)
    cession = only(treaty).apply(subject)
    assert cession.ceded["it"].tolist() == within(case, expected["ceded"])
    assert cession.net.tolist() == within(case, expected["net"])


def test_sliding_scale():
    case = CASES["sliding_scale"]
    given, expected = case["inputs"], case["expected"]
    pieces = [(piece["from_"], piece["to"], piece["slide"]) for piece in given["pieces"]]
    scale = SlidingScale.of_slides(given["minimum"], pieces)
    treaty = QuotaShare(share=1.0, sliding_scale=scale)
    paid = treaty.flows(table([[ratio] for ratio in given["loss_ratios"]]), 1.0)
    commission = paid["ceding_commission"]
    assert commission.tolist() == within(case, expected["commission"])
    assert given["probabilities"] @ commission == within(case, expected["expected"])
    mean = np.dot(given["probabilities"], given["loss_ratios"])
    at_mean = treaty.flows(table([[mean]]), 1.0)["ceding_commission"][0]
    assert at_mean == within(case, expected["commission_at_mean_loss_ratio"])


def test_loss_corridor():
    case = CASES["loss_corridor"]
    given, expected = case["inputs"], case["expected"]
    treaty = QuotaShare(share=1.0, loss_corridor=LossCorridor(**given["corridor"]))
    subject = table([[ratio * given["premium"]] for ratio in given["loss_ratios"]])
    cession = only(treaty).apply(subject, premium={"test": given["premium"]})
    assert cession.annual("it").tolist() == within(case, expected["reinsurer_loss"])


def test_swing():
    case = CASES["swing"]
    given, expected = case["inputs"], case["expected"]
    swing = SwingRating(**{name: given[name] for name in ("load", "minimum", "maximum")})
    layer = ExcessOfLoss(basis="event", attachment=0.0, limit=NO_LIMIT, swing_rating=swing)
    subject = table([[loss] for loss in given["layer_losses"]])
    premium = layer.flows(subject, given["subject_premium"])["ceded_premium"]
    assert premium.tolist() == within(case, expected["premium"])
    mean = given["probabilities"] @ premium
    losses = given["probabilities"] @ subject.annual(layer.ceded(subject))
    assert mean == within(case, expected["expected_premium"])
    assert losses == within(case, expected["expected_loss"])
    assert losses / mean == within(case, expected["expected_loss_ratio"])
