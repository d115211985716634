import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from techinsure import seeding
from techinsure.capital.allocation import euler_capital, euler_distorted, euler_tvar, shapley
from techinsure.errors import InvalidParameter
from techinsure.losses import measures
from techinsure.pricing.principles.distortions import DualPower, TailMean

few = settings(max_examples=40, deadline=None)
levels = st.sampled_from([0.0, 0.5, 0.9, 0.99])


@st.composite
def parties(draw):
    """Up to four parties over up to 40 years, many of them zero."""
    n_years = draw(st.integers(2, 40))
    amount = st.just(0.0) | st.floats(0, 1e6)
    year = st.lists(amount, min_size=n_years, max_size=n_years)
    names = "ABCD"[: draw(st.integers(1, 4))]
    return {name: np.array(draw(year)) for name in names}


def total(parts):
    return np.sum(list(parts.values()), axis=0)


def test_tail_years_by_hand():
    """Ten years, level 0.8: the two worst are 100 = 90 + 10 and 80 = 20 + 60, so TVaR is 90 and
    the shares 55 and 35. Means 15 and 10: capital 65 = 40 + 25."""
    one = np.array([90.0, 20, 40, 0, 0, 0, 0, 0, 0, 0])
    two = np.array([10.0, 60, 0, 30, 0, 0, 0, 0, 0, 0])
    tail = euler_tvar({"one": one, "two": two}, one + two, 0.8, unit="CNY")
    assert tail.total.value == pytest.approx(90)
    assert {name: part.value for name, part in tail.parts.items()} == pytest.approx(
        {"one": 55, "two": 35}
    )
    assert tail.parts["one"].unit == "CNY"
    capital = euler_capital({"one": one, "two": two}, one + two, 0.8)
    assert capital.total.value == pytest.approx(65)
    assert [part.value for part in capital.parts.values()] == pytest.approx([40, 25])


@few
@given(parties(), levels)
def test_parts_sum_to_the_total_and_carry_an_error(parts, level):
    for allocate in (euler_tvar, euler_capital):
        shared = allocate(parts, total(parts), level)
        values = [part.value for part in shared.parts.values()]
        assert sum(values) == pytest.approx(shared.total.value, rel=1e-12, abs=1e-6)
        assert all(part.standard_error is not None for part in shared.parts.values())


@few
@given(parties(), levels)
def test_no_coalition_would_have_less_alone(parts, level):
    """The core, for every group of parties."""
    shared = euler_tvar(parts, total(parts), level)
    for size in range(1, len(parts) + 1):
        for group in itertools.combinations(parts, size):
            together = sum(shared.parts[name].value for name in group)
            alone = measures.tvar(total({name: parts[name] for name in group}), level).value
            assert together <= alone * (1 + 1e-9) + 1e-6


@few
@given(parties(), levels)
def test_names_and_zero_parties_change_nothing(parts, level):
    shared = euler_tvar(parts, total(parts), level)
    other = dict(reversed(list(parts.items()))) | {"idle": np.zeros(len(total(parts)))}
    again = euler_tvar(other, total(parts), level)
    assert again.parts["idle"].value == 0
    for name, part in shared.parts.items():
        assert again.parts[name] == part


@few
@given(parties(), levels)
def test_money_scales(parts, level):
    shared = euler_capital(parts, total(parts), level)
    large = {name: 1000 * values for name, values in parts.items()}
    again = euler_capital(large, total(large), level)
    for name, part in shared.parts.items():
        assert again.parts[name].value == pytest.approx(1000 * part.value, rel=1e-9, abs=1e-3)


def test_normal_parties_share_as_the_closed_form_says():
    """Independent normals with sd 3 and 4: capital is proportional to variance, 9 to 16 of 25,
    and TVaR - mean of the sum is 5 phi(z) / 0.01, z the normal quantile of 0.99."""
    years = seeding.counters(np.arange(200_000))
    parts = {
        name: 100 + sd * ndtri(seeding.uniforms(seeding.key(5, "normal", name), years))
        for name, sd in {"one": 3.0, "two": 4.0}.items()
    }
    shared = euler_capital(parts, total(parts), 0.99)
    density = np.exp(-(ndtri(0.99) ** 2) / 2) / np.sqrt(2 * np.pi)
    whole = 5 * density / 0.01
    assert abs(shared.total.z_score(whole)) <= 4
    assert abs(shared.parts["one"].z_score(whole * 9 / 25)) <= 4
    assert abs(shared.parts["two"].z_score(whole * 16 / 25)) <= 4


def test_parts_that_miss_the_total_are_refused():
    one = np.array([1.0, 2.0, 3.0])
    with pytest.raises(InvalidParameter, match="must sum to the total in every year, got 3"):
        euler_tvar({"one": one}, 2 * one, 0.5)
    with pytest.raises(InvalidParameter, match="parts must hold at least one part"):
        euler_tvar({}, one, 0.5)
    with pytest.raises(InvalidParameter, match=r"parts.one must have shape \(3,\)"):
        euler_capital({"one": one[:2]}, one, 0.5)


