"""Lines of Chinese: broken between characters, no mark that closes at the start of a line.

Source: W3C, Requirements for Chinese Text Layout, prohibition rules for line start and line end.
"""

import re
from collections.abc import Iterator
from typing import Any

from rich.cells import cell_len, chop_cells
from rich.containers import Lines
from rich.measure import Measurement
from rich.text import Text

WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
OPENING, CLOSING = (
    "\u3008\u300a\u300c\u300e\uff08\u201c",
    "\u3001\u3002\u3009\u300b\u300d\u300f\uff01\uff09\uff0c\uff1a\uff1b\uff1f\u201d",
)
PIECE = re.compile(rf"\s*[{OPENING}]*(?:[{WIDE}]|[^\s{WIDE}{OPENING}{CLOSING}]+)?[{CLOSING}]*\s*")
"""What stays in one line: a word, or one Chinese character, with its brackets and marks."""


class Prose(Text):
    """Text that wraps between Chinese characters as well as between words."""

    def __rich_measure__(self, console: Any, options: Any) -> Measurement:
        longest = max((cell_len(line) for line in self.plain.splitlines()), default=0)
        if self.no_wrap:
            return Measurement(longest, longest)
        widest = max((cell_len(piece.strip()) for _, piece in pieces(self.plain)), default=0)
        return Measurement(min(widest, longest), longest)

    def wrap(self, console: Any, width: int, **how: Any) -> Lines:
        """The lines, each at most `width` columns."""
        if how.get("no_wrap") or self.no_wrap:
            return super().wrap(console, width, **how)
        lines = Lines()
        for line in self.split(allow_blank=True):
            for part in line.divide(breaks(line.plain, width)):
                if cell_len(part.plain) > width:  # by the space at its end
                    part.rstrip()
                lines.extend(Text.wrap(part, console, width, **how))
        return lines


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """Each piece of the text with its place; together they are the text."""
    place = 0
    while place < len(text):
        found = PIECE.match(text, place)
        end = max(found.end() if found else 0, place + 1)
        yield place, text[place:end]
        place = end


def breaks(text: str, width: int) -> list[int]:
    """Where lines begin, the first left out; a piece wider than a line is cut."""
    starts: list[int] = []
    used = 0
    for place, piece in pieces(text):
        if used + cell_len(piece.rstrip()) <= width:
            used += cell_len(piece)
            continue
        start = place
        if cell_len(piece.rstrip()) <= width:
            starts.append(start)
            used = cell_len(piece)
            continue
        for part in chop_cells(piece, width):
            starts.append(start)
            start += len(part)
            used = cell_len(part)
    return [start for start in starts if start]
