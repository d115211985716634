"""A pool run for people: losses, treaties, members, failures and accumulation as tables."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from techinsure_api.terminal import amount, error_of, table
from techinsure_api.words import retell, tell

if TYPE_CHECKING:
    from techinsure.pool.accumulation import Accumulation
    from techinsure.pool.insolvency.outcome import InsolvencyReport
    from techinsure.pool.limits import Breach
    from techinsure.pooling.report import PoolReport
    from techinsure.quantities import Estimate

GROUPS = 3
"""Groups of each basis that the terminal shows; the page has all."""

MOST_PLACES = 3
"""After the point, of figures that stand in one table with much larger ones."""

YEAR = ("premium", "ceded_premium", "commission", "lead_fee", "claims", "result")


def shown(report: "PoolReport") -> list[object]:
    """The report for people."""
    size = 1e3 if report.gross.tvar_995.value >= 1e6 else 1.0
    thousand = tell("thousand {currency}", currency=report.currency)
    name = thousand if size > 1 else report.currency
    found = report.accumulation()
    return [
        _losses(report, size, name),
        *([_return_periods(report, size, name)] if report.return_periods["gross"].years else []),
        *([_treaties(report, size, name)] if report.treaties else []),
        _members(report, size, name),
        _mean_year(report, size, name),
        *_insolvency(report.insolvency, size, name),
        *([_accumulation(found, size, name)] if found else []),
        *_notes(report, found),
    ]


def _losses(report: "PoolReport", size: float, name: str) -> object:
    title = tell(
        "{pool}: {items} items, {insured} {currency} insured, {years} simulated years",
        pool=report.pool, items=f"{report.n_items:,}", insured=amount(report.sum_insured),
        currency=report.currency, years=f"{report.n_years:,}",
    )  # fmt: skip
    error = ">" + tell("error")
    return table(
        title + "\n" + tell("Losses of a year, {unit}", unit=name),
        ("", ">" + tell("mean"), error, ">" + tell("sd"), error, ">VaR 99.5%", error,
         ">TVaR 99.5%", error, ">" + tell("capital")),
        [
            (part, *(cell for e in (p.mean, p.sd, p.var_995, p.tvar_995) for cell in _two(e, size)),
             _in(p.capital, size))
            for part, p in ((tell("gross"), report.gross), (tell("ceded"), report.ceded),
                            (tell("net"), report.net))
        ],
    )  # fmt: skip


def _return_periods(report: "PoolReport", size: float, name: str) -> object:
    error = ">" + tell("error")
    gross, net = report.return_periods["gross"], report.return_periods["net"]
    sides = (tell("gross"), tell("net"))
    heads = [f">{side} {kind}" for side in sides for kind in ("AEP", "OEP")]
    return table(
        tell("Loss once in so many years, total (AEP) and largest event (OEP), {unit}", unit=name),
        (">" + tell("years"), *(column for head in heads for column in (head, error))),
        [
            (f"{years:g}", *(cell for e in row for cell in _two(e, size)))
            for years, *row in zip(gross.years, gross.aep, gross.oep, net.aep, net.oep, strict=True)
        ],
    )  # fmt: skip


def _treaties(report: "PoolReport", size: float, name: str) -> object:
    return table(
        tell("Treaties, {unit}", unit=name),
        (tell("treaty"), tell("kind"), ">" + tell("mean"), ">TVaR 99.5%", ">" + tell("error"),
         ">" + tell("hit"), ">" + tell("allocated capital")),
        [
            (t.name, retell(t.kind), _in(t.mean, size), *_two(t.tvar_995, size),
             f"{100 * t.hit_probability.value:.3g}%", _in(t.allocated_capital, size))
            for t in report.treaties
        ],
    )  # fmt: skip


def _members(report: "PoolReport", size: float, name: str) -> object:
    """Every member's figure is its line times the net one, so its error is the same part of it."""
    net = report.net
    wholes = (net.mean, net.sd, net.var_995, net.tvar_995, net.capital)
    parts = [f"± {amount(100 * _relative(e))}%" for e in wholes]
    return table(
        tell("Members, net of reinsurance, {unit}", unit=name),
        (tell("member"), ">" + tell("line"), ">" + tell("mean"), ">" + tell("sd"), ">VaR 99.5%",
         ">TVaR 99.5%", ">" + tell("capital"), ">" + tell("alone"), ">" + tell("error")),
        [
            *((_name(m.name, m.lead), f"{100 * m.share:.2f}%",
               *(_in(e, size) for e in (m.mean, m.sd, m.var_995, m.tvar_995, m.allocated_capital)),
               *(("-", "") if m.alone_capital is None else _two(m.alone_capital, size)))
              for m in report.members),
            (tell("error of each figure"), "", *parts, "", ""),
        ],
    )  # fmt: skip


