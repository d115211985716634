"""The normalised power prior: laws of a parameter under every discount of foreign data.

A prior of several parts stays one: each part takes up the discounted data alone, and its weight
goes with what it gave them. A learnt discount runs over Gauss points on [0, 1], each of which
foresaw the own data better or worse. With probability `share` none of it holds but a vague law.
Source: Ye, Han, Duan & Bai 2022, arXiv 2204.05615; Schmidli et al. 2014, Biometrics 70(4).
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from techinsure.evidence.mixtures import pooled
from techinsure.evidence.parameter_laws import ChanceLaw, RateLaw
from techinsure.evidence.priors import Grade, Part, Prior
from techinsure.quantities import Floats

NODES = (160, 40, 16)
"""Gauss points a discount, with 1, 2 and 3 of them learnt."""
LIGHTEST = 1e-13
"""Laws of less weight are left out of quantiles."""
NEGLIGIBLE = 1e-6
"""Weight of all laws together that are left out where the mixture is compared with few parts."""
SMALLEST = 1e-300
DEPTHS = (3.0, 10.0, 50.0, 1000.0)
"""How far below, in logarithms, a quantile is looked for next."""
LARGEST_GAP = 0.005
"""Above, the posterior is given by more parts, if there are more to be had."""
PARTS = (1, 2, 4, 8)
MOST_EXACT = 24
"""Laws, and no more, that are kept as they are, each a part."""
CHECKED = np.linspace(0.02, 0.98, 25)
VAGUE = -1
"""The part of which the vague law is."""


class Counts(NamedTuple):
    """Events on a base of exposure or trials."""

    events: float
    base: float


class Laws(NamedTuple):
    """Laws (n_laws,) of one `family`, gamma by shape and rate or beta by a and b, whose `weight`s
    sum to 1; the `part` of the prior each comes from, and its `discounts` (n_laws, n_analogues).
    """

    family: str
    weight: Floats
    first: Floats
    second: Floats
    part: NDArray[np.intp]
    discounts: Floats

    @property
    def total(self) -> Floats:
        """The exposure or the trials that each law is worth."""
        return self.second if self.family == "gamma" else self.first + self.second

    @property
    def heavy(self) -> "Laws":
        """Those that count, with weights that sum to 1."""
        kept = self.weight > LIGHTEST
        return Laws(self.family, self.weight[kept] / self.weight[kept].sum(), self.first[kept],
                    self.second[kept], self.part[kept], self.discounts[kept])  # fmt: skip


def laws_of(prior: Prior) -> Laws:
    """The parts of a gamma or beta prior as laws."""
    parts = prior.parts or (Part(weight=1.0, mean=prior.mean, cv=prior.cv),)
    ends = [_ends(prior.family, part) for part in parts]
    weight = np.array([part.weight for part in parts])
    return Laws(prior.family, weight / weight.sum(), np.array([one[0] for one in ends]),
                np.array([one[1] for one in ends]), np.arange(len(parts)),
                np.zeros((len(parts), 0)))  # fmt: skip


def discounted(laws: Laws, others: list[Counts], stated: list[float | None]) -> Laws:
    """After `others` at their stated discounts, or at every node of a learnt one (None):
    Gamma(a + d N0, b + d E0), Beta(a + d N0, b + d (n0 - N0)), in each part with
    weight w C(d) / sum of w C(d), C what the part gave the discounted data."""
    discounts, nodes = _nodes(stated)
    events = discounts @ np.array([one.events for one in others])
    base = discounts @ np.array([one.base for one in others])
    grown = _grown(laws, events[:, None], base[:, None])
    weight = nodes[:, None] * special.softmax(np.log(laws.weight) + grown.given, axis=1)
    part, discounts = np.tile(laws.part, len(nodes)), np.repeat(discounts, len(laws.part), axis=0)
    return Laws(laws.family, weight.ravel(), grown.first.ravel(), grown.second.ravel(), part,
                discounts)  # fmt: skip


def made_robust(laws: Laws, vague: Prior, share: float) -> Laws:
    """With the probability `share`, the law `vague` instead."""
    first, second = _ends(vague.family, Part(weight=1.0, mean=vague.mean, cv=vague.cv))
    none = np.zeros((1, laws.discounts.shape[1]))
    return Laws(laws.family, np.append((1 - share) * laws.weight, share),
                np.append(laws.first, first), np.append(laws.second, second),
                np.append(laws.part, VAGUE), np.concatenate([laws.discounts, none]))  # fmt: skip


def after(laws: Laws, own: Counts) -> Laws:
    """After own events, which judge parts and discounts by what these gave them."""
    grown = _grown(laws, np.float64(own.events), np.float64(own.base))
    weight = special.softmax(np.log(laws.weight) + grown.given)
    return laws._replace(weight=weight, first=grown.first, second=grown.second)


class _Grown(NamedTuple):
    """Laws after events, and the logarithm of what each gave them, up to what all share."""

    first: Floats
    second: Floats
    given: Floats


def _grown(laws: Laws, events: Floats | np.float64, base: Floats | np.float64) -> _Grown:
    """Gamma: Gamma(a + N) / Gamma(a) * b**a / (b + E)**(a + N). Beta: the ratio of the beta
    functions after and before."""
    a, b = laws.first, laws.second
    if laws.family == "gamma":
        first, second = a + events, b + base
        rising = np.where(
            events > 0, special.gammaln(np.maximum(events, SMALLEST))
            - special.betaln(a, np.maximum(events, SMALLEST)), 0.0
        )  # fmt: skip
        given = rising - a * np.log1p(base / b) - events * np.log(b + base)
    else:
        first, second = a + events, b + (base - events)
        given = special.betaln(first, second) - special.betaln(a, b)
    return _Grown(np.asarray(first), np.asarray(second), np.asarray(given, np.float64))


def _ends(family: str, part: Part) -> tuple[float, float]:
    alone = Prior(family=family, mean=part.mean, cv=part.cv, grade="D", source="a part")  # type: ignore[arg-type]
    if family == "gamma":
        rate = RateLaw.of(alone)
        return rate.shape, rate.rate
    chance = ChanceLaw.of(alone)
    return chance.a, chance.b


def _nodes(stated: list[float | None]) -> tuple[Floats, Floats]:
    """Discounts (n_nodes, n_analogues) and their weights beforehand (n_nodes,), sum 1.

    Learnt ones are cubes of Gauss points, so that those of analogues which own data contradict,
    near 0, are told apart.
    """
    learnt = _cubes(NODES[max(stated.count(None), 1) - 1])
    axes = [learnt if one is None else (np.array([one]), np.ones(1)) for one in stated]
    if not axes:
        return np.zeros((1, 0)), np.ones(1)
    points = np.meshgrid(*(points for points, _ in axes), indexing="ij")
    masses = np.meshgrid(*(masses for _, masses in axes), indexing="ij")
    weights = np.prod([one.ravel() for one in masses], axis=0)
    return np.stack([one.ravel() for one in points], axis=1), weights


@lru_cache(maxsize=4)
def _cubes(n: int) -> tuple[Floats, Floats]:
    """Cubes of `n` Gauss-Legendre points on [0, 1], and their weights for an integral over the
    cubes."""
    points, mass = np.polynomial.legendre.leggauss(n)
    root = (points + 1) / 2
    return root**3, 1.5 * root**2 * mass


# --- The whole of them ---------------------------------------------------------------------------


def moments(laws: Laws) -> tuple[float, float]:
    """Mean and standard deviation of the mixture."""
    means, variances = _moments(laws)
    mean = float(laws.weight @ means)
    return mean, math.sqrt(float(laws.weight @ (variances + (means - mean) ** 2)))


def quantile(laws: Laws, level: float) -> float:
    """Of the mixture; 0 where it lies below 1e-300. Looked for below five standard deviations
    above the mean: by Cantelli's inequality no more than 1/26 lies beyond."""
    from scipy import optimize  # loading it takes as long as all of techinsure

    some = laws.heavy
    mean, sd = moments(laws)
    most = math.log(min(mean + 5 * sd, 1.0) if laws.family == "beta" else mean + 5 * sd)

    def off(log_x: float) -> float:
        return float(some.weight @ _cdf(some, math.exp(log_x))) - level

    for depth in DEPTHS:
        least = max(most - depth, math.log(SMALLEST))
        if off(least) < 0:
            return math.exp(optimize.brentq(off, least, most, xtol=1e-13, rtol=1e-13))
        most = least
    return 0.0


