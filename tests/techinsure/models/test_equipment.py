"""Simulated equipment: its means, its figures, its streams, what it refuses."""

import re
from dataclasses import replace

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.exact import equipment as exact
from techinsure.losses import measures
from techinsure.losses.rows import ordered
from techinsure.models import equipment as module
from techinsure.models.equipment import CAUSES, TARGETS
from techinsure.models.factors import Cohorts
from techinsure.models.perils import RepairShock
from techinsure.models.places import Places, Relativity, relativity_of
from techinsure.seeding import keys
from tests.techinsure.models.equipment_cases import (
    DAYS,
    FAB,
    MINIMUM,
    PERILS,
    STOPPED,
    STREET,
    UNCERTAIN,
    annual,
    busy,
    by_item,
    equipment,
    equipment_class,
    everyone,
    later,
    one_site,
    prior,
    simulated,
    sites,
    z_scores,
)

YEARS = 10_240
SHOCK = {"shock": 0.3, "repair": 2.0}


def assert_means(model, portfolio, n_years=YEARS, seed=1):
    """The checker: every item and the whole, against the closed form."""
    losses = by_item(simulated(model, portfolio, n_years, seed), portfolio, n_years)
    expected = exact.mean(model, portfolio, everyone(portfolio))
    assert np.abs(z_scores(losses, expected)).max() <= 4
    for name in portfolio.risk_class.names:
        items = portfolio.of_class(name)
        assert abs(z_scores(losses[:, items].sum(axis=1), expected[items].sum())) <= 4


@pytest.mark.parametrize(("park", "sector"), [(0.0, 0.0), (0.1, 0.05), (0.3, 0.15), (0.8, 0.5)])
def test_means_whatever_the_frailty(park, sector):
    assert_means(busy(park=park, sector=sector), sites(STREET))


@pytest.mark.parametrize("compensated", [False, True])
def test_means_with_a_supply_shock(compensated):
    assert_means(busy(park=0.1, **SHOCK, compensated=compensated), sites(STREET))


@pytest.mark.parametrize("drawn", ["fixed", "item"])
def test_means_whoever_shares_the_draws(drawn):
    model, portfolio = busy(park=0.1), sites(STREET)
    losses = by_item(simulated(model, portfolio, YEARS, drawn=drawn), portfolio, YEARS)
    expected = exact.mean(model, portfolio, everyone(portfolio), drawn)
    assert np.abs(z_scores(losses, expected)).max() <= 4


def test_only_an_uncompensated_shock_moves_the_ground_up_mean():
    rows = [{"id": name, "exposed": name == "exposed", "breakdown_ratio": 1.25} for name in
            ("exposed", "other")]  # fmt: skip
    none = equipment().classes["lab"].breakdown.ratio.law
    plain = 1.25 * none.limited_mean(np.array([1 / 1.25]))[0]
    portfolio = sites(rows)
    for compensated in (False, True):
        shock = equipment(**SHOCK, compensated=compensated).supply_shock
        by = shock.factors(equipment().classes["lab"].breakdown.ratio, np.array([1.25]))[:, 0]
        assert by[1] == pytest.approx(2 * by[0])
        means = [1.25 * b * none.limited_mean(np.array([1 / (1.25 * b)]))[0] for b in by]
        moved = 0.7 * means[0] + 0.3 * means[1]
        assert moved == pytest.approx(plain, rel=1e-12) if compensated else moved > 1.1 * plain
        factors = module.repair_factors(
            equipment(**SHOCK, compensated=compensated),
            module.places(portfolio, everyone(portfolio), ("lab", "fab")),
            "breakdown",
        )
        assert (factors[:, 1] == 1).all()
        assert factors[:, 0] == pytest.approx(by)


def test_a_shock_that_makes_repairs_cheaper_can_be_compensated():
    shock = RepairShock(
        probability=prior("point", 0.5), factor=prior("point", 0.5), compensated=True
    )
    low, high = shock.factors(prior("beta", 0.1, 1.0), np.ones(1))[:, 0]
    assert low > 1 > high == pytest.approx(low / 2)


