"""Pictures of premiums, line by line: of a quote, and of what a pool keeps after reinsurance."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from techinsure.plots.canvas import (
    CEDED,
    GROSS,
    INK,
    MUTED,
    NET,
    canvas,
    figures,
    in_our_fonts,
    money,
    scale,
    short,
    titles,
    words,
)
from techinsure.plots.losses import facts_of
from techinsure.pooling.report import PoolReport, TreatyResult
from techinsure.quantities import Estimate
from techinsure.quotes import Quote
from techinsure.reinsurance import RECEIVED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Step = tuple[str, Estimate]
MOST_STEPS = 9
"""Treaties that fit side by side; more are drawn as one step."""
LINES = {
    "plug_in_pure": "expected claims, best estimates",
    "parameter_mean": "sparse data: expected claims",
    "process_capital": "capital: chance",
    "parameter_capital": "sparse data: capital",
    "dependence": "capital: dependence",
}
"""What the picture calls the steps of risk."""
RISK, RISK_LINES = GROSS, frozenset(LINES.values())


@in_our_fonts
def premium_waterfall(quote: Quote) -> "Figure":
    """The premium line by line, from expected claims to what is charged, with 1 s.e. bars; lines
    of which nothing is charged are named below."""
    steps, free = _charged_lines(quote)
    figure, axes = canvas(8.5, 1.6 + 0.34 * len(steps))
    size, name = scale(quote.premium.charged.value)
    _stairs(axes, steps, size)
    axes.set_xlabel(f"premium, {money(quote.currency, name)}", color=INK)
    if free:
        axes.annotate(
            f"nothing for: {', '.join(free)}", (0, 0), xytext=(0, -34), xycoords="axes fraction",
            textcoords="offset points", fontsize=8, color=MUTED, va="top", annotation_clip=False,
        )  # fmt: skip
    pure, charged = quote.premium.pure.value, quote.premium.charged.value
    titles(
        figure,
        f"{quote.product}: {pure / charged:.0%} of the charged premium pays expected claims"
        if charged
        else f"{quote.product}: nothing is charged",
        f"{short(quote.insured)}; sum insured {quote.currency} {quote.sum_insured:,.0f}; "
        f"n = {quote.receipt.n_years:,} simulated years; bars: 1 standard error",
    )
    return figure


def _charged_lines(quote: Quote) -> tuple[list[Step], list[str]]:
    """The steps that cost something, charged last; and the names of the others."""
    steps, free = list[Step](), list[str]()
    for step in quote.premium.waterfall.steps:
        if step.amount.value or step.amount.standard_error:
            steps.append((LINES.get(step.name, words(step.name)), step.amount))
        else:
            free.append(words(step.name))
    return [*steps, ("charged", quote.premium.charged)], free


def _stairs(axes: "Axes", steps: Sequence[Step], size: float) -> None:
    """Horizontal bars, each from where the one above ended; the last is the sum, from zero."""
    start, last = 0.0, len(steps) - 1
    for place, (label, amount) in enumerate(steps):
        base, width = (0.0 if place == last else start), amount.value / size
        colour = NET if place == last else RISK if label in RISK_LINES else CEDED
        axes.barh(place, width, left=base, color=colour, height=0.62)
        error = (amount.standard_error or 0.0) / size
        if error > 1e-9 * abs(width):
            axes.errorbar(base + width, place, xerr=error, color=INK, capsize=3, lw=1)
        axes.annotate(
            figures(width), (max(base, base + width) + error, place), xytext=(5, 0),
            textcoords="offset points", va="center", fontsize=9, color=INK,
        )  # fmt: skip
        if place < last:
            start += width
            axes.plot([start, start], [place + 0.31, place + 0.69], color=MUTED, lw=0.8)
    axes.set_yticks(range(len(steps)), [label for label, _ in steps])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.axvline(0, color=MUTED, lw=0.8)


@in_our_fonts
def pool_premium(report: PoolReport) -> "Figure":
    """A year's premium of the pool, what each treaty costs net of commission, what is kept."""
    costs = [(short(treaty.name, 22), treaty_cost(treaty)) for treaty in report.treaties]
    kept = added([report.premium, *(cost for _, cost in costs)])
    if len(costs) > MOST_STEPS:
        costs = [(f"{len(costs)} treaties", added([cost for _, cost in costs]))]
    figure, axes = canvas(8.5, 4.8)
    size, name = scale(report.premium.value)
    _waterfall(axes, [("gross premium", report.premium), *costs, ("kept by members", kept)], size)
    axes.set_ylabel(f"premium a year, {money(report.currency, name)}", color=INK)
    losses = report.ceded.mean.value / report.gross.mean.value if report.gross.mean.value else 0.0
    titles(
        figure,
        f"Reinsurance takes {1 - kept.value / report.premium.value:.0%} of the premium "
        f"and {losses:.0%} of the mean loss"
        if costs
        else "Without reinsurance the members keep the whole premium",
        f"{facts_of(report)}; treaties: ceded and mean reinstatement premium less commission; "
        "bars: 1 standard error",
    )
    return figure


def treaty_cost(treaty: TreatyResult) -> Estimate:
    """What a treaty adds to the members' premium, a mean year: negative when it costs."""
    return added([
        flow.scaled(1.0 if kind in RECEIVED else -1.0) for kind, flow in treaty.flows.items()
    ])  # fmt: skip


def added(parts: Sequence[Estimate]) -> Estimate:
    """The sum; errors are added, which is at least the error of the sum."""
    return Estimate(
        value=float(sum(part.value for part in parts)),
        standard_error=float(sum(part.standard_error or 0.0 for part in parts)),
        unit=parts[0].unit if parts else "",
    )


def _waterfall(axes: "Axes", steps: Sequence[Step], size: float) -> None:
    """Bars that start where the one before ended; the last is the sum, from zero."""
    start = 0.0
    for place, (_, amount) in enumerate(steps):
        last = place == len(steps) - 1
        base, height = (0.0 if last else start), amount.value / size
        colour = NET if last else GROSS if place == 0 else CEDED
        axes.bar(place, height, bottom=base, color=colour, width=0.62)
        error = (amount.standard_error or 0.0) / size
        if error > 1e-9 * abs(height):
            axes.errorbar(place, base + height, yerr=error, color=INK, capsize=3, lw=1)
        axes.annotate(
            figures(amount.value / size), (place, max(base, base + height + error)),
            xytext=(0, 4), textcoords="offset points", ha="center", fontsize=9, color=INK,
        )  # fmt: skip
        if not last:
            start += height
            axes.plot([place + 0.31, place + 0.69], [start, start], color=MUTED, lw=0.8)
    axes.set_xticks(range(len(steps)), [_wrapped(label) for label, _ in steps])
    for label in axes.get_xticklabels():
        label.set_parse_math(False)
    axes.margins(y=0.12)


def _wrapped(label: str) -> str:
    return "\n".join(label.split(" ", 1))
