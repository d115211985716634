"""What laws are asked with is refused with its place, value and bound."""

import numpy as np
import pytest

from techinsure.distributions.arguments import amounts, levels
from techinsure.errors import InvalidParameter


def test_levels_and_amounts_pass_as_they_are():
    assert levels(0.5) == 0.5
    assert levels([[0.0, 1.0]]).shape == (1, 2)
    assert amounts("limit", [0.0, np.inf]).tolist() == [0.0, np.inf]


def test_the_first_wrong_one_is_named():
    message = r"uniforms\[1, 0\] must be in \[0, 1\], got 99.0 \(0.99 for 99%\)"
    with pytest.raises(InvalidParameter, match=message):
        levels([[0.1, 0.2], [99.0, -1.0]])
    with pytest.raises(InvalidParameter, match=r"limit must be >= 0, got -2.0"):
        amounts("limit", -2.0)
