import numpy as np
import pytest

from techinsure.losses import differences, measures
from techinsure.pool.insolvency import fates

RNG = np.random.default_rng(3)
VALUES = RNG.lognormal(0, 1.5, (1, 3000))
CHANGED = VALUES + (RNG.random((1, 3000)) < 0.05)


def test_one_fate_is_the_plain_measure():
    plain = measures.summary(VALUES[0])
    assert fates.mean(VALUES) == plain.mean
    found = fates.tvar_995(VALUES)
    assert found.value == plain.tvar_995.value
    assert found.standard_error == pytest.approx(plain.tvar_995.standard_error, rel=1e-6)
    moved = fates.change(VALUES, CHANGED)
    known = differences.errors(VALUES[0], CHANGED[0])
    assert moved["mean"].standard_error == pytest.approx(known["mean"])
    assert moved["tvar_995"].standard_error == pytest.approx(known["tvar_995"])


def test_fates_that_are_alike_tell_nothing_more():
    """Four copies of each year: the same figures and the same errors."""
    copies = np.repeat(VALUES, 4, axis=0)
    for figure in (fates.mean, fates.tvar_995):
        one, four = figure(VALUES), figure(copies)
        assert four.value == pytest.approx(one.value)
        assert four.standard_error == pytest.approx(one.standard_error, rel=0.02)
    more = fates.probability_positive(copies - 5)
    assert more.standard_error == pytest.approx(
        measures.mean((VALUES[0] > 5).astype(float)).standard_error
    )


def test_independent_fates_are_worth_as_many_years():
    wide = RNG.exponential(size=(16, 2000))
    assert fates.mean(wide).standard_error == pytest.approx(1 / np.sqrt(32_000), rel=0.1)
    flat = measures.tvar(wide.ravel(), measures.SUMMARY_LEVEL).standard_error
    assert fates.tvar_995(wide).standard_error == pytest.approx(flat, rel=0.15)


def test_errors_are_those_of_repetition():
    """60 repetitions of 500 years of 5 fates that share half their spread: errors within 25%."""
    rng = np.random.default_rng(11)

    def world():
        return rng.exponential(size=500) * rng.exponential(size=(5, 500))

    worlds = [world() for _ in range(150)]
    for figure in (fates.mean, fates.tvar_995):
        found = [figure(values) for values in worlds]
        spread = np.std([f.value for f in found], ddof=1)
        assert np.mean([f.standard_error for f in found]) == pytest.approx(spread, rel=0.25)


def test_weights():
    weight = np.full(3000, 0.5 / 1500)
    weight[:1500] = 0.5 / 1500
    weight[0] += 0.1
    weight /= weight.sum()
    copies = np.repeat(VALUES, 2, axis=0)
    assert fates.mean(copies, weight).value == pytest.approx(float(weight @ VALUES[0]))
    known = measures.tvar(VALUES[0], measures.SUMMARY_LEVEL, weight)
    assert fates.tvar_995(copies, weight).value == pytest.approx(known.value)
    moved = fates.change(copies, copies * 2, weight)
    assert moved["mean"].value == pytest.approx(float(weight @ VALUES[0]))


def test_none_in_n_years_is_no_certainty():
    none = fates.probability_positive(np.zeros((5, 1000)))
    assert (none.value, none.standard_error) == (0, pytest.approx(1.4 / 1000, rel=0.05))
    same = fates.change(VALUES, VALUES)
    assert same["tvar_995"].value == same["tvar_995"].standard_error == 0
