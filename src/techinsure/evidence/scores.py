"""Scores of priors: how likely a drawn value becomes as the mean of its prior moves.

The score is the derivative of ln f(x; mean, cv) in ln mean, the coefficient of variation held. Its
expectation is 0, and E[value * score] is the derivative of E[value]: no second simulation needed.
Source: Glasserman (2003), Monte Carlo Methods in Financial Engineering, section 7.3.
"""

from collections.abc import Callable

import numpy as np
from scipy import special

from techinsure.distributions import Beta, Gamma, Lognormal
from techinsure.errors import Undefined
from techinsure.evidence.priors import Prior
from techinsure.quantities import Floats

Drawn = Beta | Gamma | Lognormal


def score(prior: Prior, values: Floats) -> Floats:
    """d ln f(value) / d ln mean, shaped like `values`, in the support of the prior; of a mixture
    with the means of all parts moved alike. `Undefined` where the prior is not drawn."""
    if prior.family == "point" or prior.cv == 0 or prior.mean == 0:
        raise Undefined("a parameter that is held at its value has no density, and so no score")
    if not prior.parts:
        return _score(_law(prior, prior.mean, prior.cv), values)
    laws = [_law(prior, part.mean, part.cv) for part in prior.parts]
    logs = np.array([np.log(part.weight) + _log_density(law, values)
                     for part, law in zip(prior.parts, laws, strict=True)])  # fmt: skip
    weights = special.softmax(logs, axis=0)
    return np.asarray((weights * np.array([_score(law, values) for law in laws])).sum(axis=0))


def derivative(values: Floats, scores: Floats) -> tuple[float, Floats]:
    """E[value * score] from (n_years,) values and scores of independent years, and the influence
    (n_years,) of each year on it; the score itself, whose mean is 0, is the control variate.
    Source: Glasserman (2003), section 4.1."""
    product = values * scores
    spread = scores - scores.mean()
    slope = float(spread @ product / (spread @ spread)) if spread.any() else 0.0
    influence = product - slope * scores
    return float(influence.mean()), influence


def _law(prior: Prior, mean: float, cv: float) -> Drawn:
    family: dict[str, Callable[..., Drawn]] = {"beta": Beta, "gamma": Gamma, "lognormal": Lognormal}
    return family[prior.family](mean=mean, cv=cv)


def _score(law: Drawn, x: Floats) -> Floats:
    """With cv held: of a gamma law shape * (x / mean - 1); of a lognormal (ln x - mu) / sigma**2;
    of a beta law a = (1 - m) / cv**2 - m and b = a (1 - m) / m, by the chain rule."""
    if isinstance(law, Gamma):
        return np.asarray((x / law.mean - 1) / law.cv**2)
    if isinstance(law, Lognormal):
        square = np.log1p(law.cv**2)
        return np.asarray((np.log(x / law.mean) + square / 2) / square)
    (a, b), m, square = law.shapes, law.mean, law.cv**2
    by_a = -m / square - m
    by_b = by_a * (1 - m) / m - a / m
    both = special.digamma(a + b)
    at_a, at_b = np.log(x) - special.digamma(a) + both, np.log1p(-x) - special.digamma(b) + both
    return np.asarray(by_a * at_a + by_b * at_b)


def _log_density(law: Drawn, x: Floats) -> Floats:
    """ln f(x), shaped like `x`, but for a constant of the family."""
    if isinstance(law, Gamma):
        shape = law.cv**-2
        grown = special.xlogy(shape - 1, x) - x * shape / law.mean
        return np.asarray(grown - special.gammaln(shape) + shape * np.log(shape / law.mean))
    if isinstance(law, Lognormal):
        square = np.log1p(law.cv**2)
        distance = np.log(x / law.mean) + square / 2
        return np.asarray(-(distance**2) / (2 * square) - np.log(x) - np.log(square) / 2)
    a, b = law.shapes
    inside = special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x)
    return np.asarray(inside - special.betaln(a, b))
