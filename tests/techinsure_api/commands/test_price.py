"""`techinsure price` and `techinsure verify`: what they print and how they end."""

import json

import pytest

from techinsure import quoting
from techinsure.catalogue import shipped
from techinsure.errors import Refused
from techinsure_api import pricing
from techinsure_api.quote_tables import line_name
from tests.techinsure_api.service import PRODUCTS, changed, quick


@pytest.fixture
def request_file(tmp_path):
    def write(document):
        file = tmp_path / "request.json"
        file.write_text(json.dumps(document), "utf-8")
        return file

    return write


@pytest.mark.parametrize("code", PRODUCTS)
def test_prints_the_premium_line_by_line(terminal, code):
    said = terminal("price", "--product", code, "--years", 1000, "--seed", 1)
    quote = quoting.price(quick(code))
    assert said.code == 0
    assert said.err == ""
    for step in quote.premium.waterfall.steps:
        assert line_name(step.name) in " ".join(said.out.split())
    assert f"{quote.premium.charged.value:,.0f}" in said.out
    assert "±" in said.out
    assert "probability of a claim" in said.out
    assert "1 policy in 200" in said.out
    assert "seed 1, 1,000 years" in said.out
    for factor in quote.factors:
        assert factor.name in said.out


def test_nothing_printed_is_wider_than_a_page_but_for_its_figures(terminal):
    said = terminal("price", "--product", "rd_loss", "--years", 1000)
    assert max(map(len, said.out.splitlines())) <= 110


OFFERED = {
    **quick("rd_loss"),
    "options": [{"name": "half", "terms": {"deductible": 0.05}}],
    "subsidy": {
        "start": "2026-11-24",
        "scheme": {
            "code": "own", "currency": "CNY", "share": "0.25", "grade": "D", "source": "a test",
            "as_of": "2026-11-24",
        },
    },
}  # fmt: skip


def test_options_subsidy_and_pictures(terminal, request_file, tmp_path):
    pictures = tmp_path / "premium.png", tmp_path / "options.png"
    said = terminal("price", request_file(OFFERED), "--picture", pictures[0],
                    "--options-picture", pictures[1])  # fmt: skip
    assert said.code == 0, said.err
    for file in pictures:
        assert file.read_bytes().startswith(b"\x89PNG")
    quote = quoting.price(OFFERED)
    (half,) = quote.alternatives
    assert f"{half.difference.value:+,.0f}" in said.out
    assert "Nothing is charged for: " in said.out
    owed, out = quote.payable, " ".join(said.out.split())
    assert owed.state.amount_minor > 0
    assert f"{owed.insured.amount:,} by the firm, {owed.state.amount:,} by the state" in out
    share = quote.premium.pure.value / quote.premium.charged.value
    assert f"{100 * share:.3g}%" in said.out


def test_a_price_in_words(terminal):
    said = terminal("price", "--product", "rd_loss", "--years", 1000, "--seed", 1, "--explain")
    text = quoting.price(quick("rd_loss")).explain("en")
    assert " ".join(said.out.split()) == " ".join(text.split())


def test_a_file_standard_input_and_the_engine_agree(terminal, request_file):
    request = quick("patent")
    expected = quoting.price(request).to_dict()
    assert terminal("price", request_file(request), "--json").document == expected
    piped = terminal("price", "-", "--json", stdin=json.dumps(request).encode())
    assert piped.document == expected


def test_writes_the_quote_that_verifies(terminal, tmp_path):
    file = tmp_path / "quote.json"
    assert terminal("price", "--product", "rd_loss", "--years", 1000, "--out", file).code == 0
    said = terminal("verify", file)
    assert said.code == 0
    assert said.out.startswith("reproduced, bit for bit: same engine")
    assert terminal("verify", file, "--json").document["reproduced"] is True


def test_a_changed_quote_is_not_reproduced_and_the_figure_is_named(terminal, tmp_path):
    quote = quoting.price(quick("rd_loss")).to_dict()
    file = tmp_path / "quote.json"
    file.write_text(json.dumps(changed(quote, "/premium/pure/value", 1.0)))
    said = terminal("verify", file)
    assert said.code == 3
    assert "NOT reproduced" in said.out
    assert "/premium/pure/value is 1.0" in said.out
    assert terminal("verify", file, "--json").document["differences"]


