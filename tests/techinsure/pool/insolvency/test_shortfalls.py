from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, NotFound
from techinsure.pool.default_terms import GuaranteeFund, Joint, Several
from techinsure.pool.insolvency.shortfalls import Obligors, shortfalls
from tests.reference.cases import load

F7 = load("f7_coinsurance")
LINES = {"A": Fraction(1, 2), "B": Fraction(3, 10), "C": Fraction(1, 10)}
CAPITAL = {"A": 1000.0, "B": 400.0, "C": 100.0}
NOBODY = Obligors(failed=np.zeros((0, 2), bool), recovery=np.zeros(0))
TERMS = [Several(), Joint(), Joint(capacity_share=1.0), GuaranteeFund(size=20.0),
         GuaranteeFund(size=1e9, refilled_by="state"),
         GuaranteeFund(size=20.0, contributions={"C": "1"})]  # fmt: skip


def obligors(*failed, recovery=0.4):
    rows = np.array(failed, bool)
    return Obligors(failed=rows, recovery=np.full(len(rows), recovery))


def several_years(terms, members, reinsurers=NOBODY, ceded=None, gross=(100.0, 200.0)):
    given_ceded = np.zeros((0, 2)) if ceded is None else np.array(ceded)
    return shortfalls(np.array(gross), given_ceded, LINES, members, reinsurers, terms, CAPITAL)


@pytest.mark.parametrize("terms", TERMS, ids=str)
@settings(max_examples=20)
@given(data=st.data())
def test_all_that_is_owed_is_paid_or_borne(terms, data):
    """Paid + shortfall = owed, to rounding, of members and of reinsurers."""
    n = 4
    flags = st.lists(st.booleans(), min_size=n, max_size=n)
    money = st.lists(st.one_of(st.just(0.0), st.floats(0.01, 1e6)), min_size=n, max_size=n)
    members = obligors(*(data.draw(flags) for _ in LINES), recovery=data.draw(st.floats(0, 1)))
    reinsurers = obligors(*(data.draw(flags) for _ in range(2)))
    gross, part = np.array(data.draw(money)), np.array([data.draw(money), data.draw(money)])
    found = shortfalls(gross, part, LINES, members, reinsurers, terms, CAPITAL)
    close = {"rel": 1e-12, "abs": 1e-9}
    whole = found.owed.sum(axis=0)
    assert whole == pytest.approx(0.9 * gross, **close)
    paid = found.paid.sum(axis=0) + found.extra.sum(axis=0)
    assert paid + found.from_fund + found.missed == pytest.approx(whole, **close)
    refilled = found.refilled.sum(axis=0) + found.by_state + found.unfilled
    assert refilled == pytest.approx(found.from_fund, **close)
    assert found.lost.sum(axis=0) == pytest.approx(found.unpaid.sum(axis=0), **close)
    for amount in (found.paid, found.extra, found.missed, found.lost, found.refilled):
        assert (amount >= 0).all()
    assert (found.extra[members.failed] == 0).all()
    assert (found.refilled[members.failed] == 0).all()


@pytest.mark.parametrize("terms", TERMS, ids=str)
def test_where_nobody_fails_nothing_changes(terms):
    found = several_years(terms, obligors([0, 0], [0, 0], [0, 0]))
    assert (found.paid == found.owed).all()
    for name in ("extra", "from_fund", "missed", "lost", "refilled", "by_state", "unfilled"):
        assert not getattr(found, name).any(), name


def test_several_by_hand():
    """A owes 50 and 100, fails in the second year and pays 40; nobody else pays for it."""
    found = several_years(Several(), obligors([0, 1], [0, 0], [0, 0]))
    assert found.paid[0].tolist() == [50, 40]
    assert found.missed.tolist() == [0, 60]
    assert not found.extra.any()


