"""From a portfolio to a table, block by block: nothing but inputs, seed and block decides a bit."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from techinsure import cover
from techinsure.bordereau import portfolio_of
from techinsure.catalogue import shipped
from techinsure.errors import InvalidParameter
from techinsure.level_terms import Level, LevelTerms
from techinsure.losses.rows import join, ordered
from techinsure.losses.year_table import COLUMNS
from techinsure.models.factors import BLOCK, Cohorts
from techinsure.pooling import sample
from techinsure.portfolio import NOWHERE
from techinsure.simulation import (
    MOST_YEARS,
    annual_losses,
    cohort_blocks,
    simulate,
    simulate_listed,
)

CATALOGUE = shipped()
MODELS = {code: product.model for code, product in CATALOGUE.products.items()}
SAMPLE = sample("demo_pool").rows
ROWS = SAMPLE[:24] + SAMPLE[100:118] + SAMPLE[-16:]
"""24 projects, 2 whole sites, 16 rows of patents."""
SEED, YEARS = 11, 2_500  # two blocks and a part of the third


def table(rows=ROWS, n_years=YEARS, seed=SEED, **options):
    held = portfolio_of(rows, CATALOGUE)
    return simulate(held, MODELS, seed=seed, n_years=n_years, **options)


@pytest.fixture(scope="module")
def whole():
    return table()


def by_id(losses):
    """id -> its rows, bit for bit, without positions."""
    found = defaultdict(list)
    held = losses.portfolio
    for row in range(len(losses)):
        found[held.ids[losses.item[row]]].append((
            int(losses.year[row]), losses.time[row].tobytes(), int(losses.event[row]),
            held.causes[losses.cause[row]], losses.loss[row].tobytes(),
        ))  # fmt: skip
    return found


@pytest.mark.parametrize("n_years", [1, 1000, BLOCK, BLOCK + 1, 2 * BLOCK])
def test_fewer_years_are_the_first_rows_of_more(whole, n_years):
    short, n = table(n_years=n_years), int(np.searchsorted(whole.year, n_years))
    assert len(short) == n
    for name in COLUMNS:
        assert getattr(short, name).tobytes() == getattr(whole, name)[:n].tobytes(), name


def test_workers_change_no_bit(whole):
    shared = table(workers=2)
    for name in COLUMNS:
        assert getattr(shared, name).tobytes() == getattr(whole, name).tobytes(), name


def test_another_seed_is_another_world(whole):
    other = table(seed=SEED + 1, n_years=1000)
    n = int(np.searchsorted(whole.year, 1000))
    assert len(other) != n or (other.loss != whole.loss[:n]).any()


def test_rows_are_sorted_and_of_all_products(whole):
    order = np.lexsort((whole.time, whole.year))
    assert (order == np.arange(len(whole))).all()
    products = whole.portfolio.product.codes[whole.item]
    assert set(np.unique(products)) == {0, 1, 2}
    assert (whole.loss > 0).all()


def without(*ids):
    return [row for row in ROWS if row["id"] not in ids]


MORE = [
    {"id": "X1", "product": "rd_loss", "risk_class": "chip", "sum_insured": 3e6, "respin": True,
     "route": "人工智能芯片", "stage": "startup", "supply_exposed": True},
    {"id": "0", "product": "patent", "risk_class": "invention", "sum_insured": 4e6, "units": 20,
     "loss_sum_insured": 1e6, "sector": "health", "field": "biotech"},
    {"id": "X2", "product": "equipment_loss", "risk_class": "lab", "sum_insured": 5e6, "units": 9},
]  # fmt: skip


@pytest.mark.parametrize(
    "rows",
    [[*ROWS, *MORE], [*MORE, *ROWS], list(reversed(ROWS)), without("YF-001", "YF-003", "YF-017")],
    ids=["more at the end", "more at the start", "reversed", "fewer"],
)
def test_other_items_keep_every_bit_of_their_rows(whole, rows):
    """Ids decide, not positions. A new item on the same site or family is another matter."""
    before, after = by_id(whole), by_id(table(rows))
    stay = {row["id"] for row in rows} & {row["id"] for row in ROWS}
    assert 55 <= len(stay) <= len(ROWS) == 58
    for own in stay:
        assert sorted(after[own]) == sorted(before[own]), own


def test_the_rows_are_the_models_under_the_terms(whole):
    """Done by hand for the first block."""
    held = whole.portfolio
    (first, *_), parts = cohort_blocks(SEED, YEARS), []
    for code in MODELS:
        items = np.nonzero(held.product.codes == held.product.code(code))[0].astype(np.int32)
        parts.append(MODELS[code].simulate(held, items, first))
    paid = cover.insured(held, ordered(join(parts), held))
    assert paid.loss[paid.loss > 0].tobytes() == whole.loss[whole.year < BLOCK].tobytes()


@pytest.mark.parametrize("drawn", ["class", "item"])
def test_what_simulates_remembers_nothing(whole, drawn):
    """Years in any order, and again, are those that a fresh simulation has."""
    held, early, late = whole.portfolio, *cohort_blocks(SEED, 2 * BLOCK, drawn)
    for code in held.product.names:
        items = np.nonzero(held.product.codes == held.product.code(code))[0].astype(np.int32)
        ready = MODELS[code].simulator(held, items, Cohorts(seed=SEED, n=0, drawn=drawn))
        for years in (late, early, late):
            found, fresh = ready(years), MODELS[code].simulate(held, items, years)
            assert len(found) > 0
            for name in ("year", "time", "reported", "item", "event", "cause", "loss"):
                assert getattr(found, name).tobytes() == getattr(fresh, name).tobytes(), name


def test_annual_losses_are_the_sums_of_the_rows(whole):
    annual = annual_losses(whole.portfolio, MODELS, seed=SEED, n_years=YEARS)
    assert annual == pytest.approx(whole.annual(), rel=1e-12)
    shared = annual_losses(whole.portfolio, MODELS, seed=SEED, n_years=YEARS, workers=2)
    assert shared.tobytes() == annual.tobytes()


def test_annual_losses_keep_to_an_aggregate_limit():
    rows = [{**MORE[1], "aggregate_limit": 50_000, "waiting_days": 30}]
    held = portfolio_of(rows, CATALOGUE)
    annual = annual_losses(held, MODELS, seed=SEED, n_years=2000)
    assert annual == pytest.approx(table(rows, 2000).annual(), rel=1e-12)
    assert annual.max() == pytest.approx(50_000)


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_is_told_block_by_block(workers):
    calls = []
    table(MORE, progress=lambda done, total: calls.append((done, total)), workers=workers)
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_a_class_shares_its_draw_by_default():
    """100 equal projects: what is not known of the class does not diversify away."""
    row = {"product": "rd_loss", "risk_class": "general", "sum_insured": 1e6, "trl": "trl_4_5"}
    spread = {
        drawn: table([row] * 100, 2000, drawn=drawn).annual().std()
        for drawn in ("class", "item", "fixed")
    }
    assert table([row] * 100, 2000).annual().std() == spread["class"]
    assert spread["class"] > 1.3 * spread["item"]
    assert spread["item"] == pytest.approx(spread["fixed"], rel=0.1)


def test_blocks_cover_the_years():
    blocks = cohort_blocks(1, 2 * BLOCK + 7)
    assert [(b.first, b.n) for b in blocks] == [(0, BLOCK), (BLOCK, BLOCK), (2 * BLOCK, 7)]


@pytest.mark.parametrize(
    ("years", "seed", "told"),
    [(0, 1, "n_years"), (MOST_YEARS + 1, 1, "n_years"), (1.5, 1, "n_years"), (True, 1, "n_years"),
     (10, -1, "seed"), (10, 2**63, "seed"), (10, None, "seed")],
)  # fmt: skip
def test_years_and_seeds_out_of_bounds(years, seed, told):
    with pytest.raises(InvalidParameter, match=f"{told} must be"):
        cohort_blocks(seed, years)


# --- Losses that match no terms


def test_losses_that_match_no_terms_are_counted_by_cause(whole):
    """The fire cover of every item taken away, and a level for breakdowns of one site alone."""
    held = portfolio_of(ROWS, CATALOGUE)
    fire, breakdown = (held.causes.index(cause) for cause in ("fire", "breakdown"))
    terms_of = held.terms_of.copy()
    terms_of[:, fire] = NOWHERE
    site = held.site.names[0]
    only = Level(name="one", by="site", causes=("breakdown",), terms={site: LevelTerms()})
    changed = replace(held, terms_of=terms_of, terms=replace(held.terms, levels=(only,)))
    run = {"seed": SEED, "n_years": YEARS}
    found = simulate_listed(changed, MODELS, **run)
    simulators = [MODELS[code].simulator(held, held_items(held, code), Cohorts(seed=SEED, n=0))
                  for code in held.product.names]  # fmt: skip
    blocks = cohort_blocks(SEED, YEARS)
    drawn = [join([one(block) for one in simulators]) for block in blocks]
    n_fires = sum(int((rows.cause == fire).sum()) for rows in drawn)
    elsewhere = sum(
        int(((rows.cause == breakdown) & (held.site.codes[rows.item] != 0)).sum()) for rows in drawn
    )
    assert found.uncovered == {"fire": n_fires}
    assert found.unmatched["breakdown"] == elsewhere > 0
    assert "fire" not in found.unmatched
    told = list(found.warnings())
    assert told[0] == f"{n_fires:,} losses from fire in 2,500 years match no cover: nothing is paid"
    assert f"{elsewhere:,} losses from breakdown in 2,500 years match the terms of no level" in (
        " ".join(told)
    )
    assert not (found.table.cause == fire).any()
    plain = simulate_listed(held, MODELS, **run)
    assert (plain.uncovered, plain.unmatched, [*plain.warnings()]) == ({}, {}, [])
    assert (plain.table.loss == whole.loss).all()


def held_items(held, code):
    codes = held.product.codes == held.product.names.index(code)
    return np.nonzero(codes)[0].astype(np.int32)
