"""`sign_down(request) -> SignDown`: written lines to signed ones, and what the law says of them.

With the sum insured of a risk: who is above the 10% rule, lines signed again within what each may
carry, what is left over, and whether too much goes to one reinsurer.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.money import decimal_of, exact, line
from techinsure.outside_parties import insurer
from techinsure.pool import cession_limits, limits
from techinsure.pool.appetite import within
from techinsure.pool.cession_limits import CessionBreach, CessionRules
from techinsure.pool.limits import Breach
from techinsure.pool.members import Pool
from techinsure.pool.risk_lines import RiskLines, RiskUnit, lines_of_risk
from techinsure.pool.signing import Signed, sign
from techinsure.quantities import FORBID, Flag, Line, Name, Real, flag, nearest, refuse_unless
from techinsure.reading import read
from techinsure.receipt import plain

CENT = Fraction(1, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionalCession:
    """The `share` of every member's line that goes to `reinsurer`, treaty and facultative together;
    `affiliate` of the insured or not."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    reinsurer: Name
    share: Line
    affiliate: Flag = False

    def __post_init__(self) -> None:
        refuse_unless(self, reinsurer=insurer, share=line(), affiliate=flag)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignDownRequest:
    """A pool with its written lines. With a `risk`: its lines are signed again within what each
    member may carry, net of `reinsurance`; `rules` are what the law says of reinsurers. A risk all
    of whose kinds are of `rules.exempt_products` is not held to them."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pool: Pool
    risk: RiskUnit | None = None
    reinsurance: tuple[ProportionalCession, ...] = ()
    rules: CessionRules = field(default_factory=CessionRules)

    def __post_init__(self) -> None:
        refuse_unless(self, reinsurance=_each_once)
        if self.reinsurance and self.risk is None:
            fix = "add risk: its name and sum insured"
            raise InvalidParameter([Fault("risk", None, "is required with reinsurance", fix)])
        faults = [*self._of_itself(), *self._of_less_than_the_risk()]
        if faults:
            raise InvalidParameter(faults)

    def _of_itself(self) -> Iterator[Fault]:
        """Every member's line goes to each reinsurer: none of them is a member."""
        names = [member.name for member in self.pool.members]
        for place, one in enumerate(self.reinsurance):
            if one.reinsurer in names:
                bound = "must not be a member: it would reinsure its own line"
                fix = "let it sign a larger line, or name another reinsurer"
                at = f"/reinsurance/{place}/reinsurer"
                yield Fault("reinsurer", one.reinsurer, bound, fix, at)

    def _of_less_than_the_risk(self) -> Iterator[Fault]:
        """A group holds this risk too, to the hundredth of a currency unit."""
        if self.risk is None:
            return
        ceded = sum((exact(one.share) for one in self.reinsurance), Fraction(0))
        own = decimal_of(self.risk.sum_insured) * (1 - ceded)
        for place, group in enumerate(self.risk.groups):
            held = group.net_sum_insured
            if decimal_of(held) <= own - CENT:
                bound = f"must be >= {float(own):,.2f}, what this risk itself has there net"
                fix = "give the sum of all risks there, this one among them"
                at = f"/risk/groups/{place}/net_sum_insured"
                yield Fault("net_sum_insured", held, bound, fix, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """A member's written and signed line of every risk; `share` is the signed one as a number."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    member: str
    lead: bool
    rating: str | None
    written: str
    signed: str
    share: Real


@dataclass(frozen=True, slots=True, kw_only=True)
class SignDown:
    """Signed lines: with what is `unplaced` they sum to `order`, exactly. `written` is the sum of
    all written lines. Of the risk, where one is given: its lines signed again (`risk`), members
    above the 10% rule as first signed (`breaches`) and once signed again (`breaches_again`), and
    reinsurers with too much of it. `flags` in words."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pool: str
    currency: str
    order: str
    written: str
    lines: tuple[MemberLine, ...]
    unplaced: str
    risk: RiskLines | None
    breaches: tuple[Breach, ...]
    breaches_again: tuple[Breach, ...]
    cession_breaches: tuple[CessionBreach, ...]
    flags: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON can hold it."""
        whole: dict[str, Any] = plain(self)
        return whole


def sign_down(
    request: SignDownRequest | Mapping[str, Any], kinds: Collection[str] = ()
) -> SignDown:
    """Sign the lines of a pool, and of one risk within what its members may carry.

    `kinds` are those that exist, products and their classes; none given: any name is taken.
    Raises `InvalidParameter` with a pointer for each fault, `Refused` where lines to stand and
    minimum lines are above the order.
    """
    request = request if isinstance(request, SignDownRequest) else read(SignDownRequest, request)
    if unknown := list(_unknown_kinds(request, kinds)) if kinds else []:
        raise InvalidParameter(unknown)
    pool, signed = request.pool, sign(request.pool)
    risk, breaches, again, cessions = _of_risk(request, signed)
    return SignDown(
        pool=pool.name,
        currency=pool.currency,
        order=pool.order,
        written=str(sum((exact(m.written) for m in pool.members), Fraction(0))),
        lines=tuple(
            MemberLine(
                member=member.name, lead=member.lead, rating=member.rating, written=held.written,
                signed=held.signed, share=float(held.share),
            )
            for member, held in zip(pool.members, signed.lines, strict=True)
        ),
        unplaced=signed.unplaced,
        risk=risk,
        breaches=breaches,
        breaches_again=again,
        cession_breaches=cessions,
        flags=tuple(_flags(pool, signed, risk)),
    )  # fmt: skip


def _of_risk(
    request: SignDownRequest, signed: Signed
) -> tuple[RiskLines | None, tuple[Breach, ...], tuple[Breach, ...], tuple[CessionBreach, ...]]:
    """Its lines, the 10% rule before and after they are signed again, and what reinsurers take."""
    pool, unit = request.pool, request.risk
    if unit is None:
        return None, (), (), ()
    ceded = sum((exact(one.share) for one in request.reinsurance), Fraction(0))
    risk = lines_of_risk(pool, unit, ceded)
    again = risk.in_force(pool.order)
    found = [
        limits.breaches_of_one_risk(pool, lines, unit.name, unit.sum_insured, ceded)
        for lines in (signed, again)
    ]
    exempt = request.rules.exempt_products
    if unit.kinds and all(any(within(kind, one) for one in exempt) for kind in unit.kinds):
        return risk, found[0], found[1], ()
    cessions = cession_limits.breaches_of_one_risk(
        pool, again, unit.name, unit.sum_insured,
        {one.reinsurer: float(exact(one.share)) for one in request.reinsurance},
        [one.reinsurer for one in request.reinsurance if one.affiliate],
        request.rules,
    )  # fmt: skip
    return risk, found[0], found[1], cessions


def _unknown_kinds(request: SignDownRequest, kinds: Collection[str]) -> Iterator[Fault]:
    """Kinds of risk, and what members write, that do not exist: nobody would sign them."""
    named = [(f"/risk/kinds/{i}", kind) for i, kind in enumerate(
        request.risk.kinds if request.risk else ())]  # fmt: skip
    for place, member in enumerate(request.pool.members):
        at = f"/pool/members/{place}"
        named += [(f"{at}/licence/{i}", kind) for i, kind in enumerate(member.licence or ())]
        named += [
            (f"{at}/appetite/{i}/writes", one.writes) for i, one in enumerate(member.appetite or ())
        ]
    named += [
        (f"/rules/exempt_products/{i}", kind)
        for i, kind in enumerate(request.rules.exempt_products)
    ]
    for at, kind in named:
        if kind not in kinds:
            guess = nearest(kind, kinds)
            hint = f"did you mean {guess!r}?" if guess else ""
            field = next(part for part in reversed(at.split("/")) if not part.isdigit())
            yield Fault(field, kind, "must be a product, or product/class", hint, at)


def _flags(pool: Pool, signed: Signed, risk: RiskLines | None) -> Iterator[str]:
    """What a reader of the lines has to know."""
    largest = max(held.share for held in signed.lines)
    if signed.of(pool.lead.name) < largest:
        yield f"the lead {pool.lead.name!r} has not the largest line"
    if exact(signed.unplaced):
        yield f"{signed.unplaced} of the whole has no member: it is unplaced, no line is scaled up"
    for held in risk.lines if risk else ():
        if held.bound == "minimum" and exact(held.signed):
            yield f"{held.member!r} may carry less than its minimum line: it signs nothing"
    stand = {member.name for member in pool.members if member.to_stand}
    for held in risk.lines if risk else ():
        if held.member in stand and exact(held.signed_again) < exact(held.written):
            yield f"the line to stand of {held.member!r} is cut: {_WHY[held.bound]}"


_WHY = {
    "licence": "its licence does not cover this kind of risk",
    "appetite": "its appetite for this kind of risk is smaller",
    "capacity_per_risk": "its capacity per risk is smaller",
    "accumulation": "its capacity for an accumulation is smaller",
    "single_risk": "the law lets it carry less",
    "minimum": "less than its minimum is left",
}


def _each_once(field: str, value: object) -> Iterator[Fault]:
    """A check: each reinsurer once, and not more than the whole in all."""
    cessions: tuple[ProportionalCession, ...] = tuple(value)  # type: ignore[arg-type]
    names = [one.reinsurer for one in cessions]
    for position, name in enumerate(names):
        if name in names[:position]:
            fix = "add its shares"
            yield Fault(f"{field}[{position}].reinsurer", name, "must be named once", fix)
    total = sum((exact(one.share) for one in cessions), Fraction(0))
    if total > 1:
        yield Fault(field, str(total), "must have shares that sum to at most 1")
