"""Parties outside the pool: their names are theirs alone, wherever an insurer is named."""

import pytest

from techinsure.accounts.cessions import ShareTreaty
from techinsure.accounts.pool_treaties import PoolTreaty
from techinsure.errors import InvalidParameter
from techinsure.outside_parties import OUTSIDE_PARTIES, insurer
from techinsure.pool.members import Member
from techinsure.pool.sign_down import ProportionalCession
from techinsure.pool.splitting import LineInForce
from techinsure.reading import read
from techinsure.reinsurance.placing import Reinsurer

LAYER = {
    "name": "XL", "starts": "2026-01-01", "ends": "2026-12-31",
    "treaty": {"kind": "excess_of_loss", "basis": "event", "attachment": 100, "limit": 5000},
}  # fmt: skip

NAMED = {
    "member": lambda name: Member(name=name, written="1/2", capital_and_reserves=1e9),
    "line": lambda name: LineInForce(member=name, share="1/2"),
    "reinsurer": lambda name: Reinsurer(name=name, share="1"),
    "cession": lambda name: ProportionalCession(reinsurer=name, share="1/2"),
    "share": lambda name: ShareTreaty(name="Q", reinsurer=name, members=("A",), share="1/2"),
    "layer": lambda name: read(PoolTreaty, {**LAYER, "reinsurers": {name: "1"}}),
}


@pytest.mark.parametrize("what", NAMED)
def test_no_insurer_bears_the_name_of_an_outside_party(what):
    NAMED[what]("Re")
    for name in (*OUTSIDE_PARTIES, "State", " policyholder "):
        with pytest.raises(InvalidParameter, match="the name of a party outside the pool"):
            NAMED[what](name)


def test_the_parties_of_a_book_are_all_listed():
    assert set(OUTSIDE_PARTIES) == {
        "unplaced", "outside the order", "policyholder", "policyholders", "intermediary",
        "third party", "tax authority", "guarantee fund", "state",
    }  # fmt: skip
    assert not list(insurer("name", "state insurer"))
    assert [fault.bound for fault in insurer("name", "")] == ["must have 1 to 200 characters"]
