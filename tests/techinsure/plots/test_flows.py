"""Who owes whom, drawn: every figure is the quarter's, nothing is cut."""

from itertools import pairwise

import pytest

from techinsure import plots
from techinsure.accounts.closing import close
from techinsure.accounts.sample import sample
from techinsure.money import to_units
from techinsure.plots.flows import KINDS, MOST_PARTIES, OTHERS, _apart, _sides
from techinsure.pool.settlement import ACCOUNTS
from tests.techinsure.accounts.closing_cases import claim, document, event
from tests.techinsure.plots.drawn import inside, nothing_is_cut, texts

QUARTER = close(sample())


def test_the_finding_and_the_facts_are_the_quarters():
    figure = plots.flows(QUARTER)
    finding, facts = texts(figure)
    assert finding == "浦江保险 owes 59% of the CNY 16.8 m open; 3.0% is overdue"
    assert "68 open items of 11 parties" in facts
    assert "netted, 1 transfer" in facts
    nothing_is_cut(figure)


def test_each_side_sums_to_what_is_open():
    left, right = _sides(QUARTER.open_items)
    total = sum(item.open_minor for item in QUARTER.open_items)
    assert sum(left.values()) == sum(right.values()) == total
    shown = inside(plots.flows(QUARTER).axes[0])
    assert "浦江保险  CNY 9.86 m" in shown
    assert len(shown) == len(left) + len(right)
    assert float(to_units(left["浦江保险"], "CNY")) == pytest.approx(9.86e6, rel=1e-3)


def test_bands_are_as_thick_as_what_is_open():
    """All bands of one picture share a unit: their areas are as the amounts."""
    axes = plots.flows(QUARTER).axes[0]
    heights = [thickness(band.get_paths()[0].vertices) for band in axes.collections]
    assert len(heights) == len({
        (one.debtor, one.creditor, _group(one.account)) for one in QUARTER.open_items
    })  # fmt: skip
    bars = [bar.get_height() for bar in axes.patches]
    left, right = _sides(QUARTER.open_items)
    owed = [*left.values(), *right.values()]
    units = [bar / one for bar, one in zip(bars, owed, strict=True)]
    assert max(units) == pytest.approx(min(units))
    assert sum(heights) == pytest.approx(sum(bars) / 2)


def thickness(vertices):
    """Of a band where it begins."""
    start = vertices[vertices[:, 0] == 0, 1]
    return start.max() - start.min()


def _group(account):
    return next(kind for kind, (accounts, _) in KINDS.items() if account in accounts)


def test_every_account_that_can_be_open_has_its_kind():
    drawn = [account for accounts, _ in KINDS.values() for account in accounts]
    never = {"claim_paid", "recovery_received", "premium_collected", "commission_paid",
             "vat_collected", "cash", "set_off"}  # fmt: skip
    assert sorted(drawn) == sorted(set(ACCOUNTS) - never)


def test_nothing_open_and_one_who_failed():
    empty = plots.flows(close(document()))
    assert texts(empty)[0] == "Nothing is open at the end of 2026Q2"
    assert inside(empty.axes[0]) == ["nothing is open"]
    failed = plots.flows(close(document(claim(100000), event("default", "D", member="B"))))
    assert "B (failed)  CNY 300" in inside(failed.axes[0])
    assert texts(failed)[0] == "B owes 60% of the CNY 500 open; nothing is overdue"
    nothing_is_cut(failed)


def test_small_parties_are_summed():
    members = [
        {"name": f"保险公司第{n:02}号 of a long name $x$", "written": "1/40",
         "capital_and_reserves": 1e9, "lead": n == 0}
        for n in range(40)
    ]  # fmt: skip
    pool = {"name": "pool", "currency": "CNY", "members": members}
    paid = claim(100000, paid_by=members[0]["name"])
    quarter = close(document(paid, pool=pool, member_treaties=[]))
    left, _ = _sides(quarter.open_items)
    assert len(left) == MOST_PARTIES
    assert left[OTHERS] == (39 - MOST_PARTIES + 1) * 2500
    nothing_is_cut(plots.flows(quarter))


def test_names_are_moved_apart_no_more_than_needed():
    assert _apart([0.1, 0.5]) == [0.1, 0.5]
    found = _apart([0.98, 0.985, 0.99])
    assert found[-1] <= 1
    assert min(b - a for a, b in pairwise(found)) == pytest.approx(0.94 / 18)
