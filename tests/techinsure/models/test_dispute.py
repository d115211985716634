"""The simulated dispute model against its closed form, its streams, and what it refuses."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.exact import dispute as exact
from techinsure.losses import measures
from techinsure.models import dispute as module
from techinsure.models import suits
from techinsure.models.dispute import CAUSES, PatentGroup, Patents
from techinsure.models.factors import Cohorts
from tests.techinsure.models.dispute_cases import (
    agrees,
    by_item,
    dispute,
    every,
    ground_up,
    paid,
    patents,
    prior,
    z_score,
    z_scores,
)

# Ten times the catalogue's rate: ten times the suits in the same years, so mutants show.
BUSY = prior(0.06, 0.9, "gamma")


def mixed(**changes):
    """Families of unlike members, lone patents, three classes, two fields and none, relativities
    on both sides of 1, terms and inceptions of all lengths."""
    columns = {
        "ids": [f"p{k}" for k in range(12)],
        "risk_class": ["invention", "utility", "design"] * 4,
        "family": ["A", "A", "A", "", "B", "B", "C", "C", "", "", "", ""],
        "sector": ["f"] * 6 + ["", ""] + ["f", "g", "g", ""],
        "units": [2, 1, 3, 4, 1, 2, 5, 1, 3, 1, 2, 6],
        "relativity": [0.4, 1.0, 2.5, 0.7, 5.0, 1.3, 0.8, 1.9, 3.0, 1.0, 0.5, 1.2],
        "inception": np.array([0.0, 0.5, 0.25, 0.0, 0.0, 0.75, 0.1, 0, 0.3, 0, 0, 0.9]),
        "term": np.array([1.0, 1, 2, 1, 3, 1, 1, 0.5, 1, 2, 1, 1]),
    }
    return patents(**columns | changes)


# --- Means -------------------------------------------------------------------------------------


@pytest.mark.parametrize("variance", [0.0, 0.05, 0.15])
@pytest.mark.parametrize("drawn", ["class", "item", "fixed"])
def test_mean_is_the_closed_form_whatever_the_frailty(variance, drawn):
    model = dispute(suit_rate=BUSY, field_frailty=prior(variance))
    agrees(model, mixed(), 10_240, drawn=drawn)


@pytest.mark.parametrize("error", [0.3, 1.2])
def test_relativity_errors_do_not_move_the_mean(error):
    errors = [error, 0.0, 0.5] * 4
    agrees(dispute(suit_rate=BUSY), mixed(error=errors), 10_240)


def test_waiting_and_deductibles_are_in_the_mean():
    terms = {
        "waiting": np.array([0.25, 0.6]),
        "deductible_rate": np.array([0.05, 0.1]),
        "deductible_amount": np.array([30e3, 100e3]),
        "limit": np.array([150e3, 5e5]),
    }
    agrees(dispute(suit_rate=BUSY), mixed(terms=terms), 20_480)


def test_the_mean_per_patent_does_not_depend_on_families():
    alone = patents(["a"], units=6)
    together = patents(["a"], units=6, family=["A"])
    model = dispute()
    assert exact.mean(model, alone, every(alone)) == exact.mean(model, together, every(together))
    agrees(dispute(suit_rate=BUSY), together, 20_480)


def test_families_are_hit_in_one_event_at_the_rate_of_one_patent():
    model, held = dispute(suit_rate=prior(0.05)), patents(["a", "b"], family=["A", "A"], units=3)
    rows = ground_up(replace(model, field_frailty=prior(0.0)), held, 20_480)
    rows = rows.keep(rows.cause == 0)
    suits_, size = np.unique(rows.event, return_counts=True)
    assert (size == 6).all()  # three patents of either item
    assert abs(len(suits_) - 0.05 * 20_480) < 4 * np.sqrt(0.05 * 20_480)
    assert len(np.unique(rows.loss)) == len(rows)  # each at its own cost
    for column in (rows.year, rows.time, rows.reported):
        assert len(np.unique(np.column_stack([rows.event, column]), axis=0)) == len(suits_)


def test_a_member_is_hit_at_its_own_relativity_within_its_own_term():
    held = mixed()
    rows = ground_up(dispute(suit_rate=BUSY), held, 10_240)
    assert (rows.time >= held.inception[rows.item]).all()
    assert (rows.time < (held.inception + held.term)[rows.item]).all()


def test_lone_patents_of_a_group_are_sued_one_by_one():
    rows = ground_up(dispute(suit_rate=BUSY), patents(["a"], units=50), 2_048)
    rows = rows.keep(rows.cause == 0)
    assert len(np.unique(rows.event)) == len(rows) > 5_000


def test_reports_come_after_an_exponential_delay():
    rows = ground_up(dispute(suit_rate=BUSY), patents(["a"], units=50), 2_048)
    delay = (rows.reported - rows.time)[rows.cause == 0]
    assert abs(z_score(delay, 0.4)) < 4
    assert delay.std() == pytest.approx(0.4, rel=0.05)


# --- Figures of the specification --------------------------------------------------------------

# relativity of selection, pure rate in % of sum insured, TVaR 99.5 in % of sum insured
ENFORCEMENT = [(0.4, 0.0873, 17), (1.0, 0.218, 43), (2.0, 0.437, 67)]


@pytest.mark.parametrize(("relativity", "rate", "tvar"), ENFORCEMENT)
def test_enforcement_of_an_invention(relativity, rate, tvar):
    model = dispute()
    held = patents(["a"], relativity=relativity, covered=("enforcement",))
    expected = float(exact.mean(model, held, every(held))[0]) / 200e3
    assert 100 * expected == pytest.approx(rate, abs=0.0005)
    n = 204_800
    annual = by_item(held, paid(model, held, n), n)[0] / 200e3
    assert abs(z_score(annual, expected)) <= 4
    tail = measures.tvar(annual, 0.995)
    assert abs(100 * tail.value - tvar) <= 4 * 100 * tail.standard_error + 0.5  # printed in units


# The specification prints 0.023, 0.056, 0.113 from a simulation without stated size. With the
# recovery drawn per case the exact rates are these; with the recovery at its mean they are 1.5%
# higher, so that reading explains nothing. The enforcement figures of the same simulation (0.087,
# 0.220, 0.432 against 0.0873, 0.2182, 0.4365 exact) put it at about a million years, whose errors
# the printed figures are within.
INFRINGED = [(0.4, 0.0231, 0.023), (1.0, 0.0576, 0.056), (2.0, 0.1152, 0.113)]


@pytest.mark.parametrize(("relativity", "rate", "printed"), INFRINGED)
def test_infringed_loss_of_an_invention(relativity, rate, printed):
    model = dispute()
    held = patents(["a"], relativity=relativity, covered=("infringed_loss",))
    expected = float(exact.mean(model, held, every(held))[0]) / 1e6
    assert 100 * expected == pytest.approx(rate, abs=0.0001)
    second = infringed_second_moment(model) * relativity * model.suit_rate.mean
    error = 100 * np.sqrt(second / 1e6)
    assert abs(100 * expected - printed) <= 4 * error
    at_mean = exact.mean(replace(model, recovery=prior(0.4)), held, every(held))[0] / 1e6
    assert at_mean / expected == pytest.approx(1.0152, abs=1e-3)


def infringed_second_moment(model):
    """E[(payment / sum insured)**2] of one suit, by midpoints."""
    u = (np.arange(2000) + 0.5) / 2000
    loss = model.classes["invention"].loss.law.quantile(u)[:, None]
    left = 1 - model.recovery.law.quantile(u)[None, ::20]
    settled = np.minimum(0.5 * left * loss, 1e6) ** 2
    won = np.minimum(left * loss, 1e6) ** 2
    return 0.64 * (0.5 * settled.mean() + 0.5 * (1 - 0.6 * 0.33) * 0.8 * won.mean()) / 1e12


def test_enforcement_of_a_utility_model():
    model = dispute()
    held = patents(["a"], risk_class="utility", terms={"sum_insured": np.array([20e3, 1e6])})
    assert 100 * exact.mean(model, held, every(held))[0] / 20e3 == pytest.approx(0.447, abs=5e-4)
    agrees(dispute(suit_rate=BUSY), held, 51_200)


# --- Planted faults ----------------------------------------------------------------------------


def test_a_family_sued_as_often_as_it_has_patents_is_caught(monkeypatch):
    honest = suits.streams

    def wrong(sued):
        sources = honest(sued)
        patents_of = np.bincount(sued.unit, sued.patents)
        return replace(sources, exposure=sources.exposure * np.where(
            sued.units.together[sources.unit], patents_of[sources.unit], 1.0))  # fmt: skip

    monkeypatch.setattr(module, "streams", wrong)
    assert caught(mixed())


def test_settled_cases_without_the_cost_of_the_attack_are_caught(monkeypatch):
    honest = module._cases

    def wrong(*arguments):
        case = honest(*arguments)
        return replace(case, attacked=case.attacked & ~case.settled)

    monkeypatch.setattr(module, "_cases", wrong)
    assert caught(patents(["a"], units=400, risk_class="utility"))


@pytest.mark.parametrize("sector", ["f", ""])
def test_a_frailty_whose_variance_moves_the_mean_is_caught(monkeypatch, sector):
    shifted = suits.Gamma  # drawn as a gamma of mean 1 + variance

    monkeypatch.setattr(
        Cohorts, "frailty", lambda self, name, v: 1 + v + 0 * self.uniform("factor", name)
    )
    monkeypatch.setattr(suits, "Gamma", lambda mean, cv: shifted(mean=1 + cv**2, cv=cv))
    model = dispute(suit_rate=prior(0.06), field_frailty=prior(0.15))
    held = patents(["a", "b"], units=200, sector=sector)
    assert caught(held, model)


def test_a_void_patent_that_wins_is_caught(monkeypatch):
    honest = module.posterior_at
    monkeypatch.setattr(
        module, "posterior_at", lambda *a: honest(*a) * (0.0 if a[3] == "void" else 1.0)
    )
    assert caught(patents(["a"], units=400, covered=("infringed_loss",)))


def test_settled_cases_that_keep_the_whole_loss_are_caught():
    held, model = patents(["a"], units=400, covered=("infringed_loss",)), dispute(suit_rate=BUSY)
    annual = by_item(held, paid(replace(model, settled_loss=prior(1.0)), held, 4_096), 4_096)[0]
    assert abs(z_score(annual, exact.mean(model, held, every(held))[0])) > 4


def caught(held, model=None):
    return np.abs(z_scores(model or dispute(suit_rate=BUSY), held, 10_240)).max() > 4


# --- Streams -----------------------------------------------------------------------------------


def lines(held, rows, first=0, only=None):
    """The rows as sorted tuples by id, bit for bit."""
    names = np.array(held.ids)[rows.item]
    keep = np.isin(names, only) if only is not None else np.ones(len(rows), dtype=bool)
    table = np.rec.fromarrays(
        [names, rows.year + first, rows.time, rows.reported, rows.event, rows.cause, rows.loss]
    )[keep]
    return np.sort(table)


@pytest.mark.parametrize("drawn", ["class", "item", "fixed"])
def test_chunks_of_years_change_no_bit(drawn):
    model, held = dispute(suit_rate=BUSY), mixed(error=[0.0, 0.4] * 6)
    whole = lines(held, ground_up(model, held, 3_000, drawn=drawn))
    edges = [0, 1, 700, 1024, 1500, 2999, 3000]
    parts = [
        lines(held, ground_up(model, held, high - low, first=low, drawn=drawn), low)
        for low, high in pairwise(edges)
    ]
    assert len(whole) > 1_000
    assert (np.sort(np.concatenate(parts)) == whole).all()


@pytest.mark.parametrize("drawn", ["class", "item"])
def test_added_items_leave_the_others_alone(drawn):
    """Before, between and after; in the same families and fields, higher and longer insured."""
    model, small = dispute(suit_rate=BUSY), mixed(error=[0.0, 0.4] * 6)
    new = [f"new{k}" for k in range(6)]
    large = patents(
        ids=[*new[:2], *(f"p{k}" for k in range(12)), *new[2:]],
        risk_class=["design", "invention", *["invention", "utility", "design"] * 4,
                    "utility", "invention", "invention", "utility"],
        family=["D", "", "A", "A", "A", "", "B", "B", "C", "C", "", "", "", "", "A", "C", "", "D"],
        sector=["h", "f", *["f"] * 6, "", "", "f", "g", "g", "", "f", "", "g", "h"],
        units=[1, 2, 2, 1, 3, 4, 1, 2, 5, 1, 3, 1, 2, 6, 7, 3, 9, 2],
        relativity=[1, 1, 0.4, 1.0, 2.5, 0.7, 5.0, 1.3, 0.8, 1.9, 3.0, 1.0, 0.5, 1.2, 9, 7, 2, 1],
        error=[0.4, 0.2, *[0.0, 0.4] * 6, 0.9, 0.4, 0.0, 1.1],
        inception=np.array([0, 0, *mixed().inception, 0, 2, 0, 1.5]),
        term=np.array([1, 1, *mixed().term, 4, 3, 1, 1]),
    )  # fmt: skip
    before = lines(small, ground_up(model, small, 2_048, drawn=drawn))
    after = lines(large, ground_up(model, large, 2_048, drawn=drawn), only=list(small.ids))
    assert len(before) == len(after) > 1_000
    assert (before == after).all()


def test_order_of_items_changes_only_the_index():
    model, held = dispute(suit_rate=BUSY), mixed(error=[0.0, 0.4] * 6)
    order = np.random.default_rng(3).permutation(held.n_items)
    turned = mixed(
        **{name: [values[k] for k in order] for name, values in (
            ("ids", held.ids), ("risk_class", ["invention", "utility", "design"] * 4),
            ("family", held.family.texts()), ("sector", held.sector.texts()),
            ("units", held.units), ("relativity", held.inputs["suit_rate"]),
            ("error", held.inputs["suit_rate_error"]))},
        inception=held.inception[order], term=held.term[order],
    )  # fmt: skip
    a, b = (lines(p, ground_up(model, p, 2_048)) for p in (held, turned))
    assert (a == b).all()


def test_a_part_of_the_portfolio_is_that_part_of_the_whole():
    model, held = dispute(suit_rate=BUSY), mixed()
    some = np.array([11, 4, 0], dtype=np.int32)
    rows = model.simulate(held, some, Cohorts(seed=1, n=2_048))
    whole = ground_up(model, held, 2_048)
    assert (lines(held, rows) == lines(held, whole, only=["p0", "p4", "p11"])).all()


def test_years_share_draws_with_the_closed_form_given_them():
    """E[(S - M) * M] = 0 when M is the mean given the year's own draws and factors."""
    model, held, n = dispute(suit_rate=BUSY), mixed(error=[0.0, 0.4] * 6), 8_192
    for drawn in ("class", "item"):
        annual = by_item(held, paid(model, held, n, drawn=drawn), n)
        given = exact.conditional_mean(model, held, every(held), Cohorts(seed=1, n=n, drawn=drawn))
        z = [z_score((s - m) * m, 0.0) for s, m in zip(annual, given, strict=True)]
        assert np.abs(z).max() <= 4
        other = exact.conditional_mean(model, held, every(held), Cohorts(seed=2, n=n, drawn=drawn))
        assert abs(z_score(((annual - other) * other).sum(axis=0), 0.0)) > 4


