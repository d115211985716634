"""Loops that draw: who fails, what bounds it, who arrives when. See `declared` for the rules."""

import math

import numpy as np
from numba import types as t

from techinsure.kernels.declared import cube, f64, i32, i64, kernel, table, u64

ODD = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
SLOT_BITS = np.uint64(20)
CELL_SHIFT = np.uint64(52)
"""The first 12 bits of a number are its cell among 4,096."""
BELOW_ONE = 1.0 - 2.0**-53


@kernel(t.uint64(t.uint64, t.uint64))
def _bits(key, counter):
    mixed = counter * ODD + key
    mixed = (mixed ^ (mixed >> np.uint64(30))) * FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * SECOND
    return mixed ^ (mixed >> np.uint64(31))


@kernel(t.float64(t.uint64, t.uint64))
def _uniform(key, counter):
    return (np.float64(_bits(key, counter) >> np.uint64(12)) + 0.5) * 2.0**-52


@kernel(t.int64[::1](u64, t.int64, t.int64, table, i64, u64, f64))
def candidates(keys, first, slot, bound, cell, other_keys, other_bound):
    n, years = len(keys), bound.shape[1]
    found = np.empty(n * years, np.int64)
    look = np.empty(years, np.uint8)
    size = 0
    for row in range(n):
        key, own = keys[row], bound[cell[row]]
        counter = (np.uint64(first) << SLOT_BITS) + np.uint64(slot)
        for year in range(years):
            look[year] = _uniform(key, counter + (np.uint64(year) << SLOT_BITS)) < own[year]
        if other_bound[row] < 1.0:
            key, edge = other_keys[row], other_bound[row]
            counter = np.uint64(first) << SLOT_BITS
            for year in range(years):
                look[year] |= _uniform(key, counter + (np.uint64(year) << SLOT_BITS)) > edge
        start = row * years
        for year in range(years):
            found[size] = start + year
            size += look[year]
    return found[:size].copy()


@kernel(
    table(
        cube, t.int64[:, :, ::1], i64, f64, f64, cube, i64, f64, t.float64, t.float64,
        f64, t.float64,
    )
)  # fmt: skip
def reach(tables, drawn, owner, lift, struck, pull, group, spread, first, density, normal, margin):
    n, phases = len(tables), drawn.shape[1]
    years, last = drawn.shape[2], len(normal) - 2
    bound = np.empty((n, years))
    for one in range(n):
        cells, away = drawn[owner[one]], pull[group[one]]
        up, scale = lift[one], 1.0 / spread[one]
        bound[one] = 1.0
        for phase in range(phases):
            table = tables[one, phase]
            for year in range(years):
                x = (table[cells[phase, year]] + up * struck[year] - away[phase, year]) * scale
                at = min(max((x - first) * density, 0.0), last + 0.999999999)
                node = int(at)
                low = normal[node]
                bound[one, year] *= 1.0 - low - (normal[node + 1] - low) * (at - node)
        for year in range(years):
            bound[one, year] = 1.0 - bound[one, year] + margin
    return bound


@kernel(i32(i32, t.int64))
def _grown(values, room):
    larger = np.empty(room, np.int32)
    larger[: len(values)] = values
    return larger


@kernel(f64(f64, t.int64))
def _grown_float(values, room):
    larger = np.empty(room)
    larger[: len(values)] = values
    return larger


@kernel(u64(u64, t.int64))
def _grown_keys(values, room):
    larger = np.empty(room, np.uint64)
    larger[: len(values)] = values
    return larger


@kernel(t.int64(f64, t.float64, t.int64))
def _last_at_most(shown, at, low):
    """The last place of ascending `shown` whose value is <= at; it is `low` or later."""
    top, width = len(shown) - 1, 1
    while low + width <= top and shown[low + width] <= at:
        low += width
        width *= 2
    high = min(low + width, top + 1)
    while high - low > 1:
        middle = (low + high) // 2
        if shown[middle] <= at:
            low = middle
        else:
            high = middle
    return low


@kernel(t.Tuple((i32, i32, f64, u64))(u64, t.int64, i64, table, f64, i64, u64, table, t.int64))
def arrivals(keys, block, clock, steps, scale, swing, swing_key, swings, first):
    n_clocks, years = steps.shape
    turned = np.zeros((n_clocks + 1, years + 1))  # the last row is for sources that swing
    for row in range(n_clocks):
        for year in range(years):
            turned[row, year + 1] = turned[row, year] + steps[row, year]
    cell, step_of = np.empty(years, np.uint64), np.empty(years)
    room = 1024
    source, place = np.empty(room, np.int32), np.empty(room, np.int32)
    when, mark = np.empty(room), np.empty(room, np.uint64)
    size = 0
    low = np.uint64(block) << np.uint64(32)
    for one in range(len(keys)):
        row = clock[one]
        if swing[one] >= 0:
            row = n_clocks
            table, key = swings[swing[one]], swing_key[one]
            for year in range(years):  # three loops, so that the first two use wide registers
                counter = np.uint64(first + year) << SLOT_BITS
                cell[year] = _bits(key, counter) >> CELL_SHIFT
            for year in range(years):
                step_of[year] = steps[clock[one], year] * table[cell[year]]
            for year in range(years):
                turned[row, year + 1] = turned[row, year] + step_of[year]
        shown = turned[row]
        end = shown[years] * scale[one]
        last = np.searchsorted(shown, shown[years]) - 1
        number, position, year = np.uint64(0), 0.0, 0
        while end > 0:
            position -= math.log(_uniform(keys[one], low + number))
            if not position < end:
                break
            if size == room:
                room *= 2
                source, place = _grown(source, room), _grown(place, room)
                when, mark = _grown_float(when, room), _grown_keys(mark, room)
            at = position / scale[one]
            year = min(_last_at_most(shown, at, year), last)
            step = shown[year + 1] - shown[year]
            inside = (at - shown[year]) / step if step > 0 else 0.0
            source[size], place[size] = one, year
            when[size] = min(max(inside, 0.0), BELOW_ONE)
            mark[size] = _bits(keys[one], (low + number) | (np.uint64(1) << np.uint64(63)))
            size += 1
            number += np.uint64(1)
    return source[:size].copy(), place[:size].copy(), when[:size].copy(), mark[:size].copy()
