"""Tables for spreadsheets: read back as written, and never a formula."""

import csv

import pytest

from techinsure.quantities import Estimate, exactly
from techinsure_api.reports.tables import inert, table, write_csv

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＋1", "－1",
            "＠A1", "=HYPERLINK(\"http://x\")", "-2+3+cmd|' /C calc'!A0"]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(text):
    assert inert(text) == "'" + text


@pytest.mark.parametrize("text", ["首席示例财险", "a=1", "", "3-4", "'=1"])
def test_other_texts_stay(text):
    assert inert(text) == text


def test_kinds_of_columns_are_read_from_their_names():
    whole = table("t", "T", "CNY", ("text:a", "share:b", "figure:c", "d", "e: f"), [])
    assert [(c.kind, c.name) for c in whole.columns] == [
        ("text", "a"), ("share", "b"), ("figure", "c"), ("money", "d"), ("money", "e: f"),
    ]  # fmt: skip


def test_a_file_is_read_back_with_errors_beside(tmp_path):
    rows = [("=cmd", Estimate(value=-1.5, standard_error=0.25), 7, None),
            ('甲 "乙", 丙', exactly(2.0), -3.5, 0.5)]  # fmt: skip
    whole = table("t", "T", "CNY", ("text:name", "mean", "limit", "share:used"), rows)
    file = write_csv(whole, tmp_path)
    assert file.name == "t.csv"
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    head, *read = csv.reader(file.read_text("utf-8-sig").splitlines())
    assert head == ["name", "mean (CNY)", "mean (CNY): standard error", "limit (CNY)", "used"]
    assert read == [["'=cmd", "-1.5", "0.25", "7", ""],
                    ['甲 "乙", 丙', "2.0", "0.0", "-3.5", "0.5"]]  # fmt: skip
