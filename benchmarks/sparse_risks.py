"""Variance times processor time of one sparse risk: strata and quasi-random points against years.

    python benchmarks/sparse_risks.py            half a minute
    python benchmarks/sparse_risks.py --quick    ten seconds, ratios good to a factor of 2

One risk (gamma rate, generalised Pareto claims) under terms that the exact law of the sum holds,
against which errors are measured; and two perils under terms in order of time that it does not
hold, against long runs of the engine, whose mean is compared with that of the plain years. A ratio
is (mean squared error * processor seconds) of 65,536 plain years over that of `sparse.price` at its
defaults. Exit code 1 where a ratio at rate 0.02 is below 1,000, where errors are 1.4 times those
stated, or where means are four standard errors apart.
"""

import argparse
import math
import os
import sys
from collections.abc import Callable
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads that wait would be counted as work

import numpy as np
from measuring import interleaved
from printing import Table

from techinsure.distributions import Gamma, GeneralizedPareto, Lognormal, NegativeBinomial
from techinsure.distributions.aggregate import compound
from techinsure.distributions.lattice import discretised
from techinsure.losses.kernels import capacity_in_order
from techinsure.quantities import Floats
from techinsure.sparse import Claims, Figures, Risk, Source, Terms, price

RATES = (0.02, 0.5)
LEVEL = 0.995
PLAIN_YEARS = 1 << 16
SHAPE = 2.5
DEDUCTIBLE, LIMIT, AGGREGATE, KEPT = 50e3, 2e6, 5e6, 0.9
SEVERITY = GeneralizedPareto(shape=0.4, scale=240e3)
OTHER = Lognormal(mean=600e3, cv=2.0)
AT_LEAST = 1000.0


class Case(NamedTuple):
    """A risk with its terms; `draw` plain years of it as claims; `exact` (mean, TVaR) or None."""

    name: str
    rate: float
    risk: Risk
    terms: Terms
    draw: Callable[[int, int], Claims]
    exact: tuple[float, float] | None
    one_claim: list[float] | None


def per_claim(claims: Claims) -> Floats:
    """Deductible and limit of each claim, aggregate limit and insured share of the year."""
    paid = np.minimum(np.maximum(claims.size - DEDUCTIBLE, 0.0), LIMIT)
    return KEPT * np.minimum(claims.total(paid), AGGREGATE)


def in_order_of_time(claims: Claims) -> Floats:
    """A month's waiting; a deductible of the year, used up in order of time; an aggregate limit by
    peril; and one cover for all, restored once, a quarter after it is exhausted."""
    left = np.where(claims.time < 1 / 12, 0.0, np.maximum(claims.size - 20e3, 0.0))
    left -= capacity_in_order(claims.scenario, left, 150e3)
    limit = np.where(claims.source == 0, 1.5e6, 1.0e6)
    left = capacity_in_order(claims.scenario * 2 + claims.source, left, limit)
    return claims.total(_restored(claims, left, cover=1.2e6, after=0.25))


def _restored(claims: Claims, amount: Floats, cover: float, after: float) -> Floats:
    first = np.searchsorted(claims.scenario, np.arange(claims.n_scenarios))
    rank = np.arange(len(amount)) - first[claims.scenario]
    left, again = np.full(claims.n_scenarios, cover), np.full(claims.n_scenarios, np.inf)
    restored, paid = np.zeros(claims.n_scenarios, bool), np.zeros(len(amount))
    for number in range(int(rank.max(initial=-1)) + 1):
        here = np.flatnonzero(rank == number)
        year, time = claims.scenario[here], claims.time[here]
        due = year[time >= again[year]]
        left[due], again[due] = cover, np.inf
        paid[here] = np.minimum(amount[here], left[year])
        left[year] -= paid[here]
        out = (left[year] <= 0) & ~restored[year]
        again[year[out]], restored[year[out]] = time[out] + after, True
    return paid


def single(rate: float) -> Case:
    """One source whose rate is gamma: the number of claims is negative binomial."""
    sources = [Source(name="all", sizes=(SEVERITY,))]
    risk = Risk.driven(sources, [1.0], [["rate"]], {"rate": Gamma(mean=rate, cv=SHAPE**-0.5)})

    def draw(n: int, seed: int) -> Claims:
        random = np.random.default_rng(seed)
        counts = random.poisson(random.gamma(SHAPE, rate / SHAPE, n))
        year = np.repeat(np.arange(n), counts)
        sizes = 600e3 * (random.random((1, len(year))) ** -0.4 - 1)
        none = np.zeros(len(year))
        return Claims(n_scenarios=n, scenario=year, source=none.astype(np.intp), time=none,
                      sizes=sizes)  # fmt: skip

    step = 625.0
    severity = discretised(SEVERITY, step=step, limit=LIMIT, deductible=DEDUCTIBLE)
    law = compound(NegativeBinomial(r=SHAPE, beta=rate / SHAPE), severity)
    year = KEPT * np.minimum(law.values, AGGREGATE)
    at = float(year[np.searchsorted(np.cumsum(law.pmf), LEVEL)])
    tvar = at + float(law.pmf @ np.maximum(year - at, 0.0)) / (1 - LEVEL)
    alone = KEPT * float(SEVERITY.layer_mean(DEDUCTIBLE, LIMIT))
    exact = (float(law.pmf @ year), tvar)
    return Case("claims capped", rate, risk, per_claim, draw, exact, [alone])


