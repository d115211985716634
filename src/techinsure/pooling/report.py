"""A pool run's request and report: what goes in, what comes out, and its tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.curves import ReturnPeriods
from techinsure.losses.year_table import YearLossTable
from techinsure.pool.accumulation import (
    Accumulation,
    AccumulationBreach,
    Basis,
    accumulation,
    breaches,
    has_groups,
)
from techinsure.pool.insolvency.failures import FailureDependence
from techinsure.pool.insolvency.outcome import InsolvencyReport
from techinsure.pool.limits import Breach
from techinsure.pool.members import Pool
from techinsure.quantities import FORBID, Estimate, Name
from techinsure.receipt import IF_SET, Receipt, plain
from techinsure.reinsurance.programme import Cession, Programme
from techinsure.simulation import Simulation

if TYPE_CHECKING:
    import pandas as pd

UNSAID = ("terms", "programme", "losses", "cession")
"""What a report keeps and does not say."""

ACCUMULATED: tuple[Basis, ...] = ("park", "route", "sector", "technology", "supply")
"""By what a report adds up the sum insured and its losses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioSource:
    """Where the portfolio comes from: a shipped `sample` by name, or `rows`, one an object."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    sample: Name | None = None
    rows: tuple[dict[str, str | int | float | bool | None], ...] = ()

    def __post_init__(self) -> None:
        if bool(self.sample) == bool(self.rows):
            fix = 'give {"sample": "demo_pool"} or {"rows": [...]}'
            raise InvalidParameter([Fault("sample", None, "must be given, or rows", fix)])


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRequest:
    """What is to be run. A sample brings its own pool and programme; given ones replace them.
    `failure_dependence` counts where members or reinsurers have a rating or a probability."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    portfolio: PortfolioSource
    pool: Pool | None = None
    programme: Programme | None = None
    simulation: Simulation = field(default_factory=Simulation)
    failure_dependence: FailureDependence | None = field(default=None, metadata=IF_SET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Annual losses of one perspective; `capital` is TVaR 99.5 less the mean."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    mean: Estimate
    sd: Estimate
    var_995: Estimate
    tvar_995: Estimate
    capital: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductResult:
    """One product of the pool: its items, losses and premium at the pool's own risk margin."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    items: int
    sum_insured: float
    mean: Estimate
    tail_share: Estimate
    premium: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatyResult:
    """What one treaty takes. `allocated_tvar`: its Euler share of the gross TVaR 99.5;
    `allocated_capital`: that less its mean. `flows`: mean annual premiums and commissions."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    kind: str
    mean: Estimate
    sd: Estimate
    var_995: Estimate
    tvar_995: Estimate
    hit_probability: Estimate
    allocated_tvar: Estimate
    allocated_capital: Estimate
    flows: dict[str, Estimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicalResult:
    """A mean year: `result` = `premium` - `ceded_premium` (reinstatements in it) + `commission` of
    treaties + `lead_fee` - net `claims`, before expenses of one's own. `reinsurance_cost`:
    ceded premium less commission and less ceded claims."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    premium: Estimate
    ceded_premium: Estimate
    commission: Estimate
    lead_fee: Estimate
    claims: Estimate
    result: Estimate
    reinsurance_cost: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberResult:
    """What one party carries of the net losses. `allocated_tvar`: its Euler share of the net
    TVaR 99.5; shares of all parties sum to it. `premium` to `result` with `mean`, its net claims,
    are its `TechnicalResult`. `alone_*`: the same volume of whole risks carried without the pool,
    gross, against its share of the pool's gross capital."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    lead: bool
    written: str
    signed: str
    share: float
    mean: Estimate
    sd: Estimate
    var_995: Estimate
    tvar_995: Estimate
    allocated_tvar: Estimate
    allocated_capital: Estimate
    premium: Estimate
    ceded_premium: Estimate
    commission: Estimate
    lead_fee: Estimate
    result: Estimate
    reinsurance_cost: Estimate
    pooled_gross_capital: Estimate
    alone_capital: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PoolReport:
    """The result of a pool run. `technical`: the mean year of the whole `pool`, and of what no
    member signed, under the names of those parties; members and these sum to the pool.
    `insolvency`: None where nobody has a rating or a probability of default. For tables and
    pictures it keeps `terms`, the pool that was run, its `programme`, and in `losses` and
    `cession` the rows."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pool: str
    currency: str
    n_years: int
    n_items: int
    sum_insured: float
    gross: Position
    ceded: Position
    net: Position
    net_in_gross_tail: Estimate
    premium: Estimate
    products: tuple[ProductResult, ...]
    treaties: tuple[TreatyResult, ...]
    members: tuple[MemberResult, ...]
    technical: dict[str, TechnicalResult]
    unplaced: str
    return_periods: dict[str, ReturnPeriods]
    breaches: tuple[Breach, ...]
    insolvency: InsolvencyReport | None
    flags: tuple[str, ...]
    receipt: Receipt
    terms: Pool = field(repr=False)
    programme: Programme = field(repr=False)
    losses: YearLossTable = field(repr=False)
    cession: Cession = field(repr=False)

    def accumulation(self) -> tuple[Accumulation, ...]:
        """Gross losses and sums insured by each of `ACCUMULATED`, and by what the pool limits, as
        far as the portfolio has labels of it. Computed here: a run alone does not wait for it."""
        limited = [limit.basis for limit in self.terms.accumulation_limits]
        bases = dict.fromkeys([*ACCUMULATED, *limited])
        return tuple(
            accumulation(self.losses, basis)
            for basis in bases
            if has_groups(self.losses.portfolio, basis)
        )

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it, without what was given and the rows; with
        `accumulation` and `accumulation_breaches`."""
        names = [f.name for f in fields(self) if f.name not in UNSAID]
        said = {name: plain(getattr(self, name)) for name in names}
        if self.insolvency is not None:
            said["insolvency"] = self.insolvency.to_dict()
        found = self.accumulation()
        over = accumulation_breaches(self.terms, found)
        return said | {"accumulation": plain(found), "accumulation_breaches": plain(over)}

    def members_frame(self) -> "pd.DataFrame":
        """One row a member: line, and each figure with its standard error: mean, sd, VaR and TVaR
        99.5, capital, premium, ceded premium, commission, fee, technical result."""
        import pandas as pd

        figures = (
            "mean", "sd", "var_995", "tvar_995", "allocated_capital", "premium", "ceded_premium",
            "commission", "lead_fee", "result",
        )  # fmt: skip
        return pd.DataFrame([
            {"name": m.name, "signed": m.signed}
            | {f: getattr(m, f).value for f in figures}
            | {f"{f}_error": getattr(m, f).standard_error for f in figures}
            for m in self.members
        ])  # fmt: skip

    def treaties_frame(self) -> "pd.DataFrame":
        """One row a treaty: mean, sd, VaR and TVaR 99.5, hit probability, allocated capital."""
        import pandas as pd

        figures = ("mean", "sd", "var_995", "tvar_995", "hit_probability", "allocated_capital")
        return pd.DataFrame([
            {"name": t.name, "kind": t.kind} | {f: getattr(t, f).value for f in figures}
            for t in self.treaties
        ])  # fmt: skip

    def __str__(self) -> str:
        lines = [
            f"{self.pool}: {self.n_items} items, {self.sum_insured:,.0f} {self.currency} insured, "
            f"{self.n_years:,} simulated years",
            f"{'':<16}{'mean':>20}{'TVaR 99.5%':>28}",
        ]
        for name in ("gross", "ceded", "net"):
            position = getattr(self, name)
            lines.append(f"{name:<16}{position.mean!s:>20}{position.tvar_995!s:>28}")
        lines += [
            f"{m.name:<16}{m.mean!s:>20}{m.tvar_995!s:>28}  line {m.signed}" for m in self.members
        ]
        return "\n".join(lines)


def accumulation_breaches(
    pool: Pool, found: Sequence[Accumulation]
) -> tuple[AccumulationBreach, ...]:
    """Groups above a limit of the pool, hard breaches first."""
    told = [breach for one in found for breach in breaches(one, pool.accumulation_limits)]
    return tuple(sorted(told, key=lambda breach: breach.severity != "hard"))
