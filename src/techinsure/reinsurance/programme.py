"""A programme: named treaties, what each is net of, and the table of who pays what of each loss."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, NotFound, Refused
from techinsure.losses.year_table import YearLossTable
from techinsure.money import exact
from techinsure.portfolio import Portfolio
from techinsure.quantities import FORBID, Floats, nearest, one_of, refuse_unless
from techinsure.reinsurance.placing import PERSPECTIVES, PlacedTreaty, Reinsurer, repeated
from techinsure.reinsurance.rounding_grid import Part, Parts, Rows, excess, to_grid, together
from techinsure.reinsurance.sight import (
    Proportions,
    above_capacity,
    among,
    carried_over,
    premium_by_item,
    proportions,
    subject_of,
    unmatched,
)

__all__ = ["PERSPECTIVES", "Cession", "PlacedTreaty", "Programme", "Reinsurer", "subject_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Treaties that name what they are net of; the order of the list means nothing.

    Treaties with the same number of steps before them are parallel. Where parallel treaties
    would together cede more than is left of a loss they are refused, or, if `capped`, cut pro
    rata and flagged.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    treaties: tuple[PlacedTreaty, ...] = ()
    parallel: Literal["refused", "capped"] = "refused"

    def __post_init__(self) -> None:
        refuse_unless(self, treaties=_known_names, parallel=one_of("refused", "capped"))
        self._stages()

    def before(self, name: str) -> frozenset[str]:
        """The treaties that `name` is net of, directly or through others."""
        net_of = {placed.name: placed.net_of for placed in self.treaties}
        found: set[str] = set()
        waiting = [*net_of[name]]
        while waiting:
            parent = waiting.pop()
            if parent not in found:
                found.add(parent)
                waiting += net_of[parent]
        return frozenset(found)

    def _stages(self) -> list[list[PlacedTreaty]]:
        """Treaties by the longest chain before them, by name within a stage; cycles refused."""
        left = {placed.name: placed for placed in self.treaties}
        stages: list[list[PlacedTreaty]] = []
        while left:
            ready = sorted(n for n, placed in left.items() if not left.keys() & {*placed.net_of})
            if not ready:
                raise Refused(f"a programme cannot be circular: {_cycle(left)}")
            stages.append([left.pop(name) for name in ready])
        return stages

    def apply(
        self,
        table: YearLossTable,
        premium: Mapping[str, float] | None = None,
        *,
        called: Callable[[int], str] | None = None,
    ) -> "Cession":
        """What each treaty takes of each loss of `table`, and what remains.

        `premium` is a year's gross premium by product, currency units (none: 0); a treaty's
        subject premium is net of the quota shares before it. Cessions are kept on the rounding
        grid of their gross loss (multiples of its last binary digit), so that in every row
        ceded + net == gross exactly, in any order of adding. `called` says what a refusal calls a
        row of the table (None: its year and item).
        """
        parts: dict[str, Part] = {}
        ceded = Parts(parts=parts, n_losses=len(table))
        flows: dict[str, Mapping[str, Floats]] = {}
        held = self.proportions(table.portfolio)
        flags = list(_flags(self, held, table.portfolio))
        by_item = premium_by_item(premium or {}, table.portfolio)
        net = table.loss.copy()
        for stage in self._stages():
            wanted = self._wanted(stage, table, net, by_item, held.sees, ceded, flows)
            flags += self._settle(wanted, net, table, parts, called or table_row(table))
        return Cession(
            table=table,
            ceded=ceded,
            net=net,
            flows=flows,
            reinsurers={placed.name: placed.reinsurers for placed in self.treaties},
            flags=tuple(flags),
        )

    def proportions(self, portfolio: Portfolio) -> Proportions:
        """What each treaty sees of each item, and what of it goes in proportion."""
        ordered = [placed for stage in self._stages() for placed in stage]
        before = {placed.name: self.before(placed.name) for placed in ordered}
        return proportions(ordered, before, portfolio)

    def proportional_shares(self, portfolio: Portfolio) -> Floats:
        """(n_items,) the part of each item's premium and sum insured that is ceded in all."""
        ceded = self.proportions(portfolio).ceded
        total = sum(ceded.values(), np.zeros(portfolio.n_items))
        return np.minimum(total, 1.0)  # parallel shares may add up to a last digit more

    def subject_premiums(
        self, premium: Mapping[str, float], portfolio: Portfolio
    ) -> dict[str, float]:
        """Each treaty's subject premium, a year, currency units, from the gross one by product."""
        by_item = premium_by_item(premium, portfolio)
        sees = self.proportions(portfolio).sees
        return {name: float((left * by_item).sum()) for name, left in sees.items()}

    def _wanted(
        self,
        stage: Sequence[PlacedTreaty],
        table: YearLossTable,
        net: Floats,
        premium: Floats,
        sees: Mapping[str, Floats],
        ceded: Mapping[str, Floats],
        flows: dict[str, Mapping[str, Floats]],
    ) -> dict[str, Part]:
        """What each treaty of a stage would take; what goes with it into `flows`, in place."""
        seen: dict[object, tuple[YearLossTable, Rows]] = {}  # treaties may see the same
        wanted = {}
        for placed in stage:
            before = sorted(self.before(placed.name))
            filters = (placed.products, placed.risk_units, placed.policies, placed.items)
            sight = (*filters, placed.subject_share, *before)
            if sight not in seen:
                if {*before} == {*ceded}:  # net of all so far: what is left, and no copy of it
                    seen[sight] = subject_of(placed, table.with_loss(net), ())
                else:
                    seen[sight] = subject_of(placed, table, (ceded[name] for name in before))
            subject, rows = seen[sight]
            touched, within = placed.treaty.touched(subject)
            left = sees[placed.name]
            business = left * premium, left * table.portfolio.sum_insured
            amounts = placed.treaty.ceded(touched, *business)
            if placed.placed_share != 1:
                amounts = placed.placed_share * amounts
            wanted[placed.name] = Part(among(rows, within), amounts)
            owed = placed.treaty.flows(touched, *business)
            flows[placed.name] = {k: placed.placed_share * flow for k, flow in owed.items()}
        return wanted

    def _settle(
        self,
        wanted: Mapping[str, Part],
        net: Floats,
        table: YearLossTable,
        parts: dict[str, Part],
        called: Callable[[int], str],
    ) -> list[str]:
        """Take what a stage wants from `net` and put it into `parts`, both in place; flags."""
        n_losses = len(table)
        rows = together([part.rows for part in wanted.values()], n_losses)
        amounts = {name: part.at(rows, n_losses) for name, part in wanted.items()}
        left = net[rows]
        before = Parts(parts=parts, n_losses=n_losses)
        flags = list(self._cut(amounts, left, table, rows, before, called))
        to_grid(amounts, left, table.loss[rows])
        net[rows] = left
        parts |= {name: Part(rows, amount) for name, amount in amounts.items()}
        return flags

    def _cut(
        self,
        wanted: Mapping[str, Floats],
        net: Floats,
        table: YearLossTable,
        rows: Rows,
        ceded: Mapping[str, Floats],
        called: Callable[[int], str],
    ) -> Iterator[str]:
        """Cut what is `wanted` of some `rows` pro rata to their `net` where it is more, in place
        and with a flag; or refuse."""
        over = np.nonzero(excess(wanted, net, table.loss[rows]))[0]
        if not len(over):
            return
        row = int(np.arange(len(table))[rows][over[0]])
        takes_of = {name: cession[row] for name, cession in ceded.items()}
        takes_of |= {name: cession[over[0]] for name, cession in wanted.items()}
        names = ", ".join(repr(name) for name, amount in takes_of.items() if amount > 0)
        if self.parallel == "refused":
            takes = sum(map(float, takes_of.values()))
            raise Refused(
                f"parallel treaties {names} cede {takes:,.2f} of a loss of {table.loss[row]:,.2f} "
                f"({called(row)}); "
                "say which is net of which, or set parallel to 'capped'"
            )
        total = sum((cession[over] for cession in wanted.values()), start=np.zeros(len(over)))
        for cession in wanted.values():
            cession[over] *= net[over] / total
        yield f"parallel treaties {names} were cut pro rata in {len(over)} rows"


