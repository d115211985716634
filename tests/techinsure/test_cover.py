"""Policy terms: payments computed by hand, in their order, and the same terms applied to a law."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from techinsure import cover
from techinsure.cover import (
    ORDER,
    aggregated,
    chance_paid,
    each_paid,
    expected_paid,
    insured,
    paid,
    uncovered,
)
from techinsure.distributions import Beta, Gamma, Lognormal, Point
from techinsure.errors import InvalidParameter
from techinsure.kernels import compiled
from techinsure.losses.rows import Rows, ordered
from techinsure.portfolio import NOWHERE
from tests.techinsure.builders import portfolio, terms

INF = np.inf
FIRST = np.zeros(1, np.int32)


def one(**columns):
    """One set of terms; sum insured 100 unless said."""
    return terms(**{name: np.array([float(value)]) for name, value in columns.items()})


def payment(loss, **columns):
    return paid(one(**columns), FIRST, np.array([float(loss)]))[0]


# --- Reference: by hand


@pytest.mark.parametrize(
    ("loss", "columns", "expected"),
    [
        (60, {}, 60),
        (250, {}, 100),  # the sum insured
        (250, {"sum_insured": INF}, 250),
        (60, {"deductible_amount": 8}, 52),
        (5, {"deductible_amount": 8}, 0),
        (60, {"deductible_rate": 0.1}, 54),
        (60, {"deductible_rate": 0.1, "deductible_amount": 8}, 52),  # the larger of 6 and 8
        (90, {"deductible_rate": 0.1, "deductible_amount": 8}, 81),  # the larger of 9 and 8
        (80, {"deductible_rate": 0.1, "deductible_amount": 8}, 72),  # where they cross
        (60, {"limit": 25}, 25),
        (60, {"insured_share": 0.4}, 36),
        (60, {"insured_share": 1}, 0),
        (60, {"deductible_rate": 1}, 0),
        (60, {"limit": 0}, 0),
        (60, {"sum_insured": 0}, 0),
        (0, {}, 0),
    ],
)
def test_each_term(loss, columns, expected):
    assert payment(loss, **columns) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("loss", "columns", "expected", "otherwise"),
    [
        (200, {"deductible_amount": 30}, 70, 100),  # sum insured, then deductible
        (200, {"deductible_rate": 0.1}, 90, 80),  # the rate is of the capped loss
        (80, {"deductible_amount": 30, "limit": 60}, 50, 30),  # deductible, then limit
        (100, {"limit": 50, "insured_share": 0.5}, 25, 50),  # limit, then share
        (60, {"deductible_amount": 10, "insured_share": 0.5}, 25, 20),  # deductible, then share
    ],
)
def test_the_order_of_terms(loss, columns, expected, otherwise):
    assert payment(loss, **columns) == expected != otherwise


def test_the_order_is_printed_in_words():
    assert [line.split()[0] for line in ORDER] == ["loss", "less", "capped", "less", "capped"]


def test_all_terms_together():
    """min(200, 100) = 100, less max(10, 8), at most 50, times 0.8."""
    columns = {"deductible_rate": 0.1, "deductible_amount": 8, "limit": 50, "insured_share": 0.2}
    paid_for = {loss: payment(loss, **columns) for loss in (5, 30, 60, 200)}
    assert paid_for == pytest.approx({5: 0, 30: 17.6, 60: 40, 200: 40})


LAWS = {
    "gamma": (Gamma(mean=60.0, cv=0.8), lambda law: stats.gamma(1 / 0.8**2, scale=60 * 0.8**2)),
    "lognormal": (
        Lognormal(mean=60.0, cv=1.5),
        lambda law: stats.lognorm(np.log(1 + 1.5**2) ** 0.5, scale=60 / (1 + 1.5**2) ** 0.5),
    ),
    "beta": (Beta(mean=0.3, cv=1.2), lambda law: stats.beta(*law.shapes)),
}
TERMS = [
    {},
    {"sum_insured": INF},
    {"deductible_amount": 8},
    {"deductible_rate": 0.1},
    {"deductible_rate": 0.1, "deductible_amount": 4},  # crosses at 40
    {"deductible_rate": 0.9, "deductible_amount": 20},
    {"deductible_rate": 0.1, "deductible_amount": 4, "limit": 30},  # limit before the crossing
    {"deductible_rate": 0.1, "deductible_amount": 4, "limit": 60, "insured_share": 0.4},
    {"deductible_rate": 0.05, "deductible_amount": 20},  # crosses beyond the sum insured
    {"sum_insured": INF, "limit": 500, "deductible_amount": 50},
    {"deductible_amount": 120},  # above the sum insured
    {"insured_share": 1},
    {"limit": 0},
    {"deductible_rate": 1, "deductible_amount": 5},
]


NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)
PARTS = (0.0, 0.5, 0.9, 0.99, 0.999, 1 - 1e-4, 1 - 1e-5, 1 - 1e-6, 1 - 1e-8, 1 - 1e-10)


@pytest.mark.parametrize("columns", TERMS, ids=str)
@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("offset", [0.0, 15.0, 70.0])
def test_expected_payment_is_the_integral_of_payments(name, columns, offset):
    """Gauss-Legendre of paid(offset + scale * quantile(u)) du between all kinks of the payment;
    quantiles and kinks are scipy's, not ours."""
    law, law_of = LAWS[name]
    other, scale = law_of(law), 150.0 if name == "beta" else 1.0
    held = one(**columns)
    amount, rate = float(held.deductible_amount[0]), float(held.deductible_rate[0])
    limit, most = float(held.limit[0]), float(held.sum_insured[0])
    kinks = [amount, amount + limit, most, amount / rate if rate else INF]
    kinks += [limit / (1 - rate) if rate < 1 else INF]
    inside = other.cdf((np.array(kinks) - offset) / scale)
    cuts = np.unique([*PARTS, *inside[inside < PARTS[-1]]])
    half = np.diff(cuts)[:, None] / 2
    loss = offset + scale * other.ppf(cuts[:-1, None] + half * (1 + NODES))
    payments = paid(held, np.zeros(loss.size, np.int32), loss.ravel()).reshape(loss.shape)
    expected = (half * WEIGHTS * payments).sum()
    found = expected_paid(law, np.array([scale]), held, FIRST, np.array([offset]))[0]
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("columns", TERMS, ids=str)
@pytest.mark.parametrize("name", LAWS)
def test_the_chance_of_a_payment_is_that_of_exceeding_the_deductible(name, columns):
    law, density_of = LAWS[name]
    scale = 150.0 if name == "beta" else 1.0
    never = {"insured_share": 1, "limit": 0, "deductible_rate": 1}
    held = one(**columns)
    amount, most = held.deductible_amount[0], held.sum_insured[0]
    refuses = any(columns.get(term) == value for term, value in never.items()) or amount >= most
    expected = 0.0 if refuses else density_of(law).sf(amount / scale)
    assert chance_paid(law, np.array([scale]), held, FIRST)[0] == pytest.approx(expected, abs=1e-12)


