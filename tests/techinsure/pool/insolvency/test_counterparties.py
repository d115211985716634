"""Who of a pool may fail: as far as its members and reinsurers are said to, and no further."""

import pytest

from techinsure.errors import InvalidParameter
from techinsure.pool.insolvency.counterparties import counterparties
from techinsure.pool.insolvency.default_rates import default_rates
from techinsure.pool.members import Member, Pool
from techinsure.pool.signing import sign
from techinsure.reinsurance.placing import PlacedTreaty, Reinsurer
from techinsure.reinsurance.programme import Programme
from techinsure.reinsurance.quota_share import QuotaShare


def pool(lead=None, other=None, idle=None):
    members = {"A": ("0.6", lead), "B": ("0.4", other), "idle": ("0", idle)}
    return Pool(
        name="pool",
        currency="CNY",
        members=tuple(
            Member(name=name, written=line, capital_and_reserves=1e6, lead=name == "A",
                   **(says or {}))
            for name, (line, says) in members.items()
        ),
    )  # fmt: skip


def programme(*treaties):
    """A quota share of 10% each, placed with these reinsurers: (name, what is said of it)."""
    return Programme(treaties=tuple(
        PlacedTreaty(
            name=f"share {place}",
            treaty=QuotaShare(share=0.1),
            reinsurers=tuple(
                Reinsurer(name=name, share=f"1/{len(placed)}", **says) for name, says in placed
            ),
        )
        for place, placed in enumerate(treaties)
    ))  # fmt: skip


def found(made, placed):
    return counterparties(made, sign(made), placed)


def faults(made, placed):
    with pytest.raises(InvalidParameter) as refused:
        found(made, placed)
    return {fault.pointer: str(fault) for fault in refused.value.faults}


A, BB = {"rating": "A"}, {"rating": "BB"}


def test_nothing_is_invented_where_nothing_is_said():
    assert found(pool(), programme([("R", {})])) is None


def test_ratings_probabilities_and_recoveries_are_taken_over():
    own = {"rating": "BB", "default_probability": 0.03, "recovery": 0.2}
    told = found(pool(A, own), programme([("R", A), ("S", BB)]))
    assert told.flags == ()
    one, other = told.members  # the idle member has no line, and need not be rated
    assert (one.name, one.default_probability) == ("A", default_rates().rating.of("A"))
    assert (other.default_probability, other.recovery_rate) == (0.03, 0.2)  # its own counts
    assert one.recovery_rate == default_rates().recovery.rate
    assert [party.name for party in told.reinsurers] == ["R", "S"]


def test_a_kind_of_which_nothing_is_said_pays_and_is_flagged():
    told = found(pool(A, BB), programme([("R", {})]))
    assert [party.default_probability for party in told.reinsurers] == [0.0]
    assert told.flags == (
        "no reinsurer has a rating or a default probability: all are taken to pay",
    )
    told = found(pool(), programme([("R", A)]))
    assert [party.default_probability for party in told.members] == [0.0, 0.0]
    assert told.flags == ("no member has a rating or a default probability: all are taken to pay",)
    assert found(pool(A, A), Programme()).flags == ()


def test_what_is_said_once_holds_in_every_treaty_and_role():
    told = found(pool(A, BB), programme([("R", A)], [("R", {})], [("B", {})]))
    assert [(p.name, p.default_probability) for p in told.reinsurers] == [
        ("R", default_rates().rating.of("A")), ("B", default_rates().rating.of("BB")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "placed", "pointer", "words"),
    [
        (pool(A), programme(), "/pool/members/1/rating", "must be given for 'B' too"),
        (pool(A, A), programme([("R", A), ("S", {})]),
         "/programme/treaties/0/reinsurers/1/rating", "must be given for 'S' too"),
        (pool(A, {"rating": "Aaa"}), programme(), "/pool/members/1/rating", "must be one of AAA"),
        (pool(A, {"recovery": 0.5}), programme(), "/pool/members/1/recovery", "beside a rating"),
        (pool(), programme([("R", A)], [("R", BB)]),
         "/programme/treaties/1/reinsurers/0/rating", "must be the same wherever 'R' is named"),
        (pool(A, A), programme([("B", BB)]),
         "/programme/treaties/0/reinsurers/0/rating", "must be the same wherever 'B'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_refused_and_where(made, placed, pointer, words):
    told = faults(made, placed)
    assert words in told[pointer]
