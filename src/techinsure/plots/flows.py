"""The picture of a closed quarter: who owes whom, and for what."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from techinsure.accounts.close_report import Close
from techinsure.accounts.open_items import OpenItem
from techinsure.money import to_units
from techinsure.plots.canvas import (
    INK,
    MUTED,
    OKABE_ITO,
    WARNING,
    amount,
    canvas,
    in_our_fonts,
    short,
    titles,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PARTIES = 20
"""Parties a side that are drawn; the smallest others are summed."""

KINDS = {
    "premium and fees": (
        ("premium_share", "lead_fee", "commission_share", "portfolio_transfer"), OKABE_ITO[0],
    ),
    "claims": (
        ("claim_share", "cash_call", "recovery_share", "default_cover", "subrogation",
         "fund_refill"), OKABE_ITO[5],
    ),
    "reinsurance": (
        ("ceded_premium", "ceding_commission", "ceded_claim", "treaty_premium",
         "reinstatement_premium", "treaty_recovery"), OKABE_ITO[2],
    ),
    "tax": (("vat_share", "vat_due", "surcharge_due"), OKABE_ITO[1]),
    "interest and netting": (("interest", "net_balance"), OKABE_ITO[3]),
}  # fmt: skip
"""Kind -> its accounts and colour."""

OTHERS = "others"
GAP, BAR = 0.018, 0.02
"""Room between parties, of the height; width of the bar beside a name."""


@in_our_fonts
def flows(close: Close) -> "Figure":
    """Who owes (left) whom (right) at the end of the quarter: bands as thick as what is open, by
    what it is for; what is overdue is dark at its edge."""
    items = close.open_items
    left, right = _sides(items)
    rows = max(len(left), len(right), 2)
    figure, axes = canvas(10, 2.0 + 0.44 * rows)
    axes.set_axis_off()
    axes.set(xlim=(-0.62, 1.62), ylim=(1.06, -0.02))
    total = sum(item.open_minor for item in items)
    if total:
        gaps = GAP * (rows - 1)
        _bands(axes, close, left, right, (1 - gaps) / total)
        _legend(axes, items)
    else:
        axes.text(0.5, 0.5, "nothing is open", ha="center", color=MUTED)
    titles(figure, _finding(close, left, total), _facts(close))
    return figure


def _sides(items: Sequence[OpenItem]) -> tuple[dict[str, int], dict[str, int]]:
    """Debtors and creditors with what they owe and are owed, minor units, the largest first."""
    owes, is_owed = dict[str, int](), dict[str, int]()
    for item in items:
        owes[item.debtor] = owes.get(item.debtor, 0) + item.open_minor
        is_owed[item.creditor] = is_owed.get(item.creditor, 0) + item.open_minor
    return _largest(owes), _largest(is_owed)


def _largest(sums: dict[str, int]) -> dict[str, int]:
    ranked = dict(sorted(sums.items(), key=lambda pair: -pair[1]))
    if len(ranked) <= MOST_PARTIES:
        return ranked
    kept = dict(list(ranked.items())[: MOST_PARTIES - 1])
    return kept | {OTHERS: sum(ranked.values()) - sum(kept.values())}


def _bands(
    axes: "Axes", close: Close, left: dict[str, int], right: dict[str, int], unit: float
) -> None:
    """Bands between the two sides, each side's in the order of the other's, so that few cross."""
    late = {_key(one.item) for one in close.overdue}
    grouped: dict[tuple[str, str, str, bool], int] = {}
    for item in close.open_items:
        key = (
            item.debtor if item.debtor in left else OTHERS,
            item.creditor if item.creditor in right else OTHERS,
            _kind(item.account),
            _key(item) in late,
        )
        grouped[key] = grouped.get(key, 0) + item.open_minor
    places, kinds = {name: n for n, name in enumerate(right)}, list(KINDS)
    rows = list(left)
    ordered = sorted(
        grouped, key=lambda key: (rows.index(key[0]), places[key[1]], kinds.index(key[2]), key[3])
    )
    starts, ends = _tops(left, unit), _tops(right, unit)
    _names(axes, close, left, starts, unit, is_left=True)
    _names(axes, close, right, ends, unit, is_left=False)
    for key in ordered:
        debtor, creditor, kind, is_late = key
        thick = grouped[key] * unit
        _band(axes, starts[debtor], ends[creditor], thick, KINDS[kind][1], is_late)
        starts[debtor] += thick
        ends[creditor] += thick


def _key(item: OpenItem) -> tuple[str, str, str, str]:
    return (item.reference, item.account, item.debtor, item.creditor)


def _kind(account: str) -> str:
    return next(kind for kind, (accounts, _) in KINDS.items() if account in accounts)


def _tops(side: dict[str, int], unit: float) -> dict[str, float]:
    """Where each party begins, from the top, the whole side in the middle of the height."""
    height = sum(side.values()) * unit + GAP * (len(side) - 1)
    top, found = (1 - height) / 2, dict[str, float]()
    for name, owed in side.items():
        found[name] = top
        top += owed * unit + GAP
    return found


def _names(
    axes: "Axes", close: Close, side: dict[str, int], tops: dict[str, float], unit: float,
    is_left: bool,
) -> None:  # fmt: skip
    """Bars and, beside them, names and amounts, moved apart where bars are thin."""
    from matplotlib.patches import Rectangle

    middles = _apart([tops[name] + owed * unit / 2 for name, owed in side.items()])
    for (name, owed), at in zip(side.items(), middles, strict=True):
        x = -BAR if is_left else 1.0
        bar = Rectangle((x, tops[name]), BAR, owed * unit, color=INK, lw=0)
        axes.add_patch(bar)
        real = tops[name] + owed * unit / 2
        edge, text = (-BAR, -0.07) if is_left else (1 + BAR, 1.07)
        axes.plot([edge, text], [real, at], color=MUTED, lw=0.6)
        units = amount(float(to_units(owed, close.currency)), close.currency)
        mark = " (failed)" if name in close.failed else ""
        axes.text(
            text + (-0.01 if is_left else 0.01), at, f"{short(name, 22)}{mark}  {units}",
            ha="right" if is_left else "left", va="center", fontsize=9,
            color=INK, parse_math=False,
        )  # fmt: skip


def _apart(middles: list[float]) -> list[float]:
    """The same places from the top, moved no more than lines of text need to stand apart."""
    least, found = 0.94 / max(len(middles), 18), list[float]()
    for middle in middles:
        found.append(max(middle, found[-1] + least) if found else middle)
    lowest = 1.0 + least
    for place in range(len(found) - 1, -1, -1):
        found[place] = lowest = min(found[place], lowest - least)
    return found


def _band(axes: "Axes", start: float, end: float, thick: float, colour: str, is_late: bool) -> None:
    x = np.linspace(0, 1, 60)
    ease = x * x * (3 - 2 * x)
    top = start + (end - start) * ease
    style: dict[str, Any] = {"edgecolor": WARNING, "lw": 1.6} if is_late else {"lw": 0}
    axes.fill_between(x, top, top + thick, color=None, facecolor=colour, alpha=0.55, **style)
    if is_late:
        axes.plot(x, top, color=INK, lw=1.2, ls="--")
        axes.plot(x, top + thick, color=INK, lw=1.2, ls="--")


def _legend(axes: "Axes", items: Sequence[OpenItem]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    used = {_kind(item.account) for item in items}
    handles: list[Any] = [
        Patch(facecolor=colour, alpha=0.55, label=kind)
        for kind, (_, colour) in KINDS.items() if kind in used
    ]  # fmt: skip
    handles.append(Line2D([], [], color=INK, lw=1.2, ls="--", label="overdue"))
    axes.legend(
        handles=handles, frameon=False, fontsize=9, loc="upper center", ncols=len(handles),
        bbox_to_anchor=(0.5, 0.0), columnspacing=1.6, handlelength=1.6,
    )  # fmt: skip


def _finding(close: Close, left: dict[str, int], total: int) -> str:
    if not total:
        return f"Nothing is open at the end of {close.quarter}"
    units = float(to_units(total, close.currency))
    first = next(iter(left))
    late = sum(one.item.open_minor for one in close.overdue)
    told = f"{first} owes {left[first] / total:.0%} of the {amount(units, close.currency)} open"
    share = f"{100 * late / total:#.2g}%"
    return f"{told}; {share} is overdue" if late else f"{told}; nothing is overdue"


def _facts(close: Close) -> str:
    parties = len({name for one in close.open_items for name in (one.debtor, one.creditor)})
    after = ""
    if close.netting is not None and close.netting.items:
        n = len(close.netting.transfers)
        after = f"; netted, {n} transfer{'s' if n != 1 else ''}"
    return (
        f"{short(close.pool)}, {close.quarter}, as of {close.as_of}: {len(close.open_items)} open "
        f"items of {parties} parties, nothing simulated; left owes right{after}"
    )
