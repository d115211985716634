"""A price request and the quote that answers it: what goes in, what comes out, how it reads."""

from techinsure.quotes.over_time import Discount, OverTime
from techinsure.quotes.quote import (
    Agreement,
    Alternative,
    AppliedFactor,
    ByPrinciple,
    Driver,
    Drivers,
    Language,
    Margin,
    Payable,
    PolicyYearPremium,
    Premium,
    PurePart,
    Quote,
    Range,
)
from techinsure.quotes.request import (
    MOST_OPTIONS,
    PILOT_YEARS,
    Insured,
    Option,
    PriceRequest,
    SubsidyAsked,
    ToleranceAsked,
)

__all__ = [
    "MOST_OPTIONS", "PILOT_YEARS", "Agreement", "Alternative", "AppliedFactor", "ByPrinciple",
    "Discount", "Driver", "Drivers", "Insured", "Language", "Margin", "Option", "OverTime",
    "Payable",
    "PolicyYearPremium", "Premium", "PriceRequest", "PurePart", "Quote", "Range", "SubsidyAsked",
    "ToleranceAsked",
]  # fmt: skip
