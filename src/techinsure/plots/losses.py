"""Pictures of a pool's losses: how much, how often, from where, and what moves together."""

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from techinsure.capital.sources import Correlations, Source, by_source, correlations
from techinsure.losses import curves, measures
from techinsure.losses.curves import ExceedanceCurve
from techinsure.losses.year_table import YearLossTable
from techinsure.plots.canvas import (
    CEDED,
    GROSS,
    INK,
    LINE,
    MUTED,
    NET,
    NORMAL_95,
    STATE,
    amount,
    canvas,
    figures,
    in_our_fonts,
    money,
    percent_axis,
    rounded,
    scale,
    short,
    titles,
    words,
)
from techinsure.pooling.report import PoolReport
from techinsure.quantities import Flags

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    from techinsure.quantities import Estimate

STYLES = {"gross": (GROSS, "-"), "ceded": (CEDED, "--"), "net": (NET, "-.")}
SERIES = (("gross", "aep", "o", "-"), ("gross", "oep", "s", ":"), ("net", "aep", "D", "-"),
          ("net", "oep", "^", ":"))  # fmt: skip
STRONG = 0.1
"""A correlation that moves a pool's tail."""
MOST_SOURCES = 14
"""Products and causes that one picture holds; the table below it has all."""
CELL_LETTERS = 12
"""What fits below a cell of a correlation."""


def facts_of(report: PoolReport) -> str:
    """What every picture of a pool says of it."""
    years = f"n = {report.n_years:,} simulated years"
    return f"{short(report.pool)}, {report.n_items:,} items; {years}"


@in_our_fonts
def exceedance(report: PoolReport) -> "Figure":
    """Annual exceedance probability of gross, ceded and net losses, each with its 95% band."""
    figure, axes = canvas(8.5, 5)
    size, name = scale(report.gross.var_995.value)
    drawn = {side: curves.aep(_perspective(report, side)) for side in STYLES}
    _curves(axes, drawn, size)
    axes.set_xlabel(f"annual loss, {money(report.currency, name)}", color=INK)
    gross, net = report.gross.tvar_995.value, report.net_in_gross_tail.value
    titles(
        figure,
        f"In the worst 0.5% of years (gross), {net / gross:.0%} stays after reinsurance"
        if gross
        else "No simulated year has a loss",
        f"{facts_of(report)}; 95% bands; 10 years lie beyond the ends",
    )
    return figure


def _curves(axes: "Axes", drawn: dict[str, ExceedanceCurve], size: float) -> None:
    """Each with its 95% band, down to the probability beyond which 10 years lie."""
    for perspective, curve in drawn.items():
        colour, dash = STYLES[perspective]
        keep = curve.probability >= 10 / curve.n_years
        x = curve.loss[keep] / size
        axes.plot(x, curve.probability[keep], color=colour, ls=dash, lw=1.8, label=perspective)
        axes.fill_between(
            x, curve.low[keep], curve.high[keep], color=colour, alpha=0.18, lw=0, step=None
        )
        axes.set_ylim(10 / curve.n_years, 1)
    axes.set_yscale("log")
    axes.set_xlim(left=0)
    percent_axis(axes, "y")
    axes.set_ylabel("probability that a year exceeds it", color=INK)
    axes.grid(color=LINE, lw=0.6)
    axes.legend(frameon=False)


@in_our_fonts
def largest_events(report: PoolReport) -> "Figure":
    """Exceedance probability of the year's largest event (OEP), gross and net, with 95% bands."""
    figure, axes = canvas(8.5, 5)
    drawn = {side: curves.oep(_perspective(report, side)) for side in ("gross", "net")}
    tails = {
        side: measures.tvar(_perspective(report, side).largest_event(), measures.SUMMARY_LEVEL)
        for side in drawn
    }
    size, name = scale(tails["gross"].value)
    _curves(axes, drawn, size)
    axes.set_xlabel(f"largest event of the year, {money(report.currency, name)}", color=INK)
    gross, net = (amount(tail.value, report.currency) for tail in tails.values())
    titles(
        figure,
        f"In the worst 0.5% of years the largest event costs {gross} gross and {net} net"
        if tails["gross"].value
        else "No simulated year has a loss",
        f"{facts_of(report)}; 95% bands; 10 years lie beyond the ends",
    )
    return figure


def _perspective(report: PoolReport, name: str) -> YearLossTable:
    cession = report.cession
    rows = {"gross": report.losses.loss, "net": cession.net}
    rows["ceded"] = report.losses.loss - cession.net
    return report.losses.with_loss(rows[name])


