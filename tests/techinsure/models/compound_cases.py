"""Contracts to simulate: the proposed specification of first-set cover typed out, and portfolios of
a few columns.

Values (mean, cv), all by our judgement but the market's burn of about 1.0% of value: quality 0.07
(0.6) claims a unit-year of 0.15 (1.3) of the price, liability 0.005 (1.0) of 0.30 (2.0) without
end; software has no liability. Quality: deductible 1% of what is struck; both: share 10%; liability
is limited at the contract price.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from techinsure import cover
from techinsure.evidence import Prior
from techinsure.losses.rows import Rows, join, ordered
from techinsure.models.compound import Compound
from techinsure.models.factors import BLOCK, Cohorts, Drawn
from techinsure.models.hazards import CompoundClass, Hazard, Timing
from techinsure.portfolio import Labels, Portfolio
from techinsure.quantities import Floats, Ints
from tests.techinsure import builders

CAUSES = ("quality", "serial_quality", "liability")
TARGETS = ("quality_rate", "quality_ratio", "liability_rate", "liability_ratio")
BATHTUB = (1.5, 1.0, 0.7)
DEDUCTIBLE, SHARE = 0.01, 0.10
SERIAL = 0.25


def prior(family: str, mean: float, cv: float = 0.0) -> Prior:
    """A prior of grade D."""
    return Prior(family=family, mean=mean, cv=cv, grade="D", source="test")  # type: ignore[arg-type]


def quality(mean: float = 0.07, **changes: Any) -> Hazard:
    """Claims of quality."""
    return Hazard(rate=prior("gamma", mean, 0.6), ratio=prior("beta", 0.15, 1.3), **changes)


def liability(mean: float = 0.005) -> Hazard:
    """Claims of liability."""
    return Hazard(rate=prior("gamma", mean, 1.0), ratio=prior("lognormal", 0.30, 2.0))


def compound(
    by: float = 1.0, route: float = 0.0, sector: float = 0.0, serial: float | None = SERIAL,
    pattern: Sequence[float] = (), **changes: Any,
) -> Compound:  # fmt: skip
    """The model with the specification's values, all rates `by` times as high; no common factor
    and no pattern unless asked for."""
    levels = tuple(prior("point", level) for level in pattern)
    shared = None if serial is None else prior("point", serial)
    fields: dict[str, Any] = {
        "perils": {"quality": Timing(pattern=levels, serial=shared), "liability": Timing()},
        "route_frailty": prior("point", route), "sector_frailty": prior("point", sector),
        "classes": {
            "equipment": CompoundClass(
                title={"en": "e"},
                hazards={"quality": quality(0.07 * by), "liability": liability(0.005 * by)},
            ),
            "software": CompoundClass(title={"en": "s"}, hazards={"quality": quality(0.077 * by)}),
        },
    }  # fmt: skip
    return Compound(**fields | changes)


UNCERTAIN = {f"{target}_error": 0.4 for target in TARGETS}
FLEET: list[dict[str, Any]] = [
    {"id": "a1", "batch": "A", "route": "r", "sector": "x", "si": 50, "units": 5,
     "quality_rate": 1.4},
    {"id": "a2", "batch": "A", "route": "r", "sector": "x", "si": 200, "quality_ratio": 3.0,
     "inception": 0.5, "months": 24},
    {"id": "a3", "batch": "A", "route": "r", "sector": "x", "quality_rate": 0.6, "months": 36,
     "liability_ratio": 2.0},
    {"id": "b1", "class": "software", "batch": "B", "route": "r", "sector": "y", "units": 3,
     "months": 30, **UNCERTAIN},
    {"id": "b2", "class": "software", "batch": "B", "route": "r", "sector": "y", **UNCERTAIN},
    {"id": "c", "sector": "x", "units": 2, "liability_rate": 2.0, "waiting": 0.3, "months": 18},
    {"id": "d", "si": 300, "inception": 1.25, "months": 36, "waiting": 2.0},
    {"id": "e", "route": "q", "units": 4, "months": 6, **UNCERTAIN},
]  # fmt: skip
"""One of each: units, batches of several items, relativities on every target, a class without
liability, items without route, sector or batch, longer and later terms, waiting times, errors."""


def contracts(rows: Sequence[Mapping[str, Any]], **changes: Any) -> Portfolio:
    """One item a row: id, class, si, units, batch, route, sector, inception, months, waiting
    (years), any target and target_error; what is left out is ordinary."""

    def column(name: str, usual: Any) -> list[Any]:
        return [row.get(name, usual) for row in rows]

    n = len(rows)
    si, units = np.array(column("si", 100.0), float), np.array(column("units", 1), np.int32)
    ids, classes = (
        [row.get("id", f"i{k}") for k, row in enumerate(rows)],
        column("class", "equipment"),
    )
    zero, waiting = np.zeros(n), np.array(column("waiting", 0.0), float)
    inputs = {name: np.array(column(name, np.nan), float)
              for target in TARGETS for name in (target, f"{target}_error")}  # fmt: skip
    inception = np.array(column("inception", 0.0), float)
    fields: dict[str, Any] = {
        "ids": tuple(ids), "sum_insured": si, "units": units,
        "term": np.array(column("months", 12), float) / 12, "inception": inception,
        "causes": CAUSES,
        "terms": builders.terms(
            3 * n, sum_insured=np.concatenate([si / units, si, np.full(n, np.inf)]),
            deductible_amount=DEDUCTIBLE * np.concatenate([si / units, si, zero]),
            limit=np.concatenate([np.full(2 * n, np.inf), si]), insured_share=np.full(3 * n, SHARE),
            waiting=np.tile(np.where(waiting > 0, inception + waiting, 0.0), 3),
        ),
        "terms_of": np.arange(3 * n, dtype=np.int32).reshape(3, n).T.copy(), "inputs": inputs,
    }  # fmt: skip
    labels = {
        "product": ["first_set"] * n, "risk_class": [f"first_set/{name}" for name in classes],
        "family": column("batch", ""), "route": column("route", ""),
        "sector": column("sector", ""), "policy": ids, "risk_unit": ids,
    }  # fmt: skip
    return builders.portfolio(n, labels, **fields | changes)


def everyone(portfolio: Portfolio) -> Ints:
    """All items."""
    return np.arange(portfolio.n_items, dtype=np.int32)


def simulated(
    model: Any, portfolio: Portfolio, n_years: int, seed: int = 1, drawn: Drawn = "class"
) -> Rows:
    """Insured losses of years 0 to n_years, in order."""
    parts = []
    for first in range(0, n_years, 8 * BLOCK):
        cohorts = Cohorts(seed=seed, first=first, n=min(8 * BLOCK, n_years - first), drawn=drawn)
        parts.append(later(model.simulate(portfolio, everyone(portfolio), cohorts), first))
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


def with_labels(portfolio: Portfolio, **labels: Sequence[str]) -> Portfolio:
    """The portfolio with other labels."""
    return replace(portfolio, **{name: Labels.of(texts) for name, texts in labels.items()})
