"""Where techinsure keeps data on this machine, and how much of it."""

import os
import sys
from pathlib import Path

from techinsure.errors import Fault, InvalidParameter

FOLDER, BYTES = "TECHINSURE_DATA", "TECHINSURE_STORE_BYTES"
"""Environment variables: the data folder, and the most bytes of stored runs in it."""

DEFAULT_BYTES = 2 * 1024**3


def data_folder() -> Path:
    """`TECHINSURE_DATA` where it is set; else the usual place of this system: on Linux
    `techinsure` in `XDG_DATA_HOME`, by default `~/.local/share`. It may not be there yet."""
    chosen = os.environ.get(FOLDER, "")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "techinsure"
    shared = os.environ.get("XDG_DATA_HOME", "")
    if os.path.isabs(shared):  # a relative one is to be ignored, says the XDG specification
        return Path(shared) / "techinsure"
    return Path.home() / ".local" / "share" / "techinsure"


def most_bytes() -> int:
    """`TECHINSURE_STORE_BYTES`, or 2 GiB; `InvalidParameter` where it is no whole number."""
    chosen = os.environ.get(BYTES, "")
    if not chosen:
        return DEFAULT_BYTES
    if not chosen.isascii() or not chosen.isdigit() or len(chosen) > 18:
        fix = f"such as {DEFAULT_BYTES} for 2 GiB; 0 stores nothing"
        raise InvalidParameter([Fault(BYTES, chosen, "must be a whole number of bytes", fix)])
    return int(chosen)
