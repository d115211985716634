"""Who is insured for what: the items that the rows of a year loss table point at.

All columns are read-only and of length `n_items`. A portfolio is plain data: it holds no model,
no treaty and no product. An item may stand for `units` identical insured objects (45 equal
instruments of one laboratory, 8 patents of one family).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, Refused
from techinsure.level_terms import EVERY, Level, joined
from techinsure.quantities import FORBID, Flags, Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

NOWHERE = -1
"""The code of an item to which a label does not apply (a patent has no site)."""


def frozen(values: object, kind: type | str) -> NDArray[Any]:
    """`values` as a read-only array of `kind`, copied."""
    array = np.array(values, dtype=kind)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labels:
    """A text column as `codes` (n_items,) int32 into `names`; `NOWHERE` = does not apply."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    codes: Ints
    names: tuple[str, ...]

    @staticmethod
    def of(values: Iterable[str | None]) -> "Labels":
        """Labels of texts, names in order of first appearance; None and "" mean no label."""
        names: dict[str, int] = {}
        codes = [names.setdefault(v, len(names)) if v else NOWHERE for v in values]
        return Labels(codes=frozen(codes, np.int32), names=tuple(names))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, item: int) -> str:
        code = self.codes[item]
        return "" if code == NOWHERE else self.names[code]

    def texts(self) -> list[str]:
        """One text an item, "" where none."""
        return [self[item] for item in range(len(self))]

    def code(self, name: str) -> int:
        """The code of `name`, or -2 when no item has it (so it equals no code)."""
        return self.names.index(name) if name in self.names else -2

    def take(self, items: Ints) -> "Labels":
        """The labels of some items, names kept."""
        return Labels(codes=frozen(self.codes[items], np.int32), names=self.names)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolicyTerms:
    """Policy terms as columns (n_terms,); amounts in currency units.

    For a loss x of one unit: payment = (1 - insured_share)
    * min(max(min(x, sum_insured) - max(deductible_rate * min(x, sum_insured),
    deductible_amount), 0), limit). Then, in order of time within the cohort, all payments of
    one `aggregate` code together are capped at `aggregate_limit`. No loss dated before
    `waiting` (years since the cohort's start) is paid. `inf` = no such limit. `levels`, lowest
    first, apply between the two: terms of whole sites or policies (see `cover_levels`).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    sum_insured: Floats
    deductible_amount: Floats
    deductible_rate: Floats
    limit: Floats
    insured_share: Floats
    aggregate: Ints
    aggregate_limit: Floats
    waiting: Floats
    levels: tuple[Level, ...] = ()

    def __post_init__(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in TERM_COLUMNS}
        faults = [
            Fault(name, length, f"must have {lengths['sum_insured']} entries, one a set of terms")
            for name, length in lengths.items()
            if length != lengths["sum_insured"]
        ]
        for name in ("sum_insured", "deductible_amount", "limit", "aggregate_limit", "waiting"):
            faults += _column_faults(name, getattr(self, name), 0.0, np.inf)
        for name in ("deductible_rate", "insured_share"):
            faults += _column_faults(name, getattr(self, name), 0.0, 1.0)
        if not faults and ((self.aggregate < 0) & np.isfinite(self.aggregate_limit)).any():
            fix = "say whose payments together the limit caps"
            faults.append(Fault("aggregate", NOWHERE, "must be >= 0 where there is a limit", fix))
        if faults:
            raise InvalidParameter(faults)
        for name in TERM_COLUMNS:
            getattr(self, name).flags.writeable = False

    def __len__(self) -> int:
        return len(self.sum_insured)


TERM_COLUMNS = tuple(f.name for f in fields(PolicyTerms) if f.name != "levels")
"""The columns of policy terms, one entry a set of terms."""

LEVEL_LABELS = ("item", "policy", "risk_unit", "site", "family")
"""What terms of a level may be by: what belongs to one policyholder."""

LABELS = ("product", "risk_class", "policy", "risk_unit", "site", "park", "family", "route",
          "sector", "cell")  # fmt: skip
"""The text columns of a portfolio."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Portfolio:
    """Items as columns, in one `currency`.

    `risk_unit` is what one occurrence can destroy: the project, the site, the patent family.
    `risk_class` is product and class, such as `rd_loss/chip`: items of one class share posterior
    draws. `inputs` are what loss models read (names and units in their pages); `factors` the
    rating-factor levels. `terms_of` (n_items, n_causes) int32 says which row of `terms` holds for
    an item and a cause; `NOWHERE` = this cause is not covered. `term` and `inception` in years,
    `sum_insured` in currency units, of all covers and all `units` together.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    currency: str
    ids: tuple[str, ...]
    product: Labels
    risk_class: Labels
    policy: Labels
    risk_unit: Labels
    site: Labels
    park: Labels
    family: Labels
    route: Labels
    sector: Labels
    cell: Labels
    sum_insured: Floats
    units: Ints
    inception: Floats
    term: Floats
    supply_exposed: Flags
    causes: tuple[str, ...]
    terms: PolicyTerms
    terms_of: Ints
    inputs: Mapping[str, Floats] = field(default_factory=dict)
    factors: Mapping[str, Labels] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n, faults = len(self.ids), list[Fault]()
        columns: dict[str, object] = {name: getattr(self, name) for name in LABELS}
        columns |= {name: getattr(self, name) for name in _NUMBERS}
        columns |= {f"inputs.{name}": values for name, values in self.inputs.items()}
        columns |= {f"factors.{name}": values for name, values in self.factors.items()}
        columns["terms_of"] = self.terms_of
        for name, column in columns.items():
            if len(column) != n:  # type: ignore[arg-type]
                faults.append(Fault(name, len(column), f"must have {n} entries, one an item"))  # type: ignore[arg-type]
        repeated = n - len(set(self.ids))
        if repeated:
            twice = Counter(self.ids).most_common(1)[0][0]
            faults.append(Fault("ids", twice, f"must be unique, {repeated} are repeated"))
        faults += _column_faults("sum_insured", self.sum_insured, 0.0, np.finfo(float).max)
        faults += _column_faults("units", self.units, 1, 2**31)
        faults += _column_faults("term", self.term, 1e-9, 100.0)
        if self.terms_of.shape != (n, len(self.causes)):
            shape = self.terms_of.shape
            faults.append(Fault("terms_of", shape, f"must have shape ({n}, {len(self.causes)})"))
        elif self.terms_of.size and self.terms_of.max() >= len(self.terms):
            faults.append(Fault("terms_of", int(self.terms_of.max()), "must index `terms`"))
        faults += _level_faults(self)
        if faults:
            raise InvalidParameter(faults)
        for array in (*(getattr(self, name) for name in _NUMBERS), *self.inputs.values()):
            array.flags.writeable = False
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))
        object.__setattr__(self, "factors", MappingProxyType(dict(self.factors)))

    @property
    def n_items(self) -> int:
        """How many items (an item may stand for several units)."""
        return len(self.ids)

    @property
    def horizon(self) -> float:
        """Years from the cohort's start to the end of the last term."""
        return float((self.inception + self.term).max(initial=1.0))

    def of_class(self, name: str) -> Ints:
        """(n,) int32: the items of one risk class."""
        return np.nonzero(self.risk_class.codes == self.risk_class.code(name))[0].astype(np.int32)

    def digest(self) -> str:
        """SHA-256 over all columns, texts as texts: 64 hexadecimal characters."""
        total = hashlib.sha256(repr((self.currency, self.ids, self.causes)).encode())
        labels = {name: getattr(self, name) for name in LABELS}
        labels |= {f"factors.{name}": column for name, column in sorted(self.factors.items())}
        for name, column in labels.items():
            total.update(repr((name, column.texts())).encode())
        numbers = {name: getattr(self, name) for name in (*_NUMBERS, "terms_of")}
        numbers |= {f"inputs.{name}": values for name, values in sorted(self.inputs.items())}
        numbers |= {f"terms.{name}": getattr(self.terms, name) for name in TERM_COLUMNS}
        for name, values in numbers.items():
            total.update(repr((name, values.shape)).encode())
            total.update(np.ascontiguousarray(values, dtype=np.float64).tobytes())
        for level in self.terms.levels:
            terms = sorted(level.terms.items())
            said = (level.name, level.by, level.per, level.causes, level.give_back, terms)
            total.update(repr(said).encode())
        return total.hexdigest()

    def label(self, name: str) -> Labels:
        """A text column; `item` is the items themselves."""
        if name != "item":
            labels: Labels = getattr(self, name)
            return labels
        return Labels(codes=frozen(range(self.n_items), np.int32), names=self.ids)

    def to_frame(self) -> "pd.DataFrame":
        """One row an item, texts as texts."""
        import pandas as pd

        data: dict[str, object] = {"id": self.ids}
        data |= {name: getattr(self, name).texts() for name in LABELS}
        data |= {name: getattr(self, name) for name in _NUMBERS}
        data |= dict(self.inputs)
        data |= {name: labels.texts() for name, labels in self.factors.items()}
        return pd.DataFrame(data)


