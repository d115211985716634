"""Laws of several policies given what they share: at each node of the draws, independent ones.

What a year draws for more than one policy (rates and probabilities of a class, factors of routes,
sectors and fields, a supply shock) is held at the nodes of Gauss rules; what only one policy meets
stays in its law. Source of the rules: Golub & Welsch (1969), Mathematics of Computation 23.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product as combinations
from typing import Any, ClassVar, NamedTuple

import numpy as np
from pydantic import ConfigDict

from techinsure import exact
from techinsure.distributions import Gamma
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.evidence.priors import Prior
from techinsure.exact import staged_law
from techinsure.exact.allocation import MOST_RISKS, Shares, euler_shares
from techinsure.exact.annual import AnnualLaw, Grid, convolved
from techinsure.exact.payouts import paid_on
from techinsure.exact.staged import anywhen
from techinsure.models import Model
from techinsure.models.compound import Compound
from techinsure.models.dispute import Dispute
from techinsure.models.equipment import Equipment
from techinsure.models.projects import projects
from techinsure.models.staged import Staged
from techinsure.portfolio import NOWHERE, Labels, Portfolio
from techinsure.quantities import FORBID, Count, Floats, Ints, count, require

CELLS = 128
"""Steps of the largest single payment of any policy."""
MOST_NODES = 1_500
"""Of all rules together: bounds the time."""
LENGTHS = (10, 8, 6, 5, 4, 3, 2)
"""Of each rule: the longest with which all together stay within `MOST_NODES`."""
PROJECTS = (5, 4, 3, 2)
"""The same of rules of projects, whose factors are drawn phase by phase."""
NEGLIGIBLE = 1e-9
"""The weight of a node that is left out; the others are made to sum to 1 again."""
PERILS = ("breakdown", "accident", "fire")

Held = Mapping[str, float]
"""What is held, by name, and at which value."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GivenFactors:
    """`laws[node][policy]`, independent given the node, on multiples of one step, and the `weight`
    (n_nodes,) of each node."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    weight: Floats
    laws: list[list[AnnualLaw]]


class Shared(NamedTuple):
    """A draw or factor that several policies share: its `name`, the rule of it by length, and
    `met`, which policies (n_policies,) it moves."""

    name: str
    rule: Callable[[int], tuple[Floats, Floats]]
    met: list[bool]


def shares_of(
    model: Model, portfolio: Portfolio, policies: Sequence[Ints], level: float, cells: Count = CELLS
) -> Shares:
    """Euler shares of `policies`, each the items (n,) of one, in the TVaR at `level` of their sum,
    without simulation."""
    found = laws_given(model, portfolio, policies, cells)
    return euler_shares(found.laws, found.weight.tolist(), level)


def laws_given(
    model: Model, portfolio: Portfolio, policies: Sequence[Ints], cells: Count = CELLS
) -> GivenFactors:
    """The laws of some policies at the nodes of what they share, aggregate limits applied.

    `Undefined` names what has no exact law: joined parts, policies that one event can strike
    together (a site, a park, a family), a policy in several sectors one of which it shares, rules
    beyond `MOST_NODES`, and what `annual_law` cannot hold. Draws of judgments of patents (attack,
    settlement, win, void) are integrated policy by policy, as if policies did not share them.
    """
    require("cells", cells, count(8, 4096))
    if not 1 <= len(policies) <= MOST_RISKS:
        bound = f"must be 1 to {MOST_RISKS} policies"
        raise InvalidParameter([Fault("policies", len(policies), bound)])
    largest = max(float(_law_of(model).largest(model, portfolio, own)) for own in policies)
    if largest <= 0:
        raise Undefined("no policy is ever paid anything: there is no tail to share")
    step = largest / cells
    if isinstance(model, Staged):
        return _of_projects(model, portfolio, policies, step)
    return _of_rates(model, portfolio, policies, step, cells)


def _law_of(model: Model) -> Any:
    if model.kind == "joint":
        raise Undefined(
            "policies on joined parts have no exact laws given what they share (simulate)"
        )
    return exact.law_module(model)


def on_step(one: AnnualLaw, step: float) -> AnnualLaw:
    """The law on the multiples of a step: what lies between two is shared among them so that the
    mean stays."""
    return _on_step(one.amounts, one.chance, one.paid, step)


def _on_step(amounts: Floats, chance: Floats, paid: float, step: float) -> AnnualLaw:
    place = amounts / step
    low = np.floor(place + 1e-9).astype(np.intp)
    up = np.clip(place - low, 0.0, 1.0)
    size = int(low.max()) + 2
    cells = np.bincount(low, chance * (1 - up), size) + np.bincount(low + 1, chance * up, size)
    cells = np.maximum(cells, 0.0)
    used = int(np.flatnonzero(cells)[-1]) + 1
    return AnnualLaw(
        amounts=step * np.arange(float(used)), chance=cells[:used] / cells.sum(), paid=paid
    )


# --- Rates: equipment, patents, compound perils --------------------------------------------------


def _of_rates(
    model: Model, portfolio: Portfolio, policies: Sequence[Ints], step: float, cells: int
) -> GivenFactors:
    shared = list(_shared(model, portfolio, policies))
    n = len(shared)
    fits = [length for length in LENGTHS if math.prod(_sizes(shared, length)) <= MOST_NODES]
    if not fits:
        raise Undefined(
            f"{len(policies)} policies share {n} draws and factors: their rules need more than "
            f"{MOST_NODES:,} nodes (simulate)"
        )
    rules = [one.rule(fits[0]) for one in shared]
    known: dict[object, AnnualLaw] = {}
    weights, laws = list[float](), list[list[AnnualLaw]]()
    for pick in combinations(*(range(len(value)) for value, _ in rules)):
        weight = math.prod(float(w[k]) for (_, w), k in zip(rules, pick, strict=True))
        if weight < NEGLIGIBLE:
            continue
        at = {one.name: (k, float(value[k]))
              for one, (value, _), k in zip(shared, rules, pick, strict=True)}  # fmt: skip
        row = []
        for number, items in enumerate(policies):
            own = {one.name: at[one.name] for one in shared if one.met[number]}
            key = (number, *((name, k) for name, (k, _) in own.items()))
            if key not in known:
                held = held_at(model, {name: value for name, (_, value) in own.items()})
                law = exact.annual_law(held, portfolio, items, cells)
                known[key] = on_step(law, step)
            row.append(known[key])
        weights.append(weight)
        laws.append(row)
    total = np.array(weights)
    return GivenFactors(weight=total / total.sum(), laws=laws)


def _sizes(shared: Sequence[Shared], length: int) -> list[int]:
    return [len(one.rule(length)[0]) for one in shared]


def _shared(model: Model, portfolio: Portfolio, policies: Sequence[Ints]) -> Iterator[Shared]:
    """What more than one policy meets."""
    classes = [_names(portfolio.risk_class, items) for items in policies]
    own = [{name.split("/", 1)[-1] for name in names} for names in classes]
    found: list[Shared] = []
    match model:
        case Equipment():
            _refuse_together(portfolio.site, policies, "site", "a fire")
            _refuse_together(portfolio.park, policies, "park", "a catastrophe")
            for name, one in model.classes.items():
                met = [name in names for names in own]
                priors = {peril: one.peril(peril).rate for peril in PERILS}
                found += [_drawn(f"{p}_rate/{name}", prior, met) for p, prior in priors.items()]
                found.append(_drawn(f"catastrophe_share/{name}", one.catastrophe_share, met))
            found.append(_drawn("catastrophe_rate", model.catastrophe_rate, [True] * len(policies)))
            exposed = [bool(portfolio.supply_exposed[items].any()) for items in policies]
            found.append(_struck(model.supply_shock.probability.mean, exposed))
            found += _factors(portfolio, policies, model.frailty.sector)
        case Dispute():
            _refuse_together(portfolio.family, policies, "family", "a suit")
            found.append(_drawn("suit_rate", model.suit_rate, [True] * len(policies)))
            found += _factors(portfolio, policies, model.field_frailty.mean)
        case Compound():
            _refuse_together(portfolio.family, policies, "family", "a serial defect")
            for of, label in (("route", portfolio.route), ("sector", portfolio.sector)):
                if getattr(model, f"{of}_frailty").mean > 0:
                    _refuse_together(label, policies, of, f"a factor of the {of}")
            found += [
                _drawn(f"{peril}_rate/{name}", hazard.rate, [name in names for names in own])
                for name, one in model.classes.items() for peril, hazard in one.hazards.items()
            ]  # fmt: skip
    yield from (one for one in found if sum(one.met) > 1 and len(one.rule(2)[0]) > 1)


def _names(labels: Labels, items: Ints) -> set[str]:
    return {labels[int(i)] for i in items if labels.codes[i] != NOWHERE and labels[int(i)]}


def _refuse_together(labels: Labels, policies: Sequence[Ints], what: str, event: str) -> None:
    names = [_names(labels, items) for items in policies]
    for place, one in enumerate(names):
        both = sorted(one.intersection(*[set().union(*names[:place])]))
        if both:
            raise Undefined(
                f"two policies share the {what} {both[0]!r}: {event} moves both, so they have no "
                "laws that are independent given what is drawn (simulate)"
            )


def _drawn(name: str, prior: Prior, met: list[bool]) -> Shared:
    return Shared(name, partial(nodes, prior.law), met)


def _struck(chance: float, met: list[bool]) -> Shared:
    def rule(_: int) -> tuple[Floats, Floats]:
        states = [(0.0, 1 - chance), (1.0, chance)] if 0 < chance < 1 else [(chance, 1.0)]
        return np.array([s for s, _ in states]), np.array([w for _, w in states])

    return Shared("shock", rule, met)


def _factors(portfolio: Portfolio, policies: Sequence[Ints], variance: float) -> Iterator[Shared]:
    """Factors of sectors (fields) that several policies share, of mean 1."""
    if variance == 0:
        return
    names = [_names(portfolio.sector, items) for items in policies]
    for sector in sorted(set().union(*names)):
        met = [sector in own for own in names]
        if sum(met) < 2:
            continue
        wide = next((own for own in names if sector in own and len(own) > 1), None)
        if wide:
            raise Undefined(
                f"a policy in several sectors ({', '.join(sorted(wide))}) that shares "
                f"{sector!r} with another has no exact law here (simulate)"
            )
        law = Gamma(mean=1.0, cv=variance**0.5)
        yield Shared(f"factor/{sector}", partial(nodes, law), met)


def held_at(model: Model, held: Held) -> Model:
    """The model with what is `held` no longer drawn; a factor of a sector multiplies the rates that
    it moves, held or not."""
    factor = math.prod(value for name, value in held.items() if name.startswith("factor/"))
    scaled = any(name.startswith("factor/") for name in held)
    match model:
        case Equipment():
            changed = replace(
                model,
                catastrophe_rate=_held(model.catastrophe_rate, held, "catastrophe_rate"),
                classes={name: _equipment_class(one, name, held, factor)
                         for name, one in model.classes.items()},
            )  # fmt: skip
            if "shock" in held:
                shock = changed.supply_shock
                chance = shock.probability.held(held["shock"])
                changed = replace(changed, supply_shock=replace(shock, probability=chance))
            none = model.sector_frailty.held(0.0)
            return replace(changed, sector_frailty=none) if scaled else changed
        case Dispute():
            rate = _times(_held(model.suit_rate, held, "suit_rate"), factor)
            none = model.field_frailty.held(0.0) if scaled else model.field_frailty
            return replace(model, suit_rate=rate, field_frailty=none)
        case Compound():
            classes = {
                name: replace(one, hazards={
                    peril: replace(hazard, rate=_held(hazard.rate, held, f"{peril}_rate/{name}"))
                    for peril, hazard in one.hazards.items()
                })
                for name, one in model.classes.items()
            }  # fmt: skip
            return replace(model, classes=classes)
    return model


def _equipment_class(one: Any, name: str, held: Held, factor: float) -> Any:
    perils = {}
    for peril in PERILS:
        rate = _held(one.peril(peril).rate, held, f"{peril}_rate/{name}")
        moved = rate if peril == "fire" else _times(rate, factor)
        perils[peril] = replace(one.peril(peril), rate=moved)
    share = _held(one.catastrophe_share, held, f"catastrophe_share/{name}")
    return replace(one, catastrophe_share=share, **perils)


def _held(prior: Prior, held: Held, name: str) -> Prior:
    return prior.held(held[name]) if name in held else prior


def _times(prior: Prior, factor: float) -> Prior:
    if factor == 1:
        return prior
    parts = tuple(replace(part, mean=part.mean * factor) for part in prior.parts)
    return replace(prior, mean=prior.mean * factor, parts=parts)


# --- Projects -----------------------------------------------------------------------------------


def _of_projects(
    model: Staged, portfolio: Portfolio, policies: Sequence[Ints], step: float
) -> GivenFactors:
    """Each project's outcomes at the nodes of draws, factors and shock; those of one policy are
    convolved."""
    items = np.concatenate([np.asarray(own) for own in policies])
    some = projects(model, portfolio, items, anywhen("class"))
    listed = staged_law.outcomes(model, portfolio, some)
    every = _worlds(model, some, listed)
    grid = Grid(step, math.inf)
    paid = [[paid_on(p, grid) for p in (*one.failure, one.respin)] for one in listed]
    ends = np.cumsum([len(own) for own in policies])
    spans = [range(end - len(own), end) for end, own in zip(ends, policies, strict=True)]
    limits = [exact.aggregate_limit(portfolio, own) for own in policies]
    weights, laws = list[float](), list[list[AnnualLaw]]()
    for world in every:
        for w in np.flatnonzero(world.weight > NEGLIGIBLE):
            given = [staged_law.given(one, world, i, int(w), paid[i])
                     for i, one in enumerate(listed)]  # fmt: skip
            laws.append([
                _together([given[i] for i in span], limit, step)
                for span, limit in zip(spans, limits, strict=True)
            ])  # fmt: skip
            weights.append(float(world.weight[w]))
    total = np.array(weights)
    return GivenFactors(weight=total / total.sum(), laws=laws)


def _worlds(model: Staged, some: Any, listed: Any) -> list[staged_law.Worlds]:
    """With the longest rules that stay within `MOST_NODES`."""
    for most in PROJECTS:
        try:
            every = list(staged_law.worlds(model, some, listed, most))
        except Undefined:
            if most == PROJECTS[-1]:
                raise
            continue
        if sum(len(world.weight) for world in every) <= MOST_NODES or most == PROJECTS[-1]:
            return every
    raise AssertionError("the last rule returns or raises")


def _together(parts: Sequence[tuple[Floats, float]], limit: float, step: float) -> AnnualLaw:
    """The law of the sum of independent payments (chances, P(nothing)) under one limit."""
    chance, none = parts[0]
    for other, unpaid in parts[1:]:
        chance, none = convolved(chance, other), none * unpaid
    chance = np.maximum(chance, 0.0)
    amounts = np.minimum(step * np.arange(float(len(chance))), limit)
    return _on_step(amounts, chance / chance.sum(), min(max(1 - none, 0.0), 1.0), step)
