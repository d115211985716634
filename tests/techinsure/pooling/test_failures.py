"""Failures and accumulation in a pool run: reported where they are said, and nothing else moves."""

import json

import pytest

import techinsure as ti
from techinsure.pooling.report import PoolRequest, accumulation_breaches
from techinsure.reading import read
from techinsure.receipt import plain

ROWS = [
    {"product": "rd_loss", "risk_class": "chip", "sum_insured": 4e6, "route": "r"},
    {"product": "rd_loss", "risk_class": "general", "sum_insured": 2e6, "route": "q",
     "supply_exposed": True},
    {"product": "equipment_loss", "risk_class": "lab", "sum_insured": 8e6, "units": 9, "site": "s",
     "park": "p"},
]  # fmt: skip
LINES = {"A": "0.5", "B": "0.3", "C": "0.2"}
RATED = {"A": 0.02, "B": 0.05, "C": 0.1}


def run(terms=None, rated=RATED, reinsurer=0.05, capital=1e9, **changes):
    members = [
        {"name": name, "written": line, "capital_and_reserves": capital, "lead": name == "A",
         **({"default_probability": rated[name]} if rated else {})}
        for name, line in LINES.items()
    ]  # fmt: skip
    says = {} if reinsurer is None else {"default_probability": reinsurer}
    pool = {"name": "P", "currency": "CNY", "members": members, **changes.pop("pool", {})}
    share = {"name": "share", "treaty": {"kind": "quota_share", "share": 0.4, "commission": 0.28},
             "reinsurers": [{"name": "R", "share": "1", **says}]}  # fmt: skip
    return ti.run_pool({
        "portfolio": {"rows": ROWS},
        "pool": pool | ({"default_terms": terms} if terms else {}),
        "programme": {"treaties": [share]},
        "simulation": {"n_years": 2000, "seed": 5},
        **changes,
    })  # fmt: skip


JOINT = {"kind": "joint", "capacity_share": 0.5}
FUND = {"kind": "guarantee_fund", "size": 2e5}


@pytest.fixture(scope="module")
def several():
    return run()


@pytest.fixture(scope="module")
def joint():
    return run(JOINT)


@pytest.fixture(scope="module")
def sound():
    """Nobody is rated."""
    return run(rated=None, reinsurer=None)


# --- Failures


def test_without_a_rating_nothing_is_reported_and_nothing_moves(sound, joint):
    assert sound.insolvency is None
    left, right = (report.to_dict() for report in (sound, joint))
    moved = {"insolvency", "flags", "receipt"}
    assert {name: left[name] for name in left.keys() - moved} == {
        name: right[name] for name in right.keys() - moved
    }
    assert left["insolvency"] is None


def test_a_clause_that_nothing_is_simulated_of_is_flagged():
    report = run(JOINT, rated=None, reinsurer=None)
    assert report.insolvency is None
    assert any("default terms are joint, but nobody has a rating" in f for f in report.flags)


@pytest.mark.parametrize("terms", [None, JOINT, FUND], ids=["several", "joint", "fund"])
def test_what_is_short_is_borne_by_somebody(terms, several, joint):
    found = {None: several, "joint": joint}.get(terms and terms["kind"]) or run(terms)
    found = found.insolvency
    assert found.terms.kind == (terms["kind"] if terms else "several")
    short = sum(party.shortfall.value for party in found.parties)
    assert short > 0
    assert sum(b.mean.value for b in found.bearers) == pytest.approx(short, rel=1e-12)
    assert [(p.name, p.role) for p in found.parties] == [
        ("A", "member"), ("B", "member"), ("C", "member"), ("R", "reinsurer"),
    ]  # fmt: skip
    for party in found.parties:
        assert party.shortfall.standard_error > 0
        gap = party.shortfall.value - party.expected.value
        assert abs(gap) < 4.5 * party.shortfall.standard_error


