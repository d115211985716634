"""The layer tower: where each treaty attaches, where it ends, how often, and with whom."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pydantic import ConfigDict

from techinsure.money import exact
from techinsure.plots.canvas import (
    CEDED,
    INK,
    MUTED,
    canvas,
    figures,
    in_our_fonts,
    money,
    percent,
    scale,
    short,
    titles,
)
from techinsure.plots.losses import facts_of
from techinsure.pooling.report import PoolReport
from techinsure.quantities import FORBID, Estimate
from techinsure.reinsurance import Treaty
from techinsure.reinsurance.exhaustion import exhaustion_probability
from techinsure.reinsurance.programme import PlacedTreaty
from techinsure.reinsurance.quota_share import QuotaShare
from techinsure.reinsurance.surplus import Surplus

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, ABOVE = 5.2, 1.0
"""Inches of the picture, more where a column has much to say; and of what stands above its axis."""
BLOCK, LANE = 0.36, 0.38
"""Of a column's width 1: the block's, and where its text begins."""
LINE_HEIGHT, GAP = 0.19, 0.08
"""Inches of one line of text beside a block, and between two texts."""
TALL = 0.2
"""Of the axis: a block that holds its two probabilities."""
MOST_HOLDERS = 3
PROPORTIONAL = ("quota_share", "surplus")
"""Kinds of treaty that take a share of a loss, not a layer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A layer in money: from `low` to `high` (None: no end), and in which column it stands."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    low: float
    high: float | None
    column: int


def blocks(treaties: tuple[PlacedTreaty, ...]) -> tuple[Block, ...]:
    """Where each treaty stands. Proportional treaties have a column each, at the side; layers on
    the same losses and basis are stacked in one column as long as they do not overlap."""
    found: list[Block] = []
    columns: list[tuple[object, list[tuple[float, float]]]] = []
    ordered = sorted(treaties, key=lambda placed: placed.treaty.kind not in PROPORTIONAL)
    for placed in ordered:
        low, high = _span(placed)
        treaty = placed.treaty
        key = placed.name if treaty.kind in PROPORTIONAL else (_per(treaty), *_filters(placed))
        top = float("inf") if high is None else high
        free = [
            place
            for place, (other, spans) in enumerate(columns)
            if other == key and all(top <= a or low >= b for a, b in spans)
        ]
        if not free:
            columns.append((key, []))
        column = free[0] if free else len(columns) - 1
        columns[column][1].append((low, top))
        found.append(Block(name=placed.name, low=low, high=high, column=column))
    return tuple(found)


def _span(placed: PlacedTreaty) -> tuple[float, float | None]:
    """Attachment and exhaustion, currency units."""
    treaty = placed.treaty
    match treaty.kind:
        case "quota_share":
            has_end = treaty.limit is not None and treaty.share > 0
            return 0.0, (treaty.limit or 0.0) / treaty.share if has_end else None
        case "surplus":
            return 0.0, None
        case "excess_of_loss":
            return treaty.attachment, treaty.attachment + treaty.limit
        case _:
            attachment, limit = treaty.in_money
            return attachment, attachment + limit


def _per(treaty: Treaty) -> str:
    """What one loss of a layer is."""
    if treaty.kind == "aggregate_excess":
        return f"sum of a year, per {treaty.basis}"
    if treaty.kind == "excess_of_loss" and treaty.hours_clause is not None:
        return f"per {treaty.hours_clause.hours:g} hours"
    return f"per {treaty.basis}"


def _filters(placed: PlacedTreaty) -> tuple[tuple[str, ...], ...]:
    """The names that a treaty is for."""
    return placed.products, placed.risk_units, placed.policies, placed.items


@in_our_fonts
def layer_tower(report: PoolReport) -> "Figure":
    """Each treaty from attachment to exhaustion in money, a proportional one a band at the side;
    inside, how often it is hit and how often a loss reaches its top; beside it, who holds it."""
    placed = {one.name: one for one in report.programme.treaties}
    standing = blocks(report.programme.treaties)
    n_columns = max((block.column for block in standing), default=0) + 1
    ends = [block.high or block.low for block in standing]
    top = 1.08 * (max(ends, default=0.0) or report.gross.tvar_995.value or 1.0)
    size, name = scale(top)
    hits = {treaty.name: treaty.hit_probability for treaty in report.treaties}
    full = {n: exhaustion_probability(report.programme, n, report.cession) for n in placed}
    beside: dict[int, list[tuple[float, str]]] = {}
    for block in standing:
        middle = (block.low + min(block.high or top, top)) / 2 / top
        text = _beside(placed[block.name], hits[block.name], full[block.name])
        beside.setdefault(block.column, []).append((middle, text))
    tallest = max((sum(_height(text) for _, text in texts) for texts in beside.values()), default=0)
    height = max(HEIGHT, ABOVE + tallest)
    figure, axes = canvas(max(8.5, 0.8 + 2.6 * n_columns), height)
    for block in standing:
        _draw(axes, block, top, size, hits[block.name], full[block.name])
    for column, texts in beside.items():
        _write_beside(axes, column, texts, height - ABOVE)
    axes.set_xlim(-0.05, n_columns)
    axes.set_ylim(0, top / size)
    axes.set_xticks([])
    axes.spines["bottom"].set_color(MUTED)
    axes.set_ylabel(f"loss that the treaty sees, {money(report.currency, name)}", color=INK)
    titles(
        figure,
        _finding(report),
        f"{facts_of(report)}; hit: share of years with a recovery; full: share of years in which "
        "one loss reaches the top; ± standard error",
    )
    return figure


