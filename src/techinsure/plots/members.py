"""Pictures of a pool's members: their lines, what the law lets them carry, what pooling saves."""

from typing import TYPE_CHECKING

import numpy as np

from techinsure.money import exact
from techinsure.plots.canvas import (
    GROSS,
    INK,
    LINE,
    MEMBER,
    MUTED,
    NORMAL_95,
    WARNING,
    amount,
    canvas,
    figures,
    in_our_fonts,
    money,
    percent,
    percent_axis,
    scale,
    short,
    titles,
)
from techinsure.plots.losses import facts_of
from techinsure.pool.capacity import Capacity
from techinsure.pool.risk_lines import RiskLine, RiskLines
from techinsure.pool.sign_down import SignDown
from techinsure.pooling.report import MemberResult, PoolReport
from techinsure.pooling.run import capacities_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WARNING_INK = "#a33b00"
MOST_MEMBERS = 24
"""Members that one picture holds; the table below it has all."""


@in_our_fonts
def member_lines(report: PoolReport) -> "Figure":
    """Left, each member's written and signed line; right, its line of the largest risk unit as a
    share of its legal capacity for one risk, before and after proportional reinsurance."""
    members = _largest_lines(report)
    figure, (left, right) = canvas(
        10, 2.1 + 0.34 * max(len(members), 2), panels=2, sharey=True, width_ratios=(1.0, 1.15)
    )
    use = {one.member: one for one in capacities_of(report)}
    places = np.arange(len(members))
    written = [float(exact(m.written)) for m in members]
    signed = [m.share for m in members]
    _lines_drawn(left, written, signed)
    for place, wrote, line in zip(places, written, signed, strict=True):
        left.annotate(f"{100 * line:.2f}%", (max(wrote, line), place), xytext=(5, 0), va="center",
                      textcoords="offset points", fontsize=8.5, color=INK)  # fmt: skip
    _named(left, [_label(m) for m in members])
    left.margins(x=0.16)
    left.set_xlabel("line, share of every risk", color=INK)
    percent_axis(left)
    _legend_above(left)
    over = _capacity_used(right, [use[m.name] for m in members])
    right.set_xlabel("largest risk unit's line / capacity for one risk", color=INK)
    one = next(iter(use.values()))
    limits = report.terms.limits
    titles(figure, _within(over, len(report.members), len(members)),
           f"{short(report.pool)}, n = {len(report.members)} members, nothing simulated; largest "
           f"risk unit {short(one.risk_unit)}, {amount(one.sum_insured, report.currency)} insured; "
           f"capacity: {limits.single_risk_share:.0%} of capital and reserves; * leads"
           + _more(report, members))  # fmt: skip
    return figure


@in_our_fonts
def signed_lines(found: SignDown) -> "Figure":
    """Left, each member's written and signed line and, of a risk, the line signed again; right,
    what these come to net of reinsurance as a part of its legal capacity for one risk."""
    lines = sorted(found.lines, key=lambda one: -one.share)[:MOST_MEMBERS]
    n_panels, height = 1 if found.risk is None else 2, 2.1 + 0.34 * max(len(lines), 2)
    given = {"sharey": True, "width_ratios": (1.0, 1.15)} if n_panels == 2 else {}
    figure, axes = canvas(10, height, panels=n_panels, **given)
    left = axes if n_panels == 1 else axes[0]
    of_risk = {one.member: one for one in found.risk.lines} if found.risk else {}
    written = [float(exact(one.written)) for one in lines]
    _lines_drawn(left, written, [one.share for one in lines])
    again = [float(exact(of_risk[one.member].signed_again)) for one in lines if of_risk]
    if again:
        left.plot(again, range(len(again)), "D", color=WARNING, mfc="white", ms=6,
                  label="signed again")  # fmt: skip
    for place, one in enumerate(lines):
        last = f" → {100 * again[place]:.2f}%" if again and again[place] != one.share else ""
        left.annotate(f"{100 * one.share:.2f}%{last}", (max(written[place], one.share), place),
                      xytext=(6, 0), textcoords="offset points", va="center", fontsize=8.5,
                      color=INK)  # fmt: skip
    _named(left, [short(one.member, 26) + (" *" if one.lead else "") for one in lines])
    left.margins(x=0.42)
    percent_axis(left)
    left.set_xlabel("line, share of every risk", color=INK)
    _legend_above(left)
    if found.risk is not None:
        _legal_use(axes[1], [of_risk[one.member] for one in lines])
    titles(figure, _signed_finding(found), _signed_facts(found, len(lines)))
    return figure


