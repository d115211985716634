"""Lines of Chinese: none too wide, none that begins with a closing mark, nothing lost."""

import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, Group
from rich.table import Table

from techinsure_api.wrapping import CLOSING, Prose, breaks, pieces

TEXTS = st.text(alphabet="保费，。（）“” ab1.", max_size=60)


def lines(text, width):
    starts = [0, *breaks(text, width), len(text)]
    return [text[a:b] for a, b in pairwise(starts)]


@given(TEXTS)
def test_pieces_are_the_text(text):
    assert "".join(piece for _, piece in pieces(text)) == text


@given(TEXTS, st.integers(8, 40))
def test_lines_are_the_text_and_fit(text, width):
    found = lines(text, width)
    assert "".join(found) == text
    assert all(cell_len(line.rstrip()) <= width for line in found)


@given(st.text(alphabet="保费ab，。）：", max_size=60).filter(lambda text: "，，" not in text),
       st.integers(30, 40))  # fmt: skip
def test_no_line_begins_with_a_closing_mark(text, width):
    """Unless marks alone are wider than the line."""
    if all(cell_len(piece) <= width for _, piece in pieces(text)):
        assert not any(line[:1] in CLOSING for line in lines(text, width)[1:] if line)


@pytest.mark.parametrize(
    ("text", "width", "wrapped"),
    [
        ("利润另列，不支付资本", 8, ["利润另", "列，不支", "付资本"]),
        ("赔款（不含税）", 6, ["赔款", "（不含", "税）"]),
        ("the words stay whole", 9, ["the words ", "stay ", "whole"]),
        ("共 1,234 年", 8, ["共 1,234 ", "年"]),
        ("一个https://a.example/long长", 12, ["一个", "https://a.ex", "ample/long长"]),
        ("", 5, [""]),
    ],
)
def test_lines_break_where_chinese_breaks(text, width, wrapped):
    assert lines(text, width) == wrapped


def test_a_console_prints_those_lines():
    out = io.StringIO()
    Console(file=out, width=8, color_system=None).print(Group(Prose("利润另列，不支付资本\n完")))
    assert out.getvalue().splitlines() == ["利润另", "列，不支", "付资本", "完"]


@given(TEXTS, st.integers(8, 40))
def test_a_console_cuts_nothing(text, width):
    out = io.StringIO()
    table = Table.grid()
    table.add_row(Prose(text))  # a column whose overflow is an ellipsis
    Console(file=out, width=width, color_system=None).print(table)
    assert "".join(out.getvalue().split()) == "".join(text.split())
