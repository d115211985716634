"""The tables of a pool's report, one function each."""

from collections.abc import Sequence

from techinsure.capital.sources import by_source, correlations
from techinsure.losses import measures
from techinsure.money import exact
from techinsure.plots.premium import added, treaty_cost
from techinsure.pool.accumulation import Accumulation
from techinsure.pool.insolvency.outcome import InsolvencyReport
from techinsure.pooling import report as pool_report
from techinsure.pooling.report import MemberResult, PoolReport
from techinsure.pooling.run import capacities_of
from techinsure.quantities import Estimate
from techinsure.reinsurance.exhaustion import exhaustion_probability
from techinsure_api.reports.tables import Table, table

Found = Sequence[Accumulation]

RARE = 10
"""Years from which on a largest event in one place is told."""


def _words(name: str) -> str:
    return name.replace("_", " ")


def losses(report: PoolReport) -> Table:
    """Gross, ceded and net."""
    parts = (("gross", report.gross), ("ceded", report.ceded), ("net", report.net))
    return table(
        "losses", "Losses of a year", report.currency,
        ("text:losses", "mean", "sd", "VaR 99.5%", "TVaR 99.5%", "capital"),
        [(name, p.mean, p.sd, p.var_995, p.tvar_995, p.capital) for name, p in parts],
    )  # fmt: skip


def return_periods(report: PoolReport) -> Table:
    """Loss once in so many years."""
    gross, net = report.return_periods["gross"], report.return_periods["net"]
    columns = (gross.years, gross.aep, gross.oep, net.aep, net.oep)
    return table(
        "return_periods", "Loss reached or exceeded once in so many years", report.currency,
        ("figure:years", "gross, year's total (AEP)", "gross, largest event (OEP)",
         "net, year's total (AEP)", "net, largest event (OEP)"),
        list(zip(*columns, strict=True)),
    )  # fmt: skip


def products(report: PoolReport) -> Table:
    """What is insured, and its premium."""
    return table(
        "products", "Products", report.currency,
        ("text:product", "figure:items", "sum insured", "mean loss", "share of TVaR 99.5%",
         "premium"),
        [(_words(p.name), p.items, p.sum_insured, p.mean, p.tail_share, p.premium)
         for p in report.products],
    )  # fmt: skip


def sources(report: PoolReport) -> Table:
    """Where losses come from."""
    return table(
        "sources", "Gross losses by product and cause", report.currency,
        ("text:product", "text:cause", "mean", "share of TVaR 99.5%"),
        [(_words(s.product), _words(s.cause), s.mean, s.tail) for s in by_source(report.losses)],
    )  # fmt: skip


def treaties(report: PoolReport) -> Table:
    """What each treaty takes, how often, and who holds it."""
    placed = {one.name: one for one in report.programme.treaties}
    holders = {name: [(r.name, 100 * float(exact(r.share))) for r in one.reinsurers]
               for name, one in placed.items()}  # fmt: skip
    return table(
        "treaties", "Treaties", report.currency,
        ("text:treaty", "text:kind", "mean", "TVaR 99.5%", "allocated capital", "share:hit",
         "share:full", "text:held by"),
        [(t.name, _words(t.kind), t.mean, t.tvar_995, t.allocated_capital, t.hit_probability,
          exhaustion_probability(report.programme, t.name, report.cession),
          ", ".join(f"{name} {share:.4g}%" for name, share in holders[t.name]))
         for t in report.treaties],
    )  # fmt: skip


def members(report: PoolReport) -> Table:
    """What each member carries, net."""
    return table(
        "members", "Members, net of reinsurance", report.currency,
        ("text:member", "text:written", "text:signed, exact", "share:signed", "mean", "sd",
         "TVaR 99.5%", "allocated capital"),
        [(_called(m), m.written, m.signed, m.share, m.mean, m.sd, m.tvar_995, m.allocated_capital)
         for m in report.members],
    )  # fmt: skip


def _called(member: MemberResult) -> str:
    return f"{member.name} (leads)" if member.lead else member.name


def mean_year(report: PoolReport) -> Table:
    """What each party's mean year comes to; all but the last row sum to it."""
    rows = [(_called(m), m.premium, m.ceded_premium, m.commission, m.lead_fee, m.mean, m.result,
             m.reinsurance_cost) for m in report.members]  # fmt: skip
    whole, *others = report.technical.items()
    rows += [(name, t.premium, t.ceded_premium, t.commission, t.lead_fee, t.claims, t.result,
              t.reinsurance_cost) for name, t in [*others, whole]]  # fmt: skip
    return table(
        "mean_year", "Mean year of each party; all parties sum to the pool", report.currency,
        ("text:party", "gross premium", "ceded premium", "commission", "lead fee", "net claims",
         "technical result", "cost of reinsurance"),
        rows,
    )  # fmt: skip


def companies(found: InsolvencyReport, currency: str) -> Table:
    """Who may fail, and what its failures leave unpaid."""
    return table(
        "companies", "Who may fail", currency,
        ("text:company", "text:role", "share:default a year", "share:recovery", "owes",
         "shortfall", "expected"),
        [(p.name, p.role, p.probability, p.recovery, p.owed, p.shortfall, p.expected)
         for p in found.parties],
    )  # fmt: skip


def bearers(found: InsolvencyReport, currency: str) -> Table:
    """Who bears the shortfall, and what it does to a member's net losses."""
    return table(
        "bearers", "Who bears the shortfall", currency,
        ("text:bearer", "mean", "TVaR 99.5%", "share:probability", "net mean rises by",
         "net TVaR 99.5% rises by"),
        [(b.name, b.mean, b.tvar_995, b.probability, b.change.get("mean"),
          b.change.get("tvar_995")) for b in found.bearers],
    )  # fmt: skip


