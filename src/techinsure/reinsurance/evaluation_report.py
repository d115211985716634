"""What a programme does to losses: results by treaty and perspective as rows of one table."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ConfigDict

from techinsure.quantities import FORBID, Estimate, Ints
from techinsure.receipt import plain
from techinsure.reinsurance.programme import Cession, Programme
from techinsure.reinsurance.treaty_prices import Deposit, TreatyPrice

if TYPE_CHECKING:
    import pandas as pd

UNSAID = ("programme", "cession")
"""What an evaluation keeps for pictures and does not say."""

Perspective = Literal["gross", "treaty", "ceded", "net", "reinsurer", "unnamed"]
"""Whose losses a row has: `reinsurer` those of one party over all treaties, `unnamed` what treaties
cede that say no reinsurers. Treaties sum to ceded, and so do parties; ceded and net to gross."""

FIGURES = ("mean", "sd", "var_995", "tvar_995", "hit_probability")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A row: annual losses of a `perspective`, by `name` of the treaty or the party. What one year
    cannot tell is None: spread, tail, chance; and its mean has no error."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    perspective: Perspective
    name: str
    mean: Estimate
    sd: Estimate | None
    var_995: Estimate | None
    tvar_995: Estimate | None
    hit_probability: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatyFigures:
    """A treaty beside its row: `price` in the mean year, its `subject_premium` and the
    `burning_cost`, ceded by that (None without one).

    `exhaustion`: share of years in which one loss reaches the top (None: no top). `used_up`: share
    of years in which an excess layer pays all that it sold, reinstatements in it. `deposit`: the
    fair one of a whole excess layer with reinstatements. `flows`: mean annual premiums and
    commissions."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    kind: str
    price: TreatyPrice
    subject_premium: float
    burning_cost: Estimate | None
    exhaustion: Estimate | None
    used_up: Estimate | None
    deposit: Deposit | None
    flows: dict[str, Estimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCession:
    """One loss: what each treaty takes of it, by name, and what is left; currency units. `row` is
    its place where the losses were given, counted from 0."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    row: int
    year: int
    time: float
    event: str
    id: str
    loss: float
    ceded: dict[str, float]
    net: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowNames:
    """How the rows of a table were called where they were given: `first_year` is the name of year
    0, `place` (n_losses,) the row, counted from 0, and `event` (n_losses,) its text."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    first_year: int
    place: Ints
    event: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """A programme over losses: `results`, one table of rows; its `treaties`; of every single loss
    what becomes of it, in `cessions`, where asked for; `flags` in words. `premium` by product, a
    year. For pictures it keeps the `programme` and the `cession`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    currency: str
    n_years: int
    n_losses: int
    premium: dict[str, float]
    results: tuple[Result, ...]
    treaties: tuple[TreatyFigures, ...]
    cessions: tuple[LossCession, ...] | None
    flags: tuple[str, ...]
    programme: Programme = field(repr=False)
    cession: Cession = field(repr=False)

    def row(self, perspective: Perspective, name: str = "") -> Result:
        """The row of a perspective; of a treaty or a party by `name`."""
        found = [r for r in self.results if (r.perspective, r.name) == (perspective, name)]
        assert len(found) == 1, (perspective, name)
        return found[0]

    def to_dict(self) -> dict[str, Any]:
        """The evaluation as JSON can hold it, without programme and rows of the table."""
        names = [f.name for f in fields(self) if f.name not in UNSAID]
        return {name: plain(getattr(self, name)) for name in names}

    def to_frame(self) -> "pd.DataFrame":
        """The results: perspective, name, and each figure with its error (NaN: not to be told)."""
        import pandas as pd

        return pd.DataFrame([
            {"perspective": row.perspective, "name": row.name}
            | {key: value for figure in FIGURES for key, value in _pair(row, figure)}
            for row in self.results
        ])  # fmt: skip

    def __str__(self) -> str:
        lines = [f"{self.n_losses:,} losses in {self.n_years:,} years, {self.currency}"]
        lines += [f"{row.name or row.perspective:<24}{_mean(row)}" for row in self.results]
        return "\n".join([*lines, *self.flags])


def _mean(row: Result) -> str:
    if row.mean.standard_error is None:
        return f"{row.mean.value:,.10g}"
    return str(row.mean)


def _pair(row: Result, figure: str) -> list[tuple[str, float | None]]:
    estimate: Estimate | None = getattr(row, figure)
    value, error = (None, None) if estimate is None else (estimate.value, estimate.standard_error)
    return [(figure, value), (f"{figure}_error", error)]
