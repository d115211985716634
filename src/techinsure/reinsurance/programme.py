"""A programme: named treaties, what each is net of, and the table of who pays what of each loss."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, NotFound, Refused
from techinsure.losses.year_table import YearLossTable
from techinsure.money import exact, line
from techinsure.quantities import (
    FORBID,
    Flags,
    Floats,
    Line,
    Name,
    Real,
    each,
    fraction,
    nearest,
    one_of,
    refuse_unless,
    text,
)
from techinsure.reinsurance import Treaty

PERSPECTIVES = ("gross", "ceded", "net")
"""Names of results that no treaty may bear."""

ROUNDING = 1e-9
"""Cessions above the subject by less than this share of the gross loss are rounding, not terms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinsurer:
    """`share` of what is placed of one treaty."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    share: Line

    def __post_init__(self) -> None:
        refuse_unless(self, name=text(), share=line())


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedTreaty:
    """A treaty and its place in the programme.

    It sees the losses of `products` (none named: all), less what the treaties in `net_of` and
    those before them cede, times `subject_share`; of what it cedes, `placed_share` is placed,
    with `reinsurers` whose shares sum to 1 (none named: not said with whom).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    treaty: Treaty
    products: tuple[Name, ...] = ()
    net_of: tuple[Name, ...] = ()
    subject_share: Real = 1.0
    placed_share: Real = 1.0
    reinsurers: tuple[Reinsurer, ...] = ()

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            name=_treaty_name,
            products=each(text()),
            net_of=each(text()),
            subject_share=fraction,
            placed_share=fraction,
            reinsurers=_whole,
        )


def _treaty_name(name: str, value: object) -> Iterator[Fault]:
    yield from text()(name, value)
    if value in PERSPECTIVES:
        yield Fault(name, value, f"must not be one of {', '.join(PERSPECTIVES)}", "rename it")


def _whole(name: str, value: object) -> Iterator[Fault]:
    shares: tuple[Reinsurer, ...] = tuple(value)  # type: ignore[arg-type]
    names = [reinsurer.name for reinsurer in shares]
    yield from _repeated(f"{name}[{{}}].name", names)
    total = sum((exact(reinsurer.share) for reinsurer in shares), Fraction(0))
    if shares and total != 1:
        fix = "shares are of what is placed; what is not placed is `placed_share`"
        yield Fault(name, str(total), "must have shares that sum to 1", fix)


def _repeated(field_of: str, names: list[str]) -> Iterator[Fault]:
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Fault(field_of.format(position), name, "must be unique", "rename it")


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

    def apply(self, table: YearLossTable, premium: Mapping[str, float] | None = None) -> "Cession":
        """What each treaty takes of each loss of `table`, and what remains.

        `premium` is a year's gross premium by product, currency units (none: 0); a treaty's
        subject premium is net of the quota shares before it. Cessions are kept on the rounding
        grid of their gross loss (multiples of its last binary digit), so that in every row
        ceded + net == gross exactly, in any order of adding.
        """
        ceded: dict[str, Floats] = {}
        flows: dict[str, Mapping[str, Floats]] = {}
        flags = list(_unmatched(self, table))
        subject_premium = self.subject_premiums(premium or {})
        net = table.loss
        for stage in self._stages():
            wanted: dict[str, Floats] = {}
            for placed in stage:
                taken = [ceded[name] for name in sorted(self.before(placed.name))]
                subject, rows = subject_of(placed, table, taken)
                wanted[placed.name] = np.zeros(len(table))
                wanted[placed.name][rows] = placed.placed_share * placed.treaty.ceded(subject)
                owed = placed.treaty.flows(subject, subject_premium[placed.name])
                flows[placed.name] = {k: placed.placed_share * flow for k, flow in owed.items()}
            flags += self._cut(wanted, net, table, ceded)
            for name, cession in _on_grid(wanted, net, table.loss):
                ceded[name] = cession
                net = net - cession
        assert (net >= 0).all()
        assert all((cession >= 0).all() for cession in ceded.values())
        assert (sum(ceded.values(), start=net) == table.loss).all()
        return Cession(
            table=table,
            ceded=ceded,
            net=net,
            flows=flows,
            reinsurers={placed.name: placed.reinsurers for placed in self.treaties},
            flags=tuple(flags),
        )

    def subject_premiums(self, premium: Mapping[str, float]) -> dict[str, float]:
        """Each treaty's subject premium, a year, currency units, from the gross one by product."""
        ceded: dict[str, dict[str, float]] = {}
        subject: dict[str, float] = {}
        for placed in (placed for stage in self._stages() for placed in stage):
            before = sorted(self.before(placed.name))
            left = {
                product: placed.subject_share
                * (gross - sum(ceded[name].get(product, 0.0) for name in before))
                for product, gross in premium.items()
                if not placed.products or product in placed.products
            }
            subject[placed.name] = sum(left.values())
            share = placed.placed_share * placed.treaty.premium_share
            ceded[placed.name] = {product: share * amount for product, amount in left.items()}
        return subject

    def _cut(
        self,
        wanted: dict[str, Floats],
        net: Floats,
        table: YearLossTable,
        ceded: Mapping[str, Floats],
    ) -> Iterator[str]:
        """Cut `wanted` pro rata to `net` where it is more, in place and with a flag; or refuse."""
        total = sum(wanted.values(), start=np.zeros(len(table)))
        over: Flags = total > net + ROUNDING * table.loss
        if not over.any():
            return
        row = int(np.argmax(over))
        parties = {**ceded, **wanted}
        names = ", ".join(repr(name) for name, cession in parties.items() if cession[row] > 0)
        if self.parallel == "refused":
            takes = sum(float(cession[row]) for cession in parties.values())
            raise Refused(
                f"parallel treaties {names} cede {takes:,.2f} of a loss of {table.loss[row]:,.2f} "
                f"(year {table.year[row]}, item {table.portfolio.ids[table.item[row]]!r}); "
                "say which is net of which, or set parallel to 'capped'"
            )
        cut = np.divide(net, total, out=np.ones(len(table)), where=over)
        for name in wanted:
            wanted[name] = wanted[name] * cut
        yield f"parallel treaties {names} were cut pro rata in {int(over.sum())} rows"


