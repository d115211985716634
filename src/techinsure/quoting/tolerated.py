"""As many simulated years as the error that a request asks for."""

from dataclasses import replace

from techinsure.portfolio import Portfolio
from techinsure.product import Product
from techinsure.quantities import Estimate
from techinsure.quotes import PILOT_YEARS, ToleranceAsked
from techinsure.quoting.charging import expected_claims, premium_of
from techinsure.quoting.margin import reference_losses
from techinsure.quoting.rating import class_of
from techinsure.simulation import Simulation
from techinsure.tolerance import Tolerance, run_to_tolerance


def tolerated(
    product: Product, risk: Portfolio, run: Simulation, asked: ToleranceAsked
) -> Tolerance:
    """The run that reaches the relative error asked for, or the longest allowed; with the seed of
    `run`, and the reference portfolio simulated for as many years as the risk."""

    def figure(n_years: int) -> Estimate:
        years = replace(run, n_years=n_years)
        if asked.figure == "pure":
            return expected_claims(product, risk, years, "class").estimate(product.currency)
        around = reference_losses(
            product, class_of(product, risk), seed=run.seed, n_years=n_years, worlds=("dependent",)
        )
        return premium_of(product, risk, years, around)[1].estimate(product.currency)

    return run_to_tolerance(
        figure,
        figure=asked.figure,
        asked=asked.relative_error,
        pilot=PILOT_YEARS,
        cap=asked.most_years,
    )
