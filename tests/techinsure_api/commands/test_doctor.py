"""`techinsure doctor`: what it looks at, and that it says what to do."""

from techinsure.errors import CatalogueError, Fault


def test_looks_at_everything(terminal):
    found = {finding["what"]: finding for finding in terminal("doctor", "--json").document}
    assert found.keys() >= {
        "techinsure", "Python", "processor", "catalogue", "write to this folder",
        "font for Chinese", "port 8000", "memory", "disk",
    }  # fmt: skip
    assert found["catalogue"]["state"] == "ok"
    for finding in found.values():
        assert finding["state"] in ("ok", "warn", "fail")
        assert finding["state"] == "ok" or finding["fix"]


def test_prints_a_table(terminal):
    said = terminal("doctor")
    assert said.code == 0
    assert "catalogue" in said.out
    assert "numpy" in said.out


def test_a_broken_catalogue_fails(terminal, monkeypatch):
    def fail(where):
        raise CatalogueError("x/product.toml", [Fault("code", "y", "must be x")])

    monkeypatch.setattr("techinsure.catalogue.load", fail)
    said = terminal("doctor")
    assert said.code == 3
    assert "techinsure check" in said.out