# --- Spread: who shares a draw -----------------------------------------------------------------


def test_spread_of_a_class_by_who_shares_the_draws():
    """Costs without terms, n patents alone: with m, m2 the moments of a suit's cost, l the rate,
    v the frailty, Var = n l m2 + n**2 Var(l m) + shared parts of the product of draws."""
    n, years = 300, 12_288
    uncapped = {"sum_insured": np.full(2, np.inf), "insured_share": np.zeros(2)}
    held = patents([f"p{k}" for k in range(n)], covered=("enforcement",), terms=uncapped)
    model = dispute()
    attack, settled, v = model.attack.law, model.settled.law, 0.05
    rate, cost = model.suit_rate.law, model.classes["invention"].cost.law
    m = cost.mean * (1 + 0.4 * attack.mean) * (1 - 0.6 * settled.mean)
    m2 = (cost.mean**2 + cost.variance) * (1 + 0.96 * attack.mean) * (1 - 0.84 * settled.mean)
    drawn2 = (
        (rate.mean**2 + rate.variance)
        * cost.mean**2
        * ((1 + 0.4 * attack.mean) ** 2 + 0.16 * attack.variance)
        * ((1 - 0.6 * settled.mean) ** 2 + 0.36 * settled.variance)
    )
    own, mean2 = n * rate.mean * m2, (rate.mean * m) ** 2
    variance = {
        "fixed": own + n**2 * mean2 * v,
        "item": own + n * ((1 + v) * drawn2 - mean2) + n * (n - 1) * mean2 * v,
        "class": own + n**2 * ((1 + v) * drawn2 - mean2),
    }
    tails = {}
    for drawn, expected in variance.items():
        annual = by_item(held, paid(model, held, years, drawn=drawn), years).sum(axis=0)
        sd, tails[drawn] = measures.sd(annual), measures.tvar(annual, 0.995)
        assert abs(sd.z_score(float(np.sqrt(expected)))) <= 4, drawn
    assert tails["class"].value > 1.2 * tails["item"].value
    assert abs(tails["item"].z_score(tails["fixed"])) <= 4


