"""Compound perils without simulation: expected payments, expected claims, probability of a claim.

Rates enter every mean linearly, factors of route and sector and errors of relativities have mean
1, so a mean is that of the rate's prior times the payment expected of one claim (Klugman, Panjer &
Willmot, Loss Models, chapter 9: E[S] = E[N] E[X]). Payments come from limited means of the laws of
the ratios (`cover.expected_paid`). A serial share moves no mean of one unit, and no mean at all.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from techinsure.cover import HasLimitedMean, chance_paid, expected_paid
from techinsure.distributions import Gamma, Lognormal, Point
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Undefined
from techinsure.exact.equipment import CappedRatio
from techinsure.models.batches import Batches
from techinsure.models.compound import (
    Compound,
    Course,
    batch_owners,
    course,
    intensities,
    item_owners,
)
from techinsure.models.factors import Cohorts, Drawn
from techinsure.models.grouped_items import Positions
from techinsure.models.hazards import Hazard
from techinsure.portfolio import NOWHERE, PolicyTerms, Portfolio
from techinsure.quantities import Floats, Ints

ANY = 0
"""A seed for what depends on no draw."""
NODES = 48
"""Of each rate, factor and error; 96 change no figure of the catalogue by 1e-9 of itself."""

Verb = Callable[[HasLimitedMean, Floats, PolicyTerms, Ints], Floats]
"""`expected_paid` or `chance_paid`."""


class Source(NamedTuple):
    """Claims of one cause as each item meets them: `events` (n,) over its term, after any waiting
    period, per unit of the class's rate; each is of `value` (n,), currency units: of one unit, or
    of the whole item by a serial defect."""

    one: Course
    cause: str
    events: Floats
    value: Floats


def sources(model: Compound, held: Batches) -> Iterator[Source]:
    """Every cause of the model over `held`."""
    for peril, timing in model.perils.items():
        one = course(model, held, peril, ANY)
        whole, single = held.sum_insured, held.sum_insured / held.units
        causes = [(peril, (1 - timing.shared) * held.units, single)]
        if timing.serial is not None:
            causes.append((f"serial_{peril}", np.full(len(held), timing.shared), whole))
        for cause, number, value in causes:
            events = number * one.rate.mean * _open(held, one, cause)
            yield Source(one, cause, np.where(one.open, events, 0.0), value)


def mean(model: Compound, portfolio: Portfolio, items: Ints, drawn: Drawn = "class") -> Floats:
    """(n_items,) expected insured payment of each of `items` over its term, before aggregate
    limits, currency units; the same whoever shares the draws (`drawn`). Exact to rounding, and to
    1e-5 of itself where ratios have errors."""
    total: Floats = mean_by_cause(model, portfolio, items, drawn).sum(axis=1)
    return total


def mean_by_cause(
    model: Compound, portfolio: Portfolio, items: Ints, drawn: Drawn = "class"
) -> Floats:
    """(n_items, n_causes) the mean by cause of the portfolio, currency units."""
    held = model.batches(portfolio, items)
    total = np.zeros((len(held), len(portfolio.causes)))
    for source in sources(model, held):
        payment = source.events * each(model, held, source, expected_paid)
        total[:, portfolio.causes.index(source.cause)] = _rates(model, held, source) * payment
    return total[_order(held, items)]


def conditional_mean(
    model: Compound, portfolio: Portfolio, items: Ints, cohorts: Cohorts
) -> Floats:
    """(n_items, n_years) the mean given each year's posterior draws and common factors, as the
    simulation has them, currency units; errors of relativities are averaged out."""
    held = model.batches(portfolio, items)
    total = np.zeros((len(held), cohorts.n))
    for source in sources(model, held):
        rows = np.nonzero(source.one.open)[0]
        serial = source.cause != source.one.peril
        owners = (batch_owners if serial else item_owners)(held, rows, cohorts)
        steps, clock = intensities(model, held, source.one.peril, rows, owners, cohorts)
        payment = source.events * each(model, held, source, expected_paid)
        total[rows] += payment[rows, None] * steps[clock]
    return total[_order(held, items)]


def expected_claims(model: Compound, portfolio: Portfolio, items: Ints) -> Floats:
    """(n_items,) expected number of events for which the item is paid, before aggregate limits; a
    serial defect of several units is one."""
    held = model.batches(portfolio, items)
    claims = np.zeros(len(held))
    for source in sources(model, held):
        paid = source.events * each(model, held, source, chance_paid)
        claims += _rates(model, held, source) * paid
    return claims[_order(held, items)]


def claim_probability(model: Compound, portfolio: Portfolio, items: Ints) -> float:
    """The probability that a policy of `items` is paid at least once, before aggregate limits.

    Given the factors of route and sector, paid claims are Poisson mixed over independent rates:
    P(none) = E[product over classes and perils of E[exp(-rate * error * load)]] (Klugman, Panjer &
    Willmot, Loss Models, section 6.3), by Gauss rules; within 1e-9. Raises `Undefined` where
    `refuse_unless_one_world` does.
    """
    held = model.batches(portfolio, items)
    if not len(held):
        return 0.0
    refuse_unless_one_world(model, held)
    loads: dict[tuple[str, str], float] = {}
    error: dict[tuple[str, str], float] = {}
    for source in sources(model, held):
        load = source.events * each(model, held, source, chance_paid)
        for name in dict.fromkeys(held.risk_class):
            of = np.array([own == name for own in held.risk_class]) & source.one.open
            if of.any():
                of_peril = (name, source.one.peril)
                loads[of_peril] = loads.get(of_peril, 0.0) + float(load[of].sum())
                error[of_peril] = float(source.one.rate.error[of].max())
    factor, weight = factors(model)
    none = np.ones(len(factor))
    for (name, peril), number in loads.items():
        rate, chance = rates(model.classes[name].hazards[peril], error[name, peril])
        none *= np.exp(-np.multiply.outer(factor, rate) * number) @ chance
    return float(1 - weight @ none)


def each(model: Compound, held: Batches, source: Source, verb: Verb) -> Floats:
    """(n,) `verb` of one claim of the source; 0 where the cause is not covered."""
    one, row = source.one, held.terms_of(source.cause)
    out = np.zeros(len(held))
    for hazard, items in held.by_hazard(model.classes, one.peril):
        here = items[row[items] != NOWHERE]
        for cv in np.unique(one.ratio.error[here]).tolist():
            some = here[one.ratio.error[here] == cv]
            for by, weight in zip(*errors(cv), strict=True):
                law, scale = scaled(hazard, by * one.ratio.mean[some], source.value[some])
                out[some] += weight * verb(law, scale, held.portfolio.terms, row[some])
    return out


def scaled(hazard: Hazard, factor: Floats, value: Floats) -> tuple[HasLimitedMean, Floats]:
    """The law of a ratio times `factor` (n,), and what it is a ratio of (n,), currency units: a
    damage ratio ends at 1 whatever the factor, a ratio without end does not."""
    law = hazard.ratio.law
    if hazard.most > 1:
        return law, hazard.stake * value * factor
    return CappedRatio(law=law, factor=factor), hazard.stake * value


def extent(hazard: Hazard, factor: float, value: float) -> tuple[float, float]:
    """(what a ratio of 1 takes, the most that is taken), currency units, of a ratio times
    `factor` of what is at stake of `value`."""
    stake = hazard.stake * value
    return factor * stake, stake * hazard.most


def errors(cv: float, n: int = NODES) -> tuple[Floats, Floats]:
    """(values, weights) of what a relativity of that error is multiplied by, at `n` nodes."""
    return nodes(Lognormal(mean=1.0, cv=cv), n) if cv > 0 else (np.ones(1), np.ones(1))


def rates(hazard: Hazard, error: float) -> tuple[Floats, Floats]:
    """(values, weights) of a rate times the `error` of its relativity."""
    rate, chance = nodes(hazard.rate.law, NODES)
    by, weight = errors(error)
    return np.multiply.outer(rate, by).ravel(), np.multiply.outer(chance, weight).ravel()


def factors(model: Compound, n: int = NODES) -> tuple[Floats, Floats]:
    """(values, weights) of the product of the factors of one route and one sector, at `n` nodes
    each."""
    factor, chance = np.ones(1), np.ones(1)
    for prior in (model.route_frailty, model.sector_frailty):
        variance = prior.mean
        value, weight = nodes(Gamma(mean=1.0, cv=variance**0.5) if variance else Point(mean=1.0), n)
        factor = np.multiply.outer(factor, value).ravel()
        chance = np.multiply.outer(chance, weight).ravel()
    return factor, chance


def refuse_unless_one_world(model: Compound, held: Batches) -> None:
    """Raise `Undefined` where items share what the closed forms do not follow: a batch of several
    items with serial defects, factors of several routes or sectors, errors of several items."""
    several = len(held) > 1
    if len(held.names) < len(held) and any(one.shared > 0 for one in model.perils.values()):
        raise Undefined(
            "payments for several items of one batch with serial defects have no closed form here"
        )
    for of, prior in (("route", model.route_frailty), ("sector", model.sector_frailty)):
        labels = [held.label(of, row) or held.name_of(row) for row in range(len(held))]
        if prior.mean > 0 and len(set(labels)) > 1:
            raise Undefined(f"payments for items of several {of}s have no closed form here")
    for target in model.targets:
        if several and held.column(f"{target}_error", 0.0).any():
            raise Undefined(
                "payments for several items have no closed form here where the relativity on "
                f"{target} has an error"
            )


def _open(held: Batches, one: Course, cause: str) -> Floats:
    """(n,) exposure of each item after its waiting period for `cause`."""
    row, waiting = held.terms_of(cause), np.zeros(len(held))
    covered = row != NOWHERE
    waiting[covered] = held.portfolio.terms.waiting[row[covered]]
    shut = np.clip(waiting - held.inception, 0.0, held.term)
    exposure = one.timing.exposure
    return exposure(held.term, held.term) - exposure(shut, held.term)


def _rates(model: Compound, held: Batches, source: Source) -> Floats:
    """(n,) the prior mean of the rate that each item meets at relativity 1."""
    rate = np.zeros(len(held))
    for hazard, items in held.by_hazard(model.classes, source.one.peril):
        rate[items] = hazard.rate.mean
    return rate


def _order(held: Batches, items: Ints) -> Positions:
    """(n_items,) where each of `items` stands among the batches."""
    where = np.empty(held.portfolio.n_items, dtype=np.intp)
    where[held.item] = np.arange(len(held))
    return where[items]
