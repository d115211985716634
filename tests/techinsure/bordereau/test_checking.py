"""Every row of a sheet, column by column: the same faults as row by row, all of them."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from techinsure import bordereau, columns
from techinsure.bordereau import Sheet, check, portfolio_of, rejects
from techinsure.bordereau.checking import refuse_faulty
from techinsure.catalogue import shipped
from techinsure.errors import Fault, InvalidParameter
from techinsure.pooling import sample
from techinsure.text_columns import TextColumn

CATALOGUE = shipped()
VALUES = {
    "product": ["rd_loss", "rd_loss", "equipment_loss", "patent", " patent ", "patents", ""],
    "risk_class": ["general", "chip", "lab", "invention", "", "labs"],
    "sum_insured": ["1000", "1,000,000", "2e6", " 5000 ", "", "0", "-1", "1,5", "x", "1e400", "１"],
    "id": ["", "a", "b", " a", "row 2", "c\x01", "x" * 201],
    "policy": ["", "p", "q"],
    "units": ["", "1", "2", "1.5", "0"],
    "budget": ["", "1000", "9e9"],
    "supply_exposed": ["", "yes", "否", "maybe"],
    "respin": ["", "是", "no"],
    "loss_sum_insured": ["", "0", "5000", "-5"],
    "aggregate_limit": ["", "1000000", "2000000", "many"],
    "deductible": ["", "0.1", "7", "a"],
    "stage": ["", "growth", "grow"],
    "trl": ["", "trl_1_3", "9"],
    "entry_phase": ["", "pilot", "pilots"],
    "form": ["", "named_cause", "named"],
    "colour": ["", "", "", "red"],
}


def row_by_row(held):
    try:
        portfolio_of(held.rows(), CATALOGUE)
    except InvalidParameter as error:
        return set(error.faults)
    return set()


def told(faults):
    return sorted((fault.pointer, str(fault)) for fault in faults)


@st.composite
def sheets(draw):
    names = ["product", "risk_class", "sum_insured"]
    names += draw(st.lists(st.sampled_from(sorted(set(VALUES) - set(names))), unique=True))
    n, times = draw(st.integers(1, 6)), draw(st.sampled_from([1, 1, 1, 5]))
    return Sheet.of({
        name: draw(st.lists(st.sampled_from(VALUES[name]), min_size=n, max_size=n)) * times
        for name in names
    })  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(sheets())
def test_columns_and_rows_find_the_same(held):
    assert told(set(check(held, CATALOGUE))) == told(row_by_row(held))


@given(
    st.lists(st.sampled_from(VALUES["sum_insured"]) | st.floats().map(str) | st.text(), min_size=1)
    | st.lists(st.text("0123456789.,+e- ", max_size=5), min_size=1)
    | st.lists(st.from_regex(r"\A([0-9]{1,3}\.?)?[0-9]{1,30}\.?\Z"), min_size=1),
    st.sampled_from([1, 5]),
)
@example(["5", ""], 1)
@example(["", "5"], 5)
@example(["-.5"], 1)
@example([".5", "5"], 1)
@example(["5", "5."], 5)
@example(["1.2.3", "4"], 1)
@example(["12345678901234567890123.5", "0" * 400 + "1"], 1)
@example(["9" * 400, "1"], 1)
def test_a_number_is_the_same_alone_and_in_a_column(texts, times):
    texts = [text.encode("utf-8", "ignore").decode() for text in texts] * times
    check_ = columns.NumberCheck("must be > -1", lambda v: v > -1)
    alone, together = [], []
    one = columns.numbers("x", texts, len(texts), 7.0, check_, alone)
    other = columns.numbers("x", TextColumn.of(texts), len(texts), 7.0, check_, together)
    assert one.tolist() == other.tolist()
    assert alone == together
    flags = [columns.flags("x", kind(texts), len(texts), []) for kind in (list, TextColumn.of)]
    assert flags[0].tolist() == flags[1].tolist()
    assert columns.texts(TextColumn.of(texts), len(texts)) == columns.texts(texts, len(texts))
    assert columns.given(TextColumn.of(texts)).tolist() == columns.given(texts).tolist()


def test_the_sample_is_right_and_a_sheet_makes_the_same_portfolio():
    rows = [dict(row) for row in sample("demo_pool").rows]
    held = Sheet.of({name: [row[name] for row in rows] for name in rows[0]})
    assert check(held, CATALOGUE) == ()
    assert portfolio_of(held, CATALOGUE).digest() == portfolio_of(rows, CATALOGUE).digest()


def test_a_file_without_products_or_rows():
    assert [str(f) for f in check(Sheet.of({"prodct": ["x"]}), CATALOGUE)] == [
        "product is required (did you mean 'prodct'?)"
    ]
    assert check(Sheet.of({"id": ["x"]}), CATALOGUE)[0].fix == (
        "add a column product (产品): " + ", ".join(CATALOGUE.products)
    )
    assert check(Sheet.of({"product": []}), CATALOGUE)[0].bound == "must be at least 1"


def test_an_id_of_two_products():
    rows = {
        "product": ["rd_loss", "equipment_loss", "equipment_loss"],
        "id": ["a", " a", ""], "risk_class": ["chip", "lab", "lab"], "sum_insured": ["1000"] * 3,
    }  # fmt: skip
    assert [fault.pointer for fault in check(Sheet.of(rows), CATALOGUE)] == ["/1/id"]
    made = {**rows, "id": ["row 3", "b", ""]}  # the name given to a row without an id
    assert [fault.pointer for fault in check(Sheet.of(made), CATALOGUE)] == ["/2/id"]


def test_all_faults_are_kept_and_twenty_are_told():
    n = 1_000
    held = Sheet.of(
        {"product": ["rd_loss"] * n, "risk_class": ["chip"] * n, "sum_insured": ["x"] * n}
    )
    found = check(held, CATALOGUE)
    assert len(found) == n
    with pytest.raises(InvalidParameter) as caught:
        refuse_faulty(found)
    assert str(caught.value).endswith("; and 980 more")
    assert len(caught.value.faults) == n
    refuse_faulty(())


def test_more_faults_than_memory_holds(monkeypatch):
    monkeypatch.setattr(columns, "MOST_LISTED", 10)
    n = 50
    held = Sheet.of(
        {"product": ["rd_loss"] * n, "risk_class": ["chip"] * n, "sum_insured": ["x"] * n}
    )
    found = check(held, CATALOGUE)
    assert len(found) == 11
    assert "sum_insured has more than 10 rows at fault" in {
        str(f).partition(", got")[0] for f in found
    }


def test_unknown_names_by_the_hundred_thousand_take_no_time():
    n = 100_000
    held = Sheet.of({"product": [f"p{i}" for i in range(n)]})
    assert len(check(held, CATALOGUE)) == n


def test_what_is_sent_back():
    held = bordereau.read("产品,险类,保险金额\nrd_loss,chip,=x\n".encode())
    table = rejects(check(held, CATALOGUE), held.reading.renamed)
    assert table.rows() == [{
        "row": "2", "column": "sum_insured", "header": "保险金额", "value": "=x",
        "reason": "must be a number", "fix": columns.HOW,
    }]  # fmt: skip


def test_faults_of_rows_are_told_where_the_file_shows_them():
    held = bordereau.read(
        "产品,险类,保险金额,units\nrd_loss,chip,1000,1\nrd_loss,chip,x,2\n".encode()
    )
    with pytest.raises(InvalidParameter) as caught:
        portfolio_of(held, CATALOGUE)
    found = [
        fault._replace(pointer="/portfolio/rows" + fault.pointer) for fault in caught.value.faults
    ]
    others = [Fault("pool", None, "is required", "", "/pool"), Fault("rows", 0, "must be 1")]
    told = bordereau.in_file([*found, *others], held)
    assert [str(fault) for fault in told[:2]] == [
        "row 3, 保险金额 must be a number, got 'x' (write it as 1234.5 or 1,234.5)",
        "row 3, units must be 1, got 2.0 (give each project a row of its own)",
    ]
    assert [fault.pointer for fault in told[:2]] == ["", ""]
    assert told[2:] == others
    assert bordereau.in_file(caught.value.faults, held, at="") == told[:2]


def test_a_fault_of_the_file_has_no_row():
    of_file = rejects([Fault("file", "\ud800", "must be CSV")])
    assert of_file.rows()[0]["row"] == ""
