"""Tables for the terminal and for a page."""

import pytest

from benchmarks.printing import BEGIN, END, Table, put_into

TABLE = Table("Speed", ("stage", "ns"), [("simulate", "9"), ("report", "1,200")], "Less is more.")


def test_columns_line_up():
    assert TABLE.text().splitlines()[1:5] == [
        "stage        ns", "--------  -----", "simulate      9", "report    1,200",
    ]  # fmt: skip


def test_markdown_is_a_table():
    lines = TABLE.markdown().splitlines()
    assert lines[2:6] == [
        "| stage | ns |",
        "| --- | ---: |",
        "| simulate | 9 |",
        "| report | 1,200 |",
    ]
    assert "Less is more." in lines


def test_only_what_stands_between_the_marks_is_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold \\1\n{END}\nafter\n")
    for _ in range(2):
        put_into(page, "a machine \\1", [TABLE])
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\na machine \\1\n\n**Speed**\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text


def test_a_page_without_marks_is_refused(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing")
    with pytest.raises(SystemExit, match="once each"):
        put_into(page, "a machine", [TABLE])
    assert page.read_text() == "nothing"
