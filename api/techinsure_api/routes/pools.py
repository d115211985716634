"""A pool before it carries a risk: lines signed down, and all of it held to law and contract."""

from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse

from techinsure.catalogue import Catalogue, shipped
from techinsure.pool.sign_down import SignDown, SignDownRequest, sign_down
from techinsure.pooling import sample
from techinsure.pooling.checks import check_pool
from techinsure.pooling.checks_report import ChecksRequest, PoolChecks
from techinsure.pooling.run import fates_of
from techinsure_api.documented import BODY, problems
from techinsure_api.problems import named_in_body
from techinsure_api.work import FEWEST_YEARS, a_turn, check_fates, check_years, insured_objects

router = APIRouter(prefix="/v1/pools", tags=["pools"])

CatalogueDep = Annotated[Catalogue, Depends(shipped)]

MEMBERS: list[dict[str, Any]] = [
    {"name": "lead", "written": "0.5", "capital_and_reserves": 90e9, "lead": True},
    {"name": "second", "written": "0.4", "capital_and_reserves": 12e9,
     "licence": ["equipment_loss", "rd_loss"]},
    {"name": "third", "written": "0.3", "capital_and_reserves": 4e9, "minimum": "0.05",
     "appetite": [{"writes": "equipment_loss", "maximum": "0.2"}, {"writes": "rd_loss"}]},
    {"name": "fourth", "written": "0.2", "capital_and_reserves": 1.2e9, "capacity_per_risk": 1e8,
     "accumulation_capacity": [{"basis": "park", "most": 2e8}]},
]  # fmt: skip
"""Invented insurers."""

POOL: dict[str, Any] = {"name": "a pool", "currency": "CNY", "members": MEMBERS}

FAB: dict[str, Any] = {
    "pool": POOL,
    "risk": {
        "name": "wafer fab",
        "sum_insured": 3.2e9,
        "kinds": ["equipment_loss/wafer_fab"],
        "groups": [{"basis": "park", "name": "north", "net_sum_insured": 2.9e9}],
    },
    "reinsurance": [
        {"reinsurer": "Re A", "share": "1/5"},
        {"reinsurer": "Re B", "share": "0.05"},
    ],
}
"""Invented: a fab that is too large for some members."""

CHECKED: dict[str, Any] = {
    "portfolio": {
        "rows": [
            {"id": "EQ-1", "product": "equipment_loss", "risk_class": "lab",
             "sum_insured": 20_000_000, "units": 40, "site": "laboratory A", "park": "north"},
            {"id": "RD-1", "product": "rd_loss", "risk_class": "chip", "sum_insured": 6_000_000,
             "budget": 8_000_000, "stage": "startup", "route": "risc-v"},
        ]
    },
    "pool": {
        "name": "two insurers",
        "currency": "CNY",
        "members": [
            {"name": "lead", "written": "0.6", "capital_and_reserves": 5e9, "lead": True},
            {"name": "follower", "written": "2/5", "capital_and_reserves": 6e7,
             "licence": ["equipment_loss"]},
        ],
    },
    "programme": {
        "treaties": [
            {"name": "quota share",
             "treaty": {"kind": "quota_share", "share": 0.85, "commission": 0.05},
             "reinsurers": [{"name": "Re A", "share": "1"}]},
        ]
    },
    "simulation": {"n_years": 2000, "seed": 1},
    "accumulation_limits": [
        {"basis": "park", "figure": "sum_insured", "soft": 1e7, "hard": 3e7}
    ],
    "affiliates": {"site/laboratory A": ["Re A"]},
    "cession_rules": {"one_reinsurer": 0.8, "affiliates": 0.2, "exempt_products": []},
    "contracts": [
        {"risk_unit": "site/laboratory A", "contracts": [
            {"member": "lead", "contract": "P-1", "object": "laboratory A", "cover": "all risks",
             "begins": "2026-01-01", "ends": "2026-12-31", "sum_insured": 2e7},
            {"member": "follower", "contract": "P-1", "object": "laboratory A",
             "cover": "all risks", "begins": "2026-02-01", "ends": "2026-12-31",
             "sum_insured": 2e7},
        ]},
    ],
    "shares": [
        {"risk_unit": "site/laboratory A", "premium": 120_000,
         "premium_shares": {"lead": "0.6", "follower": "0.4"},
         "claim_shares": {"lead": "0.7", "follower": "0.3"}},
    ],
}  # fmt: skip
"""Invented: a pool that breaks most rules."""


def sign_down_examples() -> dict[str, Any]:
    """Lines alone; a fab with reinsurance, capacities and the law."""
    return {
        "lines": {"summary": "Written lines to signed ones", "value": {"pool": POOL}},
        "risk": {"summary": "A risk that is large for some members", "value": FAB},
    }


def checks_examples() -> dict[str, Any]:
    """The shipped sample; a pool of one's own that breaks most rules."""
    park = {"basis": "park", "figure": "share", "soft": 0.3, "hard": 0.6}
    sampled = {
        "portfolio": {"sample": "demo_pool"},
        "simulation": {"n_years": 2000, "seed": 1},
        "accumulation_limits": [park],
    }
    return {
        "sample": {"summary": "The shipped sample pool", "value": sampled},
        "own": {"summary": "A pool of your own", "value": CHECKED},
    }


@lru_cache(maxsize=1)
def sign_down_answer_example() -> dict[str, Any]:
    """A whole answer, computed: the fab."""
    return sign_down(FAB).to_dict()


@lru_cache(maxsize=1)
def checks_answer_example() -> dict[str, Any]:
    """A whole answer, computed: the caller's own pool, of few years."""
    simulation = {"n_years": FEWEST_YEARS, "seed": 1}
    return check_pool({**CHECKED, "simulation": simulation}).to_dict()


@router.post("/sign-down", response_model=SignDown, responses=problems(*BODY, "refused"))
def create_sign_down(
    request: Annotated[SignDownRequest, Body(openapi_examples=sign_down_examples())],
    catalogue: CatalogueDep,
) -> JSONResponse:
    """Sign written lines down to the order, in exact fractions; nothing is stored.

    With a risk: who is above the law's share of one risk, lines signed again within what each
    member may carry, what nobody has room for, and whether one reinsurer takes too much. Kinds of
    risk are products of this service, or product/class."""
    return JSONResponse(sign_down(request, catalogue.kinds).to_dict())


@router.post(
    "/checks",
    response_model=PoolChecks,
    responses=problems(*BODY, "undefined", "refused", "busy"),
)
def create_checks(
    request: Annotated[ChecksRequest, Body(openapi_examples=checks_examples())],
    catalogue: CatalogueDep,
) -> JSONResponse:
    """Hold a pool, its portfolio and its programme to law, contract and accumulation limits.

    Each finding says member, risk, by how much and what to do; what is not given is said not to
    be checked. `cession_rules` are what `rules` of a sign-down are. The run behind it is not
    stored."""
    with named_in_body("/portfolio/sample"):
        rows = request.portfolio.rows or sample(request.portfolio.sample or "").rows
    check_years(request.simulation.n_years, insured_objects(rows))
    check_fates(fates_of(request.run), request.simulation.n_years)
    with a_turn():
        found = check_pool(request, catalogue)
    return JSONResponse(found.to_dict())