def _legal_use(axes: "Axes", lines: list[RiskLine]) -> None:
    """Net line over legal capacity, as signed and signed again, with what cut it."""
    places = np.arange(len(lines))
    first = np.array([max(one.net / one.legal_capacity, 1e-9) for one in lines])
    again = np.array([max(one.net_again / one.legal_capacity, 1e-9) for one in lines])
    shown = again[again > 1e-9]
    axes.hlines(places, first, np.maximum(again, first / 50), color=MUTED, lw=1.2)
    axes.plot(first, places, "o", color=GROSS, ms=6, label="as signed")
    axes.plot(again, places, "D", color=WARNING, ms=6, mfc="white", label="signed again")
    for place, one in enumerate(lines):
        is_cut = exact(one.signed_again) < exact(one.signed)
        why = f": {CUT_BY[one.bound]}" if is_cut else ""
        axes.annotate(f"{percent(first[place])} → {percent(one.net_again / one.legal_capacity)}"
                      + why, (max(first[place], again[place]), place), xytext=(8, 0),
                      textcoords="offset points", va="center", fontsize=8.5,
                      color=WARNING_INK if is_cut else INK)  # fmt: skip
    axes.axvline(1.0, color=WARNING, lw=1.4, ls="--", label="the law (100%)")
    axes.set_xscale("log")
    low, high = min(first.min(), shown.min(initial=0.5), 0.5) / 2, max(first.max(), 1.0)
    axes.set_xlim(low, high * (high / low) ** 0.6)  # room for the words
    percent_axis(axes)
    axes.grid(axis="x", color=LINE, lw=0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("net line of the risk / legal capacity for one risk", color=INK)
    _legend_above(axes)


CUT_BY = {
    "written": "", "licence": "not licensed", "appetite": "appetite",
    "capacity_per_risk": "own capacity", "accumulation": "accumulation", "single_risk": "law",
    "minimum": "below minimum",
}  # fmt: skip
"""What cuts a line, in the few words a picture has room for."""


def _signed_finding(found: SignDown) -> str:
    if found.risk is None:
        total = float(exact(found.written))
        return f"Lines written for {total:.0%} of the risk, signed for {percent(_placed(found))}"
    over = sum(not breach.cured for breach in found.breaches)
    start = f"{over} of {len(found.lines)} members above the law as signed"
    gap = exact(found.risk.gap)
    if gap:
        return f"{start}; signed again, {float(gap):.2%} has no room in the pool"
    return f"{start}; signed again, the whole order is carried"


def _placed(found: SignDown) -> float:
    return float(exact(found.order) - exact(found.unplaced))


def _signed_facts(found: SignDown, n_drawn: int) -> str:
    facts = f"{short(found.pool)}, n = {len(found.lines)} members, exact; * leads"
    if found.risk is not None:
        facts += _risk_facts(found.risk, found.currency)
    left_out = len(found.lines) - n_drawn
    return facts + (f"; {left_out} smaller lines in the table only" if left_out else "")


def _risk_facts(risk: RiskLines, currency: str) -> str:
    ceded = float(exact(risk.ceded))
    return (
        f"; {short(risk.risk_unit)}, {amount(risk.sum_insured, currency)} insured, {ceded:.0%} "
        f"ceded in proportion; capacity gap {amount(risk.capacity_gap, currency)}"
    )


def _lines_drawn(axes: "Axes", written: list[float], signed: list[float]) -> None:
    places = np.arange(len(written))
    axes.barh(places, written, height=0.66, facecolor="white", edgecolor=MUTED, hatch="....",
              lw=0.8, label="written")  # fmt: skip
    axes.barh(places, signed, height=0.4, color=MEMBER, label="signed")


def _named(axes: "Axes", names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.set_ylim(len(names) - 0.4, -0.6)


def _legend_above(axes: "Axes") -> None:
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, fontsize=9,
                borderaxespad=0.2, columnspacing=1.4, handlelength=1.8)  # fmt: skip


def _largest_lines(report: PoolReport) -> list[MemberResult]:
    return sorted(report.members, key=lambda m: -m.share)[:MOST_MEMBERS]


def _more(report: PoolReport, members: list[MemberResult]) -> str:
    left_out = len(report.members) - len(members)
    return f"; {left_out} smaller lines in the table only" if left_out else ""


def _label(member: MemberResult) -> str:
    return short(member.name, 26) + (" *" if member.lead else "")


def _within(over: int, n_members: int, n_drawn: int) -> str:
    if over:
        return f"{over} of {n_drawn} members must reinsure part of the largest risk"
    return "Every member's line of the largest risk is within what the law allows"


def _capacity_used(axes: "Axes", uses: list[Capacity]) -> int:
    """Line over capacity, gross and net, on a log axis: how many are above it net."""
    places = np.arange(len(uses))
    gross = np.array([max(one.gross / one.capacity, 1e-9) for one in uses])
    net = np.array([max(one.net / one.capacity, 1e-9) for one in uses])
    axes.hlines(places, net, gross, color=MUTED, lw=1.2)
    axes.plot(gross, places, "o", color=GROSS, ms=6, label="gross")
    axes.plot(net, places, "D", color=MEMBER, ms=6, mfc="white", label="after quota shares")
    for place, share, kept in zip(places, gross, net, strict=True):
        is_over = kept > 1
        axes.annotate(f"{percent(share)} → {percent(kept)}"
                      + (" above" if is_over else ""), (share, place), xytext=(8, 0),
                      textcoords="offset points", va="center", fontsize=8.5,
                      color=WARNING_INK if is_over else INK)  # fmt: skip
    axes.axvline(1.0, color=WARNING, lw=1.4, ls="--", label="capacity (100%)")
    axes.set_xscale("log")
    low, high = min(net.min(), 0.5) / 2, max(gross.max(), 1.0)
    axes.set_xlim(low, high * (high / low) ** 0.45)  # room for the figures
    percent_axis(axes)
    axes.grid(axis="x", color=LINE, lw=0.6)
    axes.tick_params(axis="y", length=0)
    _legend_above(axes)
    return int((net > 1).sum())


@in_our_fonts
def diversification(report: PoolReport) -> "Figure":
    """Each member's gross capital: its whole risks alone, and its line of the pool; 95% bars."""
    members = _largest_lines(report)
    figure, axes = canvas(8.5, 2.0 + 0.46 * max(len(members), 2))
    pairs = [(m.alone_capital, m.pooled_gross_capital) for m in report.members]
    size, name = scale(max((p.value for pair in pairs for p in pair if p is not None), default=0.0))
    for place, member in enumerate(members):
        bars = ((member.alone_capital, -0.19, "white", "////", GROSS),
                (member.pooled_gross_capital, 0.19, MEMBER, None, MEMBER))  # fmt: skip
        for estimate, shift, face, hatch, edge in bars:
            if estimate is None:
                axes.annotate(
                    "no whole risk is small enough", (0, place + shift), xytext=(4, 0),
                    textcoords="offset points", va="center", fontsize=8.5, color=MUTED,
                )  # fmt: skip
                continue
            value, error = estimate.value / size, (estimate.standard_error or 0.0) / size
            label = ("alone" if hatch else "in the pool") if place == 0 else None
            axes.barh(place + shift, value, height=0.36, facecolor=face, edgecolor=edge,
                      hatch=hatch, lw=0.8, label=label)  # fmt: skip
            axes.errorbar(value, place + shift, xerr=NORMAL_95 * error, fmt="none", ecolor=INK,
                          elinewidth=1, capsize=2)  # fmt: skip
            axes.annotate(figures(value), (value + NORMAL_95 * error, place + shift),
                          xytext=(5, 0), textcoords="offset points", va="center", fontsize=8.5,
                          color=INK)  # fmt: skip
    axes.set_yticks(range(len(members)), [_label(m) for m in members])
    for tick in axes.get_yticklabels():
        tick.set_parse_math(False)
    axes.set_ylim(len(members) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.margins(x=0.08)
    unit = money(report.currency, name)
    axes.set_xlabel(f"gross capital (TVaR 99.5% less mean), {unit}", color=INK)
    axes.legend(frameon=False, loc="lower right")
    titles(figure, saving(report), f"{facts_of(report)}; bars: 95%; alone: whole risks of the same "
           "volume, without the pool; * leads" + _more(report, members))  # fmt: skip
    return figure


def saving(report: PoolReport) -> str:
    """What pooling saves, in words."""
    pairs = [
        (m.alone_capital.value, m.pooled_gross_capital.value)
        for m in report.members
        if m.alone_capital is not None
    ]
    alone, pooled = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    if len(report.members) == 1:
        return "One member carries the whole: nothing is pooled"
    if alone <= 0:
        return "No simulated loss needs capital"
    if pooled > alone:
        return f"The pool needs {pooled / alone - 1:.0%} more capital than its members alone"
    return f"The pool needs {1 - pooled / alone:.0%} less capital than its members alone"
