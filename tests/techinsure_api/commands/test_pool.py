"""`techinsure pool`: the shipped sample, and files of one's own."""

import json
import shutil
from pathlib import Path

import pytest

from techinsure import pooling
from techinsure.kernels import kernels
from techinsure.pooling import run_pool
from techinsure_api.stored_runs.store import RunStore

SAMPLE = Path(pooling.__file__).parents[1] / "samples" / "demo_pool"


@pytest.fixture
def folder(tmp_path):
    """The files of the sample, free to be changed."""
    shutil.copytree(SAMPLE, tmp_path / "pool")
    return tmp_path / "pool"


def own(folder, *parts):
    files = {"--portfolio": "portfolio.csv", "--pool": "pool.toml", "--programme": "programme.toml"}
    chosen = {name: folder / file for name, file in files.items() if name[2:] in parts}
    return [word for pair in chosen.items() for word in pair]


def test_prints_losses_treaties_members_and_notes(terminal):
    said = terminal("pool", "--years", 1000, "--seed", 1)
    report = run_pool({"portfolio": {"sample": "demo_pool"},
                       "simulation": {"n_years": 1000, "seed": 1}})  # fmt: skip
    assert said.code == 0
    assert said.err == ""
    for name in ("gross", "ceded", "net", *(p.name for p in (*report.treaties, *report.members))):
        assert name in said.out
    assert "Diversification" in said.out
    assert f"{report.members[0].tvar_995.value / 1000:,.0f}" in said.out
    assert said.out.count("Breach: ") == len(report.breaches) == 1


def test_as_json_it_is_the_report(terminal):
    said = terminal("pool", "--years", 1000, "--seed", 1, "--json")
    request = {"portfolio": {"sample": "demo_pool"}, "simulation": {"n_years": 1000, "seed": 1}}
    document = said.document
    run = document.pop("run")
    assert document == json.loads(json.dumps(run_pool(request).to_dict()))
    assert (run["stored"], run["note"]) == (True, "")
    assert RunStore().report(run["id"]) == document


def test_a_run_is_stored_and_says_how_to_go_on(terminal):
    said = terminal("pool", "--years", 1000)
    latest = RunStore().find()
    assert f"Stored as run {latest[:12]}: techinsure pool what-if {latest[:12]}" in said.out


def test_what_cannot_be_stored_is_shown_and_said(terminal, monkeypatch):
    monkeypatch.setenv("TECHINSURE_STORE_BYTES", "1000")
    said = terminal("pool", "--years", 1000)
    assert said.code == 0
    assert "Warning: not stored: the run has" in said.out
    assert "TVaR 99.5%" in said.out
    run = terminal("pool", "--years", 1000, "--json").document["run"]
    assert (run["id"], run["stored"]) == (None, False)
    assert "set TECHINSURE_STORE_BYTES to more" in run["note"]


def test_no_store_keeps_nothing(terminal):
    before = RunStore().names()
    said = terminal("pool", "--years", 1000, "--no-store", "--json")
    assert said.document["run"] == {"id": None, "stored": False, "note": ""}
    assert "tored" not in terminal("pool", "--years", 1000, "--no-store").out
    assert RunStore().names() == before


def test_options_before_a_part_are_not_lost_in_silence(terminal):
    said = terminal("pool", "--years", 1000, "what-if", "--drop", "x")
    assert said.code == 2
    assert "after what-if" in said.err


def test_files_give_what_the_sample_gives(terminal, folder):
    run = ("--years", 1000, "--seed", 1, "--no-store", "--json")
    files = terminal("pool", *own(folder, "portfolio", "pool", "programme"), *run).document
    assert files == terminal("pool", "--sample", "demo_pool", *run).document


def test_without_a_programme_nothing_is_ceded(terminal, folder):
    said = terminal("pool", *own(folder, "portfolio", "pool"), "--years", 1000, "--json")
    assert said.document["treaties"] == []
    assert said.document["ceded"]["mean"]["value"] == 0


def test_writes_report_tables_and_picture(terminal, tmp_path):
    out = tmp_path / "results"
    assert terminal("pool", "--years", 1000, "--out", out).code == 0
    names = sorted(file.name for file in out.iterdir())
    assert names == ["exceedance.png", "members.csv", "report.json", "treaties.csv"]
    assert json.loads((out / "report.json").read_text("utf-8"))["n_years"] == 1000
    assert (out / "exceedance.png").read_bytes().startswith(b"\x89PNG")


