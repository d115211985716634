"""Small tables for tests: losses written out, random ones, and Mata's."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from scipy import stats

from techinsure import seeding
from techinsure.losses.year_table import YearLossTable
from techinsure.portfolio import Portfolio
from tests.techinsure.builders import portfolio


def table(
    years: Sequence[Sequence[float]],
    times: Sequence[float] | None = None,
    items: Sequence[int] | None = None,
    events: Sequence[int] | None = None,
    of: Portfolio | None = None,
) -> YearLossTable:
    """Losses by year, in order of occurrence; each its own event unless `events` are given."""
    counts = [len(losses) for losses in years]
    n_losses = sum(counts)
    position = np.concatenate([np.zeros(0), *(np.arange(count) for count in counts)])
    spread = np.concatenate([np.zeros(0), *(np.arange(n) / n for n in counts if n)])
    time = np.array(spread if times is None else times, dtype=np.float32)
    items = [0] * n_losses if items is None else items
    return YearLossTable(
        portfolio=of or portfolio(max(items, default=0) + 1),
        n_years=len(years),
        year=np.repeat(np.arange(len(years)), counts).astype(np.int32),
        time=time,
        reported=time,
        item=np.array(items, dtype=np.int32),
        event=np.array(position if events is None else events, dtype=np.int32),
        cause=np.zeros(n_losses, dtype=np.int8),
        loss=np.array([loss for losses in years for loss in losses], dtype=np.float64),
    )


FOUR = portfolio(
    4,
    labels={
        "product": ["rd_loss", "rd_loss", "equipment_loss", "patent"],
        "policy": ["P1", "P1", "P2", "P3"],
        "site": [None, None, "S1", None],
        "risk_unit": ["U1", "U2", "U2", None],
    },
)
"""Four items of three products, two of them in one policy and two in one risk unit."""

AMOUNTS = st.one_of(
    st.just(0.0),
    st.floats(0.01, 1000.0),
    st.floats(1e-6, 1e12),
    st.integers(1, 100).map(float),
)


@st.composite
def tables(draw: st.DrawFn, most_years: int = 4) -> YearLossTable:
    """Up to `most_years` years of up to 6 losses of `FOUR`, in up to 3 events a year."""
    losses = [draw(st.lists(AMOUNTS, max_size=6)) for _ in range(draw(st.integers(1, most_years)))]
    n_losses = sum(map(len, losses))
    several = {"min_size": n_losses, "max_size": n_losses}
    items = draw(st.lists(st.integers(0, 3), **several))
    events = draw(st.lists(st.integers(0, 2), **several))
    return table(losses, items=items, events=events, of=FOUR)


def poisson_lomax(n_years: int, seed: int) -> YearLossTable:
    """Poisson(10) losses a year, Lomax(shape 3, scale 10), each its own event."""
    years = np.arange(n_years)
    key = seeding.key(seed, "count", "mata")
    counts = stats.poisson.ppf(seeding.uniforms(key, seeding.counters(years)), 10).astype(np.int64)
    year = np.repeat(years, counts)
    event = np.arange(len(year)) - np.repeat(np.cumsum(counts) - counts, counts)
    uniform = seeding.uniforms(seeding.key(seed, "severity", "mata"), seeding.counters(year, event))
    time = (event / np.repeat(counts, counts)).astype(np.float32)
    return YearLossTable(
        portfolio=portfolio(),
        n_years=n_years,
        year=year.astype(np.int32),
        time=time,
        reported=time,
        item=np.zeros(len(year), dtype=np.int32),
        event=event.astype(np.int32),
        cause=np.zeros(len(year), dtype=np.int8),
        loss=10.0 * ((1.0 - uniform) ** (-1.0 / 3.0) - 1.0),
    )
