"""Other programmes over the same losses: what changes, by how much, and how surely."""

import json
import math

import numpy as np
import pytest

from techinsure.errors import InvalidParameter, Refused
from techinsure.losses import differences, measures
from techinsure.pooling import run_pool
from techinsure.pooling.what_if import SimulatedPool, what_if
from techinsure.reading import read
from techinsure.receipt import digest
from techinsure.reinsurance.edits import Edit, edited
from techinsure.reinsurance.programme import Programme

ROWS = [
    {"product": "rd_loss", "risk_class": "chip", "sum_insured": 4e6, "route": "r"},
    {"product": "rd_loss", "risk_class": "general", "sum_insured": 2e6},
    {"product": "equipment_loss", "risk_class": "lab", "sum_insured": 8e6, "units": 9, "site": "s"},
    {"product": "patent", "risk_class": "invention", "sum_insured": 1e6, "units": 5},
]  # fmt: skip
SMALL = 11e6
"""With a line of 2/5, its single-risk limit of 10% is below 2/5 of 4e6, above 0.6 of that."""
PROGRAMME = {"treaties": [
    {"name": "share", "treaty": {"kind": "quota_share", "share": 0.4, "commission": 0.28}},
    {"name": "layer", "net_of": ["share"],
     "treaty": {"kind": "excess_of_loss", "basis": "event", "attachment": 5e5, "limit": 1e6,
                "reinstatement_rates": [1.0], "premium": 4e4}},
    {"name": "stop", "net_of": ["layer"],
     "treaty": {"kind": "stop_loss", "unit": "amount", "attachment": 8e5, "limit": 4e6,
                "premium": 2e4}},
]}  # fmt: skip
MEMBERS = [
    {"name": "A", "written": "0.6", "capital_and_reserves": 1e9, "lead": True},
    {"name": "B", "written": "0.4", "capital_and_reserves": SMALL},
]
REQUEST = {
    "portfolio": {"rows": ROWS},
    "pool": {"name": "P", "currency": "CNY", "members": MEMBERS},
    "programme": PROGRAMME,
    "simulation": {"n_years": 4000, "seed": 3},
}
POSITIONS = ("gross", "ceded", "net")
FIGURES = ("mean", "sd", "var_995", "tvar_995", "capital")


@pytest.fixture(scope="module")
def report():
    return run_pool(REQUEST)


def changed(report, *edits):
    (one,) = what_if(report, edited(report.programme, read(tuple[Edit, ...], edits))).alternatives
    return one


@pytest.fixture(scope="module")
def less(report):
    """30% instead of 40%, and no stop loss."""
    return changed(report, {"treaty": "share", "set": {"share": 0.3}}, {"drop": "stop"})


@pytest.fixture(scope="module")
def run_again(report, less):
    """The whole run under the edited programme: what a what-if must agree with."""
    return run_pool(REQUEST | {"programme": json.loads(json.dumps(_plain(less.programme)))})


def _plain(programme):
    from techinsure.receipt import plain

    return plain(programme)


# --- Before and after are what runs of the pool say


def test_before_is_the_report_and_after_is_what_a_run_would_say(report, less, run_again):
    for name in POSITIONS:
        for figure in FIGURES:
            found = getattr(getattr(less, name), figure)
            assert found.before == getattr(getattr(report, name), figure)
            assert found.after == getattr(getattr(run_again, name), figure)


def test_so_do_treaties(report, less, run_again):
    old, new = ({t.name: t for t in one.treaties} for one in (report, run_again))
    for treaty in less.treaties:
        for figure in ("mean", "sd", "var_995", "tvar_995", "hit_probability", "allocated_capital"):
            found = getattr(treaty, figure)
            assert found.before == getattr(old[treaty.name], figure)
            if treaty.name in new:
                assert found.after == getattr(new[treaty.name], figure)
            else:
                assert found.after.value == 0
                assert found.after.exact
        for kind, flow in treaty.flows.items():
            assert flow.before.value == pytest.approx(old[treaty.name].flows[kind].value)


def test_so_do_members(report, less, run_again):
    for place, member in enumerate(less.members):
        old, new = report.members[place], run_again.members[place]
        assert (member.name, member.lead, member.signed) == (old.name, old.lead, old.signed)
        for figure, name in zip(FIGURES, (*FIGURES[:-1], "allocated_capital"), strict=True):
            assert getattr(member, figure).before == getattr(old, name)
            assert getattr(member, figure).after == getattr(new, name)


# --- Differences


def test_a_difference_is_after_less_before(less):
    for name in POSITIONS:
        for figure in (*FIGURES, "hit_probability"):
            found = getattr(getattr(less, name), figure)
            assert found.difference.value == found.after.value - found.before.value
            assert found.difference.unit == found.before.unit


