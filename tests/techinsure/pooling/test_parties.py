"""What each party carries and earns: rows that sum to the pool's, and how well they are known."""

import numpy as np
import pytest

import techinsure as ti
from techinsure.losses import measures

ROWS = [
    {"product": "rd_loss", "risk_class": "chip", "sum_insured": 4e6, "route": "r"},
    {"product": "rd_loss", "risk_class": "general", "sum_insured": 2e6},
    {"product": "equipment_loss", "risk_class": "lab", "sum_insured": 8e6, "units": 9, "site": "s"},
]  # fmt: skip
MEMBERS = [
    {"name": "A", "written": "0.5", "capital_and_reserves": 1e9, "lead": True},
    {"name": "B", "written": "0.2", "capital_and_reserves": 1e9},
    {"name": "C", "written": "0.1", "capital_and_reserves": 1e9},
]
TREATIES = [
    {"name": "share", "treaty": {"kind": "quota_share", "share": 0.4, "commission": 0.28}},
    {"name": "layer", "net_of": ["share"],
     "treaty": {"kind": "excess_of_loss", "basis": "event", "attachment": 1e5, "limit": 5e5,
                "reinstatement_rates": [1.0], "premium": 4e4}},
]  # fmt: skip
FIGURES = ("premium", "ceded_premium", "commission", "lead_fee", "result", "reinsurance_cost")


def run(treaties=TREATIES, **pool):
    return ti.run_pool({
        "portfolio": {"rows": ROWS},
        "pool": {"name": "P", "currency": "CNY", "members": MEMBERS, "order": "0.9", **pool},
        "programme": {"treaties": treaties},
        "simulation": {"n_years": 2000, "seed": 5},
    })  # fmt: skip


@pytest.fixture(scope="module")
def report():
    return run()


def test_all_parties_sum_to_the_pool(report):
    whole, *rest = report.technical.values()
    assert [*report.technical] == ["pool", "unplaced", "outside the order"]
    for figure in FIGURES:
        parts = [getattr(party, figure).value for party in [*report.members, *rest]]
        assert sum(parts) == pytest.approx(getattr(whole, figure).value, rel=1e-12, abs=1e-6)
    claims = sum(m.mean.value for m in report.members) + sum(r.claims.value for r in rest)
    assert claims == pytest.approx(report.net.mean.value, rel=1e-12)


def test_a_row_is_premium_less_what_is_paid(report):
    """And reinsurance costs what it takes of premium, less what it gives back."""
    for party in [*report.technical.values(), *report.members]:
        claims = party.claims if hasattr(party, "claims") else party.mean
        inward = party.premium.value + party.commission.value + party.lead_fee.value
        outward = party.ceded_premium.value + claims.value
        assert party.result.value == pytest.approx(inward - outward, rel=1e-12)
    whole = report.technical["pool"]
    cost = whole.ceded_premium.value - whole.commission.value - report.ceded.mean.value
    assert whole.reinsurance_cost.value == pytest.approx(cost)


def test_ceded_premium_and_commission_are_the_treaties_own(report):
    """Reinstatements are premium; 40% go at 28% commission."""
    whole = report.technical["pool"]
    flows = [treaty.flows for treaty in report.treaties]
    paid = flows[0]["ceded_premium"].value + flows[1]["ceded_premium"].value
    again = flows[1]["reinstatement_premium"].value
    assert again > 0
    assert whole.ceded_premium.value == pytest.approx(paid + again)
    assert whole.commission.value == pytest.approx(0.28 * 0.4 * report.premium.value)


def test_errors_hold_premium_and_years(report):
    whole, premium = report.technical["pool"], report.premium.standard_error
    assert whole.commission.standard_error == pytest.approx(0.28 * 0.4 * premium)
    flows = report.cession.flows["layer"]
    years = measures.mean(flows["ceded_premium"] + flows["reinstatement_premium"]).standard_error
    assert whole.ceded_premium.standard_error == pytest.approx(0.4 * premium + years)
    varies = report.cession.annual("net") + flows["reinstatement_premium"]
    by_years = measures.mean(varies).standard_error
    slope = 1 - 0.4 + 0.4 * 0.28
    assert whole.result.standard_error == pytest.approx(slope * premium + by_years)
    a, b = report.members[:2]
    followers = 0.3 * 0.03
    assert a.result.standard_error == pytest.approx(
        (0.5 * slope + followers) * premium + 0.5 * by_years
    )
    assert b.result.standard_error == pytest.approx(
        (0.2 * slope - 0.2 * 0.03) * premium + 0.2 * by_years
    )


def test_without_treaties_the_result_is_premium_less_claims():
    whole = run(treaties=[], order="1").technical["pool"]
    assert whole.ceded_premium.value == whole.commission.value == whole.reinsurance_cost.value == 0
    assert whole.result.value == pytest.approx(whole.premium.value - whole.claims.value)


def test_the_frame_has_each_figure_with_its_error(report):
    frame = report.members_frame()
    for figure in ("mean", "tvar_995", "premium", "ceded_premium", "commission", "result"):
        assert list(frame[figure]) == [getattr(m, figure).value for m in report.members]
        assert (frame[f"{figure}_error"] > 0).all()
    share = np.array([m.share for m in report.members])
    np.testing.assert_allclose(frame["mean_error"] / frame["mean_error"][0], share / share[0])
