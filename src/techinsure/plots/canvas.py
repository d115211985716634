"""What every picture shares: paper, colours, titles at the left edge, names cut to fit.

A picture's title is its finding; the line below states the subject, the unit's origin and n.
Nothing here touches `pyplot`: a figure is made, given away and forgotten.
"""

import textwrap
import unicodedata
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, LINE, SURFACE = "#1b1f24", "#57606a", "#d0d7de", "#f6f8fa"
GROSS, CEDED, NET, STATE = "#4c566a", "#0b7285", "#0b5cad", "#8f5a00"
OKABE_ITO = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#000000")
"""Colours that people with any kind of colour vision tell apart (Okabe & Ito 2008)."""
MEMBER, WARNING = OKABE_ITO[0], OKABE_ITO[5]

LONGEST = 36
"""Columns of a name that fit beside the facts of a picture; a Chinese character takes two."""

UNITS: tuple[tuple[float, str], ...] = ((1e9, "bn"), (1e6, "m"), (1e3, "k"), (1.0, ""))
NORMAL_95 = 1.959964
LEFT = 0.12
"""Inches from the left edge to the titles."""

Subject = TypeVar("Subject")


def save(figure: "Figure", file: Path) -> Path:
    """Write a figure as PNG (or by the file's ending) and let go of it."""
    figure.savefig(file, dpi=150)
    return file


def canvas(width: float, height: float, panels: int = 1, **layout: Any) -> "tuple[Figure, Any]":
    """A figure that needs no display and keeps no global state, and its axes: one, or a list."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    axes = [*figure.subplots(1, panels, squeeze=False, **layout)[0]]
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.spines[["left", "bottom"]].set_color(LINE)
        one.tick_params(colors=MUTED, labelsize=9, labelcolor=INK)
        one.set_axisbelow(True)
    return figure, axes[0] if panels == 1 else axes


def in_our_fonts(picture: "Callable[[Subject], Figure]") -> "Callable[[Subject], Figure]":
    """The same picture, its texts able to hold Chinese names; the caller's settings stay."""

    @wraps(picture)
    def drawn(subject: Subject) -> "Figure":
        from matplotlib import rc_context

        with rc_context({"font.family": ["DejaVu Sans", _chinese_font()], "hatch.linewidth": 0.7}):
            return picture(subject)

    return drawn


@lru_cache(maxsize=1)
def _chinese_font() -> str:
    """The name of a font for Chinese characters, whatever fonts the machine has."""
    from matplotlib import font_manager
    from noto_cjk_sans_otc import FONT_PATH

    font_manager.fontManager.addfont(str(FONT_PATH))
    return font_manager.FontProperties(fname=str(FONT_PATH)).get_name()


def titles(figure: "Figure", finding: str, facts: str) -> None:
    """The finding and, below it, the facts, at the left edge, broken to the figure's width.

    Names in them may hold any character: a dollar starts no formula.
    """
    width, height = figure.get_size_inches()
    finding = _broken(finding, int((width - 2 * LEFT) * 10))
    facts = _broken(facts, int((width - 2 * LEFT) * 15))
    first = 0.14 + 0.23 * (finding.count("\n") + 1)
    below = first + 0.04 + 0.165 * (facts.count("\n") + 1)
    for text, top, size, colour in ((finding, 0.12, 13, INK), (facts, first + 0.02, 9, MUTED)):
        figure.text(LEFT / width, 1 - top / height, text, fontsize=size, color=colour, va="top",
                    ha="left", parse_math=False, linespacing=1.25)  # fmt: skip
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0, 0, 1, 1 - (below + 0.06) / height), w_pad=0.08, h_pad=0.08)


def _broken(text: str, columns: int) -> str:
    """Lines of at most `columns`; a Chinese character takes two."""
    wide = sum(map(_columns, text)) / max(len(text), 1)
    return "\n".join(textwrap.wrap(text, max(int(columns / wide), 20))) if text else ""


def short(name: str, longest: int = LONGEST) -> str:
    """The name, cut to at most `longest` columns."""
    if sum(map(_columns, name)) <= longest:
        return name
    kept, used = "", 1
    for character in name:
        used += _columns(character)
        if used > longest:
            break
        kept += character
    return f"{kept}…"


def _columns(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def words(name: str) -> str:
    """A name of the program as people write it."""
    return name.replace("_", " ")


def scale(largest: float) -> tuple[float, str]:
    """The unit that keeps `largest` short: its size and the word for it."""
    return next((size, name) for size, name in UNITS if abs(largest) >= size or size == 1.0)


def figures(value: float) -> str:
    """Three digits that say something, a minus that is one."""
    if value and abs(value) < 1000:
        shown = f"{value:#.3g}".rstrip(".")
        return shown.replace("-", "−") if "e" not in shown else f"{value:.1e}".replace("-", "−")
    return f"{value:,.0f}".replace("-", "−")


def percent(share: float, error: float | None = None) -> str:
    """A share in percent with its standard error; near 0 and 1 with the digits that say it."""
    near_end = 0 < share < 0.0995 or 0.9995 > share > 0.99
    digits = "#.2g" if share < 0.0995 else ".3g" if near_end else ".0f"
    shown = f"{100 * share:{digits}}%" if share else "0%"
    return shown if error is None else f"{shown} ± {100 * error:.1g}"


def rounded(error: float, size: float, value: float) -> str:
    """A standard error in units of `size`: two digits, none of the rounding of sums."""
    if error <= 1e-9 * abs(value):
        return "0"
    return figures(error / size) if error >= 10 * size else f"{error / size:#.2g}"


def amount(value: float, currency: str) -> str:
    """An amount in words: `CNY 13.8 m`."""
    size, name = scale(value)
    return f"{currency} {figures(value / size)} {name}".rstrip()


def money(currency: str, name: str) -> str:
    """The unit of an axis."""
    return f"{currency} {name}".rstrip()


def percent_axis(axes: "Axes", which: str = "x") -> None:
    """Ticks of a share in percent."""
    from matplotlib.ticker import FuncFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}%".replace("-", "−")))