# --- Refusals ----------------------------------------------------------------------------------


def test_a_family_in_two_fields_is_refused_by_name():
    held = patents(["a", "b", "c"], family=["A", "B", "B"], sector=["f", "f", "g"])
    with pytest.raises(InvalidParameter, match=r"family must lie in one technology field, got 'B'"):
        ground_up(dispute(), held, 10)


def test_an_unknown_class_and_an_endless_relativity_are_refused():
    with pytest.raises(InvalidParameter, match=r"risk_class must be one of invention, utility"):
        ground_up(dispute(suit_rate=prior(5.0)), patents(["a"], risk_class="trademark"), 10)
    with pytest.raises(InvalidParameter, match=r"suit_rate of b must be in \[0, 2048\]"):
        ground_up(dispute(), patents(["a", "b"], relativity=[1.0, 1e5]), 10)


def test_every_prior_of_the_wrong_family_is_named():
    with pytest.raises(InvalidParameter) as caught_:
        dispute(suit_rate=prior(1, 0.9, "lognormal"), attack=prior(1.2), win=prior(1, 1, "gamma"))
    named = {fault.field for fault in caught_.value.faults}
    assert named == {"suit_rate.family", "attack.mean", "win.family"}
    kind = dispute().classes["utility"]
    with pytest.raises(InvalidParameter) as caught_:
        replace(kind, cost=prior(60e3), void=prior(0.4, 0.1, "gamma"), loss=prior(1.0, 1, "gamma"))
    named = {fault.field for fault in caught_.value.faults}
    assert named == {"cost.family", "void.family", "loss.family"}


