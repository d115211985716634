"""Uniform numbers by key and counter: no state, so no order of calls can change a number.

A stream belongs to one thing (a class, an item, a shock) by its external id, never by its
position; the counter is the absolute year, or year and claim. Threads, chunks, and added items
therefore change nothing. Mixing is the finaliser of splitmix64 (Steele, Lea & Flood 2014,
OOPSLA, "Fast splittable pseudorandom number generators", figure 16; Stafford's variant 13).
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from techinsure.kernels import compiled
from techinsure.quantities import Floats

Keys = NDArray[np.uint64]

_ODD = np.uint64(0x9E3779B97F4A7C15)
_SLOT_BITS = 20
SLOTS = 1 << _SLOT_BITS
"""Numbers available to one key in one year."""


@lru_cache(maxsize=1 << 16)
def key(seed: int, purpose: str, name: str = "") -> int:
    """The 64-bit key of the stream of `name` for `purpose`."""
    label = f"{seed}\x1f{purpose}\x1f{name}".encode()
    return int.from_bytes(hashlib.blake2b(label, digest_size=8).digest(), "little")


def keys(seed: int, purpose: str, names: Iterable[str]) -> Keys:
    """(n,) uint64: one key a name."""
    return np.array([key(seed, purpose, name) for name in names], dtype=np.uint64)


def counters(years: NDArray[np.integer], slots: NDArray[np.integer] | int = 0) -> Keys:
    """Counter of the number in `slots` (below `SLOTS`) of each absolute year; arrays broadcast."""
    return (np.asarray(years).astype(np.uint64) << np.uint64(_SLOT_BITS)) + np.asarray(
        slots
    ).astype(np.uint64)


@np.errstate(over="ignore")  # wraps around on purpose; numpy warns for scalars alone
def bits(key: Keys | int, counter: Keys | int) -> Keys:
    """64 mixed bits for each pair of key and counter; arrays broadcast."""
    mixed = np.asarray(counter, dtype=np.uint64) * _ODD + np.asarray(key, dtype=np.uint64)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def uniforms(key: Keys | int, counter: Keys | int) -> Floats:
    """Uniforms strictly inside (0, 1), one for each pair of key and counter; arrays broadcast."""
    return ((bits(key, counter) >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def yearly(key: Keys | int, years: NDArray[np.integer], slot: int = 0) -> Floats:
    """(n,) uniforms in `slot` of the absolute `years` (n,), of one key or one each (n,)."""
    keyed = np.ascontiguousarray(np.asarray(key, np.uint64).reshape(-1))
    return compiled(_yearly)(keyed, np.ascontiguousarray(years, np.int64), slot)


def of_marks(marks: Keys, slot: int) -> Floats:
    """(n,) uniforms in `slot` of each of `marks` (n,), keys of things that are there once."""
    return compiled(_yearly)(np.ascontiguousarray(marks), _NO_YEAR, slot)


_NO_YEAR = np.zeros(1, np.int64)


def _yearly(key: Keys, years: NDArray[np.int64], slot: int) -> Floats:
    """The reference of the compiled loop: one of `key` and `years` may have a single entry."""
    return uniforms(key, counters(years, slot))
