"""The law of a year's sum of claims, from a law of their number and a lattice of their size.

The transform of the sum is the generating function of the number at the transform of one size.
Source: Klugman, Panjer & Willmot, Loss Models, chapter 9.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy import fft

from techinsure.distributions import Frequency
from techinsure.distributions.lattice import MOST_CELLS, Lattice
from techinsure.errors import Refused

LOG_LEFT_OUT = -40.0
"""ln of the probability beyond the last cell, and before the first that is kept: 4e-18."""


def compound(frequency: Frequency, severity: Lattice) -> Lattice:
    """The law of X_1 + ... + X_N on the lattice of the sizes, which may have probability at 0.

    There are as many cells as Chernoff's bound says that the sum stays below but for 4e-18, so that
    nothing wraps around; a sum that needs more than `MOST_CELLS` is `Refused`. Probabilities are
    right to about 1e-16, for a million claims too; what is smaller is noise of either sign, put to
    0 where it is negative and where the bound says that the sum does not come down to.
    """
    first, cells = reach(frequency, severity)
    size = fft.next_fast_len(cells, real=True)
    beyond = np.append(np.cumsum(severity.pmf[::-1])[::-1][1:], 0.0)  # P(X > k * step)
    angle = -2 * np.pi * np.arange(size // 2 + 1) / size
    # E[z**X] - 1 = (z - 1) * sum P(X > k) z**k: the factor has all digits where z is near 1
    shift = np.expm1(1j * angle) * fft.rfft(beyond, size)
    pmf = np.maximum(fft.irfft(frequency.pgf_near_one(shift), size)[:cells], 0.0)
    pmf[:first] = 0.0
    return Lattice(step=severity.step, pmf=pmf)


def reach(frequency: Frequency, severity: Lattice) -> tuple[int, int]:
    """(first, cells): but for 4e-18 each, the sum is at least `first` and below `cells` steps.

    For every t > 0, P(S >= n) <= exp(K(t) - t n) and P(S <= n) <= exp(K(-t) + t n), with K the
    logarithm of E[exp(t S)], S in steps; the best t is taken, and the largest sum that can be.
    Source: Chernoff (1952), Annals of Mathematical Statistics 23(4).
    """
    largest = int(np.flatnonzero(severity.pmf)[-1])
    if largest == 0:
        return 0, 1
    pmf, sizes = severity.pmf[: largest + 1], np.arange(largest + 1)

    def bound(sign: int, log_t: float) -> float:
        t = math.exp(log_t)
        growth = float(frequency.log_pgf(np.array(pmf @ np.expm1(sign * t * sizes))))
        return math.inf if growth == -math.inf else (growth - LOG_LEFT_OUT) / t

    low, high = math.log(1e-12 / largest), math.log(600 / largest)
    no_underflow = min(high, math.log(7 / (pmf @ sizes)))  # E[exp(-t X)] > 9e-4
    first = -_least(lambda log_t: bound(-1, log_t), low, no_underflow)
    above = _least(lambda log_t: bound(1, log_t), low, high)
    cells = min(above, frequency.largest * largest) + 1
    if cells > MOST_CELLS:
        raise Refused(
            f"the sum needs {cells:.3g} cells of {severity.step:g}, at most {MOST_CELLS} can be"
            f" held: take a step {cells / MOST_CELLS:.2g} times as large"
        )
    return max(math.floor(first), 0), max(math.ceil(cells), largest + 1)


def _least(function: Callable[[float], float], low: float, high: float) -> float:
    """The least value of a function that falls and then rises, at last to infinity."""
    while high - low > 1e-6:
        one, other = low + (high - low) / 3, high - (high - low) / 3
        if function(one) <= function(other):
            high = other
        else:
            low = one
    return function((low + high) / 2)
