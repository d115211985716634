"""One level on sums, by hand; and sums shared out exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.cover_amounts import (
    Sums,
    numbered,
    of_event,
    over_time,
    share_out,
    shared_exactly,
    to_grid,
)
from techinsure.errors import InvalidParameter
from techinsure.level_terms import (
    Amount,
    Franchise,
    Layer,
    LevelTerms,
    ShareOfLoss,
    ShareOfSumInsured,
    VanishingDeductible,
)


def sums(paid, deducted=0.0, over=0.0, under=0.0, insured=1000.0):
    return Sums(*(np.array([float(value)]) for value in (paid, deducted, over, under, insured)))


def amount(value):
    return Amount(amount=float(value))


def payment(loss, **terms):
    return of_event(LevelTerms(**terms), sums(loss)).paid[""][0]


FIVE_PERCENT = ShareOfSumInsured(share=0.05)


@pytest.mark.parametrize(
    ("loss", "terms", "expected"),
    [
        (80, {}, 80),
        (80, {"deductible": amount(30)}, 50),
        (20, {"deductible": amount(30)}, 0),
        (80, {"deductible": ShareOfLoss(share=0.25)}, 60),
        (80, {"deductible": FIVE_PERCENT}, 30),
        (200, {"deductible": ShareOfLoss(share=0.1), "minimum_deductible": amount(50)}, 150),
        (800, {"deductible": ShareOfLoss(share=0.1), "minimum_deductible": amount(50)}, 720),
        (800, {"deductible": ShareOfLoss(share=0.1), "maximum_deductible": amount(50)}, 750),
        (200, {"deductible": ShareOfLoss(share=0.1), "maximum_deductible": amount(50)}, 180),
        (800, {"deductible": ShareOfLoss(share=0.1), "maximum_deductible": FIVE_PERCENT}, 750),
        (30, {"deductible": Franchise(threshold=amount(30))}, 0),
        (31, {"deductible": Franchise(threshold=amount(30))}, 31),
        (50, {"deductible": Franchise(threshold=FIVE_PERCENT)}, 0),
        (51, {"deductible": Franchise(threshold=FIVE_PERCENT)}, 51),
        (20, {"deductible": VanishingDeductible(start=20.0, end=100.0)}, 0),
        (60, {"deductible": VanishingDeductible(start=20.0, end=100.0)}, 50),  # 20 * 40 / 80 = 10
        (100, {"deductible": VanishingDeductible(start=20.0, end=100.0)}, 100),
        (500, {"deductible": VanishingDeductible(start=20.0, end=100.0)}, 500),
        (90, {"limit": amount(70)}, 70),
        (90, {"limit": ShareOfLoss(share=0.5)}, 45),
        (90, {"limit": FIVE_PERCENT}, 50),
        (90, {"deductible": amount(15), "limit": amount(70)}, 70),  # not min(90, 70) - 15
        (90, {"deductible": amount(15), "limit": ShareOfLoss(share=0.5)}, 45),
        (20, {"deductible": amount(15), "limit": ShareOfLoss(share=0.5)}, 5),
        (90, {"limit": amount(70), "insured_share": 0.1}, 63),  # not min(81, 70)
    ],
    ids=str,
)
def test_terms_by_hand(loss, terms, expected):
    assert payment(loss, **terms) == expected


@pytest.mark.parametrize(
    ("below", "terms", "paid", "deducted", "over"),
    [
        # 100 left of a loss of 130; a minimum of 50 takes 20 more
        ({"deducted": 30, "under": 30}, {"minimum_deductible": amount(50)}, 80, 20, 0),
        # 15 are over a lower limit: the minimum takes those first
        ({"deducted": 30, "over": 15}, {"minimum_deductible": amount(50)}, 95, 20, -15),
        ({"deducted": 30, "over": 90}, {"minimum_deductible": amount(50)}, 100, 20, -20),
        # the level's own deductible comes from the loss, only the top-up from what is over
        (
            {"deducted": 30, "over": 10},
            {"deductible": amount(5), "minimum_deductible": amount(50)},
            90,
            20,
            -10,
        ),
        # a maximum of 10 gives 20 back, as far as lower limits leave room
        ({"deducted": 30, "under": 30}, {"maximum_deductible": amount(10)}, 120, -20, 0),
        ({"deducted": 30, "under": 12}, {"maximum_deductible": amount(10)}, 112, -20, 8),
        ({"deducted": 30, "under": 0}, {"maximum_deductible": amount(10)}, 100, -20, 20),
        # with an own deductible of 15: 45 in all, brought to 40
        (
            {"deducted": 30, "under": 30},
            {"deductible": amount(15), "maximum_deductible": amount(40)},
            90,
            10,
            0,
        ),
        # what is given back is capped by this level's limit
        (
            {"deducted": 30, "under": 30},
            {"maximum_deductible": amount(10), "limit": amount(105)},
            105,
            -20,
            15,
        ),
        # a minimum above all that there is
        ({"deducted": 30}, {"minimum_deductible": amount(500)}, 0, 100, 0),
    ],
    ids=str,
)
def test_a_minimum_tops_up_and_a_maximum_gives_back(below, terms, paid, deducted, over):
    found = of_event(LevelTerms(**terms), sums(100, **below))
    assert found.paid[""].tolist() == [paid]
    assert (found.from_loss + found.from_over - found.reduced).tolist() == [deducted]
    assert (found.cut - found.from_over + found.reduced - found.given).tolist() == [over]


@pytest.mark.parametrize(
    ("terms", "under"),
    [
        ({}, 30),
        ({"deductible": amount(5)}, 35),
        ({"deductible": amount(5), "limit": amount(110)}, 15),
        ({"limit": amount(90)}, 0),
        ({"maximum_deductible": amount(10)}, 10),
    ],
    ids=str,
)
def test_room_under_limits_for_the_next_level(terms, under):
    assert of_event(LevelTerms(**terms), sums(100, deducted=30, under=30)).under == [under]


def test_a_minimum_and_maximum_that_cross_on_one_loss_are_told():
    terms = LevelTerms(minimum_deductible=ShareOfLoss(share=0.5), maximum_deductible=amount(40))
    assert of_event(terms, sums(80)).paid[""] == [40]
    with pytest.raises(
        InvalidParameter, match="minimum_deductible must be <= maximum_deductible 40"
    ):
        of_event(terms, sums(81))


def test_layers_side_by_side():
    """90 of a loss of 100: 20% of the first 40, 50% of the next 30, all above 80."""
    layers = (
        Layer(name="first", limit=40.0, share=0.2),
        Layer(name="second", attachment=40.0, limit=30.0, share=0.5),
        Layer(name="top", attachment=80.0),
    )
    found = of_event(LevelTerms(deductible=amount(10), layers=layers), sums(100))
    assert {name: part[0] for name, part in found.paid.items()} == {
        "first": 8, "second": 15, "top": 10,
    }  # fmt: skip
    half = LevelTerms(deductible=amount(10), layers=layers, insured_share=0.5)
    assert of_event(half, sums(100)).paid["second"] == [7.5]


def in_time(losses, account=None, **terms):
    n = len(losses)
    columns = (np.array(losses, float), *np.zeros((3, n)), np.full(n, 1000.0))
    accounts = np.zeros(n, int) if account is None else np.array(account)
    found = over_time(LevelTerms(**terms), Sums(*columns), accounts)
    assert (found.from_loss + found.cut <= np.array(losses)).all()
    return {name: part.tolist() for name, part in found.paid.items()}


def test_sums_over_time():
    """The first 50 are deducted, the next 100 paid, in order; each account for itself."""
    terms = {"deductible": FIVE_PERCENT, "limit": amount(100)}
    assert in_time([30, 40, 60, 30], **terms) == {"": [0, 20, 60, 20]}
    assert in_time([30, 40, 60, 30], [0, 1, 0, 1], **terms) == {"": [0, 0, 40, 20]}
    assert in_time([30, 40], limit=amount(50), insured_share=0.5) == {"": [15, 10]}


def test_layers_over_time():
    layers = (Layer(name="low", limit=50.0, share=0.5), Layer(name="high", attachment=50.0))
    found = in_time([30, 40, 60], layers=layers)
    assert found == {"low": [15, 10, 0], "high": [0, 20, 60]}


# --- Shared out


def test_groups_in_order_of_keys():
    group, first = numbered(np.array([1, 0, 1, 1]), np.array([5, 9, 5, 2]))
    assert group.tolist() == [2, 0, 2, 1]
    assert first.tolist() == [1, 3, 0]
    assert [part.tolist() for part in numbered(np.zeros(0), np.zeros(0))] == [[], []]


def test_shares_in_proportion():
    group = np.array([0, 1, 0, 2])
    weight = np.array([1.0, 2.0, 3.0, 0.0])
    found = share_out(np.array([8.0, 5.0, 7.0]), weight, group, np.array([4.0, 2.0, 0.0]))
    assert found.tolist() == [2, 5, 6, 0]


weights = st.lists(
    st.tuples(st.integers(0, 3), st.floats(0.01, 1e9) | st.just(0.0)), min_size=1, max_size=25
)


@given(weights, st.floats(0, 1))
def test_parts_sum_to_the_total_bit_for_bit_in_any_order(rows, share):
    group, weight = np.array([g for g, _ in rows]), np.array([w for _, w in rows])
    whole = np.bincount(group, weight, 4)
    total = to_grid({"": whole * share}, whole)[""]
    assert (total <= whole * share).all()
    parts = shared_exactly(total, weight, group, whole)
    assert (parts >= 0).all()
    for one in range(4):
        mine = parts[group == one]
        # not the plain sum of numpy, which would hide an error by adding in pairs
        for order in (mine, mine[::-1], np.sort(mine)):
            assert sum(order.tolist()) == (total[one] if weight[group == one].any() else 0)
        expected = weight[group == one] * share
        assert mine == pytest.approx(expected, abs=4 * np.spacing(max(whole[one], 1e-300)))
