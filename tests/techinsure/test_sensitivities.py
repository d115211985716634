"""Which opinions a rate hangs on: moved one at a time, against the rate recomputed by hand."""

from dataclasses import replace

import pytest

from techinsure.catalogue import shipped
from techinsure.product import at, put
from techinsure.quotes import PriceRequest
from techinsure.quoting import price
from techinsure.quoting.rating import rate
from techinsure.reading import read
from techinsure.sensitivities import pure_rate, sensitivities

RISK = {"product": "rd_loss", "exposure": {"risk_class": "material", "budget": 2e6},
        "insured": {"stage": "startup"}, "simulation": {"n_years": 1000}}  # fmt: skip
NOVELTY = "factors.novelty.levels.unknown.on.odds"


@pytest.fixture(scope="module")
def product():
    return shipped().product("rd_loss")


@pytest.fixture(scope="module")
def risk():
    return read(PriceRequest, RISK)


@pytest.fixture(scope="module")
def found(product, risk):
    return sensitivities(product, risk, price(risk).factors)


def named(many):
    return {one.parameter: one for one in many}


def test_a_mean_is_moved_by_a_tenth(product, risk, found):
    path = "model.classes.material.fail.pilot"
    one, prior = named(found.means)[path], at(product, path)
    portfolio = rate(product, risk).portfolio
    for by, got in ((0.9, one.lower), (1.1, one.higher)):
        moved = put(product, path, replace(prior, mean=by * prior.mean))
        assert got == pytest.approx(pure_rate(moved, portfolio), rel=1e-12)
    assert (one.mean, one.source) == (prior.mean, prior.source)


def test_a_spread_is_moved_by_a_quarter_around_the_same_mean(product, risk, found):
    one, prior = named(found.spreads)["model.spend cv"], at(product, "model.spend")
    portfolio = rate(product, risk).portfolio
    for by, got in ((0.75, one.lower), (1.25, one.higher)):
        moved = put(product, "model.spend", replace(prior, cv=by * prior.cv))
        assert got == pytest.approx(pure_rate(moved, portfolio), rel=1e-12)
    assert one.mean == prior.cv


def test_a_relativity_is_moved_in_the_rating(product, risk, found):
    one = named(found.relativities)[NOVELTY]
    assert one.mean == at(product, NOVELTY)
    for by, got in ((0.9, one.lower), (1.1, one.higher)):
        moved = put(product, NOVELTY, by * at(product, NOVELTY))
        assert got == pytest.approx(pure_rate(moved, rate(moved, risk).portfolio), rel=1e-12)
    assert one.lower < one.higher


def test_only_what_moves_the_rate_is_listed_the_largest_first(found):
    for many in (found.means, found.spreads, found.relativities):
        widths = [one.width for one in many]
        assert widths == sorted(widths, reverse=True)
        assert min(widths) > 0
    names = [*named(found.means), *named(found.spreads)]
    assert not [name for name in names if "biopharma" in name or "dependence" in name]


def test_the_spread_of_what_is_held_is_no_opinion(found):
    assert "model.recognised" in named(found.means)
    assert "model.recognised cv" not in named(found.spreads)


def test_shares_that_must_sum_to_one_are_held(found):
    assert "model.phases.lab.budget_share" in found.held


def test_only_opinions_of_grade_d(product, risk):
    """A class of grade C has no mean and no spread among them."""
    general = replace(risk, exposure={"risk_class": "general", "budget": 2e6})
    found = sensitivities(product, general, ())
    assert not [name for name in named(found.means) if "general" in name]
    assert found.relativities == ()


def test_parts_are_moved_together(product, risk):
    """A pool of opinions: each of its laws is scaled, the weights stay."""
    from techinsure.evidence.mixtures import pooled
    from techinsure.evidence.priors import Part

    path = "model.classes.material.fail.pilot"
    pool = pooled("beta", (Part(weight=0.5, mean=0.1, cv=0.3), Part(weight=0.5, mean=0.4, cv=0.2)),
                  grade="D", source="two opinions")  # fmt: skip
    found = sensitivities(put(product, path, pool), risk, ())
    one, spread = named(found.means)[path], named(found.spreads)[f"{path} cv"]
    assert (one.mean, spread.mean) == pytest.approx((0.25, pool.cv))
    assert one.lower < one.higher


def test_without_a_closed_form_nothing_is_shown(product, risk, monkeypatch):
    from techinsure import exact
    from techinsure.errors import Undefined

    def none(*_):
        raise Undefined("no closed form")

    monkeypatch.setattr(exact, "mean", none)
    found = sensitivities(product, risk, ())
    assert (found.means, found.spreads, found.relativities, found.held) == ((), (), (), ())
