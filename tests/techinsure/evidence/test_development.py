"""Development: against formulas by hand, zeros that are zeros, flags, refusals, tails."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, Undefined
from techinsure.evidence.development import (
    benktander,
    bornhuetter_ferguson,
    cape_cod,
    chain_ladder,
    fit_factors,
)
from techinsure.evidence.patterns import Pattern
from techinsure.evidence.triangles import Triangle

SPARSE = [
    [0, 40, 40, 90, 90], [20, 20, 0, 30], [0, 0, 55], [10, 70], [0],
]  # fmt: skip
EXPOSURE = [900.0, 1000.0, 1100.0, 1300.0, 1600.0]
PATTERN = Pattern(ages=(1, 2, 3, 4, 5), developed=(0.0, 0.3, 0.6, 0.8, 0.9), source="invented")
values = st.one_of(st.just(0.0), st.floats(1, 1e4))
cells = st.lists(st.lists(values, min_size=4, max_size=4), min_size=4, max_size=4)


@pytest.fixture(autouse=True)
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def sparse(**given_):
    return Triangle.of(SPARSE, kind="cumulative", exposure=EXPOSURE, **given_)


def of(developed, field="ultimate"):
    return np.array([getattr(one, field) for one in developed.origins])


def factors_by_hand(triangle):
    """Sums over pairs that are observed at both ages and do not begin at 0."""
    found = []
    array = triangle.array
    for k in range(array.shape[1] - 1):
        pairs = [(a, b) for a, b in array[:, k : k + 2] if not np.isnan(b) and a > 0]
        found.append((sum(b for _, b in pairs), sum(a for a, _ in pairs), len(pairs)))
    return found


def test_factors_leave_pairs_from_zero_out_and_keep_those_that_fall_to_zero():
    found = fit_factors(sparse())
    assert found.factors == pytest.approx([90 / 30, 40 / 60, 90 / 40, 1.0])
    assert found.pairs == (2, 2, 1, 1)
    assert found.volumes == (30, 60, 40, 90)
    sigma = [np.sqrt(20 * 2.0**2 + 10 * 4.0**2), np.sqrt(40 / 9 + 20 * 4 / 9)]
    assert found.sigma[:2] == pytest.approx(sigma)
    assert found.standard_error[0] == pytest.approx(sigma[0] / np.sqrt(30))
    assert found.extrapolated == (False, False, True, True)


@given(cells)
@settings(max_examples=12, deadline=None)
def test_any_triangle_has_the_factors_of_the_formula_or_is_refused(rows):
    rows = [list(np.cumsum(row[: 4 - place])) for place, row in enumerate(rows)]
    triangle = Triangle.of(rows, kind="cumulative", exposure=[7.0] * 4)
    expected = factors_by_hand(triangle)
    if any(n == 0 for _, _, n in expected):
        with pytest.raises(Undefined, match="every origin begins at 0"):
            chain_ladder(triangle)
        return
    found = chain_ladder(triangle)
    assert found.factors.factors == pytest.approx([top / bottom for top, bottom, _ in expected])
    assert of(found) == pytest.approx(triangle.latest / of(found, "developed"))
    assert (of(found)[triangle.latest == 0] == 0).all()
    for one in found.origins:
        assert one.standard_error is None or np.isfinite(one.standard_error)
        assert one.standard_error is not None or one.latest == 0 or None in found.factors.sigma


@given(cells, st.floats(0.01, 2))
@settings(max_examples=8, deadline=None)
def test_expected_claims_methods_by_hand_under_any_pattern(rows, rate):
    pattern = Pattern(ages=(1, 2, 3, 4), developed=(0.1, 0.3, 0.7, 0.9), source="invented")
    rows = [list(np.cumsum(row[: 4 - place])) for place, row in enumerate(rows)]
    exposure = np.array([70.0, 80.0, 90.0, 110.0])
    triangle = Triangle.of(rows, kind="cumulative", exposure=exposure)
    latest, p = triangle.latest, np.array(pattern.developed)[::-1]
    once = latest + (1 - p) * rate * exposure
    assert of(bornhuetter_ferguson(triangle, rate, pattern)) == pytest.approx(once)
    twice = latest + (1 - p) * once
    assert of(benktander(triangle, rate, pattern)) == pytest.approx(twice)
    shown = latest.sum() / (p * exposure).sum()
    found = cape_cod(triangle, pattern)
    assert found.a_priori == pytest.approx([shown] * 4, abs=1e-12)
    assert of(found) == pytest.approx(latest + (1 - p) * shown * exposure, abs=1e-9)


@pytest.mark.parametrize(("trend", "decay"), [(0.07, 1.0), (0.0, 0.6), (-0.1, 0.75)])
def test_cape_cod_with_trend_and_decay_by_hand(trend, decay):
    """Claims of origin i on the level of j: times (1 + trend)**(j - i); weight decay**|i - j|."""
    triangle = sparse()
    p = np.array([0.9, 0.8, 0.6, 0.3, 0.0])
    i = np.arange(5)
    expected = [
        (triangle.latest * (1 + trend) ** (j - i) * decay ** abs(i - j)).sum()
        / (EXPOSURE * p * decay ** abs(i - j)).sum()
        for j in i
    ]
    found = cape_cod(triangle, PATTERN, trend=trend, decay=decay)
    assert found.a_priori == pytest.approx(expected)
    assert of(found, "expected") == pytest.approx(np.array(EXPOSURE) * expected)
    assert of(found) == pytest.approx(triangle.latest + (1 - p) * EXPOSURE * expected)


def test_benktander_is_a_credibility_mixture_and_ends_in_the_chain_ladder():
    pattern = Pattern(ages=(1, 2, 3, 4, 5), developed=(0.2, 0.3, 0.6, 0.8, 1.0), source="x")
    triangle, p = sparse(), np.array([1.0, 0.8, 0.6, 0.3, 0.2])
    once, twice = (benktander(triangle, 0.08, pattern, iterations=n) for n in (1, 2))
    alone = triangle.latest / p
    assert of(twice) == pytest.approx(p * alone + (1 - p) * of(once))
    assert of(once, "weight") == pytest.approx(p)
    assert of(twice, "weight") == pytest.approx(1 - (1 - p) ** 2)
    assert (once.method, twice.method) == ("Bornhuetter-Ferguson", "Benktander")
    assert of(benktander(triangle, 0.08, pattern, iterations=400)) == pytest.approx(alone)


def test_a_tail_scales_what_is_final():
    given_ = [[100, 150, 165], [90, 160], [80]]
    triangle = Triangle.of(given_, kind="cumulative", exposure=[400.0] * 3)
    plain, tailed = chain_ladder(triangle), chain_ladder(triangle, tail=1.25)
    assert of(tailed) == pytest.approx(1.25 * of(plain))
    assert of(tailed, "developed") == pytest.approx(of(plain, "developed") / 1.25)
    assert tailed.ibnr == pytest.approx(tailed.ultimate - tailed.latest)
    assert any("tail factor 1.25 is taken as known" in note for note in tailed.notes)
    bf = bornhuetter_ferguson(triangle, 0.5, tail=1.25)
    assert of(bf) == pytest.approx(triangle.latest + (1 - of(tailed, "developed")) * 200)
    assert bf.pattern == tailed.pattern
    raa = Triangle.of([[10, 20, 24, 25], [12, 21, 26], [9, 22], [11]], kind="cumulative")
    once, more = chain_ladder(raa), chain_ladder(raa, tail=1.1)
    assert more.standard_error == pytest.approx(1.1 * once.standard_error)
    errors = of(once, "standard_error")
    assert (errors[1:] > 0).all()
    assert of(more, "standard_error") == pytest.approx(1.1 * errors)


def test_a_pattern_has_its_own_tail():
    with pytest.raises(InvalidParameter, match="tail must be 1 beside a pattern"):
        cape_cod(sparse(), PATTERN, tail=1.1)
    early = Triangle.of([[5, 6], [1]], kind="cumulative", exposure=[9, 9], ages=[1, 2])
    with pytest.raises(InvalidParameter, match="must be > 0 at age 1, where claims are known"):
        benktander(early, 0.1, PATTERN)


def test_few_claims_are_flagged():
    found = chain_ladder(sparse(claims=[3, 2, 12, 9, 0]))
    notes = [one.notes for one in found.origins]
    assert [any("fewer than 10" in note for note in each) for each in notes] == [1, 1, 0, 1, 1]
    assert notes[0] == ("3 claims, fewer than 10",)
    assert any("nothing is known yet" in note for note in notes[4])
    assert not any("whole triangle" in note for note in found.notes)
    counted = chain_ladder(Triangle.of([[2, 4, 4], [1, 2], [2]], kind="cumulative", unit="claims"))
    assert counted.origins[0].notes == ("4 claims, fewer than 10",)
    assert "8 claims in the whole triangle, fewer than 10" in counted.notes
    assert any("is not judged" in note for note in chain_ladder(sparse()).notes)


def test_what_the_factors_rest_on_is_said():
    notes = chain_ladder(sparse()).notes
    assert "the factor from age 3 to 4 rests on a single pair" in notes
    assert not any("from age 1 to 2 rests" in note for note in notes)
    (left_out,) = [note for note in notes if "age 1 to 2 2 of the origins begin at 0" in note]
    assert "1 of these had claims later" in left_out
    assert "where no two pairs give a sigma: rule log-linear" in notes
    assert any("rule mack" in note for note in chain_ladder(sparse(), last_sigma="mack").notes)


def test_an_origin_with_nothing_known_has_no_standard_error():
    found = chain_ladder(sparse())
    assert found.origins[4].ultimate == 0
    assert found.origins[4].standard_error is None
    assert found.standard_error > 0


def test_pairs_that_agree_have_no_spread():
    """The rounding of the library's sigma is not carried into a last sigma."""
    same = Triangle.of([[10, 11, 12.1, 13], [20, 22, 24.2], [30, 33], [7]], kind="cumulative")
    found = chain_ladder(same)
    assert found.factors.sigma[:2] == (0.0, 0.0)
    assert found.factors.sigma[2] is None
    assert found.standard_error is None
    assert any("no sigma from age 3" in note for note in found.notes)


