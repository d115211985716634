"""Patent disputes without simulation: the outcomes of a suit are few enough to be listed.

A suit ends in one of `OUTCOMES`. Given the outcome, the cost is a lognormal times known factors,
the infringed loss a lognormal times the share that nobody makes good: a quadrature over the
recovery. Rate, field factor, relativity error and the draws of the chain are independent and
enter the mean linearly, so their means are all that it needs. Probabilities are not linear: they
are Gauss rules over the draws.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.cover import HasLimitedMean, chance_paid, expected_paid
from techinsure.distributions import Gamma, Lognormal
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Undefined
from techinsure.models.dispute import (
    CAUSES,
    Dispute,
    DisputeClass,
    by_class,
    cover_of,
    owners_of,
    posterior_at,
)
from techinsure.models.factors import Cohorts, Drawn
from techinsure.models.suits import Docket, docket, heights, suit_rates
from techinsure.portfolio import NOWHERE, PolicyTerms, Portfolio
from techinsure.quantities import FORBID, Flags, Floats, Ints

OUTCOMES = (("settled", True), ("settled", False), ("won", True), ("won", False),
            ("lost", True), ("lost", False))  # fmt: skip
"""(how the case ended, whether validity was attacked); void counts as lost."""

NODES = {"judgment": 8, "rate": 32, "frailty": 12, "error": 16, "recovery": 32}
"""Length of each Gauss rule."""


def mean(model: Dispute, portfolio: Portfolio, items: Ints, drawn: Drawn = "class") -> Floats:
    """(n_items,) expected insured payment over each item's term, currency units, before aggregate
    limits: rate * relativity * patents * sum over outcomes of chance * E[paid] * years open.

    The same for every `drawn`: whoever shares a draw, its mean is the same. Families do not
    matter: they are sued at the rate of one patent.
    """
    paid = _paid_years(model, portfolio, items)
    per_suit = np.zeros(len(items))
    for kind, members in by_class(model, portfolio, items):
        per_suit[members] = paid[members] @ outcome_chances(*_means(model, kind))
    relativity = docket_of(model, portfolio, items).relativity
    total: Floats = model.suit_rate.mean * relativity * portfolio.units[items] * per_suit
    return total


def conditional_mean(model: Dispute, portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Floats:
    """(n_items, n_years) the same, given the posterior draws, field factors and relativities that
    each of the years of `cohorts` has in the simulation."""
    sued = docket(portfolio, items, model.rate, cohorts)
    every, years = np.arange(len(items))[:, None], cohorts.years[None, :]
    suits = suit_rates(sued, model.rate, cohorts)[sued.units.clock[sued.unit]]
    suits = suits * heights(sued, every, years) * sued.patents[:, None]
    owners, owner = owners_of(portfolio, items, cohorts)
    whose = np.arange(len(owners))[:, None]

    def drawn(parameter: str) -> Floats:
        prior = getattr(model, parameter)
        return posterior_at(cohorts, owners, whose, parameter, prior, years)

    void = np.zeros((len(owners), cohorts.n))
    for kind, members in by_class(model, portfolio, items):
        own = np.unique(owner[members])
        void[own] = posterior_at(cohorts, owners, own[:, None], "void", kind.void, years)
    chances = outcome_chances(drawn("attack"), void, drawn("settled"), drawn("win"))
    paid = _paid_years(model, portfolio, items)
    per_suit = np.zeros_like(suits)
    for number in range(len(OUTCOMES)):  # never all outcomes x items x years at once
        per_suit += paid[:, [number]] * chances[number][owner]
    return suits * per_suit


def expected_claims(model: Dispute, portfolio: Portfolio, items: Ints) -> Floats:
    """(n_items,) expected number of suits for which an item is paid at all, before aggregate
    limits. A suit on a family is one claim of each item, however many of its patents it hits:
    with n patents it is paid with probability E[1 - (1 - p)**n] over the draws of p."""
    sued, pays = docket_of(model, portfolio, items), _paying(model, portfolio, items)
    hit = np.where(sued.units.together[sued.unit], sued.patents, 1)
    years = np.zeros(len(items))
    for kind, members in by_class(model, portfolio, items):
        chances, weights = _judgments(model, kind)
        rows = np.nonzero(members)[0]
        for open_years, by_outcome in pays.spells(rows):
            cases, which = np.unique(
                np.column_stack([hit[rows], by_outcome]), axis=0, return_inverse=True
            )
            none = (1 - cases[:, 1:] @ chances) ** cases[:, :1]
            years[rows] += open_years * ((1 - none) @ weights)[which.ravel()]
    rate = model.suit_rate.mean * sued.relativity * sued.patents / hit
    return rate * years


def claim_probability(model: Dispute, portfolio: Portfolio, items: Ints) -> float:
    """Probability that any suit on any of `items`, one policy, is paid at all.

    Given the draws, suits that pay are Poisson, so P(none) = E[exp(-rate * sum over fields of
    factor * exposure)]: over a field's gamma factor of variance v in closed form,
    (1 + v * rate * exposure)**(-1 / v), over rate and relativity errors by Gauss rules; exact to
    their accuracy. `Undefined` where the chain's draws of several classes decide whether a suit
    is paid, or where items of one family have relativities with errors.
    """
    sued, pays = docket_of(model, portfolio, items), _paying(model, portfolio, items)
    chances, kind, weights = _shared_judgments(model, portfolio, items, pays)
    error = errors_of(portfolio, items)
    _refuse_errors_in_families(sued, error)
    rate, rate_weights = nodes(model.suit_rate.law, NODES["rate"])
    fields: dict[object, list[tuple[Floats, float]]] = {}
    for unit, clock in enumerate(sued.units.clock):
        exposure = _paying_exposure(sued, pays, chances, kind, unit)
        own = f"own factor of {sued.units.names[unit]}"
        field = int(clock) if sued.clocks[clock][1] else own
        cv = error[sued.units.members[sued.units.first[unit]]]
        fields.setdefault(field, []).append((exposure, float(cv)))
    none = np.ones((len(weights), len(rate)))
    for exposures in fields.values():
        none = none * _no_suit(rate, model.field_frailty.mean, exposures)
    return float(1 - weights @ none @ rate_weights)


def outcome_chances(attack: Floats, void: Floats, settled: Floats, win: Floats) -> Floats:
    """(6, ...) probability of each of `OUTCOMES`, of arrays that broadcast."""
    judged = 1 - np.asarray(settled)
    won_attacked, won_free = (1 - np.asarray(void)) * win, win
    free = 1 - np.asarray(attack)
    chances: Floats = np.stack(np.broadcast_arrays(
        attack * settled, free * settled, attack * judged * won_attacked, free * judged * won_free,
        attack * judged * (1 - won_attacked), free * judged * (1 - won_free),
    ))  # fmt: skip
    return chances


class Measure(Protocol):
    """`cover.expected_paid` or `cover.chance_paid`."""

    def __call__(
        self, law: HasLimitedMean, scale: Floats, terms: PolicyTerms, row: Ints
    ) -> Floats: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paying:
    """When and how probably items pay: `opens` (2, n_items) from when each cause is open, `end`
    (n_items,), years, and `chance` (2, n_items, 6) that a sued patent is paid given the outcome.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    opens: Floats
    end: Floats
    chance: Floats

    def by_outcome(self, rows: NDArray[np.intp], active: Flags) -> Floats:
        """(n_rows, 6) chance that one of the causes `active` (2,) or (2, n_rows) pays at all."""
        each = self.chance[:, rows] * np.reshape(active, (2, -1, 1))
        either: Floats = 1 - (1 - each[0]) * (1 - each[1])
        return either

    def spells(self, rows: NDArray[np.intp]) -> Iterator[tuple[Floats, Floats]]:
        """(years (n_rows,), chance (n_rows, 6)) while only the first cause is open, while only
        the second is, and while both are."""
        (cost, loss), end = self.opens[:, rows], self.end[rows]
        yield np.maximum(loss - cost, 0), self.by_outcome(rows, np.array([True, False]))
        yield np.maximum(cost - loss, 0), self.by_outcome(rows, np.array([False, True]))
        yield end - np.maximum(cost, loss), self.by_outcome(rows, np.array([True, True]))


