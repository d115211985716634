"""Tails: the prior when nothing was seen, integration, limits and layers, and no infinite mean."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from techinsure.errors import InvalidParameter, Undefined
from techinsure.evidence.excesses import ExcessCounts, Excesses, log_edges
from techinsure.evidence.large_losses import TailPrior, limited, update_tail

KNOWN = {"scale": 1.5e6, "scale_log_sd": 0.7, "grade": "D", "source": "judgement"}
PRIOR = TailPrior(**KNOWN)
U = 1e6
CLAIMS = [1.2e6, 1.7e6, 2.1e6, 2.2e6, 3.9e6, 5.0e6, 7.7e6, 23e6]


@pytest.fixture(scope="module")
def after():
    return update_tail(PRIOR, Excesses.of(CLAIMS, U))


def test_nothing_seen_gives_the_prior():
    found = update_tail(PRIOR, Excesses.of([], U))
    shape = stats.truncnorm((-0.5 - 0.4) / 0.2, (1 - 0.4) / 0.2, 0.4, 0.2)
    assert (found.shape.mean, found.shape.sd) == pytest.approx(
        (shape.mean(), shape.std()), rel=1e-3
    )
    assert found.shape.low == pytest.approx(shape.ppf(0.05), abs=2e-3)
    scale = stats.lognorm(0.7, scale=1.5e6)
    assert (found.scale.mean, found.scale.sd) == pytest.approx(
        (scale.mean(), scale.std()), rel=1e-3
    )
    assert found.weight == 0
    assert found.notes == ("no claim above the threshold was seen: the posterior is the prior",)
    assert found.grid.mass.shape == (97, 121)


def test_the_posterior_by_integration(after):
    """scipy's own density on a denser and wider grid."""
    xi = np.linspace(-0.5, 1, 301)[:, None]
    log_sigma = np.linspace(math.log(1.5e6) - 5, math.log(1.5e6) + 5, 401)[None, :]
    height = stats.norm(0.4, 0.2).logpdf(xi) + stats.norm(math.log(1.5e6), 0.7).logpdf(log_sigma)
    for claim in CLAIMS:
        height = height + stats.genpareto.logpdf(claim - U, xi, scale=np.exp(log_sigma))
    mass = np.exp(height - height.max())
    mass /= mass.sum()
    mean = (mass * xi).sum()
    assert after.shape.mean == pytest.approx(mean, abs=1e-3)
    assert after.shape.sd == pytest.approx((mass * (xi - mean) ** 2).sum() ** 0.5, rel=3e-3)
    assert after.scale.mean == pytest.approx((mass * np.exp(log_sigma)).sum(), rel=2e-3)
    beyond = (mass * stats.genpareto.sf(9e6, xi, scale=np.exp(log_sigma))).sum()
    assert after.survival(1e7).mean == pytest.approx(beyond, rel=3e-3)


def test_claims_and_fine_counts_agree(after):
    counts = update_tail(PRIOR, ExcessCounts.of(CLAIMS, U, log_edges(1e4, 1e9, 100)))
    assert counts.shape.mean == pytest.approx(after.shape.mean, abs=2e-3)
    assert counts.limited_mean(5e7).mean == pytest.approx(after.limited_mean(5e7).mean, rel=3e-3)
    assert counts.data.largest <= 23e6


def test_many_claims_find_the_law():
    """A posterior far narrower than a cell of a grid over the whole prior."""
    data = stats.genpareto(0.5, scale=2e6).ppf((np.arange(3000) + 0.5) / 3000) + U
    found = update_tail(PRIOR, ExcessCounts.of(data, U, log_edges(1e4, 1e10, 10)))
    assert abs(found.shape.mean - 0.5) < 0.25 * found.shape.sd
    assert found.shape.sd == pytest.approx(1.5 / 3000**0.5, rel=0.1)  # (1 + xi) / sqrt(n)
    assert found.scale.mean == pytest.approx(2e6, rel=0.01)
    assert found.weight > 0.97


@pytest.mark.parametrize("shape", [-0.4, -1e-12, 0.0, 1e-9, 0.3, 1 - 1e-10, 1.0, 1.6])
def test_limited_means_of_one_law(shape):
    known = stats.genpareto(shape, scale=2e6)
    for limit in (1.0, 1e6, 4e6, 1e8):
        cuts = sorted({0.0, limit, *[c for c in (5e5, 2e6, 5e6, 2e7) if c < limit]})
        whole = sum(integrate.quad(known.sf, a, b, epsrel=1e-10)[0] for a, b in pairwise(cuts))
        found = float(limited(np.array(shape), np.array(2e6), limit))
        assert found == pytest.approx(whole, rel=1e-7)


def test_layers_add_up(after):
    ends = [U, 2e6, 1e7, 2e8]
    layers = sum(after.layer_mean(a, b - a).mean for a, b in pairwise(ends))
    assert layers == pytest.approx(after.limited_mean(2e8).mean, rel=1e-12)
    thin = after.layer_mean(1e7, 1.0)
    assert thin.mean == pytest.approx(after.survival(1e7).mean, rel=1e-6)


