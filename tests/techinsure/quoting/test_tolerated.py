"""As many years as an error needs: reached, capped and said, the same again, none where exact."""

from dataclasses import replace

import pytest

import techinsure as ti
from techinsure.catalogue import Catalogue
from techinsure.errors import InvalidParameter
from techinsure.quotes import PILOT_YEARS, PriceRequest, ToleranceAsked
from techinsure.quoting import charging, tolerated
from techinsure.quoting.rating import rate
from techinsure.reading import read
from techinsure.simulation import Simulation
from tests.techinsure.asked import CATALOGUE, project

SHIPPED = CATALOGUE.product("rd_loss")
GRID = {"risk_class": ("chip", "general"), "route": ("r1",), "sum_insured": (1e6, 4e6)}
RD = replace(SHIPPED, references={"all": replace(SHIPPED.reference("all"), copies=1, grid=GRID)})
RUN = Simulation(n_years=1000, seed=7)


def asked(error, figure="charged", most=PILOT_YEARS):
    return ToleranceAsked(figure=figure, relative_error=error, most_years=most)


def run(product=RD, seed=7, **changes):
    risk = rate(product, read(PriceRequest, project(4e6))).portfolio
    whole = replace(RUN, seed=seed)
    return tolerated.tolerated(product, risk, whole, asked(**{"error": 0.05, **changes}))


def test_an_error_that_the_pilot_has_is_reached_with_it():
    found = run()
    assert (found.state, found.reached, found.years) == ("reached", True, PILOT_YEARS)
    assert found.error <= 0.05
    assert found.figure == "charged"


def test_a_smaller_error_takes_more_years():
    pilot = run()
    wanted = 0.8 * pilot.error
    found = run(error=wanted, most=200_000)
    assert found.reached
    assert found.error <= wanted
    assert found.years > 1.4 * PILOT_YEARS
    assert found.runs[0] == pilot.runs[0]


def test_the_cap_comes_first():
    found = run(error=0.0001)
    assert (found.state, found.reached, found.years) == ("capped", False, PILOT_YEARS)
    assert found.needed > 100 * PILOT_YEARS


def test_the_same_again_and_not_with_another_seed():
    assert run() == run()
    assert run().estimate != run(seed=8).estimate


def test_the_figure_is_that_of_the_quote():
    catalogue = Catalogue(products={"rd_loss": RD})
    whole = {**project(4e6), "drivers": False, "tolerance": {"relative_error": 0.05,
             "most_years": PILOT_YEARS}}  # fmt: skip
    quote = ti.price(whole, catalogue)
    assert quote.tolerance == run()
    assert quote.premium.charged.value == pytest.approx(quote.tolerance.estimate.value, rel=1e-12)
    assert quote.premium.charged.standard_error == pytest.approx(
        quote.tolerance.estimate.standard_error, rel=1e-9
    )
    assert quote.receipt.n_years == PILOT_YEARS
    assert not any("cap of" in warning for warning in quote.warnings)
    capped = ti.price({**whole, "tolerance": {"relative_error": 0.0001,
                       "most_years": PILOT_YEARS}}, catalogue)  # fmt: skip
    assert capped.warnings[-1] == (f"{capped.tolerance}; the cap of 10,240 years was reached first")
    assert "0.0001 asked" in capped.warnings[-1]
    assert capped.premium == quote.premium


def test_an_exact_figure_needs_no_years(monkeypatch):
    for module in (charging, tolerated):
        for name in ("simulate", "reference_losses"):
            monkeypatch.setattr(module, name, None, raising=False)
    found = run(error=0.0001, figure="pure")
    assert (found.state, found.reached, found.needed, found.error) == ("exact", True, 0, 0.0)
    assert len(found.runs) == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"relative_error": 0.0}, "must be in [0.0001, 1)"),
        ({"relative_error": 1.0}, "must be in [0.0001, 1)"),
        ({"relative_error": 0.1, "most_years": PILOT_YEARS - 1}, "most_years"),
        ({"relative_error": 0.1, "figure": "tail"}, "figure"),
    ],
)
def test_what_cannot_be_asked_is_refused(given, told):
    with pytest.raises(InvalidParameter) as caught:
        ti.price({**project(), "tolerance": given})
    assert told in str(caught.value)
    assert caught.value.faults[0].pointer.startswith("/tolerance")