def docket_of(model: Dispute, portfolio: Portfolio, items: Ints) -> Docket:
    """The items by risk unit; of no particular world."""
    return docket(portfolio, items, model.rate, Cohorts(seed=0, n=1))


def _means(model: Dispute, kind: DisputeClass) -> list[Floats]:
    priors = (model.attack, kind.void, model.settled, model.win)
    return [np.array(prior.mean) for prior in priors]


def errors_of(portfolio: Portfolio, items: Ints) -> Floats:
    if "suit_rate_error" not in portfolio.inputs:
        return np.zeros(len(items))
    return np.nan_to_num(portfolio.inputs["suit_rate_error"][items])


def opens_of(portfolio: Portfolio, items: Ints) -> Floats:
    """(2, n_items) from when each cause is open, years: after waiting, never if not covered."""
    start = portfolio.inception[items]
    end = start + portfolio.term[items]
    opens = []
    for cause in CAUSES:
        row = cover_of(portfolio, items, cause)
        waited = np.clip(portfolio.terms.waiting[row], start, end)
        opens.append(np.where(row == NOWHERE, end, waited))
    return np.array(opens)


def _paid_years(model: Dispute, portfolio: Portfolio, items: Ints) -> Floats:
    """(n_items, 6) E[paid] of a suit with each outcome, all causes, times the years open."""
    end = portfolio.inception[items] + portfolio.term[items]
    years = end - opens_of(portfolio, items)
    paid = _by_outcome(model, portfolio, items, expected_paid)
    total: Floats = np.einsum("cn,cno->no", years, paid)
    return total


