"""When a loss happened and was reported: claims made by hand, and what they need to know."""

import numpy as np
import pytest

from techinsure.cover import each_paid, unmatched
from techinsure.cover_levels import evaluate
from techinsure.cover_periods import Occurrences
from techinsure.errors import InvalidParameter
from techinsure.level_terms import EVERY, Amount, Franchise, Level, LevelTerms
from techinsure.losses.rows import Rows
from techinsure.portfolio import NOWHERE
from tests.techinsure.builders import portfolio, terms

POLICY = {"policy": ["P"]}


def policy(per="event", **measures):
    return Level(name="policy", by="policy", per=per, terms={EVERY: LevelTerms(**measures)})


def paid(times, reported, losses=10.0, inception=0.0, per="event", **measures):
    """What a policy of one year pays of losses dated and reported so, each its own event."""
    n = len(times)
    happened = Occurrences(
        year=np.zeros(n, int), event=np.arange(n), time=np.array(times, float),
        item=np.zeros(n, int), cause=np.zeros(n, int), reported=np.array(reported, float),
    )  # fmt: skip
    level = policy(per, **measures)
    whole = np.broadcast_to(losses, n)
    found = evaluate([level], whole, [99.0], POLICY, happened, [inception], [1.0])
    return found.paid.tolist()


MADE = {"trigger": "claims_made"}


@pytest.mark.parametrize(
    ("times", "reported", "measures", "expected"),
    [
        # whichever date they were reported, without claims made
        ([0.2, 0.9], [0.3, 5.0], {}, [10, 10]),
        # to the end of the term, and not after
        ([0.2, 0.9, 0.9], [0.3, 1.0, 1.01], MADE, [10, 10, 0]),
        # half a year more
        ([0.9, 0.9], [1.5, 1.51], MADE | {"extended_reporting": 0.5}, [10, 0]),
        # what happened before inception is not covered, though it is reported within the term
        ([-0.5, 0.0], [0.2, 0.2], MADE, [0, 10]),
        # from the retroactive date on it is
        ([-1.1, -1.0, 0.5], [0.2, 0.2, 0.6], MADE | {"retroactive": -1.0}, [0, 10, 10]),
        # what was reported before inception is of the policy before
        ([-0.5, -0.5], [-0.1, 0.0], MADE | {"retroactive": -1.0}, [0, 10]),
        # a retroactive date alone does not ask for the report
        ([-0.5, 0.5], [-0.1, 3.0], {"retroactive": -1.0}, [10, 10]),
    ],
)
def test_claims_made(times, reported, measures, expected):
    assert paid(times, reported, **measures) == expected


def test_claims_made_count_from_inception():
    """Inception 0.5: insured until 1.5."""
    assert paid([0.4, 0.6, 0.6], [0.7, 1.5, 1.6], inception=0.5, **MADE) == [0, 10, 0]


def test_what_is_reported_too_late_uses_nothing_up():
    """An aggregate deductible of 10 and a limit of 15 over the term: 10 of the second loss go to
    the deductible, and of 20 more 15 are paid."""
    measures = {"deductible": Amount(amount=10.0), "limit": Amount(amount=15.0)}
    found = paid([0.1, 0.2, 0.3], [2.0, 0.2, 0.3], 20.0, per="term", **MADE, **measures)
    assert found == [0, 10, 5]


def test_one_limit_across_years_and_a_franchise():
    """Losses of 8 do not exceed the franchise of 8; of 12, 9, 30 the whole term pays 40."""
    happened = Occurrences(
        year=np.zeros(4, int), event=np.arange(4), time=np.array([0.5, 1.5, 2.5, 3.5]),
        item=np.zeros(4, int), cause=np.zeros(4, int),
    )  # fmt: skip
    levels = [
        policy(deductible=Franchise(threshold=Amount(amount=8.0))),
        Level(name="term", by="policy", per="term",
              terms={EVERY: LevelTerms(limit=Amount(amount=40.0))}),
    ]  # fmt: skip
    found = evaluate(levels, [8.0, 12.0, 9.0, 30.0], [99.0], POLICY, happened)
    assert found.paid.tolist() == [0, 12, 9, 19]


def test_a_portfolio_knows_its_terms_and_reports():
    """Item `b` is insured for two years, item `a` for one."""
    made = Level(name="made", by="item", terms={EVERY: LevelTerms(trigger="claims_made")})
    held = portfolio(2, term=np.array([1.0, 2.0]), terms=terms(levels=(made,)))
    rows = Rows(
        year=np.zeros(4, np.int32), time=np.full(4, 0.5), reported=np.array([0.9, 1.5, 1.5, 2.5]),
        item=np.array([0, 0, 1, 1], np.int32), event=np.arange(4, dtype=np.uint64),
        cause=np.zeros(4, np.int8), loss=np.full(4, 7.0),
    )  # fmt: skip
    assert each_paid(held, rows).tolist() == [7, 0, 7, 0]


@pytest.mark.parametrize(
    ("reported", "term", "message"),
    [
        (None, [1.0], "occurrences.reported is required"),
        ([0.5], None, "term is required"),
        ([0.5, 0.6], [1.0], "occurrences.reported must have 1 entries, one a loss, got 2"),
        ([0.5], [1.0, 1.0], "term must have 1 entries, one an item, got 2"),
    ],
)
def test_claims_made_need_reports_and_terms(reported, term, message):
    happened = Occurrences(
        year=np.zeros(1, int), event=np.zeros(1, int), time=np.zeros(1), item=np.zeros(1, int),
        cause=np.zeros(1, int), reported=None if reported is None else np.array(reported),
    )  # fmt: skip
    with pytest.raises(InvalidParameter, match=message):
        evaluate([policy(**MADE)], [1.0], [9.0], POLICY, happened, None, term)


def test_rows_of_no_level_are_counted_by_cause():
    """Fire at site A is of the level; stops, site B and what has no site are not; the last row is
    not covered at all."""
    only = Level(name="fire", by="site", causes=("fire",), terms={"A": LevelTerms()})
    terms_of = np.zeros((3, 2), np.int32)
    terms_of[2, 1] = NOWHERE
    held = portfolio(
        3, labels={"site": ["A", "B", None]}, terms=terms(levels=(only,)), terms_of=terms_of,
        causes=("fire", "stop"),
    )  # fmt: skip
    item, cause = [0, 0, 0, 1, 2, 2], [0, 0, 1, 0, 0, 1]
    n = len(item)
    rows = Rows(
        year=np.zeros(n, np.int32), time=np.zeros(n), reported=np.zeros(n),
        item=np.array(item, np.int32), event=np.arange(n, dtype=np.uint64),
        cause=np.array(cause, np.int8), loss=np.ones(n),
    )  # fmt: skip
    assert unmatched(held, rows) == {"fire": 2, "stop": 1}
    assert unmatched(portfolio(3, terms_of=terms_of, causes=("fire", "stop")), rows) == {}
