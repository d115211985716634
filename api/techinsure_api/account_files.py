"""A closed quarter as files: what the pool keeps, and what each party is sent."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from techinsure import bordereau
from techinsure.accounts.bordereaux import OF_KIND, Language, bordereau_of
from techinsure.accounts.class_summary import summary_columns
from techinsure.accounts.close_report import Close
from techinsure.accounts.sheets import (
    Columns,
    accounts_columns,
    items_columns,
    ledger_columns,
    statement_columns,
)
from techinsure.bordereau.sheet import Format


def write(
    close: Close, out: Path, format_: Format, encoding: str, language: Language
) -> tuple[Path, ...]:
    """Write the quarter to the folder, which exists; the files written. A bordereau of nothing is
    left out."""
    report = out / "close.json"
    text = json.dumps(close.to_dict(), ensure_ascii=False, indent=2)
    report.write_text(text, "utf-8")
    files = [report]
    for name, columns in _sheets(close, language):
        file = out / f"{name}.{format_}"
        bordereau.write(bordereau.Sheet.of(columns), file, encoding=encoding)
        files.append(file)
    return tuple(files)


def _sheets(close: Close, language: Language) -> Iterator[tuple[str, Columns]]:
    yield "ledger", ledger_columns(close, language)
    yield "accounts", accounts_columns(close, language)
    yield "open_items", items_columns(close, language)
    yield "classes", summary_columns(close.classes)
    posted = {name for one in close.ledger.bookings for name in one.parties}
    for number, party in enumerate(close.parties, start=1):
        if party not in posted:
            continue
        who = f"{number:02}_{_file_name(party)}"
        yield f"{who}_statement", statement_columns(close, party, language)
        for kind in OF_KIND:
            columns = bordereau_of(close.ledger, party, close.quarter, kind, language)
            if next(iter(columns.values())):
                yield f"{who}_{kind}", columns


def _file_name(party: str) -> str:
    """The name, with what a file system or a shell could take amiss replaced."""
    return re.sub(r"[^\w-]", "_", party)[:60]
