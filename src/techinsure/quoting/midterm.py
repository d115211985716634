"""`midterm(request) -> MidtermReport`: a priced policy cancelled or changed within its term.

The premium is priced as at inception, each of its lines is earned by its own rule, and what is to
come follows the risk pattern: exact for one project, else simulated in the years of the request.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.models.staged import Staged
from techinsure.money import Owed, to_minor
from techinsure.portfolio import Portfolio
from techinsure.pricing.over_time.midterm import (
    Cancellation,
    Endorsement,
    PremiumLine,
    cancel,
    endorse,
    premium_lines,
)
from techinsure.pricing.over_time.pattern import Moment, risk_pattern
from techinsure.pricing.over_time.staged_pattern import exact_pattern, project_ends
from techinsure.product import Product
from techinsure.quantities import FORBID, Estimate, Real, positive, refuse_unless
from techinsure.quotes import Option, PriceRequest, Quote
from techinsure.quoting.options import of_option, with_option
from techinsure.quoting.priced import learnt, price
from techinsure.quoting.rating import rate
from techinsure.reading import read
from techinsure.receipt import plain
from techinsure.simulation import Simulation, cohort_blocks, simulate

Pricer = Callable[[PriceRequest, Catalogue], Quote]
Basis = Literal["exact", "simulated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MidtermRequest:
    """The `risk` as it was priced; `months` since inception; of its premium `paid`, decimal text in
    currency units (empty: all of it). `change`: the new terms for what remains; without it the
    policy is cancelled. The risk names no tolerance; its options, drivers and subsidy move nothing
    here."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    risk: PriceRequest
    months: Real
    paid: str = ""
    change: Option | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, months=positive)
        if self.risk.tolerance is not None:
            fix, bound = "leave it out and give simulation.n_years", "must be absent"
            raise InvalidParameter([Fault("tolerance", "...", bound, fix, "/risk/tolerance")])


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMoment:
    """A premium at the moment: what was `charged` for the whole term, and the `moment` of the risk
    pattern, `exact` for one project, else `simulated`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    charged: Estimate
    moment: Moment
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class MidtermReport:
    """The policy `before`, and one of: its `cancellation`, or the `endorsement` to the terms
    `after`. When each line is earned is our judgement (grade D) until the contract says
    otherwise."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: str
    product_version: str
    insured: str
    currency: str
    months: float
    term_months: float
    n_years: int
    before: AtMoment
    after: AtMoment | None
    cancellation: Cancellation | None
    endorsement: Endorsement | None

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return dict(plain(self))


def midterm(
    request: MidtermRequest | Mapping[str, Any],
    catalogue: Catalogue | None = None,
    pricer: Pricer = price,
) -> MidtermReport:
    """Cancel or change a policy at a moment of its term. `pricer`: what prices a risk.

    Raises `InvalidParameter` with pointers into the request, and `Undefined` for several projects
    in one policy, which end one by one, and for joined parts.
    """
    asked = request if isinstance(request, MidtermRequest) else read(MidtermRequest, request)
    catalogue = catalogue or shipped()
    quote, lines, at, moment = _at(asked.risk, asked.months, catalogue, pricer, "/risk")
    unit = quote.currency
    paid = Owed(amount_minor=_paid(asked, quote, unit), currency=unit)
    new = cancelled = changed = None
    if asked.change is None:
        cancelled = cancel(lines, moment, paid)
    else:
        other = with_option(catalogue.product(asked.risk.product), asked.risk, asked.change)
        _, new_lines, new, there = _at(other, asked.months, catalogue, pricer, "/change")
        changed = endorse(lines, moment, new_lines, there, paid)
    return MidtermReport(
        product=quote.product, product_version=quote.product_version, insured=quote.insured,
        currency=unit, months=asked.months, term_months=quote.term_months,
        n_years=asked.risk.simulation.n_years, before=at, after=new,
        cancellation=cancelled, endorsement=changed,
    )  # fmt: skip


def _at(
    risk: PriceRequest, months: float, catalogue: Catalogue, pricer: Pricer, place: str
) -> tuple[Quote, tuple[PremiumLine, ...], AtMoment, Moment]:
    """The risk priced as at inception, and its pattern after some months."""
    plainly = replace(risk, drivers=False, options=(), subsidy=None)
    try:
        quote = pricer(plainly, catalogue)
        product = learnt(catalogue.product(risk.product), risk)
        portfolio = rate(product, plainly).portfolio
    except InvalidParameter as error:
        inside = of_option if place == "/change" else str
        moved = [fault._replace(pointer=place + inside(fault.pointer)) for fault in error.faults]
        raise InvalidParameter(moved) from None
    if not months < quote.term_months:
        bound = f"must be less than the term, {quote.term_months:g}"
        raise InvalidParameter([Fault("months", months, bound, "", "/months")])
    moment, basis = moment_of(product, portfolio, months / 12, risk.simulation)
    amounts = {step.name: step.amount.value for step in quote.premium.waterfall.steps}
    return (
        quote, premium_lines(amounts),
        AtMoment(charged=quote.premium.charged, moment=moment, basis=basis), moment,
    )  # fmt: skip


def moment_of(
    product: Product, risk: Portfolio, time: float, run: Simulation
) -> tuple[Moment, Basis]:
    """The moment of the risk pattern at a time, years since inception, and how it was made."""
    model = product.model
    if model.kind == "joint":
        raise Undefined("the risk pattern of joined parts is not known: a campaign ends when it "
                        "fails, its hazards do not")  # fmt: skip
    ended = None
    if isinstance(model, Staged):
        if risk.n_items > 1:
            raise Undefined(
                f"{risk.n_items} projects of one policy end one by one: ask for each project alone"
            )
        if not np.isfinite(risk.terms.aggregate_limit).any():
            try:
                return exact_pattern(model, risk, 0, [time]).at(time), "exact"
            except Undefined:
                pass
        ended = project_ends(model, risk, 0, cohort_blocks(run.seed, run.n_years))
    table = simulate(risk, {product.code: model}, seed=run.seed, n_years=run.n_years)
    return risk_pattern(table, [time], ended=ended).at(time), "simulated"


def _paid(asked: MidtermRequest, quote: Quote, unit: str) -> int:
    """What was paid, in minor units."""
    whole = to_minor(quote.premium.charged.value, unit)
    if not asked.paid:
        return whole
    try:
        paid = to_minor(asked.paid, unit)
    except InvalidParameter as error:
        raise InvalidParameter(
            fault._replace(field="paid", pointer="/paid") for fault in error.faults
        ) from None
    if not 0 <= paid <= whole:
        bound = f"must be in [0, {quote.premium.charged.value:,.2f}], the premium in {unit}"
        raise InvalidParameter([Fault("paid", asked.paid, bound, "", "/paid")])
    return paid
