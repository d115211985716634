"""Requests for the shipped products: each product's own example, to be changed by keyword."""

from copy import deepcopy

from techinsure.catalogue import shipped

CATALOGUE = shipped()
CODES = tuple(CATALOGUE.products)
RUN = {"n_years": 1000, "seed": 7}


def request(code, **changes):
    """The example of a product in 1,000 years; a part that is given replaces the example's."""
    whole = deepcopy(dict(CATALOGUE.product(code).example))
    return {**whole, "simulation": dict(RUN), **changes}


def project(budget=1e6, terms=None, stage="growth", factors=None, **exposure):
    """A request for one R&D project."""
    return {
        "product": "rd_loss",
        "insured": {"stage": stage, "factors": factors or {}},
        "exposure": {"budget": budget, **exposure},
        "terms": terms or {},
        "simulation": dict(RUN),
    }
