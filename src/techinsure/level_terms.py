"""Terms of a level of a policy: an item, a site, a risk unit, a whole policy.

A policy is a list of levels, lowest first. Each has terms for its groups (this site, that policy)
and says what they are of: one event, one policy year, or the whole term. Units are in the type: no
share is told from an amount by its size. `cover_levels` applies them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import (
    FORBID,
    Name,
    Real,
    between,
    fraction,
    is_amount,
    is_amount_or_zero,
    not_negative,
    one_of,
    optional,
    positive,
    refuse_unless,
    text,
)

EVERY = "*"
"""In the terms of a level: each group that is not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An amount in currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["fixed_amount"] = "fixed_amount"
    amount: Real

    def __post_init__(self) -> None:
        refuse_unless(self, amount=is_amount_or_zero)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOfLoss:
    """A share of the loss that reaches the level: what the levels below left of it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["share_of_loss"] = "share_of_loss"
    share: Real

    def __post_init__(self) -> None:
        refuse_unless(self, share=fraction)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOfSumInsured:
    """A share of the sums insured of all items of the group, hit or not."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["share_of_sum_insured"] = "share_of_sum_insured"
    share: Real

    def __post_init__(self) -> None:
        refuse_unless(self, share=fraction)


Trigger = Literal["losses_occurring", "claims_made"]
TRIGGERS = ("losses_occurring", "claims_made")

Measure = Annotated[Amount | ShareOfLoss | ShareOfSumInsured, Field(discriminator="kind")]
"""What a deductible or a limit is measured in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Franchise:
    """A loss up to `threshold` is not paid, a larger one in full."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["franchise"] = "franchise"
    threshold: Amount | ShareOfSumInsured