def test_no_items_no_rows():
    model, held = dispute(), patents(["a"])
    assert len(model.simulate(held, np.zeros(0, dtype=np.int32), Cohorts(seed=1, n=10))) == 0
    assert model.causes == CAUSES
    assert model.targets == ("suit_rate",)


def test_exposure_becomes_columns():
    groups = (
        PatentGroup(patents=3, family="A", sum_insured=2e5, loss_sum_insured=1e6),
        PatentGroup(risk_class="utility", sum_insured=2e4, factors={"holder": "individual"}),
    )
    columns = Patents(groups=groups, sector="health").columns()
    assert columns["units"] == [3, 1]
    assert columns["sum_insured"] == [6e5, 2e4]
    assert columns["holder"] == ["", "individual"]
    with pytest.raises(InvalidParameter, match="groups must have at least 1 entries"):
        Patents(groups=())


def test_independent_disputes_have_their_means_and_no_campaign_in_common():
    model = dispute(suit_rate=prior(0.3), field_frailty=prior(2.0))
    alone = model.independent()
    held, n = patents(["a", "b", "c"], family=["x", "y", "y"]), 8192
    before, after = (exact.mean(one, held, every(held), "fixed") for one in (model, alone))
    assert after == pytest.approx(before, rel=1e-12)
    together = []
    for one in (model, alone):
        sued = by_item(held, paid(one, held, n, drawn="fixed"), n) > 0
        together.append(np.corrcoef(sued))
    assert together[0][0, 1] > 0.15
    assert abs(together[1][0, 1]) < 4 / n**0.5
    assert together[1][1, 2] > 0.5  # one suit hits a whole family
