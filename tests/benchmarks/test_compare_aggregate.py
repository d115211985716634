"""The comparison against figures that `aggregate` 0.30.1 gave on the grids used here."""

import importlib
from pathlib import Path

import pytest

LOMAX = "agg Year 10 claims sev 10 * pareto 3 - 10 {} poisson {}"
HEAVY = "agg Year 3 claims sev 50 * pareto 1.3 - 50 occurrence ceded to 400 xs 100 mixed gamma 0.5"
TEN, TWENTY = "occurrence ceded to 10 xs 10", "occurrence ceded to 20 xs 10"
RECORDED = {
    LOMAX.format(TEN, "aggregate ceded to 20 xs 0"): 6.6150586565969896,
    LOMAX.format(TEN, "aggregate ceded to 10 xs 0"): 5.130608640345325,
    LOMAX.format(TWENTY, "aggregate ceded to 60 xs 0"): 9.363955853026347,
    LOMAX.format(TWENTY, "aggregate ceded to 20 xs 0"): 7.857504155964644,
    LOMAX.format(TWENTY, "aggregate ceded to 20 xs 20"): 1.363882676536607,
    f"{HEAVY} aggregate ceded to 800 xs 0": 114.4417640305497,
    f"{HEAVY} aggregate ceded to 400 xs 0": 100.30105632489027,
    LOMAX.format("", "aggregate ceded to 30 xs 60"): 5.055396701946044,
    LOMAX.format(TEN, "aggregate ceded to 15 xs 5"): 3.6204006652822254,
    LOMAX.format("occurrence ceded to 40% so inf xs 0", ""): 20.02886332951577,
    LOMAX.format("", "aggregate ceded to 40% so inf xs 0"): 20.001753761867697,
}


@pytest.fixture
def comparison(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    return importlib.import_module("compare_aggregate")


def test_both_price_the_same_treaties(comparison, monkeypatch):
    asked = []

    def recorded(words, step):
        asked.append(words)
        return RECORDED[words]

    monkeypatch.setattr(comparison, "asked", recorded)
    figures = {figure.name: figure for figure in comparison.all_figures()}
    assert set(asked) == set(RECORDED)
    assert len(figures) == 16
    for name, figure in figures.items():
        bound = comparison.MOST_APART if "quota share" in name else 1e-6
        assert figure.same == pytest.approx(figure.ours, rel=bound), name


@pytest.mark.parametrize(("apart", "code"), [(1.0, 0), (1.01, 1)])
def test_what_is_too_far_off_is_told(comparison, monkeypatch, capsys, apart, code):
    monkeypatch.setattr(comparison, "asked", lambda words, step: apart * RECORDED[words])
    monkeypatch.setattr(comparison, "version", lambda name: "0")
    assert comparison.main() == code
    assert "| stop loss 30 xs 60: ceded | 5.0554 |" in capsys.readouterr().out
    nothing = comparison.Figure("no grid", 1.0, float("nan"), 1.0)
    assert nothing.row() == ("no grid", "1", "none", "", "1", "+0.0e+00")
