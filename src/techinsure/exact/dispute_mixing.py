"""What a year draws for suits: their rate, the factors of fields, errors, and the judgments.

Suits that are paid are Poisson given all of these, so their transform is that of a random load.
What moves the load little enters by its moments, one large error by nodes; where several are
large, nodes of the rate make the units independent.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from techinsure.distributions import Gamma, Law
from techinsure.distributions.quadrature import nodes
from techinsure.exact.transforms import (
    Values,
    central_moments,
    cumulants,
    fewer,
    laplace,
    laplace_around,
    tilted_moments,
)
from techinsure.quantities import Floats

NODES = {"rate": 16, "factor": 6, "both": 14}
"""Length of each Gauss rule: of the rate, of a campaign factor, of a factor times an error."""

SMALL, NARROW = 0.06, 0.6
"""By how many suits a year errors may move their expected number, and their largest coefficient of
variation, where they enter by moments."""
ORDER = 6
"""Of these moments."""


class Load(NamedTuple):
    """Paid suits of a unit per unit of the rate, as 1 - E[z**paid] times their number: `mean`
    (n_points,) and `nodes` (n_nodes, n_points) at those of its errors with their `weight`; `moved`
    (n_draws, n_each, n_points) at nodes of each draw of judgments, less their mean. `suits`: how
    many there are, `cv`: of these by the errors."""

    group: str
    mean: Values
    weight: Floats
    nodes: Values
    moved: Values
    suits: float
    cv: float


def mixed(law: Law, variance: float, loads: Sequence[Load], share: Floats) -> Values:
    """(n_points,) E[z**S] over all draws: rate of `law`, factors of `variance`, errors, judgments
    with weights `share` (n_each,)."""
    groups = {name: [one for one in loads if one.group == name] for name in
              dict.fromkeys(one.group for one in loads)}  # fmt: skip
    wide = [one for one in loads if one.cv > NARROW]
    size = [sum(one.suits for one in own) for own in groups.values()]
    by_factor = math.hypot(*(variance**0.5 * n for n in size))
    by_error = math.hypot(*(one.suits * one.cv for one in loads))
    if not wide and law.mean * math.hypot(by_factor, by_error) <= SMALL:
        return _around(law, variance, list(groups.values()), share)
    largest = max(loads, key=lambda one: one.suits * one.cv)
    rest = [one for one in loads if one is not largest]
    others = law.mean * math.hypot(*(one.suits * one.cv for one in rest))
    if len(groups) == 1 and others <= SMALL and all(one.cv <= NARROW for one in rest):
        return _one_large(law, variance, largest, rest, share)
    return _at_rates(law, variance, list(groups.values()), loads, share)


def _around(law: Law, variance: float, groups: list[list[Load]], share: Floats) -> Values:
    """By moments of everything but the rate."""
    kappa: list[Values] = [np.zeros(1)] * ORDER
    factor = Gamma(mean=1.0, cv=variance**0.5) if variance > 0 else None
    for own in groups:
        total = _summed(_errors_of(own))
        if factor is not None:
            value, weight = nodes(factor, NODES["factor"])
            moments = _moments(total)
            total = cumulants([(weight @ value**k) * m for k, m in enumerate(moments, start=1)])
        kappa = [a + b for a, b in zip(kappa, total, strict=True)]
    together = _sum(one.moved for own in groups for one in own)
    kappa = _with_judgments(kappa, together, share)
    return laplace_around(law, kappa[0], central_moments(kappa))


def _one_large(
    law: Law, variance: float, large: Load, rest: Sequence[Load], share: Floats
) -> Values:
    """Nodes of the one factor and of one unit's errors, moments of the others."""
    factor, of_factor = np.ones(1), np.ones(1)
    if variance > 0:
        factor, of_factor = nodes(Gamma(mean=1.0, cv=variance**0.5), NODES["factor"])
    scale = _scales(large)
    if not rest and len(scale) > 1 and _is_proportional(large, scale):
        value, weight = fewer(np.multiply.outer(factor, scale).ravel(),
                              np.multiply.outer(of_factor, large.weight).ravel(),
                              NODES["both"])  # fmt: skip
        cases = [(w, v * large.mean, v, v) for v, w in zip(value, weight, strict=True)]
    else:
        cases = [
            (p * w, f * at, f, f * s)
            for f, p in zip(factor, of_factor, strict=True)
            for w, at, s in zip(large.weight, large.nodes, scale, strict=True)
        ]
    others = _summed(_errors_of(rest))
    moved = _sum(one.moved for one in rest)
    found: Values = np.zeros(1)
    for weight, at, by, own in cases:
        kappa = [by**k * x for k, x in enumerate(others, start=1)]
        kappa[0] = kappa[0] + at
        kappa = _with_judgments(kappa, by * moved + own * large.moved, share)
        found = found + weight * laplace_around(law, kappa[0], central_moments(kappa))
    return found


