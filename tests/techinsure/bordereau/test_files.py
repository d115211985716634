"""Files in and out: every cell as text, the same texts back, and what is hostile refused."""

import contextlib
import datetime
import io
import re
import time
import zipfile

import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from techinsure import bordereau
from techinsure.bordereau import Sheet, csv_files, files, sheet, workbooks
from techinsure.bordereau.files import as_bytes
from techinsure.columns import NUMBER
from techinsure.errors import InvalidParameter
from techinsure.text_columns import TextColumn

FORMS = [("csv", "utf-8"), ("csv", "utf-8-sig"), ("csv", "gb18030"), ("xlsx", ""), ("parquet", "")]


def back(held, form):
    """What is read from what is written; a CSV's encoding is said, for two may fit."""
    format_, encoding = form
    content = b"".join(as_bytes(held, format_, encoding=encoding))
    return bordereau.read(content, encoding=encoding or None)


def refused(content, **options):
    with pytest.raises(InvalidParameter) as caught:
        bordereau.read(content, **options)
    return str(caught.value)


def workbook(rows, **options):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, options) as book:
        page = book.add_worksheet()
        for place, row in enumerate(rows):
            page.write_row(place, 0, row)
    return target.getvalue()


# --- There and back

unwritable = st.characters(blacklist_categories=["Cs"], blacklist_characters="\ufffe\uffff")
cells = st.text(unwritable, max_size=8) | st.sampled_from(
    ["007", "-5", "+1,234.50", "=1+1", "'=1", "''-x", "＝A1", "@x", "\tx", "\r", "\n", '"', ',"',
     "𠮷", "䶮", "\ue7c7", "龴", "_x0041_", " a ", "1e5", "'", "-", "真", "NULL", "NA", "\x00"]
)  # fmt: skip
names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=4).map(
    lambda name: f"_{name}"  # no name of the shipped table
)


@st.composite
def sheets(draw):
    headers = draw(st.lists(names, min_size=1, max_size=4, unique_by=lambda n: n.casefold()))
    rows = draw(st.lists(st.tuples(*[cells] * len(headers)), max_size=6))
    while rows and not any(rows[-1]):
        rows.pop()
    return Sheet.of({name: [row[place] for row in rows] for place, name in enumerate(headers)})


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "-".join(form))
@settings(max_examples=150, deadline=None)
@given(held=sheets())
def test_what_is_written_is_read_again(form, held):
    assert back(held, form).lists() == held.lists()


def test_files_by_their_endings(tmp_path):
    held = Sheet.of({"id": ["007", "𠮷"], "insured": ["=1+1", ""]})
    for name in ("a.csv", "a.XLSX", "a.parquet"):
        bordereau.write(held, tmp_path / name)
        assert bordereau.read(tmp_path / name).lists() == held.lists()
        assert bordereau.read(str(tmp_path / name)).n_rows == 2
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(InvalidParameter, match=r"must end in .csv, .xlsx or .parquet"):
        bordereau.write(held, tmp_path / "a.xls")
    with pytest.raises(FileNotFoundError):
        bordereau.read(tmp_path / "none.csv")


def test_nothing_that_is_written_runs():
    texts = [
        "=1+1",
        "+cmd",
        "-x",
        "@x",
        "\tx",
        "\rx",
        "\nx",
        "＝1",
        "＋1",
        "－1",
        "＠1",
        "-5",
        "+1,000",
    ]
    held = Sheet.of({"=a": texts})
    written = b"".join(as_bytes(held, "csv", encoding="utf-8")).decode()
    quoted = re.findall(r'"([^"]*)"', written)
    assert quoted == [f"'{text}" for text in ["=a", *texts[:-2]]] + texts[-2:]
    assert all(re.fullmatch(NUMBER, text) for text in texts[-2:])
    with zipfile.ZipFile(io.BytesIO(b"".join(as_bytes(held, "xlsx")))) as book:
        page = book.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in page
    assert b"hyperlink" not in page


def test_a_workbook_cannot_hold_everything():
    with pytest.raises(InvalidParameter, match="U\\+FFFE"):
        workbooks.write(Sheet.of({"a": ["\ufffe"]}).columns)


# --- How it was read


