"""Mack's standard errors: the two rules of the last sigma, and what has none."""

import numpy as np
import pytest

from techinsure.evidence.mack import extrapolated, standard_errors


def test_the_last_sigma_by_either_rule():
    falling = np.array([8.0, 4.0, 2.0, np.nan])
    assert extrapolated(falling, "log-linear")[-1] == pytest.approx(1.0)
    assert extrapolated(falling, "mack")[-1] == pytest.approx(1.0)
    rising = np.array([8.0, 1.0, 2.0, np.nan])
    assert extrapolated(rising, "mack")[-1] == pytest.approx(1.0)  # the smaller of the last two
    assert extrapolated(rising, "log-linear")[-1] == pytest.approx(
        np.exp(np.polyval(np.polyfit([0, 1, 2], np.log([8, 1, 2]), 1), 3))
    )
    assert np.isnan(falling[-1])


@pytest.mark.parametrize("rule", ["log-linear", "mack"])
def test_what_the_rules_do_not_say_stays_unknown(rule):
    assert np.isnan(extrapolated(np.array([np.nan, np.nan]), rule)).all()
    assert np.isnan(extrapolated(np.array([3.0, np.nan]), rule)[1])


def test_a_sigma_of_zero_has_no_logarithm():
    assert extrapolated(np.array([4.0, 0.0, 1.0, np.nan]), "log-linear")[-1] == pytest.approx(0.5)
    assert np.isnan(extrapolated(np.array([4.0, 0.0, np.nan]), "log-linear")[-1])
    assert extrapolated(np.array([0.0, 3.0, np.nan]), "mack")[-1] == 0.0


def test_one_factor_by_hand():
    """mse = U**2 sigma**2 / f**2 (1 / C + 1 / volume); estimation errors of origins add up."""
    errors, total = standard_errors(
        np.array([300.0, 100.0, 50.0]), np.array([1.0, 0.0, 0.0]),
        np.array([2.0]), np.array([3.0]), np.array([150.0]),
    )  # fmt: skip
    process = np.array([100.0, 50.0]) * 9
    estimation = np.array([100.0, 50.0]) ** 2 * 9 / 150
    assert errors == pytest.approx([0.0, *np.sqrt(process + estimation)])
    assert total == pytest.approx(np.sqrt(process.sum() + 150.0**2 * 9 / 150))


def test_an_unknown_sigma_leaves_what_does_not_need_it():
    errors, total = standard_errors(
        np.array([9.0, 8.0, 5.0]), np.array([2.0, 1.0, 0.0]),
        np.array([1.5, 1.1]), np.array([np.nan, 0.2]), np.array([12.0, 9.0]),
    )  # fmt: skip
    assert errors[0] == 0
    assert errors[1] > 0
    assert np.isnan(errors[2])
    assert np.isnan(total)