def as_prior(laws: Laws, *, grade: Grade, source: str, note: str = "") -> tuple[Prior, float]:
    """The mixture as a prior of few parts with its mean and cv, and by how much it misses its
    probabilities: the fewest parts that come near enough, or the nearest."""
    family: str = laws.family
    groups: Iterator[list[Part]]
    if len(laws.weight) <= MOST_EXACT:
        groups = iter([_parts(laws, len(laws.weight), np.arange(len(laws.weight)), alone=True)])
    else:
        groups = (_parts(laws, n, order) for n in PARTS for order in _orders(laws))
    candidates = (
        pooled(family, parts, grade=grade, source=source, note=note)  # type: ignore[arg-type]
        for parts in groups
    )
    return _nearest(candidates, laws)


def _moments(laws: Laws) -> tuple[Floats, Floats]:
    """Mean and variance of each law."""
    if laws.family == "gamma":
        means = laws.first / laws.second
        return means, means / laws.second
    size = laws.first + laws.second
    means = laws.first / size
    return means, means * (laws.second / size) / (size + 1)


def _orders(laws: Laws) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """By mean, which sets laws apart where data disagree, and by size, where they agree."""
    means, _ = _moments(laws)
    return np.argsort(means, kind="stable"), np.argsort(laws.total, kind="stable")