def test_under_joint_liability_members_pay_what_policyholders_missed(several, joint):
    """In the same years and fates: members bear no less than under several liability."""
    moved = joint.insolvency.against(several.insolvency)
    assert sum(change["mean"].value for change in moved.values()) == pytest.approx(0, abs=1e-9)
    assert moved["policyholders"]["mean"].value < 0
    for name in LINES:
        before, after = (r.insolvency.bearer(name) for r in (several, joint))
        assert (joint.insolvency.borne[name] >= several.insolvency.borne[name]).all()
        assert after.change["tvar_995"].value >= before.change["tvar_995"].value > 0
    poor = run(JOINT, capital=1e6).insolvency  # who has little capital can pay little for others
    assert poor.bearer("policyholders").mean.value > 0


def test_fates_are_as_many_as_failures_need(several):
    assert several.insolvency.n_draws == 20  # the most a year
    many = run(simulation={"n_years": 25_000, "seed": 5})
    assert many.insolvency.n_draws == 8  # 200,000 in all


def test_how_failures_go_together_is_the_requests_own(several):
    apart = run(failure_dependence={"correlation": 0.2, "loss_correlation": 0.0})
    owes = apart.insolvency.parties[0]
    assert owes.expected.value == pytest.approx(owes.owed.value * 0.02 * 0.5, rel=1e-12)
    assert several.insolvency.parties[0].expected.value > owes.expected.value
    assert apart.net == several.net


def test_flags_of_failures_are_among_the_reports(several):
    assert several.insolvency.flags == ()
    flags = run(reinsurer=None).flags
    assert "no reinsurer has a rating or a default probability: all are taken to pay" in flags


def test_the_old_word_still_means_several(several, sound):
    old = run(pool={"default_mode": "several"})
    assert old.receipt.digests == several.receipt.digests
    assert old.insolvency.bearers == several.insolvency.bearers
    assert sound.terms.in_default.kind == "several"


@pytest.mark.parametrize(
    ("pool", "words"),
    [
        ({"default_mode": "joint"}, "default_mode must be 'several'"),
        ({"default_terms": {"kind": "fund"}}, "kind must be one of several"),
        ({"default_terms": {**FUND, "contributions": {"A": "1/2", "D": "1/2"}}},
         "must be the name of a member"),
        ({"default_terms": {**JOINT, "capacity_share": 0}}, "must be in (0, 1]"),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_are_refused(pool, words):
    with pytest.raises(ti.InvalidParameter) as refused:
        run(pool=pool)
    assert words in str(refused.value)


def test_request_and_report_go_through_json(joint):
    said = json.loads(json.dumps(joint.to_dict(), allow_nan=False))
    assert said["insolvency"]["terms"] == {"kind": "joint", "capacity_share": 0.5}
    assert "borne" not in said["insolvency"]
    terms = plain(joint.terms)
    assert terms["default_terms"]["kind"] == "joint"
    again = read(PoolRequest, {"portfolio": {"sample": "demo_pool"}, "pool": terms})
    assert again.pool == joint.terms


# --- Accumulation


def test_the_report_adds_up_what_has_a_label(sound):
    found = {one.basis: one for one in sound.accumulation()}
    assert [*found] == ["park", "route", "technology", "supply"]  # no row has a sector
    assert found["park"].groups[0].name == "p"
    assert {g.name: g.sum_insured for g in found["route"].groups} == {"r": 4e6, "q": 2e6}
    assert found["supply"].groups[0].sum_insured == 2e6
    park = found["park"].groups[0]
    events = sound.losses.rows(sound.losses.item == 2)
    assert park.largest_event == events.largest_event().max()
    assert park.return_periods.oep[-1].value <= park.largest_event
    said = sound.to_dict()
    assert [one["basis"] for one in said["accumulation"]] == [*found]
    assert said["accumulation_breaches"] == []


def test_limits_of_the_pool_are_held_against_it():
    limits = [
        {"basis": "site", "figure": "sum_insured", "hard": 9e6, "soft": 7e6},
        {"basis": "route", "figure": "share", "hard": 0.25},
    ]
    report = run(pool={"accumulation_limits": limits})
    found = report.accumulation()
    assert found[-1].basis == "site"  # not among the usual ones, but limited
    over = accumulation_breaches(report.terms, found)
    assert [(b.severity, b.basis, b.name) for b in over] == [
        ("hard", "route", "r"), ("soft", "site", "s"),
    ]  # fmt: skip
    assert report.to_dict()["accumulation_breaches"] == plain(over)
