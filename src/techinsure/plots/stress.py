"""The picture of a stress: from the ground-up loss over treaties to what each member bears."""

from typing import TYPE_CHECKING, NamedTuple

from techinsure.plots.canvas import (
    CEDED,
    GROSS,
    INK,
    MEMBER,
    MUTED,
    NET,
    STATE,
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
from techinsure.stress.report import MemberStress, Rarity, StressReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_TREATIES, MOST_MEMBERS = 12, 24
"""Bars that one picture holds; smaller ones are drawn as one."""


class Bar(NamedTuple):
    """A bar from `start` to `start + width`, currency units, and what is said beside it."""

    label: str
    start: float
    width: float
    colour: str
    said: str = ""


@in_our_fonts
def stress_waterfall(report: StressReport) -> "Figure":
    """Ground-up loss, what policies leave to the insured, gross; what each treaty takes, net and
    what the treaties are paid more; and each member's part, with its share of the member's capital
    and reserves."""
    bars, untouched = _bars(report)
    figure, axes = canvas(9.5, 1.9 + 0.3 * len(bars))
    size, name = scale(max(report.ground_up, report.gross))
    _draw(axes, bars, size)
    axes.set_xlabel(f"loss, {money(report.currency, name)}", color=INK)
    if untouched:
        axes.annotate(
            f"untouched: {', '.join(untouched)}", (0, 0), xytext=(0, -34), va="top", fontsize=8,
            xycoords="axes fraction", textcoords="offset points", color=MUTED,
            annotation_clip=False, parse_math=False,
        )  # fmt: skip
    titles(figure, _finding(report), _facts(report))
    return figure


def _bars(report: StressReport) -> tuple[list[Bar], list[str]]:
    """The bars from top to bottom, and the treaties that take nothing."""
    bars, kept = [Bar("ground-up", 0.0, report.ground_up, GROSS)], report.gross
    if report.gross < report.ground_up:
        bars += [
            Bar("left to the insured", report.gross, report.ground_up - report.gross, MUTED),
            Bar("gross", 0.0, report.gross, GROSS),
        ]
    taken = [(short(one.name, 26), one.ceded) for one in report.treaties if one.ceded]
    if len(taken) > MOST_TREATIES:
        taken = [(f"{len(taken)} treaties", report.ceded)]
    for label, ceded in taken:
        kept -= ceded
        bars.append(Bar(label, kept, ceded, CEDED, _of(ceded, report.gross, "gross")))
    bars.append(Bar("net", 0.0, report.net, NET, _of(report.net, report.gross, "gross")))
    more = report.cost - report.net
    if more:
        bars.append(Bar("treaties paid more", min(report.net, report.cost), abs(more), STATE,
                        "" if more > 0 else "less"))  # fmt: skip
    bars += _members(report)
    return bars, [short(one.name, 26) for one in report.treaties if not one.ceded]


def _members(report: StressReport) -> list[Bar]:
    """What each party bears of the cost, one below the other, the last ending at zero."""
    ranked = sorted(report.members, key=lambda member: -member.cost)
    parties = [
        (_label(one), one.cost, f"{percent(one.of_capital_and_reserves)} of capital and reserves")
        for one in ranked[:MOST_MEMBERS]
    ]
    if len(ranked) > MOST_MEMBERS:
        rest = ranked[MOST_MEMBERS:]
        parties.append((f"{len(rest)} smaller lines", sum(one.cost for one in rest), ""))
    parties += [(name, cost, "") for name, cost in report.other_parties.items()]
    bars, left = list[Bar](), report.cost
    for label, cost, said in parties:
        left -= cost
        bars.append(Bar(label, max(left, 0.0), cost, MEMBER, said))
    return bars


def _label(member: MemberStress) -> str:
    return short(member.name, 26) + (" *" if member.lead else "")


def _of(part: float, whole: float, what: str) -> str:
    return f"{percent(part / whole)} of {what}" if whole else ""


def _draw(axes: "Axes", bars: list[Bar], size: float) -> None:
    widest = max((bar.start + bar.width for bar in bars), default=0.0) / size
    for place, bar in enumerate(bars):
        start, width = bar.start / size, bar.width / size
        is_kept = bar.colour == MUTED
        axes.barh(place, width, left=start, facecolor="white" if is_kept else bar.colour,
                  edgecolor=bar.colour, hatch="////" if is_kept else None, lw=0.8,
                  height=0.66)  # fmt: skip
        said = figures(width) + (f"  ({bar.said})" if bar.said else "")
        end, is_right = start + width, start + width > 0.72 * widest and start > 0.3 * widest
        axes.annotate(
            said, (start if is_right else end, place), xytext=(-5 if is_right else 5, 0),
            textcoords="offset points", va="center", ha="right" if is_right else "left",
            fontsize=8.5, color=INK, parse_math=False,
        )  # fmt: skip
    axes.set_yticks(range(len(bars)), [bar.label for bar in bars])
    for tick in axes.get_yticklabels():
        tick.set_parse_math(False)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(0, widest * 1.14 or 1.0)
    axes.tick_params(axis="y", length=0)


def _finding(report: StressReport) -> str:
    title = short(report.scenario.title.get("en", report.scenario.name), 60)
    if not report.gross:
        return f"{title}: the policies pay nothing"
    bear = f"members bear {percent(report.net / report.gross)} of the gross loss"
    if report.capital_used is None:
        return f"{title}: {bear}"
    return f"{title}: {bear}, {_times(report.capital_used.value)} their capital in the pool"


def _times(share: float) -> str:
    return f"{figures(share)} times" if share >= 1 else f"{percent(share)} of"


def _facts(report: StressReport) -> str:
    cost, found = amount(report.cost, report.currency), report.rarity
    return (
        f"{short(report.pool)}; cost to the members {cost}; such a loss of the items hit "
        f"{_once(found['items_hit'])}, such a net loss {_once(found['net'])} in "
        f"n = {report.n_years:,} simulated years; capital in the pool: net TVaR 99.5% less mean; "
        "* leads"
    )


def _once(rarity: Rarity) -> str:
    if rarity.return_period is None:
        return f"beyond all (once in {rarity.low:,.0f} years or rarer)"
    return f"once in {rarity.return_period.value:,.0f} years"
