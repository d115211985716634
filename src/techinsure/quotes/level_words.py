"""Terms of sites, policies and other levels in words, as a quote prints them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.level_terms import (
    Amount,
    Deductible,
    Franchise,
    Layer,
    Level,
    LevelTerms,
    Measure,
    ShareOfLoss,
    ShareOfSumInsured,
    VanishingDeductible,
)
from techinsure.quantities import FORBID

PERCENT = 100

PER = {
    "event": "each event",
    "policy_year": "each policy year",
    "term": "the whole term",
}
"""What terms are of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelInWords:
    """What one level does with the losses of one `group` of its label, each of `terms` in the
    order in which it applies; `causes`: which losses it sees, none said: all."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    level: str
    by: str
    group: str
    per: str
    causes: tuple[str, ...]
    terms: tuple[str, ...]


def in_words(levels: Sequence[Level]) -> Iterator[LevelInWords]:
    """Each group of each level, lowest level first; `*` stands for each group not named."""
    for level in levels:
        for group, terms in level.terms.items():
            yield LevelInWords(
                level=level.name,
                by=level.by,
                group=group,
                per=PER[level.per],
                causes=level.causes,
                terms=tuple(_said(terms)) or ("nothing: losses pass as they are",),
            )


def _said(terms: LevelTerms) -> Iterator[str]:
    yield from _periods(terms)
    if terms.deductible is not None:
        yield _deductible(terms.deductible)
    if terms.minimum_deductible is not None:
        yield f"at least {_measure(terms.minimum_deductible)} deducted by all levels so far"
    if terms.maximum_deductible is not None:
        yield f"at most {_measure(terms.maximum_deductible)} deducted by all levels so far"
    if terms.limit is not None:
        yield f"limit {_measure(terms.limit)}"
    yield from map(_layer, terms.layers)
    if terms.insured_share:
        yield f"insured share {_percent(terms.insured_share)}"


def _periods(terms: LevelTerms) -> Iterator[str]:
    if terms.waiting:
        yield f"waiting period of {terms.waiting:g} years"
    if terms.retroactive is not None:
        yield f"retroactive date {terms.retroactive:g} years after the start"
    if terms.claims_made:
        later = terms.extended_reporting
        yield (
            f"claims made, reported within {later:g} years after the end"
            if later
            else ("claims made, reported before the end")
        )
    if terms.indemnity is not None:
        yield f"indemnity period of {terms.indemnity:g} years"


def _deductible(deductible: Deductible) -> str:
    match deductible:
        case Franchise(threshold=threshold):
            return f"franchise {_measure(threshold)}"
        case VanishingDeductible(start=start, end=end):
            return f"deductible {_amount(start)}, vanishing up to a loss of {_amount(end)}"
        case measure:
            return f"deductible {_measure(measure)}"


def _measure(measure: Measure) -> str:
    match measure:
        case Amount(amount=amount):
            return _amount(amount)
        case ShareOfLoss(share=share):
            return f"{_percent(share)} of the loss"
        case ShareOfSumInsured(share=share):
            return f"{_percent(share)} of the sum insured"


def _layer(layer: Layer) -> str:
    of, above = _percent(layer.share), _amount(layer.attachment)
    if layer.limit is None:
        return f"layer {layer.name}: {of} of what is above {above}"
    return f"layer {layer.name}: {of} of {_amount(layer.limit)} above {above}"


def _amount(amount: float) -> str:
    """Every digit of it, thousands apart."""
    whole = f"{amount:,.2f}" if round(amount, 2) == amount else f"{amount:,}"
    return whole.removesuffix(".00")


def _percent(share: float) -> str:
    return f"{PERCENT * share:.12g}%"
