"""Scrambled nets: even, uniform, different by key, the same again."""

import numpy as np
import pytest

from techinsure.seeding import keys
from techinsure.sparse.points import scrambled

KEYS = keys(7, "test", [str(k) for k in range(40)])


def test_each_dimension_has_one_point_in_each_interval():
    net = scrambled(KEYS[:3], 8, 13)
    assert net.shape == (3, 256, 13)
    assert ((net > 0) & (net < 1)).all()
    cells = np.sort((net * 256).astype(int), axis=1)
    assert (cells == np.arange(256)[None, :, None]).all()


def test_the_first_two_dimensions_are_a_net():
    """Each of the 2**a by 2**(8 - a) boxes holds one point."""
    net = scrambled(KEYS[:1], 8, 2)[0]
    for a in range(9):
        box = (net[:, 0] * 2**a).astype(int) * 2 ** (8 - a) + (net[:, 1] * 2 ** (8 - a)).astype(int)
        assert len(np.unique(box)) == 256


def test_each_point_is_uniform_over_scrambles():
    """Kolmogorov distance of one point's coordinates over 4,000 keys: 1.63 / sqrt(n) at 1%."""
    many = keys(1, "test", map(str, range(4000)))
    for point in (0, 5):
        drawn = np.sort(scrambled(many, 3, 2)[:, point], axis=0)
        place = (np.arange(4000) + 0.5)[:, None] / 4000
        assert np.abs(drawn - place).max() < 1.63 / np.sqrt(4000)


def test_means_over_nets_are_unbiased_and_much_closer_than_those_of_independent_points():
    net = scrambled(KEYS, 9, 4)
    means = np.exp(net.sum(axis=2)).mean(axis=1)
    true, spread = (np.e - 1) ** 4, np.sqrt(((np.e**2 - 1) / 2) ** 4 - (np.e - 1) ** 8)
    assert abs(means.mean() - true) <= 4 * means.std(ddof=1) / np.sqrt(len(KEYS))
    assert means.std(ddof=1) < 0.1 * spread / np.sqrt(512)


def test_a_net_is_a_function_of_its_key():
    first = scrambled(KEYS[:2], 6, 5)
    assert (scrambled(KEYS[1:2], 6, 5)[0] == first[1]).all()
    assert not (first[0] == first[1]).any()


@pytest.mark.parametrize("dimensions", [1, 40])
def test_any_number_of_dimensions(dimensions):
    assert scrambled(KEYS[:1], 1, dimensions).shape == (1, 2, dimensions)
