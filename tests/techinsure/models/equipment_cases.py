"""Sites to simulate: the proposed specification of equipment cover typed out, and portfolios of a
few columns.

Values (mean, cv): rates and ratios by our judgement, grade D; damage ratios of laboratory items
after loss experience of machinery (cv about 2); share of a wafer fab's value lost in a fire after
the fire of September 2013 at a memory maker. Fires of fabs are at their prior 0.0030.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from techinsure import cover
from techinsure.evidence import Prior
from techinsure.losses.rows import Rows, join, ordered
from techinsure.models.equipment import CAUSES, TARGETS, Equipment
from techinsure.models.factors import BLOCK, Cohorts, Drawn
from techinsure.models.perils import EquipmentClass, Peril, RepairShock
from techinsure.portfolio import NOWHERE, Labels, Portfolio
from techinsure.quantities import Floats, Ints
from tests.techinsure import builders

PERILS = {  # class -> peril -> (mean and cv of the rate, mean and cv of the damage ratio)
    "lab": {"breakdown": (0.020, 0.6, 0.12, 1.8), "accident": (0.010, 0.7, 0.10, 1.5),
            "fire": (0.0025, 0.8, 0.18, 1.2)},
    "fab": {"breakdown": (0.012, 0.6, 0.05, 2.0), "accident": (0.003, 0.7, 0.05, 1.5),
            "fire": (0.0030, 0.8, 0.15, 1.3)},
}  # fmt: skip
CATASTROPHE = {"lab": (1.0, 0.04, 1.5), "fab": (0.75, 0.03, 1.5)}  # share of 0.008, ratio
DAYS = {"lab": (45.0, 1.0), "fab": (90.0, 1.0)}
MINIMUM = {"lab": 0.0002, "fab": 0.00005}  # deductible, share of the policy's sum insured
DEDUCTIBLE = 0.10  # of the loss
SHOCK, REPAIR = 0.05, 1.3


def prior(family: str, mean: float, cv: float = 0.0) -> Prior:
    """A prior of grade D."""
    return Prior(family=family, mean=mean, cv=cv, grade="D", source="test")  # type: ignore[arg-type]


def equipment_class(name: str, **changes: Any) -> EquipmentClass:
    """A class of the specification."""
    perils: dict[str, Any] = {
        peril: Peril(rate=prior("gamma", rate, cv), ratio=prior("beta", ratio, ratio_cv))
        for peril, (rate, cv, ratio, ratio_cv) in PERILS[name].items()
    }
    share, ratio, ratio_cv = CATASTROPHE[name]
    return EquipmentClass(**{
        "title": {"en": name}, **perils, "catastrophe_share": prior("point", share),
        "catastrophe_ratio": prior("beta", ratio, ratio_cv),
        "interruption_days": prior("lognormal", *DAYS[name]), **changes,
    })  # fmt: skip


def equipment(
    park: float = 0.0, sector: float = 0.0, shock: float = 0.0, compensated: bool = False,
    repair: float = REPAIR, **changes: Any,
) -> Equipment:  # fmt: skip
    """The model with the specification's values; no common factor, no shock unless asked for."""
    fields: dict[str, Any] = {
        "catastrophe_rate": prior("gamma", 0.008, 0.7),
        "park_frailty": prior("point", park),
        "sector_frailty": prior("point", sector),
        "supply_shock": RepairShock(
            probability=prior("point", shock), factor=prior("point", repair),
            compensated=compensated,
        ),
        "classes": {name: equipment_class(name) for name in PERILS},
    }  # fmt: skip
    return Equipment(**fields | changes)


def busy(by: float = 20.0, **changes: Any) -> Equipment:
    """The same with all rates `by` times as high: the mean of a rare loss is known sooner."""
    model = equipment(**changes)

    def raised(peril: Peril) -> Peril:
        return replace(peril, rate=replace(peril.rate, mean=peril.rate.mean * by))

    classes = {
        name: replace(one, **{peril: raised(one.peril(peril)) for peril in PERILS[name]})
        for name, one in model.classes.items()
    }
    rate = replace(model.catastrophe_rate, mean=model.catastrophe_rate.mean * by)
    return replace(model, catastrophe_rate=rate, classes=classes)


FAB: dict[str, Any] = {"class": "fab"}
STOPPED = {"daily_cost": 1.0, "waiting_days": 14.0, "indemnity_days": 120.0}
UNCERTAIN = {f"{target}_error": 0.4 for target in TARGETS}
STREET: list[dict[str, Any]] = [
    {"id": "a1", "site": "A", "park": "P", "sector": "x", "si": 50, "units": 5,
     "breakdown_rate": 1.4, "exposed": True},
    {"id": "a2", "site": "A", "park": "P", "sector": "x", "si": 100, "accident_rate": 0.6,
     "fire_ratio": 0.6, "breakdown_ratio": 1.25, "exposed": True},
    {"id": "a3", "site": "A", "park": "P", "sector": "x", "si": 200, "fire_rate": 2.2,
     "catastrophe_ratio": 3.0},
    {"id": "b1", **FAB, "site": "B", "park": "P", "sector": "y", "si": 300,
     "catastrophe_rate": 1.6, **STOPPED},
    {"id": "b2", **FAB, "site": "B", "park": "P", "sector": "y", "si": 100, "fire_rate": 0.7,
     "days": 1.5, "exposed": True, **STOPPED},
    {"id": "c1", "site": "C", "park": "Q", "sector": "x", "months": 24, "waiting": 0.25},
    {"id": "c2", "site": "C", "park": "Q", "sector": "x", "si": 150, "inception": 0.5,
     "fire_rate": 0.5, "catastrophe_rate": 0.4},
    {"id": "d1", "si": 120, "inception": 0.5, "units": 3},
    {"id": "e1", **FAB, "site": "E", "exposed": True, **UNCERTAIN},
    {"id": "e2", **FAB, "site": "E", "fire_rate": 1.3, "accident_rate": 2.0, **UNCERTAIN},
    {"id": "f1", "site": "F", "park": "Q", "fire_rate_error": 0.6, "days_error": 0.3,
     **STOPPED},
    {"id": "f2", "site": "F", "park": "Q", "fire_rate": 1.1, "catastrophe_rate": 2.0,
     "catastrophe_rate_error": 0.5, **STOPPED},
]  # fmt: skip
"""One of each: units, exposed items, relativities on every target, classes, an item without site,
longer and later terms, a waiting time, uncertain relativities, even and uneven on a site."""


