"""Nanoseconds a loss by model and stage, the stages of a pool run, and a quote.

Ratios within one run say more than times: other machines, other times. Run it with
`python3 run.py bench`; it takes about a minute.
"""

import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np

from techinsure import cover
from techinsure.catalogue import shipped
from techinsure.losses import measures
from techinsure.losses.rows import close, ordered
from techinsure.margin import reference_losses, reference_portfolio
from techinsure.models.factors import BLOCK, Cohorts
from techinsure.pooling import run_pool, sample
from techinsure.product import Product
from techinsure.quoting import price
from techinsure.seeding import counters, key, uniforms

BLOCKS = 8
REPEATS = 3

CLASSES = {"rd_loss": "general", "equipment_loss": "lab", "patent": "invention"}


def seconds(work: Callable[[], object]) -> float:
    """Best of `REPEATS` runs."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def models() -> None:
    """Each loss model on its reference portfolio, stage by stage, ns a ground-up loss."""
    floor = seconds(lambda: uniforms(key(1, "floor"), counters(np.arange(10**6)))) * 1e3
    print(f"one uniform: {floor:.1f} ns; below, ns a ground-up loss")
    print(f"{'model':<16}{'losses a year':>14}{'simulate':>10}{'order':>8}{'cover':>8}{'close':>8}"
          f"{'all':>8}{'in uniforms':>13}")  # fmt: skip
    for code, risk_class in CLASSES.items():
        a_year, nanos = stages(shipped().product(code), risk_class)
        by_stage = f"{nanos[0]:>10.0f}" + "".join(f"{n:>8.0f}" for n in nanos[1:])
        total = sum(nanos)
        print(f"{code:<16}{a_year:>14.1f}{by_stage}{total:>8.0f}{total / floor:>12.0f}x")


def stages(product: Product, risk_class: str) -> tuple[float, list[float]]:
    """Losses a year, and ns a loss of simulating, ordering, covering and closing."""
    portfolio = reference_portfolio(product, risk_class)
    items = np.arange(portfolio.n_items, dtype=np.int32)
    blocks = [Cohorts(seed=1, first=BLOCK * b, n=BLOCK) for b in range(BLOCKS)]
    raw = [product.model.simulate(portfolio, items, block) for block in blocks]
    in_order = [ordered(rows, portfolio) for rows in raw]
    paid = [cover.insured(portfolio, rows) for rows in in_order]
    n = sum(len(rows) for rows in raw)
    works = (
        lambda: [product.model.simulate(portfolio, items, block) for block in blocks],
        lambda: [ordered(rows, portfolio) for rows in raw],
        lambda: [cover.insured(portfolio, rows) for rows in in_order],
        lambda: [close(rows, portfolio, BLOCK) for rows in paid],
    )
    return n / BLOCKS / BLOCK, [1e9 * seconds(work) / n for work in works]


def quotes() -> None:
    """A quote of each product's example, without and with the reference portfolio at hand."""
    print(f"{'quote':<16}{'first':>10}{'reference kept':>16}{'ratio':>8}")
    for code, risk_class in CLASSES.items():
        product = shipped().product(code)
        kept = reference_losses(product, risk_class, seed=20_260_101, n_years=20_000)
        first = seconds(partial(price, product.example))
        again = seconds(partial(price, product.example, reference=kept))
        print(f"{code:<16}{first:>9.2f}s{again:>15.2f}s{first / again:>8.1f}")


def pool() -> None:
    """The sample pool: whole run, programme alone, memory a year."""
    request = {"portfolio": {"sample": "demo_pool"}, "simulation": {"n_years": 20_480}}
    report = run_pool(request)
    whole = seconds(lambda: run_pool(request))
    programme = sample("demo_pool").programme
    alone = seconds(lambda: programme.apply(report.losses))
    tail = seconds(lambda: measures.summary(report.losses.annual()))
    tracemalloc.start()
    run_pool(request)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    n = len(report.losses)
    print(f"pool of {report.n_items} items, {n / report.n_years:.1f} losses a year")
    print(f"  whole run {1e9 * whole / n:,.0f} ns a loss; programme {1e9 * alone / n:,.0f} "
          f"({alone / whole:.0%}); four measures {tail / whole:.1%}")  # fmt: skip
    print(f"  peak memory {peak / report.n_years:,.0f} bytes a year, {peak / n:,.0f} a loss")


def main() -> None:
    """All of it."""
    models()
    quotes()
    pool()


if __name__ == "__main__":
    main()
