"""Time beside the price: the table of decision 0005, and that no price moves."""

from dataclasses import replace

import pytest

import techinsure as ti
from techinsure.errors import InvalidParameter
from techinsure.quoting.verification import verify
from techinsure.receipt import plain
from tests.techinsure.asked import CATALOGUE

DISCOUNT = {"rate": 0.02, "source": "an assumption for this table", "as_of": "2026-11-24"}
FEW = {"n_years": 2_000, "seed": 20260101}


def asked(code, **changes):
    example = CATALOGUE.product(code).example
    return {**example, "options": [], "drivers": False, "simulation": FEW, **changes}


# charged, years of capital and their error, capital alone, claims alone, both; 2026-11-24
TABLE = {
    "first_set": (5_895_423, 1.761, 0.016, 218_981, -137_668, 81_313),
    "rd_loss": (343_178, 1.163, 0.005, 3_080, -4_742, -1_662),
}


@pytest.mark.parametrize("code", TABLE)
def test_the_table_of_the_decision(code):
    charged, years, error, capital, claims, both = TABLE[code]
    run = {"n_years": 20_000, "seed": 20260101}
    quote = ti.price(asked(code, simulation=run, discount=DISCOUNT), CATALOGUE)
    found = quote.over_time
    assert quote.premium.charged.value == pytest.approx(charged, abs=1)
    assert found.years_of_capital.value == pytest.approx(years, abs=6e-4)
    assert found.years_of_capital.standard_error == pytest.approx(error, abs=6e-4)
    added = (found.capital_added, found.claims_added, found.both_added)
    assert [one.value for one in added] == pytest.approx([capital, claims, both], abs=2)
    lines = quote.premium.waterfall
    for name, line in found.capital.items():
        counted = lines.step(name).value * found.years_of_capital.value
        assert line.value == pytest.approx(counted)
    assert found.by_year.value == pytest.approx(quote.payable.premium.amount_minor, abs=2)


@pytest.fixture(scope="module")
def bare():
    return ti.price(asked("first_set"), CATALOGUE)


def test_a_yield_moves_no_figure_of_the_price(bare):
    shown = ti.price(asked("first_set", discount=DISCOUNT), CATALOGUE)
    assert shown.premium == bare.premium
    assert shown.payable == bare.payable
    beside = shown.over_time
    assert replace(beside, discount=None, discounted_claims=None, claims_added=None,
                   both_added=None, by_year=None) == bare.over_time  # fmt: skip


def test_without_a_yield_nothing_is_discounted(bare):
    found = bare.over_time
    assert found.years_of_capital.value > 1
    assert found.discount is found.claims_added is found.both_added is found.by_year is None
    assert "discount" not in plain(bare.request)


def test_a_year_says_nothing_unless_asked():
    quote = ti.price(asked("equipment_loss"), CATALOGUE)
    assert quote.over_time is None
    assert "over_time" not in quote.to_dict()
    shown = ti.price(asked("equipment_loss", discount=DISCOUNT), CATALOGUE).over_time
    assert shown.years_of_capital.value == pytest.approx(1)
    assert shown.capital_added.value == pytest.approx(0, abs=1e-6)
    half = shown.discounted_claims.value / quote.premium.pure.value
    assert half == pytest.approx(1.02**-0.5)


def test_a_stored_quote_of_before_comes_out_again(bare):
    stored = bare.to_dict()
    assert verify(stored, CATALOGUE).reproduced
    del stored["over_time"]
    assert verify(stored, CATALOGUE).reproduced
    stored["premium"]["charged"]["value"] += 1
    assert not verify(stored, CATALOGUE).reproduced


def test_what_was_asked_for_and_is_missing_is_told():
    stored = ti.price(asked("first_set", discount=DISCOUNT), CATALOGUE).to_dict()
    del stored["over_time"]
    assert not verify(stored, CATALOGUE).reproduced


def test_where_no_loss_was_simulated_the_quote_says_so():
    never = {"kind": "fixed_amount", "amount": 1e12}
    level = {"name": "all", "by": "policy", "terms": {"*": {"deductible": never}}}
    run = {"n_years": 1000, "seed": 1}
    quote = ti.price(
        asked("first_set", discount=DISCOUNT, levels=[level], simulation=run), CATALOGUE
    )
    told = [one for one in quote.warnings if one.startswith("time beside the price")]
    assert quote.simulated_pure.value == 0
    assert quote.over_time is None
    assert told


def test_a_rate_in_percent_is_refused_where_it_stands():
    with pytest.raises(InvalidParameter) as refused:
        ti.price(asked("first_set", discount={**DISCOUNT, "rate": 2.0}), CATALOGUE)
    assert [fault.pointer for fault in refused.value.faults] == ["/discount/rate"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_words_say_that_it_is_not_in_the_price(language):
    quote = ti.price(asked("first_set", discount=DISCOUNT), CATALOGUE)
    said = quote.explain(language)
    assert said.count("Not in the price" if language == "en" else "未计入价格") == 2
    assert "an assumption for this table" in said
