"""Where a policy's expected claims come from: by class of item and cause, as simulated."""

from collections.abc import Iterator

import numpy as np

from techinsure.losses import measures
from techinsure.losses.kernels import annual_by
from techinsure.losses.year_table import YearLossTable
from techinsure.quotes import PurePart


def breakdown(table: YearLossTable) -> Iterator[PurePart]:
    """Each class and cause with a payment, the largest mean first; together they are the simulated
    pure premium, after the aggregate limit."""
    held, n_causes = table.portfolio, len(table.portfolio.causes)
    group = held.risk_class.codes[table.item] * np.int32(n_causes) + table.cause
    n_groups = len(held.risk_class.names) * n_causes
    seen = np.nonzero(np.bincount(group, weights=table.loss, minlength=n_groups))[0]
    place = np.full(n_groups, len(seen), dtype=np.int32)  # the last is for rows without a payment
    place[seen] = np.arange(len(seen))
    annual = annual_by(table.year, group, place, table.loss, len(seen) + 1, table.n_years)
    parts = [
        PurePart(
            risk_class=held.risk_class.names[code // n_causes].partition("/")[2],
            cause=held.causes[code % n_causes],
            mean=measures.mean(values, table.weight, unit=table.currency),
        )
        for code, values in zip(seen, annual[:-1], strict=True)
    ]
    yield from sorted(parts, key=lambda part: -part.mean.value)
