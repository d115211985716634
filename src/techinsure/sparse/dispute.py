"""Patents of one firm as a sparse risk: suits, by how they end.

Given the suit rate, the factor of the field and the draws of the chain, suits of each outcome are
Poisson. A suit has four marks: the cost to decision, the economic loss, the share of it that is
recovered, and which item is sued. Holds any terms that `cover` holds, in order of time.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.distributions import Gamma, Point
from techinsure.distributions.cells import draw
from techinsure.errors import Undefined
from techinsure.exact.dispute import OUTCOMES, outcome_chances
from techinsure.models.dispute import CAUSES, Dispute, DisputeClass, by_class, cover_of
from techinsure.models.factors import Cohorts
from techinsure.models.suits import Docket, docket
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.quantities import FORBID, Floats, Ints
from techinsure.sparse.claims import Claims, Terms
from techinsure.sparse.policies import Losses, payments
from techinsure.sparse.risk import Risk, Source, Uniform
from techinsure.sparse.rules import compressed, multiplied, rule, together

JUDGMENT = 3
"""Points of the rule of each draw of the chain: chances of outcomes are linear in it, so up to five
suits in a term are exact."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SuitTerms:
    """What the policy pays of suits on `items` (n_items,), of which `upto` (n_items,) says how the
    mark falls; sources are `OUTCOMES`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    model: Dispute
    kind: DisputeClass
    portfolio: Portfolio
    items: Ints
    upto: Floats

    def __call__(self, claims: Claims) -> Floats:
        """(n_scenarios,) payments, currency units."""
        cost, lost, recovered, where = claims.sizes
        number = np.minimum(np.searchsorted(self.upto, where, side="right"), len(self.items) - 1)
        item = self.items[number]
        attacked = np.array([attack for _, attack in OUTCOMES])[claims.source]
        end = np.array([end for end, _ in OUTCOMES])[claims.source]
        model, settled = self.model, end == "settled"
        cost = cost * np.where(attacked, model.attacked_cost.mean, 1.0)
        cost = cost * np.where(settled, model.settled_cost.mean, 1.0)
        covered = cover_of(self.portfolio, self.items, CAUSES[1])[number] != NOWHERE
        left = np.where(settled, model.settled_loss.mean, np.where(end == "won", 1.0, 0.0))
        loss = (1 - draw(model.recovery.law, recovered)) * lost * left * covered
        if self.kind.loss is None:
            loss = np.zeros(len(loss))
        parts = []
        for cause, amount in zip(CAUSES, (cost, loss), strict=True):
            rows: NDArray[np.intp] = np.nonzero(amount > 0)[0]
            if cause in self.portfolio.causes:
                parts.append(Losses(cause, rows, item[rows], amount[rows]))
        return payments(self.portfolio, claims, parts)


def policy(model: Dispute, portfolio: Portfolio, items: Ints) -> tuple[Risk, Terms]:
    """The risk and the terms of `items` (n_items,), the patents of one class.

    `Undefined` for several classes, times in force or factors of a field, for families of several
    patents (one suit hits them all, each with a fate of its own), and where the relativity has an
    error.
    """
    kinds = list(by_class(model, portfolio, items))
    sued = docket(portfolio, items, model.rate, Cohorts(seed=0, n=1))
    _refuse(len(kinds) > 1, "is of one class")
    _refuse_unless_alike(model, portfolio, items, sued)
    kind, variance = kinds[0][0], model.rate.frailty
    factor = Gamma(mean=1.0, cv=variance**0.5) if variance > 0 else Point(mean=1.0)
    chain = (model.attack, kind.void, model.settled, model.win)
    drawn, chance = together([
        multiplied(rule(model.suit_rate.law), rule(factor)),
        *(compressed(rule(prior.law), JUDGMENT) for prior in chain),
    ])  # fmt: skip
    exposure = sued.relativity * sued.patents * (sued.end - sued.start)
    suits = drawn[0] * float(exposure.sum())
    when = Uniform(low=float(sued.start[0]), high=float(sued.end[0]))
    loss = Uniform() if kind.loss is None else kind.loss.law
    marks = (kind.cost.law, loss, Uniform(), Uniform())
    sources = tuple(
        Source(name=f"{how}, {'attacked' if attacked else 'not attacked'}", sizes=marks, when=when)
        for how, attacked in OUTCOMES
    )
    risk = Risk(sources=sources, rates=(suits * outcome_chances(*drawn[1:])).T, chance=chance)
    share = np.cumsum(exposure) / exposure.sum()
    return risk, SuitTerms(model=model, kind=kind, portfolio=portfolio, items=items, upto=share)


def _refuse_unless_alike(model: Dispute, portfolio: Portfolio, items: Ints, sued: Docket) -> None:
    families = sued.units.together[sued.unit] & (sued.patents > 1)
    several = bool(families.any() or (sued.units.size > 1).any())
    _refuse(several, "has no family of several patents")
    _refuse(len(set(zip(sued.start, sued.end, strict=True))) > 1, "has one time in force")
    named = {sector for _, sector in sued.clocks}
    own = "" in named and len(items) > 1 and model.rate.frailty > 0
    _refuse(len(named) > 1 or own, "follows one factor of a technology field")
    made = any(level.claims_made for level in portfolio.terms.levels)
    _refuse(made, "is paid for whenever a suit is reported: claims made are simulated")
    error = portfolio.inputs.get("suit_rate_error", np.zeros(portfolio.n_items))[items]
    _refuse(bool(np.nan_to_num(error).any()), "has known relativities")


def _refuse(unfit: bool, what: str) -> None:
    if unfit:
        raise Undefined(f"a sparse risk of patents {what}")
