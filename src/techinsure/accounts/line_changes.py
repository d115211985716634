"""What a change of lines makes of the pool: who joins, leaves, leads, and with which lines."""

from collections.abc import Mapping
from dataclasses import replace

from techinsure.accounts.events import ChangeOfLines
from techinsure.accounts.lines_in_force import LinesInForce
from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.pool.members import Pool
from techinsure.quantities import nearest


def lines_after(lines: LinesInForce, event: ChangeOfLines) -> LinesInForce:
    """The lines with the change from the day booked on; one change a day."""
    last = lines.periods[-1].starts
    if len(lines.periods) > 1 and event.booked <= last:
        bound = f"must be after {last}, when the lines changed last"
        fix = "say all that changes on a day in one event"
        raise InvalidParameter([Fault("booked", event.booked, bound, fix)])
    return lines.changed(event.booked, _pool_after(lines.at(event.booked).pool, event))


def _pool_after(pool: Pool, event: ChangeOfLines) -> Pool:
    names = [member.name for member in pool.members]
    for name in (*event.leaves, *event.written, *([event.lead] if event.lead else [])):
        if name not in names and name not in [one.name for one in event.joins]:
            raise NotFound("member", name, names, nearest(name, names))
    written: Mapping[str, str] = event.written
    stay = [
        replace(one, written=written.get(one.name, one.written), minimum=None)
        if one.name in written else one
        for one in pool.members if one.name not in event.leaves
    ]  # fmt: skip
    leads = [event.lead] if event.lead else [one.name for one in event.joins if one.lead]
    members = [
        replace(one, lead=one.name in leads) if leads else one for one in (*stay, *event.joins)
    ]
    if sum(one.lead for one in members) != 1:
        fix = "name in lead who leads from now on"
        raise InvalidParameter([Fault("lead", event.lead, "must leave exactly one lead", fix)])
    return replace(pool, members=tuple(members))
