"""A stored quote comes out again bit for bit; whatever was changed in it is named."""

import json
import math
from copy import deepcopy

import pytest

import techinsure as ti
from techinsure.errors import InvalidParameter, NotFound
from techinsure.quoting import verification
from techinsure.quoting.margin import reference_losses
from techinsure.quoting.priced import leaf_digest, leaves
from techinsure.quoting.verification import verify
from techinsure.receipt import digest, plain
from tests.techinsure.asked import CATALOGUE, CODES, RUN, project, request

REQUESTS = {code: request(code) for code in CODES} | {"small": project(5e5)}


def stored(quote):
    """As it comes back from a file."""
    return json.loads(json.dumps(quote.to_dict(), allow_nan=False))


@pytest.fixture(scope="module")
def quotes():
    return {name: ti.price(whole) for name, whole in REQUESTS.items()}


@pytest.fixture(scope="module")
def documents(quotes):
    return {name: stored(quote) for name, quote in quotes.items()}


@pytest.fixture
def document(documents):
    return deepcopy(documents["rd_loss"])


@pytest.fixture(scope="module")
def research():
    return reference_losses(CATALOGUE.product("rd_loss"), "all", seed=7, n_years=RUN["n_years"])


@pytest.fixture
def remembered(monkeypatch, quotes):
    """`price` answers from memory, so that thousands of changed documents can be judged."""
    known = {digest(quote.request): quote for quote in quotes.values()}
    monkeypatch.setattr(verification, "price", lambda asked, *_: known[digest(asked)])


def place(document, path):
    """The container and key of a pointer."""
    *above, last = (p.replace("~1", "/").replace("~0", "~") for p in path.split("/")[1:])
    for name in above:
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document, int(last) if isinstance(document, list) else last


def changed(value):
    """The least change: the last digit, one letter, true for false, something for nothing."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return math.nextafter(value, math.inf)
        case str():
            return value[:-1] + ("x" if value[-1:] != "x" else "y")
        case None:
            return 0.0
        case list() | dict():  # an empty one
            return ["x"] if isinstance(value, list) else {"x": "x"}


def whose(path):
    """What the difference of a changed leaf must begin with."""
    digests = "/receipt/digests/request"
    return path[len("/receipt/digests") :].replace("~1", "/") if path.startswith(digests) else path


# --- Nothing was changed


@pytest.mark.parametrize("name", REQUESTS)
def test_a_stored_quote_comes_out_again(documents, name):
    found = verify(documents[name])
    assert (found.differences, found.reproduced) == ((), True)
    assert found.rule == "bit for bit"
    assert "same engine" in found.why
    assert found.figures == len(list(leaves(documents[name])))


def test_a_reference_that_the_caller_has_will_do(document, research):
    assert verify(document, CATALOGUE, research).reproduced


def test_a_quote_is_read_not_written(document):
    before = deepcopy(document)
    verify(document)
    assert document == before


def test_languages_that_know_one_kind_of_number_do_no_harm(document, research):
    """JavaScript writes 8000000.0 as 8000000."""

    def as_javascript(value):
        match value:
            case dict():
                return {name: as_javascript(inner) for name, inner in value.items()}
            case list():
                return [as_javascript(inner) for inner in value]
            case float() if value.is_integer():
                return int(value)
        return value

    assert verify(as_javascript(document), CATALOGUE, research).reproduced


def test_the_order_of_keys_does_no_harm(document, remembered):
    assert verify(dict(reversed(document.items()))).reproduced


# --- Something was


@pytest.mark.parametrize("name", ["rd_loss", "patent"])
def test_the_least_change_of_any_leaf_is_found_and_named(documents, name, remembered):
    document = deepcopy(documents[name])
    paths = [path for path, _ in leaves(document)]
    assert len(paths) > 150
    for path in paths:
        inside, key = place(document, path)
        honest = inside[key]
        inside[key] = changed(honest)
        found = verify(document)
        inside[key] = honest
        if path.startswith("/receipt/environment/"):
            assert found.rule == "within 4 standard errors"
            assert path.rpartition("/")[2] in found.why
            continue
        # something where there was an empty list is one thing missing and one too many
        assert len(found.differences) == (2 if honest in ([], {}) else 1), path
        assert all(d.startswith(whose(path)) for d in found.differences), path
        assert not found.reproduced


def test_a_leaf_that_is_gone_is_named(documents, remembered):
    for path, _ in leaves(documents["rd_loss"]):
        document = deepcopy(documents["rd_loss"])
        inside, key = place(document, path)
        del inside[key]
        if path.startswith("/receipt/environment/"):
            assert path.rpartition("/")[2] in verify(document).why
            continue
        found = verify(document).differences
        start = path if isinstance(key, str) else path.rpartition("/")[0]
        assert any(difference.startswith(whose(start)) for difference in found), path


def containers(document, path=""):
    if isinstance(document, dict | list):
        yield path
        pairs = document.items() if isinstance(document, dict) else enumerate(document)
        for name, inner in pairs:
            yield from containers(inner, f"{path}/{str(name).replace('/', '~1')}")


def test_what_was_added_anywhere_is_named(documents, remembered):
    for path in containers(documents["rd_loss"]):
        document = deepcopy(documents["rd_loss"])
        inside, key = place({"": document}, "/" + path)
        target = inside[key]
        target.append("new") if isinstance(target, list) else target.update(new="new")
        found = verify(document)
        if path == "/receipt/environment":
            continue
        assert found.differences, path
        assert all(d.startswith(path) for d in found.differences), path


def test_true_is_not_one(document, remembered):
    document["premium"]["pure"]["exact"] = 1
    assert verify(document).differences[0].startswith("/premium/pure/exact is 1, recomputed True")


def test_a_key_that_looks_like_a_path_hides_nothing(document, remembered):
    honest = document["premium"]["pure"]["value"]
    document["premium"]["pure"]["value"] = honest / 2
    document["premium/pure/value"] = honest
    found = verify(document).differences
    assert [difference.split()[0] for difference in found] == [
        "/premium/pure/value", "/premium~1pure~1value",
    ]  # fmt: skip


def test_a_changed_seed_is_named_with_or_without_its_digest(document):
    """The receipt's digest shows it; with a forged digest every simulated figure does."""
    document["request"]["simulation"]["seed"] = 8
    assert verify(document).differences == (
        "/request/simulation/seed is 8: changed after pricing, or its digest was",
    )
    document["receipt"]["digests"]["request/simulation/seed"] = leaf_digest(8)
    found = verify(document).differences
    assert "/receipt/seed is 7, recomputed 8" in found
    assert any(d.startswith("/premium/charged/value") for d in found)
    assert not any(d.startswith("/premium/pure/") for d in found)  # exact