def subject_of(
    placed: PlacedTreaty, table: YearLossTable, taken: Iterable[Floats]
) -> tuple[YearLossTable, Flags | slice]:
    """The losses that a treaty sees, and which rows of `table` they are."""
    left = table.loss
    for cession in taken:
        left = left - cession
    subject = table.with_loss(placed.subject_share * left)
    if not placed.products:
        return subject, slice(None)
    products = table.portfolio.product
    codes = [products.code(name) for name in placed.products]
    rows = np.isin(products.codes[table.item], codes)
    return subject.rows(rows), rows


def _on_grid(
    wanted: Mapping[str, Floats], net: Floats, gross: Floats
) -> Iterator[tuple[str, Floats]]:
    """Cessions as multiples of the last binary digit of their gross loss, together <= `net`.

    All such multiples up to the loss are float64 numbers, so no sum or difference of them rounds.
    """
    digit = np.spacing(gross)
    for name, cession in wanted.items():
        kept = np.minimum(np.rint(cession / digit) * digit, net)
        net = net - kept
        yield name, kept


def _unmatched(programme: Programme, table: YearLossTable) -> Iterator[str]:
    """A product that no item has is said aloud: its treaty would cede nothing in silence."""
    known = table.portfolio.product.names
    for placed in sorted(programme.treaties, key=lambda placed: placed.name):
        for product in placed.products:
            if product not in known:
                guess = nearest(product, known)
                hint = f" (did you mean {guess!r}?)" if guess else ""
                yield f"treaty {placed.name!r}: no item is of product {product!r}{hint}"


def _known_names(name: str, value: object) -> Iterator[Fault]:
    treaties: tuple[PlacedTreaty, ...] = tuple(value)  # type: ignore[arg-type]
    names = [placed.name for placed in treaties]
    yield from _repeated(f"{name}[{{}}].name", names)
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
    ceded: Mapping[str, Floats]
    net: Floats
    flows: Mapping[str, Mapping[str, Floats]]
    reinsurers: Mapping[str, tuple[Reinsurer, ...]]
    flags: tuple[str, ...]

    def annual(self, perspective: str) -> Floats:
        """(n_years,) float64, currency units: of a treaty by name, or gross, ceded or net."""
        rows = {"gross": self.table.loss, "ceded": self.table.loss - self.net, "net": self.net}
        rows |= self.ceded
        if perspective not in rows:
            raise NotFound("perspective", perspective, rows, nearest(perspective, rows))
        return self.table.annual(rows[perspective])

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
