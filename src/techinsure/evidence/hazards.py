"""Hazards of phases by cause, from projects that failed, passed or are still under way.

A project contributes its time at risk in a phase and, if it failed there, one failure of one
cause. Time in a phase may be reported in pieces: only its sum counts. A project that is open, was
withdrawn or passed adds time alone. Source: Aalen, Borgan & Gjessing 2008, Survival and Event
History Analysis, section 5.1 (occurrence / exposure rates under censoring).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import NotFound
from techinsure.evidence.conjugate import RatePosterior, update_rate
from techinsure.evidence.parameter_laws import RateLaw
from techinsure.quantities import (
    FORBID,
    Name,
    Real,
    is_label,
    nearest,
    not_negative,
    refuse_unless,
    text,
)

Cell = tuple[str, str]
"""(phase, cause)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """`years` at risk in a phase, ended by a failure of `cause`, or by none (an empty text):
    passed, withdrawn, or still open at the date of the data."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    phase: Name
    years: Real
    cause: str = ""

    def __post_init__(self) -> None:
        refuse_unless(self, phase=text(), years=not_negative, cause=is_label)


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardStatistics:
    """What suffices for hazards: years at risk by phase, failures by (phase, cause)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    years: dict[str, Real]
    failures: dict[Cell, int]


def hazard_statistics(stays: Iterable[Stay]) -> HazardStatistics:
    """Stays, in any order and cut into any pieces, as sums."""
    years, failures = dict[str, list[float]](), dict[Cell, int]()
    for stay in stays:
        years.setdefault(stay.phase, []).append(stay.years)
        if stay.cause:
            cell = (stay.phase, stay.cause)
            failures[cell] = failures.get(cell, 0) + 1
    return HazardStatistics(
        years={phase: math.fsum(pieces) for phase, pieces in years.items()}, failures=failures
    )


def update_hazards(
    prior: Mapping[Cell, RateLaw], statistics: HazardStatistics
) -> dict[Cell, RatePosterior]:
    """The hazard of each (phase, cause) of `prior`, failures per year at risk in that phase.

    All causes of a phase share its time. `NotFound` for a failure or a phase that the prior has
    no hazard for: data are never dropped.
    """
    phases = list(dict.fromkeys(phase for phase, _ in prior))
    for phase in statistics.years:
        if phase not in phases:
            raise NotFound("phase", phase, phases, nearest(phase, phases))
    for phase, cause in statistics.failures:
        known = [name for at, name in prior if at == phase]
        if cause not in known:
            raise NotFound(f"cause in phase {phase!r}", cause, known, nearest(cause, known))
    return {
        (phase, cause): update_rate(
            law,
            statistics.failures.get((phase, cause), 0),
            statistics.years.get(phase, 0.0),
        )
        for (phase, cause), law in prior.items()
    }