def test_the_error_of_a_mean_is_that_of_the_differences_of_the_years(report, less):
    new = less.programme.apply(report.losses, SimulatedPool.of(report).premium)
    gap = new.annual("net") - report.cession.annual("net")
    error = gap.std(ddof=1) / math.sqrt(len(gap))
    assert less.net.mean.difference.standard_error == pytest.approx(error)
    assert less.net.years_changed == np.count_nonzero(gap)
    before, after = report.cession.annual("net"), new.annual("net")
    separate = math.hypot(*(measures.mean(annual).standard_error for annual in (before, after)))
    assert less.net.mean.separate_error == pytest.approx(separate)
    assert error < separate / 4


def test_gross_is_known_not_to_change(less):
    for figure in (*FIGURES, "hit_probability"):
        difference = getattr(less.gross, figure).difference
        assert (difference.value, difference.exact) == (0, True)
    assert less.gross.years_changed == 0


def test_ceded_and_net_move_against_each_other(less):
    ceded, net = less.ceded.mean.difference, less.net.mean.difference
    assert ceded.value == pytest.approx(-net.value)
    assert ceded.standard_error == pytest.approx(net.standard_error)
    total = sum(treaty.mean.difference.value for treaty in less.treaties)
    assert total == pytest.approx(ceded.value)
    shares = sum(member.tvar_995.difference.value for member in less.members)
    assert shares == pytest.approx(less.net.tvar_995.difference.value)
    errors = sum(member.tvar_995.difference.standard_error for member in less.members)
    assert errors == pytest.approx(less.net.tvar_995.difference.standard_error)


def test_states_of_treaties(report, less):
    assert {t.name: t.state for t in less.treaties} == {
        "share": "changed", "layer": "affected", "stop": "removed",
    }  # fmt: skip
    extra = {"name": "more", "treaty": {"kind": "quota_share", "share": 0.1}, "net_of": ["stop"]}
    added = changed(report, {"add": extra})
    assert {t.name: t.state for t in added.treaties} == {
        "share": "unchanged", "layer": "unchanged", "stop": "unchanged", "more": "added",
    }  # fmt: skip
    more = added.treaties[-1]
    assert more.mean.before.exact
    assert more.mean.difference.value == more.mean.after.value > 0
    assert more.mean.difference.standard_error == pytest.approx(more.mean.after.standard_error)
    for figure in ("mean", "tvar_995", "hit_probability", "allocated_capital"):
        assert getattr(added.treaties[0], figure).difference.exact
    moved = changed(report, {"treaty": "stop", "set": {"net_of": ["share", "layer"]}})
    assert [t.state for t in moved.treaties] == ["unchanged", "unchanged", "changed"]


def test_where_parallel_treaties_may_be_cut_any_change_affects_all(report):
    capped = Programme(treaties=report.programme.treaties, parallel="capped")
    (one,) = what_if(report, capped).alternatives
    assert {treaty.state for treaty in one.treaties} == {"affected"}


def test_allocated_capital_of_treaties_and_net_is_the_gross_capital(report, less):
    """So the changes of all parts of the gross tail sum to nothing."""
    gross = report.cession.annual("gross")
    nets = [report.cession.annual("net"), less.annual["net"]]
    old, new = (share.value - net.mean() for share, net in
                zip(measures.co_tvar(nets, gross, 0.995), nets, strict=True))  # fmt: skip
    layer = less.treaties[1].allocated_capital.difference
    after = less.programme.apply(report.losses).annual("layer")
    error = differences.share_error(report.cession.annual("layer"), after, gross)
    assert layer.standard_error == pytest.approx(error)
    total = sum(treaty.allocated_capital.difference.value for treaty in less.treaties)
    assert total + new - old == pytest.approx(0, abs=1e-6)


# --- Money


def test_flows_follow_the_premium_of_the_run(report, less):
    share, layer, stop = less.treaties
    paid, back = share.flows["ceded_premium"], share.flows["ceding_commission"]
    assert paid.difference.value == pytest.approx(-0.1 * report.premium.value)
    assert paid.difference.standard_error == 0
    assert back.difference.value == pytest.approx(0.28 * paid.difference.value)
    assert stop.flows["ceded_premium"].difference.value == -2e4
    assert layer.flows["ceded_premium"].difference.exact is False
    assert layer.flows["reinstatement_premium"].difference.value > 0
    assert layer.flows["reinstatement_premium"].difference.standard_error > 0


