"""Time beside a price, never in it: capital held for several years, claims paid later, a yield.

Why neither is in the price: `docs/decisions/0005-terms-of-several-years.md`.
"""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.pricing.over_time.multi_year import Instalments, Yields
from techinsure.quantities import (
    FORBID,
    Estimate,
    Real,
    between,
    is_date,
    refuse_unless,
    text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A yield to look at a price with: `rate`, annual effective and a fraction, of the product's
    currency for all times; whose it is (`source`), and of which day (`as_of`)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rate: Real
    source: str
    as_of: str

    def __post_init__(self) -> None:
        rate = between(-0.2, 1, "write rates as fractions: 0.02 for 2%")
        refuse_unless(self, rate=rate, source=text(600), as_of=is_date)

    @property
    def yields(self) -> Yields:
        """The rate as the yields that money is discounted at."""
        return Yields(rates=(self.rate,), source=f"{self.source}, {self.as_of}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverTime:
    """What time would do to a price, currency units; none of it is in the price.
    `years_of_capital`: for how many years capital is held, falling with what is still to come;
    `capital`: the lines of capital counted so; `capital_added`: to the charged premium. With a
    `discount`, claims at the middle of each policy year: `discounted_claims` of expected claims,
    `claims_added` and `both_added` to the charged premium, below 0 where it would fall. `by_year`:
    the premium as one a policy year, worth the same at that yield and due while the risk is in
    force; None in one year, and where it is not known when risks of the policy end."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    discount: Discount | None
    years_of_capital: Estimate
    capital: dict[str, Estimate]
    capital_added: Estimate
    discounted_claims: Estimate | None
    claims_added: Estimate | None
    both_added: Estimate | None
    by_year: Instalments | None
