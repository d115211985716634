"""Pictures: one function each, returning a matplotlib figure that the caller saves.

Every picture states its unit and the number of simulated years, and shows the error where there
is one. matplotlib is imported when a picture is asked for, not before.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from techinsure.losses import curves
from techinsure.losses.year_table import YearLossTable
from techinsure.pool_report import PoolReport
from techinsure.quantities import Estimate
from techinsure.quotes import Quote

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, LINE = "#1b1f24", "#57606a", "#d0d7de"
GROSS, CEDED, NET, STATE = "#4c566a", "#0b7285", "#0b5cad", "#8f5a00"

LONGEST = 36
"""Characters of a name that fit beside the facts of a picture."""

Subject = TypeVar("Subject")

UNITS: tuple[tuple[float, str], ...] = ((1e9, "bn"), (1e6, "m"), (1e3, "k"), (1.0, ""))


def save(figure: "Figure", file: Path) -> Path:
    """Write a figure as PNG (or by the file's ending) and let go of it."""
    figure.savefig(file, dpi=150)
    return file


def _canvas(width: float, height: float) -> tuple["Figure", "Axes"]:
    """A figure that needs no display and keeps no global state."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(LINE)
    axes.tick_params(colors=MUTED, labelsize=9)
    return figure, axes


def _in_our_fonts(picture: Callable[[Subject], "Figure"]) -> Callable[[Subject], "Figure"]:
    """The same picture, its texts able to hold Chinese names; the caller's settings stay."""

    @wraps(picture)
    def drawn(subject: Subject) -> "Figure":
        from matplotlib import rc_context

        with rc_context({"font.family": ["DejaVu Sans", _chinese_font()]}):
            return picture(subject)

    return drawn


@lru_cache(maxsize=1)
def _chinese_font() -> str:
    """The name of a font for Chinese characters, whatever fonts the machine has."""
    from matplotlib import font_manager
    from noto_cjk_sans_otc import FONT_PATH

    font_manager.fontManager.addfont(str(FONT_PATH))
    return font_manager.FontProperties(fname=str(FONT_PATH)).get_name()


def _titles(axes: "Axes", finding: str, facts: str) -> None:
    """Names in them may hold any character: a dollar starts no formula."""
    axes.set_title(f"{finding}\n", loc="left", fontsize=13, color=INK)
    axes.text(0, 1.02, facts, transform=axes.transAxes, fontsize=9, color=MUTED, va="bottom",
              parse_math=False)  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def _scale(largest: float) -> tuple[float, str]:
    return next((size, name) for size, name in UNITS if abs(largest) >= size or size == 1.0)


@_in_our_fonts
def exceedance(report: PoolReport) -> "Figure":
    """Annual exceedance probability of gross, ceded and net losses, each with its 95% band."""
    from matplotlib.ticker import FuncFormatter

    figure, axes = _canvas(8.5, 5)
    size, name = _scale(report.gross.var_995.value)
    styles = (("gross", GROSS, "-"), ("ceded", CEDED, "--"), ("net", NET, "-."))
    for perspective, colour, dash in styles:
        curve = curves.aep(_perspective(report, perspective))
        keep = curve.probability >= 10 / report.n_years
        x = curve.loss[keep] / size
        axes.plot(x, curve.probability[keep], color=colour, ls=dash, lw=1.8, label=perspective)
        axes.fill_between(
            x, curve.low[keep], curve.high[keep], color=colour, alpha=0.18, lw=0, step=None
        )
    axes.set_yscale("log")
    axes.set_ylim(10 / report.n_years, 1)
    axes.set_xlim(left=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda p, _: f"{100 * p:g}%"))
    axes.set_xlabel(f"annual loss, {report.currency} {name}".rstrip(), color=INK)
    axes.set_ylabel("probability that a year exceeds it", color=INK)
    axes.grid(color=LINE, lw=0.6)
    axes.legend(frameon=False)
    gross, net = report.gross.tvar_995.value, report.net.tvar_995.value
    _titles(
        axes,
        f"The members keep {net / gross:.0%} of the gross tail (TVaR 99.5%)"
        if gross
        else "No simulated year has a loss",
        f"{_short(report.pool)}, {report.n_items:,} items; n = {report.n_years:,} simulated years; "
        "95% bands; 10 years lie beyond the ends",
    )
    return figure


def _perspective(report: PoolReport, name: str) -> YearLossTable:
    cession = report.cession
    rows = {"gross": report.losses.loss, "net": cession.net}
    rows["ceded"] = report.losses.loss - cession.net
    return report.losses.with_loss(rows[name])


@_in_our_fonts
def premium_waterfall(quote: Quote) -> "Figure":
    """The premium line by line, from expected claims to what is charged, with 1 s.e. bars."""
    steps = [(step.name.replace("_", " "), step.amount) for step in quote.premium.waterfall.steps]
    steps.append(("charged", quote.premium.charged))
    figure, axes = _canvas(8.5, 4.8)
    size, name = _scale(quote.premium.charged.value)
    start = 0.0
    for place, (label, amount) in enumerate(steps):
        last = place == len(steps) - 1
        base, height = (0.0 if last else start), amount.value / size
        colour = NET if last else GROSS if place == 0 else CEDED
        axes.bar(place, height, bottom=base, color=colour, width=0.62)
        error = (amount.standard_error or 0.0) / size
        if error:
            axes.errorbar(place, base + height, yerr=error, color=INK, capsize=3, lw=1)
        axes.annotate(
            _amount_label(amount, size), (place, max(base, base + height) + error),
            xytext=(0, 4), textcoords="offset points", ha="center", fontsize=9, color=INK,
        )  # fmt: skip
        if not last:
            start += height
            axes.plot([place + 0.31, place + 0.69], [start, start], color=MUTED, lw=0.8)
        del label
    axes.set_xticks(range(len(steps)), [_wrapped(label) for label, _ in steps])
    axes.set_ylabel(f"premium, {quote.currency} {name}".rstrip(), color=INK)
    axes.margins(y=0.12)
    pure, charged = quote.premium.pure.value, quote.premium.charged.value
    _titles(
        axes,
        f"{quote.product}: {pure / charged:.0%} of the charged premium pays expected claims"
        if charged
        else f"{quote.product}: nothing is charged",
        f"{_short(quote.insured)}; sum insured {quote.currency} {quote.sum_insured:,.0f}; "
        f"n = {quote.receipt.n_years:,} simulated years; bars: 1 standard error",
    )
    return figure


def _amount_label(amount: Estimate, size: float) -> str:
    return f"{amount.value / size:,.3g}"


def _wrapped(label: str) -> str:
    return "\n".join(label.split(" ", 1))