def test_another_catalogue_is_found_by_its_digest(document):
    """The same figures from a product that says something else."""
    from dataclasses import replace

    from techinsure.catalogue import Catalogue

    product = CATALOGUE.product("rd_loss")
    other = Catalogue(products={"rd_loss": replace(product, summary={"en": "other", "zh": "别的"})})
    found = verify(document, other).differences
    assert [d.split()[0] for d in found] == ["/receipt/digests/product"]


def test_differences_come_in_one_order(document, remembered):
    for name in ("z", "a", "m"):
        document[name] = document["request"][name] = 1
    found = verify(document).differences
    assert [d.split()[0] for d in found] == ["/request/z", "/request/a", "/request/m"]
    for name in ("z", "a", "m"):
        del document["request"][name]
    assert [d.split()[0] for d in verify(document).differences] == ["/a", "/m", "/z"]


# --- Another environment


@pytest.fixture
def elsewhere(document):
    document["receipt"]["environment"]["numpy"] = "1.0.0"
    document["receipt"]["environment"]["cpu"] = "other"
    return document


def test_elsewhere_figures_must_agree_within_4_standard_errors(elsewhere, remembered):
    found = verify(elsewhere)
    assert found.reproduced
    assert found.rule == "within 4 standard errors"
    assert found.why == "the receipt has another numpy, cpu"
    claims = elsewhere["expected_claims"]  # simulated, and no other figure hangs on it
    for errors, differs in ((1.0, False), (5.0, False), (6.0, True), (-6.0, True)):
        document = deepcopy(elsewhere)
        document["expected_claims"]["value"] += errors * claims["standard_error"]
        assert bool(verify(document).differences) == differs


