"""The store of pool runs: a bounded folder, least recently used first out.

A run is written beside the store and moved into it in one step, so that whoever looks sees all of
it or nothing. Reading needs no lock: files in the store never change.
"""

import os
import re
import shutil
import time
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from techinsure.catalogue import Catalogue
from techinsure.errors import InvalidParameter, NotFound
from techinsure.pooling import resolved
from techinsure.pooling.report import PoolReport, PoolRequest
from techinsure.pooling.what_if import SimulatedPool
from techinsure.reading import read
from techinsure.reinsurance.programme import Programme
from techinsure_api.stored_runs import disk, run_folder
from techinsure_api.stored_runs.folder import BYTES, data_folder, most_bytes

ID = re.compile(rf"[0-9a-f]{{{run_folder.ID_LENGTH}}}")
PREFIX = re.compile(rf"[0-9a-f]{{4,{run_folder.ID_LENGTH}}}")
COMING, GOING = ".new-", ".old-"
ABANDONED = 3600.0
"""Seconds after which a half-written run has no writer any more."""

WHAT = "simulation"


class Outline(NamedTuple):
    """How much a run holds, and the programme that it ran."""

    n_losses: int
    n_years: int
    programme: Programme


class NotStored(Exception):
    """The run could not be kept; the text says why and what to do."""


class RunStore:
    """Runs by id, in `folder` (by default `runs` in the data folder), of `most` bytes (by default
    `TECHINSURE_STORE_BYTES`)."""

    def __init__(self, folder: Path | None = None, most: int | None = None) -> None:
        self._folder, self._most = folder, most

    @property
    def folder(self) -> Path:
        """Where the runs are; it may not be there yet."""
        return self._folder or data_folder() / "runs"

    def add(self, report: PoolReport, request: PoolRequest) -> str:
        """Keep a run under an id of its own, which is returned once all of it is on the disk.

        `NotStored` where the disk is full or not to be written, or the run larger than the store.
        """
        try:
            most = most_bytes() if self._most is None else self._most
            files = run_folder.contents(report, resolved(request))
            needed = sum(len(content) for content in files.values())
            if needed > most:
                raise NotStored(
                    f"the run has {needed:,} bytes and the store at most {most:,}: "
                    f"set {BYTES} to more"
                )
            return self._add(files, needed, most)
        except OSError as error:
            where = error.filename or self.folder
            raise NotStored(
                f"{where}: {error.strerror or error}; make room there, or set TECHINSURE_DATA "
                "to a folder that can be written"
            ) from error
        except InvalidParameter as error:
            raise NotStored(str(error)) from error

    def report(self, name: str) -> dict[str, Any]:
        """The report of a run as JSON has it. `NotFound`; `Mismatch` where it is damaged."""
        folder = self._of(name)
        found = run_folder.report(folder)
        _touch(folder)
        return found

    def outline(self, name: str) -> Outline:
        """What to know of a run before its losses are read; raises as `report`."""
        found = run_folder.record(self._of(name))
        return Outline(found["n_losses"], found["n_years"], read(Programme, found["programme"]))

    def simulated(self, name: str, catalogue: Catalogue) -> SimulatedPool:
        """What a run simulated. Raises as `report`; `Mismatch` too where products have changed."""
        folder = self._of(name)
        found = run_folder.simulated(folder, catalogue)
        _touch(folder)
        return found

    def names(self) -> tuple[str, ...]:
        """The ids of all runs, the latest made first."""
        found = [(_when(place / run_folder.RECORD), place.name) for place in self._runs()]
        return tuple(name for _, name in sorted(found, reverse=True))

    def find(self, start: str = "") -> str:
        """The id that begins with `start` (4 characters or more), or the latest run's; `NotFound`
        names what there is."""
        names = self.names()
        if not start:
            if not names:
                raise NotFound("stored run", "latest", ())
            return names[0]
        fits = [n for n in names if n.startswith(start)] if PREFIX.fullmatch(start) else []
        if len(fits) != 1:
            raise NotFound("stored run", start, names[:10])
        return fits[0]

    def _of(self, name: str) -> Path:
        """The folder of a run; the ids of others are not told."""
        if not ID.fullmatch(name) or not (self.folder / name).is_dir():
            raise NotFound(WHAT, name, ())
        return self.folder / name

    def _runs(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return [place for place in self.folder.iterdir() if ID.fullmatch(place.name)]

    def _add(self, files: dict[str, bytes | memoryview], needed: int, most: int) -> str:
        disk.private(self.folder.parent)
        disk.private(self.folder)
        coming = self.folder / f"{COMING}{uuid4().hex}"
        name = run_folder.id_of(files[run_folder.RECORD])
        try:
            run_folder.write(coming, files)
            with disk.locked(self.folder):
                self._make_room(most - needed)
                _touch(coming)
                coming.rename(self.folder / name)
                disk.keep(self.folder)
        finally:
            shutil.rmtree(coming, ignore_errors=True)
        return name

    def _make_room(self, most: int) -> None:
        """Let runs go, the longest unused first, until the rest have at most `most` bytes; and
        what dead writers have left."""
        for place in self.folder.glob(f"{COMING}*"):
            if time.time() - _when(place) / 1e9 > ABANDONED:
                shutil.rmtree(place, ignore_errors=True)
        for place in self.folder.glob(f"{GOING}*"):
            shutil.rmtree(place, ignore_errors=True)
        runs = sorted(self._runs(), key=_when)
        sizes = {run: disk.size(run) for run in runs}
        kept = sum(sizes.values())
        for run in runs:
            if kept <= most:
                break
            going = self.folder / f"{GOING}{run.name}"
            run.rename(going)
            shutil.rmtree(going)
            kept -= sizes[run]


def _when(place: Path) -> int:
    """When it was made or last used, nanoseconds; 0 where it has gone."""
    try:
        return place.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _touch(folder: Path) -> None:
    """It is used now; where the disk is read-only, nothing can be let go either."""
    now = time.time_ns()
    try:
        os.utime(folder, ns=(now, now))
    except OSError:
        return
