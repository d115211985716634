"""Objects column by column become a portfolio: rated, covered, and refused with every fault."""

from dataclasses import fields, replace

import numpy as np
import pytest

from techinsure import exact
from techinsure.catalogue import shipped
from techinsure.errors import InvalidParameter
from techinsure.portfolio import NOWHERE, PolicyTerms
from techinsure.schedule import schedule

PRODUCTS = shipped().products
RD, LAB, PATENT = (PRODUCTS[code] for code in ("rd_loss", "equipment_loss", "patent"))
TERMS = [f.name for f in fields(PolicyTerms) if f.name != "levels"]
CLASSES = {"rd_loss": "general", "equipment_loss": "lab", "patent": "invention",
           "patent_overseas": "europe", "first_set": "equipment", "pilot": "general"}  # fmt: skip


def rated(product, n=1, missing="unknown", **columns):
    """`n` rows of 1,000,000, a value that is not a list standing for all of them."""
    whole = {"risk_class": CLASSES[product.code], "sum_insured": 1e6} | columns
    lists = {name: v if isinstance(v, list) else [v] * n for name, v in whole.items()}
    return schedule(product, lists, missing)


def refused(product, **columns):
    with pytest.raises(InvalidParameter) as caught:
        rated(product, **columns)
    return {fault.field: str(fault) for fault in caught.value.faults}


def terms_of(held, cause, item=0):
    """The terms of an item and a cause, by name."""
    row = held.terms_of[item, held.causes.index(cause)]
    return {name: getattr(held.terms, name)[row] for name in TERMS}


# --- Relativities


def test_relativities_multiply_on_their_target():
    """Start-up 1.15, vacuum 1.4, old 1.4, contract 0.75 move breakdowns; gas 1.4 moves fire."""
    levels = {"stage": "startup", "item_type": "vacuum_optics", "age": "over_10",
              "maintenance": "contract", "flammable_gas": "yes", "flood_zone": "yes"}  # fmt: skip
    inputs = rated(LAB, **levels).portfolio.inputs
    assert inputs["breakdown_rate"] == pytest.approx([1.15 * 1.4 * 1.4 * 0.75])
    assert inputs["fire_rate"] == pytest.approx([1.4])
    assert inputs["catastrophe_rate"] == pytest.approx([2.0])
    assert inputs["accident_rate"] == inputs["fire_ratio"] == pytest.approx([1.0])


def test_one_level_may_move_two_targets():
    inputs = rated(LAB, export_control="yes").portfolio.inputs
    assert (inputs["breakdown_ratio"][0], inputs["days"][0]) == (1.25, 1.5)


def test_the_product_of_relativities_is_clipped_and_its_raw_value_kept():
    held = rated(
        PATENT, 3, field=["biotech", "chemical", "health"], in_production=["yes", "no", "no"],
        selection="neutral",
    )  # fmt: skip
    assert held.raw["suit_rate"] == pytest.approx([3.0 * 1.8, 0.5 * 0.5, 1.9 * 0.5])
    assert held.portfolio.inputs["suit_rate"] == pytest.approx([2.5, 0.4, 0.95])


def test_selection_stands_outside_the_clip():
    held = rated(PATENT, 2, field="biotech", in_production="yes",
                 selection=["subsidised", "voluntary"])  # fmt: skip
    assert held.portfolio.inputs["suit_rate"] == pytest.approx([2.5 * 0.4, 2.5 * 2.0])
    assert held.raw["suit_rate"] == pytest.approx([5.4, 5.4])


