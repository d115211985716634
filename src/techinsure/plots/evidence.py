"""What own data made of the priors: each parameter's law before and after, beside the data, with
every step on the way."""

from typing import TYPE_CHECKING

import numpy as np

from techinsure.distributions import Law
from techinsure.evidence.updating import Update
from techinsure.plots.canvas import (
    CEDED,
    INK,
    LINE,
    MUTED,
    NET,
    WARNING,
    canvas,
    figures,
    in_our_fonts,
    percent_axis,
    titles,
)
from techinsure.posterior import PosteriorReport
from techinsure.quantities import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 6
"""Parameters in one picture; the ones that moved most."""
POINTS = 400
ENDS = (1e-4, 0.999)
STEPS = {"product": "product's prior", "robust": "robust share"}
"""What steps are called that have a longer name."""


@in_our_fonts
def prior_to_posterior(report: PosteriorReport) -> "Figure":
    """The law of each updated parameter before and after, with 90% intervals and what the data
    alone say; where experts or analogues were heard, with the intervals of every step."""
    updates = sorted(report.updates, key=lambda one: -abs(np.log(_moved(one))))[:MOST_PANELS]
    figure, axes = canvas(3.1 * max(len(updates), 2), 3.9, panels=len(updates))
    panels = axes if len(updates) > 1 else [axes]
    for panel, one in zip(panels, updates, strict=True):
        _panel(panel, one)
    panels[0].set_ylabel("density, highest = 1", color=INK)
    panels[0].legend(loc="upper right", frameon=False, fontsize=8)
    first = updates[0]
    rate, before = report.pure_rate.value, report.before.premium.pure.value
    was = before / report.before.sum_insured
    left_out = len(report.updates) - len(updates)
    rest = f"; {left_out} more parameters not shown" if left_out else ""
    titles(
        figure,
        f"{report.product}: {_movers(report.updates)} move the pure rate from "
        f"{100 * was:.3g}% to {100 * rate:.3g}%",
        f"most moved: {_name(first.parameter)}, {figures(first.prior.mean)} to "
        f"{figures(first.posterior.mean)}; bars: 5% to 95%{rest}",
    )
    return figure


def _movers(updates: tuple[Update, ...]) -> str:
    """Who was heard."""
    steps = {step.name for one in updates for step in one.steps}
    heard = [name for name in ("experts", "analogues", "other classes", "own data")
             if name in steps]  # fmt: skip
    return " and ".join([", ".join(heard[:-1]), *heard[-1:]] if len(heard) > 1 else heard)


def _panel(axes: "Axes", one: Update) -> None:
    laws = (one.prior.law, one.posterior.law)
    ends = [law.quantile(np.array(ENDS)) for law in laws]
    x = np.linspace(min(end[0] for end in ends), max(end[1] for end in ends), POINTS)
    levels: Floats = -0.06 - 0.07 * np.arange(max(len(one.steps), 2), dtype=np.float64)
    styles = ((MUTED, "prior", one.prior_range, levels[0]),
              (NET, "posterior", one.posterior_range, levels[-1]))  # fmt: skip
    for law, (colour, label, between, level) in zip(laws, styles, strict=True):
        height = _density(law, x)
        axes.plot(x, height, color=colour, label=label, linewidth=1.8)
        axes.fill_between(x, height, color=colour, alpha=0.12, linewidth=0)
        axes.plot(between, (level, level), color=colour, linewidth=3, solid_capstyle="butt")
    if one.raw is not None and one.unit != "claims" and x[0] <= one.raw <= x[-1]:
        axes.axvline(one.raw, color=WARNING, linewidth=1.2, linestyle="--", label="data alone")
    axes.set_ylim(float(levels[-1]) - 0.05, 1.08)
    axes.set_yticks([])
    if one.has_steps:
        _steps(axes, one, levels)
    axes.spines["left"].set_visible(False)
    axes.axhline(0, color=LINE, linewidth=0.8)
    if one.prior.family == "beta":
        percent_axis(axes)
    axes.set_xlabel(_unit(one), color=INK, fontsize=9)
    seen = f"{one.events:g} in {one.base:,.4g} {one.unit}" if one.base else "no own data"
    axes.set_title(
        f"{_name(one.parameter)}\n{seen}; data weigh {one.weight:.0%}", fontsize=9, color=INK,
        loc="left",
    )  # fmt: skip


def _steps(axes: "Axes", one: Update, levels: Floats) -> None:
    """What was known after each step: 90% interval and mean, named and weighed at the left."""
    for step, level in zip(one.steps, levels, strict=True):
        inner = step is not one.steps[0] and step is not one.steps[-1]
        if inner:
            axes.plot((step.low, step.high), (level, level), color=CEDED, linewidth=3,
                      solid_capstyle="butt")  # fmt: skip
        axes.plot(step.mean, level, marker="o", markersize=4, color=INK)
    names = [f"{STEPS.get(step.name, step.name)} {step.weight:.0%}" for step in one.steps]
    axes.set_yticks(levels, names, fontsize=7, color=INK)
    axes.tick_params(axis="y", length=0)


def _density(law: Law, x: Floats) -> Floats:
    """The density up to its height: differences of the law's cdf."""
    height = np.gradient(law.cdf(x), x)
    return height / height.max() if height.max() > 0 else height


def _name(parameter: str) -> str:
    """The last words of a path: enough to tell parameters of one picture apart."""
    parts = [part for part in parameter.split(".") if part not in ("model", "classes")]
    return " ".join(parts[-3:]).replace("_", " ")


def _unit(one: Update) -> str:
    return {"trials": "probability", "exposure": "events per unit of exposure"}.get(
        one.unit, "share" if one.prior.family == "beta" else "amount"
    )


def _moved(one: Update) -> float:
    return one.posterior.mean / one.prior.mean
