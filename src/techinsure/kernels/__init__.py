"""Compiled loops beside their numpy references: which of the two a process runs, and why.

Numba compiles each kernel once, for one signature, and keeps the machine code in a folder: beside
this package, in `NUMBA_CACHE_DIR`, or in the user's cache, whichever can be written. Where none
can, the numpy references run: they give the same figures to 1e-12, more slowly.

`TECHINSURE_KERNELS` decides otherwise: `reference` runs numpy alone, `memory` compiles in every
process and keeps nothing (some fifteen seconds at its first simulation).
"""

import os
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from types import ModuleType
from typing import Literal, NamedTuple, TypeVar

from techinsure.errors import Fault, InvalidParameter

VARIABLE = "TECHINSURE_KERNELS"
Choice = Literal["auto", "memory", "reference"]
CHOICES: tuple[Choice, ...] = ("auto", "memory", "reference")

LOOPS = ("draws", "rows")
"""The modules of compiled loops."""

Loop = TypeVar("Loop", bound=Callable[..., object])


class Kernels(NamedTuple):
    """`name` for a receipt, the compiled `modules` (none: the references run), and `why`."""

    name: str
    modules: tuple[ModuleType, ...]
    why: str


def choice() -> str:
    """What `TECHINSURE_KERNELS` says, `auto` if nothing; `InvalidParameter` if not one of these."""
    given = os.environ.get(VARIABLE) or "auto"
    if given not in CHOICES:
        raise InvalidParameter([Fault(VARIABLE, given, f"must be one of {', '.join(CHOICES)}")])
    return given


@lru_cache(maxsize=1)
def kernels() -> Kernels:
    """What this process runs; found out when first asked for, since it loads the compiler."""
    given = choice()
    if given == "reference":
        return Kernels("numpy", (), f"{VARIABLE}=reference asks for the numpy references")
    try:
        modules = tuple(import_module(f"techinsure.kernels.{name}") for name in LOOPS)
    except (RuntimeError, OSError) as error:  # numba found no folder that it can write, or room
        fix = f"set NUMBA_CACHE_DIR to a folder that can be written, or {VARIABLE}=memory"
        return Kernels("numpy", (), f"machine code cannot be kept: {error}; {fix}")
    except ImportError as error:
        return Kernels("numpy", (), f"numba cannot be loaded: {error}")
    return Kernels(f"numba {version('numba')}", modules, "compiled")


def compiled(reference: Loop) -> Loop:
    """The compiled twin of `reference`, by its name without underscores; else itself."""
    modules, name = kernels().modules, reference.__name__.strip("_")
    if not modules:
        return reference
    twin: Loop = next(vars(module)[name] for module in modules if name in vars(module))
    return twin
