"""How a figure settled: bands, what was asked, what would be needed."""

import numpy as np
import pytest

from techinsure import plots
from techinsure.plots.convergence import convergence
from techinsure.quantities import Estimate, exactly
from techinsure.tolerance import STEP, run_to_tolerance, traced
from tests.techinsure.plots.drawn import nothing_is_cut, texts


def settling(years):
    return Estimate(value=5e6 + 2e7 / years**0.5, standard_error=5e7 / years**0.5, unit="CNY")


def drawn(run=settling, asked=0.02, figure="pure premium", **changes):
    found = run_to_tolerance(run, figure=figure, asked=asked, pilot=2 * STEP, **changes)
    return traced(found, run, points=6)


def test_each_run_has_its_band_and_the_strip_is_what_was_asked():
    found = drawn()
    figure = convergence(found)
    (axes,) = figure.axes
    (line,) = [line for line in axes.lines if line.get_marker() == "o"]
    assert line.get_xdata().tolist() == [run.years for run in found.runs]
    assert line.get_ydata() == pytest.approx([run.estimate.value / 1e6 for run in found.runs])
    (bars,) = axes.containers
    segments = bars.lines[2][0].get_segments()
    for run, segment in zip(found.runs, segments, strict=True):
        half = np.ptp(np.array(segment)[:, 1]) / 2
        assert half == pytest.approx(1.959964 * run.estimate.standard_error / 1e6, rel=1e-6)
    strip = axes.patches[0].get_height() / 2
    assert strip == pytest.approx(1.959964 * 0.02 * found.estimate.value / 1e6, rel=1e-6)
    assert axes.get_xscale() == "log"
    assert axes.get_ylabel() == "pure premium, CNY m"
    finding, facts = texts(figure)
    assert finding.endswith("2.0% was asked")
    assert "pure premium is known to" in finding
    assert f"n = {found.years:,} simulated years" in facts
    nothing_is_cut(figure)


def test_the_years_that_would_be_needed_are_shown():
    found = drawn(asked=0.001, cap=64 * STEP)
    figure = convergence(found)
    (axes,) = figure.axes
    assert "only; 0.10% was asked" in texts(figure)[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert f"{found.needed:,} years would be needed" in labels
    assert axes.get_xlim()[1] >= found.needed
    nothing_is_cut(figure)


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (lambda years: exactly(0.25), "x is exact: it needs no simulated years"),
        (lambda years: Estimate(value=0.0, standard_error=0.0), "x: nothing was seen"),
        (lambda years: Estimate(value=3e4, standard_error=0.0), "x: all that was seen is the same"),
    ],
)
def test_states_without_an_error(run, told):
    figure = convergence(drawn(run, figure="x", cap=8 * STEP))
    assert texts(figure)[0].startswith(told)
    nothing_is_cut(figure)


def test_a_chinese_name_is_drawn(tmp_path):
    found = drawn(figure="纯保费")
    assert plots.save(convergence(found), tmp_path / "picture.png").stat().st_size > 10_000
