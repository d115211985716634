"""Expected claims and laws of a policy without simulated years: closed forms, and strata where
terms have none."""

from contextlib import suppress

import numpy as np

from techinsure import exact, sparse
from techinsure.errors import Refused, Undefined
from techinsure.evidence.priors import Prior
from techinsure.exact.annual import AnnualLaw
from techinsure.models import Model
from techinsure.models.factors import Drawn
from techinsure.portfolio import Portfolio
from techinsure.product import at, evidence, put
from techinsure.sparse import Figures


def law_of(model: Model, risk: Portfolio, drawn: Drawn = "class") -> AnnualLaw | None:
    """The exact law of what the policy is paid over its term, with parameters drawn once a class
    or held at their means ("fixed"); None where its terms have none."""
    held = model if drawn == "class" else at_best_estimates(model)
    with suppress(Undefined, Refused):
        return exact.annual_law(held, risk, np.arange(risk.n_items, dtype=np.int32))
    return None


def expected(
    model: Model, risk: Portfolio, drawn: Drawn = "class", law: AnnualLaw | None = None
) -> float:
    """The exact mean of the policy's payments, currency units: by the mean's own closed form, or,
    under an aggregate limit, by the law of the sum (`law`, if it is known). `Undefined` where its
    terms leave neither."""
    if not np.isfinite(risk.terms.aggregate_limit).any():
        items = np.arange(risk.n_items, dtype=np.int32)
        return float(exact.mean(model, risk, items, drawn).sum())
    found = law or law_of(model, risk, drawn)
    if found is None:
        raise Undefined("expected payments under this aggregate limit have no closed form")
    return found.mean


def sampled(model: Model, risk: Portfolio, seed: int, drawn: Drawn = "class") -> Figures | None:
    """The policy sampled by strata on its number of claims, for terms without a law; None where it
    cannot be: see `sparse`."""
    held = model if drawn == "class" else at_best_estimates(model)
    with suppress(Undefined, Refused):
        items = np.arange(risk.n_items, dtype=np.int32)
        return sparse.price(*sparse.policy(held, risk, items), seed=seed, unit=risk.currency)
    return None


def at_best_estimates(model: Model) -> Model:
    """The model with every parameter held at its mean; laws of single losses stay laws."""
    for entry in evidence(model):
        prior, name = at(model, entry.name), entry.name.rsplit(".", 1)[-1]
        if isinstance(prior, Prior) and prior.family != "point" and name not in model.amounts:
            model = put(model, entry.name, prior.held(prior.mean))
    return model
