"""The shipped products say what their evidence pages say, and a faulty product file is refused."""

import math
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from techinsure import exact
from techinsure.catalogue import folder, load, load_product, product_digest, with_experience
from techinsure.distributions import Beta, Gamma, Lognormal
from techinsure.errors import CatalogueError, InvalidParameter, NotFound
from techinsure.evidence.experience import Experience
from techinsure.models import EXPOSURE_OF
from techinsure.product import UNKNOWN, Cover, Product, at, evidence
from techinsure.quoting import price
from techinsure.reading import read
from techinsure.schedule import schedule

CODES = ("equipment_loss", "first_set", "patent", "patent_overseas", "pilot", "rd_loss")
JUDGEMENT = "techinsure, judgement, 2026-11: "
PHASES = ("lab", "pilot", "industrial")


@pytest.fixture(scope="module")
def products():
    return load().products


@pytest.fixture(params=CODES)
def product(products, request):
    return products[request.param]


def page_of(code: str) -> str:
    return (folder() / code / "evidence.md").read_text(encoding="utf-8")


# --- Reference: mean (or relativity, rate, default), cv (or error), grade, typed from the
# specification of each product, not from its file.

SPECIFIED = {
    "rd_loss": {
        "model.phases.lab.budget_share": (0.25, 0.2, "D"),
        "model.phases.pilot.budget_share": (0.35, 0.2, "D"),
        "model.phases.industrial.budget_share": (0.40, 0.2, "D"),
        "model.spend": (0.625, 0.3779644730092272, "D"),
        "model.recognised": (0.85, 0.1, "D"),
        "model.insured_cause.technical_failure": (0.60, 0.25, "D"),
        "model.insured_cause.named_cause": (0.15, 0.5, "D"),
        "model.dependence.common": (0.03, 0.5, "C"),
        "model.dependence.route": (0.07, 0.5, "C"),
        "model.dependence.sector": (0.0, 0.0, "D"),
        "model.supply_shock.probability": (0.05, 0.0, "D"),
        "model.supply_shock.shift": (0.5, 0.0, "D"),
        "model.classes.chip.respin": (0.80, 0.1, "C"),
        "model.classes.chip.respin_cost": (0.15, 0.6, "D"),
        "factors.stage.levels.startup.on.odds": (1.35, 0.0, "C"),
        "factors.stage.levels.growth.on.odds": (1.10, 0.0, "C"),
        "factors.stage.levels.mature.on.odds": (0.85, 0.0, "C"),
        "factors.high_tech.levels.yes.on.odds": (0.80, 0.0, "C"),
        "factors.high_tech.levels.no.on.odds": (1.0, 0.0, "D"),
        "factors.trl.levels.trl_1_3.on.odds": (1.4, 0.0, "D"),
        "factors.trl.levels.trl_4_5.on.odds": (1.0, 0.0, "D"),
        "factors.trl.levels.trl_6_9.on.odds": (0.7, 0.0, "D"),
        "factors.novelty.levels.incremental.on.odds": (0.8, 0.0, "C"),
        "factors.novelty.levels.radical.on.odds": (1.3, 0.0, "C"),
        "factors.team_record.levels.repeat_success.on.odds": (0.85, 0.0, "D"),
        "factors.innovation_points.levels.q1.on.odds": (1.20, 0.0, "D"),
        "factors.innovation_points.levels.q2.on.odds": (1.05, 0.0, "D"),
        "factors.innovation_points.levels.q3.on.odds": (0.95, 0.0, "D"),
        "factors.innovation_points.levels.q4.on.odds": (0.85, 0.0, "D"),
        "terms.deductible": (0.10, 0.0, "D"),
        "terms.insured_share": (0.40, 0.0, "D"),
    },
    "equipment_loss": {
        "model.catastrophe_rate": (0.008, 0.7, "D"),
        "model.park_frailty": (0.10, 0.0, "D"),
        "model.sector_frailty": (0.05, 0.0, "D"),
        "model.supply_shock.probability": (0.05, 0.0, "D"),
        "model.supply_shock.factor": (1.3, 0.0, "D"),
        "model.classes.lab.breakdown.rate": (0.020, 0.6, "D"),
        "model.classes.lab.breakdown.ratio": (0.12, 1.8, "C"),
        "model.classes.lab.accident.rate": (0.010, 0.7, "D"),
        "model.classes.lab.accident.ratio": (0.10, 1.5, "D"),
        "model.classes.lab.fire.rate": (0.0025, 0.8, "D"),
        "model.classes.lab.fire.ratio": (0.18, 1.2, "D"),
        "model.classes.lab.catastrophe_share": (1.0, 0.0, "D"),
        "model.classes.lab.catastrophe_ratio": (0.04, 1.5, "D"),
        "model.classes.lab.interruption_days": (45.0, 1.0, "D"),
        "model.classes.wafer_fab.breakdown.rate": (0.012, 0.6, "D"),
        "model.classes.wafer_fab.breakdown.ratio": (0.05, 2.0, "C"),
        "model.classes.wafer_fab.accident.rate": (0.003, 0.7, "D"),
        "model.classes.wafer_fab.accident.ratio": (0.05, 1.5, "D"),
        "model.classes.wafer_fab.fire.ratio": (0.15, 1.3, "C"),
        "model.classes.wafer_fab.catastrophe_share": (0.75, 0.0, "D"),
        "model.classes.wafer_fab.catastrophe_ratio": (0.03, 1.5, "D"),
        "model.classes.wafer_fab.interruption_days": (90.0, 1.0, "D"),
        "factors.stage.levels.startup.on.breakdown_rate": (1.15, 0.0, "D"),
        "factors.stage.levels.mature.on.breakdown_rate": (0.9, 0.0, "D"),
        "factors.item_type.levels.rotating.on.breakdown_rate": (1.3, 0.0, "D"),
        "factors.item_type.levels.vacuum_optics.on.breakdown_rate": (1.4, 0.0, "D"),
        "factors.item_type.levels.imaging.on.breakdown_rate": (1.1, 0.0, "D"),
        "factors.item_type.levels.it_test.on.breakdown_rate": (0.8, 0.0, "D"),
        "factors.age.levels.under_3.on.breakdown_rate": (0.85, 0.0, "D"),
        "factors.age.levels.over_10.on.breakdown_rate": (1.4, 0.0, "D"),
        "factors.maintenance.levels.contract.on.breakdown_rate": (0.75, 0.0, "D"),
        "factors.maintenance.levels.none.on.breakdown_rate": (1.25, 0.0, "D"),
        "factors.operators.levels.trained.on.breakdown_rate": (0.9, 0.0, "B"),
        "factors.flammable_gas.levels.yes.on.fire_rate": (1.4, 0.0, "D"),
        "factors.flood_zone.levels.yes.on.catastrophe_rate": (2.0, 0.0, "D"),
        "factors.suppression.levels.yes.on.fire_ratio": (0.6, 0.0, "D"),
        "factors.export_control.levels.yes.on.breakdown_ratio": (1.25, 0.0, "D"),
        "factors.export_control.levels.yes.on.days": (1.5, 0.0, "D"),
        "terms.deductible": (0.10, 0.0, "D"),
        "terms.deductible_minimum.by_class.lab": (0.0002, 0.0, "D"),
        "terms.deductible_minimum.by_class.wafer_fab": (0.00005, 0.0, "D"),
        "terms.daily_cost": (0.0, 0.0, "D"),
    },
    "patent": {
        "model.suit_rate": (0.006, 0.9, "B"),
        "model.attack": (0.60, 0.2, "D"),
        "model.settled": (0.50, 0.25, "B"),
        "model.win": (0.80, 0.05, "B"),
        "model.attacked_cost": (1.4, 0.0, "D"),
        "model.settled_cost": (0.4, 0.0, "D"),
        "model.settled_loss": (0.5, 0.0, "D"),
        "model.recovery": (0.40, 0.5, "D"),
        "model.report_delay": (0.4, 1.0, "D"),
        "model.field_frailty": (0.05, 0.0, "D"),
        "model.classes.invention.cost": (130_000.0, 1.2, "D"),
        "model.classes.utility.cost": (60_000.0, 1.0, "D"),
        "model.classes.design.cost": (60_000.0, 1.0, "D"),
        "model.classes.invention.void": (0.33, 0.15, "B"),
        "model.classes.utility.void": (0.48, 0.15, "B"),
        "model.classes.design.void": (0.47, 0.15, "B"),
        "model.classes.invention.loss": (400_000.0, 2.0, "D"),
        "factors.field.levels.health.on.suit_rate": (1.9, 0.0, "C"),
        "factors.field.levels.other.on.suit_rate": (1.4, 0.0, "C"),
        "factors.field.levels.mechanical.on.suit_rate": (1.1, 0.0, "C"),
        "factors.field.levels.electronic.on.suit_rate": (0.9, 0.0, "C"),
        "factors.field.levels.chemical.on.suit_rate": (0.5, 0.0, "C"),
        "factors.field.levels.biotech.on.suit_rate": (3.0, 0.0, "C"),
        "factors.in_production.levels.yes.on.suit_rate": (1.8, 0.0, "D"),
        "factors.in_production.levels.no.on.suit_rate": (0.5, 0.0, "D"),
        "factors.portfolio_size.levels.up_to_5.on.suit_rate": (1.3, 0.0, "D"),
        "factors.portfolio_size.levels.over_50.on.suit_rate": (0.6, 0.0, "D"),
        "factors.holder.levels.individual.on.suit_rate": (1.15, 0.0, "C"),
        "factors.province.levels.guangdong.on.suit_rate": (1.2, 0.0, "B"),
        "factors.province.levels.other.on.suit_rate": (1.0, 0.0, "D"),
        "factors.selection.levels.subsidised.on.suit_rate": (0.4, 0.0, "D"),
        "factors.selection.levels.neutral.on.suit_rate": (1.0, 0.0, "D"),
        "factors.selection.levels.voluntary.on.suit_rate": (2.0, 0.0, "D"),
        "terms.enforcement_share": (0.15, 0.0, "D"),
        "terms.loss_share": (0.20, 0.0, "D"),
        "terms.waiting_days": (0.0, 0.0, "D"),
    },
    "patent_overseas": {
        "model.suit_rate": (0.005, 1.0, "D"),
        "model.attack": (0.30, 0.4, "D"),
        "model.settled": (0.49, 0.2, "C"),
        "model.win": (0.0, 0.0, "D"),
        "model.attacked_cost": (1.4, 0.0, "D"),
        "model.settled_cost": (0.1, 0.0, "D"),
        "model.settled_loss": (0.0, 0.0, "D"),
        "model.recovery": (0.0, 0.0, "D"),
        "model.report_delay": (0.4, 1.0, "D"),
        "model.field_frailty": (0.10, 0.0, "D"),
        # money abroad at the parities of 2024-12-31: 7.1884 a dollar, 7.5257 a euro
        "model.classes.united_states.cost": (4_313_040.0, 1.5, "C"),
        "model.classes.europe.cost": (752_570.0, 1.0, "C"),
        "model.classes.other.cost": (718_840.0, 1.5, "D"),
        "model.classes.other.void": (0.0, 0.0, "D"),
        "factors.field.levels.electronic.on.suit_rate": (1.5, 0.0, "D"),
        "factors.field.levels.health.on.suit_rate": (1.0, 0.0, "D"),
        "factors.sales_abroad.levels.over_half.on.suit_rate": (1.5, 0.0, "D"),
        "factors.selection.levels.subsidised.on.suit_rate": (0.63, 0.0, "D"),
        "factors.selection.levels.voluntary.on.suit_rate": (1.41, 0.0, "D"),
        "terms.deductible": (0.02, 0.0, "D"),
        "terms.insured_share": (0.15, 0.0, "D"),
        "terms.waiting_days": (0.0, 0.0, "D"),
    },
    "first_set": {
        "model.route_frailty": (0.0, 0.0, "D"),
        "model.sector_frailty": (0.05, 0.0, "D"),
        "model.perils.quality.pattern.0": (1.5, 0.0, "D"),
        "model.perils.quality.pattern.1": (1.0, 0.0, "D"),
        "model.perils.quality.pattern.2": (0.7, 0.0, "D"),
        "model.perils.quality.serial": (0.25, 0.0, "D"),
        "model.classes.equipment.hazards.quality.rate": (0.07, 0.6, "B"),
        "model.classes.equipment.hazards.quality.ratio": (0.15, 1.3, "D"),
        "model.classes.equipment.hazards.liability.rate": (0.005, 1.0, "D"),
        "model.classes.equipment.hazards.liability.ratio": (0.30, 2.0, "D"),
        "model.classes.component.hazards.quality.rate": (0.07, 0.6, "D"),
        "model.classes.component.hazards.quality.ratio": (0.15, 1.3, "D"),
        "model.classes.component.hazards.liability.rate": (0.005, 1.0, "D"),
        "model.classes.component.hazards.liability.ratio": (0.30, 2.0, "D"),
        "model.classes.material.hazards.quality.rate": (0.091, 0.6, "D"),
        "model.classes.material.hazards.quality.ratio": (0.15, 1.3, "D"),
        "model.classes.material.hazards.liability.rate": (0.0065, 1.0, "D"),
        "model.classes.material.hazards.liability.ratio": (0.30, 2.0, "D"),
        "model.classes.software.hazards.quality.rate": (0.077, 0.6, "D"),
        "model.classes.software.hazards.quality.ratio": (0.15, 1.3, "D"),
        "factors.equipment_field.levels.ships_offshore.on.quality_rate": (1.2, 0.0, "D"),
        "factors.equipment_field.levels.ships_offshore.on.liability_rate": (1.2, 0.0, "D"),
        "factors.equipment_field.levels.aviation.on.quality_rate": (1.3, 0.0, "D"),
        "factors.equipment_field.levels.nuclear.on.quality_rate": (0.8, 0.0, "D"),
        "factors.equipment_field.levels.rail.on.quality_rate": (0.9, 0.0, "D"),
        "factors.equipment_field.levels.machine_tools.on.quality_rate": (0.9, 0.0, "D"),
        "factors.equipment_field.levels.medical.on.quality_rate": (1.1, 0.0, "D"),
        "factors.unit_of_design.levels.third.on.quality_rate": (0.7, 0.0, "D"),
        "terms.deductible": (0.01, 0.0, "D"),
        "terms.insured_share": (0.10, 0.0, "D"),
        "terms.liability_limit.by_class.equipment": (1.0, 0.0, "D"),
        "terms.liability_limit.by_class.component": (2.0, 0.0, "D"),
        "terms.liability_limit_maximum.by_class.material": (5e8, 0.0, "D"),
    },
    "pilot": {
        "model.parts.campaign.phases.campaign.budget_share": (1.0, 0.0, "D"),
        "model.parts.campaign.spend": (2 / 3, 0.30151134457776363, "D"),
        "model.parts.campaign.recognised": (0.85, 0.1, "D"),
        "model.parts.campaign.insured_cause.standard": (0.35, 0.4, "D"),
        "model.parts.campaign.dependence.common": (0.03, 0.5, "C"),
        "model.parts.campaign.dependence.route": (0.07, 0.5, "C"),
        "model.parts.campaign.dependence.sector": (0.0, 0.0, "D"),
        "model.parts.campaign.supply_shock.probability": (0.05, 0.0, "D"),
        "model.parts.campaign.supply_shock.shift": (0.5, 0.0, "D"),
        "model.parts.campaign.classes.general.fail.campaign": (0.22, 0.35, "C"),
        "model.parts.hazards.route_frailty": (0.0, 0.0, "D"),
        "model.parts.hazards.sector_frailty": (0.0, 0.0, "D"),
        "model.parts.hazards.classes.general.hazards.physical.rate": (0.03, 0.7, "D"),
        "model.parts.hazards.classes.general.hazards.physical.ratio": (0.12, 1.5, "D"),
        "model.parts.hazards.classes.general.hazards.physical.at_stake": (0.5, 0.0, "D"),
        "model.parts.hazards.classes.general.hazards.third_party.rate": (0.01, 0.9, "D"),
        "model.parts.hazards.classes.general.hazards.third_party.ratio": (0.10, 2.0, "D"),
        "factors.stage.levels.startup.on.odds": (1.3, 0.0, "C"),
        "factors.high_tech.levels.yes.on.odds": (0.85, 0.0, "C"),
        "factors.scale_up.levels.up_to_10.on.odds": (0.8, 0.0, "D"),
        "factors.scale_up.levels.from_10_to_100.on.odds": (1.0, 0.0, "D"),
        "factors.scale_up.levels.over_100.on.odds": (1.4, 0.0, "D"),
        "factors.process.levels.exothermic_or_pressurised.on.physical_rate": (1.5, 0.0, "D"),
        "terms.deductible": (0.10, 0.0, "D"),
        "terms.insured_share": (0.30, 0.0, "D"),
        "terms.hazard_deductible": (0.10, 0.0, "D"),
        "terms.third_party_limit": (1.0, 0.0, "D"),
    },
}
FAILURES = {  # of rd_loss: lab, pilot, industrial; cv; grade
    "general": (0.20, 0.15, 0.10, 0.35, "C"),
    "software": (0.10, 0.06, 0.05, 0.35, "C"),
    "chip": (0.10, 0.30, 0.10, 0.35, "D"),
    "material": (0.20, 0.22, 0.12, 0.35, "D"),
    "biopharma": (0.37, 0.69, 0.42, 0.15, "C"),
}
LOADINGS = {"commission": 0.10, "pool_fee": 0.03, "claims_handling": 0.04,
            "administration": 0.08, "levies": 0.015, "profit": 0.04}  # fmt: skip


