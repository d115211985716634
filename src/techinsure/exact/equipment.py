"""Equipment without simulation: expected payments, expected claims, probability of a claim.

Rates enter every mean linearly and factors of park and sector have mean 1, so a mean is that of
the rates' priors times the payment expected from one event (Klugman, Panjer & Willmot, Loss
Models, chapter 9: E[S] = E[N] E[X]), averaged over the supply shock and over the relativities'
errors. Payments come from limited means of the laws of damage and days (`cover.expected_paid`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic import ConfigDict

from techinsure.cover import HasLimitedMean, chance_paid, expected_paid
from techinsure.distributions import Gamma, Law, Mixture, Point
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Undefined
from techinsure.models.equipment import (
    CAUSES,
    TARGETS,
    Equipment,
    catastrophe_draws,
    fire_draws,
    relativity,
    repair_factors,
    share_draws,
)
from techinsure.models.factors import Cohorts, Drawn
from techinsure.models.grouped_items import Positions
from techinsure.models.places import Places, Relativity, places
from techinsure.models.strikes import clocks, intensity
from techinsure.portfolio import NOWHERE, PolicyTerms, Portfolio
from techinsure.quantities import FORBID, Flags, Floats, Ints

PERILS = CAUSES[:4]

ANY = 0
"""A seed for what depends on no draw."""

SCORES_AT_ONCE = 200_000
"""Numbers held together by a quadrature: bounds its memory."""

Verb = Callable[[HasLimitedMean, Floats, PolicyTerms, Ints], Floats]
"""`expected_paid` or `chance_paid`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CappedRatio:
    """min(factor * X, 1) of a damage ratio X of `law`; `factor` (n,). Whatever the terms cap, no
    unit loses more than its value."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    law: Law
    factor: Floats

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(factor X, 1, limit)] = factor E[min(X, min(1, limit) / factor)], (n,)."""
        return self.factor * self.law.limited_mean(np.minimum(limit, 1.0) / self.factor)

    def cdf(self, x: Floats) -> Floats:
        """P(min(factor X, 1) <= x), (n,)."""
        return np.where(np.asarray(x) >= 1, 1.0, self.law.cdf(x / self.factor))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PayableDays:
    """min(max(factor * D - waiting, 0), indemnity) of days D of `law`; all others (n,), days."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    law: Law
    factor: Floats
    waiting: Floats
    indemnity: Floats

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(payable, limit)] = E[min(factor D, waiting + m)] - E[min(factor D, waiting)] with
        m = min(indemnity, limit), (n,)."""
        most = np.minimum(self.indemnity, limit)
        upper = self.law.limited_mean((self.waiting + most) / self.factor)
        return self.factor * (upper - self.law.limited_mean(self.waiting / self.factor))

    def cdf(self, x: Floats) -> Floats:
        """P(payable <= x), (n,)."""
        below = self.law.cdf((self.waiting + x) / self.factor)
        return np.where(np.asarray(x) >= self.indemnity, 1.0, below)


class Source(NamedTuple):
    """Events of `peril` as one item meets them: `events` (n,) per unit of its rate, and `verb` of
    the payment from one of them for `cause`, (2, n): without and with a supply shock."""

    peril: str
    cause: str
    events: Floats
    paid: Floats


def mean(model: Equipment, portfolio: Portfolio, items: Ints, drawn: Drawn = "class") -> Floats:
    """(n_items,) expected insured payment of each of `items` over its term, before aggregate
    limits, currency units; the same whoever shares the draws (`drawn`). Exact to rounding; to
    1e-4 of itself where relativities have errors."""
    total: Floats = mean_by_cause(model, portfolio, items, drawn).sum(axis=1)
    return total


def mean_by_cause(
    model: Equipment, portfolio: Portfolio, items: Ints, drawn: Drawn = "class"
) -> Floats:
    """(n_items, n_causes) the mean by cause of the portfolio, currency units."""
    placed = places(portfolio, items, tuple(model.classes))
    total, shock = np.zeros((len(placed), len(portfolio.causes))), _shock(model)
    rate = {peril: _mean_rate(model, placed, peril) for peril in PERILS}
    for source in _sources(model, placed, expected_paid):
        payment = source.events * (shock @ source.paid) * open_part(placed, source.cause)
        total[:, portfolio.causes.index(source.cause)] += rate[source.peril] * payment
    return total[_order(placed, items)]


