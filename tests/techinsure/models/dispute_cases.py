"""Patents to sue: the catalogue's values typed out, portfolios of a few columns, and a checker.

Values: proposed specification of patent cover. Void: CNIPA annual report 2020; win: Bian 2018,
Berkeley Technology Law Journal 33; the rest is judgement (grade D). Sums insured and insured
shares by cause: 200,000 and 15% (enforcement), 1m and 20% (infringed loss).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from techinsure import cover
from techinsure.evidence import Prior
from techinsure.exact import dispute as exact
from techinsure.losses.rows import Rows, ordered
from techinsure.models.dispute import CAUSES, Dispute, DisputeClass
from techinsure.models.factors import Cohorts, Drawn
from techinsure.portfolio import NOWHERE, Portfolio
from tests.techinsure import builders

COST = {"invention": (130e3, 1.2), "utility": (60e3, 1.0), "design": (60e3, 1.0)}
VOID = {"invention": 0.33, "utility": 0.48, "design": 0.47}
LOSS = (400e3, 2.0)
SHARES, SUMS = (0.15, 0.20), (200e3, 1e6)


def prior(mean: float, cv: float = 0.0, family: str = "beta") -> Prior:
    """A prior of grade D."""
    held = "point" if cv == 0 else family
    return Prior(family=held, mean=mean, cv=cv, grade="D", source="test")


def dispute(**changes: Any) -> Dispute:
    """The model with the catalogue's values; only inventions have a loss."""
    values: dict[str, Any] = {
        "suit_rate": prior(0.006, 0.9, "gamma"),
        "attack": prior(0.60, 0.20),
        "settled": prior(0.50, 0.25),
        "win": prior(0.80, 0.05),
        "attacked_cost": prior(1.4),
        "settled_cost": prior(0.4),
        "settled_loss": prior(0.5),
        "recovery": prior(0.40, 0.5),
        "report_delay": prior(0.4),
        "field_frailty": prior(0.05),
        "classes": {
            name: DisputeClass(
                title={},
                cost=prior(*COST[name], "lognormal"),
                void=prior(VOID[name], 0.15),
                loss=prior(*LOSS, "lognormal") if name == "invention" else None,
            )
            for name in COST
        },
    }
    return Dispute(**values | changes)


def patents(
    ids: list[str],
    *,
    risk_class: list[str] | str = "invention",
    family: list[str] | None = None,
    sector: list[str] | str = "f",
    units: list[int] | int = 1,
    relativity: list[float] | float = 1.0,
    error: list[float] | float = 0.0,
    covered: tuple[str, ...] = CAUSES,
    terms: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Portfolio:
    """Groups of patents, one an id. `terms` changes the two rows of terms, one a cause."""
    n = len(ids)
    classes = [risk_class] * n if isinstance(risk_class, str) else risk_class
    columns = {"sum_insured": np.array(SUMS), "insured_share": np.array(SHARES)}
    rows = [CAUSES.index(cause) if cause in covered else NOWHERE for cause in CAUSES]
    filled: dict[str, Any] = {
        "ids": tuple(ids),
        "units": np.broadcast_to(units, n).astype(np.int32),
        "causes": CAUSES,
        "terms": builders.terms(2, **columns | dict(terms or {})),
        "terms_of": np.tile(np.array(rows, dtype=np.int32), (n, 1)),
        "inputs": {
            "suit_rate": np.broadcast_to(relativity, n).astype(float),
            "suit_rate_error": np.broadcast_to(error, n).astype(float),
        },
        "labels": {
            "product": ["patent"] * n,
            "risk_class": [f"patent/{name}" for name in classes],
            "family": family or [""] * n,
            "sector": [sector] * n if isinstance(sector, str) else sector,
        },
    }
    return builders.portfolio(n, **filled | changes)


def every(held: Portfolio) -> np.ndarray:
    """All items."""
    return np.arange(held.n_items, dtype=np.int32)


def ground_up(
    model: Dispute, held: Portfolio, n: int, seed: int = 1, first: int = 0, drawn: Drawn = "class"
) -> Rows:
    """The simulated rows of all items."""
    return model.simulate(held, every(held), Cohorts(seed=seed, first=first, n=n, drawn=drawn))


def paid(model: Dispute, held: Portfolio, n: int, seed: int = 1, drawn: Drawn = "class") -> Rows:
    """The same as insured payments."""
    return cover.insured(held, ordered(ground_up(model, held, n, seed, 0, drawn), held))


def by_item(held: Portfolio, rows: Rows, n: int) -> np.ndarray:
    """(n_items, n_years) sums of the rows."""
    cell = rows.item.astype(np.int64) * n + rows.year
    return np.bincount(cell, rows.loss, held.n_items * n).reshape(held.n_items, n)


def z_scores(
    model: Dispute, held: Portfolio, n: int, seed: int = 1, drawn: Drawn = "class"
) -> np.ndarray:
    """Simulated less exact mean in standard errors: of each item, each class, and all."""
    annual = by_item(held, paid(model, held, n, seed, drawn), n)
    expected = exact.mean(model, held, every(held), drawn)
    groups = [
        *np.eye(held.n_items),
        *(held.risk_class.codes == code for code in range(len(held.risk_class.names))),
        np.ones(held.n_items),
    ]
    return np.array([z_score(group @ annual, group @ expected) for group in groups])


def z_score(annual: np.ndarray, expected: float) -> float:
    """(mean - expected) / standard error."""
    return float((annual.mean() - expected) / (annual.std(ddof=1) / np.sqrt(annual.size)))


def agrees(*arguments: Any, **named: Any) -> None:
    """Every |z| is at most 4."""
    z = z_scores(*arguments, **named)
    assert np.abs(z).max() <= 4, z