def _level_faults(portfolio: Portfolio) -> list[Fault]:
    """Labels, names and causes of levels that the portfolio does not have: their terms would be
    lost."""
    faults = []
    for level in portfolio.terms.levels:
        at = f"terms.levels.{level.name}"
        if level.by not in LEVEL_LABELS:
            faults.append(Fault(f"{at}.by", level.by, f"must be one of {', '.join(LEVEL_LABELS)}"))
            continue
        known = {EVERY, *portfolio.label(level.by).names}
        unknown = [name for name in level.terms if name not in known]
        faults += [Fault(f"{at}.terms", n, f"must name a {level.by} of an item") for n in unknown]
        causes = [cause for cause in level.causes if cause not in portfolio.causes]
        faults += [Fault(f"{at}.causes", c, "must be causes of the portfolio") for c in causes]
    return faults


_NUMBERS = ("sum_insured", "units", "inception", "term", "supply_exposed")


def _column_faults(name: str, values: NDArray[Any], low: float, high: float) -> list[Fault]:
    """One fault a column: the first entry outside [low, high] and how many there are."""
    wrong = ~((values >= low) & (values <= high))
    if not wrong.any():
        return []
    first = int(np.argmax(wrong))
    bound = f"must be in [{low:g}, {high:g}] in every entry, {int(wrong.sum())} are not"
    return [Fault(f"{name}[{first}]", values[first].item(), bound)]


