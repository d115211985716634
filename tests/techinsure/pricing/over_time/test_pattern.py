"""Risk pattern and policy years: by hand, against laws with known answers, and what is refused."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, NotFound, Undefined
from techinsure.pricing.over_time.pattern import (
    Moment,
    RiskPattern,
    exact_years,
    policy_years,
    risk_pattern,
    slices,
    span,
    under_limit,
)
from techinsure.quantities import exactly
from tests.techinsure import builders


def held(n_items=1, term=3.0, inception=0.0, **changes):
    columns = {"term": np.full(n_items, term), "inception": np.full(n_items, inception)}
    return builders.portfolio(n_items, **columns | changes)


def table(*rows, n_years=4, portfolio=None, **changes):
    """Rows (year, time, loss) or (year, time, loss, item)."""
    named = [dict(zip(("year", "time", "loss", "item"), row, strict=False)) for row in rows]
    return builders.table(named, n_years, portfolio or held(), **changes)


HAND = table((0, 0.5, 10.0), (1, 1.5, 30.0), (2, 2.5, 60.0))
ENDED = np.array([0.5, 1.5, 2.5, np.inf])


def test_a_pattern_by_hand():
    """Whole 100 / 4. After a year 90 / 4 is left, of 3 of 4 in force: 30, and 1.2 of the whole."""
    pattern = risk_pattern(HAND, [0.0, 1.0, 2.0, 3.0], ended=ENDED)
    assert pattern.whole.value == 25
    assert (pattern.term, pattern.whole.unit) == (3.0, "CNY")
    assert [m.in_force.value for m in pattern.moments] == [1.0, 0.75, 0.5, 0.25]
    assert [m.remaining.value for m in pattern.moments] == pytest.approx([25.0, 30.0, 30.0, 0.0])
    assert [m.share.value for m in pattern.moments] == pytest.approx([1.0, 1.2, 1.2, 0.0])
    assert [m.pro_rata for m in pattern.moments] == pytest.approx([1.0, 2 / 3, 1 / 3, 0.0])
    first, last = pattern.at(0.0), pattern.at(3.0)
    assert first.share.exact
    assert last.remaining.exact
    assert first.remaining == pattern.whole


def test_a_loss_at_the_very_moment_is_still_to_come():
    pattern = risk_pattern(HAND, [1.5], ended=ENDED)
    assert pattern.at(1.5).remaining.value == pytest.approx(90 / 3)


def test_what_stays_in_force_needs_no_end():
    pattern = risk_pattern(HAND, [1.0])
    assert pattern.at(1.0).in_force.exact
    assert pattern.at(1.0).share.value == pytest.approx(0.9)


def test_time_counts_from_inception():
    later = table((0, 0.75, 10.0), (1, 1.75, 30.0), portfolio=held(inception=0.25))
    assert risk_pattern(later, [1.0]).at(1.0).share.value == pytest.approx(0.75)
    assert span(later) == (0.25, 3.0)
    over = table((0, 1.1, 10.0), (1, 1.75, 30.0), portfolio=held(inception=0.25))
    assert slices(over)[:, :2].tolist() == [[10, 0], [0, 30], [0, 0]]


def test_items_are_taken_apart():
    both = table((0, 0.5, 10.0, 0), (0, 1.5, 50.0, 1), (1, 2.5, 30.0, 0), portfolio=held(2))
    alone = risk_pattern(both, [1.0], items=np.array([0], np.int32))
    assert alone.whole.value == 10
    assert alone.at(1.0).share.value == pytest.approx(0.75)
    assert risk_pattern(both, [1.0]).at(1.0).share.value == pytest.approx(80 / 90)
    assert slices(both, np.array([1], np.int32)).sum() == 50


def drawn_table(rng, n_years):
    """A loss on [0, 20], uniform as its time within 3 years is, with probability 0.3; it ends the
    risk."""
    hit = np.nonzero(rng.random(n_years) < 0.3)[0]
    time, loss = 3 * rng.random(len(hit)), 20 * rng.random(len(hit))
    ended = np.full(n_years, np.inf)
    ended[hit] = time.astype(np.float32)
    made = table(*zip(hit.tolist(), time.tolist(), loss.tolist(), strict=True), n_years=n_years)
    return made, ended


def test_errors_are_what_repetition_shows():
    """(1 - u) / (1 - 0.3 u) at u = 1/3; the error against the spread over 300 worlds."""
    shares, errors = [], []
    for seed in range(300):
        made, ended = drawn_table(np.random.default_rng(seed), 400)
        moment = risk_pattern(made, [1.0], ended=ended).at(1.0)
        shares.append(moment.share.value)
        errors.append(moment.share.standard_error)
    truth, error = (2 / 3) / 0.9, np.std(shares) / np.sqrt(300)
    assert np.mean(shares) == pytest.approx(truth, abs=4 * error)
    assert np.mean(errors) == pytest.approx(np.std(shares), rel=0.1)


def test_the_error_of_a_policy_year_by_hand():
    """10 of (10, 30, 60, 0): influence (10, 0, 0, 0) - 0.1 * (10, 30, 60, 0), over 25."""
    first = policy_years(HAND)[0]
    assert first.share.value == pytest.approx(0.1)
    spread = np.std([9.0, -3.0, -6.0, 0.0], ddof=1)
    assert first.share.standard_error == pytest.approx(spread / 2 / 25)
    assert first.expected.standard_error == pytest.approx(np.std([10, 0, 0, 0], ddof=1) / 2)


def test_errors_of_policy_years_are_what_repetition_shows():
    shares, errors = [], []
    for seed in range(300):
        first = policy_years(drawn_table(np.random.default_rng(seed), 400)[0])[0]
        shares.append(first.share.value)
        errors.append(first.share.standard_error)
    assert np.mean(errors) == pytest.approx(np.std(shares), rel=0.1)
    assert np.mean(shares) == pytest.approx(1 / 3, abs=4 * np.std(shares) / 300**0.5)


def test_weights_count_as_so_many_years():
    heavy = table((0, 0.5, 10.0), (1, 1.5, 30.0), n_years=2, weight=np.array([0.75, 0.25]))
    same = table((0, 0.5, 10.0), (1, 0.5, 10.0), (2, 0.5, 10.0), (3, 1.5, 30.0))
    one, four = (risk_pattern(made, [1.0]).at(1.0).share.value for made in (heavy, same))
    assert one == pytest.approx(four) == pytest.approx(0.5)


rows = st.lists(
    st.tuples(st.integers(0, 3), st.floats(0, 2.375, width=32), st.floats(0, 1e9)), max_size=30
)


@settings(max_examples=40)
@given(rows)
def test_slices_sum_to_the_annual_losses(given_rows):
    made = table(*given_rows, portfolio=held(term=2.5))
    by_year = slices(made)
    assert by_year.shape == (3, 4)
    assert (by_year >= 0).all()
    assert by_year.sum(axis=0) == pytest.approx(made.annual(), rel=1e-12)


@settings(max_examples=40)
@given(rows.filter(lambda listed: sum(loss for *_, loss in listed) > 1))
def test_shares_of_policy_years_sum_to_one(given_rows):
    made = table(*given_rows, portfolio=held(term=2.5))
    years = policy_years(made)
    assert sum(year.share.value for year in years) == pytest.approx(1)
    assert sum(y.expected.value for y in years) == pytest.approx(made.annual().mean())
    assert [(year.start, year.end) for year in years] == [(0, 1), (1, 2), (2, 2.5)]


@settings(max_examples=40)
@given(rows.filter(lambda listed: max((loss for *_, loss in listed), default=0) > 1))
def test_what_is_still_to_come_only_falls(given_rows):
    made, times = table(*given_rows, portfolio=held(term=2.5)), [0.0, 0.5, 1.0, 1.7]
    until = max(time for _, time, loss in given_rows if loss > 1)
    listed = risk_pattern(made, [time for time in times if time <= until]).moments
    left = [moment.share.value for moment in listed]
    assert all(a >= b - 1e-12 for a, b in pairwise(left))
    assert max(left) <= 1 + 1e-12


def exact_moment(time, in_force, remaining):
    return Moment(time=time, pro_rata=1 - time / 1.5, in_force=exactly(in_force),
                  remaining=exactly(remaining), share=exactly(remaining / 10))  # fmt: skip


def test_exact_years_by_hand():
    """10 at inception, 8 of 0.75 after a year: 4 and 6 of 10, the second year half as long."""
    listed = exact_moment(0.0, 1.0, 10.0), exact_moment(1.0, 0.75, 8.0), exact_moment(1.5, 0.5, 0.0)
    years = exact_years(RiskPattern(term=1.5, whole=exactly(10.0), moments=listed))
    assert [(y.start, y.end, y.expected.value) for y in years] == [(0, 1, 4), (1, 1.5, 6)]
    assert [year.share.value for year in years] == pytest.approx([0.4, 0.6])
    with pytest.raises(NotFound):
        exact_years(RiskPattern(term=1.5, whole=exactly(10.0), moments=listed[:2]))


def test_years_of_a_simulated_pattern_come_from_its_table():
    simulated = risk_pattern(HAND, [0.0, 1.0, 2.0, 3.0], ended=ENDED)
    with pytest.raises(InvalidParameter, match=r"must be exact.*policy_years of the simulated"):
        exact_years(simulated)


def test_a_used_limit_leaves_less():
    """After 1.0 come 0, 30, 60 and 0; of a limit of 40, of which 25 is used, 15 is left."""
    free = risk_pattern(HAND, [1.0])
    half = under_limit(HAND, free.at(1.0), free.whole, limit=40.0, paid=25.0)
    assert half.remaining.value == pytest.approx((15 + 15) / 4)
    assert half.share.value == pytest.approx(7.5 / 25)
    assert half.remaining.standard_error == pytest.approx(np.std([0, 15, 15, 0], ddof=1) / 2)
    unused = under_limit(HAND, free.at(1.0), free.whole, limit=1000.0, paid=0.0)
    assert unused.remaining.value == pytest.approx(free.at(1.0).remaining.value)
    spent = under_limit(HAND, free.at(1.0), free.whole, limit=40.0, paid=40.0)
    assert spent.remaining.value == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"times": [3.5]}, r"times\[0\] must be in \[0, 3\]"),
        ({"times": [1.0, 1.0]}, "must increase"),
        ({"times": []}, "at least one"),
        ({"times": [float("nan")]}, "finite"),
        ({"ended": ENDED[:2]}, r"must have shape \(4,\)"),
        ({"ended": np.array([0.5, 1.0, 2.5, np.inf])}, "must not lie before a loss of its year"),
        ({"items": np.array([1], np.int32)}, r"must hold places in \[0, 0\]"),
    ],
)
def test_what_is_refused(change, says):
    with pytest.raises(InvalidParameter, match=says):
        risk_pattern(**{"table": HAND, "times": [1.0], "ended": ENDED} | change)


def test_terms_that_differ_are_refused():
    mixed = builders.portfolio(2, term=np.array([2.0, 3.0]), inception=np.array([0.0, 0.5]))
    with pytest.raises(
        InvalidParameter, match=r"inception must be the same.*term must be the same"
    ):
        risk_pattern(table((0, 0.5, 10.0), portfolio=mixed), [1.0])


def test_what_is_not_defined_says_so():
    with pytest.raises(Undefined, match="no loss was simulated"):
        risk_pattern(table(), [1.0])
    with pytest.raises(Undefined, match="no loss was simulated after time 2"):
        risk_pattern(table((0, 0.5, 10.0)), [2.0])
    with pytest.raises(Undefined, match="no loss was simulated"):
        policy_years(table())
    with pytest.raises(NotFound, match=r"'1\.5' is not known.*1"):
        risk_pattern(HAND, [1.0]).at(1.5)
    moment = risk_pattern(HAND, [1.0])
    with pytest.raises(InvalidParameter, match=r"paid must be in \[0, 40\]"):
        under_limit(HAND, moment.at(1.0), moment.whole, limit=40.0, paid=41.0)
