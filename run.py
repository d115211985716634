#!/usr/bin/env python3
"""techinsure: sets itself up in .venv, then runs. Needs Python 3.11, 3.12 or 3.13, nothing else.

  python3 run.py demo      price three products and run a sample pool, in the terminal
  python3 run.py serve     start the HTTP service, documented at /docs
  python3 run.py test      run the tests
  python3 run.py lint      check format, rules, types, floors and house rules
  python3 run.py bench     time the engine, stage by stage

Words after the verb are passed on:  python3 run.py test -k surplus

The first start downloads the packages named in requirements/ (up to 1 GB on disk, a minute or
two) and checks each against its recorded hash. It uses uv if that is on PATH, else pip; either
obeys its own settings on this machine. Later starts skip all this. To start afresh, delete .venv.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

OLDEST, NEWEST = (3, 11), (3, 13)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / "installed.json"

COMMANDS = {
    "demo": ["techinsure", "demo"],
    "serve": ["techinsure", "serve"],
    "test": ["pytest", "-q", "-n", "2"],
    "bench": ["python", "benchmarks/run.py"],
}
CHECKS = [
    ["ruff", "format", "--check"],
    ["ruff", "check"],
    ["mypy"],
    ["lint-imports"],
    ["pytest", "-q", "tests/test_house.py"],
]
LOCKS = {"demo": "core", "serve": "core", "test": "test", "lint": "test", "bench": "test"}

TROUBLES = [  # words of pip and uv -> what happened, what to do
    (
        r"No space left on device|os error 28|Errno 28",
        "the disk is full.",
        f"free 2 GB in {ROOT} and in {tempfile.gettempdir()}, then start again.",
    ),
    (
        r"DO NOT MATCH THE HASHES|[Hh]ash mismatch",
        "a package is not the file this project was tested with.",
        "check the package index in the settings of pip or uv, then start again.",
    ),
    (
        r"NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Max retries|unreachable"
        r"|name resolution|dns error|error sending request|tcp connect error",
        "no package index could be reached.",
        "connect to a network, or name your proxy or index in the settings of pip or uv.",
    ),
]


class Trouble(Exception):
    """What is wrong and what to do about it, a line each."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(f"run.py: {what}\nFix: {fix}")