def conditional_mean(
    model: Equipment, portfolio: Portfolio, items: Ints, cohorts: Cohorts
) -> Floats:
    """(n_items, n_years) the mean given each year's posterior draws, common factors and supply
    shock, as the simulation has them, currency units; errors of relativities are averaged out."""
    placed = places(portfolio, items, tuple(model.classes))
    total = np.zeros((len(placed), cohorts.n))
    shock = cohorts.shock("supply", model.supply_shock.probability.mean)
    paid = {peril: np.zeros((2, len(placed))) for peril in PERILS}
    for source in _sources(model, placed, expected_paid):
        paid[source.peril] += source.events * open_part(placed, source.cause) * source.paid
    for peril in PERILS if len(placed) else ():
        rate, which = _rates(model, placed, cohorts, peril)
        total += rate[which] * np.where(shock, paid[peril][1][:, None], paid[peril][0][:, None])
    return total[_order(placed, items)]


def expected_claims(model: Equipment, portfolio: Portfolio, items: Ints) -> Floats:
    """(n_items,) expected number of events for which the item is paid, before aggregate limits;
    damage and interruption by one event are one claim."""
    placed = places(portfolio, items, tuple(model.classes))
    sources = {(s.peril, s.cause): s for s in _sources(model, placed, chance_paid)}
    claims, shock = np.zeros(len(placed)), _shock(model)
    for peril in PERILS if len(placed) else ():
        damage, stop = sources[peril, peril], sources[peril, "interruption"]
        either = _either(placed, peril, damage.paid, stop.paid)
        # a catastrophe may stop the site without striking the item that leads it
        elsewhere = np.maximum(stop.events - damage.events, 0.0)
        hit = damage.events * either + elsewhere * open_part(placed, "interruption") * stop.paid
        claims += _mean_rate(model, placed, peril) * (shock @ hit)
    return claims[_order(placed, items)]


def claim_probability(model: Equipment, portfolio: Portfolio, items: Ints) -> float:
    """The probability that a policy of `items` is paid at least once, before aggregate limits.

    Given factors and shock, paid claims are Poisson mixed over independent gamma rates:
    P(none) = E[product over perils of (1 + scale * load)**-shape] (Klugman, Panjer & Willmot,
    Loss Models, section 6.3), by Gauss-Laguerre rules over the factors of park and sector; within
    1e-9. Raises `Undefined` unless all items stand on one site, with one sector, one term, one
    waiting time a cause and no error of a relativity.
    """
    placed = places(portfolio, items, tuple(model.classes))
    asked = np.nonzero(placed.asked)[0]
    if not len(asked):
        return 0.0
    _refuse_unless_one_risk(model, placed, asked)
    sources = {(s.peril, s.cause): s for s in _sources(model, placed, chance_paid)}
    load = {p: _load(placed, asked, sources[p, p], sources[p, "interruption"]) for p in PERILS}
    one = model.classes[placed.classes_at(asked[:1])[0]]
    share, weight = nodes(one.catastrophe_share.law)
    never = _laplace(one.fire.rate.law, load["fire"][0])
    never *= weight @ _laplace(model.catastrophe_rate.law, load["catastrophe"][0] * share)
    factor, chance = np.ones(1), np.ones(1)
    for variance in model.frailty:
        value, weight = nodes(
            Gamma(mean=1.0, cv=variance**0.5) if variance else Point(mean=1.0), 48
        )
        factor = np.multiply.outer(factor, value).ravel()
        chance = np.multiply.outer(chance, weight).ravel()
    by_item = np.zeros(2)
    for state in range(2):
        both = np.ones(len(factor))
        for peril in ("breakdown", "accident"):
            both *= _laplace(one.peril(peril).rate.law, load[peril][state] * factor)
        by_item[state] = chance @ both
    return float(1 - never * (_shock(model) @ by_item))


def _sources(model: Equipment, placed: Places, verb: Verb) -> Iterator[Source]:
    """How each peril meets each item, peril by peril; an interruption of the whole site is on the
    item that leads it."""
    if not len(placed):
        return
    leads = np.zeros(len(placed))
    leads[placed.lead] = 1.0
    own = _stopped(model, placed, verb, of_site=False)
    of_site = _stopped(model, placed, verb, of_site=True)
    for peril in ("breakdown", "accident"):
        events = relativity(placed, f"{peril}_rate", ANY).mean * placed.units * placed.term
        unit, repair = placed.sum_insured / placed.units, repair_factors(model, placed, peril)
        paid = np.array([_damaged(model, placed, peril, verb, unit, by) for by in repair])
        yield Source(peril, peril, events, paid)
        yield Source(peril, "interruption", events, np.array([own, own]))
    for peril in ("fire", "catastrophe"):
        rate = relativity(placed, f"{peril}_rate", ANY)
        whole = expected_highest(placed, rate)[placed.site] * placed.term
        events = whole if peril == "fire" else rate.mean * placed.term
        by = np.ones(len(placed))
        once = _damaged(model, placed, peril, verb, placed.sum_insured, by)
        yield Source(peril, peril, events, np.array([once, once]))
        yield Source(peril, "interruption", whole * leads, np.array([of_site, of_site]))


