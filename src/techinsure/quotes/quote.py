"""The quote that answers a price request: the premium line by line and what it rests on."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ConfigDict

from techinsure.evidence.updating import Update
from techinsure.money import Owed
from techinsure.pricing.subsidies.multi_year import Subsidies
from techinsure.pricing.waterfall import Waterfall
from techinsure.product import Evidence
from techinsure.quantities import FORBID, Estimate
from techinsure.quotes.level_words import LevelInWords
from techinsure.quotes.over_time import OverTime
from techinsure.quotes.request import PriceRequest
from techinsure.receipt import IF_SET, Receipt, plain
from techinsure.tolerance import Tolerance

if TYPE_CHECKING:
    import pandas as pd

Language = Literal["en", "zh"]
"""The languages that a quote explains itself in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """An option priced on the random numbers of the request: what is charged, and `difference`,
    that less the charge of the risk as asked for, with the error of the difference."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    charged: Estimate
    difference: Estimate
    pure: Estimate
    pure_difference: Estimate
    sum_insured: float
    claim_probability: Estimate
    payout_1_in_200: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyYearPremium:
    """What one policy year costs of the whole premium, in proportion to its expected claims;
    `start`, `end` in years since inception; `rate`: of the sum insured, for a full year."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    start: float
    end: float
    share: Estimate
    premium: Owed
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """What is to be paid, in minor units: `premium` = `state` + `others` + `insured`; `vat` comes
    on top, shown apart. `years`: the premium by policy year, which sums to it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    premium: Owed
    state: Owed
    others: Owed
    insured: Owed
    vat: Owed
    years: tuple[PolicyYearPremium, ...]
    subsidy: Subsidies | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByPrinciple:
    """What another premium principle would charge for the policy alone, at its `parameter`'s
    `value`: before loadings (`technical`) and after (`charged`); or `refused`, in words."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    principle: str
    parameter: str
    value: float
    technical: Estimate | None
    charged: Estimate | None
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurePart:
    """Expected claims of one class of items by one cause, as simulated."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    risk_class: str
    cause: str
    mean: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One figure by both engines; `z_score`: simulated less exact, in standard errors (of the
    simulation and of the lattice together)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    exact: Estimate
    simulated: Estimate
    z_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """What one factor or term adds to the charged premium; `level`: what it is set to."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    level: str
    contribution: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """From the `base` premium, of the same exposure with no factor applied and the product's own
    terms, to `charged`: `parts`, in order of application, sum to the difference."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    base: Estimate
    parts: tuple[Driver, ...]
    charged: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedFactor:
    """One rating factor as applied: its level, what it moved and by how much, and the evidence.

    The clip of combined relativities is a line of its own, named `clip`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    title: dict[str, str]
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
    """The premium: `pure` expected claims, `risk_margin` for capital, each loading, `charged`.

    `sparse_data`: what few data cost, in expected claims and in capital, before loadings;
    `loss_ratio`: expected claims over charged; `vat`, shown apart from what is charged.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pure: Estimate
    risk_margin: Estimate
    sparse_data: Estimate
    loadings: dict[str, Estimate]
    charged: Estimate
    loss_ratio: Estimate
    vat: Estimate
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
    portfolio, `capital` that share less the mean, with parameters at their best estimates, with
    drawn ones, and with dependence besides; `stand_alone_tvar` its own TVaR (shown, never
    charged)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rate: float
    level: float
    tail: Estimate
    basis: str
    reference_items: int
    capital: dict[str, Estimate]
    stand_alone_tvar: Estimate
    stand_alone_capital: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A price with everything needed to defend it and to recompute it; `updates`: what own data
    made of the priors; `terms_by_level`: terms of sites or policies in words, lowest first;
    `over_time`: what several years or a yield would do to the price, not in it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: str
    product_version: str
    title: dict[str, str]
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
    engines: tuple[Agreement, ...]
    tolerance: Tolerance | None
    breakdown: tuple[PurePart, ...]
    principles: tuple[ByPrinciple, ...]
    payable: Payable
    margin: Margin
    factors: tuple[AppliedFactor, ...]
    assumed: tuple[str, ...]
    terms: dict[str, str | float]
    order_of_terms: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    updates: tuple[Update, ...]
    warnings: tuple[str, ...]
    drivers: Drivers | None
    alternatives: tuple[Alternative, ...]
    receipt: Receipt
    request: PriceRequest
    terms_by_level: tuple[LevelInWords, ...] = field(default=(), metadata=IF_SET)
    over_time: OverTime | None = field(default=None, metadata=IF_SET)

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

    def explain(self, language: Language = "en") -> str:
        """In words, English or Chinese: what drives the price, which factors moved it most, which
        numbers are opinion, what is not known."""
        from techinsure.quotes.explanation import explained

        return "\n".join(explained(self, language))

    def __str__(self) -> str:
        return (
            f"{self.product} for {self.insured}: {self.premium}, rate {100 * self.rate.value:.3f}% "
            f"of {self.sum_insured:,.0f} {self.currency}; a claim has probability "
            f"{100 * self.claim_probability.value:.2f}%"
        )