def test_the_answer_says_how():
    content = "标的编号,产品\n甲,rd_loss\n".encode("gb18030")
    read = bordereau.read(content)
    assert read.rows() == [{"id": "甲", "product": "rd_loss"}]
    assert (read.reading.format, read.reading.encoding) == ("csv", "gb18030")
    assert read.reading.renamed == {"标的编号": "id", "产品": "product"}
    both = bordereau.read("a\n好好\n".encode())
    assert both.reading.ambiguous
    assert bordereau.read("a\n好好\n".encode(), encoding="gbk").lists() == {"a": ["濂藉ソ"]}
    dropped = bordereau.read(content, mapping={"产品": ""})
    assert (dropped.lists(), dropped.reading.dropped) == ({"id": ["甲"]}, ("产品",))


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from(["few", "many", "late"]))
def test_both_encodings_say_the_same_in_any_number_of_blocks(data, kind):
    """Columns whose texts repeat, do not, or stop repeating after the first block."""
    drawn = data.draw(st.lists(cells, min_size=1, max_size=8))
    few = [drawn[row % len(drawn)] for row in range(200)]
    many = [f"{text}{row}" for row, text in enumerate(few)]
    own = {"few": few, "many": many, "late": few[:100] + many[100:]}[kind]
    held = Sheet.of({"a": own, "b": [str(row) for row in range(200)]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_files, "BLOCK", 1_000)
        for encoding in ("utf-8", "gb18030"):
            assert back(held, ("csv", encoding)).lists() == held.lists()


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"a,b\n\x81,2\n", 4),  # cut off by a comma
        (b"\x81,b\n1,2\n", 0),
        (b"a,b\n\xcf\xd5,2\n\xff,3\n", 9),
        (b"a\n" + b"\xcf\xd5\n" * 50 + b"\xcf\n", 152),
        (b'a,b\n"\xcf\xd5\n",2\n"\xff\n",3\n', 13),
        (b"a,b\n\xcf\xd5,2\n\xff\n", 9),  # a ragged line as well
    ],
)
def test_the_place_of_a_byte_that_is_no_gb_18030(content, place):
    assert f"must be UTF-8 or GB 18030, byte {place} is not" in refused(content)


def test_ragged_lines_of_gb_18030_are_named(capfd):
    told = refused("甲,乙\n险,1\n险\n险,1,2\n".encode("gb18030"))
    assert "line 3 must have 2 values" in told
    assert "line 4 must have 2 values" in told
    assert capfd.readouterr().err == ""


def test_a_header_over_two_lines_of_gb_18030():
    content = '"甲\r\n乙",丙\r\n险,1\r\n'.encode("gb18030")
    assert bordereau.read(content).lists() == {"甲\r\n乙": ["险"], "丙": ["1"]}


def test_the_nineteen_codes_in_a_file():
    read = bordereau.read(b"name\n\xfe\x59\xa6\xd9\xa8\xbc\xcf\xd5\n")
    assert read.lists() == {"name": ["\u9fb4\ufe10\u1e3f险"]}


def test_cells_of_a_workbook_are_shown_as_text():
    content = workbook([
        ["a", "b", "c", "d"], [7, 1.5, True, "007"],
        [1e20, -0.1, False, None], [None, None, None, None], [1, 2, 3, "x"],
    ])  # fmt: skip
    assert bordereau.read(content).lists() == {
        "a": ["7", "1e+20", "", "1"], "b": ["1.5", "-0.1", "", "2"],
        "c": ["true", "false", "", "3"], "d": ["007", "", "", "x"],
    }  # fmt: skip
    assert workbooks.shown(datetime.datetime.fromisoformat("2026-01-02")) == "2026-01-02"
    assert (
        workbooks.shown(datetime.datetime.fromisoformat("2026-01-02T03:00:00"))
        == "2026-01-02T03:00:00"
    )
    assert workbooks.shown(datetime.timedelta(days=1)) == "1 day, 0:00:00"


def test_values_of_a_parquet_file_are_shown_as_text():
    table = pa.table({
        "a": [1, None], "b": [1320000.0, 0.1], "c": [True, False], "d": ["007", None],
        "e": pa.array(["x", "y"]).dictionary_encode(), "f": [datetime.date(2026, 1, 2), None],
    })  # fmt: skip
    target = io.BytesIO()
    parquet.write_table(table, target)
    assert bordereau.read(target.getvalue()).lists() == {
        "a": ["1", ""], "b": ["1320000", "0.1"], "c": ["true", "false"], "d": ["007", ""],
        "e": ["x", "y"], "f": ["2026-01-02", ""],
    }  # fmt: skip


def test_blank_rows_at_the_end_are_none():
    assert bordereau.read(b"a,b\n1,\n,\n2,\n,\n,\n").lists() == {"a": ["1", "", "2"], "b": [""] * 3}
    assert bordereau.read(workbook([["a"], [""], ["1"], [""]])).lists() == {"a": ["", "1"]}