def test_cost_is_premiums_less_commissions_and_ceded_losses(less):
    paid = sum(
        (-1 if kind == "ceding_commission" else 1) * flow.difference.value
        for treaty in less.treaties
        for kind, flow in treaty.flows.items()
    )
    expected = paid - less.ceded.mean.difference.value
    assert less.cost.difference.value == pytest.approx(expected)
    assert 0 < less.cost.difference.standard_error < less.cost.separate_error
    none = less.cost.before.value + less.cost.difference.value
    assert none == pytest.approx(less.cost.after.value)


# --- Legal limits


def test_breaches_are_created_and_cured_by_the_share(report):
    """B carries 2/5 of 4e6 = 1.6e6, net 0.96e6 of its 1.1e6 at 40%: breached from 31.25% down."""
    created = changed(report, {"treaty": "share", "set": {"share": 0.3}})
    assert {(b.member, b.rule) for b in created.created} == {("B", "single_risk")}
    assert created.cured == ()
    kept = changed(report, {"treaty": "share", "set": {"share": 0.32}})
    assert "A" not in {b.member for b in kept.created}
    bare = what_if(report, Programme()).alternatives[0]
    back = run_pool(REQUEST | {"programme": {"treaties": []}})
    (cured,) = what_if(back, report.programme).alternatives
    assert {str(b.risk_unit) for b in cured.cured} == {str(b.risk_unit) for b in bare.created}
    assert all(breach.cured for breach in cured.cured)
    assert cured.created == ()
    units = [{b.risk_unit for b in one.standing} for one in (bare, cured)]
    assert units[0] == units[1] != set()
    assert cured.standing == tuple(b for b in report.breaches if not b.cured)
    breached = {(b.rule, b.member, b.risk_unit) for b in bare.created + bare.standing}
    assert breached == {
        (b.rule, b.member, b.risk_unit) for b in back.breaches if not b.cured
    }  # fmt: skip


# --- What is said beside the figures


def test_the_same_programme_changes_nothing_for_certain(report):
    (one,) = what_if(report, report.programme).alternatives
    assert one.flags == ("the programme is the one that was run",)
    for part in (one.net, one.ceded, *one.treaties):
        assert part.mean.difference.exact
        assert part.mean.difference.value == 0
    assert one.cost.difference.exact


def test_an_edit_that_no_year_feels_is_said_to_be_so(report):
    (one,) = (changed(report, {"treaty": "layer", "set": {"placed_share": 1.0, "premium": 5e4}}),)
    assert one.net.mean.difference.value == 0
    assert not one.net.mean.difference.exact
    assert one.flags == ("net losses are the same in all 4,000 simulated years",)
    assert one.cost.difference.value > 0


def test_a_change_in_few_years_is_doubted(report):
    paid = report.cession.ceded["stop"]
    annual = report.losses.annual(paid)
    fifth = np.sort(annual)[-5]
    one = changed(report, {"treaty": "stop", "set": {"limit": float(fifth)}})
    assert 0 < one.net.years_changed < 10
    (flag,) = one.flags
    assert f"differ in {one.net.years_changed} of 4,000 simulated years only" in flag


def test_rewiring_and_flags_of_the_programme_are_told(report):
    one = changed(report, {"drop": "share"})
    assert "treaty 'layer' is now net of nothing; it was net of 'share'" in one.flags
    odd = {"name": "odd", "products": ["patents"], "treaty": {"kind": "quota_share", "share": 0.1}}
    assert any("no item is of product" in flag for flag in changed(report, {"add": odd}).flags)


def test_several_programmes_stand_side_by_side(report, less):
    calls = []
    programmes = {"less": less.programme, "none": Programme()}
    found = what_if(report, programmes, progress=lambda *call: calls.append(call))
    assert [one.name for one in found.alternatives] == ["less", "none"]
    assert found.alternatives[0].net == less.net
    assert found.alternatives[1].net.mean.after == report.gross.mean
    assert calls == [(1, 3), (2, 3), (3, 3)]
    assert found.receipt.digests["programme/none"] == digest(Programme())
    assert found.receipt.digests["programme"] == digest(report.programme)


def test_json_can_hold_the_answer(report):
    found = what_if(report, {"none": Programme()})
    whole = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    (one,) = whole["alternatives"]
    assert one["net"]["mean"]["difference"].keys() >= {"value", "standard_error"}
    assert "annual" not in whole
    assert "annual" not in one
    assert "none: net tvar_995 +" in str(found)


def test_what_cannot_be_is_refused(report):
    twice = {"name": "twice", "treaty": {"kind": "quota_share", "share": 0.7}}
    with pytest.raises(Refused, match="parallel treaties 'share', 'twice'"):
        changed(report, {"add": twice})
    with pytest.raises(InvalidParameter, match="programmes must hold at least one"):
        what_if(report, {})
