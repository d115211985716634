"""How full places, routes and sectors are: each group against its soft and hard limit."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from techinsure.plots.canvas import (
    GROSS,
    INK,
    LINE,
    MEMBER,
    MUTED,
    NORMAL_95,
    STATE,
    WARNING,
    amount,
    canvas,
    in_our_fonts,
    percent,
    percent_axis,
    short,
    titles,
    words,
)
from techinsure.pool.accumulation import Accumulated, AccumulationLimit
from techinsure.pooling.checks_report import PoolChecks
from techinsure.quantities import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 24
"""Rows that one picture holds, the fullest first; the tables have all."""

FIGURE_NAMES = {
    "sum_insured": "sum insured",
    "share": "share of all",
    "event_tvar_995": "largest event, TVaR 99.5%",
    "tvar_995": "year, TVaR 99.5%",
}


class Row(NamedTuple):
    """A group and its figure, as a part of the hard limit or of the whole; 95% is +- `spread`."""

    label: str
    use: float
    spread: float
    soft: float | None
    said: str


@in_our_fonts
def accumulation(checks: PoolChecks) -> "Figure":
    """Each limited group's figure as a part of its hard limit, the soft limit marked; without any
    limit, each group's part of the sum insured."""
    limited = _limited(checks)
    rows = sorted(limited or _unlimited(checks), key=lambda row: -row.use)[:MOST_ROWS]
    figure, axes = canvas(9, 2.1 + 0.36 * max(len(rows), 2))
    places = np.arange(len(rows))
    colours = [_colour(row) if limited else MEMBER for row in rows]
    axes.barh(places, [row.use for row in rows], height=0.6, color=colours)
    for at, row in enumerate(rows):
        if row.spread:
            axes.errorbar(row.use, at, xerr=row.spread, fmt="none", ecolor=INK, elinewidth=1,
                          capsize=2)  # fmt: skip
    for place, row in zip(places, rows, strict=True):
        axes.annotate(row.said, (row.use + row.spread, place), xytext=(6, 0), va="center",
                      textcoords="offset points", fontsize=8.5, color=INK, parse_math=False,
                      bbox={"fc": "white", "ec": "none", "pad": 0.8})  # fmt: skip
    if limited:
        _draw_limits(axes, rows)
    axes.set_yticks(places, [row.label for row in rows])
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.set_ylim(len(rows) - 0.4, -0.7)
    furthest = max((row.use + row.spread for row in rows), default=1.0)
    axes.set_xlim(0, 1.75 * max(1.0 if limited else 0.0, furthest))
    percent_axis(axes)
    axes.grid(axis="x", color=LINE, lw=0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("part of the hard limit" if limited else "part of the sum insured", color=INK)
    titles(figure, _finding(rows, bool(limited)), _facts(checks, len(rows), len(limited)))
    return figure


def _limited(checks: PoolChecks) -> list[Row]:
    held = {found.basis: found for found in checks.accumulations}
    return [
        _row(limit, group, checks.currency)
        for limit in checks.limits
        if limit.basis in held
        for group in held[limit.basis].groups
        if limit.name in (None, group.name)
    ]


def _unlimited(checks: PoolChecks) -> list[Row]:
    return [
        Row(f"{found.basis}: {short(group.name, 26)}", group.share, 0.0, None,
            f"{amount(group.sum_insured, checks.currency)}, {percent(group.share)}")
        for found in checks.accumulations
        for group in found.groups
    ]  # fmt: skip


def _row(limit: AccumulationLimit, group: Accumulated, currency: str) -> Row:
    figure = getattr(group, limit.figure)
    is_estimate = isinstance(figure, Estimate)
    value = figure.value if is_estimate else figure
    spread = NORMAL_95 * (figure.standard_error or 0.0) if is_estimate else 0.0
    shown = [percent(x) if limit.figure == "share" else amount(x, currency)
             for x in (value, limit.hard)]  # fmt: skip
    return Row(
        f"{limit.basis}: {short(group.name, 26)}",
        value / limit.hard,
        spread / limit.hard,
        None if limit.soft is None else limit.soft / limit.hard,
        f"{FIGURE_NAMES[limit.figure]} {shown[0]} of {shown[1]}" + _mark(value, limit),
    )


def _mark(value: float, limit: AccumulationLimit) -> str:
    if value > limit.hard:
        return ", above hard"
    return ", above soft" if limit.soft is not None and value > limit.soft else ""


def _colour(row: Row) -> str:
    if row.use > 1:
        return WARNING
    return STATE if row.soft is not None and row.use > row.soft else MEMBER


def _draw_limits(axes: "Axes", rows: list[Row]) -> None:
    axes.axvline(1.0, color=WARNING, lw=1.4, ls="--", label="hard limit (100%)")
    soft = [(row.soft, place) for place, row in enumerate(rows) if row.soft is not None]
    if soft:
        at, places = zip(*soft, strict=True)
        axes.plot(at, places, "|", color=GROSS, ms=18, mew=2.2, ls="none", label="soft limit")
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, fontsize=9,
                borderaxespad=0.2, handlelength=1.8, labelcolor=MUTED)  # fmt: skip


def _finding(rows: list[Row], limited: bool) -> str:
    if not limited:
        if not rows:
            return "No item has a park, route or sector"
        return f"The largest accumulation: {rows[0].label}, {percent(rows[0].use)} of all"
    hard = sum(row.use > 1 for row in rows)
    soft = sum(row.use <= 1 and row.soft is not None and row.use > row.soft for row in rows)
    if hard or soft:
        return (
            f"{hard} of {len(rows)} accumulations above a hard limit, {soft} more above a soft one"
        )
    return "Every accumulation is within its limits"


def _facts(checks: PoolChecks, n_drawn: int, n_limited: int) -> str:
    all_rows = n_limited or sum(len(found.groups) for found in checks.accumulations)
    more = f"; {all_rows - n_drawn} less full in the table only" if all_rows > n_drawn else ""
    bases = ", ".join(words(found.basis) for found in checks.accumulations) or "nothing"
    return (
        f"{short(checks.pool)}, {amount(checks.sum_insured, checks.currency)} insured by {bases}; "
        f"gross, n = {checks.n_years:,} years; bars: 95% where simulated{more}"
    )
