"""The year loss table: the one kind of data that every product, cedent and pool produces."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.quantities import FORBID, Floats, Ints, count

if TYPE_CHECKING:
    import pandas as pd

Basis = Literal["row", "item", "policy", "site", "risk_unit", "event", "year"]
"""What a term applies to: the rows that share year, event and this key (`event`: year and
event; `year`: the whole cohort year)."""

COLUMNS = {"year": np.int32, "time": np.float32, "reported": np.float32, "item": np.int32,
           "event": np.int32, "cause": np.int8, "loss": np.float64}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Rows gathered by a basis: `of_row` (n_losses,) names the group of each row.

    Groups are numbered in order of their first row, hence of (year, time); `year` and `first`
    (n_groups,) are the year and the first row of each.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    of_row: NDArray[np.intp]
    first: NDArray[np.intp]
    year: Ints

    def total(self, values: Floats) -> Floats:
        """(n_groups,) sum of `values` (n_losses,), added in row order."""
        sums = np.bincount(self.of_row, weights=values, minlength=len(self.first))
        return sums.astype(np.float64, copy=False)

    def give_back(self, of_group: Floats, values: Floats) -> Floats:
        """(n_losses,): each group's amount back to its rows, pro rata to `values`."""
        whole = self.total(values)
        share = np.divide(of_group, whole, out=np.zeros_like(whole), where=whole > 0)
        return values * np.minimum(share, 1.0)[self.of_row]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class YearLossTable:
    """Simulated losses of `n_years` cohort years, rows sorted by (year, time).

    A cohort is all policies that incept in one underwriting year, run to ultimate.
    `year` int32, `time` and `reported` float32 (years since the cohort's start), `item` int32
    index into `portfolio`, `event` int32 (unique within its year; every row has one), `cause`
    int8 index into `portfolio.causes`, `loss` float64 >= 0 in the portfolio's currency: all of
    shape (n_losses,). `weight` (n_years,) float64 sums to 1, or None for equal weights;
    `stratum` (n_years,) int16 or None.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    portfolio: Portfolio
    n_years: int
    year: Ints
    time: NDArray[np.float32]
    reported: NDArray[np.float32]
    item: Ints
    event: Ints
    cause: NDArray[np.int8]
    loss: Floats
    weight: Floats | None = None
    stratum: NDArray[np.int16] | None = None

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            raise InvalidParameter(faults)
        for name, kind in COLUMNS.items():
            array = np.ascontiguousarray(getattr(self, name), dtype=kind)
            view = array.view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)
        for name, kind in (("weight", np.float64), ("stratum", np.int16)):
            if getattr(self, name) is not None:
                view = np.asarray(getattr(self, name), dtype=kind).view()
                view.flags.writeable = False
                object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def currency(self) -> str:
        """The ISO 4217 code of all amounts."""
        return self.portfolio.currency

    @property
    def horizon(self) -> float:
        """Times lie in [0, horizon), years."""
        return self.portfolio.horizon

    def annual(self, values: Floats | None = None) -> Floats:
        """(n_years,) sums of `values` (n_losses,), by default of the losses; empty years are 0."""
        sums = np.bincount(
            self.year, weights=self.loss if values is None else values, minlength=self.n_years
        )
        return sums.astype(np.float64, copy=False)

    def largest_event(self, values: Floats | None = None) -> Floats:
        """(n_years,) largest event total of each year; empty years are 0."""
        groups = self.grouped("event")
        largest = np.zeros(self.n_years)
        np.maximum.at(largest, groups.year, groups.total(self.loss if values is None else values))
        return largest

    def claim_counts(self) -> Floats:
        """(n_years,) how many (event, risk unit) pairs have a positive loss."""
        groups = self.grouped("risk_unit")
        paid = groups.total(self.loss) > 0
        return np.bincount(groups.year[paid], minlength=self.n_years).astype(np.float64)

    def grouped(self, basis: Basis) -> Groups:
        """The rows gathered by `basis`; groups in order of their first row."""
        if basis == "row":
            rows = np.arange(len(self))
            return Groups(of_row=rows, first=rows, year=self.year)
        whole_year = basis == "year"
        keys: list[NDArray[np.integer]] = [self.year if whole_year else self._event_keys()]
        if basis == "item":
            keys.append(self.item)
        elif basis in ("policy", "site", "risk_unit"):
            codes: Ints = getattr(self.portfolio, basis).codes[self.item]
            # an item without such a label stands for itself
            keys.append(np.where(codes == NOWHERE, -2 - self.item, codes))
        of_row, first = _runs(keys) or _gathered(keys)
        return Groups(of_row=of_row, first=first, year=self.year[first])

    def _event_keys(self) -> NDArray[np.int64]:
        """(n_losses,) year and event in one integer."""
        return (self.year.astype(np.int64) << 31) | self.event

    def with_loss(self, loss: Floats) -> "YearLossTable":
        """The same rows with other amounts (n_losses,), such as what a treaty leaves."""
        return YearLossTable(
            portfolio=self.portfolio,
            n_years=self.n_years,
            loss=loss,
            weight=self.weight,
            stratum=self.stratum,
            **{name: getattr(self, name) for name in COLUMNS if name != "loss"},
        )

    def rows(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> "YearLossTable":
        """Some of the rows; the years, and so every mean, stay."""
        return YearLossTable(
            portfolio=self.portfolio,
            n_years=self.n_years,
            weight=self.weight,
            stratum=self.stratum,
            **{name: getattr(self, name)[keep] for name in COLUMNS},
        )

    def to_frame(self) -> "pd.DataFrame":
        """One row a loss: year, time, reported, id, product, event, cause, loss."""
        import pandas as pd

        ids, causes = np.array(self.portfolio.ids, object), np.array(self.portfolio.causes, object)
        products = np.array([*self.portfolio.product.names, ""], object)
        return pd.DataFrame({
            "year": self.year, "time": self.time, "reported": self.reported,
            "id": ids[self.item], "product": products[self.portfolio.product.codes[self.item]],
            "event": self.event, "cause": causes[self.cause], "loss": self.loss,
        })  # fmt: skip

    def __repr__(self) -> str:
        return (
            f"YearLossTable({len(self):,} losses of {self.portfolio.n_items:,} items in "
            f"{self.n_years:,} years, {self.currency})"
        )


Gathered = tuple[NDArray[np.intp], NDArray[np.intp]]
"""The group of each row, and the first row of each group."""


def _runs(keys: Sequence[NDArray[np.integer]]) -> Gathered | None:
    """Groups whose rows stand together, as losses of one event mostly do: found without sorting
    rows. None if some group's rows do not."""
    new = np.zeros(len(keys[0]), dtype=bool)
    new[:1] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    first = np.nonzero(new)[0]
    label = keys[0][first]
    if len(keys) > 1:  # number the outer groups, then put the inner key beside
        outer = np.zeros(len(first), dtype=np.int64)
        outer[1:] = np.cumsum(label[1:] != label[:-1])
        inner = keys[1][first].astype(np.int64)
        if _repeats(label[np.diff(outer, prepend=-1) > 0]):
            return None
        label = (outer << 32) | (inner - inner.min(initial=0))
    return None if _repeats(label) else (np.cumsum(new) - 1, first)


