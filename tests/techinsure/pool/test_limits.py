from dataclasses import replace

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.pool.limits import premium_breaches, single_risk_breaches, sums_insured
from techinsure.pool.members import LegalLimits, Member, Pool
from techinsure.pool.signing import sign
from tests.techinsure.builders import portfolio as items

POOL = Pool(
    name="fabs",
    currency="CNY",
    members=(
        Member(name="large", written="0.7", capital_and_reserves=90e9, lead=True),
        Member(name="small", written="0.2", capital_and_reserves=6e9),
        Member(name="edge", written="0.1", capital_and_reserves=3.2e9),
    ),
)


def portfolio(*sums_insured, **labels):
    return items(len(sums_insured), labels=labels, sum_insured=np.array(sums_insured))


ITEMS = portfolio(1.2e9, 2e9, 50e6, 70e6, risk_unit=["fab", "fab", "lab", None])


def test_a_risk_unit_is_the_sum_of_its_items():
    assert sums_insured(ITEMS) == {"fab": 3.2e9, "lab": 50e6, "d": 70e6}


def test_a_line_above_ten_percent_of_capital_is_named():
    """20% of the 3.2bn fab is 640m, 10% of 6bn is 600m: 40m over. The edge member's 320m is
    exactly its limit; the large one's 2.24bn is far below 9bn."""
    (breach,) = single_risk_breaches(POOL, sign(POOL), ITEMS)
    assert (breach.rule, breach.member, breach.risk_unit) == ("single_risk", "small", "fab")
    assert (breach.line, breach.gross, breach.net) == ("1/5", 640e6, 640e6)
    assert (breach.limit, breach.over, breach.cured) == (600e6, 40e6, False)
    assert "保险法 art. 102-103" in breach.source
    assert "as of 2021-05-31" in breach.source
    assert str(breach).startswith("small: risk unit 'fab', line 1/5, 640,000,000.00 gross")


def test_reinsurance_of_the_unit_cures_the_breach():
    """640m less 1/16 is 600m, the limit; less 5% is 608m."""
    (cured,) = single_risk_breaches(POOL, sign(POOL), ITEMS, {"fab": 0.0625})
    assert (cured.net, cured.over, cured.cured) == (600e6, 0.0, True)
    (short,) = single_risk_breaches(POOL, sign(POOL), ITEMS, {"fab": 0.05})
    assert (short.net, short.over, short.cured) == (608e6, 8e6, False)


def test_the_limit_is_data():
    strict = replace(
        POOL, limits=LegalLimits(single_risk_share=0.05, source="test", as_of="2026-01-01")
    )
    found = single_risk_breaches(strict, sign(strict), ITEMS)
    assert [(breach.member, breach.over) for breach in found] == [("small", 340e6), ("edge", 160e6)]
    assert found[0].source == "test, as of 2026-01-01"


def test_a_line_at_its_limit_is_judged_exactly():
    """0.1 x 0.3 in floats is above 0.03."""
    member = Member(name="A", written="0.1", capital_and_reserves=0.3, lead=True)
    pool = Pool(name="tiny", currency="CNY", members=(member,))
    assert not single_risk_breaches(pool, sign(pool), portfolio(0.3))
    assert single_risk_breaches(pool, sign(pool), portfolio(0.3000000001))


def test_retained_premium_above_four_times_capital():
    """20% of 150bn is 30bn against 24bn; with 20% ceded it is 24bn, no more than allowed. The
    edge member's 15bn is above 12.8bn and becomes 12bn."""
    found = premium_breaches(POOL, sign(POOL), premium=150e9)
    assert [(breach.member, breach.over) for breach in found] == [("small", 6e9), ("edge", 2.2e9)]
    ceded = premium_breaches(POOL, sign(POOL), premium=150e9, ceded_premium=30e9)
    assert [(breach.member, breach.net, breach.cured) for breach in ceded] == [
        ("small", 24e9, True),
        ("edge", 12e9, True),
    ]


def test_faults_of_the_arguments():
    with pytest.raises(InvalidParameter) as refused:
        single_risk_breaches(POOL, sign(POOL), ITEMS, {"fabb": 0.1, "lab": 1.5})
    assert [str(fault) for fault in refused.value.faults] == [
        "ceded_share.fabb must be a risk unit of the portfolio, got 'fabb' (did you mean 'fab'?)",
        "ceded_share.lab must be in [0, 1], got 1.5 (0.25 for 25%)",
    ]
    dollars = replace(POOL, currency="USD")
    with pytest.raises(InvalidParameter, match="currency must be the pool's, got 'CNY'"):
        single_risk_breaches(dollars, sign(dollars), ITEMS)
