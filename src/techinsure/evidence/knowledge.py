"""What is known of one parameter beside own data: opinions of experts, analogues, a robust share.

The order of their use is fixed: the product's prior, experts, analogues, the
robust share, own data.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.analogues import Analogue, unsound
from techinsure.evidence.elicitation import Elicitation, Expert, Family
from techinsure.quantities import (
    FORBID,
    Check,
    Count,
    Name,
    Real,
    each,
    is_level,
    number,
    optional,
    refuse_unless,
    text,
)

MOST = 20
"""Experts, and analogues, of one parameter."""


def _at_most(field: str, value: tuple[object, ...]) -> Iterator[Fault]:
    if len(value) > MOST:
        fix = "merge those that say the same"
        yield Fault(field, len(value), f"must have at most {MOST} entries", fix)


_entries: Check = each(lambda *_: ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What `experts` said of a `parameter` (the `question` they were asked, the `family` of laws
    fitted to their quantiles), what `analogues` lend, and with which probability all of it is
    wrong (`robust`: the weight of a vague law beside it, a judgement).

    `product_weight`: of the product's own prior as one further opinion, beside experts whose
    weights sum to 1 among themselves; 0 puts them in its place. `version`, `change` and
    `replaces` are those of an `Elicitation`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: Name
    question: str = ""
    family: Family | None = None
    product_weight: Real | None = None
    experts: tuple[Expert, ...] = ()
    version: Count = 1
    change: str = ""
    replaces: str = ""
    analogues: tuple[Analogue, ...] = ()
    robust: Real | None = None

    def __post_init__(self) -> None:
        refuse_unless(
            self, parameter=text(), product_weight=optional(is_level), experts=_entries,
            analogues=_entries,
            robust=optional(number("must be in (0, 1)", lambda value: 0 < value < 1)),
        )  # fmt: skip
        faults = [*_at_most("experts", self.experts), *_at_most("analogues", self.analogues)]
        faults += unsound(self.analogues)
        faults += self._about_experts() if self.experts else self._without_experts()
        if not self.experts and not self.analogues and self.robust is None:
            fix = "give experts, analogues or robust, or leave the entry out"
            faults.append(Fault("experts", (), "must not be empty", fix))
        if faults:
            raise InvalidParameter(faults)
        if self.experts:
            assert self.elicitation is not None

    def _about_experts(self) -> Iterator[Fault]:
        """What must be said where experts are heard."""
        if self.product_weight is None:
            fix = "0 puts the experts in its place; 0.2 keeps it as an opinion of that weight"
            yield Fault("product_weight", None, "is required with experts", fix)
        if self.family is None:
            fix = "beta for a probability or a share, gamma for a rate, lognormal for an amount"
            yield Fault("family", None, "is required with experts", fix)

    def _without_experts(self) -> Iterator[Fault]:
        """What has no meaning where none is."""
        for name in ("question", "family", "product_weight", "change", "replaces"):
            value = getattr(self, name)
            if value not in (None, ""):
                yield Fault(name, value, "must be left out without experts")

    @property
    def elicitation(self) -> Elicitation | None:
        """The record of what the experts said; None without experts."""
        if not self.experts or self.family is None:
            return None
        return Elicitation(
            parameter=self.parameter, question=self.question, family=self.family,
            experts=self.experts, version=self.version, change=self.change,
            replaces=self.replaces,
        )  # fmt: skip

    @property
    def ordered(self) -> "Knowledge":
        """The same with experts and analogues by name."""
        record = self.elicitation
        return replace(
            self, experts=() if record is None else record.ordered,
            analogues=tuple(sorted(self.analogues, key=lambda one: one.name)),
        )  # fmt: skip
