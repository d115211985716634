"""`techinsure doctor`: is this machine fit to run techinsure, and if not, why?"""

import os
import platform
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from techinsure_api.terminal import REFUSED, say, say_json, table
from techinsure_api.words import retell, tell

EPILOG = """[bold]Examples[/bold]

techinsure doctor

techinsure doctor --json   # to go with a report of a fault
"""

PORT = 8000
LEAST_MEMORY, LEAST_DISK = 2.0, 1.0
"""GiB below which the doctor warns."""

GIB = 1024**3


class Finding(NamedTuple):
    """One thing looked at. `ok`: fine; `warn`: works, with less; `fail`: does not work."""

    what: str
    state: str
    found: str
    fix: str = ""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(epilog=EPILOG)(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Look at versions, catalogue, write access, fonts, port, memory and disk."""
    found = [*_versions(), _catalogue(), *_places(), _fonts(), _port(), *_resources()]
    if as_json:
        say_json([finding._asdict() for finding in found])
    else:
        columns = (tell("what"), tell("state"), tell("found"), tell("fix"))
        rows = [[retell(cell) for cell in finding] for finding in found]
        say(table("techinsure doctor", columns, rows))
    if any(finding.state == "fail" for finding in found):
        raise typer.Exit(REFUSED)


def _versions() -> Iterator[Finding]:
    from techinsure.receipt import environment

    here = environment()
    yield Finding("techinsure", "ok", here.engine)
    libraries = f"numpy {here.numpy}, scipy {here.scipy}, pydantic {here.pydantic}"
    yield Finding("Python", "ok", f"{here.python}, {platform.platform()}; {libraries}")
    yield Finding("processor", "ok", f"{os.cpu_count()} cores; {here.cpu}")


def _catalogue() -> Finding:
    from techinsure import catalogue
    from techinsure.errors import TechinsureError

    try:
        where = catalogue.folder()
        products = catalogue.load(where).products
    except TechinsureError as error:
        return Finding("catalogue", "fail", str(error), "run: techinsure check")
    state = "ok" if products else "fail"
    return Finding("catalogue", state, f"{len(products)} products in {where}")


def _places() -> Iterator[Finding]:
    for what, where in (("this folder", Path.cwd()), ("temporary", Path(tempfile.gettempdir()))):
        writable = os.access(where, os.W_OK)
        fix = "" if writable else "use --out with a folder of yours"
        yield Finding(f"write to {what}", "ok" if writable else "warn", str(where), fix)


def _fonts() -> Finding:
    from noto_cjk_sans_otc import FONT_PATH

    if Path(FONT_PATH).is_file():
        return Finding("font for Chinese", "ok", Path(FONT_PATH).name)
    fix = "install the package noto-cjk-sans-otc again"
    return Finding("font for Chinese", "fail", f"{FONT_PATH} is missing", fix)


def _port() -> Finding:
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex(("127.0.0.1", PORT)) == 0
    if taken:
        fix = f"techinsure serve --port {PORT + 1}"
        return Finding(f"port {PORT}", "warn", "taken by another program", fix)
    return Finding(f"port {PORT}", "ok", "free")


def _resources() -> Iterator[Finding]:
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    except (ValueError, OSError, AttributeError):
        yield Finding("memory", "warn", "unknown on this system")
    else:
        yield _enough("memory", memory, LEAST_MEMORY)
    yield _enough("disk", shutil.disk_usage(Path.cwd()).free / GIB, LEAST_DISK)


def _enough(what: str, size: float, least: float) -> Finding:
    state = "ok" if size >= least else "warn"
    return Finding(what, state, f"{size:.1f} GiB", "" if state == "ok" else f"have {least:g} GiB")