def _mean_year(report: "PoolReport", size: float, name: str) -> object:
    """What each party earns; the rows above the last sum to it."""
    rows = [(_name(m.name, m.lead), (m.premium, m.ceded_premium, m.commission, m.lead_fee, m.mean,
                                     m.result)) for m in report.members]  # fmt: skip
    parties = [*report.technical][1:] + [*report.technical][:1]  # the pool last
    others = {"pool": tell("whole pool"), "unplaced": tell("unplaced"),
              "outside the order": tell("outside the order")}  # fmt: skip
    rows += [
        (others[party], tuple(getattr(report.technical[party], figure) for figure in YEAR))
        for party in parties
    ]
    return table(
        tell("Mean year of each party, before expenses of its own, {unit}", unit=name),
        (tell("party"), ">" + tell("gross premium"), ">" + tell("ceded premium"),
         ">" + tell("commission"), ">" + tell("lead fee"), ">" + tell("net claims"),
         ">" + tell("result"), ">" + tell("error")),
        [(party, *(_in(e, size) for e in row[:-1]), *_two(row[-1], size)) for party, row in rows],
    )  # fmt: skip


def _insolvency(found: "InsolvencyReport | None", size: float, name: str) -> list[object]:
    """Who may fail, and who bears it; nothing where nobody is rated."""
    if found is None:
        return []
    error = ">" + tell("error")
    clause = {"several": tell("several"), "joint": tell("joint"),
              "guarantee_fund": tell("guarantee fund")}[found.terms.kind]  # fmt: skip
    others = {"policyholders": tell("policyholders"), "guarantee fund": tell("guarantee fund"),
              "state": tell("the state")}  # fmt: skip
    owed = _places([e for p in found.parties for e in (p.owed, p.shortfall, p.expected)], size)
    parties = table(
        tell("Failures, default terms: {terms}; {draws} fates a year, {unit}", terms=clause,
             draws=found.n_draws, unit=name),
        (tell("company"), tell("role"), ">" + tell("default, % a year"), ">" + tell("owes"),
         ">" + tell("shortfall"), error, ">" + tell("expected"), error),
        [
            (p.name, retell(p.role), f"{100 * p.probability:.3g}",
             _placed(p.owed.value / size, owed),
             *_two_placed(p.shortfall, size, owed), *_two_placed(p.expected, size, owed))
            for p in found.parties
        ],
    )  # fmt: skip
    borne = _places(
        [e for b in found.bearers
         for e in (b.mean, b.tvar_995, *([b.change["tvar_995"]] if b.change else []))], size,
    )  # fmt: skip
    bearers = table(
        tell("Who bears the shortfall, and by how much net TVaR 99.5% rises, {unit}", unit=name),
        (tell("bearer"), ">" + tell("mean"), error, ">TVaR 99.5%", error,
         ">" + tell("probability, %"), ">" + tell("net TVaR"), error),
        [
            (others.get(b.name, b.name), *_two_placed(b.mean, size, borne),
             *_two_placed(b.tvar_995, size, borne), f"{100 * b.probability.value:.3g}",
             *(_two_placed(b.change["tvar_995"], size, borne) if b.change else ("-", "")))
            for b in found.bearers
        ],
    )  # fmt: skip
    return [parties, bearers]


def _accumulation(found: "Sequence[Accumulation]", size: float, name: str) -> object:
    rows = [
        (_group(group.name, one.basis), retell(one.basis), f"{group.items:,}",
         amount(group.sum_insured / size), f"{100 * group.share:.1f}%",
         *_two(group.event_tvar_995, size), amount(group.largest_event / size))
        for one in found
        for group in one.groups[:GROUPS]
    ]  # fmt: skip
    return table(
        tell("Accumulation, gross: the {n} largest sums insured of each kind, {unit}", n=GROUPS,
             unit=name),
        (tell("group"), tell("by"), ">" + tell("items"), ">" + tell("sum insured"),
         ">" + tell("share"), ">PML 99.5%", ">" + tell("error"), ">" + tell("largest event")),
        rows,
    )  # fmt: skip