# --- what the specification says the model gives -------------------------------------------------

# pure rates in % of the sum insured, printed with three digits (fire and catastrophe exact), and
# TVaR 99.5 in %; no frailty, no shock
RAN = {
    "lab": (45, {"breakdown": 0.212, "accident": 0.088, "fire": 0.0405, "catastrophe": 0.0288},
            14.5),
    "fab": (400, {"breakdown": 0.048, "accident": 0.011, "fire": 0.041, "catastrophe": 0.017},
            11.5),
}  # fmt: skip


@pytest.mark.parametrize("name", RAN)
def test_figures_of_the_specification(name):
    n, printed, tail = RAN[name]
    model, portfolio, years = equipment(), one_site(name, n), 102_400
    means = exact.mean_by_cause(model, portfolio, everyone(portfolio))[0]
    rows = simulated(model, portfolio, years)
    for cause, rate in printed.items():
        code = CAUSES.index(cause)
        losses = annual(rows.keep(rows.cause == code), years)
        assert abs(z_scores(losses, rate)) <= 4
        assert abs(z_scores(losses, means[code])) <= 4
        # printed to 0.001, and simulated: 1e-3 of noise in the two that are closed forms here
        assert means[code] == pytest.approx(rate, abs=1.1e-3)
    assert abs(measures.tvar(annual(rows, years), 0.995).z_score(tail)) <= 4


def test_one_row_of_units_is_as_good_as_equal_rows():
    model = equipment(park=0.1)
    one, many = one_site("lab", 45), one_site("lab", 45, as_units=False)
    assert exact.mean(model, one, everyone(one)).sum() == pytest.approx(
        exact.mean(model, many, everyone(many)).sum(), rel=1e-12
    )
    years = 20_480
    spread = [
        measures.sd(annual(simulated(model, p, years, seed=s), years))
        for s, p in ((1, one), (2, many))
    ]
    assert abs(spread[0].z_score(spread[1])) <= 4


def test_the_printed_accident_of_fabs_has_a_ratio_of_cv_one_and_a_half():
    """The table's `0.003 (0.7), 0.05 (1.5)`: with 0.7 for the ratio the rate would be 0.009%."""
    portfolio = one_site("fab", 400)
    narrow = equipment_class(
        "fab", accident=replace(equipment_class("fab").accident, ratio=prior("beta", 0.05, 0.7))
    )
    for one, rate in ((equipment_class("fab"), 0.01115), (narrow, 0.00945)):
        model = equipment(classes={"fab": one})
        mean = exact.mean_by_cause(model, portfolio, everyone(portfolio))[0]
        assert mean[1] == pytest.approx(rate, abs=5e-6)


# --- spread: where draws are shared, and where a fire is ----------------------------------------


def variance_of_a_class(n_sites, drawn):
    """Ground-up breakdown, accident and fire of `n_sites` laboratories of one item of 100:
    n * rate * E[X^2] + (cv * rate * E[X])^2 * (n^2 if the class shares the draw, n if not)."""
    total = 0.0
    for rate, rate_cv, ratio, cv in PERILS["lab"].values():
        x = 100 * ratio
        shared = {"class": n_sites**2, "item": n_sites, "fixed": 0}[drawn]
        total += n_sites * rate * x**2 * (1 + cv**2) + shared * (rate_cv * rate * x) ** 2
    return total


def test_spread_of_a_class_by_who_shares_its_draws():
    n, years = 200, 20_480
    portfolio = sites([{"id": f"s{k}", "site": f"s{k}"} for k in range(n)])
    none = equipment(catastrophe_rate=prior("point", 1e-9))
    tails = {}
    for drawn in ("fixed", "item", "class"):
        losses = np.zeros(years)
        for first in range(0, years, 1024):
            cohorts = Cohorts(seed=3, first=first, n=1024, drawn=drawn)
            rows = none.simulate(portfolio, everyone(portfolio), cohorts)
            losses[first : first + 1024] = annual(rows, 1024)
        sd = measures.sd(losses)
        assert abs(sd.z_score(variance_of_a_class(n, drawn) ** 0.5)) <= 4
        tails[drawn] = measures.tvar(losses, 0.995)
    assert abs(tails["item"].z_score(tails["fixed"])) <= 4
    assert tails["class"].z_score(tails["fixed"]) > 4


