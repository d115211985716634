"""Files that Windows programs saved as UTF-8 begin with a mark, which is no part of them."""

import codecs
import json
import shutil

import pytest

from techinsure import bordereau, quoting
from techinsure.catalogue import folder
from techinsure_api.pool_files import document
from tests.techinsure_api.service import quick


@pytest.fixture
def marked(tmp_path):
    def write(name, text):
        file = tmp_path / name
        file.write_bytes(codecs.BOM_UTF8 + text.encode())
        return file

    return write


def test_a_request_and_a_quote_are_read(terminal, marked):
    request = quick("patent")
    quote = quoting.price(request).to_dict()
    assert (
        terminal("price", marked("request.json", json.dumps(request)), "--json").document == quote
    )
    assert terminal("verify", marked("quote.json", json.dumps(quote))).code == 0
    piped = codecs.BOM_UTF8 + json.dumps(request).encode()
    assert terminal("price", "-", "--json", stdin=piped).document == quote


def test_a_product_is_read(terminal, marked, tmp_path):
    shutil.copytree(folder() / "patent", tmp_path / "patent")
    plain = terminal("check", tmp_path, "--json").document
    marked("patent/product.toml", (folder() / "patent/product.toml").read_text("utf-8"))
    assert terminal("check", tmp_path, "--json").document == plain


def test_a_mapping_is_read(marked):
    sheet = marked("risks.csv", "编号,product\na,patent\n")
    mapping = marked("ours.toml", '"编号" = "id"\n')
    assert "id" in bordereau.read(sheet, mapping=mapping).columns


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", "name = 'x'\n"), ("a.json", '{"name": "x"}')]
)
def test_a_pool_and_a_programme_are_read(marked, name, text):
    assert document(marked(name, text)) == {"name": "x"}
