import pytest

from techinsure.catalogue import shipped
from techinsure.reading import read
from techinsure_api.evaluations import EvaluationRequest, evaluated
from techinsure_api.routes.programmes import BY_HAND, evaluation_examples
from techinsure_api.stored_runs.store import RunStore
from tests.techinsure_api.service import changed, client, is_problem

PATH = "/v1/programmes/evaluate"


@pytest.mark.parametrize("name", evaluation_examples())
def test_the_answer_is_that_of_the_engine(name):
    request = evaluation_examples()[name]["value"]
    answer = client.post(PATH, json=request)
    assert answer.status_code == 200
    engine = evaluated(read(EvaluationRequest, request), shipped(), RunStore())
    assert answer.json() == engine.to_dict()


def test_the_year_made_by_hand():
    """10 xs: 14, 2 and 20 of 24, 12 and 45; 40% of 10, 10 and 25. One layer premium again."""
    answer = client.post(PATH, json=BY_HAND).json()
    assert [one["ceded"] for one in answer["cessions"]] == [
        {"layer": 14e6, "quota share": 4e6}, {"layer": 2e6, "quota share": 4e6},
        {"layer": 20e6, "quota share": 10e6},
    ]  # fmt: skip
    layer, quota = answer["treaties"]
    assert layer["flows"]["reinstatement_premium"]["value"] == 2e6
    assert quota["flows"]["ceding_commission"]["value"] == pytest.approx(0.28 * 0.4 * 30e6)


def test_a_run_of_the_service_is_found():
    pool = {"portfolio": {"sample": "demo_pool"}, "simulation": {"n_years": 1000, "seed": 1}}
    run = client.post("/v1/simulations", json=pool).json()
    answer = client.post(PATH, json={"losses": {"simulation": run["id"]}}).json()
    gross = run["result"]["gross"]
    assert answer["results"][0]["tvar_995"] == gross["tvar_995"]
    assert {row["name"]: row["mean"] for row in answer["results"] if row["perspective"] == "treaty"
            } == {one["name"]: one["mean"] for one in run["result"]["treaties"]}  # fmt: skip


def test_problems():
    wrong = changed(BY_HAND, "/losses/table/rows/1/loss", -5.0)
    found = is_problem(client.post(PATH, json=wrong), 422, "invalid_parameter")
    assert [one["pointer"] for one in found["errors"]] == ["/losses/table/rows/1/loss"]
    circle = changed(BY_HAND, "/programme/treaties/0/net_of", ["quota share"])
    is_problem(client.post(PATH, json=circle), 409, "refused")
    corridor = {"attachment": 0.5, "exhaustion": 1.0}
    bare = changed(BY_HAND, "/programme/treaties/1/treaty/loss_corridor", corridor)
    is_problem(client.post(PATH, json={**bare, "premium": {}}), 422, "undefined")
