"""What `run.py` measures in processes of their own; prints JSON.

    python benchmarks/child.py memory N_YEARS             peaks of a pool run with report
    python benchmarks/child.py plain N_YEARS              the same in plain numpy
    python benchmarks/child.py first N_YEARS              seconds of the first pool run
    python benchmarks/child.py kernels N_YEARS REPEATS    seconds by stage

`measuring.child` starts it and reads what it prints.
"""

import json
import sys
import time
from collections.abc import Callable

from measuring import interleaved, peak
from works import Engine, Plain

from techinsure.kernels import kernels

SMALL = 1_024
"""Years of a run whose memory is imports and fixed costs."""


def memory(n: int) -> dict[str, object]:
    """Peaks in bytes, of a small run (imports and all that does not grow) and of the whole one,
    with its processor seconds."""
    Engine(SMALL).run()
    before, start = peak(), time.process_time()
    claims = len(Engine(n).run().losses)
    seconds = time.process_time() - start
    return {"before": before, "after": peak(), "claims": claims, "seconds": seconds}


def plainly(n: int) -> dict[str, object]:
    """As `memory`, in plain numpy."""
    Plain(Engine(SMALL)).run()
    before, start = peak(), time.process_time()
    claims = Plain(Engine(n)).run()
    seconds = time.process_time() - start
    return {"before": before, "after": peak(), "claims": claims, "seconds": seconds}


def first(n: int) -> dict[str, object]:
    """Wall seconds of the first run and of the second."""
    engine, start = Engine(n), time.perf_counter()
    engine.run()
    middle = time.perf_counter()
    engine.run()
    return {"first": middle - start, "second": time.perf_counter() - middle}


def by_stage(n: int, repeats: int) -> dict[str, object]:
    """Median processor seconds of each model, of order to close, and of the programme."""
    engine = Engine(n)
    claims = engine.n_claims()  # and so compiled
    works = {product: engine.of_model(product) for product in engine.products}
    works |= {"order, terms, close": engine.closed, "programme": engine.apply}
    return {
        "seconds": interleaved(works, repeats),
        "claims": claims,
        "kernels": kernels().name,
    }


CASES: dict[str, Callable[..., dict[str, object]]] = {
    "memory": memory, "plain": plainly, "first": first, "kernels": by_stage,
}  # fmt: skip

if __name__ == "__main__":
    print(json.dumps(CASES[sys.argv[1]](*map(int, sys.argv[2:]))))
