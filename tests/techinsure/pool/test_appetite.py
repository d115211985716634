import pytest

from techinsure.errors import InvalidParameter
from techinsure.pool.appetite import AccumulationCapacity, Appetite, appetite_for, within


@pytest.mark.parametrize(
    ("kind", "written", "fits"),
    [
        ("rd_loss/chip", "rd_loss", True),
        ("rd_loss/chip", "rd_loss/chip", True),
        ("rd_loss", "rd_loss/chip", False),
        ("rd_loss_two", "rd_loss", False),
        ("patent", "rd_loss", False),
    ],
)
def test_a_class_is_within_its_product_and_not_the_other_way_round(kind, written, fits):
    assert within(kind, written) is fits


def test_the_entry_of_the_class_comes_before_that_of_the_product():
    entries = [
        Appetite(writes="rd_loss", maximum="0.2"), Appetite(writes="rd_loss/chip", maximum="0.05"),
    ]  # fmt: skip
    assert appetite_for("rd_loss/chip", entries).maximum == "0.05"
    assert appetite_for("rd_loss/general", entries[::-1]).maximum == "0.2"
    assert appetite_for("patent", entries) is None


def test_what_is_refused():
    with pytest.raises(InvalidParameter, match=r"maximum must be in \[0, 1\], got '3/2'"):
        Appetite(writes="rd_loss", maximum="3/2")
    with pytest.raises(InvalidParameter, match="basis must be one of park"):
        AccumulationCapacity(basis="town", most=1.0)
    with pytest.raises(InvalidParameter, match="most must be > 0"):
        AccumulationCapacity(basis="park", most=0.0)
