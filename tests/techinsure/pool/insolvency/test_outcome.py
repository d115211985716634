import json

import numpy as np
import pytest

from techinsure.errors import InvalidParameter, NotFound
from techinsure.outside_parties import FUND, POLICYHOLDERS, STATE
from techinsure.pool.default_terms import GuaranteeFund, Joint, Several
from techinsure.pool.insolvency import outcome
from techinsure.pool.insolvency.failures import Counterparty, FailureDependence
from techinsure.pool.insolvency.outcome import insolvency
from techinsure.pool.members import Member, Pool
from techinsure.pool.signing import sign
from techinsure.reinsurance.placing import PlacedTreaty, Reinsurer
from techinsure.reinsurance.programme import Programme
from techinsure.reinsurance.quota_share import QuotaShare
from tests.reference.cases import load
from tests.techinsure.builders import table

YEARS = 1000
LOSSES = np.random.default_rng(7).lognormal(3, 1, YEARS)
TABLE = table([(year, float(loss)) for year, loss in enumerate(LOSSES)], n_years=YEARS)
POOL = Pool(
    name="pool",
    currency="CNY",
    members=(
        Member(name="A", written="0.5", capital_and_reserves=10_000.0, lead=True),
        Member(name="B", written="0.3", capital_and_reserves=4000.0),
        Member(name="C", written="0.1", capital_and_reserves=1500.0),
        Member(name="idle", written="0", capital_and_reserves=1.0),
    ),
)
QUOTA = PlacedTreaty(
    name="quota share",
    treaty=QuotaShare(share=0.4),
    reinsurers=(Reinsurer(name="R", share="3/4"), Reinsurer(name="A", share="1/4")),
)
CESSION = Programme(treaties=(QUOTA,)).apply(TABLE)
FAILING = {"A": 0.02, "B": 0.05, "C": 0.1, "R": 0.03}


def party(name, recovery=0.5, **changes):
    probability = changes.get(name, FAILING[name])
    return Counterparty(name=name, probability=probability, recovery=recovery)


def run(terms=None, cession=CESSION, **changes):
    given = {
        "members": [party(name) for name in "ABC"],
        "reinsurers": [party("R"), party("A")],
        "terms": terms or Several(),
        "draws": 10,
    }
    return insolvency(POOL, sign(POOL), cession, **given | changes)


EVERY = [Several(), Joint(), GuaranteeFund(size=20.0),
         GuaranteeFund(size=20.0, refilled_by="state")]  # fmt: skip


@pytest.mark.parametrize("terms", EVERY, ids=lambda terms: terms.kind)
def test_all_shortfall_is_borne_by_somebody(terms):
    report = run(terms)
    short = sum(p.shortfall.value for p in report.parties)
    assert sum(b.mean.value for b in report.bearers) == pytest.approx(short, rel=1e-12)
    assert all(
        b.mean.standard_error >= 0 and b.tvar_995.standard_error >= 0 for b in report.bearers
    )
    for p in report.parties:  # as simulated, against what the loss years give
        gap = p.shortfall.value - p.expected.value
        assert abs(gap) < 4.5 * p.shortfall.standard_error, p.name


@pytest.mark.parametrize("terms", EVERY, ids=lambda terms: terms.kind)
def test_nobody_who_cannot_fail_costs_anything(terms):
    sound = [party(name, **dict.fromkeys("ABCR", 0.0)) for name in "ABC"]
    report = run(terms, members=sound, reinsurers=[party("R", R=0.0), party("A", A=0.0)])
    for bearer in report.bearers:
        assert bearer.mean.value == bearer.tvar_995.value == bearer.probability.value == 0
        assert all(change.value == 0 for change in bearer.change.values())
    net = CESSION.annual("net")
    assert (report.net["A"] == 0.5 * net).all()
    assert report.flags == ()


def test_expected_unpaid_of_the_reference():
    """Independent of the loss: line x mean x probability x (1 - recovery), summed: 19.1."""
    case = load("f7_coinsurance")["expected_default_cost"]
    given = case["inputs"]
    flat = table([(year, given["expected_loss"]) for year in range(50)], n_years=50)
    names = ["0", "1", "2"]
    pool = Pool(
        name="pool",
        currency="CNY",
        members=tuple(
            Member(name=name, written=str(share), capital_and_reserves=1.0, lead=name == "0")
            for name, share in zip(names, given["shares"], strict=True)
        ),
    )
    members = [
        Counterparty(name=name, probability=p, recovery=r)
        for name, p, r in zip(
            names, given["default_probability"], given["recovery_rate"], strict=True
        )
    ]
    report = insolvency(
        pool, sign(pool), Programme().apply(flat), members=members, reinsurers=[], terms=Several(),
        dependence=FailureDependence(correlation=0.2, loss_correlation=0.0),
    )  # fmt: skip
    expected = sum(p.expected.value for p in report.parties)
    assert expected == pytest.approx(case["expected"]["expected_unpaid"], rel=1e-12)


