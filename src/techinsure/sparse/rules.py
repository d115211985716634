"""Random rates as discrete laws: Gauss rules of single draws, compressed and multiplied out.

A rule of n points has the first 2n - 1 moments of its draw. A sparse risk needs few: the chance of
k claims is, but for the sixth power of a small rate, a polynomial of degree k + 5.
"""

import math
from collections.abc import Sequence
from functools import reduce
from typing import Protocol

import numpy as np
from scipy import linalg

from techinsure.distributions import Beta, Gamma, Law, Lognormal, Mixture, Point
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Undefined
from techinsure.quantities import Floats

MOST_ATOMS = 20_000
"""Of several draws together."""

FINE, FEWEST = 64, 6
"""Points of the rule of one draw alone, and the fewest where it is one of several."""

_SHORT = 10.0 ** -np.arange(15.0, 0.0, -1.0)
_EDGES = np.concatenate([[0.0], _SHORT, [0.5], 1 - _SHORT[::-1], [1.0]])
"""Of the panels on which the quantile function of a law is integrated."""

Rule = tuple[Floats, Floats]
"""Values (n,) >= 0 and their probabilities (n,), which sum to 1."""


class HasQuantile(Protocol):
    """A law that can be drawn from."""

    def quantile(self, uniforms: Floats) -> Floats:
        """Values, shaped like `uniforms`."""
        ...


def rule(law: Law | HasQuantile) -> Rule:
    """The Gauss rule of a `Law`; for any other law, 16 Gauss-Legendre nodes on each of 32 panels
    of its quantile function, ever shorter towards 0 and 1."""
    if isinstance(law, Beta | Gamma | Lognormal | Mixture | Point):
        return nodes(law, FINE)
    place, weight = np.polynomial.legendre.leggauss(16)
    width = np.diff(_EDGES)[:, None]
    uniforms = _EDGES[:-1, None] + width * (1 + place) / 2
    highest = 1 - 2.0**-53
    values = law.quantile(np.minimum(uniforms.ravel(), highest))
    return values, (width * weight / 2).ravel()


def multiplied(*rules: Rule) -> Rule:
    """The law of the product of independent draws."""

    def pair(one: Rule, other: Rule) -> Rule:
        return np.outer(one[0], other[0]).ravel(), np.outer(one[1], other[1]).ravel()

    return reduce(pair, rules, (np.ones(1), np.ones(1)))


def compressed(law: Rule, n: int) -> Rule:
    """At most n points with the first 2n - 1 moments of a law on more.

    Source: Gragg & Harrod 1984, Numerische Mathematik 44 (Lanczos on the values, from the roots
    of the probabilities; vectors are made orthogonal to all before, twice).
    """
    values, chance = law
    held = chance > 0
    values, chance = values[held], chance[held] / chance[held].sum()
    scale = float(np.abs(values).max()) or 1.0
    if len(np.unique(values)) <= n:
        found, which = np.unique(values, return_inverse=True)
        return found, np.bincount(which, weights=chance).astype(np.float64)
    basis, middle, beside = [np.sqrt(chance)], list[float](), list[float]()
    for _ in range(n):
        following = values / scale * basis[-1]
        middle.append(float(following @ basis[-1]))
        for _ in range(2):
            for vector in basis:
                following = following - (following @ vector) * vector
        length = float(np.linalg.norm(following))
        if length < 1e-13:
            break
        beside.append(length)
        basis.append(following / length)
    place, vectors = linalg.eigh_tridiagonal(middle, beside[: len(middle) - 1])
    weight = np.asarray(vectors[0], np.float64) ** 2
    return np.maximum(scale * np.asarray(place, np.float64), 0.0), weight / weight.sum()


def together(rules: Sequence[Rule]) -> tuple[Floats, Floats]:
    """(n_draws, n_atoms) values of independent draws, and (n_atoms,) their probabilities: the
    product of their rules, each with as many points as `MOST_ATOMS` leave. `Undefined` where
    these are fewer than `FEWEST`."""
    fitted: list[Rule] = []
    for n in (FINE, 32, 24, 16, 12, 10, 8, 7, FEWEST):
        fitted = [compressed(one, n) for one in rules]
        if math.prod(len(weight) for _, weight in fitted) <= MOST_ATOMS:
            break
    else:
        raise Undefined(
            f"{len(rules)} draws together need more than {MOST_ATOMS} points: multiply those that"
            " always occur together, or hold some at their means"
        )
    values = np.meshgrid(*(value for value, _ in fitted), indexing="ij")
    _, chance = multiplied(*fitted)
    return np.reshape([v.ravel() for v in values], (len(rules), len(chance))), chance
