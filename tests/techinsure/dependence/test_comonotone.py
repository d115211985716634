import numpy as np
import pytest

from techinsure.dependence import comonotone
from techinsure.distributions import Exponential, Lognormal, Lomax, Point
from techinsure.errors import InvalidParameter, Undefined


def test_quantiles_and_tails_add():
    laws = [Exponential(scale=3.0), Lognormal(mean=2.0, cv=1.5), Point(mean=4.0)]
    levels = 1 - 0.01 * (np.arange(20_000) + 0.5) / 20_000
    beyond = sum(law.quantile(levels) for law in laws)
    assert comonotone.tvar(laws, 0.99) == pytest.approx(beyond.mean(), rel=1e-3)
    assert comonotone.var(laws, 0.99) == pytest.approx(beyond.min(), rel=1e-3)


def test_infinite_mean_and_bad_levels():
    with pytest.raises(Undefined):
        comonotone.tvar([Lomax(shape=1.0, scale=2.0)], 0.99)
    assert comonotone.var([Lomax(shape=1.0, scale=2.0)], 0.5) == pytest.approx(2.0)
    with pytest.raises(InvalidParameter, match="laws must hold at least one law"):
        comonotone.var([], 0.99)
    with pytest.raises(InvalidParameter, match="level must be in"):
        comonotone.var([Point(mean=1.0)], 1.0)
