"""`techinsure stress`: the scenarios, the tables, the picture, files, and what is refused."""

import json
import re

import pytest

from techinsure.receipt import plain
from techinsure.stress import scenarios, stress
from techinsure_api.documented import OWN_ROWS
from techinsure_api.routes.stress import OWN_SCENARIO

ASKED = {**OWN_ROWS, "simulation": {"n_years": 1000, "seed": 1}, "scenario": OWN_SCENARIO}
RISKS = """id,product,risk_class,sum_insured,budget,route,stage
RD-1,rd_loss,chip,6000000,8000000,risc-v,startup
RD-2,rd_loss,chip,4000000,4000000,risc-v,growth
"""


@pytest.fixture(scope="module")
def report():
    return stress(ASKED)


@pytest.fixture
def file(tmp_path):
    place = tmp_path / "request.json"
    place.write_text(json.dumps(ASKED), "utf-8")
    return place


@pytest.fixture
def at_once(monkeypatch, report):
    monkeypatch.setattr("techinsure.stress.stress", lambda *given, **named: report)


def test_the_json_is_the_report_and_the_picture_is_drawn(terminal, file, report, tmp_path):
    picture = tmp_path / "waterfall.png"
    said = terminal("stress", file, "--json", "--picture", picture)
    assert said.code == 0, said.err
    assert said.document == report.to_dict()
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_tables_say_what_the_report_says(terminal, file, report, at_once):
    said = terminal("stress", file)
    assert said.code == 0, said.err
    for value in (report.ground_up, report.gross, report.net, report.members[0].cost):
        assert f"{value / 1000:,.0f}" in said.out
    for one in (*report.treaties, *report.members, *report.strikes):
        assert one.name in said.out
    (update,) = report.learnt[0].updates
    assert f"{update.posterior.mean:.4g}" in said.out
    assert f"{report.learnt[0].after.charged.value:,.0f}" in said.out
    assert max(map(len, said.out.splitlines())) <= 110
    tables = [line for line in said.out.splitlines() if line.startswith(" ─")]
    assert max(map(len, tables)) <= 100


def test_in_chinese_no_english_sentence_is_left(terminal, file, report, at_once):
    said = terminal("--lang", "zh", "stress", file)
    for words in ("情景损失", "复效次数", "动用", "多少年一遇", "由此得知", "此后费率"):
        assert words in said.out, words
    names = [one.name for one in (*report.strikes, *report.treaties)]
    names += [report.learnt[0].insured, report.pool, report.scenario.name]
    plain_text = said.out
    for name in names:
        plain_text = plain_text.replace(name, "")
    assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", plain_text)


def test_the_shipped_scenarios_are_listed(terminal):
    said = terminal("stress")
    assert all(name in said.out for name in scenarios())
    listed = terminal("stress", "--json").document["scenarios"]
    assert listed == [plain(one) for one in scenarios().values()]
    assert "园区洪水" in terminal("--lang", "zh", "stress").out


def test_a_scenario_alone_runs_on_files_or_standard_input(terminal, tmp_path, report):
    (tmp_path / "risks.csv").write_text(RISKS, "utf-8")
    for name in ("pool", "programme"):
        (tmp_path / f"{name}.json").write_text(json.dumps(OWN_ROWS[name]), "utf-8")
    options = ("--portfolio", tmp_path / "risks.csv", "--pool", tmp_path / "pool.json",
               "--programme", tmp_path / "programme.json", "--years", 1000, "--seed", 1,
               "--json")  # fmt: skip
    said = terminal("stress", "-", *options, stdin=json.dumps(OWN_SCENARIO).encode())
    assert said.code == 0, said.err
    assert said.document["members"] == report.to_dict()["members"]
    toml = b'name = "x"\n[[strikes]]\nname = "a"\nhits = { routes = ["risc-v"] }\nphase = "pilot"\n'
    said = terminal("stress", "-", *options, stdin=toml)
    assert said.code == 0, said.err
    assert said.document["scenario"]["name"] == "x"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("park_floo",), 4, "park_flood"),
        (("no.toml",), 4, "no.toml"),
        (("park_flood", "--sample", "demo"), 4, "demo_pool"),
        (("park_flood", "--sample", "demo_pool", "--portfolio", "x.csv"), 2, "not both"),
        (("park_flood", "--picture", "nowhere/x.png"), 4, "nowhere"),
        (("park_flood", "--years", "10"), 3, "n_years"),
    ],
)
def test_what_cannot_be_answered_ends_with_its_code_before_the_work(terminal, words, code, told):
    said = terminal("stress", *words)
    assert said.code == code
    assert said.out == ""
    assert told in said.err.replace("\n", " ")
    assert "Traceback" not in said.err


def test_a_fault_of_a_file_names_its_row_and_column(terminal, tmp_path):
    (tmp_path / "risks.csv").write_text(RISKS.replace("8000000", "-8"), "utf-8")
    (tmp_path / "pool.json").write_text(json.dumps(OWN_ROWS["pool"]), "utf-8")
    said = terminal("stress", "route_failure", "--portfolio", tmp_path / "risks.csv", "--pool",
                    tmp_path / "pool.json")  # fmt: skip
    assert said.code == 3
    assert "row 2, budget" in said.err


def test_a_request_has_its_own_portfolio(terminal, file):
    said = terminal("stress", file, "--sample", "demo_pool")
    assert (said.code, said.out) == (2, "")


def test_a_fault_has_its_place_in_the_request(terminal, tmp_path):
    file = tmp_path / "request.json"
    wrong = {**OWN_SCENARIO, "strikes": [{**OWN_SCENARIO["strikes"][0], "phase": "end"}]}
    file.write_text(json.dumps({**ASKED, "scenario": wrong}), "utf-8")
    said = terminal("stress", file)
    assert said.code == 3
    assert "field: /scenario/strikes/0/phase" in said.err
