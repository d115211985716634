"""Names of parties that are no insurers: nobody else may bear them.

A book knows a party by its name alone: a member of such a name would be paid what is the
policyholder's.
"""

from collections.abc import Iterator

from techinsure.errors import Fault
from techinsure.quantities import text

UNPLACED = "unplaced"
"""The party that carries the part of the order for which no member signed."""

OUTSIDE = "outside the order"
"""The party that carries what the order leaves to other contracts."""

POLICYHOLDER, POLICYHOLDERS = "policyholder", "policyholders"
INTERMEDIARY, LIABLE = "intermediary", "third party"
"""Who gets a commission, who is liable for a loss."""

TAX_AUTHORITY = "tax authority"
"""The party to which each insurer owes the tax on its own part."""

FUND, STATE = "guarantee fund", "state"
"""The fund of the contract, and who refills it where members do not."""

OUTSIDE_PARTIES = (
    UNPLACED, OUTSIDE, POLICYHOLDER, POLICYHOLDERS, INTERMEDIARY, LIABLE, TAX_AUTHORITY, FUND,
    STATE,
)  # fmt: skip


def insurer(field: str, value: object) -> Iterator[Fault]:
    """A check: the name of an insurer or reinsurer, which is none of `OUTSIDE_PARTIES`, whatever
    its capitals and the spaces around it."""
    faults = list(text()(field, value))
    yield from faults
    if not faults and str(value).strip().casefold() in OUTSIDE_PARTIES:
        yield Fault(field, value, "must not be the name of a party outside the pool", "rename it")
