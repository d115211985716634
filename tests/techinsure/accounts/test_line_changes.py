"""One change of lines a day, that leaves one lead."""

import pytest

from techinsure.accounts.events import ChangeOfLines
from techinsure.accounts.line_changes import lines_after
from techinsure.errors import InvalidParameter, NotFound
from tests.techinsure.accounts.account_cases import LINES


def change(booked="2026-04-01", **other):
    return ChangeOfLines(reference="L", booked=booked, **other)


def test_lines_and_lead_change():
    found = lines_after(LINES, change(written={"A": "0.2", "B": "0.6"}, lead="B"))
    members = found.at("2026-04-01").pool.members
    assert [(one.name, one.written, one.lead) for one in members] == [
        ("A", "0.2", False), ("B", "0.6", True), ("C", "0.2", False),
    ]  # fmt: skip
    assert found.at("2026-03-31") == LINES.at("2026-03-31")


def test_what_cannot_be_is_refused():
    once = lines_after(LINES, change(leaves=("C",)))
    with pytest.raises(InvalidParameter, match="booked must be after 2026-04-01"):
        lines_after(once, change(leaves=("B",)))
    with pytest.raises(InvalidParameter, match="lead must leave exactly one lead"):
        lines_after(LINES, change(leaves=("A",)))
    with pytest.raises(NotFound, match="member 'Z' is not known"):
        lines_after(LINES, change(leaves=("Z",)))
