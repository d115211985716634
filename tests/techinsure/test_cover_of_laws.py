"""Policy terms applied to a law: against the terms applied to many of its quantiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.cover import chance_paid, expected_paid, paid
from techinsure.distributions import Beta, Gamma, Lognormal, Point
from tests.techinsure.builders import terms

LAWS = {
    "beta": Beta(mean=0.6, cv=0.4),
    "gamma": Gamma(mean=0.7, cv=0.8),
    "lognormal": Lognormal(mean=0.8, cv=1.5),
    "point": Point(mean=0.5),
}
N = 20_000
UNIFORMS = (np.arange(N) + 0.5) / N


@given(
    law=st.sampled_from(list(LAWS)),
    amount=st.sampled_from([0.0, 10.0, 35.0]),
    rate=st.sampled_from([0.0, 0.1, 0.6, 1.0]),
    limit=st.sampled_from([0.0, 20.0, np.inf]),
    offset=st.sampled_from([0.0, 5.0, 12.0, 60.0, 150.0]),
    scale=st.sampled_from([8.0, 90.0]),
)
def test_expected_payment_and_its_chance(law, amount, rate, limit, offset, scale):
    """offset + scale * X: below, between and beyond all knots."""
    one = terms(
        deductible_amount=np.array([amount]),
        deductible_rate=np.array([rate]),
        limit=np.array([limit]),
        insured_share=np.array([0.2]),
    )
    row = np.zeros(1, np.int32)
    payments = paid(one, np.zeros(N, np.int32), offset + scale * LAWS[law].quantile(UNIFORMS))
    arguments = (LAWS[law], np.array([scale]), one, row, np.array([offset]))
    assert expected_paid(*arguments)[0] == pytest.approx(payments.mean(), abs=2e-3 * scale / 8)
    assert chance_paid(*arguments)[0] == pytest.approx((payments > 1e-12).mean(), abs=1e-3)


def test_without_offset_nothing_changes():
    one, row, scale = terms(deductible_amount=np.array([10.0])), np.zeros(1, np.int32), np.ones(1)
    law = LAWS["beta"]
    assert expected_paid(law, 90 * scale, one, row) == expected_paid(law, 90 * scale, one, row, 0.0)


def test_an_offset_beyond_the_deductible_is_surely_paid():
    one, row = terms(deductible_amount=np.array([10.0])), np.zeros(1, np.int32)
    assert chance_paid(LAWS["point"], np.ones(1), one, row, 10.1).tolist() == [1.0]
    assert expected_paid(LAWS["point"], np.ones(1), one, row, 50.0) == pytest.approx([40.5])
    assert expected_paid(LAWS["point"], np.ones(1), one, row, 500.0) == pytest.approx([90.0])
