"""The layer tower: where each treaty attaches, where it ends, how often, with whom, and what comes
back of it once it is used."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from techinsure.money import exact
from techinsure.plots.canvas import (
    CEDED,
    INK,
    MUTED,
    STATE,
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
from techinsure.reinsurance.evaluation import used_up_probability
from techinsure.reinsurance.evaluation_report import Evaluation
from techinsure.reinsurance.excess_of_loss import ExcessOfLoss
from techinsure.reinsurance.exhaustion import exhaustion_probability
from techinsure.reinsurance.programme import Cession, PlacedTreaty, Programme
from techinsure.reinsurance.quota_share import QuotaShare
from techinsure.reinsurance.surplus import Surplus

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, ABOVE = 5.2, 1.0
"""Inches of the picture, more where a column has much to say; and of what stands above its axis."""
BLOCK, LANE, COLUMN = 0.30, 0.42, 3.2
"""Of a column's width 1: the block's, and where its text begins; and that width in inches."""
STRIP, BETWEEN, MOST_STRIPS = 0.014, 0.006, 3
"""Of a column's width: a reinstatement's, what is before it, and how many are drawn."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Often:
    """How often a treaty recovers (`hit`), one loss reaches its top (`full`), and all that it sold
    is paid (`used_up`); None where that has no meaning or one year cannot tell it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    hit: Estimate | None
    full: Estimate | None
    used_up: Estimate | None


@in_our_fonts
def layer_tower(report: "PoolReport | Evaluation") -> "Figure":
    """Each treaty from attachment to exhaustion in money, as wide as it is placed, a proportional
    one a band at the side; beside it its reinstatements, how often it is hit, a loss reaches its
    top and all is used up, and who holds it."""
    programme, cession = report.programme, report.cession
    placed = {one.name: one for one in programme.treaties}
    standing = blocks(programme.treaties)
    n_columns = max((block.column for block in standing), default=0) + 1
    ends = [block.high or block.low for block in standing]
    top = 1.08 * (max(ends, default=0.0) or float(cession.annual("gross").max()) or 1.0)
    size, name = scale(top)
    often = _often(report)
    beside: dict[int, list[tuple[float, str]]] = {}
    for block in standing:
        middle = (block.low + min(block.high or top, top)) / 2 / top
        text = _beside(placed[block.name], often[block.name])
        beside.setdefault(block.column, []).append((middle, text))
    tallest = max((sum(_height(text) for _, text in texts) for texts in beside.values()), default=0)
    height = max(HEIGHT, ABOVE + tallest)
    figure, axes = canvas(max(8.5, 0.8 + COLUMN * n_columns), height)
    for block in standing:
        _draw(axes, block, placed[block.name], top, size, often[block.name])
    for column, texts in beside.items():
        _write_beside(axes, column, texts, height - ABOVE)
    axes.set_xlim(-0.05, n_columns)
    axes.set_ylim(0, top / size)
    axes.set_xticks([])
    axes.spines["bottom"].set_color(MUTED)
    axes.set_ylabel(f"loss that the treaty sees, {money(cession.table.currency, name)}", color=INK)
    titles(figure, _finding(often, programme), f"{'; '.join([_facts(report), *_legend(report)])}")
    return figure


def _often(report: "PoolReport | Evaluation") -> dict[str, Often]:
    programme, cession = report.programme, report.cession
    if report.n_years == 1:
        return {one.name: Often(hit=None, full=None, used_up=None) for one in programme.treaties}
    hits = (
        {row.name: row.hit_probability for row in report.results if row.perspective == "treaty"}
        if isinstance(report, Evaluation)
        else {treaty.name: treaty.hit_probability for treaty in report.treaties}
    )
    return {one.name: _often_of(programme, cession, one, hits[one.name])
            for one in programme.treaties}  # fmt: skip


def _often_of(
    programme: Programme, cession: Cession, placed: PlacedTreaty, hit: Estimate | None
) -> Often:
    full = exhaustion_probability(programme, placed.name, cession)
    return Often(hit=hit, full=full, used_up=used_up_probability(placed, cession))


def _facts(report: "PoolReport | Evaluation") -> str:
    if isinstance(report, PoolReport):
        return facts_of(report)
    years = "one year" if report.n_years == 1 else f"n = {report.n_years:,} years"
    return f"{report.n_losses:,} loss{'' if report.n_losses == 1 else 'es'}; {years}"


def _legend(report: "PoolReport | Evaluation") -> Iterator[str]:
    """What the marks mean, as far as they are there."""
    treaties = report.programme.treaties
    layers = [one for one in treaties if one.treaty.kind == "excess_of_loss"]
    if report.n_years > 1 and treaties:
        yield "hit: share of years with a recovery"
        yield "full: share of years in which one loss reaches the top"
        if layers:
            yield "used up: share of years in which a layer pays all that it sold"
        yield "± standard error"
    if any(_rates(one.treaty) for one in layers):
        yield "bars beside a layer: its reinstatements, hollow where free"
    if any(one.placed_share < 1 for one in treaties):
        yield "white: not placed"


def _rates(treaty: Treaty) -> tuple[float, ...]:
    """What each reinstatement costs, of the layer's premium."""
    return treaty.reinstatement_rates if isinstance(treaty, ExcessOfLoss) else ()