def _parts(laws: Laws, n_parts: int, order: NDArray[np.intp], *, alone: bool = False) -> list[Part]:
    """The mixture as `n_parts` laws of about the same weight, neighbours in `order` together (or
    each law `alone`): mean and variance of the whole are kept."""
    means, variances = _moments(laws)
    weights = laws.weight
    middle = np.cumsum(weights[order]) - weights[order] / 2
    group = order if alone else np.minimum((middle * n_parts).astype(int), n_parts - 1)
    parts = []
    for number in range(n_parts):
        chosen = order[group == number]
        weight = math.fsum(weights[chosen])
        if weight == 0:
            continue
        share = weights[chosen] / weight
        mean = float(share @ means[chosen])
        square = float(share @ (variances[chosen] + (means[chosen] - mean) ** 2))
        parts.append(Part(weight=weight, mean=mean, cv=math.sqrt(square) / mean))
    total = math.fsum(one.weight for one in parts)
    return [Part(weight=one.weight / total, mean=one.mean, cv=one.cv) for one in parts]


def _nearest(candidates: Iterator[Prior], laws: Laws) -> tuple[Prior, float]:
    """The first of the candidates that is near enough, or the nearest, and how near it is: the
    largest difference of probabilities from the mixture."""
    some = _most(laws)
    best: tuple[Prior, float] | None = None
    for one in candidates:
        places = one.law.quantile(CHECKED).tolist()
        gap = max(
            abs(float(some.weight @ _cdf(some, x)) - level)
            for level, x in zip(CHECKED, places, strict=True)
        )
        if best is None or gap < best[1]:
            best = one, gap
        if gap <= LARGEST_GAP:
            break
    assert best is not None
    return best


def _most(laws: Laws) -> Laws:
    """All but the lightest laws, which have a millionth of the weight together."""
    order = np.argsort(laws.weight)
    kept = order[np.cumsum(laws.weight[order]) > NEGLIGIBLE]
    return Laws(laws.family, laws.weight[kept] / laws.weight[kept].sum(), laws.first[kept],
                laws.second[kept], laws.part[kept], laws.discounts[kept])  # fmt: skip


def _cdf(laws: Laws, x: float) -> Floats:
    if laws.family == "gamma":
        return np.asarray(special.gammainc(laws.first, laws.second * x), np.float64)
    return np.asarray(special.betainc(laws.first, laws.second, x), np.float64)