@pytest.mark.parametrize("code", PRODUCTS)
def test_prints_an_example_that_can_be_priced(terminal, code):
    said = terminal("price", "--example", code)
    assert said.document == shipped().product(code).example


@pytest.mark.parametrize("words", [(), ("a.json", "--product", "patent"), ("--nothing",),
                                   ("--product", "patent", "--years", "many")])  # fmt: skip
def test_wrong_usage_ends_with_2(terminal, words):
    said = terminal("price", *words)
    assert said.code == 2
    assert said.out == ""
    assert "Usage" in said.err


def test_a_fault_is_field_bound_and_fix(terminal, request_file):
    said = terminal("price", request_file(changed(quick("rd_loss"), "/insured/stage", "grow")))
    assert said.code == 3
    assert said.out == ""
    lines = [line.strip() for line in said.err.splitlines()]
    assert "field: /insured/stage" in lines
    assert any(line.startswith("bound: must be one of startup") for line in lines)
    assert "fix:   did you mean 'growth'?" in lines
    assert "Traceback" not in said.err


def test_a_fault_as_json_is_a_problem(terminal, request_file):
    file = request_file(changed(quick("rd_loss"), "/exposure/budget", -1))
    said = terminal("price", file, "--json")
    assert said.code == 3
    assert said.err == ""
    assert said.document["code"] == "invalid_parameter"
    assert said.document["errors"][0]["pointer"] == "/exposure/budget"


