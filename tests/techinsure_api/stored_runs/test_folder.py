"""Where data are kept, and how much: the environment decides, else the system's usual place."""

import sys
from pathlib import Path

import pytest

from techinsure.errors import InvalidParameter
from techinsure_api.stored_runs.folder import DEFAULT_BYTES, data_folder, most_bytes


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """An environment that says nothing, on Linux, with a home of its own."""
    for name in ("TECHINSURE_DATA", "TECHINSURE_STORE_BYTES", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    return monkeypatch


def test_the_usual_places(bare, tmp_path):
    assert data_folder() == tmp_path / ".local/share/techinsure"
    bare.setattr(sys, "platform", "darwin")
    assert data_folder() == tmp_path / "Library/Application Support/techinsure"


def test_xdg_is_honoured_where_it_is_absolute(bare, tmp_path):
    bare.setenv("XDG_DATA_HOME", "/somewhere/shared")
    assert data_folder() == Path("/somewhere/shared/techinsure")
    bare.setenv("XDG_DATA_HOME", "shared")
    assert data_folder() == tmp_path / ".local/share/techinsure"


def test_our_own_variable_comes_first(bare, tmp_path):
    bare.setenv("XDG_DATA_HOME", "/somewhere/shared")
    bare.setenv("TECHINSURE_DATA", "~/pool data")
    assert data_folder() == tmp_path / "pool data"
    bare.setenv("TECHINSURE_DATA", "here")
    assert data_folder() == Path.cwd() / "here"
    assert not data_folder().exists()  # asking makes nothing


def test_the_bound(bare):
    assert most_bytes() == DEFAULT_BYTES == 2 * 1024**3
    for written, meant in (("0", 0), ("5000000000", 5_000_000_000)):
        bare.setenv("TECHINSURE_STORE_BYTES", written)
        assert most_bytes() == meant
    for wrong in ("2 GiB", "-1", "1e9", "1_000", "٣", "9" * 19):
        bare.setenv("TECHINSURE_STORE_BYTES", wrong)
        with pytest.raises(InvalidParameter, match="TECHINSURE_STORE_BYTES must be a whole number"):
            most_bytes()
