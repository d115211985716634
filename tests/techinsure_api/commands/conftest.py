"""What every test of a verb gets."""

import pytest

from tests.techinsure_api.commands.terminal import Terminal


@pytest.fixture
def terminal(monkeypatch, capsys):
    return Terminal(monkeypatch, capsys)
