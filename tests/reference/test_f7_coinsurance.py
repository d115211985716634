"""Exact splits, signed lines and the lead's fee against family f7."""

import pytest

from techinsure.errors import TechinsureError
from techinsure.money import exact, split
from techinsure.pool.members import Member, Pool
from techinsure.pool.settlement import CollectedPremium, settle_premium
from techinsure.pool.signing import sign
from tests.reference.cases import assert_listed, load, within

CASES = load("f7_coinsurance")
SPLITS = [case for case in CASES if case.startswith("split_")]
SIGNS = [case for case in CASES if case.startswith("sign_")]
LEFT = (
    *("borch_normal", "borch_capped", "borch_infeasible"),  # optimal shares
    *("default_several", "default_cascade", "default_reinsurance", "expected_default_cost"),
)


def test_every_case_is_accounted_for():
    assert len(SPLITS) == 10
    assert len(SIGNS) == 6
    assert_listed(CASES, (*SPLITS, *SIGNS, "leader_fee"), LEFT)


@pytest.mark.parametrize("case", SPLITS)
def test_split(case):
    given, expected = CASES[case]["inputs"], CASES[case]["expected"]
    shares = [exact(share) for share in given["shares"]]
    if "refuse" in expected:
        with pytest.raises(TechinsureError):
            split(given["amount"], shares)
    else:
        assert split(given["amount"], shares) == expected["parts"]


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
