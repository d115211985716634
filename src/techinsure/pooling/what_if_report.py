"""A what-if's request and answer: other programmes over the same simulated losses, and what each
changes."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.pool.limits import Breach
from techinsure.quantities import FORBID, Estimate, Floats, Name, Real, exactly, refuse_unless, text
from techinsure.receipt import Receipt, plain
from techinsure.reinsurance.edits import Edit, edited
from techinsure.reinsurance.programme import Programme

MOST_ALTERNATIVES = 20
MOST_EDITS = 200
DEFAULT_NAME = "what-if"

UNSAID = ("annual",)
"""What an answer keeps for pictures and does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeRequest:
    """One programme to try: a whole `programme`, or `edits` of the one that was run."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name = DEFAULT_NAME
    programme: Programme | None = None
    edits: tuple[Edit, ...] = ()

    def __post_init__(self) -> None:
        refuse_unless(self, name=text(), edits=_few)
        if (self.programme is None) == (not self.edits):
            fix = 'give {"programme": {...}} or {"edits": [...]}'
            given = "both" if self.edits else None
            bound = "must be given, or edits: one of the two"
            raise InvalidParameter([Fault("programme", given, bound, fix)])

    def applied(self, before: Programme, at: str = "") -> Programme:
        """The programme to try; faults of edits point into the request at `at`."""
        if self.programme is not None:
            return self.programme
        try:
            return edited(before, self.edits)
        except InvalidParameter as error:
            raise InvalidParameter(
                fault._replace(pointer=f"{at}/edits{fault.pointer}") for fault in error.faults
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfRequest:
    """A `programme`, or `edits` of the one that was run, or several `alternatives` side by side."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    programme: Programme | None = None
    edits: tuple[Edit, ...] = ()
    alternatives: tuple[AlternativeRequest, ...] = ()

    def __post_init__(self) -> None:
        refuse_unless(self, edits=_few, alternatives=_told_apart)
        if sum((self.programme is not None, bool(self.edits), bool(self.alternatives))) != 1:
            given = [f.name for f in fields(self) if getattr(self, f.name)]
            bound = "must be given, or edits, or alternatives: one of the three"
            fix = 'such as {"edits": [{"treaty": "event layer", "set": {"limit": 30e6}}]}'
            raise InvalidParameter([Fault("programme", given, bound, fix)])

    def programmes(self, before: Programme) -> dict[str, Programme]:
        """The programmes to try, by name. Raises as `edited` does, with pointers into this."""
        if self.alternatives:
            return {
                one.name: one.applied(before, f"/alternatives/{place}")
                for place, one in enumerate(self.alternatives)
            }
        one = AlternativeRequest(programme=self.programme, edits=self.edits)
        return {one.name: one.applied(before)}


def _few(name: str, value: object) -> Iterator[Fault]:
    if len(value) > MOST_EDITS:  # type: ignore[arg-type]
        fix = "give the whole programme"
        yield Fault(name, len(value), f"must have at most {MOST_EDITS} edits", fix)  # type: ignore[arg-type]


def _told_apart(name: str, value: object) -> Iterator[Fault]:
    alternatives: tuple[AlternativeRequest, ...] = tuple(value)  # type: ignore[arg-type]
    if len(alternatives) > MOST_ALTERNATIVES:
        bound = f"must have at most {MOST_ALTERNATIVES} alternatives"
        yield Fault(name, len(alternatives), bound, "ask in parts")
    names = [one.name for one in alternatives]
    for place, one in enumerate(names):
        if one in names[:place]:
            fix = "give each alternative a name of its own"
            yield Fault(f"{name}[{place}].name", one, "must be unique", fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure `before`, `after`, and the `difference`, whose error is of the same years: what
    both outcomes of a year share has cancelled. `separate_error` is the error that the difference
    would have from two runs with random numbers of their own."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    before: Estimate
    after: Estimate
    difference: Estimate
    separate_error: Real

    def scaled(self, factor: float) -> "Change":
        """The change of `factor` times the figure."""
        return Change(
            before=self.before.scaled(factor),
            after=self.after.scaled(factor),
            difference=self.difference.scaled(factor),
            separate_error=abs(factor) * self.separate_error,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionChange:
    """Annual losses of one perspective; `capital` is TVaR 99.5 less the mean. In `years_changed`
    simulated years the amount differs: on few, no error can be trusted."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    mean: Change
    sd: Change
    var_995: Change
    tvar_995: Change
    capital: Change
    hit_probability: Change
    years_changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatyChange:
    """What one treaty takes. `state`: `changed` has other terms, `affected` the same terms after
    other treaties than before, `unchanged` neither. `allocated_capital`: its Euler share of the
    gross TVaR 99.5 less its mean. `flows`: mean annual premiums and commissions. A treaty that is
    not there has figures of exactly 0."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    kind: str
    state: Literal["unchanged", "affected", "changed", "added", "removed"]
    mean: Change
    sd: Change
    var_995: Change
    tvar_995: Change
    hit_probability: Change
    allocated_capital: Change
    flows: dict[str, Change]
    years_changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChange:
    """What one member carries of the net losses: its signed line of each figure."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    lead: bool
    signed: str
    share: float
    mean: Change
    sd: Change
    var_995: Change
    tvar_995: Change
    capital: Change


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alternative:
    """What one programme changes. `cost`: premiums and reinstatement premiums less commissions and
    ceded losses, a year. Breaches of legal limits: `cured` by the edit, `created` by it, and
    `standing` before and after. `annual`: (n_years,) by perspective, currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    gross: PositionChange
    ceded: PositionChange
    net: PositionChange
    cost: Change
    treaties: tuple[TreatyChange, ...]
    members: tuple[MemberChange, ...]
    cured: tuple[Breach, ...]
    created: tuple[Breach, ...]
    standing: tuple[Breach, ...]
    flags: tuple[str, ...]
    programme: Programme
    annual: dict[str, Floats] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WhatIf:
    """Other programmes over the losses of one pool run. The receipt is the run's, with a digest
    of each alternative's programme. `annual`: as of an `Alternative`, of the run itself."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pool: str
    currency: str
    n_years: int
    alternatives: tuple[Alternative, ...]
    receipt: Receipt
    annual: dict[str, Floats] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON can hold it, without annual amounts."""
        whole = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in UNSAID}
        return {
            name: [_said(one) for one in value] if name == "alternatives" else plain(value)
            for name, value in whole.items()
        }

    def __str__(self) -> str:
        lines = [f"{self.pool}, {self.n_years:,} simulated years"]
        for one in self.alternatives:
            for name in ("mean", "tvar_995", "capital"):
                difference = getattr(one.net, name).difference
                lines.append(f"{one.name}: net {name} {_signed(difference)}")
            lines.append(f"{one.name}: cost {_signed(one.cost.difference)}")
        return "\n".join(lines)


def _said(one: Alternative) -> dict[str, Any]:
    return {f.name: plain(getattr(one, f.name)) for f in fields(one) if f.name not in UNSAID}


def _signed(difference: Estimate) -> str:
    return f"{'+' if difference.value > 0 else ''}{difference}"


def nothing(unit: str) -> Estimate:
    """A figure of a treaty that is not there: exactly 0."""
    return exactly(0.0, unit)
