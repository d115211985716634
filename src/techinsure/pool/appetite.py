"""What a member may write and will: licence, appetite, capacity for what one event can reach.

A kind of risk is a product (`rd_loss`) or a class of it (`rd_loss/chip`), as a portfolio names its
risk classes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.money import line
from techinsure.pool.accumulation import BASES, Basis
from techinsure.quantities import (
    FORBID,
    Line,
    Name,
    Real,
    one_of,
    optional,
    positive,
    refuse_unless,
    text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appetite:
    """A kind of risk that a member `writes`, with the `maximum` line it signs of one such risk, a
    share of the whole (None: what it wrote)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    writes: Name
    maximum: Line | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, writes=text(), maximum=optional(line()))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccumulationCapacity:
    """The `most` that a member carries in one group of `basis`, net of proportional reinsurance,
    currency units: in the group `name`, or in each (None)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    basis: Basis
    most: Real
    name: Name | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, basis=one_of(*BASES), most=positive, name=optional(text()))


def within(kind: str, written: str) -> bool:
    """Whether risks of `kind` are of the kind `written`: the same, or a class of that product."""
    return kind == written or kind.startswith(f"{written}/")


def appetite_for(kind: str, appetite: Iterable[Appetite]) -> Appetite | None:
    """The entry that holds for a kind of risk: that of its class before that of its product."""
    fitting = [entry for entry in appetite if within(kind, entry.writes)]
    return max(fitting, key=lambda entry: len(entry.writes), default=None)