def _paying(model: Dispute, portfolio: Portfolio, items: Ints) -> Paying:
    return Paying(
        opens=opens_of(portfolio, items),
        end=portfolio.inception[items] + portfolio.term[items],
        chance=_by_outcome(model, portfolio, items, chance_paid),
    )


def _by_outcome(model: Dispute, portfolio: Portfolio, items: Ints, measure: Measure) -> Floats:
    """(2, n_items, 6) `measure` of a sued patent's payment by cause, item, and outcome."""
    value = np.zeros((len(CAUSES), len(items), len(OUTCOMES)))
    cost_row, loss_row = (cover_of(portfolio, items, cause) for cause in CAUSES)
    recovery, weights = nodes(model.recovery.law, NODES["recovery"])
    left = {"settled": model.settled_loss.mean, "won": 1.0, "lost": 0.0}
    for kind, members in by_class(model, portfolio, items):
        insured = np.nonzero(members & (cost_row != NOWHERE))[0]
        exposed = np.nonzero(members & (loss_row != NOWHERE))[0]
        for number, (end, attacked) in enumerate(OUTCOMES):
            factor = model.attacked_cost.mean if attacked else 1.0
            factor *= model.settled_cost.mean if end == "settled" else 1.0
            if factor > 0:
                value[0, insured, number] = measure(
                    kind.cost.law, np.full(len(insured), factor), portfolio.terms, cost_row[insured]
                )
            if kind.loss is None or left[end] == 0:
                continue
            for share, weight in zip(1 - recovery, weights, strict=True):
                scale = np.full(len(exposed), left[end] * share)
                value[1, exposed, number] += weight * measure(
                    kind.loss.law, scale, portfolio.terms, loss_row[exposed]
                )
    return value


def _judgments(model: Dispute, kind: DisputeClass) -> tuple[Floats, Floats]:
    """(6, n_nodes) chances of the outcomes at the nodes of the four draws, and their weights."""
    rules = [
        nodes(prior.law, NODES["judgment"])
        for prior in (model.attack, kind.void, model.settled, model.win)
    ]
    values = np.meshgrid(*(value for value, _ in rules), indexing="ij")
    weights = np.meshgrid(*(weight for _, weight in rules), indexing="ij")
    return outcome_chances(*(v.ravel() for v in values)), np.prod(weights, axis=0).ravel()


