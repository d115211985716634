"""Projects without simulation: expected payments by quadrature over the priors.

For one project dependence integrates out: with thresholds E[Phi((t - pull) / spread)] = Phi(t),
phase by phase; with frailty E[exp(-Z L_k)] = S_k (see `models.staged`). What is left are the
priors, independent of one another, a relativity that is not known, and the supply shock, which
strikes all phases of a year together. Terms are applied to the law of the loss, not to its mean.
"""

from collections.abc import Iterator

import numpy as np

from techinsure.cover import chance_paid, expected_paid
from techinsure.distributions import Lognormal
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Undefined
from techinsure.evidence.priors import Prior
from techinsure.models.factors import Cohorts, Drawn
from techinsure.models.phases import failed_by, failed_in, lifted, rated, remaining
from techinsure.models.projects import Projects, Rank, Years, projects, respin_phase
from techinsure.models.staged import Staged
from techinsure.models.trials import CHUNK
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.quantities import Flags, Floats, Ints

NODES = 48
"""Of each prior; 96 change no figure of the catalogue by 1e-10 of itself."""
RELATIVITY_NODES = 24


def mean(model: Staged, portfolio: Portfolio, items: Ints, drawn: Drawn = "class") -> Floats:
    """(n_items,) expected insured payment of each item over its term, before aggregate limits,
    currency units.

    `drawn`: "class" and "item" are the same for one item; "fixed" holds parameters at their
    means. Raises `Undefined` where a waiting period cuts into the term.
    """
    some = projects(model, portfolio, items, anywhen(drawn))
    insured = np.array([model.insured_cause[form].mean for form in some.form])
    in_phase, passed = chances(model, some, drawn)
    paid = _failure_payments(model, portfolio, some)
    respin = passed * respin_chance(model, some) * _respin_payments(model, portfolio, some)
    total: Floats = insured * (in_phase * paid).sum(axis=0) + respin
    return total


