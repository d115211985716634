"""How much a pool has in one place, route, sector or class, and what one event does to it.

Groups are the labels of a portfolio; `supply` is the flag of items that a supply shock can hit. An
item without the label belongs to no group. Losses are those of the table that is given: gross, or
what a programme leaves (`table.with_loss(cession.net)`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.losses import curves, measures
from techinsure.losses.curves import ExceedanceCurve, ReturnPeriods
from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import Portfolio
from techinsure.quantities import (
    FORBID,
    Estimate,
    Name,
    Real,
    nearest,
    one_of,
    optional,
    positive,
    refuse_unless,
    require,
    text,
)

if TYPE_CHECKING:
    import pandas as pd

Basis = Literal["park", "site", "route", "sector", "technology", "risk_unit", "supply"]
"""What is added up: the label of that name, `technology` the risk class, `supply` the flag."""

BASES = ("park", "site", "route", "sector", "technology", "risk_unit", "supply")
EXPOSED = "supply exposed"
TOP = 5

Figure = Literal["sum_insured", "share", "event_tvar_995", "tvar_995"]
FIGURES = ("sum_insured", "share", "event_tvar_995", "tvar_995")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accumulated:
    """One group. `share` is its part of the portfolio's sum insured. Of its losses alone:
    `largest_event` is the worst single event of all simulated years (with its year: a PML by
    example, which grows with the number of years), `event_tvar_995` the TVaR 99.5% of the year's
    largest event (a PML by level), `mean` and `tvar_995` of the year's total, `return_periods` of
    total and largest event. Currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    items: int
    sum_insured: Real
    share: Real
    mean: Estimate
    tvar_995: Estimate
    event_tvar_995: Estimate
    largest_event: Real
    largest_event_year: int | None
    return_periods: ReturnPeriods


