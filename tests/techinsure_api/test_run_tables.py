"""Tables of a pool run: one precision in a table."""

import re

import pytest

from techinsure.pooling import run_pool
from techinsure.quantities import Estimate
from techinsure_api import run_tables
from techinsure_api.terminal import say


def estimates(*values):
    return [Estimate(value=value, standard_error=0.0) for value in values]


@pytest.mark.parametrize(
    ("values", "places"),
    [((709.6, 5752.0, 8_867_000.0), 2), ((8_867_000.0,), 0), ((0.0,), 0), ((), 0), ((9.0, 1e6), 3),
     ((-12_000.0, 8e6), 0), ((0.001,), 3), ((1000.0,), 1)],
)  # fmt: skip
def test_the_least_figure_has_two_digits(values, places):
    assert run_tables._places(estimates(*values), 1000.0) == places


def test_what_rounds_to_nothing_says_so():
    shown = [run_tables._placed(value, 2) for value in (0.0, 0.0049, -0.0049, 0.005, 8867.126)]
    assert shown == ["0", "< 0.01", "> -0.01", "0.01", "8,867.13"]


def test_figures_of_failures_have_the_same_places(capsys):
    report = run_pool({"portfolio": {"sample": "demo_pool"},
                       "simulation": {"n_years": 1000, "seed": 1}})  # fmt: skip
    for table in run_tables._insolvency(report.insolvency, 1e3, "thousand CNY"):
        say(table)
        told = capsys.readouterr().out
        errors = re.findall(r"± ([\d,]+(?:\.(\d+))?)", told)
        assert errors
        assert len({len(places) for whole, places in errors if whole != "0"}) == 1
        assert max(map(len, told.splitlines())) <= 100
