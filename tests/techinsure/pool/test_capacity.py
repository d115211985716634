"""The largest risk unit against the law's limit, by hand."""

import pytest

import techinsure as ti
from techinsure.pool.capacity import capacities
from techinsure.pool.limits import single_risk_breaches
from techinsure.pool.signing import sign
from techinsure.pooling.run import capacities_of


@pytest.fixture(scope="module")
def report():
    return ti.run_pool({"portfolio": {"sample": "demo_pool"},
                        "simulation": {"n_years": 1000, "seed": 5}})  # fmt: skip


def test_lines_of_the_largest_unit(report):
    portfolio, terms = report.losses.portfolio, report.terms
    labels = portfolio.risk_unit
    totals = {
        name: portfolio.sum_insured[labels.codes == code].sum()
        for code, name in enumerate(labels.names)
    }
    largest = max(totals, key=totals.get)
    found = capacities(terms, sign(terms), portfolio, {largest: 0.25})
    for one, member in zip(found, terms.members, strict=True):
        line = float(sign(terms).of(member.name))
        assert (one.member, one.risk_unit) == (member.name, largest)
        assert one.gross == pytest.approx(line * totals[largest])
        assert one.net == pytest.approx(0.75 * one.gross)
        assert one.capacity == pytest.approx(0.10 * member.capital_and_reserves)


def test_it_agrees_with_the_breaches(report):
    breaches = {b.member: b for b in report.breaches if b.rule == "single_risk"}
    uses = capacities_of(report)
    for use in uses:
        if use.member in breaches and breaches[use.member].risk_unit == use.risk_unit:
            assert use.net == pytest.approx(breaches[use.member].net)
        assert (use.gross > use.capacity) == any(
            b.member == use.member and b.risk_unit == use.risk_unit
            for b in single_risk_breaches(report.terms, sign(report.terms), report.losses.portfolio)
        )
