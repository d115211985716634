"""Loops that draw: who fails, what bounds it, who arrives when. See `declared` for the rules."""

import math

import numpy as np
from numba import types as t

from techinsure.kernels.declared import cube, f64, flags, i32, i64, kernel, table, u64

ODD = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
SLOT_BITS = np.uint64(20)
CELL_SHIFT = np.uint64(52)
"""The first 12 bits of a number are its cell among 4,096."""
BELOW_ONE = 1.0 - 2.0**-53
ROOT_HALF, ROOT_TWO_PI = math.sqrt(0.5), math.sqrt(2.0 * math.pi)


@kernel(t.uint64(t.uint64, t.uint64))
def _bits(key, counter):
    mixed = counter * ODD + key
    mixed = (mixed ^ (mixed >> np.uint64(30))) * FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * SECOND
    return mixed ^ (mixed >> np.uint64(31))


@kernel(t.float64(t.uint64, t.uint64))
def _uniform(key, counter):
    return (np.float64(_bits(key, counter) >> np.uint64(12)) + 0.5) * 2.0**-52


@kernel(f64(u64, i64, t.int64))
def yearly(keys, years, slot):
    n = max(len(keys), len(years)) if len(keys) and len(years) else 0
    values, low = np.empty(n), np.uint64(slot)
    if len(keys) == 1:
        key = keys[0]
        for i in range(n):
            values[i] = _uniform(key, (np.uint64(years[i]) << SLOT_BITS) + low)
    elif len(years) == 1:
        counter = (np.uint64(years[0]) << SLOT_BITS) + low
        for i in range(n):
            values[i] = _uniform(keys[i], counter)
    else:
        for i in range(n):
            values[i] = _uniform(keys[i], (np.uint64(years[i]) << SLOT_BITS) + low)
    return values


@kernel(
    t.Tuple((i64, i64))(
        u64, t.int64, t.int64, table, i64, u64, f64, t.int64, table, i64
    )
)  # fmt: skip
def candidates(keys, first, slot, bound, cell, other_keys, other_bound, also, chance, of_chance):
    n, years = len(keys), bound.shape[1]
    found, when = np.empty(n * years, np.int64), np.empty(n * years, np.int64)
    look = np.empty(years, np.uint8)
    size = 0
    for row in range(n):
        key, own, start = keys[row], bound[cell[row]], size
        counter = (np.uint64(first) << SLOT_BITS) + np.uint64(slot)
        for year in range(years):
            look[year] = _uniform(key, counter + (np.uint64(year) << SLOT_BITS)) < own[year]
        if other_bound[row] < 1.0:
            other, edge = other_keys[row], other_bound[row]
            counter = np.uint64(first) << SLOT_BITS
            for year in range(years):
                look[year] |= _uniform(other, counter + (np.uint64(year) << SLOT_BITS)) > edge
        for year in range(years):
            when[size] = year
            size += look[year]
        counter, low = (np.uint64(first) << SLOT_BITS) + np.uint64(also), chance[of_chance[row]]
        end, size = size, start
        for place in range(start, end):
            year = when[place]
            when[size], found[size] = year, row
            size += _uniform(key, counter + (np.uint64(year) << SLOT_BITS)) < low[year]
    return found[:size].copy(), when[:size].copy()


# Coefficients of AS 241 (Wichura 1988, Applied Statistics 37), highest power first: near the
# middle, in the tail, far out; numerator and denominator of each.
MIDDLE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
TAIL = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
     1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055,
     4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
     0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494,
     2.05319162663775882187, 1.0),
)  # fmt: skip
FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
     0.026532189526576123093, 0.29656057182650489123, 1.7848265399172913358,
     5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
     7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531,
     0.59983220655588793769, 1.0),
)  # fmt: skip


@kernel(t.float64(t.UniTuple(t.UniTuple(t.float64, 8), 2), t.float64))
def _ratio(coefficients, r):
    above, below = 0.0, 0.0
    for one in coefficients[0]:
        above = above * r + one
    for one in coefficients[1]:
        below = below * r + one
    return above / below


@kernel(t.float64(t.float64))
def _probit(p):
    q = p - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(MIDDLE, 0.180625 - q * q)
    tail = min(p, 1.0 - p)
    r = math.sqrt(-math.log(tail))
    if r <= 5.0:
        return math.copysign(_ratio(TAIL, r - 1.6), q)
    score = _ratio(FAR, r - 5.0)  # right to 1e-12; a step of Newton's method for the rest
    missed = 0.5 * math.erfc(score * ROOT_HALF) - tail
    score += missed * ROOT_TWO_PI * math.exp(score * score / 2.0)
    return math.copysign(score, q)


@kernel(t.float64(t.float64, t.float64, t.float64, f64))
def _between(x, first, density, nodes):
    """What straight lines between `nodes` say at `x`; beyond them, the first or the last."""
    at = min(max((x - first) * density, 0.0), len(nodes) - 1.000000001)
    node = int(at)
    return nodes[node] + (nodes[node + 1] - nodes[node]) * (at - node)


@kernel(t.float64(t.float64, t.float64, t.float64))
def _passing(logit, shift, spread):
    """The chance to pass a phase that fails with log odds `logit` before `shift` and `spread`."""
    chance = 1.0 / (1.0 + math.exp(-logit))
    if chance <= 0.0 or chance >= 1.0:
        return 1.0 - chance
    return 1.0 - 0.5 * math.erfc(-(_probit(chance) + shift) / spread * ROOT_HALF)