def sites(rows: Sequence[Mapping[str, Any]], **changes: Any) -> Portfolio:
    """One item a row: id, class, si, units, site, park, sector, exposed, inception, months,
    waiting (years), any target and target_error, daily_cost, waiting_days, indemnity_days; what
    is left out is ordinary. All items of a site are one policy."""

    def column(name: str, usual: Any) -> list[Any]:
        return [row.get(name, usual) for row in rows]

    n = len(rows)
    si, units = np.array(column("si", 100.0), float), np.array(column("units", 1), np.int32)
    ids, classes = [row.get("id", f"i{k}") for k, row in enumerate(rows)], column("class", "lab")
    site = column("site", "")
    policy = Labels.of(name or one for name, one in zip(site, ids, strict=True))
    total = np.bincount(policy.codes, weights=si)[policy.codes]
    minimum = np.array([MINIMUM[name] for name in classes]) * total
    zero, waiting = np.zeros(n), np.array(column("waiting", 0.0), float)
    terms_of = np.full((n, len(CAUSES)), NOWHERE, dtype=np.int32)
    terms_of[:, :2] = np.arange(n)[:, None]
    terms_of[:, 2:4] = n + np.arange(n)[:, None]
    bought = np.array(column("daily_cost", 0.0), float) > 0
    terms_of[bought, 4] = 2 * n + np.nonzero(bought)[0]
    inputs = {name: np.array(column(name, np.nan), float)
              for target in TARGETS for name in (target, f"{target}_error")}  # fmt: skip
    for name in ("daily_cost", "waiting_days", "indemnity_days"):
        inputs[name] = np.array(column(name, np.nan), float)
    fields: dict[str, Any] = {
        "ids": tuple(ids), "sum_insured": si, "units": units,
        "term": np.array(column("months", 12), float) / 12,
        "inception": np.array(column("inception", 0.0), float),
        "supply_exposed": np.array(column("exposed", False), bool), "causes": CAUSES,
        "terms": builders.terms(
            3 * n, sum_insured=np.concatenate([si / units, si, np.full(n, np.inf)]),
            deductible_amount=np.concatenate([minimum, zero, zero]),
            deductible_rate=np.repeat([DEDUCTIBLE, DEDUCTIBLE, 0.0], n),
            waiting=np.tile(waiting, 3),
        ),
        "terms_of": terms_of, "inputs": inputs,
    }  # fmt: skip
    labels = {
        "product": ["equipment_loss"] * n,
        "risk_class": [f"equipment_loss/{name}" for name in classes],
        "site": site, "park": column("park", ""), "sector": column("sector", ""),
        "policy": policy.texts(), "risk_unit": policy.texts(),
    }  # fmt: skip
    return builders.portfolio(n, labels, **fields | changes)


def one_site(name: str, n: int, *, as_units: bool = True, **row: Any) -> Portfolio:
    """A site of `n` equal items of value 100 / n: one row of `n` units, or `n` rows."""
    whole = {"class": name, "site": "here", **row}
    if as_units:
        return sites([{"units": n, "si": 100.0, **whole}])
    return sites([{"si": 100.0 / n, **whole}] * n)


def everyone(portfolio: Portfolio) -> Ints:
    """All items."""
    return np.arange(portfolio.n_items, dtype=np.int32)


def simulated(
    model: Equipment, portfolio: Portfolio, n_years: int, seed: int = 1, drawn: Drawn = "class"
) -> Rows:
    """Insured losses of years 0 to n_years, in order."""
    parts = []
    for first in range(0, n_years, BLOCK):
        cohorts = Cohorts(seed=seed, first=first, n=min(BLOCK, n_years - first), drawn=drawn)
        rows = model.simulate(portfolio, everyone(portfolio), cohorts)
        parts.append(later(rows, first))
    return cover.insured(portfolio, ordered(join(parts), portfolio))


def later(rows: Rows, years: int) -> Rows:
    """The same rows, `years` on."""
    return replace(rows, year=rows.year + np.int32(years))


def annual(rows: Rows, n_years: int) -> Floats:
    """(n_years,) losses of each year."""
    return np.bincount(rows.year, rows.loss, minlength=n_years)


def by_item(rows: Rows, portfolio: Portfolio, n_years: int) -> Floats:
    """(n_years, n_items) losses."""
    place = rows.year.astype(np.int64) * portfolio.n_items + rows.item
    total = np.bincount(place, rows.loss, minlength=n_years * portfolio.n_items)
    return total.reshape(n_years, portfolio.n_items)


def z_scores(values: Floats, expected: Floats | float) -> Floats:
    """How many standard errors the mean over years (first axis) of `values` is off."""
    error: Floats = values.std(axis=0) / len(values) ** 0.5
    return np.asarray((values.mean(axis=0) - expected) / np.where(error > 0, error, 1e-12))