def _repeats(labels: NDArray[np.integer]) -> bool:
    ordered = np.sort(labels)
    return bool((ordered[1:] == ordered[:-1]).any())


def _gathered(keys: Sequence[NDArray[np.integer]]) -> Gathered:
    """Groups whose rows may stand anywhere; numbered in order of their first row."""
    order = np.lexsort(tuple(reversed(keys)))
    new = np.zeros(len(order), dtype=bool)
    new[:1] = True
    for key in keys:
        new[1:] |= key[order][1:] != key[order][:-1]
    first_sorted = np.minimum.reduceat(order, np.nonzero(new)[0]) if len(order) else order
    rank = np.argsort(first_sorted, kind="stable")
    number = np.empty_like(rank)
    number[rank] = np.arange(len(rank))
    of_row = np.empty(len(order), dtype=np.intp)
    of_row[order] = number[np.cumsum(new) - 1]
    return of_row, first_sorted[rank]


def _faults(table: YearLossTable) -> Sequence[Fault]:
    found = [*count(1, 2**31 - 1)("n_years", table.n_years)]
    for name, kind in (COLUMNS | {"weight": np.float64, "stratum": np.int16}).items():
        found += _array_faults(name, getattr(table, name), np.dtype(kind))
    if found:
        return found
    n = len(table.loss)
    for name in COLUMNS:
        if len(getattr(table, name)) != n:
            found.append(Fault(name, len(getattr(table, name)), f"must have {n} entries"))
    for name in ("weight", "stratum"):
        values = getattr(table, name)
        if values is not None and len(values) != table.n_years:
            found.append(Fault(name, len(values), f"must have {table.n_years} entries, one a year"))
    if found or n == 0:
        return [*found, *_weight_faults(table)]
    limits: dict[str, tuple[float, float, str]] = {
        "year": (0, table.n_years - 1, "n_years - 1"),
        "item": (0, table.portfolio.n_items - 1, "n_items - 1"),
        "cause": (0, len(table.portfolio.causes) - 1, "n_causes - 1"),
        "event": (0, 2**31 - 1, "2**31 - 1"),
        "time": (0, float(np.nextafter(np.float32(table.horizon), np.float32(0))), "horizon"),
        "reported": (0, float(np.finfo(np.float32).max), "a finite time"),
        "loss": (0, np.finfo(np.float64).max, "a finite amount"),
    }
    for name, (low, high, meaning) in limits.items():
        values = getattr(table, name)
        wrong = ~((values >= low) & (values <= high))
        if wrong.any():
            row = int(np.argmax(wrong))
            bound = f"must be in [{low:g}, {high:g}] ({meaning}), {int(wrong.sum())} rows are not"
            found.append(Fault(f"{name}[{row}]", values[row].item(), bound))
    year, time = table.year, table.time  # compared, not subtracted: they may be unsigned
    unsorted = (year[1:] < year[:-1]) | ((year[1:] == year[:-1]) & (time[1:] < time[:-1]))
    if unsorted.any():
        row = int(np.argmax(unsorted)) + 1
        found.append(
            Fault(f"year[{row}]", int(table.year[row]), "must be sorted by (year, time)", "sort")
        )
    return [*found, *_weight_faults(table)]


