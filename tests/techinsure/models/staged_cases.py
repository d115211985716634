"""Projects to simulate: the catalogue's values typed out, and portfolios of a few columns.

Values: proposed specification of R&D cover (budget shares, spend and recognised part by the
project's own judgement; failure of general classes after Mansfield, NIST GCR 99-780 ch. 3; of
biopharma after BIO/Biomedtracker 2006-2015; respin after Siemens/Wilson 2024).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from techinsure import cover
from techinsure.evidence import Prior
from techinsure.losses.rows import Rows, join, ordered
from techinsure.models.factors import Cohorts, Drawn
from techinsure.models.staged import Staged
from techinsure.models.stages import CumulativeFrailty, Phase, StagedClass, SupplyShock, Threshold
from techinsure.portfolio import NOWHERE, Labels, Portfolio
from tests.techinsure import builders

PHASES = ("lab", "pilot", "industrial")
FAIL = {  # class -> (means by phase, cv)
    "general": ((0.20, 0.15, 0.10), 0.35),
    "software": ((0.10, 0.06, 0.05), 0.35),
    "chip": ((0.10, 0.30, 0.10), 0.35),
    "material": ((0.20, 0.22, 0.12), 0.35),
    "biopharma": ((0.37, 0.69, 0.42), 0.15),
}
TERMS = {"named": (0.05, 0.20), "technical": (0.10, 0.40)}  # deductible of sum insured, share
RESPIN_TERMS = (0.02, 0.30)


def prior(mean: float, cv: float = 0.0, family: str = "beta") -> Prior:
    """A prior of grade D."""
    held = "point" if cv == 0 else family
    return Prior(family=held, mean=mean, cv=cv, grade="D", source="test")  # type: ignore[arg-type]


def threshold(common: float = 0.0, route: float = 0.0, sector: float = 0.0) -> Threshold:
    """Gaussian dependence with these loadings."""
    return Threshold(common=prior(common), route=prior(route), sector=prior(sector))


def frailty(variance: float) -> CumulativeFrailty:
    """Gamma dependence."""
    return CumulativeFrailty(variance=prior(variance))


CATALOGUE = threshold(common=0.03, route=0.07)


def staged(
    dependence: Threshold | CumulativeFrailty = CATALOGUE,
    shock: float = 0.0,
    compensated: bool = False,
    **changes: Any,
) -> Staged:
    """The model with the catalogue's values; no shock unless asked for."""
    chip = {"respin_phase": "pilot", "respin": prior(0.80, 0.1), "respin_cost": prior(0.15, 0.6)}
    fields: dict[str, Any] = {
        "phases": tuple(
            Phase(name=name, budget_share=prior(share), duration=prior(years))
            for name, share, years in zip(
                PHASES, (0.25, 0.35, 0.40), (0.5, 0.75, 0.75), strict=True
            )
        ),
        "spend": Prior(family="beta", mean=0.625, cv=0.377964473009227, grade="D", source="test"),
        "recognised": prior(0.85, 0.1),
        "insured_cause": {"named": prior(0.15, 0.5), "technical": prior(0.60, 0.25)},
        "dependence": dependence,
        "supply_shock": SupplyShock(
            probability=prior(shock), shift=prior(0.5), compensated=compensated
        ),
        "classes": {
            name: StagedClass(
                title={"en": name},
                fail={p: prior(m, cv) for p, m in zip(PHASES, means, strict=True)},
                **(chip if name == "chip" else {}),
            )
            for name, (means, cv) in FAIL.items()
        },
    }
    return Staged(**fields | changes)


def projects(rows: Sequence[Mapping[str, Any]], **changes: Any) -> Portfolio:
    """One project a row: id, class, form, si, route, sector, exposed, odds, error, entry, months,
    respin, waiting; what is left out is ordinary."""

    def column(name: str, usual: Any) -> list[Any]:
        return [row.get(name, usual) for row in rows]

    n = len(rows)
    si, form = np.array(column("si", 100.0), float), column("form", "technical")
    respin = np.array(column("respin", 0.0), float)
    failure = [TERMS[name] for name in form]
    deductible = np.array([d for d, _ in failure] + [RESPIN_TERMS[0]] * n) * np.tile(si, 2)
    share = np.array([s for _, s in failure] + [RESPIN_TERMS[1]] * n)
    terms_of = np.stack([np.arange(n), np.where(respin > 0, n + np.arange(n), NOWHERE)], axis=1)
    classes = column("class", "general")
    fields: dict[str, Any] = {
        "ids": tuple(row.get("id", f"p{i}") for i, row in enumerate(rows)),
        "sum_insured": si,
        "term": np.array(column("months", 24), float) / 12,
        "inception": np.array(column("inception", 0.0), float),
        "supply_exposed": np.array(column("exposed", False), bool),
        "causes": ("failure", "respin"),
        "terms": builders.terms(
            2 * n,
            sum_insured=np.tile(si, 2),
            deductible_amount=deductible,
            insured_share=share,
            waiting=np.tile(np.array(column("waiting", 0.0), float), 2),
        ),
        "terms_of": terms_of.astype(np.int32),
        "inputs": {
            "odds": np.array(column("odds", 1.0), float),
            "odds_error": np.array(column("error", 0.0), float),
            "entry_phase": np.array(column("entry", 0), float),
            "respin": respin,
        },
        "factors": {"form": Labels.of(form)},
    }
    labels = {
        "product": ["rd_loss"] * n,
        "risk_class": [f"rd_loss/{name}" for name in classes],
        "route": column("route", ""),
        "sector": column("sector", ""),
        "policy": list(fields["ids"]),
        "risk_unit": list(fields["ids"]),
    }
    return builders.portfolio(n, labels, **fields | changes)


def everyone(portfolio: Portfolio) -> Any:
    """All items."""
    return np.arange(portfolio.n_items, dtype=np.int32)


def simulated(
    model: Staged,
    portfolio: Portfolio,
    n_years: int,
    seed: int = 1,
    drawn: Drawn = "class",
    block: int = 1024,
) -> Rows:
    """Insured rows of `n_years`, ordered, with absolute years."""
    parts = []
    for first in range(0, n_years, block):
        cohorts = Cohorts(seed=seed, first=first, n=min(block, n_years - first), drawn=drawn)
        rows = ordered(model.simulate(portfolio, everyone(portfolio), cohorts), portfolio)
        rows = cover.insured(portfolio, rows)
        parts.append(replace(rows, year=rows.year + np.int32(first)))
    return join(parts)


def by_item(rows: Rows, portfolio: Portfolio, n_years: int) -> np.ndarray:  # type: ignore[type-arg]
    """(n_items, n_years) insured losses."""
    cell = rows.item.astype(np.int64) * n_years + rows.year
    total = np.bincount(cell, rows.loss, minlength=portfolio.n_items * n_years)
    return total.reshape(portfolio.n_items, n_years)
