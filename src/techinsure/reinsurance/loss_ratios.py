"""Layers in money or in loss ratios: the unit is written, never guessed from a magnitude."""

from collections.abc import Iterator
from typing import Literal, Protocol

from techinsure.errors import Fault
from techinsure.quantities import Check, optional, positive

Unit = Literal["amount", "loss_ratio"]
UNITS = ("amount", "loss_ratio")


class HasUnit(Protocol):
    """A layer in `unit`; loss ratios are of `subject_premium`, a year's, currency units."""

    @property
    def unit(self) -> Unit: ...
    @property
    def subject_premium(self) -> float | None: ...


def goes_with_unit(layer: HasUnit) -> Check:
    """A check of `subject_premium`: there for loss ratios, and for them alone."""

    def check(field: str, value: object) -> Iterator[Fault]:
        yield from optional(positive)(field, value)
        if layer.unit == "loss_ratio" and value is None:
            fix = "state a year's subject premium, or give amounts"
            yield Fault(field, value, "is required when unit is 'loss_ratio'", fix)
        if layer.unit == "amount" and value is not None:
            fix = "leave it out, or set unit to 'loss_ratio'"
            yield Fault(field, value, "must be absent when unit is 'amount'", fix)

    return check


def in_money(layer: HasUnit, value: float) -> float:
    """`value`, which is in the layer's unit, in currency units."""
    return value * (1.0 if layer.subject_premium is None else layer.subject_premium)
