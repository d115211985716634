import pytest

from techinsure.accounts.events import ChangeOfLines, Claim, Event, Payment
from techinsure.errors import InvalidParameter
from techinsure.reading import read

CLAIM = {
    "kind": "claim", "reference": "C", "booked": "2026-05-01", "policy": "P",
    "amount_minor": "730000100", "loss_date": "2026-04-01", "paid_by": "A",
}  # fmt: skip


def test_the_kind_decides_the_record_and_money_is_whole():
    event = read(Event, CLAIM)
    assert isinstance(event, Claim)
    assert event.amount_minor == 730_000_100
    assert event.when.day == "2026-05-01"
    assert read(Event, {**CLAIM, "value_date": "2026-04-02"}).when.value_date == "2026-04-02"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount_minor": "0"}, "/amount_minor"),
        ({"amount_minor": 1.5}, "/amount_minor"),
        ({"amount_minor": "1.00"}, "/amount_minor"),
        ({"booked": "2026-02-30"}, "/booked"),
        ({"loss_date": "1 April"}, "/loss_date"),
        ({"value_date": "soon"}, "/value_date"),
        ({"paid_by": ""}, "/paid_by"),
        ({"paidby": "A"}, "/paidby"),
    ],
)
def test_what_is_wrong_with_an_event_has_its_place(change, pointer):
    with pytest.raises(InvalidParameter) as found:
        read(Event, CLAIM | change)
    assert found.value.faults[0].pointer == pointer


def test_an_event_that_is_not_understood_is_refused():
    with pytest.raises(
        InvalidParameter, match=r"kind must be one of .*claim, .*got 'clam'"
    ) as found:
        read(Event, {**CLAIM, "kind": "clam"})
    (fault,) = found.value.faults
    assert (fault.pointer, fault.fix) == ("/kind", "did you mean 'claim'?")
    with pytest.raises(InvalidParameter, match="is required"):
        read(Event, {"kind": "claim"})


def test_lists_and_lines_are_checked():
    when = {"reference": "X", "booked": "2026-05-01"}
    with pytest.raises(InvalidParameter, match=r"accounts\[0\] must be one of"):
        Payment(debtor="A", creditor="B", accounts=("claims",), **when)
    with pytest.raises(InvalidParameter, match=r"written\.A must be a fraction such as"):
        ChangeOfLines(written={"A": "half"}, **when)
    with pytest.raises(InvalidParameter, match="unearned_minor must be in"):
        ChangeOfLines(unearned_minor=-1, **when)
