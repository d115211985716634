"""`check_pool(request) -> PoolChecks`: a pool with its risks and treaties, held to its rules.

The run gives the premium, the commissions and what events do to accumulations; everything else is
compared exactly.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from techinsure.catalogue import Catalogue, shipped
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.money import decimal_of, exact
from techinsure.pool import accumulation as accumulations
from techinsure.pool import contract_checks
from techinsure.pool.accumulation import Accumulation, AccumulationBreach, AccumulationLimit, Basis
from techinsure.pool.cession_limits import CessionBreach, cession_breaches
from techinsure.pool.contract_checks import ContractBreach, SignedContract
from techinsure.pool.limits import Breach, sums_insured
from techinsure.pool.members import Pool
from techinsure.pool.risk_lines import RiskLine, RiskLines, lines_of_risks
from techinsure.pool.signing import sign
from techinsure.pooling.checks_report import (
    STATES,
    ChecksRequest,
    Finding,
    PoolChecks,
    Rule,
    State,
    states_of,
)
from techinsure.pooling.report import PoolReport
from techinsure.pooling.run import ceded_by_unit, own_limit_flags, run_pool
from techinsure.quantities import nearest
from techinsure.reading import read

ALWAYS: tuple[Basis, ...] = ("park", "route", "sector")
"""What is added up whether it is limited or not."""

OURS = "the member's own, as the pool's file states it"
THE_POOL = "the pool's own limit"

A_KIND = "must be a product, or product/class"

NOT_CEDED = ("licence", "appetite", "minimum")
"""What no reinsurance cures: the member signs less of it or nothing."""


def check_pool(
    request: ChecksRequest | Mapping[str, Any],
    catalogue: Catalogue | None = None,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> PoolChecks:
    """Run a pool and hold it to its rules. Raises what `run_pool` raises, and `InvalidParameter`
    for a risk unit, member, product or reinsurer that the request names and the run has not."""
    request = request if isinstance(request, ChecksRequest) else read(ChecksRequest, request)
    catalogue = catalogue or shipped()
    report = run_pool(request.run, catalogue, workers=workers, progress=progress)
    _refuse_unknown(request, report, catalogue)
    portfolio, pool = report.losses.portfolio, report.terms
    shares = ceded_by_unit(portfolio, report.programme.proportional_shares(portfolio))
    risks = lines_of_risks(pool, portfolio, shares)
    limits = (*pool.accumulation_limits, *request.accumulation_limits)
    groups = _accumulations(report, limits)
    found_again = own_limit_flags(pool, portfolio, report.programme)
    not_checked: dict[Rule, str] = {}
    findings = [
        *_of_law(report.breaches, risks),
        *_of_members(risks),
        *_of_cessions(request, report, not_checked),
        *_of_contracts(request, report, not_checked),
        *_of_accumulations(groups, limits, not_checked),
    ]
    _unstated(pool, not_checked)
    ordered = tuple(sorted(findings, key=lambda one: STATES.index(one.state)))
    return PoolChecks(
        pool=report.pool,
        currency=report.currency,
        n_years=report.n_years,
        n_items=report.n_items,
        sum_insured=report.sum_insured,
        premium=report.premium,
        rules=states_of(ordered, not_checked),
        findings=ordered,
        risks=risks,
        accumulations=groups,
        limits=limits,
        flags=tuple(flag for flag in report.flags if flag not in found_again),
        receipt=report.receipt,
    )


def _accumulations(
    report: PoolReport, limits: Sequence[AccumulationLimit]
) -> tuple[Accumulation, ...]:
    """Gross, by what is always added up and by what is limited, where the portfolio has labels."""
    bases = dict.fromkeys([*ALWAYS, *(limit.basis for limit in limits)])
    held = [basis for basis in bases if accumulations.has_groups(report.losses.portfolio, basis)]
    return tuple(accumulations.accumulation(report.losses, basis) for basis in held)


# --- Findings ------------------------------------------------------------------------------------


def _of_law(breaches: Sequence[Breach], risks: Sequence[RiskLines]) -> Iterator[Finding]:
    """The single risk and the retained premium, with what signing again would do."""
    again = {risk.risk_unit: risk for risk in risks}
    for breach in breaches:
        if breach.cured:
            cure = "keep the reinsurance in force: without it the member is above the limit"
        elif breach.rule == "single_risk":
            cure = _respread(again[breach.risk_unit], breach.member, breach.over)
        else:
            cure = f"sign a smaller line, or cede {breach.over:,.2f} more of the premium"
        yield Finding(
            rule=breach.rule, state="cured" if breach.cured else "breach", member=breach.member,
            risk_unit=breach.risk_unit, found=f"{breach.net:,.2f} net", cure=cure,
            bound=f"{breach.limit:,.2f}", over=breach.over, source=breach.source,
        )  # fmt: skip


def _of_members(risks: Sequence[RiskLines]) -> Iterator[Finding]:
    """Lines above what a member itself will carry: licence, appetite and capacities."""
    for risk in risks:
        for line in risk.lines:
            excess = exact(line.signed) - exact(line.most)
            if excess <= 0 or line.bound in ("written", "single_risk"):
                continue
            over = float(excess * decimal_of(risk.sum_insured))
            rule: Rule = line.bound if line.bound != "accumulation" else "accumulation_capacity"  # type: ignore[assignment]
            yield Finding(
                rule=rule, state="breach", member=line.member, risk_unit=risk.risk_unit,
                found=f"line {line.signed}", bound=f"line {line.most}", over=over, source=OURS,
                cure=_respread(risk, line.member, over),
            )  # fmt: skip


def _respread(risk: RiskLines, member: str, over: float) -> str:
    """Sign again, or cede; and what nobody in the pool has room for."""
    line: RiskLine = next(one for one in risk.lines if one.member == member)
    cannot = line.bound in NOT_CEDED
    way = "" if cannot else f", or cede {over:,.2f} facultatively"
    if exact(risk.gap) > exact(risk.unplaced):
        left = f"{risk.gap} of it, {risk.capacity_gap:,.2f}"
        return f"sign {line.signed_again} of it and re-spread{way}; nobody has room for {left}"
    return f"sign {line.signed_again} of it and re-spread{way}"


def _of_cessions(
    request: ChecksRequest, report: PoolReport, not_checked: dict[Rule, str]
) -> Iterator[Finding]:
    """Too much to one reinsurer, or to affiliates of the insured."""
    portfolio, programme = report.losses.portfolio, report.programme
    ceded = programme.proportions(portfolio).ceded
    unnamed = [t.name for t in programme.treaties if not t.reinsurers and ceded[t.name].any()]
    if unnamed:
        why = f"treaty {unnamed[0]!r} names no reinsurers"
        not_checked |= {"one_reinsurer": why, "affiliates": why}
        return
    if not request.affiliates:
        not_checked["affiliates"] = "no affiliates of an insured are named"
    found = cession_breaches(
        report.terms, sign(report.terms), portfolio, programme, request.affiliates,
        request.cession_rules,
    )  # fmt: skip
    yield from map(_of_cession, found)


def _of_cession(breach: CessionBreach) -> Finding:
    return Finding(
        rule=breach.rule, state="breach", member=breach.member, risk_unit=breach.risk_unit,
        found=f"{breach.share:.2%} to {breach.reinsurer}", bound=f"{breach.limit:.0%}",
        over=breach.over, cure=breach.cure, source=breach.source,
    )  # fmt: skip


def _of_contracts(
    request: ChecksRequest, report: PoolReport, not_checked: dict[Rule, str]
) -> Iterator[Finding]:
    """The five sames, the lead's fee beside commissions, and equal shares."""
    rules, pool = request.contract_rules, report.terms
    if not request.contracts:
        not_checked["same_contract"] = "no contracts are given"
    for risk in request.contracts:
        found = contract_checks.five_sames(risk.risk_unit, risk.contracts, pool.lead.name, rules)
        yield from (_of_contract(breach, "breach") for breach in found)
    if not request.shares:
        not_checked["equal_shares"] = "no shares of premium and claims are given"
    for one in request.shares:
        unequal = contract_checks.unequal_shares(
            one.risk_unit, one.premium_shares, one.claim_shares, one.premium, rules
        )
        yield from (_of_contract(breach, "breach") for breach in unequal)
    followers = sum(m.share for m in report.members if not m.lead)
    try:
        commission = contract_checks.ceding_commission(report.cession)
    except Undefined as error:
        not_checked["lead_fee"] = str(error)
        return
    near = contract_checks.lead_fee_near_commission(
        pool, commission, followers * max(report.premium.value, 0.0), rules
    )
    yield from (_of_contract(breach, "warning") for breach in near)


