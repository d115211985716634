"""Columns of a file and columns of Python: the same portfolio, or the same faults."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.catalogue import shipped
from techinsure.errors import InvalidParameter
from techinsure.exposure import exposure_faults, read_exposure
from techinsure.schedule import schedule
from techinsure.text_columns import TextColumn

PRODUCTS = shipped().products
VALUES = {
    "id": ["", "a", "b", " a", "c\x01"],
    "policy": ["", "p", "q", "a"],
    "risk_class": ["general", "chip", " chip", "", "labs", "invention", "lab"],
    "sum_insured": ["1000", "1,000,000", "2e6", " 5000 ", "", "0", "1,5", "x", "１"],
    "units": ["", "1", "2", "1.5"],
    "budget": ["", "1000", "9e9"],
    "respin": ["", "是", "no", "真"],
    "loss_sum_insured": ["", "0", "5000"],
    "aggregate_limit": ["", "1000000", "2000000"],
    "deductible": ["", "0.1", "7"],
    "stage": ["", "growth", "unknown", "grow"],
    "entry_phase": ["", "pilot", "pilots"],
    "form": ["", "named_cause", "named"],
    "site": ["", "甲", "x" * 201],
}
RIGHT = {
    "id": ["", "a", "b", "c", "d", "e"],
    "policy": ["", "p", " q"],
    "risk_class": ["general", "chip"],
    "sum_insured": ["1000", "1,000,000", " 5000 "],
    "term_months": ["", "12", "24"],
    "deductible": ["", "0.1"],
    "stage": ["", "growth", "unknown"],
    "trl": ["trl_1_3", ""],
    "entry_phase": ["", "pilot"],
    "form": ["", "named_cause"],
    "sector": ["", "芯片"],
}


def drawn(data, values, n, **columns):
    names = {"risk_class", "sum_insured"}
    names |= set(data.draw(st.lists(st.sampled_from(sorted(values)), unique=True)))
    names -= set(columns)
    return columns | {
        name: data.draw(st.lists(st.sampled_from(values[name]), min_size=n, max_size=n))
        for name in sorted(names)
    }


def of_a_file(columns, times):
    """As a file brings them: repeated until texts are held once each, then cut to length."""
    n = len(columns["sum_insured"])
    return {name: TextColumn.of(own * times)[:n] for name, own in columns.items()}


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(1, 6), st.sampled_from([1, 30]), st.sampled_from(sorted(PRODUCTS)))
def test_the_same_faults(data, n, times, code):
    columns = drawn(data, VALUES, n)
    found = exposure_faults(PRODUCTS[code], columns)
    assert sorted(map(str, exposure_faults(PRODUCTS[code], of_a_file(columns, times)))) == sorted(
        map(str, found)
    )


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(1, 6), st.sampled_from([1, 30]))
def test_the_same_portfolio(data, n, times):
    ids = [str(100 + row) for row in range(n)]
    columns = drawn(data, RIGHT, n, id=ids)
    one = schedule(PRODUCTS["rd_loss"], columns)
    other = schedule(PRODUCTS["rd_loss"], of_a_file(columns, times))
    assert one.portfolio.digest() == other.portfolio.digest()
    assert one.levels == other.levels
    assert all((one.raw[target] == other.raw[target]).all() for target in one.raw)


def test_a_name_that_no_row_has_is_no_fault():
    """What is taken out of a column leaves its names behind."""
    whole = TextColumn.of(["chip"] * 10 + ["chips"] * 2)
    columns = {
        "risk_class": whole[:10],
        "sum_insured": TextColumn.of(["1000"] * 10 + ["x"])[:10],
        "stage": TextColumn.of(["growth"] * 10 + ["grow"])[:10],
        "form": TextColumn.of([""] * 10 + ["named"])[:10],
        "respin": TextColumn.of(["否"] * 10 + ["真"])[:10],
    }
    assert whole.codes is not None
    assert exposure_faults(PRODUCTS["rd_loss"], columns) == ()
    assert schedule(PRODUCTS["rd_loss"], columns).levels["stage"] == ["growth"] * 10


@pytest.mark.parametrize("kind", [list, TextColumn.of])
def test_limits_of_one_policy_agree(kind):
    columns = {
        "id": ["a", "b", "c", "d", "e"],
        "policy": ["p", "q", "p", "", ""],
        "risk_class": ["chip"] * 5,
        "sum_insured": ["1000"] * 5,
        "aggregate_limit": ["5000", "6000", "7000", "8000", "9000"],
    }
    found = exposure_faults(PRODUCTS["rd_loss"], {n: kind(c) for n, c in columns.items()})
    assert [str(fault) for fault in found] == [
        "aggregate_limit[2] must be one for all rows of policy 'p', got 7000.0"
    ]
    alone = {name: kind(own) for name, own in columns.items() if name != "policy"}
    assert exposure_faults(PRODUCTS["rd_loss"], alone) == ()


def test_terms_of_forms_and_classes_that_are_not_known_are_no_second_fault():
    columns = {
        "risk_class": [f"c{row}" for row in range(50)],
        "form": [f"f{row}" for row in range(50)],
        "sum_insured": [1e6] * 50,
    }
    found = exposure_faults(PRODUCTS["rd_loss"], columns)
    assert {fault.cell()[0] for fault in found} == {"form", "risk_class"}
    assert len(found) == 100


def test_what_is_read():
    read = read_exposure(PRODUCTS["rd_loss"], {
        "risk_class": ["chip", "chip"], "sum_insured": [1000, "2,000"], "id": ["", "x"],
        "entry_phase": ["", "industrial"], "deductible": [None, 0.2],
        "form": ["", "named_cause"],
    })  # fmt: skip
    assert list(read.ids) == ["1", "x"]
    assert read.value["sum_insured"].tolist() == [1000.0, 2000.0]
    assert read.phase.tolist() == [0.0, 2.0]
    assert read.terms["deductible"].tolist() == [0.10, 0.2]
    assert read.form.texts() == ["technical_failure", "named_cause"]
    assert np.isnan(read.value["budget"]).all()
    with pytest.raises(InvalidParameter, match="must have at least one row"):
        read_exposure(PRODUCTS["rd_loss"], {"risk_class": [], "sum_insured": []})
