"""Sparse risks with known laws, and terms."""

from typing import NamedTuple

import numpy as np

from techinsure.distributions import Gamma, GeneralizedPareto, NegativeBinomial
from techinsure.distributions.aggregate import compound
from techinsure.distributions.lattice import discretised
from techinsure.losses.kernels import capacity_in_order
from techinsure.sparse import Risk, Source

SHAPE = 2.5
DEDUCTIBLE, LIMIT, AGGREGATE, KEPT = 50e3, 2e6, 5e6, 0.9
SEVERITY = GeneralizedPareto(shape=0.4, scale=240e3)
ALONE = KEPT * float(SEVERITY.layer_mean(DEDUCTIBLE, LIMIT))


def single(rate):
    """One source whose rate is gamma."""
    source = Source(name="all", sizes=(SEVERITY,))
    return Risk.driven([source], [1.0], [["rate"]], {"rate": Gamma(mean=rate, cv=SHAPE**-0.5)})


def capped(claims):
    """Deductible and limit of a claim, aggregate limit and insured share of the year."""
    paid = np.minimum(np.maximum(claims.size - DEDUCTIBLE, 0.0), LIMIT)
    return KEPT * np.minimum(claims.total(paid), AGGREGATE)


class Exact(NamedTuple):
    mean: float
    var: float
    tvar: float
    probability: float


def exact(rate, level=0.995, step=625.0):
    """Figures of `single` under `capped` by the exact law of the sum on a lattice."""
    severity = discretised(SEVERITY, step=step, limit=LIMIT, deductible=DEDUCTIBLE)
    law = compound(NegativeBinomial(r=SHAPE, beta=rate / SHAPE), severity)
    paid = KEPT * np.minimum(law.values, AGGREGATE)
    at = float(paid[np.searchsorted(np.cumsum(law.pmf), level)])
    tvar = at + float(law.pmf @ np.maximum(paid - at, 0.0)) / (1 - level)
    thinned = rate * float(SEVERITY.survival(np.array(DEDUCTIBLE)))
    none = (1 + thinned / SHAPE) ** -SHAPE
    return Exact(float(law.pmf @ paid), at, tvar, 1 - none)


def in_order(claims):
    """A waiting time, a deductible of the year in order of time, an aggregate limit by source."""
    left = np.where(claims.time < 0.1, 0.0, claims.size)
    left = left - capacity_in_order(claims.scenario, left, 300e3)
    group = claims.scenario * 10 + claims.source
    return claims.total(capacity_in_order(group, left, 1e6))