def test_a_law_without_spread():
    """Point(0.7) of 100: (70 - 8) * 0.6."""
    held = one(deductible_amount=8, insured_share=0.4)
    arguments = (Point(mean=0.7), np.array([100.0]), held, FIRST)
    assert expected_paid(*arguments) == pytest.approx([37.2])
    assert chance_paid(*arguments).tolist() == [1.0]


def test_one_row_a_loss():
    """The rows of terms may be taken in any order and more than once."""
    held = terms(3, sum_insured=np.array([10.0, 20.0, 30.0]))
    rows = np.array([2, 0, 0, 1], np.int32)
    assert paid(held, rows, np.full(4, 25.0)).tolist() == [25.0, 10.0, 10.0, 20.0]


# --- Property


@given(
    losses=st.lists(st.floats(0, 1e9), min_size=2, max_size=20),
    most=st.sampled_from([0.0, 50.0, 1e6, INF]),
    amount=st.sampled_from([0.0, 10.0, 1e7]),
    rate=st.sampled_from([0.0, 0.3, 1.0]),
    limit=st.sampled_from([0.0, 33.0, INF]),
    share=st.sampled_from([0.0, 0.25, 1.0]),
)
def test_a_payment_is_within_its_bounds_and_grows_with_the_loss(
    losses, most, amount, rate, limit, share
):
    held = one(sum_insured=most, deductible_amount=amount, deductible_rate=rate, limit=limit,
               insured_share=share)  # fmt: skip
    loss = np.sort(np.array(losses))
    payments = paid(held, np.zeros(len(loss), np.int32), loss)
    assert (payments >= 0).all()
    assert (payments <= np.minimum(np.minimum(loss, most), limit) * (1 - share) + 1e-9).all()
    assert (np.diff(payments) >= -1e-9 * (1 + payments[1:])).all()


