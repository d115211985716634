"""What events of a document name, found at once: covers by policy, events by reference, and which
earlier event books the same."""

from collections.abc import Sequence
from typing import Any

from techinsure.accounts.bookings import Subject
from techinsure.accounts.events import Cession, Event, Instalment, Tax

ONCE = (Instalment, Tax, Cession)
"""An instalment is collected once, a premium taxed once, a booking ceded to a treaty once."""

SAME = ("policy", "class_code", "premium_minor", "of", "number", "on", "treaty")
"""Fields in which two events of such a kind agree that book the same."""


class DocumentIndex:
    """`covers`: of each policy, as listed; `events`: the first of each reference; `before`: for the
    place of an event the reference of the last one before it that books the same."""

    __slots__ = ("before", "covers", "events")

    def __init__(self, policies: Sequence[Subject], events: Sequence[Event]) -> None:
        self.covers: dict[str, list[Subject]] = {}
        for one in policies:
            self.covers.setdefault(one.policy, []).append(one)
        self.events: dict[str, Event] = {}
        self.before: dict[int, str] = {}
        last: dict[tuple[Any, ...], str] = {}
        for place, event in enumerate(events):
            self.events.setdefault(event.reference, event)
            if isinstance(event, ONCE):
                books = (type(event), *(getattr(event, name, None) for name in SAME))
                if books in last:
                    self.before[place] = last[books]
                last[books] = event.reference
