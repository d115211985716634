"""Simulation-based calibration: are posteriors as wide as they should be, and in the right place?

A parameter is drawn from the prior, data from the parameter, and draws from the posterior of the
data. The rank of the parameter among its draws is then uniform; a posterior too narrow has ranks
at both ends, one that is off has them at one end.
Source: Talts, Betancourt, Simpson, Vehtari & Gelman 2018, arXiv 1804.06788, algorithm 1.
"""

import numpy as np
from scipy import stats

DRAWS = 99
"""Draws a posterior: ranks 0 to 99."""
BINS = 20
ACCEPTED = 1e-3
"""A correct posterior falls below this p-value in one seed of a thousand."""


def rank(truth, draws):
    """How many of the `draws` (DRAWS,) lie below the truth."""
    assert np.shape(draws) == (DRAWS,)
    return int((np.asarray(draws) < truth).sum())


def p_value(ranks):
    """Chi-square test of `ranks` (n_replicates,) in bins of five against the uniform law."""
    counts = np.bincount(np.asarray(ranks) * BINS // (DRAWS + 1), minlength=BINS)
    return float(stats.chisquare(counts).pvalue)


def halved(draws):
    """The same posterior with its variance halved: planted, to be found."""
    middle = np.mean(draws)
    return middle + (draws - middle) * 0.5**0.5


def shifted(draws):
    """The same posterior with its mean moved by half a standard deviation."""
    return draws + np.std(draws) / 2
