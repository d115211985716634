"""The command line: `techinsure VERB`. Heavy modules are imported by the verbs, when they run."""

import io
import logging
import os
import sys

import typer

from techinsure_api import terminal, usage
from techinsure_api.commands import (
    accounts,
    batch,
    bordereau,
    check,
    demo,
    doctor,
    midterm,
    pool,
    posterior,
    price,
    programme,
    renew,
    sensitivity,
    serve,
    stress,
    verify,
)

HELP = """Prices technology insurance and runs co-insurance pools.

Start with [bold]techinsure demo[/bold]. Every verb takes [bold]--json[/bold] (pure JSON on
standard output), [bold]--lang zh[/bold] (中文) and [bold]--help[/bold], with examples.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused (a value, a rule, or a result that does
not reproduce), 4 not found (a product or a file)."""

app = typer.Typer(
    name="techinsure",
    help=HELP,
    rich_markup_mode="rich",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for verb in (
    demo, price, batch, midterm, renew, sensitivity, pool, accounts, programme,
    stress, posterior, bordereau, check, verify, serve, doctor,
):  # fmt: skip
    verb.register(app)


def main() -> None:
    """The entry point: errors become lines and exit codes, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        sys.exit(usage.run(app, sys.argv[1:]))
    except SystemExit as stopped:
        if not isinstance(stopped.__context__, BrokenPipeError):
            raise
        sys.exit(_of_a_broken_pipe(stopped.__context__))
    except BrokenPipeError as error:
        sys.exit(_of_a_broken_pipe(error))
    except Exception as error:
        sys.exit(_failed(error))


def _of_a_broken_pipe(error: BrokenPipeError) -> int:
    """0 where the reader of standard output has gone, as of `--help | head`; else a failure."""
    if terminal.is_heard():
        return _failed(error)
    terminal.to_nobody()
    return 0


def _failed(error: Exception) -> int:
    if os.environ.get("TECHINSURE_TRACEBACK"):
        raise error
    return terminal.fail(error, as_json="--json" in sys.argv)
