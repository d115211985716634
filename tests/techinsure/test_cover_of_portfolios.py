"""Portfolios whose sites and policies have terms: rows of simulated losses, and joined books."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.catalogue import shipped
from techinsure.cover import (
    aggregated,
    chance_paid,
    each_paid,
    expected_paid,
    insured,
    paid,
)
from techinsure.cover_levels import Occurrences, evaluate
from techinsure.distributions import Beta
from techinsure.errors import InvalidParameter, Refused, Undefined
from techinsure.level_terms import EVERY, Amount, Level, LevelTerms, ShareOfSumInsured
from techinsure.losses.rows import Rows, ordered
from techinsure.portfolio import NOWHERE, concat, copies
from techinsure.schedule import schedule
from techinsure.simulation import annual_losses, simulate
from tests.techinsure.builders import portfolio, terms

INF = np.inf


def amount(value):
    return Amount(amount=float(value))


def by(label, per="event", groups=None, causes=(), **measures):
    each = dict.fromkeys(groups or [EVERY], LevelTerms(**measures))
    return Level(name=label, by=label, terms=each, per=per, causes=causes)


LABELS = {"site": ["A", "A", "B"], "policy": ["P", "P", "P"]}


def book(*levels, labels=LABELS, **columns):
    """Three items, fire and stop covered alike; sums insured 100 each unless said."""
    n_terms = len(columns.get("sum_insured", [0]))
    held = replace(terms(n_terms, **columns), levels=levels)
    each = np.zeros((3, 2), np.int32)
    return portfolio(3, labels=labels, terms=held, terms_of=each, causes=("fire", "stop"))


def rows(*listed):
    """Rows (year, time, event, item, loss), cause 0 unless a sixth value says so."""
    year, time, event, item, loss, cause = (
        np.array(column) for column in zip(*((*row, 0)[:6] for row in listed), strict=True)
    )
    return Rows(
        year=year.astype(np.int32), time=time.astype(float), reported=time.astype(float),
        item=item.astype(np.int32), event=event.astype(np.uint64), cause=cause.astype(np.int8),
        loss=loss.astype(float),
    )  # fmt: skip


# --- By hand


def test_items_then_a_site_then_a_policy_then_the_aggregate_limit():
    """Item deductible 10: 50, 30 and 80. Site deductible 20: A 60, B 60. Policy limit 100: 50
    each. The aggregate of 120 leaves 20 of the second event's 50."""
    held = book(
        by("site", deductible=amount(20)), by("policy", limit=amount(100)),
        deductible_amount=np.array([10.0]), aggregate=np.zeros(1, np.int32),
        aggregate_limit=np.array([120.0]),
    )  # fmt: skip
    event = [(0, 0.1, 7, 0, 60), (0, 0.1, 7, 1, 40), (0, 0.1, 7, 2, 90)]
    found = insured(held, rows(*event, (0, 0.5, 8, 2, 80), (1, 0.0, 7, 2, 31)))
    assert found.loss.tolist() == pytest.approx([31.25, 18.75, 50, 20, 1])
    assert found.loss[:3].sum() == 100


def test_a_policy_maximum_counts_the_deductibles_of_items():
    """A share of 20% of each loss, 100 in all of which 50 at most: 50 back; a limit of an item
    leaves 5 of room."""
    held = book(by("policy", maximum_deductible=amount(50)), deductible_rate=np.array([0.2]),
                sum_insured=np.array([500.0]))  # fmt: skip
    event = rows((0, 0, 1, 0, 300), (0, 0, 1, 2, 200))
    assert each_paid(held, event).tolist() == pytest.approx([270, 180])
    narrow = replace(held, terms=replace(held.terms, limit=np.array([242.5])))
    assert each_paid(narrow, event).sum() == pytest.approx(400 + 2.5 + 40)
    tight = replace(held, terms=replace(held.terms, limit=np.array([160.0])))
    assert each_paid(tight, event).tolist() == [160, 160]


def test_a_minimum_takes_first_what_is_over_the_limit_of_an_item():
    held = book(by("policy", minimum_deductible=amount(30)), deductible_amount=np.array([10.0]),
                limit=np.array([60.0]))  # fmt: skip
    assert each_paid(held, rows((0, 0, 1, 0, 85))).tolist() == [55]  # 75, 15 over; 20 more
    assert each_paid(held, rows((0, 0, 1, 0, 95))).tolist() == [60]


def test_what_is_not_covered_has_no_deductible_to_give_back():
    held = book(by("policy", maximum_deductible=amount(5)), deductible_amount=np.array([10.0]),
                waiting=np.array([0.5]))  # fmt: skip
    held = replace(held, terms_of=np.array([[0, NOWHERE]] * 3, np.int32))
    event = rows((0, 0.6, 1, 0, 50), (0, 0.6, 1, 1, 50, 1), (0, 0.4, 1, 2, 50))
    assert each_paid(held, event).tolist() == [45, 0, 0]


