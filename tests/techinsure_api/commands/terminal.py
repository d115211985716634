"""The command line in this process."""

import io
import json
import sys
from typing import Any, NamedTuple

import pytest

from techinsure_api import cli


class Said(NamedTuple):
    """The exit code, and what came on standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.out)


class Terminal:
    """`terminal("price", "--json")` runs the command as a shell would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *words: object, stdin: bytes = b"") -> Said:
        self.monkeypatch.setattr(sys, "argv", ["techinsure", *map(str, words)])
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        captured = self.capsys.readouterr()
        code = stopped.value.code
        return Said(code if isinstance(code, int) else int(bool(code)), captured.out, captured.err)
