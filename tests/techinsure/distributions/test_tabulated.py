"""A table of counts: its ends, rounding of its sum, and what is refused."""

import numpy as np
import pytest

from techinsure.distributions import Tabulated
from techinsure.errors import InvalidParameter


def test_zeros_at_the_ends_are_no_counts():
    law = Tabulated(probabilities=(0.0, 0.25, 0.75, 0.0))
    assert (law.smallest, law.largest) == (1, 2)
    assert law.quantile(np.array([0.0, 0.25, 0.26, 1.0])).tolist() == [1, 1, 2, 2]


def test_a_sum_just_below_one_still_reaches_every_level():
    law = Tabulated(probabilities=(0.6, 0.3, 0.1 - 5e-10))
    assert law.quantile(np.array(1 - 2.0**-53)) == 2
    assert law.cdf(np.array(2.0)) == 1


@pytest.mark.parametrize(
    ("probabilities", "field", "bound"),
    [
        ((), "probabilities", "must have at least 1 entries"),
        ((0.5, 0.4), "probabilities", "must sum to 1, got 0.9 (divide each by their sum)"),
        ((1.5, -0.5), "probabilities[1]", "must be >= 0"),
        ((0.001,) * 1001, "probabilities", "must have at most 1000 entries"),
    ],
)
def test_what_is_no_law_is_refused(probabilities, field, bound):
    with pytest.raises(InvalidParameter) as caught:
        Tabulated(probabilities=probabilities)
    assert str(caught.value.faults[0]).startswith(f"{field} {bound}")
