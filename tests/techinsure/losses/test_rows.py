"""From rows to a table: order by identity, event numbers, what is left out."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.kernels import compiled
from techinsure.losses import rows as module
from techinsure.losses.rows import Rows, close, join, ordered
from techinsure.seeding import bits
from tests.techinsure import builders

COLUMNS = ("year", "time", "reported", "item", "event", "cause", "loss")
HELD = builders.portfolio(4, causes=("fire", "stop"), terms_of=np.zeros((4, 2), dtype=np.int32))


def rows(*listed, **shared):
    """Rows as dicts; what is left out: year 0, time 0.5, item 0, event 7, cause 0, loss 1."""
    usual = {"year": 0, "time": 0.5, "item": 0, "event": 7, "cause": 0, "loss": 1.0, **shared}
    filled = [usual | row for row in listed]
    filled = [{"reported": row["time"]} | row for row in filled]
    kinds = dict(zip(COLUMNS, ("i4", "f8", "f8", "i4", "u8", "i1", "f8"), strict=True))
    return Rows(**{name: np.array([row[name] for row in filled], dtype=kind)
                   for name, kind in kinds.items()})  # fmt: skip


def listed(some, portfolio=HELD):
    """Rows by id, bit for bit."""
    columns = [getattr(some, name).tolist() for name in COLUMNS]
    columns[COLUMNS.index("item")] = [portfolio.ids[i] for i in some.item]
    return list(zip(*columns, strict=True))


# --- Order ---------------------------------------------------------------------------------------


def test_rows_stand_by_year_then_time():
    some = rows({"year": 2, "time": 0.1}, {"year": 0, "time": 0.9}, {"year": 0, "time": 0.2})
    in_order = ordered(some, HELD)
    assert in_order.year.tolist() == [0, 0, 2]
    assert in_order.time.tolist() == [0.2, 0.9, 0.1]


@pytest.mark.parametrize(
    ("column", "values"), [("event", [3, 2**63, 5, 2**64 - 1]), ("cause", [1, 0, 1, 0])]
)
def test_ties_in_time_are_decided_by_event_then_item_then_cause(column, values):
    some = rows(*({column: value} for value in values))
    assert getattr(ordered(some, HELD), column).tolist() == sorted(values)


def test_event_decides_before_item_and_item_before_cause():
    keys = [(9, 0, 0), (8, 1, 1), (8, 1, 0), (8, 0, 1)]
    some = rows(*({"event": event, "item": item, "cause": cause} for event, item, cause in keys))
    found = ordered(some, HELD)
    assert found.event.tolist() == [8, 8, 8, 9]
    assert found.item.tolist() == [0, 1, 1, 0]
    assert found.cause.tolist() == [1, 0, 1, 0]


def test_ties_of_items_are_decided_by_id_not_by_position():
    turned = builders.portfolio(3, ids=("c", "a", "b"))
    some = rows(*({"item": item} for item in range(3)))
    assert [turned.ids[i] for i in ordered(some, turned).item] == ["a", "b", "c"]


def test_equal_rows_keep_their_order():
    """Units of one item hit by one event: the model's own order, which is that of the unit."""
    some = rows({"loss": 3.0}, {"loss": 1.0}, {"time": 0.1, "loss": 9.0}, {"loss": 2.0})
    assert ordered(some, HELD).loss.tolist() == [9, 3, 1, 2]


def test_what_is_one_moment_in_the_table_is_one_moment_here():
    """Times closer than a float32 can tell are a tie, so the id decides and not the last bits."""
    turned = builders.portfolio(2, ids=("b", "a"))
    some = rows({"item": 0, "time": 0.5}, {"item": 1, "time": 0.5 + 1e-12})
    assert [turned.ids[i] for i in ordered(some, turned).item] == ["a", "b"]


scattered = st.lists(
    st.fixed_dictionaries({
        "year": st.integers(0, 2), "time": st.sampled_from([0.0, 0.25, 0.5, 0.5 + 1e-12, 3.75]),
        "item": st.integers(0, 3), "event": st.sampled_from([1, 2, 2**40, 2**64 - 1]),
        "cause": st.integers(0, 1),
    }),
    max_size=25,
)  # fmt: skip


