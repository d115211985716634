"""Headers of other systems: from their names, Chinese or English, to our columns."""

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from techinsure.columns import did_you_mean
from techinsure.errors import Fault, InvalidParameter

Mapped = tuple[list[str], dict[str, str], tuple[str, ...]]
"""Our name of each column ("" = dropped), their name -> ours where changed, what was dropped."""


@cache
def shipped() -> Mapping[str, str]:
    """`headers.toml`, spelt as `plain` spells: their header -> our column."""
    text = (Path(str(files("techinsure"))) / "bordereau" / "headers.toml").read_text("utf-8")
    return MappingProxyType({plain(theirs): ours for theirs, ours in tomllib.loads(text).items()})


def plain(header: str) -> str:
    """A header without differences that mean nothing: width, case, blanks."""
    return "".join(unicodedata.normalize("NFKC", header).casefold().split())


def load(file: Path) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """A mapping file, headers and values: TOML lines `"their header" = "our column"` ("" drops a
    column), and tables `[values.our_column]` of lines `"their value" = "our name"`."""
    try:
        read = tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault("mapping", file.name, f"must be UTF-8 TOML: {error}")
        raise InvalidParameter([fault]) from None
    values = read.pop("values") if isinstance(read.get("values"), dict) else {}
    faults = [
        Fault(f"mapping.{theirs}", ours, "must be the name of a column, as text")
        for theirs, ours in read.items()
        if not isinstance(ours, str)
    ]
    for column, names in values.items():
        at = f"mapping.values.{column}"
        if not isinstance(names, dict):
            faults.append(Fault(at, names, "must be a table", '"their value" = "our name"'))
            continue
        faults += [
            Fault(f"{at}.{theirs}", ours, "must be a name, as text")
            for theirs, ours in names.items()
            if not isinstance(ours, str)
        ]
    if faults:
        raise InvalidParameter(faults)
    return read, values


def mapped(headers: list[str], mapping: Mapping[str, str]) -> Mapped:
    """Our names of `headers`: by `mapping`, else by the shipped table, else as they are.

    Raises `InvalidParameter` where a key of `mapping` is no header, or two headers become one.
    """
    own = {plain(theirs): ours.strip() for theirs, ours in mapping.items()}
    here = {plain(header): header for header in headers}
    faults = [
        Fault("mapping", key, "must be a header of the file", did_you_mean(key, headers))
        for key in mapping
        if plain(key) not in here
    ]
    known = {**shipped(), **own}
    names = [known.get(plain(header), header) for header in headers]
    first: dict[str, str] = {}
    for header, name in zip(headers, names, strict=True):
        if name and first.setdefault(name, header) != header:
            bound = f"means {name}, as {first[name]!r} does"
            fix = f'drop one in a mapping file: "{header}" = ""'
            faults.append(Fault("header", header, bound, fix))
    if faults:
        raise InvalidParameter(faults)
    pairs = list(zip(headers, names, strict=True))
    renamed = {header: name for header, name in pairs if name and header != name}
    return names, renamed, tuple(header for header, name in pairs if not name)