@pytest.mark.parametrize("n", [3, 7])
def test_more_origins_than_ages(n):
    rows = [[100 + 3 * at, 130 + 5 * at] for at in range(n)] + [[90]]
    found = chain_ladder(Triangle.of(rows, kind="cumulative"))
    top = sum(row[1] for row in rows[:-1])
    bottom = sum(row[0] for row in rows[:-1])
    assert of(found)[-1] == pytest.approx(90 * top / bottom)
    assert of(found)[:-1] == pytest.approx([row[1] for row in rows[:-1]])
    pattern = Pattern(ages=(1, 2), developed=(0.5, 0.8), source="x")
    exposed = Triangle.of(rows, kind="cumulative", exposure=[1000.0] * (n + 1))
    bf = bornhuetter_ferguson(exposed, 0.2, pattern)
    assert of(bf) == pytest.approx([*(row[1] + 40 for row in rows[:-1]), 90 + 100])


def test_more_ages_than_origins():
    found = chain_ladder(Triangle.of([[1, 2, 4, 5], [2, 3, 5]], kind="cumulative"), tail=1.2)
    assert found.factors.factors == pytest.approx([5 / 3, 9 / 5, 5 / 4])
    assert of(found) == pytest.approx([6, 5 * 1.25 * 1.2])
    whole = Triangle.of([[1, 2, 4], [2, 3, 5]], kind="cumulative", exposure=[10, 10])
    assert of(cape_cod(whole, tail=2.0)) == pytest.approx([4 + 4.5, 5 + 4.5])


