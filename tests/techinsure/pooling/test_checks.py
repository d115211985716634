"""A pool held to its rules: each finding by hand, what is not given said, and where faults are."""

import pytest

from techinsure.errors import InvalidParameter
from techinsure.pool.limits import sums_insured
from techinsure.pooling import run_pool
from techinsure.pooling.checks import check_pool
from techinsure.pooling.checks_report import RULES
from tests.techinsure_api.service import changed

LAB = "site/laboratory A"
ROWS = [
    {"id": "EQ-1", "product": "equipment_loss", "risk_class": "lab", "sum_insured": 20e6,
     "units": 40, "site": "laboratory A", "park": "north"},
    {"id": "RD-1", "product": "rd_loss", "risk_class": "chip", "sum_insured": 6e6, "budget": 8e6,
     "stage": "startup", "route": "risc-v"},
]  # fmt: skip
LEAD = {"name": "lead", "written": "0.6", "capital_and_reserves": 5e9, "lead": True}
BARE = {
    "portfolio": {"rows": ROWS},
    "pool": {"name": "two", "currency": "CNY", "members": [
        LEAD, {"name": "second", "written": "2/5", "capital_and_reserves": 6e9},
    ]},
    "simulation": {"n_years": 1000, "seed": 1},
}  # fmt: skip
RE = [{"name": "Re A", "share": "1"}]


def quota_share(share, **given):
    treaty = {"kind": "quota_share", "share": share, "commission": 0.28}
    placed = {"name": "quota share", "treaty": treaty, "reinsurers": RE}
    return {"treaties": [{**placed, **given}]}


def found(**given):
    return check_pool({**BARE, **given})


def of_rule(checks, rule):
    return [one for one in checks.findings if one.rule == rule]


def state(checks, rule):
    return next(one for one in checks.rules if one.rule == rule)


def test_what_is_not_given_is_said_not_to_be_checked():
    checks = found()
    assert [one.rule for one in checks.rules] == [*RULES]
    states = {one.rule: (one.state, one.why) for one in checks.rules}
    assert states["single_risk"] == states["retained_premium"] == ("kept", "")
    assert states["one_reinsurer"] == ("kept", "")
    assert states["same_contract"] == ("not_checked", "no contracts are given")
    assert states["accumulation"] == ("not_checked", "no limit is given")
    assert states["lead_fee"][1].startswith("no premium is ceded in proportion")
    assert states["licence"] == ("not_checked", "no member states one")
    assert not checks.findings
    assert not checks.broken
    assert checks.premium == run_pool(BARE).premium


def test_a_line_above_the_law_is_signed_again_or_ceded():
    """The second's 8m of the laboratory against a tenth of 60m: 2m over; it may sign 3/10, and the
    lead no more than the 3/5 that it wrote: a tenth, 2m, has no room."""
    checks = found(pool=changed(BARE["pool"], "/members/1/capital_and_reserves", 6e7))
    (one,) = of_rule(checks, "single_risk")
    assert (one.state, one.member, one.risk_unit, one.over) == ("breach", "second", LAB, 2e6)
    assert one.cure == (
        "sign 3/10 of it and re-spread, or cede 2,000,000.00 facultatively; "
        "nobody has room for 1/10 of it, 2,000,000.00"
    )
    assert "as of 2021-05-31" in one.source
    (risk,) = checks.risks
    assert (risk.gap, risk.capacity_gap) == ("1/10", 2e6)
    assert state(checks, "single_risk").state == "broken"
    assert checks.broken == (one,)


def test_room_elsewhere_in_the_pool_is_found():
    pool = changed(BARE["pool"], "/members/1/capital_and_reserves", 6e7)
    checks = found(pool=changed(pool, "/members/0/written", "0.9"))
    (one,) = of_rule(checks, "single_risk")
    assert one.cure.startswith("sign 3/10 of it and re-spread, or cede ")
    assert "nobody" not in one.cure
    assert checks.risks[0].gap == "0"


