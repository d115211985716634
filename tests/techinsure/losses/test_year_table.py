"""The year loss table: what it refuses, how its rows are gathered and given back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.losses.year_table import COLUMNS, Basis, YearLossTable, merge
from tests.techinsure.builders import portfolio, table

BASES = Basis.__args__

HELD = portfolio(
    5,
    labels={
        "policy": ["p1", "p1", "p2", "p2", None],
        "site": ["s1", "s1", "s1", None, None],
        "risk_unit": ["u1", "u2", "u2", "u3", None],
    },
)
# two events of year 0 interleave in time; year 2 reuses their numbers
ROWS = [
    {"year": 0, "time": 0.1, "event": 5, "item": 0, "loss": 1.0},
    {"year": 0, "time": 0.2, "event": 3, "item": 1, "loss": 2.0},
    {"year": 0, "time": 0.3, "event": 5, "item": 1, "loss": 4.0},
    {"year": 0, "time": 0.4, "event": 3, "item": 2, "loss": 8.0},
    {"year": 0, "time": 0.5, "event": 3, "item": 1, "loss": 16.0},
    {"year": 2, "time": 0.0, "event": 5, "item": 3, "loss": 32.0},
    {"year": 2, "time": 0.0, "event": 5, "item": 4, "loss": 64.0},
    {"year": 2, "time": 0.9, "event": 6, "item": 4, "loss": 128.0},
]
EXPECTED = {
    "row": ([0, 1, 2, 3, 4, 5, 6, 7], [1, 2, 4, 8, 16, 32, 64, 128]),
    "item": ([0, 1, 2, 3, 1, 4, 5, 6], [1, 18, 4, 8, 32, 64, 128]),
    "policy": ([0, 1, 0, 2, 1, 3, 4, 5], [5, 18, 8, 32, 64, 128]),  # item 4 has no policy
    "site": ([0, 1, 0, 1, 1, 2, 3, 4], [5, 26, 32, 64, 128]),  # items 3 and 4 stand for themselves
    "risk_unit": ([0, 1, 2, 1, 1, 3, 4, 5], [1, 26, 4, 32, 64, 128]),
    "event": ([0, 1, 0, 1, 1, 2, 2, 3], [5, 26, 96, 128]),
    "year": ([0, 0, 0, 0, 0, 1, 1, 1], [31, 224]),
}


@pytest.mark.parametrize("basis", BASES)
def test_rows_are_gathered_by_basis(basis):
    losses = table(ROWS, 3, HELD)
    groups = losses.grouped(basis)
    of_row, totals = EXPECTED[basis]
    assert list(groups.of_row) == of_row
    assert list(groups.total(losses.loss)) == totals
    assert list(groups.first) == [of_row.index(group) for group in range(len(totals))]
    assert list(groups.year) == [ROWS[row]["year"] for row in groups.first]


@st.composite
def tables(draw):
    """Up to 12 rows of `HELD` in 3 years, interleaved at will."""
    row = st.fixed_dictionaries({
        "year": st.integers(0, 2), "time": st.sampled_from([0.0, 0.25, 0.5]),
        "item": st.integers(0, 4), "event": st.integers(0, 2),
        "loss": st.one_of(st.just(0.0), st.floats(0.01, 1e6)),
    })  # fmt: skip
    return table(draw(st.lists(row, max_size=12)), 3, HELD)


@settings(max_examples=30)
@given(tables(), st.sampled_from(BASES))
def test_groups_are_those_of_a_dictionary(losses, basis):
    """The same by the plain loop that one would write first."""
    codes = {name: getattr(HELD, name) for name in ("policy", "site", "risk_unit")}
    seen: dict[object, int] = {}
    expected = []
    for row in range(len(losses)):
        year, event, item = (int(getattr(losses, n)[row]) for n in ("year", "event", "item"))
        keys = {"row": (row,), "year": (year,), "event": (year, event), "item": (year, event, item)}
        key = keys.get(basis) or (year, event, codes[basis][item] or item)
        expected.append(seen.setdefault(key, len(seen)))
    groups = losses.grouped(basis)
    assert list(groups.of_row) == expected
    assert len(groups.first) == len(groups.year) == len(seen)


@settings(max_examples=30)
@given(tables(), st.sampled_from(BASES), st.floats(0.0, 1.0))
def test_what_a_group_gives_back_is_its_amount_and_at_most_the_row(losses, basis, share):
    groups = losses.grouped(basis)
    amount = share * groups.total(losses.loss)
    back = groups.give_back(amount, losses.loss)
    assert groups.total(back) == pytest.approx(amount, rel=1e-12)
    assert (back >= 0).all()
    assert (back <= losses.loss).all()
    whole = groups.give_back(groups.total(losses.loss), losses.loss)
    assert (whole == losses.loss).all()


@settings(max_examples=30)
@given(tables())
def test_annual_sums_and_largest_events(losses):
    annual, largest = np.zeros(3), np.zeros(3)
    for year in range(3):
        here = losses.year == year
        annual[year] = losses.loss[here].sum()
        for event in set(losses.event[here]):
            largest[year] = max(largest[year], losses.loss[here & (losses.event == event)].sum())
    assert losses.annual() == pytest.approx(annual)
    assert losses.largest_event() == pytest.approx(largest)
    assert (losses.largest_event() <= losses.annual() * (1 + 1e-12)).all()
    assert losses.annual(losses.loss * 2) == pytest.approx(annual * 2)


def test_claims_are_pairs_of_event_and_risk_unit_with_a_payment():
    rows = [*ROWS, {"year": 1, "event": 0, "item": 0, "loss": 0.0}]
    assert list(table(rows, 3, HELD).claim_counts()) == [3.0, 0.0, 3.0]


def test_an_empty_table_has_years():
    losses = table([], 4, HELD)
    assert len(losses) == 0
    for values in (losses.annual(), losses.largest_event(), losses.claim_counts()):
        assert values.dtype == np.float64
        assert list(values) == [0.0] * 4
    for basis in BASES:
        groups = losses.grouped(basis)
        assert (len(groups.of_row), len(groups.first), len(groups.year)) == (0, 0, 0)
        assert list(groups.give_back(np.zeros(0), np.zeros(0))) == []
    assert len(losses.to_frame()) == 0
    assert len(losses.rows(np.zeros(0, bool))) == 0


def test_columns_have_their_types_and_are_read_only():
    losses = table(ROWS, 3, HELD, weight=np.array([0.5, 0.3, 0.2]), stratum=np.array([1, 1, 2]))
    for name, kind in (COLUMNS | {"weight": np.float64, "stratum": np.int16}).items():
        column = getattr(losses, name)
        assert column.dtype == kind
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0
    assert losses.currency == "CNY"
    assert losses.horizon == 1.0
    assert repr(losses) == "YearLossTable(8 losses of 5 items in 3 years, CNY)"


def test_other_losses_on_the_same_rows():
    losses = table(ROWS, 3, HELD, weight=np.array([0.5, 0.3, 0.2]))
    half = losses.with_loss(losses.loss / 2)
    assert list(half.annual()) == list(losses.annual() / 2)
    assert list(half.event) == list(losses.event)
    assert list(half.weight) == [0.5, 0.3, 0.2]
    with pytest.raises(InvalidParameter, match=r"loss\[0\] must be in \[0,"):
        losses.with_loss(-losses.loss)
    with pytest.raises(InvalidParameter, match="loss must have 8 entries, got 7"):
        losses.with_loss(losses.loss[:7])
    with pytest.raises(InvalidParameter, match="loss must hold numbers"):
        losses.with_loss(losses.loss > 1)
    with pytest.raises(ValueError, match="read-only"):
        half.loss[0] = 1
    assert half.with_loss(np.arange(8)).loss.dtype == np.float64


def test_amounts_that_are_not_one_a_row_are_refused():
    losses = table(ROWS, 3, HELD)
    for sums in (losses.annual, losses.largest_event):
        with pytest.raises(InvalidParameter, match=r"values must have shape \(8,\), a row each"):
            sums(np.ones(7))
    code = np.array([0, 0, 1, 1, 2], np.int32)
    assert losses.annual_by(code, 3).tolist() == [[23.0, 0, 0], [8.0, 0, 32.0], [0.0, 0, 192.0]]
    for wrong in (code[:4], code + 1, code - 1):
        with pytest.raises(InvalidParameter, match=r"code must hold 5 codes in \[0, 3\)"):
            losses.annual_by(wrong, 3)


@settings(max_examples=60)
@given(tables(), st.sampled_from(BASES), st.one_of(st.just(0.0), st.floats(0.01, 1e6)))
def test_what_reaches_a_floor_are_the_groups_above_it(losses, basis, floor):
    groups = losses.grouped(basis)
    above = (groups.total(losses.loss) > floor)[groups.of_row]
    part, rows = losses.reaching(basis, floor)
    assert rows.tolist() == np.nonzero(above)[0].tolist()
    assert part.n_years == losses.n_years
    for name in COLUMNS:
        assert (getattr(part, name) == getattr(losses, name)[above]).all()


def test_some_of_the_rows_keep_all_years():
    losses = table(ROWS, 3, HELD)
    large = losses.rows(losses.loss > 10)
    assert list(large.loss) == [16.0, 32.0, 64.0, 128.0]
    assert list(large.annual()) == [16.0, 0.0, 224.0]
    assert list(losses.rows(np.array([0, 7])).loss) == [1.0, 128.0]
    with pytest.raises(InvalidParameter, match=r"year\[1\] must be sorted"):
        losses.rows(np.array([7, 0]))
    assert list(table(ROWS, 3, HELD, weight=np.array([0.5, 0.3, 0.2])).rows(
        losses.loss > 10).weight) == [0.5, 0.3, 0.2]  # fmt: skip


def test_a_frame_speaks_in_names():
    frame = table(ROWS, 3, HELD).to_frame()
    assert list(frame.columns) == [
        "year", "time", "reported", "id", "product", "event", "cause", "loss",
    ]  # fmt: skip
    assert list(frame["id"]) == ["a", "b", "b", "c", "b", "d", "e", "e"]
    assert set(frame["product"]) == {"test"}
    assert set(frame["cause"]) == {"damage"}


@settings(max_examples=30)
@given(st.lists(tables(), min_size=1, max_size=3))
def test_merged_blocks_are_the_years_one_after_another(blocks):
    whole = merge(blocks)
    assert whole.n_years == 3 * len(blocks)
    for values in ("annual", "largest_event", "claim_counts"):
        apart = np.concatenate([getattr(block, values)() for block in blocks])
        assert list(getattr(whole, values)()) == list(apart)
    assert list(whole.event) == [event for block in blocks for event in block.event]
    again = YearLossTable(  # what comes out is fit to come in
        portfolio=HELD, n_years=whole.n_years, **{name: getattr(whole, name) for name in COLUMNS}
    )
    for name, kind in COLUMNS.items():
        assert (getattr(again, name) == getattr(whole, name)).all()
        assert getattr(whole, name).dtype == kind
        assert not getattr(whole, name).flags.writeable


@pytest.mark.parametrize("n_years", [None, 1, 80, 10_000])
def test_blocks_are_taken_as_they_come(n_years):
    """Growing columns keep what they hold, however many years were said to come."""
    years = range(40)
    blocks = (table([(0, 1.0 + year)] * (year % 5), 2, HELD) for year in years)
    expected = [[(1.0 + year) * (year % 5), 0.0] for year in years]
    whole = merge(blocks, n_years)
    assert whole.n_years == 80
    assert whole.annual().tolist() == [total for block in expected for total in block]


def test_tables_that_do_not_merge():
    losses = table(ROWS, 3, HELD)
    with pytest.raises(InvalidParameter, match="tables must hold at least one table"):
        merge([])
    with pytest.raises(InvalidParameter, match="tables must share one portfolio"):
        merge([losses, table(ROWS, 3, portfolio(5))])
    weighted = table(ROWS, 3, HELD, weight=np.array([0.5, 0.3, 0.2]))
    with pytest.raises(InvalidParameter, match="weight must be None"):
        merge([losses, weighted])
    assert merge([weighted]) is weighted


def with_(**changes) -> YearLossTable:
    return table([(0, 1.0), (1, 2.0)], **({"n_years": 3} | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_years": 0}, r"n_years must be in \[1, 2147483647\], got 0"),
        ({"n_years": "3"}, "n_years must be a whole number"),
        ({"n_years": 2.5}, "n_years must be a whole number"),
        ({"n_years": 1}, r"year\[1\] must be in \[0, 0\] \(n_years - 1\), 1 rows are not, got 1"),
        ({"year": np.array([-1, 0])}, r"year\[0\] must be in \[0, 2\]"),
        ({"year": np.array([1, 0])}, r"year\[1\] must be sorted by \(year, time\), got 0"),
        ({"year": np.array([1, 0], np.uint64)}, r"year\[1\] must be sorted"),
        ({"year": np.array([0.0, 1.7])}, r"year must hold whole numbers, got 'float64'"),
        ({"year": np.array([1, 1]), "time": np.array([0.5, 0.4])}, r"must be sorted by"),
        ({"time": np.array([0.0, 1.0])}, r"time\[1\] must be in \[0, 1\] \(horizon\)"),
        ({"time": np.array([0.0, -0.1])}, r"time\[1\] must be"),
        ({"time": np.array([0.0, 0.99999999])}, r"time\[1\] must be"),  # 1.0 as float32
        ({"time": np.array([0.0, np.nan])}, r"time\[1\] must be"),
        ({"reported": np.array([np.inf, 0.0])}, r"reported\[0\] must be"),
        ({"item": np.array([0, 2])}, r"item\[1\] must be in \[0, 1\] \(n_items - 1\)"),
        ({"event": np.array([0, -1])}, r"event\[1\] must be in \[0,"),
        ({"event": np.array([0, 2**31])}, r"event\[1\] must be in \[0,"),
        ({"cause": np.array([0, 1])}, r"cause\[1\] must be in \[0, 0\] \(n_causes - 1\)"),
        ({"loss": np.array([1.0, -1e-9])}, r"loss\[1\] must be in \[0, .* 1 rows are not"),
        ({"loss": np.array([np.nan, np.inf])}, r"loss\[0\] .* 2 rows are not, got nan"),
        ({"loss": np.array([1.0])}, "year must have 1 entries"),
        ({"loss": np.array(["1", "2"])}, "loss must hold numbers"),
        ({"loss": np.array([[1.0], [2.0]])}, "loss must be an array of one axis"),
        ({"loss": [1.0, 2.0]}, "loss must be an array of one axis"),
        ({"weight": np.array([0.5, 0.5])}, "weight must have 3 entries, one a year, got 2"),
        ({"weight": np.array([0.5, 0.5, 0.5])}, r"weight must be >= 0 and sum to 1, got 1\.5"),
        ({"weight": np.array([-1.0, 1.0, 1.0])}, "weight must be >= 0"),
        ({"weight": np.array([np.nan, 0.5, 0.5])}, "weight must be >= 0"),
        ({"stratum": np.array([0, 1])}, "stratum must have 3 entries, one a year, got 2"),
        ({"stratum": np.array([0.0, 1.0, 1.0])}, "stratum must hold whole numbers"),
    ],
)  # fmt: skip
def test_refusals(changes, message):
    with pytest.raises(InvalidParameter, match=message):
        with_(**changes)


def test_everything_that_is_wrong_is_named_at_once():
    with pytest.raises(InvalidParameter) as caught:
        with_(
            year=np.array([1, 0]),
            item=np.array([0, 7]),
            loss=np.array([-1.0, np.inf]),
            weight=np.ones(3),
        )
    fields = [fault.field for fault in caught.value.faults]
    assert fields == ["item[1]", "loss[0]", "year[1]", "weight"]
    with pytest.raises(InvalidParameter) as caught:
        with_(year=np.zeros(1, int), item=np.zeros(3, int), weight=np.ones(2))
    assert [fault.field for fault in caught.value.faults] == ["year", "item", "weight"]
