"""A yield to look at a price with: what is refused, and what it discounts."""

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.quotes import Discount

GIVEN = {"rate": 0.02, "source": "an assumption", "as_of": "2026-11-24"}


@pytest.mark.parametrize(
    ("name", "value"), [("rate", 2.0), ("rate", -0.5), ("source", ""), ("as_of", "yesterday")]
)
def test_what_is_refused_names_the_field(name, value):
    with pytest.raises(InvalidParameter) as refused:
        Discount(**{**GIVEN, name: value})
    assert [fault.field for fault in refused.value.faults] == [name]


@pytest.mark.parametrize("name", GIVEN)
def test_nothing_has_a_default(name):
    with pytest.raises(TypeError):
        Discount(**{key: value for key, value in GIVEN.items() if key != name})


def test_one_rate_for_all_times_and_whose_it_is():
    yields = Discount(**GIVEN).yields
    assert yields.discount(np.array([0.0, 1.0, 2.5])) == pytest.approx([1, 1 / 1.02, 1.02**-2.5])
    assert yields.source == "an assumption, 2026-11-24"