@kernel(
    i64(
        i64, i64, u64, t.int64, u64, f64, f64, i64, cube, i64, t.int64[:, :, ::1], i64, f64, f64,
        cube, i64, f64, t.int64, t.float64, t.float64, f64, t.float64, t.float64, t.float64, f64,
        t.float64,
    )
)  # fmt: skip
def passed(
    rows, years, keys, slot, odds_keys, odds, sigma, entry, logits, of_class, drawn, owner, lift,
    struck, pull, group, spread, first, low, density, curve, missed, start, nodes, normal, margin,
):  # fmt: skip
    count, phases = np.empty(len(rows), np.int64), logits.shape[1]
    for point in range(len(rows)):
        one, year = rows[point], years[point]
        kind, who, pulled, width = of_class[one], owner[one], group[one], spread[one]
        counter, up = np.uint64(first + year) << SLOT_BITS, lift[one] * struck[year]
        outcome, own = _uniform(keys[one], counter + np.uint64(slot)), odds[one]
        if sigma[one] > 0:
            score = _probit(_uniform(odds_keys[one], counter))
            own += sigma[one] * score - sigma[one] * sigma[one] / 2
        count[point], through, sure = entry[one], 1.0, True
        slack = phases * (margin + missed / width)
        for phase in range(entry[one], phases):  # no way out, so that points overlap
            logit = own + logits[kind, phase, drawn[who, phase, year]]
            x = (_between(logit, low, density, curve) + up - pull[pulled, phase, year]) / width
            through *= 1.0 - _between(x, start, nodes, normal)
            count[point] += outcome >= 1.0 - through
            sure &= (abs(logit) < -low) & (abs(1.0 - through - outcome) > slack)
        if sure:
            continue
        phase, through = entry[one], 1.0
        while phase < phases:
            logit = own + logits[kind, phase, drawn[who, phase, year]]
            through *= _passing(logit, up - pull[pulled, phase, year], width)
            if outcome < 1.0 - through:
                break
            phase += 1
        count[point] = phase
    return count


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


@kernel(
    t.Tuple((i32, i32, f64, u64))(
        u64, t.int64, t.int64, i64, table, f64, i64, u64, table
    )
)  # fmt: skip
def arrivals(keys, block, length, clock, steps, scale, swing, swing_key, swings):
    n_clocks, years = steps.shape
    blocks = (years + length - 1) // length
    turned = np.zeros((n_clocks + 1, blocks, length + 1))  # the last row: sources that swing
    for row in range(n_clocks):
        for year in range(blocks * length):
            part, inside = year // length, year % length
            step = steps[row, year] if year < years else 0.0
            turned[row, part, inside + 1] = turned[row, part, inside] + step
    cell, step_of = np.empty(length, np.uint64), np.zeros(length)
    room = 1024
    source, place = np.empty(room, np.int32), np.empty(room, np.int32)
    when, mark = np.empty(room), np.empty(room, np.uint64)
    size = 0
    for one in range(len(keys)):
        for part in range(blocks):
            row, start = clock[one], part * length
            if swing[one] >= 0:
                table, key, n = swings[swing[one]], swing_key[one], min(length, years - start)
                own, first = steps[row, start : start + n], block * length + start
                row = n_clocks
                for year in range(n):  # three loops, so that the first two use wide registers
                    cell[year] = _bits(key, np.uint64(first + year) << SLOT_BITS) >> CELL_SHIFT
                for year in range(n):
                    step_of[year] = own[year] * table[cell[year]]
                step_of[n:] = 0.0
                for year in range(length):
                    turned[row, part, year + 1] = turned[row, part, year] + step_of[year]
            shown, low = turned[row, part], np.uint64(block + part) << np.uint64(32)
            end = shown[length] * scale[one]
            last = np.searchsorted(shown, shown[length]) - 1
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
                source[size], place[size] = one, start + year
                when[size] = min(max(inside, 0.0), BELOW_ONE)
                mark[size] = _bits(keys[one], (low + number) | (np.uint64(1) << np.uint64(63)))
                size += 1
                number += np.uint64(1)
    return source[:size].copy(), place[:size].copy(), when[:size].copy(), mark[:size].copy()


@kernel(
    t.Tuple((i32, i32, i32))(
        i32, i32, f64, u64, t.int64, i64, f64, f64, f64, f64, i64, i64, i64, flags, f64,
        t.int64[:, ::1], t.uint64[:, ::1], table, i64, f64, f64,
    )
)  # fmt: skip
def hit(
    source, place, when, mark, begin, unit, bottom, top, opens, length, first, size, members,
    together, relativity, law, key, tables, patents, start, end,
):  # fmt: skip
    room, n = 1024, 0
    suit, found, number = (
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
    )
    for one in range(len(source)):
        stream, counter = source[one], np.uint64(begin + place[one]) << SLOT_BITS
        high = bottom[stream] + (top[stream] - bottom[stream]) * _uniform(mark[one], np.uint64(0))
        time, group = opens[stream] + length[stream] * when[one], unit[stream]
        for item in members[first[group] : first[group] + size[group]]:
            if not start[item] <= time < end[item]:
                continue
            height = relativity[item]
            for row in range(len(law)):
                if law[row, item] >= 0:
                    height *= tables[law[row, item], _bits(key[row, item], counter) >> CELL_SHIFT]
            if not high < height:
                continue
            for patent in range(patents[item] if together[group] else 1):
                if n == room:
                    room *= 2
                    suit, found = _grown(suit, room), _grown(found, room)
                    number = _grown(number, room)
                suit[n], found[n], number[n] = one, item, patent
                n += 1
    return suit[:n].copy(), found[:n].copy(), number[:n].copy()
