"""Treaties priced by the package `aggregate` and by this one, from the same laws.

    pip install --group compare && python benchmarks/compare_aggregate.py     ten seconds

Both find the law of a year's sum by a fast Fourier transform. `aggregate` is asked once as it is,
on a grid that it chooses, sizes beyond its end spread over the others, and once on the grid used
here, those sizes left out; what it has no word for (reinstatement premium, deposit, rate on line)
is put together from its own layer means. Exit code 1 where a figure of the second is further off
than 0.2%.
"""

import math
import sys
from importlib.metadata import version
from typing import NamedTuple

from printing import Table

from techinsure.distributions import Lomax, NegativeBinomial, Poisson
from techinsure.distributions.aggregate import compound
from techinsure.distributions.frequency import CountLaw
from techinsure.distributions.lattice import Lattice, discretised
from techinsure.reinsurance import AggregateExcess, ExcessOfLoss, QuotaShare, StopLoss
from techinsure.reinsurance.treaty_prices import deposit_of_law

MOST_APART = 2e-3
STEPS = 1000
"""Of a layer's limit."""


class Claims(NamedTuple):
    """A number of claims and their size, in our words and in those of `aggregate`."""

    number: CountLaw
    size: Lomax
    count: str
    frequency: str

    def words(self, between: str, after: str = "") -> str:
        """A programme of `aggregate`, treaties between severity and frequency and after it."""
        size = f"sev {self.size.scale:g} * pareto {self.size.shape:g} - {self.size.scale:g}"
        return f"agg Year {self.count} claims {size} {between} {self.frequency} {after}"


MATA = Claims(Poisson(rate=10.0), Lomax(shape=3.0, scale=10.0), "10", "poisson")
HEAVY = Claims(
    NegativeBinomial(r=4.0, beta=0.75), Lomax(shape=1.3, scale=50.0), "3", "mixed gamma 0.5"
)
"""Mean 3, the gamma of its rate with coefficient of variation 1 / sqrt(4); an infinite variance of
sizes."""


def asked(words: str, step: float | None) -> float:
    """The mean of the last cession that is named, by `aggregate` as it is, or on a grid of `step`
    that leaves out sizes beyond its end; NaN where it finds no grid, as of an infinite variance."""
    from aggregate import build  # type: ignore[import-not-found]

    try:
        grid = {} if step is None else {"bs": step, "log2": 17, "normalize": False}
        return float(build(words, update=True, **grid).est_m)
    except ValueError as refused:
        if "Infinite variance" not in str(refused):
            raise
        return math.nan


class Figure(NamedTuple):
    """A figure here, and of `aggregate` on its own grid and on ours."""

    name: str
    ours: float
    chosen: float
    same: float

    def row(self) -> tuple[str, ...]:
        """For the table."""
        cells = [self.name, f"{self.ours:.6g}"]
        for value in (self.chosen, self.same):
            found = not math.isnan(value)
            cells += [f"{value:.6g}", f"{value / self.ours - 1:+.1e}"] if found else ["none", ""]
        return tuple(cells)


def figures(name: str, ours: float, words: str, step: float) -> Figure:
    """A mean in three ways."""
    return Figure(name, ours, asked(words, None), asked(words, step))


