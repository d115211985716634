"""Accumulations: each group as a part of its hard limit, what is above it said in words."""

import pytest

from techinsure import plots
from techinsure.plots.accumulation import MOST_ROWS
from techinsure.pooling.checks import check_pool
from tests.techinsure.plots.drawn import LEAD, inside, nothing_is_cut, texts

POOL = {"name": "P $x$", "currency": "CNY", "members": [LEAD]}


def rows(n, **given):
    return [
        {"id": f"E{k}", "product": "equipment_loss", "risk_class": "lab", "units": 10,
         "sum_insured": 1e6 * (k + 1), "site": f"s{k}", "park": f"park {k}"} | given
        for k in range(n)
    ]  # fmt: skip


def checked(n=3, limits=(), **given):
    return check_pool({"portfolio": {"rows": rows(n, **given)}, "pool": POOL,
                       "simulation": {"n_years": 1000, "seed": 2},
                       "accumulation_limits": list(limits)})  # fmt: skip


PARK = {"basis": "park", "figure": "sum_insured", "soft": 1.5e6, "hard": 2.5e6}


def test_bars_are_parts_of_the_hard_limit():
    figure = plots.accumulation(checked(limits=[PARK]))
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([1.2, 0.8, 0.4])
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "park: park 2", "park: park 1", "park: park 0",
    ]  # fmt: skip
    said = inside(axes)
    assert said[0] == "sum insured CNY 3.00 m of CNY 2.50 m, above hard"
    assert said[1].endswith("above soft")
    assert "above" not in said[2]
    assert len({bar.get_facecolor() for bar in axes.patches}) == 3
    hard, soft = axes.lines
    assert [*hard.get_xdata()] == [1.0, 1.0]
    assert [*soft.get_xdata()] == pytest.approx([0.6] * 3)
    assert texts(figure)[0] == "1 of 3 accumulations above a hard limit, 1 more above a soft one"
    nothing_is_cut(figure)


def test_a_simulated_figure_has_its_error():
    limit = {"basis": "park", "figure": "tvar_995", "hard": 1e6, "name": "park 2"}
    checks = checked(limits=[limit])
    (axes,) = plots.accumulation(checks).axes
    group = checks.accumulations[0].group("park 2")
    assert axes.patches[0].get_width() == pytest.approx(group.tvar_995.value / 1e6)
    (bar,) = axes.containers[1:]
    assert len(bar.lines[2][0].get_segments()) == 1


def test_within_all_limits_is_said():
    figure = plots.accumulation(checked(limits=[{**PARK, "soft": None, "hard": 1e9}]))
    assert texts(figure)[0] == "Every accumulation is within its limits"


def test_without_limits_shares_are_drawn_and_without_labels_nothing():
    figure = plots.accumulation(checked())
    assert [bar.get_width() for bar in figure.axes[0].patches] == pytest.approx(
        [3 / 6, 2 / 6, 1 / 6]
    )
    assert texts(figure)[0] == "The largest accumulation: park: park 2, 50% of all"
    bare = plots.accumulation(checked(park=None))
    assert texts(bare)[0] == "No item has a park, route or sector"
    nothing_is_cut(bare)


def test_many_groups_are_cut_and_said_to_be():
    figure = plots.accumulation(checked(MOST_ROWS + 5, limits=[PARK]))
    assert len(figure.axes[0].patches) == MOST_ROWS
    assert "5 less full in the table only" in texts(figure)[1]