def test_what_reinsurance_cures_is_listed_last_and_breaks_nothing():
    pool = changed(BARE["pool"], "/members/1/capital_and_reserves", 6e7)
    checks = found(pool=pool, programme=quota_share(0.5))
    (one,) = of_rule(checks, "single_risk")
    assert (one.state, one.over) == ("cured", 0.0)
    assert checks.findings[-1] == one
    assert (state(checks, "single_risk").state, state(checks, "single_risk").findings) == (
        "kept",
        1,
    )


def test_what_a_member_does_not_write_is_found():
    """No reinsurance cures a licence; a capacity it does."""
    members = BARE["pool"]["members"]
    second = {**members[1], "licence": ["equipment_loss"], "capacity_per_risk": 6e6,
              "accumulation_capacity": [{"basis": "park", "most": 5e6}]}  # fmt: skip
    checks = found(pool={**BARE["pool"], "members": [members[0], second]})
    (licence,) = of_rule(checks, "licence")
    assert (licence.risk_unit, licence.found, licence.bound) == ("id/RD-1", "line 2/5", "line 0")
    assert licence.over == pytest.approx(0.4 * 6e6)
    assert "cede" not in licence.cure
    (park,) = of_rule(checks, "accumulation_capacity")  # 5m of 20m, below its 6m of one risk
    assert (park.risk_unit, park.bound, park.over) == (LAB, "line 1/4", pytest.approx(3e6))
    assert "or cede 3,000,000.00 facultatively" in park.cure


def test_too_much_with_one_reinsurer_and_with_affiliates():
    checks = found(programme=quota_share(0.85), affiliates={LAB: ["Re A"]})
    one = of_rule(checks, "one_reinsurer")
    assert {(f.member, f.risk_unit, round(f.over)) for f in one} == {
        ("lead", LAB, 600_000), ("second", LAB, 400_000),
        ("lead", "id/RD-1", 180_000), ("second", "id/RD-1", 120_000),
    }  # fmt: skip
    affiliates = of_rule(checks, "affiliates")
    assert {f.risk_unit for f in affiliates} == {LAB}
    assert not of_rule(found(programme=quota_share(0.8)), "one_reinsurer")
    unnamed = found(programme=quota_share(0.85, reinsurers=[]))
    assert state(unnamed, "one_reinsurer").why == "treaty 'quota share' names no reinsurers"


def test_the_leads_fee_beside_the_commission():
    """3% is five points and more from 28%, and less than that from 7%."""
    assert state(found(programme=quota_share(0.3)), "lead_fee").state == "kept"
    near = quota_share(0.3, treaty={"kind": "quota_share", "share": 0.3, "commission": 0.07})
    checks = found(programme=near)
    (one,) = of_rule(checks, "lead_fee")
    assert (one.state, one.member) == ("warning", "lead")
    assert one.over == pytest.approx(0.01 * 0.4 * checks.premium.value)
    assert state(checks, "lead_fee").state == "warned"


def contract(member, **given):
    return {"member": member, "contract": "P-1", "object": "laboratory", "cover": "all risks",
            "begins": "2026-01-01", "ends": "2026-12-31", "sum_insured": 2e7} | given  # fmt: skip


def test_the_five_sames_and_equal_shares():
    own = [contract("lead"), contract("second", begins="2026-02-01", sum_insured=2.1e7)]
    shares = {"risk_unit": LAB, "premium": 1e5, "premium_shares": {"lead": "3/5", "second": "2/5"},
              "claim_shares": {"lead": "7/10", "second": "0.3"}}  # fmt: skip
    checks = found(contracts=[{"risk_unit": LAB, "contracts": own}], shares=[shares])
    sames = of_rule(checks, "same_contract")
    assert {(f.member, f.found, f.over) for f in sames} == {
        ("second", "begins 2026-02-01", None), ("second", "sum_insured 21000000.0", 1e6),
    }  # fmt: skip
    equal = of_rule(checks, "equal_shares")
    assert {(f.member, f.over) for f in equal} == {("lead", 0.0), ("second", 1e4)}