# --- Aggregate limits, waiting, what is not covered


def rows(*listed):
    """Rows (year, time, item, loss), cause 0 unless a fifth value says so."""
    listed = [(*row, 0)[:5] for row in listed]
    year, time, item, loss, cause = (np.array(column) for column in zip(*listed, strict=True))
    return Rows(
        year=year.astype(np.int32), time=time.astype(float), reported=time.astype(float),
        item=item.astype(np.int32), event=np.arange(len(listed)).astype(np.uint64),
        cause=cause.astype(np.int8), loss=loss.astype(float),
    )  # fmt: skip


def limited(n_items, aggregate, limits, **columns):
    held = terms(
        n_items, aggregate=np.array(aggregate, np.int32), aggregate_limit=np.array(limits, float),
        sum_insured=np.full(n_items, INF), **columns,
    )  # fmt: skip
    each = np.arange(n_items, dtype=np.int32)[:, None]
    return portfolio(n_items, terms=held, terms_of=each)


def test_the_aggregate_limit_is_spent_in_order_of_time_and_renewed_each_year():
    held = limited(2, [0, 0], [100, 100])
    found = insured(held, rows(
        (0, 0.1, 0, 60), (0, 0.2, 1, 30), (0, 0.5, 0, 30), (0, 0.9, 1, 5), (1, 0.0, 1, 90),
        (3, 0.3, 0, 250),
    ))  # fmt: skip
    assert found.loss.tolist() == [60, 30, 10, 0, 90, 100]


def test_policies_have_limits_of_their_own():
    held = limited(3, [0, 1, 2], [50, 70, INF])
    found = insured(held, rows(
        (0, 0.1, 0, 40), (0, 0.2, 1, 40), (0, 0.3, 2, 500), (0, 0.4, 1, 40), (0, 0.5, 0, 40),
        (1, 0.1, 0, 40), (1, 0.2, 1, 40),
    ))  # fmt: skip
    assert found.loss.tolist() == [40, 40, 500, 30, 10, 40, 40]


def test_the_limit_is_on_payments_not_on_losses():
    held = limited(1, [0], [100], deductible_amount=np.array([50.0]))
    assert insured(held, rows((0, 0, 0, 120), (0, 0.5, 0, 120))).loss.tolist() == [70, 30]


def test_a_limit_of_nobody_is_refused():
    with pytest.raises(InvalidParameter, match="aggregate must be >= 0 where there is a limit"):
        limited(1, [NOWHERE], [100])


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1), st.integers(0, 2), st.floats(0, 90)),
             min_size=1, max_size=30)
)  # fmt: skip
def test_no_policy_is_paid_more_than_its_limit_in_a_year(listed):
    held = limited(3, [0, 1, 1], [100, 60, 60])
    given_rows = rows(*sorted(listed))
    found = insured(held, given_rows)
    assert (found.loss <= given_rows.loss).all()
    for policy, limit in ((0, 100), (1, 60)):
        mine = held.terms.aggregate[found.item] == policy
        for year in range(4):
            here = mine & (found.year == year)
            whole = given_rows.loss[here].sum()
            assert found.loss[here].sum() == pytest.approx(min(whole, limit), abs=1e-9)


def test_nothing_is_paid_in_the_waiting_period():
    """A loss on its last day is paid, and one in it uses no limit up."""
    held = limited(1, [0], [100], waiting=np.array([0.25]))
    found = insured(held, rows((0, 0.1, 0, 90), (0, 0.249, 0, 90), (0, 0.25, 0, 90)))
    assert found.loss.tolist() == [0, 0, 90]


def test_what_is_not_covered_is_listed_and_paid_nothing():
    held = portfolio(
        2, causes=("fire", "flood", "theft"),
        terms_of=np.array([[0, NOWHERE, 0], [NOWHERE, 0, 0]], np.int32),
    )  # fmt: skip
    given_rows = rows((0, 0, 0, 10, 0), (0, 0, 0, 10, 1), (0, 0, 1, 10, 0), (1, 0, 1, 10, 1),
                      (1, 0, 1, 10, 2), (2, 0, 0, 10, 1))  # fmt: skip
    assert insured(held, given_rows).loss.tolist() == [10, 0, 0, 10, 10, 0]
    assert uncovered(held, given_rows) == {"fire": 1, "flood": 2}


