"""Pictures of what a price hangs on: its parameters, the data there are, and the terms."""

from typing import TYPE_CHECKING

from techinsure.plots.canvas import (
    CEDED,
    GROSS,
    INK,
    LINE,
    MUTED,
    NET,
    STATE,
    canvas,
    figures,
    in_our_fonts,
    money,
    percent,
    rounded,
    scale,
    short,
    titles,
)
from techinsure.quotes import Quote

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from techinsure.quoting.tornado import Bar, SensitivityReport

MOST_BARS = 12
LONGEST_PARAMETER = 46


@in_our_fonts
def tornado(report: "SensitivityReport") -> "Figure":
    """Changes of the charged premium with each parameter 10% lower and higher (solid) and at the
    ends of its 90% interval (outline), the widest first, with 1 s.e. bars."""
    bars = report.bars[:MOST_BARS]
    figure, axes = canvas(9.0, 1.8 + 0.42 * max(len(bars), 1))
    size, name = scale(max((bar.width for bar in bars), default=1.0))
    for place, bar in enumerate(bars):
        _bar(axes, place, bar, size)
    axes.set_yticks(range(len(bars)), [_name(bar) for bar in bars])
    axes.invert_yaxis()
    axes.axvline(0, color=INK, lw=0.9)
    axes.grid(axis="x", color=LINE, lw=0.6)
    axes.margins(x=0.08)
    axes.set_xlabel(
        f"change of the charged premium, {money(report.currency, name)}", color=INK
    )  # fmt: skip
    _legend(axes)
    titles(figure, _finding(report), _facts(report, len(report.bars) - len(bars)))
    return figure


def _bar(axes: "Axes", place: int, bar: "Bar", size: float) -> None:
    for change in (bar.at_low, bar.at_high):
        if change is not None:
            axes.barh(place, change.value / size, height=0.7, color="none", edgecolor=GROSS, lw=1.2)
            _error(axes, change.value / size, (change.standard_error or 0.0) / size, place + 0.29)
    for change, colour, beside in ((bar.lower, CEDED, -0.12), (bar.higher, STATE, 0.12)):
        axes.barh(place + beside, change.value / size, height=0.22, color=colour)
        error = (change.standard_error or 0.0) / size
        _error(axes, change.value / size, error, place + beside)


def _error(axes: "Axes", end: float, error: float, place: float) -> None:
    if error > 1e-9 * abs(end):
        axes.errorbar(end, place, xerr=error, color=INK, capsize=2, lw=0.8)


def _name(bar: "Bar") -> str:
    return f"{short(bar.name.replace('_', ' '), LONGEST_PARAMETER)} ({bar.grade})"


def _legend(axes: "Axes") -> None:
    from matplotlib.patches import Patch

    marks = [
        Patch(color=CEDED, label="10% lower"), Patch(color=STATE, label="10% higher"),
        Patch(facecolor="none", edgecolor=GROSS, label="at 5% and 95% of its prior"),
    ]  # fmt: skip
    axes.legend(handles=marks, frameon=False, fontsize=8, loc="lower right")


def _finding(report: "SensitivityReport") -> str:
    if not report.bars:
        return f"{report.product}: no parameter moves the price alone"
    widest = report.bars[0]
    if not report.charged.value:
        return f"{_name(widest)} moves the premium most"
    share = widest.width / report.charged.value
    return f"{_name(widest)} moves the premium most: by up to {percent(share)}"


def _facts(report: "SensitivityReport", left: int) -> str:
    more = f"; {left} narrower bars not drawn" if left else ""
    return (
        f"{report.product} for {short(report.insured)}, charged {report.currency} "
        f"{report.charged.value:,.0f}; grade in brackets; n = {report.n_years:,} simulated years, "
        f"the same for every bar; bars: 1 standard error{more}"
    )


