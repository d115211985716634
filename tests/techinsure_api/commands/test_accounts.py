"""`techinsure accounts close`: the tables, the files of each party, the picture, both languages."""

import json
import tomllib

import pytest
from rich.cells import cell_len

from techinsure import bordereau
from techinsure.accounts.closing import close
from techinsure.accounts.sample import sample, text

QUARTER = close(sample())


def test_the_tables_say_what_the_engine_says(terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    said = terminal("accounts", "close", "--sample")
    assert said.code == 0, said.err
    for figure in ("-8,508,599.69", "511,000.07", "1,666.00", "-1,808,000.96", "16,781,901.24"):
        assert figure in said.out
    assert "transfers: 1" in said.out
    assert "Key R&D equipment" in said.out
    assert max(cell_len(line) for line in said.out.splitlines()) <= 100


def test_json_is_the_engine_and_files_and_standard_input_are_read(terminal, tmp_path):
    toml, written = tmp_path / "q.toml", tmp_path / "q.json"
    toml.write_text(text(), "utf-8")
    written.write_text(json.dumps(sample()), "utf-8")
    for said in (
        terminal("accounts", "close", toml, "--json"),
        terminal("accounts", "close", written, "--json"),
        terminal("accounts", "close", "-", "--json", stdin=text().encode()),
        terminal("accounts", "close", "--sample", "--json", "--lang", "zh"),
    ):
        assert said.document == QUARTER.to_dict()


def test_another_quarter(terminal):
    said = terminal("accounts", "close", "--sample", "--quarter", "2026Q3", "--json").document
    assert said["accounts"]["quarter"] == "2026Q3"
    assert said["accounts"]["accounts"][0]["opening_minor"] == "-850859969"


def test_the_shipped_document_is_printed_as_it_is(terminal):
    assert tomllib.loads(terminal("accounts", "close", "--print").out) == sample()


@pytest.mark.parametrize(
    ("ending", "encoding"), [("csv", "gb18030"), ("csv", "utf-8"), ("xlsx", "utf-8")]
)
def test_files_for_every_party(terminal, tmp_path, ending, encoding):
    out, picture = tmp_path / "new" / "q2", tmp_path / "flows.png"
    said = terminal("accounts", "close", "--sample", "--out", out, "--format", ending,
                    "--encoding", encoding, "--picture", picture)  # fmt: skip
    assert said.code == 0, said.err
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert json.loads((out / "close.json").read_text("utf-8")) == QUARTER.to_dict()
    names = {file.stem for file in out.iterdir()}
    assert {"ledger", "accounts", "open_items", "classes"} <= names
    assert {"08_㛃峰保险_statement", "08_㛃峰保险_claims", "10_东海再保险_cession"} <= names
    assert "09_南海再保险_premium" not in names
    if ending == "csv":
        whole = (out / "08_㛃峰保险_claims.csv").read_bytes().decode(encoding)
        assert "上海𠮷芯半导体有限公司" in whole
    headers = {"当事方": "当事方", "期末余额": "期末余额"}
    sheet = bordereau.read(out / f"accounts.{ending}", mapping=headers)
    closing = dict(zip(sheet.columns["当事方"], sheet.columns["期末余额"], strict=True))
    assert closing["浦江保险"] == "-8508599.69"


def test_headers_in_english(terminal, tmp_path):
    terminal("accounts", "close", "--sample", "--out", tmp_path, "--headers", "en")
    assert (tmp_path / "ledger.csv").read_text("utf-8-sig").startswith('"reference","booked"')


def test_in_chinese(terminal):
    said = terminal("--lang", "zh", "accounts", "close", "--sample").out
    for word in (
        "税务机关",
        "现金催缴",
        "轧差方案",
        "已核对的合计",
        "关键研发设备保险",
        "各方期末",
    ):
        assert word in said


def test_what_is_refused(terminal, tmp_path):
    assert terminal("accounts", "close").code == 2
    assert terminal("accounts", "close", "x.toml", "--sample").code == 2
    assert terminal("accounts", "close", tmp_path / "none.toml").code == 4
    wrong = sample()
    wrong["events"][3]["on"] = "CL-2"
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(wrong), "utf-8")
    said = terminal("accounts", "close", file)
    assert said.code == 3
    assert "/events/3/on" in said.err
    assert "did you mean 'CL-1'?" in said.err
    chinese = terminal("--lang", "zh", "accounts", "close", file).err
    assert "须为已知的凭证" in chinese


def test_a_refusal_is_told_in_chinese(terminal, tmp_path):
    wrong = sample()
    wrong["terms"]["call_threshold_minor"] = "900000000"
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(wrong), "utf-8")
    said = terminal("--lang", "zh", "accounts", "close", file).err
    assert "不能记账：'CL-1' 的 730000100 分未超过催缴门槛 900000000 分" in said


def test_a_folder_that_is_not_there_is_said_before_the_work(terminal, tmp_path):
    said = terminal(
        "accounts", "close", tmp_path / "none.toml", "--picture", tmp_path / "n" / "p.png"
    )
    assert said.code == 4
    assert "n" in said.err
    assert "none.toml" not in said.err
