"""Exact splits, signed lines, the lead's fee and optimal shares against family f7.

Splits and lines also as the HTTP routes answer them.
"""

import numpy as np
import pytest

from techinsure.capital.sharing import normal_certainty_equivalents, optimal_shares
from techinsure.errors import Refused, TechinsureError
from techinsure.money import exact, split
from techinsure.pool.members import Member, Pool
from techinsure.pool.settlement import CollectedPremium, settle_premium
from techinsure.pool.signing import sign
from tests.reference.cases import assert_listed, load, within
from tests.techinsure_api.service import client, is_problem

CASES = load("f7_coinsurance")
SPLITS = [case for case in CASES if case.startswith("split_")]
SIGNS = [case for case in CASES if case.startswith("sign_")]
BORCH = ("borch_normal", "borch_capped", "borch_infeasible")
LEFT = ("default_several", "default_cascade", "default_reinsurance", "expected_default_cost")
"""Failures: tests of the insolvency of members."""


def test_every_case_is_accounted_for():
    assert len(SPLITS) == 10
    assert len(SIGNS) == 6
    assert_listed(CASES, (*SPLITS, *SIGNS, *BORCH, "leader_fee"), LEFT)


@pytest.mark.parametrize("case", SPLITS)
def test_split(case):
    given, expected = CASES[case]["inputs"], CASES[case]["expected"]
    shares = [exact(share) for share in given["shares"]]
    if "refuse" in expected:
        with pytest.raises(TechinsureError):
            split(given["amount"], shares)
    else:
        assert split(given["amount"], shares) == expected["parts"]


def written_pool(written, minimum=None, stands=None):
    """A pool as a body has it; the first leads."""
    members = [
        {"name": str(k), "written": line, "capital_and_reserves": 1.0, "lead": k == 0,
         "minimum": minimum[k] if minimum else None, "to_stand": k == stands}
        for k, line in enumerate(written)
    ]  # fmt: skip
    return {"name": "pool", "currency": "CNY", "members": members}


@pytest.mark.parametrize("case", SPLITS)
def test_split_over_http(case):
    """By a pool whose written lines are the weights: signing down makes them shares."""
    given, expected = CASES[case]["inputs"], CASES[case]["expected"]
    claim = {"reference": "C", "amount_minor": str(given["amount"]), "currency": "CNY",
             "loss_date": "2026-01-01", "paid_by": "0"}  # fmt: skip
    body = {"pool": written_pool(given["shares"]), "claim": claim}
    answer = client.post("/v1/settlements/split", json=body)
    if "refuse" in expected:
        is_problem(answer, 422, "invalid_parameter")
        return
    assert answer.status_code == 200, answer.text
    parts = [int(part["amount_minor"]) for part in answer.json()["parts"]]
    assert parts == expected["parts"]


@pytest.mark.parametrize("case", SIGNS)
def test_sign_over_http(case):
    given, expected = CASES[case]["inputs"], CASES[case]["expected"]
    pool = written_pool(given["written"], given["minimum_lines"], given["protected_lead"])
    answer = client.post("/v1/pools/sign-down", json={"pool": pool})
    if "refuse" in expected:
        is_problem(answer, 409, "refused")
        return
    found = answer.json()
    assert [line["signed"] for line in found["lines"]] == expected["signed"]
    assert [line["share"] for line in found["lines"]] == within(
        CASES[case], expected["signed_float"]
    )
    assert found["unplaced"] == expected["unplaced"]


@pytest.mark.parametrize("case", BORCH)
def test_optimal_shares(case):
    given, expected = CASES[case]["inputs"], CASES[case]["expected"]
    tolerance = np.array(given["risk_tolerances"])
    caps = np.array(given["caps"]) if "caps" in given else None
    if "refuse" in expected:
        with pytest.raises(Refused):
            optimal_shares(tolerance, caps)
        return
    shares = optimal_shares(tolerance, caps)
    assert shares == pytest.approx(expected["shares"], abs=CASES[case]["tolerance"]["share_abs"])
    law = given["law"]
    costs = normal_certainty_equivalents(shares, tolerance, law["mean"], law["sd"])
    assert float(costs.sum()) == within(CASES[case], expected["total"])
    if "certainty_equivalent_costs" in expected:
        assert [*costs] == within(CASES[case], expected["certainty_equivalent_costs"])