def test_the_sum_insured_of_a_site_is_that_of_the_portfolio():
    held = book(by("site", deductible=ShareOfSumInsured(share=0.1)), sum_insured=np.array([INF]))
    assert each_paid(held, rows((0, 0, 1, 0, 50), (0, 0, 2, 2, 50))).tolist() == [30, 40]


def test_terms_by_cause():
    held = book(by("policy", causes=("stop",), limit=amount(30)))
    event = rows((0, 0, 1, 0, 50), (0, 0, 1, 1, 50, 1), (0, 0, 2, 1, 20, 1))
    assert each_paid(held, event).tolist() == [50, 30, 20]


# --- What holds


def scattered(seed, n, *levels, **columns):
    """Rows in any order."""
    rng = np.random.default_rng(seed)
    time = rng.choice([0.1, 0.5, 0.9], n)
    given_rows = Rows(
        year=rng.integers(0, 3, n).astype(np.int32), time=time, reported=time,
        item=rng.integers(0, 3, n).astype(np.int32),
        event=(rng.integers(0, 3, n) + 10 * (10 * time)).astype(np.uint64),
        cause=rng.integers(0, 2, n).astype(np.int8),
        loss=rng.choice([0.0, 5.0, 60.0, 1e3, 333.3 / 7], n),
    )  # fmt: skip
    return book(*levels, **columns), given_rows


COLUMNS = {"deductible_amount": np.array([8.0]), "deductible_rate": np.array([0.1]),
           "limit": np.array([75.0])}  # fmt: skip
LEVELS = (
    by("site", deductible=amount(12), minimum_deductible=amount(25)),
    by("policy", maximum_deductible=amount(40), limit=amount(90)),
    by("policy", "term", limit=amount(150)),
)


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.integers(0, 30))
def test_levels_without_effect_change_no_bit(seed, n):
    """Where only items have terms, payments are those of `cover` as it was."""
    plain, given_rows = scattered(seed, n, **COLUMNS)
    idle = (by("site"), by("policy", limit=amount(1e12)), by("policy", "term", limit=amount(1e12)))
    held = replace(plain, terms=replace(plain.terms, levels=idle))
    assert each_paid(held, given_rows).tolist() == each_paid(plain, given_rows).tolist()


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.integers(0, 30))
def test_terms_of_items_are_a_lowest_level(seed, n):
    """Item terms in columns or as a level of rows: the same payments."""
    held, given_rows = scattered(seed, n, *LEVELS, deductible_amount=np.array([8.0]),
                                 limit=np.array([75.0]), sum_insured=np.array([INF]))  # fmt: skip
    given_rows = ordered(given_rows, held)
    event = np.arange(n)  # each loss alone is what an item's terms are of
    labels = {name: getattr(held, name).texts() for name in ("site", "policy")}
    items = Occurrences(
        year=given_rows.year, event=event, time=given_rows.time, item=given_rows.item,
        cause=given_rows.cause, causes=held.causes,
    )  # fmt: skip
    alone = by("item", deductible=amount(8), limit=amount(75))
    lowest = evaluate([alone], given_rows.loss, held.sum_insured, {"item": list("abc")}, items)
    bare = replace(held.terms, levels=(), deductible_amount=np.zeros(1), limit=np.array([INF]))
    without = replace(held, terms=bare)
    assert each_paid(without, given_rows.with_loss(lowest.paid)).tolist() == lowest.paid.tolist()
    plain = replace(held, terms=replace(held.terms, levels=()))
    assert each_paid(plain, given_rows).tolist() == pytest.approx(lowest.paid.tolist())
    unbounded = (by("site", deductible=amount(12)), LEVELS[2])
    of_rows = evaluate(unbounded, lowest.paid, held.sum_insured, labels,
                       replace(items, event=given_rows.event))  # fmt: skip
    both = replace(held, terms=replace(held.terms, levels=unbounded))
    assert each_paid(both, given_rows) == pytest.approx(of_rows.paid, rel=1e-12, abs=1e-9)


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.integers(0, 30), st.randoms())
def test_the_order_of_rows_changes_no_bit(seed, n, random):
    """Rows that are alike but for their loss may trade places, so losses by key are compared."""
    held, given_rows = scattered(seed, n, *LEVELS, **COLUMNS)
    given_rows = replace(given_rows, event=np.arange(n).astype(np.uint64) // 2,
                         item=(np.arange(n) % 2).astype(np.int32))  # fmt: skip
    order = list(range(n))
    random.shuffle(order)
    mixed = given_rows.keep(np.array(order, np.intp))
    assert each_paid(held, mixed).tolist() == each_paid(held, given_rows)[order].tolist()


