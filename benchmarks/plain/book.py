"""What the loops over risks read: portfolio and product files as small records, made once."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from techinsure.catalogue import Catalogue
from techinsure.evidence.priors import Prior
from techinsure.models.dispute import Dispute
from techinsure.models.equipment import Equipment
from techinsure.models.staged import Staged
from techinsure.portfolio import Portfolio
from techinsure.quantities import Flags, Floats

Rows = NDArray[np.int64]
Sampler = Callable[[np.random.Generator, int], Floats]
"""Draws so many values of one law."""


def sampler(prior: Prior) -> Sampler:
    """Of the law of a prior, by numpy's own samplers."""
    law = prior.law
    match law.kind:
        case "beta":
            a, b = law.shapes
            return lambda rng, n: rng.beta(a, b, n)
        case "gamma":
            shape, scale = law.shape, law.scale
            return lambda rng, n: rng.gamma(shape, scale, n)
        case "lognormal":
            mu, sigma = law.mu, law.sigma
            return lambda rng, n: rng.lognormal(mu, sigma, n)
        case "point":
            mean = law.mean
            return lambda rng, n: np.full(n, mean)
        case _:
            raise ValueError(f"a prior must be beta, gamma, lognormal or point, got {law.kind}")


class Uncertain(NamedTuple):
    """Relativities (n,): lognormal with `mean` and log standard deviation `sigma` (0: known)."""

    mean: Floats
    sigma: Floats

    def drawn(self, rng: np.random.Generator, n: int) -> Floats:
        """(n_items, n) a draw of each for each of `n`; known ones are their mean."""
        sigma = self.sigma[:, None]
        values = rng.standard_normal((len(sigma), n))
        values *= sigma
        values += np.log(self.mean)[:, None] - sigma**2 / 2
        return np.exp(values, out=values)

    def together(self, score: Floats) -> Floats:
        """(n_items, n) the values where all items have the same standard normal `score` (n,)."""
        sigma = self.sigma[:, None]
        return self.mean[:, None] * np.exp(sigma * score - sigma**2 / 2)


class Project(NamedTuple):
    """One research project."""

    item: int
    risk_class: str
    form: str
    route: str
    exposed: bool
    odds: float
    sigma: float
    entry: int
    respin: bool
    sum_insured: float
    term: float


class Site(NamedTuple):
    """One site of equipment; arrays (n_items,), first the item of smallest id. `relativity` by
    target; `unit` and `whole` are the value of one unit and of all, currency units."""

    items: Rows
    risk_class: str
    park: str
    sector: str
    exposed: Flags
    units: Floats
    unit: Floats
    whole: Floats
    relativity: dict[str, Uncertain]
    daily_cost: float
    waiting_days: float
    indemnity_days: float


class Unit(NamedTuple):
    """What a suit finds: a family, sued together, or one item whose patents are sued alone; arrays
    (n_items,)."""

    items: Rows
    together: bool
    field: str
    classes: list[str]
    patents: Rows
    rate: Uncertain
    covered: Flags


class Book(NamedTuple):
    """A portfolio of the three products and their models, in records."""

    portfolio: Portfolio
    staged: Staged
    equipment: Equipment
    dispute: Dispute
    projects: list[Project]
    sites: list[Site]
    units: list[Unit]


def book_of(portfolio: Portfolio, catalogue: Catalogue) -> Book:
    """The records of a portfolio of the three shipped products; what these loops were not written
    for is refused: terms of other than a year, waiting periods, compensated shocks."""
    model = {
        code: catalogue.product(code).model for code in ("rd_loss", "equipment_loss", "patent")
    }
    staged, equipment, dispute = model.values()
    is_project = portfolio.product.codes == portfolio.product.code("rd_loss")
    one_year = (portfolio.term == 1.0) | is_project
    if not one_year.all() or portfolio.inception.any() or portfolio.terms.waiting.any():
        raise ValueError("sites and patents must be insured for the cohort's year, all from day 1")
    if staged.supply_shock.compensated or equipment.supply_shock.compensated:
        raise ValueError("supply shocks must not be compensated")
    groups = _groups(portfolio)
    return Book(
        portfolio, staged, equipment, dispute,
        [_project(portfolio, int(items[0]), staged) for items in groups["rd_loss"]],
        [_site(portfolio, items, equipment) for items in groups["equipment_loss"]],
        [_unit(portfolio, items) for items in groups["patent"]],
    )  # fmt: skip


def _groups(portfolio: Portfolio) -> dict[str, list[Rows]]:
    """The items of each risk unit, by product, in order of their ids."""
    groups: dict[str, dict[str, list[int]]] = {name: {} for name in portfolio.product.names}
    for item in sorted(range(portfolio.n_items), key=portfolio.ids.__getitem__):
        of_product = groups[portfolio.product[item]]
        of_product.setdefault(portfolio.risk_unit[item], []).append(item)
    return {name: [np.array(items) for items in units.values()] for name, units in groups.items()}


def _class(portfolio: Portfolio, item: int) -> str:
    return portfolio.risk_class[item].split("/", 1)[1]


def _uncertain(portfolio: Portfolio, target: str, items: Rows) -> Uncertain:
    error = portfolio.inputs[f"{target}_error"][items]
    return Uncertain(portfolio.inputs[target][items], np.sqrt(np.log1p(error**2)))


def _project(portfolio: Portfolio, item: int, staged: Staged) -> Project:
    odds, inputs = _uncertain(portfolio, "odds", np.array([item])), portfolio.inputs
    if staged.dependence.groups("", "", portfolio.sector[item] or "any")[1:]:
        raise ValueError("the sector must have no loading")
    return Project(
        item, _class(portfolio, item), portfolio.factors["form"][item], portfolio.route[item],
        bool(portfolio.supply_exposed[item]), float(odds.mean[0]), float(odds.sigma[0]),
        int(inputs["entry_phase"][item]), bool(inputs["respin"][item] > 0),
        float(portfolio.sum_insured[item]), float(portfolio.term[item]),
    )  # fmt: skip


def _site(portfolio: Portfolio, items: Rows, equipment: Equipment) -> Site:
    lead, inputs = int(items[0]), portfolio.inputs
    relativity = {target: _uncertain(portfolio, target, items) for target in equipment.targets}
    for target in ("fire_rate", "fire_ratio", "catastrophe_rate", "catastrophe_ratio"):
        if any(len(np.unique(column)) > 1 for column in relativity[target]):
            raise ValueError(f"{target} must be one on a site")
    whole, units = portfolio.sum_insured[items], portfolio.units[items].astype(float)
    return Site(
        items, _class(portfolio, lead), portfolio.park[lead], portfolio.sector[lead],
        portfolio.supply_exposed[items], units, whole / units, whole, relativity,
        *(float(inputs[name][lead]) for name in ("daily_cost", "waiting_days", "indemnity_days")),
    )  # fmt: skip


def _unit(portfolio: Portfolio, items: Rows) -> Unit:
    lead = int(items[0])
    return Unit(
        items, portfolio.family[lead] != "", portfolio.sector[lead],
        [_class(portfolio, int(item)) for item in items],
        portfolio.units[items].astype(np.int64), _uncertain(portfolio, "suit_rate", items),
        portfolio.terms_of[items, portfolio.causes.index("infringed_loss")] >= 0,
    )  # fmt: skip
