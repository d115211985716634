"""`techinsure posterior` and `techinsure price --experience`: own data in a file."""

import json
import tomllib

import pytest

from techinsure.posterior import posterior

OWN = """name = "member A"

[[observations]]
parameter = "model.classes.general.fail.lab"
seen = [{ events = 5, trials = 58 }]
source = "own projects"

[[amounts]]
parameter = "model.spend"
values = [0.4, 0.7]
prior_claims = 6
source = "own claims"
"""
RISK = {"product": "rd_loss", "exposure": {"risk_class": "general", "budget": 2_000_000},
        "simulation": {"n_years": 1000}}  # fmt: skip


@pytest.fixture
def files(tmp_path):
    own, risk = tmp_path / "own.toml", tmp_path / "risk.json"
    own.write_text(OWN, "utf-8")
    risk.write_text(json.dumps(RISK), "utf-8")
    return own, risk


def test_the_tables_say_what_the_report_says(terminal, files, tmp_path):
    own, risk = files
    text, picture = tmp_path / "text.txt", tmp_path / "p.png"
    said = terminal("posterior", "--product", "rd_loss", "--experience", own, "--risk", risk,
                    "--text", text, "--picture", picture, "--one-more", 0.95)  # fmt: skip
    assert said.code == 0, said.err
    assert "5 / 58" in said.out
    assert "C → A" in said.out
    assert "Opinions (grade D)" in said.out
    assert "model.spend" in said.out
    assert "data weigh 65%" in text.read_text("utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_json_is_the_engine_and_does_not_change_with_the_language(terminal, files):
    own, risk = files
    words = ("posterior", "--product", "rd_loss", "--experience", own, "--risk", risk, "--json")
    said = terminal(*words)
    risk_alone = {name: value for name, value in RISK.items() if name != "product"}
    whole = {"product": "rd_loss", "experience": tomllib.loads(OWN), "risk": risk_alone}
    assert said.document == json.loads(json.dumps(posterior(whole).to_dict()))
    assert terminal("--lang", "zh", *words).out == said.out


def test_in_chinese(terminal, files):
    own, risk = files
    said = terminal("posterior", "--product", "rd_loss", "--experience", own, "--risk", risk,
                    "--lang", "zh")  # fmt: skip
    assert said.code == 0, said.err
    for words in ("数据权重", "纯费率", "先验", "后验", "再多一次赔案"):
        assert words in said.out


@pytest.mark.parametrize(
    ("broken", "words", "code"),
    [
        ('name = "x"', "must not be empty", 3),
        (OWN.replace("events = 5", "events = 500"), "must be <= 58", 3),
        (OWN.replace("fail.lab", "fail.labs"), "did you mean 'model.classes.general.fail.lab'", 4),
        (OWN.replace("trials", "exposure"), "must have trials: it is a probability", 3),
        ("name =", "must be UTF-8 TOML", 3),
    ],
)
def test_data_that_do_not_fit_are_named(terminal, files, broken, words, code):
    own, risk = files
    own.write_text(broken, "utf-8")
    said = terminal("posterior", "--product", "rd_loss", "--experience", own, "--risk", risk)
    assert said.code == code
    assert words in said.err
    assert said.out == ""


def test_a_quote_with_own_data_says_so_and_verifies(terminal, files, tmp_path):
    own, risk = files
    quote = tmp_path / "quote.json"
    plain = terminal("price", risk, "--json").document
    said = terminal("price", risk, "--experience", own, "--json", "--out", quote).document
    assert said["premium"]["pure"]["value"] != plain["premium"]["pure"]["value"]
    assert said["product_version"].startswith(plain["product_version"] + "+")
    assert [one["parameter"] for one in said["updates"]] == [
        "model.classes.general.fail.lab", "model.spend",
    ]  # fmt: skip
    assert terminal("verify", quote).code == 0
    changed = json.loads(quote.read_text("utf-8"))
    changed["request"]["experience"]["observations"][0]["seen"][0]["events"] = 6.0
    quote.write_text(json.dumps(changed), "utf-8")
    assert terminal("verify", quote).code == 3
