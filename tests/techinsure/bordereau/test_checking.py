"""Every row of a sheet, column by column: the same faults as row by row, all of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure import bordereau, columns
from techinsure.bordereau import Sheet, check, portfolio_of, rejects
from techinsure.bordereau.checking import refuse_faulty
from techinsure.catalogue import shipped
from techinsure.errors import Fault, InvalidParameter
from techinsure.pooling import sample

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
    n = draw(st.integers(1, 6))
    return Sheet.of({
        name: draw(st.lists(st.sampled_from(VALUES[name]), min_size=n, max_size=n))
        for name in names
    })  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(sheets())
def test_columns_and_rows_find_the_same(held):
    assert told(set(check(held, CATALOGUE))) == told(row_by_row(held))


@given(
    st.lists(st.sampled_from(VALUES["sum_insured"]) | st.floats().map(str) | st.text(), min_size=1)
)
def test_a_number_is_the_same_alone_and_in_a_column(texts):
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    check_ = columns.NumberCheck("must be > -1", lambda v: v > -1)
    alone, together = [], []
    one = columns.numbers("x", texts, len(texts), 7.0, check_, alone)
    other = columns.numbers("x", columns.TextColumn.of(texts), len(texts), 7.0, check_, together)
    assert one.tolist() == other.tolist()
    assert alone == together
    flags = [
        columns.flags("x", kind(texts), len(texts), []) for kind in (list, columns.TextColumn.of)
    ]
    assert flags[0].tolist() == flags[1].tolist()
    assert columns.texts(columns.TextColumn.of(texts), len(texts)) == columns.texts(
        texts, len(texts)
    )
    assert columns.given(columns.TextColumn.of(texts)).tolist() == columns.given(texts).tolist()


def test_the_sample_is_right_and_a_sheet_makes_the_same_portfolio():
    rows = [dict(row) for row in sample("demo_pool").rows]
    held = Sheet.of({name: [row[name] for row in rows] for name in rows[0]})
    assert check(held, CATALOGUE) == ()
    assert portfolio_of(held, CATALOGUE).digest() == portfolio_of(rows, CATALOGUE).digest()


def test_a_file_without_products_or_rows():
    assert [str(f) for f in check(Sheet.of({"prodct": ["x"]}), CATALOGUE)] == [
        "product is required (did you mean 'prodct'?)"
    ]
    assert check(Sheet.of({"product": []}), CATALOGUE)[0].bound == "must be at least 1"


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
    of_file = rejects([Fault("file", "\ud800", "must be CSV")])
    assert of_file.rows()[0]["row"] == ""
