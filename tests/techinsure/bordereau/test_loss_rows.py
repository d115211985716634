import numpy as np
import pytest

from techinsure import bordereau
from techinsure.bordereau import Sheet, loss_rows
from techinsure.bordereau.loss_rows import losses_of, refuse_unless_enough
from techinsure.errors import InvalidParameter
from techinsure.reading import read
from techinsure.reinsurance.programme import Programme

ROWS = [
    {"year": 2021, "loss": 300.0, "time": 0.5, "id": "A", "product": "x", "sum_insured": 1e3},
    {"year": 2023, "loss": 100.0, "time": 0.1, "id": "B", "sum_insured": 2e3, "cause": "fire"},
    {"year": 2021, "loss": 50.0, "time": 0.1, "event": "storm", "id": "A"},
    {"year": 2021, "loss": 0.0, "time": 0.1, "event": "storm", "id": "B", "site": "s"},
]
GIVEN = {"n_years": 3, "first_year": 2021}


def test_rows_become_a_table_in_order_of_year_and_time():
    given = losses_of(ROWS, **GIVEN)
    table = given.table
    assert table.n_years == 3
    assert table.year.tolist() == [0, 0, 0, 2]
    assert table.loss.tolist() == [50, 0, 300, 100]
    assert table.time.tolist() == pytest.approx([0.1, 0.1, 0.5, 0.1])
    assert (table.reported == table.time).all()
    assert given.names.place.tolist() == [2, 3, 0, 1]
    assert given.names.event == ["storm", "storm", "row 1", "row 2"]
    assert table.event[0] == table.event[1] != table.event[2]
    assert given.timed
    assert given.insured


def test_objects_have_what_some_row_says_of_them():
    portfolio = losses_of(ROWS, **GIVEN).table.portfolio
    assert portfolio.ids == ("A", "B")
    assert portfolio.product.texts() == ["x", ""]
    assert portfolio.site.texts() == ["", "s"]
    assert portfolio.sum_insured.tolist() == [1e3, 2e3]
    assert portfolio.causes == ("loss", "fire")
    assert portfolio.currency == "CNY"
    assert losses_of(ROWS, **GIVEN, currency="EUR").table.currency == "EUR"


def test_a_row_without_a_name_is_an_object_and_an_event_of_its_own():
    given = losses_of([{"year": 1, "loss": 1.0}, {"year": 1, "loss": 2.0}], n_years=1)
    assert given.table.portfolio.ids == ("row 1", "row 2")
    assert len(set(given.table.event.tolist())) == 2
    assert given.table.loss.tolist() == [1, 2]  # in the order of the rows
    assert not given.timed
    assert not given.insured
    clash = [{"year": 1, "loss": 1.0, "event": "row 2"}, {"year": 1, "loss": 2.0}]
    assert len(set(losses_of(clash, n_years=1).table.event.tolist())) == 2


def test_times_of_several_years_have_room():
    given = losses_of([{"year": 1, "loss": 1.0, "time": 2.5, "reported": 3.25}], n_years=1)
    assert given.table.horizon == 3
    assert given.table.reported.tolist() == [3.25]


def test_what_a_simulated_table_writes_is_read_again(tmp_path):
    table = losses_of(ROWS, **GIVEN).table
    file = tmp_path / "losses.csv"
    table.to_frame().to_csv(file, index=False)
    again = losses_of(bordereau.read(file), n_years=3, first_year=0).table
    for name in ("year", "time", "reported", "loss"):
        assert (getattr(again, name) == getattr(table, name)).all()
    assert again.portfolio.ids == table.portfolio.ids
    assert (again.grouped("event").of_row == table.grouped("event").of_row).all()


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_files_of_every_format_are_read(tmp_path, ending):
    file = tmp_path / f"losses.{ending}"
    sheet = Sheet.of({"year": ["1", "2"], "loss": ["1,234.5", "7"], "event": ["甲", ""]})
    bordereau.write(sheet, file)
    table = losses_of(bordereau.read(file), n_years=2).table
    assert table.loss.tolist() == [1234.5, 7.0]


FAULTS = [
    ({"year": 4}, "/0/year", "must be a whole number in [1, 3], got 4"),
    ({"year": 1.5}, "/0/year", "whole number"),
    ({"year": True}, "/0/year", "must be a number"),
    ({"year": None}, "/0/year", "is required"),
    ({"loss": -1.0}, "/0/loss", "must be 0 or in [0.01, 1e+15]"),
    ({"loss": "1m"}, "/0/loss", "write it as 1234.5"),
    ({"loss": None}, "/0/loss", "is required"),
    ({"time": 100.0}, "/0/time", "must be in [0, 100)"),
    ({"time": None}, "/0/time", "must be given in every row, or in none"),
    ({"reported": -1.0}, "/0/reported", "must be in [0, 100)"),
    ({"los": 1.0}, "/0/los", "is no column of a loss, got 1.0 (did you mean 'loss'?)"),
    ({"site": "t"}, "/1/site", "site must be 't', as in another row of 'A', got 's'"),
    ({"sum_insured": 5.0}, "/1/sum_insured", "must be 5.00, as in another row of 'A', got 1000.0"),
    ({"sum_insured": 0.0}, "/0/sum_insured", "must be in [0.01, 1e+15]"),
    ({"id": "x" * 201}, "/0/id", "1 to 200 characters"),
]


