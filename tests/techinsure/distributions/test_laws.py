"""Every law through every identity, and its parametrisation against scipy.stats."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy import integrate, stats

from techinsure.distributions import Beta, Gamma, Law, Lognormal, Point
from techinsure.errors import InvalidParameter


def lognormal(mean, sigma):
    return stats.lognorm(sigma, scale=mean * np.exp(-(sigma**2) / 2))


# The law, and the same in scipy's own parameters.
ZOO = [
    (Beta(mean=0.4, cv=0.5), stats.beta(2.0, 3.0)),
    (Beta(mean=0.12, cv=1.8), stats.beta(0.12 * 1.2633744855967078, 0.88 * 1.2633744855967078)),
    (Beta(mean=0.8, cv=0.05), stats.beta(79.2, 19.8)),
    (Beta.of_shapes(0.45, 0.1125), stats.beta(0.45, 0.1125)),  # leans on 1
    (Gamma(mean=6.0, cv=0.5), stats.gamma(4.0, scale=1.5)),
    (Gamma(mean=0.006, cv=0.9), stats.gamma(1 / 0.81, scale=0.00486)),
    (Gamma(mean=1.0, cv=3.0), stats.gamma(1 / 9, scale=9.0)),
    (Lognormal(mean=130e3, cv=1.2), lognormal(130e3, np.sqrt(np.log(2.44)))),
    (Lognormal(mean=2.0, cv=0.01), lognormal(2.0, np.sqrt(np.log(1.0001)))),
    (Lognormal(mean=1.0, cv=np.sqrt(np.e - 1)), lognormal(1.0, 1.0)),
]
LAWS = [law for law, _ in ZOO]
NAMES = [f"{law.kind} {law.mean:g} {law.cv:.3g}" for law in LAWS]
LEVELS = np.array([1e-9, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-9])
each_law = pytest.mark.parametrize("law", LAWS, ids=NAMES)

laws = st.one_of(
    st.builds(Beta.of_shapes, st.floats(0.05, 200), st.floats(0.05, 200)),
    st.builds(
        lambda kind, mean, cv: kind(mean=mean, cv=cv),
        st.sampled_from([Gamma, Lognormal]), st.floats(1e-6, 1e9), st.floats(0.01, 5),
    ),
)  # fmt: skip


@pytest.mark.parametrize(("law", "known"), ZOO, ids=NAMES)
def test_parameters_are_those_of_scipy(law, known):
    assert law.mean == pytest.approx(known.mean(), rel=1e-12)
    assert law.cv == pytest.approx(known.std() / known.mean(), rel=1e-9)
    assert law.variance == pytest.approx(known.var(), rel=1e-9)
    assert law.quantile(LEVELS) == pytest.approx(known.ppf(LEVELS), rel=1e-8)
    x = known.ppf(LEVELS[1:-1])
    assert law.cdf(x) == pytest.approx(known.cdf(x), rel=1e-9)


@each_law
def test_quantile_and_cdf_are_inverse(law):
    u = np.linspace(0.001, 0.99, 200)
    x = law.quantile(u)
    assert (np.diff(x) >= 0).all()
    u, x = u[x < 1 - 1e-9], x[x < 1 - 1e-9]  # a beta law that leans on 1 has one float64 for many
    assert law.cdf(x) == pytest.approx(u, rel=1e-6)


@each_law
def test_the_mean_is_the_integral_of_the_quantile(law):
    """In pieces that are short where the quantile is steep; 1e-13 at the top left out."""
    ends = np.geomspace(1e-13, 0.5, 40)
    edges = np.unique([0.0, *ends, *(1 - ends)])
    u, w = np.polynomial.legendre.leggauss(40)
    low, half = edges[:-1, None], np.diff(edges)[:, None] / 2
    value = law.quantile(low + half * (1 + u))
    assert (half * w * value).sum() == pytest.approx(law.mean, rel=1e-8)


@pytest.mark.parametrize(("law", "known"), ZOO, ids=NAMES)
@pytest.mark.parametrize("level", [0.05, 0.5, 0.95])
def test_partial_mean_is_the_integral_of_the_density(law, known, level):
    """E[X; X <= x] = x F(x) - int_0^x F."""
    x = float(known.ppf(level))
    points = known.ppf(level * np.array([1e-6, 1e-3, 0.1, 0.5]))
    below = integrate.quad(known.cdf, 0, x, points=points, epsabs=0, epsrel=1e-10, limit=200)[0]
    assert law.partial_mean(np.array(x)) == pytest.approx(x * level - below, rel=1e-7)


@pytest.mark.parametrize(("law", "known"), ZOO, ids=NAMES)
@pytest.mark.parametrize("level", [0.05, 0.5, 0.95])
def test_limited_mean_is_the_integral_of_the_survival(law, known, level):
    x = float(known.ppf(level))
    points = known.ppf(level * np.array([1e-6, 1e-3, 0.1, 0.5]))
    area = integrate.quad(known.sf, 0, x, points=points, epsabs=0, epsrel=1e-10, limit=200)[0]
    assert law.limited_mean(np.array(x)) == pytest.approx(area, rel=1e-7)


@each_law
def test_ends(law):
    none, everything = np.array(0.0), np.array(1.0 if law.kind == "beta" else np.inf)
    assert law.cdf(none) == law.partial_mean(none) == law.limited_mean(none) == 0
    assert law.cdf(everything) == 1
    assert law.partial_mean(everything) == pytest.approx(law.mean, rel=1e-14)
    assert law.limited_mean(everything) == pytest.approx(law.mean, rel=1e-14)
    assert law.limited_mean(np.array(np.inf)) == pytest.approx(law.mean, rel=1e-14)
    assert law.quantile(np.array([0.0, 1.0])).tolist() == [0.0, float(everything)]


@each_law
def test_shapes_of_arrays_are_kept(law):
    u = np.full((2, 3), 0.3)
    x = law.quantile(u)
    for values in (x, law.cdf(x), law.partial_mean(x), law.limited_mean(x)):
        assert values.shape == (2, 3)
        assert values.dtype == np.float64


@given(laws, st.floats(0.001, 0.999), st.floats(0.001, 0.999))
@settings(max_examples=150)
def test_identities_of_any_law(law, one, other):
    low, high = law.quantile(np.array(sorted([one, other])))
    # E[min(X, x)] = E[X; X <= x] + x P(X > x), rises, stays below x and the mean
    for x in (low, high):
        parts = law.partial_mean(x) + x * (1 - law.cdf(x))
        assert law.limited_mean(x) == pytest.approx(parts, rel=1e-12, abs=1e-300)
        assert 0 <= law.limited_mean(x) <= min(x, law.mean) * (1 + 1e-12)
        assert 0 <= law.partial_mean(x) <= x * law.cdf(x) * (1 + 1e-12)
    # and grows by the survival probability: concave
    gain = law.limited_mean(high) - law.limited_mean(low)
    rounding = 1e-12 * law.mean
    assert gain <= (high - low) * (1 - law.cdf(low)) * (1 + 1e-9) + rounding
    assert gain >= (high - low) * (1 - law.cdf(high)) * (1 - 1e-9) - rounding


@given(laws, st.floats(1e-3, 1e3), st.floats(0.01, 0.99))
@settings(max_examples=50)
def test_amounts_have_no_unit_of_their_own(law, factor, level):
    """A law of thousandfold mean and the same cv is a thousandfold law."""
    if law.kind == "beta":
        return
    scaled = type(law)(mean=law.mean * factor, cv=law.cv)
    assert scaled.quantile(np.array(level)) == pytest.approx(
        factor * law.quantile(np.array(level)), rel=1e-9
    )


@given(st.floats(0.05, 500), st.floats(0.05, 500))
def test_a_beta_law_by_its_shapes(a, b):
    assert Beta.of_shapes(a, b).shapes == pytest.approx((a, b), rel=1e-8)


def test_a_mirrored_beta_law():
    law, mirrored = Beta.of_shapes(2.0, 1.2), Beta.of_shapes(1.2, 2.0)
    u = np.linspace(0.01, 0.99, 50)
    assert law.quantile(u) == pytest.approx(1 - mirrored.quantile(1 - u), rel=1e-12)


def test_a_point_is_known():
    law, x = Point(mean=3.0), np.array([0.0, 2.9, 3.0, 5.0, np.inf])
    assert law.quantile(np.array([0.1, 0.9])).tolist() == [3.0, 3.0]
    assert law.cdf(x).tolist() == [0, 0, 1, 1, 1]
    assert law.partial_mean(x).tolist() == [0, 0, 3, 3, 3]
    assert law.limited_mean(x).tolist() == [0, 2.9, 3, 3, 3]
    assert (law.mean, law.cv, law.variance) == (3.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("make", "field", "bound"),
    [
        (lambda: Beta(mean=0.0, cv=0.5), "mean", "must be in (0, 1)"),
        (lambda: Beta(mean=1.0, cv=0.5), "mean", "must be in (0, 1)"),
        (lambda: Beta(mean=0.5, cv=0.0), "cv", "must be > 0"),
        (lambda: Beta(mean=0.5, cv=1.0), "cv", "must be < 1 for a beta law of mean 0.5"),
        (lambda: Beta(mean=0.9, cv=0.4), "cv", "must be < 0.3333 for a beta law of mean 0.9"),
        (lambda: Gamma(mean=0.0, cv=0.5), "mean", "must be > 0"),
        (lambda: Gamma(mean=1.0, cv=-0.5), "cv", "must be > 0"),
        (lambda: Lognormal(mean=-1.0, cv=0.5), "mean", "must be > 0"),
        (lambda: Lognormal(mean=1.0, cv=0.0), "cv", "must be > 0"),
        (lambda: Lognormal(mean=np.inf, cv=1.0), "mean", "must be finite"),
        (lambda: Gamma(mean="1", cv=1.0), "mean", "must be a number"),
        (lambda: Point(mean=-1.0), "mean", "must be >= 0"),
        (lambda: Point(mean=1.0, cv=0.3), "cv", "must be 0 for a point"),
    ],
)
def test_what_is_no_law_is_refused(make, field, bound):
    with pytest.raises(InvalidParameter) as caught:
        make()
    (fault,) = caught.value.faults
    assert str(fault).startswith(f"{field} {bound}, got ")


def test_all_faults_of_a_law_at_once():
    with pytest.raises(InvalidParameter) as caught:
        Gamma(mean=-1.0, cv=0.0)
    assert [fault.field for fault in caught.value.faults] == ["mean", "cv"]


def test_a_law_is_read_by_its_kind():
    read = TypeAdapter(Law).validate_python
    for law in [*LAWS, Point(mean=2.0)]:
        again = {"kind": law.kind, "mean": law.mean, "cv": law.cv}
        assert read(again) == law
    for wrong in ({"kind": "gama", "mean": 1.0, "cv": 1.0},
                  {"kind": "gamma", "mean": 1.0, "cv": 1.0, "shape": 2.0}):  # fmt: skip
        with pytest.raises(ValidationError):
            read(wrong)
