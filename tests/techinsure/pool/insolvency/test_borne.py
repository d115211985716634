"""What is borne is kept where it is not 0, and read whole."""

import numpy as np
import pytest

from techinsure.pool.insolvency.borne import Borne

BORNE = Borne(shape=(2, 3), places=np.array([1, 5]), amounts={"A": np.array([7.0, 8.0])})


def test_each_bearer_is_read_whole():
    assert BORNE["A"].tolist() == [[0, 7, 0], [0, 0, 8]]
    assert (list(BORNE), len(BORNE)) == (["A"], 1)
    assert BORNE.get("B") is None


def test_what_is_read_is_a_copy():
    BORNE["A"][0, 1] = 99
    assert BORNE["A"][0, 1] == 7
    with pytest.raises(KeyError):
        BORNE["B"]
