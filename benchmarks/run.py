"""Nanoseconds a claim by model, against plain numpy; a pool run by stage; threads, kernels, memory.

    python3 run.py bench                   under three minutes
    python3 run.py bench --quick           half a minute: fewer years and repeats
    python3 run.py bench --markdown        the tables as Markdown
    python3 run.py bench --markdown PAGE   and put between the marks of a page

Engine and plain numpy (`plain/`) run by turns in one process: ratios within one run say more than
times. Processor time, medians; wall time where it is said. Exit code 1 if the means of the two
differ by more than four standard errors.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import plain
from measuring import MIB, child, interleaved
from printing import Table, put_into
from works import SEED, Engine, Plain

from techinsure.kernels import VARIABLE, kernels
from techinsure.quoting import price
from techinsure.quoting.margin import reference_losses

PER = 100_000
"""Years that times of a pool run are given for."""
NAMES = {"rd_loss": "R&D projects", "equipment_loss": "equipment sites", "patent": "patents"}
CLASSES = {"rd_loss": "general", "equipment_loss": "lab", "patent": "invention"}
"""The class of each product's example, whose reference portfolio its quote needs."""
FEW_YEARS = 1_024


class Size(NamedTuple):
    """How much is measured: years and repeats of models and stages, of threads (and quotes and
    kernels, which take long), and years of the peaks of memory."""

    years: int
    repeats: int
    long_years: int
    long_repeats: int
    child_years: int


WHOLE = Size(16_384, 3, 16_384, 3, PER)
QUICK = Size(4_096, 3, 8_192, 1, 8_192)