@in_our_fonts
def price_of_ignorance(report: "SensitivityReport") -> "Figure":
    """The charged premium against further exposure observed as expected, with its error of the
    difference to today's premium."""
    figure, axes = canvas(7.5, 4.2)
    size, name = scale(report.charged.value)
    today = report.charged.value / size
    x = [one.exposure for one in report.ignorance]
    y = [today + one.change.value / size for one in report.ignorance]
    errors = [(one.change.standard_error or 0.0) / size for one in report.ignorance]
    axes.axhline(today, color=MUTED, lw=1, ls="--")
    axes.annotate("today", (0.2, today), xycoords=("axes fraction", "data"), xytext=(0, 4),
                  textcoords="offset points", color=MUTED, fontsize=9)  # fmt: skip
    axes.errorbar(x, y, yerr=errors, color=NET, marker="o", capsize=3, lw=1.6)
    axes.set_xscale("log")
    axes.set_xticks(x, [f"{exposure:,g}" for exposure in x])
    axes.minorticks_off()
    axes.set_xlabel("further years of exposure, or decided cases, on every parameter", color=INK)
    axes.set_ylabel(f"charged premium, {money(report.currency, name)}", color=INK)
    axes.grid(color=LINE, lw=0.6)
    titles(
        figure, _last_worth(report),
        f"{report.product} for {short(report.insured)}; data that come out exactly as expected; "
        f"n = {report.n_years:,} simulated years; bars: 1 standard error of the change",
    )  # fmt: skip
    return figure


def _last_worth(report: "SensitivityReport") -> str:
    if not report.ignorance:
        return f"{report.product}: no further exposure was asked about"
    last, today = report.ignorance[-1], report.charged.value
    if not today:
        return f"{report.product}: nothing is charged"
    change, error = last.change.value / today, (last.change.standard_error or 0.0) / today
    sign = "+" if change > 0 else "−" if change < 0 else ""
    moved = f"{sign}{percent(abs(change))} ± {percent(error)}"
    return f"{last.exposure:,g} more on everything would change the premium by {moved}"


@in_our_fonts
def options(quote: Quote) -> "Figure":
    """The charged premium as asked for and under each option, and the differences with their own
    errors beside them."""
    rows = [("as asked for", quote.premium.charged)]
    rows += [(short(one.name), one.charged) for one in quote.alternatives]
    figure, axes = canvas(8.5, 1.7 + 0.5 * len(rows))
    size, name = scale(max(amount.value for _, amount in rows))
    for place, (_, amount) in enumerate(rows):
        axes.barh(place, amount.value / size, height=0.6, color=GROSS if place == 0 else CEDED)
        _error(axes, amount.value / size, (amount.standard_error or 0.0) / size, place)
    _differences(axes, quote, size)
    axes.set_yticks(range(len(rows)), [label for label, _ in rows])
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.45 * (max(amount.value for _, amount in rows) or 1.0) / size)
    axes.set_xlabel(f"charged premium, {money(quote.currency, name)}", color=INK)
    titles(figure, _best(quote), _common(quote))
    return figure


def _differences(axes: "Axes", quote: Quote, size: float) -> None:
    for place, one in enumerate(quote.alternatives, start=1):
        error = rounded(one.difference.standard_error or 0.0, size, one.charged.value)
        sign = "+" if one.difference.value > 0 else ""
        axes.annotate(
            f"{sign}{figures(one.difference.value / size)} ± {error}",
            ((one.charged.value + (one.charged.standard_error or 0.0)) / size, place),
            xytext=(8, 0), textcoords="offset points", va="center", fontsize=9, color=INK,
        )  # fmt: skip


def _best(quote: Quote) -> str:
    cheapest = min(quote.alternatives, key=lambda one: one.charged.value, default=None)
    if cheapest is None:
        return f"{quote.product}: no option was asked for"
    if not quote.premium.charged.value:
        return f"{quote.product}: nothing is charged for the risk as asked for"
    share = cheapest.difference.value / quote.premium.charged.value
    less = "less" if share < 0 else "more"
    return f"{short(cheapest.name)}: charged {percent(abs(share))} {less} than as asked for"


def _common(quote: Quote) -> str:
    return (
        f"{quote.product} for {short(quote.insured)}; n = {quote.receipt.n_years:,} simulated "
        "years, the same for all; ± and bars: 1 standard error"
    )