def _shared_judgments(
    model: Dispute, portfolio: Portfolio, items: Ints, pays: Paying
) -> tuple[Floats, NDArray[np.intp], Floats]:
    """(n_classes, 6, n_nodes) chances of the outcomes, the class of each item (n_items,), and
    weights (n_nodes,). The nodes are draws of the one class whose outcomes decide whether a suit
    is paid; for the others the means will do."""
    spells = list(pays.spells(np.arange(len(items))))
    decides = np.any([(years > 0) & (np.ptp(chance, axis=1) > 1e-12) for years, chance in spells],
                     axis=0)  # fmt: skip
    classes = list(by_class(model, portfolio, items))
    deciding = [number for number, (_, members) in enumerate(classes) if decides[members].any()]
    if len(deciding) > 1:
        raise Undefined(
            "claim_probability: the outcomes of several classes decide whether a suit is paid, "
            "and their draws together are beyond a quadrature"
        )
    weights = np.ones(1)
    chances = [outcome_chances(*_means(model, kind))[:, None] for kind, _ in classes]
    for number in deciding:
        chances[number], weights = _judgments(model, classes[number][0])
    kind_of = np.zeros(len(items), dtype=np.intp)
    for number, (_, members) in enumerate(classes):
        kind_of[members] = number
    return np.array([c + np.zeros((1, len(weights))) for c in chances]), kind_of, weights


def _paying_exposure(
    sued: Docket, pays: Paying, chances: Floats, kind: NDArray[np.intp], unit: int
) -> Floats:
    """(n_nodes,) patent-years of one risk unit at height 1, each counted by the probability that
    its suit pays: a sum over the times and heights between which the same items are hit."""
    units = sued.units
    members = units.members[units.first[unit] : units.first[unit] + units.size[unit]]
    opens, end, height = pays.opens[:, members], pays.end[members], sued.relativity[members]
    together = bool(units.together[unit])
    patents = sued.patents[members][:, None]
    hit, times = (patents, 1) if together else (1, int(patents[0, 0]))
    total = np.zeros(chances.shape[2])
    for low, high in pairwise(np.unique([*opens.ravel(), *end])):
        by_outcome = pays.by_outcome(members, (opens <= low) & (low < end))
        paid = np.einsum("no,nok->nk", by_outcome, chances[kind[members]])
        missed = (1 - paid) ** hit
        for bottom, top in pairwise(np.unique([0.0, *height])):
            none = np.prod(missed[height > bottom], axis=0)
            total += (high - low) * (top - bottom) * (1 - none) * times
    return total


def _no_suit(rate: Floats, variance: float, exposures: Sequence[tuple[Floats, float]]) -> Floats:
    """(n_nodes, n_rates) probability that no suit of one field pays: E[exp(-rate * factor *
    exposure)] over its gamma factor. `exposures` are (patent-years (n_nodes,), cv of their
    relativity's error)."""
    known = sum((e for e, cv in exposures if cv == 0), np.zeros(len(exposures[0][0])))
    erring = [(e, cv) for e, cv in exposures if cv > 0]
    if not erring:
        suits = np.multiply.outer(known, rate)
        return np.exp(-suits) if variance == 0 else (1 + variance * suits) ** (-1 / variance)
    factor, weights = np.ones(1), np.ones(1)
    if variance > 0:
        factor, weights = nodes(Gamma(mean=1.0, cv=variance**0.5), NODES["frailty"])
    suits = np.multiply.outer(rate, factor)
    none = np.exp(-np.multiply.outer(known, suits))
    for exposure, cv in erring:
        relativity, shares = nodes(Lognormal(mean=1.0, cv=cv), NODES["error"])
        none *= sum(
            share * np.exp(-np.multiply.outer(exposure * r, suits))
            for r, share in zip(relativity, shares, strict=True)
        )
    return none @ weights


def _refuse_errors_in_families(sued: Docket, error: Floats) -> None:
    crowded = sued.units.size[sued.unit] > 1
    if (crowded & (error > 0)).any():
        unit = sued.unit[np.argmax(crowded & (error > 0))]
        raise Undefined(
            f"claim_probability: {sued.units.names[unit]} has several items whose relativities "
            "have errors"
        )