def test_the_shipped_catalogue_loads():
    assert tuple(load().products) == CODES


def test_the_numbers_are_the_specified_ones(product):
    shipped = {entry.name: (entry.value, entry.cv, entry.grade) for entry in evidence(product)}
    specified = SPECIFIED[product.code]
    assert {name: shipped[name] for name in specified} == specified


def test_probabilities_of_failure(products):
    classes = products["rd_loss"].model.classes
    shipped = {
        name: (*(c.fail[p].mean for p in PHASES), c.fail["lab"].cv, c.fail["lab"].grade)
        for name, c in classes.items()
    }
    assert shipped == FAILURES
    assert {prior.family for c in classes.values() for prior in c.fail.values()} == {"beta"}
    assert [name for name, c in classes.items() if c.respin_phase] == ["chip"]
    assert classes["chip"].respin_phase == "pilot"


def test_spending_at_failure_is_beta_2_and_1_2(products):
    law = products["rd_loss"].model.spend.law
    assert law.shapes == pytest.approx((2.0, 1.2), rel=1e-12)


def test_shocks_are_extra_risk(products):
    assert not products["rd_loss"].model.supply_shock.compensated
    assert not products["equipment_loss"].model.supply_shock.compensated


def test_loadings_and_capital(product):
    assert {name: loading.rate for name, loading in product.loadings.items()} == LOADINGS
    assert sum(LOADINGS.values()) == pytest.approx(1 - 0.695)
    assert (product.capital.rate, product.capital.level) == (0.08, 0.995)
    assert product.factor_clip == (0.4, 2.5)
    dated = [*product.loadings.values(), product.capital]
    assert all(re.fullmatch(r"2026-\d\d", entry.as_of) and entry.pays_for for entry in dated)
    assert "from memory, unverified" in product.loadings["levies"].source