@given(scattered, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_neither_the_order_of_rows_nor_of_items_decides(some, random):
    """Rows shuffled, portfolio turned: the same rows in the same order, by id."""
    unlike = {
        (r["year"], np.float32(r["time"]), r["event"], r["item"], r["cause"]): r for r in some
    }
    some = list(unlike.values())  # rows equal in all of these are told apart by nothing
    expected = listed(ordered(rows(*some), HELD))
    turned = builders.portfolio(
        4, ids=HELD.ids[::-1], causes=HELD.causes, terms_of=np.zeros((4, 2), dtype=np.int32)
    )
    other = [row | {"item": 3 - row["item"]} for row in some]
    random.shuffle(other)
    assert listed(ordered(rows(*other), turned), turned) == expected
    keys = [(year, np.float32(time)) for year, time, *_ in expected]
    assert keys == sorted(keys)


def sort_keys(seed, n, years, moments, events):
    """Keys with many ties, as `_order` takes them."""
    rng = np.random.default_rng(seed)
    return (
        rng.integers(3, 3 + years, n).astype(np.int32),
        rng.choice(moments, n).astype(np.float32).view(np.uint32),
        rng.integers(0, events, n).astype(np.uint64) << np.uint64(60),
        rng.integers(0, 5, n).astype(np.int32),
        rng.integers(0, 2, n).astype(np.int8),
    )


def sorted_by(year, moment, event, rank, cause):
    """The same in plain Python."""
    keys = list(zip(*(k.tolist() for k in (year, moment, event, rank, cause)), strict=True))
    return sorted(range(len(keys)), key=keys.__getitem__)


FEW_MOMENTS = (0.0, 0.25, np.nextafter(np.float32(0.25), np.float32(1)), 1.5, 3.75)


@given(
    seed=st.integers(0, 2**31), n=st.integers(0, 300), years=st.sampled_from([1, 3, 40]),
    many=st.booleans(), events=st.integers(1, 16),
)  # fmt: skip
@settings(max_examples=80)
def test_the_order_is_that_of_the_keys_equal_ones_as_they_stood(seed, n, years, many, events):
    moments = np.random.default_rng(seed).random(400) if many else FEW_MOMENTS
    keys = sort_keys(seed, n, years, moments, events)
    expected = sorted_by(*keys)
    assert compiled(module._order)(*keys).tolist() == expected
    assert module._order(*keys).tolist() == expected


@pytest.mark.parametrize("events", [1, 16])
def test_many_rows_of_one_moment(events):
    """A catastrophe: 100,000 rows at once, those of the last item first."""
    year, moment, event, _, cause = sort_keys(1, 100_000, 1, (0.5,), events)
    rank = np.arange(100_000, dtype=np.int32)[::-1].copy()
    found = compiled(module._order)(year, moment, event, rank, cause)
    assert (found == np.lexsort((cause, rank, event))).all()


def test_a_year_whose_rows_crowd_into_a_moment():
    """All but one within a billionth of a year, last first: spans of time tell nothing apart."""
    moment = np.array([1.0, *np.arange(5_000, 0, -1) * 1e-12], np.float32).view(np.uint32)
    same = [np.zeros(5_001, kind) for kind in (np.int32, np.uint64, np.int32, np.int8)]
    keys = (same[0], moment, *same[1:])
    assert compiled(module._order)(*keys).tolist() == module._order(*keys).tolist()


def test_two_threads_order_as_one():
    blocks = [sort_keys(seed, 3_000, 50, FEW_MOMENTS, 4) for seed in range(6)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda keys: ordering(*keys), blocks))
    for keys, one in zip(blocks, found, strict=True):
        assert one.tolist() == module._order(*keys).tolist()


def ordering(*keys):
    return compiled(module._order)(*keys)


def test_columns_of_other_kinds_or_lengths_are_refused():
    some = {name: getattr(rows({}, {}), name) for name in COLUMNS}
    with pytest.raises(InvalidParameter, match="year must hold int32, got 'int64'"):
        Rows(**some | {"year": some["year"].astype(np.int64)})
    with pytest.raises(InvalidParameter, match=r"item must have shape \(2,\), got \(1,\)"):
        Rows(**some | {"item": some["item"][:1]})
    assert Rows(**some | {"loss": np.arange(4.0)[::2]}).loss.flags.c_contiguous


def test_no_rows():
    assert len(ordered(join([]), HELD)) == 0
    table = close(join([]), HELD, 5)
    assert (len(table), table.n_years) == (0, 5)


# --- Joining -------------------------------------------------------------------------------------


def test_joined_rows_are_all_rows_with_their_kinds():
    first, second = rows({"loss": 1.0}), rows({"loss": 2.0}, {"loss": 3.0, "event": 2**64 - 1})
    both = join([first, second])
    assert listed(both) == listed(first) + listed(second)
    for name in COLUMNS:
        assert getattr(both, name).dtype == getattr(first, name).dtype
        assert getattr(join([]), name).dtype == getattr(first, name).dtype


