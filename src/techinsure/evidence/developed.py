"""A developed triangle: its factors, origins and sums, and what must be said of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.evidence.mack import LastSigma
from techinsure.evidence.patterns import Pattern
from techinsure.evidence.triangles import Triangle
from techinsure.quantities import FORBID, Count, Flag, Flags, Floats, Name, Real

FEWEST = 10
"""Claims of an origin below which its own development says little; a note says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """Volume-weighted factors from one age to the next, all (n_ages - 1,).

    factor = sum of C(k+1) / sum of C(k) over the `pairs` that are observed at both ages and do
    not begin at 0. `sigma` (square root of the unit): None where neither two pairs nor the rule
    `last_sigma` give one; `extrapolated` says where the rule did. `standard_error`: of the factor.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    factors: tuple[Real, ...]
    pairs: tuple[Count, ...]
    volumes: tuple[Real, ...]
    sigma: tuple[Real | None, ...]
    standard_error: tuple[Real | None, ...]
    extrapolated: tuple[Flag, ...]
    last_sigma: LastSigma
    pattern: Pattern
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginDevelopment:
    """One origin: what is known, which share of the final that is, the final, and what is to come
    (`ibnr`), in the triangle's unit. `expected`: the final a priori. `weight`: of the origin's own
    claims against that. `standard_error`: of the ultimate; None where there is none."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    origin: Name
    latest: Real
    developed: Real
    ultimate: Real
    ibnr: Real
    standard_error: Real | None = None
    expected: Real | None = None
    weight: Real = 1.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Development:
    """A triangle developed by `method`: its origins, oldest first, and their sums.

    `a_priori` (n_origins,): expected final claims per unit of exposure, given or found (Cape Cod).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    method: Name
    triangle: Triangle
    origins: tuple[OriginDevelopment, ...]
    latest: Real
    ultimate: Real
    ibnr: Real
    standard_error: Real | None
    pattern: Pattern
    factors: Factors | None = None
    a_priori: tuple[Real, ...] | None = None
    notes: tuple[str, ...] = ()


def about_factors(
    triangle: Triangle, used: Flags, sigma: Floats, last_sigma: str, tail: float
) -> Iterator[str]:
    """What the factors rest on, and what they do not see."""
    cells = triangle.array
    for k in range(used.shape[1]):
        step = f"{triangle.ages[k]:g} to {triangle.ages[k + 1]:g}"
        if used[:, k].sum() == 1:
            yield f"the factor from age {step} rests on a single pair"
        from_zero = ~np.isnan(cells[:, k + 1]) & (cells[:, k] == 0)
        came = int((from_zero & (cells[:, k + 1] > 0)).sum())
        if from_zero.any():
            yield (
                f"from age {step} {int(from_zero.sum())} of the origins begin at 0 and are left "
                f"out of the factor; {came} of these had claims later, which it does not see"
            )
    yield f"where no two pairs give a sigma: rule {last_sigma}"
    if np.isnan(sigma).any():
        lacking = ", ".join(f"{triangle.ages[k]:g}" for k in np.flatnonzero(np.isnan(sigma)))
        yield f"no sigma from age {lacking}: too few pairs for the rule"
    if tail != 1:
        yield f"the tail factor {tail:g} is taken as known: standard errors leave its error out"


def about_errors(triangle: Triangle, total: float | None) -> Iterator[str]:
    """What the standard error of the sum leaves out."""
    silent = [
        origin for origin, latest in zip(triangle.origins, triangle.latest, strict=True)
        if latest == 0
    ]  # fmt: skip
    if total is None:
        yield "no standard error of the sum: a sigma is missing"
    elif silent:
        yield f"nothing is known of {', '.join(silent)}: no part in the standard error of the sum"


def about_origin(triangle: Triangle, at: int, alone: bool) -> Iterator[str]:
    """Of the origin in position `at`, developed from its own claims `alone`."""
    numbers = _numbers(triangle)
    if numbers is not None and numbers[at] < FEWEST:
        yield f"{numbers[at]:g} claims, fewer than {FEWEST}"
    if alone and triangle.latest[at] == 0:
        yield "nothing is known yet, and a chain ladder makes nothing of it whatever the exposure"


def about_fall(developed: float, ibnr: float) -> Iterator[str]:
    """Of an origin of which more than the final is known."""
    if developed > 1 and ibnr < 0:
        yield (
            f"{developed:.1%} of the final is known: claims fall after this age by the pattern, so "
            f"what is to come is negative ({ibnr:,.4g}); recoveries or released reserves must "
            "explain it"
        )


def about_numbers(triangle: Triangle) -> Iterator[str]:
    """Whether there are claims enough."""
    numbers = _numbers(triangle)
    if numbers is None:
        yield "how many claims there are is not given: whether they are few is not judged"
    elif sum(numbers) < FEWEST:
        yield f"{sum(numbers):g} claims in the whole triangle, fewer than {FEWEST}"


def _numbers(triangle: Triangle) -> Sequence[float] | None:
    if triangle.unit == "claims":
        return [float(value) for value in triangle.latest]
    return triangle.claims