def test_claims_that_all_fall_to_zero_are_refused():
    with pytest.raises(Undefined, match="the factor from age 1 to 2 is 0"):
        chain_ladder(Triangle.of([[5, 0], [6]], kind="cumulative"))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: chain_ladder(sparse(), tail=0), "tail must be > 0"),
        (lambda: chain_ladder(sparse(), last_sigma="max"), "last_sigma must be one of log-linear"),
        (lambda: chain_ladder(Triangle.of([[1]], kind="cumulative")), "ages must be 2 or more"),
        (lambda: cape_cod(Triangle.of(SPARSE, kind="cumulative")), "exposure is needed by this"),
        (lambda: cape_cod(sparse(), decay=0), r"decay must be in \(0, 1\]"),
        (lambda: cape_cod(sparse(), trend=-1), "trend must be > -1"),
        (lambda: benktander(sparse(), 0.1, iterations=0), r"iterations must be in \[1, 1000\]"),
        (lambda: bornhuetter_ferguson(sparse(), -0.1), r"a_priori\[0\] must be >= 0"),
        (lambda: bornhuetter_ferguson(sparse(), [0.1, 0.2]), "a_priori must have 5 entries"),
    ],
)
def test_what_is_refused(ask, message):
    with pytest.raises(InvalidParameter, match=message):
        ask()


def test_exposure_must_be_there_for_every_origin():
    none = Triangle.of([[1, 2], [1]], kind="cumulative", exposure=[5, 0])
    with pytest.raises(InvalidParameter, match=r"exposure\[1\] must be > 0"):
        cape_cod(none)
    young = Triangle.of([[0]], kind="cumulative", exposure=[5])
    unborn = Pattern(ages=(1, 2), developed=(0, 1), source="x")
    with pytest.raises(Undefined, match="no exposure is developed yet"):
        cape_cod(young, unborn)
    assert bornhuetter_ferguson(young, 0.2, unborn).ultimate == pytest.approx(1.0)


def test_an_origin_without_expected_claims_is_its_own():
    found = bornhuetter_ferguson(sparse(), [0.1, 0.0, 0.1, 0.1, 0.0], PATTERN)
    assert of(found)[1] == pytest.approx(30.0)
    assert of(found)[4] == 0.0


def test_the_library_is_imported_only_when_something_is_developed():
    script = "import sys, techinsure.evidence.development; print('chainladder' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "False"


@pytest.mark.parametrize("method", [
    chain_ladder, cape_cod, lambda triangle: bornhuetter_ferguson(triangle, 0.1),
], ids=["chain ladder", "Cape Cod", "Bornhuetter-Ferguson"])  # fmt: skip
def test_a_triangle_that_falls_says_why_its_reserve_is_negative(method):
    """Of 100 at the first age 80 are left at the second: more than all is known at the first."""
    falling = Triangle.of([[100, 80, 80], [120, 96], [90]], kind="cumulative",
                          exposure=[900.0, 1000.0, 1100.0])  # fmt: skip
    found = method(falling)
    told = [any("what is to come is negative" in note for note in one.notes)
            for one in found.origins]  # fmt: skip
    assert told == [False, False, True]
    last = found.origins[-1]
    assert last.developed == pytest.approx(1.25)
    assert last.ibnr < 0
    assert any(f"{last.ibnr:,.4g}" in note for note in last.notes)
