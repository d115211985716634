"""What the OpenAPI document says of errors: the schema and an example of each kind."""

from functools import lru_cache
from typing import Any

from techinsure.catalogue import shipped
from techinsure.pooling import run_pool
from techinsure.quoting import price
from techinsure_api.handlers import MEDIA_TYPE
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


@lru_cache(maxsize=1)
def quote_example() -> dict[str, Any]:
    """A whole quote, computed: the first product's example, of few years."""
    example = next(iter(shipped().products.values())).example
    request = {**example, "simulation": {"n_years": FEWEST_YEARS, "seed": 1}}
    return price(request).to_dict()


@lru_cache(maxsize=1)
def simulation_answer_example() -> dict[str, Any]:
    """A whole answer to a pool run, computed: the caller's own rows, of few years."""
    request = {**OWN_ROWS, "simulation": {"n_years": FEWEST_YEARS, "seed": 1}}
    return {"id": REQUEST_ID, "status": "succeeded", "result": run_pool(request).to_dict()}


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
