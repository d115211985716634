"""Members and reinsurers of a pool as companies that may fail, as far as pool and programme say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.pool.insolvency.default_rates import default_rates
from techinsure.pool.insolvency.failures import Counterparty
from techinsure.pool.members import Member, Pool
from techinsure.pool.signing import Signed
from techinsure.quantities import FORBID
from techinsure.reinsurance.programme import Programme, Reinsurer

Party = Member | Reinsurer


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterparties:
    """The members with a line and the reinsurers of a programme; `flags` say who is taken to pay
    because nothing is said of its kind."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    members: tuple[Counterparty, ...]
    reinsurers: tuple[Counterparty, ...]
    flags: tuple[str, ...]


def counterparties(pool: Pool, signed: Signed, programme: Programme) -> Counterparties | None:
    """Who may fail, or None where neither a member nor a reinsurer has a rating or a probability.

    Where one of its kind has, every other must: nobody is sound by being left out. Where none has,
    that kind is taken to pay, and flagged. Faults point into a pool request.
    """
    members: list[tuple[str, Party]] = [
        (f"/pool/members/{place}", member)
        for place, member in enumerate(pool.members)
        if signed.of(member.name)
    ]
    reinsurers: list[tuple[str, Party]] = [
        (f"/programme/treaties/{place}/reinsurers/{inner}", reinsurer)
        for place, placed in enumerate(programme.treaties)
        for inner, reinsurer in enumerate(placed.reinsurers)
    ]
    known = {party.name for _, party in [*members, *reinsurers] if _is_said(party)}
    both = [*members, *reinsurers]  # a member that reinsures fails as both, said once
    faults = [*_unknown(both), *_unlike(both)]
    faults += [*_left_out(members, known), *_left_out(reinsurers, known)]
    if faults:
        raise InvalidParameter(faults)
    if not known:
        return None
    said = {party.name: party for _, party in both if _is_said(party)}
    flags = tuple(
        f"no {kind} has a rating or a default probability: all are taken to pay"
        for kind, parties in (("member", members), ("reinsurer", reinsurers))
        if parties and not any(party.name in known for _, party in parties)
    )
    return Counterparties(
        members=_companies(members, said), reinsurers=_companies(reinsurers, said), flags=flags
    )


def _is_said(party: Party) -> bool:
    return party.rating is not None or party.default_probability is not None


def _companies(
    parties: Sequence[tuple[str, Party]], said: Mapping[str, Party]
) -> tuple[Counterparty, ...]:
    """Each name once; a probability of its own counts before a rating."""
    found = {}
    for name in dict.fromkeys(party.name for _, party in parties):
        party = said.get(name)
        if party is None:
            found[name] = Counterparty(name=name, probability=0.0)
        elif party.default_probability is not None:
            found[name] = Counterparty(
                name=name, probability=party.default_probability, recovery=party.recovery
            )
        else:
            found[name] = Counterparty(name=name, rating=party.rating, recovery=party.recovery)
    return tuple(found.values())


def _left_out(parties: Sequence[tuple[str, Party]], known: set[str]) -> Iterator[Fault]:
    """Who is not said to be of any soundness beside others of its kind that are."""
    if not any(party.name in known for _, party in parties):
        return
    for pointer, party in parties:
        if party.name not in known:
            bound = f"must be given for {party.name!r} too, or a default_probability"
            fix = "others of its kind have one; 0 for one that cannot fail"
            yield Fault("rating", None, bound, fix, f"{pointer}/rating")


def _unknown(parties: Sequence[tuple[str, Party]]) -> Iterator[Fault]:
    """A rating that counts and is not in the table; a recovery of one that cannot fail."""
    for pointer, party in parties:
        if party.recovery is not None and not _is_said(party):
            bound = "must stand beside a rating or a default_probability"
            fix = "say how likely the company is to fail"
            yield Fault("recovery", party.recovery, bound, fix, f"{pointer}/recovery")
        if party.rating is None or party.default_probability is not None:
            continue
        try:
            default_rates().rating.of(party.rating)
        except NotFound:
            bound = f"must be one of {', '.join(default_rates().rating.probability)}"
            fix = "take the nearest, or give a default_probability"
            yield Fault("rating", party.rating, bound, fix, f"{pointer}/rating")


def _unlike(parties: Sequence[tuple[str, Party]]) -> Iterator[Fault]:
    """A company of which two things are said."""
    first: dict[str, tuple[object, ...]] = {}
    for pointer, party in parties:
        if not _is_said(party):
            continue
        says = (party.rating, party.default_probability, party.recovery)
        if first.setdefault(party.name, says) != says:
            bound = f"must be the same wherever {party.name!r} is named"
            yield Fault("rating", party.rating, bound, "say it once", f"{pointer}/rating")