def main(words: "list[str]") -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0 if words else 2
    verb, rest = words[0], words[1:]
    try:
        if verb not in LOCKS:
            raise Trouble(f"no verb {verb!r}.", "use one of: " + ", ".join(LOCKS))
        if verb == "lint" and rest:
            raise Trouble("lint takes no further words.", "start a single tool from .venv/bin.")
        refuse_other_machines(sys.version_info[:2], verb)
        set_up(LOCKS[verb])
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except OSError as error:
        what = f"cannot write {error.filename or ROOT}: {error.strerror}."
        print(Trouble(what, "give this user a writable folder with 2 GB free."), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nrun.py: set-up stopped; the next start begins it again.", file=sys.stderr)
        return 130
    os.chdir(str(ROOT))
    if verb == "lint":
        return lint()
    become(COMMANDS[verb] + rest)


def refuse_other_machines(version: "tuple[int, ...]", verb: str) -> None:
    if not OLDEST <= version <= NEWEST:
        raise Trouble(
            "this is Python {}.{}; techinsure runs on 3.11, 3.12 and 3.13.".format(*version),
            f"start it with one of those, for example: python3.12 run.py {verb}",
        )
    if os.name != "posix":
        raise Trouble("run.py knows Linux and macOS only.", "on Windows, start it inside WSL.")


def become(command: "list[str]") -> NoReturn:
    """Replaces this process, so that signals and the exit code are the command's own."""
    sys.stdout.flush()
    whole = [str(BIN / command[0]), *command[1:]]  # Python finds its home by the name it is given
    os.execv(whole[0], whole)


def lint() -> int:
    """Runs every check, also after one has failed."""
    failed = []
    for check in CHECKS:
        print("--", *check, flush=True)
        if subprocess.call([str(BIN / check[0]), *check[1:]]):
            failed.append(" ".join(check))
    print("lint: " + ("failed: " + "; ".join(failed) if failed else "all passed"))
    return 1 if failed else 0


def set_up(lock: str) -> None:
    """Makes .venv hold what `lock` names, unless the stamp says that it does."""
    if is_ready(lock):
        return
    import fcntl  # Linux and macOS only: not to be met before the refusals

    print("run.py: setting up .venv; this happens once and takes about a minute", flush=True)
    with open(str(ROOT / ".venv.lock"), "w") as turnstile:  # the system opens it, even after a kill
        fcntl.flock(turnstile, fcntl.LOCK_EX)
        os.set_inheritable(turnstile.fileno(), True)  # an installer that outlives us keeps it shut
        if not is_ready(lock):
            install(lock)


def is_ready(lock: str) -> bool:
    return read_stamp() in (stamp_of(lock), stamp_of("test"))  # test.txt holds all of core.txt


def read_stamp() -> "dict[str, str]":
    try:
        stamp = json.loads(STAMP.read_text())
        return stamp if isinstance(stamp, dict) else {}
    except (OSError, ValueError):
        return {}


def stamp_of(lock: str) -> "dict[str, str]":
    """All that decides what .venv holds."""
    sources = [ROOT / "requirements/core.txt", ROOT / "requirements/test.txt"]
    content = b"".join(path.read_bytes() for path in [*sources, ROOT / "pyproject.toml"])
    return {
        "python": sys.version,
        "place": str(VENV),
        "lock": lock,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def install(lock: str) -> None:
    """The stamp goes first and comes back last: a broken set-up never looks like a whole one."""
    stamp, before = stamp_of(lock), read_stamp()
    uv = shutil.which("uv")
    python = str(BIN / "python")
    STAMP.unlink(missing_ok=True)
    moved = any(before.get(key) != stamp[key] for key in ("python", "place"))
    if moved or not (uv or (BIN / "pip").exists()):
        make_venv(with_pip=not uv)
    tool = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    run_installer([*tool, "--require-hashes", "-r", f"requirements/{lock}.txt"])
    run_installer([*tool, "--no-index", "--no-deps", "--no-build-isolation", "-e", "."])
    STAMP.write_text(json.dumps(stamp))


def make_venv(with_pip: bool) -> None:
    needed = ["venv", "ensurepip"] if with_pip else ["venv"]
    if not all(map(importlib.util.find_spec, needed)):
        raise Trouble(
            "this Python came without its venv and ensurepip modules.",
            "install them (Debian, Ubuntu: apt install python3-venv), or install uv.",
        )
    import venv  # Debian ships it apart: not to be met before the refusal

    try:
        venv.create(str(VENV), clear=True, symlinks=True, with_pip=with_pip)
    except subprocess.CalledProcessError as error:
        raise trouble_in((error.output or b"").decode(errors="replace")) from None


def run_installer(command: "list[str]") -> None:
    """Shows a line of progress to a person at a terminal; the log, only if it went wrong."""
    watched = sys.stdout.isatty() and not os.environ.get("CI")
    log = []
    with subprocess.Popen(
        command,
        cwd=str(ROOT),
        env=dict(os.environ, PIP_USER="0"),  # a machine's "always --user" cannot hold inside .venv
        close_fds=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        for line in process.stdout or ():
            log.append(line.decode(errors="replace"))
            if watched:
                print("\r\033[K" + log[-1].strip()[:70], end="", flush=True)
    if watched:
        print("\r\033[K", end="", flush=True)
    if process.returncode:
        raise trouble_in("".join(log))


def trouble_in(log: str) -> Trouble:
    print("\n".join(log.strip().splitlines()[-12:]), file=sys.stderr)
    for words, what, fix in TROUBLES:
        if re.search(words, log):
            return Trouble(what, fix)
    return Trouble("the installation failed, see above.", "mend that, then start again.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
