"""The year loss table: the one kind of data that every product, cedent and pool produces."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses import kernels
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.quantities import FORBID, Floats, Ints, count, require

if TYPE_CHECKING:
    import pandas as pd

Basis = Literal["row", "item", "policy", "site", "risk_unit", "event", "year"]
"""What a term applies to: the rows that share year, event and this key (`event`: year and
event; `year`: the whole cohort year)."""

COLUMNS = {"year": np.int32, "time": np.float32, "reported": np.float32, "item": np.int32,
           "event": np.int32, "cause": np.int8, "loss": np.float64}  # fmt: skip
BY_YEAR = {"weight": np.float64, "stratum": np.int16}


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
        self._hold({name: getattr(self, name) for name in (*COLUMNS, *BY_YEAR)})

    def _hold(self, columns: Mapping[str, NDArray[Any] | None]) -> None:
        """The columns as they stay: contiguous, of their kinds, read-only."""
        for name, kind in (COLUMNS | BY_YEAR).items():
            column = columns[name]
            if column is not None:
                column = np.ascontiguousarray(column, dtype=kind).view()
                column.flags.writeable = False
            object.__setattr__(self, name, column)

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
        whole: Floats = self.annual_by(np.zeros(self.portfolio.n_items, np.int32), 1, values)[0]
        return whole

    def annual_by(self, code: Ints, n_codes: int, values: Floats | None = None) -> Floats:
        """(n_codes, n_years) the same, by the `code` (n_items,) in [0, n_codes) of the item."""
        sound = len(code) == self.portfolio.n_items and (code >= 0).all() and (code < n_codes).all()
        if not sound:
            bound = f"must hold {self.portfolio.n_items} codes in [0, {n_codes}), one an item"
            raise InvalidParameter([Fault("code", len(code), bound)])
        values = self._of_rows(values)
        return kernels.annual_by(self.year, self.item, code, values, n_codes, self.n_years)

    def _of_rows(self, values: Floats | None) -> Floats:
        if values is None:
            return self.loss
        if np.shape(values) != self.loss.shape:
            bound = f"must have shape {self.loss.shape}, a row each"
            raise InvalidParameter([Fault("values", np.shape(values), bound)])
        return values

    def largest_event(self, values: Floats | None = None) -> Floats:
        """(n_years,) largest event total of each year; empty years are 0."""
        return kernels.largest(self.year, self.event, self._of_rows(values), self.n_years)

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
        if basis == "year":
            of_row, first = kernels.gathered([self.year])
        else:
            outer = (self.year.astype(np.int64) << 31) | self.event
            inner = [] if basis == "event" else [self._keys(basis)]
            of_row, first = kernels.gathered([outer, *inner])
        return Groups(of_row=of_row, first=first, year=self.year[first])

    def _keys(self, basis: Basis) -> Ints:
        """(n_losses,) what tells groups of one year and event apart; an item without a label
        stands for itself."""
        if basis in ("event", "item"):
            keys: Ints = getattr(self, basis)
            return keys
        codes: Ints = getattr(self.portfolio, basis).codes
        alone = -2 - np.arange(len(codes), dtype=np.int32)
        return np.where(codes == NOWHERE, alone, codes)[self.item]

    def reaching(self, basis: Basis, floor: float) -> tuple["YearLossTable", NDArray[np.intp]]:
        """The rows whose group by `basis` has a total above `floor`, and which (m,) they are: what
        a term that pays nothing up to there can reach."""
        if basis == "row":
            rows = np.nonzero(self.loss > floor)[0]
        else:
            event = self.year if basis == "year" else self.event
            inner = event if basis == "year" else self._keys(basis)
            rows = kernels.reaching(self.year, event, inner, self.loss, floor)
        return self._sound({name: getattr(self, name).take(rows) for name in COLUMNS}), rows

    def with_loss(self, loss: Floats) -> "YearLossTable":
        """The same rows with other amounts (n_losses,), such as what a treaty leaves."""
        faults = _array_faults("loss", loss, np.dtype(np.float64))
        if not faults and len(loss) != len(self):
            faults.append(Fault("loss", len(loss), f"must have {len(self)} entries"))
        faults = faults or _range_faults("loss", loss, *_limits(self)["loss"])
        if faults:
            raise InvalidParameter(faults)
        return self._sound({name: getattr(self, name) for name in COLUMNS} | {"loss": loss})

    def rows(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> "YearLossTable":
        """Some of the rows; the years, and so every mean, stay."""
        columns = {name: getattr(self, name)[keep] for name in COLUMNS}
        if keep.dtype == np.bool_:  # in their order
            return self._sound(columns)
        return YearLossTable(
            portfolio=self.portfolio, n_years=self.n_years, weight=self.weight,
            stratum=self.stratum, **columns,
        )  # fmt: skip

    def _sound(
        self, columns: Mapping[str, NDArray[Any]], n_years: int | None = None
    ) -> "YearLossTable":
        """A table of this portfolio and these years, or of `n_years` without weights, whose
        columns come from checked ones: nothing is checked again."""
        table: YearLossTable = object.__new__(YearLossTable)
        object.__setattr__(table, "portfolio", self.portfolio)
        object.__setattr__(table, "n_years", self.n_years if n_years is None else n_years)
        by_year = {name: None if n_years else getattr(self, name) for name in BY_YEAR}
        table._hold({**columns, **by_year})
        return table

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
    for name, limits in _limits(table).items():
        found += _range_faults(name, getattr(table, name), *limits)
    year, time = table.year, table.time  # compared, not subtracted: they may be unsigned
    unsorted = (year[1:] < year[:-1]) | ((year[1:] == year[:-1]) & (time[1:] < time[:-1]))
    if unsorted.any():
        row = int(np.argmax(unsorted)) + 1
        found.append(
            Fault(f"year[{row}]", int(table.year[row]), "must be sorted by (year, time)", "sort")
        )
    return [*found, *_weight_faults(table)]


Limits = tuple[float, float, str]


def _limits(table: YearLossTable) -> dict[str, Limits]:
    """The least and the largest value of each column, and what the largest is."""
    return {
        "year": (0, table.n_years - 1, "n_years - 1"),
        "item": (0, table.portfolio.n_items - 1, "n_items - 1"),
        "cause": (0, len(table.portfolio.causes) - 1, "n_causes - 1"),
        "event": (0, 2**31 - 1, "2**31 - 1"),
        "time": (0, float(np.nextafter(np.float32(table.horizon), np.float32(0))), "horizon"),
        "reported": (0, float(np.finfo(np.float32).max), "a finite time"),
        "loss": (0, np.finfo(np.float64).max, "a finite amount"),
    }


def _range_faults(
    name: str, values: NDArray[Any], low: float, high: float, meaning: str
) -> list[Fault]:
    """One fault a column: the first entry outside [low, high] and how many there are."""
    if not len(values) or (values.min() >= low and values.max() <= high):  # no NaN passes
        return []
    wrong = ~((values >= low) & (values <= high))
    row = int(np.argmax(wrong))
    bound = f"must be in [{low:g}, {high:g}] ({meaning}), {int(wrong.sum())} rows are not"
    return [Fault(f"{name}[{row}]", values[row].item(), bound)]


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


def merge(tables: Iterable[YearLossTable], n_years: int | None = None) -> YearLossTable:
    """Blocks of consecutive years of one portfolio into one table, years counted on. Each block is
    copied as it comes, so an iterator need not hold them all; `n_years` in all, where it is known,
    says how much room to make."""
    blocks = iter(tables)
    first, second = next(blocks, None), next(blocks, None)
    if first is None:
        raise InvalidParameter([Fault("tables", 0, "must hold at least one table")])
    if second is None:
        return first
    columns: dict[str, NDArray[Any]] = {name: np.empty(0, kind) for name, kind in COLUMNS.items()}
    size = years = 0
    for place, block in enumerate(chain((first, second), blocks)):
        if block.portfolio is not first.portfolio:
            raise InvalidParameter([Fault("tables", place, "must share one portfolio")])
        if block.weight is not None or block.stratum is not None:
            raise InvalidParameter([Fault("weight", "given", "must be None in blocks of years")])
        end, until = size + len(block), years + block.n_years
        ahead = 2.0 if n_years is None else max(1.05 * n_years / until, 1.0)
        for name, column in columns.items():
            if end > len(column):  # pages that are not written to take no memory
                columns[name] = np.empty(int(ahead * end), column.dtype)
                columns[name][:size] = column[:size]
            columns[name][size:end] = getattr(block, name)
        columns["year"][size:end] += years
        size, years = end, until
        require("n_years", years, count(1, 2**31 - 1))
    return first._sound({name: column[:size] for name, column in columns.items()}, years)
