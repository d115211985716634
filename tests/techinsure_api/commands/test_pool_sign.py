"""`techinsure pool sign`: lines, the law, what is left; pictures, both languages, exit codes."""

import json

import pytest

from techinsure.pool.sign_down import sign_down
from techinsure_api.routes.pools import FAB
from tests.techinsure_api.service import changed

GAP = {**FAB, "reinsurance": [{"reinsurer": "Re A", "share": "0.81"}],
       "pool": changed(FAB["pool"], "/members/0/written", "0.1")}  # fmt: skip


@pytest.fixture
def fab(tmp_path):
    file = tmp_path / "fab.json"
    file.write_text(json.dumps(FAB), "utf-8")
    return file


def test_the_json_is_the_answer_and_the_picture_is_drawn(terminal, fab, tmp_path):
    picture = tmp_path / "lines.png"
    said = terminal("pool", "sign", fab, "--json", "--picture", picture)
    assert said.code == 0, said.err
    assert said.document == sign_down(FAB).to_dict()
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_tables_say_what_the_answer_says(terminal, fab):
    said = terminal("pool", "sign", fab)
    assert said.code == 0, said.err
    for words in ("written 140.00% of the order 100.00%", "514.3 !", "16.67%", "1/6", "law",
                  "capacity", "2 members are above the law as signed: 337,142,857",
                  "no facultative need"):  # fmt: skip
        assert words in said.out, words
    assert max(map(len, said.out.splitlines())) <= 100


def test_a_gap_and_a_reinsurer_with_too_much_are_said(terminal):
    said = terminal("pool", "sign", "-", stdin=json.dumps(GAP).encode())
    assert said.code == 0, said.err
    found = sign_down(GAP).risk
    assert f"Capacity gap: {100 * found.capacity_gap / 3.2e9:.2f}%" in said.out
    assert "81.00% ceded to Re A, limit 80%" in said.out
    assert "Flag: the lead 'lead' has not the largest line" in said.out


def test_no_two_columns_have_one_name(terminal, fab):
    said = terminal("pool", "sign", fab)
    assert said.out.count("net again") == 1
    zh = terminal("--lang", "zh", "pool", "sign", fab)
    assert "重签后净额" in zh.out


def test_a_kind_that_is_no_product_is_refused_with_the_nearest(terminal):
    body = changed(FAB, "/risk/kinds/0", "equipment_los/wafer_fab")
    said = terminal("pool", "sign", "-", stdin=json.dumps(body).encode())
    assert said.code == 3, said.err
    assert "equipment_loss/wafer_fab" in said.err


def test_a_pools_file_has_lines_and_no_risk(terminal, tmp_path):
    file = tmp_path / "pool.toml"
    file.write_text(
        'name = "p"\ncurrency = "CNY"\n[[members]]\nname = "a"\nwritten = "1.5"\n'
        'capital_and_reserves = 1e9\nlead = true\nrating = "AA"\n', "utf-8",
    )  # fmt: skip
    said = terminal("pool", "sign", file)
    assert said.code == 0, said.err
    assert "100.00%" in said.out
    assert "AA" in said.out


def test_in_chinese_no_english_sentence_is_left(terminal):
    said = terminal("--lang", "zh", "pool", "sign", "-", stdin=json.dumps(GAP).encode())
    assert said.code == 0, said.err
    for words in ("认购合计", "受限于", "法定上限", "承保能力缺口", "首席 'lead' 的份额不是最大",
                  "分给另一再保险人"):  # fmt: skip
        assert words in said.out.replace("\n", ""), words


@pytest.mark.parametrize(
    ("words", "code"),
    [(("no.toml",), 4), ((), 2), (("-",), 3), (("fab.json", "--picture", "no/such/x.png"), 4)],
)
def test_what_cannot_be_answered_ends_with_its_code(terminal, words, code):
    said = terminal("pool", "sign", *words, stdin=b'{"pool": {"name": 1}}')
    assert said.code == code
    assert said.out == ""
    assert "Traceback" not in said.err


def test_members_above_the_law_are_those_as_first_signed(terminal):
    """Signed again nobody is: the note still says who was."""
    body = changed({**FAB, "reinsurance": []}, "/risk/groups/0/net_sum_insured", 3.3e9)
    said = terminal("pool", "sign", "-", stdin=json.dumps(body).encode())
    found = sign_down(body)
    assert (len(found.breaches), found.breaches_again) == (2, ())
    assert "! 2 members are above the law as signed" in said.out