def test_fire_of_a_fab_is_the_prior_and_one_event(products):
    """Gamma prior of mean 0.0030 and cv 0.8, 1 Poisson event in 762 firm-years."""
    shape = 1 / 0.8**2
    exposure = shape / 0.0030
    prior = products["equipment_loss"].model.classes["wafer_fab"].fire.rate
    assert prior.mean == pytest.approx((shape + 1) / (exposure + 762), rel=1e-12)
    assert prior.cv == pytest.approx(1 / math.sqrt(shape + 1), rel=1e-12)
    assert (prior.family, prior.grade) == ("gamma", "B")
    assert isinstance(prior.law, Gamma)
    # the posterior law itself, not only two of its moments
    assert prior.law.shape == pytest.approx(shape + 1, rel=1e-12)
    assert 1 / prior.law.scale == pytest.approx(exposure + 762, rel=1e-12)


def test_forms(products):
    forms = products["rd_loss"].forms
    assert products["rd_loss"].default_form == "technical_failure"
    assert forms["technical_failure"].terms == {"deductible": 0.10, "insured_share": 0.40}
    assert forms["named_cause"].terms == {"deductible": 0.05, "insured_share": 0.20}
    assert set(forms) == set(products["rd_loss"].model.insured_cause)


def test_covers(products):
    assert products["equipment_loss"].covers == {
        "damage": Cover(
            causes=("breakdown", "accident"), deductible="deductible",
            deductible_minimum="deductible_minimum", limit="limit",
        ),
        "event": Cover(
            causes=("fire", "catastrophe"), per="item", deductible="deductible", limit="limit"
        ),
        "interruption": Cover(causes=("interruption",), sum_insured="", bought_by="daily_cost"),
    }  # fmt: skip
    assert products["patent"].covers["infringed_loss"].bought_by == "loss_sum_insured"
    assert products["patent_overseas"].covers == {
        "overseas_dispute": Cover(
            causes=("enforcement",), deductible="deductible", limit="limit",
            insured_share="insured_share", waiting="waiting_days",
        ),
    }  # fmt: skip
    assert products["rd_loss"].covers["respin"].bought_by == "respin"
    assert products["first_set"].covers["serial_defect"].per == "item"
    assert products["first_set"].covers["liability"] == Cover(
        causes=("liability",), sum_insured="", limit="liability_limit",
        limit_maximum="liability_limit_maximum", insured_share="insured_share",
    )  # fmt: skip
    assert products["pilot"].covers["third_party"] == Cover(
        causes=("third_party",), sum_insured="", deductible="hazard_deductible",
        limit="third_party_limit",
    )  # fmt: skip


