"""Credibility of classes: best linear prediction, balance, identities, what degenerates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.distributions import Beta, Gamma
from techinsure.errors import InvalidParameter, NotFound, Undefined
from techinsure.evidence.class_statistics import ClassStatistics
from techinsure.evidence.conjugate import update_rate
from techinsure.evidence.credibility import (
    ALL_ALIKE,
    FULL,
    NO_LOSS,
    ONE_CLASS,
    UNSEEN,
    Structure,
    buhlmann_straub,
    poisson_by_count,
    poisson_credibility,
)
from techinsure.evidence.parameter_laws import RateLaw

RATIOS = {"a": [0.6, 0.9, 0.7], "b": [1.4, 1.1, 1.8, 1.2], "c": [0.8, 1.0]}
WEIGHTS = {"a": [10, 12, 9], "b": [3, 4, 4, 5], "c": [20, 25]}
CLASSES = {name: ClassStatistics.of(RATIOS[name], WEIGHTS[name]) for name in RATIOS}
ESTIMATORS = ("unbiased", "iterative")

portfolios = st.lists(
    st.lists(
        st.tuples(st.integers(0, 5000).map(lambda x: x / 1000), st.floats(0.1, 50)),
        min_size=2, max_size=5,
    ),
    min_size=2, max_size=5,
)  # fmt: skip


def read(rows):
    return {f"class {i}": ClassStatistics.of(*np.array(row).T) for i, row in enumerate(rows)}


def best_linear(ratios, weights, structure):
    """Premiums and their sd by generalised least squares on every observation."""
    x = np.concatenate([np.array(row) for row in ratios])
    w = np.concatenate([np.array(row, float) for row in weights])
    place = np.repeat(np.arange(len(ratios)), [len(row) for row in ratios])
    same = structure.between * (place[:, None] == place)
    inverse = np.linalg.inv(same + np.diag(structure.within / w))
    ones = np.ones(len(x))
    spread = 1 / (ones @ inverse @ ones)
    collective = spread * (ones @ inverse @ x)
    of_class = structure.between * (place == np.arange(len(ratios))[:, None])
    premiums = collective + of_class @ inverse @ (x - collective)
    left = structure.between - np.diag(of_class @ inverse @ of_class.T)
    error = left + spread * (1 - of_class @ inverse @ ones) ** 2
    return collective, spread, premiums, np.sqrt(error)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_premiums_are_the_best_linear_prediction(estimator):
    found = buhlmann_straub(CLASSES, estimator)
    assert found.structure.between > 0
    collective, spread, premiums, sd = best_linear(
        RATIOS.values(), WEIGHTS.values(), found.structure
    )
    assert found.structure.collective == pytest.approx(collective, rel=1e-9)
    assert found.structure.collective_variance == pytest.approx(spread, rel=1e-9)
    assert [one.premium for one in found.classes] == pytest.approx(premiums, rel=1e-9)
    assert [one.sd for one in found.classes] == pytest.approx(sd, rel=1e-9)
    assert found.notes == ()


def test_the_estimates_by_hand():
    found = buhlmann_straub(CLASSES)
    away, degrees = 0.0, 0
    for name in RATIOS:
        x, w = np.array(RATIOS[name]), np.array(WEIGHTS[name])
        away += w @ (x - np.average(x, weights=w)) ** 2
        degrees += len(x) - 1
    assert found.structure.within == pytest.approx(away / degrees, rel=1e-12)
    total = sum(sum(row) for row in WEIGHTS.values())
    losses = sum(np.dot(RATIOS[name], WEIGHTS[name]) for name in RATIOS)
    assert found.mean == pytest.approx(losses / total, rel=1e-12)


@settings(deadline=None)
@given(portfolios, st.sampled_from(ESTIMATORS))
def test_premiums_lie_between_and_balance(rows, estimator):
    """Between the own mean and the collective; as much is charged as was lost."""
    found = buhlmann_straub(read(rows), estimator)
    structure = found.structure
    for one in found.classes:
        assert 0 <= one.credibility <= 1
        ends = sorted((one.mean, structure.collective))
        assert ends[0] - 1e-9 <= one.premium <= ends[1] + 1e-9
        assert one.sd is None or one.sd <= (structure.between + 2 * structure.collective_variance
                                            ) ** 0.5  # fmt: skip
    charged = sum(one.weight * one.premium for one in found.classes)
    assert charged == pytest.approx(sum(one.weight * one.mean for one in found.classes), abs=1e-6)


@settings(deadline=None)
@given(portfolios, st.sampled_from(ESTIMATORS))
def test_money_and_order_do_not_matter(rows, estimator):
    found = buhlmann_straub(read(rows), estimator)
    there = read(rows)
    back = buhlmann_straub(dict(reversed(there.items())), estimator)
    fen = buhlmann_straub(read([[(100 * x, w) for x, w in row] for row in rows]), estimator)
    for one in found.classes:
        same = back.of_class(one.name)
        assert same.premium == pytest.approx(one.premium, rel=1e-6, abs=1e-9)
        assert same.credibility == pytest.approx(one.credibility, rel=1e-6, abs=1e-9)
        dear = fen.of_class(one.name)
        assert dear.premium == pytest.approx(100 * one.premium, rel=1e-6, abs=1e-7)
        assert dear.credibility == pytest.approx(one.credibility, rel=1e-6, abs=1e-9)


def test_two_members_add_their_sums():
    first = {name: ClassStatistics.of(RATIOS[name][:1], WEIGHTS[name][:1]) for name in RATIOS}
    rest = {name: ClassStatistics.of(RATIOS[name][1:], WEIGHTS[name][1:]) for name in RATIOS}
    both = buhlmann_straub({name: first[name].plus(rest[name]) for name in RATIOS})
    whole = buhlmann_straub(CLASSES)
    assert [one.premium for one in both.classes] == pytest.approx(
        [one.premium for one in whole.classes], rel=1e-12
    )


def test_a_class_that_was_not_seen_pays_the_collective_and_moves_nobody():
    found = buhlmann_straub({**CLASSES, "new": ClassStatistics.of([], [])})
    alone = buhlmann_straub(CLASSES)
    new = found.of_class("new")
    assert found.classes[:3] == alone.classes
    assert (new.mean, new.credibility, new.notes) == (None, 0.0, (UNSEEN,))
    assert new.premium == alone.structure.collective
    structure = alone.structure
    assert new.sd == pytest.approx((structure.between + structure.collective_variance) ** 0.5)
    assert new.sd > max(one.sd for one in alone.classes)


def test_the_unbiased_estimate_is_unbiased():
    """Normal classes with variance 0.5 around 2, observations with variance 3 / w: seeded, 4 se."""
    rng = np.random.default_rng(8)
    weights = [[1, 2, 4], [10, 5], [3, 3, 3, 3]]
    drawn = []
    for _ in range(700):
        rows = [
            list(zip(rng.normal(2 + 0.5**0.5 * rng.normal(), (3 / np.array(row)) ** 0.5), row,
                     strict=True))
            for row in weights
        ]  # fmt: skip
        found = buhlmann_straub(read(rows))
        drawn.append((found.structure.within, found.between_estimate))
    mean, error = np.mean(drawn, axis=0), np.std(drawn, axis=0, ddof=1) / 700**0.5
    assert (np.abs(mean - [3.0, 0.5]) < 4 * error).all()
    assert (np.array(drawn)[:, 1] < 0).any()  # kept as it was, or the mean would be too high


# --- What degenerates ------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_classes_that_differ_by_chance_alone(estimator):
    rows = {"a": [1.0, 5.0, 9.0], "b": [9.0, 1.0, 5.0], "c": [5.0, 9.0, 2.0]}
    found = buhlmann_straub({k: ClassStatistics.of(row) for k, row in rows.items()}, estimator)
    assert found.structure.between == 0
    assert found.structure.k is None
    assert {one.credibility for one in found.classes} == {0.0}
    assert {one.premium for one in found.classes} == {found.structure.collective}
    (note,) = found.notes
    told = {
        "unbiased": f"estimated at {found.between_estimate:.4g} and taken as 0",
        "iterative": "the variance between them is 0",
    }
    assert "classes differ no more than chance explains" in note
    assert told[estimator] in note
    assert (found.between_estimate < 0) == (estimator == "unbiased")


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_no_variation_within(estimator):
    found = buhlmann_straub(
        {"a": ClassStatistics.of([0.1] * 5), "b": ClassStatistics.of([0.3] * 3)}, estimator
    )
    assert found.notes == (FULL,)
    assert [one.credibility for one in found.classes] == [1.0, 1.0]
    assert [one.premium for one in found.classes] == pytest.approx([0.1, 0.3])
    assert [one.sd for one in found.classes] == [None, None]
    assert found.structure.collective == pytest.approx(0.2)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_no_variation_at_all(estimator):
    """Three means of 0.3 that differ in their last digit."""
    weights = ([7.5, 3.7, 5.0], [3.0, 1.1, 7.7], [1.0, 1.0])
    sums = [ClassStatistics.of([0.3] * len(row), row) for row in weights]
    assert len({one.mean for one in sums}) > 1
    found = buhlmann_straub(dict(zip("abc", sums, strict=True)), estimator)
    assert found.notes == (ALL_ALIKE,)
    assert [one.credibility for one in found.classes] == [0.0] * 3
    assert [one.premium for one in found.classes] == pytest.approx([0.3] * 3, rel=1e-12)


@pytest.mark.parametrize(
    "found",
    [
        buhlmann_straub({"a": ClassStatistics.of([0.0] * 5), "b": ClassStatistics.of([0.0, 0.0])}),
        poisson_credibility(["a", "b"], [0, 0], [10.0, 40.0]),
        poisson_credibility(["a", "b"], [0, 0], [10.0, 40.0], "iterative"),
        poisson_by_count({0: 50}),
    ],
)
def test_no_loss_at_all_is_told_not_to_be_a_price(found):
    assert found.notes == (NO_LOSS,)
    for one in found.classes:
        assert (one.premium, one.credibility, one.sd) == (0.0, 0.0, None)


@pytest.mark.parametrize(
    "found",
    [
        buhlmann_straub({"a": CLASSES["a"]}),
        buhlmann_straub({"a": CLASSES["a"]}, "iterative"),
        poisson_credibility(["a"], [3], [10.0]),
        poisson_by_count({2: 1}),
    ],
)
def test_one_class(found):
    assert found.notes == (ONE_CLASS,)
    assert found.between_estimate is None
    (one,) = found.classes
    assert one.premium == pytest.approx(one.mean) == found.structure.collective
    assert (one.credibility, one.sd) == (0.0, None)


def test_one_class_beside_one_that_was_not_seen():
    found = buhlmann_straub({"a": CLASSES["a"], "b": ClassStatistics.of([])})
    assert found.notes == (ONE_CLASS,)
    assert found.of_class("b").premium == found.of_class("a").mean


def test_one_period_a_class():
    single = {name: ClassStatistics.of([row[0]], [3.0]) for name, row in RATIOS.items()}
    with pytest.raises(Undefined, match=r"no class has two observations; .* poisson_credibility"):
        buhlmann_straub(single)
    counts = poisson_credibility(["a", "b", "c"], [2, 19, 4], [10.0, 12.0, 8.0])
    assert counts.structure.between > 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: buhlmann_straub({}),
        lambda: buhlmann_straub({"a": ClassStatistics.of([])}),
        lambda: poisson_credibility([], [], []),
        lambda: poisson_credibility(["a"], [0], [0.0]),
        lambda: poisson_by_count({}),
        lambda: poisson_by_count({1: 0}),
    ],
)
def test_nothing_seen(call):
    with pytest.raises(Undefined, match="0 / 0"):
        call()


# --- Poisson counts --------------------------------------------------------------------------


def test_with_a_gamma_law_credibility_is_exact():
    law = RateLaw(shape=2.0, rate=25.0)
    structure = Structure.of_poisson(Gamma(mean=law.mean, cv=law.cv))
    after = update_rate(law, [1, 0, 3], [10, 12.5, 9])
    one = structure.premium(31.5, 4.0)
    assert (one.credibility, one.premium) == pytest.approx((after.weight, after.mean), rel=1e-12)
    # the expected posterior variance: shape / (rate * (rate + exposure))
    assert one.sd**2 == pytest.approx(law.expected_variance_after(31.5), rel=1e-12)


def test_policies_by_count_are_policies_one_by_one():
    table = {0: 40, 1: 9, 3: 2}
    counts = [k for k, n in table.items() for _ in range(n)]
    names = [f"policy {i}" for i in range(len(counts))]
    one_by_one = poisson_credibility(names, counts, [1.0] * len(counts))
    found = poisson_by_count(table)
    for field in ("within", "between", "collective", "collective_variance"):
        assert getattr(found.structure, field) == pytest.approx(
            getattr(one_by_one.structure, field), rel=1e-9
        )
    assert found.between_estimate == pytest.approx(one_by_one.between_estimate, rel=1e-9)
    assert [one.premium for one in found.classes] == pytest.approx(
        [one_by_one.classes[counts.index(k)].premium for k in table], rel=1e-9
    )


def test_counts_that_vary_less_than_poisson_have_no_credibility():
    found = poisson_by_count({1: 100, 2: 3})
    assert found.between_estimate < 0
    assert {one.premium for one in found.classes} == {found.mean}
    assert "taken as 0" in found.notes[0]


# --- A structure that is given ---------------------------------------------------------------


def test_types_of_risks_against_sums():
    structure = Structure.of_types([0.25, 0.75], [1.0, 3.0], [2.0, 4.0])
    assert (structure.collective, structure.within, structure.between) == (2.5, 3.5, 0.75)
    assert structure.k == pytest.approx(3.5 / 0.75)


def test_a_rate_that_is_certain_leaves_no_credibility():
    structure = Structure(within=0.2, between=0.0, collective=0.2)
    one = structure.premium(1e6, 5.0)
    assert (one.credibility, one.premium) == (0.0, 0.2)


def test_more_weight_more_credibility():
    structure = Structure.of_poisson(Beta(mean=0.2, cv=0.5))
    z = [structure.premium(w, 0.1 * w).credibility for w in (0, 1, 10, 100, 1e9)]
    assert z[0] == 0
    assert (np.diff(z) > 0).all()
    assert z[-1] < 1
    assert structure.premium(structure.k, 0.0).credibility == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Structure(within=-1.0, between=1.0, collective=1.0), "within must be >= 0, got"),
        (lambda: Structure(within=1.0, between=1.0, collective=1.0).premium(0, 1.0),
         "total must be 0 where weight is 0"),
        (lambda: Structure.of_types([0.5, 0.4], [1, 2], [1, 2]), "shares must sum to 1"),
        (lambda: Structure.of_types([1.0], [1, 2], [1]), "means must have 1 entries, one a type"),
        (lambda: buhlmann_straub(CLASSES, "best"), "estimator must be one of unbiased, iterative"),
        (lambda: buhlmann_straub({"": CLASSES["a"], "b": CLASSES["b"]}), "names[0] must have 1 to"),
        (lambda: poisson_credibility(["a"], [1, 2], [1.0]), "events must have 1 entries, one a"),
        (lambda: poisson_credibility(["a", "b"], [1, 2], [1.0, 0.0]),
         "events[1] must be 0 without exposure"),
        (lambda: poisson_credibility(["a", "a"], [1, 2], [1.0, 1.0]), "names[1] must be unique"),
        (lambda: poisson_credibility(["a"], [-1], [1.0]), "events[0] must be >= 0"),
        (lambda: poisson_by_count({-1: 3}), "claims must be in [0, "),
        (lambda: poisson_by_count({1: -3}), "policies[1] must be in [0, "),
    ],
)  # fmt: skip
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)


def test_an_unknown_class():
    with pytest.raises(NotFound, match="class 'd' is not known"):
        buhlmann_straub(CLASSES).of_class("d")