def test_layers_beyond_a_bounded_law():
    """Shapes below 0 have a largest claim: beyond it a layer is worth nothing, not NaN."""
    bounded = TailPrior(**KNOWN | {"shape_mean": -0.3, "shape_sd": 0.1, "shape_high": -0.1})
    found = update_tail(bounded, Excesses.of([1.5e6, 2e6], U))
    assert found.layer_mean(1e12, 1e6).mean == 0
    assert found.layer_mean(1e12, math.inf).mean == 0
    assert found.mean().mean == pytest.approx(found.limited_mean(1e12).mean, rel=1e-12)


def test_the_interval_of_a_limited_mean_is_that_of_its_draws(after):
    u = np.random.default_rng(3).random((3, 20_000))
    shape, scale = after.draws(u)
    drawn = limited(shape, scale, 5e7 - U)
    found = after.limited_mean(5e7)
    assert abs(drawn.mean() - found.mean) < 4 * found.sd / 20_000**0.5
    assert drawn.std() == pytest.approx(found.sd, rel=0.03)
    inside = ((drawn > found.low) & (drawn < found.high)).mean()
    assert inside == pytest.approx(0.9, abs=0.01)
    assert stats.kstest(shape[::10], lambda x: np.interp(
        x, after.grid.first, np.cumsum(after.grid.mass.sum(axis=1)))).pvalue > 1e-3  # fmt: skip


def test_what_rests_on_the_law_and_not_on_claims(after):
    share = [after.share_beyond_largest(limit) for limit in (2.3e7, 5e7, 1e9)]
    assert share[0] == 0
    assert 0 < share[1] < share[2] < 1
    seen = after.limited_mean(23e6).mean / after.limited_mean(1e9).mean
    assert share[2] == pytest.approx(1 - seen, rel=1e-9)
    with pytest.raises(Undefined, match="no claim above the threshold was seen"):
        update_tail(PRIOR, Excesses.of([], U)).share_beyond_largest(1e9)


@pytest.mark.parametrize("ask", [
    lambda found: found.mean(), lambda found: found.limited_mean(math.inf),
    lambda found: found.layer_mean(2e6, math.inf),
])  # fmt: skip
def test_an_infinite_mean_is_refused_by_name(after, ask):
    with pytest.raises(Undefined, match=r"infinite.*shape of 1 or more \(with a density at 1\)"):
        ask(after)
    wide = TailPrior(**KNOWN | {"shape_high": 1.5, "shape_mean": 0.9})
    with pytest.raises(Undefined, match=r"\(with probability 0\.[0-9]+\); ask for limited_mean"):
        ask(update_tail(wide, Excesses.of(CLAIMS, U)))
    assert update_tail(wide, Excesses.of(CLAIMS, U)).limited_mean(1e9).mean > 0


def test_a_mean_that_exists_is_given():
    light = update_tail(TailPrior(**KNOWN | {"shape_high": 0.6}), Excesses.of(CLAIMS, U))
    assert light.mean().mean == pytest.approx(light.limited_mean(1e30).mean, rel=1e-6)
    assert light.mean().mean > light.limited_mean(1e9).mean


def test_what_contradicts_the_prior_is_told():
    found = update_tail(PRIOR, Excesses.of([U + 1e11 + k for k in range(300)], U))
    assert "sigma leans on the end of its prior (6 sd): check `scale`" in found.notes


def test_data_that_no_parameters_allow():
    bounded = TailPrior(**KNOWN | {"shape_mean": -0.3, "shape_high": -0.2, "scale_log_sd": 0.01})
    with pytest.raises(Undefined, match="no probability to any parameters"):
        update_tail(bounded, Excesses.of([1e12], U))


def test_amounts_have_no_unit_of_their_own(after):
    scaled = update_tail(TailPrior(**KNOWN | {"scale": 1.5e9}),
                         Excesses.of([1000 * claim for claim in CLAIMS], 1000 * U))  # fmt: skip
    assert scaled.shape.mean == pytest.approx(after.shape.mean, rel=1e-9)
    assert scaled.limited_mean(5e10).mean == pytest.approx(
        1000 * after.limited_mean(5e7).mean, rel=1e-9
    )


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda _: TailPrior(**KNOWN | {"scale": 0.0}), "scale must be > 0, got 0.0"),
        (lambda _: TailPrior(**KNOWN | {"source": ""}), "source must have 1 to 600"),
        (lambda _: TailPrior(**KNOWN | {"grade": "E"}), "grade must be one of A, B, C, D"),
        (lambda _: TailPrior(**KNOWN | {"shape_low": 1.0}), "shape_low must be < shape_high, 1,"),
        (lambda _: TailPrior(**KNOWN | {"shape_high": 4.0}), "shape_high must be in [-1, 3]"),
        (lambda found: found.survival(1e5), "x must be >= the threshold, 1e+06, got 100000.0"),
        (lambda found: found.limited_mean(1e5), "limit must be >= the threshold, 1e+06"),
        (lambda found: found.limited_mean(U), "limit must be > 0"),
        (lambda found: found.layer_mean(1e5, 1e6), "attachment must be >= the threshold"),
        (lambda found: found.layer_mean(2e6, -1.0), "limit must be > 0, got -1.0"),
    ],
)
def test_what_is_refused(after, make, told):
    with pytest.raises(InvalidParameter) as caught:
        make(after)
    assert str(caught.value).startswith(told)
