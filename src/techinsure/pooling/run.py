"""`run_pool(request) -> PoolReport`: the second use case. Who carries what of a pool's losses.

Portfolio -> simulated losses -> premium of every item -> programme -> signed lines -> figures by
treaty and member, with errors, and an allocation of the tail that sums exactly.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tomllib
from pydantic import ConfigDict

from techinsure import bordereau, exact
from techinsure.bordereau import portfolio_of
from techinsure.catalogue import Catalogue, shipped
from techinsure.errors import Fault, InvalidParameter, NotFound, Undefined
from techinsure.kernels import kernels
from techinsure.losses import curves, measures
from techinsure.losses.curves import ReturnPeriods
from techinsure.losses.year_table import YearLossTable
from techinsure.models import Model
from techinsure.pool.capacity import Capacity, capacities
from techinsure.pool.insolvency.counterparties import counterparties
from techinsure.pool.insolvency.outcome import InsolvencyReport, insolvency
from techinsure.pool.limits import Breach, premium_breaches, single_risk_breaches
from techinsure.pool.members import Pool
from techinsure.pool.signing import sign
from techinsure.pooling.own_limits import flags_of_own_limits
from techinsure.pooling.parties import MeanYear, members_of
from techinsure.pooling.report import (
    PoolReport,
    PoolRequest,
    PortfolioSource,
    Position,
    ProductResult,
    TreatyResult,
)
from techinsure.portfolio import Portfolio
from techinsure.quantities import FORBID, Estimate, Floats
from techinsure.reading import read
from techinsure.receipt import Receipt, digest, environment
from techinsure.reinsurance.programme import Cession, Programme
from techinsure.reinsurance.sight import premium_by_item
from techinsure.simulation import Simulated, simulate_listed

LEVEL = 0.995
FEWEST_BEYOND = 50
"""Years beyond the level from which on the errors of tails may be relied on."""
FATES, MOST_DRAWS = 200_000, 20
"""Fates of companies in all, and of one loss year at most: failures are rare."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """A shipped portfolio with its pool and programme."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rows: tuple[Mapping[str, object], ...]
    pool: Pool
    programme: Programme


def samples() -> tuple[str, ...]:
    """The names of the shipped samples of pools."""
    folder = Path(str(files("techinsure"))) / "samples"
    return tuple(sorted(place.parent.name for place in folder.glob("*/portfolio.csv")))


def sample(name: str) -> Sample:
    """A shipped sample by name, or `NotFound`."""
    if name not in samples():
        raise NotFound("sample", name, samples())
    return load_pool_folder(Path(str(files("techinsure"))) / "samples" / name)


def load_pool_folder(folder: Path) -> Sample:
    """`portfolio.csv`, `pool.toml` and `programme.toml` of a folder."""
    return Sample(
        rows=tuple(bordereau.read(folder / "portfolio.csv").rows()),
        pool=read(Pool, tomllib.loads((folder / "pool.toml").read_text("utf-8"))),
        programme=read(Programme, tomllib.loads((folder / "programme.toml").read_text("utf-8"))),
    )


def resolved(request: PoolRequest) -> PoolRequest:
    """The request that says itself what its sample brings: rows, pool and programme."""
    rows, pool, programme = _parts(request)
    source = PortfolioSource(rows=tuple(dict(row) for row in rows))  # type: ignore[arg-type]
    return replace(request, portfolio=source, pool=pool, programme=programme)


