"""What is to be paid for a premium: minor units, by policy year, less what the state pays."""

import math
from collections.abc import Iterator
from dataclasses import fields
from fractions import Fraction

from techinsure.errors import Fault, InvalidParameter, NotFound, Undefined
from techinsure.losses.year_table import YearLossTable
from techinsure.money import MOST_MINOR, Owed, decimal_of, split, to_minor, to_units
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.pricing.over_time.pattern import SPARE, PolicyYear, policy_years
from techinsure.pricing.subsidies.budget import Budget
from techinsure.pricing.subsidies.multi_year import Subsidies, stacked, subsidise_years
from techinsure.pricing.subsidies.schemes import Scheme, scheme
from techinsure.pricing.subsidies.subsidised import SparseData, SubsidisedPolicy, shown
from techinsure.pricing.subsidies.subsidy import Subsidy
from techinsure.product import Product
from techinsure.quantities import exactly
from techinsure.quotes import Payable, PolicyYearPremium, Premium, PriceRequest, SubsidyAsked
from techinsure.reading import pointer


def payable(
    product: Product,
    request: PriceRequest,
    premium: Premium,
    risk: Portfolio,
    table: YearLossTable,
) -> Payable:
    """The premium as owed: rounded to minor units (half to even), by policy year in proportion to
    expected claims, with the subsidy of the request; it moves no price.

    A policy of several years is subsidised year by year where the scheme treats its years apart.
    """
    unit = product.currency
    whole = Owed(amount_minor=to_minor(premium.charged.value, unit), currency=unit)
    vat = Owed(amount_minor=to_minor(premium.vat.value, unit), currency=unit)
    years = _by_year(whole, risk, table)
    nothing = Owed(amount_minor=0, currency=unit)
    if request.subsidy is None:
        return Payable(premium=whole, state=nothing, others=nothing, insured=whole, vat=vat,
                       years=years, subsidy=None)  # fmt: skip
    found = _subsidy(product, request, request.subsidy, premium, whole, years, risk)
    return Payable(premium=whole, state=found.state, others=found.others, insured=found.insured,
                   vat=vat, years=years, subsidy=found)  # fmt: skip


def unpaid(payable: Payable) -> Iterator[str]:
    """Why a subsidy that was asked for pays nothing."""
    parts = () if payable.subsidy is None else payable.subsidy.parts
    if parts and payable.state.amount_minor == 0:
        yield (
            f"no part of the premium is paid by the subsidy that was asked for, {parts[0].scheme}: "
            f"{_reason(parts[0])}"
        )


def _reason(part: Subsidy) -> str:
    """The first step that leaves nothing."""
    return next(step.why for step in part.steps if step.after == 0)


def _by_year(whole: Owed, risk: Portfolio, table: YearLossTable) -> tuple[PolicyYearPremium, ...]:
    """The premium of each policy year; by time alone where no loss was simulated, and one year
    where terms differ by item."""
    insured = float(risk.sum_insured.sum())
    end = float(risk.term.max())
    try:
        years = policy_years(table)
    except Undefined:
        ends = [min(year + 1.0, end) for year in range(math.ceil(end - SPARE))]
        years = tuple(_year(place, until, end, whole) for place, until in enumerate(ends))
    except InvalidParameter:
        years = (_year(0, end, end, whole),)
    parts = split(whole.amount_minor, [Fraction(max(year.share.value, 0.0)) for year in years])
    return tuple(
        PolicyYearPremium(
            start=year.start, end=year.end, share=year.share,
            premium=Owed(amount_minor=part, currency=whole.currency),
            rate=_rate(part, whole.currency, insured, year),
        )
        for year, part in zip(years, parts, strict=True)
    )  # fmt: skip


def _year(start: int, end: float, term: float, whole: Owed) -> PolicyYear:
    """A policy year that counts for its length of the `term`; no loss of it was seen."""
    share, nothing = exactly((end - start) / term), exactly(0.0, whole.currency)
    return PolicyYear(start=float(start), end=end, expected=nothing, share=share)


def _rate(part: int, currency: str, insured: float, year: PolicyYear) -> float:
    premium = float(Owed(amount_minor=part, currency=currency).amount)
    return premium / insured / (year.end - year.start)


