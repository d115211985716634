"""Pictures of losses: axes, bands, and that they are the losses."""

from itertools import pairwise

import numpy as np
import pytest

from techinsure import plots
from techinsure.capital.sources import by_source, correlations
from techinsure.losses import measures
from techinsure.plots.canvas import amount
from tests.techinsure.plots.drawn import inside, small_pool, texts


def test_the_exceedance_curve(report):
    figure = plots.exceedance(report)
    (axes,) = figure.axes
    assert axes.get_xlabel() == "annual loss, CNY m"
    assert axes.get_ylabel() == "probability that a year exceeds it"
    assert axes.get_yscale() == "log"
    finding, facts = texts(figure)
    kept = report.net_in_gross_tail.value / report.gross.tvar_995.value
    assert finding == f"In the worst 0.5% of years (gross), {kept:.0%} stays after reinsurance"
    assert f"{report.n_items:,} items; n = 2,000 simulated years" in facts
    assert "95% bands" in facts
    assert [line.get_label() for line in axes.lines] == ["gross", "ceded", "net"]
    assert len({line.get_linestyle() for line in axes.lines}) == 3  # not by colour alone
    assert len(axes.collections) == 3  # a band each
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["gross", "ceded", "net"]


def test_the_curves_are_the_losses(report):
    """At each loss the probability is the share of years above it, down to ten years."""
    axes = plots.exceedance(report).axes[0]
    annual = report.losses.annual()
    size = {"CNY m": 1e6, "CNY k": 1e3}[axes.get_xlabel().split(", ")[1]]
    x, p = axes.lines[0].get_data()
    assert (p >= 10 / 2000).all()
    for loss, chance in list(zip(x, p, strict=True))[:: len(x) // 20]:
        assert (annual > loss * size * (1 + 1e-12)).mean() <= chance + 1e-12
        assert (annual >= loss * size * (1 - 1e-12)).mean() >= chance - 1e-12
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() <= p.min() < p.max() <= band[:, 1].max()


def test_the_largest_events_are_those_of_the_years(report):
    figure = plots.largest_events(report)
    (axes,) = figure.axes
    assert axes.get_xlabel() == "largest event of the year, CNY m"
    assert [line.get_label() for line in axes.lines] == ["gross", "net"]
    assert len(axes.collections) == 2  # a band each
    sides = {"gross": report.losses, "net": report.losses.with_loss(report.cession.net)}
    for line in axes.lines:
        events = sides[line.get_label()].largest_event()
        x, p = line.get_data()
        for loss, chance in list(zip(x, p, strict=True))[:: len(x) // 20 or 1]:
            assert (events > loss * 1e6 * (1 + 1e-12)).mean() <= chance + 1e-12
            assert (events >= loss * 1e6 * (1 - 1e-12)).mean() >= chance - 1e-12
    finding, facts = texts(figure)
    tail = measures.tvar(report.losses.largest_event(), 0.995).value
    assert finding.startswith(
        f"In the worst 0.5% of years the largest event costs {amount(tail, 'CNY')} gross"
    )
    assert "95% bands" in facts


def test_a_pool_without_a_loss_says_so(lossless):
    for picture in (plots.exceedance, plots.largest_events, plots.loss_sources):
        assert texts(picture(lossless))[0] == "No simulated year has a loss"


def test_return_periods_are_the_table(report):
    figure = plots.return_periods(report)
    (axes,) = figure.axes
    gross = report.return_periods["gross"]
    assert axes.get_ylabel() == "loss, CNY m"
    assert axes.get_xlabel() == "return period, years"
    assert [t.get_text() for t in axes.get_xticklabels()] == [f"{y:g}" for y in gross.years]
    labels = ["gross AEP", "gross OEP", "net AEP", "net OEP"]
    assert [c.get_label() for c in axes.containers] == labels
    assert len({c.lines[0].get_marker() for c in axes.containers}) == 4  # not by colour alone
    drawn = axes.containers[0].lines[0].get_ydata()
    assert drawn == pytest.approx([e.value / 1e6 for e in gross.aep])
    low, high = axes.containers[0].lines[2][0].get_segments()[-1][:, 1]
    assert high - low == pytest.approx(2 * 1.96 * gross.aep[-1].standard_error / 1e6, rel=1e-3)
    cells = [text for text in inside(axes) if "±" in text]
    assert len(cells) == 4 * len(gross.years)  # each with its error
    finding, facts = texts(figure)
    assert finding.startswith("Once in 200 years the pool loses CNY ")
    assert "± standard error" in facts
    assert "500, 1000 years: too few simulated years" in facts


def test_sources_are_all_of_the_losses(report):
    figure = plots.loss_sources(report)
    (axes,) = figure.axes
    sources = by_source(report.losses)
    assert axes.get_xlabel() == "share of the pool's gross losses"
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [f"{s.product}: {s.cause}".replace("_", " ") for s in sources]
    bars = [bar for bar in axes.patches if bar.get_width()]
    assert sum(bar.get_width() for bar in bars) == pytest.approx(2)  # the mean, and the tail
    assert {bar.get_hatch() for bar in bars} == {None, "////"}
    assert "bars: 95%" in texts(figure)[1]
    assert f"is {sources[0].mean.value / report.gross.mean.value:.0%} of the" in texts(figure)[0]


def test_correlation_says_what_chance_explains(report):
    figure = plots.correlation(report)
    (axes,) = figure.axes
    found = correlations(report.losses)
    n = len(found.sources)
    cells = inside(axes)
    assert len(cells) == n * (n - 1) // 2
    assert all("\n± " in cell for cell in cells)
    assert cells[0] == f"{found.value[1, 0]:+.3f}\n± {found.standard_error[1, 0]:.3f}".replace(
        "-", "−"
    )
    strong = np.abs(found.value)[np.tril_indices(n, -1)] > 0.1
    assert texts(figure)[0].startswith(
        f"{strong.sum()} of {len(strong)} pairs" if strong.any() else "No pair of"
    )
    assert "grey: within 2 standard errors" in texts(figure)[1]


def test_labels_below_the_cells_stand_apart(report):
    figure = plots.correlation(report)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_one_source_moves_with_nothing():
    figure = plots.correlation(small_pool())
    assert texts(figure)[0] == "Fewer than two sources of loss: nothing moves together"