@few
@given(parties(), levels)
def test_the_distortion_of_a_tail_shares_as_the_tail_does(parts, level):
    tail = euler_tvar(parts, total(parts), level)
    shared = euler_distorted(parts, total(parts), TailMean(level=level).at)
    for name, part in tail.parts.items():
        assert shared.parts[name].value == pytest.approx(part.value, rel=1e-9, abs=1e-6)
    assert shared.total.value == pytest.approx(tail.total.value, rel=1e-9, abs=1e-6)


@few
@given(parties())
def test_natural_shares_sum_and_no_coalition_would_have_less_alone(parts):
    distortion = DualPower(power=2.5).at
    shared = euler_distorted(parts, total(parts), distortion)
    values = {name: part.value for name, part in shared.parts.items()}
    assert sum(values.values()) == pytest.approx(shared.total.value, rel=1e-9, abs=1e-6)
    for name in parts:
        alone = euler_distorted({name: parts[name]}, parts[name], distortion).total.value
        assert values[name] <= alone * (1 + 1e-9) + 1e-6


def test_errors_of_natural_shares_are_what_they_spread_by():
    """600 samples of 200 years each: the spread of the shares, and the mean of their errors."""
    draws = np.random.default_rng(11).exponential(size=(600, 2, 200)) * np.array([[1.0], [3.0]])
    drawn = [
        euler_distorted({"a": a, "b": b}, a + b, DualPower(power=3.0).at, unit="CNY")
        for a, b in draws
    ]
    for name in ("a", "b"):
        values = [shared.parts[name].value for shared in drawn]
        errors = [shared.parts[name].standard_error for shared in drawn]
        assert np.mean(errors) == pytest.approx(np.std(values), rel=0.1)
    errors = [shared.total.standard_error for shared in drawn]
    assert np.mean(errors) == pytest.approx(np.std([s.total.value for s in drawn]), rel=0.1)
    assert drawn[0].total.unit == drawn[0].parts["a"].unit == "CNY"


def test_weights_stand_for_years():
    one, two = np.array([4.0, 0.0, 9.0]), np.array([1.0, 2.0, 3.0])
    weight, copies = np.array([0.5, 0.25, 0.25]), np.array([2, 1, 1])
    distortion = DualPower(power=2.0).at
    weighed = euler_distorted({"one": one, "two": two}, one + two, distortion, weight)
    one, two = np.repeat(one, copies), np.repeat(two, copies)
    repeated = euler_distorted({"one": one, "two": two}, one + two, distortion)
    for name, part in repeated.parts.items():
        assert weighed.parts[name].value == pytest.approx(part.value)


@pytest.mark.parametrize(
    ("distortion", "words"),
    [
        (lambda s: s + 0.1, "distortion must lead from 0 at 0 to 1 at 1"),
        (lambda s: np.array([1.0, 0.0]), "distortion must lead from 0 at 0 to 1 at 1"),
        (lambda s: np.where(s < 1, 1.5 * (s > 0), s), "distortion must never fall"),
        (lambda s: np.where((s > 0) & (s < 1), np.nan, s), "distortion must never fall"),
    ],
)
def test_what_is_no_distortion_is_refused(distortion, words):
    one = np.array([1.0, 2.0, 3.0])
    with pytest.raises(InvalidParameter, match=words):
        euler_distorted({"one": one}, one, distortion)


def test_shapley_shares_by_hand():
    """The airport of Littlechild & Owen (1973): runways for planes that need 1, 2 and 5. The first
    unit is shared by three, the second by two, the rest is the last one's."""
    need = {"small": 1.0, "medium": 2.0, "large": 5.0}
    shares = shapley([*need], lambda group: max((need[name] for name in group), default=0.0))
    assert shares == pytest.approx({"small": 1 / 3, "medium": 5 / 6, "large": 23 / 6})


def test_shapley_shares_of_costs_that_add_up_are_those_costs():
    cost = {name: 1.5**place for place, name in enumerate("abcdefg")}
    shares = shapley([*cost], lambda group: sum(cost[name] for name in group))
    assert shares == pytest.approx(cost)


def test_a_game_that_cannot_be_shared_is_refused():
    with pytest.raises(InvalidParameter, match="parties must name 1 to 16 parties, got 17"):
        shapley("abcdefghijklmnopq", len)
    with pytest.raises(InvalidParameter, match="parties must be different names"):
        shapley("aba", len)
    with pytest.raises(InvalidParameter, match=r"cost of \[\] must be 0 of nobody, got 1"):
        shapley("ab", lambda group: 1.0)
    with pytest.raises(InvalidParameter, match=r"cost of \['a'\] must be finite"):
        shapley("ab", lambda group: float("inf") if "a" in group else 0.0)