def _array_faults(name: str, values: object, kind: np.dtype[Any]) -> list[Fault]:
    """Whole numbers are not made by cutting fractions off."""
    if values is None and name in ("weight", "stratum"):
        return []
    if not isinstance(values, np.ndarray) or values.ndim != 1:
        shape = getattr(values, "shape", type(values).__name__)
        return [Fault(name, shape, "must be an array of one axis", "np.asarray(...)")]
    whole = kind.kind == "i"
    if values.size and values.dtype.kind not in ("iu" if whole else "iuf"):
        what = "whole numbers" if whole else "numbers"
        return [Fault(name, values.dtype.name, f"must hold {what}", f"astype({kind.name!r})")]
    return []


def _weight_faults(table: YearLossTable) -> list[Fault]:
    if table.weight is None or len(table.weight) != table.n_years:
        return []
    total = float(np.sum(table.weight))
    if not (table.weight >= 0).all() or not abs(total - 1) <= 1e-9:
        return [Fault("weight", total, "must be >= 0 and sum to 1", "divide by the sum")]
    return []


def merge(tables: Sequence[YearLossTable]) -> YearLossTable:
    """Blocks of consecutive years of one portfolio into one table, years counted on."""
    if not tables:
        raise InvalidParameter([Fault("tables", 0, "must hold at least one table")])
    first = tables[0]
    if len(tables) == 1:
        return first
    if any(t.portfolio is not first.portfolio for t in tables):
        raise InvalidParameter([Fault("tables", len(tables), "must share one portfolio")])
    if any(t.weight is not None or t.stratum is not None for t in tables):
        raise InvalidParameter([Fault("weight", "given", "must be None in blocks of years")])
    starts = np.cumsum([0, *(t.n_years for t in tables)])
    columns = {name: np.concatenate([getattr(t, name) for t in tables]) for name in COLUMNS}
    columns["year"] = np.concatenate(
        [t.year + np.int32(start) for t, start in zip(tables, starts[:-1], strict=True)]
    )
    return YearLossTable(portfolio=first.portfolio, n_years=int(starts[-1]), **columns)
