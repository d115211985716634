"""Pareto laws: one tail in four parametrisations, at every shape."""

import numpy as np
import pytest

from techinsure.distributions import Exponential, GeneralizedPareto, Lomax, Pareto
from techinsure.errors import InvalidParameter, Undefined

X = np.array([0.0, 1.0, 300.0, 5e4, 1e7])
LIMITS = np.array([10.0, 1e3, 1e6])


def answers(law, shift=0.0):
    """What a law says, its amounts moved by `shift`."""
    return np.concatenate([
        law.survival(X + shift), law.quantile(np.array([0.1, 0.9, 0.999])) - shift,
        law.layer_mean(X + shift, 1e4), law.layer_mean(shift, LIMITS),
    ])  # fmt: skip


def test_a_lomax_law_is_a_generalised_pareto_law():
    same = GeneralizedPareto(shape=1 / 2.5, scale=4e5 / 2.5)
    assert answers(Lomax(shape=2.5, scale=4e5)) == pytest.approx(answers(same), rel=1e-13, abs=0)


def test_a_pareto_law_is_a_lomax_law_from_its_threshold_on():
    lomax, pareto = Lomax(shape=1.5, scale=1e3), Pareto(shape=1.5, scale=1e3)
    assert answers(pareto, 1e3) == pytest.approx(answers(lomax), rel=1e-11, abs=0)
    assert pareto.mean == pytest.approx(lomax.mean + 1e3)
    assert Pareto(shape=3.0, scale=1e3).variance == Lomax(shape=3.0, scale=1e3).variance


def test_an_exponential_law_is_the_limit():
    exact = answers(Exponential(scale=1e5))
    for shape in (0.0, 1e-14, -1e-14):
        limit = answers(GeneralizedPareto(shape=shape, scale=1e5))
        assert limit == pytest.approx(exact, rel=1e-9, abs=0)


@pytest.mark.parametrize("shape", [0.0, 0.5, 1.0, -0.3])
def test_nothing_jumps_where_a_formula_would_be_divided_by_zero(shape):
    """Shapes beside 0 and 1, where closed forms have 0 / 0."""
    at = answers(GeneralizedPareto(shape=shape, scale=1e3))
    for step in (1e-9, -1e-9):
        beside = answers(GeneralizedPareto(shape=shape + step, scale=1e3))
        assert beside == pytest.approx(at, rel=1e-5, abs=1e-10)


def test_what_lies_beyond_a_point_is_such_a_law_again():
    for shape in (0.4, 0.0, -0.4):
        law = GeneralizedPareto(shape=shape, scale=1e3)
        rest = GeneralizedPareto(shape=shape, scale=1e3 + shape * 700.0)
        beyond = np.array([0.0, 50.0, 400.0])
        assert law.survival(700.0 + beyond) == pytest.approx(
            law.survival(np.array(700.0)) * rest.survival(beyond), rel=1e-13
        )


def test_a_negative_shape_has_an_end():
    law = GeneralizedPareto(shape=-0.25, scale=100.0)
    assert law.quantile(np.array(1.0)) == 400
    x = np.array([400.0, 400.1, 1e9, np.inf])
    assert law.survival(x).tolist() == [0] * 4
    assert law.excess_mean(x).tolist() == [0] * 4
    assert law.layer_mean(x[:3], 10.0).tolist() == [0] * 3
    assert law.limited_mean(x) == pytest.approx(law.mean)
    assert law.mean == pytest.approx(80)


def test_below_the_threshold_a_layer_is_certain():
    law = Pareto(shape=1.5, scale=1e6)
    assert law.layer_mean(0.0, 5e5) == 5e5
    assert law.layer_mean(9e5, 2e5) == pytest.approx(1e5 + law.layer_mean(1e6, 1e5))
    assert law.excess_mean(np.array(2e5)) == pytest.approx(law.mean - 2e5)
    assert law.partial_mean(np.array(1e6)) == 0


def test_an_infinite_mean_says_what_to_ask_instead():
    message = r"the mean of Lomax\(.*shape=0.9.*\) is infinite: ask for a limited or layer mean"
    with pytest.raises(Undefined, match=message):
        _ = Lomax(shape=0.9, scale=1e3).mean
    law = GeneralizedPareto(shape=0.7, scale=1.0)
    assert law.mean == pytest.approx(1 / 0.3)
    with pytest.raises(Undefined, match="the variance of GeneralizedPareto"):
        _ = law.variance


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: GeneralizedPareto(shape=np.nan, scale=1.0), "shape"),
        (lambda: GeneralizedPareto(shape=101.0, scale=1.0), "shape"),
        (lambda: GeneralizedPareto(shape=0.1, scale=0.0), "scale"),
        (lambda: Lomax(shape=0.0, scale=1.0), "shape"),
        (lambda: Lomax(shape=2.0, scale=-1.0), "scale"),
        (lambda: Pareto(shape=-1.0, scale=1.0), "shape"),
        (lambda: Pareto(shape=1.0, scale=0.0), "scale"),
        (lambda: Exponential(scale=0.0), "scale"),
    ],
)
def test_what_is_no_law_is_refused(make, field):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert [fault.field for fault in caught.value.faults] == [field]
