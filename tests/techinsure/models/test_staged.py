"""Projects: simulated against closed forms, published figures, streams, refusals."""

import dataclasses
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from scipy import special

from techinsure.errors import InvalidParameter, NotFound
from techinsure.exact import staged as exact
from techinsure.losses import measures
from techinsure.losses.rows import ordered
from techinsure.models import phases, thresholds, trials
from techinsure.models import projects as columns
from techinsure.models.factors import Cohorts
from techinsure.models.staged import Project, Staged
from techinsure.models.stages import CumulativeFrailty, Phase, StagedClass, SupplyShock, Threshold
from tests.techinsure.models.staged_cases import (
    CATALOGUE,
    FAIL,
    by_item,
    everyone,
    frailty,
    prior,
    projects,
    simulated,
    staged,
    threshold,
)

THREEFOLD = threshold(common=0.09, route=0.21)
DEPENDENCE = {
    "independent": threshold(),
    "catalogue": CATALOGUE,
    "threefold": THREEFOLD,
    "with sector": threshold(common=0.03, route=0.07, sector=0.10),
    "frailty 0": frailty(0.0),
    "frailty 0.2": frailty(0.2),
    "frailty 0.6": frailty(0.6),
}
SHOCKS = {"calm": (0.0, False), "shock": (0.05, False), "compensated": (0.05, True)}
N_YEARS = 8 * 1024


def mixed():
    """Every class in several forms, relativities, entries; chips with the respin endorsement."""
    rows = []
    for name in FAIL:
        chip = float(name == "chip")
        rows += [
            {"class": name, "route": "r1", "respin": chip},
            {"class": name, "route": "r1", "form": "named", "odds": 0.5, "sector": "s"},
            {"class": name, "route": "r2", "odds": 2.5, "exposed": True, "sector": "s"},
            {"class": name, "route": "r1", "odds": 1.3, "error": 0.4, "entry": 1, "respin": chip},
            {"class": name, "odds": 0.8, "entry": 2, "exposed": True, "months": 12},
            {"class": name, "route": "r2", "exposed": True, "error": 0.3, "si": 40.0},
        ]
    return projects(rows)


def scores(model, portfolio, drawn="class", seed=1, n_years=N_YEARS):
    """(z of each item, z of each class and of all): simulated means against the closed form."""
    annual = by_item(simulated(model, portfolio, n_years, seed, drawn), portfolio, n_years)
    mean = exact.mean(model, portfolio, everyone(portfolio), drawn)
    groups = [portfolio.of_class(name) for name in portfolio.risk_class.names]
    groups = [[item] for item in everyone(portfolio)] + groups + [everyone(portfolio)]
    z = []
    for group in groups:
        total = annual[group].sum(axis=0)
        z.append((total.mean() - mean[group].sum()) / (total.std() / np.sqrt(n_years)))
    return np.array(z[: portfolio.n_items]), np.array(z[portfolio.n_items :])


def agrees(model, portfolio, **how):
    of_items, of_classes = scores(model, portfolio, **how)
    return np.abs(of_items).max() <= 4 and np.abs(of_classes).max() <= 4


@pytest.mark.parametrize(
    ("name", "shock"),
    [(name, "calm") for name in DEPENDENCE]
    + [
        (name, shock) for name in ("threefold", "frailty 0.6") for shock in ("shock", "compensated")
    ],
)
def test_simulated_means_are_the_closed_forms(name, shock):
    """Dependence never moves a mean, a shock only where it is extra risk."""
    chance, compensated = SHOCKS[shock]
    assert agrees(staged(DEPENDENCE[name], chance, compensated), mixed())


@pytest.mark.parametrize("drawn", ["fixed", "item"])
def test_means_of_parameters_fixed_or_drawn_by_item(drawn):
    assert agrees(staged(THREEFOLD, 0.05), mixed(), drawn=drawn)


def one_normal_for_all_phases(self, cohorts, names, groups):
    total = np.zeros((len(names), cohorts.n))
    for name, loading in groups:
        total += np.sqrt(loading) * cohorts.normal(name)
    return total


def frailty_phase_by_phase(self, prepared, lift, pull, spread):
    v = np.where(spread > 0, spread, 1.0)
    one_phase = 1 - np.exp(-pull * ((1 - prepared) ** -v - 1) / v)
    return phases.failed_by(np.where(spread > 0, one_phase, prepared))