def _of_contract(breach: ContractBreach, state: State) -> Finding:
    return Finding(
        rule=breach.rule, state=state, member=breach.member, risk_unit=breach.risk_unit,
        found=f"{breach.field} {breach.found}", bound=breach.expected, over=breach.over,
        cure=breach.cure, source=breach.source,
    )  # fmt: skip


def _of_accumulations(
    groups: Sequence[Accumulation],
    limits: Sequence[AccumulationLimit],
    not_checked: dict[Rule, str],
) -> Iterator[Finding]:
    """Groups above a soft or a hard limit, hard ones first."""
    held = {group.basis for group in groups}
    bare = [limit.basis for limit in limits if limit.basis not in held]
    if not limits:
        not_checked["accumulation"] = "no limit is given"
    elif bare:
        not_checked["accumulation"] = f"no item has a label of {', '.join(dict.fromkeys(bare))}"
    for group in groups:
        own = [limit for limit in limits if limit.basis == group.basis]
        yield from map(_of_accumulation, accumulations.breaches(group, own))


def _of_accumulation(breach: AccumulationBreach) -> Finding:
    shown = (
        (f"{breach.amount:.2%}", f"{breach.limit:.2%}")
        if breach.figure == "share"
        else (f"{breach.amount:,.2f}", f"{breach.limit:,.2f}")
    )
    return Finding(
        rule="accumulation", state="breach" if breach.severity == "hard" else "warning", member="",
        risk_unit=f"{breach.basis} {breach.name}",
        found=f"{breach.figure.replace('_', ' ')} {shown[0]}",
        bound=f"{breach.severity} {shown[1]}",
        over=None if breach.figure == "share" else breach.over,
        cure=f"cede {breach.cede:.2%} of its items facultatively, or re-spread it",
        source=THE_POOL,
    )  # fmt: skip


