"""Who stands with whom in a batch, and batches that contradict themselves."""

import re

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from tests.techinsure.models.compound_cases import (
    BATHTUB,
    FLEET,
    compound,
    contracts,
    everyone,
    with_labels,
)


def test_items_of_a_family_are_a_batch_and_others_stand_alone():
    portfolio = contracts(FLEET[::-1])
    held = compound().batches(portfolio, everyone(portfolio))
    members = {
        name: [held.ids[k] for k in range(held.first[b], held.first[b + 1])]
        for b, name in enumerate(held.names)
    }
    assert members == {
        "first_set/batch/A": ["a1", "a2", "a3"], "first_set/batch/B": ["b1", "b2"],
        "first_set/item/c": ["c"], "first_set/item/d": ["d"], "first_set/item/e": ["e"],
    }  # fmt: skip
    assert held.slices == 5
    assert [held.name_of(row) for row in held.lead] == list(held.names)


def test_the_error_of_a_batch_is_one_draw():
    portfolio = contracts(FLEET)
    held = compound().batches(portfolio, everyone(portfolio))
    drawn = held.relativity("quality_rate", seed=1)
    row = {name: k for k, name in enumerate(held.ids)}
    assert drawn.key[row["b1"]] == drawn.key[row["b2"]] != drawn.key[row["e"]]
    years = np.arange(5)
    each = [drawn.at(np.full(5, row[name]), years) for name in ("b1", "b2", "e")]
    assert (each[0] == each[1]).all()
    assert (each[0] != each[2]).any()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"class": "ship"}], "risk_class must be one of equipment, software, got 'ship'"),
        ([{"batch": "B"}, {"batch": "B", "class": "software"}],
         "risk_class must be one in batch 'B', got 'first_set/software'"),
        ([{"batch": "B", "route": "r"}, {"batch": "B"}], "route must be one in batch 'B', got ''"),
        ([{"batch": "B"}, {"batch": "B", "sector": "x"}], "sector must be one in batch 'B'"),
        ([{}, {"id": "old", "months": 37}], "term of old must be <= 3 years, 1 are not, got 3.08"),
    ],
)  # fmt: skip
def test_what_is_refused(rows, message):
    portfolio = contracts(rows)
    with pytest.raises(InvalidParameter, match=re.escape(message)):
        compound(pattern=BATHTUB).batches(portfolio, everyone(portfolio))


def test_a_batch_of_another_product_is_another_batch():
    one = contracts([{"id": "x", "batch": "B"}])
    other = with_labels(one, product=["other"], risk_class=["other/equipment"])
    assert compound().batches(other, everyone(other)).names == ("other/batch/B",)