def test_failures_that_come_with_losses_cost_more():
    apart = run(dependence=FailureDependence(correlation=0.2, loss_correlation=0.0))
    bad = run(dependence=FailureDependence(correlation=0.2, loss_correlation=0.4))
    for one, other in zip(apart.parties, bad.parties, strict=True):
        assert other.expected.value > 1.3 * one.expected.value
        assert other.owed == one.owed
    assert apart.parties[0].expected.value == pytest.approx(
        apart.parties[0].owed.value * 0.02 * 0.5, rel=1e-12
    )


def test_a_clause_moves_the_shortfall_in_the_same_fates():
    several, joint, fund = (run(terms) for terms in EVERY[:3])
    assert several.parties == joint.parties == fund.parties
    moved = joint.against(several)
    assert moved[POLICYHOLDERS]["mean"].value < 0
    assert sum(change["mean"].value for change in moved.values()) == pytest.approx(0, abs=1e-12)
    for name in "ABC":
        gained = joint.bearer(name).mean.value - several.bearer(name).mean.value
        assert moved[name]["mean"].value == pytest.approx(gained)
        assert gained > 0
        apart = np.hypot(
            joint.bearer(name).mean.standard_error, several.bearer(name).mean.standard_error
        )
        assert moved[name]["mean"].standard_error < apart
    assert fund.bearer(POLICYHOLDERS).mean.value < several.bearer(POLICYHOLDERS).mean.value
    assert STATE in run(EVERY[3]).against(fund)
    back = several.against(joint)
    assert back[POLICYHOLDERS]["mean"].value == -moved[POLICYHOLDERS]["mean"].value


def test_members_are_changed_by_what_they_bear():
    report = run(Joint())
    for name in "ABC":
        bearer = report.bearer(name)
        assert bearer.change["mean"].value == pytest.approx(bearer.mean.value)
        assert report.net[name].mean() > report.net[name].mean() - bearer.mean.value > 0
    assert report.bearer(POLICYHOLDERS).change == {}


def test_a_company_that_is_member_and_reinsurer_fails_as_both():
    """Where A fails as a reinsurer, it fails as a member: policyholders miss in those years."""
    report = run(reinsurers=[party("R", R=0.0), party("A")])
    lost = report.borne["B"] > 0
    assert lost.any()
    assert (report.borne[POLICYHOLDERS][lost] > 0).all()
    roles = [(p.name, p.role) for p in report.parties]
    assert roles == [("A", "member"), ("B", "member"), ("C", "member"), ("R", "reinsurer"),
                     ("A", "reinsurer")]  # fmt: skip


def test_what_nobody_insures_is_nobodys_failure():
    """Members hold 0.9: owed by A 0.5 of the gross loss, by R 0.9 of its part of the cession."""
    a, _, _, r, _ = run().parties
    mean = float(LOSSES.mean())
    assert a.owed.value == pytest.approx(0.5 * mean)
    assert r.owed.value == pytest.approx(0.9 * 0.75 * 0.4 * mean)


def test_it_does_not_matter_how_many_fates_are_looked_at_together(monkeypatch):
    whole = run(Joint())
    monkeypatch.setattr(outcome, "AT_ONCE", 35)
    parts = run(Joint())
    assert parts.parties == whole.parties
    assert parts.bearers == whole.bearers
    assert all((parts.borne[name] == whole.borne[name]).all() for name in whole.borne)


def test_flags():
    rare = [party(name, C=1e-9) for name in "ABC"]
    (flag,) = run(members=rare).flags
    assert flag.startswith("no fate saw 'C' fail")
    unnamed = PlacedTreaty(name="quota share", treaty=QuotaShare(share=0.4))
    report = run(cession=Programme(treaties=(unnamed,)).apply(TABLE), reinsurers=[])
    assert report.flags[0] == "'quota share' names no reinsurer: what it cedes is taken as paid"


def test_report_as_tables_and_json():
    report = run(GuaranteeFund(size=20.0))
    said = json.loads(json.dumps(report.to_dict()))
    assert said["terms"]["kind"] == "guarantee_fund"
    assert not {"borne", "net", "weight"} & set(said)
    assert list(report.bearers_frame()["name"]) == [POLICYHOLDERS, "A", "B", "C", FUND]
    assert len(report.parties_frame()) == 5
    with pytest.raises(NotFound, match="bearer 'state' is not known"):
        report.bearer(STATE)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"members": [party("A"), party("B")]},
            "members must say how likely it is to fail, got 'C'",
        ),
        ({"reinsurers": [party("R")]}, "reinsurers must say how likely"),
        ({"members": [party(name) for name in "ABCA"]}, r"members\[0\].name must be unique"),
        ({"members": [party(name) for name in "ABCR"]}, r"members\[3\].name must have a line"),
        ({"reinsurers": [party("R"), party("A", A=0.5)]}, "must be 0.02, as in its other role"),
    ],
)
def test_what_is_refused(changes, told):
    with pytest.raises(InvalidParameter, match=told):
        run(**changes)
    with pytest.raises(InvalidParameter, match="must be of the same fates"):
        run(draws=2).against(run(draws=3))
