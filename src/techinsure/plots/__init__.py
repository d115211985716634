"""Pictures: one function each, returning a matplotlib figure that the caller saves.

Every picture states its unit and the number of simulated years, and shows the error where there
is one. matplotlib is imported when a picture is asked for, not before.
"""

from techinsure.plots.accumulation import accumulation
from techinsure.plots.alternatives import alternatives
from techinsure.plots.canvas import save
from techinsure.plots.convergence import convergence
from techinsure.plots.development import development_triangle
from techinsure.plots.evidence import prior_to_posterior
from techinsure.plots.flows import flows
from techinsure.plots.losses import (
    correlation,
    exceedance,
    largest_events,
    loss_sources,
    return_periods,
)
from techinsure.plots.members import diversification, member_lines, signed_lines
from techinsure.plots.premium import pool_premium, premium_waterfall
from techinsure.plots.sensitivity import options, price_of_ignorance, tornado
from techinsure.plots.stress import stress_waterfall
from techinsure.plots.treaties import layer_tower

__all__ = [
    "accumulation",
    "alternatives",
    "convergence",
    "correlation",
    "development_triangle",
    "diversification",
    "exceedance",
    "flows",
    "largest_events",
    "layer_tower",
    "loss_sources",
    "member_lines",
    "options",
    "pool_premium",
    "premium_waterfall",
    "price_of_ignorance",
    "prior_to_posterior",
    "return_periods",
    "save",
    "signed_lines",
    "stress_waterfall",
    "tornado",
]