def _relative(estimate: "Estimate") -> float:
    """The standard error by the figure, three digits; 0 where there is no figure."""
    if not estimate.value:
        return 0.0
    return float(f"{(estimate.standard_error or 0.0) / abs(estimate.value):.2g}")


def _group(name: str, basis: str) -> str:
    """A name that people gave stays as it is."""
    return retell(name) if basis == "supply" else name


def _name(name: str, lead: bool) -> str:
    return f"{name} *" if lead else name


def _in(estimate: "Estimate", size: float) -> str:
    return amount(estimate.value / size)


def _two(estimate: "Estimate", size: float) -> tuple[str, str]:
    """A figure and its error."""
    return amount(estimate.value / size), error_of(estimate, size)


def _places(estimates: "Sequence[Estimate]", size: float) -> int:
    """The places after the point, one number for a table, at which its least figure has two digits;
    at most `MOST_PLACES`."""
    held = [abs(e.value) / size for e in estimates if e.value]
    return min(max(1 - math.floor(math.log10(min(held))), 0), MOST_PLACES) if held else 0


def _placed(value: float, places: int) -> str:
    """A number to that many places; what rounds to nothing and is not says so."""
    least = 10.0**-places
    if value and abs(value) < least / 2:
        return f"< {least:g}" if value > 0 else f"> -{least:g}"
    return f"{value:,.{places}f}" if value else "0"


def _two_placed(estimate: "Estimate", size: float, places: int) -> tuple[str, str]:
    error = (estimate.standard_error or 0.0) / size
    return (
        _placed(estimate.value / size, places),
        tell("exact") if estimate.exact else f"± {_placed(error, places)}",
    )


def _notes(report: "PoolReport", found: "Sequence[Accumulation]") -> list[str]:
    from techinsure.pooling.report import accumulation_breaches

    lines = [
        tell("* leads. Capital: allocated, TVaR 99.5% less mean; alone: gross, without the pool."),
        tell("Premium of the pool: {premium}", premium=_premium(report.premium)),
        *_diversification(report),
    ]
    if report.unplaced != "0":
        lines.append(tell("Unplaced: {part} of the order has no member", part=report.unplaced))
    if found:
        parts = [f"{retell(one.basis)} {one.herfindahl:.3f}" for one in found]
        lines.append(tell("Concentration (Herfindahl): {parts}", parts=", ".join(parts)))
    lines += [_breach(breach) for breach in report.breaches]
    lines += [
        tell("Accumulation: {breach}", breach=retell(str(breach)))
        for breach in accumulation_breaches(report.terms, found)
    ]
    lines += [tell("Flag: {flag}", flag=retell(flag)) for flag in report.flags]
    if all(breach.cured for breach in report.breaches):
        lines.append(tell("No legal limit is breached."))
    receipt = report.receipt
    digest = receipt.digests["portfolio"][:12]
    return [
        *lines,
        tell("Receipt: seed {seed}, portfolio {digest}, engine {engine}", seed=receipt.seed,
             digest=digest, engine=receipt.environment.engine),
    ]  # fmt: skip


def _diversification(report: "PoolReport") -> Iterable[str]:
    pairs = [
        (m.alone_capital.value, m.pooled_gross_capital.value)
        for m in report.members
        if m.alone_capital is not None
    ]
    alone, pooled = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    if pairs and alone > 0:
        yield tell(
            "Diversification: gross capital {pooled} in the pool, {alone} if each of {n} "
            "members carried its volume alone: {less} less",
            pooled=amount(pooled), alone=amount(alone), n=len(pairs),
            less=f"{1 - pooled / alone:.0%}",
        )  # fmt: skip


def _premium(estimate: "Estimate") -> str:
    return f"{amount(estimate.value)} {error_of(estimate)} {estimate.unit}".rstrip()


def _breach(breach: "Breach") -> str:
    told = retell(str(breach))
    if breach.cured:
        return tell("Cured: {breach}", breach=told)
    return tell("Breach: {breach}", breach=told)