@in_our_fonts
def return_periods(report: PoolReport) -> "Figure":
    """Loss once in so many years, the year's total and its largest event, gross and net: points
    with 95% intervals, and below each point the figure with its standard error."""
    periods = report.return_periods["gross"].years
    figure, axes = canvas(max(8.5, 1.9 + 0.78 * len(periods)), 6)
    rows = {
        f"{side} {kind.upper()}": getattr(report.return_periods[side], kind)
        for side, kind, _, _ in SERIES
    }
    size, name = scale(max((e.value for row in rows.values() for e in row), default=0.0))
    for place, (label, row) in enumerate(rows.items()):
        side, _, mark, dash = SERIES[place]
        x = np.arange(len(row)) + (place - 1.5) * 0.09
        y = [e.value / size for e in row]
        error = [NORMAL_95 * (e.standard_error or 0.0) / size for e in row]
        axes.errorbar(x, y, yerr=error, color=STYLES[side][0], marker=mark, ls=dash, ms=5, lw=1.2,
                      capsize=2, label=label, mfc="white" if dash == ":" else None)  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_xlim(-0.5, max(len(periods), 1) - 0.5)
    axes.set_xticks(range(len(periods)), [f"{years:g}" for years in periods])
    axes.xaxis.set_ticks_position("bottom")
    axes.set_ylabel(f"loss, {money(report.currency, name)}", color=INK)
    axes.grid(axis="y", color=LINE, lw=0.6)
    axes.legend(frameon=False, loc="upper left")
    _figures_below(axes, rows, size)
    titles(figure, _once_in_200(report), f"{facts_of(report)}; AEP: total of the year, OEP: its "
           f"largest event; bars: 95%; figures in {money(report.currency, name)} ± standard error"
           + _left_out(report.return_periods["gross"].unsupported))  # fmt: skip
    return figure


def _once_in_200(report: PoolReport) -> str:
    gross, net = report.return_periods["gross"], report.return_periods["net"]
    if not gross.years:
        return "Too few simulated years for a return period"
    place = gross.years.index(200.0) if 200.0 in gross.years else len(gross.years) - 1
    pool, members = (amount(side.aep[place].value, report.currency) for side in (gross, net))
    years = f"{gross.years[place]:g}"
    return f"Once in {years} years the pool loses {pool} or more, the members {members}"


def _left_out(years: tuple[float, ...]) -> str:
    if not years:
        return ""
    return f"; {', '.join(f'{y:g}' for y in years)} years: too few simulated years"


def _figures_below(
    axes: "Axes", rows: "dict[str, tuple[Estimate, ...]]", size: float, step: float = 30.0
) -> None:
    """A table under the axis: a row a series, a column a tick."""
    below: Any = {"xycoords": axes.get_xaxis_transform(), "textcoords": "offset points"}
    axes.set_xlabel("return period, years", color=INK, loc="left")
    for line, (label, row) in enumerate(rows.items()):
        top = -(44 + step * line)
        axes.annotate(label, (-0.5, 0), xytext=(-8, top), ha="right", va="top", fontsize=9,
                      color=INK, annotation_clip=False, **below)  # fmt: skip
        for place, e in enumerate(row):
            cell = f"{figures(e.value / size)}\n± {rounded(e.standard_error or 0.0, size, e.value)}"
            axes.annotate(cell, (place, 0), xytext=(0, top), ha="center", va="top", fontsize=8.5,
                          color=INK, annotation_clip=False, linespacing=1.2, **below)  # fmt: skip


@in_our_fonts
def loss_sources(report: PoolReport) -> "Figure":
    """Each product and cause: its part of the mean year and of the tail, with 95% intervals."""
    sources = by_source(report.losses)
    drawn = sources[:MOST_SOURCES]
    figure, axes = canvas(8.5, 1.9 + 0.46 * max(len(drawn), 2))
    mean, tail = report.gross.mean.value, sum(source.tail.value for source in sources)
    series = (
        ("mean year", mean, [source.mean for source in drawn], GROSS, None, -0.19),
        ("worst 0.5% of years", tail, [source.tail for source in drawn], STATE, "////", 0.19),
    )
    for kind, total, parts, colour, hatch, shift in series:
        places = np.arange(len(parts)) + shift
        share = [part.value / total for part in parts]
        error = [NORMAL_95 * (part.standard_error or 0.0) / total for part in parts]
        axes.barh(places, share, height=0.36, color="white" if hatch else colour, hatch=hatch,
                  edgecolor=colour, lw=0.8, label=kind)  # fmt: skip
        axes.errorbar(share, places, xerr=error, fmt="none", ecolor=INK, elinewidth=1, capsize=2)
        for place, part, end in zip(places, share, np.add(share, error), strict=True):
            axes.annotate(f"{100 * part:.1f}%", (max(end, 0.0), place), xytext=(5, 0), va="center",
                          textcoords="offset points", fontsize=8.5, color=INK)  # fmt: skip
    labels = [f"{short(words(s.product), 24)}: {short(words(s.cause), 24)}" for s in drawn]
    axes.set_yticks(range(len(drawn)), labels)
    axes.set_ylim(max(len(drawn), 1) - 0.4, -0.6)
    axes.margins(x=0.1)
    axes.set_xlabel("share of the pool's gross losses", color=INK)
    percent_axis(axes)
    if drawn:
        axes.legend(frameon=False, loc="lower right")
    titles(figure, _main_source(sources, tail), f"{facts_of(report)}; 100% is "
           f"{amount(mean, report.currency)} in the mean year, {amount(tail, report.currency)} in "
           "the tail (TVaR 99.5%); bars: 95%"
           + _more(len(sources) - len(drawn)))  # fmt: skip
    return figure


