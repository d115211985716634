"""Parameters moved and data added: each bar against pricing by hand on the same numbers."""

from dataclasses import replace

import pytest

import techinsure as ti
from techinsure.catalogue import Catalogue
from techinsure.errors import InvalidParameter, NotFound
from techinsure.evidence.priors import Prior
from techinsure.losses.paired import Paired
from techinsure.product import at, evidence, put
from techinsure.quoting import tornado
from techinsure.quoting.margin import reference_losses
from techinsure.quoting.rating import class_of, rate
from techinsure.quoting.tornado import (
    SensitivityRequest,
    after,
    learnt,
    n_prices,
    sensitivity,
    short_name,
)
from techinsure.reading import read
from tests.techinsure.asked import CATALOGUE, project

RD = CATALOGUE.product("rd_loss")
RISK = {**project(4e6), "drivers": False}
FAIL = "model.classes.general.fail.lab"


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def report(told):
    request = {"risk": RISK, "more_exposure": [1e6, 10]}
    return sensitivity(request, progress=lambda done, total: told.append((done, total)))


@pytest.fixture(scope="module")
def quote():
    return ti.price(RISK)


@pytest.fixture(scope="module")
def around():
    of = class_of(RD, rate(RD, read(SensitivityRequest, {"risk": RISK}).risk).portfolio)
    return reference_losses(RD, of, seed=7, n_years=1000)


def charged_under(product, around):
    """The charged premium of the risk under another product, in the reference of the first."""
    shelf = Catalogue(products={product.code: product})
    return ti.price(RISK, shelf, reference=around).premium.charged


def test_the_base_is_the_quote(report, quote):
    assert report.charged.value == pytest.approx(quote.premium.charged.value, rel=1e-12)
    assert report.charged.standard_error == pytest.approx(quote.premium.charged.standard_error)
    assert report.pure.value == pytest.approx(quote.premium.pure.value, rel=1e-12)
    assert (report.n_years, report.currency, report.product) == (1000, "CNY", "rd_loss")


def test_a_bar_is_what_pricing_by_hand_gives(report, quote, around):
    bar = next(bar for bar in report.bars if bar.parameter == FAIL)
    prior, today = at(RD, FAIL), quote.premium.charged.value
    assert (bar.mean, bar.cv, bar.grade) == (prior.mean, prior.cv, prior.grade)
    moved = {
        "lower": replace(prior, mean=0.9 * prior.mean),
        "higher": replace(prior, mean=1.1 * prior.mean),
        "at_low": prior.held(bar.interval[0]), "at_high": prior.held(bar.interval[1]),
    }  # fmt: skip
    for side, other in moved.items():
        premium = charged_under(put(RD, FAIL, other), around)
        assert getattr(bar, side).value == pytest.approx(premium.value - today, rel=1e-9), side
    assert prior.law.cdf(bar.interval[0]) == pytest.approx(0.05)
    assert prior.law.cdf(bar.interval[1]) == pytest.approx(0.95)


def test_the_error_is_that_of_the_difference(report, quote):
    """A difference on common numbers is known far better than two prices apart."""
    apart = 2**0.5 * quote.premium.charged.standard_error
    for bar in report.bars:
        assert (bar.lower.standard_error or 0) < 0.7 * apart, bar.parameter


def test_elasticity_is_of_the_pure_premium(report, quote):
    """The share of failures that is insured scales expected claims."""
    bar = next(bar for bar in report.bars if bar.name == "insured_cause.technical_failure")
    assert bar.elasticity == pytest.approx(1.0, abs=1e-6)
    assert bar.higher.value > 0 > bar.lower.value


def test_every_bar_has_its_elasticity_by_score_or_says_why_not(report):
    """Drawn parameters agree with the difference of the two moves, whose curvature is small."""
    for bar in report.bars:
        drawn = bar.interval is not None
        assert (bar.by_score is not None) == drawn, bar.parameter
        assert bool(bar.no_score) != drawn
        if drawn:
            apart = abs(bar.by_score.value - bar.elasticity)
            assert apart <= 4 * bar.by_score.standard_error + 0.01, bar.parameter
    assert {bar.no_score.split(":")[0] for bar in report.bars if bar.no_score} == {
        "held at its value", "a law of single losses",
    }  # fmt: skip