@dataclass(frozen=True, slots=True, kw_only=True)
class VanishingDeductible:
    """All of a loss up to `start`; then falling in a straight line, none from `end` on (currency
    units): start * (end - loss) / (end - start) between.

    Source: Klugman, Panjer & Willmot, Loss Models, exercises on coverage modifications
    (disappearing deductible).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["vanishing"] = "vanishing"
    start: Real
    end: Real

    def __post_init__(self) -> None:
        refuse_unless(self, start=is_amount, end=is_amount)
        if not self.start < self.end:
            fix = "say from which loss on nothing is deducted"
            raise InvalidParameter([Fault("end", self.end, f"must be > start {self.start:g}", fix)])


Deductible = Annotated[
    Amount | ShareOfLoss | ShareOfSumInsured | Franchise | VanishingDeductible,
    Field(discriminator="kind"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The insurer's `share` of the loss above `attachment`, at most `limit` of it (None: all);
    currency units, of 100%."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    attachment: Real = 0.0
    limit: Real | None = None
    share: Real = 1.0

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            name=text(),
            attachment=is_amount_or_zero,
            limit=optional(is_amount),
            share=fraction,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelTerms:
    """Terms of one group, in the order in which they apply; None = no such term.

    Times in years. No loss is paid that is dated before `waiting` (since its item's inception),
    before `retroactive` (since the cohort's start; may be < 0), or `indemnity` or more after the
    first loss of its event in the group. Under the `trigger` claims_made none is paid either that
    is reported before its item's inception, or later than `extended_reporting` after the end of
    its term; a retroactive date that is not given is then the item's inception.
    `minimum_deductible` and `maximum_deductible` bound what this level and those below deduct
    together. `layers` stand side by side over the same loss. `insured_share` is what the
    policyholder keeps of the payment.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    waiting: Real = 0.0
    retroactive: Real | None = None
    indemnity: Real | None = None
    trigger: Trigger = "losses_occurring"
    extended_reporting: Real = 0.0
    deductible: Deductible | None = None
    minimum_deductible: Measure | None = None
    maximum_deductible: Measure | None = None
    limit: Measure | None = None
    layers: tuple[Layer, ...] = ()
    insured_share: Real = 0.0

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            waiting=not_negative,
            retroactive=optional(between(-100, 100, "write years since the cohort's start")),
            indemnity=optional(positive),
            trigger=one_of(*TRIGGERS),
            extended_reporting=not_negative,
            insured_share=fraction,
        )
        faults = [*_crossed(self), *_layer_faults(self.layers), *_reporting_faults(self)]
        if faults:
            raise InvalidParameter(faults)

    @property
    def claims_made(self) -> bool:
        """Whether it matters when a loss was reported."""
        return self.trigger == "claims_made"

    @property
    def bounds_deductibles(self) -> bool:
        """Whether deductibles of the levels below matter here."""
        return self.minimum_deductible is not None or self.maximum_deductible is not None

    @property
    def shares(self) -> bool:
        """Whether only a part is paid, so that no deductible can be given back after."""
        return self.insured_share > 0 or bool(self.layers)


def _crossed(terms: LevelTerms) -> Iterator[Fault]:
    """A minimum above the maximum, where both are of one kind; else it is told when applied."""
    match terms.minimum_deductible, terms.maximum_deductible:
        case Amount(amount=low), Amount(amount=high):
            pass
        case ShareOfLoss(share=low), ShareOfLoss(share=high):
            pass
        case ShareOfSumInsured(share=low), ShareOfSumInsured(share=high):
            pass
        case _:
            return
    if low > high:
        fix = "the minimum is the smaller of both"
        yield Fault("minimum_deductible", low, f"must be <= maximum_deductible {high:g}", fix)


def _reporting_faults(terms: LevelTerms) -> Iterator[Fault]:
    if terms.extended_reporting and not terms.claims_made:
        bound = "must be 0 unless trigger is 'claims_made'"
        fix = "say trigger = 'claims_made', or leave it out"
        yield Fault("extended_reporting", terms.extended_reporting, bound, fix)


def _layer_faults(layers: tuple[Layer, ...]) -> Iterator[Fault]:
    names = [layer.name for layer in layers]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield Fault("layers", name, "must have names of their own", "name each layer once")


Per = Literal["event", "policy_year", "term"]

GiveBack = Literal["by_payment", "by_deductible"]

PERS = ("event", "policy_year", "term")
GIVE_BACKS = ("by_payment", "by_deductible")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Terms of the groups that a label makes of items.

    `by` names the label (`site`, `policy`, ...); `terms` are by a group's name, those of `EVERY`
    for each group not named. `per` is what they are of: each event, each policy year, or all of
    the term together; the last two are used up in order of time. Only losses from `causes` are
    seen (none said: all); the others pass. What a maximum deductible gives back goes to the losses
    of a group by what they are paid so far, or by what was deducted of them: only by the latter no
    loss is paid more than itself.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    by: Name
    terms: Mapping[str, LevelTerms]
    per: Per = "event"
    causes: tuple[Name, ...] = ()
    give_back: GiveBack = "by_payment"

    def __post_init__(self) -> None:
        refuse_unless(
            self, name=text(), by=text(), per=one_of(*PERS), give_back=one_of(*GIVE_BACKS)
        )
        faults = [
            fault
            for group, terms in self.terms.items()
            for fault in _not_over_time(group, terms)
            if self.per != "event"
        ]
        if not self.terms:
            fix = f"give the terms of a group, or of {EVERY!r} for each"
            faults.append(Fault("terms", {}, "must have at least 1 entry", fix))
        if faults:
            raise InvalidParameter(faults)
        object.__setattr__(self, "terms", MappingProxyType(dict(self.terms)))

    @property
    def claims_made(self) -> bool:
        """Whether it matters to the terms of some group when a loss was reported."""
        return any(terms.claims_made for terms in self.terms.values())

    def of(self, names: Sequence[str]) -> "Level":
        """The level with its groups by name, so that it holds for no others."""
        if EVERY not in self.terms:
            return self
        every = self.terms[EVERY]
        return replace(self, terms={name: self.terms.get(name, every) for name in names})

    def renamed(self, suffix: str) -> "Level":
        """The level of groups whose names end in `suffix`."""
        terms = {n if n == EVERY else n + suffix: one for n, one in self.terms.items()}
        return replace(self, terms=terms)


def _not_over_time(group: str, terms: LevelTerms) -> Iterator[Fault]:
    """What is of one loss has no meaning for a sum that grows over time."""
    for name in ("deductible", "minimum_deductible", "maximum_deductible", "limit"):
        value, aggregate = getattr(terms, name), name in ("deductible", "limit")
        if value is None or (aggregate and isinstance(value, Amount | ShareOfSumInsured)):
            continue
        bound = "must be an amount or a share of the sum insured" if aggregate else "must be none"
        fix = "put it on a level per event"
        yield Fault(f"terms.{group}.{name}", value.kind, f"{bound} unless per is 'event'", fix)
    if terms.indemnity is not None:
        fix = "put it on a level per event"
        bound = "must be none unless per is 'event'"
        yield Fault(f"terms.{group}.indemnity", terms.indemnity, bound, fix)


def joined(lists: Sequence[Sequence[Level]]) -> tuple[Level, ...]:
    """The levels of several lists, each on groups of its own: levels of all lists that are alike
    but for their terms become one, and others follow one another."""
    kinds = {
        tuple((o.name, o.by, o.per, o.causes, o.give_back) for o in levels) for levels in lists
    }
    if len(kinds) > 1:
        return tuple(level for levels in lists for level in levels)
    return tuple(
        replace(alike[0], terms={name: t for level in alike for name, t in level.terms.items()})
        for alike in zip(*lists, strict=True)
    )
