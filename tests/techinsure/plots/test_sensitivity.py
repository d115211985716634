"""What a price hangs on, drawn: every figure is the report's, nothing is cut."""

from dataclasses import replace

import pytest

import techinsure as ti
from techinsure import plots
from techinsure.quantities import Estimate
from techinsure.quoting.tornado import Bar, Ignorance, SensitivityReport
from tests.techinsure.asked import project
from tests.techinsure.plots.drawn import inside, nothing_is_cut, texts


def moved(value, error=0.0):
    return Estimate(value=value, standard_error=error, unit="CNY")


def bar(parameter, lower, higher, low=None, high=None, grade="D"):
    return Bar(
        parameter=parameter, grade=grade, source="test", mean=0.1, cv=0.5, lower=moved(lower, 50.0),
        higher=moved(higher, 60.0), interval=None if low is None else (0.05, 0.2),
        at_low=None if low is None else moved(low, 300.0),
        at_high=None if high is None else moved(high, 400.0), elasticity=0.5,
    )  # fmt: skip


BARS = (
    bar("model.classes.chip.fail.lab", -4e3, 5e3, -3e4, 6e4, grade="C"),
    bar("model.spend", -1e4, 1e4),
)


def report_of(bars=BARS, charged=2e5, worth=((10.0, -4e3), (100.0, -1e4)), insured="Firm"):
    return SensitivityReport(
        product="rd_loss", product_version="1", insured=insured, currency="CNY", n_years=2000,
        charged=moved(charged, 3e3), pure=moved(charged / 2), bars=tuple(bars), held=(),
        ignorance=tuple(
            Ignorance(exposure=n, charged=moved(charged + d, 3e3), change=moved(d, 800.0))
            for n, d in worth
        ),
    )  # fmt: skip


def widths(axes):
    """The ends of the bars, from zero, in the order they were drawn."""
    return [patch.get_width() * 1e3 for patch in axes.patches]


def test_the_tornado_has_every_bar_of_the_report():
    figure = plots.tornado(report_of())
    (axes,) = figure.axes
    assert widths(axes) == pytest.approx([-3e4, 6e4, -4e3, 5e3, -1e4, 1e4])
    assert axes.get_xlabel() == "change of the charged premium, CNY k"
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["chip.fail.lab (C)", "spend (D)"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the widest on top
    assert len(axes.containers) - len(axes.patches) == 6  # an error bar a change
    finding, facts = texts(figure)
    assert finding == "chip.fail.lab (C) moves the premium most: by up to 30%"
    assert "charged CNY 200,000" in facts
    assert "n = 2,000 simulated years" in facts
    assert "1 standard error" in facts
    nothing_is_cut(figure)


def test_lower_and_higher_never_hide_one_another():
    """Both may move the premium the same way."""
    (axes,) = plots.tornado(report_of([bar("model.spend", 3e3, 2e3)])).axes
    (_, first), (second, _) = [
        (patch.get_y(), patch.get_y() + patch.get_height()) for patch in axes.patches
    ]
    assert first <= second


def test_more_bars_than_fit_are_counted():
    bars = [bar(f"model.classes.c{n}.fail.lab", -100.0 * (30 - n), 100.0) for n in range(15)]
    figure = plots.tornado(report_of(bars))
    assert len(figure.axes[0].get_yticklabels()) == 12
    assert "3 narrower bars not drawn" in texts(figure)[1]
    nothing_is_cut(figure)


def test_a_price_that_hangs_on_nothing_is_drawn():
    for report in (report_of([]), report_of(charged=0.0)):
        nothing_is_cut(plots.tornado(report))
    assert texts(plots.tornado(report_of([])))[0] == "rd_loss: no parameter moves the price alone"


def test_the_price_of_ignorance_is_todays_premium_and_the_changes():
    figure = plots.price_of_ignorance(report_of())
    (axes,) = figure.axes
    line = axes.containers[0].lines[0]
    assert line.get_xdata().tolist() == [10.0, 100.0]
    assert (line.get_ydata() * 1e3).tolist() == pytest.approx([196e3, 190e3])
    segments = axes.containers[0].lines[2][0].get_segments()
    assert [1e3 * (top - low) / 2 for (_, low), (_, top) in segments] == pytest.approx([800.0] * 2)
    assert axes.get_xscale() == "log"
    assert axes.get_ylabel() == "charged premium, CNY k"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["10", "100"]
    assert inside(axes) == ["today"]
    finding, facts = texts(figure)
    assert finding == "100 more on everything would change the premium by −5.0% ± 0.40%"
    assert "n = 2,000 simulated years" in facts
    nothing_is_cut(figure)


@pytest.mark.parametrize(
    ("report", "finding"),
    [
        (report_of(worth=()), "no further exposure was asked about"),
        (report_of(charged=0.0), "nothing is charged"),
        (report_of(worth=[(1.0, 2e3)]), "1 more on everything would change the premium by +1.0%"),
    ],
)
def test_a_price_of_ignorance_without_an_answer_says_so(report, finding):
    figure = plots.price_of_ignorance(report)
    assert finding in texts(figure)[0]
    nothing_is_cut(figure)


@pytest.mark.parametrize("given", ["a $x_{$ b", "甲" * 150, "100% & <b>"])
def test_names_hold_no_formula_and_are_cut(given):
    for draw in (plots.tornado, plots.price_of_ignorance):
        nothing_is_cut(draw(report_of(insured=given)))


OPTIONS = [
    {"name": "half the deductible", "terms": {"deductible": 0.05}},
    {"name": "a third of $it$", "terms": {"deductible": 0.3}},
]


@pytest.fixture(scope="module")
def offered():
    return ti.price({**project(5e6), "drivers": False, "options": OPTIONS})


def test_options_beside_the_risk_as_asked_for(offered):
    figure = plots.options(offered)
    (axes,) = figure.axes
    charged = [offered.premium.charged, *(one.charged for one in offered.alternatives)]
    assert widths(axes) == pytest.approx([one.value for one in charged])
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["as asked for", *(one["name"] for one in OPTIONS)]
    assert axes.get_xlabel() == "charged premium, CNY k"
    assert [text[0] for text in inside(axes)] == ["+", "−"]
    cheapest = min(offered.alternatives, key=lambda one: one.charged.value)
    assert texts(figure)[0].startswith(f"{cheapest.name}: charged")
    assert "less than as asked for" in texts(figure)[0]
    assert f"n = {offered.receipt.n_years:,} simulated years" in texts(figure)[1]
    nothing_is_cut(figure)


def test_a_quote_without_options_says_so(offered):
    figure = plots.options(replace(offered, alternatives=()))
    assert texts(figure)[0] == "rd_loss: no option was asked for"
    nothing_is_cut(figure)
