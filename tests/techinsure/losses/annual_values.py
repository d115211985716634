"""Annual values, levels and weights as strategies: many ties, many zeros, some negative."""

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st


def worst_mean(part: np.ndarray, whole: np.ndarray, level: float) -> float:
    """The mean of `part` over the worst 1 - level of equally likely outcomes of `whole`, both of
    one shape: outcomes that tie at the VaR count alike. Sorted by hand."""
    places = round((1 - level) * whole.size)
    var = np.sort(whole.ravel())[-places]
    beyond, at = whole > var, whole == var
    left = (places - beyond.sum()) / at.sum()
    return float((part[beyond].sum() + left * part[at].sum()) / places)


AMOUNTS = st.one_of(
    st.just(0.0),
    st.integers(-3, 5).map(float),
    st.floats(0.0, 1e9).map(lambda amount: round(amount, 6)),
    st.floats(-1e6, 1e6).map(lambda amount: round(amount, 6)),
)
LEVELS = st.one_of(
    st.sampled_from([0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.995]),
    st.integers(0, 999).map(lambda thousandths: Fraction(thousandths, 1000)),
)


@st.composite
def annual(draw: st.DrawFn, fewest: int = 2, most: int = 40) -> np.ndarray:
    """(n_years,) amounts."""
    return np.array(draw(st.lists(AMOUNTS, min_size=fewest, max_size=most)))


@st.composite
def weighted(draw: st.DrawFn, most: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """(n_years,) amounts and (n_years,) whole numbers of times that each counts; two are > 0."""
    values = draw(annual(most=most))
    times = draw(st.lists(st.integers(0, 4), min_size=len(values), max_size=len(values)))
    times[0], times[1] = times[0] + 1, times[1] + 1
    return values, np.array(times)
