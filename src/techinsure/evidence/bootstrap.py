"""The over-dispersed Poisson bootstrap of a chain ladder: a law of what is to come, with the errors
of estimation and of the process.

Increments have mean m and variance phi m. Pearson residuals of the fitted triangle are resampled
into pseudo-triangles, each is developed, and each future increment is drawn from a gamma law of its
own mean and phi. The fit is that of the Poisson model, with every observed pair in a factor, also
one that begins at 0. Source: England & Verrall 1999, Insurance: Mathematics and Economics 25; 2002,
British Actuarial Journal 8(3), section 7 and appendix 3.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.evidence.parameter_laws import log_gamma_quantile
from techinsure.evidence.triangles import Triangle
from techinsure.quantities import (
    FORBID,
    Count,
    Estimate,
    Flags,
    Floats,
    Name,
    Real,
    count,
    is_level,
    positive,
    require,
)
from techinsure.seeding import counters, key, uniforms

MOST_SAMPLES = 100_000
MOST_LEFT_OUT = 0.01
"""The share of pseudo-triangles without a chain ladder above which the answer is refused."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bootstrap:
    """`ibnr` (n_origins, n_samples) drawn amounts to come, in `unit`, process error included.

    `dispersion`: phi, in `unit`. `left_out`: pseudo-triangles without a chain ladder.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    origins: tuple[Name, ...]
    ibnr: Floats
    dispersion: Real
    seed: Count
    left_out: Count
    unit: str = ""
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> Floats:
        """(n_samples,) drawn IBNR of all origins together, in `unit`."""
        total: Floats = self.ibnr.sum(axis=0)
        return total

    @property
    def mean(self) -> Estimate:
        """Of the total, with the error of the number of samples."""
        total = self.total
        error = float(total.std(ddof=1)) / math.sqrt(total.size)
        return Estimate(value=float(total.mean()), standard_error=error, unit=self.unit)

    @property
    def sd(self) -> Estimate:
        """Of the total: the prediction error; its own error by its fourth moment."""
        total = self.total
        sd = float(total.std(ddof=1))
        fourth = float(np.mean((total - total.mean()) ** 4))
        error = math.sqrt(max(fourth - sd**4, 0.0) / total.size) / (2 * sd) if sd else 0.0
        return Estimate(value=sd, standard_error=error, unit=self.unit)

    def quantile(self, level: float) -> float:
        """Of the total, in `unit`: the smallest drawn value that a share `level` does not pass."""
        require("level", level, is_level)
        return float(np.quantile(self.total, level, method="inverted_cdf"))


def bootstrap(
    triangle: Triangle, n_samples: int = 10_000, *, seed: int, tail: float = 1.0, name: str = ""
) -> Bootstrap:
    """Draws of IBNR; the same (seed, name, n_samples) gives the same draws, and more samples keep
    the first ones. `Undefined` where there are no degrees of freedom, or too few claims."""
    require("n_samples", n_samples, count(2, MOST_SAMPLES))
    require("tail", tail, positive)
    if _has_gaps(triangle):
        fix = "give every cell of its origins, or leave the origins out"
        raise InvalidParameter([Fault("cumulative", None, "must be observed from age 1", fix)])
    seen = ~np.isnan(triangle.array)
    fitted, residuals, dispersion = _fit(triangle, seen)
    n_cells = seen.size
    u = uniforms(
        key(seed, "bootstrap", name),
        counters(np.arange(n_samples)[:, None], np.arange(2 * n_cells + len(seen))[None, :]),
    )
    picked = residuals[(u[:, :n_cells] * residuals.size).astype(int)].reshape(-1, *seen.shape)
    pseudo = np.where(seen, fitted + picked * np.sqrt(fitted), 0.0)
    growth, usable = _factors(np.cumsum(pseudo, axis=2), seen)
    left_out = int(n_samples - usable.sum())
    if left_out > MOST_LEFT_OUT * n_samples:
        raise Undefined(
            f"{left_out} of {n_samples} pseudo-triangles have no chain ladder: there are too few "
            "claims to bootstrap; use Cape Cod or Bornhuetter-Ferguson"
        )
    means = _future(np.cumsum(pseudo, axis=2), seen, growth, tail)[usable]
    drawn = _drawn(means, u[usable, n_cells:].reshape(means.shape), dispersion)
    return Bootstrap(
        origins=triangle.origins, ibnr=drawn.sum(axis=2).T, dispersion=dispersion,
        seed=seed, left_out=left_out, unit=triangle.unit,
        notes=tuple(_notes(triangle, left_out, tail)),
    )  # fmt: skip


def _has_gaps(triangle: Triangle) -> bool:
    return any(
        value is None
        for row, last in zip(triangle.cumulative, triangle.latest_ages, strict=True)
        for value in row[:last]
    )


def _fit(triangle: Triangle, seen: Flags) -> tuple[Floats, Floats, float]:
    """Fitted increments (n_origins, n_ages), residuals (n_cells,) adjusted for their degrees of
    freedom, and the dispersion phi = sum of squared Pearson residuals / (cells - parameters).

    The chain ladder fits its own past: backwards from the latest value (England & Verrall 1999).
    """
    cells = np.where(seen, triangle.array, 0.0)
    growth, usable = _factors(cells[None], seen)
    if not usable.all():
        raise Undefined("no chain ladder to bootstrap: at some age all claims are 0; "
                        "use Bornhuetter-Ferguson with a pattern from elsewhere")  # fmt: skip
    to_end = np.append(np.cumprod(growth[0, ::-1])[::-1], 1.0)
    ultimate = triangle.latest * to_end[list(triangle.latest_ages)]
    fitted = np.where(seen, np.diff(ultimate[:, None] / to_end, axis=1, prepend=0.0), 0.0)
    if (fitted < 0).any():
        age = triangle.ages[int(np.argwhere(fitted < 0)[0, 1])]
        raise Undefined(
            f"claims fall at age {age:g} on the whole: a Poisson variance needs a mean that is not "
            "negative; bootstrap paid claims, or use chain_ladder"
        )
    lives = fitted > 0
    parameters = int(lives.any(axis=1).sum()) + int(lives.any(axis=0).sum()) - 1
    free = int(lives.sum()) - parameters
    if free <= 0:
        raise Undefined(
            f"{int(lives.sum())} cells for {parameters} parameters: no residual is left"
        )
    pearson = (triangle.increments[lives] - fitted[lives]) / np.sqrt(fitted[lives])
    dispersion = float((pearson**2).sum() / free)
    return fitted, pearson * math.sqrt(lives.sum() / free), dispersion


def _factors(cumulative: Floats, seen: Flags) -> tuple[Floats, Flags]:
    """(n_samples, n_ages - 1) volume-weighted factors, and which samples have all of them > 0."""
    pairs = seen[:, 1:]
    start = np.where(pairs, cumulative[:, :, :-1], 0.0).sum(axis=1)
    end = np.where(pairs, cumulative[:, :, 1:], 0.0).sum(axis=1)
    usable = ((start > 0) & (end > 0)).all(axis=1)
    return end / np.where(start > 0, start, 1.0), usable


def _future(cumulative: Floats, seen: Flags, growth: Floats, tail: float) -> Floats:
    """(n_samples, n_origins, n_ages + 1) means of increments ahead, the tail last; 0 elsewhere."""
    n_ages = seen.shape[1]
    last = seen.sum(axis=1) - 1
    level = np.take_along_axis(cumulative, last[None, :, None], axis=2)[:, :, 0]
    means = np.zeros((*cumulative.shape[:2], n_ages + 1))
    for k in range(1, n_ages):
        ahead = ~seen[:, k]
        then = np.where(ahead, level * growth[:, k - 1, None], level)
        means[:, :, k] = then - level
        level = then
    means[:, :, n_ages] = level * (tail - 1)
    return means


def _drawn(means: Floats, u: Floats, dispersion: float) -> Floats:
    """Gamma draws of mean |m| and variance phi |m| with the sign of m, shaped like `means`."""
    drawn = means.copy()
    moved = means != 0
    if dispersion > 0:
        size = np.abs(means[moved])
        logs = log_gamma_quantile(size / dispersion, u[moved])
        drawn[moved] = np.sign(means[moved]) * dispersion * np.exp(logs)
    return drawn


def _notes(triangle: Triangle, left_out: int, tail: float) -> Iterator[str]:
    cells = triangle.array
    late = int(((cells[:, :-1] == 0) & (cells[:, 1:] > 0)).sum())
    if late:
        yield (
            f"{late} pairs begin at 0 and had claims later: they are in the factors here, as in a "
            "Poisson model, and not in those of chain_ladder"
        )
    if left_out:
        yield f"{left_out} pseudo-triangles had no chain ladder and are left out"
    if tail != 1:
        yield f"the tail factor {tail:g} is taken as known: the draws leave its error out"
