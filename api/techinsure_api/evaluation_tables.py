"""A programme on losses for people: who carries what, what treaties cost, loss by loss."""

from collections.abc import Iterator

from techinsure.quantities import Estimate
from techinsure.reinsurance.evaluation_report import Evaluation, Result, TreatyFigures
from techinsure_api.terminal import amount, error_of, table
from techinsure_api.words import retell, tell

LARGE = 1e6
PERCENT = 100
PARTIES = ("reinsurer", "unnamed")
MOST_ACROSS = 4
"""Treaties that have a column each beside a loss; of more, their sum is shown."""


def shown(found: Evaluation) -> list[object]:
    """Losses by treaty and perspective, and by reinsurer; what treaties cost; every loss; flags."""
    large = max(row.mean.value for row in found.results) >= LARGE
    size = 1e3 if large else 1.0
    unit = tell("thousand {currency}", currency=found.currency) if large else found.currency
    counted = f"{found.n_losses:,}"
    title = tell("{losses} losses in one year", losses=counted)
    if found.n_years > 1:
        years = f"{found.n_years:,}"
        title = tell("{losses} losses in {years} years", losses=counted, years=years)
    title += "\n" + tell("Losses of a year, {unit}", unit=unit)
    parties = [row for row in found.results if row.perspective in PARTIES]
    whole = [row for row in found.results if row.perspective not in PARTIES]
    several = found.n_years > 1
    parts = [_results(whole, several, size, title)]
    if any(row.perspective == "reinsurer" for row in parties):
        title = tell("Ceded losses by reinsurer, {unit}", unit=unit)
        parts.append(_results(parties, several, size, title))
    if found.treaties:
        parts += [_paid(found, size, unit), _rates(found, size, unit)]
    deposits = [one for one in found.treaties if one.deposit is not None]
    if deposits:
        parts.append(_deposits(deposits, size, unit))
    if found.cessions is not None:
        parts.append(_cessions(found, size, unit))
    return [*parts, *_notes(found)]


def _results(rows: list[Result], several: bool, size: float, title: str) -> object:
    error = ">" + tell("error")
    columns: tuple[str, ...] = ("", ">" + tell("mean"))
    if several:
        columns += (error, ">" + tell("sd"), ">VaR 99.5%", ">TVaR 99.5%", error, ">" + tell("hit"))
    return table(title, columns, [_row(row, size, several) for row in rows])


def _row(row: Result, size: float, several: bool) -> tuple[str, ...]:
    named = {"gross": tell("gross"), "ceded": tell("ceded"), "net": tell("net"),
             "unnamed": tell("reinsurers not named")}  # fmt: skip
    cells = (row.name or named[row.perspective], _in(row.mean, size))
    if not several:
        return cells
    return (*cells, _error(row.mean, size), _in(row.sd, size), _in(row.var_995, size),
            _in(row.tvar_995, size), _error(row.tvar_995, size),
            _percent(row.hit_probability))  # fmt: skip


def _paid(found: Evaluation, size: float, unit: str) -> object:
    rows = []
    for one in found.treaties:
        price, again = one.price, one.flows.get("reinstatement_premium")
        rows.append((
            one.name, _in(price.premium, size), _in(again, size), _in(price.commission, size),
            _in(price.result, size), _error(price.result, size), _percent(price.loss_ratio),
        ))  # fmt: skip
    columns = (tell("treaty"), ">" + tell("treaty\npremium"), ">" + tell("reinstated"),
               ">" + tell("commission"), ">" + tell("result"), ">" + tell("error"),
               ">" + tell("loss ratio"))  # fmt: skip
    return table(tell("What the reinsurers are paid, {unit}", unit=unit), columns, rows)


def _rates(found: Evaluation, size: float, unit: str) -> object:
    rows = []
    for one in found.treaties:
        price, limit = one.price, one.price.limit
        rows.append((
            one.name, _percent(one.burning_cost), "-" if limit is None else amount(limit / size),
            _percent(price.loss_on_line), _percent(price.rate_on_line), _percent(one.exhaustion),
            _percent(one.used_up),
        ))  # fmt: skip
    columns = (tell("treaty"), ">" + tell("burning cost"), ">" + tell("limit"),
               ">" + tell("loss on line"), ">" + tell("rate on line"), ">" + tell("full"),
               ">" + tell("used up"))  # fmt: skip
    return table(tell("Rates; limits of one loss, {unit}", unit=unit), columns, rows)


def _deposits(treaties: list[TreatyFigures], size: float, unit: str) -> object:
    rows = []
    for one in treaties:
        assert one.deposit is not None
        fair = one.deposit
        rows.append((one.name, _in(fair.premium, size), _error(fair.premium, size),
                     _in(fair.ceded, size), _percent(fair.reinstated)))  # fmt: skip
    columns = (tell("treaty"), ">" + tell("fair deposit"), ">" + tell("error"),
               ">" + tell("ceded"), ">" + tell("reinstated, of the deposit"))  # fmt: skip
    return table(tell("Layers with reinstatements, in whole, {unit}", unit=unit), columns, rows)


def _cessions(found: Evaluation, size: float, unit: str) -> object:
    names = [one.name for one in found.treaties]
    across = len(names) <= MOST_ACROSS
    rows = []
    for one in found.cessions or ():
        taken = [one.ceded[name] for name in names]
        ceded = taken if across else [sum(taken)]
        cells = (one.loss, *ceded, one.net)
        rows.append((one.event, str(one.year), f"{one.time:g}", one.id,
                     *(amount(value / size) for value in cells)))  # fmt: skip
    columns = (tell("event"), ">" + tell("year"), ">" + tell("time"), tell("object"),
               ">" + tell("loss"), *(f">{name}" for name in (names if across else ())),
               *(() if across else (">" + tell("ceded"),)), ">" + tell("net"))  # fmt: skip
    return table(tell("Loss by loss, {unit}", unit=unit), columns, rows)


def _notes(found: Evaluation) -> Iterator[str]:
    if found.treaties:
        yield tell(
            "Result: of the reinsurers, premium less commission and ceded losses. Burning cost: "
            "ceded losses by the premium that the treaty sees. Full: years in which one loss "
            "reaches the top; used up: in which a layer pays all that it sold."
        )
    if any(one.deposit is not None for one in found.treaties):
        yield tell("Fair deposit: what pays for the ceded losses, without a load.")
    yield from (tell("Flag: {flag}", flag=retell(flag)) for flag in found.flags)


def _in(estimate: Estimate | None, size: float) -> str:
    return "-" if estimate is None else amount(estimate.value / size)


def _error(estimate: Estimate | None, size: float) -> str:
    known = estimate is not None and (estimate.exact or estimate.standard_error is not None)
    return error_of(estimate, size) if estimate is not None and known else "-"


def _percent(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    share = PERCENT * estimate.value
    return f"{share:,.0f}%" if abs(share) >= 1000 else f"{share:.3g}%"
