"""`renewal(request) -> RenewalReport`: the next premium, with own experience, between limits.

The risk is priced twice in the same years, from the product's evidence alone and with own data;
commercial limits come last and say who set them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped
from techinsure.errors import Fault, InvalidParameter
from techinsure.pricing.over_time.renewal import ChangeLimits, Renewal, renew
from techinsure.quantities import FORBID, Estimate, Real, between, refuse_unless
from techinsure.quotes import PriceRequest, Quote
from techinsure.quoting.priced import price
from techinsure.reading import read
from techinsure.receipt import plain

Pricer = Callable[[PriceRequest, Catalogue], Quote]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalRequest:
    """The `risk` of the renewal with its own `experience`; the `expiring` premium, currency units;
    by how much the offer may move from it; `exposure_ratio`: the renewal's exposure over the
    expiring one's."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    risk: PriceRequest
    expiring: Real
    limits: ChangeLimits
    exposure_ratio: Real = 1.0

    def __post_init__(self) -> None:
        refuse_unless(self, expiring=between(0.01, 1e15), exposure_ratio=between(1e-6, 1e6))
        faults = []
        if self.risk.experience is None:
            fix, bound = "give own data, or price the risk as a new one", "must be given"
            faults.append(Fault("experience", None, bound, fix, "/risk/experience"))
        if self.risk.tolerance is not None:
            fix, bound = "leave it out and give simulation.n_years", "must be absent"
            faults.append(Fault("tolerance", "...", bound, fix, "/risk/tolerance"))
        if faults:
            raise InvalidParameter(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalReport:
    """The `renewal` line by line, its `change` against the expiring premium of the same exposure,
    and how far the offer lies `below_technical`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    product: str
    product_version: str
    insured: str
    currency: str
    n_years: int
    renewal: Renewal
    change: float
    below_technical: Estimate

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return dict(plain(self))


def renewal(
    request: RenewalRequest | Mapping[str, Any],
    catalogue: Catalogue | None = None,
    pricer: Pricer = price,
) -> RenewalReport:
    """The renewal premium of a risk with own experience. `pricer`: what prices a risk. Raises
    `InvalidParameter` with pointers into the request."""
    asked = request if isinstance(request, RenewalRequest) else read(RenewalRequest, request)
    catalogue = catalogue or shipped()
    risk = replace(asked.risk, drivers=False, options=(), subsidy=None)
    try:
        known = pricer(risk, catalogue)
        alone = pricer(replace(risk, experience=None), catalogue)
    except InvalidParameter as error:
        moved = [fault._replace(pointer=f"/risk{fault.pointer}") for fault in error.faults]
        raise InvalidParameter(moved) from None
    found = renew(
        asked.expiring, alone.premium.charged, known.premium.charged, asked.limits,
        exposure_ratio=asked.exposure_ratio,
    )  # fmt: skip
    return RenewalReport(
        product=known.product, product_version=known.product_version, insured=known.insured,
        currency=known.currency, n_years=risk.simulation.n_years, renewal=found,
        change=found.change, below_technical=found.below_technical,
    )  # fmt: skip
