"""A request rated: every fault points to its place, and what was applied is told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.quotes import PriceRequest
from techinsure.quoting.rating import applied, applied_terms, rate
from techinsure.reading import read
from tests.techinsure.asked import CATALOGUE, CODES, project, request

SITE = {"items": [{"value": 1e6}, {"value": 2e6}, {"value": 5e5, "units": 3}]}
GROUPS = {"groups": [{"sum_insured": 1e5}, {"sum_insured": 2e5}]}


def rated(whole):
    product = CATALOGUE.product(whole["product"])
    return rate(product, read(PriceRequest, whole))


def refused(whole):
    with pytest.raises(InvalidParameter) as caught:
        rated(whole)
    return {fault.pointer: str(fault) for fault in caught.value.faults}


def site(factors=None, **changes):
    items = [dict(item) for item in SITE["items"]]
    items[2] |= {"factors": factors or {}}
    return request("equipment_loss", exposure={"items": items, **changes}, terms={})


def patents(**second):
    groups = [{"sum_insured": 1e5}, {"sum_insured": 2e5, **second}]
    return request("patent", exposure={"groups": groups}, terms={})


def contract(terms=None, **exposure):
    whole = {"risk_class": "equipment", "price": 1e6, **exposure}
    return request("first_set", exposure=whole, terms=terms or {})


def excess(group="*", **changes):
    """A level of a policy, deducting 1,000 an event."""
    terms = {group: {"deductible": {"kind": "fixed_amount", "amount": 1e3}}}
    return {"name": "excess", "by": "policy", "terms": terms, **changes}


# --- Border: where each fault points


@pytest.mark.parametrize(
    ("whole", "pointer", "told"),
    [
        (contract(price=-1.0), "/exposure/price", "price must be in [0.01, 1e+15]"),
        (contract(term_months=37), "/exposure/term_months", "must be at most 36, got 37.0"),
        (contract(terms={"liability_limit": 6.0}), "/terms/liability_limit",
         "must be in [0.1, 5] (share_of_sum_insured)"),
        (request("pilot", exposure={"budget": 1e6, "own_funds": 2e6}), "/exposure/own_funds",
         "own_funds must be <= budget 1e+06"),
        (project(factors={"trll": "trl_1_3"}), "/insured/factors/trll",
         "trll is not a rating factor of this product, got 'trll' (did you mean 'trl'?)"),
        (project(factors={"trl": "trl_13"}), "/insured/factors/trl", "(did you mean 'trl_1_3'?)"),
        (project(factors={"a/b~c": "x"}), "/insured/factors/a~1b~0c", "(known: stage, high_tech"),
        (project(factors={"sum_insured": "5"}), "/insured/factors/sum_insured",
         "is not a rating factor"),
        (project(factors={"stage": "growth"}), "/insured/factors/stage", "write insured.stage"),
        (project(stage="grow"), "/insured/stage", "stage must be one of startup, growth, mature, "
         "unknown, got 'grow' (did you mean 'growth'?)"),
        (project(terms={"deductable": 0.1}), "/terms/deductable",
         "is not a term of this product, got 'deductable' (did you mean 'deductible'?)"),
        (project(terms={"deductible": 0.4}), "/terms/deductible", "must be in [0, 0.3]"),
        (project(terms={"deductible": "0.1"}), "/terms/deductible",
         "must be a number, got '0.1' (write it without quotes)"),
        (project(terms={"deductible": ""}), "/terms/deductible", "must be a number"),
        (project(terms={"form": "named_causes"}), "/terms/form", "(did you mean 'named_cause'?)"),
        (project(terms={"form": ""}), "/terms/form", "must be one of technical_failure, named"),
        (project(terms={"form": " named_cause"}), "/terms/form", "did you mean 'named_cause'?"),
        (project(terms={"form": 1.0}), "/terms/form", "must be one of"),
        (project(risk_class="chips"), "/exposure/risk_class", "(did you mean 'chip'?)"),
        (project(entry_phase="pilots"), "/exposure/entry_phase", "(did you mean 'pilot'?)"),
        (project(own_funds=2e6), "/exposure/own_funds", "own_funds must be <= budget 1e+06"),
        (project(budget=0), "/exposure/budget", "must be in [0.01, 1e+15]"),
        (project(respin=True), "/exposure/respin", "is not offered for general"),
        (project(term_months=0), "/exposure/term_months", "must be in [1, 120]"),
        (project(route="\ud800"), "/exposure/route", "no control character"),
        (project(colour=1), "/exposure/colour", "is not a known key"),
        (site({"item_typ": "rotating"}), "/exposure/items/2/factors/item_typ",
         "(did you mean 'item_type'?)"),
        (site({"item_type": "rotatin"}), "/exposure/items/2/factors/item_type",
         "(did you mean 'rotating'?)"),
        (site(risk_class="labs"), "/exposure/risk_class", "(did you mean 'lab'?)"),
        (site(items=[]), "/exposure/items", "must have at least 1 entries"),
        (site(items=[{"value": -1.0}]), "/exposure/items/0/value", "must be in [0.01, 1e+15]"),
        (site(items=[{"value": 1e12, "units": 10_000}]), "/exposure/items/0/value",
         "must be in [0.01, 1e+15], got 1e+16"),
        (project() | {"levels": [excess(by="sites")]}, "/levels/0/by", "(did you mean 'site'?)"),
        (project() | {"levels": [excess(by="site")]}, "/levels/0/by",
         "must be a label that the insured objects have, got 'site' (one of item, policy"),
        (project() | {"levels": [excess(causes=["fire"])]}, "/levels/0/causes/0",
         "must be one of failure, respin, got 'fire'"),
        (site() | {"levels": [excess("roof", by="site")]}, "/levels/0/terms/roof",
         "must name a site of an item"),
        (project() | {"levels": [excess(), excess()]}, "/levels/1/name", "must be unique"),
        (patents(risk_class="inventions"), "/exposure/groups/1/risk_class", "'invention'"),
        (patents(patents=0), "/exposure/groups/1/patents", "must be in [1, 100000]"),
        (patents(factors={"fields": "health"}), "/exposure/groups/1/factors/fields", "'field'"),
        (patents(factors={"field": "helth"}), "/exposure/groups/1/factors/field", "'health'"),
    ],
)  # fmt: skip
def test_each_fault_points_at_its_place(whole, pointer, told):
    faults = refused(whole)
    assert list(faults) == [pointer]
    assert told in faults[pointer]


COLUMNS = ("sum_insured", "units", "site", "park", "risk_class", "form", "id", "policy",
           "deductible", "daily_cost", "supply_exposed", "budget")  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
def test_a_factor_of_an_item_cannot_stand_for_a_column(column):
    """It would change the schedule behind the request's back."""
    assert list(refused(site({column: "1"}))) == [f"/exposure/items/2/factors/{column}"]
    assert list(refused(patents(factors={column: "1"}))) == [f"/exposure/groups/1/factors/{column}"]


