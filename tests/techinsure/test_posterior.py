"""Own data on a product: the door, the report, the price under both, the text for the file."""

import json

import pytest

import techinsure as ti
from techinsure.catalogue import Catalogue, product_digest, shipped, updates, with_experience
from techinsure.errors import InvalidParameter, NotFound
from techinsure.evidence.experience import Experience
from techinsure.evidence.observed import Amounts, Observation, Seen
from techinsure.posterior import posterior
from techinsure.product import at, put
from techinsure.reading import read
from techinsure.receipt import plain
from tests.techinsure.evidence.asked import abroad, expert

LAB = "model.classes.general.fail.lab"
PROJECTS = {"exposure": {"risk_class": "general", "budget": 2_000_000},
            "simulation": {"n_years": 1000}}  # fmt: skip


def counts(parameter, events, trials):
    return Observation(parameter=parameter, seen=(Seen(events=events, trials=trials),),
                       source="own projects")  # fmt: skip


def member(*observations, **more):
    return Experience(name="member", observations=observations, **more)


OWN = member(counts(LAB, 5.0, 58.0), counts("model.insured_cause.technical_failure", 4.0, 9.0))


@pytest.fixture(scope="module")
def report():
    return posterior({"product": "rd_loss", "experience": plain(OWN), "risk": PROJECTS})


# --- the door ----------------------------------------------------------------------------------


def test_only_what_was_observed_changes():
    product = shipped().product("rd_loss")
    learnt = with_experience(product, OWN)
    back = put(learnt, LAB, at(product, LAB))
    back = put(back, "model.insured_cause.technical_failure",
               at(product, "model.insured_cause.technical_failure"))  # fmt: skip
    assert put(back, "version", product.version) == product
    assert at(learnt, LAB).mean < at(product, LAB).mean
    assert learnt.version.startswith(f"{product.version}+")
    assert product_digest(learnt) != product_digest(product)


def test_the_version_names_the_data():
    product = shipped().product("rd_loss")
    other = member(counts(LAB, 6.0, 58.0))
    versions = {with_experience(product, data).version for data in (OWN, other, OWN)}
    assert len(versions) == 2


def test_an_unknown_parameter_is_named_with_the_nearest():
    with pytest.raises(NotFound, match=r"did you mean 'model.classes.general.fail.lab'"):
        updates(shipped().product("rd_loss"), member(counts(LAB + "s", 5.0, 58.0)))


def test_entries_of_lists_are_found_by_their_names():
    product = shipped().product("rd_loss")
    share = at(product, "model.phases.pilot.budget_share")
    assert put(product, "model.phases.pilot.budget_share", share) == product
    with pytest.raises(NotFound, match="piloting"):
        at(product, "model.phases.piloting.budget_share")


def test_a_product_with_experience_prices_and_verifies():
    learnt = Catalogue(products={"rd_loss": with_experience(shipped().product("rd_loss"), OWN)})
    request = {"product": "rd_loss", **PROJECTS}
    quote = ti.price(request, learnt)
    assert quote.premium.charged.value < ti.price(request).premium.charged.value
    assert ti.verify(quote.to_dict(), learnt).reproduced
    assert not ti.verify(quote.to_dict()).reproduced  # the shipped product has other numbers


@pytest.mark.parametrize(
    ("product", "parameter", "seen"),
    [
        ("patent", "model.suit_rate", Seen(events=3.0, exposure=900.0)),
        ("patent", "model.settled", Seen(events=3.0, trials=9.0)),
        ("equipment_loss", "model.classes.lab.breakdown.rate", Seen(events=4.0, exposure=250.0)),
        ("equipment_loss", "model.catastrophe_rate", Seen(events=0.0, exposure=120.0)),
    ],
)
def test_every_product_learns(product, parameter, seen):
    own = member(Observation(parameter=parameter, seen=(seen,), source="own"))
    (found,) = updates(shipped().product(product), own)
    assert 0 < found.weight < 1
    learnt = with_experience(shipped().product(product), own)
    example = {**learnt.example, "simulation": {"n_years": 1000}}
    quote = ti.price(example, Catalogue(products={product: learnt}))
    assert any("member: own" in entry.source for entry in quote.evidence)


def test_amounts_move_the_law_of_a_share():
    spend = Amounts(parameter="model.spend", values=(0.4, 0.5, 0.3), prior_claims=6.0, source="own")
    own = Experience(name="member", amounts=(spend,))
    (found,) = updates(shipped().product("rd_loss"), own)
    assert found.posterior.mean < found.prior.mean
    told = posterior({"product": "rd_loss", "experience": plain(own), "risk": PROJECTS,
                      "one_more_amount": 0.95})  # fmt: skip
    (more,) = told.one_more
    assert more.mean > found.posterior.mean
    assert more.pure_rate > told.pure_rate.value