def test_the_widest_comes_first(report):
    widths = [bar.width for bar in report.bars]
    assert widths == sorted(widths, reverse=True)
    assert report.bars[0].width == max(
        abs(change.value)
        for bar in report.bars
        for change in (bar.lower, bar.higher, bar.at_low, bar.at_high)
        if change is not None
    )


def test_what_cannot_move_alone_is_held_and_says_why(report):
    assert {one.parameter for one in report.held} == {
        f"model.phases.{phase}.budget_share" for phase in ("lab", "pilot", "industrial")
    }
    assert {one.why for one in report.held} == {"must have budget shares that sum to 1"}
    moved = {bar.parameter for bar in report.bars}
    assert not moved & {one.parameter for one in report.held}


def test_parameters_of_other_classes_have_no_bar(report):
    classes = {bar.parameter.split(".")[2] for bar in report.bars if ".classes." in bar.parameter}
    assert classes == {"general"}


def test_with_endless_data_the_parameters_cost_almost_no_capital(report, quote):
    few, endless = report.ignorance
    assert (few.exposure, endless.exposure) == (10, 1e6)
    known = ti.price(RISK, Catalogue(products={"rd_loss": with_data(1e6)}))
    charged = known.premium.charged.value
    assert endless.charged.value == pytest.approx(charged, rel=1e-9)
    assert endless.change.value == pytest.approx(charged - quote.premium.charged.value, rel=1e-6)
    sure = ti.price(RISK, Catalogue(products={"rd_loss": without_errors(with_data(1e6))}))
    for line in ("parameter_mean", "parameter_capital"):
        assert abs(sure.premium.waterfall.step(line).value) < 0.005 * charged, line


def without_errors(product):
    """The product with its relativities known: more data on parameters leave them as they are."""
    factors = {
        name: replace(
            factor, levels={n: replace(level, error=0.0) for n, level in factor.levels.items()}
        )
        for name, factor in product.factors.items()
    }
    return replace(product, factors=factors)


def with_data(exposure):
    """The product after so much more data on each parameter that is drawn."""
    known = RD
    for name, prior_ in parameters():
        if name.rsplit(".", 1)[-1] not in RD.model.amounts:
            known = put(known, name, after(prior_, exposure))
    return known


def parameters():
    named = ((entry.name, at(RD, entry.name)) for entry in evidence(RD.model, "model"))
    return [(name, one) for name, one in named if isinstance(one, Prior) and one.mean > 0]


def mine():
    """Parameters of no class, or of the class of the risk."""
    return [n for n, _ in parameters() if ".classes." not in n or ".classes.general." in n]


def test_progress_is_told_step_by_step(told, report):
    total = len(mine()) + len(report.ignorance)
    assert told == [(step, total) for step in range(1, total + 1)]


@pytest.mark.parametrize("more", [(), (10.0, 100.0, 1e3)])
def test_the_prices_are_counted(more, monkeypatch):
    """At least as many as are computed where every parameter moves, and few more; one more for
    each reference portfolio."""
    request = read(SensitivityRequest, {"risk": RISK, "more_exposure": list(more)})
    counted = []

    def priced(*_):
        counted.append(1)
        return Paired(value=float(len(counted))), Paired(value=0.0)

    monkeypatch.setattr(tornado, "premium_of", priced)
    monkeypatch.setattr(tornado, "reference_losses", lambda *_, **__: None)
    sensitivity(request)
    count = n_prices(learnt(request.risk, CATALOGUE), request)
    assert len(counted) + len(more) <= count <= len(counted) + len(more) + 9  # held: three, of 4


