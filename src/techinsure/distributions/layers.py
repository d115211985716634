"""What a layer of a law costs, E[min(max(X - attachment, 0), limit)], without loss of digits."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from techinsure.distributions.arguments import amounts
from techinsure.quantities import Floats


class Layered(Protocol):
    """A law that a layer can be taken of."""

    def survival(self, x: Floats) -> Floats:
        """P(X > x)."""
        ...

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)]."""
        ...

    def excess_mean(self, x: Floats) -> Floats:
        """E[max(X - x, 0)]."""
        ...


def layer_mean(law: Layered, attachment: ArrayLike, limit: ArrayLike) -> Floats:
    """E[min(max(X - attachment, 0), limit)], shaped as both together, in the unit of X.

    The difference of two limited means, or of two excess means where those are smaller; and never
    outside limit * P(X > attachment + limit) and limit * P(X > attachment), between which the
    integral of the survival function lies, so that a narrow layer keeps its digits as well.
    """
    low, width = np.broadcast_arrays(amounts("attachment", attachment), amounts("limit", limit))
    top = low + width
    below, beyond = law.limited_mean(top), law.excess_mean(low)
    from_below = below - law.limited_mean(low)
    from_above = beyond - law.excess_mean(top)
    cost = np.where(below < beyond, from_below, from_above)
    finite = np.isfinite(width)
    held = np.where(finite, width, 0.0)
    least, most = held * law.survival(top), np.where(finite, held * law.survival(low), np.inf)
    return np.clip(cost, least, most)


def limited(below: Floats, limit: Floats, survival: Floats) -> Floats:
    """E[min(X, limit)] from E[X; X <= limit] and P(X > limit); an infinite limit gives the mean."""
    return below + np.where(np.isinf(limit), 0.0, limit) * survival


def excess(beyond: Floats, x: Floats, survival: Floats) -> Floats:
    """E[max(X - x, 0)] from E[X; X > x] and P(X > x); rounding never takes it below 0."""
    return np.maximum(beyond - np.where(np.isinf(x), 0.0, x) * survival, 0.0)


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def short_integral(integrand: Callable[[Floats], Floats], upto: Floats) -> Floats:
    """The integral of a smooth function over [0, upto], shaped like `upto`: Gauss-Legendre with
    16 nodes, for intervals short enough that differences of closed forms would cancel."""
    upto = np.asarray(upto, np.float64)
    place = upto[..., None] * (1 + _NODES) / 2
    area: Floats = upto / 2 * (integrand(place) @ _WEIGHTS)
    return area
