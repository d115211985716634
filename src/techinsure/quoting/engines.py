"""The two engines on one policy: its exact law, where its terms have one, beside the simulation."""

from collections.abc import Iterator

import numpy as np

from techinsure.exact.annual import AnnualLaw
from techinsure.losses import measures
from techinsure.losses.year_table import YearLossTable
from techinsure.quantities import Estimate, exactly
from techinsure.quotes import Agreement

LEVEL = 0.995
FEWEST_BEYOND = 30
"""Simulated years with a payment below which their error says too little to compare with."""


def agreements(
    law: AnnualLaw | None, pure: Estimate, table: YearLossTable, unit: str
) -> Iterator[Agreement]:
    """Each figure that both engines know, with the distance between them in standard errors.

    Where few simulated years have a payment, only what these can tell is compared.
    """
    annual = table.annual()
    paid = int(np.count_nonzero(annual))
    pairs = []
    if pure.exact and paid:
        pairs.append(("mean", pure, measures.mean(annual, unit=unit)))
    if law is not None and paid >= FEWEST_BEYOND:
        chance = measures.probability_positive(annual)
        pairs.append(("claim_probability", exactly(law.paid), chance))
    if law is not None and paid > max(FEWEST_BEYOND, (1 - LEVEL) * len(annual)):
        tail = law.estimate(lambda one: one.tvar(LEVEL), unit)
        pairs.append(("var_995", law.var(LEVEL, unit), measures.var(annual, LEVEL, unit=unit)))
        pairs.append(("tvar_995", tail, measures.tvar(annual, LEVEL, unit=unit)))
    for name, known, simulated in pairs:
        error = float(np.hypot(simulated.standard_error or 0.0, known.error_bound or 0.0))
        if error > 0:
            z = (simulated.value - known.value) / error
            yield Agreement(name=name, exact=known, simulated=simulated, z_score=z)
