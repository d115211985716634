"""Loops over rows of losses: payments, their order, events, layers, sums. See `declared`."""

import numpy as np
from numba import types as t

from techinsure.kernels.declared import f64, i64, kernel, read, table, u64

_years, _events, _items, _codes = (read(t.int32),) * 4
_amounts, _kinds, _moments, _marks = map(read, (t.float64, t.int8, t.uint32, t.uint64))
MIX_EVENT, MIX_INNER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
"""Odd numbers that spread keys over the slots of a table."""
RUN = 16
"""Up to so many entries are put in order by insertion; runs of so many are merged."""
SLOTS = 64
"""A year's entries are first spread over so many spans of time."""


@kernel(f64(*(_items, _kinds, _amounts, _amounts, read(t.int32, 2)), *(_amounts,) * 6))
def payments(
    item, cause, time, loss, terms_of, most, deductible, rate, limit, insured_share, waiting
):
    paid = np.zeros(len(loss))
    for row in range(len(loss)):
        term = terms_of[item[row], cause[row]]
        if term < 0 or time[row] < waiting[term]:
            continue
        capped = most[term] if loss[row] > most[term] else loss[row]  # a NaN stays one
        share = rate[term] * capped
        layer = capped - (deductible[term] if share < deductible[term] else share)
        layer = 0.0 if layer < 0.0 else layer
        layer = limit[term] if layer > limit[term] else layer
        paid[row] = (1.0 - insured_share[term]) * layer
    return paid


@kernel(t.boolean(t.uint64, t.uint64, _marks, _codes, _kinds))
def _later(one, other, event, rank, cause):
    if one >> np.uint64(32) != other >> np.uint64(32):
        return one > other
    first, second = np.uint32(one), np.uint32(other)
    if event[first] != event[second]:
        return event[first] > event[second]
    if rank[first] != rank[second]:
        return rank[first] > rank[second]
    if cause[first] != cause[second]:
        return cause[first] > cause[second]
    return one > other


@kernel(t.void(u64, t.int64, t.int64, _marks, _codes, _kinds))
def _insert(keys, low, high, event, rank, cause):
    for place in range(low + 1, high):
        key, at = keys[place], place
        moment = key >> np.uint64(32)
        while at > low and keys[at - 1] >> np.uint64(32) >= moment:
            if not _later(keys[at - 1], key, event, rank, cause):
                break
            keys[at] = keys[at - 1]
            at -= 1
        keys[at] = key


@kernel(t.void(u64, u64, t.int64, t.int64, _marks, _codes, _kinds))
def _merge(keys, spare, low, high, event, rank, cause):
    for start in range(low, high, RUN):
        _insert(keys, start, min(start + RUN, high), event, rank, cause)
    width = RUN
    while width < high - low:
        for start in range(low, high, 2 * width):
            middle, stop = min(start + width, high), min(start + 2 * width, high)
            left, right = start, middle
            for place in range(start, stop):
                take = right == stop
                if left < middle and right < stop:
                    take = not _later(keys[left], keys[right], event, rank, cause)
                spare[place] = keys[left] if take else keys[right]
                left += take
                right += not take
        keys[low:high] = spare[low:high]
        width *= 2


@kernel(t.boolean(u64, u64, t.int64, t.int64, i64))
def _spread(keys, spare, low, high, count):
    first = last = keys[low] >> np.uint64(32)
    for place in range(low, high):
        first = min(first, keys[place] >> np.uint64(32))
        last = max(last, keys[place] >> np.uint64(32))
        spare[place] = keys[place]
    scale = SLOTS / (np.float64(last - first) + 1.0)
    count[:] = 0
    for place in range(low, high):
        slot = np.int64(np.float64((spare[place] >> np.uint64(32)) - first) * scale)
        count[min(slot, SLOTS - 1) + 1] += 1
    few = True
    for slot in range(SLOTS):
        few &= count[slot + 1] <= RUN
        count[slot + 1] += count[slot]
    for place in range(low, high):
        slot = min(np.int64(np.float64((spare[place] >> np.uint64(32)) - first) * scale), SLOTS - 1)
        keys[low + count[slot]] = spare[place]
        count[slot] += 1
    return few