def pool_of(given):
    written = given["written"]
    minimum = given["minimum_lines"] or [None] * len(written)
    return Pool(
        name="pool",
        currency="CNY",
        members=tuple(
            Member(
                name=str(k),
                written=written[k],
                capital_and_reserves=1.0,
                lead=k == 0,
                minimum=minimum[k],
                to_stand=k == given["protected_lead"],
            )
            for k in range(len(written))
        ),
    )


@pytest.mark.parametrize("case", SIGNS)
def test_sign(case):
    given, expected = CASES[case]["inputs"], CASES[case]["expected"]
    if "refuse" in expected:
        with pytest.raises(TechinsureError):
            sign(pool_of(given))
        return
    signed = sign(pool_of(given))
    assert [line.signed for line in signed.lines] == expected["signed"]
    shares = [float(line.share) for line in signed.lines]
    assert shares == within(CASES[case], expected["signed_float"])
    assert signed.unplaced == expected["unplaced"]


def test_leader_fee():
    case = CASES["leader_fee"]
    given, expected = case["inputs"], case["expected"]
    names = [str(k) for k in range(len(given["shares"]))]
    pool = Pool(
        name="pool",
        currency="CNY",
        lead_fee=float(exact(given["fee"])),
        members=tuple(
            Member(name=name, written=share, capital_and_reserves=1.0, lead=k == given["leader"])
            for k, (name, share) in enumerate(zip(names, given["shares"], strict=True))
        ),
    )
    premium = CollectedPremium(
        reference="P", amount_minor=given["premium"], currency="CNY", collected_by="0"
    )
    postings = settle_premium(premium, sign(pool), pool).postings

    def of(account, name, sign=(1, -1)):
        return sum(
            entry.amount_minor
            for entry in postings
            if entry.account == account and entry.party == name and entry.amount_minor * sign[0] > 0
        )

    gross = [of("premium_share", name) for name in names]
    fee_paid = [-of("lead_fee", name, sign=(-1,)) for name in names]
    received = [of("lead_fee", name) for name in names]
    assert gross == expected["gross"]
    assert fee_paid == expected["fee_paid"]
    net = [g - f + r for g, f, r in zip(gross, fee_paid, received, strict=True)]
    assert net == expected["net"]


def test_leader_fee_over_http():
    given, expected = CASES["leader_fee"]["inputs"], CASES["leader_fee"]["expected"]
    lines = [{"member": str(k), "share": share, "lead": k == given["leader"]}
             for k, share in enumerate(given["shares"])]  # fmt: skip
    premium = {"reference": "P", "amount_minor": str(given["premium"]), "currency": "CNY",
               "collected_by": "0"}  # fmt: skip
    body = {"lines": lines, "lead_fee": float(exact(given["fee"])), "premium": premium}
    parts = client.post("/v1/settlements/split", json=body).json()["parts"]
    assert [int(part["amount_minor"]) for part in parts] == expected["gross"]
    fees = [int(part["lead_fee_minor"]) for part in parts]
    assert [-fee for fee in fees[1:]] == expected["fee_paid"][1:]
    net = [int(part["amount_minor"]) + fee for part, fee in zip(parts, fees, strict=True)]
    assert net == expected["net"]


F9 = load("f9_money_text")


def test_the_money_of_f9_over_http():
    """A loss in thirds, and a premium in three equal parts."""
    thirds = [{"member": str(k), "share": "1/3"} for k in range(3)]

    def parts(amount):
        claim = {"reference": "C", "amount_minor": str(amount), "currency": "CNY",
                 "loss_date": "2026-01-01", "paid_by": "0"}  # fmt: skip
        answer = client.post("/v1/settlements/split", json={"lines": thirds, "claim": claim})
        assert sum(int(one["amount_minor"]) for one in answer.json()["balances"]) == 0
        return [int(part["amount_minor"]) for part in answer.json()["parts"]]

    loss, instalments = F9["balance"], F9["instalments"]
    assert parts(loss["inputs"]["loss"]) == loss["expected"]["member_due"]
    assert parts(instalments["inputs"]["amount"]) == instalments["expected"]["parts"]
