"""Gauss rules for expectations over a law: exact for polynomials of degree below 2n.

The nodes are the eigenvalues of the law's tridiagonal recurrence matrix, the weights the squared
first components of its eigenvectors, so they sum to 1 and no normalising constant can overflow.
Source: Golub & Welsch (1969), Mathematics of Computation 23, 221-230; the recurrences of Jacobi,
Laguerre and Hermite polynomials are in Gautschi (2004), Orthogonal Polynomials, table 1.1.
"""

from functools import lru_cache

import numpy as np
from scipy import linalg

from techinsure.distributions import Beta, Gamma, Law, Lognormal, Mixture
from techinsure.quantities import Floats


@lru_cache(maxsize=512)
def nodes(law: Law, n: int = 32) -> tuple[Floats, Floats]:
    """(values, weights), both (n,) or (1,) for a point: E[f(X)] is near sum of weights * f(values).

    A lognormal's rule is that of the normal law of its logarithm; a mixture's has n nodes a part.
    """
    if isinstance(law, Mixture):
        rules = [nodes(part, n) for part in law.parts]
        value = np.concatenate([rule[0] for rule in rules])
        weight = np.concatenate([w * rule[1] for w, rule in zip(law.weights, rules, strict=True)])
    elif isinstance(law, Beta):
        z, weight = _rule(*_jacobi(*law.shapes, n))
        value = np.clip((1 + z) / 2, 0.0, 1.0)
    elif isinstance(law, Gamma):
        j = np.arange(float(n))
        z, weight = _rule(2 * j + law.shape, np.sqrt(j * (j + law.shape - 1)))
        value = law.scale * z
    elif isinstance(law, Lognormal):
        z, weight = _rule(np.zeros(n), np.sqrt(np.arange(float(n))))
        value = np.exp(law.mu + law.sigma * z)
    else:
        value, weight = np.array([law.mean]), np.ones(1)
    value.flags.writeable = weight.flags.writeable = False
    return value, weight


def _jacobi(a: float, b: float, n: int) -> tuple[Floats, Floats]:
    """The recurrence of the weight (1 - z)**(b - 1) * (1 + z)**(a - 1) on [-1, 1]."""
    low, high, j = b - 1, a - 1, np.arange(1, n)
    s = 2 * j + low + high
    middle = np.concatenate(
        [[(high - low) / (low + high + 2)], (high - low) * (high + low) / (s * (s + 2))]
    )
    square = 4 * j * (j + low) * (j + high) * (j + low + high) / (s**2 * (s + 1) * (s - 1 + 1e-300))
    square[:1] = 4 * a * b / ((a + b) ** 2 * (a + b + 1))  # no 0 / 0 at a + b = 1
    return middle, np.concatenate([[0.0], np.sqrt(square)])


def _rule(middle: Floats, beside: Floats) -> tuple[Floats, Floats]:
    """Nodes and weights from the diagonal (n,) and what stands left of it (n,), first unused."""
    z, vectors = linalg.eigh_tridiagonal(middle, beside[1:])
    return np.asarray(z, np.float64), np.asarray(vectors[0], np.float64) ** 2
