"""Premiums, line by line: the bars add up."""

import pytest

import techinsure as ti
from techinsure import plots
from techinsure.plots.premium import LINES, treaty_cost
from tests.techinsure.asked import project, request
from tests.techinsure.plots.drawn import inside, nothing_is_cut, texts


def bars(figure):
    return [patch for patch in figure.axes[0].patches if hasattr(patch, "get_height")]


def test_the_premium_line_by_line(quote):
    """Horizontal bars, each from where the one above ended, the sum from zero at the bottom."""
    figure = plots.premium_waterfall(quote)
    (axes,) = figure.axes
    assert axes.get_xlabel() == "premium, CNY k"
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    steps = [step for step in quote.premium.waterfall.steps
             if step.amount.value or step.amount.standard_error]  # fmt: skip
    widths = [bar.get_width() * 1e3 for bar in bars(figure)]
    expected = [step.amount.value for step in steps] + [quote.premium.charged.value]
    assert widths == pytest.approx(expected)
    assert sum(widths[:-1]) == pytest.approx(widths[-1])
    ends = [bar.get_x() + bar.get_width() for bar in bars(figure)]
    starts = [bar.get_x() for bar in bars(figure)]
    assert starts[1:-1] == pytest.approx(ends[:-2])
    assert starts[-1] == 0
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [
        *(LINES.get(step.name, step.name.replace("_", " ")) for step in steps), "charged",
    ]  # fmt: skip
    uncertain = sum(bool(s.amount.standard_error) for s in steps) + 1
    assert len(axes.containers) - len(widths) == uncertain  # error bars where there is an error
    finding, facts = texts(figure)
    share = quote.premium.pure.value / quote.premium.charged.value
    assert finding == f"rd_loss: {share:.0%} of the charged premium pays expected claims"
    assert f"n = {quote.receipt.n_years:,} simulated years" in facts
    assert "sum insured CNY 5,000,000" in facts


def test_what_costs_nothing_is_named_below(quote):
    free = [step.name.replace("_", " ") for step in quote.premium.waterfall.steps
            if not step.amount.value and not step.amount.standard_error]  # fmt: skip
    assert free
    (below,) = [text for text in inside(plots.premium_waterfall(quote).axes[0])
                if text.startswith("nothing for: ")]  # fmt: skip
    assert below == f"nothing for: {', '.join(free)}"


def test_every_product_has_a_picture():
    for code in ("equipment_loss", "patent"):
        nothing_is_cut(plots.premium_waterfall(ti.price(request(code))))


@pytest.mark.parametrize(
    ("budget", "label"), [(1e10, "CNY m"), (5e6, "CNY k"), (100.0, "premium, CNY")]
)
def test_the_unit_fits_the_amount(budget, label):
    axes = plots.premium_waterfall(ti.price(project(budget))).axes[0]
    assert axes.get_xlabel().endswith(label)


def test_what_a_pool_keeps_of_its_premium(report):
    figure = plots.pool_premium(report)
    (axes,) = figure.axes
    assert axes.get_ylabel() == "premium a year, CNY m"
    heights = [bar.get_height() * 1e6 for bar in bars(figure)]
    costs = [treaty_cost(treaty).value for treaty in report.treaties]
    assert heights[:-1] == pytest.approx([report.premium.value, *costs])
    assert heights[-1] == pytest.approx(report.premium.value + sum(costs))
    taken = 1 - heights[-1] / report.premium.value
    assert texts(figure)[0].startswith(f"Reinsurance takes {taken:.0%} of the premium")
    assert "bars: 1 standard error" in texts(figure)[1]
    assert len(inside(axes)) == len(heights)  # a figure above each bar


def test_a_treaty_costs_its_premiums_less_commission(report):
    quota_share = next(t for t in report.treaties if t.kind == "quota_share")
    flows = {kind: flow.value for kind, flow in quota_share.flows.items()}
    expected = flows["ceding_commission"] - flows["ceded_premium"]
    assert treaty_cost(quota_share).value == pytest.approx(expected)
    layer = next(t for t in report.treaties if t.kind == "excess_of_loss")
    flows = {kind: flow.value for kind, flow in layer.flows.items()}
    expected = -flows["ceded_premium"] - flows["reinstatement_premium"]
    assert treaty_cost(layer).value == pytest.approx(expected)


def test_without_treaties_all_is_kept(bare):
    figure = plots.pool_premium(bare)
    assert texts(figure)[0] == "Without reinsurance the members keep the whole premium"
    assert len(bars(figure)) == 2
