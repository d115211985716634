"""A quote for people: tables of its premium, figures, factors, drivers and options."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from techinsure_api.terminal import amount, error_of, money, money_error, table
from techinsure_api.words import by_language, language, retell, tell

if TYPE_CHECKING:
    from techinsure.product import Product
    from techinsure.quantities import Estimate
    from techinsure.quotes import AppliedFactor, Quote

PERCENT, EVERY = 100, "*"


LINES: dict[str, Callable[[], str]] = {
    "plug_in_pure": lambda: tell("expected claims, best estimates"),
    "parameter_mean": lambda: tell("sparse data: expected claims"),
    "process_capital": lambda: tell("capital: chance"),
    "parameter_capital": lambda: tell("sparse data: capital"),
    "dependence": lambda: tell("capital: dependence"),
    "model_risk": lambda: tell("model risk"),
    "reinsurance_cost": lambda: tell("reinsurance cost"),
    "fixed_expense": lambda: tell("fixed expense"),
    "minimum_premium": lambda: tell("minimum premium"),
}
"""What the steps of a premium are called, in the reader's language; loadings have own names."""


def shown(quote: "Quote", product: "Product") -> list[object]:
    """The quote for people: premium, probabilities, factors, terms, warnings, receipt."""
    factors = table(
        tell("Factors (assumed: not given, rated at the level unknown)"),
        (tell("factor"), tell("level"), tell("moves"), ">" + tell("times"), tell("grade"),
         tell("source")),
        [_factor(factor, product) for factor in quote.factors],
    )  # fmt: skip
    moved = [_drivers(quote, product)] if quote.drivers is not None else []
    options = [_options(quote)] if quote.alternatives else []
    options += [_principles(quote)] if quote.principles else []
    return [
        *_premium(quote, product), *_figures(quote), *_over_time(quote), *moved, *options, factors,
        *_levels(quote), *_footer(quote, product),
    ]  # fmt: skip


def line_name(step: str) -> str:
    """What a step of the premium, or a loading, is called."""
    return LINES[step]() if step in LINES else retell(step.replace("_", " "))


def _premium(quote: "Quote", product: "Product") -> Iterator[object]:
    """The lines that cost something, the sum, the tax beside it; and what costs nothing."""
    unit, charged = quote.currency, quote.premium.charged
    steps = quote.premium.waterfall.steps
    free = [step for step in steps if not step.amount.value and step.amount.exact]
    rows = [
        (line_name(step.name), money(step.amount.value), money_error(step.amount),
         _share(step.amount, charged), retell(step.pays_for))
        for step in steps if step not in free
    ]  # fmt: skip
    vat = quote.premium.vat
    rows += [
        (tell("charged"), money(charged.value), money_error(charged), _share(charged, charged),
         retell("all of the above")),
        (retell("vat"), money(vat.value), money_error(vat), "",
         retell("value added tax, not part of what is charged")),
    ]  # fmt: skip
    yield table(
        tell(
            "{product} {version} for {insured}: sum insured {amount} {unit}, {months} months",
            product=_name(product), version=quote.product_version, insured=quote.insured,
            amount=amount(quote.sum_insured), unit=unit, months=f"{quote.term_months:g}",
        ),
        (tell("premium"), ">" + tell("amount, {unit}", unit=unit), ">" + tell("error"),
         ">" + tell("share"), tell("pays for")),
        rows,
    )  # fmt: skip
    if free:
        named = tell(", ").join(line_name(step.name) for step in free)
        yield tell("Nothing is charged for: {names}", names=named)
    if quote.payable.subsidy is not None:
        yield _to_pay(quote)


def _share(part: "Estimate", charged: "Estimate") -> str:
    return f"{PERCENT * part.value / charged.value:.1f}%" if charged.value else "-"


def _to_pay(quote: "Quote") -> str:
    owed = quote.payable
    return tell(
        "To pay, {unit}: {insured} by the firm, {state} by the state, {others} by other subsidies; "
        "value added tax of {vat} on top",
        unit=quote.currency, insured=f"{owed.insured.amount:,}", state=f"{owed.state.amount:,}",
        others=f"{owed.others.amount:,}", vat=f"{owed.vat.amount:,}",
    )  # fmt: skip


