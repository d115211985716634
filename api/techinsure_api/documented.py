"""What the OpenAPI document says of errors: the schema and an example of each kind."""

from functools import lru_cache
from typing import Any

from techinsure.catalogue import shipped
from techinsure.pooling import run_pool
from techinsure.pooling.what_if import what_if
from techinsure.pooling.what_if_report import WhatIfRequest
from techinsure.posterior import posterior
from techinsure.quoting import price
from techinsure.quoting.tornado import sensitivity
from techinsure.reading import read
from techinsure_api.batches import BatchRequest, price_each
from techinsure_api.handlers import MEDIA_TYPE
from techinsure_api.pricing import explain
from techinsure_api.problems import KINDS, ErrorEntry, problem
from techinsure_api.work import FEWEST_YEARS

REQUEST_ID = "4bf92f3577b34da6a3ce929d0e0e4736"

ENTRIES = {
    "invalid_parameter": (
        ErrorEntry(
            pointer="/insured/stage",
            field="stage",
            value="grow",
            bound="must be one of startup, growth, mature, unknown",
            fix="did you mean 'growth'?",
            detail="stage must be one of startup, growth, mature, unknown, got 'grow' "
            "(did you mean 'growth'?)",
        ),
    )
}

BODY = ("malformed_json", "too_large", "unsupported_media_type", "invalid_parameter")
"""What can be wrong with any request body."""


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation that may answer with problems of these codes."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for code in (*codes, "internal_error"):
        kind = KINDS[code]
        content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
        answer = by_status.setdefault(
            kind.status, {"description": kind.title, "content": {MEDIA_TYPE: content}}
        )
        said = problem(code, request_id=REQUEST_ID, errors=ENTRIES.get(code, ())).to_dict()
        answer["content"][MEDIA_TYPE]["examples"][code] = {"value": said}
    return by_status


def price_examples() -> dict[str, Any]:
    """One named request a product: the catalogue's own examples."""
    return {
        code: {"summary": product.title.get("en", code), "value": product.example}
        for code, product in shipped().products.items()
    }


SHORT = {"n_years": 2_000, "seed": 1}
"""A run of few years, for examples of many prices."""


def sensitivity_examples() -> dict[str, Any]:
    """The first set of the catalogue: all prices within what a client may ask for."""
    risk = {**shipped().product("first_set").example, "simulation": SHORT}
    value = {"risk": risk, "more_exposure": [10, 100]}
    return {"first_set": {"summary": "A first set of equipment", "value": value}}


def batch_examples() -> dict[str, Any]:
    """Two requests that price, and between them one that does not."""
    first, second = (
        {**shipped().product(code).example, "simulation": SHORT} for code in ("rd_loss", "pilot")
    )
    wrong = {**first, "insured": {"name": "misspelt", "stage": "grow"}}
    value = {"requests": [first, wrong, second]}
    return {"three": {"summary": "Three risks, one misspelt", "value": value}}


OWN_DATA = {
    "name": "member A",
    "observations": [
        {
            "parameter": "model.classes.general.fail.lab",
            "seen": [{"events": 5.0, "trials": 58.0}],
            "source": "own projects 2021-2025",
        },
        {
            "parameter": "model.insured_cause.technical_failure",
            "seen": [{"events": 4.0, "trials": 9.0}],
            "source": "own claims 2021-2025",
        },
    ],
}
"""Invented: a member's own projects and claims."""


def posterior_examples() -> dict[str, Any]:
    """Own data on R&D projects, and the rate of one of them."""
    risk = {"exposure": {"risk_class": "general", "budget": 2_426_000}}
    value = {"product": "rd_loss", "experience": OWN_DATA, "risk": risk}
    return {"own_projects": {"summary": "Five years of own projects", "value": value}}


@lru_cache(maxsize=1)
def posterior_answer_example() -> dict[str, Any]:
    """A whole posterior, computed: of few years."""
    request = posterior_examples()["own_projects"]["value"]
    simulation = {"n_years": FEWEST_YEARS, "seed": 1}
    return posterior({**request, "risk": {**request["risk"], "simulation": simulation}}).to_dict()


@lru_cache(maxsize=1)
def quote_example() -> dict[str, Any]:
    """A whole quote, computed: the first product's example, of few years."""
    example = next(iter(shipped().products.values())).example
    request = {**example, "simulation": {"n_years": FEWEST_YEARS, "seed": 1}}
    return price(request).to_dict()