@dataclass(frozen=True, slots=True, kw_only=True)
class Accumulation:
    """All groups of one `basis`, the largest sum insured first.

    `herfindahl` is the sum of squared parts of the sum insured that has a label (1: all in one
    group; 1/n: n equal ones), `top` the part of it in the five largest groups. `unlabelled` is the
    sum insured of items that belong to no group.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    basis: Basis
    currency: str
    groups: tuple[Accumulated, ...]
    herfindahl: Real
    top: Real
    unlabelled: Real

    def group(self, name: str) -> Accumulated:
        """A group by name, or `NotFound`."""
        known = {group.name: group for group in self.groups}
        if name not in known:
            raise NotFound(self.basis, name, known, nearest(name, known))
        return known[name]

    def to_frame(self) -> "pd.DataFrame":
        """One row a group."""
        import pandas as pd

        figures = ("mean", "tvar_995", "event_tvar_995")
        return pd.DataFrame([
            {"name": g.name, "items": g.items, "sum_insured": g.sum_insured, "share": g.share,
             "largest_event": g.largest_event}
            | {f: getattr(g, f).value for f in figures}
            for g in self.groups
        ])  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AccumulationLimit:
    """The most of one `figure` that a group of `basis` may have: of the group `name`, or of each
    (None). Above `soft` is to be told, above `hard` to be cured. Currency units, or a fraction
    for `share`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    basis: Basis
    figure: Figure
    hard: Real
    soft: Real | None = None
    name: Name | None = None

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            basis=one_of(*BASES),
            figure=one_of(*FIGURES),
            hard=positive,
            soft=optional(positive),
            name=optional(text()),
        )
        refuse_unless(self, soft=self._below_hard)

    def _below_hard(self, field: str, value: object) -> Iterator[Fault]:
        if self.soft is not None and self.soft > self.hard:
            yield Fault(field, value, f"must be <= hard = {self.hard:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccumulationBreach:
    """A group above a limit. `over` is by how much. `cede` is the part of every item of the group
    that must go, in proportion, for the figure to come down to the limit: to facultative
    reinsurance, or by lines re-spread to insurers outside the pool."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    severity: Literal["soft", "hard"]
    basis: Basis
    name: str
    figure: Figure
    amount: Real
    limit: Real
    over: Real
    cede: Real

    def __str__(self) -> str:
        shown = (
            (f"{self.amount:.2%}", f"{self.limit:.2%}", f"{self.over:.2%}")
            if self.figure == "share"
            else (f"{self.amount:,.2f}", f"{self.limit:,.2f}", f"{self.over:,.2f}")
        )
        return (
            f"{self.basis} {self.name!r}: {self.figure} {shown[0]}, {self.severity} limit "
            f"{shown[1]}, {shown[2]} over: cede or re-spread {self.cede:.2%} of its items"
        )


def accumulation(table: YearLossTable, basis: Basis) -> Accumulation:
    """What the portfolio of `table` has in each group of `basis`, and what its losses do there."""
    portfolio = table.portfolio
    codes, names = _codes(portfolio, basis)
    if not names:
        label = "risk_class" if basis == "technology" else basis
        fix = "fill the column, or take another basis"
        raise InvalidParameter([Fault("basis", basis, f"must have items with a {label}", fix)])
    inside = codes >= 0
    insured = np.bincount(codes[inside], portfolio.sum_insured[inside], minlength=len(names))
    counted = np.bincount(codes[inside], minlength=len(names))
    labelled, whole = float(insured.sum()), float(portfolio.sum_insured.sum())
    if labelled == 0:
        raise InvalidParameter([Fault("sum_insured", 0.0, "must be > 0 in some group")])
    parts = insured / labelled
    rows = _rows_of(codes[table.item], len(names))
    groups = tuple(
        _accumulated(table.rows(rows[code]), names[code], int(counted[code]), insured[code], whole)
        for code in np.argsort(-insured, kind="stable")
        if counted[code]
    )
    return Accumulation(
        basis=basis,
        currency=portfolio.currency,
        groups=groups,
        herfindahl=float(parts @ parts),
        top=min(float(np.sort(parts)[-TOP:].sum()), 1.0),
        unlabelled=float(portfolio.sum_insured[~inside].sum()),
    )


def has_groups(portfolio: Portfolio, basis: Basis) -> bool:
    """Some item with a sum insured has a label of `basis`."""
    codes, _ = _codes(portfolio, basis)
    return bool((portfolio.sum_insured[codes >= 0] > 0).any())


def _rows_of(code: NDArray[np.intp], n_codes: int) -> list[NDArray[np.intp]]:
    """The rows of each code, in their order; rows of negative code belong to none."""
    order = np.argsort(code, kind="stable")
    ends = np.searchsorted(code[order], np.arange(n_codes + 1))
    return [order[low:high] for low, high in pairwise(ends)]


def _accumulated(
    part: YearLossTable, name: str, items: int, insured: float, whole: float
) -> Accumulated:
    """One group from its rows and sum insured."""
    unit, weight, level = part.currency, part.weight, measures.SUMMARY_LEVEL
    event, year = part.largest_event(), part.annual()
    worst = int(np.argmax(event))
    return Accumulated(
        name=name,
        items=items,
        sum_insured=float(insured),
        share=float(insured / whole),
        mean=measures.mean(year, weight, unit=unit),
        tvar_995=measures.tvar(year, level, weight, unit=unit),
        event_tvar_995=measures.tvar(event, level, weight, unit=unit),
        largest_event=float(event[worst]),
        largest_event_year=worst if event[worst] > 0 else None,
        return_periods=curves.return_periods(part),
    )


def event_curve(table: YearLossTable, basis: Basis, name: str) -> ExceedanceCurve:
    """The exceedance curve of the year's largest event within one group."""
    codes, names = _codes(table.portfolio, basis)
    if name not in names:
        raise NotFound(basis, name, names, nearest(name, names))
    part = table.rows(codes[table.item] == names.index(name))
    return curves.oep(part)


def breaches(
    found: Accumulation, limits: Sequence[AccumulationLimit]
) -> tuple[AccumulationBreach, ...]:
    """Groups above a limit of their basis, hard breaches first, each limit's own order kept. A
    figure at its limit is within it."""
    told = []
    for limit in limits:
        if limit.basis != found.basis:
            continue
        groups = found.groups if limit.name is None else (found.group(limit.name),)
        for group in groups:
            amount = getattr(group, limit.figure)
            value = amount.value if isinstance(amount, Estimate) else amount
            if value > limit.hard:
                told.append(_breach("hard", limit, group.name, value, limit.hard))
            elif limit.soft is not None and value > limit.soft:
                told.append(_breach("soft", limit, group.name, value, limit.soft))
    return tuple(sorted(told, key=lambda breach: breach.severity != "hard"))


def _breach(
    severity: Literal["soft", "hard"],
    limit: AccumulationLimit,
    name: str,
    value: float,
    most: float,
) -> AccumulationBreach:
    """Sums insured and losses fall in proportion to what is ceded; a share does so less, because
    the whole falls too: s (1 - c) / (1 - s c) = most."""
    cede = 1 - most / value
    if limit.figure == "share":
        cede = (value - most) / (value * (1 - most)) if most < 1 else 0.0
    return AccumulationBreach(
        severity=severity, basis=limit.basis, name=name, figure=limit.figure, amount=value,
        limit=most, over=value - most, cede=min(cede, 1.0),
    )  # fmt: skip


def _codes(portfolio: Portfolio, basis: Basis) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """(n_items,) the group of each item, negative for none, and the groups' names."""
    require("basis", basis, one_of(*BASES))
    if basis == "supply":
        exposed = portfolio.supply_exposed
        return np.where(exposed, 0, -1).astype(np.intp), (EXPOSED,) if exposed.any() else ()
    labels = getattr(portfolio, "risk_class" if basis == "technology" else basis)
    return labels.codes.astype(np.intp), labels.names
