"""Rates of classes that resemble one another: portfolio, class, risk.

lambda_c ~ Gamma(k, k / mu) is the rate of class c, with mean mu and cv k**-0.5 around the
portfolio; events are Poisson on known exposure. Neither mu nor k is fixed: both have a prior and
a posterior on a grid, given which each class is an exact gamma law. A class without data is drawn
from Gamma(k, k / mu), never put at its mean.
Source: Gelman et al. 2013, Bayesian Data Analysis (3rd ed.), section 5.3 and exercise 5.13;
Bühlmann & Gisler 2005, A Course in Credibility Theory, section 2.6.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict
from scipy import optimize, special

from techinsure.distributions import Lognormal
from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.evidence.grid import Grid, Marginal, posterior_grid
from techinsure.evidence.parameter_laws import HIGH, LOW, log_gamma_quantile, vanishing
from techinsure.evidence.priors import GRADES, Grade
from techinsure.quantities import (
    FORBID,
    Floats,
    Name,
    Real,
    each,
    nearest,
    not_negative,
    one_of,
    positive,
    refuse_unless,
    require,
    text,
)
from techinsure.seeding import counters, key, uniforms

CELLS = (80, 40)
REACH = 6.0
"""How far the grid of ln mu and ln k reaches, in standard deviations of their priors."""
LIGHTEST = 1e-13
"""Cells of less mass are left out of quantiles."""
PURPOSE = "evidence.hierarchy"


@dataclass(frozen=True, slots=True, kw_only=True)
class HierarchyPrior:
    """Laws of the portfolio's `rate` mu (events per unit of exposure) and of `shape` k: classes
    differ around mu with a coefficient of variation of k**-0.5."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rate: Lognormal
    shape: Lognormal
    grade: Grade
    source: str

    def __post_init__(self) -> None:
        refuse_unless(self, grade=one_of(*GRADES), source=text(600))

    def log_density(self, log_rate: Floats, log_shape: Floats) -> Floats:
        """Of (ln mu, ln k), up to a constant."""
        z = (log_rate - self.rate.mu) / self.rate.sigma
        v = (log_shape - self.shape.mu) / self.shape.sigma
        return np.asarray(-(z**2 + v**2) / 2, np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPosterior:
    """The rate of one class; `weight` is that of its own data against the portfolio,
    exposure / (exposure + k / mu) on average."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    events: Real
    exposure: Real
    rate: Marginal
    weight: Real
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateDraws:
    """One draw a year of everything at once: `rate` mu and `shape` k (n_years,), `classes`
    (n_classes, n_years) in the order of the posterior, and a `new` class (n_years,)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rate: Floats
    shape: Floats
    classes: Floats
    new: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HierarchyPosterior:
    """What `events` on `exposure` (both (n_classes,), in the order of `names`) say of mu, k and
    all classes. `weight`: the part of the prior variance of ln mu that the data took away."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    prior: HierarchyPrior
    names: tuple[Name, ...]
    events: Floats
    exposure: Floats
    grid: Grid
    rate: Marginal
    shape: Marginal
    weight: Real
    notes: tuple[str, ...]

    def of_class(self, name: str) -> ClassPosterior:
        """The rate of the class of that name; `NotFound` if it is none."""
        if name not in self.names:
            raise NotFound("class", name, self.names, nearest(name, self.names))
        place = self.names.index(name)
        return self._class(name, float(self.events[place]), float(self.exposure[place]))

    def new_class(self) -> ClassPosterior:
        """The rate of a class of which nothing is known but that it is of this portfolio."""
        return self._class("new class", 0.0, 0.0)

    def draws(self, seed: int, years: NDArray[np.integer]) -> RateDraws:
        """One draw for each of `years` (n_years,), absolute years: a function of (seed, class
        name, year), so that another class or another year moves no number."""
        of_grid = [uniforms(key(seed, PURPOSE, "\x1fgrid"), counters(years, slot))
                   for slot in range(3)]  # fmt: skip
        log_rate, log_shape = self.grid.draws(np.stack(of_grid))
        rate, shape = np.exp(log_rate), np.exp(log_shape)

        def drawn(name: str, events: float, exposure: float) -> Floats:
            u = uniforms(key(seed, PURPOSE, name), counters(years))
            logs = log_gamma_quantile(shape + events, u) - np.log(shape / rate + exposure)
            return np.asarray(np.exp(logs), np.float64)

        data = zip(self.names, self.events.tolist(), self.exposure.tolist(), strict=True)
        classes = [drawn(*one) for one in data]
        return RateDraws(
            rate=rate, shape=shape,
            classes=np.stack(classes) if classes else np.zeros((0, len(years))),
            new=drawn("\x1fnew", 0.0, 0.0),
        )  # fmt: skip

    def _class(self, name: str, events: float, exposure: float) -> ClassPosterior:
        """A mixture over the grid of Gamma(k + events, k / mu + exposure)."""
        rate, shape = np.exp(self.grid.first[:, None]), np.exp(self.grid.second[None, :])
        a, b = shape + events, shape / rate + exposure
        mean = self.grid.mean(a / b)
        variance = self.grid.mean(a / b**2) + self.grid.mean((a / b - mean) ** 2)
        heavy = self.grid.mass > LIGHTEST
        laws = (np.broadcast_to(a, heavy.shape)[heavy], b[heavy], self.grid.mass[heavy])
        low, high = (_mixture_quantile(*laws, level) for level in (LOW, HIGH))
        none = "nothing was seen of this class: its law is that of a new one"
        return ClassPosterior(
            name=name, events=events, exposure=exposure,
            rate=Marginal(mean=mean, sd=math.sqrt(variance), low=low, high=high),
            weight=self.grid.mean(exposure / b),
            notes=(*(() if exposure > 0 else (none,)), *vanishing(low)),
        )  # fmt: skip


def update_hierarchy(
    prior: HierarchyPrior,
    names: Sequence[str],
    events: Sequence[float] | Floats,
    exposure: Sequence[float] | Floats,
) -> HierarchyPosterior:
    """The posterior of mu, k and all classes from each class's sums: `events` (n_classes,) counts
    on `exposure` (n_classes,), both 0 where nothing was seen; no class at all gives the prior."""
    seen, exposed = _checked(names, events, exposure)

    def log_posterior(log_rate: Floats, log_shape: Floats) -> Floats:
        return prior.log_density(log_rate, log_shape) + _log_likelihood(
            log_rate[..., None], log_shape[..., None], seen, exposed
        )

    region = (
        (prior.rate.mu - REACH * prior.rate.sigma, prior.rate.mu + REACH * prior.rate.sigma),
        (prior.shape.mu - REACH * prior.shape.sigma, prior.shape.mu + REACH * prior.shape.sigma),
    )
    grid = posterior_grid(log_posterior, *region, CELLS)
    log_rate = grid.of_axis(0)
    any_data = bool((exposed > 0).any())
    weight = 1 - (log_rate.sd / prior.rate.sigma) ** 2 if any_data else 0.0
    return HierarchyPosterior(
        prior=prior, names=tuple(names), events=seen, exposure=exposed, grid=grid,
        rate=grid.of_axis(0, np.exp),
        shape=grid.of_axis(1, np.exp),
        weight=weight, notes=tuple(_notes(exposed, weight, grid)),
    )  # fmt: skip


def risk_relativities(
    class_rate: ArrayLike, events: float, exposure: float, shape: float, uniforms: ArrayLike
) -> Floats:
    """How one risk differs from its class: u of lambda_i = lambda_c u, (n_draws,), mean 1.

    Given the class draw, u ~ Gamma(shape + events, shape + lambda_c * exposure) exactly, from
    `events` on `exposure` of that risk; `class_rate` and `uniforms` (n_draws,). `shape` m is given:
    risks differ within a class with cv m**-0.5. A risk without data is drawn from Gamma(m, m).
    """
    require("shape", shape, positive)
    require("events", events, not_negative)
    require("exposure", exposure, not_negative)
    if events > 0 and exposure == 0:
        raise InvalidParameter([Fault("events", events, "must be 0 without exposure")])
    rate = np.asarray(class_rate, np.float64)
    logs = log_gamma_quantile(shape + events, uniforms) - np.log(shape + rate * exposure)
    return np.asarray(np.exp(logs), np.float64)


def _log_likelihood(log_rate: Floats, log_shape: Floats, n: Floats, exposure: Floats) -> Floats:
    """Negative binomial marginals summed over classes (the last axis), up to a constant:
    ln(Gamma(k + n) / Gamma(k)) + n (ln mu - ln k) - (k + n) ln(1 + mu E / k)."""
    k = np.exp(log_shape)
    rising = np.where(n > 0, special.gammaln(np.maximum(n, 1e-300))
                      - special.betaln(k, np.maximum(n, 1e-300)), 0.0)  # fmt: skip
    ratio = np.exp(log_rate - log_shape) * exposure
    each_class = rising + n * (log_rate - log_shape) - (k + n) * np.log1p(ratio)
    return np.asarray(each_class.sum(axis=-1), np.float64)


def _mixture_quantile(shape: Floats, rate: Floats, mass: Floats, level: float) -> float:
    """Where the mixture of gamma laws (n_cells,) reaches `level`, by root finding on ln x;
    0 where that lies below 1e-308."""

    def missing(log_x: float) -> float:
        below = special.gammainc(shape, np.exp(log_x) * rate)
        return float(mass @ below / mass.sum()) - level

    least = math.log(np.finfo(np.float64).tiny)
    centre = math.log(float(mass @ (shape / rate) / mass.sum()))
    low, high, step = centre - 1, centre + 1, 2.0
    while missing(high) < 0:
        low, high, step = high, high + step, 2 * step
    while missing(low) > 0:
        if low <= least:
            return 0.0
        low, high, step = max(low - step, least), low, 2 * step
    return math.exp(optimize.brentq(missing, low, high, xtol=1e-10, rtol=1e-14))


def _checked(
    names: Sequence[str], events: Sequence[float] | Floats, exposure: Sequence[float] | Floats
) -> tuple[Floats, Floats]:
    require("names", names, each(text()))
    require("events", events, each(not_negative))
    require("exposure", exposure, each(not_negative))
    faults = [
        Fault(field, len(values), f"must have {len(names)} entries, one a class")
        for field, values in (("events", events), ("exposure", exposure))
        if len(values) != len(names)
    ]
    faults += [
        Fault(f"names[{i}]", name, "must be unique", "add the data of one class up")
        for i, name in enumerate(names)
        if name in list(names)[:i]
    ]
    if faults:
        raise InvalidParameter(faults)
    seen, exposed = np.array(events, np.float64), np.array(exposure, np.float64)
    faults = [
        Fault(f"events[{i}]", float(seen[i]), "must be 0 without exposure")
        for i in np.nonzero((seen > 0) & (exposed == 0))[0]
    ]
    if faults:
        raise InvalidParameter(faults)
    return seen, exposed


def _notes(exposure: Floats, weight: float, grid: Grid) -> list[str]:
    found, classes = [], int((exposure > 0).sum())
    if classes == 0:
        found.append("no exposure was seen: the posterior is the prior")
    if classes == 1:
        found.append("one class says little of how classes differ: that is mostly prior")
    if weight < 0:
        found.append("the data widened what is known of the rate: classes differ more than thought")
    ends = [("rate", grid.leans[0]), ("shape", grid.leans[1])]
    found += [
        f"{what} leans on the end of its prior ({REACH:g} sd): data and prior contradict each other"
        for what, leans in ends
        if any(leans) and classes
    ]
    return found