# --- the report --------------------------------------------------------------------------------


def test_the_rate_before_and_after(report):
    before = report.before.premium.pure.value / report.before.sum_insured
    assert report.pure_rate.exact
    assert report.pure_rate.value < before
    assert report.after.product_version == report.version_after
    assert report.after.sum_insured == report.before.sum_insured


def test_one_more_claim_of_each_kind(report):
    lab, cause = report.one_more
    assert lab.parameter == LAB
    assert lab.mean > report.updates[0].posterior.mean
    assert cause.pure_rate > report.pure_rate.value


def test_opinions_are_ordered_by_what_they_move(report):
    widths = [one.width for one in report.sensitivities]
    assert widths == sorted(widths, reverse=True)
    assert report.sensitivities[0].parameter == "model.recognised"
    assert all(one.lower < report.pure_rate.value < one.higher for one in report.sensitivities)
    assert "model.phases.lab.budget_share" in report.held


def test_the_text_names_sources_weights_and_grades(report):
    text = report.text()
    assert "data weigh 65%, prior 35%; grade C -> A" in text
    assert "member: own projects (weight 65%), on C: " in text
    assert "Opinions (grade D)" in text
    assert "One more claim on model.classes.general.fail.lab" in text


def test_json_can_hold_the_report(report):
    told = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert told["updates"][0]["parameter"] == LAB
    assert set(told["receipt"]["digests"]) == {"product", "posterior", "experience", "risk"}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"experience": {"name": "m", "observations": [
            {"parameter": LAB, "seen": [{"events": 9.0, "trials": 5.0}], "source": "s"}]}},
         "/experience/observations/0/seen/0/events"),
        ({"risk": {"exposure": {"risk_class": "general"}}}, "/risk/exposure/budget"),
        ({"one_more_amount": -1.0}, "/one_more_amount"),
        ({"experience": {"name": "m", "observations": [
            {"parameter": "model.recognised", "seen": [{"events": 1.0, "trials": 5.0}],
             "source": "s"}]}}, "/experience/observations/0"),
    ],
)  # fmt: skip
def test_faults_have_pointers(changes, pointer):
    whole = {"product": "rd_loss", "experience": plain(OWN), "risk": PROJECTS}
    with pytest.raises(InvalidParameter) as error:
        posterior({**whole, **changes})
    assert error.value.faults[0].pointer == pointer


# --- what a stranger found ---------------------------------------------------------------------


def test_both_quotes_verify_alone(report):
    for quote in (report.before, report.after):
        assert ti.verify(quote.to_dict()).reproduced
    assert report.after.updates == report.updates


@pytest.mark.parametrize(
    ("product", "entry"),
    [
        ("rd_loss", {"observations": [{"parameter": "model.spend", "source": "s",
                                       "seen": [{"events": 40.0, "trials": 50.0}]}]}),
        ("patent", {"amounts": [{"parameter": "model.suit_rate", "values": [4e5, 9e4],
                                 "prior_claims": 3.0, "source": "s"}]}),
        ("equipment_loss", {"observations": [{
            "parameter": "model.classes.lab.breakdown.ratio", "source": "s",
            "seen": [{"events": 9.0, "trials": 300.0}]}]}),
    ],
)  # fmt: skip
def test_counts_and_amounts_go_to_their_own_kind_of_law(product, entry):
    """A law of single losses is no rate, whatever its family."""
    with pytest.raises(InvalidParameter, match=r"must be (a rate|the law of single losses)"):
        updates(shipped().product(product), Experience(name="m", **read_entries(entry)))


def read_entries(entry):
    records = {"observations": Observation, "amounts": Amounts}
    return {kind: tuple(read(records[kind], one) for one in many) for kind, many in entry.items()}


def test_data_that_do_not_touch_the_risk_are_said_not_to():
    told = posterior({"product": "rd_loss", "experience": plain(OWN),
                      "risk": {"exposure": {"risk_class": "software", "budget": 1e6},
                               "terms": {"form": "named_cause"},
                               "simulation": {"n_years": 1000}}})  # fmt: skip
    assert "choose a risk of their class" in told.notes[0]
    assert "choose a risk" in told.text()


def test_no_exposure_in_one_year_spoils_nothing():
    own = member(Observation(parameter="model.suit_rate", source="own", seen=(
        Seen(events=2.0, exposure=480.0), Seen(events=0.0, exposure=0.0))))  # fmt: skip
    told = posterior({"product": "patent", "experience": plain(own)})
    assert told.one_more[0].mean > told.updates[0].posterior.mean


