"""Files that are there whole or not at all, after a loss of power and beside other processes."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE_FOLDER = 0o700
"""Runs hold what is insured for whom: for this user only."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone in `folder` among all threads and processes that ask; the lock ends with its holder."""
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def private(folder: Path) -> Path:
    """The folder, made with those above it where they are missing."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return folder


def write(file: Path, content: bytes | memoryview) -> None:
    """Write a new file, and wait until it is on the disk."""
    with open(file, "xb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def keep(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def size(folder: Path) -> int:
    """Bytes of the files in `folder`, which has no folders in it."""
    with os.scandir(folder) as entries:
        return sum(entry.stat().st_size for entry in entries)