def test_the_rows_given_are_left_as_they_were():
    held, given_rows = limited(1, [0], [100]), rows((0, 0, 0, 120))
    insured(held, given_rows)
    assert given_rows.loss.tolist() == [120]


# --- The loop and its reference ------------------------------------------------------------------


def scattered(seed, n, n_terms=6):
    """A portfolio of 5 items and 2 causes, some not covered, and rows in any order."""
    rng = np.random.default_rng(seed)
    held = portfolio(
        5, causes=("fire", "stop"), terms_of=rng.integers(-1, n_terms, (5, 2)).astype(np.int32),
        terms=terms(
            n_terms, sum_insured=rng.choice([50.0, 100.0, INF], n_terms),
            deductible_amount=rng.choice([0.0, 8.0], n_terms),
            deductible_rate=rng.choice([0.0, 0.1, 1.0], n_terms),
            limit=rng.choice([0.0, 25.0, INF], n_terms),
            insured_share=rng.choice([0.0, 0.3, 1.0], n_terms),
            waiting=rng.choice([0.0, 0.5], n_terms),
            aggregate=rng.integers(0, 2, n_terms).astype(np.int32),
            aggregate_limit=rng.choice([40.0, 90.0, INF], n_terms),
        ),
    )  # fmt: skip
    time = rng.choice([0.1, 0.5, 0.9], n)
    rows = Rows(
        year=rng.integers(0, 3, n).astype(np.int32), time=time, reported=time,
        item=rng.integers(0, 5, n).astype(np.int32), event=rng.integers(0, 9, n).astype(np.uint64),
        cause=rng.integers(0, 2, n).astype(np.int8),
        loss=rng.choice([0.0, 5.0, 8.0, 60.0, 1e9, 33.3 / 7], n),
    )  # fmt: skip
    return held, rows


def terms_of_rows(held, rows):
    """What the loop and its reference take."""
    columns = [getattr(held.terms, name) for name in cover._TERMS]
    return rows.item, rows.cause, rows.time, rows.loss, held.terms_of, *columns


@given(st.integers(0, 2**31), st.integers(0, 40))
def test_payments_are_those_of_one_row_after_another_bit_for_bit(seed, n):
    held, rows = scattered(seed, n)
    expected = []
    for item, cause, time, loss in zip(rows.item, rows.cause, rows.time, rows.loss, strict=True):
        row = held.terms_of[item, cause]
        covered = row != NOWHERE and time >= held.terms.waiting[row]
        alone = paid(held.terms, np.array([row]), np.array([loss]))[0]
        expected.append(float(alone) if covered else 0.0)
    assert each_paid(held, rows).tolist() == expected
    assert cover._payments(*terms_of_rows(held, rows)).tolist() == expected


def test_a_loss_that_is_not_a_number_is_not_paid_as_one():
    held, rows = scattered(1, 40)
    unknown = rows.with_loss(np.full(40, np.nan))
    arguments = terms_of_rows(held, unknown)
    found, expected = compiled(cover._payments)(*arguments), cover._payments(*arguments)
    assert np.isnan(expected).any()
    assert (np.isnan(found) == np.isnan(expected)).all()


@given(st.integers(0, 2**31), st.integers(0, 40))
def test_rows_that_pay_nothing_may_go_before_the_order_is_made(seed, n):
    held, rows = scattered(seed, n)
    late = insured(held, ordered(rows, held))
    early = rows.with_loss(each_paid(held, rows))
    early = aggregated(held, ordered(early.keep(early.loss > 0), held))
    late, early = (some.keep(some.loss > 0) for some in (late, early))
    for f in fields(Rows):
        assert getattr(early, f.name).tolist() == getattr(late, f.name).tolist()


@pytest.mark.parametrize(
    ("column", "value", "bound"), [("item", 5, r"\[0, 4\]"), ("cause", -1, r"\[0, 1\]")]
)
def test_rows_of_nobody_are_refused(column, value, bound):
    held, rows = scattered(1, 3)
    columns = {f.name: getattr(rows, f.name).copy() for f in fields(Rows)}
    columns[column][2] = value
    with pytest.raises(InvalidParameter, match=rf"{column}\[2\] must be in {bound}.*got {value}"):
        each_paid(held, Rows(**columns))
