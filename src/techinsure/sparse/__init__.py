"""A third engine, for sparse risks: strata on the number of claims, quasi-random points within.

One policy whose claims are independent given a few random rates, under terms that no lattice can
hold. A year without a claim is computed once; what a plain simulation spends on such years goes
into the points of the others.
"""

from importlib import import_module

from techinsure.errors import Undefined
from techinsure.models import Model
from techinsure.portfolio import Portfolio
from techinsure.quantities import Ints
from techinsure.sparse.claims import Claims, Terms
from techinsure.sparse.pricing import Figures, price
from techinsure.sparse.risk import Risk, Source, SplitMixture, Uniform

__all__ = [
    "Claims",
    "Figures",
    "Risk",
    "Source",
    "SplitMixture",
    "Terms",
    "Uniform",
    "policy",
    "price",
]

MODELS = ("dispute", "equipment")
"""Loss models whose policies are sparse risks, one file each."""


def policy(model: Model, portfolio: Portfolio, items: Ints) -> tuple[Risk, Terms]:
    """The risk and the terms of `items` (n_items,) >= 1, one policy: `price(*policy(...), seed=1)`.

    Parameters are drawn once a class and cohort year. `Undefined` says what does not fit.
    """
    if model.kind not in MODELS:
        raise Undefined(f"policies of the {model.kind} model are no sparse risks: their claims are "
                        "not Poisson given a few rates")  # fmt: skip
    found: tuple[Risk, Terms] = import_module(f"techinsure.sparse.{model.kind}").policy(
        model, portfolio, items
    )
    return found
