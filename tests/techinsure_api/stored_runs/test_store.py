"""The store of runs: bounded, least recently used first out, honest about what is not kept."""

import errno
import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from techinsure.catalogue import shipped
from techinsure.errors import Mismatch, NotFound
from techinsure_api.stored_runs import disk
from techinsure_api.stored_runs.store import NotStored, RunStore
from tests.techinsure_api.stored_runs.runs import small

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "runs"


@pytest.fixture
def one(folder):
    """The bytes of one stored run."""
    return disk.size(folder / RunStore(folder).add(*small()))


def aged(folder, name, seconds):
    """The run was last used so many seconds ago."""
    then = time.time_ns() - seconds * 10**9
    os.utime(folder / name, ns=(then, then))


def test_what_is_stored_is_there_for_another_store(folder):
    report, request = small()
    name = RunStore(folder).add(report, request)
    again = RunStore(folder)  # as after a restart
    assert again.report(name)["gross"]["mean"]["value"] == report.gross.mean.value
    assert len(again.simulated(name, shipped()).losses) == len(report.losses)
    outline = again.outline(name)
    assert (outline.n_losses, outline.n_years) == (len(report.losses), 1000)
    assert outline.programme == report.programme
    assert [place.name for place in folder.iterdir() if place.name[0] != "."] == [name]


def test_the_data_folder_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("TECHINSURE_DATA", str(tmp_path / "elsewhere"))
    name = RunStore().add(*small())
    assert (tmp_path / "elsewhere" / "runs" / name / "run.json").is_file()


def test_the_least_recently_used_goes_first(folder, one):
    (folder / RunStore(folder).names()[0]).rename(folder.parent / "away")
    store = RunStore(folder, most=2 * one + 1000)
    first, second = store.add(*small()), store.add(*small())
    aged(folder, first, 200)
    aged(folder, second, 100)
    store.report(first)  # used: now the second is the older one
    third = store.add(*small())
    assert set(store.names()) == {first, third}
    with pytest.raises(NotFound):
        store.report(second)
    aged(folder, first, 100)
    store.simulated(first, shipped())
    aged(folder, third, 50)
    fourth = store.add(*small())
    assert set(store.names()) == {first, fourth}
    assert sum(disk.size(folder / name) for name in store.names()) <= 2 * one + 1000


def test_a_run_larger_than_the_store_is_not_kept_and_nothing_goes_for_it(folder, one):
    held = RunStore(folder).names()
    with pytest.raises(NotStored, match=r"the run has [\d,]+ bytes and the store at most 1,000: "
                                        "set TECHINSURE_STORE_BYTES"):  # fmt: skip
        RunStore(folder, most=1000).add(*small())
    assert RunStore(folder).names() == held


def test_a_bound_that_is_no_number_is_told(monkeypatch, folder):
    monkeypatch.setenv("TECHINSURE_STORE_BYTES", "lots")
    with pytest.raises(NotStored, match="must be a whole number of bytes, got 'lots'"):
        RunStore(folder).add(*small())


@pytest.mark.parametrize("step", ["write", "fsync", "rename"])
def test_a_full_disk_leaves_nothing_half_done(folder, monkeypatch, step):
    def full(*arguments, **named):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))

    if step == "write":
        original = disk.write
        monkeypatch.setattr(
            disk,
            "write",
            lambda file, content: full() if file.name == "report.json" else original(file, content),
        )
    elif step == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "rename", full)
    store = RunStore(folder)
    with pytest.raises(NotStored, match="No space left on device; make room there"):
        store.add(*small())
    monkeypatch.undo()
    assert store.names() == ()
    assert [place.name for place in folder.iterdir()] in ([], [".lock"])
    assert store.add(*small()) in store.names()


