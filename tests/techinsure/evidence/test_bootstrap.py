"""The bootstrap: published runs, its own law, seeds, sparse triangles."""

import numpy as np
import pytest

from techinsure.errors import InvalidParameter, Undefined
from techinsure.evidence.bootstrap import bootstrap
from techinsure.evidence.development import chain_ladder
from techinsure.evidence.triangles import Triangle
from tests.reference.cases import load

CASES = load("f3_development")
RAA, TAYLOR_ASHE = (
    Triangle.of(CASES[case]["inputs"]["triangle"], kind="cumulative")
    for case in ("mack_raa_mack", "mack_genins_mack")
)
# Reference page of BootChainLadder, R package ChainLadder: two printed runs of 999 gamma samples of
# RAA. IBNR of all origins: mean, standard deviation, 75% and 95%.
PRINTED = [
    (54_389.22, 19_370.14, 65_617.22, 89_191.21),
    (52_898.19, 18_440.27, 63_378.28, 86_370.89),
]
RUN = 999
BY_ORIGIN = [  # the first run: mean and standard deviation
    (179.3, 779.5), (645.7, 1304.4), (1709.2, 1990.9), (2807.2, 2434.3), (3687.7, 2440.6),
    (5372.4, 3125.8), (11163.2, 5075.2), (11177.3, 6377.0), (17647.2, 13552.2),
]  # fmt: skip


@pytest.fixture(scope="module")
def raa():
    return bootstrap(RAA, 6_000, seed=1)


@pytest.mark.parametrize(("mean", "sd", "p75", "p95"), PRINTED)
def test_printed_runs_of_raa(raa, mean, sd, p75, p95):
    """Within 3 standard errors of both runs; the error of a quantile is that of its order."""
    more = np.sqrt(1 + raa.total.size / RUN)
    assert raa.mean.value == pytest.approx(mean, abs=3 * more * raa.mean.standard_error)
    assert raa.sd.value == pytest.approx(sd, abs=3 * more * raa.sd.standard_error)
    for level, value in ((0.75, p75), (0.95, p95)):
        wide = 3 * np.sqrt(level * (1 - level) * (1 / RUN + 1 / raa.total.size))
        assert raa.quantile(level - wide) < value < raa.quantile(level + wide)


def test_printed_origins_of_raa(raa):
    for drawn, (mean, sd) in zip(raa.ibnr[1:], BY_ORIGIN, strict=True):
        error = drawn.std() * np.sqrt(1 / RUN + 1 / drawn.size)
        assert drawn.mean() == pytest.approx(mean, abs=4 * error)
        assert drawn.std() == pytest.approx(sd, rel=0.15)
    assert (raa.ibnr[0] == 0).all()


def by_regression(triangle):
    """Reserve, dispersion and prediction error of the same model as a generalised linear one (log
    link, origins and ages as factors), by weighted least squares and the delta method.
    Source: Renshaw & Verrall 1998; England & Verrall 1999, section 3."""
    increments = triangle.increments
    n = len(increments)
    design = np.array([
        np.r_[np.eye(n)[i], np.eye(n)[k][1:]] for i in range(n) for k in range(n)
    ])  # fmt: skip
    seen = ~np.isnan(increments).ravel()
    X, y = design[seen], increments.ravel()[seen]
    mu = np.maximum(y, 1.0)
    for _ in range(50):
        working = np.log(mu) + (y - mu) / mu
        beta = np.linalg.solve(X.T @ (mu[:, None] * X), X.T @ (mu * working))
        mu = np.exp(X @ beta)
    dispersion = ((y - mu) ** 2 / mu).sum() / (y.size - X.shape[1])
    ahead = np.exp(design[~seen] @ beta)
    slope = design[~seen].T @ ahead
    estimation = slope @ np.linalg.solve(X.T @ (mu[:, None] * X), slope) * dispersion
    return ahead.sum(), dispersion, np.sqrt(dispersion * ahead.sum() + estimation)


@pytest.mark.parametrize("triangle", [RAA, TAYLOR_ASHE], ids=["raa", "taylor_ashe"])
def test_agrees_with_the_model_as_a_regression(triangle):
    """The delta method is a first order: the bootstrap lies 2% (Taylor-Ashe) to 7% above it."""
    reserve, dispersion, error = by_regression(triangle)
    found = bootstrap(triangle, 4_000, seed=2)
    assert chain_ladder(triangle).ibnr == pytest.approx(reserve)
    assert found.dispersion == pytest.approx(dispersion)
    assert found.sd.value == pytest.approx(error, rel=0.10)
    assert found.mean.value == pytest.approx(reserve, rel=0.06)


def test_agrees_with_the_library_on_raa(raa):
    """Its residuals are centred, adjusted by the hat matrix, and without the two that are 0."""
    import warnings

    import chainladder as cl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sample = cl.BootstrapODPSample(n_sims=1_500, random_state=7)
        fitted = cl.Chainladder().fit(sample.fit_transform(cl.load_sample("raa")))
        ahead = fitted.ibnr_.sum("origin").values.ravel()
    assert sample.scale_ == pytest.approx(raa.dispersion)
    assert raa.sd.value == pytest.approx(ahead.std(), rel=0.08)