def test_errors_of_unknown_levels_combine():
    """sqrt(prod(1 + e**2) - 1), over clipped and other factors alike; a known level has none."""
    errors = {"field": 0.552, "in_production": 0.565, "portfolio_size": 0.297, "holder": 0.070,
              "province": 0.064, "selection": 0.582}  # fmt: skip
    assert {n: PATENT.factors[n].levels["unknown"].error for n in errors} == errors
    combined = np.sqrt(np.prod([1 + e**2 for e in errors.values()]) - 1)
    assert rated(PATENT).portfolio.inputs["suit_rate_error"] == pytest.approx([combined])
    known = rated(PATENT, field="health", selection="neutral").portfolio.inputs
    del errors["field"], errors["selection"]
    rest = np.sqrt(np.prod([1 + e**2 for e in errors.values()]) - 1)
    assert known["suit_rate_error"] == pytest.approx([rest])


def test_unknown_and_not_given_are_the_same():
    named = rated(RD, trl="unknown", stage="unknown").portfolio
    assert named.digest() == rated(RD).portfolio.digest()


def test_missing_base_is_relativity_1_without_error():
    """A given level keeps its relativity."""
    held = rated(RD, missing="base", trl="trl_1_3")
    assert held.portfolio.inputs["odds"] == pytest.approx([1.4])
    assert held.portfolio.inputs["odds_error"].tolist() == [0.0]
    assert held.levels["stage"] == ["unknown"]


def test_every_target_of_the_model_has_a_relativity():
    for product in PRODUCTS.values():
        inputs = rated(product, missing="base").portfolio.inputs
        for target in product.model.targets:
            assert inputs[target].tolist() == [1.0]
            assert inputs[f"{target}_error"].tolist() == [0.0]


# --- Terms


def test_terms_of_the_form_the_class_the_default_and_the_row():
    held = rated(
        RD, 3, form=["", "named_cause", "named_cause"], deductible=[None, None, 0.2]
    ).portfolio
    found = [terms_of(held, "failure", item) for item in range(3)]
    assert [t["deductible_amount"] for t in found] == [100_000, 50_000, 200_000]
    assert [t["insured_share"] for t in found] == [0.4, 0.2, 0.2]
    assert (
        terms_of(held, "failure")["limit"] == terms_of(held, "failure")["aggregate_limit"] == np.inf
    )
    labs = rated(LAB, 2, risk_class=["lab", "wafer_fab"], site=["a", "b"]).portfolio
    # 0.02% and 0.005% of 1,000,000 by class; 10% of the loss by default
    assert [terms_of(labs, "breakdown", i)["deductible_amount"] for i in (0, 1)] == [200, 50]
    assert terms_of(labs, "breakdown")["deductible_rate"] == 0.1


def test_the_floor_is_of_the_policys_sum_insured_and_the_cap_of_one_unit():
    held = rated(LAB, 2, policy="p", site="s", sum_insured=[1e6, 3e6], units=[4, 1]).portfolio
    damage = [terms_of(held, "accident", i) for i in (0, 1)]
    assert [t["deductible_amount"] for t in damage] == pytest.approx([800, 800])
    assert [t["sum_insured"] for t in damage] == [250_000, 3e6]
    fire = [terms_of(held, "fire", i) for i in (0, 1)]
    assert [(t["sum_insured"], t["deductible_amount"]) for t in fire] == [(1e6, 0), (3e6, 0)]


def test_a_limit_in_multiples_is_of_the_item_and_ends_at_its_maximum():
    """Four units for 1,000,000: liability ends at once the price of all, twice for components, and
    for materials, up to five times, at 500m."""
    product = PRODUCTS["first_set"]
    held = rated(product, 3, risk_class=["equipment", "component", "material"],
                 sum_insured=[1e6, 1e6, 2e8], units=4,
                 liability_limit=[None, None, 5.0]).portfolio  # fmt: skip
    assert [terms_of(held, "liability", k)["limit"] for k in range(3)] == [1e6, 2e6, 5e8]
    assert [terms_of(held, "liability", k)["sum_insured"] for k in range(3)] == [np.inf] * 3
    assert terms_of(held, "quality")["sum_insured"] == 2.5e5
    assert terms_of(held, "quality")["deductible_amount"] == pytest.approx(2.5e3)
    assert terms_of(held, "serial_quality")["sum_insured"] == 1e6
    assert terms_of(held, "serial_quality")["deductible_amount"] == pytest.approx(1e4)
    assert terms_of(held, "serial_quality")["limit"] == np.inf