def test_all_faults_are_told_at_once():
    whole = project(terms={"deductible": 9.0, "limits": 1.0, "form": "x"}, stage="old",
                    factors={"trl": "x", "y": "z"}, budget=-1.0, term_months=0)  # fmt: skip
    assert set(refused(whole)) == {
        "/terms/deductible", "/terms/limits", "/terms/form", "/insured/stage",
        "/insured/factors/trl", "/insured/factors/y", "/exposure/budget", "/exposure/term_months",
    }  # fmt: skip


def test_a_thousand_unknown_names_are_told_in_part():
    faults = refused(project(factors={f"name {i}": "x" for i in range(1000)}))
    assert 1 <= len(faults) <= 20


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), min_size=1, max_size=3))
def test_no_factors_of_any_name_break_it(factors):
    known = CATALOGUE.product("rd_loss").factors
    given_names = set(factors) - set(known)
    if given_names:
        pointers = refused(project(factors=factors))
        assert all(pointer.startswith("/insured/factors/") for pointer in pointers)


# --- What was applied


def test_an_items_own_factor_goes_before_the_insureds():
    whole = site({"age": "over_10"}) | {"insured": {"factors": {"age": "under_3"}}}
    held = rated(whole)
    assert held.levels["age"] == ["under_3", "under_3", "over_10"]
    told = applied(CATALOGUE.product("equipment_loss"), held)
    lines = [(f.level, f.relativity, f.items) for f in told if f.name == "age"]
    assert lines == [("under_3", 0.85, 2), ("over_10", 1.4, 1)]


def test_factors_are_told_with_their_evidence():
    product = CATALOGUE.product("rd_loss")
    found = {f.name: f for f in applied(product, rated(project(stage="startup")))}
    assert set(found) == set(product.factors)
    startup, trl = found["stage"], found["trl"]
    assert (startup.level, startup.target, startup.relativity) == ("startup", "odds", 1.35)
    assert (startup.grade, startup.assumed, startup.error) == ("C", False, 0.0)
    assert "CNIPA" in startup.source
    assert (trl.level, trl.assumed, trl.error) == ("unknown", True, 0.277)


def test_a_clip_is_a_line_of_its_own():
    """1.35 x 1.4 x 1.3 x 1.2 = 2.948 is held at 2.5; biotech 3.0 in production 1.8 too."""
    factors = {"trl": "trl_1_3", "novelty": "radical", "innovation_points": "q1"}
    product = CATALOGUE.product("rd_loss")
    *_, clip = applied(product, rated(project(stage="startup", factors=factors)))
    assert (clip.name, clip.level, clip.target) == ("clip", "2.948 to 2.5", "odds")
    assert clip.relativity == pytest.approx(2.5 / (1.35 * 1.4 * 1.3 * 1.2))
    assert clip.source == "combined relativities are held within [0.4, 2.5]"
    assert not [f for f in applied(product, rated(project())) if f.name == "clip"]


def test_terms_as_applied():
    product = CATALOGUE.product("rd_loss")
    whole = read(PriceRequest, project(terms={"form": "named_cause", "limit": 5e5}))
    assert applied_terms(product, whole, "general") == {
        "form": "named_cause", "deductible": 0.05, "insured_share": 0.2, "respin_deductible": 0.1,
        "respin_share": 0.5, "limit": 5e5,
    }  # fmt: skip
    fab = read(PriceRequest, site(risk_class="wafer_fab"))
    found = applied_terms(CATALOGUE.product("equipment_loss"), fab, "wafer_fab")
    assert (found["form"], found["deductible_minimum"]) == ("standard", 5e-5)


@pytest.mark.parametrize("code", CODES)
def test_the_example_of_each_product_is_rated(code):
    held = rated(request(code)).portfolio
    assert set(held.policy.texts()) == {"policy"}
    assert held.ids[0] == "risk/1"
