import math

import numpy as np
import pytest
from scipy import integrate, special

from techinsure.dependence.quadrant import both_above, swept


def conditional(h, k, rho, nu=None):
    """The same probability by conditioning on the first score: another integral."""
    if nu is None:

        def inside(x):
            score = (rho * x - k) / math.sqrt(1 - rho * rho)
            return math.exp(-x * x / 2) / math.sqrt(2 * math.pi) * special.ndtr(score)
    else:
        constant = math.exp(special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2))
        constant /= math.sqrt(nu * math.pi)

        def inside(x):
            scale = math.sqrt((nu + 1) / ((nu + x * x) * (1 - rho * rho)))
            density = constant * (1 + x * x / nu) ** (-(nu + 1) / 2)
            return density * special.stdtr(nu + 1, (rho * x - k) * scale)

    return integrate.quad(inside, h, math.inf, epsabs=0, epsrel=1e-11, limit=500)[0]


@pytest.mark.parametrize("rho", [-0.9, -0.5, 0.0, 0.3, 0.95])
@pytest.mark.parametrize(
    ("h", "k"), [(0.0, 0.0), (2.5, 2.5), (2.0, -2.001), (-1.0, 0.5), (3.0, 1.0)]
)
@pytest.mark.parametrize("nu", [None, 0.7, 4.0])
def test_against_the_conditional_integral(h, k, rho, nu):
    assert float(both_above(h, k, rho, nu)) == pytest.approx(conditional(h, k, rho, nu), rel=1e-8)


def test_the_ends_of_the_correlation():
    assert float(both_above(1.0, 2.0, 1.0)) == pytest.approx(special.ndtr(-2), rel=1e-14)
    assert float(both_above(1.0, 2.0, -1.0)) == 0
    assert float(both_above(-1.0, 0.5, -1.0)) == pytest.approx(special.ndtr(1) - special.ndtr(0.5))
    assert float(both_above(-1.0, 1.0, -1.0)) == 0


def test_infinite_scores():
    found = both_above([math.inf, -math.inf, -math.inf], [1.0, 1.0, -math.inf], 0.5)
    assert found == pytest.approx([0.0, special.ndtr(-1), 1.0])


def test_small_probabilities_keep_their_digits():
    """P(X > 6, Y > 6), rho -0.9: about 1e-160; Savage's bound of 1962, within one in 360."""
    h, rho = 6.0, -0.9
    bound = (1 + rho) ** 2 / (2 * math.pi * h * h * math.sqrt(1 - rho**2))
    bound *= math.exp(-h * h / (1 + rho))
    found = float(both_above(h, h, rho))
    assert bound * (1 - (1 + rho) * (2 - rho) / h**2) <= found <= bound


def test_what_is_swept_adds_up():
    h, k = np.array([1.0, -0.3]), np.array([0.2, 2.0])
    assert swept(h, k, -0.3, 0.6) == pytest.approx(both_above(h, k, 0.6) - both_above(h, k, -0.3))
    assert swept(h, k, 0.6, -0.3) == pytest.approx(-swept(h, k, -0.3, 0.6))
