"""Requests of a what-if: one of three forms, read with pointers; figures that scale."""

import pytest

from techinsure.errors import InvalidParameter
from techinsure.pooling.what_if_report import MOST_ALTERNATIVES, MOST_EDITS, Change, WhatIfRequest
from techinsure.quantities import Estimate
from techinsure.reading import read
from techinsure.reinsurance.programme import Programme

SHARE = {"name": "share", "treaty": {"kind": "quota_share", "share": 0.4}}
BEFORE = read(Programme, {"treaties": [SHARE]})
EDIT = {"treaty": "share", "set": {"share": 0.3}}


def asked(document):
    return read(WhatIfRequest, document)


def test_the_three_forms():
    whole = asked({"programme": {"treaties": []}}).programmes(BEFORE)
    assert whole == {"what-if": Programme()}
    (less,) = asked({"edits": [EDIT]}).programmes(BEFORE).values()
    assert less.treaties[0].treaty.share == 0.3
    several = {"alternatives": [{"name": "a", "edits": [EDIT]},
                                {"name": "b", "programme": {"treaties": []}}]}  # fmt: skip
    assert asked(several).programmes(BEFORE) == {"a": less, "b": Programme()}


FAULTS = [
    ({}, "/programme", "one of the three"),
    ({"programme": {}, "edits": [EDIT]}, "/programme", "one of the three"),
    ({"edits": []}, "/programme", "one of the three"),
    ({"edit": [EDIT]}, "/edit", "not a known key"),
    ({"alternatives": [{"name": "a"}]}, "/alternatives/0/programme", "or edits"),
    ({"alternatives": [{"name": "a", "programme": {}, "edits": [EDIT]}]},
     "/alternatives/0/programme", "or edits"),
    ({"alternatives": [{"name": "a", "programme": {}}] * 2}, "/alternatives/1/name", "unique"),
    ({"alternatives": [{"name": str(n), "programme": {}} for n in range(MOST_ALTERNATIVES + 1)]},
     "/alternatives", "at most 20"),
    ({"edits": [EDIT] * (MOST_EDITS + 1)}, "/edits", "at most 200"),
    ({"programme": {"treaties": [{"name": "q", "treaty": {"kind": "quota_share", "share": 2}}]}},
     "/programme/treaties/0/treaty/share", "[0, 1]"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "pointer", "words"), FAULTS)
def test_what_is_no_request_is_refused_where_it_stands(document, pointer, words):
    with pytest.raises(InvalidParameter) as refused:
        asked(document)
    found = {fault.pointer: str(fault) for fault in refused.value.faults}
    assert words in found[pointer]


@pytest.mark.parametrize(
    ("document", "pointer"),
    [({"edits": [EDIT, {"drop": "shar"}]}, "/edits/1/drop"),
     ({"alternatives": [{"name": "a", "edits": [EDIT]}, {"name": "b", "edits": [{"drop": "x"}]}]},
      "/alternatives/1/edits/0/drop")],
)  # fmt: skip
def test_a_fault_of_an_edit_points_into_the_request(document, pointer):
    with pytest.raises(InvalidParameter) as refused:
        asked(document).programmes(BEFORE)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_a_change_scales_with_its_errors():
    before, after = (Estimate(value=v, standard_error=e, unit="CNY") for v, e in ((10, 3), (8, 4)))
    difference = Estimate(value=-2.0, standard_error=1.0, unit="CNY")
    change = Change(before=before, after=after, difference=difference, separate_error=5.0)
    half = change.scaled(0.5)
    assert (half.before.value, half.after.value, half.difference.value) == (5.0, 4.0, -1.0)
    assert (half.difference.standard_error, half.separate_error) == (0.5, 2.5)
    assert half.after.unit == "CNY"


def test_one_alternative_of_both_a_programme_and_edits_says_so():
    both = {"alternatives": [{"name": "b", "programme": {}, "edits": [EDIT]}]}
    with pytest.raises(InvalidParameter, match="one of the two, got 'both'"):
        read(WhatIfRequest, both)