# --- What is not given, and what does not exist --------------------------------------------------


def _unstated(pool: Pool, not_checked: dict[Rule, str]) -> None:
    """Capacities that no member states."""
    stated: dict[Rule, bool] = {
        "licence": any(m.licence is not None for m in pool.members),
        "appetite": any(m.appetite is not None for m in pool.members),
        "capacity_per_risk": any(m.capacity_per_risk is not None for m in pool.members),
        "accumulation_capacity": any(m.accumulation_capacity for m in pool.members),
        "minimum": any(m.minimum is not None for m in pool.members),
    }
    not_checked |= {rule: "no member states one" for rule, is_said in stated.items() if not is_said}


def _refuse_unknown(request: ChecksRequest, report: PoolReport, catalogue: Catalogue) -> None:
    """Refuse names that the run has not: a check of nothing would pass in silence."""
    units = list(sums_insured(report.losses.portfolio))
    members = [member.name for member in report.terms.members]
    reinsurers = [r.name for placed in report.programme.treaties for r in placed.reinsurers]
    faults: list[Fault] = []
    for at, name, known, what in _named(request, units, members, reinsurers):
        if name not in known:
            faults.append(_unknown(name, known, what, at))
    for i, risk in enumerate(request.contracts):
        faults += _one_a_member(risk.contracts, report.terms.lead.name, f"/contracts/{i}/contracts")
    for place, member in enumerate(report.terms.members):
        kinds = [(f"licence/{i}", kind) for i, kind in enumerate(member.licence or ())]
        kinds += [(f"appetite/{i}/writes", e.writes) for i, e in enumerate(member.appetite or ())]
        for where, kind in kinds:
            product = kind.partition("/")[0]
            if product not in catalogue.products:
                at = f"/pool/members/{place}/{where}"
                faults.append(_unknown(kind, list(catalogue.products), A_KIND, at))
    if faults:
        raise InvalidParameter(faults)


def _named(
    request: ChecksRequest, units: list[str], members: list[str], reinsurers: list[str]
) -> Iterator[tuple[str, str, list[str], str]]:
    """(pointer, name, what is known, the bound) of every name in the request."""
    a_unit, a_member = "must be a risk unit of the portfolio", "must be a member of the pool"
    for unit, names in request.affiliates.items():
        at = f"/affiliates/{_escaped(unit)}"
        yield at, unit, units, a_unit
        for i, name in enumerate(names):
            yield f"{at}/{i}", name, reinsurers, "must be a reinsurer of the programme"
    for i, risk in enumerate(request.contracts):
        yield f"/contracts/{i}/risk_unit", risk.risk_unit, units, a_unit
        for j, contract in enumerate(risk.contracts):
            yield f"/contracts/{i}/contracts/{j}/member", contract.member, members, a_member
    for i, one in enumerate(request.shares):
        yield f"/shares/{i}/risk_unit", one.risk_unit, units, a_unit
        for name in ("premium_shares", "claim_shares"):
            for member in getattr(one, name):
                yield f"/shares/{i}/{name}/{_escaped(member)}", member, members, a_member


def _one_a_member(contracts: Sequence[SignedContract], lead: str, at: str) -> Iterator[Fault]:
    """A contract of the lead, to compare with, and none twice."""
    members = [contract.member for contract in contracts]
    if lead not in members:
        fix = "add the contract that the lead signed"
        yield Fault("contracts", members, f"must hold one of the lead {lead!r}", fix, at)
    for place, name in enumerate(members):
        if name in members[:place]:
            yield Fault("member", name, "must have one contract of a risk", "", f"{at}/{place}")


def _escaped(name: str) -> str:
    """A name as a part of a pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _unknown(name: str, known: Sequence[str], what: str, at: str) -> Fault:
    guess = nearest(name, known)
    hint = f"did you mean {guess!r}?" if guess else ""
    return Fault(at.rpartition("/")[2], name, what, hint, at)
