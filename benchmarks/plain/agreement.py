"""Do two year loss tables come from the same models? Means and spreads, in standard errors."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from techinsure.portfolio import Portfolio
from techinsure.quantities import Floats

MOST = 4.0
"""Standard errors between two estimates that agree."""


class Rows(Protocol):
    """Losses by row, of a table of either implementation."""

    @property
    def year(self) -> NDArray[np.integer]:
        """(n_losses,) year of the simulation."""

    @property
    def item(self) -> NDArray[np.integer]:
        """(n_losses,) item of the portfolio."""

    @property
    def cause(self) -> NDArray[np.integer]:
        """(n_losses,) cause of the portfolio."""

    @property
    def loss(self) -> Floats:
        """(n_losses,) currency units."""


class Estimate(NamedTuple):
    """A value and its standard error."""

    value: float
    error: float

    def apart(self, other: "Estimate") -> float:
        """The difference in standard errors."""
        return float((self.value - other.value) / np.hypot(self.error, other.error))


def mean(annual: Floats) -> Estimate:
    """Of annual values (n_years,)."""
    return Estimate(float(annual.mean()), float(annual.std(ddof=1)) / len(annual) ** 0.5)


def variance(annual: Floats) -> Estimate:
    """Of annual values (n_years,); its error from the fourth moment."""
    square = (annual - annual.mean()) ** 2
    return Estimate(float(square.mean()), float(square.std(ddof=1)) / len(annual) ** 0.5)


def annual(rows: Rows, here: NDArray[np.bool_], n: int) -> tuple[Floats, Floats]:
    """(n,) loss and (n,) number of losses of each year, of the rows `here`."""
    year = rows.year[here]
    count = np.bincount(year, minlength=n).astype(np.float64)
    return np.bincount(year, rows.loss[here], n), count


def apart(
    ours: Rows, theirs: Rows, portfolio: Portfolio, n: int
) -> dict[str, tuple[float, float, float]]:
    """How far two tables of `n` years each are apart in mean loss, mean number of losses, and
    variance of that number: by product and by cause."""
    product = portfolio.product.codes
    groups = {
        name: (product[ours.item] == code, product[theirs.item] == code)
        for code, name in enumerate(portfolio.product.names)
    } | {
        name: (ours.cause == code, theirs.cause == code)
        for code, name in enumerate(portfolio.causes)
    }
    found = {}
    for name, (here, there) in groups.items():
        loss, count = annual(ours, here, n)
        other_loss, other_count = annual(theirs, there, n)
        found[name] = (
            mean(loss).apart(mean(other_loss)),
            mean(count).apart(mean(other_count)),
            variance(count).apart(variance(other_count)),
        )
    return found
