"""Elasticities by score against exact derivatives, for every parameter of every example."""

import numpy as np
import pytest

from techinsure.errors import Undefined
from techinsure.evidence.scores import derivative
from techinsure.product import at, put
from techinsure.quotes import PriceRequest
from techinsure.quoting import scores
from techinsure.quoting.closed_form import expected, law_of
from techinsure.quoting.rating import rate
from techinsure.quoting.scores import elasticity_by_score, years_of
from techinsure.quoting.tornado import _moved, _times
from techinsure.reading import read
from techinsure.simulation import Simulation
from tests.techinsure.asked import CATALOGUE, CODES, project

RUN = Simulation(n_years=8000, seed=11)
BASES = {
    "patent": "conditional_mean_less_cut", "patent_overseas": "conditional_mean_less_cut",
}  # fmt: skip
DRAWN = {"equipment_loss": 4, "first_set": 2, "patent": 6, "patent_overseas": 3, "pilot": 4,
         "rd_loss": 6}  # fmt: skip
"""How many of a product's parameters are drawn once a year for its example."""


def exact_elasticity(product, risk, path, prior, h=0.01):
    """By central differences of the exact mean."""
    up, down = (
        expected(put(product, path, _times(prior, 1 + by)).model, risk, "class") for by in (h, -h)
    )
    return (up - down) / (2 * h) / expected(product.model, risk, "class")


def rated(code):
    product = CATALOGUE.product(code)
    request = read(PriceRequest, product.example)
    return product, request, rate(product, request).portfolio


@pytest.mark.parametrize("code", CODES)
def test_every_drawn_parameter_agrees_with_the_exact_derivative(code):
    product, request, risk = rated(code)
    years = years_of(product, risk, RUN)
    assert years.basis == BASES.get(code, "conditional_mean")
    seen = 0
    for path, prior in _moved(product, request):
        try:
            found = elasticity_by_score(product, risk, RUN, years, path, prior)
        except Undefined:
            assert prior.family == "point" or path.rsplit(".", 1)[-1] in (
                *product.model.amounts, "report_delay",
            )  # fmt: skip
            continue
        seen += 1
        exact = exact_elasticity(product, risk, path, prior)
        assert abs(found.value - exact) <= 4 * found.standard_error, path
    assert seen == DRAWN[code]


def test_simulated_years_agree_where_no_mean_given_the_draws_is_known(monkeypatch):
    product = CATALOGUE.product("rd_loss")
    request = read(PriceRequest, project(4e6))
    risk, run = rate(product, request).portfolio, Simulation(n_years=20_000, seed=5)

    def refuse(*_):
        raise Undefined("no closed form")

    with monkeypatch.context() as patched:
        patched.setattr(scores.exact, "conditional_mean", refuse)
        years = years_of(product, risk, run)
    assert years.basis == "simulated"
    path = "model.classes.general.fail.industrial"
    found = elasticity_by_score(product, risk, run, years, path, at(product, path))
    exact = exact_elasticity(product, risk, path, at(product, path))
    assert abs(found.value - exact) <= 4 * found.standard_error
    less = elasticity_by_score(
        product, risk, run, years_of(product, risk, run), path, at(product, path)
    )
    assert less.standard_error < found.standard_error / 2


def test_a_cut_by_the_aggregate_limit_is_in_the_derivative():
    """Beside the unlimited mean, which rises in step with the rate of suits, the exact law of what
    a low limit leaves."""
    product = CATALOGUE.product("patent")
    request = read(PriceRequest, {**product.example, "terms": {"aggregate_limit": 100_000.0}})
    risk, path = rate(product, request).portfolio, "model.suit_rate"

    def law(by):
        changed = put(product, path, _times(at(product, path), by))
        return law_of(changed.model, risk).mean

    exact = (law(1.01) - law(0.99)) / 0.02 / law(1.0)
    found = elasticity_by_score(
        product, risk, RUN, years_of(product, risk, RUN), path, at(product, path)
    )
    assert exact < 0.98
    assert abs(found.value - exact) <= 4 * found.standard_error


def test_its_error_is_that_of_repeated_seeds():
    product, _, risk = rated("rd_loss")
    path = "model.classes.chip.fail.pilot"
    all_found = []
    for seed in range(40):
        run = Simulation(n_years=1000, seed=seed)
        years = years_of(product, risk, run)
        all_found.append(elasticity_by_score(product, risk, run, years, path, at(product, path)))
    spread = np.std([one.value for one in all_found], ddof=1)
    said = np.mean([one.standard_error for one in all_found])
    assert said == pytest.approx(spread, rel=0.35)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("model.spend", "drawn claim by claim"),
        ("model.recognised", "held at its value"),
        ("model.supply_shock.probability", "held at its value"),
    ],
)
def test_what_has_none_says_why(path, words):
    product, _, risk = rated("rd_loss")
    years = years_of(product, risk, RUN)
    with pytest.raises(Undefined, match=words):
        elasticity_by_score(product, risk, RUN, years, path, at(product, path))


def test_years_without_a_payment_have_no_elasticity():
    product, _, risk = rated("rd_loss")
    years = scores.Years(payments=np.zeros(RUN.n_years), basis="simulated")
    path = "model.classes.chip.fail.pilot"
    with pytest.raises(Undefined, match="no year"):
        elasticity_by_score(product, risk, RUN, years, path, at(product, path))
    assert derivative(years.payments, np.ones(RUN.n_years))[0] == 0
