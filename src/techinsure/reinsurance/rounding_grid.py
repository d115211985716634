"""The rounding grid: parts of a table's losses that add up exactly, ceded and kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.quantities import FORBID, Flags, Floats

ROUNDING = 1e-9
"""Cessions above the subject by less than this share of the gross loss are rounding, not terms."""

PIECE = 2**15
"""Rows that fit a processor's cache, with what is computed of them."""

Rows = NDArray[np.intp] | Flags | slice
"""Some of a table's rows."""


class Part(NamedTuple):
    """An amount (n_rows,) of each of some `rows` of a table, in order."""

    rows: Rows
    amount: Floats

    def at(self, rows: Rows, n_losses: int) -> Floats:
        """The amounts of `rows`, ascending, of which those of the part are some; else 0."""
        if isinstance(self.rows, slice) or self.rows is rows:
            return self.amount
        if isinstance(rows, slice):
            found = np.zeros(n_losses)
            found[self.rows] = self.amount
            return found[rows]
        mine, all_ = (np.nonzero(r)[0] if r.dtype == bool else r for r in (self.rows, rows))
        among = np.zeros(len(all_))
        among[np.searchsorted(all_, mine)] = self.amount
        return among


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts(Mapping[str, Floats]):
    """Parts of `n_losses` rows by name. Each is (n_losses,) float64, laid out when asked for: most
    layers take something of few rows."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parts: Mapping[str, Part]
    n_losses: int

    def __getitem__(self, name: str) -> Floats:
        return self.parts[name].at(slice(None), self.n_losses)

    def __iter__(self) -> Iterator[str]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)


def together(some: Sequence[Rows], n_losses: int) -> Rows:
    """All rows of several choices, in order."""
    if any(isinstance(rows, slice) for rows in some):
        return slice(None)
    flags = np.zeros(n_losses, dtype=bool)
    for rows in some:
        flags[rows] = True
    return np.nonzero(flags)[0]


def _pieces(n_losses: int) -> Iterator[slice]:
    """Rows a piece at a time, so that what is computed between stays small."""
    return (slice(start, start + PIECE) for start in range(0, n_losses, PIECE))


def excess(wanted: Mapping[str, Floats], net: Floats, gross: Floats) -> Flags:
    """(n_rows,) where all that is `wanted` is more than the `net` loss, by more than rounding."""
    over = np.zeros(len(net), dtype=bool)
    for piece in _pieces(len(net)):
        total = sum((cession[piece] for cession in wanted.values()), start=0.0)
        over[piece] = total > net[piece] + ROUNDING * gross[piece]
    return over


def to_grid(wanted: Mapping[str, Floats], net: Floats, gross: Floats) -> None:
    """Round what is `wanted` to multiples of the last binary digit of the gross loss, together
    <= `net`, and take it from there; both in place.

    All such multiples up to the loss are float64 numbers, so no sum or difference of them rounds.
    """
    for piece in _pieces(len(net)):
        digit = np.spacing(gross[piece])
        for cession in wanted.values():
            before = net[piece].copy()
            kept = np.minimum(np.rint(cession[piece] / digit) * digit, before)
            cession[piece], net[piece] = kept, before - kept
            assert ((kept >= 0) & (kept + net[piece] == before)).all()
