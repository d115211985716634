"""Research projects: Gaussian threshold factors by route and phase, supply shock, respin."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from techinsure.models.staged import Staged
from techinsure.quantities import Floats

from .book import Book, Project, sampler
from .losses import Sheet

END = 1 - 2.0**-20
"""A respin is dated at the end of its phase, inside it."""


class Draws:
    """Posterior draws, factors and shocks of `n` years."""

    def __init__(self, book: Book, n: int, supply: Floats, rng: np.random.Generator) -> None:
        model, projects = book.staged, book.projects
        names = sorted({project.risk_class for project in projects})
        priors = {name: model.classes[name].fail for name in names}
        self.fail = {
            name: np.array([sampler(fail[phase])(rng, n) for phase in model.phase_names])
            for name, fail in priors.items()
        }
        self.insured = {
            pair: sampler(model.insured_cause[pair[1]])(rng, n)
            for pair in sorted({(p.risk_class, p.form) for p in projects})
        }
        self.respin = {
            name: sampler(model.classes[name].respin)(rng, n)
            for name in names if model.classes[name].respin
        }  # fmt: skip
        loading, shape = model.dependence, (len(model.phases), n)
        common = math.sqrt(loading.common.mean) * rng.standard_normal(shape)
        self.pull = {"": common} | {
            route: common + math.sqrt(loading.route.mean) * rng.standard_normal(shape)
            for route in sorted({project.route for project in projects} - {""})
        }
        self.lift = np.where(
            supply < model.supply_shock.probability.mean, model.supply_shock.shift.mean, 0.0
        )


def simulate(book: Book, n: int, supply: Floats, rng: np.random.Generator, sheet: Sheet) -> None:
    """Failures and respins of `n` years; `supply` (n,) uniforms decide on supply shocks."""
    model, draws = book.staged, Draws(book, n, supply, rng)
    spend, cost = sampler(model.spend), {}
    for name in draws.respin:
        cost[name] = sampler(model.classes[name].respin_cost)
    budget, course = _phases(model)
    for one in book.projects:
        insured = rng.random(n) < draws.insured[one.risk_class, one.form]
        year = np.arange(n) if one.respin else np.flatnonzero(insured)
        phase = _course(one, model, draws, year, rng)
        if one.respin:
            at = model.phase_names.index(model.classes[one.risk_class].respin_phase)
            again = year[(phase > at) & (rng.random(n) < draws.respin[one.risk_class])]
            loss = one.sum_insured * cost[one.risk_class](rng, len(again))
            before, share = course[one.entry]
            time = np.full(len(again), one.term * (before[at] + share[at] * END))
            sheet.add("respin", again, time, one.item, sheet.events(len(again)), loss)
        failed = (phase < len(model.phases)) & (insured if one.respin else True)
        year, phase = year[failed], phase[failed]
        before, share = budget[one.entry]
        spent = before[phase] + share[phase] * spend(rng, len(year))
        before, share = course[one.entry]
        time = one.term * (before[phase] + share[phase] * rng.random(len(year)))
        loss = one.sum_insured * model.recognised.mean * spent
        sheet.add("failure", year, time, one.item, sheet.events(len(year)), loss)


def _course(
    one: Project, model: Staged, draws: Draws, year: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """(n,) the phase in which the project fails in each `year` (n,), or how many there are.

    A phase fails when common normals and the project's own fall below the probit of its chance:
    Phi(score) < chance saves the probits of the chances.
    """
    n_phases = len(model.phases)
    shared = model.dependence.common.mean + (model.dependence.route.mean if one.route else 0.0)
    own = math.sqrt(1 - shared)
    phase, left = np.full(len(year), n_phases), np.arange(len(year))
    odds = np.full(len(year), one.odds)
    if one.sigma:
        odds *= np.exp(one.sigma * rng.standard_normal(len(year)) - one.sigma**2 / 2)
    for k in range(one.entry, n_phases):
        score = draws.pull[one.route][k, year] + own * rng.standard_normal(len(year))
        if one.exposed:
            score -= draws.lift[year]
        raised = odds * draws.fail[one.risk_class][k, year]
        chance = raised / (1 - draws.fail[one.risk_class][k, year] + raised)
        fails = special.ndtr(score) < chance
        phase[left[fails]] = k
        left, year, odds = left[~fails], year[~fails], odds[~fails]
    return phase


def _phases(model: Staged) -> tuple[list[tuple[Floats, Floats]], list[tuple[Floats, Floats]]]:
    """By phase of entry, what lies before each phase and in it, of what is left: budget, time."""

    def remaining(means: list[float]) -> list[tuple[Floats, Floats]]:
        found = []
        for entry in range(len(means)):
            share = np.where(np.arange(len(means)) < entry, 0.0, means)
            share /= share.sum()
            found.append((np.cumsum(share) - share, share))
        return found

    return (
        remaining([phase.budget_share.mean for phase in model.phases]),
        remaining([phase.duration.mean for phase in model.phases]),
    )