def _damaged(
    model: Equipment, placed: Places, peril: str, verb: Verb, value: Floats, by: Floats
) -> Floats:
    """(n,) `verb` of the damage by one event, as a ratio of `value` (n,) times `by` (n,)."""
    factor, row = relativity(placed, f"{peril}_ratio", ANY), placed.terms_of(peril)
    covered, total = np.nonzero(row != NOWHERE)[0], np.zeros(len(placed))
    for name, here in placed.by_class(covered):
        item, law = covered[here], model.classes[name].ratio(peril).law
        for score, weight in scores(len(item), bool(factor.error[item].any())):
            ratio = CappedRatio(law=law, factor=factor.scored(item, score) * by[item])
            worth = np.broadcast_to(value[item], ratio.factor.shape)
            total[item] += weight @ verb(ratio, worth, placed.portfolio.terms, row[item])
    return total


def _stopped(model: Equipment, placed: Places, verb: Verb, of_site: bool) -> Floats:
    """(n,) `verb` of one interruption with the item's own factor of days, or, on the items that
    lead a site (`of_site`), with the largest of the site."""
    days, row = relativity(placed, "days", ANY), placed.terms_of("interruption")
    bought = (row != NOWHERE) & (placed.daily_cost > 0)
    bought &= np.isin(np.arange(len(placed)), placed.lead) | (not of_site)
    total, stopped = np.zeros(len(placed)), np.nonzero(bought)[0]
    kinked = of_site and bool(_uneven(placed, days)[placed.site[stopped]].any())
    for name, here in placed.by_class(stopped):
        item, law = stopped[here], model.classes[name].interruption_days.law
        waiting, indemnity = placed.waiting_days[item], placed.indemnity_days[item]
        for score, weight in scores(len(placed), bool(days.error.any()), kinked):
            factor = days.scored(np.arange(len(placed)), score)
            if of_site:
                factor = placed.highest_on_site(factor)[:, placed.site]
            by = factor[:, item]
            payable = PayableDays(law=law, factor=by, waiting=waiting, indemnity=indemnity)
            cost = np.broadcast_to(placed.daily_cost[item], by.shape)
            total[item] += weight @ verb(payable, cost, placed.portfolio.terms, row[item])
    return total


def expected_highest(placed: Places, rate: Relativity) -> Floats:
    """(n_sites,) expected largest relativity of a site, whose items have one normal for their
    errors; exact where they have one error, else within 1e-5 of itself."""
    highest = placed.highest_on_site(rate.mean)
    uneven = _uneven(placed, rate)
    if uneven.any():
        item = np.nonzero(uneven[placed.site])[0]
        first = np.nonzero(np.diff(placed.site[item], prepend=-1))[0]
        highest[uneven] = sum(
            weight @ np.maximum.reduceat(rate.scored(item, score), first, axis=1)
            for score, weight in scores(len(item), uncertain=True, kinked=True)
        )
    return highest


def _uneven(placed: Places, known: Relativity) -> Flags:
    """(n_sites,) whether the items of a site have different errors."""
    return placed.highest_on_site(known.error) > -placed.highest_on_site(-known.error)


