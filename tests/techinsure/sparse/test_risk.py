"""Sources and rates, and what is refused of them."""

import numpy as np
import pytest

from techinsure.distributions import Exponential, Gamma, Point, Weibull
from techinsure.errors import InvalidParameter, Undefined
from techinsure.sparse import Risk, Source, SplitMixture, Uniform
from techinsure.sparse.risk import split

ONE = Source(name="one", sizes=(Exponential(scale=1.0),))


def test_expected_claims_are_events_times_the_means_of_their_draws():
    risk = Risk.driven(
        [ONE, ONE, ONE],
        [2.0, 3.0, 0.5],
        [["rate"], ["rate", "factor"], []],
        {"rate": Gamma(mean=0.1, cv=1.0), "factor": Gamma(mean=2.0, cv=0.5)},
    )
    assert risk.expected == pytest.approx([0.2, 0.6, 0.5])
    both = risk.chance @ (risk.rates[:, 0] * risk.rates[:, 1])
    assert both == pytest.approx(2 * 3 * 0.1**2 * 2 * 2)  # E[rate**2] is twice its mean squared


def test_a_rate_may_have_any_law():
    law = Weibull(shape=2.0, scale=0.1)
    risk = Risk.driven([ONE], [1.0], [["rate"]], {"rate": law})
    assert risk.expected == pytest.approx([law.mean], rel=1e-6)
    assert risk.n_amounts == 1


def test_a_draw_that_drives_nothing_takes_no_points():
    risk = Risk.driven([ONE], [1.0], [[]], {"idle": Gamma(mean=1.0, cv=1.0)})
    assert risk.rates.tolist() == [[1.0]]


def test_a_split_mixture_is_the_mixture():
    mixture = SplitMixture(parts=(Point(mean=1.0), Uniform(low=2, high=4)), weights=(0.25, 0.75))
    values = mixture.quantile((np.arange(4000) + 0.5) / 4000)
    assert (values == 1).mean() == 0.25
    assert values[values > 1].mean() == pytest.approx(3.0)
    assert values.max() == pytest.approx(4.0, abs=1e-3)


def test_splitting_never_picks_what_has_no_share():
    place, within = split(np.array([0.0, 0.5, 0.5, 1.0, 1.0]), np.array([0.0, 0.25, 0.5, 1.0]))
    assert place.tolist() == [1, 1, 3, 3]
    assert within[1:3] == pytest.approx([0.5, 0.0], abs=1e-15)
    assert ((within > 0) & (within < 1)).all()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Source(name="", sizes=(Point(mean=1.0),)), "name must have 1 to 200 characters"),
        (lambda: Source(name="a", sizes=()), "sizes must have at least 1 entries"),
        (lambda: Source(name="a", sizes=(3.0,)), r"sizes\[0\] must be a law"),
        (lambda: Source(name="a", sizes=(Point(mean=1.0),), when=0.5), "when must be a law"),
        (lambda: Uniform(low=1.0, high=0.5), "high must be >= low = 1.0, got 0.5"),
        (lambda: SplitMixture(parts=(ONE.sizes[0],), weights=(0.5,)), "weights must sum to 1"),
        (lambda: SplitMixture(parts=(ONE.sizes[0],), weights=(0.5, 0.5)), "must have 1 entries"),
        (lambda: Risk(sources=(), rates=np.ones((1, 0)), chance=np.ones(1)), "sources must have"),
        (lambda: Risk(sources=(ONE,), rates=np.ones((2, 2)), chance=np.full(2, 0.5)),
         r"rates must have the shape \(n_atoms, 1\)"),
        (lambda: Risk(sources=(ONE,), rates=np.array([[-1.0]]), chance=np.ones(1)),
         "rates must be finite and >= 0, got -1.0"),
        (lambda: Risk(sources=(ONE,), rates=np.ones((1, 1)), chance=np.full(1, 0.5)),
         "chance must be >= 0 and sum to 1, got 0.5"),
        (lambda: Risk.driven([ONE], [1.0], [["speed"]], {"rate": Point(mean=1.0)}),
         r"driven_by\[0\] must be one of the draws: rate, got 'speed'"),
        (lambda: Risk.driven([ONE], [-1.0], [[]], {}), r"events\[0\] must be >= 0, got -1.0"),
        (lambda: Risk.driven([ONE], [1.0], [], {}), "driven_by must have 1 entries, one a source"),
        (lambda: Risk.driven([ONE], [1.0], [["r"]], {"r": 0.1}), r"draws\[r\] must be a law"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(make, told):
    with pytest.raises(InvalidParameter, match=told):
        make()


def test_more_draws_than_can_be_combined_are_undefined():
    names = [f"d{k}" for k in range(6)]
    draws = dict.fromkeys(names, Gamma(mean=1.0, cv=1.0))
    with pytest.raises(Undefined, match="6 draws together"):
        Risk.driven([ONE], [1.0], [names], draws)
