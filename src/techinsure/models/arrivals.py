"""Poisson arrivals whose intensity changes from year to year, at a cost per arrival.

A source has a clock that runs at its intensity; unit-rate exponential gaps on that clock give
its arrivals (time change: Cinlar 1975, Introduction to Stochastic Processes, section 4.7). The
year of an arrival is where the clock stands, its time in the year the position inside the year's
step. A source is known by its key, so no source can move another's arrivals.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.distributions.cells import CELLS
from techinsure.errors import Fault, InvalidParameter
from techinsure.kernels import compiled
from techinsure.models.factors import BLOCK
from techinsure.quantities import FORBID, Floats, Ints
from techinsure.seeding import Keys, bits, counters, uniforms

MOST_ARRIVALS = 5e6
"""Events of one kind in one block of years: beyond, the memory of a machine is in danger."""
CLOCKS_AT_ONCE = 512
"""Clocks of their own that the reference runs together: bounds its memory."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrivals:
    """Arrivals ordered by source, then by time.

    `source` (n,) index of the source, `year` (n,) since the start of the first block, `when` (n,)
    position in the year in [0, 1), `mark` (n,) 64-bit key of the arrival, for its own further
    numbers.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    source: Ints
    year: Ints
    when: Floats
    mark: Keys

    def __len__(self) -> int:
        return len(self.source)

    def rows(self, keep: NDArray[np.bool_]) -> "Arrivals":
        """Some of the arrivals."""
        return Arrivals(
            source=self.source[keep], year=self.year[keep], when=self.when[keep],
            mark=self.mark[keep],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Swings:
    """What a source has of its own: its clock's steps times a draw of a law (mean 1) a year.

    `law` (n_sources,) row of `tables` (n_laws, CELLS), the laws' cell means, -1 for a source
    that does not swing; `key` (n_sources,) the stream of each source's draws.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    law: NDArray[np.int64]
    key: Keys
    tables: Floats


def arrivals(
    keys: Keys,
    block: int,
    clock: NDArray[np.intp],
    steps: Floats,
    scale: Floats,
    swings: Swings | None = None,
) -> Arrivals:
    """Arrivals of many sources in blocks of years, one after the other.

    `keys` (n_sources,) one stream a source; `block` number of the first block; `clock`
    (n_sources,) which row of `steps` (n_clocks, n_years) is the source's intensity per year,
    times its `scale` (n_sources,) and, with `swings`, its own draw of the year. A clock starts
    anew with each block.
    """
    if swings is None:
        none = np.full(len(keys), -1, dtype=np.int64)
        swings = Swings(law=none, key=keys, tables=np.ones((1, CELLS)))
    steps, scale = np.ascontiguousarray(steps), np.ascontiguousarray(scale)
    _refuse_too_many(clock, steps, scale)
    source, year, when, mark = compiled(_arrivals)(
        np.ascontiguousarray(keys), block, BLOCK, np.ascontiguousarray(clock, dtype=np.int64),
        steps, scale, swings.law, swings.key, swings.tables,
    )  # fmt: skip
    return Arrivals(source=source, year=year, when=when, mark=mark)


def _refuse_too_many(clock: NDArray[np.intp], steps: Floats, scale: Floats) -> None:
    """An error if some block of years expects more than `MOST_ARRIVALS`."""
    weight = np.bincount(clock, weights=scale, minlength=len(steps))
    for start in range(0, steps.shape[1], BLOCK):
        part = steps[:, start : start + BLOCK]
        expected = float(weight @ part.sum(axis=1))
        if not expected <= MOST_ARRIVALS:
            fix = "lower the rates, the relativities or the number of objects"
            bound = f"must be <= {MOST_ARRIVALS:,.0f} in {part.shape[1]:,} years"
            raise InvalidParameter([Fault("expected events", expected, bound, fix)])


Found = tuple[Ints, Ints, Floats, Keys]
"""Source, year, position in the year, and mark of arrivals, ordered by source, then time."""


def _arrivals(
    keys: Keys, block: int, length: int, clock: NDArray[np.int64], steps: Floats, scale: Floats,
    law: NDArray[np.int64], key: Keys, tables: Floats,
) -> Found:  # fmt: skip
    """The reference of the compiled loop: block by block of `length` years."""
    parts = []
    for start in range(0, steps.shape[1], length):
        part = np.ascontiguousarray(steps[:, start : start + length])
        number = block + start // length
        source, year, *rest = _of_block(
            keys, number, clock, part, scale, law, key, tables, number * length
        )
        parts.append((source, year + np.int32(start), *rest))
    return _by_source(parts)


def _by_source(parts: Iterable[tuple[Any, ...]]) -> Found:
    """Arrivals of parts as one, by source; a source's own keep their order."""
    source, year, when, mark = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(source, kind="stable")
    return source[order], year[order], when[order], mark[order]


