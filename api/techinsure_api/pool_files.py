"""Files that say what a pool is: TOML as people write it, or JSON as programs do."""

import codecs
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from techinsure.errors import Fault, InvalidParameter
from techinsure_api import strict_json
from techinsure_api.request_files import read_bytes

MOST_MEMBERS = 10_000_000


def document(file: Path) -> dict[str, Any]:
    """What a TOML file, or one that ends in `.json`, holds; a fault that names the file."""
    content = file.read_bytes().removeprefix(codecs.BOM_UTF8)
    if file.suffix.lower() == ".json":
        return _of_json(content, file.name)
    return _of_toml(content, file.name)


def named(name: str) -> dict[str, Any]:
    """The document in a file of that name, or on standard input for `-`."""
    return parsed(read_bytes(name), name) if name == "-" else document(Path(name))


def parsed(content: bytes, name: str) -> dict[str, Any]:
    """The same of what has no ending, such as standard input: JSON where it begins with a brace."""
    is_json = content.lstrip().startswith(b"{")
    return _of_json(content, name) if is_json else _of_toml(content, name)


def _of_json(content: bytes, name: str) -> dict[str, Any]:
    found = strict_json.parse(content, MOST_MEMBERS)
    if not isinstance(found, dict):
        bound = "must hold a JSON object"
        raise InvalidParameter([Fault("file", name, bound, "{...}")])
    return found


def _of_toml(content: bytes, name: str) -> dict[str, Any]:
    try:
        found = tomllib.loads(content.decode("utf-8"))
        return {key: _dates_as_text(one) for key, one in found.items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault("file", name, f"must be UTF-8 TOML: {error}")
        raise InvalidParameter([fault]) from None


def _dates_as_text(value: Any) -> Any:
    """The same with TOML's dates, `booked = 2026-05-12`, as the text that records hold."""
    if isinstance(value, dict):
        return {key: _dates_as_text(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(one) for one in value]
    return value.isoformat() if type(value) is date else value
