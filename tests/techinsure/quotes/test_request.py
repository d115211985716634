"""A price request: every fault at once, each with its place in what was written."""

import pytest

from techinsure.errors import InvalidParameter
from techinsure.quotes import PriceRequest
from techinsure.reading import read

ASKED = {
    "product": "rd_loss",
    "exposure": {"budget": 2e6},
    "options": [{"name": "dearer", "stage": "growth"}, {"name": "same"}],
    "principles": {"wang": -1.0, "proportional_hazard": 0.5, "cost_of_capital": 0.0},
}


@pytest.mark.parametrize("at", ["", "/risk"])
def test_options_and_principles_are_told_as_the_user_wrote_them(at):
    with pytest.raises(InvalidParameter) as refused:
        read(PriceRequest, ASKED, at)
    assert [(one.pointer, one.field, one.bound) for one in refused.value.faults] == [
        (f"{at}/options/1", "option", "must change something"),
        (f"{at}/principles/wang", "wang", "must be >= 0"),
        (f"{at}/principles/proportional_hazard", "proportional_hazard", "must be >= 1"),
    ]