def concat(portfolios: Sequence[Portfolio]) -> Portfolio:
    """All items of several portfolios, in order; currencies must agree, ids must differ."""
    if len(portfolios) == 1:
        return portfolios[0]
    currencies = sorted({p.currency for p in portfolios})
    if len(currencies) != 1:
        fix = "convert by a dated rate before joining"
        raise InvalidParameter([Fault("currency", currencies, "must be one currency", fix)])
    causes = tuple(dict.fromkeys(cause for p in portfolios for cause in p.causes))
    inputs = dict.fromkeys(name for p in portfolios for name in p.inputs)
    factors = dict.fromkeys(name for p in portfolios for name in p.factors)
    columns: dict[str, Any] = {
        name: Labels.of(t for p in portfolios for t in getattr(p, name).texts()) for name in LABELS
    }
    columns |= {name: np.concatenate([getattr(p, name) for p in portfolios]) for name in _NUMBERS}
    return Portfolio(
        currency=currencies[0],
        ids=tuple(i for p in portfolios for i in p.ids),
        causes=causes,
        terms=_joined_terms(portfolios),
        terms_of=_joined_terms_of(portfolios, causes),
        inputs={
            name: np.concatenate(
                [p.inputs.get(name, np.full(p.n_items, np.nan)) for p in portfolios]
            )
            for name in inputs
        },
        factors={
            name: Labels.of(
                text
                for p in portfolios
                for text in (p.factors[name].texts() if name in p.factors else [""] * p.n_items)
            )
            for name in factors
        },
        **columns,
    )


def copies(portfolio: Portfolio, n: int) -> Portfolio:
    """`n` independent copies of every item: ids, policies, sites, families and risk units are
    told apart by a suffix, while class, route, sector and park stay shared. Copy k is the items
    [k * n_items, (k + 1) * n_items)."""
    return concat([_copy(portfolio, f"#{number}") for number in range(n)])


def _copy(portfolio: Portfolio, suffix: str) -> Portfolio:
    own = ("policy", "risk_unit", "site", "family")
    labels: dict[str, Any] = {
        name: Labels(codes=column.codes, names=tuple(text + suffix for text in column.names))
        for name, column in ((name, getattr(portfolio, name)) for name in own)
    }
    terms = portfolio.terms
    if terms.levels:
        terms = replace(terms, levels=tuple(level.renamed(suffix) for level in terms.levels))
    ids = tuple(i + suffix for i in portfolio.ids)
    return replace(portfolio, ids=ids, terms=terms, **labels)


def _joined_terms(portfolios: Sequence[Portfolio]) -> PolicyTerms:
    """Aggregates of different portfolios stay apart: their codes are shifted."""
    parts_of: dict[str, list[NDArray[Any]]] = {name: [] for name in TERM_COLUMNS}
    shift = 0
    for p in portfolios:
        for name, parts in parts_of.items():
            column = getattr(p.terms, name)
            parts.append(np.where(column >= 0, column + shift, column)
                         if name == "aggregate" else column)  # fmt: skip
        shift += int(p.terms.aggregate.max(initial=-1)) + 1
    columns = {name: np.concatenate(parts) for name, parts in parts_of.items()}
    return PolicyTerms(**columns, levels=_joined_levels(portfolios))


def _joined_levels(portfolios: Sequence[Portfolio]) -> tuple[Level, ...]:
    """Each portfolio's levels on its own groups: levels alike but for their terms become one."""
    held = [p for p in portfolios if p.terms.levels]
    for label in sorted({level.by for p in held for level in p.terms.levels}):
        shared = Counter(name for p in portfolios for name in p.label(label).names)
        twice = [name for name, n in shared.items() if n > 1]
        if twice:
            raise Refused(
                f"{label} {twice[0]!r} is in several portfolios and has terms as a level: whose"
                " terms would hold for all its items is not defined (give it one name a portfolio)"
            )
    return joined([[level.of(p.label(level.by).names) for level in p.terms.levels] for p in held])


def _joined_terms_of(portfolios: Sequence[Portfolio], causes: tuple[str, ...]) -> Ints:
    blocks, shift = [], 0
    for p in portfolios:
        block = np.full((p.n_items, len(causes)), NOWHERE, dtype=np.int32)
        for position, cause in enumerate(p.causes):
            own = p.terms_of[:, position]
            block[:, causes.index(cause)] = np.where(own == NOWHERE, NOWHERE, own + shift)
        blocks.append(block)
        shift += len(p.terms)
    return np.concatenate(blocks)