def test_covers_are_there_where_they_are_bought():
    held = rated(RD, 2, risk_class="chip", respin=[True, None]).portfolio
    assert held.causes == ("failure", "respin")
    assert (held.terms_of[:, 1] == NOWHERE).tolist() == [False, True]
    assert terms_of(held, "respin")["insured_share"] == 0.5
    patents = rated(PATENT, 2, units=4, loss_sum_insured=[None, 5e5]).portfolio
    assert (patents.terms_of[:, 1] == NOWHERE).tolist() == [True, False]
    assert terms_of(patents, "infringed_loss", 1)["sum_insured"] == 5e5
    assert terms_of(patents, "enforcement")["sum_insured"] == 250_000  # of one patent
    labs = rated(LAB, 2, site=["a", "b"], daily_cost=[0, 10.0]).portfolio
    assert (labs.terms_of[:, 4] == NOWHERE).tolist() == [True, False]
    assert terms_of(labs, "interruption", 1)["sum_insured"] == np.inf


def test_waiting_counts_from_inception():
    held = rated(PATENT, 3, inception=[0, 0.5, 0.5], waiting_days=[73, 73, 0]).portfolio
    assert [terms_of(held, "enforcement", i)["waiting"] for i in range(3)] == [0.2, 0.7, 0.0]


def test_a_deductible_that_nobody_set_is_none():
    """Not one that swallows every loss."""
    free = {name: replace(t, default=None, by_class={}) for name, t in LAB.terms.items()}
    held = rated(replace(LAB, terms=free)).portfolio
    found = terms_of(held, "accident")
    assert (found["deductible_rate"], found["deductible_amount"]) == (0, 0)
    assert found["limit"] == np.inf


def test_a_policy_shares_its_aggregate_limit():
    held = rated(LAB, 3, policy=["a", "a", "b"], aggregate_limit=[5e5, 5e5, 2e5]).portfolio
    codes = [terms_of(held, "fire", i)["aggregate"] for i in range(3)]
    assert codes[0] == codes[1] == terms_of(held, "breakdown")["aggregate"] != codes[2]


# --- Labels and defaults


def test_what_is_not_given():
    held = rated(RD, 2, inception=[None, 0.5]).portfolio
    assert held.ids == ("1", "2")
    assert held.policy.texts() == ["1", "2"]
    assert held.term.tolist() == [2.0, 2.0]  # 24 months
    assert held.inception.tolist() == [0.0, 0.5]
    assert held.factors["form"].texts() == ["technical_failure"] * 2
    assert not held.supply_exposed.any()
    assert (held.inputs["entry_phase"] == 0).all()
    assert held.product.texts() == ["rd_loss"] * 2
    assert held.risk_class.texts() == ["rd_loss/general"] * 2


def test_a_risk_unit_is_the_project_the_site_or_the_family():
    """A project and a site of one name are two."""
    assert rated(RD, id="A", site="s").portfolio.risk_unit.texts() == ["id/A"]
    labs = rated(LAB, 3, id=["A", "B", "C"], site=["A", "A", ""]).portfolio
    assert labs.risk_unit.texts() == ["site/A", "site/A", "id/C"]
    patents = rated(PATENT, 2, family=["A", ""]).portfolio
    assert patents.risk_unit.texts() == ["family/A", "id/2"]


def test_a_batch_is_one_risk_unit():
    held = rated(PRODUCTS["first_set"], 3, family=["B", "B", ""], id=["a", "b", "c"]).portfolio
    assert held.risk_unit.texts() == ["family/B", "family/B", "id/c"]


def test_entry_phases_by_name():
    phases = ["", "pilot", "industrial"]
    assert rated(RD, 3, entry_phase=phases).portfolio.inputs["entry_phase"].tolist() == [0, 1, 2]