def _principles(quote: "Quote") -> object:
    """What other premium principles would charge for the policy alone."""
    rows = [
        (one.principle.replace("_", " "), f"{one.parameter} {one.value:g}",
         "-" if one.charged is None else amount(one.charged.value),
         one.refused if one.charged is None else error_of(one.charged))
        for one in quote.principles
    ]  # fmt: skip
    columns = (tell("principle"), tell("at"),
               ">" + tell("charged, {unit}", unit=quote.currency), ">" + tell("error"))  # fmt: skip
    return table(tell("Other premium principles, for this policy alone"), columns, rows)


def _drivers(quote: "Quote", product: "Product") -> object:
    """From the base premium to what is charged, factor by factor."""
    found = quote.drivers
    assert found is not None
    rows = [(tell("base: no factor applied"), "", amount(found.base.value), error_of(found.base))]
    rows += [
        (_title(part.name, product), ", ".join(retell(one) for one in part.level.split(", ")),
         f"{part.contribution.value:+,.0f}", error_of(part.contribution))
        for part in found.parts if part.contribution.value
    ]  # fmt: skip
    rows.append((tell("charged"), "", amount(found.charged.value), error_of(found.charged)))
    columns = (tell("factor"), tell("level"), ">" + tell("amount, {unit}", unit=quote.currency),
               ">" + tell("error"))  # fmt: skip
    return table(tell("What moved the price, one after another"), columns, rows)


def _options(quote: "Quote") -> object:
    """The options beside the risk as asked for; errors of a difference are its own."""
    asked, unit = quote.premium.charged, quote.currency
    rows = [(tell("as asked for"), amount(asked.value), error_of(asked), "", "",
             f"{PERCENT * quote.claim_probability.value:.3g}%",
             amount(quote.payout_1_in_200.value))]  # fmt: skip
    rows += [
        (one.name, amount(one.charged.value), error_of(one.charged),
         f"{one.difference.value:+,.0f}", error_of(one.difference),
         f"{PERCENT * one.claim_probability.value:.3g}%", amount(one.payout_1_in_200.value))
        for one in quote.alternatives
    ]  # fmt: skip
    columns = (tell("option"), ">" + tell("charged"), ">" + tell("error"),
               ">" + tell("difference, {unit}", unit=unit), ">" + tell("its error"),
               ">" + tell("claim"), ">" + tell("1 in 200"))  # fmt: skip
    return table(tell("Options, on the same random numbers"), columns, rows)


def _over_time(quote: "Quote") -> Iterator[object]:
    """What several years or a yield would do to the price; nothing where there are none."""
    found = quote.over_time
    if found is None:
        return
    held = found.years_of_capital
    rows = [(tell("years of capital"), f"{held.value:.3f}", error_of(held)),
            _moved(tell("charged, capital counted for them"), found.capital_added)]  # fmt: skip
    if found.discount is not None:
        assert found.discounted_claims is not None
        assert found.claims_added is not None
        assert found.both_added is not None
        rate = f"{PERCENT * found.discount.rate:g}%"
        rows += [
            (tell("expected claims, discounted"), amount(found.discounted_claims.value),
             error_of(found.discounted_claims)),
            _moved(tell("charged, claims discounted at {rate}", rate=rate), found.claims_added),
            _moved(tell("charged, both"), found.both_added),
        ]  # fmt: skip
    for place, part in enumerate(found.by_year.instalments if found.by_year else (), 1):
        name = tell("premium due at the start of year {year}", year=place)
        rows.append((name, amount(float(part.due.amount)), ""))
    title = tell("Beside the price, not in it: what time would do")
    yield table(title, (tell("figure"), ">" + tell("value"), ">" + tell("error")), rows)
    if found.discount is not None:
        yield tell("Yield: {rate} a year, {source}, {as_of}", rate=rate,
                   source=found.discount.source, as_of=found.discount.as_of)  # fmt: skip


def _moved(name: str, added: "Estimate") -> tuple[str, str, str]:
    return name, f"{added.value:+,.0f}", error_of(added)


