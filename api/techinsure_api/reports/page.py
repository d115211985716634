"""One page of HTML that needs nothing else: no script, no font, no address. All text is escaped.

A template engine would be one dependency for seven tags; these functions escape by default, and
what is not a `Html` cannot reach the page unescaped.
"""

import base64
import html
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.quantities import FORBID, Estimate
from techinsure_api.reports.tables import Cell, Column, Table

UNITS = ((1e9, 1e6, "m"), (1e6, 1e3, "k"))
"""From this largest amount on, amounts of a table are in units of this size."""

ROUNDING = 1e-9
"""An error below this share of its figure is the rounding of sums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Html:
    """Text that is already markup."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    markup: str


Part = str | Html


def escaped(part: Part) -> str:
    """Markup of a text: escaped, and Chinese said to be Chinese."""
    if isinstance(part, Html):
        return part.markup
    clean = html.escape(part)
    is_chinese = any(unicodedata.name(c, "").startswith("CJK UNIFIED") for c in part)
    return f'<bdi lang="zh">{clean}</bdi>' if is_chinese else clean


def element(tag: str, *parts: Part, **attributes: str) -> Html:
    """`<tag attribute="...">parts</tag>`; `class_` is written `class`."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for name, value in attributes.items()
    )
    return Html(markup=f"<{tag}{given}>{''.join(map(escaped, parts))}</{tag}>")


def joined(parts: Iterable[Part]) -> Html:
    """Parts one after the other."""
    return Html(markup="".join(map(escaped, parts)))


def section(name: str, title: str, *parts: Part) -> Html:
    """A part of the story."""
    return element("section", element("h2", title), *parts, id=name)


def paragraph(*parts: Part) -> Html:
    """Text."""
    return element("p", *parts)


def bullets(texts: Iterable[Part]) -> Html:
    """A list."""
    return element("ul", *(element("li", text) for text in texts))


def facts(pairs: Iterable[tuple[str, Part]]) -> Html:
    """Names and values, large."""
    return element("dl", *(
        element("div", element("dt", name), element("dd", value)) for name, value in pairs
    ), class_="facts")  # fmt: skip


def picture(file: Path, said: str) -> Html:
    """A PNG inside the page; `said` is what it shows, for those who do not see it."""
    data = base64.b64encode(file.read_bytes()).decode("ascii")
    image = f'<img src="data:image/png;base64,{data}" alt="{html.escape(said)}">'
    return Html(markup=f"<figure>{image}</figure>")


def tabular(whole: Table) -> Html:
    """A table: figures to the right, one unit for all its money, errors beside."""
    largest = max((abs(v) for v in _amounts(whole)), default=0.0)
    size, name = next(((s, n) for least, s, n in UNITS if largest >= least), (1.0, ""))
    unit = f"{whole.currency} {name}".rstrip()
    has_money = any(column.kind == "money" for column in whole.columns)
    caption = f"{whole.title}; amounts in {unit}" if has_money else whole.title
    if any(isinstance(cell, Estimate) for row in whole.rows for cell in row):
        caption += "; ± standard error"
    digits = _digits(whole, size)
    head = element("tr", *(
        element("th", column.name, scope="col", class_=column.kind) for column in whole.columns
    ))  # fmt: skip
    body = [
        element("tr", *(
            _cell(cell, column, size, digits, is_head=place == 0)
            for place, (cell, column) in enumerate(zip(row, whole.columns, strict=True))
        ))
        for row in whole.rows
    ]  # fmt: skip
    if not body:
        body = [element("tr", element("td", "none", colspan=str(len(whole.columns))))]
    inside = element("table", element("caption", caption), element("thead", head),
                     element("tbody", *body))  # fmt: skip
    return element("div", inside, class_="wide", tabindex="0", role="region",
                   aria_label=whole.title)  # fmt: skip


def _amounts(whole: Table) -> list[float]:
    places = [place for place, column in enumerate(whole.columns) if column.kind == "money"]
    cells = [row[place] for place in places for row in whole.rows]
    values = [cell.value if isinstance(cell, Estimate) else cell for cell in cells]
    return [float(value) for value in values if isinstance(value, int | float)]


def _digits(whole: Table, size: float) -> int:
    """Decimals of all amounts: so many that the smallest says something."""
    amounts = [abs(value) / size for value in _amounts(whole) if value]
    least = min(amounts, default=100.0)
    return 0 if least >= 100 or size == 1.0 else 1 if least >= 1 else 2


def _cell(cell: Cell, column: Column, size: float, digits: int, *, is_head: bool) -> Html:
    tag, scope = ("th", {"scope": "row"}) if is_head else ("td", {})
    return element(tag, _shown(cell, column, size, digits), class_=column.kind, **scope)


def _shown(cell: Cell, column: Column, size: float, digits: int) -> Part:
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Estimate):
        value = _figure(cell.value, column, size, digits)
        if cell.exact:
            return joined([value, element("small", " exact")])
        return joined([value, element("small", f" ± {_error(cell, column, size, digits)}")])
    return _figure(float(cell), column, size, digits)


def _error(estimate: Estimate, column: Column, size: float, digits: int) -> str:
    """The standard error; one too small for the decimals is said to be below them."""
    error = estimate.standard_error or 0.0
    is_rounding = error <= ROUNDING * abs(estimate.value)
    if column.kind == "money" and not is_rounding and error / size < 0.5 * 10.0**-digits:
        return f"<{10.0**-digits:.{digits}f}"
    return _figure(0.0 if is_rounding else error, column, size, digits).rstrip("%")


def _figure(value: float, column: Column, size: float, digits: int) -> str:
    if column.kind == "money":
        shown = f"{value / size:,.{digits}f}"
    elif column.kind == "share":
        shown = f"{100 * value:.2f}%"
    else:
        shown = f"{value:,.0f}" if float(value).is_integer() else f"{value:.3f}"
    return shown.replace("-", "−")


def page(title: str, *parts: Part) -> str:
    """The whole document."""
    style = (files("techinsure_api.reports") / "page.css").read_text("utf-8")
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    head = (
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{style}</style>\n"
    )
    body = "\n".join(map(escaped, parts))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}</head>\n'
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
