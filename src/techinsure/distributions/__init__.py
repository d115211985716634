"""Laws of rates, probabilities and amounts, each in one small class."""

from typing import Annotated

from pydantic import Field

from techinsure.distributions.damage import Beta
from techinsure.distributions.severity import Gamma, Lognormal, Point

Law = Annotated[Beta | Gamma | Lognormal | Point, Field(discriminator="kind")]
"""Any law by its mean and coefficient of variation."""

__all__ = ["Beta", "Gamma", "Law", "Lognormal", "Point"]