def relativity_on_the_probability(probability, relativity):
    return np.minimum(relativity * probability, 1.0)


@pytest.mark.parametrize(
    ("owner", "name", "mutant", "dependence"),
    [
        (Threshold, "pull", one_normal_for_all_phases, THREEFOLD),
        (CumulativeFrailty, "failed_by", frailty_phase_by_phase, frailty(0.6)),
        (thresholds, "rated", relativity_on_the_probability, threshold()),
    ],
    ids=["one normal for all phases", "frailty phase by phase", "relativity on the probability"],
)
def test_the_check_of_means_catches_planted_faults(monkeypatch, owner, name, mutant, dependence):
    monkeypatch.setattr(columns, "compiled", lambda loop: loop)  # the reference can be broken
    assert agrees(staged(dependence), mixed())
    monkeypatch.setattr(owner, name, mutant)
    assert not agrees(staged(dependence), mixed())


# ---------------------------------------------------------------- the pool of 200 projects
# 200 general projects under the technical form, parameters fixed, in 5 routes, each with 10 of
# every sum insured 1, 2, 5, 10m; percent of the sum insured. Figures by two earlier, independent
# programmes of 20,000 years; sd to three digits by the second.
PUBLISHED_YEARS = 20_000
POOL_YEARS = 12 * 1024
POOL = {  # (loadings, shock) -> mean, sd, VaR 99.5, TVaR 99.5 (None: not published)
    ((0.0, 0.0), 0.0): (3.116, 0.770, 5.29, 5.60),
    ((0.0, 0.10), 0.0): (3.116, 0.896, 5.75, 6.18),
    ((0.0, 0.10), 0.05): (3.20, 0.971, 6.24, 6.68),
    ((0.0, 0.20), 0.05): (3.20, 1.093, 6.61, 7.12),
    ((0.03, 0.07), 0.0): (3.116, 1.03, None, None),
    ((0.03, 0.07), 0.05): (3.20, 1.09, None, None),
    ((0.03, 0.17), 0.05): (3.20, 1.20, None, None),
}
ROUNDING = (0.005, 0.005, 0.005, 0.005)
PARAMETERS = {  # (drawn, loading of the route) -> mean, sd, None, TVaR 99.5
    ("fixed", 0.0): (3.12, 0.77, None, 5.62),
    ("item", 0.0): (3.12, 0.78, None, 5.65),
    ("class", 0.0): (3.12, 1.29, None, 7.64),
    ("class", 0.10): (3.12, 1.37, None, 8.14),
}


@lru_cache
def pool():
    return projects([
        {"route": f"r{route}", "si": si, "exposed": True}
        for route in range(5) for si in (1.0, 2.0, 5.0, 10.0) for _ in range(10)
    ])  # fmt: skip


@lru_cache
def pool_losses(loadings, shock, drawn):
    """(n_years,) percent of the sum insured."""
    model = staged(threshold(*loadings), shock)
    rows = simulated(model, pool(), POOL_YEARS, seed=7, drawn=drawn)
    annual = np.bincount(rows.year, rows.loss, minlength=POOL_YEARS)
    return 100 * annual / pool().sum_insured.sum()


def assert_reproduces(annual, published):
    """Each figure within four standard errors, of ours and of theirs together, and rounding."""
    summary = (measures.mean(annual), measures.sd(annual), measures.var(annual, 0.995),
               measures.tvar(annual, 0.995))  # fmt: skip
    both = np.sqrt(1 + POOL_YEARS / PUBLISHED_YEARS)
    for ours, figure, rounding in zip(summary, published, ROUNDING, strict=True):
        if figure is not None:
            assert abs(ours.value - figure) <= 4 * both * ours.standard_error + rounding


@pytest.mark.parametrize("case", POOL, ids=str)
def test_what_dependence_does_to_a_pool(case):
    loadings, shock = case
    assert_reproduces(pool_losses(loadings, shock, "fixed"), POOL[case])


@pytest.mark.parametrize("case", PARAMETERS, ids=str)
def test_what_unknown_parameters_do_to_a_pool(case):
    drawn, loading = case
    assert_reproduces(pool_losses((0.0, loading), 0.0, drawn), PARAMETERS[case])


