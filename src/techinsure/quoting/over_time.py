"""What time would do to a price, shown beside it: capital counted for its years, claims discounted.

Both are of the simulated years of the quote; neither moves a line of the premium.
"""

import math

import numpy as np

from techinsure.errors import InvalidParameter, Undefined
from techinsure.losses.sampling import sample
from techinsure.losses.year_table import YearLossTable
from techinsure.models.staged import Staged
from techinsure.money import Owed, to_minor
from techinsure.pricing.over_time.multi_year import (
    Instalments,
    Yields,
    premium_by_year,
    years_of_capital,
)
from techinsure.pricing.over_time.pattern import (
    SPARE,
    PolicyYear,
    policy_years,
    risk_pattern,
    slices,
)
from techinsure.pricing.over_time.staged_pattern import project_ends
from techinsure.pricing.waterfall import MARGIN, RISK_STEPS
from techinsure.product import Product
from techinsure.quantities import Estimate
from techinsure.quotes import Discount, OverTime, Premium
from techinsure.quoting.charging import Costs, total
from techinsure.simulation import Simulation, cohort_blocks


def over_time(
    product: Product,
    discount: Discount | None,
    premium: Premium,
    costs: Costs,
    table: YearLossTable,
    run: Simulation,
) -> tuple[OverTime | None, tuple[str, ...]]:
    """Time beside the `premium` of the risk whose losses are `table`, in currency units, and what
    must be said of it. Nothing where no `discount` is given and the term is at most a year."""
    if discount is None and table.portfolio.term.max() <= 1 + SPARE:
        return None, ()
    try:
        return _beside(product, discount, premium, costs, table, run), ()
    except Undefined as error:
        why = str(error)
    except InvalidParameter:
        why = "the insured objects have different terms"
    return None, () if discount is None else (f"time beside the price is not shown: {why}",)


def _beside(
    product: Product,
    discount: Discount | None,
    premium: Premium,
    costs: Costs,
    table: YearLossTable,
    run: Simulation,
) -> OverTime:
    unit, years = product.currency, policy_years(table)
    held = years_of_capital(risk_pattern(table, [year.start for year in years]), years)
    lines = {name: costs[name].estimate(unit) for name in MARGIN}
    capital = total(costs, MARGIN).estimate(unit)
    extra = capital.value * (held.value - 1)
    spread = _product_error(capital, held, held.value - 1)
    added = _added(product, costs, extra, spread)
    factor = discounted = claims = both = None
    if discount is not None:
        pure = premium.pure
        factor = _factor(table, years, discount.yields)
        error = _product_error(pure, factor, factor.value)
        discounted = Estimate(value=pure.value * factor.value, standard_error=error, unit=unit)
        less, off = pure.value * (factor.value - 1), _product_error(pure, factor, factor.value - 1)
        claims = _added(product, costs, less, off)
        both = _added(product, costs, extra + less, spread + off)
    return OverTime(
        discount=discount,
        years_of_capital=held,
        capital={name: _times(line, held, unit) for name, line in lines.items()},
        capital_added=added,
        discounted_claims=discounted,
        claims_added=claims,
        both_added=both,
        by_year=None if discount is None else _by_year(product, discount, premium, table, run),
    )


def _added(product: Product, costs: Costs, extra: float, error: float) -> Estimate:
    """What `extra` risk costs with that error add to the charged premium, loadings and minimum
    premium as they are; nothing where the minimum holds before and after."""
    technical = total(costs, RISK_STEPS).value
    value = _charged(product, technical + extra) - _charged(product, technical)
    loaded = error / (1 - sum(loading.rate for loading in product.loadings.values()))
    return Estimate(value=value, standard_error=loaded if value else 0.0, unit=product.currency)


def _charged(product: Product, technical: float) -> float:
    """The premium for risk costs of `technical`, currency units."""
    fixed, least = product.tariff.fixed_expense, product.tariff.minimum_premium
    rate = sum(loading.rate for loading in product.loadings.values())
    premium = (technical + (fixed.amount if fixed else 0.0)) / (1 - rate)
    return max(premium, least.amount) if least else premium


def _times(line: Estimate, held: Estimate, unit: str) -> Estimate:
    error = _product_error(line, held, held.value)
    return Estimate(value=line.value * held.value, standard_error=error, unit=unit)


def _product_error(amount: Estimate, factor: Estimate, by: float) -> float:
    """Error of `amount` times `by`, the `factor` or that less a constant, as if independent."""
    return math.hypot(
        by * (amount.standard_error or 0.0), amount.value * (factor.standard_error or 0.0)
    )


def _factor(table: YearLossTable, years: tuple[PolicyYear, ...], yields: Yields) -> Estimate:
    """Present value over nominal value of expected claims, paid at the middle of each policy year;
    the error of a ratio of means of the same years (Cochran 1977, ch. 6)."""
    by_year = slices(table)
    value = yields.discount(np.array([(year.start + year.end) / 2 for year in years])) @ by_year
    whole = sample(by_year.sum(axis=0), table.weight, table.stratum)
    ratio = whole.mean(value) / whole.mean()
    error = whole.error((value - ratio * whole.values) / whole.mean())
    return Estimate(value=ratio, standard_error=error)


def _by_year(
    product: Product, discount: Discount, premium: Premium, table: YearLossTable, run: Simulation
) -> Instalments | None:
    """The charged premium as one a policy year, where it is known when the risk ends."""
    years = policy_years(table)
    if len(years) == 1 or product.model.kind == "joint":
        return None
    ended = None
    if isinstance(product.model, Staged):
        if table.portfolio.n_items > 1:
            return None
        ended = project_ends(
            product.model, table.portfolio, 0, cohort_blocks(run.seed, table.n_years)
        )
    pattern = risk_pattern(table, [year.start for year in years], ended=ended)
    unit = product.currency
    single = Owed(amount_minor=to_minor(premium.charged.value, unit), currency=unit)
    return premium_by_year(single, pattern, years, yields=discount.yields)
