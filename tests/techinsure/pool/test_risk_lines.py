"""Lines of one risk: what sets the most of each member, and the lines signed again."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.money import exact
from techinsure.pool.appetite import AccumulationCapacity, Appetite
from techinsure.pool.members import Member, Pool
from techinsure.pool.risk_lines import (
    GroupHeld,
    RiskUnit,
    lines_of_risk,
    lines_of_risks,
    room,
)
from tests.techinsure.builders import portfolio

LEAD = Member(name="lead", written="0.7", capital_and_reserves=90e9, lead=True)


def pool_of(**second):
    """The lead, and another with a tenth of 6bn by law."""
    given = {"written": "0.5", "capital_and_reserves": 6e9} | second
    members = (LEAD, Member(name="second", **given))
    return Pool(name="fabs", currency="CNY", members=members)


FAB = RiskUnit(
    name="fab", sum_insured=3.2e9, kinds=("equipment_loss/wafer_fab",),
    groups=(GroupHeld(basis="park", name="north", net_sum_insured=4e9),),
)  # fmt: skip


def second_room(ceded=Fraction(0), risk=FAB, **second):
    pool = pool_of(**second)
    return room(pool, pool.members[1], risk, ceded)


@pytest.mark.parametrize(
    ("second", "most", "bound"),
    [
        ({}, "3/16", "single_risk"),  # 600m of 3.2bn
        ({"written": "1/8"}, "1/8", "written"),
        ({"capacity_per_risk": 1.6e8}, "1/20", "capacity_per_risk"),
        ({"licence": ("rd_loss",)}, "0", "licence"),
        ({"licence": ("equipment_loss",)}, "3/16", "single_risk"),
        ({"appetite": (Appetite(writes="rd_loss"),)}, "0", "appetite"),
        ({"appetite": (Appetite(writes="equipment_loss", maximum="1/10"),)}, "1/10", "appetite"),
        ({"accumulation_capacity": (AccumulationCapacity(basis="park", most=2e8),)}, "1/20",
         "accumulation"),
        ({"accumulation_capacity": (AccumulationCapacity(basis="park", name="south", most=1.0),)},
         "3/16", "single_risk"),
        ({"accumulation_capacity": (AccumulationCapacity(basis="route", most=1.0),)}, "3/16",
         "single_risk"),
        ({"minimum": "1/5"}, "0", "minimum"),
        ({"minimum": "3/16"}, "3/16", "single_risk"),
        ({"minimum": "1/5", "to_stand": True}, "3/16", "single_risk"),
    ],
)  # fmt: skip
def test_the_least_of_all_sets_the_most(second, most, bound):
    found = second_room(**second)
    assert (str(found.most), found.bound) == (most, bound)


def test_capacities_are_net_of_proportional_reinsurance():
    """Half is ceded: twice the line fits into the same money; all is ceded: any line."""
    assert second_room(Fraction(1, 2)) == (Fraction(3, 8), "single_risk")
    found = second_room(Fraction(1, 2), capacity_per_risk=1.6e8)
    assert found == (Fraction(1, 10), "capacity_per_risk")
    assert second_room(Fraction(1)) == (Fraction(1, 2), "written")


def test_the_lines_of_the_fab_by_hand():
    """7/12 and 5/12 as signed; the second may carry 3/16, the lead all that it wrote, 7/10: 9/80
    has no room, which is 360m. As signed the second is 4/3bn - 0.6bn above the law."""
    found = lines_of_risk(pool_of(), FAB)
    lead, second = found.lines
    assert (lead.signed, lead.signed_again, lead.bound) == ("7/12", "7/10", "written")
    assert (second.signed, second.most, second.signed_again) == ("5/12", "3/16", "3/16")
    assert (found.unplaced, found.gap, found.capacity_gap) == ("0", "9/80", 360e6)
    assert second.over == pytest.approx(3.2e9 * 5 / 12 - 600e6)
    assert found.facultative_as_signed == second.over
    assert (second.gross_again, second.net_again, second.legal_capacity) == (600e6, 600e6, 600e6)
    again = found.in_force("1")
    assert sum(again.shares().values()) == 1
    assert again.of("second") == Fraction(3, 16)


def test_a_risk_without_a_kind_is_refused_where_it_matters():
    bare = replace(FAB, kinds=())
    assert lines_of_risk(pool_of(), bare).lines[1].bound == "single_risk"
    with pytest.raises(InvalidParameter) as refused:
        lines_of_risk(pool_of(licence=("rd_loss",)), bare)
    (fault,) = refused.value.faults
    assert fault.pointer == "/risk/kinds"
    assert "'second' states a licence" in fault.bound


HELD = portfolio(
    4,
    labels={
        "risk_unit": ["fab", "fab", "lab", None],
        "risk_class": ["equipment_loss/fab", "rd_loss/chip", "rd_loss/chip", "patent/any"],
        "park": ["north", None, "north", "south"],
    },
    sum_insured=np.array([1.2e9, 2e9, 50e6, 70e6]),
)


def test_only_risks_of_which_a_line_is_too_large_are_listed():
    (fab,) = lines_of_risks(pool_of(), HELD)
    assert (fab.risk_unit, fab.sum_insured) == ("fab", 3.2e9)
    assert fab == lines_of_risk(pool_of(), RiskUnit(name="fab", sum_insured=3.2e9))
    assert not lines_of_risks(pool_of(), HELD, {"fab": 0.6})
    assert lines_of_risks(pool_of(), HELD, {"fab": 0.5})[0].lines[1].most == "3/8"


def test_a_risk_of_several_kinds_is_as_narrow_as_its_narrowest():
    only = {"licence": ("rd_loss", "patent")}
    found = lines_of_risks(pool_of(capital_and_reserves=90e9, **only), HELD)
    assert [(risk.risk_unit, risk.lines[1].bound) for risk in found] == [("fab", "licence")]


def test_an_item_without_a_risk_unit_is_one_by_itself():
    small = pool_of(capital_and_reserves=90e9, capacity_per_risk=7e6, written="0.3")
    found = {risk.risk_unit: risk.lines[1].most for risk in lines_of_risks(small, HELD)}
    assert found == {"fab": str(Fraction(7, 3200)), "lab": "7/50", "d": "1/10"}


def test_a_full_park_cuts_every_risk_of_it_alike():
    """North has 1.2bn of the fab and the lab's 50m: 125m of it is a tenth, of both risks. The
    member's lines there then come to its capacity."""
    capacity = (AccumulationCapacity(basis="park", most=125e6),)
    full = pool_of(capital_and_reserves=90e9, accumulation_capacity=capacity)
    found = lines_of_risks(full, HELD)
    assert {risk.risk_unit: risk.lines[1].most for risk in found} == {"fab": "1/10", "lab": "1/10"}
    carried = sum(
        float(exact(risk.lines[1].signed_again)) * part
        for risk, part in zip(found, (1.2e9, 50e6), strict=True)
    )
    assert carried == pytest.approx(125e6)


def test_what_is_ceded_makes_room_in_a_park():
    capacity = (AccumulationCapacity(basis="park", most=65e6),)
    full = pool_of(capital_and_reserves=90e9, accumulation_capacity=capacity)
    found = lines_of_risks(full, HELD, {"fab": 0.5})
    assert {risk.lines[1].most for risk in found} == {"1/10"}  # 65m of 0.6bn + 50m


def test_the_supply_flag_is_a_group():
    held = portfolio(2, sum_insured=np.array([1e6, 3e6]), supply_exposed=np.array([True, False]))
    capacity = (AccumulationCapacity(basis="supply", most=2e5),)
    (risk,) = lines_of_risks(pool_of(accumulation_capacity=capacity), held)
    assert (risk.risk_unit, risk.lines[1].most, risk.lines[1].bound) == (
        "unit a", "1/5", "accumulation",
    )  # fmt: skip
