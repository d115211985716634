"""What a check of a pool asks and answers: one finding a member, rule and risk, with its cure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.money import line
from techinsure.pool.accumulation import Accumulation, AccumulationLimit
from techinsure.pool.cession_limits import CessionRules
from techinsure.pool.contract_checks import ContractRules, SignedContract
from techinsure.pool.members import Pool
from techinsure.pool.risk_lines import RiskLines
from techinsure.pooling.report import PoolRequest, PortfolioSource
from techinsure.quantities import (
    FORBID,
    Estimate,
    Line,
    Name,
    Real,
    not_negative,
    refuse_unless,
    text,
)
from techinsure.receipt import Receipt, plain
from techinsure.reinsurance.programme import Programme
from techinsure.simulation import Simulation

Rule = Literal[
    "single_risk", "retained_premium", "one_reinsurer", "affiliates", "same_contract", "lead_fee",
    "equal_shares", "accumulation", "licence", "appetite", "capacity_per_risk",
    "accumulation_capacity", "minimum",
]  # fmt: skip
RULES: tuple[Rule, ...] = get_args(Rule)

State = Literal["breach", "warning", "cured"]
"""`warning`: above a soft limit, or what may be recast as reinsurance; `cured`: within the limit
by reinsurance that must not lapse."""

STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskContracts:
    """The contracts of one risk unit, one a member that signed it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    risk_unit: Name
    contracts: tuple[SignedContract, ...]

    def __post_init__(self) -> None:
        refuse_unless(self, risk_unit=text())


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskShares:
    """Who had which share of a risk unit's `premium` (currency units) and claims, by member."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    risk_unit: Name
    premium: Real
    premium_shares: dict[str, Line]
    claim_shares: dict[str, Line]

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            risk_unit=text(),
            premium=not_negative,
            premium_shares=_each_a_line,
            claim_shares=_each_a_line,
        )


def _each_a_line(field: str, value: object) -> Iterator[Fault]:
    """A check: an exact share for each name."""
    shares: Mapping[str, object] = value  # type: ignore[assignment]
    for name, share in shares.items():
        yield from line()(f"{field}.{name}", share)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksRequest:
    """A pool run as `PoolRequest` has it, to be held to its rules.

    `accumulation_limits` come on top of the pool's own. `affiliates` names, by risk unit, the
    reinsurers that are affiliates of its insured; `contracts` and `shares` are as signed and
    booked. What is not given is said not to be checked.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    portfolio: PortfolioSource
    pool: Pool | None = None
    programme: Programme | None = None
    simulation: Simulation = field(default_factory=Simulation)
    accumulation_limits: tuple[AccumulationLimit, ...] = ()
    affiliates: dict[str, tuple[Name, ...]] = field(default_factory=dict)
    contracts: tuple[RiskContracts, ...] = ()
    shares: tuple[RiskShares, ...] = ()
    cession_rules: CessionRules = field(default_factory=CessionRules)
    contract_rules: ContractRules = field(default_factory=ContractRules)

    def __post_init__(self) -> None:
        faults = [*_twice("contracts", self.contracts), *_twice("shares", self.shares)]
        if faults:
            raise InvalidParameter(faults)

    @property
    def run(self) -> PoolRequest:
        """The run that is checked."""
        return PoolRequest(
            portfolio=self.portfolio,
            pool=self.pool,
            programme=self.programme,
            simulation=self.simulation,
        )


def _twice(name: str, entries: tuple[Any, ...]) -> Iterator[Fault]:
    units = [entry.risk_unit for entry in entries]
    for position, unit in enumerate(units):
        if unit in units[:position]:
            where = f"/{name}/{position}/risk_unit"
            yield Fault("risk_unit", unit, "must be given once", "put its entries together", where)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a member or, where `member` is empty, the pool does not keep: `found` against `bound`.

    `risk_unit` is the risk or the accumulation it is about (empty: the year or the contract),
    `over` by how much it is too much, currency units (None: not in money), `cure` what to do.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rule: Rule
    state: State
    member: str
    risk_unit: str
    found: str
    bound: str
    over: Real | None
    cure: str
    source: str

    def __str__(self) -> str:
        who = self.member or "the pool"
        what = f" ({self.risk_unit})" if self.risk_unit else ""
        more = f", {self.over:,.2f} over" if self.over else ""
        return f"{who}: {self.rule}{what}: {self.found}, bound {self.bound}{more}: {self.cure}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """Whether a rule is kept, how many findings it has, and `why` where it was not checked."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rule: Rule
    state: Literal["kept", "warned", "broken", "not_checked"]
    findings: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolChecks:
    """A pool held to its rules: every rule's state, and the findings, breaches first.

    `risks` are those of which some member may carry less than it signed, with lines signed again;
    `accumulations` what the pool has by park, route, sector and what else is limited (gross, with
    errors), beside the `limits` that hold. The premium is that of the run.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pool: str
    currency: str
    n_years: int
    n_items: int
    sum_insured: float
    premium: Estimate
    rules: tuple[RuleState, ...]
    findings: tuple[Finding, ...]
    risks: tuple[RiskLines, ...]
    accumulations: tuple[Accumulation, ...]
    limits: tuple[AccumulationLimit, ...]
    flags: tuple[str, ...]
    receipt: Receipt

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The findings that are breaches."""
        return tuple(one for one in self.findings if one.state == "breach")

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON can hold it."""
        whole: dict[str, Any] = plain(self)
        return whole


def states_of(
    findings: tuple[Finding, ...], not_checked: Mapping[Rule, str]
) -> tuple[RuleState, ...]:
    """The state of every rule."""
    told = []
    for rule in RULES:
        states = [one.state for one in findings if one.rule == rule]
        why = not_checked.get(rule, "")
        state: Literal["kept", "warned", "broken", "not_checked"] = "kept"
        if "breach" in states:
            state = "broken"
        elif "warning" in states:
            state = "warned"
        elif why:
            state = "not_checked"
        told.append(RuleState(rule=rule, state=state, findings=len(states), why=why))
    return tuple(told)
