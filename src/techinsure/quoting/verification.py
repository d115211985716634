"""Recompute a stored quote and name everything in it that does not come out again."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped
from techinsure.errors import Fault, InvalidParameter
from techinsure.money import to_minor
from techinsure.pricing.waterfall import MARGIN, PURE, SPARSE_DATA
from techinsure.quantities import FORBID
from techinsure.quotes import Premium, PriceRequest, Quote
from techinsure.quoting.margin import ReferenceLosses
from techinsure.quoting.priced import leaf_digest, leaves, price
from techinsure.reading import read
from techinsure.receipt import environment, plain

Rule = Literal["bit for bit", "within 4 standard errors"]

Z_ALLOWED = 4.0
RELATIVE_ALLOWED = 1e-9
"""Allowed relative difference of exact figures between environments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The outcome: the `rule` used and why, and one line for everything that differs."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rule: Rule
    why: str
    figures: int
    differences: tuple[str, ...]

    @property
    def reproduced(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def verify(
    document: Mapping[str, Any],
    catalogue: Catalogue | None = None,
    reference: ReferenceLosses | None = None,
) -> Verification:
    """Recompute the quote in `document` (as `Quote.to_dict` or the service wrote it).

    Bit for bit when engine, numpy, scipy, pydantic, Python and CPU features are those of the
    receipt; otherwise figures must agree within 4 standard errors, exact ones to 1e-9. Every
    leaf of the document is compared: figures, priors, factors, seed. A request that was changed
    after pricing is found by its digests and named leaf by leaf.
    """
    whole = _whole(document)
    rule, why = _rule(whole["receipt"])
    changed = list(_changed_request(whole))
    if changed:
        return Verification(rule=rule, why=why, figures=0, differences=tuple(changed))
    request = read(PriceRequest, whole["request"], "/request")
    try:
        again = plain(price(request, catalogue or shipped(), reference))
        if request.discount is None and "over_time" not in whole:
            again.pop("over_time", None)  # quotes of before did not say it
    except InvalidParameter as error:
        inside = (f._replace(pointer=f"/request{f.pointer}") for f in error.faults)
        raise InvalidParameter(inside) from None
    stored, fresh = dict(leaves(whole)), dict(leaves(again))
    differences = list(_compare(stored, fresh, rule))
    if not differences:
        differences = list(_broken_sums(stored))
    return Verification(rule=rule, why=why, figures=len(fresh), differences=tuple(differences))


def broken(quote: Quote) -> Iterator[str]:
    """What shows without a simulation that a quote is not as it was priced: leaves of its request
    that the receipt has other digests of, and sums that do not hold, to the minor unit."""
    whole = dict(plain(quote))
    yield from _changed_request(whole)
    if quote.product != quote.request.product:
        yield f"/product is {quote.product!r}, its request is for {quote.request.product!r}"
    yield from _broken_sums(dict(leaves(whole)))
    yield from _broken_premium(quote.premium)
    yield from _broken_minor(quote)


def _broken_premium(premium: Premium) -> Iterator[str]:
    """Figures of a premium that are not those of its lines."""
    amounts = {step.name: step.amount.value for step in premium.waterfall.steps}
    told = {
        "waterfall/charged": (premium.waterfall.charged, [premium.charged.value]),
        "pure": (premium.pure, [amounts[name] for name in PURE]),
        "risk_margin": (premium.risk_margin, [amounts[name] for name in MARGIN]),
        "sparse_data": (premium.sparse_data, [amounts[name] for name in SPARSE_DATA]),
        **{
            f"loadings/{name}": (amount, [amounts.get(name, math.nan)])
            for name, amount in premium.loadings.items()
        },
    }
    charged, pure = premium.charged.value, premium.pure.value
    if charged > 0:
        told["loss_ratio"] = (premium.loss_ratio, [pure / charged])
    for name, (figure, parts) in told.items():
        spare = RELATIVE_ALLOWED * max(map(abs, parts))
        if not math.isclose(figure.value, sum(parts), rel_tol=RELATIVE_ALLOWED, abs_tol=spare):
            yield f"/premium/{name}/value is {figure.value!r}, its lines make it {sum(parts)!r}"


def _broken_minor(quote: Quote) -> Iterator[str]:
    """Amounts to be paid, in minor units, that are not those of the premium."""
    due, unit, years = quote.payable, quote.currency, quote.payable.years
    for name, owed, amount in (
        ("premium", due.premium, quote.premium.charged.value),
        ("vat", due.vat, quote.premium.vat.value),
    ):
        wanted = to_minor(amount, unit)
        if owed.amount_minor != wanted:
            at, is_ = f"/payable/{name}/amount_minor", owed.amount_minor
            yield f"{at} is {is_}, rounded from /premium it is {wanted}"
    for name, parts in (
        ("state, others, insured", (due.state, due.others, due.insured)),
        ("years", tuple(year.premium for year in years)),
    ):
        summed = sum(part.amount_minor for part in parts)
        if summed != due.premium.amount_minor:
            yield f"/payable: {name} sum to {summed}, the premium is {due.premium.amount_minor}"


def _broken_sums(stored: Mapping[str, object]) -> Iterator[str]:
    """Sums that hold in every quote, so also where figures may differ by their errors."""
    steps = [
        value
        for path, value in stored.items()
        if path.startswith("/premium/waterfall/steps/") and path.endswith("/amount/value")
    ]
    charged, rate = stored.get("/premium/charged/value"), stored.get("/rate/value")
    insured = stored.get("/sum_insured")
    numbers = [
        value for value in (*steps, charged, rate, insured) if isinstance(value, int | float)
    ]
    if len(numbers) < len(steps) + 3:
        return
    *lines, charged_, rate_, insured_ = (float(value) for value in numbers)
    if not math.isclose(sum(lines), charged_, rel_tol=RELATIVE_ALLOWED):
        yield f"/premium/charged/value is {charged_!r}, its lines sum to {sum(lines)!r}"
    if not math.isclose(rate_ * insured_, charged_, rel_tol=RELATIVE_ALLOWED):
        yield f"/rate/value is {rate_!r}, charged / sum insured is {charged_ / insured_!r}"


def _whole(document: object) -> dict[str, Any]:
    """The document as JSON holds it; refused if a part that is needed is no object."""
    try:
        whole = plain(document)
    except RecursionError:
        raise InvalidParameter([Fault("body", "...", "must not be nested so deeply")]) from None
    for path in ("", "/request", "/receipt", "/receipt/environment", "/receipt/digests"):
        part = whole
        for name in path.split("/")[1:]:
            part = part.get(name)
        if not isinstance(part, dict):
            fix, field = (
                "give the whole quote as price() wrote it",
                path.rpartition("/")[2] or "body",
            )
            bound = "must be an object with named fields"
            raise InvalidParameter([Fault(field, part, bound, fix, path)])
    return dict(whole)


def _rule(receipt: Mapping[str, Any]) -> tuple[Rule, str]:
    here, there = plain(environment()), receipt["environment"]
    other = [name for name, value in here.items() if there.get(name) != value]
    if not other:
        return "bit for bit", "same engine, libraries and CPU features as on the receipt"
    return "within 4 standard errors", f"the receipt has another {', '.join(other)}"


def _changed_request(document: Mapping[str, Any]) -> Iterator[str]:
    """Leaves of the request that are not what the receipt took a digest of."""
    digests = {
        name.removeprefix("request"): value
        for name, value in document["receipt"]["digests"].items()
        if name.startswith("request")
    }
    found = dict(leaves(document["request"]))
    for path, value in found.items():
        if path not in digests:
            yield f"/request{path} is not on the receipt: added after pricing"
        elif leaf_digest(value) != digests[path]:
            yield f"/request{path} is {value!r}: changed after pricing, or its digest was"
    for path in sorted(digests.keys() - found.keys()):
        yield f"/request{path} is on the receipt but not in the request: removed after pricing"


def _compare(
    stored: Mapping[str, object], fresh: Mapping[str, object], rule: Rule
) -> Iterator[str]:
    for path, value in fresh.items():
        if path not in stored:
            yield f"{path} is missing, recomputed {value!r}"
        elif rule == "bit for bit" and not _same(stored[path], value):
            yield f"{path} is {stored[path]!r}, recomputed {value!r}"
        elif (
            rule != "bit for bit"
            and not path.startswith("/receipt/environment")
            and not _close(path, stored, fresh)
        ):
            yield f"{path} is {stored[path]!r}, recomputed {value!r}"
    for path in sorted(stored.keys() - fresh.keys()):
        yield f"{path} is {stored[path]!r}, not part of a recomputed quote"


def _same(theirs: object, ours: object) -> bool:
    """Equal, and true is not 1."""
    return theirs == ours and isinstance(theirs, bool) == isinstance(ours, bool)


def _close(path: str, stored: Mapping[str, object], fresh: Mapping[str, object]) -> bool:
    ours, theirs = fresh[path], stored[path]
    if (
        not isinstance(ours, float)
        or isinstance(theirs, bool)
        or not isinstance(theirs, int | float)
    ):
        return _same(theirs, ours)
    if math.isclose(ours, theirs, rel_tol=RELATIVE_ALLOWED, abs_tol=1e-12):
        return True
    whole, _, last = path.rpartition("/")
    if last == "z_score":
        return abs(theirs) <= Z_ALLOWED
    if last == "standard_error":  # an error is itself estimated: to a third is agreement
        return math.isclose(ours, theirs, rel_tol=1 / 3)
    error = fresh.get(f"{whole}/standard_error")
    return isinstance(error, float) and abs(ours - theirs) <= Z_ALLOWED * math.sqrt(2) * error