def _finding(often: dict[str, Often], programme: Programme) -> str:
    if not programme.treaties:
        return "No reinsurance: every loss is kept"
    layers = [one for one in programme.treaties if one.treaty.kind not in PROPORTIONAL]
    hits = [(one.name, often[one.name].hit) for one in layers or programme.treaties]
    told = sorted(((hit.value, name) for name, hit in hits if hit is not None))
    if not told:
        return "What each treaty takes, and from where on"
    rare, most = (f"{short(name, 24)}, in {percent(p)} of years" for p, name in (told[0], told[-1]))
    if len(told) == 1:
        return f"Hit: {most}"
    return f"Hit most often: {most}; least: {rare}"


def _draw(
    axes: "Axes", block: Block, placed: PlacedTreaty, top: float, size: float, often: Often
) -> None:
    """The block, as much of it filled as is placed; its reinstatements; and in it two
    probabilities if it is tall enough."""
    from matplotlib.patches import Rectangle

    high = min(block.high or top, top)
    low, tall = block.low / size, (high - block.low) / size
    is_band = block.high is None
    colour = STATE if placed.treaty.kind == "state_backstop" else CEDED
    style: dict[str, Any] = {"lw": 1, "edgecolor": colour, "clip_on": True}
    dash = "--" if is_band else "-"
    axes.add_patch(Rectangle(
        (block.column, low), BLOCK * placed.placed_share, tall, facecolor=(colour, 0.16),
        hatch="//" if is_band else None, ls=dash, **style,
    ))  # fmt: skip
    if placed.placed_share < 1:
        axes.add_patch(
            Rectangle((block.column, low), BLOCK, tall, facecolor="none", ls=":", **style)
        )
    for number, rate in enumerate(_rates(placed.treaty)[:MOST_STRIPS]):
        left = block.column + BLOCK + BETWEEN + number * (STRIP + BETWEEN)
        filled = (colour, 0.55) if rate else "none"
        axes.add_patch(Rectangle((left, low), STRIP, tall, facecolor=filled, **style))
    if (high - block.low) / top >= TALL:
        _write_inside(axes, block.column + BLOCK / 2, low, high / size, often)


def _write_inside(axes: "Axes", middle: float, low: float, high: float, often: Often) -> None:
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 2.0, "alpha": 0.95}
    texts = (("full", often.full, high, -6, "top"), ("hit", often.hit, low, 7, "bottom"))
    for word, chance, place, shift, side in texts:
        if chance is not None:
            axes.annotate(f"{word}\n{percent(chance.value)}", (middle, place), xytext=(0, shift),
                          textcoords="offset points", ha="center", va=side, fontsize=9, color=INK,
                          bbox=paper)  # fmt: skip


def _beside(placed: PlacedTreaty, often: Often) -> str:
    """Name, terms, probabilities with their errors, holders: a line each."""
    chances = (("hit", often.hit), ("full", often.full), ("used up", often.used_up))
    told = [
        f"{word} {percent(chance.value, chance.standard_error)}"
        for word, chance in chances
        if chance is not None
    ]
    return "\n".join([short(placed.name, 24), *_terms(placed), *told, *_holders(placed)])


def _reinstated(treaty: Treaty) -> list[str]:
    """How often a layer comes back and what that costs: `2 reinstatements, 1 free`."""
    rates = _rates(treaty)
    if treaty.kind != "excess_of_loss":
        return []
    if not rates:
        return ["no reinstatement"]
    counted = f"{len(rates)} reinstatement{'s' if len(rates) > 1 else ''}"
    paid = [rate for rate in rates if rate]
    if not paid:
        return [f"{counted}, free"]
    at = " and ".join(dict.fromkeys(percent(rate) for rate in paid))
    if len(paid) == len(rates):
        return [f"{counted} at {at}"]
    return [f"{counted},", f"{len(rates) - len(paid)} free, {len(paid)} at {at}"]


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
                 _per(treaty).replace("_", " "), *_reinstated(treaty)]  # fmt: skip
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
    """Texts beside their blocks, moved where they would meet, with a line from the block to the
    name; the axis is `inches` high."""
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
    for (at, text), bottom, height in zip(ordered, bottoms, heights, strict=True):
        if not bottom <= at <= bottom + height:  # moved away from its block
            name = bottom + height - (GAP + LINE_HEIGHT) / 2 / inches
            axes.plot(
                [column + BLOCK, column + LANE - BETWEEN], [at, name], color=MUTED, lw=0.7,
                transform=axes.get_xaxis_transform(), scalex=False, scaley=False,
            )  # fmt: skip
        axes.text(
            column + LANE, bottom + height / 2, text, transform=axes.get_xaxis_transform(),
            va="center", ha="left", fontsize=9, color=INK, linespacing=1.25, parse_math=False,
        )  # fmt: skip