def test_own_data_move_the_base():
    data = {
        "name": "own",
        "observations": [
            {"parameter": FAIL, "seen": [{"events": 30.0, "trials": 60.0}], "source": "own"}
        ],
    }
    risk = {**RISK, "experience": data}
    found = sensitivity({"risk": risk, "more_exposure": []})
    assert found.charged.value == pytest.approx(ti.price(risk).premium.charged.value, rel=1e-12)
    assert "+" in found.product_version
    assert found.ignorance == ()


# --- More data ---------------------------------------------------------------------------------


def prior(family, mean, cv):
    return Prior(mean=mean, cv=cv, family=family, grade="C", source="test")


def test_a_rate_gains_shape_by_events():
    """Gamma(a, b) after `n` years with the events expected: a + n a / b over b + n."""
    before = prior("gamma", 0.4, 0.5)
    shape, rate_ = 1 / before.cv**2, 1 / (before.cv**2 * before.mean)
    found = after(before, 25.0)
    shape, rate_ = shape + 25.0 * before.mean, rate_ + 25.0
    assert found.mean == pytest.approx(shape / rate_)
    assert found.cv == pytest.approx(shape**-0.5)


def test_a_probability_gains_weight_by_cases():
    """Beta(a, b) after `n` cases at its mean: a + n m, b + n (1 - m)."""
    before = prior("beta", 0.3, 0.6)
    weight = (1 - 0.3) / (0.3 * 0.6**2) - 1
    found = after(before, 40.0)
    a, b = 0.3 * (weight + 40), 0.7 * (weight + 40)
    assert found.mean == pytest.approx(a / (a + b))
    assert found.cv == pytest.approx((b / (a * (a + b + 1))) ** 0.5)
    assert found.law.mean == pytest.approx(0.3)


def test_more_data_never_widen_and_others_stay():
    for family, mean in (("gamma", 2.0), ("beta", 0.2)):
        spreads = [after(prior(family, mean, 0.7), n).cv for n in (0, 1, 10, 100, 1e9)]
        assert spreads == sorted(spreads, reverse=True)
        assert spreads[0] == pytest.approx(0.7)
        assert spreads[-1] < 1e-3
    point = Prior(mean=0.2, cv=0.0, family="point", grade="D", source="test")
    assert after(point, 100.0) is point
    amounts = prior("lognormal", 3.0, 0.7)
    assert after(amounts, 100.0) is amounts


# --- Names and faults --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("whole", "short"),
    [
        (FAIL, "general.fail.lab"),
        ("model.spend", "spend"),
        ("model.parts.hazards.classes.general.hazards.fire.rate", "hazards.general.fire.rate"),
        ("model.phases.lab.budget_share", "lab.budget_share"),
    ],
)  # fmt: skip
def test_a_short_name_leaves_containers_out(whole, short):
    assert short_name(whole) == short


def test_short_names_are_unique_in_every_product():
    for product in CATALOGUE.products.values():
        names = [entry.name for entry in evidence(product.model, "model")]
        assert len({short_name(name) for name in names}) == len(names), product.code


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"more_exposure": [0.0]}, "/more_exposure/0", "must be in [1e-06, 1e+06]"),
        ({"more_exposure": [1.0] * 13}, "/more_exposure", "must be at most 12"),
        ({"risk": {**RISK, "tolerance": {"relative_error": 0.1}}}, "/risk/tolerance",
         "must be absent"),
        ({"risk": {**RISK, "terms": {"deductible": 7.0}}}, "/risk/terms/deductible", "must be in"),
        ({"more": [1.0]}, "/more", "is not a known key"),
    ],
)  # fmt: skip
def test_faults_point_into_the_request(changes, pointer, words):
    with pytest.raises(InvalidParameter) as caught:
        sensitivity({"risk": RISK, **changes})
    assert pointer in {fault.pointer for fault in caught.value.faults}
    assert words in str(caught.value)


def test_an_unknown_product_is_not_found():
    with pytest.raises(NotFound, match="rd_loss"):
        sensitivity({"risk": {**RISK, "product": "rd_los"}})
