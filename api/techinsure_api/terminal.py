"""What the terminal shows: tables for people, pure JSON for programs, errors in lines."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from techinsure_api.strict_json import Unfit

if TYPE_CHECKING:
    from techinsure.quantities import Estimate
    from techinsure_api.problems import Problem

WIDTH = 110
"""Columns where the output is no terminal."""

ROUNDING = 1e-9
"""What is smaller is rounding of the machine."""

REFUSED, NOT_FOUND, FAILED = 3, 4, 1
"""Exit codes, besides 0 (done) and 2 (usage)."""


def say(*parts: object) -> None:
    """Text or tables on standard output."""
    from rich.console import Console

    # a table is never narrower than its figures: a small terminal folds lines, it loses no digit
    wide = Console().width if sys.stdout.isatty() else WIDTH
    console = Console(width=max(wide, WIDTH), highlight=False)
    for part in parts:
        console.print(part, markup=not isinstance(part, str))


def say_json(document: Any) -> None:
    """One JSON document on standard output, at once, and nothing else."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(document, ensure_ascii=not is_unicode, indent=2, allow_nan=False)
    print(text, flush=True)


LONGEST_NAME = 24


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Any:
    """A table; columns whose name begins with `>` are set to the right. The first, a name, and
    numbers are not folded."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    whole = Table(box=SIMPLE_HEAD)
    for place, name in enumerate(columns):
        right = name.startswith(">")
        whole.add_column(
            name.lstrip(">"),
            justify="right" if right else "left",
            no_wrap=right or (place == 0 and not _is_long(rows)),
            overflow="fold",
        )
    for row in rows:
        whole.add_row(*(Text(str(cell)) for cell in row))
    return Group(Text(title, style="bold"), whole) if title else whole


def _is_long(rows: Sequence[Sequence[object]]) -> bool:
    """Whether some name is too long to stand in one line beside the rest."""
    return any(len(str(row[0])) > LONGEST_NAME for row in rows)


def amount(value: float) -> str:
    """A number as people read it: thousands apart, as many digits as say something."""
    if abs(value) < ROUNDING:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"


def error_of(estimate: "Estimate", unit: float = 1.0) -> str:
    """The standard error of an estimate in units of `unit`, or that it has none."""
    return "exact" if estimate.exact else f"± {amount((estimate.standard_error or 0.0) / unit)}"


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while something long goes on; nothing where nobody watches."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def fail(error: Exception, as_json: bool) -> int:
    """Say what is wrong and what to do, in lines or as a problem; the exit code for it."""
    from techinsure.errors import TechinsureError
    from techinsure_api.problems import problem, problem_of

    if isinstance(error, TechinsureError):
        found = problem_of(error)
    elif isinstance(error, Unfit):
        found = problem(error.code, error.detail)
    elif isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError):
        found = problem("not_found", f"there is no file {error.filename}")
    elif isinstance(error, OSError):
        found = problem("refused", f"{error.filename or 'the system'}: {error.strerror}")
    else:
        found = problem("internal_error", f"{type(error).__name__}: {error}")
    if as_json:
        say_json(found.to_dict())
    else:
        _say_problem(found)
    return {"not_found": NOT_FOUND, "internal_error": FAILED}.get(found.code, REFUSED)


def _say_problem(found: "Problem") -> None:
    print(f"techinsure: {found.detail}", file=sys.stderr)
    for entry in found.errors:
        print(f"  field: {entry.pointer or entry.field}", file=sys.stderr)
        print(f"  bound: {entry.bound}", file=sys.stderr)
        if entry.fix:
            print(f"  fix:   {entry.fix}", file=sys.stderr)
    if found.code == "internal_error":
        fix = "set TECHINSURE_TRACEBACK=1, run it again and report what it prints"
        print(f"  fix:   {fix}", file=sys.stderr)
