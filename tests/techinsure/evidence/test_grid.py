"""Posteriors on grids: laws with known moments wherever they lie, ends, draws."""

import numpy as np
import pytest
from scipy import stats

from techinsure.errors import Undefined
from techinsure.evidence import grid as grids
from techinsure.evidence.grid import Grid, posterior_grid

REGION = ((-10.0, 10.0), (-40.0, 40.0))
CELLS = (60, 80)


def normal(m, s, rho=0.0):
    def log_density(x, y):
        z, v = (x - m[0]) / s[0], (y - m[1]) / s[1]
        return -(z**2 - 2 * rho * z * v + v**2) / (2 * (1 - rho**2))

    return log_density


@pytest.mark.parametrize(
    ("m", "s", "rho"),
    [((0, 0), (1, 3), 0.0), ((2, -30), (0.01, 0.5), 0.0), ((-7, 31.4159), (1e-4, 1e-3), 0.0),
     ((1, 1), (1, 4), 0.9), ((3.3, 5), (0.2, 0.5), -0.95)],
)  # fmt: skip
def test_a_normal_law_is_found_wherever_it_lies(m, s, rho):
    grid = posterior_grid(normal(m, s, rho), *REGION, CELLS)
    for axis in (0, 1):
        found = grid.of_axis(axis)
        assert found.mean == pytest.approx(m[axis], abs=1e-6 * s[axis])
        assert found.sd == pytest.approx(s[axis], rel=1e-5)
        assert found.low == pytest.approx(m[axis] - 1.64485 * s[axis], abs=5e-3 * s[axis])
        assert found.high == pytest.approx(m[axis] + 1.64485 * s[axis], abs=5e-3 * s[axis])
    product = grid.mean((grid.first[:, None] - m[0]) * (grid.second[None, :] - m[1]))
    assert product == pytest.approx(rho * s[0] * s[1], abs=1e-5 * s[0] * s[1])
    assert grid.leans == ((False, False), (False, False))
    assert grid.mass.shape == CELLS
    assert grid.mass.sum() == pytest.approx(1, rel=1e-12)
    assert not any(array.flags.writeable for array in (grid.first, grid.second, grid.mass))


def test_a_window_that_was_found_too_narrow_is_widened(monkeypatch):
    monkeypatch.setattr(grids, "_found", lambda *_: ((0.5, 2.0), (-1.0, 0.5)))
    grid = posterior_grid(normal((0, 0), (1, 3)), *REGION, CELLS)
    assert (grid.of_axis(0).mean, grid.of_axis(1).mean) == pytest.approx((0, 0), abs=1e-4)
    assert (grid.of_axis(0).sd, grid.of_axis(1).sd) == pytest.approx((1, 3), rel=1e-4)


def test_a_quantity_of_both_parameters():
    """x + y of independent normals, every cell with a value of its own."""
    grid = posterior_grid(normal((1, 2), (0.6, 0.8)), *REGION, CELLS)
    found = grid.marginal(grid.first[:, None] + grid.second[None, :])
    assert (found.mean, found.sd) == pytest.approx((3, 1), rel=1e-5)
    assert (found.low, found.high) == pytest.approx((3 - 1.64485, 3 + 1.64485), abs=0.04)


def test_a_transformed_parameter():
    grid = posterior_grid(normal((1, 2), (0.6, 0.8)), *REGION, CELLS)
    known, found = stats.lognorm(0.8, scale=np.exp(2)), grid.of_axis(1, np.exp)
    assert (found.mean, found.sd) == pytest.approx((known.mean(), known.std()), rel=1e-3)
    assert (found.low, found.high) == pytest.approx(tuple(known.ppf([0.05, 0.95])), rel=3e-3)


def test_mass_at_an_end_of_the_region_is_told():
    grid = posterior_grid(normal((10.0, 0), (1, 1)), *REGION, CELLS)
    assert grid.leans == ((False, True), (False, False))
    grid = posterior_grid(normal((0, -55.0), (1, 5)), *REGION, CELLS)
    assert grid.leans == ((False, False), (True, False))


def test_where_nothing_is_possible_there_is_no_posterior():
    with pytest.raises(Undefined, match="no probability to any parameters"):
        posterior_grid(lambda x, y: np.full((x.size, y.size), -np.inf), *REGION, CELLS)


def test_a_forbidden_half_is_left_out():
    def log_density(x, y):
        return np.where(x + 0 * y < 0, -np.inf, normal((0, 0), (1, 1))(x, y))

    grid = posterior_grid(log_density, *REGION, CELLS)
    cell = grid.first[1] - grid.first[0]
    assert grid.of_axis(0).mean == pytest.approx(stats.halfnorm.mean(), abs=cell / 2)
    assert grid.mass[grid.first < 0].sum() == 0


def test_draws_follow_the_mass():
    grid = posterior_grid(normal((3.3, 5), (0.2, 0.5), -0.95), *REGION, CELLS)
    x, y = grid.draws(np.random.default_rng(1).random((3, 20_000)))
    assert stats.kstest(x, stats.norm(3.3, 0.2).cdf).pvalue > 1e-3
    assert stats.kstest(y, stats.norm(5, 0.5).cdf).pvalue > 1e-3
    assert np.corrcoef(x, y)[0, 1] == pytest.approx(-0.95, abs=0.01)


def test_no_draw_falls_into_a_cell_without_mass():
    grid = Grid(first=np.array([0.0, 1.0]), second=np.array([0.0, 1.0]),
                mass=np.array([[0.0, 0.5], [0.5, 0.0]]),
                leans=((False, False), (False, False)))  # fmt: skip
    u = np.array([[0.0, 0.4999, 0.5, 1 - 1e-16], [0.5] * 4, [0.5] * 4])
    x, y = grid.draws(u)
    assert x.tolist() == [0, 0, 1, 1]
    assert y.tolist() == [1, 1, 0, 0]
