"""A pool's report as files: pictures, tables, and the page that tells the story in order."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from techinsure import plots
from techinsure.plots.canvas import amount, percent, short
from techinsure.plots.members import saving
from techinsure.pool.insolvency.outcome import InsolvencyReport
from techinsure.pooling.report import PoolReport
from techinsure.pooling.run import capacities_of
from techinsure.quantities import Estimate
from techinsure_api.reports import page, pool_tables
from techinsure_api.reports.page import Html, Part
from techinsure_api.reports.pool_tables import Found
from techinsure_api.reports.tables import Table, write_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES: dict[str, "Callable[[PoolReport], Figure]"] = {
    "exceedance": plots.exceedance,
    "largest_events": plots.largest_events,
    "return_periods": plots.return_periods,
    "loss_sources": plots.loss_sources,
    "layer_tower": plots.layer_tower,
    "member_lines": plots.member_lines,
    "pool_premium": plots.pool_premium,
    "diversification": plots.diversification,
    "correlation": plots.correlation,
}
TABLES: tuple[Callable[[PoolReport], Table], ...] = (
    pool_tables.products, pool_tables.losses, pool_tables.largest_events,
    pool_tables.return_periods, pool_tables.sources, pool_tables.treaties, pool_tables.members,
    pool_tables.mean_year, pool_tables.capacity, pool_tables.breaches, pool_tables.premium,
    pool_tables.diversification, pool_tables.correlation, pool_tables.receipt,
)  # fmt: skip
ACCUMULATED: tuple[Callable[[PoolReport, Found], Table], ...] = (
    pool_tables.accumulation, pool_tables.accumulation_events, pool_tables.accumulation_breaches,
)  # fmt: skip
FAILING: tuple[Callable[[InsolvencyReport, str], Table], ...] = (
    pool_tables.companies, pool_tables.bearers,
)  # fmt: skip
"""Of a pool whose members or reinsurers have a rating."""


CLAUSES = {
    "several": "No member pays for another.",
    "joint": "Solvent members pay for one that cannot, up to a share of their capital.",
    "guarantee_fund": "A guarantee fund pays for a member that cannot, while it lasts.",
}
"""What the agreement says of a member that cannot pay."""


def write(report: PoolReport, out: Path) -> tuple[Path, ...]:
    """`report.html`, `pictures/*.png` and `tables/*.csv` in the folder `out`."""
    for folder in (out, out / "pictures", out / "tables"):
        folder.mkdir(parents=True, exist_ok=True)
    found = report.accumulation()
    every = [make(report) for make in TABLES] + [make(report, found) for make in ACCUMULATED]
    if report.insolvency is not None:
        every += [make(report.insolvency, report.currency) for make in FAILING]
    tables = {made.name: made for made in every}
    files = [write_csv(whole, out / "tables") for whole in tables.values()]
    shown: dict[str, Html] = {name: page.tabular(whole) for name, whole in tables.items()}
    pictures: dict[str, Html] = {}
    for name, draw in PICTURES.items():
        figure = draw(report)
        files.append(plots.save(figure, out / "pictures" / f"{name}.png"))
        finding, facts = (text.get_text().replace("\n", " ") for text in figure.texts[:2])
        pictures[name] = page.picture(files[-1], f"{finding}. {facts}. Figures in the table below.")
    document = out / "report.html"
    document.write_text(story(report, pictures, shown), "utf-8")
    return (document, *files)


def story(report: PoolReport, pictures: dict[str, Html], tables: dict[str, Html]) -> str:
    """The page: what the pool is, who carries what, what limits it, what it is worth."""
    return page.page(
        f"{report.pool}: pool report",
        _head(report),
        page.section("pool", "What the pool is", *_what_it_is(report), tables["products"]),
        page.section("losses", "From gross to net", *_losses(report), pictures["exceedance"],
                     tables["losses"], pictures["largest_events"], tables["largest_events"],
                     pictures["return_periods"], tables["return_periods"]),
        page.section("sources", "Where the losses come from", pictures["loss_sources"],
                     tables["sources"]),
        page.section("treaties", "The treaties", *_treaties(report), pictures["layer_tower"],
                     tables["treaties"]),
        page.section("members", "The members", *_members(report), pictures["member_lines"],
                     tables["members"], *_mean_year(), tables["mean_year"]),
        *_failures(report, tables),
        page.section("accumulation", "What stands in one place", *_accumulation(report),
                     *(tables[name] for name in ("accumulation", "accumulation_events",
                                                 "accumulation_breaches"))),
        page.section("limits", "Legal limits", *_limits(report), tables["capacity"],
                     tables["breaches"]),
        page.section("premium", "The premium", *_premium(report), pictures["pool_premium"],
                     tables["premium"]),
        page.section("diversification", "What pooling saves",
                     page.paragraph(f"{saving(report)}."), pictures["diversification"],
                     tables["diversification"], pictures["correlation"], tables["correlation"]),
        page.section("receipt", "Receipt", tables["receipt"]),
        page.section("unknown", "What is not known", page.bullets(_unknown(report))),
    )  # fmt: skip


def _head(report: PoolReport) -> Html:
    """Title and the figures that decide."""
    breach = sum(not b.cured for b in report.breaches)
    pairs: list[tuple[str, Part]] = [
        ("Mean gross loss, a year", _large(report.gross.mean, report.currency)),
        ("Mean net loss, a year", _large(report.net.mean, report.currency)),
        ("Net TVaR 99.5%", _large(report.net.tvar_995, report.currency)),
        ("Premium, a year", _large(report.premium, report.currency)),
        ("Legal limits", f"{breach} breached" if breach else "kept"),
    ]
    lead = (
        f"{report.n_items:,} insured items, {len(report.members)} members, "
        f"{len(report.treaties)} treaties; {report.n_years:,} simulated years. "
        "Every figure with ± has its standard error beside it."
    )
    return page.element(
        "header",
        page.element("h1", report.pool),
        page.element("p", lead, class_="lead"),
        page.facts(pairs),
    )


def _large(estimate: Estimate, currency: str) -> Html:
    error = "exact" if estimate.exact else f"± {amount(estimate.standard_error or 0.0, currency)}"
    return page.joined([amount(estimate.value, currency), page.element("small", error)])


def _what_it_is(report: PoolReport) -> list[Html]:
    terms = report.terms
    kind = terms.kind.replace("_", "-")
    signed = f"The order is {percent(_share(terms.order))} of every risk"
    if report.unplaced != "0":
        signed += f", of which {percent(_share(report.unplaced))} of the risk has no member"
    agreement = f" under agreement {terms.agreement}" if terms.agreement else ""
    insured = amount(report.sum_insured, report.currency)
    return [
        page.paragraph(
            f"A {kind} pool{agreement}: {len(report.members)} insurers share {report.n_items:,} "
            f"items, {insured} insured, by lines. {terms.lead.name} leads for "
            f"{percent(terms.lead_fee)} of the followers' premium. {signed}. "
            f"{CLAUSES[terms.in_default.kind]}"
        )
    ]


def _share(line: str) -> float:
    from techinsure.money import exact

    return float(exact(line))


def _losses(report: PoolReport) -> list[Html]:
    gross, net = report.gross, report.net
    if not gross.mean.value:
        return [page.paragraph("No simulated year has a loss.")]
    return [
        page.paragraph(
            f"Of a mean year's {amount(gross.mean.value, report.currency)} the treaties take "
            f"{percent(1 - net.mean.value / gross.mean.value)}, of the worst 0.5% of years "
            f"{percent(1 - net.tvar_995.value / gross.tvar_995.value)}. TVaR 99.5% is the mean of "
            "the worst 0.5% of years; capital is TVaR less the mean."
        )
    ]


def _treaties(report: PoolReport) -> list[Html]:
    flags = [page.bullets(report.flags)] if report.flags else []
    if not report.treaties:
        return [page.paragraph("The pool has no reinsurance: net is gross."), *flags]
    said = [page.paragraph(
        "Each block stands from attachment to exhaustion in the losses that the treaty sees. Hit: "
        "share of years with a recovery; full: with a loss that reaches the top. "
        "Allocated capital is the treaty's share of the gross tail less its mean."
    )]  # fmt: skip
    return [*said, *flags]


def _members(report: PoolReport) -> list[Html]:
    written = sum(_share(m.written) for m in report.members)
    return [page.paragraph(
        f"Members wrote {percent(written)} of the risk for an order of "
        f"{percent(_share(report.terms.order))}; signed lines sum to it exactly, less what is "
        "unplaced. Every member carries its line of every figure."
    )]  # fmt: skip


def _mean_year() -> list[Html]:
    return [page.paragraph(
        "The mean year of each party: gross premium less ceded premium (reinstatements in it), "
        "plus commission of the treaties and lead fee, less net claims. Expenses of its own are "
        "not in it. What the treaties cost is ceded premium less commission and less ceded claims."
    )]  # fmt: skip


def _failures(report: PoolReport, tables: dict[str, Html]) -> list[Html]:
    """Who may fail and who bears it; nothing where nobody is rated."""
    found = report.insolvency
    if found is None:
        return []
    c, l_ = found.dependence.correlation, found.dependence.loss_correlation
    said = (
        f"{CLAUSES[found.terms.kind]} Each simulated year meets {found.n_draws} fates of the "
        f"companies, whose failures correlate by {c:g} with one another and by {l_:g} with the "
        "net loss. Shortfall is simulated; expected is the same without the chance of fates. Net "
        "TVaR: by how much what others leave unpaid raises a member's."
    )
    return [page.section("failures", "When one cannot pay", page.paragraph(said),
                         tables["companies"], tables["bearers"])]  # fmt: skip


def _accumulation(report: PoolReport) -> list[Html]:
    limits = report.terms.accumulation_limits
    held = f"{len(limits)} limits are held against it." if limits else "The pool states no limit."
    return [page.paragraph(
        "Sum insured and gross losses of each park, route, sector, technology and of all that a "
        "supply shock can hit. PML: TVaR 99.5% of the year's largest event there; beside it the "
        "largest of all simulated years, which grows with their number, and what is reached once "
        "in so many years. "
        f"{held}"
    )]  # fmt: skip


def _taken_to_pay(report: PoolReport) -> list[str]:
    if report.insolvency is None:
        return ["Reinsurers and members are taken to pay: no default is simulated."]
    return [
        "Failures are drawn by a rating's table of another market and a correlation that is our "
        "judgement; a failed company's recovery is a constant."
    ]


def _limits(report: PoolReport) -> list[Html]:
    limits, used = report.terms.limits, capacities_of(report)
    open_ones = [b for b in report.breaches if not b.cured]
    verdict = (
        f"{len(open_ones)} to cure: "
        + "; ".join(f"{short(b.member)} must reinsure {amount(b.over, report.currency)}"
                    for b in open_ones[:5]) + "."
        if open_ones
        else "No limit is breached."
    )  # fmt: skip
    return [
        page.paragraph(verdict),
        page.paragraph(
            f"One risk: at most {percent(limits.single_risk_share)} of capital and reserves, here "
            f"against {used[0].risk_unit}, {amount(used[0].sum_insured, report.currency)}. "
            f"Retained premium: at most {limits.premium_multiple:g} times capital and reserves. "
            f"Source: {limits.source}, as of {limits.as_of}."
        ),
    ]


def _premium(report: PoolReport) -> list[Html]:
    if not report.premium.value:
        return [page.paragraph("No premium.")]
    pure = report.gross.mean.value / report.premium.value
    return [page.paragraph(
        f"{percent(pure)} of the gross premium is the mean loss; the rest is the margin for the "
        "tail and the products' loadings. A treaty's line is what it costs after its commission; "
        "its recoveries are in the net losses, not here."
    )]  # fmt: skip


def _unknown(report: PoolReport) -> list[str]:
    """What a reader must not take from the page."""
    relative = (
        (report.gross.tvar_995.standard_error or 0.0) / report.gross.tvar_995.value
        if report.gross.tvar_995.value
        else 0.0
    )
    missing = report.return_periods["gross"].unsupported
    said = [
        f"The errors beside figures are those of {report.n_years:,} simulated years "
        f"({percent(relative)} of the gross tail), not those of the model: whether laws, rates and "
        "their evidence are right is outside them.",
        "Parameters are drawn from what is known of them, not held fixed; how well they are known "
        "is graded product by product in the catalogue.",
        *_taken_to_pay(report),
        "Legal limits count this pool alone: a member's other business comes on top.",
        "Capital alone divides whole risks among members by one rule; another division gives "
        "another figure.",
        "Correlation says little of tails: the shares of the tail say more.",
    ]
    if missing:
        said.insert(1, f"Losses once in {', '.join(f'{y:g}' for y in missing)} years need more "
                       "simulated years.")  # fmt: skip
    return said