SIZES = {  # items of each reference portfolio, and of each class in it
    ("rd_loss", "general"): (200, 40),
    ("equipment_loss", "lab"): (50, 50),
    ("equipment_loss", "wafer_fab"): (20, 20),
    ("patent", "invention"): (300, 100),
    ("patent_overseas", "europe"): (300, 100),
    ("first_set", "component"): (128, 32),
    ("pilot", "general"): (100, 100),
}


@pytest.mark.parametrize(("code", "risk_class"), SIZES)
def test_reference_portfolios(products, code, risk_class):
    reference = products[code].reference(risk_class)
    assert set(reference.grid["risk_class"]) <= set(products[code].model.classes)
    items = reference.copies * math.prod(len(values) for values in reference.grid.values())
    of_class = items // len(reference.grid["risk_class"])
    assert (items, of_class) == SIZES[code, risk_class]


# --- What holds for every product


def test_every_number_has_source_and_grade(product):
    entries = list(evidence(product))
    assert all(entry.source.strip() for entry in entries)
    assert {entry.grade for entry in entries} <= set("ABCD")
    relativities = [entry for entry in entries if entry.name.startswith("factors.")]
    assert len(relativities) == sum(
        len(level.on) for factor in product.factors.values() for level in factor.levels.values()
    )


def test_judgement_is_called_judgement(product):
    """Grade D gives our name, a date and a reason; no other grade rests on our name."""
    for entry in evidence(product):
        ours = entry.source.startswith(JUDGEMENT)
        assert ours == (entry.grade == "D"), entry.name
        assert not ours or len(entry.source) > len(JUDGEMENT) + 5, entry.name


def test_unknown_is_the_base_and_its_error_the_spread_of_the_levels(product):
    for name, factor in product.factors.items():
        unknown = factor.levels[UNKNOWN]
        assert set(unknown.on.values()) == {1.0}, name
        spreads = []
        for target in factor.targets:
            known = [lv.on[target] for key, lv in factor.levels.items() if key != UNKNOWN]
            spreads.append(np.std(known) / np.mean(known))
        assert unknown.error == pytest.approx(max(spreads), abs=5e-4), name
        assert unknown.grade == "D"


def test_all_products_ask_for_the_stage(product):
    assert set(product.factors["stage"].levels) == {"startup", "growth", "mature", UNKNOWN}


def test_only_selection_and_severity_stand_outside_the_clip(products):
    outside = {
        f"{code}.{name}"
        for code, product in products.items()
        for name, factor in product.factors.items()
        if not factor.clipped
    }
    assert outside == {
        "equipment_loss.suppression", "equipment_loss.export_control", "patent.selection",
        "patent_overseas.selection",
    }  # fmt: skip


def test_factors_move_what_the_model_knows(product):
    for name, factor in product.factors.items():
        assert factor.targets <= set(product.model.targets), name


NOT_INSURED = defaultdict(set, {"patent_overseas": {"infringed_loss"}})
"""Causes that the kind of model knows and the product does not insure."""


def test_covers_and_forms_name_what_is_there(product):
    columns = {"sum_insured", "loss_sum_insured", "respin", ""}
    for name, cover in product.covers.items():
        roles = (cover.deductible, cover.deductible_minimum, cover.limit, cover.limit_maximum,
                 cover.insured_share, cover.waiting)  # fmt: skip
        assert {role for role in roles if role} <= set(product.terms), name
        assert {cover.sum_insured, cover.bought_by} <= columns | set(product.terms), name
        assert set(cover.causes) <= set(product.model.causes), name
    insured = [cause for cover in product.covers.values() for cause in cover.causes]
    assert sorted(insured) == sorted(set(product.model.causes) - NOT_INSURED[product.code])
    for form in product.forms.values():
        for name, value in form.terms.items():
            assert product.terms[name].low <= value <= product.terms[name].high
    assert {"limit", "aggregate_limit"} <= set(product.terms)


def test_a_project_spends_its_budget_in_its_phases(products):
    model = products["rd_loss"].model
    assert [phase.name for phase in model.phases] == list(PHASES)
    assert sum(phase.budget_share.mean for phase in model.phases) == pytest.approx(1)
    assert all(set(c.fail) == set(PHASES) for c in model.classes.values())
    assert {phase.budget_share.family for phase in model.phases} == {"point"}


def test_names_are_given_in_both_languages(product):
    named = [
        product.title, product.summary, product.exposure_base,
        *(entry.title for group in (product.factors, product.forms, product.terms)
          for entry in group.values()),
        *(entry.title for entry in product.model.classes.values()),
    ]  # fmt: skip
    assert all(entry["en"] and re.search(r"[\u4e00-\u9fff]", entry["zh"]) for entry in named)