def test_every_file_is_on_the_disk_before_the_run_has_its_name(folder, monkeypatch):
    steps = []
    sync, rename = os.fsync, Path.rename

    def fsync(handle):
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def renamed(place, target):
        steps.append("rename")
        return rename(place, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", renamed)
    RunStore(folder).add(*small())
    assert steps == ["file"] * 4 + ["folder", "rename", "folder"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(NotStored, match="TECHINSURE_DATA"):
        RunStore(tmp_path / "file" / "runs").add(*small())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_serves_and_keeps_nothing(folder):
    store = RunStore(folder)
    name = store.add(*small())
    folder.chmod(0o500)
    (folder / name).chmod(0o500)
    try:
        assert store.report(name)
        with pytest.raises(NotStored, match="Permission denied"):
            store.add(*small())
    finally:
        folder.chmod(0o700)
        (folder / name).chmod(0o700)


def test_a_disk_that_cannot_be_touched_still_serves(folder, monkeypatch):
    store = RunStore(folder)
    name = store.add(*small())

    def read_only(*arguments, **named):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "utime", read_only)
    assert store.report(name)
    assert store.simulated(name, shipped())


def test_a_damaged_run_is_named_and_the_others_are_served(folder):
    store = RunStore(folder)
    bad, good = store.add(*small()), store.add(*small())
    (folder / bad / "losses.parquet").write_bytes(b"PAR1")
    with pytest.raises(Mismatch, match=f"{bad} is damaged"):
        store.simulated(bad, shipped())
    assert store.simulated(good, shipped())


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../runs", ".lock", "0" * 31, "0" * 33, "G" * 32, "0" * 32, "a/b", "\0"]
)
def test_what_is_no_id_is_not_found_and_others_are_not_told(folder, name):
    store = RunStore(folder)
    held = store.add(*small())
    for ask in (store.report, store.outline, lambda name: store.simulated(name, shipped())):
        with pytest.raises(NotFound) as missing:
            ask(name)
        assert held not in str(missing.value)


def test_before_anything_is_stored_nothing_is_found(folder):
    store = RunStore(folder)
    assert store.names() == ()
    with pytest.raises(NotFound, match="stored run 'latest' is not known"):
        store.find()
    assert not folder.exists()


def test_runs_are_found_by_the_start_of_their_id_or_as_the_latest(folder):
    store = RunStore(folder)
    first, second = store.add(*small()), store.add(*small())
    store.report(first)  # used, not made, later
    assert store.names() == (second, first)
    assert store.find() == second
    assert store.find(first) == store.find(first[:12]) == first
    for start in ("abc", first[:3], "zzzz", "../", first + "0"):
        with pytest.raises(NotFound, match="stored run"):
            store.find(start)


def test_a_start_that_fits_two_runs_is_refused(folder):
    for end in "01":
        (folder / ("abcd" + end * 28)).mkdir(parents=True)
    store = RunStore(folder)
    with pytest.raises(NotFound):
        store.find("abcd")
    assert store.find("abcd0") == "abcd" + "0" * 28


def test_what_dead_writers_left_is_no_run_and_goes(folder):
    store = RunStore(folder)
    store.add(*small())
    for name, seconds in ((".new-dead", 7200), (".new-alive", 5), (".old-gone", 5)):
        (folder / name).mkdir()
        (folder / name / "run.json").write_text("{}", "utf-8")
        aged(folder, name, seconds)
    assert len(store.names()) == 1
    store.add(*small())
    left = {place.name for place in folder.iterdir() if place.name[:4] in (".new", ".old")}
    assert left == {".new-alive"}


def test_many_threads_keep_the_bound_and_lose_nothing_that_is_in_it(folder, one):
    store = RunStore(folder, most=3 * one + 1000)
    small()
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: store.add(*small()), range(8)))
    kept = store.names()
    assert len(set(made)) == 8
    assert len(kept) == 3
    assert set(kept) <= set(made)
    assert all(store.simulated(name, shipped()) for name in kept)


SCRIPT = """
import sys
from pathlib import Path
from techinsure_api.stored_runs.store import RunStore
from tests.techinsure_api.stored_runs.runs import small
store = RunStore(Path(sys.argv[1]), most=int(sys.argv[2]))
small()
print("ready", flush=True)
print(*(store.add(*small()) for _ in range(5)))
"""


def test_two_processes_share_a_store(folder, one):
    most = 4 * one + 4000
    path = os.pathsep.join([str(ROOT), *sys.path])
    other = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), str(most)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert other.stdout is not None
    assert other.stdout.readline() == "ready\n"
    store = RunStore(folder, most=most)
    made = [store.add(*small()) for _ in range(5)]
    made += other.communicate(timeout=120)[0].split()
    assert other.returncode == 0
    assert len(set(made)) == 10
    assert 3 <= len(store.names()) <= 4
    assert sum(disk.size(folder / name) for name in store.names()) <= most
    assert all(store.simulated(name, shipped()) for name in store.names())
