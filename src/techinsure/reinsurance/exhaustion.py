"""How often a loss goes through the top of a treaty."""

import numpy as np

from techinsure.losses import measures
from techinsure.quantities import Estimate
from techinsure.reinsurance import Treaty
from techinsure.reinsurance.programme import Cession, Programme, subject_of

ROUNDING = 1e-9
"""A loss is at the top when what is missing is the rounding of sums."""


def exhaustion_probability(programme: Programme, name: str, cession: Cession) -> Estimate | None:
    """Share of years in which one loss that the treaty sees reaches its top.

    One loss is what the treaty's basis gathers: an event, a site, for a stop loss the year. None
    for a quota share without a limit, which has no top. Reinstatements do not enter: a layer that
    earlier losses of the year have used up counts when a loss reaches its top.
    """
    placed = next(placed for placed in programme.treaties if placed.name == name)
    top = _top(placed.treaty)
    if top is None:
        return None
    taken = [cession.ceded[before] for before in sorted(programme.before(name))]
    subject, _ = subject_of(placed, cession.table, taken)
    below = float(np.nextafter(top * (1 - ROUNDING), -np.inf))
    at_top, _ = subject.reaching(placed.treaty.basis, below)
    years = np.bincount(at_top.year, minlength=subject.n_years) > 0
    return measures.probability_positive(years.astype(np.float64), subject.weight)


def _top(treaty: Treaty) -> float | None:
    """The loss from which on the treaty pays no more, currency units."""
    if treaty.kind == "quota_share":
        if treaty.limit is None or treaty.share == 0:
            return None
        return treaty.limit / treaty.share
    if treaty.kind == "stop_loss":
        return sum(treaty.in_money)
    return treaty.attachment + treaty.limit