def two_perils(rate: float) -> Case:
    """Two sources with one rate, the second with a factor of its own as well."""
    shares = np.array([0.7, 0.3])
    risk = Risk.driven(
        [Source(name="first", sizes=(SEVERITY,)), Source(name="second", sizes=(OTHER,))],
        shares.tolist(), [["rate"], ["rate", "factor"]],
        {"rate": Gamma(mean=rate, cv=SHAPE**-0.5), "factor": Gamma(mean=1.0, cv=0.5)},
    )  # fmt: skip

    def draw(n: int, seed: int) -> Claims:
        random = np.random.default_rng(seed)
        drawn = random.gamma(SHAPE, rate / SHAPE, n)
        rates = shares * np.column_stack([drawn, drawn * random.gamma(4.0, 0.25, n)])
        counts = random.poisson(rates)
        year = np.repeat(np.arange(n).repeat(2), counts.ravel())
        source = np.repeat(np.tile([0, 1], n), counts.ravel())
        size = np.where(
            source == 0, 600e3 * (random.random(len(year)) ** -0.4 - 1),
            random.lognormal(OTHER.mu, OTHER.sigma, len(year)),
        )  # fmt: skip
        time = random.random(len(year))
        order = np.lexsort((time, year))
        return Claims(n_scenarios=n, scenario=year, source=source[order], time=time[order],
                      sizes=size[order][None])  # fmt: skip

    return Case("in order of time", rate, risk, in_order_of_time, draw, None, None)


def plain(case: Case, seed: int) -> tuple[float, float]:
    """Mean and TVaR of plain years; the tail among those with a payment."""
    paid = case.terms(case.draw(PLAIN_YEARS, seed))
    some, tail = np.sort(paid[paid > 0])[::-1], PLAIN_YEARS * (1 - LEVEL)
    weight = np.clip(tail - np.arange(len(some)), 0.0, 1.0)
    return float(paid.mean()), float(weight @ some / tail)


def ours(case: Case, seed: int, **points: int) -> Figures:
    """The figures by strata."""
    return price(case.risk, case.terms, seed=seed, level=LEVEL, one_claim=case.one_claim, **points)


def truth(case: Case, runs: int) -> tuple[float, float]:
    """The exact figures, or those of long runs with other seeds."""
    if case.exact:
        return case.exact
    long = [ours(case, 1_000_000 + seed, points=1 << 15) for seed in range(runs)]
    return (float(np.mean([f.mean.value for f in long])),
            float(np.mean([f.tvar.value for f in long])))  # fmt: skip


def compared(case: Case, repeats: int) -> tuple[list[tuple[str, ...]], list[str]]:
    """Rows of the table, and what is wrong."""
    at = np.array(truth(case, max(repeats // 5, 4)))
    figures = [ours(case, seed) for seed in range(repeats)]
    found = np.array([(f.mean.value, f.tvar.value) for f in figures])
    stated = np.array([(f.mean.standard_error, f.tvar.standard_error) for f in figures])
    years = np.array([plain(case, seed) for seed in range(repeats)])
    seconds = interleaved({"ours": lambda: ours(case, 1), "plain": lambda: plain(case, 1)}, 9)
    rows, wrong = [], []
    for k, name in enumerate(("mean", "TVaR 99.5%")):
        ours_mse, plain_mse = (float(((v[:, k] - at[k]) ** 2).mean()) for v in (found, years))
        ratio = plain_mse * seconds["plain"] / (ours_mse * seconds["ours"])
        said = math.sqrt(ours_mse / float((stated[:, k] ** 2).mean()))
        spread = years[:, k].std(ddof=1) / math.sqrt(repeats)
        apart = (years[:, k].mean() - found[:, k].mean()) / spread
        rows.append((
            f"{case.name}, {case.rate:g}", name, f"{at[k]:,.0f}",
            f"{math.sqrt(plain_mse) / at[k]:.2%}", f"{math.sqrt(ours_mse) / at[k]:.4%}",
            f"{said:.2f}", f"{1e3 * seconds['plain']:.1f}", f"{1e3 * seconds['ours']:.1f}",
            f"{ratio:,.0f}",
        ))  # fmt: skip
        where = f"{case.name} at {case.rate:g}, {name}"
        if case.rate == min(RATES) and ratio < AT_LEAST:
            wrong.append(f"{where}: ratio {ratio:,.0f} is below {AT_LEAST:,.0f}")
        if said > math.sqrt(2):
            wrong.append(f"{where}: errors are {said:.2f} times those stated")
        if abs(apart) > 4 and name == "mean":  # the TVaR of plain years is biased low
            wrong.append(f"{where}: plain years are {apart:.1f} standard errors away")
    return rows, wrong


def main() -> None:
    """Print the table; exit 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    repeats = 12 if parser.parse_args().quick else 48
    rows = []
    for case in [*map(single, RATES), *map(two_perils, RATES)]:
        rows.append(compared(case, repeats))
    wrong = [fault for _, faults in rows for fault in faults]
    heads = ("terms, claims a year", "figure", "value", "plain: error", "ours: error",
             "/ stated", "plain: ms", "ours: ms", "ratio")  # fmt: skip
    note = (f"Errors are root mean squares over {repeats} seeds, {PLAIN_YEARS:,} plain years each; "
            "/ stated: over the standard errors that the figures carry.")  # fmt: skip
    print(Table("Variance x processor time of one risk", heads,
                [row for found, _ in rows for row in found], note).text())  # fmt: skip
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