def test_the_example_uses_known_keys(product):
    example = product.example
    assert set(example) == {"product", "insured", "exposure", "terms"}
    assert example["product"] == product.code
    assert set(example["insured"]) == {"name", "stage", "factors"}
    assert example["insured"]["stage"] in product.factors["stage"].levels
    exposure = read(EXPOSURE_OF[product.model.kind], example["exposure"])
    columns = exposure.columns()
    assert set(columns["risk_class"]) <= set(product.model.classes)
    given = dict(example["insured"]["factors"])
    for name, level in given.items():
        assert level in product.factors[name].levels
    for name in set(columns) & set(product.factors):
        assert set(columns[name]) <= {"", *product.factors[name].levels}
    for name, value in example["terms"].items():
        assert product.terms[name].low <= value <= product.terms[name].high


def test_the_examples_are_the_ones_described(products):
    project, site, patents = (
        read(EXPOSURE_OF[products[code].model.kind], products[code].example["exposure"]).columns()
        for code in ("rd_loss", "equipment_loss", "patent")
    )
    assert (project["budget"], project["sum_insured"]) == ([8e6], [6e6])
    assert (sum(site["units"]), sum(site["sum_insured"])) == (42, 36e6)
    rows = list(zip(site["units"], site["supply_exposed"], site["maintenance"], strict=True))
    assert sum(units for units, exposed, _ in rows if exposed) == 3
    assert sum(units for units, _, contract in rows if contract == "none") == 5
    by_kind = dict.fromkeys(patents["risk_class"], 0)
    for kind, units in zip(patents["risk_class"], patents["units"], strict=True):
        by_kind[kind] += units
    assert by_kind == {"invention": 12, "utility": 20}
    assert len(set(patents["family"])) == 4
    turbine, campaign = (
        read(EXPOSURE_OF[products[code].model.kind], products[code].example["exposure"]).columns()
        for code in ("first_set", "pilot")
    )
    assert (turbine["sum_insured"], turbine["units"], turbine["term_months"]) == (
        [120e6],
        [3],
        [36],
    )
    assert products["first_set"].example["terms"] == {"liability_limit": 1.0}
    abroad = products["patent_overseas"].example
    sold = read(EXPOSURE_OF["dispute"], abroad["exposure"]).columns()
    assert (sold["units"], sold["sum_insured"]) == ([3, 2], [6e6, 4e6])
    assert set(sold["risk_class"]) == {"united_states"}
    assert len(set(sold["family"])) == 2
    assert abroad["terms"] == {"aggregate_limit": 2e6}
    assert (campaign["budget"], campaign["sum_insured"]) == ([6e6], [5e6])


def test_digests_differ_and_last(products):
    digests = {product_digest(product) for product in products.values()}
    assert digests == {product_digest(product) for product in load().products.values()}
    assert len(digests) == len(CODES)


def test_a_product_that_is_not_there():
    with pytest.raises(NotFound, match=r"did you mean 'rd_loss'"):
        load().product("rd_los")


@pytest.mark.parametrize(
    ("code", "parameter", "mean", "cv"),
    [
        ("first_set", "model.classes.equipment.hazards.quality.rate", 0.07, 0.6),
        ("pilot", "model.parts.hazards.classes.general.hazards.physical.rate", 0.03, 0.7),
    ],
)
def test_own_data_reach_the_rates_of_hazards(products, code, parameter, mean, cv):
    """Nine claims in 61 unit-years or campaigns: a gamma prior's shape and exposure grow."""
    seen = {"parameter": parameter, "seen": [{"events": 9.0, "exposure": 61.0}], "source": "own"}
    own = read(Experience, {"name": "member", "observations": [seen]})
    prior = at(with_experience(products[code], own), parameter)
    shape = 1 / cv**2
    assert prior.mean == pytest.approx((shape + 9) / (shape / mean + 61), rel=1e-9)
    assert prior.cv == pytest.approx((shape + 9) ** -0.5, rel=1e-9)


# --- The evidence pages say what the files say

WORDS = {"none": 0, **{str(number): number for number in range(1000)}}


def test_the_evidence_page_counts_the_grades(product):
    said = re.search(
        r"Of its (\d+) numbers none is graded A, (\w+) B, (\d+) C and (\d+) D\.",
        page_of(product.code),
    )
    assert said, "no sentence on grades"
    grades = [entry.grade for entry in evidence(product)]
    counted = [len(grades), grades.count("B"), grades.count("C"), grades.count("D")]
    assert [WORDS[word] for word in said.groups()] == counted
    assert "A" not in grades


ADDRESS = re.compile(
    r"(?<![\w./-])(?:[a-z0-9-]+\.)+(?:com|cn|gov|net|org|us|ky|au)(?![\w.])[^\s,;)(\"]*"
)


def test_the_evidence_page_lists_every_source(product):
    page = page_of(product.code)
    sources = page.split("Sources\n", 1)[1]
    cited = {a.rstrip(".:") for entry in evidence(product) for a in ADDRESS.findall(entry.source)}
    assert cited
    assert not {address for address in cited if address not in sources}


def test_the_evidence_page_numbers_its_sources(product):
    text, sources = page_of(product.code).split("Sources\n", 1)
    listed = re.findall(r"^(\d+)\. ", sources, re.MULTILINE)
    assert listed == [str(number) for number in range(1, len(listed) + 1)]
    assert set(re.findall(r"\[(\d+)\]", text)) == set(listed)


def test_the_evidence_page_gives_the_errors_of_unknown(product):
    page = page_of(product.code)
    for name, factor in product.factors.items():
        row = re.search(rf"^\| {name} \|.*\| ([\d.]+) \|$", page, re.MULTILINE)
        assert row, name
        assert float(row[1]) == factor.levels[UNKNOWN].error


def table(code: str, heading: str) -> dict[str, list[float]]:
    """The numbers of the table whose header row starts with `heading`, by the row's first cell."""
    lines = page_of(code).split(f"\n{heading}", 1)[1].splitlines()[2:]
    rows = {}
    for line in lines:
        if not line.startswith("|"):
            break
        first, *cells = (cell.strip(" *") for cell in line.strip("|").split("|"))
        rows[first] = [float(cell) for cell in cells]
    return rows


def test_rates_of_research_follow_from_the_file(products):
    """Midpoint quadrature over the spending law; percent of sum insured, printed to 3 places."""
    product = products["rd_loss"]
    model = product.model
    spent = model.spend.law.quantile((np.arange(100_000) + 0.5) / 100_000)
    shares = [phase.budget_share.mean for phase in model.phases]
    printed = table("rd_loss", "| class | named cause |")
    assert set(printed) == set(model.classes)
    for name, risk_class in model.classes.items():
        paid, claims, alive = [], [], 1.0
        for form in ("named_cause", "technical_failure"):
            terms, cause = product.forms[form].terms, model.insured_cause[form].mean
            mean, claim, alive, before = 0.0, 0.0, 1.0, 0.0
            for phase, share in zip(model.phases, shares, strict=True):
                fails = risk_class.fail[phase.name].mean
                loss = model.recognised.mean * (before + share * spent)
                mean += alive * fails * np.maximum(loss - terms["deductible"], 0).mean()
                claim += alive * fails * (loss > terms["deductible"]).mean()
                alive, before = alive * (1 - fails), before + share
            paid.append(100 * cause * (1 - terms["insured_share"]) * mean)
            claims.append(100 * cause * claim)
        assert printed[name][:2] == pytest.approx(paid, abs=6e-4)
        assert printed[name][2:4] == pytest.approx(claims, abs=0.06)
        assert printed[name][4] == pytest.approx(alive, abs=6e-4)