def assert_site_totals(model, portfolio, n_years=YEARS):
    """The checker of what a fire takes: all items of the site, at one ratio; so the second moment
    of a site's fires is that of one loss of the whole value."""
    rows = simulated(model, portfolio, n_years)
    fires = rows.keep(rows.cause == CAUSES.index("fire"))
    _, hit = np.unique(fires.event, return_counts=True)
    assert (hit == portfolio.n_items).all()
    per_event = np.bincount(np.unique(fires.event, return_inverse=True)[1], fires.loss)
    total = np.zeros(n_years)
    year = fires.year[np.unique(fires.event, return_index=True)[1]]
    np.add.at(total, year, per_event**2)
    one = model.classes["lab"].fire
    kept = 0.9 * portfolio.sum_insured.sum()
    second = one.rate.mean * kept**2 * (one.ratio.mean**2 + one.ratio.law.variance)
    assert abs(z_scores(total, second)) <= 4


def fire_item_by_item(fires):
    """The mutant: every item is its own site when it burns."""

    def mutant(known, cohorts):
        placed = known.placed
        n = np.arange(len(placed))
        alone = replace(
            placed, site=n.astype(np.int32), first=np.append(n, len(n)),
            site_names=tuple(f"{placed.site_names[s]}/{i}" for s, i in
                             zip(placed.site, placed.ids, strict=True)),
        )  # fmt: skip
        return fires(module.Known(known.model, alone, known.seed), cohorts)

    return mutant


def test_a_fire_takes_the_whole_site(monkeypatch):
    model, portfolio = busy(), one_site("lab", 8, as_units=False)
    assert_site_totals(model, portfolio)
    monkeypatch.setattr(module, "_fires", fire_item_by_item(module._fires))
    assert_means(model, portfolio)  # no mean can tell
    with pytest.raises(AssertionError):
        assert_site_totals(model, portfolio)


def test_a_catastrophe_takes_the_park_at_one_uniform():
    model = busy()
    portfolio = sites([
        {"id": "l1", "site": "1", "park": "P"}, {"id": "l2", "site": "2", "park": "P"},
        {"id": "l3", "site": "3", "park": "P", "catastrophe_rate": 0.5},
        {"id": "f", **FAB, "site": "4", "park": "P"}, {"id": "q", "site": "5", "park": "Q"},
        {"id": "alone"},
    ])  # fmt: skip
    rows = simulated(model, portfolio, YEARS)
    rows = rows.keep(rows.cause == CAUSES.index("catastrophe"))
    hit = {i: set(rows.event[rows.item == k]) for k, i in enumerate(portfolio.ids)}
    assert hit["l1"] == hit["l2"] > hit["f"] > hit["l3"] > set()
    assert not hit["l1"] & (hit["q"] | hit["alone"])
    loss = {i: dict(zip(rows.event[rows.item == k], rows.loss[rows.item == k], strict=True))
            for k, i in enumerate(portfolio.ids)}  # fmt: skip
    common = sorted(hit["f"])
    labs, fabs = ([loss[i][e] for e in common] for i in ("l1", "f"))
    assert [loss["l2"][e] for e in common] == labs
    assert (np.argsort(labs) == np.argsort(fabs)).all()
    times = {(e, t) for e, t in zip(rows.event, rows.time, strict=True)}
    assert len(times) == len(set(rows.event))


