import numpy as np
import pytest
from scipy import special

from techinsure.dependence.orthants import joint_survival
from techinsure.errors import InvalidParameter

ALIKE = 0.3 * np.ones((4, 4)) + 0.7 * np.eye(4)
AT = np.array([0.9, 0.5, 0.8, 0.7])


def by_factor(levels, rho):
    """The same by one integral over the factor that equally correlated names share."""
    z = np.linspace(-9, 9, 8001)
    weight = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    scores = (np.sqrt(rho) * z - special.ndtri(levels)[:, None]) / np.sqrt(1 - rho)
    return weight @ special.ndtr(scores).prod(axis=0)


def test_equal_correlations_against_the_factor_integral():
    found = joint_survival(ALIKE, AT, n=100_000)
    assert abs(found.z_score(by_factor(AT, 0.3))) < 4
    assert 0 < found.standard_error < 0.01 * found.value


def test_t_scores_against_draws():
    from techinsure.dependence.correlation import student_t

    drawn = student_t(ALIKE, 3.0, np.random.default_rng(6).random((5, 50_000)))
    seen = (drawn > AT[:, None]).all(axis=0).mean()
    found = joint_survival(ALIKE, AT, 3.0, n=5_000)
    error = np.hypot(found.standard_error, np.sqrt(seen / 50_000))
    assert found.value == pytest.approx(seen, abs=4 * error)


def test_what_is_exact():
    assert joint_survival(np.eye(3), [0.9, 0.8, 0.5]).exact
    assert joint_survival(np.eye(3), [0.9, 0.8, 0.5]).value == pytest.approx(0.01)
    assert joint_survival(np.eye(1), [0.9]).value == pytest.approx(0.1)
    assert joint_survival(ALIKE, [0.0, 0.0, 0.8, 0.0]).value == pytest.approx(0.2)
    assert joint_survival(ALIKE, [0.0, 1.0, 0.8, 0.0]).value == 0
    pair = joint_survival(ALIKE[:2, :2], [0.5, 0.5])
    assert pair.value == pytest.approx(0.25 + np.arcsin(0.3) / (2 * np.pi))
    same = joint_survival(np.ones((3, 3)), [0.9, 0.95, 0.8], n=100)
    assert same.value == pytest.approx(0.05)


def test_streams_belong_to_the_seed():
    one, again = (joint_survival(ALIKE, AT, seed=3, n=500) for _ in range(2))
    assert one == again != joint_survival(ALIKE, AT, seed=4, n=500)


def test_what_is_refused():
    with pytest.raises(InvalidParameter, match="u must have shape"):
        joint_survival(ALIKE, [0.5])
    with pytest.raises(InvalidParameter, match="nu must be > 0"):
        joint_survival(ALIKE, AT, 0.0)