def of_layer(name: str, claims: Claims, layer: ExcessOfLoss) -> list[Figure]:
    """Ceded, the deposit that is fair, what reinstates it and the rate on line."""
    step = layer.limit / STEPS
    size = discretised(claims.size, step=step, limit=layer.limit, deductible=layer.attachment)
    fair = deposit_of_law(layer, compound(claims.number, size))
    occurrence = f"occurrence ceded to {layer.limit:g} xs {layer.attachment:g}"
    ceded = figures(
        f"{name}: ceded", fair.ceded.value,
        claims.words(occurrence, f"aggregate ceded to {layer.capacity:g} xs 0"), step,
    )  # fmt: skip
    bands = [
        figures("", 0.0, claims.words(occurrence,
                f"aggregate ceded to {layer.limit:g} xs {layer.limit * place:g}"), step)
        for place in range(len(layer.reinstatement_rates))
    ]  # fmt: skip
    rates = layer.reinstatement_rates
    theirs = []
    for grid in ("chosen", "same"):
        used = sum(
            rate * getattr(band, grid) / layer.limit
            for rate, band in zip(rates, bands, strict=True)
        )
        deposit = getattr(ceded, grid) / (1 + used)
        theirs.append((deposit, deposit * used, deposit / layer.limit))
    deposit, used = fair.premium.value, fair.reinstated.value
    ours = (deposit, deposit * used, deposit / layer.limit)
    heads = ("deposit", "reinstatement premium", "rate on line")
    return [
        ceded,
        *(
            Figure(f"{name}: {head}", ours[place], theirs[0][place], theirs[1][place])
            for place, head in enumerate(heads)
        ),
    ]


def of_year(name: str, law: Lattice, treaty: StopLoss | AggregateExcess, words: str) -> Figure:
    """What a layer of the year's sum cedes."""
    attachment, limit = treaty.in_money
    return figures(name, float(law.layer_mean(attachment, limit)), words, law.step)


def all_figures() -> list[Figure]:
    """Every treaty."""
    found = []
    for name, claims, attachment, limit, rates in (
        ("10 xs 10, 1 at 100%", MATA, 10.0, 10.0, (1.0,)),
        ("20 xs 10, 2 at 50%", MATA, 10.0, 20.0, (0.5, 0.5)),
        ("400 xs 100, 1 at 100%, heavy", HEAVY, 100.0, 400.0, (1.0,)),
    ):
        found += of_layer(name, claims, ExcessOfLoss(
            basis="event", attachment=attachment, limit=limit, reinstatement_rates=rates,
        ))  # fmt: skip
    step = 10.0 / STEPS
    gross = compound(MATA.number, discretised(MATA.size, step=step, limit=1000.0))
    stop = StopLoss(unit="amount", attachment=60.0, limit=30.0)
    found.append(of_year("stop loss 30 xs 60: ceded", gross, stop,
                         MATA.words("", "aggregate ceded to 30 xs 60")))  # fmt: skip
    layered = compound(MATA.number, discretised(MATA.size, step=step, limit=10.0, deductible=10.0))
    each = AggregateExcess(basis="event", each_attachment=10.0, each_limit=10.0, unit="amount",
                           attachment=5.0, limit=15.0)  # fmt: skip
    found.append(of_year(
        "15 xs 5 of 10 xs 10 each: ceded", layered, each,
        MATA.words("occurrence ceded to 10 xs 10", "aggregate ceded to 15 xs 5"),
    ))  # fmt: skip
    quota, words = QuotaShare(share=0.4), "ceded to 40% so inf xs 0"
    ceded = quota.share * MATA.number.mean * MATA.size.mean
    found += [
        figures(
            "quota share 40% of each loss: ceded", ceded, MATA.words(f"occurrence {words}"), step
        ),
        figures(
            "quota share 40% of the year: ceded", ceded, MATA.words("", f"aggregate {words}"), step
        ),
    ]
    return found


def main() -> int:
    """Print the table; 1 where a figure on the same grid is too far off."""
    found = all_figures()
    packages = ", ".join(f"{name} {version(name)}" for name in ("aggregate", "numpy", "scipy"))
    heads = ("figure", "here", "aggregate", "apart", "on this grid", "apart")
    table = Table(f"Treaties by aggregate and here ({packages})", heads,
                  [figure.row() for figure in found])  # fmt: skip
    print(table.text())
    print(table.markdown())
    return int(any(abs(figure.same / figure.ours - 1) > MOST_APART for figure in found))


if __name__ == "__main__":
    sys.exit(main())