def table_row(table: YearLossTable) -> Callable[[int], str]:
    """What a row is called that nobody named: by its year, counted from 0, and its item."""
    return lambda row: f"year {table.year[row]}, item {table.portfolio.ids[table.item[row]]!r}"


def _flags(programme: Programme, held: Proportions, portfolio: Portfolio) -> Iterator[str]:
    """What a reader of the figures has to know, treaty by treaty."""
    for placed in sorted(programme.treaties, key=lambda placed: placed.name):
        yield from unmatched(placed, portfolio)
        yield from above_capacity(placed, portfolio, held.sees[placed.name])
        yield from carried_over(placed)


def _known_names(name: str, value: object) -> Iterator[Fault]:
    treaties: tuple[PlacedTreaty, ...] = tuple(value)  # type: ignore[arg-type]
    names = [placed.name for placed in treaties]
    yield from repeated(f"{name}[{{}}].name", names)
    for position, placed in enumerate(treaties):
        for place, parent in enumerate(placed.net_of):
            if parent not in names:
                guess = nearest(parent, names)
                hint = f"did you mean {guess!r}?" if guess else f"known: {', '.join(names)}"
                where = f"{name}[{position}].net_of[{place}]"
                yield Fault(where, parent, "must be the name of a treaty", hint)


def _cycle(left: Mapping[str, PlacedTreaty]) -> str:
    """One cycle in words: every treaty that is left waits for another that is left."""
    seen = [min(left)]
    while seen[-1] not in seen[:-1]:
        seen.append(min(parent for parent in left[seen[-1]].net_of if parent in left))
    return " is net of ".join(repr(name) for name in seen[seen.index(seen[-1]) :])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cession:
    """What a programme did to `table`: `ceded` by treaty and `net`, (n_losses,) float64 currency
    units; `flows` by treaty and kind, (n_years,); `flags` in words."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    table: YearLossTable
    ceded: Parts
    net: Floats
    flows: Mapping[str, Mapping[str, Floats]]
    reinsurers: Mapping[str, tuple[Reinsurer, ...]]
    flags: tuple[str, ...]

    def annual(self, perspective: str) -> Floats:
        """(n_years,) float64, currency units: of a treaty by name, or gross, ceded or net."""
        match perspective:
            case "gross":
                return self.table.annual()
            case "net":
                return self.table.annual(self.net)
            case "ceded":
                nothing = np.zeros(self.table.n_years)
                return sum((self.annual(name) for name in self.ceded), nothing)
        if perspective not in self.ceded:
            known = [*PERSPECTIVES, *self.ceded]
            raise NotFound("perspective", perspective, known, nearest(perspective, known))
        rows, amount = self.ceded.parts[perspective]
        if isinstance(rows, slice):
            return self.table.annual(amount)
        return np.bincount(
            self.table.year[rows], weights=amount, minlength=self.table.n_years
        ).astype(np.float64)

    def annual_of_reinsurer(self, name: str) -> Floats:
        """(n_years,) float64, currency units: a reinsurer's part of the losses of all treaties."""
        names = {reinsurer.name for placed in self.reinsurers.values() for reinsurer in placed}
        if name not in names:
            raise NotFound("reinsurer", name, sorted(names), nearest(name, names))
        total = np.zeros(self.table.n_years)
        for treaty in self.ceded:
            for reinsurer in self.reinsurers[treaty]:
                if reinsurer.name == name:
                    total += float(exact(reinsurer.share)) * self.annual(treaty)
        return total
