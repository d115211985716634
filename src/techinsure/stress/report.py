"""What a stress report holds: losses by strike, treaty, reinsurer and member; rarity; lessons."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import ConfigDict

from techinsure.evidence.experience import Experience
from techinsure.evidence.updating import Update
from techinsure.pool.limits import Breach
from techinsure.quantities import FORBID, Estimate
from techinsure.receipt import Receipt, plain
from techinsure.stress.scenarios import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeResult:
    """One strike, currency units: `items` hit and their `sum_insured`, `ground_up` and of it what
    no policy covers, `insured`, and what the treaties and the members take of that."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    cause: str
    time: float
    items: int
    sum_insured: float
    ground_up: float
    not_covered: float
    insured: float
    ceded: float
    net: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatyStress:
    """What one treaty takes, currency units. `limit` and what is `left` of it: the most that it
    pays in a year, as placed (None: it has no such limit). `reinstatements_left` in limits: 0.5 is
    half a layer. `reinstatement_premium`, and `other_premium`: all else that it is paid more, less
    what it pays more, than in a year without a loss."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    kind: str
    ceded: float
    limit: float | None
    left: float | None
    reinstatements: int | None
    reinstatements_left: float | None
    reinstatement_premium: float
    other_premium: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinsurerStress:
    """What one reinsurer pays of all treaties, currency units, and of all that is ceded."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    ceded: float
    share_of_ceded: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberStress:
    """A member's line of the scenario, currency units. `cost`: net loss and what the treaties are
    paid more. `of_capital_and_reserves`: cost over them; `legal_limit` for one risk unit, and
    `of_legal_limit` the net loss of the unit that costs most, over it; `capital_used`: cost over
    the capital that the member's line of the net TVaR 99.5 asks for (None: it asks for none)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    lead: bool
    signed: str
    share: float
    gross: float
    net: float
    premium: float
    cost: float
    capital_and_reserves: float
    of_capital_and_reserves: float
    legal_limit: float
    of_legal_limit: float
    allocated_capital: Estimate
    capital_used: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rarity:
    """How many of `n_years` simulated years lose as much as the scenario or more, `years_as_bad`,
    their `probability`, and the `return_period` in years with its 95% interval `low` to `high`
    (None: beyond all simulated years)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    loss: float
    years_as_bad: int
    n_years: int
    probability: Estimate
    return_period: Estimate | None
    low: float
    high: float | None

    def __str__(self) -> str:
        if self.return_period is None:
            return f"beyond all {self.n_years:,} simulated years (once in {self.low:,.0f} or rarer)"
        high = "" if self.high is None else f" to {self.high:,.0f}"
        once = f"once in {self.return_period.value:,.0f} years ({self.low:,.0f}{high})"
        return f"{once}, {self.years_as_bad:,} of {self.n_years:,} simulated years"


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A price: expected claims, charged premium, and its rate on the sum insured."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pure: Estimate
    charged: Estimate
    rate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What the scenario teaches of one product: the `experience` that it adds, the `updates` that
    makes, and the price of one `insured` risk before and after, alone and, if asked for, in the
    pool."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: str
    version: str
    version_after: str
    experience: Experience
    updates: tuple[Update, ...]
    insured: str
    sum_insured: float
    before: Priced
    after: Priced
    in_pool_before: Priced | None
    in_pool_after: Priced | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StressReport:
    """A scenario through a pool, currency units. `ground_up` less what policies leave to the
    insured is `gross`; `gross` is `ceded` and `net`; members and `other_parties` (what nobody
    signed, what is outside the order) carry the net loss and what the treaties are paid more.
    `rarity` in the pool's own years: of the gross loss on the `items_hit` alone, of the `gross`
    and of the `net` loss of all; `breaches` of legal limits by the
    risk units that are hit; `pool_capital`: net TVaR 99.5 less mean, and how much of it is used."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    scenario: Scenario
    pool: str
    currency: str
    n_years: int
    strikes: tuple[StrikeResult, ...]
    ground_up: float
    gross: float
    ceded: float
    net: float
    reinstatement_premium: float
    other_premium: float
    cost: float
    treaties: tuple[TreatyStress, ...]
    reinsurers: tuple[ReinsurerStress, ...]
    members: tuple[MemberStress, ...]
    other_parties: dict[str, float]
    pool_capital: Estimate
    capital_used: Estimate | None
    rarity: dict[str, Rarity]
    learnt: tuple[Learnt, ...]
    breaches: tuple[Breach, ...]
    notes: tuple[str, ...]
    receipt: Receipt

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return dict(plain(self))

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def _lines(report: StressReport) -> Iterator[str]:
    yield f"{report.scenario.name} in {report.pool}, {report.currency}"
    for name in ("ground_up", "gross"):
        yield f"{name.replace('_', ' '):<22}{getattr(report, name):>20,.2f}"
    for treaty in report.treaties:
        yield f"{'- ' + treaty.name:<22}{treaty.ceded:>20,.2f}"
    yield f"{'net':<22}{report.net:>20,.2f}"
    yield f"{'treaties paid more':<22}{report.reinstatement_premium + report.other_premium:>20,.2f}"
    for member in report.members:
        yield f"{'  ' + member.name:<22}{member.cost:>20,.2f}"
    for name, rarity in report.rarity.items():
        yield f"{name.replace('_', ' ')}: {rarity}"
