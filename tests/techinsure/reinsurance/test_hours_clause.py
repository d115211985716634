import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.losses.year_table import merge
from techinsure.reinsurance import ExcessOfLoss
from techinsure.reinsurance.hours_clause import HOURS_A_YEAR, HoursClause
from techinsure.reinsurance.programme import PlacedTreaty, Programme
from tests.techinsure.builders import portfolio
from tests.techinsure.builders import table as of_rows
from tests.techinsure.reinsurance.tables import FOUR, table, tables

few = settings(max_examples=60, deadline=None)
DAY = 24.0 / HOURS_A_YEAR
THREE_DAYS = HoursClause(hours=72)
LONG = portfolio(1, term=np.array([3.0]))


def layer(clause, attachment=10.0, limit=20.0, **terms):
    return ExcessOfLoss(
        basis="event", attachment=attachment, limit=limit, hours_clause=clause, **terms
    )


def on_days(*days_and_losses, **columns):
    days, losses = zip(*days_and_losses, strict=True)
    return table([losses], times=[day * DAY for day in days], **columns)


def test_a_typhoon_by_hand():
    """Days 0, 2, 4, 5 with 6, 9, 8, 9 and 72 hours. From the first loss on: 6 + 9 = 15 pays 5,
    8 + 9 = 17 pays 7, in all 12. From day 2: 9 + 8 + 9 = 26 pays 16, and day 0 stands alone before
    it, outside of any period that would overlap. The second recovers more. Day 40 is another."""
    subject = on_days((0, 6.0), (2, 9.0), (4, 8.0), (5, 9.0), (40, 12.0))
    ceded = layer(THREE_DAYS, reinstatement_rates=(0.0,)).ceded(subject)
    assert ceded == pytest.approx([0, 16 * 9 / 26, 16 * 8 / 26, 16 * 9 / 26, 2])
    without = layer(None, reinstatement_rates=(0.0,)).ceded(subject)
    assert without.tolist() == [0, 0, 0, 0, 2]


def test_a_loss_between_periods_recovers_nothing_however_large():
    """Days 2 to 5 hold 25 and pay 15, days 6 to 9 hold 18 and pay 8: 23 in all. With a period from
    day 0, 12 would pay 2 and days 4 to 6, 33, no more than 20. So the 11 of day 0, above the
    attachment, are in no occurrence."""
    subject = on_days((0, 11.0), (2, 1.0), (4, 12.0), (5, 12.0), (6, 9.0), (9, 9.0))
    ceded = layer(THREE_DAYS, reinstatement_rates=(0.0,)).ceded(subject)
    assert ceded == pytest.approx([0, 15 / 25, 15 * 12 / 25, 15 * 12 / 25, 4, 4])


@pytest.mark.parametrize("start", [0.0, 0.3, 1.7])
def test_a_period_holds_its_last_hour(start):
    """A loss 72 hours after the first is in, up to the rounding of float32 times; one a minute
    later is out."""
    for hours, paid in ((72.0, 8.0), (72 + 1 / 60, 0.0)):
        subject = table([[9.0, 9.0]], times=[start, start + hours / HOURS_A_YEAR], of=LONG)
        assert layer(THREE_DAYS).ceded(subject).sum() == pytest.approx(paid)


def test_the_earliest_of_equal_starts_is_taken():
    """9 on days 0, 2 and 4: days 0 and 2 recover 8, as days 2 and 4 would."""
    ceded = layer(THREE_DAYS).ceded(on_days((0, 9.0), (2, 9.0), (4, 9.0)))
    assert ceded == pytest.approx([4, 4, 0])


