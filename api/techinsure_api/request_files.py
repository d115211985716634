"""Requests and quotes from files: JSON that can be trusted, with another run where one is asked."""

import codecs
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from techinsure_api import strict_json

if TYPE_CHECKING:
    from techinsure.bordereau.sheet import Sheet

MOST_MEMBERS = 10_000_000


def read_bytes(name: str) -> bytes:
    """What a file holds, or standard input for `-`, without a byte order mark."""
    body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    return body.removeprefix(codecs.BOM_UTF8)


def read_file(name: str) -> Any:
    """The JSON document in a file, or on standard input for `-`."""
    return strict_json.parse(read_bytes(name), MOST_MEMBERS)


def with_run(document: Any, years: int | None, seed: int | None) -> Any:
    """The request with years and seed replaced where they are given."""
    given = {"n_years": years, "seed": seed}
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes or not isinstance(document, dict):
        return document
    given = document.get("simulation", {})
    if not isinstance(given, dict):
        return document  # it is refused where the whole request is read
    return {**document, "simulation": {**given, **changes}}


def refuse_missing_folder(*files: Path | None) -> None:
    """Say before the work, not after it, that a file to be written has no folder to stand in."""
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise FileNotFoundError(2, "no such folder", str(file.parent))


@contextmanager
def told_by_row(sheet: "Sheet | None", at: str = "/portfolio/rows") -> Iterator[None]:
    """Faults of rows that came from a file name its row and header, as a spreadsheet shows them;
    `at` is the pointer of the rows in the request."""
    from techinsure import bordereau
    from techinsure.errors import InvalidParameter

    try:
        yield
    except InvalidParameter as error:
        if sheet is None:
            raise
        raise InvalidParameter(bordereau.in_file(error.faults, sheet, at)) from None
