"""The OpenAPI document: complete, and every example in it is run against the service."""

import re

import pytest

from techinsure.catalogue import shipped
from techinsure.models import EXPOSURE_OF
from techinsure_api.documented import OWN_ROWS
from techinsure_api.handlers import MEDIA_TYPE
from techinsure_api.problems import KINDS
from tests.techinsure_api.service import at, changed, client

DOCUMENT = client.get("/openapi.json").json()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
VERBS = ("get", "list", "create", "price", "explain", "update", "verify")


def json_of(body):
    return body["content"]["application/json"]


def examples_of(content):
    named = {name: example["value"] for name, example in content.get("examples", {}).items()}
    return named | ({"example": content["example"]} if "example" in content else {})


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_operation_has_a_name_a_tag_and_words(operation):
    assert re.fullmatch(rf"({'|'.join(VERBS)})_[a-z_]+", operation["operationId"])
    assert len(operation["tags"]) == 1
    assert operation["summary"]
    assert operation["description"]


def test_the_names_are_unique():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_error_is_a_problem_with_an_example(operation):
    errors = {int(status): answer for status, answer in operation["responses"].items()
              if int(status) >= 400}  # fmt: skip
    if operation["operationId"] != "get_health":
        assert 500 in errors
    for status, answer in errors.items():
        content = answer["content"][MEDIA_TYPE]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        for code, example in examples_of(content).items():
            assert example["status"] == status == KINDS[code].status


WITH_BODY = {
    name: operation for name, operation in OPERATIONS.items() if "requestBody" in operation
}


WHOLE = ("verify", "what-if", "evaluate", "sign-down", "split", "close")
"""How paths end whose examples are sent as they are."""


@pytest.mark.parametrize("name", WITH_BODY)
def test_every_example_of_a_body_is_answered_as_documented(name):
    method, path = name.split()
    examples = examples_of(json_of(WITH_BODY[name]["requestBody"]))
    assert examples
    if "{simulation_id}" in path:
        run = client.post("/v1/simulations", json={**OWN_ROWS, "simulation": {"n_years": 1000}})
        path = path.format(simulation_id=run.json()["id"])
    for example in examples.values():
        request = example
        if path.endswith(("posterior", "sensitivity", "midterm", "renewals")):
            request = changed(example, "/risk/simulation", {"n_years": 1000})
        elif path.endswith("batch"):
            few = [{**one, "simulation": {"n_years": 1000}} for one in example["requests"]]
            request = {**example, "requests": few}
        elif not path.endswith(WHOLE) and "receipt" not in example:
            request = {**example, "simulation": {"n_years": 1000}}
        answer = client.request(method, path, json=request)
        assert str(answer.status_code) in WITH_BODY[name]["responses"]
        assert answer.status_code < 300, answer.text
        assert not faults_of(answer.json(), schema_of(WITH_BODY[name], answer.status_code))


def test_there_is_a_price_example_of_every_product():
    examples = examples_of(json_of(WITH_BODY["POST /v1/price"]["requestBody"]))
    assert examples.pop("terms_by_level")["levels"]
    assert examples == {code: product.example for code, product in shipped().products.items()}


EXAMPLE_ANSWERS = (
    "POST /v1/price",
    "POST /v1/price/batch",
    "POST /v1/explain",
    "POST /v1/sensitivity",
    "POST /v1/simulations",
    "POST /v1/simulations/{simulation_id}/what-if",
    "POST /v1/stress",
    "POST /v1/programmes/evaluate",
    "POST /v1/pools/sign-down",
    "POST /v1/pools/checks",
    "POST /v1/settlements/split",
    "POST /v1/accounts/close",
)


@pytest.mark.parametrize("name", EXAMPLE_ANSWERS)
def test_there_is_an_example_of_the_answer_and_it_fits(name):
    operation = OPERATIONS[name]
    status = min(int(status) for status in operation["responses"])
    examples = examples_of(json_of(operation["responses"][str(status)]))
    assert examples
    for example in examples.values():
        assert not faults_of(example, schema_of(operation, status))


READ = {
    "/healthz": "", "/v1/products": "", "/v1/products/{code}": "rd_loss", "/v1/subsidies": "",
    "/v1/subsidies/{code}": "first_set_central_2019", "/v1/stress/scenarios": "",
}  # fmt: skip


@pytest.mark.parametrize("path", READ)
def test_what_is_read_is_as_documented(path):
    answer = client.get(path.format(code=READ[path])).json()
    assert not faults_of(answer, schema_of(OPERATIONS[f"GET {path}"], 200))


def test_problems_are_as_documented():
    problem = client.post("/v1/price", json={}).json()
    assert not faults_of(problem, DOCUMENT["components"]["schemas"]["Problem"])


def test_every_reference_leads_somewhere():
    references = set(re.findall(r'"\$ref":\s*"#([^"]+)"', client.get("/openapi.json").text))
    assert references
    for reference in references:
        assert at(DOCUMENT, reference)


def test_an_exposure_is_one_of_the_loss_models_records():
    exposure = DOCUMENT["components"]["schemas"]["PriceRequest"]["properties"]["exposure"]
    assert len(exposure["anyOf"]) == len(EXPOSURE_OF)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_type_of_problem_has_a_page_with_cause_fix_and_example(kind):
    page = client.get(kind.page)
    assert page.status_code == 200
    assert all(f"<h2>{part}</h2>" in page.text for part in ("Cause", "Fix", "Example"))
    assert kind.page in client.get("/problems").text


def schema_of(operation, status):
    return json_of(operation["responses"][str(status)])["schema"]


def faults_of(value, schema, path=""):
    """What is wrong with `value`: types, required and unknown names, items, options, enums."""
    if "$ref" in schema:
        return faults_of(value, at(DOCUMENT, schema["$ref"].lstrip("#")), path)
    if "anyOf" in schema or "oneOf" in schema:
        options = schema.get("anyOf", schema.get("oneOf"))
        found = [faults_of(value, option, path) for option in options]
        return [] if [] in found else min(found, key=len)
    if "const" in schema or "enum" in schema:
        known = schema.get("enum", [schema.get("const")])
        return [] if value in known else [f"{path}: {value!r} is not in {known}"]
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
             "integer": int, "number": (int, float)}  # fmt: skip
    kind = schema.get("type")
    if kind and not (isinstance(value, kinds[kind]) and (kind == "boolean" or value is not True)):
        return [f"{path}: {str(value)[:60]!r} is no {kind}"]
    found = []
    if isinstance(value, dict):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        found += [f"{path}: {name} is missing" for name in schema.get("required", [])
                  if name not in value]  # fmt: skip
        for name, inner in value.items():
            own = properties.get(name, others)
            if own is False:
                found.append(f"{path}: {name} is unknown")
            elif isinstance(own, dict):
                found += faults_of(inner, own, f"{path}/{name}")
    if isinstance(value, list):
        firsts = schema.get("prefixItems", [])
        for place, inner in enumerate(value):
            own = firsts[place] if place < len(firsts) else schema.get("items", {})
            found += faults_of(inner, own, f"{path}/{place}")
    return found