def conditional_mean(model: Staged, portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Floats:
    """(n_items, n_years) the same given each year's posterior draws, common factors, shock and
    drawn relativities, made again from `cohorts`; its mean over years estimates `mean`."""
    out = np.zeros((len(items), cohorts.n))
    if not len(items):
        return out
    years, everyone = Years(model, cohorts), projects(model, portfolio, items, cohorts)
    paid = _failure_payments(model, portfolio, everyone)
    respin = _respin_payments(model, portfolio, everyone)
    size = max(1, CHUNK // cohorts.n)
    for start in range(0, len(items), size):
        here = np.arange(start, min(start + size, len(items)))
        some = everyone.take(here)
        by = years.failed_by(some)
        insured = np.stack(
            [years.insured(*pair) for pair in zip(some.owner, some.form, strict=True)]
        )
        out[here] = insured * (failed_in(by) * paid[:, here, None]).sum(axis=0)
        buyers, phase = _buyers(model, some)
        if len(buyers):
            chance = np.stack([years.respin(some.owner[i], some.risk_class[i]) for i in buyers])
            out[here[buyers]] += (1 - by[phase, buyers]) * chance * respin[here[buyers], None]
    return out


def expected_claims(model: Staged, portfolio: Portfolio, items: Ints) -> Floats:
    """(n_items,) expected number of paid events of each item, before aggregate limits."""
    some = projects(model, portfolio, items, anywhen("class"))
    failure, respin, _ = _claims(model, portfolio, some)
    total: Floats = failure.sum(axis=0) + respin
    return total


def claim_probability(model: Staged, portfolio: Portfolio, items: Ints) -> float:
    """P(any payment) of a policy of one project, before aggregate limits; exact.

    A project may have two claims: a repeated tape-out, and a failure in a later phase.
    P(either) = P(failure) + P(respin) - P(both). Raises `Undefined` for several projects, which
    share draws and factors.
    """
    if len(items) > 1:
        raise Undefined(
            f"the claim probability of {len(items)} projects in one policy has no closed form: "
            "they share draws and factors (take the simulated figure)"
        )
    if not len(items):
        return 0.0
    some = projects(model, portfolio, items, anywhen("class"))
    failure, respin, repeated = _claims(model, portfolio, some)
    later = np.arange(len(model.phases)) > respin_phase(model, some)[0]
    return float((failure[:, 0] * (1 - later * repeated[0])).sum() + respin[0])


def _claims(model: Staged, portfolio: Portfolio, some: Projects) -> tuple[Floats, Floats, Floats]:
    """(n_phases, n) P(failure in the phase is paid), (n,) P(respin is paid), (n,) the latter
    given that the respin phase was passed."""
    insured = np.array([model.insured_cause[form].mean for form in some.form])
    in_phase, passed = chances(model, some, "class")
    repeated = respin_chance(model, some) * _respin_payments(model, portfolio, some, chance=True)
    failure = insured * in_phase * _failure_payments(model, portfolio, some, chance=True)
    return failure, passed * repeated, repeated


def anywhen(drawn: Drawn) -> Cohorts:
    """No year in particular: nothing is drawn on the exact side."""
    return Cohorts(seed=0, n=0, drawn=drawn)


def chances(model: Staged, some: Projects, drawn: Drawn) -> tuple[Floats, Floats]:
    """(n_phases, n) P(fails in the phase) and (n,) P(passes the respin phase), each the mean
    over priors, relativity and shock. With nodes r of the relativity and state s of the shock,
    P(passes phase k) = sum_s sum_r w_s w_r prod_{j<=k} (1 - E[p_j(r, s)]): given r and s the
    phases are independent, also in what is not known about their probabilities.
    """
    in_phase = np.zeros((len(model.phases), len(some.item)))
    passed = np.zeros(len(some.item))
    for risk_class, error, here in _alike(some):
        relativity, weight = relativity_nodes(some.relativity[here], error)
        for state, lift in shock_states(model, some.exposed[here]):
            chance = _expected_failure(model, risk_class, relativity, lift, drawn)
            phase = np.arange(len(chance))[:, None, None]
            by = failed_by(np.where(phase >= some.entry[here, None], chance, 0.0)) @ weight
            in_phase[:, here] += state * failed_in(by)
            after = respin_phase(model, some)[here]
            passed[here] += state * (1 - by[after, np.arange(len(here))])
    return in_phase, passed


def _alike(some: Projects) -> Iterator[tuple[str, float, Ints]]:
    """Projects of one class and one error of the relativity."""
    pairs = list(zip(some.risk_class, some.error.tolist(), strict=True))
    for risk_class, error in dict.fromkeys(pairs):
        here = [i for i, pair in enumerate(pairs) if pair == (risk_class, error)]
        yield risk_class, error, np.array(here, np.int32)


def relativity_nodes(relativity: Floats, error: float) -> tuple[Floats, Floats]:
    """(n, n_nodes) relativities and their weights (n_nodes,)."""
    if error == 0:
        return relativity[:, None], np.ones(1)
    values, weights = nodes(Lognormal(mean=1.0, cv=error), RELATIVITY_NODES)
    return relativity[:, None] * values, weights


def shock_states(model: Staged, exposed: Flags) -> list[tuple[float, Floats]]:
    """(weight, lift (n, 1, 1) of the threshold) of each state. A compensated shock moves no
    marginal probability of a project, so there is one state."""
    shock, calm = model.supply_shock, np.zeros((len(exposed), 1, 1))
    if shock.compensated or not exposed.any():
        return [(1.0, calm)]
    chance = shock.probability.mean
    lift: Floats = np.where(exposed, shock.shift.mean, 0.0)[:, None, None]
    return [(1 - chance, calm), (chance, lift)]


def _expected_failure(
    model: Staged, risk_class: str, relativity: Floats, lift: Floats, drawn: Drawn
) -> Floats:
    """(n_phases, n, n_relativities) E[p] over the prior of each phase, by Gauss quadrature."""
    chances = []
    for name in model.phase_names:
        values, weights = prior_nodes(model.classes[risk_class].fail[name], drawn)
        chance = rated(values, relativity[:, :, None])
        if lift.any():
            chance = np.where(lift > 0, lifted(chance, lift), chance)
        chances.append(chance @ weights)
    return np.array(chances)


def prior_nodes(prior: Prior, drawn: Drawn) -> tuple[Floats, Floats]:
    if drawn == "fixed":
        return np.array([prior.mean]), np.ones(1)
    return nodes(prior.law, NODES)


def _failure_payments(
    model: Staged, portfolio: Portfolio, some: Projects, chance: bool = False
) -> Floats:
    """(n_phases, n) E[payment | insured failure in the phase], or the `chance` of a payment.

    The loss is a + b X: a what earlier phases cost, b the budget of this one, X the spend.
    """
    of_terms, covered = covered_by(portfolio, some, "failure")
    before, share = remaining(np.array([phase.budget_share.mean for phase in model.phases]))
    recognised = some.sum_insured * model.recognised.mean
    out = np.zeros((len(model.phases), len(some.item)))
    for phase, payments in enumerate(out):
        here = np.nonzero(covered & (some.entry <= phase))[0]
        scale = recognised[here] * share[some.entry[here], phase]
        offset = recognised[here] * before[some.entry[here], phase]
        how = chance_paid if chance else expected_paid
        payments[here] = how(model.spend.law, scale, portfolio.terms, of_terms[here], offset)
    return out


def _respin_payments(
    model: Staged, portfolio: Portfolio, some: Projects, chance: bool = False
) -> Floats:
    """(n,) E[payment | respin], or the `chance` of a payment; 0 where it is not insured."""
    out = np.zeros(len(some.item))
    if not some.respin.any():
        return out
    of_terms, covered = covered_by(portfolio, some, "respin")
    for name in dict.fromkeys(some.risk_class):
        cost = model.classes[name].respin_cost
        mine = np.array([own == name for own in some.risk_class])
        here = np.nonzero(covered & some.respin & mine)[0]
        if cost is not None and len(here):
            how = chance_paid if chance else expected_paid
            out[here] = how(cost.law, some.sum_insured[here], portfolio.terms, of_terms[here])
    return out


def covered_by(portfolio: Portfolio, some: Projects, cause: str) -> tuple[Ints, Flags]:
    """(row of the terms, whether covered), each (n,); refuses a waiting period that bites."""
    row = portfolio.terms_of[some.item, portfolio.causes.index(cause)]
    covered = row != NOWHERE
    if (portfolio.terms.waiting[row[covered]] > some.inception[covered]).any():
        raise Undefined(
            "the expected payment of a project with a waiting period has no closed form here "
            "(take the simulated figure)"
        )
    return row, covered


def respin_chance(model: Staged, some: Projects) -> Floats:
    """(n,) P(a passed tape-out is repeated), the mean of its prior; 0 where it is not insured or
    lies before the entry."""
    priors = [model.classes[name].respin for name in some.risk_class]
    means = np.array([0.0 if prior is None else prior.mean for prior in priors])
    return np.where(some.respin & (some.entry <= respin_phase(model, some)), means, 0.0)


def _buyers(model: Staged, some: Projects) -> tuple[Rank, Rank]:
    """(which projects may have an insured respin, its phase), each (n_buyers,)."""
    phase = respin_phase(model, some)
    buyers = np.nonzero(some.respin & (some.entry <= phase))[0]
    return buyers, phase[buyers]
