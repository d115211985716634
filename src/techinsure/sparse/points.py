"""Scrambled Sobol points: evenly spread, each uniform, a new set for every key.

Scrambles are a random lower triangular matrix over the digits and a random digital shift: points
of one set stay a net, and each is uniform, so a mean over them is unbiased and independent sets
tell its error. Sources: Matoušek 1998, Journal of Complexity 14(4), 527-556; Owen 2003, ACM
TOMACS 13(4); direction numbers of Joe & Kuo 2008, SIAM Journal on Scientific Computing 30(5).
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from techinsure.quantities import Floats
from techinsure.seeding import Keys, bits, counters

_BITS = 32
Words = NDArray[np.uint32]


def scrambled(keys: Keys, log2: int, dimensions: int) -> Floats:
    """(n_keys, 2**log2, dimensions) float64 in (0, 1): one scrambled net a key."""
    columns = _directions(log2, dimensions)
    slots = np.arange(dimensions * (_BITS + 1)).reshape(_BITS + 1, dimensions)
    random = bits(keys[:, None, None], counters(np.zeros(1, np.int64), slots[None]))
    words = (random >> np.uint64(_BITS)).astype(np.uint32)
    shift, matrix = words[:, 0], words[:, 1:]
    directions = np.zeros((len(keys), log2, dimensions), np.uint32)
    for digit in range(_BITS):
        top = np.uint32(1 << (_BITS - 1 - digit))
        column = (matrix[:, digit] & (top - np.uint32(1))) | top
        directions ^= np.where(columns & top, column[:, None, :], np.uint32(0))
    points = np.empty((len(keys), 1 << log2, dimensions), np.uint32)
    points[:, 0] = shift
    for digit in range(log2):
        half = 1 << digit
        np.bitwise_xor(points[:, :half], directions[:, digit, None], out=points[:, half : 2 * half])
    uniforms: Floats = (points.astype(np.float64) + 0.5) * 2.0**-_BITS
    return uniforms


@lru_cache(maxsize=64)
def _directions(log2: int, dimensions: int) -> Words:
    """(log2, dimensions) direction numbers. In Gray code the point number 2**(b + 1) - 1 is the
    b-th of them."""
    from scipy.stats import qmc

    plain = qmc.Sobol(dimensions, scramble=False, bits=_BITS).random_base2(log2)
    places = 2 ** np.arange(1, log2 + 1) - 1
    words: Words = np.round(plain[places] * 2.0**_BITS).astype(np.uint32)
    words.flags.writeable = False
    return words
