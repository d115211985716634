"""Rows of a file into one portfolio of several products; what is no such table is refused."""

import pytest

from techinsure.bordereau import MOST_ROWS, portfolio_of, read
from techinsure.catalogue import shipped
from techinsure.errors import InvalidParameter
from techinsure.pooling import sample

CATALOGUE = shipped()

RD = {"product": "rd_loss", "risk_class": "general", "sum_insured": 1e6}
LAB = {"product": "equipment_loss", "risk_class": "lab", "sum_insured": 2e6, "site": "s"}
PATENT = {"product": "patent", "risk_class": "utility", "sum_insured": 3e5}


def faults(*rows):
    with pytest.raises(InvalidParameter) as caught:
        portfolio_of(rows, CATALOGUE)
    return {fault.pointer: str(fault) for fault in caught.value.faults}


@pytest.fixture
def file(tmp_path):
    def written(content):
        path = tmp_path / "rows.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


# --- Rows


def test_rows_of_several_products_make_one_portfolio():
    held = portfolio_of([RD, LAB, {**RD, "id": "x"}, PATENT], CATALOGUE)
    assert held.ids == ("row 1", "x", "row 2", "row 4")  # in order of product
    assert held.product.texts() == ["rd_loss", "rd_loss", "equipment_loss", "patent"]
    assert held.causes == (
        "failure", "respin", "breakdown", "accident", "fire", "catastrophe", "interruption",
        "enforcement", "infringed_loss",
    )  # fmt: skip
    assert held.terms_of.shape == (4, 9)


def test_a_column_of_one_product_may_be_blank_for_the_others():
    rows = [{**RD, "trl": "trl_1_3", "flood_zone": ""}, {**LAB, "trl": "", "flood_zone": "yes"}]
    held = portfolio_of(rows, CATALOGUE)
    assert held.factors["trl"].texts() == ["trl_1_3", ""]
    assert held.factors["flood_zone"].texts() == ["", "yes"]


def test_the_order_of_rows_and_of_columns_moves_nothing():
    rows = [{**RD, "id": "a"}, {**LAB, "id": "b"}]
    mixed = [dict(reversed(row.items())) for row in rows]
    assert portfolio_of(rows, CATALOGUE).digest() == portfolio_of(mixed, CATALOGUE).digest()


def test_ids_are_texts():
    rows = [{**RD, "id": own} for own in ("007", 7, 0, " a ", 1.5, None)]
    assert portfolio_of(rows, CATALOGUE).ids == ("007", "7", "0", "a", "1.5", "row 6")


def test_every_fault_points_at_its_row_and_column():
    found = faults(
        RD, {**LAB, "sum_insured": "x"}, {**RD, "stage": "grow"}, {**PATENT, "product": "patents"},
        {**RD, "deductible": 0.9, "sum_insured": -1}, {"risk_class": "lab"},
        {**LAB, "product": None},
    )  # fmt: skip
    assert found.keys() == {
        "/1/sum_insured", "/2/stage", "/3/product", "/4/deductible", "/4/sum_insured", "/5/product",
        "/6/product",
    }  # fmt: skip
    assert "did you mean 'growth'?" in found["/2/stage"]
    assert "did you mean 'patent'?" in found["/3/product"]
    assert "got ''" in found["/5/product"]


def test_a_column_that_a_product_does_not_have_points_at_its_first_row():
    found = faults(RD, {**LAB, "trl": "trl_1_3"}, {**RD, "colour/~": "red"})
    assert found.keys() == {"/1/trl", "/2/colour~1~0"}
    assert "is not a column of this product" in found["/1/trl"]
    assert faults(RD, {**RD, "x[99]": 1}).keys() == {"/1/x[99]"}


def test_an_id_stands_for_one_object_of_all_products():
    found = faults({**RD, "id": "a"}, {**LAB, "id": "a"}, {**LAB, "id": " a"}, {**RD, "id": "a"})
    assert set(found) == {"/1/id", "/2/id", "/3/id"}
    assert "id must be unique, got 'a'" in found["/1/id"]
    # the name given to a row without an id is taken too
    assert set(faults({**RD, "id": "row 2"}, LAB)) == {"/1/id"}


@pytest.mark.parametrize("n", [0, MOST_ROWS + 1])
def test_too_few_or_too_many_rows(n):
    with pytest.raises(InvalidParameter, match=f"rows must be 1 to {MOST_ROWS} rows, got {n}"):
        portfolio_of([RD] * n, CATALOGUE)


