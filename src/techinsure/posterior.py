"""`posterior(request) -> PosteriorReport`: own data, what they make of the priors and of a rate.

The third use case: an actuary files a rate. Each parameter step by step (the product's prior,
experts, analogues, own data), how much each step weighs, what one more claim would do, and which
opinions the rate still hangs on.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped, updates, with_experience
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.evidence import Prior
from techinsure.evidence.conflict import Conflict, check
from techinsure.evidence.experience import Experience
from techinsure.evidence.observed import Amounts, Observation
from techinsure.evidence.steps import Step
from techinsure.evidence.stepwise import before_own_data
from techinsure.evidence.updating import Update, one_more
from techinsure.portfolio import Portfolio
from techinsure.product import Product, at, put
from techinsure.quantities import FORBID, Estimate, Name, Real, is_amount, optional, refuse_unless
from techinsure.quotes import PriceRequest, Quote
from techinsure.quoting.engines import FEWEST_BEYOND, LEVEL
from techinsure.quoting.priced import FIGURES, price
from techinsure.quoting.rating import rate
from techinsure.reading import read
from techinsure.receipt import Receipt, digest, environment, plain
from techinsure.sensitivities import Sensitivity, pure_rate, sensitivities


@dataclass(frozen=True, slots=True, kw_only=True)
class PosteriorRequest:
    """Own data on a product, experts and analogues beside them, and the risk whose rate shows what
    they do: a price request without its product (the product's own example if not given).
    `one_more_amount`: the size of the further claim that laws of amounts are tried with, in the
    unit of the law."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: Name
    experience: Experience
    risk: dict[str, Any] = field(default_factory=dict)
    one_more_amount: Real | None = None

    def __post_init__(self) -> None:
        refuse_unless(self, one_more_amount=optional(is_amount))


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMore:
    """What one more claim would do: the mean of its parameter, and the pure rate (None where the
    terms have no closed form)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parameter: str
    mean: float
    pure_rate: float | None
    amount: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PosteriorReport:
    """Priors and posteriors, and the price of one risk under both.

    `pure_rate`: expected claims as a share of the sum insured, posterior, exact where it can be;
    `sensitivities` of it to means of grade D, largest first, `spreads` to their coefficients of
    variation, `relativities` to those of grade D that rate the risk; `held`: what cannot be moved
    alone; `conflicts` of what was known before own data with what was seen. Both quotes verify
    alone.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: str
    version: str
    version_after: str
    updates: tuple[Update, ...]
    before: Quote
    after: Quote
    pure_rate: Estimate
    one_more: tuple[OneMore, ...]
    sensitivities: tuple[Sensitivity, ...]
    spreads: tuple[Sensitivity, ...]
    relativities: tuple[Sensitivity, ...]
    held: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    notes: tuple[str, ...]
    receipt: Receipt

    @property
    def unseen(self) -> int:
        """How many of what is of grade D move the rate by less than the digits shown."""
        moved = (*self.sensitivities, *self.relativities, *self.spreads)
        return sum(not one.shows for one in moved)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return dict(plain(self))

    def text(self) -> str:
        """For the file: what was seen, what it changed, what rests on opinion."""
        return "\n".join(_text(self))

    def __str__(self) -> str:
        return (
            f"{self.product}: pure rate {_percent(_pure_rate(self.before))} before, "
            f"{_percent(self.pure_rate.value)} after {len(self.updates)} parameters were updated"
        )


def posterior(
    request: PosteriorRequest | Mapping[str, Any], catalogue: Catalogue | None = None
) -> PosteriorReport:
    """Update a product's priors by own data and price one risk under both.

    Raises `InvalidParameter` with a pointer for each fault, `NotFound` for a product or a
    parameter that does not exist.
    """
    request = request if isinstance(request, PosteriorRequest) else read(PosteriorRequest, request)
    product = (catalogue or shipped()).product(request.product)
    learnt = with_experience(product, request.experience)
    risk = risk_of(product, request)
    portfolio = rated(product, risk)
    shelf = Catalogue(products={product.code: product})
    before = price(risk, shelf)
    after = price(replace(risk, experience=request.experience), shelf)
    moved = sensitivities(learnt, risk, after.factors)
    return PosteriorReport(
        product=product.code, version=product.version, version_after=learnt.version,
        updates=after.updates, before=before, after=after,
        pure_rate=after.premium.pure.scaled(1 / after.sum_insured, unit="of sum insured"),
        one_more=tuple(_one_more(product, learnt, request, portfolio)),
        sensitivities=moved.means, spreads=moved.spreads, relativities=moved.relativities,
        held=moved.held, conflicts=tuple(_conflicts(product, request.experience)),
        notes=tuple(_notes(before, after, pure_rate(learnt, portfolio))),
        receipt=Receipt(
            seed=risk.simulation.seed, n_years=risk.simulation.n_years, environment=environment(),
            digests={"product": digest(product), "posterior": digest(learnt),
                     "experience": request.experience.digest, "risk": digest(plain(risk))},
        ),
    )  # fmt: skip


def rated(product: Product, risk: PriceRequest) -> Portfolio:
    """The risk as the product rates it; faults have their place in the whole request."""
    with _under("/risk"):
        return rate(product, risk).portfolio


@contextmanager
def _under(where: str) -> Iterator[None]:
    """Faults of a part of the request get the pointer into the whole."""
    try:
        yield
    except InvalidParameter as error:
        raise InvalidParameter(
            f._replace(pointer=where + f.pointer) for f in error.faults
        ) from None


def risk_of(product: Product, request: PosteriorRequest) -> PriceRequest:
    """The price request of the risk whose rate is shown."""
    if "experience" in request.risk:
        fix = "give the data under /experience: the rate is shown without and with them"
        fault = Fault("experience", "...", "must not stand in the risk", fix, "/risk/experience")
        raise InvalidParameter([fault])
    given = request.risk or {k: v for k, v in product.example.items() if k != "product"}
    return read(PriceRequest, {**given, "product": product.code}, "/risk")


def _conflicts(product: Product, experience: Experience) -> Iterator[Conflict]:
    """How surprising the counts are to what was known of each parameter before them, where the law
    of counts is known."""
    for seen in experience.observations:
        prior = at(product, seen.parameter)
        assert isinstance(prior, Prior)
        try:
            before = before_own_data(prior, experience.known(seen.parameter))
            yield check(before, seen, experience)
        except (InvalidParameter, Undefined):
            continue


def _notes(before: Quote, after: Quote, exact_rate: float | None) -> Iterator[str]:
    if before.premium.pure.value == after.premium.pure.value:
        yield "the data speak of no parameter that this risk uses: choose a risk of their class"
    if exact_rate is None:
        yield "no closed form: what one more claim or an opinion moves is not shown"
    compared = {one.name for one in after.engines}
    missing = [told for name, told in FIGURES.items() if name not in compared]
    if after.claim_probability.exact and missing:
        yield (
            f"the two engines are not compared by {', '.join(missing)}: too few of the "
            f"{after.receipt.n_years:,} simulated years have a payment ({FEWEST_BEYOND} are "
            f"needed, and more than {1 - LEVEL:.1%} of all for a tail); take more years"
        )


def _one_more(
    product: Product, learnt: Product, request: PosteriorRequest, portfolio: Portfolio
) -> Iterator[OneMore]:
    experience = request.experience
    for entry in experience.entries:
        amount = None
        more: Observation | Amounts
        if isinstance(entry, Amounts):
            amount = request.one_more_amount
            if amount is None:
                continue
            more = replace(entry, values=(*entry.values, amount))
        else:
            more = one_more(entry)
        found = {one.parameter: one.posterior for one in updates(product, experience.but(more))}
        changed = learnt
        for parameter, law in found.items():
            changed = put(changed, parameter, law)
        yield OneMore(
            parameter=entry.parameter, mean=found[entry.parameter].mean, amount=amount,
            pure_rate=pure_rate(changed, portfolio),
        )  # fmt: skip


def _pure_rate(quote: Quote) -> float:
    return quote.premium.pure.value / quote.sum_insured


def _percent(value: float) -> str:
    return f"{100 * value:.3g}%"


def _text(report: PosteriorReport) -> Iterator[str]:
    yield f"{report.product}: version {report.version} updated to {report.version_after}"
    yield "Parameters, mean (5% to 95%):"
    for one in report.updates:
        yield from _of_parameter(one)
    yield from (f"  {one.parameter}: {one.verdict}" for one in report.conflicts)
    yield from (f"Note: {note}" for note in report.notes)
    for name, quote in (("before", report.before), ("after", report.after)):
        ends = quote.pure_range
        known = "" if ends is None else (
            f", {_percent(ends.low.value / quote.sum_insured)} to "
            f"{_percent(ends.high.value / quote.sum_insured)} in 90% of draws"
        )  # fmt: skip
        yield (
            f"Pure rate {name}: {_percent(_pure_rate(quote))}{known}; charged "
            f"{_percent(quote.rate.value)} ({quote.premium.charged})"
        )
    for more in report.one_more:
        what = f" of {more.amount:,.0f}" if more.amount is not None else ""
        rated = "" if more.pure_rate is None else f", pure rate {_percent(more.pure_rate)}"
        yield f"One more claim{what} on {more.parameter}: mean {more.mean:.4g}{rated}"
    yield from _opinions(report)


def _of_parameter(one: Update) -> Iterator[str]:
    before, after = one.prior, one.posterior
    seen = f"{one.events:g} events in {one.base:,.6g} {one.unit}; " if one.base else ""
    all_else = "all before them" if one.has_steps else "prior"
    yield (
        f"  {one.parameter}: {before.mean:.4g} ({_ends(one.prior_range)}) -> "
        f"{after.mean:.4g} ({_ends(one.posterior_range)}); {seen}data weigh "
        f"{one.weight:.0%}, {all_else} {1 - one.weight:.0%}; grade {before.grade} -> {after.grade}"
    )
    yield f"    source: {after.source}"
    if one.has_steps:
        for step in one.steps:
            yield (
                f"    {step.name:<9} {step.mean:.4g}, sd {step.sd:.3g} "
                f"({_ends((step.low, step.high))}), weight {step.weight:.0%}: {step.source}"
            )
            yield from (f"      {line}" for line in _inside(step))
    yield from (f"    note: {note}" for note in one.notes)


def _inside(step: Step) -> Iterator[str]:
    """Opinions and analogues of a step."""
    for one in step.opinions:
        misfit = "" if one.misfit is None else f", misfit {one.misfit:.3f}"
        yield (
            f"{one.name}: mean {one.mean:.4g}, cv {one.cv:.2f}{misfit}; the right one with "
            f"{one.before:.0%} before data, {one.after:.0%} after"
        )
        yield from (f"  note: {note}" for note in one.notes)
    for lent in step.lent:
        ends = f" ({_ends((lent.low, lent.high))}), learnt" if lent.learnt else ", stated"
        yield (
            f"{lent.name}: discount {lent.discount:.2f}{ends}; {lent.events:.3g} events in "
            f"{lent.base:.4g} borrowed, weight {lent.weight:.0%}, grade {lent.grade}"
        )


def _opinions(report: PosteriorReport) -> Iterator[str]:
    for many, said in (
        (report.sensitivities,
         "Opinions (grade D) that the rate hangs on, each moved by -10% and +10%:"),
        (report.relativities, "Relativities (grade D) of this risk, each moved by -10% and +10%:"),
        (report.spreads, "Coefficients of variation (grade D), each moved by -25% and +25%:"),
    ):  # fmt: skip
        if shown := [_moved(one) for one in many if one.shows]:
            yield said
            yield from shown
    if report.unseen:
        yield f"  {report.unseen} more of grade D move no digit shown of the rate"
    if report.held:
        yield f"  not moved alone: {', '.join(report.held)}"


def _moved(one: Sensitivity) -> str:
    ends = f"{_percent(one.lower)} to {_percent(one.higher)}"
    return f"  {one.parameter} = {one.mean:.4g}: {ends}; {one.source}"


def _ends(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.4g} to {ends[1]:.4g}"