def scores(n: int, uncertain: bool, kinked: bool = False) -> Iterator[tuple[Floats, Floats]]:
    """Values (k, 1) and weights (k,) of a standard normal by the trapezoidal rule, which converges
    faster than any power where the function is smooth (Trefethen & Weideman 2014, SIAM Review
    56, section 5); finer for a function with kinks. In portions, for functions of `n` items.
    One value where nothing is uncertain."""
    score = np.linspace(-8.5, 8.5, 1701 if kinked else 35) if uncertain else np.zeros(1)
    weight = np.exp(-(score**2) / 2)
    weight /= weight.sum()
    at_once = max(1, SCORES_AT_ONCE // max(n, 1))
    for start in range(0, len(score), at_once):
        yield score[start : start + at_once, None], weight[start : start + at_once]


def _shock(model: Equipment) -> Floats:
    """(2,) probability of a cohort year without and with a supply shock."""
    p = model.supply_shock.probability.mean
    return np.array([1 - p, p])


def _mean_rate(model: Equipment, placed: Places, peril: str) -> Floats:
    """(n,) the prior mean of the rate that each item meets at relativity 1."""
    rate = np.zeros(len(placed))
    for name, here in placed.by_class(np.arange(len(placed))):
        one = model.classes[name]
        rate[here] = (
            model.catastrophe_rate.mean * one.catastrophe_share.mean
            if peril == "catastrophe"
            else one.peril(peril).rate.mean
        )
    return rate


def _rates(
    model: Equipment, placed: Places, cohorts: Cohorts, peril: str
) -> tuple[Floats, Positions]:
    """Rates (n_distinct, n_years) at relativity 1, and which of them each item (n,) has."""
    if peril == "fire":
        rate, which = fire_draws(model, placed, cohorts)
        return rate, which[placed.site]
    if peril == "catastrophe":
        rate, of_park = catastrophe_draws(model, placed, cohorts)
        share, of_site = share_draws(model, placed, cohorts)
        pair = np.stack([of_park[placed.park], of_site[placed.site]])
        pairs, which = np.unique(pair, axis=1, return_inverse=True)
        return rate[pairs[0]] * share[pairs[1]], which.ravel()
    clock = clocks(placed, model.frailty, cohorts.drawn)
    first = np.unique(clock, return_index=True)[1]
    return intensity(placed, cohorts, first, peril, model.rates(peril), model.frailty), clock


def open_part(placed: Places, cause: str) -> Floats:
    """(n,) the part of the term after the waiting period of `cause`."""
    row = placed.terms_of(cause)
    waiting = np.where(row == NOWHERE, 0.0, placed.portfolio.terms.waiting[row])
    return np.clip((placed.inception + placed.term - waiting) / placed.term, 0.0, 1.0)


def _either(placed: Places, peril: str, damage: Floats, stop: Floats) -> Floats:
    """(2, n) chance that an event at a time uniform over the term is paid: as `damage`, or as the
    interruption that it starts (`stop`), which are independent given the event."""
    by_damage, by_stop = open_part(placed, peril), open_part(placed, "interruption")
    both = np.minimum(by_damage, by_stop)
    union = both * (damage + stop - damage * stop)
    return union + (by_damage - both) * damage + (by_stop - both) * stop


def _load(placed: Places, asked: Positions, damage: Source, stop: Source) -> Floats:
    """(2,) paid events of one peril, per unit of its rate, for all `asked` items together.

    A fire or catastrophe has a height and one uniform for all damage ratios: it is paid where
    both fall into the union of the items' rectangles, a staircase."""
    if damage.peril in ("breakdown", "accident"):
        either = _either(placed, damage.peril, damage.paid, stop.paid)[:, asked]
        total: Floats = either @ damage.events[asked]
        return total
    order = asked[np.argsort(-damage.events[asked], kind="stable")]
    height = damage.events[order]
    steps = height - np.append(height[1:], 0.0)
    area = np.maximum.accumulate(damage.paid[:, order], axis=1) @ steps
    chance, whole = stop.paid[:, asked].max(axis=1), stop.events[asked].max()
    by_damage, by_stop = (
        open_part(placed, damage.peril)[order[0]],
        open_part(placed, stop.cause)[order[0]],
    )
    both = min(by_damage, by_stop)
    paid: Floats = both * (chance * whole + (1 - chance) * area)
    paid += (by_damage - both) * area + (by_stop - both) * chance * whole
    return paid


def _laplace(law: Law, at: Floats) -> Floats:
    """E[exp(-rate * at)] of a gamma, mixed or known rate, shaped like `at`."""
    if isinstance(law, Gamma):
        mixed: Floats = np.power(1 + law.scale * at, -law.shape)
        return mixed
    if isinstance(law, Mixture):
        parts = np.array([_laplace(part, at) for part in law.parts])
        return np.tensordot(np.array(law.weights), parts, axes=1)
    return np.exp(-law.mean * at)


def _refuse_unless_one_risk(model: Equipment, placed: Places, asked: Positions) -> None:
    """Raise `Undefined` where the closed form of the probability of a claim does not hold."""
    same: dict[str, Floats | Ints] = {
        "sites": placed.site, "sectors": placed.sector * (model.frailty.sector > 0),
        "inceptions": placed.inception, "terms": placed.term,
        **{f"waiting times for {cause}": open_part(placed, cause) for cause in CAUSES[2:]},
    }  # fmt: skip
    for what, values in same.items():
        if len(np.unique(values[asked])) > 1:
            raise Undefined(f"the probability of a claim has no closed form for several {what}")
    for target in TARGETS:
        if placed.column(f"{target}_error", 0.0).any():
            raise Undefined(
                f"the probability of a claim has no closed form where the relativity on {target} "
                "has an error"
            )


def _order(placed: Places, items: Ints) -> Positions:
    """(n_items,) where each of `items` stands among the places."""
    where = np.empty(placed.portfolio.n_items, dtype=np.intp)
    where[placed.item] = np.arange(len(placed))
    return where[items]