def test_a_seed_gives_the_same_draws_and_more_samples_keep_the_first(raa):
    again = bootstrap(RAA, 500, seed=1)
    assert (again.ibnr == raa.ibnr[:, :500]).all()
    for other in (bootstrap(RAA, 500, seed=2), bootstrap(RAA, 500, seed=1, name="b")):
        assert not np.isclose(other.total, again.total, rtol=1e-6).any()


def test_the_error_bars_are_those_of_samples_of_this_size():
    runs = [bootstrap(RAA, 200, seed=seed, name="bars") for seed in range(60)]
    for statistic in ("mean", "sd"):
        values = [getattr(run, statistic).value for run in runs]
        stated = np.mean([getattr(run, statistic).standard_error for run in runs])
        assert np.std(values, ddof=1) == pytest.approx(stated, rel=0.3)


def test_process_error_is_added_to_that_of_estimation(raa):
    """Var = Var of means + phi * mean of |means|: without the process about 15,700 remain."""
    process = raa.dispersion * chain_ladder(RAA).ibnr
    assert raa.sd.value**2 - process > 0.5 * raa.sd.value**2
    no_noise = Triangle.of([[10, 20, 22], [20, 40], [30]], kind="cumulative")
    found = bootstrap(no_noise, 50, seed=1)
    assert found.dispersion == pytest.approx(0, abs=1e-25)
    assert found.total == pytest.approx(chain_ladder(no_noise).ibnr)


def test_true_zeros_are_data():
    """Increments of 0 count among the cells and have a residual."""
    rows = [[300, 30, 5, 2], [280, 25, 0], [0, 8], [290]]
    triangle = Triangle.of(rows, kind="incremental")
    found = bootstrap(triangle, 400, seed=3)
    cells = np.cumsum([row + [0] * (4 - len(row)) for row in rows], axis=1)
    factors = [cells[: 3 - k, k + 1].sum() / cells[: 3 - k, k].sum() for k in range(3)]
    to_end = np.append(np.cumprod(factors[::-1])[::-1], 1.0)
    fitted = np.diff((triangle.latest * to_end[[3, 2, 1, 0]])[:, None] / to_end, prepend=0.0)
    chi = sum(
        (value - fitted[i, k]) ** 2 / fitted[i, k]
        for i, row in enumerate(rows)
        for k, value in enumerate(row)
    )
    assert found.dispersion == pytest.approx(chi / (10 - 7))
    assert any("1 pairs begin at 0 and had claims later" in note for note in found.notes)


def test_an_origin_of_zeros_stays_at_zero_and_says_nothing_of_the_spread():
    rows = [[3, 4, 1, 1], [5, 2, 2], [0, 0], [4]]
    found = bootstrap(Triangle.of(rows, kind="incremental"), 100, seed=3)
    assert (found.ibnr[2] == 0).all()
    assert found.ibnr[3].std() > 0


def test_a_tail_is_drawn_too():
    plain, tailed = (bootstrap(RAA, 3_000, seed=4, tail=tail) for tail in (1.0, 1.05))
    expected = plain.mean.value + 0.05 * (RAA.latest.sum() + plain.mean.value)
    assert tailed.mean.value == pytest.approx(expected, rel=0.01)
    assert tailed.ibnr[0].std() > 0
    assert tailed.notes == (
        "the tail factor 1.05 is taken as known: the draws leave its error out",
    )


def test_too_few_claims_are_refused():
    few = Triangle.of([[0, 1, 0, 9], [1, 0, 0], [0, 0], [1]], kind="incremental")
    with pytest.raises(Undefined, match="too few claims to bootstrap"):
        bootstrap(few, 200, seed=1)
    with pytest.raises(Undefined, match="at some age all claims are 0"):
        bootstrap(Triangle.of([[0, 0], [0]], kind="cumulative"), 10, seed=1)
    with pytest.raises(Undefined, match="3 cells for 3 parameters"):
        bootstrap(Triangle.of([[100, 110], [200]], kind="cumulative"), 10, seed=1)


def test_samples_left_out_are_counted():
    rows = [[4, 5, 2, 3], [6, 1, 2], [3, 3], [5]]
    found = bootstrap(Triangle.of(rows, kind="incremental"), 3_000, seed=6)
    assert found.ibnr.shape == (4, 3_000 - found.left_out)
    noted = any("had no chain ladder and are left out" in note for note in found.notes)
    assert noted == (found.left_out > 0)


def test_what_a_bootstrap_cannot_do():
    fall = Triangle.of([[100, 80, 85], [90, 70], [95]], kind="cumulative")
    with pytest.raises(Undefined, match="claims fall at age 2 on the whole"):
        bootstrap(fall, 10, seed=1)
    gap = Triangle.of([[None, 80, 85], [90, 99], [95]], kind="cumulative")
    with pytest.raises(InvalidParameter, match="must be observed from age 1"):
        bootstrap(gap, 10, seed=1)
    with pytest.raises(InvalidParameter, match="n_samples must be in"):
        bootstrap(RAA, 1, seed=1)
