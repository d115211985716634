"""Limits that members state of their own, where the lines of a run are above them.

A run carries the signed lines of the pool on every risk; a check and a signing of one risk sign
them again within what each member may carry.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from techinsure.money import decimal_of
from techinsure.pool.limits import sums_insured
from techinsure.pool.members import Member, Pool
from techinsure.pool.risk_lines import Bound, risks_of, rooms
from techinsure.pool.signing import sign
from techinsure.portfolio import Portfolio

STATED: dict[Bound, str] = {
    "licence": "licence",
    "appetite": "appetite",
    "capacity_per_risk": "capacity_per_risk",
    "accumulation": "accumulation_capacity",
}
"""What of a risk's bounds a member states itself, as its field is called."""

NAMED = 5
"""Members and products that a flag names; of more it says how many."""


def lines_above_own(
    pool: Pool, portfolio: Portfolio, ceded_share: Mapping[str, float]
) -> dict[Bound, dict[str, tuple[str, ...]]]:
    """By what is stated and member, the risk units of which its signed line is above that.
    `ceded_share`: of each risk unit, by proportional reinsurance (not named: 0)."""
    picky = [member for member in pool.members if _states(member)]
    signed = sign(pool)
    found: dict[Bound, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for risk in risks_of(pool, portfolio, ceded_share) if picky else ():
        ceded = decimal_of(ceded_share.get(risk.name, 0.0))
        for member in picky:
            line = signed.of(member.name)
            above = {one.bound for one in rooms(pool, member, risk, ceded) if one.most < line}
            for bound in above & STATED.keys():
                found[bound][member.name].append(risk.name)
    return {
        bound: {name: tuple(units) for name, units in found[bound].items()}
        for bound in STATED
        if bound in found
    }


def flags_of_own_limits(
    pool: Pool, portfolio: Portfolio, ceded_share: Mapping[str, float]
) -> Iterator[str]:
    """One flag for each kind of limit that lines of the run are above."""
    above = lines_above_own(pool, portfolio, ceded_share)
    if not above:
        return
    n_units = len(sums_insured(portfolio))
    products = _products(portfolio)
    for bound, by_member in above.items():
        counts = Counter({name: len(units) for name, units in by_member.items()})
        members = _listed(f"{name!r} ({n:,})" for name, n in counts.most_common())
        hit = dict.fromkeys(unit for units in by_member.values() for unit in units)
        concerned = _listed(sorted({name for unit in hit for name in products[unit]}))
        yield (
            f"the lines of {members} of {n_units:,} risk units are above their {STATED[bound]}, "
            f"in {concerned}: the run carries the pool's lines on every risk, `pool check` signs "
            "them again"
        )


def _states(member: Member) -> bool:
    return bool(
        member.licence is not None
        or member.appetite is not None
        or member.capacity_per_risk is not None
        or member.accumulation_capacity
    )


def _products(portfolio: Portfolio) -> dict[str, set[str]]:
    """The products of the items of each risk unit."""
    found: dict[str, set[str]] = defaultdict(set)
    names = [portfolio.risk_unit[i] or portfolio.ids[i] for i in range(portfolio.n_items)]
    for unit, product in zip(names, portfolio.product.texts(), strict=True):
        found[unit].add(product)
    return found


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = len(every) - NAMED
    return ", ".join(every[:NAMED]) + (f", ... (+{more})" if more > 0 else "")