@pytest.mark.parametrize(
    ("change", "pointer", "words"), FAULTS, ids=[str(f[0])[:40] for f in FAULTS]
)
def test_a_fault_names_its_cell(change, pointer, words):
    whole = {"year": 1, "loss": 5.0, "time": 0.5, "id": "A", "site": "s", "sum_insured": 1e3}
    with pytest.raises(InvalidParameter) as refused:
        losses_of([{**whole, **change}, whole], n_years=3)
    (fault,) = refused.value.faults
    assert fault.pointer == pointer
    assert words in str(fault)


def test_all_faults_are_told_at_once_and_by_the_row_of_a_file(tmp_path):
    (tmp_path / "l.csv").write_text("year,损失,loss\n1,,x\n9,,2\n", "utf-8")
    sheet = bordereau.read(tmp_path / "l.csv")
    with pytest.raises(InvalidParameter) as refused:
        losses_of(sheet, n_years=2)
    told = bordereau.in_file(refused.value.faults, sheet, "")
    assert [fault.field for fault in told] == ["row 3, year", "row 2, loss"]


def test_too_few_and_too_many_rows_are_refused(monkeypatch):
    with pytest.raises(InvalidParameter, match="must be 1 to 1000000 rows, got 0"):
        losses_of([], n_years=1)
    monkeypatch.setattr(loss_rows, "MOST_LOSSES", 1)
    with pytest.raises(InvalidParameter, match="got 2"):
        losses_of([{"year": 1, "loss": 1.0}] * 2, n_years=1)
    monkeypatch.undo()
    many = [{"year": 1, "loss": 1.0, "cause": f"c{n}"} for n in range(101)]
    with pytest.raises(InvalidParameter, match="at most 100 different causes"):
        losses_of(many, n_years=1)


LAYER = {"kind": "excess_of_loss", "basis": "event", "attachment": 1.0, "limit": 2.0}


@pytest.mark.parametrize(
    ("treaty", "missing"),
    [
        (LAYER, ()),
        ({**LAYER, "reinstatement_rates": [1.0], "premium": 1.0}, ()),
        ({**LAYER, "reinstatement_rates": [0.0], "reinstated_by": "amount_and_time"}, ()),
        ({**LAYER, "reinstatement_rates": [1.0], "reinstated_by": "amount_and_time"}, ("time",)),
        ({**LAYER, "hours_clause": {"hours": 72.0}}, ("time",)),
        ({"kind": "surplus", "line": 1.0, "lines": 2.0}, ("sum_insured",)),
        ({"kind": "quota_share", "share": 0.5}, ()),
        ({"kind": "quota_share", "share": 0.5, "basis": "site"}, ()),
        ({"kind": "quota_share", "share": 0.5, "basis": "site", "limit": 2.0}, ("site",)),
        ({**LAYER, "basis": "site"}, ("site",)),
        ({**LAYER, "basis": "risk_unit"}, ("risk_unit",)),
        ({**LAYER, "hours_clause": {"hours": 72.0, "source": "park"}}, ("time", "park")),
        (
            {
                "kind": "aggregate_excess",
                "basis": "policy",
                "unit": "amount",
                "attachment": 1.0,
                "limit": 2.0,
            },
            ("policy",),
        ),
    ],
)
def test_what_a_treaty_needs_and_no_row_says_is_refused(treaty, missing):
    programme = read(Programme, {"treaties": [{"name": "it", "treaty": treaty}]})
    bare = losses_of([{"year": 1, "loss": 1.0}], n_years=1)
    labels = dict.fromkeys(("site", "policy", "risk_unit", "park"), "a")
    full = losses_of(
        [{"year": 1, "loss": 1.0, "time": 0.5, "sum_insured": 9.0, **labels}], n_years=1
    )
    refuse_unless_enough(full, programme)
    if not missing:
        refuse_unless_enough(bare, programme)
        return
    with pytest.raises(InvalidParameter, match=r"is needed .*for treaty 'it'") as refused:
        refuse_unless_enough(bare, programme)
    assert tuple(fault.field for fault in refused.value.faults) == missing


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"year": 2022, "event": "storm"}, "year", "must be 2021, as in another row of .*'storm'"),
        ({"time": 0.5, "reported": 0.4}, "reported", "must be >= time, 0.5"),
    ],
)
def test_rows_that_contradict_themselves_are_refused(change, field, words):
    rows = [{"year": 2021, "loss": 1.0, "time": 0.1, "event": "storm"},
            {"year": 2021, "loss": 1.0, "time": 0.1} | change]  # fmt: skip
    with pytest.raises(InvalidParameter, match=words) as refused:
        losses_of(rows, **GIVEN)
    (fault,) = refused.value.faults
    assert fault.pointer == f"/1/{field}"


def test_a_table_holds_what_it_says():
    given = losses_of(ROWS, **GIVEN)
    codes = given.table.portfolio.terms_of
    assert codes.shape == (2, 2)
    assert np.isinf(given.table.portfolio.terms.limit).all()
