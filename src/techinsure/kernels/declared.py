"""How a loop is declared: compiled once, for one signature, kept on disk, without the lock.

Only names of types and the decorator stand here, no loop: numba's cache notices a change of the
file that a loop stands in, and of no other, so a loop may call none of another file.
"""

import os
from functools import partial

import numba as nb
from numba import types as t

from techinsure.kernels import VARIABLE

kernel = partial(
    nb.njit, nogil=True, cache=os.environ.get(VARIABLE) != "memory", error_model="numpy"
)
"""The decorator of every loop; its argument is the signature."""

u64, i64, i32, i8, f64 = (kind[::1] for kind in (t.uint64, t.int64, t.int32, t.int8, t.float64))
flags = t.boolean[::1]
table, cube = t.float64[:, ::1], t.float64[:, :, ::1]
"""Arrays of one, two and three axes, in C order."""


def read(kind, axes=1):
    """An array that the loop only reads, so that read-only ones fit."""
    return t.Array(kind, axes, "C", readonly=True)