def test_other_amounts_and_some_of_the_rows():
    some = rows({"loss": 1.0}, {"loss": 2.0, "year": 4})
    assert some.with_loss(np.array([5.0, 6.0])).loss.tolist() == [5, 6]
    assert some.loss.tolist() == [1, 2]
    assert some.keep(np.array([False, True])).year.tolist() == [4]


# --- The table -----------------------------------------------------------------------------------


def test_rows_without_a_payment_are_left_out():
    table = close(ordered(rows({"loss": 0.0}, {"loss": 2.0, "year": 1}), HELD), HELD, 3)
    assert (table.loss.tolist(), table.year.tolist()) == ([2.0], [1])


def test_a_time_that_rounds_up_to_the_horizon_stays_inside():
    late = np.nextafter(1.0, 0.0)
    assert np.float32(late) == 1.0
    table = close(rows({"time": late}), HELD, 1)
    assert table.horizon == 1.0
    assert table.time[0] == np.nextafter(np.float32(1), np.float32(0))
    assert table.reported[0] == 1.0  # a report may come after the horizon


# --- Event numbers -------------------------------------------------------------------------------


def numbered(*pairs):
    """Event numbers of (year, key) pairs."""
    year = np.array([year for year, _ in pairs], dtype=np.int32)
    return module._numbered(year, np.array([key for _, key in pairs], dtype=np.uint64)).tolist()


def test_an_event_is_numbered_by_its_own_key():
    key = 0xFEDCBA9876543210
    assert numbered((0, key)) == [key >> 33]
    assert numbered((0, 1 << 33), (0, key), (3, key)) == [1, key >> 33, key >> 33]
    assert max(numbered((0, 2**64 - 1))) == 2**31 - 1  # fits an int32


def test_rows_of_an_event_share_its_number_and_other_events_do_not_renumber_it():
    keys = bits(np.uint64(5), np.arange(300, dtype=np.uint64))
    some = [(k % 3, int(key)) for k, key in enumerate(keys)]
    alone = numbered(*some[:10], *some[:10])
    assert alone[:10] == alone[10:]
    assert numbered(*some)[:10] == alone[:10]


def test_events_of_one_number_in_one_year_are_told_apart():
    """Planted: three keys that agree in their upper 31 bits, and one whose number is next."""
    a, b, c = (7 << 33) + 1, (7 << 33) + 2, (7 << 33) + 3
    after = 8 << 33
    assert numbered((0, a), (0, b), (0, a), (0, c)) == [7, 8, 7, 9]
    assert numbered((0, c), (0, b), (0, a)) == [9, 8, 7]  # by key, not by position
    # the event whose number is taken makes room; nothing is shared
    assert numbered((0, a), (0, b), (0, after)) == [7, 8, 9]
    # in different years there is nothing to tell apart
    assert numbered((0, a), (1, b), (2, c)) == [7, 7, 7]


def test_numbers_go_round_at_the_end():
    a, b, low = (2**31 - 1) << 33, ((2**31 - 1) << 33) + 1, 5
    assert numbered((0, a), (0, b)) == [2**31 - 1, 0]
    assert numbered((0, a), (0, b), (0, low)) == [2**31 - 1, 1, 0]


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(0, 5)), max_size=30))
def test_in_a_year_numbers_and_events_are_one_to_one(some):
    """Keys so crowded that most collide."""
    pairs = [(year, (number << 33) + low) for year, number, low in some]
    found = numbered(*pairs)
    seen = {(year, number): key for (year, key), number in zip(pairs, found, strict=True)}
    back = {(year, key): number for (year, key), number in zip(pairs, found, strict=True)}
    assert len(seen) == len(back) == len(set(pairs))
    assert all(0 <= number < 2**31 for number in found)
    again = numbered(*pairs[::-1])
    assert again == found[::-1]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 1)), max_size=30))
@settings(max_examples=80)
def test_collisions_are_found(some):
    """Ten numbers, two keys of each: by reference and loop as in plain Python."""
    some = sorted(some, key=lambda row: row[0])
    year = np.array([year for year, _, _ in some], np.int32)
    event = np.array([(number << 33) + low for _, number, low in some], np.uint64)
    keys = {(year, number, low) for year, number, low in some}
    expected = len(keys) > len({(year, number) for year, number, _ in keys})
    assert module._collide(year, event) is expected
    assert compiled(module._collide)(year, event) is expected


def test_a_collision_changes_no_amount_of_the_table():
    a, b = (7 << 33) + 1, (7 << 33) + 2
    some = ordered(rows({"event": a, "loss": 1.0}, {"event": b, "loss": 2.0},
                        {"event": a, "item": 1, "loss": 4.0}), HELD)  # fmt: skip
    table = close(some, HELD, 1)
    assert table.grouped("event").total(table.loss).tolist() == [5.0, 2.0]