def _main_source(sources: tuple[Source, ...], tail: float) -> str:
    if not sources:
        return "No simulated year has a loss"
    most, worst = sources[0], max(sources, key=lambda source: source.tail.value)
    mean = sum(source.mean.value for source in sources)
    one = f"{_called(most)} is {most.mean.value / mean:.0%} of the mean year"
    if worst is most:
        return f"{one} and {worst.tail.value / tail:.0%} of the tail"
    return f"{one}; {_called(worst)} is {worst.tail.value / tail:.0%} of the tail"


def _called(source: Source) -> str:
    return f"{short(words(source.product), 24)}: {short(words(source.cause), 24)}"


def _more(left_out: int) -> str:
    return f"; {left_out} smaller ones in the table only" if left_out > 0 else ""


@in_our_fonts
def correlation(report: PoolReport) -> "Figure":
    """Correlation of the annual losses of products and causes; what chance explains is grey."""
    found = correlations(report.losses)
    n = min(len(found.sources), MOST_SOURCES)
    figure, axes = canvas(8.5, 2.2 + 0.52 * max(n, 2))
    sure = np.abs(found.value) > 2 * found.standard_error
    for row in range(n):
        for column in range(row):
            r, error = found.value[row, column], found.standard_error[row, column]
            axes.add_patch(_cell(column, row, r if sure[row, column] else 0.0))
            text = f"{r:+.3f}\n± {error:.3f}".replace("-", "−")
            axes.text(column, row, text, ha="center", va="center", fontsize=8.5, linespacing=1.15,
                      color=INK if sure[row, column] else MUTED)  # fmt: skip
    labels = [f"{short(words(p), 20)}: {short(words(c), 20)}" for p, c in found.sources[:n]]
    axes.set_yticks(range(1, n), labels[1:])
    axes.set_xticks(range(max(n - 1, 0)), [_stacked(label) for label in labels[:-1]])
    axes.set_xlim(-0.5, max(n - 1.5, 0.5))
    axes.set_ylim(max(n, 2) - 0.5, 0.5)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    for label in axes.get_xticklabels():
        label.set_fontsize(8)
    titles(figure, _together(found, sure), f"{facts_of(report)}; correlation of annual losses ± "
           "standard error; grey: within 2 standard errors of 0, chance explains it"
           + _more(len(found.sources) - n))  # fmt: skip
    return figure


def _stacked(label: str) -> str:
    """A product and a cause in short lines, to stand below one cell."""
    parts = label.replace(": ", ":\n").splitlines()
    wrapped = [textwrap.wrap(part, CELL_LETTERS, break_long_words=False) for part in parts]
    return "\n".join(line for lines in wrapped for line in lines)


def _cell(column: int, row: int, r: float) -> "Rectangle":
    from matplotlib.patches import Rectangle

    colour = NET if r > 0 else STATE
    return Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, facecolor=(colour, 0.6 * abs(r)),
                     edgecolor=LINE, lw=0.8)  # fmt: skip


def _together(found: Correlations, sure: Flags) -> str:
    pairs = np.tril_indices(len(found.sources), -1)
    strong = sure[pairs] & (np.abs(found.value[pairs]) > STRONG)
    if not len(strong):
        return "Fewer than two sources of loss: nothing moves together"
    if not strong.any():
        return f"No pair of {len(strong)} moves together: every correlation is below {STRONG}"
    has = "have" if strong.sum() > 1 else "has"
    return f"{strong.sum()} of {len(strong)} pairs of sources {has} a correlation above {STRONG}"
