"""How rare the pool's own model holds a year that loses so much."""

import numpy as np

from techinsure.losses import curves, measures
from techinsure.quantities import Estimate, Floats
from techinsure.stress.report import Rarity


def rarity(annual: Floats, loss: float) -> Rarity:
    """Of simulated years `annual` (n_years,), those that lose `loss` or more, currency units.

    The interval is Wilson's of their share (`losses.curves.exceedance`), turned over; the error of
    the return period is that of the share by the delta method, se / p**2.
    """
    as_bad = (annual >= loss).astype(np.float64)
    n_bad, n = int(as_bad.sum()), len(annual)
    chance = measures.probability_positive(as_bad)
    if n_bad == n:
        low, high = 1.0, 1.0
    else:
        curve = curves.exceedance("aep", as_bad)
        low, high = float(curve.low[0]), float(curve.high[0])
    period = None
    if n_bad:
        error = (chance.standard_error or 0.0) / chance.value**2
        period = Estimate(value=1 / chance.value, standard_error=error, unit="years")
    return Rarity(
        loss=loss, years_as_bad=n_bad, n_years=n, probability=chance, return_period=period,
        low=1 / high, high=1 / low if n_bad else None,
    )  # fmt: skip
