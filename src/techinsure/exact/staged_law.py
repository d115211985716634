"""The law of what a policy on projects is paid: a trial a project, its outcomes listed.

One project fails in one phase or in none, and may have repeated its tape-out before; each is paid
once, an atom at 0 and a piecewise-linear image of a beta law. For one project everything that it
shares with others integrates out (see `exact.staged`). Several projects of a policy are
independent given the year's draws and factors, over which Gauss rules run.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy import special

from techinsure.distributions import Law, Lognormal
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Undefined
from techinsure.exact.annual import Grid, Sum, Sums, convolved
from techinsure.exact.payouts import Paid, Payout, paid_on, payout
from techinsure.exact.staged import RELATIVITY_NODES, anywhen, chances, covered_by, respin_chance
from techinsure.exact.transforms import Sight, Values, fewer, sum_of, widened
from techinsure.models.phases import failed_by, failed_in, lifted, rated, remaining
from techinsure.models.projects import Projects, projects, respin_phase
from techinsure.models.staged import Staged
from techinsure.models.stages import Threshold
from techinsure.portfolio import Portfolio
from techinsure.quantities import Floats, Ints

NODES = {"probability": 32, "normal": 32, "relativity": RELATIVITY_NODES, "shared": 5}
"""Length of each Gauss rule: of a drawn probability, of the factors that alike projects share, of
a relativity that is not known, and of a factor that projects of several kinds share."""

MOST_WORLDS = 5_000
"""Nodes of all rules together: bounds the time of several projects in one policy."""
AT_ONCE = 128
"""Nodes looked at together: bounds the memory."""


class Outcome(NamedTuple):
    """What one project can be paid: by phase of failure (None: not covered), and for the tape-out
    that is repeated after phase `after`, which has the chance `again` once that is passed."""

    failure: list[Payout | None]
    respin: Payout | None
    after: int
    again: float


def largest(model: Staged, portfolio: Portfolio, items: Ints) -> float:
    """The most that one event can pay, currency units."""
    listed = outcomes(model, portfolio, projects(model, portfolio, items, anywhen("class")))
    paid = [p for one in listed for p in (*one.failure, one.respin) if p is not None]
    return max((p.largest for p in paid), default=0.0)


def total(model: Staged, portfolio: Portfolio, items: Ints, grid: Grid) -> Sums:
    """The law of the payments to `items` (n_items,), one policy, before the aggregate limit.

    Raises `Undefined` where a waiting period cuts into the term, and for several projects whose
    common draws and factors are beyond a quadrature.
    """
    some = projects(model, portfolio, items, anywhen("class"))
    listed = outcomes(model, portfolio, some)
    if len(items) == 1:
        return _of_one(model, some, listed[0], grid)
    return _of_several(model, some, listed, grid)


def outcomes(model: Staged, portfolio: Portfolio, some: Projects) -> list[Outcome]:
    """What each project can be paid: the loss is a + b X, a what earlier phases cost, b the budget
    of this one, X the spend; a repeated tape-out costs a share of the sum insured."""
    failure, covered = covered_by(portfolio, some, "failure")
    before, share = remaining(np.array([phase.budget_share.mean for phase in model.phases]))
    respin, bought = np.full(len(some.item), -1), np.zeros(len(some.item), bool)
    if some.respin.any():
        respin, bought = covered_by(portfolio, some, "respin")
    after, again = respin_phase(model, some), respin_chance(model, some)
    found = []
    for i, entry in enumerate(some.entry):
        spent = some.sum_insured[i] * model.recognised.mean
        paid = [
            payout(model.spend.law, spent * share[entry, k], portfolio.terms, int(failure[i]),
                   offset=spent * before[entry, k])
            if covered[i] and k >= entry else None
            for k in range(len(model.phases))
        ]  # fmt: skip
        cost = model.classes[some.risk_class[i]].respin_cost
        once = None
        if cost is not None and bought[i] and again[i] > 0:
            once = payout(cost.law, float(some.sum_insured[i]), portfolio.terms, int(respin[i]))
        found.append(Outcome(paid, once, int(after[i]), float(again[i]) if once else 0.0))
    return found


# --- One project --------------------------------------------------------------------------------


def _of_one(model: Staged, some: Projects, outcome: Outcome, grid: Grid) -> Sums:
    """Failure in a phase or in none, times a repeated tape-out or none where it came that far."""
    insured = model.insured_cause[some.form[0]].mean
    in_phase, passed = chances(model, some, "class")
    fails = insured * in_phase[:, 0]
    came = np.append(np.arange(len(fails)) > outcome.after, True)
    # who never fails at an insurer's cost may still have failed before the tape-out was passed
    beyond = float(passed[0] - fails[came[:-1]].sum())
    weights = np.append(fails, 1 - fails.sum())
    repeated = outcome.again * np.where(came, np.append(fails, beyond), 0.0)
    failure = [paid_on(one, grid) for one in (*outcome.failure, None)]
    respin = paid_on(outcome.respin, grid)
    fine = _listed(weights, repeated, failure, respin)
    failure, respin = [(widened(c), n) for c, n in failure], (widened(respin[0]), respin[1])
    return fine, _listed(weights, repeated, failure, respin)


def _listed(weights: Floats, repeated: Floats, failure: list[Paid], respin: Paid) -> Sum:
    """The law of a project that ends in each way with the chance in `weights`, of which
    `repeated` with a repeated tape-out before."""
    chance, none = np.zeros(1), 0.0
    for weight, twice, (once, unpaid) in zip(weights, repeated, failure, strict=True):
        chance = _added(chance, weight - twice, once)
        none += (weight - twice * (1 - respin[1])) * unpaid
        if twice > 0:
            chance = _added(chance, twice, convolved(once, respin[0]))
    return Sum(chance, float(none))


def _added(chance: Floats, weight: float, other: Floats) -> Floats:
    """chance + weight * other, as long as the longer."""
    longer = np.zeros(max(len(chance), len(other)))
    longer[: len(chance)] = chance
    longer[: len(other)] += weight * other
    return longer


# --- Several projects ---------------------------------------------------------------------------


class Worlds(NamedTuple):
    """Draws and factors of a year at the nodes of their rules: `weight` (n_worlds,), `fails`
    (n_phases, n, n_worlds) P(insured failure in the phase), `beyond` (n, n_worlds) P(the tape-out
    is passed and no insured failure follows), `again` (n, n_worlds) P(a passed one is repeated)."""

    weight: Floats
    fails: Floats
    beyond: Floats
    again: Floats


def _of_several(model: Staged, some: Projects, listed: list[Outcome], grid: Grid) -> Sums:
    every = list(worlds(model, some, listed))
    paid = [[paid_on(p, grid) for p in (*one.failure, one.respin)] for one in listed]
    longest = max(len(chance) for of_one in paid for chance, _ in of_one)

    def transform(sight: Sight) -> Values:
        seen = [np.array([sight.of(*one) for one in of_one]) for of_one in paid]
        whole: Values = np.zeros(seen[0].shape[1:])
        for world in every:
            together: Values = np.ones(1)
            for i, (one, at) in enumerate(zip(listed, seen, strict=True)):
                together = together * _seen(one, world, i, at)
            whole = whole + world.weight @ together
        return whole

    return sum_of(grid, longest, transform)


def _seen(one: Outcome, world: Worlds, i: int, at: Values) -> Values:
    """(n_worlds, n_points) generating function of what project `i` is paid."""
    failure, respin = at[:-1] - 1, at[-1] - 1
    whole = 1 + world.fails[:, i].T @ failure
    if one.respin is not None:
        later = np.arange(len(failure)) > one.after
        came = world.beyond[i][:, None] + world.fails[later, i].T @ at[:-1][later]
        whole = whole + world.again[i][:, None] * came * respin
    return np.asarray(whole)


def given(one: Outcome, world: Worlds, i: int, node: int, paid: list[Paid]) -> Sum:
    """The law of what project `i` is paid at one node of `world`; `paid`: by phase of failure, and
    last for the repeated tape-out, on a grid."""
    fails, again = world.fails[:, i, node], float(world.again[i, node])
    respin, unpaid = paid[-1]
    came = np.append(np.where(np.arange(len(fails)) > one.after, fails, 0.0), world.beyond[i, node])
    weights = np.append(fails, 1 - fails.sum())
    repeated = again * came if one.respin is not None else np.zeros(len(came))
    nothing = paid_on(None, Grid(1.0, np.inf))
    return _listed(weights, repeated, [*paid[:-1], nothing], (respin, unpaid))


def worlds(
    model: Staged, some: Projects, listed: list[Outcome], most: int | None = None
) -> Iterator[Worlds]:
    """One part for each state of the supply shock and node of what is drawn for all phases; rules
    of at most `most` nodes (None: as many as are exact for so many projects)."""
    shock = model.supply_shock
    if some.exposed.any() and shock.compensated:
        raise Undefined(
            "the law of several projects under a compensated supply shock has no closed form here"
        )
    groups = {name for own in some.groups for name, _ in own}
    if groups and not isinstance(model.dependence, Threshold):
        raise Undefined(
            "the law of several projects that share a route's frailty has no closed form here"
        )
    chance = shock.probability.mean if some.exposed.any() else 0.0
    shared = list(_drawn_for_all(model, some, listed, most))
    for state, lift in ((1 - chance, 0.0), (chance, shock.shift.mean)):
        if state == 0:
            continue
        rules = [_phase_rule(model, some, k, lift, most) for k in range(len(model.phases))]
        size = len(shared) * int(np.prod([len(weight) for weight, _ in rules]))
        if size > MOST_WORLDS:
            raise Undefined(
                f"the law of {len(some.item)} projects in one policy needs {size:,} nodes of "
                f"their common draws and factors, at most {MOST_WORLDS:,} are held (simulate)"
            )
        for world in _combined(some, listed, rules, shared, state):
            yield from _portions(world)


def _combined(
    some: Projects, listed: list[Outcome], rules: list[tuple[Floats, Floats]],
    shared: list[tuple[float, Floats, Floats]], state: float,
) -> Iterator[Worlds]:  # fmt: skip
    """The rules of all phases in every combination."""
    picks = np.array(list(product(*(range(len(weight)) for weight, _ in rules))), np.intp).T
    weight = np.prod([w[pick] for (w, _), pick in zip(rules, picks, strict=True)], axis=0)
    failing = np.array([q[:, :, pick] for (_, q), pick in zip(rules, picks, strict=True)])
    by = failed_by(failing)  # (n_phases, n, n_relativities, n_worlds)
    odds = np.array([_relativities(some, i)[1] for i in range(len(some.item))])
    in_phase = np.einsum("knrw,nr->knw", failed_in(by), odds)
    passed = np.array([odds[i] @ (1 - by[one.after, i]) for i, one in enumerate(listed)])
    for share, insured, again in shared:
        fails = in_phase * insured[:, None]
        later = np.array([fails[one.after + 1 :, i].sum(axis=0) for i, one in enumerate(listed)])
        repeated = np.broadcast_to(again[:, None], later.shape)
        yield Worlds(state * share * weight, fails, passed - later, repeated)


def _portions(world: Worlds) -> Iterator[Worlds]:
    for start in range(0, len(world.weight), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        yield Worlds(
            world.weight[part], world.fails[:, :, part], world.beyond[:, part], world.again[:, part]
        )


def _drawn_for_all(
    model: Staged, some: Projects, listed: list[Outcome], most: int | None = None
) -> Iterator[tuple[float, Floats, Floats]]:
    """(weight, P(insured cause) (n,), P(repeated) (n,)) at the nodes of what is drawn once for all
    phases: the insured share of causes by class and form, repeated tape-outs by class. Payments
    are polynomials in each, of the degree of the number of projects: the rules are exact."""
    forms = list(zip(some.owner, some.form, strict=True))
    buyers = [own for own, one in zip(some.owner, listed, strict=True) if one.again > 0]
    classes = dict(zip(some.owner, some.risk_class, strict=True))
    rules: dict[object, tuple[Floats, Floats]] = {
        pair: nodes(model.insured_cause[pair[1]].law, _enough(count, most))
        for pair, count in Counter(forms).items()
    }
    for own, count in Counter(buyers).items():
        again = model.classes[classes[own]].respin
        assert again is not None
        rules[own] = nodes(again.law, _enough(count, most))
    for pick in product(*(range(len(value)) for value, _ in rules.values())):
        at = dict(zip(rules, pick, strict=True))
        weight = float(np.prod([rules[name][1][place] for name, place in at.items()]))
        value = {name: rules[name][0][place] for name, place in at.items()}
        insured = np.array([value[pair] for pair in forms])
        repeated = [value[own] if one.again > 0 else 0.0
                    for own, one in zip(some.owner, listed, strict=True)]  # fmt: skip
        yield weight, insured, np.array(repeated)


def _enough(projects: int, most: int | None = None) -> int:
    """Nodes of a Gauss rule that is exact for the moments that so many projects ask for."""
    enough = (projects + 2) // 2
    return enough if most is None else min(enough, most)


def _phase_rule(
    model: Staged, some: Projects, k: int, lift: float, most: int | None = None
) -> tuple[Floats, Floats]:
    """(weights (n_nodes,), P(fails in phase k) (n, n_relativities, n_nodes)) over the factors and
    the drawn probabilities that projects share.

    Where all are alike, what they share is one probability, whose law on [0, 1] needs as few nodes
    as its moments do. What only one project has is integrated out of it.
    """
    if (some.entry > k).all():
        return np.ones(1), np.zeros((len(some.item), len(_relativities(some, 0)[0]), 1))
    kinds = set(zip(some.owner, some.groups, some.relativity.tolist(), some.exposed, strict=True))
    alike = len(kinds) == 1 and not some.error.any()
    laws = {own: model.classes[of].fail[model.phase_names[k]].law
            for own, of in zip(some.owner, some.risk_class, strict=True)}  # fmt: skip
    pulls = [loading for loading in _shared_loadings(some) if loading.any()]
    counts = Counter(some.owner)
    several = [own for own in laws if counts[own] > 1]
    fine = NODES["probability"] if alike else 0
    rules = [nodes(laws[own], fine or min(_enough(counts[own], most), 4)) for own in several]
    bells = NODES["normal"] if alike else min(NODES["shared"], most or NODES["shared"])
    score, bell = nodes(Lognormal.of_mu_sigma(0.0, 1.0), bells)
    rules += [(np.log(score), bell)] * len(pulls)
    values = [axis.ravel() for axis in np.meshgrid(*(v for v, _ in rules), indexing="ij")]
    weight = np.ones(1)
    for _, one in rules:
        weight = np.multiply.outer(weight, one).ravel()
    drawn = dict(zip(several, values, strict=False))
    pull = sum(
        (np.multiply.outer(loading, value)
         for loading, value in zip(pulls, values[len(several) :], strict=True)),
        np.zeros((len(some.item), len(weight))),
    )  # fmt: skip
    spread = np.sqrt(1 - np.array([(loading**2) for loading in pulls]).sum(axis=0)) * np.ones(
        len(some.item)
    )
    failing = np.array([
        _failing(some, i, laws[own], drawn.get(own), pull[i], spread[i], lift, weight)
        for i, own in enumerate(some.owner)
    ])  # fmt: skip
    if alike:
        few, weight = fewer(failing[0, 0], weight, _enough(len(some.item), most))
        failing = np.tile(few, (len(some.item), 1, 1))
    return weight, np.where((some.entry <= k)[:, None, None], failing, 0.0)


def _shared_loadings(some: Projects) -> list[Floats]:
    """(n,) roots of the loadings of each factor that several projects share; factors that move
    the same projects alike are one. What one project has alone is part of its own spread."""
    every = list(dict.fromkeys(name for own in some.groups for name, _ in own))
    squares: dict[tuple[bool, ...], Floats] = {}
    for name in every:
        loading = np.array([dict(own).get(name, 0.0) for own in some.groups])
        if np.count_nonzero(loading) > 1:
            moved = tuple((loading > 0).tolist())
            squares[moved] = squares.get(moved, np.zeros(len(loading))) + loading
    return [np.sqrt(square) for square in squares.values()]


def _failing(
    some: Projects, i: int, law: Law, drawn: Floats | None, pull: Floats, spread: float,
    lift: float, of_node: Floats,
) -> Floats:  # fmt: skip
    """(n_relativities, n_nodes) P(project i fails | factors), given its `drawn` probability
    (n_nodes,) or, where no other project shares that, as the mean over its `law`. The nodes, with
    weights `of_node` (n_nodes,), are made to keep the mean, which factors do not move."""
    odds = some.relativity[i] * _relativities(some, i)[0]

    def failing(value: Floats) -> Floats:
        chance = rated(value, odds[:, None])
        return lifted(chance, lift) if some.exposed[i] and lift else chance

    def given(value: Floats, pulled: Floats) -> Floats:
        chance = failing(value)
        if not pull.any():
            return chance
        return np.asarray(special.ndtr((special.ndtri(chance) - pulled) / spread))

    value, weight = nodes(law, NODES["probability"])
    if drawn is not None:
        found = given(drawn, pull)
    else:
        found = sum(
            (w * given(np.full(len(pull), v), pull) for v, w in zip(value, weight, strict=True)),
            np.zeros(1),
        )  # fmt: skip
    kept = (failing(value) @ weight) / (found @ of_node)
    return np.minimum(found * kept[:, None], 1.0)


def _relativities(some: Projects, i: int) -> tuple[Floats, Floats]:
    """(n_relativities,) values of mean 1 and weights of what multiplies the odds of project `i`,
    as many for all projects."""
    if not some.error.any():
        return np.ones(1), np.ones(1)
    n = NODES["relativity"]
    if some.error[i] == 0:
        return np.ones(n), np.full(n, 1 / n)
    return nodes(Lognormal(mean=1.0, cv=float(some.error[i])), n)
