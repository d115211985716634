"""The regulator's 16 kinds of technology insurance as data, and `other` for what is of no kind."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, StringConstraints

from techinsure.errors import Fault
from techinsure.quantities import (
    FORBID,
    Name,
    each,
    is_date,
    nearest,
    one_of,
    refuse_unless,
    require,
    text,
)
from techinsure.reading import read

Group = Literal["research_and_conversion", "application", "intellectual_property", "basis", "none"]

GROUPS = ("research_and_conversion", "application", "intellectual_property", "basis", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessClass:
    """A kind of the statistics: our `code`, its name in both languages."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    code: Name
    group: Group
    zh: Name
    en: Name

    def __post_init__(self) -> None:
        refuse_unless(self, code=text(), group=one_of(*GROUPS), zh=text(), en=text())


OTHER = BusinessClass(
    code="other", group="none", zh="其他(按投保主体统计)", en="Other (counted by insured)"
)
"""What a technology firm buys that is no kind of the first part, such as its property cover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassList:
    """The kinds in the order of the statistics, and where the list was read."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    source: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    as_of: str
    grade: Literal["A", "B", "C", "D"]
    kinds: tuple[BusinessClass, ...]

    def __post_init__(self) -> None:
        refuse_unless(self, source=text(500), as_of=is_date, grade=one_of("A", "B", "C", "D"))
        require("kinds", self.kinds, each(lambda field, value: (), at_least=1))


@cache
def shipped() -> ClassList:
    """The list of `business_classes.toml`."""
    file = files("techinsure.accounts") / "business_classes.toml"
    return read(ClassList, tomllib.loads(file.read_text("utf-8")))


@cache
def by_code() -> Mapping[str, BusinessClass]:
    """The kinds and `OTHER` by code."""
    return MappingProxyType({one.code: one for one in (*shipped().kinds, OTHER)})


def is_class_code(field: str, value: object) -> Iterator[Fault]:
    """A check: the code of a kind, or `other`."""
    if value not in by_code():
        guess = nearest(str(value), by_code())
        fix = f"did you mean {guess!r}?" if guess else "write `other` for what is no kind"
        yield Fault(field, value, "must be the code of a business class", fix)
