"""Absorbing Markov chains with a cost at each visit: where they end, and what they cost.

`q` (n_states, n_states) holds the probabilities of moving between the states that one leaves,
`a` (n_states, n_ends) those of ending, `N = (I - q)^-1` the mean number of visits.
Source: Kemeny & Snell (1976), Finite Markov Chains, theorems 3.2.4 and 3.3.7.
"""

import numpy as np

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import Floats


def visits(q: Floats) -> Floats:
    """(n_states, n_states) mean number of visits to each state (columns) from each start (rows).
    Refuses a `q` that is no sub-stochastic matrix, or from which one never gets out."""
    size = len(q)
    faults = []
    if q.shape != (size, size) or (q < 0).any() or (q.sum(axis=1) > 1 + 1e-12).any():
        bound = "must be square, with entries >= 0 whose rows sum to at most 1"
        faults.append(Fault("q", q.tolist(), bound))
    elif max(abs(np.linalg.eigvals(q)), default=0.0) >= 1 - 1e-12:
        bound = "must have a spectral radius < 1"
        faults.append(Fault("q", q.tolist(), bound, "give every state a way out"))
    if faults:
        raise InvalidParameter(faults)
    return np.linalg.inv(np.eye(size) - q)


def ends(q: Floats, a: Floats) -> Floats:
    """(n_states, n_ends) probability of each end from each start: N a."""
    reached: Floats = visits(q) @ a
    return reached


def cost_moments(q: Floats, mean: Floats, square: Floats) -> tuple[Floats, Floats]:
    """(n_states,) mean and second moment of the total cost from each start, when a visit costs an
    amount of `mean` and mean `square` (n_states,), independent of all others.

    m1 = N mean. From C = X + C' with C' the cost from the next state on,
    m2 = square + 2 mean * (q m1) + q m2, so m2 = N (square + 2 mean * (q m1)).
    """
    n = visits(q)
    first = n @ mean
    return first, n @ (square + 2 * mean * (q @ first))
