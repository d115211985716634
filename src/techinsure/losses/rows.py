"""From what loss models write to a year loss table: sort, number the events, check."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.kernels import compiled
from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import Portfolio
from techinsure.quantities import FORBID, Floats, Ints
from techinsure.seeding import Keys


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Ground-up losses of one block of years, in any order; all of shape (n_rows,).

    `year` within the block; `time`, `reported` in years since the cohort's start; `item` and
    `cause` index the portfolio; `event` the 64-bit key of the event that caused the row (rows of
    one event share it); `loss` of one unit of the item, currency units.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    year: Ints
    time: Floats
    reported: Floats
    item: Ints
    event: Keys
    cause: NDArray[np.int8]
    loss: Floats

    def __post_init__(self) -> None:
        faults = []
        for name, kind in _KINDS.items():
            column = getattr(self, name)
            if column.dtype != kind:
                faults.append(Fault(name, column.dtype.name, f"must hold {np.dtype(kind).name}"))
            elif column.shape != (len(self.loss),):
                faults.append(Fault(name, column.shape, f"must have shape ({len(self.loss)},)"))
            else:
                object.__setattr__(self, name, np.ascontiguousarray(column))
        if faults:
            raise InvalidParameter(faults)

    def __len__(self) -> int:
        return len(self.loss)

    def keep(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> "Rows":
        """Some of the rows."""
        places = np.nonzero(which)[0] if which.dtype == np.bool_ else which
        return Rows(**{name: getattr(self, name).take(places) for name in _KINDS})

    def with_loss(self, loss: Floats) -> "Rows":
        """The same rows with other amounts (n_rows,)."""
        return Rows(**{name: getattr(self, name) for name in _KINDS if name != "loss"}, loss=loss)


_KINDS = {"year": np.int32, "time": np.float64, "reported": np.float64, "item": np.int32,
          "event": np.uint64, "cause": np.int8, "loss": np.float64}  # fmt: skip


def join(parts: Sequence[Rows]) -> Rows:
    """All rows of several sources."""
    return Rows(**{
        name: np.concatenate([np.zeros(0, kind), *(getattr(part, name) for part in parts)])
        for name, kind in _KINDS.items()
    })  # fmt: skip


def ordered(rows: Rows, portfolio: Portfolio) -> Rows:
    """Rows sorted by (year, time, event, item id, cause): no position decides.

    Rows that agree in all of these (units of one item hit by one event) keep their order. One
    integer holds year and time (float32 >= 0 sorts as its bits); only ties need the rest.
    """
    rank = np.argsort(np.argsort(np.array(portfolio.ids), kind="stable"), kind="stable")
    return rows.keep(
        compiled(_order)(
            rows.year,
            rows.time.astype(np.float32).view(np.uint32),
            rows.event,
            rank.astype(np.int32)[rows.item],
            rows.cause,
        )
    )


def _order(
    year: Ints, moment: NDArray[np.uint32], event: Keys, rank: Ints, cause: NDArray[np.int8]
) -> NDArray[np.intp]:
    """(n_rows,) the places of rows sorted by these keys; equal ones keep their order."""
    when = moment.astype(np.uint64)
    when |= year.astype(np.uint64) << np.uint64(32)
    order = np.argsort(when)
    tied = np.zeros(len(when), dtype=bool)
    equal = when[order[1:]] == when[order[:-1]]
    tied[1:] |= equal
    tied[:-1] |= equal
    if tied.any():
        among = np.sort(order[tied])
        keys = (cause, rank, event, when)
        order[tied] = among[np.lexsort(tuple(key[among] for key in keys))]
    return order


def close(rows: Rows, portfolio: Portfolio, n_years: int) -> YearLossTable:
    """Ordered rows as a table of `n_years`; rows without a payment are left out."""
    paid = rows.loss > 0
    rows = rows if paid.all() else rows.keep(paid)
    last = np.nextafter(np.float32(portfolio.horizon), np.float32(0))
    return YearLossTable(
        portfolio=portfolio,
        n_years=n_years,
        year=rows.year,
        time=np.minimum(rows.time.astype(np.float32), last),  # float32 may round up to the horizon
        reported=rows.reported.astype(np.float32),
        item=rows.item,
        event=_numbered(rows.year, rows.event),
        cause=rows.cause,
        loss=rows.loss,
    )


def _numbered(year: Ints, event: Keys) -> Ints:
    """31-bit event numbers from 64-bit keys: another item's events do not renumber an event.

    Two events of one year whose numbers collide (odds of about n**2 / 2**32 a year) are told
    apart by counting up from the smaller key's number.
    """
    number = (event >> np.uint64(33)).astype(np.int64)
    ascending = bool((year[1:] >= year[:-1]).all())
    if (compiled(_collide) if ascending else _collide)(year, event):
        number = _told_apart(year, number, event)
    return number.astype(np.int32)


def _collide(year: Ints, event: Keys) -> bool:
    """Whether two events of one year have one number."""
    place = (year.astype(np.int64) << 31) | (event >> np.uint64(33)).astype(np.int64)
    order = np.argsort(place)
    place, event = place[order], event[order]
    return bool(((place[1:] == place[:-1]) & (event[1:] != event[:-1])).any())


def _told_apart(year: Ints, number: NDArray[np.int64], event: Keys) -> NDArray[np.int64]:
    taken: dict[tuple[int, int], int] = {}
    mended = number.copy()
    for row in np.lexsort((event, year)):
        place = int(number[row])
        while taken.setdefault((int(year[row]), place), int(event[row])) != int(event[row]):
            place = (place + 1) % 2**31
        mended[row] = place
    return mended