def _at_rates(
    law: Law, variance: float, groups: list[list[Load]], loads: Sequence[Load], share: Floats
) -> Values:
    """At nodes of the rate the groups are independent; judgments to second order."""
    found: Values = np.zeros(1)
    for rate, weight in zip(*nodes(law, NODES["rate"]), strict=True):
        given: Values = np.ones(1)
        for own in groups:
            given = given * _group(rate, variance, own)
        found = found + weight * given
    once = [np.einsum("dkn,k->n", one.moved**2, share) for one in loads]
    square = np.einsum("dkn,k->n", _sum(one.moved for one in loads) ** 2, share)
    square = square + _sum(
        ((1 + one.cv**2) * (1 + variance) - 1) * own for one, own in zip(loads, once, strict=True)
    )
    twice = tilted_moments(law, _sum(one.mean for one in loads), 2)[2]
    return np.asarray(found + twice * square / 2)


def _group(rate: float, variance: float, own: list[Load]) -> Values:
    """E[z**S] of one group at a rate."""
    if all(len(one.weight) == 1 for one in own):
        at = rate * _sum(one.mean for one in own)
        if variance == 0:
            return np.asarray(np.exp(-at))
        return laplace(Gamma(mean=1.0, cv=variance**0.5), at)
    factor, of_factor = np.ones(1), np.ones(1)
    if variance > 0:
        factor, of_factor = nodes(Gamma(mean=1.0, cv=variance**0.5), NODES["factor"])
    scale = _scales(own[0])
    if len(own) == 1 and _is_proportional(own[0], scale):
        value, weight = fewer(np.multiply.outer(factor, scale).ravel(),
                              np.multiply.outer(of_factor, own[0].weight).ravel(),
                              NODES["both"])  # fmt: skip
        return np.asarray(weight @ np.exp(np.multiply.outer(-rate * value, own[0].mean)))
    found: Values = np.zeros(1)
    for f, p in zip(factor, of_factor, strict=True):
        given: Values = np.ones(1)
        for one in own:
            given = given * (one.weight @ np.exp(-rate * f * one.nodes))
        found = found + p * given
    return found


def _sum(values: Iterable[Values]) -> Values:
    return np.asarray(sum(values, np.zeros(1)))


def _scales(one: Load) -> Floats:
    """(n_nodes,) how much larger than the mean the load is at each node."""
    at_zero = np.real(one.nodes[:, -1])  # the last point, of any sight, has a load > 0
    return np.asarray(at_zero / np.real(one.mean[-1]), np.float64)


def _is_proportional(one: Load, scale: Floats) -> bool:
    return bool(np.allclose(one.nodes, np.multiply.outer(scale, one.mean), rtol=1e-9, atol=0))


def _of_errors(one: Load) -> list[Values]:
    """Cumulants 1 to `ORDER` of the load over its errors."""
    if len(one.weight) == 1:
        return [one.mean, *[np.zeros(1)] * (ORDER - 1)]
    return cumulants([one.weight @ one.nodes**k for k in range(1, ORDER + 1)])


def _summed(parts: Sequence[list[Values]]) -> list[Values]:
    return [_sum(p[k] for p in parts) for k in range(ORDER)]


def _errors_of(loads: Sequence[Load]) -> list[list[Values]]:
    """`_of_errors` of each; made once for loads that are one."""
    known = {id(one.nodes): one for one in loads}
    made = {key: _of_errors(one) for key, one in known.items()}
    return [made[id(one.nodes)] for one in loads]


def _moments(kappa: list[Values]) -> list[Values]:
    """Moments about 0 from cumulants: the inverse of `cumulants`."""
    found: list[Values] = []
    for n in range(1, len(kappa) + 1):
        rest = sum(math.comb(n - 1, k - 1) * kappa[k - 1] * found[n - k - 1] for k in range(1, n))
        found.append(kappa[n - 1] + rest)
    return found


def _with_judgments(kappa: list[Values], moved: Values, share: Floats) -> list[Values]:
    """Cumulants 2 to 4 of the draws of judgments added: independent, each beside the means of
    the others."""
    second, third, fourth = (np.einsum("dkn,k->dn", moved**k, share) for k in (2, 3, 4))
    added = (second, third, fourth - 3 * second**2)
    return [
        kappa[0],
        *(k + own.sum(axis=0) for k, own in zip(kappa[1:4], added, strict=True)),
        *kappa[4:],
    ]