def _finding(report: PoolReport) -> str:
    if not report.treaties:
        return "No reinsurance: the members keep every loss"
    layers = [t for t in report.treaties if t.kind not in PROPORTIONAL]
    ordered = sorted(layers or report.treaties, key=lambda t: t.hit_probability.value)
    rare, often = (
        f"{short(t.name, 24)}, in {percent(t.hit_probability.value)} of years"
        for t in (ordered[0], ordered[-1])
    )
    if len(ordered) == 1:
        return f"Hit: {often}"
    return f"Hit most often: {often}; least: {rare}"


def _draw(
    axes: "Axes", block: Block, top: float, size: float, hit: Estimate, full: Estimate | None
) -> None:
    """The block, and in it its two probabilities if it is tall enough."""
    from matplotlib.patches import Rectangle

    high = min(block.high or top, top)
    is_band = block.high is None
    axes.add_patch(Rectangle(
        (block.column, block.low / size), BLOCK, (high - block.low) / size, lw=1,
        facecolor=(CEDED, 0.16), edgecolor=CEDED, hatch="//" if is_band else None,
        ls="--" if is_band else "-", clip_on=True,
    ))  # fmt: skip
    if (high - block.low) / top < TALL:
        return
    middle = block.column + BLOCK / 2
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 2.0, "alpha": 0.85}
    if full is not None:
        axes.annotate(f"full\n{percent(full.value)}", (middle, high / size), xytext=(0, -6),
                      textcoords="offset points", ha="center", va="top", fontsize=9, color=INK,
                      bbox=paper)  # fmt: skip
    axes.annotate(f"hit\n{percent(hit.value)}", (middle, block.low / size), xytext=(0, 7),
                  textcoords="offset points", ha="center", va="bottom", fontsize=9, color=INK,
                  bbox=paper)  # fmt: skip


def _beside(placed: PlacedTreaty, hit: Estimate, full: Estimate | None) -> str:
    """Name, terms, probabilities with their errors, holders: a line each."""
    often = f"hit {percent(hit.value, hit.standard_error)}"
    if full is not None:
        often += f"\nfull {percent(full.value, full.standard_error)}"
    lines = [short(placed.name, 24), *_terms(placed), often, *_holders(placed)]
    return "\n".join(lines)


def _terms(placed: PlacedTreaty) -> list[str]:
    treaty = placed.treaty
    if treaty.kind == "quota_share" or treaty.kind == "surplus":
        lines = [_share(treaty)]
        if treaty.limit is not None:
            size, name = scale(treaty.limit)
            lines.append(f"up to {figures(treaty.limit / size)} {name} per {treaty.basis}")
    else:
        low, high = _span(placed)
        size, name = scale(high or low)
        width = figures(((high or low) - low) / size)
        lines = [f"{width} {name} xs {figures(low / size)} {name}".replace("  ", " "),
                 _per(treaty).replace("_", " ")]  # fmt: skip
    if placed.subject_share < 1:
        lines.append(f"on {percent(placed.subject_share)} of the loss")
    if placed.placed_share < 1:
        lines.append(f"{percent(placed.placed_share)} of it placed")
    lines += [short(", ".join(names), 26) for names in _filters(placed) if names]
    if placed.net_of:
        parents = placed.net_of
        named = parents[0] if len(parents) == 1 else f"{len(parents)} treaties"
        lines.append(f"net of {short(named, 20)}")
    return lines


def _share(treaty: QuotaShare | Surplus) -> str:
    """What a proportional treaty takes of a loss."""
    if treaty.kind == "quota_share":
        return f"{percent(treaty.share)} of every loss"
    size, name = scale(treaty.line)
    amount = f"{figures(treaty.line / size)} {name}".strip()
    return f"{treaty.lines:g} lines of {amount} a {treaty.risk}".replace("_", " ")


def _holders(placed: PlacedTreaty) -> list[str]:
    if not placed.reinsurers:
        return ["holders not named"]
    held = sorted(placed.reinsurers, key=lambda one: -exact(one.share))
    lines = [f"{short(one.name, 18)} {percent(float(exact(one.share)))}" for one in held]
    if len(lines) > MOST_HOLDERS:
        lines = [*lines[: MOST_HOLDERS - 1], f"and {len(lines) - MOST_HOLDERS + 1} more"]
    return lines


def _height(text: str) -> float:
    """Inches of a text beside a block and of the gap to the next."""
    return LINE_HEIGHT * (text.count("\n") + 1) + GAP


def _write_beside(axes: "Axes", column: int, texts: list[tuple[float, str]], inches: float) -> None:
    """Texts beside their blocks, moved where they would meet; the axis is `inches` high."""
    ordered = sorted(texts)
    heights = [_height(text) / inches for _, text in ordered]
    bottoms, floor = [], 0.0
    for (middle, _), height in zip(ordered, heights, strict=True):  # up, from the lowest
        bottoms.append(max(middle - height / 2, floor))
        floor = bottoms[-1] + height
    ceiling = 1.0
    for place in reversed(range(len(bottoms))):  # and down again, from the highest
        bottoms[place] = min(bottoms[place], ceiling - heights[place])
        ceiling = bottoms[place]
    for (_, text), bottom, height in zip(ordered, bottoms, heights, strict=True):
        axes.text(
            column + LANE, bottom + height / 2, text, transform=axes.get_xaxis_transform(),
            va="center", ha="left", fontsize=9, color=INK, linespacing=1.25, parse_math=False,
        )  # fmt: skip
