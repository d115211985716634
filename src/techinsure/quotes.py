"""A price request and the quote that answers it: what goes in, what comes out, how it prints."""

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.experience import Experience
from techinsure.evidence.updating import Update
from techinsure.pricing.waterfall import Waterfall
from techinsure.product import UNKNOWN, Evidence
from techinsure.quantities import (
    FORBID,
    Estimate,
    Name,
    Real,
    is_date,
    optional,
    refuse_unless,
    text,
)
from techinsure.receipt import Receipt, plain
from techinsure.simulation import Simulation

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Insured:
    """Who is insured. `stage` (startup, growth, mature) and `factors` (name -> level) are
    checked against the product; what is not given is rated at its `unknown` level."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name = "insured"
    stage: str = UNKNOWN
    factors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_unless(self, name=text(200), stage=text(40))


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRequest:
    """What is to be priced. `exposure` is the loss model's record (its fields follow from the
    product: see the product's `input_schema`); `terms` holds the policy form under `form` and
    any term of the product by name; `as_of` is a day, such as 2026-11-24. `experience`: own data
    that update the product's priors before it prices."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: Name
    insured: Insured = field(default_factory=Insured)
    exposure: dict[str, Any]
    terms: dict[str, str | Real] = field(default_factory=dict)
    simulation: Simulation = field(default_factory=Simulation)
    as_of: str | None = None
    experience: Experience | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, as_of=optional(is_date))
        try:  # the caller may change its own dicts for the next request
            for name in ("exposure", "terms"):
                object.__setattr__(self, name, deepcopy(getattr(self, name)))
        except RecursionError:
            fault = Fault("exposure", "...", "must not be nested so deeply")
            raise InvalidParameter([fault]) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedFactor:
    """One rating factor as applied: its level, what it moved and by how much, and the evidence.

    The clip of combined relativities is a line of its own, named `clip`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    level: str
    target: str
    relativity: float
    error: float
    grade: str
    source: str
    assumed: bool
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Premium:
    """The premium: `pure` expected claims, `risk_margin` for capital, each loading, `charged`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pure: Estimate
    risk_margin: Estimate
    loadings: dict[str, Estimate]
    charged: Estimate
    waterfall: Waterfall

    def __str__(self) -> str:
        return f"charged {self.charged}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Where expected claims lie, at two `levels`, when the parameters (and the common factors of
    a year) are drawn instead of averaged: what is not known, beside the error of simulation."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    low: Estimate
    high: Estimate
    levels: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """How the risk margin came about: `tail` is the risk's share of TVaR in the reference
    portfolio, `stand_alone_tvar` its own TVaR (shown, never charged)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rate: float
    level: float
    tail: Estimate
    basis: str
    reference_items: int
    stand_alone_tvar: Estimate
    stand_alone_capital: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A price with everything needed to defend it and to recompute it; `updates`: what own data
    made of the priors."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: str
    product_version: str
    insured: str
    currency: str
    sum_insured: float
    term_months: float
    premium: Premium
    rate: Estimate
    claim_probability: Estimate
    expected_claims: Estimate
    payout_1_in_20: Estimate
    payout_1_in_200: Estimate
    pure_range: Range | None
    simulated_pure: Estimate
    z_score: float
    margin: Margin
    factors: tuple[AppliedFactor, ...]
    assumed: tuple[str, ...]
    terms: dict[str, str | float]
    order_of_terms: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    updates: tuple[Update, ...]
    warnings: tuple[str, ...]
    receipt: Receipt
    request: PriceRequest

    def to_dict(self) -> dict[str, Any]:
        """The quote as JSON can hold it."""
        return dict(plain(self))

    def to_frame(self) -> "pd.DataFrame":
        """The premium line by line: line, amount, standard_error, pays_for."""
        import pandas as pd

        steps = self.premium.waterfall.steps
        return pd.DataFrame({
            "line": [step.name for step in steps],
            "amount": [step.amount.value for step in steps],
            "standard_error": [step.amount.standard_error or 0.0 for step in steps],
            "pays_for": [step.pays_for for step in steps],
        })  # fmt: skip

    def explain(self) -> str:
        """In words: where the price comes from, what was assumed, how good the evidence is."""
        return "\n".join(_explanation(self))

    def __str__(self) -> str:
        return (
            f"{self.product} for {self.insured}: {self.premium}, rate {100 * self.rate.value:.3f}% "
            f"of {self.sum_insured:,.0f} {self.currency}; a claim has probability "
            f"{100 * self.claim_probability.value:.2f}%"
        )


def _explanation(quote: Quote) -> Iterator[str]:
    yield str(quote)
    for step in quote.premium.waterfall.steps:
        yield f"  {step.name.replace('_', ' '):<18}{step.amount!s:>28}  {step.pays_for}"
    if quote.pure_range is not None:
        low, high = quote.pure_range.levels
        yield (
            f"  what is not known: expected claims lie between {quote.pure_range.low} and "
            f"{quote.pure_range.high} in {high - low:.0%} of the draws of parameters and common "
            "factors; every ± is the error of simulation alone"
        )
    margin = quote.margin
    yield (
        f"  risk margin: {margin.rate:.0%} of the risk's share of TVaR {margin.level:.1%} in a "
        f"reference portfolio of {margin.reference_items} items ({margin.basis.replace('_', ' ')})"
        f" less its mean; alone it would need {margin.stand_alone_capital}"
    )
    for factor in quote.factors:
        assumed = ", assumed: not given" if factor.assumed else ""
        yield (
            f"  {factor.name} = {factor.level}: {factor.target} x {factor.relativity:.4g} "
            f"(grade {factor.grade}{assumed})"
        )
    for one in quote.updates:
        yield (
            f"  own data: {one.parameter} {one.prior.mean:.4g} -> {one.posterior.mean:.4g}, "
            f"{one.events:g} in {one.base:,.6g} {one.unit}; they weigh {one.weight:.0%}"
        )
    grades = Counter(entry.grade for entry in quote.evidence)
    shown = ", ".join(f"{grades[grade]} of grade {grade}" for grade in sorted(grades))
    yield f"  the model's numbers: {shown} (A own claims, B market, C analogue, D opinion)"
    for warning in quote.warnings:
        yield f"  warning: {warning}"
