"""Policies, schemes and premiums that the tests of subsidies share."""

from hypothesis import strategies as st

from techinsure.money import Owed
from techinsure.pricing.subsidies.schemes import Scheme
from techinsure.pricing.subsidies.subsidised import SubsidisedPolicy


def cny(amount_minor):
    return Owed(amount_minor=amount_minor, currency="CNY")


def yuan(amount):
    return cny(amount * 100)


def policy(**given):
    """A year of an R&D cover of 6m CNY from 1 March 2026."""
    known = {
        "firm": "Lan Chip",
        "product": "rd_loss",
        "sum_insured_minor": 600_000_000,
        "currency": "CNY",
        "start": "2026-03-01",
    }
    return SubsidisedPolicy(**(known | given))


def scheme(**given):
    """A scheme that pays half of every premium."""
    known = {
        "code": "half",
        "currency": "CNY",
        "share": "0.5",
        "grade": "D",
        "source": "the tests",
        "as_of": "2026-11-24",
    }
    return Scheme(**(known | given))


def amounts(most=10**13):
    """Currency units as text, to the fen."""
    return st.integers(0, most).map(lambda fen: f"{fen // 100}.{fen % 100:02d}")


shares = st.tuples(st.integers(0, 60), st.integers(60, 97)).map(lambda pair: f"{pair[0]}/{pair[1]}")
premiums = st.one_of(st.integers(0, 5_000), st.integers(0, 10**13))


@st.composite
def schemes(draw):
    """Schemes that set any of the caps, without budget and conditions."""
    return scheme(
        share=draw(shares),
        counted_rate_cap=draw(st.none() | shares),
        policy_amount_cap=draw(st.none() | amounts()),
        firm_year_cap=draw(st.none() | amounts()),
        stacked_share_cap=draw(st.none() | shares),
    )
