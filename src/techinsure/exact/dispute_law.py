"""The law of what a policy on patents is paid: suits counted, their outcomes listed.

A suit finds some items, each with its patents; every sued patent runs through the chain on its
own, given the year's draws of its class. What those draws have in common among the patents of one
suit is integrated by Gauss rules; what they have in common among suits of one year enters by
moments. Suits are Poisson, their rate gamma-mixed times the factor of the field
(Klugman, Panjer & Willmot, Loss Models, sections 6.3 and 9.6).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from techinsure.distributions.quadrature import nodes
from techinsure.exact.annual import Grid, Sums
from techinsure.exact.dispute import NODES as RULES
from techinsure.exact.dispute import OUTCOMES, docket_of, outcome_chances
from techinsure.exact.dispute_mixing import Load, mixed
from techinsure.exact.dispute_suits import Case, Hit, Unit, units_of
from techinsure.exact.payouts import Paid, Payout, averaged, payout
from techinsure.exact.transforms import Sight, Values, sum_of
from techinsure.models.dispute import CAUSES, Dispute, DisputeClass, by_class, cover_of
from techinsure.portfolio import NOWHERE, PolicyTerms, Portfolio
from techinsure.quantities import Floats, Ints

MOST_JUDGMENTS = (5, 3, 5, 3)
"""Nodes of the draws of attack, void, settled and win at most; as many as n patents need are exact
up to 8 patents of a class in a family (void and win vary little: up to 4)."""
EACH = 2
"""Nodes of each draw beside the means of the others."""

Lost = list[Paid | None]
"""What a sued patent is paid in each of `OUTCOMES`."""


class Judged(NamedTuple):
    """A class of patents: the `kind`, and by item what its cost and its loss are paid."""

    kind: DisputeClass
    cost: dict[int, Lost]
    loss: dict[int, Lost]


def largest(model: Dispute, portfolio: Portfolio, items: Ints) -> float:
    """The most that one suit can pay, currency units: all patents of a unit together."""
    of_item = np.zeros(len(items))
    for cause, law in (("cost", "cost"), ("loss", "loss")):
        rows = cover_of(portfolio, items, CAUSES[("cost", "loss").index(cause)])
        for kind, members in by_class(model, portfolio, items):
            prior = getattr(kind, law)
            for i in np.nonzero(members & (rows != NOWHERE))[0]:
                if prior is not None:
                    of_item[i] += payout(prior.law, 1.0, portfolio.terms, int(rows[i])).largest
    sued = docket_of(model, portfolio, items)
    patents = np.where(sued.units.together[sued.unit], sued.patents, 1)
    return float(np.bincount(sued.unit, patents * of_item).max())


def total(model: Dispute, portfolio: Portfolio, items: Ints, grid: Grid) -> Sums:
    """The law of the payments to `items` (n_items,), one policy, before the aggregate limit.

    Raises `Undefined` where `dispute_suits.units_of` does.
    """
    classes = _judged(model, portfolio, items, grid)
    units = [_as_first(unit, _first_alike(classes)) for unit in units_of(model, portfolio, items)]
    share = np.full(EACH, 1 / EACH)

    def transform(sight: Sight) -> Values:
        seen, known = _Suits(model, classes, sight), list[tuple[Unit, Load]]()
        for unit in units:
            same = next((load for other, load in known if _alike(unit, other)), None)
            known.append((unit, same or _load(unit, seen)))
        loads = [load._replace(group=unit.group) for unit, load in known]
        return mixed(model.suit_rate.law, model.field_frailty.mean, loads, share)

    every = (own for one in classes for lost in (one.cost, one.loss) for own in lost.values())
    longest = max((len(paid[0]) for own in every for paid in own if paid is not None), default=1)
    return sum_of(grid, longest, transform)


def _first_alike(classes: list[Judged]) -> dict[int, int]:
    """For each item the first one that is paid the same: what is known of one holds for both."""
    first: dict[object, int] = {}
    found = {}
    for k, one in enumerate(classes):
        for i in dict.fromkeys((*one.cost, *one.loss)):
            key = (k, id(one.cost.get(i)), id(one.loss.get(i)))
            found[i] = first.setdefault(key, i)
    return found


def _as_first(unit: Unit, first: dict[int, int]) -> Unit:
    cases = [tuple(hit._replace(item=first[hit.item]) for hit in case) for case in unit.cases]
    return unit._replace(cases=cases)


def _alike(one: Unit, other: Unit) -> bool:
    return (
        one.cases == other.cases
        and np.array_equal(one.mean, other.mean)
        and np.array_equal(one.loads, other.loads)
    )


def _load(unit: Unit, seen: "_Suits") -> Load:
    paid = np.array([1 - seen.mean(case) for case in unit.cases])
    around = np.array([seen.around(case) for case in unit.cases])
    suits, at = float(unit.mean.sum()), unit.loads.sum(axis=1)
    return Load(
        unit.group, unit.mean @ paid, unit.weight, unit.loads @ paid,
        -np.tensordot(unit.mean, around, axes=1), suits,
        float(np.sqrt(max(unit.weight @ (at / suits - 1) ** 2, 0.0))),
    )  # fmt: skip


# --- What a sued patent is paid -----------------------------------------------------------------


def _judged(model: Dispute, portfolio: Portfolio, items: Ints, grid: Grid) -> list[Judged]:
    """By class, what each item is paid in each outcome; items of the same terms share it."""
    cost_row, loss_row = (cover_of(portfolio, items, cause) for cause in CAUSES)
    found = []
    for kind, members in by_class(model, portfolio, items):
        known: dict[object, Lost] = {}
        one = Judged(kind, {}, {})
        for i in np.nonzero(members)[0].tolist():
            for of, row, made in ((one.cost, int(cost_row[i]), _costs),
                                  (one.loss, int(loss_row[i]), _losses)):  # fmt: skip
                if row == NOWHERE:
                    continue
                key = (made, _key(portfolio.terms, row))
                if key not in known:
                    known[key] = list(made(model, kind, portfolio.terms, row, grid))
                of[i] = known[key]
        found.append(one)
    return found


def _key(terms: PolicyTerms, row: int) -> tuple[float, ...]:
    columns = (terms.sum_insured, terms.deductible_amount, terms.deductible_rate, terms.limit,
               terms.insured_share)  # fmt: skip
    return tuple(float(column[row]) for column in columns)


def _costs(
    model: Dispute, kind: DisputeClass, terms: PolicyTerms, row: int, grid: Grid
) -> Iterator[Paid | None]:
    known: dict[float, Paid] = {}
    for end, attacked in OUTCOMES:
        factor = model.attacked_cost.mean if attacked else 1.0
        factor *= model.settled_cost.mean if end == "settled" else 1.0
        if factor > 0 and factor not in known:
            one = payout(kind.cost.law, factor, terms, row)
            known[factor] = (one.on(grid), one.none)
        yield known.get(factor)


def _losses(
    model: Dispute, kind: DisputeClass, terms: PolicyTerms, row: int, grid: Grid
) -> Iterator[Paid | None]:
    """What nobody makes good: a mean over the nodes of the recovery."""
    recovery, weight = nodes(model.recovery.law, RULES["recovery"])
    left, known = {"settled": model.settled_loss.mean, "won": 1.0, "lost": 0.0}, {}
    for end, _ in OUTCOMES:
        if kind.loss is None or left[end] == 0:
            yield None
            continue
        if end not in known:
            every = [_scaled(kind, left[end] * (1 - r), terms, row) for r in recovery]
            none = float(sum(w * one.none for w, one in zip(weight, every, strict=True)))
            known[end] = (averaged(every, weight, grid), none)
        yield known[end]


def _scaled(kind: DisputeClass, left: float, terms: PolicyTerms, row: int) -> Payout:
    assert kind.loss is not None
    return payout(kind.loss.law, max(left, 1e-12), terms, row)


# --- What a suit is paid ------------------------------------------------------------------------


class _Suits:
    """Generating functions of what suits are paid, made once a case: over the draws of each class,
    and at nodes of each draw beside the means of all others."""

    def __init__(self, model: Dispute, classes: list[Judged], sight: Sight) -> None:
        self.model, self.classes, self.sight = model, classes, sight
        self.known: dict[Hit, Values] = {}
        self.class_of = {i: k for k, one in enumerate(classes) for i in (*one.cost, *one.loss)}
        self.means = [np.array([prior.mean for prior in self._priors(k)])
                      for k in range(len(classes))]  # fmt: skip
        self.cases: dict[Case, Values] = {}

    def _priors(self, k: int):  # type: ignore[no-untyped-def]
        model = self.model
        return (model.attack, self.classes[k].kind.void, model.settled, model.win)

    def mean(self, case: Case) -> Values:
        """(n_points,) of one suit, over all draws."""
        if case not in self.cases:
            found: Values = np.ones(1)
            for k in self._classes(case):
                own = [hit for hit in case if self.class_of[hit.item] == k]
                chances, weight = self._judgments(k, sum(hit.patents for hit in own))
                found = found * (weight @ self._given(own, chances))
            self.cases[case] = found
        return self.cases[case]

    def around(self, case: Case) -> Values:
        """(4 * n_classes, n_each, n_points) at the nodes of one draw beside the means of all
        others, less their mean."""
        usual = {k: self._at(case, k, self.means[k][:, None])[0] for k in self._classes(case)}
        found = []
        for k in range(len(self.classes)):
            others = np.prod([usual[j] for j in usual if j != k], axis=0)
            for place, prior in enumerate(self._priors(k)):
                drawn = np.repeat(self.means[k][:, None], EACH, axis=1)
                drawn[place] = _two(prior.mean, prior.law.variance**0.5)
                given = others * self._at(case, k, drawn) if k in usual else np.zeros((EACH, 1))
                found.append(given - given.mean(axis=0) + np.zeros((1, len(self._one(case[0])[0]))))
        return np.array(found)

    def _classes(self, case: Case) -> list[int]:
        return list(dict.fromkeys(self.class_of[hit.item] for hit in case))

    def _at(self, case: Case, k: int, drawn: Floats) -> Values:
        """(n_nodes, n_points) what the items of class `k` are paid given its draws."""
        own = [hit for hit in case if self.class_of[hit.item] == k]
        attack, void, settled, win = drawn
        return self._given(own, outcome_chances(attack, void, settled, win).T)

    def _judgments(self, k: int, patents: int) -> tuple[Floats, Floats]:
        """((n_nodes, 6) chances of the outcomes, weights) of rules that are exact for so many
        patents, up to `MOST_JUDGMENTS`."""
        enough = (patents + 2) // 2
        rules = [nodes(prior.law, min(enough, most))
                 for prior, most in zip(self._priors(k), MOST_JUDGMENTS, strict=True)]  # fmt: skip
        values = np.meshgrid(*(value for value, _ in rules), indexing="ij")
        weights = np.meshgrid(*(weight for _, weight in rules), indexing="ij")
        chances = outcome_chances(*(v.ravel() for v in values))
        return chances.T, np.prod(weights, axis=0).ravel()

    def _given(self, own: list[Hit], chances: Floats) -> Values:
        """(n_nodes, n_points) of some items, given the `chances` (n_nodes, 6) of the outcomes."""
        found: Values = np.ones((1, 1))
        for hit in own:
            found = found * _power(chances @ self._one(hit), hit.patents)
        return found

    def _one(self, hit: Hit) -> Values:
        """(6, n_points) of one sued patent by outcome."""
        if hit not in self.known:
            one = self.classes[self.class_of[hit.item]]
            rows = []
            for number in range(len(OUTCOMES)):
                found: Values = self.sight.of(np.ones(1), 1.0)
                for paid, lost in ((hit.cost, one.cost), (hit.loss, one.loss)):
                    own = lost.get(hit.item, [None] * len(OUTCOMES))[number] if paid else None
                    if own is not None:
                        found = found * self.sight.of(*own)
                rows.append(found)
            self.known[hit] = np.array(rows)
        return self.known[hit]


def _two(mean: float, sd: float) -> Floats:
    """The Gauss rule of two nodes of a symmetric law, weights 1 / 2."""
    return np.array([mean - sd, mean + sd])


def _power(values: Values, n: int) -> Values:
    """values**n for a whole n >= 1, by squaring."""
    found = None
    while n:
        if n & 1:
            found = values if found is None else found * values
        n >>= 1
        if n:
            values = values * values
    assert found is not None
    return found
