import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from techinsure.errors import InvalidParameter
from techinsure.money import (
    DECIMALS,
    Owed,
    exact,
    read_amount,
    rounded,
    rounded_size,
    split,
    split_after,
    split_all,
    to_minor,
    to_units,
)
from techinsure.reading import read

few = settings(max_examples=40, deadline=None)
amounts = st.integers(-(10**20), 10**20)
shares = st.lists(
    st.fractions(0, 1, max_denominator=10**6), min_size=1, max_size=8
).filter(any)  # fmt: skip


def test_the_parts_of_a_claim_to_the_fen():
    """7,300,001.00 CNY at 25/20/15/10/10/8/7/5%: the quotas are 1825000.25, 1460000.20,
    1095000.15, 730000.10 twice, 584000.08, 511000.07, 365000.05: whole in fen."""
    lines = [Fraction(percent, 100) for percent in (25, 20, 15, 10, 10, 8, 7, 5)]
    hand = [182500025, 146000020, 109500015, 73000010, 73000010, 58400008, 51100007, 36500005]
    assert split(730000100, lines) == hand
    assert sum(hand) == 730000100


def test_the_units_left_go_to_the_largest_remainders():
    # one fen more: quotas end in .25 .20 .15 .10 .10 .08 .07 .05, the first has the largest
    lines = [Fraction(percent, 100) for percent in (25, 20, 15, 10, 10, 8, 7, 5)]
    assert split(730000101, lines)[0] == 182500026
    # 10 at 1/2, 1/3, 1/6: quotas 5, 3.33, 1.67; the unit left goes to the last
    assert split(10, [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]) == [5, 3, 2]


@few
@given(amounts, shares)
def test_a_split_sums_and_stays_within_one_unit_of_the_quota(amount, weights):
    parts = split(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - amount * weight / sum(weights)) < 1
        assert weight or not part
    assert split(-amount, weights) == [-part for part in parts]


@few
@given(st.integers(0, 10**12), shares, st.integers(1, 1000))
def test_a_split_does_not_depend_on_the_scale_of_the_shares(amount, weights, scale):
    assert split(amount, weights) == split(amount, [scale * weight for weight in weights])


@few
@given(st.integers(0, 50), st.lists(st.integers(0, 4), min_size=1, max_size=3).filter(any))
def test_a_split_is_the_nearest_whole_vector(amount, weights):
    """Brute force: no other floor-or-ceiling vector is nearer, and ties favour the first."""
    quotas = [Fraction(amount * weight, sum(weights)) for weight in weights]
    choices = itertools.product(*[sorted({q.__floor__(), q.__ceil__()}) for q in quotas])
    best = min(
        (choice for choice in choices if sum(choice) == amount),
        key=lambda choice: (
            sum((part - quota) ** 2 for part, quota in zip(choice, quotas, strict=True)),
            [-part for part in choice],
        ),
    )
    assert split(amount, [Fraction(weight) for weight in weights]) == list(best)


@few
@given(st.lists(st.integers(-(2**62), 2**62), max_size=20), shares)
def test_many_amounts_are_split_like_each_alone(listed, weights):
    """Large amounts overflow 64 bits in the product and take the other path."""
    for scale in (1, 10**9):
        some = [amount // scale for amount in listed]
        parts = split_all(np.array(some, dtype=np.int64), weights)
        assert parts.shape == (len(weights), len(some))
        assert parts.dtype == np.int64
        assert parts.T.tolist() == [split(amount, weights) for amount in some]


def test_both_paths_agree_where_they_meet():
    lines = [Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)]
    edge = np.array([2**63 - 1, -(2**63), 0, 1, -1], dtype=np.int64)
    assert split_all(edge, lines).sum(axis=0).tolist() == edge.tolist()


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ([], "must hold a share > 0"),
        ([Fraction(0), Fraction(0)], "must hold a share > 0"),
        ([Fraction(3, 2), Fraction(-1, 2)], r"shares\[1\] must be >= 0"),
        ([0.5, 0.5], r"shares\[0\] must be an exact fraction, got 0.5"),
        ([True], "must be an exact fraction"),
    ],
)
def test_shares_that_cannot_carry_an_amount_are_refused(listed, message):
    with pytest.raises(InvalidParameter, match=message):
        split(100, listed)
    with pytest.raises(InvalidParameter, match=message):
        split_all(np.array([100], dtype=np.int64), listed)


def test_amounts_owed_are_whole():
    with pytest.raises(InvalidParameter, match="amount_minor must be a whole number"):
        split(1.0, [Fraction(1)])
    with pytest.raises(InvalidParameter, match="amounts_minor must be int64"):
        split_all(np.array([1.0]), [Fraction(1)])


# value: half_even, half_up, floor, ceiling, down
RULES = {
    "2.5": (2, 3, 2, 3, 2),
    "3.5": (4, 4, 3, 4, 3),
    "-2.5": (-2, -3, -3, -2, -2),
    "2.4": (2, 2, 2, 3, 2),
    "-2.6": (-3, -3, -3, -2, -2),
    "7": (7, 7, 7, 7, 7),
}


@pytest.mark.parametrize(("value", "expected"), RULES.items())
def test_rounding_rules(value, expected):
    rules = ("half_even", "half_up", "floor", "ceiling", "down")
    assert tuple(rounded(Fraction(value), rule) for rule in rules) == expected


