"""What a cover pays of one loss as a risk: a layer of a law, which no tail makes infinite."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.distributions import Severity
from techinsure.pricing.principles.cumulants import Cumulants, bounded
from techinsure.pricing.principles.distorted_laws import area
from techinsure.pricing.principles.distortions import Distortion
from techinsure.pricing.principles.integrals import edges_of, joined, panel_nodes
from techinsure.quantities import FORBID, Floats, Real, not_negative, positive, refuse_unless


@dataclass(frozen=True, slots=True, kw_only=True)
class OfLayer:
    """min(max(X - attachment, 0), limit) of one loss of `law`, all in currency units. Premiums by
    distortion of layers that adjoin sum to that of all of them; the others do not.

    Source: Wang (1996), ASTIN Bulletin 26(1), section 3 (layers).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    law: Severity
    attachment: Real = 0.0
    limit: Real

    def __post_init__(self) -> None:
        refuse_unless(self, attachment=not_negative, limit=positive)

    def __str__(self) -> str:
        return f"{self.limit:g} above {self.attachment:g} of {self.law!r}"

    @property
    def mean(self) -> float:
        """E[Y]."""
        return float(self.law.layer_mean(self.attachment, self.limit))

    @property
    def variance(self) -> float:
        """2 int P(Y <= y) E[max(Y - y, 0)] dy: no difference of large numbers.
        Source: Hoeffding (1940), Schriften des Mathematischen Instituts Berlin 5."""
        y, weights = panel_nodes(self._edges)
        beyond = self.law.layer_mean(self.attachment + y, self.limit - y)
        return 2 * float((weights * self.law.cdf(self.attachment + y) * beyond).sum())

    @property
    def mgf_limit(self) -> float:
        """inf: a layer is bounded."""
        return math.inf

    def cumulants(self, a: float) -> Cumulants:
        """By quadrature of P(Y > y)."""
        return bounded(self._survival, self._edges, a)

    def distorted(self, distortion: Distortion) -> float:
        """The integral of g(P(X > x)) over the layer."""
        return area(self._survival, distortion, self._edges)

    @property
    def _edges(self) -> Floats:
        inside = edges_of(self.law) - self.attachment
        falling = self.limit * np.exp(-np.arange(41.0))
        return joined([inside, falling], 0.0, self.limit)

    def _survival(self, y: Floats) -> Floats:
        return np.asarray(self.law.survival(self.attachment + y), np.float64)
