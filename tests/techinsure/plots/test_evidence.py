"""Prior to posterior: one panel a parameter, its intervals, the data, the finding."""

import pytest

from techinsure import plots
from techinsure.plots.evidence import MOST_PANELS
from techinsure.posterior import posterior
from tests.techinsure.plots.drawn import nothing_is_cut, texts

CLASS = "model.classes.general"


def observed(parameter, events, trials):
    return {"parameter": parameter, "seen": [{"events": events, "trials": trials}], "source": "own"}


def learnt(*observations):
    risk = {"exposure": {"risk_class": "general", "budget": 2e6}, "simulation": {"n_years": 1000}}
    experience = {"name": "member", "observations": observations}
    return posterior({"product": "rd_loss", "experience": experience, "risk": risk})


@pytest.fixture(scope="module")
def report():
    return learnt(observed(f"{CLASS}.fail.lab", 5.0, 58.0), observed(f"{CLASS}.fail.pilot", 3, 51))


def test_the_finding_is_the_rate_and_what_moved_most(report):
    figure = plots.prior_to_posterior(report)
    nothing_is_cut(figure)
    finding, facts = texts(figure)
    before = report.before.premium.pure.value / report.before.sum_insured
    assert f"from {100 * before:.3g}% to {100 * report.pure_rate.value:.3g}%" in finding
    assert "most moved: general fail lab, 0.200 to 0.126; bars: 5% to 95%" in facts


def test_each_panel_has_two_laws_two_intervals_and_the_data(report):
    for panel, one in zip(plots.prior_to_posterior(report).axes, report.updates, strict=True):
        prior, before, posterior_, after, *rest = panel.lines
        assert tuple(before.get_xdata()) == pytest.approx(one.prior_range)
        assert tuple(after.get_xdata()) == pytest.approx(one.posterior_range)
        peak = {line: line.get_xdata()[line.get_ydata().argmax()] for line in (prior, posterior_)}
        assert peak[posterior_] < peak[prior]  # fewer failures than foreseen
        assert rest[0].get_xdata()[0] == pytest.approx(one.raw)
        assert panel.get_xlabel() == "probability"
        assert f"data weigh {one.weight:.0%}" in panel.get_title(loc="left")
    assert panel.figure.axes[0].get_ylabel() == "density, highest = 1"


def test_more_parameters_than_panels_are_counted():
    names = [f"model.classes.{c}.fail.{p}" for c in ("general", "software", "chip")
             for p in ("lab", "pilot", "industrial")]  # fmt: skip
    figure = plots.prior_to_posterior(learnt(*(observed(name, 1, 30) for name in names)))
    nothing_is_cut(figure)
    assert len(figure.axes) == MOST_PANELS
    assert f"{len(names) - MOST_PANELS} more parameters not shown" in texts(figure)[1]


def test_every_step_has_its_interval_its_mean_and_its_weight():
    seen = observed("model.classes.material.fail.pilot", 7.0, 28.0)
    analogue = {"name": "abroad", "seen": {"events": 18.0, "trials": 75.0}, "discount": 0.3,
                "reason": "r", "source": "s"}  # fmt: skip
    beside = {"parameter": seen["parameter"], "robust": 0.1, "analogues": [analogue]}
    risk = {"exposure": {"risk_class": "material", "budget": 2e6}, "simulation": {"n_years": 1000}}
    experience = {"name": "member", "observations": [seen], "knowledge": [beside]}
    report = posterior({"product": "rd_loss", "experience": experience, "risk": risk})
    figure = plots.prior_to_posterior(report)
    nothing_is_cut(figure)
    (panel,), (one,) = figure.axes, report.updates
    assert "analogues and own data move the pure rate" in texts(figure)[0]
    names = [label.get_text() for label in panel.get_yticklabels()]
    assert [name.rpartition(" ")[0] for name in names] == [
        "product's prior", "analogues", "robust share", "own data",
    ]  # fmt: skip
    assert names[-1].endswith(f"{one.weight:.0%}")
    bars = [tuple(line.get_xdata()) for line in panel.lines]
    for step in one.steps:
        assert any(bar == pytest.approx((step.low, step.high)) for bar in bars if len(bar) == 2)
        assert (step.mean,) in bars