def _subsidy(
    product: Product, request: PriceRequest, asked: SubsidyAsked, premium: Premium, whole: Owed,
    years: tuple[PolicyYearPremium, ...], risk: Portfolio,
) -> Subsidies:  # fmt: skip
    unit, found = product.currency, _scheme(asked)
    try:
        policy = _policy(product, request, asked, risk)
        used = _minor("used", asked.used, unit)
        others = _minor("others", asked.others, unit)
        if others > whole.amount_minor:
            bound = f"must be <= the premium, {shown(whole.amount_minor, unit)}"
            raise InvalidParameter([Fault("others", asked.others, bound)])
        budget = Budget.of(found) if found.budget is not None else None
        sparse = _sparse(product, premium)
        if len(years) == 1 or not _counts_years(found):
            return stacked(
                whole,
                policy,
                [found],
                used={found.code: used},
                others=others,
                budgets={} if budget is None else {found.code: budget},
                sparse=sparse,
            )
        return subsidise_years(
            [year.premium for year in years],
            policy,
            found,
            used={policy.year: used},
            others=split(others, [Fraction(year.share.value) for year in years]),
            budget=budget,
            sparse=[_of_year(sparse, year) for year in years],
        )
    except InvalidParameter as error:
        raise InvalidParameter(_inside(fault) for fault in error.faults) from None


ASKED = frozenset(field.name for field in fields(SubsidyAsked))


def _inside(fault: Fault) -> Fault:
    """The fault with its place in the request's subsidy."""
    at = fault.pointer or (pointer(fault.field) if fault.field in ASKED else "")
    return fault._replace(pointer="/subsidy" + at)


def _minor(name: str, amount: str, currency: str) -> int:
    """An amount of the request in minor units; faults tell it as it was written."""
    most = to_units(MOST_MINOR, currency)
    if not 0 <= decimal_of(amount, name) <= most:
        bound, fix = f"must be in [0, {float(most):g}]", "write amounts in currency units"
        raise InvalidParameter([Fault(name, amount, bound, fix)])
    return to_minor(amount, currency)


def _counts_years(found: Scheme) -> bool:
    """Whether the scheme treats the years of a policy apart."""
    return found.years_max is not None or found.renewal_share is not None or found.no_gap


def _scheme(asked: SubsidyAsked) -> Scheme:
    if isinstance(asked.scheme, Scheme):
        return asked.scheme
    try:
        return scheme(asked.scheme)
    except NotFound as error:
        fault = Fault("scheme", asked.scheme, "is no shipped scheme", str(error), "/subsidy/scheme")
        raise InvalidParameter([fault]) from None


def _policy(
    product: Product, request: PriceRequest, asked: SubsidyAsked, risk: Portfolio
) -> SubsidisedPolicy:
    start = asked.start or request.as_of
    if start is None:
        fix = "write subsidy.start or as_of, such as 2026-11-24"
        raise InvalidParameter([Fault("start", None, "is required for a subsidy", fix, "/start")])
    unit = product.currency
    return SubsidisedPolicy(
        firm=asked.firm or request.insured.name,
        product=product.code,
        covers=asked.covers or _covers(product, risk),
        firm_kind=asked.firm_kind,
        stage="" if request.insured.stage == "unknown" else request.insured.stage,
        region=asked.region,
        sum_insured_minor=to_minor(float(risk.sum_insured.sum()), unit),
        currency=unit,
        start=start,
        months=max(round(float(risk.term.max()) * 12), 1),
        years_before=asked.years_before,
        covered_until=asked.covered_until,
    )


def _covers(product: Product, risk: Portfolio) -> tuple[str, ...]:
    """The covers of the product that some item of the risk has."""
    return tuple(
        name
        for name, cover in product.covers.items()
        if any(
            (risk.terms_of[:, risk.causes.index(cause)] != NOWHERE).any() for cause in cover.causes
        )
    )


def _sparse(product: Product, premium: Premium) -> SparseData:
    step = premium.waterfall.step
    return SparseData(
        mean_term=step("parameter_mean").value,
        capital_term=step("parameter_capital").value,
        loadings=sum(loading.rate for loading in product.loadings.values()),
    )


def _of_year(sparse: SparseData, year: PolicyYearPremium) -> SparseData:
    """The part of one policy year, in proportion to its expected claims."""
    return SparseData(
        mean_term=sparse.mean_term * year.share.value,
        capital_term=sparse.capital_term * year.share.value,
        loadings=sparse.loadings,
    )