def test_a_rounding_rule_is_known_by_name():
    with pytest.raises(InvalidParameter, match="did you mean 'half_even'"):
        rounded(Fraction(1, 2), "half_evn")


def test_a_float_is_the_decimal_it_prints_as():
    """1.005 is 1.00499999999999989... in binary, 0.285 is 0.284999...: on paper both are ties."""
    assert to_minor(1.005, "CNY", "half_up") == 101
    assert to_minor(0.285, "CNY", "half_up") == 29
    assert to_minor(np.float64(0.285), "CNY", "half_even") == 28
    assert to_minor(7300001.0, "CNY") == 730000100


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.345", "CNY", 1234),
        (Decimal("12.355"), "CNY", 1236),
        (12, "CNY", 1200),
        ("1234.5", "JPY", 1234),
        ("1.2345", "BHD", 1234),
        (-0.005, "USD", 0),
        (Fraction(1, 3), "EUR", 33),
    ],
)
def test_currency_units_to_minor_units(amount, currency, minor):
    assert to_minor(amount, currency) == minor


@few
@given(amounts, st.sampled_from(["CNY", "JPY", "BHD"]))
def test_minor_units_come_back(minor, currency):
    assert to_minor(to_units(minor, currency), currency) == minor


@pytest.mark.parametrize(
    "amount", [float("nan"), float("inf"), Decimal("NaN"), "1e3", "1,200", "", "12元", True, None]
)
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(InvalidParameter, match="amount"):
        to_minor(amount, "CNY")


def test_impossible_amounts_are_refused():
    with pytest.raises(InvalidParameter, match="amount_minor"):
        to_minor(1e300, "CNY")


@pytest.mark.parametrize(("currency", "hint"), [("CNH", "CNY"), ("cny", "three capitals")])
def test_unknown_currencies_are_refused(currency, hint):
    with pytest.raises(InvalidParameter, match=hint):
        to_minor(1.0, currency)


def test_decimals_of_iso_4217():
    assert len(DECIMALS) > 150
    assert [DECIMALS[code] for code in ("CNY", "USD", "JPY", "KRW", "VND", "BHD", "KWD")] == [
        2, 2, 0, 0, 0, 3, 3,
    ]  # fmt: skip


def test_owed_money_is_text_on_the_wire():
    owed = Owed(amount_minor=730000100, currency="CNY")
    wire = {"amount_minor": "730000100", "currency": "CNY"}
    assert TypeAdapter(Owed).dump_python(owed) == wire
    assert read(Owed, wire) == owed
    assert owed.amount == Decimal("7300001.00")


@pytest.mark.parametrize("amount", ["7.3", "1e5", "", 7.0, True])
def test_owed_money_is_whole(amount):
    with pytest.raises(InvalidParameter) as refused:
        read(Owed, {"amount_minor": amount, "currency": "CNY"})
    assert refused.value.faults[0].pointer == "/amount_minor"


def test_all_faults_of_owed_money_are_found():
    with pytest.raises(InvalidParameter) as refused:
        Owed(amount_minor=1.5, currency="RMB")
    assert [fault.field for fault in refused.value.faults] == ["amount_minor", "currency"]


@pytest.mark.parametrize("text", ["about 5", "1,20万元", "5万亿", "-5元", "12,345.67 or more"])
def test_an_amount_in_words_is_not_guessed(text):
    with pytest.raises(InvalidParameter, match="must be one amount of money"):
        read_amount(text)


def test_exact_shares():
    assert exact("4/15") == Fraction(4, 15)
    assert exact("0.1") + exact("0.2") == exact("0.3")


@pytest.mark.parametrize(("rounding", "size"), [("floor", 2), ("ceiling", 3), ("down", 2)])
def test_the_magnitude_is_rounded(rounding, size):
    assert rounded_size(Fraction(9, 4), rounding) == size
    assert rounded_size(Fraction(-9, 4), rounding) == -size
    assert rounded_size(Fraction(0), rounding) == 0


def test_what_follows_is_split_with_what_came_before():
    """One fen each to three: by itself the first would take every one of them."""
    thirds = [Fraction(1, 3)] * 3
    assert [split_after(before, 1, thirds) for before in range(3)] == [
        [1, 0, 0], [0, 1, 0], [0, 0, 1],
    ]  # fmt: skip
    assert [split_after(-before, -1, thirds)[before] for before in range(3)] == [-1, -1, -1]


def test_more_to_split_can_take_a_unit_back():
    """5, 3 and 1 ninths by hand, the Alabama paradox: of 4, quotas 2.2, 1.3 and 0.4 make 2, 1 and
    1; of 5, quotas 2.8, 1.7 and 0.6 make 3, 2 and 0."""
    parts = split_after(4, 1, [Fraction(5), Fraction(3), Fraction(1)])
    assert parts == [1, 1, -1]
    assert sum(parts) == 1


@pytest.mark.parametrize("amount", ["１２３", "١٢٣", "1" * 25, "12.5", ""])
def test_minor_units_are_digits_0_to_9(amount):
    with pytest.raises(InvalidParameter, match="must be whole minor units, 1 to 24 digits 0-9"):
        read(Owed, {"amount_minor": amount, "currency": "CNY"})
    assert read_amount("１２３") == 123
    with pytest.raises(InvalidParameter):
        read_amount("١٢٣")
