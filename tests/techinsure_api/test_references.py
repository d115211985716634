"""The store of reference losses: once computed, kept, and the least asked for goes first."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from techinsure.catalogue import shipped
from techinsure.quoting.margin import WORLDS, ReferenceLosses
from techinsure_api import references
from techinsure_api.references import References

PRODUCT = shipped().product("rd_loss")


@pytest.fixture
def computed(monkeypatch):
    """The keys that were computed, in order; each takes a moment, and seed 13 fails."""
    keys = []

    def compute(product, risk_class, *, seed, n_years, worlds):
        keys.append((product.code, risk_class, n_years, worlds, seed))
        time.sleep(0.05)
        if seed == 13:
            raise RuntimeError("unlucky")
        return ReferenceLosses(
            worlds=dict.fromkeys(worlds, np.zeros(n_years)),
            seed=seed,
            n_years=n_years,
            n_items=1,
            digest="d",
        )

    monkeypatch.setattr(references, "reference_losses", compute)
    return keys


def test_the_same_is_computed_once(computed):
    store = References()
    first = store.losses(PRODUCT, "chip", seed=1, n_years=10)
    assert store.losses(PRODUCT, "chip", seed=1, n_years=10) is first
    assert len(computed) == 1


@pytest.mark.parametrize(("risk_class", "seed", "n_years"), [("general", 1, 10), ("chip", 2, 10),
                                                             ("chip", 1, 11)])  # fmt: skip
def test_what_differs_in_anything_is_computed_for_itself(computed, risk_class, seed, n_years):
    store = References()
    store.losses(PRODUCT, "chip", seed=1, n_years=10)
    store.losses(PRODUCT, risk_class, seed=seed, n_years=n_years)
    assert len(computed) == 2


def test_those_who_miss_at_once_wait_for_one(computed):
    store = References()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(
            lambda _: store.losses(PRODUCT, "chip", seed=1, n_years=10), range(8)
        ))  # fmt: skip
    assert len(computed) == 1
    assert all(losses is found[0] for losses in found)


def test_the_least_asked_for_goes_first(computed):
    store = References(most=2)
    for seed in (1, 2, 1, 3, 1, 2):
        store.losses(PRODUCT, "chip", seed=seed, n_years=10)
    assert [seed for *_, seed in computed] == [1, 2, 3, 2]


def test_all_worlds_answer_for_one_and_one_does_not_for_all(computed):
    store, run = References(), {"seed": 1, "n_years": 10}
    one = store.losses(PRODUCT, "chip", **run, worlds=("dependent",))
    assert set(one.worlds) == {"dependent"}
    whole = store.losses(PRODUCT, "chip", **run)
    assert set(whole.worlds) == set(WORLDS)
    assert store.losses(PRODUCT, "chip", **run, worlds=("dependent",)) is whole
    assert [worlds for *_, worlds, _ in computed] == [("dependent",), WORLDS]


def test_a_failure_is_told_to_all_and_not_kept(computed):
    store = References()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="unlucky"):
            store.losses(PRODUCT, "chip", seed=13, n_years=10)
    assert len(computed) == 2
