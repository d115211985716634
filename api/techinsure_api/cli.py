"""The command line: `techinsure VERB`. Heavy modules are imported by the verbs, when they run."""

import io
import logging
import os
import sys

import typer

from techinsure_api import terminal
from techinsure_api.commands import bordereau, check, demo, doctor, pool, price, serve, verify

HELP = """Prices technology insurance and runs co-insurance pools.

Start with [bold]techinsure demo[/bold]. Every verb takes [bold]--json[/bold] (pure JSON on
standard output) and [bold]--help[/bold], with examples.

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
for verb in (demo, price, pool, bordereau, check, verify, serve, doctor):
    verb.register(app)


def main() -> None:
    """The entry point: errors become lines and exit codes, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        app()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("TECHINSURE_TRACEBACK"):
            raise
        sys.exit(terminal.fail(error, as_json="--json" in sys.argv))
