"""A programme on losses: of a stored run, of a shipped sample, or the caller's own rows."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import ConfigDict

from techinsure.bordereau.loss_rows import (
    MOST_YEARS,
    GivenLosses,
    losses_of,
    refuse_unless_enough,
)
from techinsure.bordereau.sheet import Sheet
from techinsure.catalogue import Catalogue
from techinsure.errors import MISSING, Fault, InvalidParameter, NotFound
from techinsure.losses.year_table import YearLossTable
from techinsure.pooling import run_pool, sample
from techinsure.pooling.report import PoolRequest, PortfolioSource
from techinsure.quantities import (
    FORBID,
    Count,
    Currency,
    Flag,
    Name,
    Real,
    count,
    is_amount_or_zero,
    refuse_unless,
)
from techinsure.reading import pointer
from techinsure.reinsurance.evaluation import evaluate
from techinsure.reinsurance.evaluation_report import Evaluation, RowNames
from techinsure.reinsurance.programme import Programme
from techinsure.simulation import Simulation
from techinsure_api.problems import named_in_body
from techinsure_api.stored_runs.store import RunStore
from techinsure_api.work import MOST_TREATY_ROWS, check_years, insured_objects

LATEST_YEAR = 9_999


@dataclass(frozen=True, slots=True, kw_only=True)
class LossTable:
    """Losses of the caller's own: `rows` of `year` and `loss`, and as far as the treaties need it
    `event`, `time` (years since the year's start), `reported`, `cause`, and of what was hit `id`,
    `product`, `policy`, `risk_unit`, `site`, `park`, `sum_insured`. There are `n_years`, those
    without a loss counted; the first is called `first_year`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rows: tuple[dict[str, str | int | float | bool | None], ...]
    n_years: Count
    first_year: Count = 1
    currency: Currency = "CNY"

    def __post_init__(self) -> None:
        refuse_unless(self, n_years=count(1, MOST_YEARS), first_year=count(0, LATEST_YEAR))


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSource:
    """Where the losses come from: the id of a stored `simulation`, a shipped `sample` by name, to
    be simulated for `n_years` from a `seed`, or a `table`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    simulation: Name | None = None
    sample: Name | None = None
    table: LossTable | None = None
    n_years: Count | None = None
    seed: Count | None = None

    def __post_init__(self) -> None:
        given = [n for n in ("simulation", "sample", "table") if getattr(self, n) is not None]
        faults = []
        if len(given) != 1:
            bound = "must be given, or sample, or table: one of the three"
            fix = 'such as {"sample": "demo_pool"}'
            faults.append(Fault("simulation", ", ".join(given) or None, bound, fix))
        for name in ("n_years", "seed"):
            value = getattr(self, name)
            if value is not None and self.sample is None:
                bound = "must be absent where no sample is simulated"
                faults.append(Fault(name, value, bound, "a table has n_years of its own"))
        if faults:
            raise InvalidParameter(faults)
        _ = self.run

    @property
    def run(self) -> Simulation:
        """Years and seed of a sample."""
        given = {"n_years": self.n_years, "seed": self.seed}
        return Simulation(**{name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """A `programme` and the `losses` it is applied to. `premium`: a year's, gross, by product,
    currency units. A stored run and a sample bring programme and premium; given ones replace
    them. With `rows`, of every single loss what each treaty takes."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    losses: LossSource
    programme: Programme | None = None
    premium: dict[Name, Real] | None = None
    rows: Flag = False

    def __post_init__(self) -> None:
        faults = [
            fault._replace(pointer=pointer("premium", name))
            for name, amount in (self.premium or {}).items()
            for fault in is_amount_or_zero("premium", amount)
        ]
        if self.programme is None and self.losses.table is not None:
            faults.append(Fault("programme", None, MISSING, "give the treaties", "/programme"))
        if faults:
            raise InvalidParameter(faults)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """The losses that a source leads to, with what they bring along."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    table: YearLossTable
    programme: Programme
    premium: Mapping[str, float]
    names: RowNames | None = None
    years_at: str = field(default="/losses/n_years")


def evaluated(
    request: EvaluationRequest,
    catalogue: Catalogue,
    store: RunStore,
    *,
    limited: bool = True,
    sheet: Sheet | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """The answer. `limited`: refuse what takes longer than a client waits. A `sheet` stands for
    the rows of the table. Faults point into the request."""
    source = request.losses
    if source.table is not None:
        found = _of_table(source.table, request.programme or Programme(), sheet)
    elif source.sample is not None:
        found = _of_sample(source, catalogue, limited, workers, progress)
    else:
        found = _of_run(source.simulation or "", catalogue, store)
    programme = found.programme if request.programme is None else request.programme
    premium = found.premium if request.premium is None else request.premium
    if limited:
        _refuse_too_much(programme, found.table)
    with _pointing(found.years_at):
        return evaluate(programme, found.table, premium, rows=request.rows, names=found.names)


def _of_table(table: LossTable, programme: Programme, sheet: Sheet | None) -> Found:
    at = "/losses/table/rows"
    try:
        given: GivenLosses = losses_of(
            table.rows if sheet is None else sheet,
            n_years=table.n_years,
            first_year=table.first_year,
            currency=table.currency,
        )
        refuse_unless_enough(given, programme)
    except InvalidParameter as error:
        raise InvalidParameter(f._replace(pointer=at + f.pointer) for f in error.faults) from None
    return Found(
        table=given.table,
        programme=programme,
        premium={},
        names=given.names,
        years_at="/losses/table/n_years",
    )


def _of_sample(
    source: LossSource,
    catalogue: Catalogue,
    limited: bool,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> Found:
    name, run = source.sample or "", source.run
    with named_in_body("/losses/sample"):
        shipped = sample(name)
    if limited:
        check_years(run.n_years, insured_objects(shipped.rows), pointer="/losses/n_years")
    asked = PoolRequest(portfolio=PortfolioSource(sample=name), simulation=run)
    report = run_pool(asked, catalogue, workers=workers, progress=progress)
    premium = {product.name: product.premium.value for product in report.products}
    return Found(table=report.losses, programme=report.programme, premium=premium)


def _of_run(name: str, catalogue: Catalogue, store: RunStore) -> Found:
    at = "/losses/simulation"
    try:
        run = store.simulated(name, catalogue)
    except NotFound:
        bound, fix = "must be the id of a stored run", "POST /v1/simulations stores one"
        raise InvalidParameter([Fault("simulation", name, bound, fix, at)]) from None
    return Found(table=run.losses, programme=run.programme, premium=run.premium, years_at=at)


def _refuse_too_much(programme: Programme, table: YearLossTable) -> None:
    """A treaty's part of a reinsurer counts as a treaty: it is added up year by year as well."""
    n = sum(1 + len(placed.reinsurers) for placed in programme.treaties)
    n_rows = max(len(table), table.n_years)
    if n * n_rows > MOST_TREATY_ROWS:
        bound = (
            f"must have at most {MOST_TREATY_ROWS // n_rows} treaties and reinsurers over HTTP "
            f"for {n_rows:,} losses, in all"
        )
        fix = "ask for fewer years, or use Python or the command line"
        raise InvalidParameter([Fault("treaties", n, bound, fix, "/programme/treaties")])


@contextmanager
def _pointing(years_at: str) -> Iterator[None]:
    """Faults of the engine get the pointer into the request."""
    places: dict[str, Any] = {"n_years": years_at, "premium": "/premium"}
    try:
        yield
    except InvalidParameter as error:
        raise InvalidParameter(
            fault._replace(pointer=fault.pointer or places.get(fault.field, ""))
            for fault in error.faults
        ) from None
