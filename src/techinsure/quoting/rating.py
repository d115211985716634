"""A price request rated: its exposure as a portfolio, and which factors and terms were applied."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from techinsure.columns import did_you_mean
from techinsure.errors import Fault, InvalidParameter
from techinsure.models import EXPOSURE_OF, Exposure
from techinsure.portfolio import LEVEL_LABELS, Portfolio
from techinsure.product import UNKNOWN, Product
from techinsure.quantities import nearest
from techinsure.quotes import AppliedFactor, PriceRequest
from techinsure.reading import MOST_FAULTS, pointer, read
from techinsure.schedule import Schedule, schedule, with_levels
from techinsure.standard_levels import level_faults


def rate(product: Product, request: PriceRequest) -> Schedule:
    """The request's exposure, rated and covered.

    Raises `InvalidParameter` with every fault of exposure, factors and terms, each pointing into
    the request.
    """
    faults = [*_unusable_names(product, request)]
    try:
        columns = _exposure_columns(product, request)
    except InvalidParameter as error:
        faults += error.faults
        # factors and terms can be judged without the exposure that could not be read
        columns = {"risk_class": [next(iter(product.model.classes))], "sum_insured": [1.0]}
    n = len(columns["sum_insured"])
    columns |= {
        name: [value] * n
        for name, value in request.terms.items()
        if (name == "form" and value in product.forms)
        or (name in product.terms and not isinstance(value, str))
    }
    insured = {"stage": request.insured.stage, **request.insured.factors}
    for name in insured.keys() & product.factors.keys():
        own = columns.get(name, [""] * n)
        columns[name] = [given or insured[name] for given in own]
    try:
        rated = schedule(product, columns, levels=())
    except InvalidParameter as error:
        raise InvalidParameter([*faults, *_at(error.faults, product, request)]) from None
    faults += _level_faults(product, request, rated.portfolio)
    if faults:
        raise InvalidParameter(faults)
    return with_levels(rated, product.levels if request.levels is None else request.levels)


def _exposure_columns(product: Product, request: PriceRequest) -> dict[str, list[object]]:
    kind = EXPOSURE_OF[product.model.kind]
    exposure: Exposure = read(kind, request.exposure, "/exposure")
    inner = LISTS.get(product.model.kind, "")
    faults = [
        fault
        for row, entry in enumerate(getattr(exposure, inner, ()))
        for fault in _unknown(
            "rating factor",
            entry.factors,
            product.factors,
            pointer("exposure", inner, row, "factors"),
        )
    ]
    if faults:  # such a name would stand for a column of the schedule
        raise InvalidParameter(faults)
    columns = dict(exposure.columns())
    n = len(columns["sum_insured"])
    return {
        **columns,
        "id": [f"risk/{row + 1}" for row in range(n)],
        "policy": ["policy"] * n,
    }


def _level_faults(product: Product, request: PriceRequest, risk: Portfolio) -> Iterator[Fault]:
    """What is wrong with the levels that the request gives for its risk."""
    groups = {name: risk.label(name).names for name in LEVEL_LABELS}
    inception = float(risk.inception.max())
    yield from level_faults(request.levels or (), product.model.causes, groups, inception)


def _unusable_names(product: Product, request: PriceRequest) -> Iterator[Fault]:
    factors, terms = request.insured.factors, request.terms
    yield from _unknown("rating factor", factors, product.factors, "/insured/factors")
    yield from _unknown("term", terms, ["form", *product.terms], "/terms")
    if "stage" in factors:
        at = pointer("insured", "factors", "stage")
        yield Fault("stage", factors["stage"], "is no entry of factors", "write insured.stage", at)
    form = terms.get("form", product.default_form)
    if form not in product.forms:
        bound, fix = f"must be one of {', '.join(product.forms)}", nearest(str(form), product.forms)
        hint = f"did you mean {fix!r}?" if fix else ""
        yield Fault("form", form, bound, hint, pointer("terms", "form"))
    for name, value in terms.items():
        if name in product.terms and isinstance(value, str):
            fix = "write it without quotes"
            yield Fault(name, value, "must be a number", fix, pointer("terms", name))


def _unknown(what: str, given: Iterable[str], known: Collection[str], at: str) -> Iterator[Fault]:
    unknown = (name for name in given if name not in known)
    for name in islice(unknown, MOST_FAULTS):
        fix = did_you_mean(name, [*known])
        yield Fault(name, name, f"is not a {what} of this product", fix, at + pointer(name))


def _at(faults: tuple[Fault, ...], product: Product, request: PriceRequest) -> Iterator[Fault]:
    """Schedule faults name `column[row]`; here they get the pointer into the request, once."""
    seen = set()
    for fault in faults:
        name, row = fault.cell()
        place = _place(name, row or 0, product, request)
        if place not in seen:
            seen.add(place)
            yield fault._replace(field=name, pointer=place)


LISTS = {"equipment": "items", "dispute": "groups"}
"""The list of an exposure whose entries are the rows of its schedule, by kind of model."""

ENTRIES = {
    "equipment": {"sum_insured": "value", "units": "units", "supply_exposed": "supply_exposed"},
    "dispute": {
        "sum_insured": "sum_insured",
        "loss_sum_insured": "loss_sum_insured",
        "units": "patents",
        "family": "family",
        "risk_class": "risk_class",
    },
}
"""Columns that come from those entries, and under which name."""


SUMS = {"compound": "price"}
"""The field of an exposure that is the sum insured, where it is neither budget nor own funds."""


def _place(name: str, row: int, product: Product, request: PriceRequest) -> str:
    """Where in the request the value of column `name` came from: the most special place first."""
    kind = product.model.kind
    inner = LISTS.get(kind, "")
    if name in _own_factors(request.exposure.get(inner), row):
        return pointer("exposure", inner, row, "factors", name)
    if name in request.insured.factors:
        return pointer("insured", "factors", name)
    if name in request.terms:
        return pointer("terms", name)
    if name == "stage":
        return pointer("insured", "stage")
    if name in ENTRIES.get(kind, {}):
        return pointer("exposure", inner, row, ENTRIES[kind][name])
    if name != "sum_insured":
        return pointer("exposure", name)
    own = "own_funds" if request.exposure.get("own_funds") is not None else "budget"
    return pointer("exposure", SUMS.get(kind, own))


def _own_factors(listed: object, row: int) -> Mapping[str, object]:
    """The factors that entry `row` gives for itself, of a list not yet known to be one."""
    entry = listed[row] if isinstance(listed, Sequence) and row < len(listed) else {}
    factors = entry.get("factors") if isinstance(entry, Mapping) else {}
    return factors if isinstance(factors, Mapping) else {}


CLIP = {"en": "Clip of combined relativities", "zh": "综合系数封顶"}


def applied(product: Product, rated: Schedule) -> Iterator[AppliedFactor]:
    """Each factor, level and target once, with the number of items it applies to; then clips."""
    for name, factor in product.factors.items():
        for level_name in dict.fromkeys(rated.levels[name]):
            level = factor.levels[level_name]
            for target, relativity in level.on.items():
                yield AppliedFactor(
                    name=name, title=factor.title, level=level_name, target=target,
                    relativity=relativity, error=level.error, grade=level.grade,
                    source=level.source, assumed=level_name == UNKNOWN,
                    items=rated.levels[name].count(level_name),
                )  # fmt: skip
    low, high = product.factor_clip
    for target, raw in rated.raw.items():
        outside = raw[(raw < low) | (raw > high)]
        for value in dict.fromkeys(outside.tolist()):
            clipped = min(max(value, low), high)
            yield AppliedFactor(
                name="clip", title=CLIP, level=f"{value:.4g} to {clipped:g}", target=target,
                relativity=clipped / value, error=0.0, grade="D",
                source=f"combined relativities are held within [{low:g}, {high:g}]",
                assumed=False, items=int((raw == value).sum()),
            )  # fmt: skip


def applied_terms(
    product: Product, request: PriceRequest, risk_class: str
) -> dict[str, str | float]:
    """The terms as applied: asked for, or the form's, the class's or the product's default."""
    form = str(request.terms.get("form", product.default_form))
    applied: dict[str, str | float] = {"form": form}
    for name, term in product.terms.items():
        usual = product.forms[form].terms.get(name, term.by_class.get(risk_class, term.default))
        value = request.terms.get(name, usual)
        if value is not None:
            applied[name] = value
    return applied


def class_of(product: Product, risk: Portfolio) -> str:
    """The class whose reference portfolio and priors a risk uses: that of its first item."""
    return risk.risk_class[0].removeprefix(f"{product.code}/")
