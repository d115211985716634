"""Lines above what members state: counted by hand, and said of a run where it is so."""

import numpy as np
import pytest

from techinsure.pool.appetite import AccumulationCapacity, Appetite
from techinsure.pooling import run_pool
from techinsure.pooling.checks import check_pool
from techinsure.pooling.own_limits import NAMED, flags_of_own_limits, lines_above_own
from tests.techinsure.builders import portfolio
from tests.techinsure.pool.test_risk_lines import pool_of

UNITS = portfolio(
    4,
    labels={
        "risk_unit": ["fab", "fab", "lab", None],
        "risk_class": ["equipment_loss/fab", "rd_loss/chip", "rd_loss/chip", "patent/any"],
        "park": ["north", None, "north", "south"],
    },
    sum_insured=np.array([1.2e9, 2e9, 50e6, 70e6]),
)


def above(ceded=None, **second):
    """What the second member, of a signed 5/12, is above."""
    found = lines_above_own(pool_of(**second), UNITS, ceded or {})
    assert all(set(by_member) == {"second"} for by_member in found.values())
    return {bound: by_member["second"] for bound, by_member in found.items()}


def test_who_states_nothing_is_above_nothing():
    assert above() == {}  # also where the law allows less: that is a breach, not a flag
    assert list(flags_of_own_limits(pool_of(), UNITS, {})) == []


def test_each_statement_is_held_against_each_risk():
    assert above(licence=("equipment_loss", "rd_loss")) == {"licence": (UNITS.ids[3],)}
    assert above(licence=("rd_loss",)) == {"licence": ("fab", UNITS.ids[3])}
    most = above(capacity_per_risk=25e6)  # 5/12 of 3.2bn, 50m and 70m: 1,333m, 20.8m and 29.2m
    assert most == {"capacity_per_risk": ("fab", UNITS.ids[3])}
    assert above({"fab": 0.99}, capacity_per_risk=25e6) == {"capacity_per_risk": (UNITS.ids[3],)}


def test_a_line_that_just_fits_is_not_above():
    assert "lab" not in above(capacity_per_risk=21e6)["capacity_per_risk"]
    exactly = {"capacity_per_risk": 50e6 * 5 / 12 * 0.999999}
    assert "lab" in above(**exactly)["capacity_per_risk"]


def test_places_that_are_full_and_appetite():
    park = (AccumulationCapacity(basis="park", most=30e6),)
    assert above(accumulation_capacity=park) == {"accumulation": ("fab", "lab")}
    writes = (Appetite(writes="rd_loss", maximum="0.4"), Appetite(writes="equipment_loss"))
    assert above(appetite=writes) == {"appetite": ("fab", "lab", UNITS.ids[3])}


LEAD = {"name": "lead", "written": "0.6", "capital_and_reserves": 5e9, "lead": True}
BARE = {
    "portfolio": {"rows": [
        {"product": "equipment_loss", "risk_class": "lab", "sum_insured": 20e6, "units": 40,
         "site": "laboratory A"},
        {"product": "rd_loss", "risk_class": "chip", "sum_insured": 6e6, "budget": 8e6},
    ]},
    "pool": {"name": "two", "currency": "CNY", "members": [
        LEAD, {"name": "second", "written": "2/5", "capital_and_reserves": 6e9},
    ]},
    "simulation": {"n_years": 1000, "seed": 1},
}  # fmt: skip
STATED = {
    **BARE,
    "pool": {**BARE["pool"], "members": [
        {**LEAD, "licence": ["equipment_loss"]},
        {"name": "second", "written": "2/5", "capital_and_reserves": 6e9,
         "capacity_per_risk": 5e6},
    ]},
}  # fmt: skip


@pytest.fixture(scope="module")
def run():
    return run_pool(STATED)


def test_a_run_says_which_lines_are_above_what(run):
    licence, capacity = (flag for flag in run.flags if "`pool check`" in flag)
    assert licence.startswith(
        "the lines of 'lead' (1) of 2 risk units are above their licence, in rd_loss: the run "
    )
    assert capacity.startswith(
        "the lines of 'second' (1) of 2 risk units are above their capacity_per_risk, in "
        "equipment_loss: the run "
    )
    assert not any("`pool check`" in flag for flag in run_pool(BARE).flags)


def test_a_check_finds_it_by_name_and_does_not_flag_it_again(run):
    checks = check_pool(STATED)
    assert {one.rule for one in checks.findings} == {"licence", "capacity_per_risk"}
    assert not any("`pool check`" in flag for flag in checks.flags)
    assert set(checks.flags) < set(run.flags)


def test_of_many_members_some_are_named_and_the_others_counted():
    members = [LEAD | {"written": "0.1"}] + [
        {"name": f"m{k}", "written": "0.1", "capital_and_reserves": 6e9, "capacity_per_risk": 1.0}
        for k in range(NAMED + 2)
    ]
    report = run_pool({**BARE, "pool": {**BARE["pool"], "members": members, "order": "0.8"}})
    (flag,) = (flag for flag in report.flags if "`pool check`" in flag)
    assert "'m4' (2), ... (+2) of 2 risk units" in flag
    assert "'m5'" not in flag
