"""Every law of an amount and of a count, with the same in scipy's own parameters where it has it.

A law added here runs through every identity of `test_zoo.py` and `test_zoo_of_counts.py`.
"""

import math
from dataclasses import fields, replace

from scipy import stats

from techinsure.distributions import (
    Beta,
    Binomial,
    Exponential,
    Gamma,
    GeneralizedPareto,
    Lognormal,
    Lomax,
    Mbbefd,
    Mixture,
    NegativeBinomial,
    Pareto,
    Point,
    Poisson,
    Tabulated,
    Weibull,
    ZeroModified,
    zero_truncated,
)

TWO_OPINIONS = (Gamma(mean=1e5, cv=0.5), Lognormal(mean=4e5, cv=2.0))

AMOUNTS = [
    (Beta.of_shapes(2.0, 3.0), stats.beta(2.0, 3.0)),
    (Beta.of_shapes(0.3, 4.0), stats.beta(0.3, 4.0)),
    (Exponential(scale=2e5), stats.expon(scale=2e5)),
    (Gamma.of_shape_scale(0.5, 2e5), stats.gamma(0.5, scale=2e5)),
    (Gamma.of_shape_scale(100.0, 1e3), stats.gamma(100.0, scale=1e3)),
    (GeneralizedPareto(shape=0.3, scale=1e5), stats.genpareto(0.3, scale=1e5)),
    (GeneralizedPareto(shape=0.0, scale=1e5), stats.genpareto(0.0, scale=1e5)),
    (GeneralizedPareto(shape=1e-10, scale=1e5), stats.expon(scale=1e5)),
    (GeneralizedPareto(shape=-0.5, scale=1e5), stats.genpareto(-0.5, scale=1e5)),
    (GeneralizedPareto(shape=-1.0, scale=1e5), stats.uniform(0.0, 1e5)),
    (GeneralizedPareto(shape=1.3, scale=1e5), stats.genpareto(1.3, scale=1e5)),
    (Lognormal.of_mu_sigma(10.0, 2.0), stats.lognorm(2.0, scale=math.exp(10.0))),
    (Lognormal.of_mu_sigma(0.0, 0.05), stats.lognorm(0.05)),
    (Lomax(shape=2.5, scale=4e5), stats.lomax(2.5, scale=4e5)),
    (Lomax(shape=1.5, scale=4e5), stats.lomax(1.5, scale=4e5)),
    (Lomax(shape=1.0, scale=1e3), stats.lomax(1.0, scale=1e3)),
    (Lomax(shape=0.8, scale=1e3), stats.lomax(0.8, scale=1e3)),
    (Mbbefd.swiss_re(1.5), None),
    (Mbbefd.swiss_re(5.0), None),
    (Mbbefd(b=1.0, g=30.0), None),
    (Mbbefd(b=0.05, g=20.0), None),
    (Mbbefd(b=1e-9, g=2.0), None),
    (Mbbefd(b=40.0, g=1.01), None),
    (Mbbefd(b=0.0, g=5.0), None),
    (Mbbefd(b=3.0, g=1.0), None),
    (Mixture(parts=TWO_OPINIONS, weights=(0.8, 0.2)), None),
    (Pareto(shape=1.5, scale=1e6), stats.pareto(1.5, scale=1e6)),
    (Pareto(shape=1.0, scale=1e6), stats.pareto(1.0, scale=1e6)),
    (Pareto(shape=3.0, scale=2.0), stats.pareto(3.0, scale=2.0)),
    (Point(mean=3e4), None),
    (Weibull(shape=0.5, scale=1e5), stats.weibull_min(0.5, scale=1e5)),
    (Weibull(shape=1.0, scale=1e5), stats.expon(scale=1e5)),
    (Weibull(shape=7.0, scale=30.0), stats.weibull_min(7.0, scale=30.0)),
]  # fmt: skip

COUNTS = [
    (Binomial(m=8, q=0.15), stats.binom(8, 0.15)),
    (Binomial(m=1, q=0.5), stats.binom(1, 0.5)),
    (Binomial(m=5000, q=0.98), stats.binom(5000, 0.98)),
    (NegativeBinomial(r=4.0, beta=5.0), stats.nbinom(4.0, 1 / 6)),
    (NegativeBinomial(r=0.37, beta=2.5), stats.nbinom(0.37, 1 / 3.5)),
    (NegativeBinomial(r=1e6, beta=1e-6), stats.nbinom(1e6, 1 / (1 + 1e-6))),
    (Poisson(rate=0.01), stats.poisson(0.01)),
    (Poisson(rate=3.0), stats.poisson(3.0)),
    (Poisson(rate=1000.0), stats.poisson(1000.0)),
    (Tabulated(probabilities=(0.0, 0.25, 0.5, 0.0, 0.25)), None),
    (Tabulated(probabilities=(0.6, 0.3, 0.1)), None),
    (ZeroModified(base=Poisson(rate=2.0), p0=0.6), None),
    (ZeroModified(base=NegativeBinomial(r=0.5, beta=3.0), p0=0.1), None),
    (zero_truncated(Poisson(rate=0.7)), None),
    (zero_truncated(Binomial(m=6, q=0.3)), None),
    (zero_truncated(NegativeBinomial(r=2.0, beta=0.5)), None),
]


def name(law):
    """A short name for the list of tests."""
    given = [f"{getattr(law, field.name)}"[:24] for field in fields(law) if field.name != "kind"]
    return f"{law.kind} {' '.join(given)}"


def scaled(law, factor):
    """The law of `factor` times the amount; None where the law has no unit."""
    if law.kind in ("beta", "mbbefd"):
        return None
    if law.kind == "mixture":
        return replace(law, parts=tuple(scaled(part, factor) for part in law.parts))
    unit = "scale" if hasattr(law, "tail") or law.kind == "weibull" else "mean"
    return replace(law, **{unit: getattr(law, unit) * factor})


def has_mean(law):
    """Whether the mean is finite."""
    return not hasattr(law, "tail") or law.tail.shape < 1


def has_variance(law):
    """Whether the variance is finite."""
    return not hasattr(law, "tail") or law.tail.shape < 0.5


def is_smooth(law):
    """Whether there is a density but for an atom at the top."""
    return law.kind != "point" and not (law.kind == "mbbefd" and (law.b == 0 or law.g == 1))
