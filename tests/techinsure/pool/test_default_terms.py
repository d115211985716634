from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, NotFound
from techinsure.pool.default_terms import GuaranteeFund, Joint, refills, respread
from tests.reference.cases import load

F7 = load("f7_coinsurance")


def column(values):
    return np.array(values, np.float64)[:, None]


def test_the_cascade_round_by_round():
    case = F7["default_cascade"]
    inputs, expected = case["inputs"], case["expected"]
    lines = np.array([float(Fraction(share)) for share in inputs["shares"]])
    rounds = list(respread(column(lines * inputs["loss"]), column(inputs["capital"]), lines))
    assert [list(paid[:, 0]) for paid, _ in rounds] == [
        pytest.approx(paid) for paid in expected["rounds"]
    ]
    assert list(rounds[-1][0][:, 0]) == pytest.approx(expected["paid"])
    assert rounds[-1][1][0] == pytest.approx(expected["unpaid"], abs=1e-9)


members = st.integers(1, 6)
amounts = st.one_of(st.just(0.0), st.floats(0.01, 1e9))


@given(data=st.data(), n=members)
def test_nothing_is_lost_and_nobody_pays_more_than_it_is_able(data, n):
    owed, able = (column(data.draw(st.lists(amounts, min_size=n, max_size=n))) for _ in range(2))
    lines = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=n, max_size=n)))
    rounds = list(respread(owed, able, lines))
    paid, short = rounds[-1]
    assert len(rounds) <= n + 1
    assert (paid <= able).all()
    assert (paid >= np.minimum(owed, able)).all()
    assert float(paid.sum() + short[0]) == pytest.approx(float(owed.sum()), rel=1e-12)
    if short[0] > 0:  # only when nobody has room
        assert float((able - paid).sum()) == pytest.approx(0, abs=1e-6)


def test_who_refills():
    drawn = np.array([12.0, 12.0, 0.0])
    failed = np.array([[False, True, False], [True, True, False]])
    back, left = refills(drawn, failed, np.array([0.75, 0.25]))
    assert back.tolist() == [[12, 0, 0], [0, 0, 0]]
    assert left.tolist() == [0, 12, 0]


def test_contributions():
    lines = {"A": Fraction(1, 2), "B": Fraction(1, 4)}
    assert GuaranteeFund(size=1.0).shares(lines) == {"A": Fraction(2, 3), "B": Fraction(1, 3)}
    stated = GuaranteeFund(size=1.0, contributions={"B": "1"})
    assert stated.shares(lines) == {"A": 0, "B": 1}


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Joint(capacity_share=0.0), "capacity_share must be in"),
        (lambda: GuaranteeFund(size=0.0), "size must be > 0"),
        (lambda: GuaranteeFund(size=1.0, refilled_by="nobody"), "refilled_by must be one of"),
        (
            lambda: GuaranteeFund(size=1.0, contributions={"A": "0.4"}),
            "contributions must sum to 1",
        ),
        (lambda: GuaranteeFund(size=1.0, contributions={"A": "x"}), "contributions.A"),
        (lambda: GuaranteeFund(size=1.0).shares({"A": Fraction(0)}), "lines must not all be 0"),
    ],
)
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter, match=told):
        make()
    with pytest.raises(NotFound, match="member 'C' is not known"):
        GuaranteeFund(size=1.0, contributions={"C": "1"}).shares({"A": Fraction(1)})