@pytest.mark.parametrize(
    ("path", "change", "differs"),
    [
        ("/premium/pure/value", lambda v: v * (1 + 1e-12), False),  # exact: to 1e-9
        ("/premium/pure/value", lambda v: v * (1 + 1e-6), True),
        ("/sum_insured", lambda v: v + 0.01, True),
        ("/factors/0/relativity", lambda v: v + 1e-6, True),
        ("/premium/charged/standard_error", lambda v: v * 1.2, False),
        ("/premium/charged/standard_error", lambda v: v * 2, True),
        ("/premium/pure/standard_error", lambda _: 1.0, True),
        ("/premium/pure/exact", lambda _: False, True),
        ("/premium/pure/exact", lambda _: 1, True),
        ("/z_score", lambda _: 3.9, False),
        ("/z_score", lambda _: -4.1, True),
        ("/z_score", lambda _: True, True),
        ("/z_score", lambda _: "0", True),
        ("/premium/charged/value", str, True),
        ("/premium/charged/value", lambda _: None, True),
        ("/premium/charged/value", lambda _: float("nan"), True),
        ("/currency", lambda _: "USD", True),
        ("/receipt/seed", lambda v: v + 1, True),
        ("/receipt/digests/product", lambda v: v[::-1], True),
        ("/evidence/0/grade", lambda _: "A", True),
    ],
)
def test_what_is_off_elsewhere(elsewhere, remembered, path, change, differs):
    inside, key = place(elsewhere, path)
    inside[key] = change(inside[key])
    found = verify(elsewhere).differences
    assert bool(found) == differs
    assert all(difference.startswith(f"{path} is ") for difference in found)


# --- Malformed documents


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "/request"), ([], ""), (None, ""), ("quote", ""), (3, ""), ([{}], ""),
        ({"request": []}, "/request"), ({"request": None}, "/request"),
        ({"request": {}}, "/receipt"), ({"request": {}, "receipt": []}, "/receipt"),
        ({"request": {}, "receipt": "x"}, "/receipt"),
        ({"request": {}, "receipt": {}}, "/receipt/environment"),
        ({"request": {}, "receipt": {"environment": 1}}, "/receipt/environment"),
        ({"request": {}, "receipt": {"environment": {}, "digests": []}}, "/receipt/digests"),
    ],
)  # fmt: skip
def test_what_is_no_quote_is_refused(document, pointer):
    with pytest.raises(InvalidParameter, match="must be an object with named fields") as caught:
        verify(document)
    assert [fault.pointer for fault in caught.value.faults] == [pointer]


BARE = {"environment": {}, "digests": {}}


def test_a_request_that_cannot_be_read_points_into_the_document():
    asked = {"product": "rd_loss", "exposure": {"budget": -1.0}, "colour": 1}
    receipt = BARE | {"digests": {f"request{p}": leaf_digest(v) for p, v in leaves(asked)}}
    with pytest.raises(InvalidParameter) as caught:
        verify({"request": asked, "receipt": receipt})
    assert [fault.pointer for fault in caught.value.faults] == ["/request/colour"]
    del asked["colour"], receipt["digests"]["request/colour"]
    with pytest.raises(InvalidParameter) as caught:
        verify({"request": asked, "receipt": receipt})
    assert [fault.pointer for fault in caught.value.faults] == ["/request/exposure/budget"]


def test_an_empty_request_is_refused():
    with pytest.raises(InvalidParameter) as caught:
        verify(
            {"request": {}, "receipt": {"environment": {}, "digests": {"request": digest({})[:16]}}}
        )
    assert {fault.pointer for fault in caught.value.faults} == {
        "/request/product", "/request/exposure",
    }  # fmt: skip


def test_a_product_that_is_gone_is_not_found(document):
    document["request"]["product"] = "last_set"
    document["receipt"]["digests"]["request/product"] = leaf_digest("last_set")
    with pytest.raises(NotFound):
        verify(document)


def test_hostile_values_are_differences(document, remembered):
    nested = inner = {}
    for _ in range(50):
        inner["a"] = inner = {}
    for value in ("\ud800", 10**400, -0.0, [], {}, [[]], float("inf"), float("nan"), nested):
        hostile = deepcopy(document)
        hostile["premium"]["charged"]["value"] = value
        assert verify(hostile).differences
        hostile = deepcopy(document)
        hostile["request"]["exposure"]["budget"] = value
        assert verify(hostile).differences


def test_a_document_without_a_bottom_is_refused(document):
    inner = document
    for _ in range(100_000):
        inner["a"] = inner = {}
    with pytest.raises(InvalidParameter, match="must not be nested so deeply"):
        verify(document)


def test_a_verification_says_whether_it_came_out():
    base = {"rule": "bit for bit", "why": "", "figures": 1}
    assert verification.Verification(**base, differences=()).reproduced
    assert not verification.Verification(**base, differences=("x",)).reproduced


def test_under_the_loose_rule_the_sums_of_a_quote_must_still_hold():
    """A figure moved within its error, and another environment: the lines give it away."""
    document = plain(ti.price(request("rd_loss")))
    document["receipt"]["environment"]["numpy"] = "0.0.0"
    assert ti.verify(document).reproduced
    error = document["premium"]["charged"]["standard_error"]
    document["premium"]["charged"]["value"] -= error
    (difference,) = [d for d in ti.verify(document).differences if "lines sum to" in d]
    assert difference.startswith("/premium/charged/value")
