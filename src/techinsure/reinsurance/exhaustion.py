"""How often a loss goes through the top of a treaty."""

import numpy as np

from techinsure.losses import measures
from techinsure.losses.year_table import YearLossTable
from techinsure.quantities import Estimate, Floats, Ints
from techinsure.reinsurance import Treaty
from techinsure.reinsurance.programme import Cession, Programme, subject_of

ROUNDING = 1e-9
"""A loss is at the top when what is missing is the rounding of sums."""


def exhaustion_probability(programme: Programme, name: str, cession: Cession) -> Estimate | None:
    """Share of years in which one loss that the treaty sees reaches its top.

    One loss is what the treaty's basis gathers: an event, a site, for a stop loss the year, for an
    aggregate excess what counts of the year. None for a proportional treaty without a limit, which
    has no top. Reinstatements and cumulative limits do not enter: a layer that earlier losses have
    used up counts when a loss reaches its top.
    """
    placed = next(placed for placed in programme.treaties if placed.name == name)
    taken = [cession.ceded[before] for before in sorted(programme.before(name))]
    subject, _ = subject_of(placed, cession.table, taken)
    sees = programme.proportions(cession.table.portfolio).sees[name]
    found = _totals(
        placed.treaty, placed.treaty.touched(subject)[0], sees * cession.table.portfolio.sum_insured
    )
    if found is None:
        return None
    year, total, top = found
    reached = total > np.nextafter(top * (1 - ROUNDING), -np.inf)
    years = np.bincount(year[reached], minlength=subject.n_years) > 0
    return measures.probability_positive(years.astype(np.float64), subject.weight)


def _totals(
    treaty: Treaty, subject: YearLossTable, insured: Floats
) -> tuple[Ints, Floats, float] | None:
    """(n_groups,) the year and the amount of each loss, and the amount from which on the treaty
    pays no more, currency units."""
    match treaty.kind:
        case "quota_share" | "surplus":
            if treaty.limit is None:
                return None
            share = treaty.shares(subject.portfolio, insured)
            groups = subject.grouped(treaty.basis)
            total = groups.total(share[subject.item] * subject.loss)
            return (groups.year, total, treaty.limit) if share.any() else None
        case "excess_of_loss":
            groups, counted = treaty.occurrences(subject)
            return groups.year, groups.total(counted), treaty.attachment + treaty.limit
        case "aggregate_excess":
            groups, amount = treaty.counted(subject)
            of_year = np.bincount(groups.year, weights=amount, minlength=subject.n_years)
            every = np.arange(subject.n_years, dtype=np.int32)
            return every, of_year.astype(np.float64), sum(treaty.in_money)
        case "stop_loss" | "state_backstop":
            every = np.arange(subject.n_years, dtype=np.int32)
            return every, subject.annual(), sum(treaty.in_money)
