import numpy as np
import pytest

from techinsure.dependence import correlation
from techinsure.dependence.correlation import correlations, nearest, root
from techinsure.errors import InvalidParameter

APART = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])


def test_the_nearest_matrix_of_higham_2002():
    """Higham 2002, IMA Journal of Numerical Analysis 22(3), section 4, printed to four digits."""
    given = np.diag([2.0] * 4) - np.diag([1.0] * 3, 1) - np.diag([1.0] * 3, -1)
    printed = [
        [1.0000, -0.8084, 0.1916, 0.1068],
        [-0.8084, 1.0000, -0.6562, 0.1916],
        [0.1916, -0.6562, 1.0000, -0.8084],
        [0.1068, 0.1916, -0.8084, 1.0000],
    ]
    assert nearest(given) == pytest.approx(np.array(printed), abs=5e-5)


def test_a_matrix_that_cannot_be_is_refused_with_the_nearest():
    with pytest.raises(InvalidParameter) as refused:
        correlations(APART)
    (fault,) = refused.value.faults
    assert fault.field == "correlation"
    assert fault.value == pytest.approx(-0.8)
    assert "nearest correlation matrix differs most at [" in fault.fix
    found = nearest(APART)
    assert found[0] == pytest.approx([1, 0.5, -0.5])
    assert correlations(found) is not None
    assert np.linalg.eigvalsh(nearest(APART, least=1e-4))[0] >= 0.9e-4


def test_what_exists_stays_as_it_is():
    given = 0.3 * np.ones((4, 4)) + 0.7 * np.eye(4)
    assert (correlations(given) == given).all()
    assert nearest(given) == pytest.approx(given, abs=1e-12)
    assert correlations(np.ones((3, 3))).sum() == 9
    assert correlations([[1, -1], [-1, 1]]).min() == -1


@pytest.mark.parametrize(
    ("matrix", "told"),
    [
        ([[1.0, 0.2]], "must be a square array"),
        ([[1.0, np.nan], [np.nan, 1.0]], "must be finite"),
        ([[1.0, 1.2], [1.2, 1.0]], r"correlation\[0, 1\] must be in \[-1, 1\], got 1.2"),
        ([[0.9, 0.2], [0.2, 1.0]], r"correlation\[0, 0\] must be 1, got 0.9"),
        ([[1.0, 0.2], [0.3, 1.0]], r"correlation\[0, 1\] must equal its mirror 0.3, got 0.2"),
        (np.zeros((0, 0)), "must be in"),
    ],
)
def test_what_is_refused(matrix, told):
    with pytest.raises(InvalidParameter, match=told):
        correlations(matrix)


def test_roots_and_draws():
    given = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, -0.4], [0.2, -0.4, 1.0]])
    assert root(given) @ root(given).T == pytest.approx(given)
    assert root(given[:2, :2]) == pytest.approx(root(given)[:2, :2])  # one more moves no other
    for singular in (np.ones((3, 3)), nearest(APART)):
        assert root(singular) @ root(singular).T == pytest.approx(singular, abs=1e-7)
    uniforms = np.random.default_rng(5).random((4, 40_000))
    drawn = correlation.gaussian(given, uniforms[:3])
    heavy = correlation.student_t(given, 3.0, uniforms)
    for sample in (drawn, heavy):
        assert sample.mean(axis=1) == pytest.approx(np.full(3, 0.5), abs=0.006)
        tau = 2 / np.pi * np.arcsin(given[0, 1])
        concordant = np.sign(np.diff(sample[0])[::2] * np.diff(sample[1])[::2]).mean()
        assert concordant == pytest.approx(tau, abs=4 / np.sqrt(20_000))
    beyond = [((s[0] > 0.99) & (s[1] > 0.99)).mean() for s in (drawn, heavy)]
    assert beyond[1] > beyond[0]


def test_kendall_to_scores():
    taus = np.array([[1.0, 1 / 3], [1 / 3, 1.0]])
    assert correlation.of_kendall(taus)[0, 1] == pytest.approx(0.5)
    with pytest.raises(InvalidParameter, match="smallest eigenvalue"):
        correlation.of_kendall([[1, 0.8, -0.8], [0.8, 1, 0.8], [-0.8, 0.8, 1]])