def test_each_prior_is_asked_whether_the_data_surprise_it(report):
    assert [one.parameter for one in report.conflicts] == [one.parameter for one in report.updates]
    assert all(0 < one.p <= 1 for one in report.conflicts)
    assert report.conflicts[0].verdict in report.text()


def test_absurd_rates_are_refused_before_the_machine_is_full():
    own = member(Observation(parameter="model.suit_rate", source="s",
                             seen=(Seen(events=1e9, exposure=10.0),)))  # fmt: skip
    with pytest.raises(InvalidParameter, match="expected events must be <= 5,000,000"):
        posterior({"product": "patent", "experience": plain(own)})


# --- experts and analogues through the same door ------------------------------------------------

PILOT = "model.classes.material.fail.pilot"
MATERIAL = {"exposure": {"risk_class": "material", "budget": 2e6}, "simulation": {"n_years": 1000}}


def pilot(**given):
    """Experts in the product's place, an analogue and a robust share, of the class of materials."""
    whole = {"parameter": PILOT, "question": "how many of 100 fail at pilot scale?",
             "family": "beta", "product_weight": 0.2, "robust": 0.1,
             "experts": [plain(expert("Li", 0.5)),
                         plain(expert("Wang", 0.5, ((0.05, 0.25), (0.5, 0.4), (0.95, 0.56))))],
             "analogues": [plain(abroad(18.0, trials=75.0))]}  # fmt: skip
    return {name: value for name, value in (whole | given).items() if value is not None}


def document(*observations, knowledge=(), **given):
    return {"name": "member", "observations": [plain(one) for one in observations],
            "knowledge": list(knowledge), **given}  # fmt: skip


@pytest.fixture(scope="module")
def chain():
    own = document(counts(PILOT, 7.0, 28.0), knowledge=[pilot()])
    return posterior({"product": "rd_loss", "experience": own, "risk": MATERIAL})


def test_a_rate_learns_from_all_of_them(chain):
    (one,) = chain.updates
    assert [step.name for step in one.steps] == [
        "product", "experts", "analogues", "robust", "own data",
    ]  # fmt: skip
    assert chain.after.updates == chain.updates
    assert ti.verify(chain.after.to_dict()).reproduced
    assert chain.pure_rate.value != chain.before.premium.pure.value / chain.before.sum_insured


def test_the_text_shows_every_step_and_everybody_heard(chain):
    text = chain.text()
    for words in ("product   0.22", "experts ", "analogues ", "robust ", "own data ",
                  "the product's own prior: mean 0.22", "Li: mean", "misfit 0.0", "Wang: mean",
                  "abroad: discount 0.30, stated; ",
                  "the right one with 10% before data", "all before them",
                  "Relativities (grade D)", "Coefficients of variation (grade D)"):  # fmt: skip
        assert words in text, words


def test_data_are_compared_with_what_was_known_before_them(chain):
    (one,) = chain.conflicts
    assert one.prior.mean == pytest.approx(chain.updates[0].steps[3].mean)
    assert one.expected == pytest.approx(28 * one.prior.mean)


def test_one_more_claim_goes_the_whole_way(chain):
    (more,) = chain.one_more
    own = document(counts(PILOT, 8.0, 28.0), knowledge=[pilot()])
    (again,) = updates(shipped().product("rd_loss"), read(Experience, own))
    assert more.mean == pytest.approx(again.posterior.mean)


def test_experts_alone_are_enough():
    told = posterior({"product": "rd_loss", "experience": document(knowledge=[pilot()]),
                      "risk": MATERIAL})  # fmt: skip
    assert (told.one_more, told.conflicts) == ((), ())
    assert "no own data" in told.text()
    assert told.updates[0].posterior.grade == "D"


def test_the_order_of_entries_changes_neither_version_nor_product():
    product = shipped().product("rd_loss")
    lab = counts("model.classes.material.fail.lab", 2.0, 30.0)
    other = {"parameter": "model.classes.material.fail.industrial", "robust": 0.2}
    own = counts(PILOT, 7.0, 28.0)
    turned = pilot(experts=pilot()["experts"][::-1])
    products = [
        with_experience(product, read(Experience, document(*many, knowledge=beside)))
        for many, beside in (((lab, own), [pilot(), other]), ((own, lab), [other, turned]))
    ]
    assert products[0].version == products[1].version
    assert product_digest(products[0]) == product_digest(products[1])


def test_own_data_alone_keep_the_version_they_had():
    assert with_experience(shipped().product("rd_loss"), OWN).version.endswith("+0e67902b")


