"""The picture of alternatives: one curve each, and what it finds."""

from dataclasses import replace

import pytest

from techinsure import plots
from techinsure.pooling.what_if import what_if
from techinsure.reinsurance.programme import Programme
from tests.techinsure.plots.drawn import nothing_is_cut, texts


@pytest.fixture(scope="module")
def found(report):
    some = replace(report.programme, treaties=report.programme.treaties[:1])
    return what_if(report, {"a quota share alone": some, "nothing": Programme()})


def test_a_curve_for_the_run_and_one_for_each_alternative(found):
    figure = plots.alternatives(found)
    (axes,) = figure.axes
    labels = [line.get_label() for line in axes.lines]
    assert labels == ["as run", "a quota share alone", "nothing"]
    assert len({line.get_linestyle() for line in axes.lines}) == 3  # not by colour alone
    assert len(axes.collections) == 3  # a band each
    assert axes.get_xlabel().startswith("net annual loss, CNY")
    nothing_is_cut(figure)


def test_the_curves_are_the_net_losses(found):
    axes = plots.alternatives(found).axes[0]
    size = {"CNY m": 1e6, "CNY k": 1e3}[axes.get_xlabel().split(", ")[1]]
    annuals = [found.annual["net"], *(one.annual["net"] for one in found.alternatives)]
    for line, annual in zip(axes.lines, annuals, strict=True):
        x, p = line.get_data()
        loss, chance = x[-1] * size, p[-1]
        assert (annual > loss * (1 + 1e-12)).mean() <= chance <= (annual >= loss * 0.999).mean()
        assert chance >= 10 / found.n_years


def test_the_finding_is_the_one_that_lowers_the_tail_most(found):
    finding, facts = texts(plots.alternatives(found))
    change = found.alternatives[0].net.tvar_995
    share = change.difference.value / change.before.value
    assert finding == f"a quota share alone: net TVaR 99.5% {share:+.0%}"
    assert "n = 2,000 simulated years, the same for all" in facts


def test_a_pool_without_a_loss_says_so(lossless):
    figure = plots.alternatives(what_if(lossless, Programme()))
    assert texts(figure)[0] == "No simulated year has a net loss as run"