@pytest.mark.parametrize("written", ["{", '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000])
def test_a_file_that_is_no_honest_json_is_refused(terminal, tmp_path, written):
    file = tmp_path / "request.json"
    file.write_text(written)
    for verb in ("price", "verify"):
        said = terminal(verb, file)
        assert said.code == 3
        assert said.err.startswith("techinsure: ")


@pytest.mark.parametrize(
    "words",
    [
        ("price", "--product", "patnt"),
        ("price", "--example", "patnt"),
        ("price", "no.json"),
        ("price", "/"),
        ("verify", "no.json"),
    ],
)
def test_what_is_not_there_ends_with_4(terminal, words):
    said = terminal(*words)
    assert said.code == 4
    assert "Traceback" not in said.err
    assert terminal(*words, "--json").document["code"] == "not_found"


def test_a_product_not_found_names_the_nearest(terminal):
    assert "did you mean 'patent'?" in terminal("price", "--product", "patnt").err


def test_more_years_than_over_http_are_allowed(terminal, monkeypatch):
    from techinsure_api import pricing

    monkeypatch.setattr(pricing, "check_years", lambda *arguments: 1 / 0)
    assert terminal("price", "--product", "patent", "--years", 1000, "--json").code == 0


def test_a_quote_of_an_unknown_product_is_not_found(terminal, tmp_path):
    quote = quoting.price(quick("patent")).to_dict()
    file = tmp_path / "quote.json"
    file.write_text(json.dumps(changed(quote, "/request/product", "patnt")))
    said = terminal("verify", file)
    assert said.code == 4
    assert "did you mean 'patent'?" in said.err
    assert terminal("verify", file, "--json").document["code"] == "not_found"


@pytest.mark.parametrize("product", [7, None, ["patent"]])
def test_a_quote_whose_product_is_no_name_is_refused(terminal, tmp_path, product):
    quote = quoting.price(quick("patent")).to_dict()
    file = tmp_path / "quote.json"
    file.write_text(json.dumps(changed(quote, "/request/product", product)))
    assert terminal("verify", file).code == 3


@pytest.mark.parametrize("document", [[], 3, {"a": 1}])
def test_verify_refuses_what_is_no_quote(terminal, tmp_path, document):
    file = tmp_path / "quote.json"
    file.write_text(json.dumps(document))
    assert terminal("verify", file).code == 3


@pytest.mark.parametrize("given", [[], None, "x"])
def test_years_beside_what_is_no_simulation_are_refused_there(terminal, given, tmp_path):
    file = tmp_path / "request.json"
    file.write_text(json.dumps({"product": "rd_loss", "exposure": {}, "simulation": given}))
    said = terminal("price", file, "--years", 2000)
    assert said.code == 3
    assert "simulation" in said.err


def test_a_tolerance_and_how_the_premium_settled(terminal, tmp_path):
    picture = tmp_path / "settled.png"
    asked = ("price", "--product", "rd_loss", "--years", 1000, "--tolerance", 0.2, "--json")
    said = terminal(*asked, "--convergence", picture)
    assert said.code == 0, said.err
    assert said.document["tolerance"]["asked"] == 0.2
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_convergence_needs_a_tolerance(terminal, tmp_path):
    said = terminal("price", "--product", "rd_loss", "--convergence", tmp_path / "x.png")
    assert said.code == 2
    assert "--tolerance" in said.err


@pytest.mark.parametrize("option", ["--out", "--picture", "--options-picture", "--convergence"])
def test_a_missing_folder_is_told_before_the_work(terminal, tmp_path, monkeypatch, option):
    monkeypatch.setattr(quoting, "price", None)
    said = terminal("price", "--product", "rd_loss", option, tmp_path / "no" / "file.png")
    assert said.code == 4
    assert str(tmp_path / "no") in said.err.replace("\n", "")


def test_a_long_run_is_told_before_it_starts(terminal, monkeypatch, tmp_path):
    def stop(*_, **__):
        raise Refused("stopped")

    monkeypatch.setattr(pricing, "price", stop)
    request = {
        "product": "equipment_loss",
        "exposure": {"risk_class": "lab", "items": [{"value": 1e4, "units": 100_000}]},
    }
    file = tmp_path / "many.json"
    file.write_text(json.dumps(request), "utf-8")
    said = terminal("price", file, "--years", 1000)
    assert "100,000 insured objects, 1,000 simulated years: this may take minutes" in said.err
    request["exposure"]["items"][0]["units"] = 10
    file.write_text(json.dumps(request), "utf-8")
    assert "minutes" not in terminal("price", file, "--years", 1000).err


YIELD = {"rate": 0.02, "source": "an example", "as_of": "2026-11-24"}


def pooled_request(**changes):
    from techinsure_api.routes.in_pool import OWN_POOL

    return {**OWN_POOL, **changes}


def test_a_document_with_a_pool_is_priced_in_it(terminal, request_file):
    from techinsure.quoting.in_pool import price_with_pool

    said = terminal("price", request_file(pooled_request()), "--json")
    assert said.code == 0
    assert json.loads(said.out) == price_with_pool(pooled_request()).to_dict()


def test_a_pool_fills_the_line_reinsurance(terminal, request_file):
    whole = pooled_request()
    alone = terminal("price", request_file(whole["risk"]), "--years", 1000, "--seed", 1)
    assert "Nothing is charged for: model risk, reinsurance cost" in " ".join(alone.out.split())
    said = terminal("price", request_file(whole))
    assert "this risk's share of what reinsurance" in said.out
    assert "What the pool" in said.out
    assert "capital in the pool, after treaties" in said.out


@pytest.mark.parametrize(
    "options", [("--pool-sample", "demo_pool"), ("--portfolio", "x.csv"), ("--programme", "x.toml")]
)
def test_half_a_pool_or_two_are_wrong_usage(terminal, request_file, options):
    whole = pooled_request()
    document = whole if options[0] == "--pool-sample" else whole["risk"]
    said = terminal("price", request_file(document), *options)
    assert said.code == 2


def test_time_beside_the_price(terminal, request_file):
    document = {**quick("first_set"), "drivers": False, "discount": YIELD}
    said = terminal("price", request_file(document)).out
    assert "Beside the price, not in it" in said
    assert "charged, claims discounted at 2%" in said
    assert "premium due at the start of year 3" in said
    assert "Yield: 2% a year, an example, 2026-11-24" in said
