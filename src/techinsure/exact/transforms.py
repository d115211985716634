"""From the generating functions of payments to the law of their sum.

A model writes E[z**S] once, as a function of the generating functions of its payments at some
points z: at the roots of unity it gives the law (a fast Fourier transform inverts it), at real
z > 1 how far the sum reaches, at 0 the probability that nothing is paid.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, linalg

from techinsure.distributions import Gamma, Law, Mixture
from techinsure.errors import Refused
from techinsure.exact.annual import Grid, Sum, Sums
from techinsure.quantities import Floats

Values = NDArray[Any]
"""Generating functions at the points of a `Sight`: (..., n_points), complex or real."""

MOST_CELLS = 2**17
"""Of a law: a second of computing and some hundred MB, with a dozen nodes of common factors."""

LOG_LEFT_OUT = -25.0
"""ln of the probability that may lie beyond the last cell: 1e-11, and less since it is a bound."""
LOG_LONG_TAIL, LONG = -11.5, 8_192
"""The same, 1e-5, where the sum has a tail of more than so many cells."""
LOG_DAMPED = 18.4
"""What wraps around a damped transform is 1e-8 of itself; rounding grows 1e4-fold."""
TILTS = 48


class Sight:
    """Points z at which generating functions are looked at: exp(-damp) times the roots of unity of
    order `size` and then z = 0, or, where `size` is 0, the real `tilt` (n,) in logarithms. `wide`:
    as if all payments stood on a grid of twice the step. What was looked at once is kept."""

    def __init__(self, size: int, tilt: Floats, wide: bool = False, damp: float = 0.0) -> None:
        self.size, self.tilt, self.wide, self.damp = size, tilt, wide, damp
        self.known: dict[int, tuple[Floats, Values]] = {}
        self.powers = np.ones((1, len(tilt)))

    def of(self, chance: Floats, none: float) -> Values:
        """(n_points,) of the law `chance` (n_cells,) whose exact probability of 0 is `none`."""
        if id(chance) not in self.known:
            self.known[id(chance)] = (chance, self._of(chance, none))
        return self.known[id(chance)][1]

    def _of(self, chance: Floats, none: float) -> Values:
        if not self.size:
            if len(chance) > len(self.powers):
                self.powers = np.exp(np.outer(np.arange(len(chance)), self.tilt))
            return np.asarray(chance @ self.powers[: len(chance)])
        cells = widened(chance) if self.wide else chance
        if self.damp:
            cells = cells * np.exp(-self.damp * np.arange(len(cells)))
        return np.append(fft.rfft(cells, self.size), none)


def widened(chance: Floats) -> Floats:
    """(n // 2 + 1,) the same amounts on a grid of twice the step, each of the odd ones shared
    among the two beside it."""
    even, odd = chance[::2], chance[1::2] / 2
    wide = np.zeros(len(chance) // 2 + 1)
    wide[: len(even)] = even
    wide[: len(odd)] += odd
    wide[1 : len(odd) + 1] += odd
    return wide


def sum_of(grid: Grid, longest: int, transform: Callable[[Sight], Values]) -> Sums:
    """The law of a sum whose generating function is `transform(sight)`, on the grid and at twice
    its step; nothing that it looks at has more than `longest` cells. A sum that needs more than
    `MOST_CELLS` is `Refused`.

    P(S >= n) <= E[exp(t S)] exp(-t n) for every t > 0 (Chernoff 1952, Annals of Mathematical
    Statistics 23(4)); the best of some t says how many cells hold the sum. Where only a part of
    them is wanted (below a limit, or of a long tail), a damped transform of twice that part keeps
    the rest from wrapping around: Gruebel & Hermesmeier (1999), ASTIN Bulletin 29(2).
    """
    tilt = np.geomspace(1e-5, 30.0, TILTS) / longest
    with np.errstate(all="ignore"):
        grown = np.log(np.real(transform(Sight(size=0, tilt=tilt))))
        held = np.isfinite(grown) & (grown > -1e-9)
        whole, most = (
            float(np.min((grown - left_out)[held] / tilt[held], initial=np.inf))
            for left_out in (LOG_LEFT_OUT, LOG_LONG_TAIL)
        )
    wanted = grid.most / grid.step + 1
    if not np.isfinite(wanted):
        wanted = np.inf if whole <= LONG else most
    if not min(whole, wanted) < MOST_CELLS:
        raise Refused(
            f"the law of annual payments needs more than {MOST_CELLS} cells of {grid.step:g}: "
            "too many payments a year; simulate"
        )
    part = wanted if 2 * wanted < whole else np.inf
    cells = int(np.ceil(min(part, whole)))
    fine = _inverted(transform, max(cells, longest) + 1, np.isfinite(part), wide=False)
    half = max(cells, longest) // 2 + 2
    return fine, _inverted(transform, half, np.isfinite(part), wide=True)


def _inverted(transform: Callable[[Sight], Values], cells: int, damped: bool, wide: bool) -> Sum:
    size = fft.next_fast_len(2 * cells if damped else cells, real=True)
    damp = LOG_DAMPED / size if damped else 0.0
    found = transform(Sight(size=size, tilt=np.zeros(0), wide=wide, damp=damp))
    chance = fft.irfft(found[:-1], size)
    noise = np.full(len(chance), 1e-17)
    if damped:
        back = np.exp(damp * np.arange(cells))
        chance, noise = chance[:cells] * back, 1e-16 * back
    chance[np.abs(chance) < noise] = 0.0
    return Sum(chance, float(np.real(found[-1])))


def laplace(law: Law, at: Values) -> Values:
    """E[exp(-rate * at)] of a gamma, mixed or known rate, shaped like `at`; NaN where a real `at`
    < 0 is beyond what a gamma law has."""
    return tilted_moments(law, at, 0)[0]


def tilted_moments(law: Law, at: Values, order: int) -> list[Values]:
    """E[rate**k * exp(-rate * at)], each shaped like `at`, k = 0, ..., order.

    Of a gamma law scale**k * shape * ... * (shape + k - 1) * (1 + scale * at)**-(shape + k).
    """
    if isinstance(law, Mixture):
        parts = [tilted_moments(part, at, order) for part in law.parts]
        return [
            np.asarray(sum(w * x for w, x in zip(law.weights, same, strict=True)))
            for same in zip(*parts, strict=True)
        ]
    if not isinstance(law, Gamma):
        once = np.exp(-law.mean * at)
        return [np.asarray(law.mean**k * once) for k in range(order + 1)]
    base = 1 + law.scale * at
    if np.isrealobj(base):
        base = np.where(base > 0, base, np.nan)
    moments = [np.asarray(np.exp(-law.shape * np.log(base)))]
    for k in range(order):
        moments.append(moments[-1] * (law.scale * (law.shape + k)) / base)
    return moments


def laplace_around(law: Law, at: Values, central: Sequence[Values]) -> Values:
    """E[exp(-rate * (at + D))] for a D of mean 0 that is independent of the rate and small beside
    1 / rate, from its moments of order 2, 3, ... in `central`: Taylor's series in D."""
    moments = tilted_moments(law, at, len(central) + 1)
    found = moments[0]
    for k, moment in enumerate(central, start=2):
        found = found + (-1) ** k / math.factorial(k) * moments[k] * moment
    return found


def cumulants(moments: Sequence[Values]) -> list[Values]:
    """Cumulants 1, 2, ... from as many moments about 0: kappa_n = m_n - sum over k < n of
    C(n - 1, k - 1) kappa_k m_(n - k). Source: Stuart & Ord, Kendall's Advanced Theory of
    Statistics 1, section 3.14."""
    found: list[Values] = []
    for n, moment in enumerate(moments, start=1):
        less = sum(math.comb(n - 1, k - 1) * found[k - 1] * moments[n - k - 1] for k in range(1, n))
        found.append(moment - less)
    return found


def central_moments(kappa: Sequence[Values]) -> list[Values]:
    """Central moments of order 2, 3, ... from cumulants 1, 2, ...: the same, with mean 0."""
    found: list[Values] = [np.zeros(1)]
    for n in range(2, len(kappa) + 1):
        rest = sum(math.comb(n - 1, k - 1) * kappa[k - 1] * found[n - k - 1] for k in range(2, n))
        found.append(kappa[n - 1] + rest)
    return found[1:]


def fewer(values: Floats, weights: Floats, n: int) -> tuple[Floats, Floats]:
    """A Gauss rule of at most `n` nodes for the discrete law of `values` and `weights` (m,):
    exact for polynomials of degree 2 n - 1.

    Source: the Lanczos process on a discrete measure, Gautschi (2004), Orthogonal Polynomials,
    section 2.2.3; nodes and weights by Golub & Welsch (1969), Mathematics of Computation 23.
    """
    keep = weights > 0
    values, weights = values[keep], weights[keep]
    scale = float(np.abs(values).max()) or 1.0
    basis, middle, beside = [np.sqrt(weights / weights.sum())], list[float](), list[float]()
    for _ in range(min(n, len(values))):
        v = values / scale * basis[-1]
        middle.append(float(v @ basis[-1]))
        for _ in range(2):  # the second time takes away what rounding has left
            for one in basis:
                v = v - (v @ one) * one
        beside.append(float(np.linalg.norm(v)))
        if beside[-1] < 1e-13:
            break
        basis.append(v / beside[-1])
    z, vectors = linalg.eigh_tridiagonal(np.array(middle), np.array(beside[: len(middle) - 1]))
    return scale * np.asarray(z, np.float64), np.asarray(vectors[0], np.float64) ** 2
