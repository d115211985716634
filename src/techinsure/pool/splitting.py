"""`split_payment(request) -> SplitPayment`: a paid claim or a collected premium, to the minor unit.

By the lines of a pool, which are signed down here, or by the lines in force on the day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.money import MinorUnits, Rounding, exact, line, minor_units, to_units
from techinsure.outside_parties import insurer
from techinsure.pool.members import MOST_MEMBERS, Pool
from techinsure.pool.settlement import (
    CollectedPremium,
    PaidClaim,
    Posting,
    Settlement,
    premium_among,
    settle,
)
from techinsure.pool.signing import Signed, SignedLine, sign
from techinsure.quantities import (
    FORBID,
    Currency,
    Flag,
    Line,
    Name,
    Real,
    flag,
    fraction,
    nearest,
    refuse_unless,
)
from techinsure.reading import read
from techinsure.receipt import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInForce:
    """A member's signed line on the day, an exact share of the whole risk."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    member: Name
    share: Line
    lead: Flag = False

    def __post_init__(self) -> None:
        refuse_unless(self, member=insurer, share=line(), lead=flag)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRequest:
    """A `claim` or a `premium`, by the signed lines of a `pool` or by `lines` in force.

    Of a premium the lead takes its fee: the pool's, or with lines `lead_fee`, a share of the
    followers' premium, rounded once by `rounding`. What the lines leave of 1 is unplaced.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pool: Pool | None = None
    lines: tuple[LineInForce, ...] = ()
    lead_fee: Real | None = None
    claim: PaidClaim | None = None
    premium: CollectedPremium | None = None
    rounding: Rounding = "half_even"

    def __post_init__(self) -> None:
        if bool(self.lines) == (self.pool is not None):
            fix = "give the pool with its written lines, or the lines in force"
            raise InvalidParameter([Fault("lines", None, "must be given, or pool", fix)])
        if (self.claim is None) == (self.premium is None):
            fix = "split them one after the other"
            raise InvalidParameter([Fault("claim", None, "must be given, or premium", fix)])
        refuse_unless(self, lines=_together)
        faults = [*self._fee_faults(), *self._currency_faults()]
        if faults:
            raise InvalidParameter(faults)

    def _fee_faults(self) -> Iterator[Fault]:
        wanted = bool(self.lines) and self.premium is not None
        if self.lead_fee is None and wanted:
            fix = "0.03 for 3% of the followers' premium, 0 for none"
            yield Fault("lead_fee", None, "is required for a premium by lines", fix)
        if self.lead_fee is not None:
            yield from fraction("lead_fee", self.lead_fee)
            if not wanted:
                bound = "must be left out: it counts for a premium by lines alone"
                yield Fault("lead_fee", self.lead_fee, bound, "a pool states its own")
        leads = [one.member for one in self.lines if one.lead]
        if wanted and len(leads) != 1:
            fix = "set lead = true on one line"
            yield Fault("lines", leads, "must have exactly one lead", fix)

    def _currency_faults(self) -> Iterator[Fault]:
        paid = self.claim or self.premium
        if self.pool is not None and paid is not None and paid.currency != self.pool.currency:
            where = "claim" if self.claim else "premium"
            bound = f"must be the pool's, {self.pool.currency}"
            fix = "convert by a dated rate before"
            yield Fault("currency", paid.currency, bound, fix, f"/{where}/currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A party's part. `exact_minor` is the exact share of the amount, a fraction of minor units as
    text; `amount_minor` what it was rounded to, and `amount` that in currency units. Of a premium,
    `lead_fee_minor` is what it pays (-) or, as the lead, receives (+)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    party: str
    share: str
    exact_minor: str
    amount_minor: MinorUnits
    amount: str
    lead_fee_minor: MinorUnits

    def __post_init__(self) -> None:
        refuse_unless(self, amount_minor=minor_units, lead_fee_minor=minor_units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What is owed to (+) or by (-) a party in all."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    party: str
    amount_minor: MinorUnits

    def __post_init__(self) -> None:
        refuse_unless(self, amount_minor=minor_units)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPayment:
    """The parts, which sum to the amount exactly, the postings they make, and the balances, which
    sum to zero."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["claim", "premium"]
    reference: str
    currency: Currency
    amount_minor: MinorUnits
    amount: str
    parts: tuple[Part, ...]
    postings: tuple[Posting, ...]
    balances: tuple[Balance, ...]

    def __post_init__(self) -> None:
        refuse_unless(self, amount_minor=minor_units)

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON can hold it; minor units are text."""
        whole: dict[str, Any] = plain(self)
        return whole


def split_payment(request: SplitRequest | Mapping[str, Any]) -> SplitPayment:
    """Split a claim or a premium by lines: largest remainder, ties to the first listed.

    Raises `InvalidParameter` with a pointer for each fault, also where who paid or collected has
    no line.
    """
    request = request if isinstance(request, SplitRequest) else read(SplitRequest, request)
    signed, settlement = _settled(request)
    paid = request.claim or request.premium
    assert paid is not None
    minor, currency = paid.amount_minor, paid.currency
    return SplitPayment(
        kind="claim" if request.claim else "premium",
        reference=paid.reference,
        currency=currency,
        amount_minor=minor,
        amount=str(to_units(minor, currency)),
        parts=tuple(_parts(request, signed, settlement, minor, currency)),
        postings=settlement.postings,
        balances=tuple(
            Balance(party=party, amount_minor=amount)
            for party, amount in settlement.balances().items()
        ),
    )


def _settled(request: SplitRequest) -> tuple[Signed, Settlement]:
    """The lines and the postings."""
    if request.pool is not None:
        signed, lead, fee = sign(request.pool), request.pool.lead.name, request.pool.lead_fee
    else:
        signed = _in_force(request.lines)
        lead = next((one.member for one in request.lines if one.lead), "")
        fee = request.lead_fee or 0.0
    held = [one.member for one in signed.lines]
    if request.claim is not None:
        _require(request.claim.paid_by, held, "/claim/paid_by")
        return signed, settle(request.claim, signed)
    assert request.premium is not None
    _require(request.premium.collected_by, held, "/premium/collected_by")
    return signed, premium_among(request.premium, signed, lead, fee, request.rounding)


def _in_force(lines: tuple[LineInForce, ...]) -> Signed:
    rest = 1 - sum((exact(one.share) for one in lines), Fraction(0))
    return Signed(
        lines=tuple(
            SignedLine(member=one.member, written=one.share, signed=one.share) for one in lines
        ),
        order="1",
        unplaced=str(rest),
    )


def _parts(
    request: SplitRequest, signed: Signed, settlement: Settlement, minor: int, currency: str
) -> Iterator[Part]:
    """Every party, those with nothing to pay as well."""
    account, sign_of = ("claim_share", -1) if request.claim else ("premium_share", 1)
    parts: dict[str, int] = {}
    fees: dict[str, int] = {}
    for entry in settlement.postings:
        held = {account: parts, "lead_fee": fees}.get(entry.account)
        if held is not None:
            held[entry.party] = held.get(entry.party, 0) + entry.amount_minor
    for party, share in signed.shares().items():
        part = sign_of * parts.get(party, 0)
        yield Part(
            party=party, share=str(share), exact_minor=str(share * minor), amount_minor=part,
            amount=str(to_units(part, currency)), lead_fee_minor=fees.get(party, 0),
        )  # fmt: skip


def _require(party: str, members: list[str], at: str) -> None:
    """Refuse a payer without a line, where the document has it."""
    if party not in members:
        guess = nearest(party, members)
        hint = f"did you mean {guess!r}?" if guess else f"known: {', '.join(members)}"
        field = at.rpartition("/")[2]
        raise InvalidParameter([Fault(field, party, "must be a member with a line", hint, at)])


def _together(field: str, value: object) -> Iterator[Fault]:
    """A check: each member once, at most the whole in all, and something."""
    lines: tuple[LineInForce, ...] = tuple(value)  # type: ignore[arg-type]
    names = [one.member for one in lines]
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Fault(f"{field}[{position}].member", name, "must be unique", "add its lines")
    if len(lines) > MOST_MEMBERS:
        yield Fault(field, len(lines), f"must have 1 to {MOST_MEMBERS} members")
    total = sum((exact(one.share) for one in lines), Fraction(0))
    if total > 1:
        fix = "give written lines as a pool: they are signed down"
        yield Fault(field, str(total), "must sum to at most 1", fix)
    elif lines and not total:
        yield Fault(field, "0", "must sum to more than 0", "give each line as a share")
