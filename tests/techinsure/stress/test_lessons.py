"""What is learnt: the same posterior and prices as asked for by hand, counted where not stated."""

from dataclasses import replace

import pytest

from techinsure.catalogue import shipped, updates
from techinsure.errors import InvalidParameter
from techinsure.pooling import run_pool
from techinsure.posterior import posterior
from techinsure.quantities import Estimate
from techinsure.quoting.in_pool import price_in_pool
from techinsure.reading import read
from techinsure.stress import StressRequest, stress
from techinsure.stress.lessons import within_noise
from techinsure.stress.run import prepare
from tests.techinsure.stress.asked import FIRE_RATE, LABS, STRIKES, asked

RISK = {"exposure": {"risk_class": "lab", "items": [{"value": 1e5, "units": 4}]}}
RUN = {"n_years": 1000, "seed": 3}
CHIPS = {"hits": {"risk_classes": ["rd_loss/chip"]}, "basis": "trials"}
FAIL = "model.classes.chip.fail.industrial"


def learning(*lessons, product="equipment_loss", risk=RISK):
    return [{"product": product, "risk": risk, "lessons": [
        {"source": "scenario", **lesson} for lesson in lessons]}]  # fmt: skip


ONE_FIRE = {"parameter": FIRE_RATE, "events": 1.0, "exposure": 12.0}


PROJECT = {"exposure": {"risk_class": "chip", "budget": 1e5}}
ONE_FAILURE = {"parameter": FAIL, "events": 1.0, "trials": 12.0}


@pytest.fixture(scope="module")
def request_():
    lessons = learning(ONE_FAILURE, product="rd_loss", risk=PROJECT)
    return {**asked(strikes=STRIKES[2:], learning=lessons), "in_pool": True}


@pytest.fixture(scope="module")
def learnt(request_):
    (one,) = stress(request_).learnt
    return one


def test_the_posterior_and_the_prices_are_those_of_posterior(learnt):
    seen = {"parameter": FAIL, "seen": [{"events": 1.0, "trials": 12.0}], "source": "scenario"}
    by_hand = posterior({
        "product": "rd_loss",
        "experience": {"name": "bad year", "observations": [seen]},
        "risk": {**PROJECT, "simulation": RUN, "drivers": False},
    })  # fmt: skip
    assert learnt.updates == by_hand.updates
    assert learnt.version_after == by_hand.version_after
    assert learnt.before.charged == by_hand.before.premium.charged
    assert learnt.after.charged == by_hand.after.premium.charged
    assert learnt.after.pure == by_hand.after.premium.pure
    assert learnt.after.rate == by_hand.after.rate
    assert learnt.after != learnt.before


def test_one_more_failure_on_the_beta_prior(learnt):
    """Shipped: mean 0.1, cv 0.35, so 0.9 / (0.1 x 0.35**2) - 1 projects' worth; one of 12 more."""
    (update,), worth = learnt.updates, 0.9 / (0.1 * 0.35**2) - 1
    assert update.posterior.mean == pytest.approx((0.1 * worth + 1) / (worth + 12))


def test_one_more_fire_on_the_gamma_prior():
    """Shipped: 1 / 0.8**2 = 1.5625 on 1.5625 / 0.0025 site-years; one more on 12."""
    (one,) = prepare(read(StressRequest, asked(learning=learning(ONE_FIRE)))).lessons
    (update,) = updates(shipped().product("equipment_loss"), one.experience)
    assert update.posterior.mean == pytest.approx(2.5625 / (625 + 12))


def test_the_price_in_the_pool_is_that_of_price_in_pool(request_, learnt):
    pool = run_pool(read(StressRequest, request_).run)
    risk = {**PROJECT, "product": "rd_loss", "simulation": RUN, "drivers": False}
    before = price_in_pool(risk, pool)
    after = price_in_pool({**risk, "experience": learnt.experience}, pool)
    assert learnt.in_pool_before.charged == before.premium.charged
    assert learnt.in_pool_after.charged == after.premium.charged
    assert learnt.in_pool_after.rate == after.rate
    assert learnt.in_pool_after != learnt.in_pool_before


def seen_by(*lessons, **given):
    request = asked(learning=learning(*lessons, **given))
    (one,) = prepare(read(StressRequest, request)).lessons
    return [seen for entry in one.experience.observations for seen in entry.seen]


