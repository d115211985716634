"""Sequences: consecutive simulated years, of which one carries something into the next.

Simulated cohort years are independent draws of one year. A sequence of n of them is n cohort years
of one history: years 0 to n - 1 of a table are the first, n to 2 n - 1 the second, and so on.
"""

import numpy as np
from numpy.typing import NDArray

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.year_table import YearLossTable
from techinsure.quantities import Floats, count

MOST_YEARS = 100
is_years = count(1, MOST_YEARS)
"""A check: how many years a sequence may have."""


def refuse_unless_whole(subject: YearLossTable, years: int) -> None:
    """`InvalidParameter` unless the table's years, all of one weight, are whole sequences."""
    if years == 1:
        return
    faults = []
    if subject.n_years % years:
        bound = f"must be a multiple of {years}, the years of a sequence"
        nearest = max(years, round(subject.n_years / years) * years)
        faults.append(Fault("n_years", subject.n_years, bound, f"simulate {nearest} years"))
    if subject.weight is not None:
        bound = "must be None where a treaty carries over years"
        faults.append(Fault("weight", "given", bound, "simulate years of one weight"))
    if faults:
        raise InvalidParameter(faults)


def sequence_of(n_years: int, years: int) -> NDArray[np.int64]:
    """(n_years,) the number of each year's sequence."""
    return np.arange(n_years) // years


def means_of(values: Floats, years: int) -> Floats:
    """(n_sequences,) the mean of each sequence: these are independent, the years need not be."""
    means: Floats = values.reshape(-1, years).mean(axis=1)
    return means
