"""Options beside a risk: what each changes, differences on common numbers, faults with pointers."""

from dataclasses import replace

import pytest

import techinsure as ti
from techinsure.errors import InvalidParameter
from techinsure.quotes import Option, PriceRequest
from techinsure.quoting import options
from techinsure.quoting.margin import reference_losses
from techinsure.quoting.options import with_option
from techinsure.reading import read
from tests.techinsure.asked import CATALOGUE, RUN, project, request

RD, LAB = CATALOGUE.product("rd_loss"), CATALOGUE.product("equipment_loss")
HALF = {"name": "half the deductible", "terms": {"deductible": 0.05}}


@pytest.fixture(scope="module")
def research():
    return reference_losses(RD, "all", seed=RUN["seed"], n_years=RUN["n_years"])


def test_an_option_is_priced_as_a_request_of_its_own(research):
    whole = {**project(4e6), "drivers": False}
    quote = ti.price({**whole, "options": [HALF]}, reference=research)
    alone = ti.price({**whole, "terms": {"deductible": 0.05}}, reference=research)
    found = quote.alternatives[0]
    assert found.name == HALF["name"]
    assert found.charged.value == pytest.approx(alone.premium.charged.value, rel=1e-12)
    assert found.charged.standard_error == pytest.approx(alone.premium.charged.standard_error)
    assert found.pure == alone.premium.pure
    assert found.claim_probability == alone.claim_probability
    assert found.payout_1_in_200 == alone.payout_1_in_200
    gap = alone.premium.charged.value - quote.premium.charged.value
    assert found.difference.value == pytest.approx(gap, rel=1e-9)


def test_an_option_has_its_law(research, monkeypatch):
    """Its chance of a claim and its payout are those of the law, as a quote's are."""
    law_of = options.law_of
    monkeypatch.setattr(options, "law_of", lambda *given: replace(law_of(*given), paid=0.5))
    whole = {**project(4e6), "drivers": False, "options": [HALF]}
    found = ti.price(whole, reference=research).alternatives[0]
    assert found.claim_probability.value == 0.5
    assert found.payout_1_in_200.exact


def test_the_difference_is_known_better_than_either_price(research):
    quote = ti.price({**project(4e6), "options": [HALF]}, reference=research)
    found = quote.alternatives[0]
    assert 0 < found.difference.standard_error < 0.7 * found.charged.standard_error
    assert found.pure_difference.exact


def test_an_option_that_repeats_the_risk_makes_no_difference(research):
    again = {"name": "again", "terms": {"deductible": 0.10}}
    quote = ti.price({**project(4e6), "options": [again]}, reference=research)
    found = quote.alternatives[0].difference
    assert found.value == pytest.approx(0, abs=1e-6)
    assert found.standard_error == pytest.approx(0, abs=1e-6)


def test_what_an_option_changes():
    whole = read(PriceRequest, request("equipment_loss", terms={"deductible": 0.1}))
    option = Option(
        name="all", terms={"daily_cost": 0.0}, factors={"maintenance": "contract"},
        stage="mature", exposure={"park": "elsewhere"},
    )  # fmt: skip
    changed = with_option(LAB, whole, option)
    assert changed.terms == {**whole.terms, "daily_cost": 0.0}
    assert (changed.insured.stage, changed.exposure["park"]) == ("mature", "elsewhere")
    assert changed.insured.factors["maintenance"] == "contract"
    assert changed.options == ()
    given = [entry.get("factors", {}).get("maintenance") for entry in changed.exposure["items"]]
    before = [entry.get("factors", {}).get("maintenance") for entry in whole.exposure["items"]]
    assert given == [None if own is None else "contract" for own in before]
    assert "contract" not in {own for own in before if own is None}


def test_faults_point_into_the_option(research):
    options = [HALF, {"name": "wrong", "terms": {"deductible": 7.0, "deductable": 0.1}}]
    with pytest.raises(InvalidParameter) as caught:
        ti.price({**project(4e6), "options": options}, reference=research)
    assert {fault.pointer for fault in caught.value.faults} == {
        "/options/1/terms/deductible", "/options/1/terms/deductable",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([HALF, HALF], "must have different names"),
        ([HALF, {"name": "nothing"}], "option must change something, got 'nothing'"),
        ([{**HALF, "name": str(n)} for n in range(13)], "must be at most 12"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, said):
    with pytest.raises(InvalidParameter, match=said):
        ti.price({**project(4e6), "options": options})


@pytest.mark.parametrize(
    ("option", "pointer"),
    [
        ({"factors": {"trl": "trl_13"}}, "/options/0/factors/trl"),
        ({"stage": "grow"}, "/options/0/stage"),
        ({"terms": {"deductible": 7.0}}, "/options/0/terms/deductible"),
    ],
)
def test_a_fault_has_its_place_in_the_option(option, pointer):
    asked = {**project(1e6), "drivers": False, "options": [{"name": "other", **option}]}
    with pytest.raises(InvalidParameter) as caught:
        ti.price(asked)
    assert pointer in {fault.pointer for fault in caught.value.faults}