def test_one_source_is_one_cause_in_one_place():
    """Four losses of 9 at once: causes fire and flood, parks P and Q; two items without a park."""
    held = portfolio(4, causes=("fire", "flood"), terms_of=np.zeros((4, 2), np.int32),
                     labels={"park": ["P", "Q", None, None]})  # fmt: skip
    rows = [{"year": 0, "item": i, "cause": c, "loss": 9.0, "event": 2 * i + c}
            for i in range(4) for c in range(2)]  # fmt: skip
    subject = of_rows(rows, n_years=1, held=held)

    def paid(limit=100.0, **clause):
        treaty = layer(HoursClause(hours=72, **clause), limit=limit)
        return subject.annual(treaty.ceded(subject))[0]

    assert paid() == pytest.approx(26 + 26)  # 36 of each cause
    assert paid(causes=("fire",)) == pytest.approx(26)  # a flood is an event each, of 9
    assert paid(source="park") == 0
    both = of_rows([row | {"item": row["item"] // 2} for row in rows], n_years=1, held=held)
    treaty = layer(HoursClause(hours=72, source="park"), limit=100.0)
    assert both.annual(treaty.ceded(both))[0] == pytest.approx(4 * 8)


def test_capacity_and_reinstatements_are_of_occurrences():
    """20 xs 10, one reinstatement at 100% of 3: days 0 and 1 are 36, day 20 is 40, day 60 is 40:
    20, 20 and nothing; the first 20 are reinstated."""
    treaty = layer(THREE_DAYS, premium=3.0, reinstatement_rates=(1.0,))
    subject = on_days((0, 18.0), (1, 18.0), (20, 40.0), (60, 40.0))
    assert treaty.ceded(subject) == pytest.approx([10, 10, 20, 0])
    assert treaty.flows(subject, 0.0)["reinstatement_premium"] == pytest.approx([3.0])


def best_by_trial(losses, times, width, attachment, limit):
    """The most that any starts at losses, no two periods overlapping, recover."""
    starts = sorted(set(times))
    best = 0.0
    for n in range(len(starts) + 1):
        for some in itertools.combinations(starts, n):
            if all(b - a > width for a, b in itertools.pairwise(some)):
                sums = [sum(x for x, t in zip(losses, times, strict=True) if s <= t <= s + width)
                        for s in some]  # fmt: skip
                best = max(best, sum(min(max(x - attachment, 0), limit) for x in sums))
    return best


@few
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 30).map(float)), max_size=7),
    st.sampled_from([1, 2, 3, 5]),
    st.sampled_from([0.0, 5.0, 20.0]),
    st.sampled_from([10.0, 40.0]),
)
def test_no_other_starts_recover_more(losses, days, attachment, limit):
    losses.sort()
    clause = HoursClause(hours=24 * days + 1)  # away from the days of losses
    treaty = layer(clause, attachment, limit, reinstatement_rates=(0.0,) * 7)
    subject = table([[loss for _, loss in losses]], times=[day * DAY for day, _ in losses])
    times = [float(t) for t in subject.time]
    best = best_by_trial(subject.loss.tolist(), times, clause.width, attachment, limit)
    assert treaty.ceded(subject).sum() == pytest.approx(best, abs=1e-9)


@few
@given(tables(), st.floats(0, 500), st.floats(1, 500), st.sampled_from(["cause", "park", "site"]))
def test_an_occurrence_is_within_its_hours_and_rows_are_conserved(subject, floor, limit, source):
    treaty = layer(HoursClause(hours=2000, source=source), floor, limit)
    groups, counted = treaty.occurrences(subject)
    assert (np.isin(counted, [0.0]) | (counted == subject.loss)).all()
    for group in range(len(groups.first)):
        rows = np.nonzero(groups.of_row == group)[0]
        assert rows[0] == groups.first[group]
        assert np.ptp(subject.time[rows]) <= 2000 / HOURS_A_YEAR + 1e-6
        assert len({*subject.year[rows]}) == 1
    assert (np.diff(groups.first) > 0).all()
    ceded = treaty.ceded(subject)
    assert ((ceded >= 0) & (ceded <= subject.loss)).all()
    touched, rows = treaty.touched(subject)
    alone = np.zeros(len(subject))
    alone[rows] = treaty.ceded(touched)
    assert alone.tolist() == ceded.tolist()


@few
@given(st.lists(tables(most_years=2), min_size=1, max_size=4), st.floats(0, 500))
def test_blocks_of_years_change_nothing(blocks, attachment):
    treaty = layer(HoursClause(hours=3000), attachment)
    together = treaty.ceded(merge(blocks))
    assert (together == np.concatenate([treaty.ceded(block) for block in blocks])).all()


@few
@given(tables(), st.floats(0, 500), st.floats(1, 500))
def test_all_the_year_is_one_occurrence_and_none_of_it_each_its_own(subject, attachment, limit):
    whole = layer(HoursClause(hours=2 * HOURS_A_YEAR), attachment, limit).ceded(subject)
    expected = np.clip(subject.annual() - attachment, 0, limit)
    np.testing.assert_allclose(subject.annual(whole), expected, rtol=1e-12, atol=1e-12)
    moment = layer(HoursClause(hours=1e-6), attachment, limit, reinstatement_rates=(0.0,) * 6)
    each = np.clip(subject.loss - attachment, 0, limit)  # times of one year differ
    np.testing.assert_allclose(moment.ceded(subject), each, rtol=1e-9, atol=1e-9)


def test_faults_and_what_is_not_there():
    with pytest.raises(InvalidParameter) as refused:
        HoursClause(hours=0, source="event", causes=("",))
    assert [fault.field for fault in refused.value.faults] == ["hours", "source", "causes[0]"]
    with pytest.raises(InvalidParameter, match="hours_clause needs a layer per event, got 'site'"):
        ExcessOfLoss(basis="site", attachment=1, limit=1, hours_clause=THREE_DAYS)
    clause = HoursClause(hours=72, causes=("damaged",))
    programme = Programme(treaties=(PlacedTreaty(name="storm", treaty=layer(clause)),))
    assert programme.apply(table([[5.0]], of=FOUR)).flags == (
        "treaty 'storm': there is no cause 'damaged' (did you mean 'damage'?)",
    )