def test_parameter_risk_does_not_diversify_away_within_a_class():
    tails = {
        drawn: measures.tvar(pool_losses((0.0, 0.0), 0.0, drawn), 0.995).value
        for drawn in ("fixed", "item", "class")
    }
    assert tails["class"] > 1.3 * tails["item"]
    assert tails["item"] < 1.05 * tails["fixed"]


def test_joint_failures_of_a_route_are_those_of_the_threshold_law():
    """P(two projects of a route both fail) = E[P(failed | factors)**2], by quadrature over the
    three phases' normals; and of two routes, with the common part alone."""
    rho, common = 0.10, 0.03
    p = np.array([FAIL["general"][0]]).T
    z, w = np.polynomial.hermite_e.hermegauss(24)
    w = w / w.sum()

    def both(shared):
        q = special.ndtr((special.ndtri(p) - np.sqrt(shared) * z) / np.sqrt(1 - shared))
        passed = 1 - q
        one = np.prod(passed @ w)
        return 1 - 2 * one + np.prod(passed**2 @ w)

    n = 20 * 1024
    rows = simulated(staged(insured_cause={"technical": prior(1.0)}), pool(), n, drawn="fixed")
    failures = np.bincount(rows.item % 200 // 40 * n + rows.year, minlength=5 * n).reshape(5, n)
    pairs = failures * (failures - 1) / (40 * 39)
    across = (failures.sum(axis=0) ** 2 - (failures**2).sum(axis=0)) / (20 * 40 * 40)
    for found, expected in ((pairs.mean(axis=0), both(rho)), (across, both(common))):
        assert abs(found.mean() - expected) <= 4 * found.std() / np.sqrt(n)


# ---------------------------------------------------------------- streams
def rows_by_id(model, portfolio, cohorts, ids=None):
    """Rows that name items by id, sorted; every bit of them."""
    parts = []
    for years in cohorts:
        rows = model.simulate(portfolio, everyone(portfolio), years)
        for year, time, item, event, cause, loss in zip(
            rows.year, rows.time, rows.item, rows.event, rows.cause, rows.loss, strict=True
        ):
            if ids is None or portfolio.ids[item] in ids:
                parts.append((int(year) + years.first, portfolio.ids[item], int(cause),
                              float(time).hex(), int(event), float(loss).hex()))  # fmt: skip
    return sorted(parts)


def blocks(*bounds, drawn="class"):
    return [Cohorts(seed=3, first=a, n=b - a, drawn=drawn) for a, b in pairwise(bounds)]


WORLDS = {
    "threshold": staged(shock=0.05),
    "frailty": staged(frailty(0.2), shock=0.05),
    "compensated": staged(shock=0.05, compensated=True),
}


@pytest.mark.parametrize("world", WORLDS)
def test_chunks_of_years_change_no_bit(world):
    portfolio = mixed()
    whole = rows_by_id(WORLDS[world], portfolio, blocks(0, 700))
    assert whole == rows_by_id(WORLDS[world], portfolio, blocks(0, 1, 130, 131, 517, 700))


@pytest.mark.parametrize("drawn", ["class", "item"])
@pytest.mark.parametrize("world", WORLDS)
def test_other_items_and_their_order_change_no_bit(world, drawn):
    """Added before, between and after, in the same class, route and bucket of relativities."""
    rng = np.random.default_rng(5)
    chip = {"class": "chip", "route": "r1", "respin": 1.0, "exposed": True}
    rows = [{**chip, "id": f"a{i}", "odds": odds} for i, odds in enumerate((0.5, 1.0, 1.11, 2.3))]
    rows += [{"id": "b0"}, {"id": "b1", "route": "r1", "error": 0.5}]
    more = [
        {**chip, "id": f"c{i}", "odds": odds, "route": f"r{i % 3}"}
        for i, odds in enumerate(np.exp(rng.normal(0, 0.4, 80)))
    ]
    ids, years = {row["id"] for row in rows}, blocks(0, 400, drawn=drawn)
    alone = rows_by_id(WORLDS[world], projects(rows), years)
    assert len(alone) > 300
    for order in (more + rows, rows + more, rng.permutation(np.array(more + rows)).tolist()):
        assert alone == rows_by_id(WORLDS[world], projects(order), years, ids)


@pytest.mark.parametrize("world", WORLDS)
def test_what_is_compared_first_changes_no_bit(monkeypatch, world):
    """Buckets and ceilings are a matter of speed alone."""
    portfolio = mixed()
    usual = rows_by_id(WORLDS[world], portfolio, blocks(0, 300))
    for bucket, high in ((0.01, 0.0), (1.5, 4.0)):
        monkeypatch.setattr(trials, "BUCKET", bucket)
        monkeypatch.setattr(trials, "HIGH", high)
        assert rows_by_id(WORLDS[world], portfolio, blocks(0, 300)) == usual


def test_a_model_sees_its_own_items_only():
    """In a portfolio of several products it is handed the positions of its own."""
    portfolio, cohorts = mixed(), Cohorts(seed=3, n=300)
    model, own = staged(shock=0.05), np.array([17, 4, 12], np.int32)
    everything = model.simulate(portfolio, everyone(portfolio), cohorts)
    some = ordered(model.simulate(portfolio, own, cohorts), portfolio)
    expected = ordered(everything.keep(np.isin(everything.item, own)), portfolio)
    assert (some.item == expected.item).all()
    assert (some.loss == expected.loss).all()


def test_events_are_single_and_rows_are_what_the_kernels_expect():
    model, portfolio = staged(shock=0.05), mixed()
    rows = model.simulate(portfolio, everyone(portfolio), Cohorts(seed=1, n=2000))
    assert len(np.unique(rows.event)) == len(rows)
    assert rows.year.dtype == rows.item.dtype == np.int32
    assert rows.event.dtype == np.uint64
    assert rows.cause.dtype == np.int8
    assert (rows.reported == rows.time).all()
    assert len(ordered(rows, portfolio)) == len(rows)


# ---------------------------------------------------------------- what a row says
def test_time_and_loss_of_a_row_tell_the_same_story():
    """Phase and position in it are read back from the time; the loss is what was spent by then."""
    portfolio = projects([
        {"id": "whole", "si": 100.0, "months": 24, "inception": 0.25},
        {"id": "late", "si": 100.0, "months": 12, "entry": 1},
    ])  # fmt: skip
    rows = staged().simulate(portfolio, everyone(portfolio), Cohorts(seed=1, n=20_000))
    for item, inception, term, shares, durations in (
        (0, 0.25, 2.0, [0.25, 0.35, 0.40], [0.25, 0.375, 0.375]),
        (1, 0.0, 1.0, [0.0, 0.35 / 0.75, 0.40 / 0.75], [0.0, 0.5, 0.5]),
    ):
        mine = rows.item == item
        elapsed = (rows.time[mine] - inception) / term
        assert ((elapsed > 0) & (elapsed < 1)).all()
        phase = np.searchsorted(np.cumsum(durations), elapsed, side="right")
        position = (elapsed - (np.cumsum(durations) - durations)[phase]) / np.array(durations)[
            phase
        ]
        spend = staged().spend.law.quantile(position)
        before = (np.cumsum(shares) - shares)[phase]
        spent = 85.0 * (before + np.array(shares)[phase] * spend)
        assert rows.loss[mine] == pytest.approx(spent, abs=0.2)  # cells of the spend's law
        assert set(phase) == ({0, 1, 2} if item == 0 else {1, 2})


def test_own_funds_below_the_budget_bear_a_constant_share():
    half = Project(budget=8e6, own_funds=6e6, risk_class="chip").columns()
    assert half["sum_insured"] == [6e6]
    assert Project(budget=8e6).columns()["sum_insured"] == [8e6]


def test_a_longer_term_does_not_change_the_pure_rate():
    year, three = (projects([{"months": months, "odds": 1.2}]) for months in (12, 36))
    model, cohorts = staged(), Cohorts(seed=2, n=3000)
    short, long = (model.simulate(p, everyone(p), cohorts) for p in (year, three))
    assert (short.loss == long.loss).all()
    assert long.time == pytest.approx(3 * short.time)


def test_respin_follows_a_passed_phase_and_precedes_a_later_failure():
    rows_of = {"class": "chip", "respin": 1.0, "odds": 2.0}
    portfolio = projects([rows_of, {**rows_of, "entry": 2}, {**rows_of, "respin": 0.0}])
    model = staged(insured_cause={"technical": prior(1.0)})
    rows = model.simulate(portfolio, everyone(portfolio), Cohorts(seed=1, n=5000))
    repeated = rows.keep(rows.cause == 1)
    assert set(repeated.item) == {0}  # the second entered later, the third did not buy
    ends = 2.0 * (0.5 + 0.75) / 2.0
    assert repeated.time == pytest.approx(ends, abs=1e-5)
    assert (repeated.time < ends).all()
    failed = rows.keep((rows.cause == 0) & (rows.item == 0))
    early = set(failed.year[failed.time < ends])
    assert early.isdisjoint(repeated.year)
    assert set(failed.year) - early & set(repeated.year)


def test_a_shock_strikes_all_exposed_projects_of_a_year_and_no_other():
    portfolio = projects([{"exposed": True}, {"exposed": False}, {"exposed": True, "odds": 2.0}])
    cohorts = Cohorts(seed=4, n=4000)
    shocked, calm = (
        exact.conditional_mean(staged(CATALOGUE, shock), portfolio, everyone(portfolio), cohorts)
        for shock in (0.05, 0.0)
    )
    struck = cohorts.shock("supply", 0.05)
    moved = shocked != calm  # down too: who fails early has spent little
    assert (moved[[0, 2]] == struck).all()
    assert not moved[1].any()


# ---------------------------------------------------------------- borders
def faults_of(make):
    with pytest.raises(InvalidParameter) as caught:
        make()
    return [fault.field for fault in caught.value.faults]


def test_the_model_refuses_all_that_does_not_fit_together():
    lab = Phase(name="lab", budget_share=prior(0.4), duration=prior(1.0))
    chip = staged().classes["chip"]
    found = faults_of(
        lambda: staged(
            phases=(lab, lab),
            spend=prior(0.5, 0.3, "gamma"),
            recognised=prior(0.0),
            insured_cause={},
            classes={"chip": chip},
        )
    )
    assert {"phases", "spend.family", "recognised.mean", "insured_cause"} <= set(found)
    assert {"classes.chip.fail.pilot", "classes.chip.respin_phase"} <= set(found)
    assert found.count("phases") == 2  # same names, and shares that sum to 0.8
    assert faults_of(lambda: staged(classes={})) == ["classes"]
    assert faults_of(lambda: staged(phases=()))[0] == "phases"


def test_a_class_names_each_of_its_faults():
    found = faults_of(
        lambda: StagedClass(
            title={"en": "x"},
            fail={"lab": prior(1.0), "pilot": prior(0.2, 0.3, "lognormal")},
            respin=prior(0.8, 0.1),
        )
    )
    assert found == ["fail.lab.mean", "fail.pilot.family", "respin"]
    missing = {**staged().classes, "new": StagedClass(title={"en": "x"}, fail={"lab": prior(0.1)})}
    assert faults_of(lambda: staged(classes=missing)) == ["classes.new.fail"] * 2


def test_dependence_and_shock_refuse_impossible_values():
    assert faults_of(lambda: threshold(0.5, 0.3, 0.2)) == ["common + route + sector"]
    assert faults_of(lambda: threshold(route=1.5)) == ["route.mean"]
    shock = {"probability": prior(1.0), "shift": prior(9.0), "compensated": "no"}
    assert faults_of(lambda: SupplyShock(**shock)) == [
        "probability.mean",
        "shift.mean",
        "compensated",
    ]
    bad = {"name": "", "budget_share": prior(0.0), "duration": prior(0.0)}
    assert faults_of(lambda: Phase(**bad)) == ["name", "budget_share.mean", "duration.mean"]


def test_a_project_cannot_insure_more_than_its_budget():
    assert faults_of(lambda: Project(budget=5.0, own_funds=6.0)) == ["own_funds"]
    assert faults_of(lambda: Project(budget=-5.0, term_months=0)) == ["budget", "term_months"]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"odds": 0.0}, "inputs.odds"),
        ({"odds": np.inf}, "inputs.odds"),
        ({"error": -0.1}, "inputs.odds_error"),
        ({"entry": 3}, "inputs.entry_phase"),
        ({"entry": 0.5}, "inputs.entry_phase"),
        ({"respin": 1.0}, "inputs.respin"),
    ],
)
def test_inputs_out_of_bounds_are_refused(row, field):
    portfolio = projects([{}, row])
    run = lambda: staged().simulate(portfolio, everyone(portfolio), Cohorts(seed=1, n=2))  # noqa: E731
    assert faults_of(run) == [field]


