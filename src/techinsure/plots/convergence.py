"""How a figure settled as years were added, and whether it came within what was asked."""

from typing import TYPE_CHECKING

import numpy as np

from techinsure.plots.canvas import (
    INK,
    LINE,
    MUTED,
    NET,
    NORMAL_95,
    STATE,
    canvas,
    figures,
    in_our_fonts,
    percent,
    scale,
    titles,
)
from techinsure.tolerance import Tolerance

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@in_our_fonts
def convergence(tolerance: Tolerance) -> "Figure":
    """The estimate of each run with its 95% band against the years, on a logarithmic axis; the
    shaded strip is what was asked, around the last estimate."""
    from matplotlib.ticker import FuncFormatter

    years = np.array([run.years for run in tolerance.runs])
    estimates = [run.estimate for run in tolerance.runs]
    size, name = scale(max(abs(estimate.value) for estimate in estimates))
    value = np.array([estimate.value for estimate in estimates]) / size
    half = NORMAL_95 * np.array([estimate.standard_error or 0.0 for estimate in estimates]) / size
    figure, axes = canvas(8.5, 4.8)
    asked = NORMAL_95 * tolerance.asked * abs(value[-1])
    axes.axhspan(value[-1] - asked, value[-1] + asked, color=LINE, alpha=0.45, lw=0,
                 label=f"asked: ±1.96 × {percent(tolerance.asked)}")  # fmt: skip
    axes.fill_between(years, value - half, value + half, color=NET, alpha=0.18, lw=0,
                      label="95% band of each run")  # fmt: skip
    axes.errorbar(years, value, yerr=half, color=NET, capsize=3, lw=1.2, marker="o", ms=4)
    if tolerance.needed is not None and not tolerance.reached:
        axes.axvline(tolerance.needed, color=STATE, lw=1.2, ls="--",
                     label=f"{tolerance.needed:,} years would be needed")  # fmt: skip
    axes.set_xscale("log")
    axes.minorticks_off()
    ticks = _decimal(float(years[0]), float(max(years[-1], tolerance.needed or 0)))
    axes.set_xticks(ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:,.0f}"))
    axes.set_xlabel("simulated years", color=INK)
    unit = " ".join(part for part in (tolerance.estimate.unit, name) if part)
    axes.set_ylabel(f"{tolerance.figure}, {unit}" if unit else tolerance.figure, color=INK)
    axes.legend(frameon=False, fontsize=9, labelcolor=MUTED)
    titles(figure, _finding(tolerance), _facts(tolerance, size, name))
    return figure


def _finding(tolerance: Tolerance) -> str:
    asked = percent(tolerance.asked)
    match tolerance.state:
        case "exact":
            return f"{tolerance.figure} is exact: it needs no simulated years"
        case "nothing_seen":
            return f"{tolerance.figure}: nothing was seen, so nothing is known of its error"
        case "no_spread":
            return f"{tolerance.figure}: all that was seen is the same"
    error = percent(tolerance.error or 0.0)
    if tolerance.reached:
        return f"{tolerance.figure} is known to {error}; {asked} was asked"
    return f"{tolerance.figure} is known to {error} only; {asked} was asked"


def _facts(tolerance: Tolerance, size: float, name: str) -> str:
    estimate = tolerance.estimate
    shown = [figures(estimate.value / size)]
    if not estimate.exact:
        shown.append(f"{(estimate.standard_error or 0.0) / size:.2g}")
    last = " ".join(filter(None, [estimate.unit, " ± ".join(shown), name]))
    return (
        f"last estimate {last}, 1 standard error; n = {tolerance.years:,} simulated years, at most "
        f"{tolerance.cap:,}; runs share years"
    )


def _decimal(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten within [low, high], or the ends."""
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    round_ = [d * 10.0**k for k in range(first, last + 1) for d in (1, 2, 5)]
    inside = [n for n in round_ if low <= n <= high]
    if len(inside) > 7:
        inside = [n for n in inside if np.isclose(np.log10(n) % 1, 0)]
    return inside if len(inside) > 1 else sorted({low, high})