def _of_block(
    keys: Keys, block: int, clock: NDArray[np.int64], steps: Floats, scale: Floats,
    law: NDArray[np.int64], key: Keys, tables: Floats, first: int,
) -> Found:  # fmt: skip
    """Arrivals of one block: sources that swing have a clock of their own."""
    parts = [_on_shared(keys, block, clock, steps, scale, np.nonzero(law < 0)[0])]
    swinging, years = np.nonzero(law >= 0)[0], np.arange(first, first + steps.shape[1])
    for low in range(0, len(swinging), CLOCKS_AT_ONCE):
        here = swinging[low : low + CLOCKS_AT_ONCE]
        cell = (uniforms(key[here][:, None], counters(years)) * CELLS).astype(np.intp)
        own = steps[clock[here]] * tables[law[here][:, None], cell]
        number = np.zeros(len(keys), dtype=np.int64)
        number[here] = np.arange(len(here))
        parts.append(_on_shared(keys, block, number, own, scale, here))
    return _by_source(parts)


def _on_shared(
    keys: Keys, block: int, clock: NDArray[np.int64], steps: Floats, scale: Floats,
    some: NDArray[np.intp],
) -> Found:  # fmt: skip
    """Arrivals of `some` sources on clocks as they are."""
    turned = np.concatenate(
        [np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1
    )  # (n_clocks, n_years + 1): what each clock shows at the end of each year
    end = turned[:, -1][clock[some]] * scale[some]
    parts = [
        _gaps(keys, block, some[sources], end[sources], width) for width, sources in _by_width(end)
    ]
    source = np.concatenate([np.zeros(0, np.intp), *(p[0] for p in parts)])
    position = np.concatenate([np.zeros(0), *(p[1] for p in parts)])
    number = np.concatenate([np.zeros(0, np.uint64), *(p[2] for p in parts)])
    order = np.argsort(source, kind="stable")  # within a source they are in order already
    source, position, number = source[order], position[order], number[order]
    year, when = _read_clock(turned, clock[source], position / scale[source])
    mark = bits(keys[source], number | np.uint64(1 << 63))
    return source.astype(np.int32), year, when, mark


def _by_width(end: Floats) -> list[tuple[int, NDArray[np.intp]]]:
    """Sources gathered by how many gaps surely suffice, in powers of two."""
    need = end + 6 * np.sqrt(end) + 8
    width = np.where(end > 0, 2 ** np.ceil(np.log2(need)), 0).astype(np.int64)
    return [(int(w), np.nonzero(width == w)[0]) for w in np.unique(width) if w > 0]


def _gaps(
    keys: Keys, block: int, sources: NDArray[np.intp], end: Floats, width: int
) -> tuple[NDArray[np.intp], Floats, Keys]:
    """(source, position on the source's own clock, counter) of all arrivals before `end`.

    Each row's sum runs alone, so it is the same whoever else is simulated and however wide.
    """
    counter = (np.uint64(block) << np.uint64(32)) + np.arange(width, dtype=np.uint64)
    gaps = -np.log(uniforms(keys[sources][:, None], counter[None, :]))
    position = np.cumsum(gaps, axis=1)
    short = position[:, -1] < end
    row, column = np.nonzero((position < end[:, None]) & ~short[:, None])
    found = (sources[row], position[row, column], counter[column])
    if not short.any():
        return found
    more = _gaps(keys, block, sources[short], end[short], 2 * width)
    return tuple(np.concatenate(pair) for pair in zip(found, more, strict=True))  # type: ignore[return-value]


def _read_clock(turned: Floats, clock: NDArray[np.intp], position: Floats) -> tuple[Ints, Floats]:
    """(year, position in the year) at which each clock shows `position`."""
    year = np.empty(len(position), dtype=np.int32)
    order = np.argsort(clock, kind="stable")
    numbers, first = np.unique(clock[order], return_index=True)
    for number, here in zip(numbers, np.split(order, first[1:]), strict=False):
        shown = turned[number]
        last = np.searchsorted(shown, shown[-1]) - 1  # rounding may reach the end of the clock
        year[here] = np.minimum(np.searchsorted(shown, position[here], side="right") - 1, last)
    start = turned[clock, year]
    step = turned[clock, year + 1] - start
    when = np.divide(position - start, step, out=np.zeros_like(position), where=step > 0)
    return year, np.clip(when, 0.0, np.nextafter(1.0, 0.0))


STRIPS = 12
"""Strip 0 is heights [0, 1), strip k >= 1 is [2**(k-1), 2**k): together [0, 2048)."""
HIGHEST = 2.0 ** (STRIPS - 1)
"""No height is above it: the top of the last strip."""


def strips(height: Floats) -> list[tuple[float, float]]:
    """(bottom, top) of the strips that reach the largest of the `height`s; what would stand above
    the last strip is refused, since it would be left out unseen."""
    highest = float(np.max(height, initial=0.0))
    if not highest <= HIGHEST:
        raise InvalidParameter([Fault("relativity", highest, f"must be <= {HIGHEST:g}")])
    top, found = 1.0, [(0.0, 1.0)]
    while top < highest:
        found.append((top, 2 * top))
        top *= 2
    return found