def test_writes_a_page_with_pictures_and_tables(terminal, tmp_path):
    out = tmp_path / "new" / "report"
    said = terminal("pool", "--years", 1000, "--report", out)
    assert (said.code, said.err) == (0, "")
    assert (out / "report.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert (out / "pictures" / "layer_tower.png").exists()
    assert (out / "tables" / "members.csv").exists()


@pytest.mark.parametrize("option", ["--report", "--out"])
def test_a_report_into_a_file_is_refused_before_the_work(terminal, tmp_path, monkeypatch, option):
    file = tmp_path / "taken"
    file.write_text("", "utf-8")
    monkeypatch.setattr(pooling, "run_pool", None)
    said = terminal("pool", "--years", 1000, option, file)
    assert said.code == 3
    assert "taken" in said.err
    assert "Traceback" not in said.err


RATED = """
name = "rated"
currency = "CNY"
order = "0.9"
default_terms = { kind = "joint" }
accumulation_limits = [{ basis = "park", figure = "sum_insured", soft = 1.2e9, hard = 1.5e9 }]
members = [
  { name = "A", written = "0.5", capital_and_reserves = 9e9, lead = true, rating = "BB" },
  { name = "B", written = "0.3", capital_and_reserves = 9e9, default_probability = 0.02 },
]
"""


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ("Loss once in so many years", "Mean year of each party", "outside the order",
                "default terms: joint", "policyholders", "Accumulation, gross", "supply exposed",
                "Concentration (Herfindahl): park 0.324", "hard limit 1,500,000,000.00",
                "no reinsurer has a rating")),
        ("zh", ("若干年一遇的损失", "各方平均年度", "承保份额之外", "违约条款：连带承担", "投保人",
                "累积风险", "受供应影响", "集中度（赫芬达尔指数）：园区 0.324",
                "硬性限额 1,500,000,000.00", "没有再保险人给出评级或违约概率")),
    ],
    ids=["en", "zh"],
)  # fmt: skip
def test_failures_and_accumulation_are_told(terminal, tmp_path, language, told):
    file = tmp_path / "pool.toml"
    file.write_text(RATED, "utf-8")
    said = terminal("pool", "--pool", file, "--years", 1000, "--no-store", "--lang", language)
    assert said.code == 0
    flat = said.out.replace("\n", "")
    for text in told:
        assert text in flat, text


def test_nobody_is_told_of_failures_that_nobody_asked_for(terminal):
    said = terminal("pool", "--years", 1000, "--no-store").out
    assert "shortfall" not in said
    assert "whole pool" in said


@pytest.mark.parametrize(
    "words", [("--sample", "demo_pool", "--portfolio", "x.csv"), ("--portfolio", "x.csv")]
)
def test_wrong_usage_ends_with_2(terminal, words):
    assert terminal("pool", *words).code == 2


@pytest.mark.parametrize("words", [("--sample", "demo"), ("--pool", "no.toml"),
                                   ("--portfolio", "no.csv", "--pool", "no.toml")])  # fmt: skip
def test_what_is_not_there_ends_with_4(terminal, words):
    assert terminal("pool", *words).code == 4


FAULTS = [
    ("pool.toml", "currency =", "currency :", "TOML"),
    ("pool.toml", 'written = "0.30"', "written = 0.30", "written"),
    ("pool.toml", "lead = true", "lead = false", "exactly one lead"),
    ("programme.toml", "share = 0.40", "share = 1.40", "share"),
    ("programme.toml", '["quota share"]', '["quota"]', "net_of"),
    ("portfolio.csv", "biopharma", "biofarma", "biopharma"),
]


@pytest.mark.parametrize(("name", "right", "wrong", "words"), FAULTS)
def test_a_fault_in_a_file_is_refused_by_name(terminal, folder, name, right, wrong, words):
    file = folder / name
    content = file.read_bytes()
    assert right.encode() in content
    file.write_bytes(content.replace(right.encode(), wrong.encode(), 1))
    said = terminal("pool", *own(folder, "portfolio", "pool", "programme"), "--years", 1000)
    assert said.code == 3
    assert words in said.err
    assert "Traceback" not in said.err


def test_a_fault_in_a_file_names_row_header_and_value(terminal, folder, tmp_path):
    file = tmp_path / "risks.csv"
    file.write_text(
        "编号,产品,风险类别,保险金额,预算\nA,研发费用损失,chip,600万,1\nB,rd_loss,chip,-5,1\n",
        "utf-8",
    )
    said = terminal("pool", "--portfolio", file, *own(folder, "pool"), "--years", 1000)
    assert said.code == 3
    assert "row 2, 保险金额" in said.err
    assert "row 3, 保险金额" in said.err
    assert "/portfolio/rows" not in said.err


def test_a_setting_that_names_no_loops_is_told_as_such(terminal, monkeypatch):
    kernels.cache_clear()
    monkeypatch.setenv("TECHINSURE_KERNELS", "nonsense")
    said = terminal("pool", "--years", 1000)
    kernels.cache_clear()
    assert said.code == 3
    assert "TECHINSURE_KERNELS" in said.err
    assert "/portfolio" not in said.err


def test_a_pool_without_treaties_prints_no_table_of_them(terminal, folder):
    said = terminal("pool", *own(folder, "portfolio", "pool"), "--years", 1000)
    assert said.code == 0
    assert "Treaties" not in said.out