def test_rates_of_equipment_follow_from_the_file(products):
    """Limited means of the beta laws: 45 equal items for a laboratory, 400 for a fab."""
    product = products["equipment_loss"]
    deductible, minimum = product.terms["deductible"].default, product.terms["deductible_minimum"]
    printed = table("equipment_loss", "| peril | lab | wafer_fab |")
    for column, (name, items) in enumerate((("lab", 45), ("wafer_fab", 400))):
        risk_class = product.model.classes[name]
        start = minimum.by_class[name] * items  # of one item's value
        turn = start / deductible  # where 10% of the loss overtakes the minimum
        rates = {}
        for peril in ("breakdown", "accident"):
            law = getattr(risk_class, peril).ratio.law
            low, high = (float(law.limited_mean(np.array(x))) for x in (start, min(turn, 1.0)))
            kept = high - low + (1 - deductible) * (law.mean - high)
            rates[peril] = 100 * getattr(risk_class, peril).rate.mean * kept
        rates["fire"] = (
            100 * risk_class.fire.rate.mean * risk_class.fire.ratio.mean * (1 - deductible)
        )
        catastrophes = product.model.catastrophe_rate.mean * risk_class.catastrophe_share.mean
        rates["catastrophe"] = (
            100 * catastrophes * risk_class.catastrophe_ratio.mean * (1 - deductible)
        )
        rates["all"] = sum(rates.values())
        assert {peril: row[column] for peril, row in printed.items()} == pytest.approx(
            rates, abs=6e-5
        )


def second_year(product):
    """The product with rates of the second policy year: no pattern."""
    timing = replace(product.model.perils["quality"], pattern=())
    perils = {**product.model.perils, "quality": timing}
    return replace(product, model=replace(product.model, perils=perils))


def test_rates_of_first_sets_follow_from_the_file(products):
    """Beta and lognormal layers by midpoint quadrature; percent of the price of one unit."""
    product = products["first_set"]
    level = (np.arange(400_000) + 0.5) / 400_000
    share, deductible = product.terms["insured_share"].default, product.terms["deductible"].default
    printed = table("first_set", "| class | quality |")
    assert set(printed) == set(product.model.classes)
    plain = second_year(product)
    for name, risk_class in product.model.classes.items():
        quality, other = risk_class.hazards["quality"], risk_class.hazards.get("liability")
        ratio = quality.ratio.law.quantile(level)
        rate = 100 * (1 - share) * quality.rate.mean * np.maximum(ratio - deductible, 0).mean()
        liability = 0.0
        if other is not None:
            limit = product.terms["liability_limit"].by_class[name]
            paid = np.minimum(other.ratio.law.quantile(level), limit).mean()
            liability = 100 * (1 - share) * other.rate.mean * paid
        serial = product.model.perils["quality"].shared * rate
        expected = [rate, serial, liability, rate + liability]
        assert printed[name][:4] == pytest.approx(expected, abs=1.1e-4)
        risk = schedule(plain, {"risk_class": [name], "sum_insured": [100.0]}, "base").portfolio
        item = np.zeros(1, np.int32)
        law = exact.annual_law(plain.model, risk, item, cells=256)
        assert law.mean == pytest.approx(rate + liability, abs=1.1e-4)
        assert printed[name][4] == pytest.approx(100 * law.paid, abs=0.006)
        assert printed[name][5] == pytest.approx(law.tvar(0.995), abs=0.06)


def test_rates_of_campaigns_follow_from_the_file(products):
    """Beta and lognormal layers by midpoint quadrature; percent of the sum insured."""
    product = products["pilot"]
    campaign, hazards = product.model.parts["campaign"], product.model.parts["hazards"]
    level = (np.arange(400_000) + 0.5) / 400_000
    terms = {name: term.default for name, term in product.terms.items()}
    spent = campaign.recognised.mean * campaign.spend.law.quantile(level)
    fails = campaign.classes["general"].fail["campaign"].mean
    fails *= campaign.insured_cause["standard"].mean * (1 - terms["insured_share"])
    of = hazards.classes["general"].hazards
    kept = 1 - terms["hazard_deductible"]
    third = kept * of["third_party"].ratio.law.quantile(level)
    rates = {
        "failure": fails * np.maximum(spent - terms["deductible"], 0).mean(),
        "physical damage": of["physical"].rate.mean * kept * of["physical"].stake
        * of["physical"].ratio.mean,
        "third party": of["third_party"].rate.mean
        * np.minimum(third, terms["third_party_limit"]).mean(),
    }  # fmt: skip
    rates["all"] = sum(rates.values())
    printed = {name: row[0] for name, row in table("pilot", "| cause | rate |").items()}
    assert printed == pytest.approx({name: 100 * rate for name, rate in rates.items()}, abs=6e-4)


ENFORCEMENT = [("invention", 200_000, 0.2183), ("invention", 300_000, 0.1633),
               ("utility", 20_000, 0.4473)]  # fmt: skip


@pytest.mark.parametrize(("kind", "sum_insured", "printed"), ENFORCEMENT)
def test_rates_of_enforcement_follow_from_the_file(products, kind, sum_insured, printed):
    """Attack and settlement scale the lognormal cost; the scaled law is limited at the sum."""
    product = products["patent"]
    model, law = product.model, product.model.classes[kind].cost.law
    assert isinstance(law, Lognormal)
    attack, settled = model.attack.mean, model.settled.mean
    cost = 0.0
    for attacked, chance in ((model.attacked_cost.mean, attack), (1.0, 1 - attack)):
        for ended, chance_ended in ((model.settled_cost.mean, settled), (1.0, 1 - settled)):
            scale = attacked * ended
            limited = float(law.limited_mean(np.array(sum_insured / scale)))
            cost += chance * chance_ended * scale * limited
    kept = 1 - product.terms["enforcement_share"].default
    assert 100 * model.suit_rate.mean * kept * cost / sum_insured == pytest.approx(
        printed, abs=6e-5
    )
    assert f"| {printed:.4f} |" in page_of("patent")


