"""run.py without a network: what it refuses, what its stamp trusts, what lint reports."""

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import run

SOURCE = Path(run.__file__).read_text(encoding="utf-8")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout whose locks hold a word each, with no .venv."""
    (tmp_path / "requirements").mkdir()
    for name in ("requirements/core.txt", "requirements/test.txt", "pyproject.toml"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(run, "BIN", tmp_path / ".venv/bin")
    monkeypatch.setattr(run, "STAMP", tmp_path / ".venv/installed.json")
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def installs(checkout, monkeypatch):
    """The commands that would have run; making .venv makes a folder with a pip in it."""
    commands = []

    def make_venv(with_pip):
        commands.append("venv")
        (checkout / ".venv/bin").mkdir(parents=True, exist_ok=True)
        if with_pip:
            (checkout / ".venv/bin/pip").touch()

    def run_installer(command):
        commands.append(command[-1])

    monkeypatch.setattr(run, "make_venv", make_venv)
    monkeypatch.setattr(run, "run_installer", run_installer)
    return commands


def test_parses_on_old_pythons_to_reach_its_own_refusal():
    ast.parse(SOURCE, feature_version=(3, 6))


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 10), (3, 14)])
def test_refuses_pythons_it_was_not_tested_on(version):
    with pytest.raises(run.Trouble) as refusal:
        run.refuse_other_machines(version, "serve")
    what, fix = str(refusal.value).splitlines()
    assert "{}.{}".format(*version) in what
    assert re.fullmatch(r"Fix: .*python3\.1[123] run\.py serve", fix)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_accepts_the_pythons_it_was_tested_on(version):
    run.refuse_other_machines(version, "serve")


@pytest.mark.parametrize("words", [["dmeo"], ["lint", "src"]])
def test_says_in_two_lines_what_is_wrong_with_the_words(words, capsys):
    assert run.main(words) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_teaches_its_verbs(capsys):
    assert run.main(["--help"]) == 0
    taught = capsys.readouterr().out
    assert all(f"python3 run.py {verb} " in taught for verb in run.LOCKS)
    assert run.main([]) == 2


def test_names_the_package_to_install_when_python_has_no_venv(checkout, monkeypatch):
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else name
    )
    with pytest.raises(run.Trouble, match="apt install python3-venv"):
        run.make_venv(with_pip=True)


@pytest.mark.parametrize(
    ("log", "what"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("error: failed to write: No space left on device (os error 28)", "disk is full"),
        ("<pip._vendor.urllib3.connection.HTTPSConnection>: Temporary failure in name resolution",
         "no package index"),
        ("NewConnectionError(...): Failed to establish a new connection", "no package index"),
        ("error: Request failed after 3 retries\n  Caused by: dns error", "no package index"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not the file"),
        ("something else", "installation failed"),
    ],
)  # fmt: skip
def test_reads_the_cause_from_the_log_of_the_installer(log, what):
    message = str(run.trouble_in(log))
    assert what in message
    assert len(message.splitlines()) == 2


def test_a_failing_installer_shows_its_log(capfd):
    with pytest.raises(run.Trouble):
        run.run_installer([sys.executable, "-c", "print('the cause'); raise SystemExit(3)"])
    assert "the cause" in capfd.readouterr().err


def test_installs_once(checkout, installs):
    run.set_up("core")
    assert installs == ["venv", "requirements/core.txt", "."]
    run.set_up("core")
    assert len(installs) == 3


def test_the_test_environment_serves_every_verb_and_the_core_does_not(checkout, installs):
    run.set_up("core")
    run.set_up("test")
    assert installs[3:] == ["requirements/test.txt", "."]
    run.set_up("core")
    assert len(installs) == 5


@pytest.mark.parametrize("changed", ["requirements/core.txt", "pyproject.toml"])
def test_installs_again_in_place_when_its_sources_change(checkout, installs, changed):
    run.set_up("test")
    (checkout / changed).write_text("another")
    assert not run.is_ready("test")
    run.set_up("test")
    assert installs[3:] == ["requirements/test.txt", "."]


def test_makes_a_new_environment_for_another_python(checkout, installs, monkeypatch):
    run.set_up("test")
    monkeypatch.setattr(sys, "version", "3.12.0")
    run.set_up("test")
    assert installs[3] == "venv"


def test_an_environment_that_uv_made_is_made_anew_for_pip(checkout, installs, monkeypatch):
    with monkeypatch.context() as with_uv:
        with_uv.setattr(run.shutil, "which", lambda name: "/usr/bin/uv")
        run.set_up("core")
    run.set_up("test")
    assert installs.count("venv") == 2


def test_an_interrupted_installation_leaves_no_stamp(checkout, installs, monkeypatch):
    run.set_up("core")

    def interrupted(command):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_installer", interrupted)
    assert run.main(["test"]) == 130
    assert run.read_stamp() == {}


def test_says_so_when_the_folder_cannot_be_written(checkout, installs, monkeypatch, capsys):
    def refused(command):
        raise PermissionError(13, "Permission denied", "somewhere")

    monkeypatch.setattr(run, "run_installer", refused)
    assert run.main(["test"]) == 1
    message = capsys.readouterr().err.splitlines()
    assert message[0] == "run.py: cannot write somewhere: Permission denied."
    assert len(message) == 2


def test_hands_further_words_and_the_process_itself_to_the_command(checkout, monkeypatch):
    replaced = []
    monkeypatch.setattr(run, "set_up", replaced.append)
    monkeypatch.setattr(run.os, "execv", lambda *arguments: replaced.append(arguments))
    run.main(["test", "-k", "surplus"])
    pytest_path = str(checkout / ".venv/bin/pytest")
    assert replaced == ["test", (pytest_path, [pytest_path, "-q", "-n", "2", "-k", "surplus"])]


def test_lint_runs_every_check_and_fails_if_one_does(monkeypatch, capsys):
    ran = []

    def call(command):
        ran.append(Path(command[0]).name)
        return 1 if ran[-1] == "mypy" else 0

    monkeypatch.setattr(subprocess, "call", call)
    assert run.lint() == 1
    assert ran == ["ruff", "ruff", "mypy", "lint-imports", "pytest"]
    assert capsys.readouterr().out.splitlines()[-1] == "lint: failed: mypy"
    monkeypatch.setattr(subprocess, "call", lambda command: 0)
    assert run.lint() == 0


def locked(name):
    """The lines of a lock, each with its hashes."""
    return (run.ROOT / f"requirements/{name}.txt").read_text().replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("name", ["core", "test"])
def test_locks_pin_every_package_by_hash_and_name_no_address(name):
    for line in locked(name):
        assert re.match(r"[\w.-]+==\S+ .*--hash=sha256:", line)
        assert "://" not in line


def test_the_test_lock_holds_all_of_the_core_lock():
    assert set(locked("core")) < set(locked("test"))


def test_the_locks_keep_the_bounds_of_pyproject():
    project = tomllib.loads((run.ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    core = [*project["project"]["dependencies"], *groups["build"]]
    for name, wanted in (("core", core), ("test", groups["test"] + groups["lint"])):
        pins = [line.split()[0].split("==") for line in locked(name)]
        for requirement in map(Requirement, wanted):
            versions = [version for package, version in pins if package == requirement.name]
            assert versions, f"{requirement.name} is not in {name}.txt"
            assert all(map(requirement.specifier.contains, versions)), requirement.name