def test_an_interruption_belongs_to_its_event():
    """At most one an event and site, on the item hit, or the one of smallest id; no deductible."""
    model, portfolio = busy(), sites([{**row, **STOPPED} for row in STREET if row["id"] < "c"])
    rows = simulated(model, portfolio, YEARS)
    stop = rows.cause == CAUSES.index("interruption")
    site = portfolio.site.codes[rows.item]
    pairs = list(zip(rows.event[stop], site[stop], strict=True))
    assert len(set(pairs)) == len(pairs) > 0
    cause = {(e, s): c for e, s, c in zip(rows.event[~stop], site[~stop], rows.cause[~stop],
                                          strict=True)}  # fmt: skip
    item = {(e, s): i for e, s, i in zip(rows.event[~stop], site[~stop], rows.item[~stop],
                                         strict=True)}  # fmt: skip
    leads = {portfolio.site.code("A"): 0, portfolio.site.code("B"): 3}
    assert set(pairs) <= set(cause)
    for pair, where in zip(pairs, rows.item[stop], strict=True):
        assert where == (item[pair] if cause[pair] < 2 else leads[pair[1]])
    assert rows.loss[stop].max() == STOPPED["indemnity_days"] * STOPPED["daily_cost"]


# --- planted mutants ----------------------------------------------------------------------------


def everything_shocked(model, placed, peril):
    return np.array([np.ones(len(placed)), np.full(len(placed), model.supply_shock.factor.mean)])


def lognormal_without_correction(self, name, variance):
    return np.exp(variance**0.5 * self.normal(name))


def units_counted_once(placed, *others):
    single = replace(placed.portfolio, units=np.ones_like(placed.portfolio.units))
    return ITEM_EVENTS(replace(placed, portfolio=single), *others)


ITEM_EVENTS = module.item_events


@pytest.mark.parametrize(
    ("target", "name", "mutant"),
    [
        (module, "repair_factors", everything_shocked),
        (Cohorts, "frailty", lognormal_without_correction),
        (module, "item_events", units_counted_once),
        (module, "highest", lambda event, values: np.bincount(event, values)),
        (Places, "in_force", lambda self, item, time: np.ones(len(item), dtype=bool)),
    ],
    ids=["shock on all", "frailty of mean 1.5", "one unit", "relativities added", "for ever"],
)
def test_the_means_catch(monkeypatch, target, name, mutant):
    model, portfolio = busy(park=0.8, **SHOCK), sites(STREET)
    assert_means(model, portfolio)
    monkeypatch.setattr(target, name, mutant)
    with pytest.raises(AssertionError):
        assert_means(model, portfolio)


# --- streams ------------------------------------------------------------------------------------

MODEL = busy(park=0.1, sector=0.05, **SHOCK)


def ground_up(portfolio, *chunks, items=None, model=MODEL):
    parts = []
    for first, last in chunks or ((0, 1500),):
        cohorts = Cohorts(seed=7, first=first, n=last - first)
        parts += [later(model.simulate(portfolio, everyone(portfolio) if items is None else items,
                                       cohorts), first)]  # fmt: skip
    return ordered(module.join(parts), portfolio)


def by_id(portfolio, rows, ids):
    """Every bit of the rows of some items, whatever their position."""
    names = np.array(portfolio.ids)[rows.item]
    keep = np.isin(names, list(ids))
    columns = (names, rows.year, rows.time, rows.reported, rows.event, rows.cause, rows.loss)
    return sorted(zip(*(column[keep].tolist() for column in columns), strict=True))


@pytest.mark.parametrize(
    "chunks", [[(0, 1024), (1024, 1500)], [(0, 7), (7, 1100), (1100, 1500)]], ids=["blocks", "any"]
)
def test_chunks_of_years_change_nothing(chunks):
    portfolio = sites(STREET)
    whole, parts = ground_up(portfolio), ground_up(portfolio, *chunks)
    for name in ("year", "time", "reported", "item", "event", "cause", "loss"):
        assert (getattr(whole, name) == getattr(parts, name)).all()


ADDED = [
    {"id": "z1", "site": "A", "park": "P", "sector": "x", "fire_rate": 2.0, "months": 36},
    {"id": "z2", **FAB, "site": "Z", "park": "P", "sector": "y", "catastrophe_rate": 5.0,
     **UNCERTAIN},
    {"id": "0", "sector": "w"},
]  # fmt: skip


