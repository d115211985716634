"""A what-if for people: what changes, by how much, and how surely."""

from collections.abc import Iterator

from techinsure.pooling.what_if_report import Alternative, Change, MemberChange, WhatIf
from techinsure.quantities import Estimate
from techinsure.reinsurance import RECEIVED
from techinsure_api.terminal import amount, error_of, table
from techinsure_api.words import retell, tell

LARGE = 1e6
PERCENT = 100


def shown(found: WhatIf, run: str) -> list[object]:
    """One alternative in full; several side by side, then what each does to legal limits."""
    change = found.alternatives[0].gross.tvar_995
    size = 1e3 if change.before.value >= LARGE else 1.0
    thousand = tell("thousand {currency}", currency=found.currency)
    unit = thousand if size > 1 else found.currency
    years = f"{found.n_years:,}"
    title = tell("{pool}: run {run}, {years} simulated years", pool=found.pool, run=run[:12],
                 years=years)  # fmt: skip
    title += "\n" + tell("Losses of a year, {unit}", unit=unit)
    if len(found.alternatives) > 1:
        parts: list[object] = [_side_by_side(found, size, title)]
    else:
        (one,) = found.alternatives
        parts = [
            _losses(one, size, title),
            _treaties(one, size, tell("Treaties, {unit}", unit=unit)),
            _members(one.members, size, tell("Members, net of reinsurance, {unit}", unit=unit)),
        ]
    several = len(found.alternatives) > 1
    notes = [
        f"{one.name}: {note}" if several else note
        for one in found.alternatives
        for note in _notes(one)
    ]
    return [*parts, *notes, *_explained(found)]


def _losses(one: Alternative, size: float, title: str) -> object:
    figures = {"mean": tell("mean"), "sd": tell("sd"), "var_995": "VaR 99.5%",
               "tvar_995": "TVaR 99.5%", "capital": tell("capital")}  # fmt: skip
    rows = [
        _row(tell("net {figure}", figure=said), getattr(one.net, name), size)
        for name, said in figures.items()
    ]
    rows += [
        _row(tell("ceded {figure}", figure=figures[name]), getattr(one.ceded, name), size)
        for name in ("mean", "tvar_995")
    ]
    rows.append(_row(tell("cost of reinsurance"), one.cost, size))
    chance = one.net.hit_probability.scaled(PERCENT)
    rows.append(_row(tell("years with a net loss, %"), chance, 1.0))
    columns = ("", ">" + tell("before"), ">" + tell("after"), ">" + tell("difference"),
               ">" + tell("error"), ">" + tell("error of separate runs"))  # fmt: skip
    return table(title, columns, rows)


def _row(name: str, change: Change, size: float) -> tuple[str, ...]:
    return (
        name,
        amount(change.before.value / size),
        amount(change.after.value / size),
        signed(change.difference, size),
        error_of(change.difference, size),
        f"± {amount(change.separate_error / size)}",
    )


def _treaties(one: Alternative, size: float, title: str) -> object:
    rows = []
    for treaty in one.treaties:
        paid = sum(
            (-1 if kind in RECEIVED else 1) * flow.difference.value
            for kind, flow in treaty.flows.items()
        )
        capital, mean = treaty.allocated_capital.difference, treaty.mean.difference
        rows.append((
            treaty.name, retell(treaty.state), amount(treaty.mean.after.value / size),
            signed(mean, size), error_of(mean, size), signed(capital, size),
            error_of(capital, size), f"{PERCENT * treaty.hit_probability.after.value:.3g}%",
            plus(paid / size),
        ))  # fmt: skip
    error = ">" + tell("error")
    columns = (tell("treaty"), tell("state"), ">" + tell("mean after"), ">" + tell("difference"),
               error, ">" + tell("capital"), error, ">" + tell("hit after"),
               ">" + tell("treaty premium"))  # fmt: skip
    return table(title, columns, rows)


def _members(members: tuple[MemberChange, ...], size: float, title: str) -> object:
    rows = [
        (f"{member.name} *" if member.lead else member.name, f"{PERCENT * member.share:.2f}%",
         signed(member.mean.difference, size), error_of(member.mean.difference, size),
         amount(member.capital.before.value / size), amount(member.capital.after.value / size),
         signed(member.capital.difference, size), error_of(member.capital.difference, size))
        for member in members
    ]  # fmt: skip
    error = ">" + tell("error")
    columns = (tell("member"), ">" + tell("line"), ">" + tell("mean"), error,
               ">" + tell("capital before"), ">" + tell("after"), ">" + tell("difference"),
               error)  # fmt: skip
    return table(title, columns, rows)


def _side_by_side(found: WhatIf, size: float, title: str) -> object:
    """Four rows an alternative: long names and amounts then have room."""
    rows = []
    for one in found.alternatives:
        changes = {
            tell("net {figure}", figure=tell("mean")): one.net.mean,
            tell("net {figure}", figure="TVaR 99.5%"): one.net.tvar_995,
            tell("net {figure}", figure=tell("capital")): one.net.capital,
            tell("cost of reinsurance"): one.cost,
        }
        for place, (name, change) in enumerate(changes.items()):
            rows.append((one.name if place == 0 else "", *_row(name, change, size)[:-1]))
    columns = (tell("alternative"), "", ">" + tell("before"), ">" + tell("after"),
               ">" + tell("difference"), ">" + tell("error"))  # fmt: skip
    return table(title, columns, rows)


def _notes(one: Alternative) -> Iterator[str]:
    for breach in one.cured:
        yield tell("Breach cured: {breach}", breach=retell(str(breach)))
    for breach in one.created:
        yield tell("Breach created: {breach}", breach=retell(str(breach)))
    if one.standing:
        n = len(one.standing)
        yield tell("Breaches before and after: {n}; techinsure pool lists them", n=n)
    yield from (tell("Flag: {flag}", flag=retell(flag)) for flag in one.flags)


def _explained(found: WhatIf) -> list[str]:
    """What cost and capital are, and what the same years gain."""
    leads = [tell("* leads.")] if len(found.alternatives) == 1 else []
    lines = [
        *leads,
        tell(
            "Cost: premiums and reinstatement premiums less commissions and ceded losses. "
            "Capital: TVaR 99.5% less the mean, of treaties their share of the gross tail."
        ),
    ]
    mean = found.alternatives[0].net.mean
    error = mean.difference.standard_error
    if error:
        lines.append(
            tell(
                "Differences are of the same simulated years: the error of the first net mean is "
                "{times} times smaller than of two separate runs.",
                times=f"{mean.separate_error / error:,.3g}",
            )
        )
    return lines


def signed(estimate: Estimate, size: float) -> str:
    """A difference in units of `size`, with its sign."""
    return plus(estimate.value / size)


def plus(value: float) -> str:
    """A number as people read it, with a sign unless it is 0."""
    text = amount(value)
    return text if text.startswith("-") or text == "0" else f"+{text}"
