"""Whose tail it is: the Euler shares of parties, treaties or items in the TVaR of their sum."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses import measures
from techinsure.losses.tails import Level
from techinsure.quantities import FORBID, Estimate, Floats

ROUNDING = 1e-9
"""Parts may miss their total by this share of the largest year: the rounding of long sums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A `total` and its `parts` by name, currency units; the parts sum to it to rounding."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    total: Estimate
    parts: Mapping[str, Estimate]


def euler_tvar(
    parts: Mapping[str, Floats],
    total: Floats,
    level: Level,
    weight: Floats | None = None,
    *,
    stratum: Floats | None = None,
    unit: str = "",
) -> Allocation:
    """The TVaR of `total` (n_years,) and the share of each of `parts` (n_years,), currency units.

    A part's share is its mean over the tail years of the total. Such shares are in the core: no
    group of parts would have less by itself (Denault 2001, Journal of Risk 4(1)), and reward
    growth in the right direction (Tasche 1999). Parts that do not sum to `total` are refused.
    """
    stacked = _stacked(parts, total)
    shares = measures.co_tvar(stacked, total, level, weight, stratum=stratum, unit=unit)
    return Allocation(
        total=measures.tvar(total, level, weight, stratum=stratum, unit=unit),
        parts=dict(zip(parts, shares, strict=True)),
    )


def euler_capital(
    parts: Mapping[str, Floats],
    total: Floats,
    level: Level,
    weight: Floats | None = None,
    *,
    stratum: Floats | None = None,
    unit: str = "",
) -> Allocation:
    """Capital = TVaR - mean of `total`, and each part's Euler share of it, currency units.

    The shares of the amounts less their means. A part that falls when the others rise may have a
    negative share. The standard errors leave out that of the means, which is small beside them.
    """
    means = {name: measures.mean(values, weight).value for name, values in parts.items()}
    centred = {name: values - means[name] for name, values in parts.items()}
    _stacked(parts, total)
    left = total - sum(means.values())
    return euler_tvar(centred, left, level, weight, stratum=stratum, unit=unit)


def _stacked(parts: Mapping[str, Floats], total: Floats) -> Floats:
    """(n_parts, n_years) float64; refused unless the parts sum to the total in every year."""
    faults = [
        Fault(f"parts.{name}", np.shape(values), f"must have shape {np.shape(total)}, a year each")
        for name, values in parts.items()
        if np.shape(values) != np.shape(total)
    ]
    if not parts:
        faults = [Fault("parts", 0, "must hold at least one part")]
    if faults:
        raise InvalidParameter(faults)
    stacked = np.stack([np.asarray(values, dtype=np.float64) for values in parts.values()])
    gap = float(np.abs(stacked.sum(axis=0) - total).max(initial=0.0))
    scale = float(np.abs(stacked).sum(axis=0).max(initial=0.0))
    if not gap <= ROUNDING * scale:
        fix = "add the missing part, such as what is unplaced"
        raise InvalidParameter([Fault("parts", gap, "must sum to the total in every year", fix)])
    return stacked