def test_the_policy_form_is_required():
    portfolio = projects([{}], factors={})
    run = lambda: staged().simulate(portfolio, everyone(portfolio), Cohorts(seed=1, n=2))  # noqa: E731
    assert faults_of(run) == ["factors"]


def test_several_units_in_one_row_are_refused():
    portfolio = projects([{}], units=np.array([3], np.int32))
    run = lambda: staged().simulate(portfolio, everyone(portfolio), Cohorts(seed=1, n=2))  # noqa: E731
    assert faults_of(run) == ["units"]


@pytest.mark.parametrize(
    ("row", "guess"), [({"class": "chips"}, "chip"), ({"form": "name"}, "named")]
)
def test_unknown_names_are_refused_with_a_guess(row, guess):
    portfolio = projects([row | {"form": "technical"}]) if "class" in row else named(row["form"])
    with pytest.raises(NotFound) as caught:
        staged().simulate(portfolio, everyone(portfolio), Cohorts(seed=1, n=2))
    assert caught.value.nearest == guess


def named(form):
    portfolio = projects([{}])
    labels = dataclasses.replace(portfolio.factors["form"], names=(form,))
    return dataclasses.replace(portfolio, factors={"form": labels})


def test_absent_inputs_are_ordinary_and_no_item_gives_no_row():
    bare = projects([{}], inputs={})
    model, cohorts = staged(), Cohorts(seed=1, n=500)
    plain = model.simulate(projects([{}]), everyone(bare), cohorts)
    assert (model.simulate(bare, everyone(bare), cohorts).loss == plain.loss).all()
    assert len(model.simulate(bare, np.zeros(0, np.int32), cohorts)) == 0