def _levels(quote: "Quote") -> Iterator[object]:
    """Terms of sites or policies, lowest level first; nothing where there are none."""
    if not quote.terms_by_level:
        return
    rows = [
        (one.level, tell("each {by}", by=retell(one.by)) if one.group == EVERY
         else tell("of {by} {name}", by=retell(one.by), name=one.group),
         retell(one.per), tell(", ").join(map(retell, one.causes)) or tell("all causes"),
         "\n".join(map(retell, one.terms)))
        for one in quote.terms_by_level
    ]  # fmt: skip
    columns = (tell("level of terms"), tell("of"), tell("per"), tell("causes"), tell("terms"))
    yield table(tell("Terms by level, lowest first"), columns, rows)


def _name(product: "Product") -> str:
    """The code in English, as a request writes it; the title where it has one."""
    return product.code if language.get() == "en" else by_language(product.title)


def _factor(factor: "AppliedFactor", product: "Product") -> tuple[str, ...]:
    level = retell(factor.level)
    return (
        _title(factor.name, product),
        tell("{level} (assumed)", level=level) if factor.assumed else level,
        retell(factor.target), f"{factor.relativity:.3g}", factor.grade, retell(factor.source),
    )  # fmt: skip


def _title(name: str, product: "Product") -> str:
    """The code of a factor in English, as a request writes it; its title where it has one."""
    if name in ("terms", "levels"):
        return tell("terms") if name == "terms" else tell("terms by level")
    known = product.factors.get(name)
    return retell(name) if known is None or language.get() == "en" else by_language(known.title)


def _figures(quote: "Quote") -> list[object]:
    chance, rate = quote.claim_probability, quote.rate
    rows = [
        (tell("probability of a claim"), f"{PERCENT * chance.value:.3g}%",
         error_of(chance.scaled(100))),
        (tell("payout exceeded by 1 policy in 20"), money(quote.payout_1_in_20.value),
         money_error(quote.payout_1_in_20)),
        (tell("payout exceeded by 1 policy in 200"), money(quote.payout_1_in_200.value),
         money_error(quote.payout_1_in_200)),
        (tell("rate on sum insured"), f"{PERCENT * rate.value:.4g}%",
         error_of(rate.scaled(PERCENT))),
        (tell("expected claims, of charged"), f"{PERCENT * quote.premium.loss_ratio.value:.3g}%",
         error_of(quote.premium.loss_ratio.scaled(PERCENT))),
    ]  # fmt: skip
    columns = (tell("figure"), ">" + tell("value"), ">" + tell("error"))
    return [table("", columns, rows), *_unknown(quote)]


def _unknown(quote: "Quote") -> list[str]:
    """What the parameters leave open, which no number of simulated years can mend."""
    if quote.pure_range is None:
        return []
    return [
        tell(
            "Not known: expected claims lie between {low} and {high} in 90% of the draws of "
            "parameters and common factors. Errors above are of the simulation alone.",
            low=money(quote.pure_range.low.value),
            high=money(quote.pure_range.high.value),
        )
    ]


def _footer(quote: "Quote", product: "Product") -> list[str]:
    terms = tell(", ").join(_term(name, value, product) for name, value in quote.terms.items())
    order = tell(", ").join(retell(step) for step in quote.order_of_terms)
    receipt = quote.receipt
    return [
        tell("Terms: {terms}", terms=terms),
        tell("Applied in this order: {order}", order=order),
        *(tell("Warning: {warning}", warning=retell(warning)) for warning in quote.warnings),
        tell(
            "Receipt: seed {seed}, {years} years, product {digest}, engine {engine}, numpy {numpy}",
            seed=receipt.seed, years=f"{receipt.n_years:,}",
            digest=receipt.digests["product"][:12], engine=receipt.environment.engine,
            numpy=receipt.environment.numpy,
        ),
    ]  # fmt: skip


def _term(name: str, value: str | float, product: "Product") -> str:
    """`deductible 0.1`; where a product has titles for it, with its title."""
    if language.get() == "en":
        return f"{name} {value}"
    if name == "form":
        form = product.forms.get(str(value))
        return f"{tell('form')} {by_language(form.title) if form else value}"
    return f"{by_language(product.terms[name].title)} {value}"
