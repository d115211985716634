import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.pool.cession_limits import CessionRules, cession_breaches, shares_by_reinsurer
from techinsure.pool.members import Member, Pool
from techinsure.pool.signing import sign
from techinsure.reinsurance.placing import PlacedTreaty, Reinsurer
from techinsure.reinsurance.programme import Programme
from techinsure.reinsurance.quota_share import QuotaShare
from tests.techinsure.builders import portfolio

POOL = Pool(
    name="fabs",
    currency="CNY",
    members=(
        Member(name="large", written="0.7", capital_and_reserves=90e9, lead=True),
        Member(name="small", written="0.3", capital_and_reserves=6e9),
        Member(name="idle", written="0", capital_and_reserves=6e9),
    ),
)
HELD = portfolio(
    4,
    labels={"risk_unit": ["fab", "fab", "lab", None], "product": ["x", "x", "x", "y"]},
    sum_insured=np.array([1e9, 3e9, 50e6, 10e6]),
)


def quota(name, share, reinsurers, **changes):
    placed = tuple(Reinsurer(name=r, share=s) for r, s in reinsurers.items())
    return PlacedTreaty(name=name, treaty=QuotaShare(share=share), reinsurers=placed, **changes)


def told(*treaties, **changes):
    return cession_breaches(POOL, sign(POOL), HELD, Programme(treaties=treaties), **changes)


WHOLE = quota("quota", 0.5, {"R": "4/5", "S": "1/5"})
FAC = quota("facultative", 0.9, {"R": "1"}, net_of=("quota",), risk_units=("fab",))


def test_two_treaties_with_one_reinsurer_add_up():
    """R has 0.4 of the fab by the quota share and 0.45 of it by the facultative: 85%."""
    shares = shares_by_reinsurer(HELD, Programme(treaties=(WHOLE, FAC)))
    assert shares["R"] == pytest.approx([0.85, 0.4, 0.4])
    assert shares["S"] == pytest.approx([0.1, 0.1, 0.1])
    large, small = told(WHOLE, FAC)
    assert (large.rule, large.member, large.risk_unit, large.reinsurer) == (
        "one_reinsurer", "large", "fab", "R",
    )  # fmt: skip
    assert large.amount == pytest.approx(0.7 * 4e9 * 0.85)
    assert small.over == pytest.approx(0.3 * 4e9 * 0.05)
    assert small.cure == "place 5.00% of the risk unit to another reinsurer, or keep it"
    assert "2005 art. 12" in small.source
    assert str(small).startswith("small: risk unit 'fab', 85.00% ceded to R, limit 80%, 60,000,000")


def test_at_the_limit_is_within_it():
    assert not told(quota("quota", 0.8, {"R": "1"}))
    assert told(quota("quota", 0.8001, {"R": "1"}))
    rules = CessionRules(one_reinsurer=0.3, source="test", as_of="2026-01-01")
    found = told(WHOLE, rules=rules)
    assert len(found) == 6  # two members, three risk units
    assert found[0].source == "test, as of 2026-01-01"


def test_affiliates_count_together():
    third = quota("quota", 0.9, {"R": "1/9", "S": "2/9", "T": "6/9"})
    found = told(third, affiliates={"fab": ["R", "S"], "lab": ["S"]})
    assert [(b.rule, b.member, b.risk_unit, b.reinsurer) for b in found] == [
        ("affiliates", "large", "fab", "R, S"),
        ("affiliates", "small", "fab", "R, S"),
    ]
    assert found[0].share == pytest.approx(0.3)
    assert found[0].over == pytest.approx(0.7 * 4e9 * 0.1)


def test_exempt_products_are_not_asked():
    all_of_it = quota("quota", 0.95, {"R": "1"})
    exempt = CessionRules(exempt_products=("x",))
    assert {b.risk_unit for b in told(all_of_it)} == {"fab", "lab", "d"}
    assert {b.risk_unit for b in told(all_of_it, rules=exempt)} == {"d"}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: told(WHOLE, affiliates={"fub": ["R"]}), "affiliates.fub must be a risk unit"),
        (lambda: told(WHOLE, affiliates={"fab": ["Q"]}), r"affiliates.fab\[0\] must be a reins"),
        (lambda: told(quota("quota", 0.5, {})), "reinsurers of 'quota' must be named"),
        (lambda: CessionRules(one_reinsurer=0.0), "one_reinsurer must be in"),
        (lambda: CessionRules(as_of="2006"), "as_of must be a date"),
    ],
)
def test_what_is_refused(make, said):
    with pytest.raises(InvalidParameter, match=said):
        make()