@pytest.mark.parametrize(("kind", "printed"), [("invention", 0.0576), ("utility", 0.0542)])
def test_rates_of_infringed_loss_follow_from_the_file(products, kind, printed):
    """Midpoint quadrature over the recovery; the lognormal loss is limited at 1m."""
    product, sum_insured = products["patent"], 1_000_000
    model, risk_class = product.model, product.model.classes[kind]
    left = 1 - model.recovery.law.quantile((np.arange(20_000) + 0.5) / 20_000)
    stands = 1 - model.attack.mean * risk_class.void.mean
    won = (1 - model.settled.mean) * stands * model.win.mean
    loss = 0.0
    for share, chance in ((model.settled_loss.mean, model.settled.mean), (1.0, won)):
        scale = share * left
        loss += chance * (scale * risk_class.loss.law.limited_mean(sum_insured / scale)).mean()
    kept = 1 - product.terms["loss_share"].default
    rate = 100 * model.suit_rate.mean * kept * loss / sum_insured
    assert rate == pytest.approx(printed, abs=6e-5)
    assert f"{kind}, 1,000,000 | " in page_of("patent")
    assert f" | {printed:.4f} | " in page_of("patent")


def test_rates_of_defence_abroad_follow_from_the_file(products):
    """Attack and early end scale the lognormal cost, less the deductible; percent of the sum
    insured by selection. Without terms the United States cost USD 376,000 a suit."""
    product = products["patent_overseas"]
    model, share = product.model, product.terms["insured_share"].default
    scales = [
        (a * s, p * q)
        for a, p in ((model.attacked_cost.mean, model.attack.mean), (1, 1 - model.attack.mean))
        for s, q in ((model.settled_cost.mean, model.settled.mean), (1, 1 - model.settled.mean))
    ]

    def between(law: Lognormal, low: float, high: float) -> float:
        ends = np.array([low, high])
        low, high = sum(chance * scale * law.limited_mean(ends / scale) for scale, chance in scales)
        return high - low

    printed = table("patent_overseas", "| place, sum insured |")
    assert {row.partition(",")[0] for row in printed} == set(model.classes)
    levels = product.factors["selection"].levels
    for row, (paid, *rates) in printed.items():
        place, _, insured = row.partition(", ")
        insured, law = float(insured.replace(",", "")), model.classes[place].cost.law
        retained = product.terms["deductible"].default * insured
        per_suit = (1 - share) * between(law, retained, insured)
        assert paid == pytest.approx(per_suit, abs=0.6)
        for name, rate in zip(("subsidised", "neutral", "voluntary"), rates, strict=True):
            suits = model.suit_rate.mean * levels[name].on["suit_rate"]
            assert rate == pytest.approx(100 * suits * per_suit / insured, abs=6e-5)
    american = model.classes["united_states"].cost.law
    assert between(american, 0.0, np.inf) / 7.1884 == pytest.approx(376_000, abs=500)
    shifted = [
        between(Lognormal(mean=usd * 7.1884, cv=1.5), 40_000, 2e6) for usd in (4.2e5, 6e5, 7.57e5)
    ]
    assert [x / shifted[1] for x in shifted] == pytest.approx([0.86, 1, 1.09], abs=0.005)


def test_the_rate_of_suits_abroad_spans_what_was_found(products):
    """0.0008 and 0.015 are its 15 and 95 percent points."""
    law = products["patent_overseas"].model.suit_rate.law
    assert law.quantile(np.array([0.15, 0.95])) == pytest.approx([0.0008, 0.015], rel=0.02)


def test_the_example_abroad_costs_what_its_page_says(products):
    """5 suits in 1,000 years at what the table pays a suit, and the limit of the policy."""
    example = products["patent_overseas"].example
    quote = price({**example, "simulation": {"n_years": 4_000}})
    assert quote.premium.pure.value == pytest.approx(15_888, abs=1)
    assert {one.name for one in quote.engines} >= {"mean", "claim_probability", "tvar_995"}
    assert all(abs(one.z_score) <= 4 for one in quote.engines)
    open_ = schedule(products["patent_overseas"], AMERICAN, "base").portfolio
    mean = exact.mean(products["patent_overseas"].model, open_, np.arange(1, dtype=np.int32))
    assert mean.sum() == pytest.approx(21_355, abs=1)
    assert "are 21,355; with it 15,888" in page_of("patent_overseas")


AMERICAN = {"risk_class": ["united_states"], "sum_insured": [10e6], "units": [5]}


def test_no_infringed_loss_is_sold_abroad(products):
    risk = {"risk_class": ["europe"], "sum_insured": [1e6], "loss_sum_insured": [1e6]}
    with pytest.raises(InvalidParameter, match=r"loss_sum_insured\[0\] is not offered for europe"):
        schedule(products["patent_overseas"], risk)


def test_what_the_evidence_pages_say_of_doubt_and_interruption(products):
    """An unknown project costs 2.97%; interruption adds 780,000 to a laboratory's 133,000."""

    def pure(code: str, **columns: list) -> float:
        risk = schedule(products[code], columns, MISSING[code]).portfolio
        items = np.arange(risk.n_items, dtype=np.int32)
        return float(exact.mean(products[code].model, risk, items).sum())

    unknown = pure("rd_loss", risk_class=["general"], sum_insured=[1.0], budget=[1.0])
    assert 100 * unknown == pytest.approx(2.97, abs=0.006)
    lab = {"risk_class": ["lab"], "sum_insured": [36e6], "units": [42], "site": ["s"]}
    bought = {"daily_cost": [20_000.0], "waiting_days": [5.0], "indemnity_days": [60.0]}
    damage = pure("equipment_loss", **lab)
    assert damage == pytest.approx(133_000, abs=600)
    assert pure("equipment_loss", **lab, **bought) - damage == pytest.approx(780_000, abs=600)
    assert "costs 2.97% where the base is 3.12%" in page_of("rd_loss")
    assert "adds 780,000 a year to the 133,000" in page_of("equipment_loss")


MISSING = {"rd_loss": "unknown", "equipment_loss": "base"}


def test_every_law_can_be_drawn(product):
    """A prior loads only if its law exists; a beta law stays inside [0, 1]."""
    for entry in priors(product.model):
        law = entry.law
        assert law.mean == entry.mean
        if isinstance(law, Beta):
            assert 0 < law.quantile(np.array(0.5)) < 1


def priors(record: object):
    if hasattr(record, "law") and hasattr(record, "grade"):
        yield record
    elif isinstance(record, dict):
        for inner in record.values():
            yield from priors(inner)
    elif isinstance(record, tuple):
        for inner in record:
            yield from priors(inner)
    elif hasattr(record, "__dataclass_fields__"):
        for name in record.__dataclass_fields__:
            yield from priors(getattr(record, name))


# --- Border: what is refused, naming the file and the key


def refused(tmp_path: Path, code: str, text: str) -> CatalogueError:
    file = tmp_path / code / "product.toml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as raised:
        load_product(file)
    assert str(raised.value).startswith(str(file))
    assert isinstance(raised.value, InvalidParameter)
    return raised.value


