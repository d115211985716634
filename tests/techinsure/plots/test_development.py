"""A triangle beside its ultimates: cells, zeros, bars, errors, what the facts say."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from techinsure import plots
from techinsure.evidence.development import bornhuetter_ferguson, chain_ladder
from techinsure.evidence.patterns import Pattern
from techinsure.evidence.triangles import Triangle
from tests.techinsure.plots.drawn import inside, nothing_is_cut, texts

ROWS = [[1000e3, 1500e3, 1650e3, 1700e3], [1200e3, 1900e3, 2000e3], [0, 700e3], [0]]


def triangle(**given):
    return Triangle.of(
        ROWS, kind="cumulative", origins=["2022", "2023", "2024", "2025"], exposure=[9e6] * 4,
        **{"unit": "CNY", "claims": [14, 12, 3, 0], **given},
    )  # fmt: skip


def bars(axes):
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def test_cells_and_ultimates():
    developed = chain_ladder(triangle())
    figure = plots.development_triangle(developed)
    cells, ultimates = figure.axes
    assert inside(cells) == [
        "1.00",
        "1.50",
        "1.65",
        "1.70",
        "1.20",
        "1.90",
        "2.00",
        "0",
        "0.700",
        "0",
    ]
    assert [label.get_text() for label in cells.get_yticklabels()] == list(
        developed.triangle.origins
    )
    assert cells.get_xlabel() == "age, years; cumulative, CNY m"
    image = cells.images[0].get_array()
    assert image.mask.sum() == 6
    assert image[3, 0] == 0
    assert not image.mask[3, 0]
    known, ahead = bars(ultimates)[:4], bars(ultimates)[4:]
    assert [one.get_width() * 1e6 for one in known] == pytest.approx([1.7e6, 2e6, 0.7e6, 0])
    ends = [(one.get_x() + one.get_width()) * 1e6 for one in ahead]
    assert ends == pytest.approx([one.ultimate for one in developed.origins])
    errors = [one.standard_error for one in developed.origins if one.standard_error]
    drawn = [
        np.ptp(c.lines[2][0].get_segments()[0][:, 0])
        for c in ultimates.containers
        if hasattr(c, "lines")
    ]
    assert np.array(drawn) * 1e6 / 2 == pytest.approx(errors)


def test_what_the_titles_say():
    developed = chain_ladder(triangle())
    finding, facts = texts(plots.development_triangle(developed))
    share = developed.ibnr / developed.ultimate
    assert finding == f"chain ladder: {100 * share:#.2g}% of the ultimate is still to come"
    assert "n = 4 origins; known CNY 4.40 m, ultimate CNY" in facts
    assert "bars: 1 standard error (Mack)" in facts
    assert "fewer than 10 claims in 2 of 4 origins" in facts
    assert "nothing known of 2025" in facts


def test_a_method_without_errors_says_so():
    pattern = Pattern(ages=(1, 2, 3, 4), developed=(0.5, 0.8, 0.9, 1.0), source="invented")
    facts = texts(plots.development_triangle(bornhuetter_ferguson(triangle(), 0.2, pattern)))[1]
    assert "no standard error" in facts
    assert "Mack" not in facts


def test_claims_are_counted_in_ones():
    counted = Triangle.of([[3, 5, 6], [4, 7], [5]], kind="cumulative", unit="claims")
    figure = plots.development_triangle(chain_ladder(counted))
    assert figure.axes[1].get_xlabel() == "ultimate, claims"
    assert "known 18.0 claims" in texts(figure)[1]
    nothing_is_cut(figure)


def test_less_than_is_known_may_be_final():
    back = Triangle.of([[100, 80], [100]], kind="cumulative")
    figure = plots.development_triangle(chain_ladder(back))
    assert texts(figure)[0] == "chain ladder: 12% of the ultimate will be taken back"
    assert figure.axes[0].get_xlabel().endswith("units as given")


def test_nothing_is_cut_off():
    nothing_is_cut(plots.development_triangle(chain_ladder(triangle())))
    pattern = Pattern(ages=(1,), developed=(0.5,), source="invented")
    alone = Triangle.of([[0]], kind="cumulative", origins=["专利 $1 与 $2 " * 5], exposure=[0.1])
    nothing_is_cut(plots.development_triangle(bornhuetter_ferguson(alone, 0.0, pattern)))
    many = [[float(k + 1) for k in range(20 - place)] for place in range(20)]
    large = plots.development_triangle(chain_ladder(Triangle.of(many, kind="cumulative")))
    assert not inside(large.axes[0])
    nothing_is_cut(large)
