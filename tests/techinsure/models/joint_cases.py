"""Campaigns to simulate: the proposed specification of pilot cover typed out, all by our judgement
but the probability of failure (grade C), and portfolios of a few columns.

Failure 0.22 (0.35), insured cause 0.35 (0.4), spend Beta(3, 1.5), recognised 0.85, deductible 10%
of the sum insured, share 30%; per campaign physical damage 0.03 (0.7) of 0.12 (1.5) of the line,
half of the sum insured, third party 0.01 (0.9) of 0.10 (2.0), deductible 10% of the loss.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from techinsure.evidence import Prior
from techinsure.models.compound import Compound
from techinsure.models.hazards import CompoundClass, Hazard, Timing
from techinsure.models.joint import Joint
from techinsure.models.staged import Staged
from techinsure.models.stages import Phase, StagedClass, SupplyShock, Threshold
from techinsure.portfolio import Labels, Portfolio
from tests.techinsure import builders
from tests.techinsure.models.compound_cases import prior

CAUSES = ("failure", "physical", "third_party")
MANY: list[dict[str, Any]] = [
    {"id": "a", "route": "r", "odds": 1.5, "physical_rate": 8.0},
    {"id": "b", "route": "r", "si": 250.0, "exposed": True, "third_party_rate": 12.0},
    {"id": "c", "route": "q", "months": 12, "inception": 0.5, "odds": 0.8, "odds_error": 0.3,
     "physical_rate": 3.0, "physical_rate_error": 0.4, "third_party_ratio": 2.0},
    {"id": "d", "si": 40.0, "physical_rate": 6.0, "physical_ratio": 4.0},
]  # fmt: skip


def held(mean: float) -> Prior:
    """A parameter held at its value."""
    return prior("point", mean)


def staged(common: float = 0.03, loading: float = 0.07, shock: float = 0.05) -> Staged:
    """The campaign fails or succeeds: one phase."""
    spend = Prior(family="beta", mean=2 / 3, cv=0.30151134457776363, grade="D", source="test")
    return Staged(
        phases=(Phase(name="campaign", budget_share=held(1.0), duration=held(1.0)),),
        spend=spend,
        recognised=held(0.85),
        insured_cause={"standard": prior("beta", 0.35, 0.4)},
        dependence=Threshold(common=held(common), route=held(loading), sector=held(0.0)),
        supply_shock=SupplyShock(probability=held(shock), shift=held(0.5), compensated=False),
        classes={
            "general": StagedClass(title={"en": "g"}, fail={"campaign": prior("beta", 0.22, 0.35)})
        },
    )


def hazards(by: float = 1.0, route: float = 0.0) -> Compound:
    """What a campaign does to the line and to others, all rates `by` times as high."""
    damage = Hazard(
        rate=prior("gamma", 0.03 * by, 0.7), ratio=prior("beta", 0.12, 1.5), at_stake=held(0.5)
    )
    others = Hazard(rate=prior("gamma", 0.01 * by, 0.9), ratio=prior("lognormal", 0.10, 2.0))
    return Compound(
        perils={"physical": Timing(basis="term"), "third_party": Timing(basis="term")},
        route_frailty=held(route),
        sector_frailty=held(0.0),
        classes={
            "general": CompoundClass(
                title={"en": "g"}, hazards={"physical": damage, "third_party": others}
            )
        },
    )


def joint(by: float = 1.0, route: float = 0.0, **changes: float) -> Joint:
    """Both."""
    return Joint(parts={"campaign": staged(**changes), "hazards": hazards(by, route)})


def campaigns(rows: Sequence[Mapping[str, Any]]) -> Portfolio:
    """One item a row: id, si, route, exposed, inception, months, any target and target_error; what
    is left out is ordinary."""

    def column(name: str, usual: Any) -> list[Any]:
        return [row.get(name, usual) for row in rows]

    n = len(rows)
    si = np.array(column("si", 100.0), float)
    zero, none = np.zeros(n), np.full(n, np.inf)
    inputs = {name: np.array(column(name, np.nan), float) for target in joint().targets
              for name in (target, f"{target}_error")}  # fmt: skip
    fields: dict[str, Any] = {
        "ids": tuple(row.get("id", f"i{k}") for k, row in enumerate(rows)), "sum_insured": si,
        "term": np.array(column("months", 6), float) / 12,
        "inception": np.array(column("inception", 0.0), float),
        "supply_exposed": np.array(column("exposed", False), bool), "causes": CAUSES,
        "terms": builders.terms(
            3 * n, sum_insured=np.concatenate([si, si, none]),
            deductible_amount=np.concatenate([0.1 * si, zero, zero]),
            deductible_rate=np.repeat([0.0, 0.1, 0.1], n), limit=np.concatenate([none, none, si]),
            insured_share=np.repeat([0.3, 0.0, 0.0], n),
        ),
        "terms_of": np.arange(3 * n, dtype=np.int32).reshape(3, n).T.copy(), "inputs": inputs,
        "factors": {"form": Labels.of(["standard"] * n)},
    }  # fmt: skip
    labels = {"product": ["pilot"] * n, "risk_class": ["pilot/general"] * n,
              "route": column("route", "")}  # fmt: skip
    return builders.portfolio(n, labels, **fields)
