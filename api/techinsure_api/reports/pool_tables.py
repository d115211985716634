"""The tables of a pool's report, one function each."""

from techinsure.capital.sources import by_source, correlations
from techinsure.money import exact
from techinsure.plots.premium import added, treaty_cost
from techinsure.pooling.report import PoolReport
from techinsure.pooling.run import capacities_of
from techinsure.quantities import Estimate
from techinsure.reinsurance.exhaustion import exhaustion_probability
from techinsure_api.reports.tables import Table, table


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
        ("text:member", "text:written", "text:signed, exact", "share:signed", "mean",
         "TVaR 99.5%", "allocated capital", "premium", "lead fee"),
        [(f"{m.name} (leads)" if m.lead else m.name, m.written, m.signed, m.share, m.mean,
          m.tvar_995, m.allocated_capital, m.premium, m.lead_fee)
         for m in report.members],
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