@pytest.mark.parametrize(
    ("entry", "words", "pointer"),
    [
        (pilot(parameter="model.suit_rate"), "is not known", None),
        (pilot(family="gamma"), "family must be beta, as the product has it",
         "/experience/knowledge/0"),
        (pilot(parameter="model.spend"), "must have neither analogues nor a robust share",
         "/experience/knowledge/0"),
        (pilot(parameter="model.recognised"), "product_weight must be 0 where the product holds",
         "/experience/knowledge/0"),
        (pilot(analogues=[plain(abroad(exposure=3.0))]), "seen must have trials",
         "/experience/knowledge/0"),
        (pilot(product_weight=None), "product_weight is required with experts",
         "/experience/knowledge/0/product_weight"),
        (pilot(experts=[plain(expert("Li", 0.4))]), "must sum to 1",
         "/experience/knowledge/0/experts"),
    ],
)  # fmt: skip
def test_what_experts_and_analogues_can_be_wrong_with_has_its_place(entry, words, pointer):
    request = {"product": "rd_loss", "experience": document(knowledge=[entry]), "risk": MATERIAL}
    with pytest.raises((InvalidParameter, NotFound), match=words) as error:
        posterior(request)
    if pointer:
        assert error.value.faults[0].pointer == pointer


def test_own_data_at_fault_are_named_beside_sound_knowledge():
    own = document({"parameter": PILOT, "source": "s", "seen": [{"events": 1.0, "exposure": 9.0}]},
                   knowledge=[pilot()])  # fmt: skip
    with pytest.raises(InvalidParameter) as error:
        posterior({"product": "rd_loss", "experience": own, "risk": MATERIAL})
    assert error.value.faults[0].pointer == "/experience/observations/0"


def test_a_posterior_that_the_model_cannot_use_is_refused_with_its_place():
    """Experts on a budget share: the shares no longer sum to 1."""
    share = pilot(parameter="model.phases.lab.budget_share", product_weight=0.0, robust=None,
                  analogues=None)  # fmt: skip
    with pytest.raises(InvalidParameter, match="sum to 1") as error:
        posterior({"product": "rd_loss", "experience": document(knowledge=[share]),
                   "risk": MATERIAL})  # fmt: skip
    assert error.value.faults[0].pointer == "/experience/knowledge/0"


# --- classes together ---------------------------------------------------------------------------

CLASSES = [f"model.classes.{name}.fail.pilot" for name in ("general", "software", "material")]


def pooled(**given):
    whole = {"parameters": CLASSES, "common": {"low": 0.6, "high": 1.6},
             "spread": {"low": 0.1, "high": 0.5}, "reason": "one panel judges all"}  # fmt: skip
    return whole | given


def pooled_document(*observations, **given):
    return document(*observations, together=[pooled(**given)])


@pytest.fixture(scope="module")
def classes():
    own = pooled_document(counts(CLASSES[0], 3.0, 51.0), counts(CLASSES[1], 1.0, 40.0))
    return posterior({"product": "rd_loss", "experience": own, "risk": MATERIAL})


def test_a_class_without_data_learns_from_the_others(classes):
    assert [one.parameter for one in classes.updates] == CLASSES
    assert classes.pure_rate.value < classes.before.premium.pure.value / classes.before.sum_insured
    assert ti.verify(classes.after.to_dict()).reproduced
    assert "other classes" in classes.text()


def test_one_more_claim_of_one_class_moves_the_rate_of_another(classes):
    """The risk is of the class without data."""
    assert all(more.pure_rate > classes.pure_rate.value for more in classes.one_more)
    assert classes.one_more[0].mean > classes.updates[0].posterior.mean


@pytest.mark.parametrize(
    ("own", "words", "pointer"),
    [
        (pooled_document(), "must have own data", "/experience/together/0"),
        (pooled_document(counts(CLASSES[0], 1.0, 9.0),
                         parameters=[CLASSES[0], "model.spend"]), "must be a rate or a probab",
         "/experience/together/0"),
        (pooled_document(counts(CLASSES[0], 1.0, 9.0), common={"low": 2.0, "high": 1.0}),
         "must be > 2", "/experience/together/0/common/high"),
        ({**pooled_document(counts(CLASSES[0], 1.0, 9.0)), "knowledge": [pilot()]},
         "must be pooled once", "/experience/together/0/parameters"),
    ],
)  # fmt: skip
def test_a_pool_of_classes_at_fault_is_named_with_its_place(own, words, pointer):
    with pytest.raises(InvalidParameter, match=words) as error:
        posterior({"product": "rd_loss", "experience": own, "risk": MATERIAL})
    assert error.value.faults[0].pointer == pointer


def test_the_order_of_pooled_classes_changes_no_version():
    product = shipped().product("rd_loss")
    own = counts(CLASSES[0], 3.0, 51.0)
    versions = {
        with_experience(product, read(Experience, pooled_document(own, parameters=many))).version
        for many in (CLASSES, CLASSES[::-1])
    }
    assert len(versions) == 1
