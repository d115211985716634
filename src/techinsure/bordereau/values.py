"""Values of other systems: from their names of products, classes and levels to ours."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from techinsure.bordereau.headers import plain
from techinsure.columns import did_you_mean
from techinsure.errors import Fault, InvalidParameter
from techinsure.text_columns import TextColumn

Values = Mapping[str, Mapping[str, str]]
"""Our column -> their value -> our name."""


@cache
def shipped() -> Values:
    """`values.toml`, their values spelt as `plain` spells."""
    text = (Path(str(files("techinsure"))) / "bordereau" / "values.toml").read_text("utf-8")
    return MappingProxyType(_spelt(tomllib.loads(text)))


def _spelt(values: Values) -> dict[str, dict[str, str]]:
    return {
        column: {plain(theirs): ours.strip() for theirs, ours in names.items()}
        for column, names in values.items()
    }


def translated(
    columns: Mapping[str, TextColumn], own: Values
) -> tuple[dict[str, TextColumn], dict[str, dict[str, str]]]:
    """The columns with our names where `own`, else the shipped table, knows theirs, and what was
    translated: column -> their value -> ours. Raises `InvalidParameter` for a table of `own`
    without a column."""
    faults = [
        Fault(f"values.{name}", name, "must be a column", did_you_mean(name, list(columns)))
        for name in own
        if name not in columns
    ]
    if faults:
        raise InvalidParameter(faults)
    ours, known = dict(columns), _spelt(own)
    said: dict[str, dict[str, str]] = {}
    for name, column in columns.items():
        table = {**shipped().get(name, {}), **known.get(name, {})}
        if table:
            ours[name], found = _translated(column, table)
            said |= {name: found} if found else {}
    return ours, said


def _translated(column: TextColumn, table: Mapping[str, str]) -> tuple[TextColumn, dict[str, str]]:
    import pyarrow as pa

    coded = column.texts.dictionary_encode()
    texts = coded.dictionary.to_pylist()
    names = [table.get(plain(text), text) for text in texts]
    found = {
        text.strip(): name
        for text, name in zip(texts, names, strict=True)
        if name.strip() != text.strip()
    }
    if not found:
        return column, {}
    new = pa.array(names, pa.string())
    return TextColumn(new, column.spread(coded.indices)), found
