"""Euler shares of risks in the TVaR of their sum, against enumeration and simulated years."""

from itertools import product

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.exact.allocation import euler_shares
from techinsure.exact.annual import AnnualLaw
from techinsure.losses import measures


def law(amounts, chance):
    return AnnualLaw(
        amounts=np.array(amounts, float), chance=np.array(chance, float), paid=1 - chance[0]
    )


SAME = law([0, 10, 20], [0.5, 0.3, 0.2])
NODES = [
    [law([0, 10, 30], [0.7, 0.2, 0.1]), law([0, 20], [0.9, 0.1]), SAME],
    [law([0, 10, 30], [0.2, 0.3, 0.5]), law([0, 20], [0.4, 0.6]), SAME],
]
WEIGHT = [0.8, 0.2]


def enumerated():
    """(n_outcomes, n_risks) amounts and their probability."""
    rows, chances = [], []
    for own, weight in zip(NODES, WEIGHT, strict=True):
        for pick in product(*(range(len(one.amounts)) for one in own)):
            rows.append([one.amounts[k] for one, k in zip(own, pick, strict=True)])
            chances.append(
                weight * np.prod([one.chance[k] for one, k in zip(own, pick, strict=True)])
            )
    return np.array(rows), np.array(chances)


@pytest.mark.parametrize("level", [0.0, 0.5, 0.77, 0.9, 0.95, 0.99])
def test_shares_are_those_of_all_outcomes_listed(level):
    rows, chance = enumerated()
    total = rows.sum(axis=1)
    found = euler_shares(NODES, WEIGHT, level)
    assert found.share.sum() == pytest.approx(found.tvar, rel=1e-12)
    assert found.tvar == pytest.approx(measures.tvar(total, level, chance).value, rel=1e-9)
    assert found.quantile == pytest.approx(measures.quantile(total, level, chance))
    tail = measures.tail_weights(total, level, chance)
    assert found.share == pytest.approx(tail @ rows, rel=1e-9)


def test_a_transform_that_vanishes_does_no_harm():
    """A fair coin's transform is 0 at one frequency."""
    coin, other = law([0, 1], [0.5, 0.5]), law([0, 1, 2], [0.6, 0.3, 0.1])
    found = euler_shares([[coin, other, coin]], [1.0], 0.9)
    assert found.share[0] == pytest.approx(found.share[2], rel=1e-12)
    assert found.tvar == pytest.approx(found.share.sum())
    assert euler_shares([[coin]], [1.0], 0.0).share == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("laws", "weight", "named"),
    [
        (NODES, [0.5, 0.4], "weight"),
        ([NODES[0], NODES[1][:2]], WEIGHT, "one number of risks"),
        ([[law([0, 2], [0.5, 0.5]), law([0, 3], [0.5, 0.5])]], [1.0], r"laws\[0\]\[1\]"),
        ([[law([0, 1], [0.5, 0.5]), law([0, 1e6], [0.5, 0.5])]], [1.0], "cells"),
    ],
)
def test_nonsense_is_refused_by_name(laws, weight, named):
    with pytest.raises(InvalidParameter, match=named):
        euler_shares(laws, weight, 0.9)