def largest_events(report: PoolReport) -> Table:
    """The year's largest event, gross and net."""
    sides = {"gross": report.losses, "net": report.losses.with_loss(report.cession.net)}
    found = {name: measures.summary(side.largest_event(), unit=report.currency)
             for name, side in sides.items()}  # fmt: skip
    return table(
        "largest_events", "Largest event of a year", report.currency,
        ("text:losses", "mean", "sd", "VaR 99.5%", "TVaR 99.5%"),
        [(name, s.mean, s.sd, s.var_995, s.tvar_995) for name, s in found.items()],
    )  # fmt: skip


def accumulation(report: PoolReport, found: Found) -> Table:
    """Every group of every basis, the largest sum insured first."""
    return table(
        "accumulation", "Accumulation, gross", report.currency,
        ("text:group", "text:by", "figure:items", "sum insured", "share:of the pool", "mean",
         "TVaR 99.5% of the year", "PML 99.5%", "largest event", "figure:Herfindahl"),
        [(g.name, one.basis, g.items, g.sum_insured, g.share, g.mean, g.tvar_995,
          g.event_tvar_995, g.largest_event, one.herfindahl)
         for one in found for g in one.groups],
    )  # fmt: skip


def accumulation_events(report: PoolReport, found: Found) -> Table:
    """The largest event of each group once in so many years."""
    years = report.return_periods["gross"].years
    rare = [place for place, once in enumerate(years) if once >= RARE]
    return table(
        "accumulation_events", "Largest event in one place, once in so many years, gross",
        report.currency, ("text:group", "text:by", *(f"{years[place]:g} years" for place in rare)),
        [(g.name, one.basis, *(g.return_periods.oep[place] for place in rare))
         for one in found for g in one.groups],
    )  # fmt: skip


def accumulation_breaches(report: PoolReport, found: Found) -> Table:
    """Groups above a limit of the pool."""
    over = pool_report.accumulation_breaches(report.terms, found)
    return table(
        "accumulation_breaches", "Groups above a limit of the pool", report.currency,
        ("text:group", "text:by", "text:figure", "text:severity", "amount", "limit", "over",
         "share:share", "share:most of it", "share:to cede of its items"),
        [(b.name, b.basis, _words(b.figure), b.severity,
          *((None, None, None, b.amount, b.limit) if b.figure == "share"
            else (b.amount, b.limit, b.over, None, None)), b.cede) for b in over],
    )  # fmt: skip


def capacity(report: PoolReport) -> Table:
    """The largest risk unit's line against each member's capacity."""
    uses = capacities_of(report)
    largest = uses[0].risk_unit
    return table(
        "capacity", f"Line of the largest risk unit, {largest}, and capacity for one risk",
        report.currency,
        ("text:member", "gross line", "line after quota shares", "capacity", "share:used"),
        [(u.member, u.gross, u.net, u.capacity, u.net / u.capacity) for u in uses],
    )  # fmt: skip


def breaches(report: PoolReport) -> Table:
    """Lines above a legal limit."""
    return table(
        "breaches", "Lines above a legal limit", report.currency,
        ("text:member", "text:rule", "text:risk unit", "gross", "net", "limit", "to reinsure",
         "text:state"),
        [(b.member, _words(b.rule), b.risk_unit, b.gross, b.net, b.limit, b.over,
          "within it by reinsurance" if b.cured else "breach") for b in report.breaches],
    )  # fmt: skip


def premium(report: PoolReport) -> Table:
    """From the gross premium to what the members keep."""
    costs = [(t.name, treaty_cost(t)) for t in report.treaties]
    kept = added([report.premium, *(cost for _, cost in costs)])
    return table(
        "premium", "Premium of a year; treaties: premiums less commission", report.currency,
        ("text:line", "amount"),
        [("gross premium", report.premium), *costs, ("kept by the members", kept)],
    )  # fmt: skip


def diversification(report: PoolReport) -> Table:
    """Alone and pooled."""
    return table(
        "diversification", "Gross capital, TVaR 99.5% less mean", report.currency,
        ("text:member", "alone", "in the pool", "share:less by pooling"),
        [(m.name, m.alone_capital, m.pooled_gross_capital,
          1 - m.pooled_gross_capital.value / m.alone_capital.value
          if m.alone_capital and m.alone_capital.value > 0 else None) for m in report.members],
    )  # fmt: skip


def correlation(report: PoolReport) -> Table:
    """Pairs of sources."""
    found = correlations(report.losses)
    names = [f"{_words(product)}: {_words(cause)}" for product, cause in found.sources]
    pairs = [(row, column) for row in range(len(names)) for column in range(row)]
    return table(
        "correlation", "Correlation of annual losses, strongest first", report.currency,
        ("text:one", "text:other", "figure:correlation"),
        [(names[row], names[column],
          Estimate(value=float(found.value[row, column]),
                   standard_error=float(found.standard_error[row, column])))
         for row, column in sorted(pairs, key=lambda pair: -abs(found.value[pair]))],
    )  # fmt: skip


def receipt(report: PoolReport) -> Table:
    """What recomputes the report."""
    given = report.receipt
    where = given.environment
    return table(
        "receipt", "The same input, seed and engine give the same figures, bit by bit",
        report.currency, ("text:what", "text:value"),
        [("seed", str(given.seed)), ("simulated years", f"{given.n_years:,}"),
         ("engine", where.engine), ("python", where.python), ("numpy", where.numpy),
         ("scipy", where.scipy), ("pydantic", where.pydantic),
         ("processor", where.cpu),
         *((f"SHA-256 of {name}", digest) for name, digest in given.digests.items()),
         *(("note", note) for note in given.notes)],
    )  # fmt: skip
