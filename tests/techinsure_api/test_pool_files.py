"""Files of a pool: TOML or JSON, and a fault that names the file."""

import io

import pytest

from techinsure.errors import InvalidParameter
from techinsure_api.pool_files import document, named, parsed
from techinsure_api.strict_json import Unfit


def test_toml_and_json_say_the_same(tmp_path):
    (tmp_path / "a.toml").write_text('name = "共保体"\nrates = [1.0, 0.5]\n', "utf-8")
    (tmp_path / "a.JSON").write_text('{"name": "共保体", "rates": [1.0, 0.5]}', "utf-8")
    assert document(tmp_path / "a.toml") == document(tmp_path / "a.JSON")


def test_a_date_of_toml_is_the_text_that_records_hold():
    found = parsed(b"a = 2026-05-12\nb = [{c = 2026-05-13}]\nd = '2026-05-14'", "-")
    assert found == {"a": "2026-05-12", "b": [{"c": "2026-05-13"}], "d": "2026-05-14"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("p.toml", b"a : 1", "p.toml"), ("p.toml", "a = '共'".encode("gb18030"), "p.toml"),
     ("p.json", b"[1]", "must hold a JSON object")],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_by_name(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidParameter, match=words):
        document(tmp_path / name)


def test_json_that_cannot_be_trusted_is_refused(tmp_path):
    (tmp_path / "p.json").write_text('{"a": 1, "a": 2}', "utf-8")
    with pytest.raises(Unfit):
        document(tmp_path / "p.json")


def test_what_has_no_ending_is_json_where_it_begins_with_a_brace():
    assert parsed(b' {"a": [1]}', "-") == {"a": [1]}
    assert parsed(b"[[a]]\r\nb = 1\r\n", "-") == {"a": [{"b": 1}]}
    with pytest.raises(InvalidParameter, match="must be UTF-8 TOML"):
        parsed(b"[1, 2]", "-")


def test_a_name_is_a_file_or_standard_input(tmp_path, monkeypatch):
    file = tmp_path / "pool.toml"
    file.write_text('name = "a"', "utf-8")
    assert named(str(file)) == {"name": "a"}
    for written in (b'{"name": "a"}', b'name = "a"'):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(written)))
        assert named("-") == {"name": "a"}