@pytest.mark.parametrize(
    "rows", [[*STREET, *ADDED], [*ADDED, *STREET], [*STREET[::-1], *ADDED[::-1]]],
    ids=["after", "before", "reversed"],
)  # fmt: skip
def test_added_items_move_no_other(rows):
    alone, more = sites(STREET), sites(rows)
    found, kept = ground_up(alone), by_id(alone, ground_up(alone), alone.ids)
    assert len(kept) == len(found) > 1000
    assert by_id(more, ground_up(more), alone.ids) == kept


def test_a_higher_relativity_only_adds_fires():
    alone, more = sites(STREET), sites([*STREET, {"id": "z", "site": "A", "park": "P",
                                                  "sector": "x", "fire_rate": 9.0}])  # fmt: skip
    before, after = (set(by_id(p, ground_up(p), alone.ids)) for p in (alone, more))
    fire = CAUSES.index("fire")
    assert before < after
    assert {row[5] for row in after - before} == {fire}


def test_order_of_items_changes_only_their_index():
    portfolio, turned = sites(STREET), sites(STREET[::-1])
    rows, back = ground_up(portfolio), ground_up(turned)
    assert by_id(portfolio, rows, portfolio.ids) == by_id(turned, back, portfolio.ids)
    for name in ("year", "time", "event", "cause", "loss"):
        assert (getattr(rows, name) == getattr(back, name)).all()


def test_some_items_of_a_portfolio_have_the_rows_they_have_among_all():
    portfolio = sites(STREET)
    some = np.array([9, 1, 3, 10], dtype=np.int32)
    ids = [portfolio.ids[i] for i in some]
    rows = ground_up(portfolio, items=some)
    assert by_id(portfolio, rows, ids) == by_id(portfolio, ground_up(portfolio), ids)
    assert set(rows.item) == set(some)
    assert len(ground_up(portfolio, items=some[:0])) == 0


def test_losses_stay_within_the_value_and_the_term():
    portfolio = sites(STREET)
    rows = ground_up(portfolio)
    value = portfolio.sum_insured / np.where(rows.cause[:, None] < 2, portfolio.units, 1)
    damage = rows.cause < 4
    assert (rows.loss[damage] <= value[damage, rows.item[damage]]).all()
    start = portfolio.inception[rows.item]
    assert ((start <= rows.time) & (rows.time <= start + portfolio.term[rows.item])).all()


# --- borders ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([{"site": "S"}, {"site": "S", **FAB}], r"risk_class .*one on site 'S'"),
        ([{"site": "S", "park": "P"}, {"site": "S"}], r"park .*one on site 'S'"),
        ([{"site": "S", "daily_cost": 1.0}, {"site": "S"}], r"daily_cost .*one on site 'S'"),
        ([{"site": "S", **STOPPED}, {"site": "S", **STOPPED, "waiting_days": 1.0}],
         r"waiting_days .*got \[1\.0, 14\.0\]"),
        ([{"site": "S", **STOPPED}, {"site": "S", **STOPPED, "months": 24}], r"term .*site 'S'"),
        ([{"daily_cost": np.inf}], r"daily_cost must be finite"),
        ([{"class": "moon", "id": "m"}], r"risk_class must be one of equipment_loss/lab"),
    ],
)  # fmt: skip
def test_refuses_what_contradicts_itself(rows, fault, monkeypatch):
    monkeypatch.setitem(MINIMUM, "moon", 0.0)
    portfolio = sites(rows)
    with pytest.raises(InvalidParameter, match=re.compile(fault)):
        MODEL.simulate(portfolio, everyone(portfolio), Cohorts(seed=1, n=10))


def test_a_site_without_interruption_may_mix_terms():
    portfolio = sites([{"site": "S", "waiting_days": 3.0}, {"site": "S", "months": 24}])
    assert len(MODEL.simulate(portfolio, everyone(portfolio), Cohorts(seed=1, n=100)))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda: equipment(catastrophe_rate=prior("beta", 0.1, 0.5)), "catastrophe_rate.family"),
        (lambda: equipment_class("lab", catastrophe_share=prior("point", 1.5)),
         "catastrophe_share.mean"),
        (lambda: equipment_class("lab", interruption_days=prior("beta", 0.5, 0.1)),
         "interruption_days.family"),
        (lambda: replace(equipment_class("lab").fire, ratio=prior("gamma", 0.1, 1.0)),
         "ratio.family"),
        (lambda: equipment(classes={}), "classes"),
        (lambda: equipment(repair=0.0), "factor.mean"),
        (lambda: equipment(shock=1.5), "probability.mean"),
    ],
)  # fmt: skip
def test_refuses_parameters(change, field):
    with pytest.raises(InvalidParameter) as refusal:
        change()
    assert [fault.field for fault in refusal.value.faults] == [field]


