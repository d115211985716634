"""Dependence: copulas of pairs and of many, correlation matrices, defaults with a common factor."""

from techinsure.dependence.archimedean import Clayton, Frank, Gumbel
from techinsure.dependence.elliptical import Gaussian, StudentT
from techinsure.dependence.mixtures import BetaMixture
from techinsure.dependence.one_factor import OneFactor

__all__ = ["BetaMixture", "Clayton", "Frank", "Gaussian", "Gumbel", "OneFactor", "StudentT"]