def machine() -> str:
    """Processor, software and load."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    busy = ": busy, so wall times and threads say little" if load > cores / 2 else ""
    return (
        f"{cores} x {models[0] if models else platform.machine()}; "
        f"CPython {platform.python_version()}, numpy {np.__version__}; kernels: {kernels().name}; "
        f"load at the start {load:.1f}{busy}"
    )


def models(engine: Engine, other: Plain, size: Size) -> Table:
    """Each loss model: ground-up losses of the sample, draws and factors included."""
    rows, n = [], engine.n
    ours, theirs = engine.n_claims(), other.n_claims()
    for product in engine.products:
        works = {"engine": engine.of_model(product), "numpy": partial(other.simulate, product)}
        seconds = interleaved(works, size.repeats)
        risks, nanos = engine.n_risks(product), {k: 1e9 * s for k, s in seconds.items()}
        rows.append((
            NAMES[product], f"{risks}", f"{ours[product] / n:.1f}",
            f"{nanos['engine'] / ours[product]:,.0f}", f"{nanos['engine'] / n / risks:,.0f}",
            f"{nanos['numpy'] / theirs[product]:,.0f}", f"{nanos['numpy'] / n / risks:,.0f}",
            f"{nanos['numpy'] / nanos['engine']:.1f}",
        ))  # fmt: skip
    heads = ("model", "risks", "claims a year", "ns a claim", "ns a risk-year",
             "numpy: ns a claim", "ns a risk-year", "numpy / engine")  # fmt: skip
    note = "A claim is a loss with a payment; a risk is a project, a site, a family or patent."
    return Table("Loss models of the sample pool, ground-up losses", heads, rows, note)


def pool(engine: Engine, other: Plain, size: Size) -> Table:
    """A pool run by stage. A small run shows what does not grow with the years."""
    small = Engine(FEW_YEARS)
    works = {
        ("engine", "simulate"): engine.ground_up, ("numpy", "simulate"): other.simulate,
        ("engine", "order, terms, close"): engine.closed,
        ("numpy", "order, terms, close"): other.closed,
        ("engine", "programme"): engine.apply, ("numpy", "programme"): other.apply,
        ("engine", "report"): small.run, ("numpy", "report"): other.report,
        ("engine", "whole run"): engine.run, ("numpy", "whole run"): other.run,
    }  # fmt: skip
    seconds = interleaved(works, size.repeats)
    few, whole = seconds["engine", "report"], seconds["engine", "whole run"]
    a_year = (whole - few) / (engine.n - small.n)
    fixed = max(few - a_year * small.n, 0.0)
    took = {at: time * PER / engine.n for at, time in seconds.items()}
    took["engine", "whole run"] = fixed + a_year * PER
    stages = [stage for _, stage in works][:6:2]
    took["engine", "report"] = took["engine", "whole run"] - sum(took["engine", s] for s in stages)
    claims = {who: len(table.year) / engine.n * PER
              for who, table in (("engine", engine.table), ("numpy", other.table))}  # fmt: skip
    rows = [
        (stage, *(f"{took[who, stage]:.2f}" for who in claims),
         *(f"{1e9 * took[who, stage] / claims[who]:,.0f}" for who in claims),
         f"{took['numpy', stage] / took['engine', stage]:.2f}")
        for stage in (*stages, "report", "whole run")
    ]  # fmt: skip
    heads = ("stage", "s", "numpy: s", "ns a claim", "numpy: ns", "numpy / engine")
    note = (f"The engine's report is what is left of its run, {fixed:.2f} s of it for any number "
            "of years: rows into a portfolio, closed-form means, premiums, members, legal limits. "
            "Numpy has annual figures by treaty, their measures and tail shares, return periods; "
            "no cessions by row.")  # fmt: skip
    title = f"A pool run of {PER:,} years, {claims['engine'] / PER:.0f} claims a year, one thread"
    return Table(title, heads, rows, note)


def agreement(engine: Engine, other: Plain) -> Table:
    """How far the results of both are apart, in standard errors; too far is an error."""
    rows = plain.apart(engine.table, other.table, engine.portfolio, engine.n)
    furthest = max(abs(z) for found in rows.values() for z in found)
    if furthest > plain.MOST:
        raise SystemExit(
            f"engine and plain numpy disagree by {furthest:.1f} standard errors: {rows}"
        )
    table, cession = engine.table, engine.apply()
    same = plain.Losses(table.year.astype(np.int64), table.time, table.item, table.cause,
                        table.event, table.loss)  # fmt: skip
    net = plain.apply(engine.sample.programme, same, engine.n).net
    gap = float(np.abs(net - cession.annual("net")).max())
    if gap > 1.0:
        raise SystemExit(f"the programmes of engine and plain numpy differ by {gap:,.2f}")
    heads = ("engine less numpy, standard errors", "mean loss", "mean claims", "variance of claims")
    note = f"Applied to one table, the programmes differ by {gap:.0e} currency units at most."
    texts = [(NAMES.get(name, name), *(f"{z:+.1f}" for z in found)) for name, found in rows.items()]
    return Table(f"Agreement, {engine.n:,} years of each", heads, texts, note)


def threads(size: Size) -> Table:
    """Wall seconds of one thread and of two; the bits must be the same."""
    engine, rows, found = Engine(size.long_years), [], {}

    def simulated(workers: int) -> None:
        found[workers] = engine.simulate(workers).loss

    for name, work in (("simulate to table", simulated), ("whole run", engine.run)):
        works = {workers: partial(work, workers) for workers in (1, 2)}
        seconds = interleaved(works, size.long_repeats, time.perf_counter)
        rows.append((name, *(f"{seconds[w]:.2f}" for w in (1, 2)),
                     f"{seconds[1] / seconds[2]:.2f}"))  # fmt: skip
    if not np.array_equal(found[1], found[2]):
        raise SystemExit("two threads give other losses than one")
    note = "Wall time, to be read on an idle machine only. The losses are the same, bit for bit."
    heads = ("work", "one thread, s", "two threads, s", "one / two")
    return Table(f"Two threads against one, {engine.n:,} years", heads, rows, note)


def loops(size: Size) -> Table:
    """Compiled kernels against their references, in two processes."""
    years = size.years // 2
    ours = child("kernels", years, size.long_repeats)
    theirs = child("kernels", years, size.long_repeats, **{VARIABLE: "reference"})
    total = sum(ours["claims"].values())
    rows = []
    for stage, seconds in ours["seconds"].items():
        claims, other = ours["claims"].get(stage, total), theirs["seconds"][stage]
        rows.append((NAMES.get(stage, stage), f"{1e9 * seconds / claims:,.0f}",
                     f"{1e9 * other / claims:,.0f}", f"{other / seconds:.1f}"))  # fmt: skip
    heads = ("stage", f"{ours['kernels']}, ns a claim", f"{theirs['kernels']} references", "ratio")
    return Table("Compiled loops against their references", heads, rows)


def memory(size: Size) -> Table:
    """Peaks of fresh processes."""
    rows, n = [], size.child_years
    for name, case in (("engine", "memory"), ("plain numpy", "plain")):
        found = child(case, n)
        if found["after"] is None:
            rows.append((name, *["needs /proc"] * 5))
            continue
        grown = found["after"] - found["before"]
        rows.append((
            name, f"{found['after'] / MIB:,.0f}", f"{found['before'] / MIB:,.0f}",
            f"{grown / (n - FEW_YEARS):,.0f}", f"{grown / found['claims']:,.0f}",
            f"{found['seconds']:.1f}",
        ))  # fmt: skip
    heads = ("process", "peak, MiB", f"of {FEW_YEARS:,} years", "bytes a year", "bytes a claim",
             "processor, s")  # fmt: skip
    note = f"Bytes are what the peak grows by over that of a run of {FEW_YEARS:,} years."
    return Table(f"Memory of {n:,} years with report", heads, rows, note)


def first_runs() -> Table:
    """What the first run of a process costs."""
    rows = []
    with tempfile.TemporaryDirectory() as empty:
        cases = (("nothing compiled before", {"NUMBA_CACHE_DIR": empty}),
                 ("compiled code kept", {"NUMBA_CACHE_DIR": empty}),
                 ("references, no compiler", {VARIABLE: "reference"}))  # fmt: skip
        for name, environment in cases:
            found = child("first", FEW_YEARS, **environment)
            rows.append((name, *(f"{found[k]:.1f}" for k in ("first", "second", "wall"))))
    heads = ("fresh process", "first run, s", "second run", "whole process")
    return Table(f"First pool run, {FEW_YEARS:,} years, wall time", heads, rows)


def quotes(engine: Engine, size: Size) -> Table:
    """A quote of each product's example."""
    rows = []
    for code in engine.products:
        product = engine.catalogue.product(code)
        request, name = product.example, CLASSES[code]
        kept = reference_losses(product, name, seed=SEED, n_years=20_000)
        works = {"first": partial(price, request),
                 "again": partial(price, request, reference=kept)}  # fmt: skip
        seconds = interleaved(works, size.long_repeats)
        rows.append((f"{NAMES[code]}: {name}", *(f"{seconds[k]:.3f}" for k in works),
                     f"{seconds['first'] / seconds['again']:.1f}"))  # fmt: skip
    heads = ("quote of the example", "first, s", "reference kept", "ratio")
    note = "20,000 years of the risk; the first also simulates the reference portfolio."
    return Table("Quotes", heads, rows, note)


def measured(size: Size) -> Iterator[Table]:
    """All tables; a quick run leaves out what first runs cost."""
    engine = Engine(size.years)
    engine.run()  # imports and compiles
    other = Plain(engine)
    yield models(engine, other, size)
    yield pool(engine, other, size)
    yield agreement(engine, other)
    yield loops(size)
    yield quotes(engine, size)
    del engine, other
    yield threads(size)
    yield memory(size)
    if size is WHOLE:
        yield first_runs()


def main() -> int:
    """Print all tables; 1 if the two implementations disagree."""
    parser = argparse.ArgumentParser(
        prog="python3 run.py bench", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="fewer years and repeats")
    parser.add_argument("--markdown", nargs="?", const="-", metavar="PAGE",
                        help="tables as Markdown, put into PAGE if one is named")  # fmt: skip
    chosen = parser.parse_args()
    about, tables = machine(), []
    print(f"{about}\n", flush=True)
    for table in measured(QUICK if chosen.quick else WHOLE):
        tables.append(table)
        print(table.markdown() if chosen.markdown == "-" else table.text(), flush=True)
    if chosen.markdown and chosen.markdown != "-":
        put_into(Path(chosen.markdown), about, tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