def test_names_what_it_has():
    assert MODEL.causes == CAUSES
    assert MODEL.targets == TARGETS
    assert set(DAYS) == set(MODEL.classes)


# --- relativities that are not known -----------------------------------------------------------


def test_no_relativity_is_above_its_ceiling_and_their_mean_is_kept():
    rng = np.random.default_rng(5)
    mean, error = rng.uniform(0.5, 2.0, 6), np.array([0.0, 0.2, 0.4, 0.4, 0.8, 0.0])
    known = relativity_of(mean, error, keys(3, "relativity", [f"item {i}" for i in range(6)]))
    item, years = np.repeat(np.arange(6), 40_000), np.tile(np.arange(40_000), 6)
    drawn = known.at(item, years).reshape(6, -1)
    assert (drawn <= known.ceiling[:, None]).all()
    assert (drawn[error == 0] == mean[error == 0][:, None]).all()
    spread = (mean * error)[error > 0] / 200
    np.testing.assert_array_less(abs(drawn.mean(axis=1) - mean)[error > 0], 4 * spread)
    np.testing.assert_allclose(drawn.std(axis=1)[error > 0], (mean * error)[error > 0], rtol=0.1)
    assert len({tuple(row[:5]) for row in drawn[1:5]}) == 4  # each has a stream of its own


def test_a_strip_higher_than_any_relativity_adds_nothing():
    """Fires are thinned below the ceiling of a site: reaching higher moves none of them."""
    model, portfolio = busy(), one_site("lab", 4, as_units=False)
    before = simulated(model, portfolio, 2048, seed=2)
    ceiling = Relativity.ceiling
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Relativity, "ceiling", property(lambda self: 5 * ceiling.fget(self)))
        after = simulated(model, portfolio, 2048, seed=2)
    fire = portfolio.causes.index("fire")
    assert (before.cause == fire).any()
    assert set(before.event[before.cause == fire]) == set(after.event[after.cause == fire])


def test_independent_equipment_has_its_means_and_no_factor_in_common():
    model = busy(park=1.0, sector=2.0)
    alone = model.independent()
    held = sites([
        {"id": "a", "site": "s", "park": "p", "sector": "x"},
        {"id": "b", "site": "t", "park": "q", "sector": "x"},
        {"id": "c", "site": "u", "park": "q", "sector": "y"},
    ])  # fmt: skip
    items = everyone(held)
    before, after = (exact.mean(one, held, items, "fixed") for one in (model, alone))
    assert after == pytest.approx(before, rel=1e-9)
    given = exact.conditional_mean(alone, held, items, Cohorts(seed=1, n=64, drawn="fixed"))
    assert np.ptp(given, axis=1) == pytest.approx(0, abs=1e-9)
    together = []
    for one in (model, alone):
        struck = by_item(simulated(one, held, YEARS, drawn="fixed"), held, YEARS) > 0
        together.append(np.corrcoef(struck.T))
    assert min(together[0][0, 1], together[0][1, 2]) > 0.1
    assert abs(together[1][0, 1]) < 4 / YEARS**0.5
    assert together[1][1, 2] > 4 / YEARS**0.5  # a catastrophe strikes a whole park


def test_independent_equipment_knows_no_shock():
    model = equipment(shock=0.4, repair=2.0)
    held = sites([{"exposed": True}])
    means = [exact.mean(one, held, everyone(held))[0]
             for one in (model, model.independent(), equipment(repair=2.0))]  # fmt: skip
    assert means[0] > 1.05 * means[1]
    assert means[1] == pytest.approx(means[2], rel=1e-12)
