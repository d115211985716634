"""Insured objects by batch: units of one design, which a serial defect strikes together.

Items that name a `family` are one batch, an item without one is a batch of its own units. Every
name here is an identity (product, label or item id), so it can key a stream of random numbers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.models.grouped_items import GroupedItems, Positions
from techinsure.models.hazards import CompoundClass, Hazard, Timing
from techinsure.models.places import Relativity, relativity_of
from techinsure.portfolio import NOWHERE, Labels, Portfolio
from techinsure.quantities import FORBID, Ints
from techinsure.seeding import keys


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batches(GroupedItems):
    """Items of one product, ordered by batch and id; all (n,) unless said.

    `item` indexes the portfolio, `batch` the `names` of batches; `first` (n_batches + 1,) is
    where each batch starts. `risk_class` is the item's class by its name in the model.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    batch: Ints
    names: tuple[str, ...]
    risk_class: tuple[str, ...]

    def label(self, of: str, row: int) -> str:
        """A label of the item at `row`, "" where it has none."""
        labels: Labels = getattr(self.portfolio, of)
        name: str = labels[int(self.item[row])]
        return name

    def name_of(self, row: int) -> str:
        """The batch of the item at `row`."""
        return self.names[int(self.batch[row])]

    def by_hazard(
        self, classes: Mapping[str, CompoundClass], peril: str
    ) -> Iterator[tuple[Hazard, Positions]]:
        """Each class's hazard of `peril`, and the items that have it."""
        of = np.array(self.risk_class)
        for name in dict.fromkeys(self.risk_class):
            hazard = classes[name].hazards.get(peril)
            if hazard is not None:
                yield hazard, np.nonzero(of == name)[0]

    def relativity(self, target: str, seed: int) -> Relativity:
        """The relativities of `target`. What is unknown about a design is unknown for the whole
        batch, so the error is one draw for all its items."""
        error, stream = self.column(f"{target}_error", 0.0), np.zeros(len(self), np.uint64)
        if error.any():
            owners = [f"{self.names[b]}/{target}" for b in self.batch]
            stream = keys(seed, "relativity", owners)
        return relativity_of(self.column(target, 1.0), error, stream)


def batches(
    portfolio: Portfolio,
    items: Ints,
    classes: Mapping[str, CompoundClass],
    timings: Iterable[Timing],
) -> Batches:
    """`items` (n,), all of one product, by batch. Refuses a class that is not among `classes`, a
    batch of two classes, routes or sectors, and a term longer than a pattern of `timings`."""
    product = portfolio.product[int(items[0])] if len(items) else ""
    rank = np.argsort(np.argsort(np.array(portfolio.ids)[items], kind="stable"), kind="stable")
    family = portfolio.family.codes[items]
    own = int(family.max(initial=-1)) + 1 + rank
    code = np.where(family == NOWHERE, own, family)
    order = np.lexsort((rank, code))
    item, code = items[order].astype(np.int32), code[order]
    new = np.diff(code, prepend=-1) != 0
    first = np.append(np.nonzero(new)[0], len(code))
    held = Batches(
        portfolio=portfolio, product=product, item=item,
        batch=(np.cumsum(new) - 1).astype(np.int32),
        names=tuple(_name(portfolio, product, int(item[lead])) for lead in first[:-1]),
        first=first,
        risk_class=tuple(portfolio.risk_class[int(i)].removeprefix(f"{product}/") for i in item),
    )  # fmt: skip
    faults = [*_class_faults(held, classes), *_mixed_faults(held)]
    faults += _term_faults(held, min((timing.longest for timing in timings), default=np.inf))
    if faults:
        raise InvalidParameter(faults)
    return held


def _name(portfolio: Portfolio, product: str, item: int) -> str:
    label = portfolio.family[item]
    return f"{product}/batch/{label}" if label else f"{product}/item/{portfolio.ids[item]}"


def _class_faults(held: Batches, classes: Mapping[str, CompoundClass]) -> Iterator[Fault]:
    for name in dict.fromkeys(held.risk_class):
        if name not in classes:
            yield Fault("risk_class", name, f"must be one of {', '.join(classes)}")


def _mixed_faults(held: Batches) -> Iterator[Fault]:
    """A batch is of one class, one route and one sector: its serial defects have one rate."""
    for name in ("risk_class", "route", "sector"):
        code: NDArray[np.int32] = getattr(held.portfolio, name).codes[held.item]
        mixed = np.nonzero(code != code[held.lead][held.batch])[0]
        if len(mixed):
            label, row = held.label("family", int(mixed[0])), int(mixed[0])
            bound = f"must be one in batch {label!r}"
            fix = "split the batch, or give its items one value"
            yield Fault(name, held.label(name, row), bound, fix)


def _term_faults(held: Batches, longest: float) -> Iterator[Fault]:
    late = np.nonzero(held.term > longest)[0]
    if len(late):
        bound = f"must be <= {longest:g} years, {len(late)} are not"
        fix = "the rates of later policy years are not known"
        yield Fault(f"term of {held.ids[late[0]]}", float(held.term[late[0]]), bound, fix)
