"""Results kept in memory: the latest, until the service stops."""

from collections import OrderedDict
from threading import Lock
from typing import Any
from uuid import uuid4

from techinsure.errors import NotFound

MOST_KEPT = 16


class Store:
    """The latest results by id; the one longest not asked for goes first."""

    def __init__(self, what: str, most: int = MOST_KEPT) -> None:
        self._what, self._most = what, most
        self._kept: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = Lock()

    def add(self, document: dict[str, Any]) -> dict[str, Any]:
        """`document` with an id of its own, kept under it."""
        whole = {"id": uuid4().hex, **document}
        with self._lock:
            self._kept[whole["id"]] = whole
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return whole

    def get(self, name: str) -> dict[str, Any]:
        """The document of that id, or `NotFound`; the ids of others are not told."""
        with self._lock:
            if name not in self._kept:
                raise NotFound(self._what, name, ())
            self._kept.move_to_end(name)
            return self._kept[name]
