"""Words in the reader's language: English is in the code, Chinese in `chinese/*.toml`.

TOML, because whoever reads Chinese can edit it without Python or a tool: one line an entry, the
English as it stands in the code, then the Chinese. gettext would need its catalogues compiled.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter
from typing import Any, Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
VARIABLE = "TECHINSURE_LANG"
"""The variable of the environment that sets the language where `--lang` does not."""

language: ContextVar[Language] = ContextVar("language", default="en")
"""What `tell` and `retell` speak. Set once, by the command line, from the words of its call."""

_PLACE = files("techinsure_api") / "chinese"
_FILES = tuple(sorted(file.name for file in _PLACE.iterdir()))
TOLD = ("commands.toml", "help.toml", *(f for f in _FILES if f.endswith("_commands.toml")))
RETOLD = (
    *("engine.toml", "faults.toml", "products.toml", "usage.toml"),
    *(f for f in _FILES if f.endswith("_faults.toml")),
)
"""What is told, and what is retold; `SUBJECT_commands.toml` and `SUBJECT_faults.toml` join them."""


@contextmanager
def speaking(what: Language) -> Iterator[None]:
    """Inside, `tell` and `retell` speak that language."""
    before = language.set(what)
    try:
        yield
    finally:
        language.reset(before)


def tell(text: str, **values: object) -> str:
    """A text of the command line, filled with `values`: `tell("{n} faults", n=3)`."""
    template = entries()[text] if language.get() == "zh" else text
    return _FILLED.vformat(template, (), values)


def retell(text: str) -> str:
    """A text that came filled, from the engine or a product: in Chinese by the entry whose pattern
    it is, as it stands where there is none."""
    return _in_chinese(text) if language.get() == "zh" else text


def by_language(texts: Mapping[str, str]) -> str:
    """The text of a record that has its own: `{"en": ..., "zh": ...}`."""
    return texts.get(language.get()) or texts.get("en", "")


@cache
def entries() -> dict[str, str]:
    """Every entry, English -> Chinese."""
    return _united(read_entries(file) for file in (*TOLD, *RETOLD))


@cache
def read_entries(file: str) -> dict[str, str]:
    """The entries of one file of `chinese/`."""
    text = (_PLACE / file).read_text(encoding="utf-8")
    return _united(tomllib.loads(text).values())


def _united(tables: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """All entries of several tables; an English text stands in one of them only."""
    whole: dict[str, str] = {}
    for table in tables:
        if both := whole.keys() & table.keys():
            raise ValueError(f"entries given twice: {', '.join(sorted(both))}")
        whole |= table
    return whole


def fields(template: str) -> tuple[str, ...]:
    """The names of the places of a template, in order."""
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name is not None)


NUMBER, ANYTHING = r"[-+.,%\d]+(?:e[-+]?\d+)?|inf", r".*?"
QUOTED = rf"'.*'|\".*\"|\[.*\]|\{{.*\}}|True|False|None|{NUMBER}"
"""What stands in a pattern at `{x!r}`, `{x:g}`, `{x}`."""


class _Filled(Formatter):
    """`str.format` with a conversion of its own: `{why!t}` is `why`, retold."""

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        if conversion == "t":
            return retell(str(value))
        return super().convert_field(value, conversion)


_FILLED = _Filled()


@lru_cache(maxsize=4096)
def _in_chinese(text: str) -> str:
    exact = entries().get(text)
    if exact is not None and not fields(text):
        return _FILLED.vformat(exact, (), {})
    for pieces, english in _patterns():
        if all(piece in text for piece in pieces):
            found = _pattern(english).fullmatch(text)
            if found:
                return _FILLED.vformat(entries()[english], (), found.groupdict())
    return text


@cache
def _patterns() -> tuple[tuple[tuple[str, ...], str], ...]:
    """(its fixed pieces, the English) of every entry with places, the most fixed first."""
    found = []
    for english in (one for file in RETOLD for one in read_entries(file)):
        pieces = tuple(piece for piece, _, _, _ in Formatter().parse(english) if piece)
        if fields(english):
            found.append((pieces, english))
    return tuple(sorted(found, key=lambda one: -len("".join(one[0]))))


@cache
def _pattern(english: str) -> re.Pattern[str]:
    parts = []
    for piece, name, spec, conversion in Formatter().parse(english):
        parts.append(re.escape(piece))
        if name is not None:
            kind = QUOTED if conversion == "r" else NUMBER if spec else ANYTHING
            parts.append(f"(?P<{name}>{kind})")
    return re.compile("".join(parts), re.DOTALL)
