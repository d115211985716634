"""Years as bad: counted, with Wilson's interval turned over."""

import numpy as np
import pytest

from techinsure.stress.rarity import rarity

ANNUAL = np.array([0.0, 1.0, 2.0, 2.0, 3.0] * 20)
Z2 = 1.959963984540054**2


def test_years_that_lose_as_much_or_more_count():
    found = rarity(ANNUAL, 2.0)
    assert (found.years_as_bad, found.n_years) == (60, 100)
    assert found.return_period.value == pytest.approx(100 / 60)
    assert found.low < 100 / 60 < found.high
    error = found.probability.standard_error / 0.6**2
    assert found.return_period.standard_error == pytest.approx(error)


def test_the_interval_is_wilsons():
    found, p, n = rarity(ANNUAL, 3.0), 0.2, 100
    centre = (p + Z2 / (2 * n)) / (1 + Z2 / n)
    half = np.sqrt(Z2) / (1 + Z2 / n) * np.sqrt(p * (1 - p) / n + Z2 / (4 * n * n))
    assert found.low == pytest.approx(1 / (centre + half))
    assert found.high == pytest.approx(1 / (centre - half))


def test_beyond_all_years_only_the_near_end_is_known():
    found = rarity(ANNUAL, 3.5)
    assert (found.years_as_bad, found.return_period, found.high) == (0, None, None)
    assert found.low == pytest.approx((100 + Z2) / Z2)
    assert "beyond all 100 simulated years" in str(found)


def test_no_loss_is_every_year():
    found = rarity(ANNUAL, 0.0)
    assert (found.years_as_bad, found.low, found.high) == (100, 1.0, 1.0)
    assert found.return_period.value == 1.0
    assert "once in 1 years" in str(found)
