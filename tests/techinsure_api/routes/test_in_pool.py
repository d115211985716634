import pytest

from techinsure.quoting.in_pool import price_with_pool
from techinsure_api import work
from techinsure_api.routes.in_pool import OWN_POOL, RISK
from tests.techinsure_api.service import changed, client, is_problem

PATH = "/v1/pools/price"


def without_environment(answer):
    return {**answer, "quote": {**answer["quote"], "receipt": None}}


def test_the_answer_is_that_of_the_engine():
    answer = client.post(PATH, json=OWN_POOL)
    assert answer.status_code == 200
    assert answer.json() == price_with_pool(OWN_POOL).to_dict()


def test_what_the_pool_adds_is_of_the_quote():
    answer = client.post(PATH, json=OWN_POOL).json()
    quote, cost = answer["quote"], answer["reinsurance_cost"]
    steps = {one["name"]: one["amount"] for one in quote["premium"]["waterfall"]["steps"]}
    assert cost == steps["reinsurance_cost"]
    assert cost["value"] != 0
    assert cost["standard_error"] > 0
    charged = quote["premium"]["charged"]["value"]
    assert answer["reinsurance_rate"]["value"] == pytest.approx(cost["value"] / charged)
    alone, kept = (answer[name]["value"] for name in ("capital_alone", "capital_in_pool"))
    assert kept == quote["margin"]["capital"]["dependent"]["value"]
    assert answer["diversification"]["value"] == pytest.approx(1 - kept / alone)
    assert answer["treaties"] == [one["name"] for one in OWN_POOL["programme"]["treaties"]]


def test_without_treaties_reinsurance_costs_nothing():
    bare = {name: value for name, value in OWN_POOL.items() if name != "programme"}
    answer = client.post(PATH, json=bare).json()
    assert answer["treaties"] == []
    assert answer["reinsurance_cost"]["value"] == 0


def test_without_a_simulation_the_risks_own_holds_for_both():
    own = {name: value for name, value in OWN_POOL.items() if name != "simulation"}
    asked = {**own, "risk": {**RISK, "simulation": OWN_POOL["simulation"]}}
    assert (
        client.post(PATH, json=asked).json()["quote"]["premium"]
        == client.post(PATH, json=OWN_POOL).json()["quote"]["premium"]
    )


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("/risk/product", "rd_los"),
        ("/risk/exposure/budget", -1.0),
        ("/portfolio/rows/0/risk_class", "chips"),
        ("/simulation/n_years", 10),
        ("/risk/tolerance", {"relative_error": 0.02}),
        ("/risk/discount", {"rate": 2.0, "source": "a", "as_of": "2026-11-24"}),
    ],
)
def test_a_fault_names_its_place(place, value):
    asked = changed(OWN_POOL, place, value)
    found = is_problem(client.post(PATH, json=asked), 422, "invalid_parameter")
    assert all(one["pointer"].startswith(place) for one in found["errors"])


def test_an_unknown_sample_is_a_fault_of_the_body():
    asked = {"risk": RISK, "portfolio": {"sample": "demo_pol"}}
    found = is_problem(client.post(PATH, json=asked), 422, "invalid_parameter")
    assert [one["pointer"] for one in found["errors"]] == ["/portfolio/sample"]


def test_drivers_count_as_work():
    """Years that pass without drivers are too many with them: a run of the pool for each step."""
    asked = {"risk": RISK, "portfolio": {"sample": "demo_pool"}}
    asked["simulation"] = {"n_years": 4_000, "seed": 1}
    many = changed(asked, "/risk/drivers", True)
    found = is_problem(client.post(PATH, json=many), 422, "invalid_parameter")
    assert [one["pointer"] for one in found["errors"]] == ["/simulation/n_years"]


def test_treaties_count_as_work(monkeypatch):
    monkeypatch.setattr(work, "MOST_TREATY_ROWS", 100)
    found = is_problem(client.post(PATH, json=OWN_POOL), 422, "invalid_parameter")
    assert "treaties over HTTP" in found["detail"]
