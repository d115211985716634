"""Renewals: two prices of the same years, and the limits that somebody set."""

import pytest

import techinsure as ti
from techinsure.errors import InvalidParameter
from techinsure.quoting.renewals import renewal
from tests.techinsure.asked import project

RISK = {**project(1e6), "drivers": False}
DATA = {
    "name": "own",
    "observations": [
        {
            "parameter": "model.classes.general.fail.lab",
            "seen": [{"events": 20.0, "trials": 60.0}],
            "source": "invented",
        }
    ],
}
ASKED = {
    "risk": {**RISK, "experience": DATA}, "expiring": 20_000.0,
    "limits": {"most_rise": 0.1, "most_fall": 0.2, "reason": "the board"},
}  # fmt: skip


@pytest.fixture(scope="module")
def prices():
    return (ti.price(one).premium.charged.value for one in (RISK, ASKED["risk"]))


def test_the_lines_are_the_two_prices_and_the_limits(prices):
    alone, known = prices
    found = renewal(ASKED)
    assert known != alone
    assert found.renewal.line("technical").value == pytest.approx(alone, rel=1e-12)
    assert found.renewal.line("experience").value == pytest.approx(known - alone)
    offered = sum(line.amount.value for line in found.renewal.lines)
    assert found.renewal.offered.value == pytest.approx(offered)
    assert -0.2 - 1e-12 <= found.change <= 0.1 + 1e-12
    assert found.change == pytest.approx(offered / 20_000 - 1)
    assert found.below_technical.value == pytest.approx(known - offered)
    assert "+" in found.product_version


def test_growth_is_no_rise():
    twice = renewal({**ASKED, "expiring": 10_000.0, "exposure_ratio": 2.0})
    assert twice.renewal.expiring == 20_000
    assert twice.renewal.offered.value == renewal(ASKED).renewal.offered.value


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"risk": RISK}, "/risk/experience"),
        ({"expiring": 0}, "/expiring"),
        ({"exposure_ratio": 0}, "/exposure_ratio"),
        ({"limits": {"most_rise": -0.1, "reason": "x"}}, "/limits/most_rise"),
        ({"risk": {**ASKED["risk"], "insured": {"stage": "grow"}}}, "/risk/insured/stage"),
        ({"risk": {**ASKED["risk"], "tolerance": {"relative_error": 0.1}}}, "/risk/tolerance"),
    ],
)
def test_faults_point_into_the_request(changes, pointer):
    with pytest.raises(InvalidParameter) as caught:
        renewal({**ASKED, **changes})
    assert pointer in {fault.pointer for fault in caught.value.faults}
