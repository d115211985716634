"""Development triangles: what was known of each origin year at each age.

A true zero is a number, a cell that is not observed is None: nothing here turns one into the
other. One step of age is as long as one step of origin.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.quantities import (
    FORBID,
    Floats,
    Name,
    Real,
    each,
    nearest,
    not_negative,
    one_of,
    optional,
    positive,
    refuse_unless,
    require,
    text,
)

Cells = Sequence[Sequence[float | None]] | Floats
"""Rows of one origin each, oldest first; None or NaN where nothing was observed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Triangle:
    """Cumulative claims (amounts or numbers, in `unit`) of origins, oldest first, by age in years.

    A row may end early: what it leaves out, or gives as None, is not observed; all origins are
    seen up to one date. `exposure`: premium, sum insured or any other measure of each origin.
    `claims`: the number of claims behind each origin's latest value.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    origins: tuple[Name, ...]
    ages: tuple[Real, ...]
    cumulative: tuple[tuple[Real | None, ...], ...]
    exposure: tuple[Real, ...] | None = None
    claims: tuple[Real, ...] | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        refuse_unless(self, origins=each(text(), 1), ages=each(positive, 1))
        faults = [*_axes(self.origins, self.ages), *_rows(self)]
        for field in ("exposure", "claims"):
            faults += _by_origin(field, getattr(self, field), len(self.origins))
        if faults:
            raise InvalidParameter(faults)
        faults = list(_one_date(self))
        if faults:
            raise InvalidParameter(faults)

    @staticmethod
    def of(
        cells: Cells,
        *,
        kind: Literal["cumulative", "incremental"],
        origins: Sequence[str] | None = None,
        ages: Sequence[float] | None = None,
        exposure: ArrayLike | None = None,
        claims: ArrayLike | None = None,
        unit: str = "",
    ) -> "Triangle":
        """The triangle of `cells`, which are `kind`: it is never guessed. Origins are numbered
        from 1, and ages are 1, 2, ... years, where they are not given."""
        require("kind", kind, one_of("cumulative", "incremental"))
        rows = [[_cell(value) for value in row] for row in cells]
        if kind == "incremental":
            rows = [_summed(row, place) for place, row in enumerate(rows)]
        longest = max(map(len, rows), default=0)
        return Triangle(
            origins=tuple(origins or (str(place + 1) for place in range(len(rows)))),
            ages=tuple(map(float, ages or range(1, longest + 1))),
            cumulative=tuple(map(tuple, rows)),
            exposure=_numbers(exposure), claims=_numbers(claims), unit=unit,
        )  # fmt: skip

    @property
    def array(self) -> Floats:
        """(n_origins, n_ages) cumulative, in `unit`; NaN where nothing was observed."""
        cells = np.full((len(self.origins), len(self.ages)), np.nan)
        for place, row in enumerate(self.cumulative):
            cells[place, : len(row)] = [np.nan if value is None else value for value in row]
        return cells

    @property
    def increments(self) -> Floats:
        """(n_origins, n_ages) what came between two ages, in `unit`; NaN where it is not known."""
        cells = self.array
        return np.diff(cells, axis=1, prepend=0.0)

    @property
    def latest_ages(self) -> tuple[int, ...]:
        """Of each origin, the position in `ages` of its latest value."""
        return tuple(_last(row) for row in self.cumulative)

    @property
    def latest(self) -> Floats:
        """(n_origins,) latest cumulative values, in `unit`."""
        return self.array[np.arange(len(self.origins)), list(self.latest_ages)]

    def with_claim(self, origin: str, age: float, amount: float) -> "Triangle":
        """The triangle with one more claim of `amount` (in `unit`), first seen at `age`: it is in
        all values of its origin from then on, and among its `claims`."""
        if origin not in self.origins:
            raise NotFound("origin", origin, self.origins, nearest(origin, self.origins))
        require("amount", amount, positive)
        place = self.origins.index(origin)
        seen = self.ages[: self.latest_ages[place] + 1]
        if age not in seen:
            listed = ", ".join(f"{one:g}" for one in seen)
            raise InvalidParameter([Fault("age", age, f"must be one of {listed} for {origin}")])
        first = self.ages.index(age)
        row = tuple(
            value if value is None or at < first else value + amount
            for at, value in enumerate(self.cumulative[place])
        )
        rows = (*self.cumulative[:place], row, *self.cumulative[place + 1 :])
        counts = self.claims and tuple(
            count + (at == place) for at, count in enumerate(self.claims)
        )
        return replace(self, cumulative=rows, claims=counts)


def _cell(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _numbers(values: ArrayLike | None) -> tuple[float, ...] | None:
    return None if values is None else tuple(np.asarray(values, np.float64).tolist())


def _last(row: Sequence[float | None]) -> int:
    return max(place for place, value in enumerate(row) if value is not None)


def _summed(row: list[float | None], place: int) -> list[float | None]:
    """Running sums; what follows an unobserved increment has no sum."""
    sums: list[float | None] = []
    total = 0.0
    for at, value in enumerate(row):
        if value is None and any(later is not None for later in row[at:]):
            fix = "give cumulative values, which may start late"
            bound = "must be observed before later increments"
            raise InvalidParameter([Fault(f"cells[{place}][{at}]", None, bound, fix)])
        total += value or 0.0
        sums.append(None if value is None else total)
    return sums


def _axes(origins: tuple[str, ...], ages: tuple[float, ...]) -> Iterator[Fault]:
    for place, origin in enumerate(origins):
        if origin in origins[:place]:
            yield Fault(f"origins[{place}]", origin, "must be unique")
    for place in range(1, len(ages)):
        if ages[place] <= ages[place - 1]:
            yield Fault(f"ages[{place}]", ages[place], f"must be > {ages[place - 1]:g}")


def _rows(triangle: Triangle) -> Iterator[Fault]:
    if len(triangle.cumulative) != len(triangle.origins):
        bound = f"must have {len(triangle.origins)} rows, one an origin"
        yield Fault("cumulative", len(triangle.cumulative), bound)
    for place, row in enumerate(triangle.cumulative):
        field = f"cumulative[{place}]"
        if len(row) > len(triangle.ages):
            yield Fault(field, len(row), f"must have at most {len(triangle.ages)} ages")
        if all(value is None for value in row):
            fix = "leave the origin out, or write 0 where there were no claims yet"
            yield Fault(field, row, "must have an observed value", fix)
        yield from each(optional(not_negative))(field, row)


def _by_origin(field: str, values: Iterable[float] | None, n: int) -> Iterator[Fault]:
    if values is None:
        return
    listed = list(values)
    if len(listed) != n:
        yield Fault(field, len(listed), f"must have {n} entries, one an origin")
    yield from each(not_negative)(field, listed)


def _one_date(triangle: Triangle) -> Iterator[Fault]:
    """An origin is one age older than the next, up to the last age."""
    places, n_ages = triangle.latest_ages, len(triangle.ages)
    for place, at in enumerate(places):
        due = min(n_ages - 1, places[-1] + len(places) - 1 - place)
        if at != due:
            bound = f"must be observed up to age {triangle.ages[due]:g}, as the others are"
            fix = "write 0 where there were no claims; None only for what lies ahead"
            yield Fault(f"cumulative[{place}]", f"age {triangle.ages[at]:g}", bound, fix)