def run_pool(
    request: PoolRequest | Mapping[str, Any],
    catalogue: Catalogue | None = None,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> PoolReport:
    """Simulate a pool and say who carries what.

    `progress` is called with (blocks done, blocks in all). Raises `InvalidParameter` with a
    pointer for each fault, `NotFound` for an unknown sample, `Refused` for a programme or lines
    that contradict themselves.
    """
    request = request if isinstance(request, PoolRequest) else read(PoolRequest, request)
    catalogue = catalogue or shipped()
    rows, pool, programme = _parts(request)
    with _pointing(request):
        portfolio = portfolio_of(rows, catalogue)
    if pool.currency != portfolio.currency:
        fault = Fault(
            "currency", pool.currency, f"must be {portfolio.currency}", "", "/pool/currency"
        )
        raise InvalidParameter([fault])
    signed = sign(pool)  # lines that contradict themselves are refused before the work
    counterparties(pool, signed, programme)  # and ratings
    kernels()  # so is a setting that names no loops
    run = request.simulation
    models: dict[str, Model] = {
        code: catalogue.product(code).model for code in portfolio.product.names
    }
    with _pointing(request):  # what no row shows alone, such as a site in two parks
        listed = simulate_listed(
            portfolio, models, seed=run.seed, n_years=run.n_years, workers=workers,
            progress=progress,
        )  # fmt: skip
    return _report(request, pool, programme, catalogue, listed)


def _report(
    request: PoolRequest,
    pool: Pool,
    programme: Programme,
    catalogue: Catalogue,
    listed: Simulated,
) -> PoolReport:
    table = listed.table
    portfolio, unit, signed = table.portfolio, table.currency, sign(pool)
    products = _products(table, catalogue)
    by_product = {result.name: result.premium.value for result in products}
    premium = _sum([result.premium for result in products])
    cession = programme.apply(table, by_product)
    gross, net = cession.annual("gross"), cession.annual("net")
    treaties, retained = treaties_of(programme, cession, gross, unit)
    whole, kept = position_of(gross, unit), position_of(net, unit)
    year = MeanYear.of(programme, cession, premium, kept.mean)
    failures, unsaid = _failures(request, pool, programme, cession)
    return PoolReport(
        pool=pool.name,
        currency=unit,
        n_years=table.n_years,
        n_items=portfolio.n_items,
        sum_insured=float(portfolio.sum_insured.sum()),
        gross=whole,
        ceded=position_of(cession.annual("ceded"), unit),
        net=kept,
        net_in_gross_tail=retained,
        premium=premium,
        products=products,
        treaties=treaties,
        members=members_of(pool, signed, table, kept, whole, year),
        technical=year.of_the_rest(pool, signed),
        unplaced=signed.unplaced,
        return_periods=_return_periods(table, cession),
        breaches=breaches_of(pool, portfolio, programme, by_product),
        insolvency=failures,
        flags=(
            *cession.flags,
            *_few_years(table.n_years),
            *unsaid,
            *listed.warnings(),
            *own_limit_flags(pool, portfolio, programme),
        ),
        receipt=_receipt(request, portfolio, pool, programme, catalogue),
        terms=pool,
        programme=programme,
        losses=table,
        cession=cession,
    )


def _parts(request: PoolRequest) -> tuple[tuple[Mapping[str, object], ...], Pool, Programme]:
    if request.portfolio.sample is not None:
        shipped_sample = sample(request.portfolio.sample)
        pool = request.pool or shipped_sample.pool
        return shipped_sample.rows, pool, request.programme or shipped_sample.programme
    if request.pool is None:
        fault = Fault("pool", None, "is required with rows", "add the pool's members", "/pool")
        raise InvalidParameter([fault])
    return request.portfolio.rows, request.pool, request.programme or Programme()


@contextmanager
def _pointing(request: PoolRequest) -> Iterator[None]:
    """Faults of rows get the pointer into the request."""
    try:
        yield
    except InvalidParameter as error:
        at = "/portfolio/rows" if request.portfolio.rows else "/portfolio/sample"
        raise InvalidParameter(f._replace(pointer=at + f.pointer) for f in error.faults) from None


def position_of(annual: Floats, unit: str) -> Position:
    """The figures of annual losses (n_years,), currency units of `unit`."""
    s = measures.summary(annual, unit=unit)
    return Position(mean=s.mean, sd=s.sd, var_995=s.var_995, tvar_995=s.tvar_995,
                    capital=capital_of(s.tvar_995, s.mean))  # fmt: skip


def capital_of(tail: Estimate, mean: Estimate) -> Estimate:
    """TVaR less mean; the errors are added as if independent, which overstates slightly."""
    error = float(np.hypot(tail.standard_error or 0.0, mean.standard_error or 0.0))
    return Estimate(value=tail.value - mean.value, standard_error=error, unit=tail.unit)


def _sum(parts: list[Estimate]) -> Estimate:
    """The sum, errors added up: parts from one simulation are not independent."""
    return Estimate(
        value=float(sum(part.value for part in parts)),
        standard_error=float(sum(part.standard_error or 0.0 for part in parts)),
        unit=parts[0].unit,
    )


def _products(table: YearLossTable, catalogue: Catalogue) -> tuple[ProductResult, ...]:
    """Premium by product: pure premium of every item plus the margin on its Euler share of the
    pool's gross TVaR, grossed up for the product's loadings."""
    portfolio, n_products = table.portfolio, len(table.portfolio.product.names)
    annual = table.annual_by(portfolio.product.codes, n_products)
    tails = measures.co_tvar(annual, annual.sum(axis=0), LEVEL, unit=table.currency)
    results = []
    for code, name in enumerate(portfolio.product.names):
        product = catalogue.product(name)
        items = np.nonzero(portfolio.product.codes == code)[0].astype(np.int32)
        mean = _pure(product.model, portfolio, items, annual[code])
        loaded = 1 - sum(loading.rate for loading in product.loadings.values())
        rate, tail = product.capital.rate, tails[code]
        error = rate * (tail.standard_error or 0.0) + (1 - rate) * (mean.standard_error or 0.0)
        premium = Estimate(
            value=(mean.value + rate * (tail.value - mean.value)) / loaded,
            standard_error=error / loaded,
            unit=table.currency,
        )
        results.append(ProductResult(
            name=name, items=len(items), sum_insured=float(portfolio.sum_insured[items].sum()),
            mean=mean, tail_share=tail, premium=premium,
        ))  # fmt: skip
    return tuple(results)


def _pure(model: Model, portfolio: Portfolio, items: Any, annual: Floats) -> Estimate:
    rows = portfolio.terms_of[items]
    limits = portfolio.terms.aggregate_limit[rows[rows >= 0]]
    if not np.isfinite(limits).any():
        try:
            value = float(exact.mean(model, portfolio, items).sum())
            return Estimate(value=value, exact=True, unit=portfolio.currency)
        except Undefined:
            pass
    return measures.mean(annual, unit=portfolio.currency)


def capacities_of(report: PoolReport) -> tuple[Capacity, ...]:
    """Each member's line of the largest risk unit against what the law lets it carry."""
    portfolio = report.losses.portfolio
    shares = ceded_by_unit(portfolio, report.programme.proportional_shares(portfolio))
    return capacities(report.terms, sign(report.terms), portfolio, shares)


def breaches_of(
    pool: Pool, portfolio: Portfolio, programme: Programme, premium: Mapping[str, float]
) -> tuple[Breach, ...]:
    """Members above a legal limit under `programme`; `premium` by product, currency units."""
    signed, shares = sign(pool), programme.proportional_shares(portfolio)
    ceded_premium = float(shares @ premium_by_item(premium, portfolio))
    return (
        *single_risk_breaches(pool, signed, portfolio, ceded_by_unit(portfolio, shares)),
        *premium_breaches(pool, signed, sum(premium.values()), ceded_premium),
    )


def own_limit_flags(pool: Pool, portfolio: Portfolio, programme: Programme) -> tuple[str, ...]:
    """Where lines are above what their members state of their own, net of `programme`."""
    shares = ceded_by_unit(portfolio, programme.proportional_shares(portfolio))
    return tuple(flags_of_own_limits(pool, portfolio, shares))


def ceded_by_unit(portfolio: Portfolio, of_item: Floats) -> dict[str, float]:
    """The ceded share of each risk unit's sum insured, from that of each item (n_items,)."""
    codes, insured = portfolio.risk_unit.codes, portfolio.sum_insured
    shares = np.bincount(codes, insured * of_item) / np.bincount(codes, insured)
    low, high = np.ones(len(shares)), np.zeros(len(shares))
    np.minimum.at(low, codes, of_item)
    np.maximum.at(high, codes, of_item)
    shares = np.clip(shares, low, high)  # one share stays what it was, to the last digit
    return dict(zip(portfolio.risk_unit.names, shares.tolist(), strict=True))


def treaties_of(
    programme: Programme, cession: Cession, gross: Floats, unit: str
) -> tuple[tuple[TreatyResult, ...], Estimate]:
    """Each treaty's figures, and the net losses' part of the gross tail: together all of it."""
    names = [placed.name for placed in programme.treaties]
    annual = np.array([*(cession.annual(name) for name in names), cession.annual("net")])
    shares = measures.co_tvar(annual, gross, LEVEL, unit=unit)
    results = []
    for placed, losses, tail in zip(programme.treaties, annual[:-1], shares[:-1], strict=True):
        s = measures.summary(losses, unit=unit)
        results.append(TreatyResult(
            name=placed.name, kind=placed.treaty.kind, mean=s.mean, sd=s.sd, var_995=s.var_995,
            tvar_995=s.tvar_995, hit_probability=measures.probability_positive(losses),
            allocated_tvar=tail, allocated_capital=capital_of(tail, s.mean),
            flows={kind: measures.mean(flow, unit=unit)
                   for kind, flow in cession.flows[placed.name].items()},
        ))  # fmt: skip
    return tuple(results), shares[-1]


def _few_years(n_years: int) -> Iterator[str]:
    """Errors are estimates too: of heavy tails, from few years, they are too small."""
    beyond = n_years * (1 - LEVEL)
    if beyond < FEWEST_BEYOND:
        yield (
            f"{beyond:.0f} of {n_years:,} years lie beyond 99.5%: errors of sd, VaR and TVaR are "
            "rough themselves, take 10,000 years or more"
        )


def fates_of(request: PoolRequest) -> int:
    """Fates that a run goes through: companies that may fail, times years, times draws of each
    year. Raises what `run_pool` raises of the pool and its programme."""
    _, pool, programme = _parts(request)
    parties = counterparties(pool, sign(pool), programme)
    if parties is None:
        return 0
    n_years = request.simulation.n_years
    return (len(parties.members) + len(parties.reinsurers)) * n_years * _draws(n_years)


def _draws(n_years: int) -> int:
    return min(max(FATES // n_years, 1), MOST_DRAWS)


def _failures(
    request: PoolRequest, pool: Pool, programme: Programme, cession: Cession
) -> tuple[InsolvencyReport | None, tuple[str, ...]]:
    """What failures cost, if it is said how likely they are; and flags of what is not said."""
    signed, run = sign(pool), request.simulation
    parties = counterparties(pool, signed, programme)
    if parties is None:
        kind = pool.in_default.kind
        flag = f"default terms are {kind}, but nobody has a rating: no failure is simulated"
        return None, (flag,) if kind != "several" else ()
    found = insolvency(
        pool, signed, cession, members=parties.members, reinsurers=parties.reinsurers,
        terms=pool.in_default, dependence=request.failure_dependence, seed=run.seed,
        draws=_draws(run.n_years),
    )  # fmt: skip
    return found, (*parties.flags, *found.flags)


def _return_periods(table: YearLossTable, cession: Cession) -> dict[str, ReturnPeriods]:
    """Losses by return period, largest event (OEP) and year (AEP), gross and net."""
    net = table.with_loss(cession.net)
    return {"gross": curves.return_periods(table), "net": curves.return_periods(net)}


def _receipt(
    request: PoolRequest,
    portfolio: Portfolio,
    pool: Pool,
    programme: Programme,
    catalogue: Catalogue,
) -> Receipt:
    products = {f"product/{code}": catalogue.product(code) for code in portfolio.product.names}
    return Receipt(
        seed=request.simulation.seed,
        n_years=request.simulation.n_years,
        environment=environment(),
        digests={
            "portfolio": portfolio.digest(),
            "pool": digest(pool),
            "programme": digest(programme),
            **{name: digest(product) for name, product in products.items()},
        },
    )