def test_exposure_and_trials_are_counted_in_the_pool():
    (labs,) = seen_by({"parameter": FIRE_RATE, "events": 1.0, "counted": LABS})
    assert (labs.events, labs.exposure, labs.trials) == (1.0, 1.0, None)  # one site, one year
    (chips,) = seen_by({"parameter": FAIL, "counted": CHIPS}, product="rd_loss", risk={})
    assert (chips.events, chips.trials, chips.exposure) == (2.0, 3.0, None)
    years = {**CHIPS, "basis": "exposure", "per": "route"}
    # two routes of two years each: four route-years, of which one route is hit
    (route,) = seen_by({"parameter": FIRE_RATE, "counted": years})
    assert (route.events, route.exposure) == (1.0, 4.0)


def test_the_products_example_is_priced_where_no_risk_is_given():
    request = asked(learning=learning(ONE_FIRE, risk={}))
    (one,) = prepare(read(StressRequest, request)).lessons
    assert one.risk["exposure"] == shipped().product("equipment_loss").example["exposure"]
    request["risks"] = {"equipment_loss": RISK}
    (other,) = prepare(read(StressRequest, request)).lessons
    assert other.risk["exposure"] == RISK["exposure"]
    assert other.risk["simulation"] == RUN


@pytest.mark.parametrize(
    ("lessons", "given", "pointer", "words"),
    [
        ([{**ONE_FIRE, "parameter": "model.classes.lab.fire.rat"}], {}, "lessons/0/parameter",
         "did you mean 'model.classes.lab.fire.rate'?"),
        ([ONE_FIRE, {**ONE_FIRE, "exposure": None, "trials": 5.0,
                     "parameter": "model.classes.wafer_fab.fire.rate"}], {}, "lessons/1",
         "exposure"),
        ([{**ONE_FIRE, "trials": 3.0}], {}, "lessons/0/exposure", "must be the only one"),
        ([{**ONE_FIRE, "events": None}], {}, "lessons/0/events", "must be stated"),
        ([{"parameter": FAIL, "events": 4.0, "counted": CHIPS}], {"product": "rd_loss", "risk": {}},
         "lessons/0/events", "must be <= the trials, 3"),
        ([ONE_FIRE], {"product": "equipmentloss"}, "product", "did you mean 'equipment_loss'?"),
        ([ONE_FIRE], {"risk": {**RISK, "simulation": RUN}}, "risk/simulation", "must not stand"),
        ([ONE_FIRE], {"risk": {"exposure": {"risk_class": "fab", "items": [{"value": 1.0}]}}},
         "risk/exposure/risk_class", "must be one of"),
        ([ONE_FIRE], {"risk": {"exposure": {"items": [{"value": -1.0}]}}},
         "risk/exposure/items/0/value", "must be in"),
        ([{**ONE_FIRE, "exposure": None, "counted": {**LABS, "hits": {"sites": ["x"]}}}], {},
         "lessons/0/counted/hits/sites/0", "must be a site"),
    ],
)  # fmt: skip
def test_a_lesson_that_cannot_be_is_refused_at_its_place(lessons, given, pointer, words):
    with pytest.raises(InvalidParameter) as caught:
        stress(asked(learning=learning(*lessons, **given)))
    found = {fault.pointer: f"{fault.bound} {fault.fix}" for fault in caught.value.faults}
    assert words in found[f"/scenario/learning/0/{pointer}"], found


def test_a_fault_of_a_risk_given_apart_points_there():
    request = asked(learning=learning(ONE_FIRE))
    request["risks"] = {"equipment_loss": {"exposure": {"items": [{"value": -1.0}]}}}
    with pytest.raises(InvalidParameter) as caught:
        stress(request)
    pointers = [fault.pointer for fault in caught.value.faults]
    assert pointers == ["/risks/equipment_loss/exposure/items/0/value"]


@pytest.mark.parametrize(("change", "is_said"), [(9.9, True), (-9.9, True), (10.1, False)])
def test_a_change_within_its_noise_is_said(learnt, change, is_said):
    def priced(value, error):
        charged = Estimate(value=value, unit="CNY", standard_error=error)
        return replace(learnt.before, charged=charged)

    pair = {"before": priced(100.0, 3.0), "after": priced(100.0 + change, 4.0)}
    alone = replace(learnt, **pair, in_pool_before=None, in_pool_after=None)
    said = list(within_noise(alone))
    assert bool(said) == is_said
    assert all("twice its error of 5.00" in note and "alone" in note for note in said)
    pool = replace(alone, in_pool_before=pair["before"], in_pool_after=pair["after"])
    assert len(list(within_noise(pool))) == 2 * is_said
