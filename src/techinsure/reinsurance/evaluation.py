"""`evaluate(programme, table, premium)`: what each treaty takes, costs and leaves, with errors.

The losses may be simulated, past ones, or a single year made by hand.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses import measures
from techinsure.losses.year_table import YearLossTable
from techinsure.quantities import Estimate, Floats
from techinsure.reinsurance.evaluation_report import (
    Evaluation,
    LossCession,
    Perspective,
    Result,
    RowNames,
    TreatyFigures,
)
from techinsure.reinsurance.exhaustion import ROUNDING, exhaustion_probability
from techinsure.reinsurance.programme import Cession, PlacedTreaty, Programme, subject_of
from techinsure.reinsurance.treaty_prices import (
    Deposit,
    fair_deposit,
    mean_of,
    price_of,
    years_together,
)

MOST_ROWS = 2_000
"""Losses whose cessions are told one by one."""

LEVEL = 0.995
FEWEST_BEYOND = 50
"""Years beyond the level from which on the errors of tails may be relied on."""


def evaluate(
    programme: Programme,
    table: YearLossTable,
    premium: Mapping[str, float] | None = None,
    *,
    rows: bool = False,
    names: RowNames | None = None,
) -> Evaluation:
    """The programme over the losses of `table`; `premium`: a year's, gross, by product, currency
    units. With `rows`, what becomes of every loss (`InvalidParameter` above 2,000), called as
    `names` has it. Raises as `Programme.apply` does."""
    given = {name: float(amount) for name, amount in (premium or {}).items()}
    if rows and len(table) > MOST_ROWS:
        bound = f"must be false for more than {MOST_ROWS:,} losses, there are {len(table):,}"
        fault = Fault("rows", True, bound, "ask for fewer years, or leave it out", "/rows")
        raise InvalidParameter([fault])
    called = None if names is None else _called(table, names)
    cession = programme.apply(table, given, called=called)
    subjects = programme.subject_premiums(given, table.portfolio)
    return Evaluation(
        currency=table.currency,
        n_years=table.n_years,
        n_losses=len(table),
        premium=given,
        results=tuple(_results(programme, cession)),
        treaties=tuple(
            _figures(programme, placed, cession, subjects[placed.name])
            for placed in programme.treaties
        ),
        cessions=tuple(_cessions(cession, names)) if rows else None,
        flags=(
            *cession.flags,
            *(_stated_otherwise(programme, subjects) if given else ()),
            *_few_years(table.n_years),
        ),
        programme=programme,
        cession=cession,
    )


def _results(programme: Programme, cession: Cession) -> Iterator[Result]:
    """Gross, each treaty, ceded, net, each party."""
    table, every = cession.table, [placed.name for placed in programme.treaties]
    together = years_together(programme, every)
    yield _result("gross", "", cession.annual("gross"), table, 1)
    for name in every:
        years = years_together(programme, [name])
        yield _result("treaty", name, cession.annual(name), table, years)
    yield _result("ceded", "", cession.annual("ceded"), table, together)
    yield _result("net", "", cession.annual("net"), table, together)
    parties = [one.name for placed in programme.treaties for one in placed.reinsurers]
    for name in dict.fromkeys(parties):
        yield _result("reinsurer", name, cession.annual_of_reinsurer(name), table, together)
    unnamed = [placed.name for placed in programme.treaties if not placed.reinsurers]
    if unnamed:
        whole = sum((cession.annual(name) for name in unnamed), np.zeros(table.n_years))
        yield _result("unnamed", "", whole, table, together)


def _result(
    perspective: Perspective, name: str, annual: Floats, table: YearLossTable, years: int
) -> Result:
    """`annual` (n_years,), whose errors of means are between sequences of `years`."""
    mean = mean_of(annual, table, years)
    if table.n_years == 1:
        return Result(perspective=perspective, name=name, mean=mean, sd=None, var_995=None,
                      tvar_995=None, hit_probability=None)  # fmt: skip
    drawn = {"weight": table.weight, "stratum": table.stratum}
    found = measures.summary(annual, unit=table.currency, **drawn)
    return Result(
        perspective=perspective, name=name, mean=mean, sd=found.sd, var_995=found.var_995,
        tvar_995=found.tvar_995, hit_probability=measures.probability_positive(annual, **drawn),
    )  # fmt: skip


def _figures(
    programme: Programme, placed: PlacedTreaty, cession: Cession, subject_premium: float
) -> TreatyFigures:
    name, table = placed.name, cession.table
    price = price_of(programme, cession, name)
    years = years_together(programme, [name])
    several = table.n_years > 1
    return TreatyFigures(
        name=name,
        kind=placed.treaty.kind,
        price=price,
        subject_premium=subject_premium,
        burning_cost=price.ceded.scaled(1 / subject_premium, "") if subject_premium > 0 else None,
        exhaustion=exhaustion_probability(programme, name, cession) if several else None,
        used_up=used_up_probability(placed, cession) if several else None,
        deposit=_deposit(programme, placed, cession),
        flows={kind: mean_of(flow, table, years) for kind, flow in cession.flows[name].items()},
    )


def used_up_probability(placed: PlacedTreaty, cession: Cession) -> Estimate | None:
    """Share of years in which an excess layer pays all that it sold: limit x (1 + reinstatements),
    as placed. None for another kind."""
    treaty = placed.treaty
    if treaty.kind != "excess_of_loss":
        return None
    sold = placed.placed_share * treaty.capacity
    used = (cession.annual(placed.name) >= sold * (1 - ROUNDING)) & (sold > 0)
    table = cession.table
    return measures.probability_positive(
        used.astype(np.float64), table.weight, stratum=table.stratum
    )


def _deposit(programme: Programme, placed: PlacedTreaty, cession: Cession) -> Deposit | None:
    """Of the whole layer, on the losses that it sees."""
    layer = placed.treaty
    if layer.kind != "excess_of_loss" or not layer.reinstatement_rates:
        return None
    taken = [cession.ceded[before] for before in sorted(programme.before(placed.name))]
    return fair_deposit(layer, subject_of(placed, cession.table, taken)[0])


def _cessions(cession: Cession, names: RowNames | None) -> Iterator[LossCession]:
    """In the order in which the losses were given."""
    table = cession.table
    place = np.arange(len(table)) if names is None else names.place
    event = [str(code) for code in table.event] if names is None else names.event
    first = 0 if names is None else names.first_year
    ceded = dict(cession.ceded.items())
    for row in np.argsort(place, kind="stable").tolist():
        yield LossCession(
            row=int(place[row]),
            year=first + int(table.year[row]),
            time=float(str(table.time[row])),  # as it was written, not as float32 holds it
            event=event[row],
            id=table.portfolio.ids[table.item[row]],
            loss=float(table.loss[row]),
            ceded={name: float(amounts[row]) for name, amounts in ceded.items()},
            net=float(cession.net[row]),
        )


def _called(table: YearLossTable, names: RowNames) -> Callable[[int], str]:
    """What the caller calls a row of `table`: its place among the losses given, its year."""

    def said(row: int) -> str:
        year, item = names.first_year + int(table.year[row]), table.portfolio.ids[table.item[row]]
        return f"loss {int(names.place[row]) + 1} of those given, year {year}, item {item!r}"

    return said


STATED = 0.01
"""By what part a stated subject premium may miss the one that a treaty sees (grade D)."""


def _stated_otherwise(programme: Programme, subjects: Mapping[str, float]) -> Iterator[str]:
    """A layer in loss ratios of another premium than it sees is said aloud."""
    for placed in programme.treaties:
        stated = getattr(placed.treaty, "subject_premium", None)
        sees = subjects[placed.name]
        if stated is not None and abs(stated - sees) > STATED * stated:
            yield (
                f"treaty {placed.name!r}: its loss ratios are of a subject premium of "
                f"{stated:,.2f}, but it sees a premium of {sees:,.2f}"
            )


def _few_years(n_years: int) -> Iterator[str]:
    """Errors of tails are estimates too: of few years they say too little."""
    if n_years == 1:
        yield "one year has a mean and no error: neither spread, tail nor chance can be told of it"
    elif n_years * (1 - LEVEL) < FEWEST_BEYOND:
        yield (
            f"VaR and TVaR 99.5% rest on {max(n_years * (1 - LEVEL), 1):.0f} of {n_years:,} years: "
            "they and their errors are rough"
        )