@lru_cache(maxsize=1)
def sensitivity_answer_example() -> dict[str, Any]:
    """A whole sensitivity, computed: of few years."""
    request = sensitivity_examples()["first_set"]["value"]
    simulation = {"n_years": FEWEST_YEARS, "seed": 1}
    return sensitivity({**request, "risk": {**request["risk"], "simulation": simulation}}).to_dict()


@lru_cache(maxsize=1)
def batch_answer_example() -> dict[str, Any]:
    """A whole answer to a batch, computed: a quote and a problem, of few years."""
    requests = [
        {**one, "simulation": {"n_years": FEWEST_YEARS, "seed": 1}}
        for one in read(BatchRequest, batch_examples()["three"]["value"]).requests[:2]
    ]
    return price_each(requests, shipped()).to_dict()


@lru_cache(maxsize=1)
def explanation_example() -> dict[str, Any]:
    """The example quote in words."""
    return {**explain(quote_example(), shipped())}


@lru_cache(maxsize=1)
def simulation_answer_example() -> dict[str, Any]:
    """A whole answer to a pool run, computed: the caller's own rows, of few years."""
    request = {**OWN_ROWS, "simulation": {"n_years": FEWEST_YEARS, "seed": 1}}
    result = run_pool(request).to_dict()
    return {"id": REQUEST_ID, "status": "succeeded", "stored": True, "note": "", "result": result}


@lru_cache(maxsize=1)
def what_if_answer_example() -> dict[str, Any]:
    """A whole answer to a what-if, computed: one edit of the caller's own programme."""
    run = run_pool({**OWN_ROWS, "simulation": {"n_years": FEWEST_YEARS, "seed": 1}})
    asked = read(WhatIfRequest, what_if_examples()["edits"]["value"])
    found = what_if(run, asked.programmes(run.programme))
    return {"simulation": REQUEST_ID, "result": found.to_dict()}


def simulation_examples() -> dict[str, Any]:
    """The shipped sample; and a portfolio, pool and programme of the caller's own."""
    return {
        "sample": {
            "summary": "The shipped sample pool",
            "value": {
                "portfolio": {"sample": "demo_pool"},
                "simulation": {"n_years": 20_000, "seed": 1},
            },
        },
        "own_rows": {"summary": "Rows of your own", "value": OWN_ROWS},
    }


def what_if_examples() -> dict[str, Any]:
    """Edits of the programme that was run; a whole other one; several side by side."""
    edits = [{"treaty": "quota share", "set": {"share": 0.3}}]
    wider = [{"treaty": "event layer", "set": {"limit": 5_000_000}}]
    share = {"name": "quota share", "treaty": {"kind": "quota_share", "share": 0.4}}
    return {
        "edits": {"summary": "A smaller quota share", "value": {"edits": edits}},
        "programme": {
            "summary": "Another programme",
            "value": {"programme": {"treaties": [share]}},
        },
        "alternatives": {
            "summary": "Several side by side",
            "value": {
                "alternatives": [
                    {"name": "wider layer", "edits": wider},
                    {"name": "no layer", "edits": [{"drop": "event layer"}]},
                    {"name": "no reinsurance", "programme": {"treaties": []}},
                ]
            },
        },
    }


OWN_ROWS: dict[str, Any] = {
    "portfolio": {
        "rows": [
            {
                "id": "RD-1",
                "product": "rd_loss",
                "risk_class": "chip",
                "sum_insured": 6_000_000,
                "budget": 8_000_000,
                "stage": "startup",
                "route": "risc-v",
            },
            {
                "id": "RD-2",
                "product": "rd_loss",
                "risk_class": "chip",
                "sum_insured": 4_000_000,
                "budget": 4_000_000,
                "stage": "growth",
                "route": "risc-v",
            },
        ]
    },
    "pool": {
        "name": "two insurers",
        "currency": "CNY",
        "members": [
            {"name": "lead", "written": "0.6", "capital_and_reserves": 5e9, "lead": True},
            {"name": "follower", "written": "2/5", "capital_and_reserves": 2e9},
        ],
    },
    "programme": {
        "treaties": [
            {"name": "quota share", "treaty": {"kind": "quota_share", "share": 0.25}},
            {
                "name": "event layer",
                "net_of": ["quota share"],
                "treaty": {
                    "kind": "excess_of_loss",
                    "basis": "event",
                    "attachment": 2_000_000,
                    "limit": 3_000_000,
                },
            },
        ]
    },
    "simulation": {"n_years": 10_000, "seed": 1},
}
"""A pool run that says everything itself."""
