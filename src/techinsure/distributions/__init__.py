"""Laws of rates, probabilities, amounts and counts, each in one small class."""

from typing import Annotated

from pydantic import Field

from techinsure.distributions.damage import Beta
from techinsure.distributions.frequency import Binomial, NegativeBinomial, Poisson
from techinsure.distributions.mbbefd import Mbbefd
from techinsure.distributions.mixture import Mixture
from techinsure.distributions.pareto import Exponential, GeneralizedPareto, Lomax, Pareto
from techinsure.distributions.severity import Gamma, Lognormal, Point
from techinsure.distributions.tabulated import Tabulated
from techinsure.distributions.weibull import Weibull
from techinsure.distributions.zero_modified import ZeroModified, zero_truncated

Law = Annotated[Beta | Gamma | Lognormal | Mixture | Point, Field(discriminator="kind")]
"""Any law by its mean and coefficient of variation, or a mixture of such."""

Severity = Annotated[
    Beta | Exponential | Gamma | GeneralizedPareto | Lognormal | Lomax | Mbbefd | Mixture
    | Pareto | Point | Weibull,
    Field(discriminator="kind"),
]  # fmt: skip
"""Any law of an amount or of a damage ratio."""

Frequency = Annotated[
    Binomial | NegativeBinomial | Poisson | Tabulated | ZeroModified,
    Field(discriminator="kind"),
]
"""Any law of a number of claims."""

__all__ = [
    "Beta",
    "Binomial",
    "Exponential",
    "Frequency",
    "Gamma",
    "GeneralizedPareto",
    "Law",
    "Lognormal",
    "Lomax",
    "Mbbefd",
    "Mixture",
    "NegativeBinomial",
    "Pareto",
    "Point",
    "Poisson",
    "Severity",
    "Tabulated",
    "Weibull",
    "ZeroModified",
    "zero_truncated",
]