def test_a_simulation_applies_them_in_blocks_and_annually():
    """Two sites of a shipped product with a site deductible and a policy limit; 2 blocks."""
    product = shipped().product("equipment_loss")
    columns = {"risk_class": ["lab"] * 2, "sum_insured": [5e6] * 2, "site": ["A", "B"],
               "policy": ["P"] * 2}  # fmt: skip
    plain = schedule(product, columns, "unknown").portfolio
    levels = (by("site", deductible=amount(2e4)), by("policy", "term", limit=amount(1e5)))
    held = replace(plain, terms=replace(plain.terms, levels=levels))
    models = {"equipment_loss": product.model}
    n_years = 1500
    before, after = (simulate(one, models, seed=3, n_years=n_years) for one in (plain, held))
    annual = after.annual(after.loss)
    assert 0 < annual.sum() < before.loss.sum()
    assert annual.max() <= 1e5 * (1 + 1e-12)
    assert (annual > 99_999).any()
    assert annual_losses(held, models, seed=3, n_years=n_years) == pytest.approx(annual)
    alone = simulate(held, models, seed=3, n_years=1024)
    assert alone.loss.tolist() == after.loss[after.year < 1024].tolist()


# --- Joined books


def test_copies_have_levels_of_their_own():
    held = book(by("policy", groups=["P"], limit=amount(100)), by("site", deductible=amount(20)))
    both = copies(held, 2)
    assert [dict(level.terms) for level in both.terms.levels] == [
        {f"P#{k}": LevelTerms(limit=amount(100)) for k in (0, 1)},
        {f"{site}#{k}": LevelTerms(deductible=amount(20)) for k in (0, 1) for site in "AB"},
    ]
    event = [(0, 0, 1, item, 90) for item in range(3)]
    one = each_paid(held, rows(*event))
    two = each_paid(both, rows(*event, *((0, 0, 2, item + 3, 90) for item in range(3))))
    assert two.tolist() == [*one, *one]


def test_books_with_other_levels_stay_apart():
    other = portfolio(1, ids=("z",), labels={"site": ["C"], "policy": ["Q"]},
                      causes=("fire", "stop"), terms_of=np.zeros((1, 2), np.int32))  # fmt: skip
    limited = book(by("policy", limit=amount(100)))
    bare = concat([limited, other])
    assert dict(bare.terms.levels[0].terms) == {"P": LevelTerms(limit=amount(100))}
    own = replace(other, terms=replace(other.terms, levels=(by("site", deductible=amount(5)),)))
    both = concat([limited, own])
    assert [level.name for level in both.terms.levels] == ["policy", "site"]
    event = rows((0, 0, 1, 0, 80), (0, 0, 1, 1, 80), (0, 0, 1, 3, 80))
    assert each_paid(both, event).tolist() == [50, 50, 75]


def test_books_that_share_a_group_with_terms_are_refused():
    other = portfolio(1, ids=("z",), labels={"policy": ["P"]}, causes=("fire", "stop"),
                      terms_of=np.zeros((1, 2), np.int32))  # fmt: skip
    with pytest.raises(Refused, match="policy 'P' is in several portfolios"):
        concat([book(by("policy", limit=amount(100))), other])
    assert concat([book(by("site", limit=amount(100))), other]).terms.levels


def test_the_digest_sees_levels():
    digests = {
        book(*levels).digest()
        for levels in (
            (),
            (by("policy", limit=amount(100)),),
            (by("policy", limit=amount(101)),),
            (by("policy", "term", limit=amount(100)),),
            (by("site", limit=amount(100)),),
        )
    }
    assert len(digests) == 5


# --- Border


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (by("park", limit=amount(1)), "terms.levels.park.by must be one of item, policy"),
        (by("site", groups=["A", "C"]), "terms.levels.site.terms must name a site.*got 'C'"),
        (by("site", causes=("theft",)), "terms.levels.site.causes must be causes.*got 'theft'"),
    ],
)
def test_levels_of_nobody_are_refused(level, message):
    with pytest.raises(InvalidParameter, match=message):
        book(level)


def test_bounds_above_a_share_of_items_are_refused():
    bounds = by("policy", maximum_deductible=amount(5))
    held, event = book(bounds, insured_share=np.array([0.2])), rows((0, 0, 1, 0, 50))
    with pytest.raises(Refused, match="'policy' bounds deductibles of policy 'P' above"):
        each_paid(held, event)
    nobody = replace(held, terms_of=np.full((3, 2), NOWHERE, np.int32))
    assert each_paid(nobody, event).tolist() == [0]


@pytest.mark.parametrize("ask", [
    lambda held: paid(held, np.zeros(1, np.int32), np.ones(1)),
    lambda held: expected_paid(Beta(mean=0.5, cv=0.4), np.ones(1), held, np.zeros(1, np.int32)),
    lambda held: chance_paid(Beta(mean=0.5, cv=0.4), np.ones(1), held, np.zeros(1, np.int32)),
])  # fmt: skip
def test_one_loss_alone_has_no_closed_form(ask):
    ask(terms())
    with pytest.raises(Undefined, match="terms of level 'site' are of sums of losses"):
        ask(replace(terms(), levels=(by("site"),)))


def test_rows_given_are_left_as_they_were():
    held, given_rows = scattered(1, 20, *LEVELS, **COLUMNS)
    before = {f.name: getattr(given_rows, f.name).copy() for f in fields(Rows)}
    aggregated(held, given_rows.with_loss(each_paid(held, given_rows)))
    for name, column in before.items():
        assert getattr(given_rows, name).tolist() == column.tolist()