def test_accumulations_soft_and_hard():
    limits = [{"basis": "park", "figure": "sum_insured", "soft": 1e7, "hard": 3e7},
              {"basis": "route", "figure": "share", "hard": 0.1}]  # fmt: skip
    checks = found(accumulation_limits=limits)
    told = {(f.state, f.member, f.risk_unit, f.over) for f in of_rule(checks, "accumulation")}
    assert told == {("warning", "", "park north", 1e7), ("breach", "", "route risc-v", None)}
    assert [one.basis for one in checks.accumulations] == ["park", "route"]
    own = {**BARE["pool"], "accumulation_limits": limits}
    assert of_rule(found(pool=own), "accumulation") == of_rule(checks, "accumulation")
    bare = found(accumulation_limits=[{"basis": "sector", "figure": "share", "hard": 0.1}])
    assert state(bare, "accumulation").why == "no item has a label of sector"


@pytest.mark.parametrize(
    ("given", "pointer", "words"),
    [
        ({"affiliates": {"site/laboratory B": []}}, "/affiliates/site~1laboratory B", LAB),
        ({"programme": quota_share(0.1), "affiliates": {LAB: ["Re B"]}},
         "/affiliates/site~1laboratory A/0", "Re A"),
        ({"contracts": [{"risk_unit": "x", "contracts": [contract("lead")]}]},
         "/contracts/0/risk_unit", "must be a risk unit"),
        ({"contracts": [{"risk_unit": LAB, "contracts": [contract("lead"), contract("leda")]}]},
         "/contracts/0/contracts/1/member", "did you mean 'lead'"),
        ({"contracts": [{"risk_unit": LAB, "contracts": [contract("second")]}]},
         "/contracts/0/contracts", "one of the lead 'lead'"),
        ({"contracts": [{"risk_unit": LAB, "contracts": [contract("lead"), contract("lead")]}]},
         "/contracts/0/contracts/1", "must have one contract"),
        ({"contracts": [{"risk_unit": LAB, "contracts": [contract("lead")]}] * 2},
         "/contracts/1/risk_unit", "must be given once"),
        ({"shares": [{"risk_unit": LAB, "premium": 1.0, "premium_shares": {"thrid": "1"},
                      "claim_shares": {}}]}, "/shares/0/premium_shares/thrid", "a member"),
        ({"pool": changed(BARE["pool"], "/members/0/licence", ["rd_los"])},
         "/pool/members/0/licence/0", "did you mean 'rd_loss'"),
        ({"pool": changed(BARE["pool"], "/members/1/appetite", [{"writes": "wind"}])},
         "/pool/members/1/appetite/0/writes", "must be a product"),
    ],
)  # fmt: skip
def test_a_name_that_the_run_has_not_is_refused_where_it_stands(given, pointer, words):
    with pytest.raises(InvalidParameter) as refused:
        found(**given)
    fault = next(f for f in refused.value.faults if f.pointer == pointer)
    assert words in str(fault)


def test_the_sample_pool_has_the_findings_of_its_run():
    asked = {"portfolio": {"sample": "demo_pool"}, "simulation": {"n_years": 1000, "seed": 1}}
    checks, report = check_pool(asked), run_pool(asked)
    over = {(b.member, b.risk_unit): b.over for b in report.breaches if not b.cured}
    assert {(f.member, f.risk_unit): f.over for f in checks.broken} == over
    assert checks.n_items == len(report.losses.portfolio.ids)
    assert {one.risk_unit for one in checks.risks} <= {*sums_insured(report.losses.portfolio)}
    assert checks.receipt == report.receipt


def test_a_share_that_is_none_is_refused():
    shares = {"risk_unit": LAB, "premium": 1.0, "premium_shares": {"lead": "1/0"},
              "claim_shares": {}}  # fmt: skip
    with pytest.raises(InvalidParameter, match="must not divide by zero"):
        found(shares=[shares])