@kernel(t.int64[::1](_years, _moments, _marks, _codes, _kinds))
def order(year, moment, event, rank, cause):
    n = len(year)
    keys, spare, found = np.empty(n, np.uint64), np.empty(n, np.uint64), np.empty(n, np.int64)
    if n == 0:
        return found
    count = np.empty(SLOTS + 1, np.int64)
    first = np.int64(year.min())
    start = np.zeros(np.int64(year.max()) - first + 2, np.int64)
    for row in range(n):
        start[year[row] - first + 1] += 1
    start = np.cumsum(start)
    for row in range(n):
        place = start[year[row] - first]
        keys[place] = (np.uint64(moment[row]) << np.uint64(32)) | np.uint64(row)
        start[year[row] - first] = place + 1
    low = 0
    for high in start[:-1]:
        if high - low <= RUN or _spread(keys, spare, low, high, count):
            _insert(keys, low, high, event, rank, cause)
        else:
            _merge(keys, spare, low, high, event, rank, cause)
        low = high
    for place in range(n):
        found[place] = np.int64(keys[place] & np.uint64(0xFFFFFFFF))
    return found


@kernel(t.int64(_years))
def _room(year):
    longest = low = 0
    for row in range(1, len(year)):
        if year[row] != year[row - 1]:
            low = row
        longest = max(longest, row - low + 1)
    room = 4
    while room < 2 * longest:
        room *= 2
    return room


@kernel(t.boolean(_years, _marks))
def collide(year, event):
    holder = np.full(_room(year), -1)
    low = 0
    for row in range(len(year)):
        if row > low and year[row] != year[row - 1]:
            low = row
        number = event[row] >> np.uint64(33)
        slot = np.int64(number) & (len(holder) - 1)
        while holder[slot] >= low and event[holder[slot]] != event[row]:
            if event[holder[slot]] >> np.uint64(33) == number:
                return True
            slot = (slot + 1) & (len(holder) - 1)
        holder[slot] = row
    return False


@kernel(t.int64(_events, _codes, t.int64, t.int64, i64, i64))
def _gather(event, inner, low, high, holder, group):
    groups = 0
    for row in range(low, high):
        if row > low and event[row] == event[row - 1] and inner[row] == inner[row - 1]:
            group[row - low] = group[row - low - 1]
            continue
        mixed = np.uint64(event[row]) * MIX_EVENT ^ np.uint64(inner[row]) * MIX_INNER
        slot = np.int64(mixed >> np.uint64(32)) & (len(holder) - 1)
        while holder[slot] >= low and (
            event[holder[slot]] != event[row] or inner[holder[slot]] != inner[row]
        ):
            slot = (slot + 1) & (len(holder) - 1)
        if holder[slot] < low:
            holder[slot] = row
            group[row - low] = groups
            groups += 1
        else:
            group[row - low] = group[holder[slot] - low]
    return groups


@kernel(t.int64(_years, t.int64))
def _end(year, low):
    high = low + 1
    while high < len(year) and year[high] == year[low]:
        high += 1
    return high


@kernel(t.int64[::1](_years, _events, _codes, _amounts, t.float64))
def reaching(year, event, inner, loss, floor):
    holder = np.full(_room(year), -1)
    group, total = np.empty(len(holder), np.int64), np.empty(len(holder))
    found = np.empty(len(year), np.int64)  # untouched pages of it take no memory
    size = low = 0
    while low < len(year):
        high = _end(year, low)
        whole = 0.0
        for row in range(low, high):
            whole += loss[row]
        # no group's sum, added in its own order, can be more than this
        if whole * (1.0 + (high - low) * 2.0**-51) > floor:
            total[: _gather(event, inner, low, high, holder, group)] = 0.0
            for row in range(low, high):
                total[group[row - low]] += loss[row]
            for row in range(low, high):
                found[size] = row
                size += total[group[row - low]] > floor
        low = high
    return found[:size].copy()


@kernel(f64(_years, _events, _amounts, t.int64))
def largest(year, event, values, n_years):
    holder = np.full(_room(year), -1)
    group, total = np.empty(len(holder), np.int64), np.empty(len(holder))
    found = np.zeros(n_years)
    low = 0
    while low < len(year):
        high = _end(year, low)
        groups = _gather(event, event, low, high, holder, group)
        total[:groups] = 0.0
        for row in range(low, high):
            total[group[row - low]] += values[row]
        for place in range(groups):
            found[year[low]] = max(found[year[low]], total[place])
        low = high
    return found


@kernel(table(_years, _items, _codes, _amounts, t.int64, t.int64))
def annual_by(year, item, code, values, n_codes, n_years):
    sums = np.zeros((n_codes, n_years))
    low = 0
    while n_codes == 1 and low < len(year):
        high = _end(year, low)
        whole = 0.0
        for row in range(low, high):
            whole += values[row]
        sums[0, year[low]] = whole
        low = high
    for row in range(low, len(year)):
        sums[code[item[row]], year[row]] += values[row]
    return sums
