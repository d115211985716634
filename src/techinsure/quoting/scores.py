"""Derivatives of expected claims by score: from the years that were drawn, without moving anything.

A parameter that is drawn once a class and cohort year has a score in every year. What a year is
expected to pay (or paid) times its score has the derivative of expected claims as its mean, with a
standard error of its own: beside a difference of two prices, a figure by another route.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure import exact
from techinsure.errors import Undefined
from techinsure.evidence.priors import Prior
from techinsure.evidence.scores import derivative, score
from techinsure.portfolio import Portfolio
from techinsure.product import Product
from techinsure.quantities import FORBID, Estimate, Floats
from techinsure.simulation import Simulation, cohort_blocks, simulate

BY_CLASS = frozenset({"attack", "settled", "win"})
"""Parameters of patents that stand once in a product and are drawn class by class."""

Basis = Literal["conditional_mean", "conditional_mean_less_cut", "simulated"]
"""What a year counts with: its mean given its draws, less what an aggregate limit was seen to cut
where there is one, or all that was simulated."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Years:
    """What each of the years (n_years,) of a run pays, currency units, and on what `basis`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    payments: Floats
    basis: Basis


def years_of(product: Product, risk: Portfolio, run: Simulation) -> Years:
    """The years of a run of `risk`, without the noise of single claims where the mean given a
    year's draws has a closed form."""
    items, limits = np.arange(risk.n_items, dtype=np.int32), risk.terms.aggregate_limit
    try:
        given = np.concatenate([
            exact.conditional_mean(product.model, risk, items, block).sum(axis=0)
            for block in cohort_blocks(run.seed, run.n_years)
        ])  # fmt: skip
    except Undefined:
        return Years(payments=_simulated(product, risk, run), basis="simulated")
    if not np.isfinite(limits).any():
        return Years(payments=given, basis="conditional_mean")
    free = replace(risk, terms=replace(risk.terms, aggregate_limit=np.full_like(limits, np.inf)))
    cut = _simulated(product, free, run) - _simulated(product, risk, run)
    return Years(payments=given - cut, basis="conditional_mean_less_cut")


def _simulated(product: Product, risk: Portfolio, run: Simulation) -> Floats:
    """(n_years,) simulated payments."""
    models = {product.code: product.model}
    return simulate(risk, models, seed=run.seed, n_years=run.n_years).annual()


def elasticity_by_score(
    product: Product, risk: Portfolio, run: Simulation, years: Years, path: str, prior: Prior
) -> Estimate:
    """Per cent of expected claims for one per cent of the mean of the parameter at `path`, its
    coefficient of variation held, with its standard error. `Undefined` says why there is none."""
    if path.rsplit(".", 1)[-1] in product.model.amounts:
        raise Undefined("a law of single losses: drawn claim by claim, not once a year")
    if prior.family == "point" or prior.cv == 0:
        raise Undefined("held at its value: no draw of it")
    streams = list(_streams(product, risk, path))
    if not streams:
        raise Undefined("enters by its mean or claim by claim: no draw of it a year")
    mean = float(years.payments.mean())
    if mean == 0:
        raise Undefined("no year of the run pays anything")
    scores = np.zeros(run.n_years)
    for owner, parameter in streams:
        drawn = [
            block.uniform("posterior", f"{owner}/{parameter}")
            for block in cohort_blocks(run.seed, run.n_years)
        ]
        scores += score(prior, prior.law.quantile(np.concatenate(drawn)))
    moved, influence = derivative(years.payments, scores)
    ratio = moved / mean
    error = float((influence - ratio * years.payments).std(ddof=1)) / (mean * run.n_years**0.5)
    return Estimate(value=ratio, standard_error=error, unit="")


def _streams(product: Product, risk: Portfolio, path: str) -> Iterator[tuple[str, str]]:
    """(owner, parameter) of each stream that draws the parameter at `path` for the risk, as its
    loss model names them; nothing where it draws none."""
    names = path.split(".")[1:]
    if names[0] == "parts":
        names = names[2:]
    classes = risk.risk_class.names
    match names:
        case ["classes", name, "fail", phase]:
            yield f"{product.code}/{name}", f"fail/{phase}"
        case ["classes", name, ("respin" | "void" | "catastrophe_share") as parameter]:
            yield f"{product.code}/{name}", parameter
        case ["classes", name, "hazards", peril, "rate"] | ["classes", name, peril, "rate"]:
            yield f"{product.code}/{name}", f"{peril}_rate"
        case ["insured_cause", form]:
            yield from ((owner, f"insured_cause/{form}") for owner in classes)
        case [("catastrophe_rate" | "suit_rate") as parameter]:
            yield product.code, parameter
        case [parameter] if parameter in BY_CLASS:
            yield from ((owner, parameter) for owner in classes)
