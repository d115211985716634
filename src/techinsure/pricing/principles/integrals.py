"""Integrals that premiums are made of: of positive functions by their logarithm, and in panels."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from techinsure.distributions import Beta, Mbbefd, Mixture, Point, Severity
from techinsure.errors import Refused
from techinsure.quantities import Floats

_SCAN = 2049
_ZOOMS = 5
_NEGLIGIBLE = -46.0
"""ln of what may be left out, relative to the peak: 1e-20."""

_FEWEST, _MOST = 2**8, 2**20
_AGREEMENT = 1e-13

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


def log_integral(log_integrand: Callable[[Floats], Floats], low: float, high: float) -> float:
    """ln of the integral over [low, high] of exp(log_integrand), a function of one smooth hill that
    has vanished at both ends; -inf where it is zero.

    The hill is found by zooming in; the trapezoidal rule, whose error falls exponentially there,
    is halved until two answers agree to 1e-13. `Refused` where they do not within a million nodes,
    and where the hill does not end.
    Source: Trefethen & Weideman (2014), SIAM Review 56(3), theorem 5.1.
    """
    for zoom in range(_ZOOMS):
        y = np.linspace(low, high, _SCAN)
        logs = log_integrand(y)
        peak = float(logs.max())
        if peak == -math.inf:
            return -math.inf
        ends = -math.inf if zoom else max(float(logs[0]), float(logs[-1]))
        if not ends < peak + _NEGLIGIBLE < math.inf:
            raise Refused(
                "its integral leaves float64, or the places where it is looked for; take a smaller"
                " parameter"
            )
        seen = np.flatnonzero(logs >= peak + _NEGLIGIBLE)
        low, high = float(y[max(seen[0] - 1, 0)]), float(y[min(seen[-1] + 1, _SCAN - 1)])
    before, n = math.nan, _FEWEST
    while n <= _MOST:
        logs = log_integrand(np.linspace(low, high, n + 1))
        peak = float(logs.max())
        answer = peak + math.log(float(np.exp(logs - peak).sum()) * (high - low) / n)
        if abs(answer - before) <= _AGREEMENT * max(1.0, abs(answer)):
            return answer
        before, n = answer, 2 * n
    raise Refused(
        f"its integral did not settle within {_MOST} nodes, as the law or the parameter is too"
        " extreme; take a lattice or a sample of it"
    )


def panel_nodes(edges: Floats) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights, both (n_panels, 24), of the panels between `edges`
    (n_panels + 1,) >= 0, ascending; a panel that more than doubles its start is taken in ln x."""
    low, high = edges[:-1, None], edges[1:, None]
    part = (1 + _NODES) / 2
    wide = (low > 0) & (high > 2 * low)
    ratio = np.log(np.where(wide, high / np.where(wide, low, 1.0), 1.0))
    x = np.where(wide, low * np.exp(ratio * part), low + (high - low) * part)
    weights = np.where(wide, ratio * x, high - low) * _WEIGHTS / 2
    return x, weights


def joined(edges: list[Floats], low: float, high: float) -> Floats:
    """The edges within [low, high] with both ends, each once, ascending."""
    together = np.concatenate([*edges, [low, high]])
    inside = together[np.isfinite(together) & (together >= low) & (together <= high)]
    unique: NDArray[np.float64] = np.unique(inside)
    return unique


_SCORES = np.arange(-8.0, 8.25, 0.25)


def edges_of(law: Severity) -> Floats:
    """Amounts, ascending, between which P(X > x) is smooth: quantiles at normal scores up to 8,
    even steps between, all atoms, and the end of the support where there is one."""
    match law:
        case Mixture():
            return np.sort(np.concatenate([edges_of(part) for part in law.parts]))
        case Point():
            return np.array([law.mean])
    quantiles = np.asarray(law.quantile(np.asarray(special.ndtr(_SCORES))), np.float64)
    end = 1.0 if isinstance(law, Beta | Mbbefd) else float(quantiles[-1])
    return np.sort(np.concatenate([quantiles, np.linspace(0.0, end, 33)]))
