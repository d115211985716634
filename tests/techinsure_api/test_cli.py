"""The command line as a whole: help that teaches, speed of starting, no traceback."""

import json
import os
import subprocess
import sys

import pytest

from techinsure_api import cli, usage

VERBS = ["demo", "price", "pool", "posterior", "bordereau", "check", "verify", "serve", "doctor"]
MAIN = [sys.executable, "-c", "from techinsure_api.cli import main; main()"]


def run(*words, **environment):
    return subprocess.run(
        [*MAIN, *words], capture_output=True, text=True, timeout=120,
        env={**os.environ, "COLUMNS": "100", **environment},
    )  # fmt: skip


def test_the_verbs_are_those_and_every_one_is_explained():
    shown = run("--help")
    assert shown.returncode == 0
    assert all(f" {verb} " in shown.stdout for verb in VERBS)
    assert "Exit codes" in shown.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_teaches_by_examples(verb):
    shown = run(verb, "--help")
    assert shown.returncode == 0
    assert "Examples" in shown.stdout
    assert shown.stdout.count(f"techinsure {verb}") >= 2
    assert "--json" in shown.stdout


def test_help_starts_nothing_heavy():
    script = (
        "import sys; from techinsure_api import cli; print(*set(sys.modules)"
        " & {'numpy', 'scipy', 'pandas', 'fastapi', 'matplotlib', 'techinsure'})"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == []
    before = os.times()
    run("--help")
    after = os.times()
    used = (
        after.children_user - before.children_user + after.children_system - before.children_system
    )
    assert used < 1.0  # seconds of processor: a quarter of one, on a machine at rest


def test_without_words_it_shows_its_help():
    shown = run()
    assert shown.returncode == 2
    assert "Usage" in shown.stdout + shown.stderr


def test_a_word_that_is_no_verb_is_wrong_usage():
    assert run("prize").returncode == 2


def test_a_fault_of_its_own_is_one_line_and_what_to_do(monkeypatch, capsys):
    def fail(app, words):
        raise RuntimeError("no such luck")

    monkeypatch.setattr(usage, "run", fail)
    monkeypatch.setattr(sys, "argv", ["techinsure", "price"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    assert capsys.readouterr().err.splitlines() == [
        "techinsure: RuntimeError: no such luck",
        "  fix:   set TECHINSURE_TRACEBACK=1, run it again and report what it prints",
    ]
    monkeypatch.setenv("TECHINSURE_TRACEBACK", "1")
    with pytest.raises(RuntimeError):
        cli.main()


def test_a_terminal_that_knows_no_chinese_still_gets_json():
    shown = run("price", "--example", "rd_loss", PYTHONIOENCODING="ascii")
    assert json.loads(shown.stdout)["product"] == "rd_loss"
    shown = run("pool", "--years", "1000", PYTHONIOENCODING="ascii")
    assert shown.returncode == 0, shown.stderr


@pytest.mark.parametrize(
    "words",
    ["price --product patent --years 1000 --json", "check", "doctor --lang zh", "--help"],
)
def test_a_reader_that_is_gone_is_no_fault(words):
    """`true` ends before anything is said, as `head` does after its first lines."""
    command = " ".join(f"'{word}'" for word in MAIN)
    shown = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} {words} | (exec <&-; true)"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert shown.stderr == ""
    assert shown.returncode == 0


def test_a_reader_of_one_line_gets_it():
    command = " ".join(f"'{word}'" for word in [*MAIN, "price", "--example", "rd_loss", "--json"])
    shown = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -1"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert shown.stdout == "{\n"
    assert (shown.stderr, shown.returncode) == ("", 0)


def test_a_pipe_that_breaks_elsewhere_is_a_failure(monkeypatch, capfd):
    def fail(app, words):
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(usage, "run", fail)
    monkeypatch.setattr(sys, "argv", ["techinsure", "pool"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 3
    assert "Broken pipe" in capfd.readouterr().err
