"""`techinsure midterm`: a policy cancelled or changed within its term."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from techinsure_api.terminal import amount, error_of, progress, say, say_json, table
from techinsure_api.words import tell

if TYPE_CHECKING:
    from techinsure.pricing.over_time.midterm import Unearned
    from techinsure.quoting.midterm import AtMoment, MidtermReport

EPILOG = """[bold]Examples[/bold]

techinsure midterm change.json   # risk: a price request; months: 12

techinsure midterm change.toml --json | jq .cancellation.refund

techinsure midterm - < change.json
"""

PERCENT = 100


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(midterm)


def midterm(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-", help="The risk, the months and what is changed: JSON or TOML."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Cancel a policy, or change its terms for what remains: what is earned, what goes back."""
    from techinsure.catalogue import shipped
    from techinsure.quoting.midterm import MidtermRequest
    from techinsure.quoting.midterm import midterm as at_moment
    from techinsure.reading import read
    from techinsure_api import pool_files, pricing

    request = read(MidtermRequest, pool_files.named(file))
    with progress(tell("pricing {product}", product=request.risk.product)):
        report = at_moment(
            request, shipped(), lambda risk, shelf: pricing.price(risk, shelf, limited=False)
        )
    if as_json:
        say_json(report.to_dict())
    else:
        say(*shown(report))


def shown(report: "MidtermReport") -> list[object]:
    """The report for people: the moment, the lines, and what is to be paid."""
    title = tell(
        "{product} {version} for {insured}: month {months} of {term}", product=report.product,
        version=report.product_version, insured=report.insured, months=f"{report.months:g}",
        term=f"{report.term_months:g}",
    )  # fmt: skip
    policies = [(tell("old terms"), report.before)]
    policies += [(tell("new terms"), report.after)] if report.after is not None else []
    moment = table(
        title,
        ("", ">" + tell("charged"), ">" + tell("in force"), ">" + tell("risk to come"),
         ">" + tell("time to come"), tell("pattern")),
        [_moment(name, at) for name, at in policies],
    )  # fmt: skip
    if report.cancellation is not None:
        done = report.cancellation
        return [
            moment, _lines(tell("Earned and unearned"), done.unearned), *_ceiling(done.at_ceiling),
            tell("Refund {refund} {unit}, still due {due}; pro rata time would give back {time}.",
                 refund=done.refund.amount, unit=report.currency, due=done.still_due.amount,
                 time=done.pro_rata_refund.amount),
            _note(),
        ]  # fmt: skip
    assert report.endorsement is not None
    changed = report.endorsement
    return [
        moment, _lines(tell("Unearned under the old terms"), changed.before),
        _lines(tell("Unearned under the new terms"), changed.after), *_ceiling(changed.at_ceiling),
        tell("To pay for the change: {charge} {unit} (below 0: to get back), before rounding ± "
             "{error}.", charge=changed.charge.amount, unit=report.currency,
             error=amount(changed.estimate.standard_error or 0.0)),
        _note(),
    ]  # fmt: skip


def _moment(name: str, at: "AtMoment") -> tuple[str, ...]:
    moment = at.moment
    return (
        name, f"{amount(at.charged.value)} {error_of(at.charged)}",
        f"{PERCENT * moment.in_force.value:.1f}%", f"{PERCENT * moment.share.value:.1f}%",
        f"{PERCENT * moment.pro_rata:.1f}%",
        tell("exact") if at.basis == "exact" else tell("simulated"),
    )  # fmt: skip


RULES: dict[str, Callable[[], str]] = {
    "at_inception": lambda: tell("at inception"), "with_risk": lambda: tell("with the risk"),
    "with_time": lambda: tell("with time"),
}  # fmt: skip


def _lines(title: str, of: "Unearned") -> object:
    rows = [
        (line.name, RULES[line.earned](), amount(line.amount), amount(part.value))
        for line, part in zip(of.lines, of.amounts, strict=True) if line.amount
    ]  # fmt: skip
    rows.append((tell("sum of lines"), "", amount(of.written), amount(of.total.value)))
    heads = (tell("premium line"), tell("earned"), ">" + tell("charged"), ">" + tell("unearned"))
    return table(title, heads, rows)


def _ceiling(at_ceiling: bool) -> list[str]:
    said = tell("More was unearned than was paid: the refund stops at what was paid.")
    return [said] if at_ceiling else []


def _note() -> str:
    return tell(
        "When a line is earned is our judgement (grade D) until the contract says otherwise. Risk "
        "to come: of a risk in force, over what the whole term was expected to cost."
    )
