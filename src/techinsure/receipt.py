"""What a figure needs to be recomputed years later: versions, seed, digests, CPU features."""

import hashlib
import json
import math
import platform
import sys
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from datetime import date
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.kernels import kernels
from techinsure.quantities import FORBID, Count, Estimate

IF_SET: Mapping[str, bool] = MappingProxyType({"if_set": True})
"""Metadata of a field that came after its record: while it is at its default it is not said, so
that digests and stored quotes of before are what they were."""


def plain(record: object) -> Any:
    """A record as what JSON can hold: dicts, lists, numbers and text.

    An `Estimate` is {value, standard_error, exact}, with error_bound and unit where they apply.
    """
    if isinstance(record, Estimate):
        return _plain_estimate(record)
    if is_dataclass(record) and not isinstance(record, type):
        said = (f for f in fields(record) if not _unset(f, record))
        return {f.name: _member(f.name, getattr(record, f.name)) for f in said}
    if isinstance(record, Mapping):
        return {str(name): plain(value) for name, value in record.items()}
    if isinstance(record, tuple) and hasattr(record, "_asdict"):
        return plain(record._asdict())
    if isinstance(record, list | tuple):
        return [plain(value) for value in record]
    if isinstance(record, np.ndarray):
        return plain(record.tolist())
    if isinstance(record, np.generic):
        return plain(record.item())
    if isinstance(record, date):
        return record.isoformat()
    if isinstance(record, float) and not math.isfinite(record):
        return str(record)  # a limit that is no limit
    return record


def _unset(field: Field[Any], record: object) -> bool:
    """Whether a field is not said: see `IF_SET`."""
    return "if_set" in field.metadata and bool(getattr(record, field.name) == field.default)


def _member(name: str, value: object) -> Any:
    """A field of a record; whole minor units are text, since JSON readers round large numbers."""
    is_minor = name.endswith("_minor") and isinstance(value, int)
    return str(value) if is_minor else plain(value)


def _plain_estimate(estimate: Estimate) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "value": estimate.value,
        "standard_error": estimate.standard_error,
        "exact": estimate.exact,
    }
    if estimate.error_bound is not None:
        whole["error_bound"] = estimate.error_bound
    return whole | ({"unit": estimate.unit} if estimate.unit else {})


def digest(record: object) -> str:
    """SHA-256 of the canonical JSON of `record`, 64 hexadecimal characters.

    Canonical: keys sorted, no white space, floats in their shortest exact form, UTF-8.
    """
    canonical = json.dumps(
        plain(record), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What decides the last bits of a figure; `kernels` compiled the loops, or numpy ran them."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    engine: str
    python: str
    numpy: str
    scipy: str
    pydantic: str
    kernels: str
    cpu: str


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment this process runs in."""
    return Environment(
        engine=version("techinsure"),
        python=".".join(map(str, sys.version_info[:3])),
        numpy=np.__version__,
        scipy=version("scipy"),
        pydantic=version("pydantic"),
        kernels=kernels().name,
        cpu=f"{platform.machine()} {_cpu_features()}".strip(),
    )


def _cpu_features() -> str:
    loops = import_module("numpy._core._multiarray_umath")
    features: dict[str, bool] = getattr(loops, "__cpu_features__", {})
    return " ".join(sorted(name for name, present in features.items() if present))


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How to recompute a result. `digests` holds one SHA-256 a named input."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    seed: Count
    n_years: Count
    environment: Environment
    digests: dict[str, str]
    notes: tuple[str, ...] = ()
