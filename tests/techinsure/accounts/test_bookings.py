from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from techinsure.accounts.bookings import Booking, Settled
from techinsure.accounts.payments import pay
from techinsure.errors import InvalidParameter
from techinsure.reading import read
from tests.techinsure.accounts.account_cases import a_claim, day

SHARE = Settled(reference="C", account="claim_share", debtor="B", creditor="A", amount_minor=30)


def test_a_booking_has_its_quarter_and_parties():
    claim = a_claim(100, booked="2026-06-30")
    assert (claim.reference, claim.quarter, claim.parties) == ("C", "2026Q2", ("A", "B", "C"))
    assert claim.subject.loss_date == "2026-03-02"
    with pytest.raises(AttributeError):
        claim.booked = "2026-07-01"


def test_cash_names_what_it_settles():
    paid = pay([SHARE], "Z", "CNY", day("2026-05-01"))
    with pytest.raises(InvalidParameter, match="must be what cash and set-off move"):
        replace(paid, settles=())
    with pytest.raises(InvalidParameter, match="of 'B' they differ"):
        replace(paid, settles=(replace(SHARE, amount_minor=29),))
    with pytest.raises(InvalidParameter, match="must be what cash and set-off move"):
        replace(a_claim(100), settles=(SHARE,))


def test_all_faults_are_found():
    claim = a_claim(100)
    with pytest.raises(InvalidParameter) as refused:
        replace(claim, booked="1 May", value_date="", due="2026-02-30")
    assert [fault.field for fault in refused.value.faults] == ["booked", "value_date", "due"]
    with pytest.raises(InvalidParameter, match="amount_minor must not be 0"):
        replace(SHARE, amount_minor=0)
    with pytest.raises(InvalidParameter, match="account must be one of"):
        replace(SHARE, account="claims")


def test_the_wire_form_comes_back():
    for booking in (a_claim(730000100), pay([SHARE], "Z", "CNY", day("2026-05-01"))):
        wire = TypeAdapter(Booking).dump_python(booking, mode="json")
        assert read(Booking, wire) == booking