def test_joint_by_hand():
    """60 are missing: to B and C as 3 to 1 are 45 and 15. C may carry 20 of its capital of 100 at
    0.2 and owes 20: no room; B may carry 80 and owes 60: 20 are taken, 40 stay missing."""
    found = several_years(Joint(capacity_share=0.2), obligors([0, 1], [0, 0], [0, 0]))
    assert found.extra[:, 1] == pytest.approx([0, 20, 0])
    assert found.missed == pytest.approx([0, 40])
    ample = several_years(Joint(capacity_share=1.0), obligors([0, 1], [0, 0], [0, 0]))
    assert ample.extra[:, 1] == pytest.approx([0, 45, 15])
    assert ample.missed[1] == 0


def test_fund_by_hand():
    """The fund has 20 of the 60; B and C put them back as 3 to 1, A cannot."""
    failed = obligors([0, 1], [0, 0], [0, 0])
    found = several_years(GuaranteeFund(size=20.0), failed)
    assert found.from_fund.tolist() == [0, 20]
    assert found.missed == pytest.approx([0, 40])
    assert found.refilled[:, 1] == pytest.approx([0, 15, 5])
    state = several_years(GuaranteeFund(size=20.0, refilled_by="state"), failed)
    assert state.by_state.tolist() == [0, 20]
    assert not state.refilled.any()
    alone = several_years(GuaranteeFund(size=20.0, contributions={"A": "1"}), failed)
    assert alone.unfilled.tolist() == [0, 20]


def test_reinsurers_that_fail_cost_members_by_line():
    reinsurers = obligors([0, 1], [1, 1], recovery=0.25)
    found = several_years(
        Several(), obligors([0, 0], [0, 0], [0, 0]), reinsurers, [[40.0, 80.0], [10.0, 20.0]]
    )
    assert found.unpaid == pytest.approx(np.array([[0, 54], [6.75, 13.5]]))
    assert found.lost[:, 0] == pytest.approx([3.75, 2.25, 0.75])
    assert (found.paid == found.owed).all()  # members owe gross whatever their reinsurers do


def test_reinsurer_default_of_the_reference():
    given, expected = F7["default_reinsurance"]["inputs"], F7["default_reinsurance"]["expected"]
    line, share = (
        float(Fraction(x)) for x in (given["pool_shares"][0], given["member_0_quota_share"])
    )
    ceded = np.array([[share * given["gross_loss"]]])
    failed = obligors([1], recovery=float(Fraction(given["reinsurer_recovery_rate"])))
    found = shortfalls(
        np.array([1000.0]), ceded, {"0": Fraction(3, 5)}, obligors([0]), failed, Several(), {}
    )
    assert line * ceded[0, 0] == expected["recoverable_0"]
    received = line * ceded[0, 0] - found.lost[0, 0]
    assert received == pytest.approx(expected["received_0"])
    assert found.owed[0, 0] - received == pytest.approx(expected["net_0"])


def test_several_liability_of_the_reference():
    given, expected = F7["default_several"]["inputs"], F7["default_several"]["expected"]
    due = np.array([float(Fraction(s)) * given["loss"] for s in given["shares"]])
    recovery = np.minimum(given["capital"] / due, 1.0)
    members = Obligors(failed=(recovery < 1)[:, None], recovery=recovery)
    lines = {str(k): Fraction(s) for k, s in enumerate(given["shares"])}
    nobody = Obligors(failed=np.zeros((0, 1), bool), recovery=np.zeros(0))
    gross, none = np.array([float(given["loss"])]), np.zeros((0, 1))
    found = shortfalls(gross, none, lines, members, nobody, Several(), {})
    assert found.owed[:, 0] == pytest.approx(expected["due"])
    assert found.paid[:, 0] == pytest.approx(expected["paid"])
    assert found.missed == pytest.approx([expected["unpaid_to_policyholder"]])
    assert found.extra[:, 0].tolist() == expected["others_extra"]


def test_what_is_refused():
    with pytest.raises(NotFound, match="capital of member"):
        shortfalls(np.ones(2), np.zeros((0, 2)), LINES, obligors([0, 0], [0, 0], [0, 0]), NOBODY,
                   Joint(), {"A": 1.0})  # fmt: skip
    with pytest.raises(InvalidParameter, match="recovery must have shape"):
        Obligors(failed=np.zeros((2, 3), bool), recovery=np.zeros(3))