# --- Hostile


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x00" * 100, "header must be a name of at most 200 characters"),
        (b"x" * 201, "header must be a name of at most 200 characters"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99, "save it as xlsx, without a password"),
        (b"PAR1xxxxPAR1", "must be Parquet"),
        (b"PAR1", "must be Parquet"),
        (b'"a\nb', "unexpected end of data"),
        (b'a,b\n1,"2\n', "unexpected end of data"),
        (b'a,b\n"1"2,3\n', "',' expected after"),
        (b'a,b\n1,2\n"1"2"3,4"\n', "',' expected after"),
        (b"a,b\n" + b"1\n" * 50, "and 30 more"),
        (b"a\n" + b"\xff" * 3, "must be UTF-8 or GB 18030"),
    ],
)
def test_what_is_no_table(content, told):
    assert told in refused(content)


def test_a_hundred_thousand_columns_cost_nothing():
    wide = b",".join(b"c%d" % n for n in range(100_000))
    start = time.perf_counter()
    assert "header must have 1 to 200 columns, got 100000" in refused(wide + b"\n" + wide)
    assert "header must be at most" in refused(b"x," * 2**21)
    assert time.perf_counter() - start < 2


def test_a_nul_stays_where_it_is():
    assert bordereau.read(b"a,b\n1\x00,2\n").lists() == {"a": ["1\x00"], "b": ["2"]}


def test_a_quotation_mark_inside_of_plain_text_is_one():
    assert bordereau.read(b'a,b\n5" pipe,2\n').lists() == {"a": ['5" pipe'], "b": ["2"]}


def test_limits(monkeypatch):
    assert "id[1] must have at most 32767 characters" in refused(b"id\n1\n" + b"x" * 40_000)
    han = ("险" * sheet.LONGEST_CELL).encode()  # more bytes than characters
    assert len(bordereau.read(b"id\n" + han).columns["id"][0]) == sheet.LONGEST_CELL
    monkeypatch.setattr(sheet, "MOST_ROWS", 3)
    assert "rows must be at most 3, got 4" in refused(b"a\n1\n2\n3\n4\n")
    assert "rows must be at most 3, got 4" in refused(workbook([["a"], *[["1"]] * 4]))
    target = io.BytesIO()
    parquet.write_table(pa.table({"a": ["1"] * 4}), target)
    assert "rows must be at most 3, got 4" in refused(target.getvalue())
    monkeypatch.setattr(files, "MOST_BYTES", 5)
    assert "file must be at most 5 bytes, got 6" in refused(b"a\n1234")


def test_a_large_file_is_not_even_read(tmp_path, monkeypatch):
    file = tmp_path / "large.csv"
    file.write_bytes(b"a\n1\n")
    monkeypatch.setattr(files, "MOST_BYTES", 3)
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda self: pytest.fail("read"))
    assert "file must be at most 3 bytes" in refused(file)


def test_nested_columns_and_headers_of_parquet():
    target = io.BytesIO()
    parquet.write_table(pa.table({"a": [[1]]}), target)
    assert "must be a column of plain values" in refused(target.getvalue())


def test_a_workbook_needs_a_header_in_its_first_row():
    assert "must be the first row" in refused(workbook([[], ["a"], ["1"]]))
    assert "must name every column, row 2 has more than 1" in refused(workbook([["a"], [1, 2]]))
    assert "header must have 1 to 200 columns, got 0" in refused(workbook([]))


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(content):
    for start in (b"", b"PK\x03\x04", b"PAR1"):
        with contextlib.suppress(InvalidParameter):
            assert bordereau.read(start + content).columns


def test_a_cell_on_the_border_of_a_window_is_seen(monkeypatch):
    """The search for odd quotation marks goes window by window."""
    step = 1 << 22
    for shift in range(-2, 3):
        content = b"a\n" + b"x" * (step - 2 + shift) + b'"y\n'
        assert csv_files._has_odd_quotes(content), shift
    assert not csv_files._has_odd_quotes(b'"a"\n"b""c"\n"d"')


def test_the_escape_is_undone_for_all_texts():
    column = TextColumn.of(["'", "''", "'x", "=", "'=", "''=", "-1", "'-1", ""])
    assert list(column.mapped(csv_files.escaped).mapped(csv_files.unescaped)) == list(column)


def test_sheets_that_are_not_read_are_named():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        for name in ("risks", "more risks"):
            book.add_worksheet(name).write_row(0, 0, ["id", "product"])
        book.worksheets()[0].write_row(1, 0, ["A", "rd_loss"])
    assert bordereau.read(target.getvalue()).reading.left_out == ("more risks",)
