"""The shipped quarter: a document of an invented pool, from the first premium to its accounts."""

import tomllib
from importlib.resources import files
from typing import Any


def text() -> str:
    """The document of `samples/quarter/quarter.toml` as it is written."""
    file = files("techinsure") / "samples" / "quarter" / "quarter.toml"
    return file.read_text("utf-8")


def sample() -> dict[str, Any]:
    """The same, read; free to be changed."""
    return tomllib.loads(text())
