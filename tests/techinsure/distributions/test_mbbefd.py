"""MBBEFD laws against Bernegger's formulas of four cases, and the Swiss Re curves."""

import math

import numpy as np
import pytest

from techinsure.distributions import Mbbefd
from techinsure.errors import InvalidParameter
from tests.reference.cases import load, within

F4 = load("f4_reinsurance")
CURVES = ("mbbefd_c0", "mbbefd_c2", "mbbefd_c3", "mbbefd_c5")
NEARLY_SINGULAR = (
    *("mbbefd_special_b_1", "mbbefd_special_bg_1"),
    *("mbbefd_special_b_just_above_1", "mbbefd_special_bg_just_above_1"),
)
X = np.array([0.0, 0.01, 0.1, 0.35, 0.5, 0.8, 0.99])


def published(b, g, x):
    """(G(x), P(X > x), E[X]) as printed: Bernegger (1997), section 3."""
    if g == 1 or b == 0:
        return x, np.ones_like(x), 1.0
    if b == 1:
        return np.log(1 + (g - 1) * x) / np.log(g), 1 / (1 + (g - 1) * x), np.log(g) / (g - 1)
    if b * g == 1:
        return (1 - b**x) / (1 - b), b**x, (b - 1) / np.log(b)
    curve = np.log(((g - 1) * b + (1 - g * b) * b**x) / (1 - b)) / np.log(g * b)
    survival = (1 - b) / ((g - 1) * b ** (1 - x) + (1 - g * b))
    return curve, survival, np.log(g * b) * (1 - b) / (np.log(b) * (1 - g * b))


@pytest.mark.parametrize(
    ("b", "g"),
    [(0.0, 7.0), (2.0, 1.0), (1.0, 9.0), (0.25, 4.0), (0.1, 3.0), (0.3, 50.0), (12.0, 4.0)],
)
def test_published_formulas(b, g):
    law = Mbbefd(b=b, g=g)
    curve, survival, mean = published(b, g, X)
    assert law.exposure_curve(X) == pytest.approx(curve, rel=1e-12, abs=1e-15)
    assert law.survival(X) == pytest.approx(survival, rel=1e-12, abs=0)
    assert law.mean == pytest.approx(mean, rel=1e-12, abs=0)
    assert law.total_loss_probability == (1.0 if b == 0 else 1 / g)


@pytest.mark.parametrize("case", CURVES)
def test_swiss_re_curves(case):
    case = F4[case]
    law = Mbbefd.swiss_re(case["inputs"]["c"])
    for name in ("b", "g", "total_loss_probability"):
        assert getattr(law, name) == within(case, case["expected"][name])
    assert law.mean == within(case, case["expected"]["mean_damage_ratio"])
    retentions = np.array(case["inputs"]["relative_retentions"])
    # the first of the expected is 0 but for a rounding of 1e-15
    curve = law.exposure_curve(retentions)
    assert curve[1:] == within(case, case["expected"]["G"][1:])
    assert curve[0] == 0


@pytest.mark.parametrize("case", NEARLY_SINGULAR)
def test_nearly_singular_parameters_keep_their_digits(case):
    case = F4[case]
    law = Mbbefd(b=case["inputs"]["b"], g=case["inputs"]["g"])
    curve = law.exposure_curve(np.array(case["inputs"]["x"]))
    assert curve == pytest.approx(case["expected"]["G"], rel=1e-13, abs=0)


@pytest.mark.parametrize(("b", "g"), [(1e-100, 5.0), (1e100, 5.0), (0.3, 1e100), (1.0, 1e100)])
def test_extreme_parameters_stay_finite(b, g):
    law = Mbbefd(b=b, g=g)
    values = [law.survival(X), law.exposure_curve(X), law.excess_mean(X), law.partial_mean(X)]
    for value in [*values, law.quantile(np.linspace(0, 1, 9)), np.array(law.variance)]:
        assert np.isfinite(value).all()
        assert ((value >= 0) & (value <= 1)).all()


def test_the_total_loss_is_an_atom_at_one():
    law = Mbbefd(b=0.3, g=5.0)
    u = np.array([0.0, 0.7999, 0.8, 0.8001, 0.99, 1.0])
    x = law.quantile(u)
    assert x[0] == 0
    assert 0.999 < x[1] < 1
    assert x[2:].tolist() == [1.0] * 4
    assert law.survival(np.array([1 - 1e-12, 1.0])) == pytest.approx([0.2, 0.0], rel=1e-9, abs=0)
    assert law.partial_mean(np.array(1.0)) == pytest.approx(law.mean, rel=1e-14, abs=0)
    below = law.partial_mean(np.array(1 - 1e-12))
    assert below == pytest.approx(law.mean - 0.2, rel=1e-9, abs=0)


def test_mean_and_variance_of_the_quantile():
    """By 200,000 equally likely damage ratios."""
    for law in (Mbbefd.swiss_re(1.5), Mbbefd.swiss_re(5.0), Mbbefd(b=1.0, g=100.0)):
        drawn = law.quantile((np.arange(200_000) + 0.5) / 200_000)
        assert drawn.mean() == pytest.approx(law.mean, rel=1e-4, abs=0)
        assert drawn.var() == pytest.approx(law.variance, rel=1e-3, abs=0)


def test_variance_at_b_times_g_of_one():
    """S(x) = b**x on [0, 1): E[X**2] = 2 int x b**x dx in elementary functions."""
    b = 0.2
    beta = math.log(b)
    square = 2 * (b / beta - (b - 1) / beta**2)
    expected = square - ((b - 1) / beta) ** 2
    assert Mbbefd(b=b, g=1 / b).variance == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("b", "g", "field"), [(-0.1, 2.0, "b"), (1e-200, 2.0, "b"), (0.5, 0.99, "g"), (0.5, 1e101, "g")]
)
def test_what_is_no_law_is_refused(b, g, field):
    with pytest.raises(InvalidParameter) as caught:
        Mbbefd(b=b, g=g)
    assert [fault.field for fault in caught.value.faults] == [field]


def test_a_concentration_is_a_number_from_zero_to_ten():
    with pytest.raises(InvalidParameter, match=r"c must be in \[0, 10\], got -1"):
        Mbbefd.swiss_re(-1.0)
