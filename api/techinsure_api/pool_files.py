"""Files that say what a pool is: TOML as people write it, or JSON as programs do."""

import codecs
import tomllib
from pathlib import Path
from typing import Any

from techinsure.errors import Fault, InvalidParameter
from techinsure_api import strict_json

MOST_MEMBERS = 10_000_000


def document(file: Path) -> dict[str, Any]:
    """What a TOML file, or one that ends in `.json`, holds; a fault that names the file."""
    if file.suffix.lower() == ".json":
        found = strict_json.parse(file.read_bytes().removeprefix(codecs.BOM_UTF8), MOST_MEMBERS)
        if not isinstance(found, dict):
            bound = "must hold a JSON object"
            raise InvalidParameter([Fault("file", file.name, bound, "{...}")])
        return found
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault("file", file.name, f"must be UTF-8 TOML: {error}")
        raise InvalidParameter([fault]) from None
