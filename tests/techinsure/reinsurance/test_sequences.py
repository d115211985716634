from dataclasses import replace

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.reinsurance.sequences import means_of, refuse_unless_whole, sequence_of
from tests.techinsure.reinsurance.tables import table


def test_years_follow_one_another():
    assert sequence_of(6, 3).tolist() == [0, 0, 0, 1, 1, 1]
    assert means_of(np.array([1.0, 2.0, 6.0, 0.0, 0.0, 3.0]), 3).tolist() == [3.0, 1.0]


def test_half_a_sequence_and_weighted_years_are_refused():
    subject = table([[1.0], [2.0], [3.0], [4.0], [5.0]])
    refuse_unless_whole(subject, 1)
    refuse_unless_whole(subject, 5)
    with pytest.raises(InvalidParameter, match=r"got 5 \(simulate 4 years\)"):
        refuse_unless_whole(subject, 2)
    weighted = replace(subject, weight=np.full(5, 0.2))
    refuse_unless_whole(weighted, 1)
    with pytest.raises(InvalidParameter) as refused:
        refuse_unless_whole(weighted, 2)
    assert [fault.field for fault in refused.value.faults] == ["n_years", "weight"]
