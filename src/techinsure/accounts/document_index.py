"""What events of a document name, found at once: covers by policy, events by reference, and which
earlier event books the same."""

from collections.abc import Iterator, Sequence
from typing import Any

from techinsure.accounts.bookings import Subject
from techinsure.accounts.events import Cession, Event, Instalment, OfPolicy, Tax, TreatyPremium

ONCE = (Instalment, Tax, Cession)
"""An instalment is collected once, a premium taxed once, a booking ceded to a treaty once; so is a
treaty's whole deposit premium."""

SAME = ("policy", "premium_minor", "of", "number", "on", "treaty")
"""Fields in which two events of such a kind, of one cover, agree that book the same."""


class DocumentIndex:
    """`covers`: of each policy, as listed; `events` and `places`: the first of each reference, and
    where it stands; `before`: for the place of an event the reference of the last one before it
    that books the same."""

    __slots__ = ("_cessions", "_plans", "before", "covers", "events", "places")

    def __init__(self, policies: Sequence[Subject], events: Sequence[Event]) -> None:
        self.covers: dict[str, list[Subject]] = {}
        for one in policies:
            self.covers.setdefault(one.policy, []).append(one)
        self.events: dict[str, Event] = {}
        self.places: dict[str, int] = {}
        self.before: dict[int, str] = {}
        self._cessions: dict[str, list[tuple[int, Cession]]] = {}
        self._plans: dict[tuple[str, str | None], list[tuple[int, Instalment]]] = {}
        last: dict[tuple[Any, ...], str] = {}
        for place, event in enumerate(events):
            self.events.setdefault(event.reference, event)
            self.places.setdefault(event.reference, place)
            if isinstance(event, Cession):
                self._cessions.setdefault(event.on, []).append((place, event))
            if isinstance(event, Instalment):
                self._plans.setdefault(self._cover(event), []).append((place, event))
            if books := self._books_once(event):
                if books in last:
                    self.before[place] = last[books]
                last[books] = event.reference

    def cessions_before(self, place: int, on: str) -> Iterator[Cession]:
        """Of one booking."""
        return (one for at, one in self._cessions.get(on, ()) if at < place)

    def plans_before(self, place: int, event: Instalment) -> Iterator[Instalment]:
        """Instalments of the same cover."""
        return (one for at, one in self._plans[self._cover(event)] if at < place)

    def _cover(self, event: OfPolicy) -> tuple[str, str | None]:
        """The policy, and its class where the event names it or there is but one."""
        covers = self.covers.get(event.policy, ())
        only = covers[0].class_code if len(covers) == 1 else None
        return event.policy, event.class_code or only

    def _books_once(self, event: Event) -> tuple[Any, ...]:
        """What tells that two events book the same; nothing where they may."""
        if isinstance(event, TreatyPremium):
            return (TreatyPremium, event.treaty) if event.amount_minor is None else ()
        if not isinstance(event, ONCE):
            return ()
        cover = self._cover(event) if isinstance(event, Instalment) else ()
        return type(event), cover, *(getattr(event, name, None) for name in SAME)
