"""Net losses under other programmes beside those of the one that was run."""

from typing import TYPE_CHECKING

from techinsure.losses import curves
from techinsure.plots.canvas import (
    INK,
    LINE,
    OKABE_ITO,
    canvas,
    in_our_fonts,
    money,
    percent_axis,
    scale,
    short,
    titles,
)
from techinsure.pooling.what_if_report import WhatIf

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DASHES = ("-", "--", "-.", ":")


@in_our_fonts
def alternatives(found: WhatIf) -> "Figure":
    """Annual exceedance probability of net losses, as run and under each alternative, each with
    its 95% band; the same years, so that curves move together."""
    figure, axes = canvas(8.5, 5)
    runs = {"as run": found.annual["net"]}
    runs |= {one.name: one.annual["net"] for one in found.alternatives}
    largest = max(one.net.var_995.after.value for one in found.alternatives)
    size, name = scale(max(largest, found.alternatives[0].net.var_995.before.value))
    for place, (label, annual) in enumerate(runs.items()):
        curve = curves.exceedance("aep", annual, unit=found.currency)
        keep = curve.probability >= 10 / found.n_years
        x, colour = curve.loss[keep] / size, OKABE_ITO[place % len(OKABE_ITO)]
        dash = DASHES[place % len(DASHES)]
        axes.plot(x, curve.probability[keep], color=colour, ls=dash, lw=1.8, label=short(label))
        axes.fill_between(x, curve.low[keep], curve.high[keep], color=colour, alpha=0.12, lw=0)
    axes.set_yscale("log")
    axes.set_ylim(10 / found.n_years, 1)
    axes.set_xlim(left=0)
    percent_axis(axes, "y")
    axes.set_xlabel(f"net annual loss, {money(found.currency, name)}", color=INK)
    axes.set_ylabel("probability that a year exceeds it", color=INK)
    axes.grid(color=LINE, lw=0.6)
    axes.legend(frameon=False)
    titles(figure, _finding(found), _facts(found))
    return figure


def _finding(found: WhatIf) -> str:
    """What the alternative does to the net TVaR; of several, the one that lowers it most."""
    best = min(found.alternatives, key=lambda one: one.net.tvar_995.after.value)
    change = best.net.tvar_995
    if not change.before.value:
        return "No simulated year has a net loss as run"
    share = change.difference.value / change.before.value
    return f"{short(best.name)}: net TVaR 99.5% {share:+.0%}"


def _facts(found: WhatIf) -> str:
    years = f"n = {found.n_years:,} simulated years, the same for all"
    return f"{short(found.pool)}; {years}; 95% bands; 10 years lie beyond the ends"