def test_numbers_as_a_file_writes_them():
    held = rated(LAB, sum_insured="1,320,000.50", units="3", term_months=" 18 ",
                 supply_exposed="是").portfolio  # fmt: skip
    assert held.sum_insured.tolist() == [1_320_000.5]
    assert (held.units[0], held.term[0], held.supply_exposed[0]) == (3, 1.5, True)


def test_one_row_at_a_time_is_the_same_as_all_at_once():
    insured, deductible = [1.0, 3e5, 7e8, 1e15], [0.0, 0.1, 0.25, 0.3]
    whole = rated(RD, 4, "base", sum_insured=insured, deductible=deductible).portfolio
    means = exact.mean(RD.model, whole, np.arange(4, dtype=np.int32))
    for item in range(4):
        alone = rated(
            RD, 1, "base", sum_insured=insured[item], deductible=deductible[item]
        ).portfolio
        assert exact.mean(RD.model, alone, np.zeros(1, np.int32))[0] == means[item]
        mine = terms_of(whole, "failure", item) | {"aggregate": 0}
        assert terms_of(alone, "failure") == mine


# --- Border


@pytest.mark.parametrize("value", [None, "", " ", float("nan")])
def test_the_sum_insured_is_required(value):
    assert refused(RD, sum_insured=value) == {"sum_insured[0]": "sum_insured[0] is required"}


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("sum_insured", 0, "must be in [0.01, 1e+15]"),
        ("sum_insured", -5.0, "must be in [0.01, 1e+15]"),
        ("sum_insured", 1e308, "must be in [0.01, 1e+15]"),
        ("sum_insured", True, "must be a number"),
        ("sum_insured", "1,5", "must be a number"),
        ("sum_insured", "nan", "must be a number"),
        ("sum_insured", "inf", "must be a number"),
        ("sum_insured", float("inf"), "must be finite"),
        ("sum_insured", 10**400, "must be a number"),
        ("units", 0, "must be a whole number in [1, 100000]"),
        ("units", 2.5, "must be a whole number in [1, 100000]"),
        ("units", 2**32 + 1, "must be a whole number in [1, 100000]"),
        ("term_months", 0, "must be in [1, 120]"),
        ("term_months", 121, "must be in [1, 120]"),
        ("inception", -0.1, "must be in [0, 10) years"),
        ("inception", 10, "must be in [0, 10) years"),
        ("budget", -1, "must be in [0.01, 1e+15]"),
        ("supply_exposed", "maybe", "must be true or false"),
        ("deductible", 0.31, "must be in [0, 0.3] (share_of_sum_insured), got 0.31"),
        ("deductible", -0.01, "must be in [0, 0.3] (share_of_sum_insured), got -0.01"),
        ("deductible", "10%", "must be a number"),
        ("deductible", True, "must be a number"),
        ("deductible", "nan", "must be a number"),
        ("insured_share", 0.9, "must be in [0, 0.8] (fraction), got 0.9"),
        ("limit", 999, "must be in [1000, 1e+09] (amount), got 999"),
        ("risk_class", "chips", "(did you mean 'chip'?)"),
        ("risk_class", "", "must be one of general, software, chip, material, biopharma, got ''"),
        ("form", "named_causes", "(did you mean 'named_cause'?)"),
        ("entry_phase", "pilots", "(did you mean 'pilot'?)"),
        ("stage", "grow", "must be one of startup, growth, mature, unknown, got 'grow' "
                          "(did you mean 'growth'?)"),
        ("id", "a\x00b", "must hold no control character"),
        ("site", "\ud800", "must hold no control character"),
        ("route", "x" * 201, "must have 1 to 200 characters"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_with_its_bound(column, value, told):
    faults = refused(RD, **{column: value})
    assert list(faults) == [f"{column}[0]"]
    assert told in faults[f"{column}[0]"]


def test_every_fault_of_every_row_is_told_at_once():
    faults = refused(
        RD, n=3, sum_insured=[1e6, "x", -1], deductible=[0.5, None, 0.9], stage=["grow", "", "old"],
        units=[1, 0, 1], form=["", "", "other"], supply_exposed=["", "perhaps", ""],
    )  # fmt: skip
    assert set(faults) == {
        "sum_insured[1]", "sum_insured[2]", "deductible[0]", "deductible[2]", "stage[0]",
        "stage[2]", "units[1]", "form[2]", "supply_exposed[1]",
    }  # fmt: skip


def test_an_unknown_column_is_named_with_the_nearest():
    faults = refused(RD, deductable=0.1, zzz="red")
    assert "is not a column of this product" in faults["deductable"]
    assert "did you mean 'deductible'?" in faults["deductable"]
    assert "known: id, policy" in faults["zzz"]


def test_columns_have_one_length_and_at_least_one_row():
    with pytest.raises(
        InvalidParameter, match=r"stage must have 2 rows, as sum_insured has, got 1"
    ):
        schedule(RD, {"sum_insured": [1.0, 2.0], "risk_class": ["chip"] * 2, "stage": ["growth"]})
    with pytest.raises(InvalidParameter, match="sum_insured must have at least one row"):
        schedule(RD, {"sum_insured": [], "risk_class": []})
    with pytest.raises(InvalidParameter, match="risk_class is required"):
        schedule(RD, {"sum_insured": [1.0]})


def test_an_id_stands_for_one_row():
    assert refused(RD, n=3, id=["a", "b", "a"]) == {"id[2]": "id[2] must be unique, got 'a'"}
    # an id that is not given is the row's number
    assert list(refused(RD, n=2, id=["2", ""])) == ["id[1]"]


def test_a_project_has_a_row_of_its_own():
    assert "give each project a row of its own" in refused(RD, units=2)["units[0]"]
    assert rated(LAB, units=2).portfolio.units.tolist() == [2]


def test_a_campaign_has_a_row_of_its_own():
    assert "units[0]" in refused(PRODUCTS["pilot"], units=2)


def test_a_term_beyond_the_pattern_is_refused():
    assert refused(PRODUCTS["first_set"], n=2, term_months=[36, 36.5]) == {
        "term_months[1]": "term_months[1] must be at most 36, got 36.5 "
        "(the rates of later policy years are not known)"
    }
    assert rated(PRODUCTS["pilot"], term_months=120).portfolio.term.tolist() == [10.0]


def test_own_funds_are_part_of_the_budget():
    assert (
        "must be >= the sum insured 1e+06, got 999999.0" in refused(RD, budget=999_999)["budget[0]"]
    )
    assert rated(RD, budget=1_000_000).portfolio.inputs["budget"].tolist() == [1e6]


def test_a_cover_that_is_not_offered_is_not_sold():
    """Silence would leave the insured without what it bought."""
    assert refused(RD, respin=True)["respin[0]"] == "respin[0] is not offered for general, got 1.0"
    assert "is not offered for lab" in refused(LAB, loss_sum_insured=1e5)["loss_sum_insured[0]"]
    assert "is not offered for invention" in refused(PATENT, respin="true")["respin[0]"]
    kinds = {"utility": replace(PATENT.model.classes["utility"], loss=None)}
    without = replace(PATENT, model=replace(PATENT.model, classes=PATENT.model.classes | kinds))
    faults = refused(without, n=2, risk_class=["utility", "invention"], loss_sum_insured=1e5)
    assert list(faults) == ["loss_sum_insured[0]"]


def test_a_policy_has_one_aggregate_limit():
    faults = refused(LAB, n=3, policy=["p", "p", "q"], aggregate_limit=[5e5, None, 2e5])
    assert list(faults) == ["aggregate_limit[1]"]
    assert "must be one for all rows of policy 'p'" in faults["aggregate_limit[1]"]