# --- Files


def test_a_file(file):
    text = (
        'id,product,risk_class,sum_insured,insured\r\n007,rd_loss,chip,"1,500,000","甲,""乙"""\r\n'
    )
    rows = read(file(text)).rows()
    assert rows == [{"id": "007", "product": "rd_loss", "risk_class": "chip",
                     "sum_insured": "1,500,000", "insured": '甲,"乙"'}]  # fmt: skip
    held = portfolio_of(rows, CATALOGUE)
    assert (held.ids, held.sum_insured.tolist()) == (("007",), [1.5e6])


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffid,product\na,rd_loss\n",  # a byte order mark
        " id , product \na,rd_loss\n",
        "id,product\n\na,rd_loss\n\n\n",  # blank lines
        "id,product\ra,rd_loss\r",
        "id,product\na,rd_loss",
    ],
)
def test_harmless_differences(file, content):
    assert read(file(content)).rows() == [{"id": "a", "product": "rd_loss"}]


def test_a_header_alone_has_no_rows(file):
    assert read(file("id,product\n")).rows() == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "header must have 1 to 200 columns, got 0"),
        ("\n", "header must have 1 to 200 columns, got 0"),
        ("id,product,\na,rd_loss,\n", "must name every column, column 3 has no name"),
        ("id,product,id\n1,rd_loss,2\n", "header must not be repeated, got 'id'"),
        (",".join(f"c{i}" for i in range(300)), "header must have 1 to 200 columns, got 300"),
        ("id,product\na\n", "line 2 must have 2 values, as the header, got 1"),
        ("id,product\na,b,c\n", "line 2 must have 2 values, as the header, got 3"),
        ('id,product\n"a\nb",c\nd\n', "line 4 must have 2 values"),
        ('id,product\n"a,rd_loss\n', "must be CSV: unexpected end of data in line 2"),
        ('id,product\n"a"b,rd_loss\n', "must be CSV: ',' expected after '\"' in line 2"),
        ("id,product\n" + "x" * 200_000 + ",y\n", "id[0] must have at most 32767 characters"),
        (b"id,product\n\xff\xfe,b\n", "must be UTF-8 or GB 18030, byte 11 is not"),
        (b"PK\x03\x04\xff\xfe", "must be an xlsx workbook"),
    ],
)
def test_what_is_no_table_is_refused(file, content, told):
    with pytest.raises(InvalidParameter) as caught:
        read(file(content)).rows()
    assert told in str(caught.value)


def test_all_ragged_lines_are_named(file):
    with pytest.raises(InvalidParameter) as caught:
        read(file("a,b\n1\n1,2\n1,2,3\n")).rows()
    assert [fault.field for fault in caught.value.faults] == ["line 2", "line 4"]


def test_hostile_cells_are_refused_where_they_stand(file):
    text = "id,product,risk_class,sum_insured\na\x00,rd_loss,chip,1e6\nb,rd_loss,chip,1\x00\n"
    found = faults(*read(file(text)).rows())
    assert found.keys() == {"/0/id", "/1/sum_insured"}


@pytest.mark.parametrize(
    ("sign", "name"),
    [(";", "semicolons"), ("\t", "tabs"), ("|", "bars"), ("；", "full-width semicolons")],
)
def test_other_separators_are_named(file, sign, name):
    text = "id,product,sum_insured\na,rd_loss,1000\n".replace(",", sign)
    for content in (text, text.replace("1000", "1,5"), text.encode("gb18030")):
        with pytest.raises(InvalidParameter) as caught:
            read(file(content))
        assert f"header must be separated by commas, not by {name}, got" in str(caught.value)
    assert read(file("id\na;b\n")).rows() == [{"id": "a;b"}]
    assert read(file("id;x,product\na,b\n")).rows() == [{"id;x": "a", "product": "b"}]


def test_rows_without_a_product_are_told_once():
    known = ", ".join(CATALOGUE.products)
    told = f"product is required (add a column product (产品): {known})"
    assert faults({"id": "a"}, {"id": "b"}) == {"/0/product": told}
    assert "did you mean 'products'?" in faults({"products": "patent"})["/0/product"]


def test_the_shipped_sample_reads():
    held = portfolio_of(sample("demo_pool").rows, CATALOGUE)
    assert held.n_items == 781
    assert set(held.product.texts()) == {"rd_loss", "equipment_loss", "patent"}
    assert held.ids[0] == "YF-001"
