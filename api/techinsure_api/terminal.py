"""What the terminal shows: tables for people, pure JSON for programs, errors in lines."""

import json
import os
import select
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from techinsure_api.strict_json import Unfit
from techinsure_api.words import language, retell, tell

if TYPE_CHECKING:
    from techinsure.errors import Fault
    from techinsure.quantities import Estimate
    from techinsure_api.problems import ErrorEntry, Problem

WIDTH, MOST_WIDE = 110, 1000
"""Columns where the output is no terminal, and more than any table has."""

ROUNDING = 1e-9
"""What is smaller is rounding of the machine."""

LEAST, PLACES = 0.01, 2
"""The least amount of money that is told, and its places."""

REFUSED, NOT_FOUND, FAILED = 3, 4, 1
"""Exit codes, besides 0 (done) and 2 (usage)."""


def say(*parts: object) -> None:
    """Text or tables on standard output."""
    from rich.console import Console, Group

    from techinsure_api.wrapping import Prose

    class Heard(Console):
        """Says the rest to nobody where the reader, such as `head`, has seen enough."""

        def on_broken_pipe(self) -> None:
            to_nobody()

    wide = max(Console().width if sys.stdout.isatty() else WIDTH, WIDTH)
    for part in parts:
        # in a group, or rich would join it to a text of its own kind
        shown: Any = Group(Prose(part)) if isinstance(part, str) else part
        # a table is never narrower than its figures: a small terminal folds lines, no digit is lost
        least = 0 if isinstance(part, str) else Heard(width=MOST_WIDE).measure(shown).minimum
        Heard(width=max(wide, least), highlight=False).print(shown)


def say_json(document: Any) -> None:
    """One JSON document on standard output, at once, and nothing else."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(document, ensure_ascii=not is_unicode, indent=2, allow_nan=False)
    try:
        print(text, flush=True)
    except BrokenPipeError:
        to_nobody()


def is_heard() -> bool:
    """Whether somebody reads standard output; not where its pipe is broken or leads nowhere."""
    broken = select.poll()
    broken.register(sys.stdout.fileno(), select.POLLOUT)
    if any(event & (select.POLLERR | select.POLLHUP) for _, event in broken.poll(0)):
        return False
    return os.fstat(sys.stdout.fileno()).st_rdev != os.stat(os.devnull).st_rdev


def to_nobody() -> None:
    """What is still written to standard output is lost: its reader has gone, which is no fault."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


LONGEST_NAME = 24


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Any:
    """A table; columns whose name begins with `>` are set to the right. The first, a name, and
    numbers are not folded."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Group
    from rich.table import Table

    from techinsure_api.wrapping import Prose

    whole = Table(box=SIMPLE_HEAD)
    right = [name.startswith(">") for name in columns]
    whole_line = [one or (place == 0 and not _is_long(rows)) for place, one in enumerate(right)]
    for name, is_right, stays in zip(columns, right, whole_line, strict=True):
        whole.add_column(
            Prose(name.lstrip(">"), no_wrap=stays),
            justify="right" if is_right else "left",
            no_wrap=stays,
            overflow="fold",
        )
    for row in rows:
        cells = zip(row, whole_line, strict=True)
        whole.add_row(*(Prose(str(cell), no_wrap=stays) for cell, stays in cells))
    return Group(Prose(title, style="bold"), whole) if title else whole


def _is_long(rows: Sequence[Sequence[object]]) -> bool:
    """Whether some name is too long to stand in one line beside the rest."""
    from rich.cells import cell_len

    return any(cell_len(str(row[0])) > LONGEST_NAME for row in rows)


def amount(value: float) -> str:
    """A number as people read it: thousands apart, as many digits as say something."""
    if abs(value) < ROUNDING:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"


def money(value: float) -> str:
    """An amount of money as people read it: to two places, as far as they say something."""
    if abs(value) < ROUNDING:
        return "0"
    if abs(value) < LEAST:
        return f"< {LEAST}" if value > 0 else f"> -{LEAST}"
    return amount(value if abs(value) >= 1000 else round(value, PLACES))


def error_of(estimate: "Estimate", unit: float = 1.0) -> str:
    """The standard error of an estimate in units of `unit`, or that it has none."""
    return (
        tell("exact") if estimate.exact else f"± {amount((estimate.standard_error or 0.0) / unit)}"
    )


def money_error(estimate: "Estimate") -> str:
    """`error_of` an amount of money."""
    return tell("exact") if estimate.exact else f"± {money(estimate.standard_error or 0.0)}"


def foretell(objects: float, n_years: int) -> None:
    """Say on standard error, before it starts, that a run is long."""
    told = tell(
        "{objects} insured objects, {years} simulated years: this may take minutes; fewer "
        "years (--years) take less",
        objects=f"{objects:,.0f}", years=f"{n_years:,}",
    )  # fmt: skip
    print(told, file=sys.stderr, flush=True)


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
    lines = [f"techinsure: {found.detail if language.get() == 'en' else _detail(found)}"]
    for entry in found.errors:
        lines += [
            tell("  field: {field}", field=entry.pointer or entry.field),
            tell("  bound: {bound}", bound=retell(entry.bound)),
        ]
        if entry.fix:
            lines.append(tell("  fix:   {fix}", fix=retell(entry.fix)))
    if found.code == "internal_error":
        fix = tell("set TECHINSURE_TRACEBACK=1, run it again and report what it prints")
        lines.append(tell("  fix:   {fix}", fix=fix))
    print("\n".join(lines), file=sys.stderr)


def _detail(found: "Problem") -> str:
    """The title, retold, and what is wrong: the first fault, or the detail of the error."""
    if not found.errors:
        return tell("{title}: {what}", title=retell(found.title), what=retell(found.detail))
    before = retell(found.title)
    if found.code == "catalogue_fault":
        before = tell("{title}: {what}", title=before, what=found.detail.partition(": ")[0])
    elif len(found.errors) > 1:
        before = retell(found.detail)
    return tell("{title}: {what}", title=before, what=_of_entry(found.errors[0]))


def _of_entry(entry: "ErrorEntry") -> str:
    """The fault without its fix, which has a line of its own."""
    told = entry.detail.removesuffix(f" ({entry.fix})")
    return _said(entry.field, entry.bound, told)


def problem_told(found: "Problem") -> str:
    """What is wrong, in one line: the place of the first fault, the fault and its fix."""
    if not found.errors:
        return _detail(found)
    first, more = found.errors[0], len(found.errors) - 1
    line = tell("{fault} ({fix})", fault=_of_entry(first), fix=retell(first.fix))
    placed = f"{first.pointer}: {line}" if first.pointer else line
    return tell("{fault}, and {n} more", fault=placed, n=more) if more else placed


def told(fault: "Fault") -> str:
    """A fault in one line, as `str` has it in English."""
    if language.get() == "en":
        return str(fault)
    whole = _said(fault.field, fault.bound, str(fault._replace(fix="")))
    return tell("{fault} ({fix})", fault=whole, fix=retell(fault.fix)) if fault.fix else whole


def _said(field: str, bound: str, english: str) -> str:
    """Field, bound and what was given, of which `english` has the text."""
    before = f"{field} {bound}, got "
    if not english.startswith(before):
        return f"{field} {retell(bound)}"
    value = english.removeprefix(before)
    return tell("{field} {bound}, got {value}", field=field, bound=retell(bound), value=value)
