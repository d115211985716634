"""Absorbing Markov chains with a cost at each visit: where they end, and what they cost.

`q` (n_states, n_states) holds the probabilities of moving between the states that one leaves,
`a` (n_states, n_ends) those of ending, `N = (I - q)^-1` the mean number of visits.
Source: Kemeny & Snell (1976), Finite Markov Chains, theorems 3.2.4 and 3.3.7.
"""

import numpy as np

from techinsure.quantities import Floats


def visits(q: Floats) -> Floats:
    """(n_states, n_states) mean number of visits to each state (columns) from each start (rows)."""
    return np.linalg.inv(np.eye(len(q)) - q)


def ends(q: Floats, a: Floats) -> Floats:
    """(n_states, n_ends) probability of each end from each start: N a."""
    return visits(q) @ a


def cost_moments(q: Floats, mean: Floats, square: Floats) -> tuple[Floats, Floats]:
    """(n_states,) mean and second moment of the total cost from each start, when a visit costs an
    amount of `mean` and mean `square` (n_states,), independent of all others.

    m1 = N mean. From C = X + C' with C' the cost from the next state on,
    m2 = square + 2 mean * (q m1) + q m2, so m2 = N (square + 2 mean * (q m1)).
    """
    n = visits(q)
    first = n @ mean
    return first, n @ (square + 2 * mean * (q @ first))
