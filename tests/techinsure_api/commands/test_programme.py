"""`techinsure programme`: files, options, tables, pictures, and what is refused before the work."""

import json

import pytest

from techinsure_api.evaluations import EvaluationRequest
from techinsure_api.routes.programmes import BY_HAND
from techinsure_api.stored_runs.store import RunStore
from tests.techinsure_api.service import client
from tests.techinsure_api.stored_runs.runs import small

TOWER = """
[[treaties]]
name = "layer"
treaty = { kind = "excess_of_loss", basis = "event", attachment = 10e6, limit = 20e6, reinstatement_rates = [1.0], premium = 2e6 }
reinsurers = [{ name = "Re A", share = "3/5" }, { name = "Re B", share = "2/5" }]

[[treaties]]
name = "quota share"
net_of = ["layer"]
treaty = { kind = "quota_share", share = 0.4, commission = 0.28 }
"""  # noqa: E501
CSV = "year,loss,product\n2026,24000000,equipment_loss\n2026,12000000,equipment_loss\n"
CSV += "2026,45000000,equipment_loss\n"
OWN = ("--years", 1, "--first-year", 2026, "--premium", "equipment_loss=3e7", "--rows")


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("TECHINSURE_DATA", str(tmp_path / "data"))
    (tmp_path / "tower.toml").write_text(TOWER, "utf-8")
    (tmp_path / "losses.csv").write_text(CSV, "utf-8")
    (tmp_path / "request.json").write_text(json.dumps(BY_HAND), "utf-8")
    return tmp_path


@pytest.fixture
def by_hand():
    return client.post("/v1/programmes/evaluate", json=BY_HAND).json()


def test_options_a_request_and_standard_input_say_the_same(terminal, files, by_hand):
    losses = ("--losses", files / "losses.csv", *OWN, "--json")
    assert terminal("programme", files / "tower.toml", *losses).document == by_hand
    assert terminal("programme", "-", *losses, stdin=TOWER.encode()).document == by_hand
    assert terminal("programme", files / "request.json", "--json").document == by_hand
    stdin = json.dumps(BY_HAND).encode()
    assert terminal("programme", "-", "--json", stdin=stdin).document == by_hand


def test_a_stored_run_is_found_by_the_start_of_its_id(terminal, files):
    name = RunStore().add(*small())
    said = terminal("programme", "--simulation", name[:8], "--json")
    answer = client.post("/v1/programmes/evaluate", json={"losses": {"simulation": name}})
    assert said.document == answer.json()


def test_the_tables_of_a_year(terminal, files):
    said = terminal("programme", files / "request.json")
    assert (said.code, said.err) == (0, "")
    lines = {line.strip().partition("  ")[0]: line.split() for line in said.out.splitlines()}
    assert said.out.startswith("3 losses in one year\n")
    assert lines["gross"][-1] == "81,000"
    assert lines["net"][-1] == "27,000"
    assert lines["reinsurers not named"][-1] == "18,000"
    assert lines["row 3"][-4:] == ["45,000", "20,000", "10,000", "15,000"]
    assert "Flag: one year has a mean and no error" in said.out


def test_the_tables_of_simulated_years_keep_to_a_hundred_columns(terminal, files):
    said = terminal("programme", "--sample", "demo_pool", "--years", 1000)
    assert (said.code, said.err) == (0, "")
    for words in ("TVaR 99.5%", "Ceded losses by reinsurer", "rate on line", "fair deposit",
                  "first event layer", "示例国际再保险", "used up"):  # fmt: skip
        assert words in said.out
    tables = [line for line in said.out.splitlines() if line.startswith("  ")]
    assert max(len(line.rstrip()) for line in tables) <= 100


def test_in_chinese_the_figures_are_the_same(terminal, files):
    plain, said = (terminal("programme", files / "request.json", *lang)
                   for lang in ((), ("--lang", "zh")))  # fmt: skip
    assert said.code == 0
    for words in ("一年内 3 笔损失", "未列明再保险人", "逐笔损失", "公平预付保费", "只有一年"):
        assert words in said.out
    assert "45,000" in said.out
    assert plain.out.count("20,000") == said.out.count("20,000")


def test_a_picture_is_drawn(terminal, files):
    said = terminal("programme", files / "request.json", "--picture", files / "tower.png")
    assert said.code == 0
    assert (files / "tower.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_without_a_folder_is_refused_before_the_work(terminal, files, monkeypatch):
    monkeypatch.setattr(EvaluationRequest, "__post_init__", lambda self: 1 / 0)
    said = terminal("programme", files / "request.json", "--picture", files / "no" / "t.png")
    assert said.code == 4
    assert str(files / "no") in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("tower.toml",), "which losses are reinsured"),
        (("tower.toml", "--losses", "losses.csv"), "--losses needs --years"),
        (("tower.toml", "--sample", "demo_pool", "--simulation", "1234"), "give one of --sample"),
        (("tower.toml", "--sample", "demo_pool", "--first-year", "2"), "--first-year is of"),
        (("tower.toml", "--years", "5"), "--years and --seed are of"),
        (("request.json", "--sample", "demo_pool"), "the file says which losses"),
        (("tower.toml", "--sample", "demo_pool", "--premium", "x"), "PRODUCT=AMOUNT"),
        (("tower.toml", "--sample", "demo_pool", "--premium", "x=y"), "PRODUCT=AMOUNT"),
        (
            ("tower.toml", "--sample", "demo_pool", "--premium", "x=1", "--premium", "x=2"),
            "given twice for 'x'",
        ),
    ],
)
def test_wrong_usage(terminal, files, monkeypatch, words, told):
    monkeypatch.chdir(files)
    said = terminal("programme", *words)
    assert said.code == 2
    assert told in " ".join(said.err.replace("│", "").split())


def test_a_fault_of_a_file_names_the_cell(terminal, files):
    (files / "losses.csv").write_text("year,loss\n2026,5\n2027,x\n", "utf-8")
    said = terminal("programme", files / "tower.toml", "--losses", files / "losses.csv",
                    "--years", 1, "--first-year", 2026)  # fmt: skip
    assert said.code == 3
    assert "field: row 3, year" in said.err
    assert "field: row 3, loss" in said.err
    said = terminal("programme", files / "none.toml", "--sample", "demo_pool")
    assert said.code == 4
