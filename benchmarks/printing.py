"""Tables for the terminal and for a page of Markdown."""

import re
import textwrap
from pathlib import Path
from typing import NamedTuple

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
"""What stands between them in a page is replaced."""


class Table(NamedTuple):
    """A title, the heads of the columns, and rows of texts; the first column is left-aligned."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    note: str = ""

    def text(self) -> str:
        """For a terminal."""
        widths = [max(map(len, column)) for column in zip(self.heads, *self.rows, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if place else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in (self.heads, *self.rows)
        ]
        ruler = "  ".join("-" * width for width in widths)
        note = textwrap.wrap(self.note, max(len(ruler), 80))
        return "\n".join([self.title, lines[0], ruler, *lines[1:], *note, ""])

    def markdown(self) -> str:
        """For a page."""
        rule = ["---"] + ["---:"] * (len(self.heads) - 1)
        lines = [f"| {' | '.join(row)} |" for row in (self.heads, rule, *self.rows)]
        note = [self.note, ""] if self.note else []
        return "\n".join([f"**{self.title}**", "", *lines, "", *note])


def put_into(page: Path, machine: str, tables: list[Table]) -> None:
    """Replace what stands between the marks of a page."""
    text = page.read_text("utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f"{page}: must hold {BEGIN} and {END} once each")
    whole = "\n".join([BEGIN, machine, "", *(table.markdown() for table in tables), END])
    found = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    page.write_text(found.sub(lambda _: whole, text), "utf-8")