def text_of(code: str) -> str:
    return (folder() / code / "product.toml").read_text(encoding="utf-8")


def without(text: str, table_name: str, key: str) -> str:
    """The text with one line of one table removed."""
    head, mark, rest = text.partition(f"[{table_name}]\n")
    assert mark, table_name
    shorter, n = re.subn(rf"^{key} = .*\n", "", rest, count=1, flags=re.MULTILINE)
    assert n == 1
    return head + mark + shorter


@pytest.mark.parametrize("key", ["source", "grade", "mean", "family"])
def test_a_prior_without_its_evidence_is_refused(tmp_path, key):
    text = without(text_of("rd_loss"), "model.classes.chip.fail.lab", key)
    error = refused(tmp_path, "rd_loss", text)
    assert f"model.classes.chip.fail.lab.{key}: {key} is required" in str(error)


@pytest.mark.parametrize("key", ["source", "grade"])
def test_a_relativity_without_its_evidence_is_refused(tmp_path, key):
    text = without(text_of("patent"), "factors.field.levels.health", key)
    error = refused(tmp_path, "patent", text)
    assert f"factors.field.levels.health.{key}: {key} is required" in str(error)


@pytest.mark.parametrize("key", ["source", "grade", "pays_for", "as_of"])
def test_a_loading_without_its_evidence_is_refused(tmp_path, key):
    text = without(text_of("patent"), "loadings.profit", key)
    assert f"loadings.profit.{key}: {key} is required" in str(refused(tmp_path, "patent", text))


def test_an_empty_source_is_refused(tmp_path):
    text = re.sub(r"(\[model\.win\]\n(?:.*\n)*?)source = .*", r'\1source = ""', text_of("patent"))
    assert "model.win.source: source must have 1 to 600" in str(refused(tmp_path, "patent", text))


def test_a_grade_that_does_not_exist_is_refused(tmp_path):
    text = text_of("patent").replace('grade = "B"', 'grade = "E"', 1)
    error = refused(tmp_path, "patent", text)
    assert "model.suit_rate.grade" in str(error)
    assert "'E'" in str(error)


@pytest.mark.parametrize(
    ("after", "key"),
    [
        ("[model.spend]", "model.spend.colour"),
        ("[factors.stage.levels.startup]", "factors.stage.levels.startup.colour"),
        ("[terms.deductible]", "terms.deductible.colour"),
        ("[covers.failure]", "covers.failure.colour"),
        ("[capital]", "capital.colour"),
        ('code = "rd_loss"', "colour"),
    ],
)
def test_an_unknown_key_is_refused(tmp_path, after, key):
    text = text_of("rd_loss").replace(f"{after}\n", f'{after}\ncolour = "red"\n', 1)
    assert f"{key}: colour is not a known key" in str(refused(tmp_path, "rd_loss", text))


def test_a_factor_without_unknown_is_refused(tmp_path):
    text = text_of("rd_loss").replace("[factors.trl.levels.unknown]", "[factors.trl.levels.other]")
    error = refused(tmp_path, "rd_loss", text)
    assert "factors.trl.levels: levels must have unknown" in str(error)
    assert "add [factors.<name>.levels.unknown]" in str(error)


def test_a_level_that_moves_something_else_is_refused(tmp_path):
    text = text_of("rd_loss").replace("on = { odds = 1.35 }", "on = { rate = 1.35 }")
    assert "factors.stage.levels: levels must share" in str(refused(tmp_path, "rd_loss", text))


def test_a_relativity_of_zero_is_refused(tmp_path):
    text = text_of("rd_loss").replace("on = { odds = 1.35 }", "on = { odds = 0.0 }")
    error = refused(tmp_path, "rd_loss", text)
    assert "factors.stage.levels.startup.on.odds: on.odds must be > 0, got 0.0" in str(error)


def test_a_text_is_no_number(tmp_path):
    text = text_of("rd_loss").replace("rate = 0.04", 'rate = "0.04"', 1)
    assert "loadings.claims_handling.rate" in str(refused(tmp_path, "rd_loss", text))


def test_a_default_outside_its_range_is_refused(tmp_path):
    text = text_of("patent").replace("default = 0.15", "default = 0.75", 1)
    error = refused(tmp_path, "patent", text)
    assert "terms.enforcement_share.default: default must be in [0, 0.5], got 0.75" in str(error)


def test_a_law_that_cannot_be_is_refused(tmp_path):
    """A beta law of mean 0.05 has a cv below (0.95 / 0.05)**0.5 = 4.36."""
    text = text_of("equipment_loss").replace("mean = 0.05\ncv = 2.0", "mean = 0.05\ncv = 5.0")
    error = refused(tmp_path, "equipment_loss", text)
    assert "model.classes.wafer_fab.breakdown.ratio.cv: cv must be < 4.359" in str(error)


def test_a_model_that_does_not_exist_is_refused(tmp_path):
    text = text_of("patent").replace('kind = "dispute"', 'kind = "disputes"')
    error = refused(tmp_path, "patent", text)
    assert "model" in str(error)
    assert "disputes" in str(error)


def test_all_faults_are_told_at_once(tmp_path):
    text = without(text_of("rd_loss"), "model.spend", "source")
    text = without(text, "terms.deductible", "unit").replace(
        "[covers.failure]\n", "[covers.failure]\nx = 1\n"
    )
    error = refused(tmp_path, "rd_loss", text)
    assert len(error.faults) == 3
    assert all(key in str(error) for key in ("model.spend.source", "terms.deductible.unit", ".x:"))


@pytest.mark.parametrize("text", ['code = "rd_loss', "a = 1\na = 2\n", "[model\n"])
def test_what_is_no_toml_is_refused(tmp_path, text):
    assert "must be UTF-8 TOML" in str(refused(tmp_path, "rd_loss", text))


def test_what_is_no_utf8_is_refused(tmp_path):
    file = tmp_path / "rd_loss" / "product.toml"
    file.parent.mkdir()
    file.write_bytes('title = "研发"'.encode("gb18030"))
    with pytest.raises(CatalogueError, match="must be UTF-8 TOML"):
        load_product(file)


def test_the_code_is_the_name_of_the_folder(tmp_path):
    error = refused(tmp_path, "rd", text_of("rd_loss"))
    assert "must be the folder's name 'rd', got 'rd_loss'" in str(error)


def test_a_folder_of_products_is_read_in_order_of_code(tmp_path):
    for code in reversed(CODES):
        file = tmp_path / code / "product.toml"
        file.parent.mkdir()
        file.write_text(text_of(code), encoding="utf-8")
    loaded = load(tmp_path).products
    assert tuple(loaded) == CODES
    assert all(isinstance(product, Product) for product in loaded.values())
    assert load(tmp_path / "none").products == {}
