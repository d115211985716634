"""A pool small enough to be computed by hand."""

from typing import Any

ROWS: list[dict[str, Any]] = [
    {"id": "FAB", "product": "equipment_loss", "risk_class": "wafer_fab", "sum_insured": 1e6,
     "units": 10, "site": "s", "park": "p", "term_months": 12},
    {"id": "LAB", "product": "equipment_loss", "risk_class": "lab", "sum_insured": 4e5,
     "units": 4, "site": "t", "park": "p", "term_months": 12, "supply_exposed": True},
    {"id": "P1", "product": "rd_loss", "risk_class": "chip", "sum_insured": 1e5, "budget": 1e5,
     "route": "r", "term_months": 24},
    {"id": "P2", "product": "rd_loss", "risk_class": "chip", "sum_insured": 6e4, "budget": 6e4,
     "route": "r", "term_months": 24},
    {"id": "P3", "product": "rd_loss", "risk_class": "chip", "sum_insured": 6e4, "budget": 6e4,
     "route": "q", "term_months": 24, "entry_phase": "pilot"},
]  # fmt: skip
SHARE = {"name": "share", "treaty": {"kind": "quota_share", "share": 0.25},
         "reinsurers": [{"name": "Re A", "share": "1"}]}  # fmt: skip
LAYER = {"name": "layer", "net_of": ["share"],
         "treaty": {"kind": "excess_of_loss", "basis": "event", "attachment": 1e5, "limit": 2e5,
                    "reinstatement_rates": [0.5], "premium": 8000.0},
         "reinsurers": [{"name": "Re A", "share": "1/4"}, {"name": "Re B", "share": "3/4"}],
         }  # fmt: skip
MEMBERS = [
    {"name": "A", "written": "0.5", "capital_and_reserves": 1e7, "lead": True},
    {"name": "B", "written": "0.7", "capital_and_reserves": 5e6},
]
STRIKES: list[dict[str, Any]] = [
    {"name": "fire", "hits": {"sites": ["s"]}, "cause": "fire", "time": 0.25, "amount": 5e5},
    {"name": "flood", "hits": {"items": ["LAB"]}, "cause": "catastrophe", "share": 0.75},
    {"name": "dead end", "hits": {"routes": ["r"]}, "phase": "industrial", "time": 0.75},
]
FIRE_RATE = "model.classes.lab.fire.rate"
LABS = {"hits": {"risk_classes": ["equipment_loss/lab"]}, "per": "site", "basis": "exposure"}


def asked(*treaties: dict[str, Any], strikes: Any = STRIKES, **scenario: Any) -> dict[str, Any]:
    """A request, of few years."""
    return {
        "portfolio": {"rows": ROWS},
        "pool": {"name": "P", "currency": "CNY", "members": MEMBERS},
        "programme": {"treaties": list(treaties)},
        "simulation": {"n_years": 1000, "seed": 3},
        "scenario": {"name": "bad year", "strikes": strikes, **scenario},
    }
