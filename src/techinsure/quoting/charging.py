"""What a risk costs, step by step, and the premium that is charged for it.

Parameters at their best estimates first, then what not knowing them adds, to the mean and to the
capital, then what strikes many risks together: all on the same simulated years, so that what two
steps share cancels in their difference.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

import numpy as np
from scipy import special

from techinsure import exact
from techinsure.errors import Refused, Undefined
from techinsure.exact.annual import AnnualLaw
from techinsure.losses import measures
from techinsure.losses.paired import Paired, paired_mean
from techinsure.losses.year_table import YearLossTable
from techinsure.models.factors import Drawn
from techinsure.portfolio import Portfolio
from techinsure.pricing import waterfall as lines
from techinsure.pricing.model_risk import worst_case
from techinsure.pricing.principles.risks import of_sample
from techinsure.pricing.principles.table import compare
from techinsure.pricing.waterfall import MARGIN, PURE, RISK_STEPS, SPARSE_DATA, Step, waterfall
from techinsure.product import Product
from techinsure.quantities import Estimate, Floats, exactly
from techinsure.quotes import ByPrinciple, Premium
from techinsure.quoting.closed_form import expected, sampled
from techinsure.quoting.margin import Basis, Share, Surroundings, as_known
from techinsure.simulation import Simulation, simulate

PAYS_FOR = {
    "plug_in_pure": "expected claims with every parameter at its best estimate",
    "parameter_mean": "what not knowing the parameters adds to expected claims (may be negative)",
    "process_capital": "capital for chance alone, parameters known and risks independent",
    "parameter_capital": "capital for not knowing the parameters",
    "dependence": "capital for common factors and supply shocks",
    "model_risk": "being wrong about the model",
    "reinsurance_cost": "this risk's share of what reinsurance costs beyond its recoveries",
    "fixed_expense": "issuing and keeping one policy",
    "minimum_premium": "what the minimum premium adds",
}
"""What each step pays for."""

UNSET = {
    "model_risk": "nothing: the product sets no charge for model risk",
    "reinsurance_cost": "nothing: no pool with a reinsurance programme is given",
    "fixed_expense": "nothing: the product sets no amount a policy",
    "minimum_premium": "nothing: the product sets no minimum premium",
}
"""What a step says that nothing sets."""

Costs = dict[str, Paired]
"""Risk costs by step, currency units."""


def risk_costs(
    product: Product,
    risk: Portfolio,
    table: YearLossTable,
    run: Simulation,
    found: Share,
    law: AnnualLaw | None,
) -> Costs:
    """The risk costs of `risk`, whose losses are `table` and, where it has one, whose exact law is
    `law`, in the order of `RISK_STEPS`.

    `parameter_mean` and `parameter_capital` are the two sparse-data lines: the premium with drawn
    parameters less that with parameters at their best estimates, on common random numbers.
    """
    rate = product.capital.rate
    pure = expected_claims(product, risk, run, "class", table, law)
    known = expected_claims(product, as_known(risk, "plug_in"), run, "fixed")
    process, drawn = found.capital("plug_in"), found.capital("predictive")
    whole = found.capital("dependent")
    return {
        "plug_in_pure": known,
        "parameter_mean": pure - known,
        "process_capital": process.scaled(rate),
        "parameter_capital": (drawn - process).scaled(rate),
        "dependence": (whole - drawn).scaled(rate),
        "model_risk": model_risk(product, table),
        "reinsurance_cost": found.reinsurance,
    }


def model_risk(product: Product, table: YearLossTable) -> Paired:
    """The product's share of what expected claims rise by under the worst law within its entropy
    of the simulated one (`pricing.model_risk`); 0 where the product sets none. Where that law puts
    all on the largest year, whose own error nobody knows, the error is that of the mean alone."""
    asked = product.tariff.model_risk
    if asked is None:
        return Paired(value=0.0)
    annual = table.annual()
    found = worst_case(annual, asked.entropy)
    rise = found.mean.value - found.modelled.value
    if not found.tilt:
        return Paired(value=asked.share * rise, influence=-asked.share * annual)
    logs = found.tilt * annual
    worst = np.expm1(logs - special.logsumexp(logs) + np.log(len(logs))) / found.tilt
    return Paired(value=asked.share * rise, influence=asked.share * (worst - annual))


def expected_claims(
    product: Product,
    risk: Portfolio,
    run: Simulation,
    drawn: Drawn,
    table: YearLossTable | None = None,
    law: AnnualLaw | None = None,
) -> Paired:
    """Expected payments over the term, currency units; `table` and `law`: the risk's losses and
    their law, if known.

    Exact where the terms have a closed form: that of the mean, or, under an aggregate limit, the
    law of the sum. Else by strata on the number of claims, where the policy can be sampled so
    (`sparse`), or by the simulated years with the losses under the terms of items alone, whose mean
    is exact, as control variate: a limit, or a clause of a site or policy, that cuts nothing costs
    nothing. Under levels, where both are at hand, the one with the smaller error.
    Source: Glasserman (2004), Monte Carlo Methods in Financial Engineering, section 4.1.
    """
    with suppress(Undefined):
        return Paired(value=expected(product.model, risk, drawn, law))
    figures = sampled(product.model, risk, run.seed, drawn)
    if figures is None:
        return _beside_items_alone(product, risk, run, drawn, table)
    found = figures.mean
    by_strata = Paired(value=found.value, apart=found.standard_error or 0.0)
    if not risk.terms.levels:
        return by_strata
    by_years = _beside_items_alone(product, risk, run, drawn, table)
    return min(by_years, by_strata, key=lambda mean: mean.estimate("").standard_error or 0.0)


def _beside_items_alone(
    product: Product, risk: Portfolio, run: Simulation, drawn: Drawn, table: YearLossTable | None
) -> Paired:
    """The simulated mean, with the losses under terms of items alone as control variate."""

    def losses(of: Portfolio) -> Floats:
        """(n_years,) simulated payments of the risk, or of it under other terms."""
        if of is risk and table is not None:
            return table.annual()
        models = {product.code: product.model}
        return simulate(of, models, seed=run.seed, n_years=run.n_years, drawn=drawn).annual()

    limits = risk.terms.aggregate_limit
    if not (np.isfinite(limits).any() or risk.terms.levels):
        return paired_mean(losses(risk))
    free = replace(risk.terms, aggregate_limit=np.full_like(limits, np.inf), levels=())
    alone = replace(risk, terms=free)
    try:
        value = expected(product.model, alone, drawn)
    except Undefined:
        return paired_mean(losses(risk))
    paid, whole = losses(risk), losses(alone)
    spread = whole - whole.mean()
    slope = spread @ (paid - paid.mean()) / (spread @ spread) if spread.any() else 1.0
    return paired_mean(paid - float(slope) * whole) + Paired(value=float(slope) * value)


def claim_probability(
    product: Product, risk: Portfolio, table: YearLossTable, law: AnnualLaw | None = None
) -> Estimate:
    """P(any payment), exact where it has a closed form or a law, else as in `table`."""
    if law is not None:
        return exactly(law.paid)
    items = np.arange(risk.n_items, dtype=np.int32)
    try:
        # a waiting period as long as the term leaves the rounding of 1 - 1
        return exactly(max(exact.claim_probability(product.model, risk, items), 0.0))
    except Undefined:
        return measures.probability_positive(table.annual())


def payout(law: AnnualLaw | None, table: YearLossTable, level: float) -> Estimate:
    """The quantile of what is paid, exact where the terms have a law, else as in `table`."""
    if law is not None:
        return law.var(level, table.currency)
    return measures.var(table.annual(), level, unit=table.currency)


def premium_of(
    product: Product,
    risk: Portfolio,
    run: Simulation,
    around: Surroundings,
    table: YearLossTable | None = None,
) -> tuple[Paired, Paired]:
    """(expected claims, charged premium) of `risk`, currency units, without the steps between."""
    pure = expected_claims(product, risk, run, "class", table)
    known = None if pure.influence is not None or pure.apart else pure.value
    found = around.share(product, risk, ("dependent",), known)
    technical = pure + found.capital("dependent").scaled(product.capital.rate) + found.reinsurance
    if product.tariff.model_risk is not None:
        models = {product.code: product.model}
        table = table or simulate(risk, models, seed=run.seed, n_years=run.n_years)
        technical = technical + model_risk(product, table)
    return pure, charge(product, technical)


def charge(product: Product, technical: Paired) -> Paired:
    """What is charged for risk costs of `technical`, currency units: fixed expense, loadings and
    minimum premium added. A premium that the minimum sets has no error."""
    _refuse_a_gift(technical, product.currency)
    fixed, least = product.tariff.fixed_expense, product.tariff.minimum_premium
    spent = Paired(value=fixed.amount if fixed else 0.0)
    rate = sum(loading.rate for loading in product.loadings.values())
    premium = (technical + spent).scaled(1 / (1 - rate))
    if least is not None and premium.value < least.amount:
        return Paired(value=least.amount)
    return premium


def _refuse_a_gift(technical: Paired, unit: str) -> None:
    if technical.value >= 0:
        return
    if technical.influence is None:
        raise Refused(
            f"the risk costs sum to {technical.value:,.2f} {unit}, and no premium below 0 is "
            "defined"
        )
    raise Refused(
        f"the risk costs sum to {technical.value:,.2f} {unit} in {len(technical.influence):,} "
        "simulated years, and no premium below 0 is defined: if the years are too few to hold "
        "large losses of this risk, simulate more; in a pool, its treaties may pay more for the "
        "risk than it costs"
    )


def charged(product: Product, costs: Costs, basis: Basis = "euler_share") -> Premium:
    """The premium of a risk that costs `costs`, with the product's loadings and tariff; `basis` of
    its capital."""
    unit, tariff = product.currency, product.tariff
    _refuse_a_gift(total(costs, RISK_STEPS), unit)
    steps = [
        Step(name=name, amount=costs[name].estimate(unit), pays_for=_pays_for(product, name, basis))
        for name in RISK_STEPS
    ]
    fixed, least = tariff.fixed_expense, tariff.minimum_premium
    premium = waterfall(
        steps,
        total(costs, RISK_STEPS).estimate(unit),
        [
            lines.Share(name=name, kind=loading.kind, rate=loading.rate, pays_for=loading.pays_for)
            for name, loading in product.loadings.items()
        ],
        fixed=Step(
            name="fixed_expense",
            amount=exactly(fixed.amount if fixed else 0.0, unit),
            pays_for=fixed.pays_for if fixed else UNSET["fixed_expense"],
        ),
        minimum=Step(
            name="minimum_premium",
            amount=exactly(least.amount if least else 0.0, unit),
            pays_for=least.pays_for if least else UNSET["minimum_premium"],
        ),
    )
    pure = total(costs, PURE).estimate(unit)
    return Premium(
        pure=pure,
        risk_margin=total(costs, MARGIN).estimate(unit),
        sparse_data=total(costs, SPARSE_DATA).estimate(unit),
        loadings={name: premium.step(name) for name in product.loadings},
        charged=premium.charged,
        loss_ratio=_loss_ratio(pure, premium.charged),
        vat=premium.charged.scaled(tariff.vat.rate if tariff.vat else 0.0),
        waterfall=premium,
    )


def by_principles(
    product: Product, asked: Mapping[str, float], law: AnnualLaw | None, table: YearLossTable
) -> Iterator[ByPrinciple]:
    """What each premium principle in `asked`, name to parameter, charges for the policy alone: of
    its exact law, or of the simulated years where it has none."""
    risk = of_sample(table.annual()) if law is None else of_sample(law.amounts, law.chance)
    for found in compare(risk, asked):
        technical = charged_ = None
        if found.premium is not None:
            error = 0.0 if law is not None else found.standard_error or 0.0
            own = Paired(value=found.premium, apart=error)
            technical = own.estimate(product.currency)
            charged_ = charge(product, own).estimate(product.currency)
        yield ByPrinciple(
            principle=found.principle, parameter=found.parameter, value=found.value,
            technical=technical, charged=charged_, refused=found.refused,
        )  # fmt: skip


def total(costs: Costs, names: tuple[str, ...]) -> Paired:
    """The sum of some steps, with its own error."""
    whole = Paired(value=0.0)
    for name in names:
        whole = whole + costs[name]
    return whole


def flags(product: Product, premium: Premium) -> Iterator[str]:
    """What an underwriter should look at; nothing here changes the price."""
    band, ratio = product.tariff.loss_ratio, premium.loss_ratio.value
    if band is not None and premium.charged.value > 0 and not band.low <= ratio <= band.high:
        yield (
            f"expected claims are {ratio:.1%} of the charged premium, outside the product's band "
            f"of {band.low:.1%} to {band.high:.1%}; the price is left as it is"
        )
    added = premium.waterfall.step("minimum_premium").value
    if added > 0:
        yield (
            f"the minimum premium of {premium.charged.value:,.2f} applies: it adds {added:,.2f} to "
            "what the risk costs"
        )


def _loss_ratio(pure: Estimate, charged: Estimate) -> Estimate:
    """Expected claims over the charged premium; its error as if the two were independent."""
    if charged.value == 0:
        return exactly(0.0)
    ratio = pure.value / charged.value
    error = np.hypot(pure.standard_error or 0.0, ratio * (charged.standard_error or 0.0))
    exact_both = pure.exact and charged.exact
    return Estimate(
        value=ratio,
        standard_error=None if exact_both else float(error / charged.value),
        exact=exact_both,
    )


def _pays_for(product: Product, name: str, basis: Basis) -> str:
    if name == "reinsurance_cost" and basis == "pool_after_reinsurance":
        return PAYS_FOR[name]
    if name == "model_risk" and product.tariff.model_risk is not None:
        return product.tariff.model_risk.pays_for
    return UNSET.get(name, PAYS_FOR[name])