def test_one_phase_is_enough():
    """A pilot campaign: one phase, failure 0.22, cause 0.35, spend Beta(3, 1.5)."""
    model = Staged(
        phases=(Phase(name="campaign", budget_share=prior(1.0), duration=prior(0.5)),),
        spend=prior(2 / 3, 0.3),
        recognised=prior(0.85),
        insured_cause={"technical": prior(0.35, 0.4)},
        dependence=CATALOGUE,
        supply_shock=staged().supply_shock,
        classes={"general": StagedClass(title={"en": "x"}, fail={"campaign": prior(0.22, 0.35)})},
    )
    assert model.phase_names == ("campaign",)
    assert (model.causes, model.targets) == (("failure",), ("odds",))
    assert agrees(model, projects([{}, {"odds": 2.0}]))


@pytest.mark.parametrize("shape", [threshold(0.2, 0.3), frailty(0.6)], ids=lambda one: one.kind)
def test_independent_projects_have_their_means_and_nothing_in_common(shape):
    model = staged(shape)
    alone = model.independent()
    held = projects([{"class": "chip", "route": "r"}, {"class": "chip", "route": "r", "odds": 2.0}])
    items, years = everyone(held), Cohorts(seed=1, n=64, drawn="fixed")
    before, after = (exact.mean(one, held, items, "fixed") for one in (model, alone))
    assert after == pytest.approx(before, rel=1e-6)
    given = exact.conditional_mean(alone, held, items, years)
    assert np.ptp(given, axis=1) == pytest.approx(0, abs=1e-9)
    assert (np.ptp(exact.conditional_mean(model, held, items, years), axis=1) > 1).all()
    together = []
    for one in (model, alone):
        failed = by_item(simulated(one, held, N_YEARS, drawn="fixed"), held, N_YEARS) > 0
        together.append(np.corrcoef(failed)[0, 1])
    assert together[0] > 0.05
    assert abs(together[1]) < 4 / N_YEARS**0.5


def test_independent_projects_know_no_shock():
    model = staged(threshold(), shock=0.3)
    alone, calm = model.independent(), staged(threshold())
    held = projects([{"exposed": True}])
    items = everyone(held)
    means = [exact.mean(one, held, items)[0] for one in (model, alone, calm)]
    assert means[0] > 1.05 * means[1]
    assert means[1] == pytest.approx(means[2], rel=1e-12)
    assert alone.supply_shock.shift == model.supply_shock.shift
    assert alone.classes == model.classes
