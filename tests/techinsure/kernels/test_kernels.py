"""Which loops a process runs: compiled where machine code can be kept, else the references."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import techinsure
from techinsure.kernels import VARIABLE, compiled, kernels

SOURCE = Path(techinsure.__file__).parent
ASK = """
import json, sys
from techinsure.kernels import kernels
from techinsure.models.trials import _candidates
from techinsure.kernels import compiled
found = kernels()
print(json.dumps([found.name, found.why, compiled(_candidates) is _candidates]))
"""


def asked(source=None, **variables):
    """What a fresh process runs."""
    environment = {k: v for k, v in os.environ.items() if k not in (VARIABLE, "NUMBA_CACHE_DIR")}
    if source:
        environment["PYTHONPATH"] = str(source)
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment | variables, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_the_references_run_when_asked_for():
    name, why, is_reference = asked(**{VARIABLE: "reference"})
    assert (name, is_reference) == ("numpy", True)
    assert VARIABLE in why


def test_another_word_is_refused():
    with pytest.raises(subprocess.CalledProcessError) as error:
        asked(**{VARIABLE: "fast"})
    assert "must be one of auto, memory, reference, got 'fast'" in error.value.stderr


def test_a_process_that_can_keep_nothing_runs_the_references_and_says_why(tmp_path):
    """No folder beside the package (a file stands in its place), no home."""
    shutil.copytree(SOURCE, tmp_path / "techinsure", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "techinsure/kernels/__pycache__").touch()
    name, why, is_reference = asked(
        tmp_path, HOME="/dev/null", XDG_CACHE_HOME="/dev/null/nothing", PYTHONDONTWRITEBYTECODE="1"
    )
    assert (name, is_reference) == ("numpy", True)
    assert "NUMBA_CACHE_DIR" in why
    assert f"{VARIABLE}=memory" in why


def test_kept_code_is_found_again(tmp_path):
    """A second process compiles nothing: the folder stays as the first has left it."""
    first = asked(NUMBA_CACHE_DIR=str(tmp_path))
    assert first[0].startswith("numba ")
    kept = sorted(path.name for path in tmp_path.rglob("*.nbc"))
    stamps = [path.stat().st_mtime_ns for path in sorted(tmp_path.rglob("*.nbc"))]
    assert kept
    assert asked(NUMBA_CACHE_DIR=str(tmp_path)) == first
    assert sorted(path.name for path in tmp_path.rglob("*.nbc")) == kept
    assert [path.stat().st_mtime_ns for path in sorted(tmp_path.rglob("*.nbc"))] == stamps


@pytest.mark.skipif(not kernels().modules, reason=kernels().why)
def test_each_kernel_is_compiled_for_one_signature():
    loops = [
        value for module in kernels().modules for value in vars(module).values()
        if hasattr(value, "signatures")
    ]  # fmt: skip
    assert len(loops) > 10
    for loop in loops:
        assert len(loop.signatures) == 1, loop
        with pytest.raises(TypeError):
            loop("anything else")


@pytest.mark.skipif(not kernels().modules, reason=kernels().why)
def test_a_reference_without_a_twin_is_an_error():
    def _nobody():
        """No kernel bears this name."""

    with pytest.raises(StopIteration):
        compiled(_nobody)
