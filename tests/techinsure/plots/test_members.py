"""Members: lines as signed, capacity as the law has it, capital alone and pooled."""

import pytest

from techinsure import plots
from techinsure.plots.members import MOST_MEMBERS
from techinsure.pool.sign_down import sign_down
from techinsure.pooling.run import capacities_of
from tests.techinsure.plots.drawn import inside, nothing_is_cut, small_pool, texts


def members(*written, capital=1e9):
    return [{"name": f"M{place}", "written": share, "capital_and_reserves": capital,
             "lead": place == 0} for place, share in enumerate(written)]  # fmt: skip


def test_lines_and_capacity_of_the_sample(report):
    figure = plots.member_lines(report)
    left, right = figure.axes
    assert left.get_xlabel() == "line, share of every risk"
    assert right.get_xlabel() == "largest risk unit's line / capacity for one risk"
    assert right.get_xscale() == "log"
    ordered = sorted(report.members, key=lambda m: -m.share)
    labels = [label.get_text() for label in left.get_yticklabels()]
    assert labels == [m.name + (" *" if m.lead else "") for m in ordered]
    written, signed = left.containers
    assert [bar.get_width() for bar in signed] == pytest.approx([m.share for m in ordered])
    assert [bar.get_width() for bar in written] == pytest.approx(
        [float(m.written) for m in ordered]
    )
    assert {bar.get_hatch() for bar in written} == {"...."}  # not by colour alone
    use = {one.member: one for one in capacities_of(report)}
    gross, net, capacity = right.lines
    expected = [use[m.name].gross / use[m.name].capacity for m in ordered]
    assert gross.get_xdata() == pytest.approx(expected)
    assert gross.get_marker() != net.get_marker()
    assert [*capacity.get_xdata()] == [1.0, 1.0]
    over = sum(not breach.cured for breach in report.breaches if breach.rule == "single_risk"
               and breach.risk_unit == next(iter(use.values())).risk_unit)  # fmt: skip
    assert texts(figure)[0].startswith(
        f"{over} of {len(ordered)} members must" if over else "Every"
    )
    assert "capacity: 10% of capital and reserves" in texts(figure)[1]


def test_a_line_above_capacity_is_said_in_words():
    report = small_pool(members=members("1/2", "1/2", capital=1e6))
    figure = plots.member_lines(report)
    assert texts(figure)[0] == "2 of 2 members must reinsure part of the largest risk"
    assert sum(text.endswith("above") for text in inside(figure.axes[1])) == 2


def test_diversification_is_the_report(report):
    figure = plots.diversification(report)
    (axes,) = figure.axes
    assert axes.get_xlabel() == "gross capital (TVaR 99.5% less mean), CNY m"
    pooled = sum(bar.get_width() for bar in axes.patches if bar.get_hatch() is None)
    assert pooled * 1e6 == pytest.approx(sum(m.pooled_gross_capital.value for m in report.members))
    n_drawn = sum(m.alone_capital is not None for m in report.members) + len(report.members)
    assert sum(bool(bar.get_hatch()) for bar in axes.patches) == n_drawn - len(report.members)
    assert len(axes.containers) == 2 * n_drawn  # every bar has its error
    alone = sum(m.alone_capital.value for m in report.members if m.alone_capital)
    within = sum(m.pooled_gross_capital.value for m in report.members if m.alone_capital)
    saved = f"The pool needs {1 - within / alone:.0%} less capital than its members alone"
    assert texts(figure)[0] == saved
    assert "bars: 95%" in texts(figure)[1]


def test_one_member_pools_nothing(bare):
    assert (
        texts(plots.diversification(bare))[0] == "One member carries the whole: nothing is pooled"
    )


def test_a_member_without_a_whole_risk_is_said():
    figure = plots.diversification(small_pool(members=members("0.9", "0.1")))
    assert "no whole risk is small enough" in inside(figure.axes[0])


def test_a_large_pool_shows_its_largest_lines():
    report = small_pool(members=members(*["1/40"] * 40))
    for picture in (plots.member_lines, plots.diversification):
        figure = picture(report)
        nothing_is_cut(figure)
        assert len(figure.axes[0].get_yticks()) == MOST_MEMBERS
        assert "16 smaller lines in the table only" in texts(figure)[1]


FAB = {"name": "a fab", "sum_insured": 3.2e9}


def signed(second, risk=FAB, **given):
    lead = {"name": "lead", "written": "0.7", "capital_and_reserves": 9e10, "lead": True}
    pool = {"name": "P", "currency": "CNY", "members": [lead, {"name": "B $1$", **second}]}
    return sign_down({"pool": pool, "risk": risk, **given})


def test_lines_signed_again_beside_the_law():
    """7/12 and 5/12 as signed; again 7/10 and 3/16."""
    figure = plots.signed_lines(signed({"written": "0.5", "capital_and_reserves": 6e9}))
    left, right = figure.axes
    written, first = left.containers
    assert [bar.get_width() for bar in written] == pytest.approx([0.7, 0.5])
    assert [bar.get_width() for bar in first] == pytest.approx([7 / 12, 5 / 12])
    assert [*left.lines[0].get_xdata()] == pytest.approx([0.7, 3 / 16])
    assert inside(left) == ["58.33% → 70.00%", "41.67% → 18.75%"]
    gross, again, law = right.lines
    assert gross.get_xdata() == pytest.approx([3.2 * 7 / 12 / 9, 3.2 * 5 / 12 / 0.6])
    assert again.get_xdata() == pytest.approx([3.2 * 0.7 / 9, 1.0])
    assert [*law.get_xdata()] == [1.0, 1.0]
    assert inside(right)[1] == "222% → 100%: law"
    assert texts(figure)[0] == (
        "1 of 2 members above the law as signed; signed again, 11.25% has no room in the pool"
    )
    assert "capacity gap CNY 360 m" in texts(figure)[1]
    nothing_is_cut(figure)


@pytest.mark.parametrize(
    ("second", "why"),
    [({"capacity_per_risk": 1e7}, "own capacity"), ({"licence": ["rd_loss"]}, "not licensed"),
     ({"appetite": [{"writes": "equipment_loss", "maximum": "0.1"}]}, "appetite")],
)  # fmt: skip
def test_what_cuts_a_line_is_said(second, why):
    second = {"written": "0.5", "capital_and_reserves": 9e10, **second}
    figure = plots.signed_lines(signed(second, {**FAB, "kinds": ["equipment_loss"]}))
    assert inside(figure.axes[1])[1].endswith(f": {why}")
    nothing_is_cut(figure)


def test_lines_without_a_risk_have_one_panel():
    figure = plots.signed_lines(signed({"written": "0.5", "capital_and_reserves": 6e9}, None))
    assert len(figure.axes) == 1
    assert texts(figure)[0] == "Lines written for 120% of the risk, signed for 100%"


def test_an_order_that_is_carried_is_said():
    cured = signed({"written": "0.5", "capital_and_reserves": 6e9},
                   reinsurance=[{"reinsurer": "Re", "share": "0.6"}])  # fmt: skip
    assert texts(plots.signed_lines(cured))[0].endswith("signed again, the whole order is carried")
