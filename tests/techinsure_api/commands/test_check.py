"""`techinsure check`: the shipped products pass; a fault is named by file and key."""

import shutil

import pytest

from techinsure.catalogue import folder, shipped
from tests.techinsure_api.service import PRODUCTS


def test_the_shipped_products_pass(terminal):
    said = terminal("check")
    assert said.code == 0
    assert all(code in said.out for code in PRODUCTS)
    listed = terminal("check", "--json").document
    assert listed["faults"] == []
    for product in listed["products"]:
        assert product["version"] == shipped().product(product["code"]).version
        assert sum(product["grades"].values()) == product["parameters"]
        assert product["digest"][:12] in said.out


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(folder(), tmp_path / "products")
    return tmp_path / "products"


def test_every_fault_of_every_file_is_named(terminal, copied):
    for code, right, wrong in (("patent", 'version = "', 'verson = "'), ("rd_loss", "[", "[[")):
        file = copied / code / "product.toml"
        file.write_text(file.read_text("utf-8").replace(right, wrong, 1), "utf-8")
    said = terminal("check", copied)
    assert said.code == 3
    flat = " ".join(said.out.split())
    assert "verson" in flat
    assert "TOML" in flat
    found = terminal("check", copied, "--json")
    assert found.code == 3
    whole = [code for code in shipped().products if code not in ("patent", "rd_loss")]
    assert [product["code"] for product in found.document["products"]] == whole
    assert {fault["key"] for fault in found.document["faults"]} >= {"verson", "version"}
    assert all(str(copied) in fault["file"] for fault in found.document["faults"])


def test_a_folder_without_products_is_not_found(terminal, tmp_path):
    assert terminal("check", tmp_path).code == 4
    assert terminal("check", tmp_path / "nowhere").code == 4
