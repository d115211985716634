from dataclasses import replace

import pytest

from techinsure.accounts.business_classes import OTHER, by_code, shipped
from techinsure.errors import InvalidParameter
from tests.techinsure.accounts.account_cases import FAB


def test_the_sixteen_kinds_with_source_and_grade():
    """Five of research and conversion, three of application, six of IP, two of the basis."""
    found = shipped()
    assert (len(found.kinds), len(by_code())) == (16, 17)
    groups = [kind.group for kind in found.kinds]
    assert [groups.count(group) for group in dict.fromkeys(groups)] == [5, 3, 6, 2]
    assert len({kind.zh for kind in found.kinds}) == len({kind.en for kind in found.kinds}) == 16
    assert (found.grade, found.as_of) == ("B", "2024-09-29")
    assert "科技保险业务统计制度" in found.source
    assert by_code()["other"] is OTHER


def test_a_cover_has_a_kind_or_is_other():
    assert replace(FAB, class_code="other").class_code == "other"
    with pytest.raises(InvalidParameter, match="did you mean 'first_set'"):
        replace(FAB, class_code="firstset")


def test_an_empty_list_is_refused():
    with pytest.raises(InvalidParameter, match="kinds must have at least 1"):
        replace(shipped(), kinds=())
