"""Pictures of development: a triangle cell by cell, and its origins' ultimates by one method."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from techinsure.evidence.developed import FEWEST, Development
from techinsure.evidence.triangles import Triangle
from techinsure.plots.canvas import (
    CEDED,
    GROSS,
    INK,
    LINE,
    MUTED,
    SURFACE,
    amount,
    canvas,
    figures,
    in_our_fonts,
    money,
    percent,
    scale,
    short,
    titles,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CELLS = 12
"""Origins or ages up to which each cell shows its figure."""
MOST_NAMES = 3
DARK = 0.6
"""The share of the deepest colour above which figures are white."""


@in_our_fonts
def development_triangle(developed: Development) -> "Figure":
    """The observed triangle, true zeros apart from what lies ahead, beside each origin's ultimate:
    known, to come, and one standard error where the method has one."""
    triangle = developed.triangle
    rows = len(triangle.origins)
    figure, (left, right) = canvas(
        11.0, max(2.4 + 0.36 * rows, 3.8), panels=2, gridspec_kw={"width_ratios": [1.25, 1.0]}
    )
    size, name = scale(max(developed.ultimate / rows, float(triangle.latest.max())))
    unit = money(triangle.unit, name) if _is_currency(triangle) else f"{name} {triangle.unit}"
    unit = unit.strip() or "units as given"
    _cells(left, triangle, size)
    _ultimates(right, developed, size)
    left.set_xlabel(f"age, years; cumulative, {unit}", color=INK)
    right.set_xlabel(f"ultimate, {unit}", color=INK)
    share = developed.ibnr / developed.ultimate if developed.ultimate else 0.0
    few = [one.origin for one in developed.origins if any("fewer than" in n for n in one.notes)]
    bars = "bars: 1 standard error (Mack)" if _has_errors(developed) else "no standard error"
    numbers = f"; fewer than {FEWEST} claims in {len(few)} of {rows} origins" if few else ""
    silent = [short(one.origin, 16) for one in developed.origins if one.latest == 0]
    nothing = f"; nothing known of {_list(silent)}" if silent else ""
    titles(
        figure,
        f"{developed.method}: {percent(max(share, 0.0))} of the ultimate is still to come"
        if share >= 0
        else f"{developed.method}: {percent(-share)} of the ultimate will be taken back",
        f"n = {rows} origins; known {_of(triangle, developed.latest)}, ultimate "
        f"{_of(triangle, developed.ultimate)}{_error(developed)}; {bars}{numbers}{nothing}",
    )
    return figure


def _is_currency(triangle: Triangle) -> bool:
    return re.fullmatch("[A-Z]{3}", triangle.unit) is not None


def _of(triangle: Triangle, value: float) -> str:
    if _is_currency(triangle):
        return amount(value, triangle.unit)
    return f"{figures(value)} {triangle.unit}".strip()


def _error(developed: Development) -> str:
    error = developed.standard_error
    return "" if error is None else f" ± {_of(developed.triangle, error)}"


def _list(names: list[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _has_errors(developed: Development) -> bool:
    return any(one.standard_error for one in developed.origins)


def _cells(axes: "Axes", triangle: Triangle, size: float) -> None:
    """Colour by value; a cell that is not observed stays empty."""
    cells = triangle.array
    deepest = float(np.nanmax(cells)) or 1.0
    image: Any = np.ma.masked_invalid(cells)
    whole = deepest >= 100 * size or size == 1
    axes.imshow(image, cmap="Blues", vmin=0.0, vmax=deepest, aspect="auto")
    if max(cells.shape) <= MOST_CELLS:
        for (row, column), value in np.ndenumerate(cells):
            if not np.isnan(value):
                colour = "white" if value > DARK * deepest else INK
                shown = f"{value / size:,.0f}" if whole or not value else figures(value / size)
                axes.text(column, row, shown, ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(cells.shape[1]), [f"{age:g}" for age in triangle.ages])
    axes.set_yticks(range(cells.shape[0]), [short(name, 16) for name in triangle.origins])
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)


def _ultimates(axes: "Axes", developed: Development, size: float) -> None:
    """Known and to come, origin by origin, in the order of the triangle."""
    places = np.arange(len(developed.origins))
    known = np.array([one.latest for one in developed.origins]) / size
    ahead = np.array([one.ibnr for one in developed.origins]) / size
    axes.barh(places, known, color=GROSS, height=0.62, label="known")
    axes.barh(places, ahead, left=known, color=CEDED, height=0.62, label="to come")
    for place, one in zip(places, developed.origins, strict=True):
        if one.standard_error:
            axes.errorbar(one.ultimate / size, place, xerr=one.standard_error / size, color=INK,
                          capsize=3, lw=1)  # fmt: skip
    axes.set_yticks([])
    axes.set_ylim(len(places) - 0.5, -0.5)
    axes.set_xlim(left=min(0.0, float(axes.get_xlim()[0])))
    axes.grid(axis="x", color=LINE, lw=0.6)
    axes.legend(loc="best", frameon=True, facecolor=SURFACE, edgecolor=LINE, fontsize=8,
                labelcolor=MUTED)  # fmt: skip
