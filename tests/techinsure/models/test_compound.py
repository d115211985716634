"""Simulated compound perils: means, figures, serial defects, streams, what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.exact import compound as exact
from techinsure.losses import measures
from techinsure.losses.rows import join, ordered
from techinsure.models import compound as module
from techinsure.models.batches import Batches
from techinsure.models.compound import Contract
from techinsure.models.factors import Cohorts
from techinsure.models.hazards import Timing
from tests.techinsure.models.compound_cases import (
    BATHTUB,
    CAUSES,
    FLEET,
    TARGETS,
    annual,
    by_item,
    compound,
    contracts,
    everyone,
    later,
    prior,
    quality,
    simulated,
    z_scores,
)

YEARS = 8_192


def busy(**changes):
    return compound(**{"by": 10.0, "pattern": BATHTUB, **changes})


def assert_means(model, portfolio, n_years=YEARS, seed=1, drawn="class"):
    """The checker: every item, each cause and the whole, against the closed form."""
    rows = simulated(model, portfolio, n_years, seed, drawn)
    losses = by_item(rows, portfolio, n_years)
    expected = exact.mean_by_cause(model, portfolio, everyone(portfolio), drawn)
    assert np.abs(z_scores(losses, expected.sum(axis=1))).max() <= 4
    assert abs(z_scores(losses.sum(axis=1), expected.sum())) <= 4
    for code in range(len(CAUSES)):
        of_cause = annual(rows.keep(rows.cause == code), n_years)
        assert abs(z_scores(of_cause, expected[:, code].sum())) <= 4


@pytest.mark.parametrize(("route", "sector"), [(0.0, 0.0), (0.1, 0.05), (0.8, 0.5)])
def test_means_whatever_the_frailty(route, sector):
    assert_means(busy(route=route, sector=sector), contracts(FLEET))


@pytest.mark.parametrize("serial", [None, 0.0, 1.0])
def test_means_whatever_is_serial(serial):
    causes = CAUSES if serial is not None else ("quality", "liability")
    portfolio = contracts(FLEET)
    model = busy(serial=serial)
    assert model.causes == causes
    losses = by_item(simulated(model, portfolio, YEARS), portfolio, YEARS)
    expected = exact.mean(model, portfolio, everyone(portfolio))
    assert np.abs(z_scores(losses, expected)).max() <= 4
    assert expected == pytest.approx(exact.mean(busy(), portfolio, everyone(portfolio)), rel=1e-12)


@pytest.mark.parametrize("drawn", ["fixed", "item"])
def test_means_whoever_shares_the_draws(drawn):
    assert_means(busy(route=0.1), contracts(FLEET), drawn=drawn)


# --- what the specification says the model gives -------------------------------------------------


def test_figures_of_the_specification():
    """One unit for one year, no pattern: percent of the price, printed 0.90 and 0.11, together
    1.006; TVaR 99.5 65. The batch of one keeps the law of a unit alone, whatever is serial."""
    model, years = compound(), 204_800
    portfolio = contracts([{}])
    means = exact.mean_by_cause(model, portfolio, everyone(portfolio))[0]
    assert means[:2].sum() == pytest.approx(0.90, abs=0.0057)  # 0.894: printed to 0.01
    assert means[2] == pytest.approx(0.11, abs=0.0005)
    losses = annual(simulated(model, portfolio, years), years)
    assert abs(measures.mean(losses).z_score(1.006)) <= 4
    assert abs(measures.mean(losses).z_score(means.sum())) <= 4
    assert abs(measures.tvar(losses, 0.995).z_score(65)) <= 4


def test_three_units_move_no_mean_and_serial_defects_their_tail():
    """Percent of the price of a batch of three: mean that of one unit; the tail lies between
    those of units that have nothing in common and of units that always fail together."""
    portfolio, years = contracts([{"units": 3}]), 65_536
    tail = {}
    for serial in (0.0, 0.25, 1.0):
        losses = annual(simulated(compound(serial=serial), portfolio, years), years)
        mean = exact.mean(compound(serial=0.5), portfolio, everyone(portfolio))[0]
        assert abs(measures.mean(losses).z_score(mean)) <= 4
        tail[serial] = measures.tvar(losses, 0.995)
    assert tail[0.25].z_score(tail[0.0]) > 4
    assert tail[1.0].z_score(tail[0.25]) > 4
    assert abs(tail[0.25].z_score(44.60)) <= 4  # by an independent program, 4,000,000 years


def test_one_unit_has_the_same_law_whatever_is_serial():
    portfolio = contracts([{}])
    spread = [measures.sd(annual(simulated(busy(serial=serial, pattern=()), portfolio, YEARS, s),
                                 YEARS)) for s, serial in ((1, None), (2, 0.5))]  # fmt: skip
    assert abs(spread[0].z_score(spread[1])) <= 4


def test_a_serial_defect_strikes_the_whole_batch_at_one_ratio():
    rows = [{"id": "one", "batch": "B", "units": 3}, {"id": "two", "batch": "B", "si": 500.0},
            {"id": "seldom", "batch": "B", "quality_rate": 0.5},
            {"id": "late", "batch": "B", "inception": 0.5}, {"id": "other"}]  # fmt: skip
    portfolio = contracts(rows)
    model = busy(pattern=())
    cohorts = Cohorts(seed=1, first=0, n=YEARS)
    found = model.simulate(portfolio, everyone(portfolio), cohorts)
    found = found.keep(found.cause == CAUSES.index("serial_quality"))
    loss = {name: dict(zip(found.event[found.item == k].tolist(),
                           found.loss[found.item == k].tolist(), strict=True))
            for k, name in enumerate(portfolio.ids)}  # fmt: skip
    assert set(loss["one"]) == set(loss["two"]) > set(loss["seldom"]) > set()
    assert all(loss["two"][e] == pytest.approx(5 * x) for e, x in loss["one"].items())
    assert all(loss["one"][e] == x for e, x in loss["seldom"].items())
    common = set(loss["late"]) & set(loss["one"])
    assert set() < common < set(loss["late"])
    assert not set(loss["one"]) & set(loss["other"])


def test_the_bathtub_is_in_the_dates():
    """Claims of quality by policy year stand as 1.5 to 1.0 to 0.7, alone and serial, and those of
    liability are even; an item that begins later has its own policy years."""
    portfolio = contracts([{"id": "a", "months": 36, "units": 4},
                           {"id": "b", "months": 36, "inception": 0.75}])  # fmt: skip
    found = busy().simulate(portfolio, everyone(portfolio), Cohorts(seed=2, first=0, n=YEARS))
    elapsed = found.time - portfolio.inception[found.item]
    assert elapsed.min() >= 0
    assert elapsed.max() < 3
    shares = {0: np.array(BATHTUB) / 3.2, 1: np.array(BATHTUB) / 3.2, 2: np.full(3, 1 / 3)}
    for code, share in shares.items():
        for item in range(2):
            here = elapsed[(found.cause == code) & (found.item == item)]
            counts = np.bincount(here.astype(int), minlength=3)
            z = (counts - len(here) * share) / np.sqrt(len(here) * share * (1 - share))
            assert np.abs(z).max() <= 4


def variance_of_a_class(n, drawn):
    """Ground-up quality of `n` contracts of one unit of 100: n * rate * E[X^2] + (cv * rate *
    E[X])^2 * (n^2 if the class shares the draw, n if not)."""
    shared = {"class": n**2, "item": n, "fixed": 0}[drawn]
    return n * 0.07 * 15**2 * (1 + 1.3**2) + shared * (0.6 * 0.07 * 15) ** 2


def test_spread_of_a_class_by_who_shares_its_draws():
    n, years = 100, 8_192
    portfolio = contracts([{"id": f"c{k}"} for k in range(n)])
    model = compound()
    for drawn in ("fixed", "item", "class"):
        cohorts = Cohorts(seed=3, first=0, n=years, drawn=drawn)
        rows = model.simulate(portfolio, everyone(portfolio), cohorts)
        losses = annual(rows.keep(rows.cause < 2), years)
        assert abs(measures.sd(losses).z_score(variance_of_a_class(n, drawn) ** 0.5)) <= 4


def test_a_route_shares_its_factor():
    """Correlation of the claims of two contracts: that of a route is above that of two routes."""
    rows = [{"id": "a", "route": "r"}, {"id": "b", "route": "r"}, {"id": "c", "route": "q"},
            {"id": "d"}]  # fmt: skip
    portfolio = contracts(rows)
    model = busy(route=1.0, pattern=(), by=40.0)
    rows = model.simulate(
        portfolio, everyone(portfolio), Cohorts(seed=3, first=0, n=YEARS, drawn="fixed")
    )
    together = np.corrcoef(by_item(rows, portfolio, YEARS).T)
    assert together[0, 1] > 0.2
    assert np.abs(together[0, 2:]).max() < 4 / YEARS**0.5
    assert model.independent() == busy(pattern=(), by=40.0)


# --- planted mutants ----------------------------------------------------------------------------


def units_counted_once(self, held):
    return SCALE(self, held) / held.units


def own_rate_kept(self, held):
    return SCALE(self, held) / (1 - self.timing.shared)


SCALE = module.Course.scale


@pytest.mark.parametrize(
    ("target", "name", "mutant"),
    [
        (module.Course, "scale", units_counted_once),
        (module.Course, "scale", own_rate_kept),
        (Batches, "in_force", lambda self, row, time: np.ones(len(row), dtype=bool)),
        (Timing, "level", lambda self, elapsed: np.ones(len(elapsed))),
        (module, "batch_owners", lambda held, rows, cohorts: [f"own/{row}" for row in rows]),
    ],
    ids=["one unit", "marginal not kept", "for ever", "no bathtub", "another draw"],
)
def test_the_checks_catch(monkeypatch, target, name, mutant):
    model, portfolio = busy(by=20.0, route=0.1), contracts(FLEET)
    assert_means(model, portfolio, COHORTS.n)
    given = exact.conditional_mean(model, portfolio, everyone(portfolio), COHORTS)
    monkeypatch.setattr(target, name, mutant)
    if name == "batch_owners":  # means stay; the year's draw is another
        rows = model.simulate(portfolio, everyone(portfolio), COHORTS)
        serial = annual(rows.keep(rows.cause == 1), COHORTS.n)
        assert np.corrcoef(serial, given.sum(axis=0))[0, 1] < 0.2
        return
    with pytest.raises(AssertionError):
        assert_means(model, portfolio, COHORTS.n)


COHORTS = Cohorts(seed=5, first=0, n=4096)


def test_serial_defects_follow_the_draw_of_the_class():
    model, portfolio = busy(by=20.0, route=0.1), contracts(FLEET)
    given = exact.conditional_mean(model, portfolio, everyone(portfolio), COHORTS)
    rows = model.simulate(portfolio, everyone(portfolio), COHORTS)
    serial = annual(rows.keep(rows.cause == 1), COHORTS.n)
    assert np.corrcoef(serial, given.sum(axis=0))[0, 1] > 0.3


# --- streams ------------------------------------------------------------------------------------

MODEL = busy(route=0.1, sector=0.05)


def ground_up(portfolio, *chunks, items=None):
    parts = []
    for first, last in chunks or ((0, 1500),):
        cohorts = Cohorts(seed=7, first=first, n=last - first)
        chosen = everyone(portfolio) if items is None else items
        parts.append(later(MODEL.simulate(portfolio, chosen, cohorts), first))
    return ordered(join(parts), portfolio)


def by_id(portfolio, rows, ids):
    """Every bit of the rows of some items, whatever their position."""
    names = np.array(portfolio.ids)[rows.item]
    keep = np.isin(names, list(ids))
    columns = (names, rows.year, rows.time, rows.reported, rows.event, rows.cause, rows.loss)
    return sorted(zip(*(column[keep].tolist() for column in columns), strict=True))


def test_adding_items_moves_no_other():
    some = contracts(FLEET[1:5])
    more = contracts([
        {"id": "new1", "batch": "A", "route": "r", "sector": "x", "quality_rate": 2.4,
         "units": 9, "months": 36, "inception": 2.0}, *FLEET, {"id": "new2", "batch": "Z"},
    ])  # fmt: skip
    alone = by_id(some, ground_up(some), some.ids)
    assert len(alone) > 500
    assert by_id(more, ground_up(more), some.ids) == alone
    where = np.array([more.ids.index(name) for name in some.ids], np.int32)
    assert by_id(more, ground_up(more, items=where), more.ids) == alone


def test_the_order_of_items_moves_nothing():
    one, two = contracts(FLEET), contracts(FLEET[::-1])
    assert by_id(one, ground_up(one), one.ids) == by_id(two, ground_up(two), two.ids)


@pytest.mark.parametrize(
    "chunks", [((0, 1024), (1024, 1500)), ((0, 300), (300, 1100), (1100, 1500))]
)
def test_blocks_are_the_whole(chunks):
    portfolio = contracts(FLEET)
    whole = by_id(portfolio, ground_up(portfolio), portfolio.ids)
    assert by_id(portfolio, ground_up(portfolio, *chunks), portfolio.ids) == whole


def test_nobody_has_no_losses():
    portfolio = contracts(FLEET)
    none = np.zeros(0, np.int32)
    assert len(MODEL.simulate(portfolio, none, COHORTS)) == 0
    assert exact.claim_probability(MODEL, portfolio, none) == 0.0


# --- border -------------------------------------------------------------------------------------


def test_what_the_model_moves_and_writes():
    model = compound()
    assert model.causes == CAUSES
    assert model.targets == TARGETS
    assert model.amounts == ("ratio",)
    assert model.longest_term == np.inf
    assert busy().longest_term == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"perils": {}}, "perils must have at least one entry"),
        ({"classes": {}}, "classes must have at least one entry"),
        ({"perils": {"liability": Timing()}},
         r"classes.equipment.hazards.quality must be one of liability, got 'quality'"),
        ({"perils": {"quality": Timing(serial=prior("point", 0.1)), "serial_quality": Timing(),
                     "liability": Timing()}}, "perils must have different names"),
        ({"sector_frailty": prior("gamma", 0.1, 0.5)}, "sector_frailty.family must be one of poi"),
    ],
)  # fmt: skip
def test_models_that_cannot_be(changes, message):
    with pytest.raises(InvalidParameter, match=message):
        compound(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price": 0.0}, r"price must be in \[0.01, 1e\+15\], got 0.0"),
        ({"units": 0}, r"units must be in \[1, 100000\], got 0"),
        ({"term_months": 121}, r"term_months must be in \[1, 120\]"),
        ({"route": "\n"}, "route must hold no control character"),
        ({"sector": "x" * 201}, "sector must have 1 to 200 characters"),
    ],
)
def test_contracts_that_cannot_be(changes, message):
    with pytest.raises(InvalidParameter, match=message):
        Contract(**{"risk_class": "equipment", "price": 1e6, **changes})


def test_a_contract_is_one_row():
    columns = Contract(risk_class="equipment", price=120e6, units=3, term_months=36).columns()
    assert {name: values[0] for name, values in columns.items()} == {
        "risk_class": "equipment", "sum_insured": 120e6, "units": 3, "term_months": 36,
        "route": "", "sector": "",
    }  # fmt: skip


def test_what_is_at_stake_scales_the_loss_and_a_known_ratio_ends_at_one():
    half = compound(by=10.0)
    hazards = {"quality": quality(0.7, at_stake=prior("point", 0.5))}
    classes = {"equipment": replace(half.classes["equipment"], hazards=hazards)}
    model = replace(half, classes=classes)
    portfolio = contracts([{"quality_ratio": 50.0}])
    rows = model.simulate(portfolio, everyone(portfolio), COHORTS)
    assert rows.loss.max() == 50.0
    assert np.median(rows.loss) == 50.0


def test_independent_perils_have_their_means_and_no_factor_in_common():
    model = compound(by=5.0, route=1.0, sector=1.0)
    alone = model.independent()
    held = contracts([
        {"id": "a", "route": "r", "sector": "x", "batch": "A"},
        {"id": "b", "route": "r", "sector": "x", "batch": "B"},
        {"id": "c", "route": "r", "sector": "x", "batch": "B"},
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
    assert together[0][0, 1] > 0.1
    assert abs(together[1][0, 1]) < 4 / YEARS**0.5
    assert together[1][1, 2] > 4 / YEARS**0.5  # a serial defect strikes a whole batch
