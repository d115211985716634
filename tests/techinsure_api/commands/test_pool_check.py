"""`techinsure pool check`: every rule's state, the findings with their cures, accumulations."""

import json

import pytest

from techinsure.pooling.checks import check_pool
from techinsure_api.routes.pools import CHECKED
from tests.techinsure_api.service import changed

ASKED = changed(CHECKED, "/simulation/n_years", 1000)


@pytest.fixture
def asked(tmp_path):
    file = tmp_path / "checks.json"
    file.write_text(json.dumps(ASKED), "utf-8")
    return file


def test_the_json_is_the_answer_and_the_picture_is_drawn(terminal, asked, tmp_path):
    picture = tmp_path / "accumulation.png"
    said = terminal("pool", "check", asked, "--json", "--picture", picture, "--seed", 7)
    assert said.code == 0, said.err
    assert said.document == check_pool(changed(ASKED, "/simulation/seed", 7)).to_dict()
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_tables_say_what_the_answer_says(terminal, asked):
    said = terminal("pool", "check", asked)
    assert said.code == 0, said.err
    flat = " ".join(said.out.split())
    for words in ("one reinsurer broken 4", "single risk kept 1", "no member states one",
                  "lead fee (warning)", "single risk (cured)", "the pool accumulation (warning)",
                  "2,400,000", "By park, CNY, gross; without a label: 6,000,000",
                  "Source: 保险法 art. 102-103"):  # fmt: skip
        assert words in flat, words
    assert max(map(len, said.out.splitlines())) <= 110


def test_in_chinese(terminal, asked):
    said = terminal("--lang", "zh", "pool", "check", asked)
    assert said.code == 0, said.err
    flat = said.out.replace("\n", "").replace(" ", "")
    for words in ("单一再保险人", "没有成员写明", "五个同一", "已由再保险消除", "其余重新分摊",
                  "共保体自定限额", "按园区累计"):  # fmt: skip
        assert words in flat, words


def test_many_findings_are_cut_and_said_to_be(terminal):
    rows = [{**ASKED["portfolio"]["rows"][1], "id": f"RD-{k}"} for k in range(12)]
    whole = {**ASKED, "portfolio": {"rows": rows}, "affiliates": {}, "contracts": [], "shares": []}
    said = terminal("pool", "check", "-", stdin=json.dumps(whole).encode())
    assert said.code == 0, said.err
    n = len(check_pool(whole).findings) - 20
    assert f"{n} more findings in --json" in said.out


def test_a_pool_that_keeps_all_rules_is_told_so(terminal):
    pool = {"name": "p", "currency": "CNY", "members": [
        {"name": "a", "written": "1", "capital_and_reserves": 1e12, "lead": True}]}  # fmt: skip
    whole = {"portfolio": ASKED["portfolio"], "pool": pool, "simulation": {"n_years": 1000}}
    said = terminal("pool", "check", "-", stdin=json.dumps(whole).encode())
    assert "No rule is broken." in said.out


@pytest.mark.parametrize(
    ("words", "code"),
    [(("no.toml",), 4), ((), 2), (("-",), 3), (("-", "--picture", "no/such/x.png"), 4)],
)
def test_what_cannot_be_answered_ends_with_its_code(terminal, words, code):
    said = terminal("pool", "check", *words, stdin=b'{"portfolio": {}}')
    assert said.code == code
    assert said.out == ""
