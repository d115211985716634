"""A column of texts of a file: each text that repeats is held, and looked at, once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np

from techinsure.quantities import LONGEST_NAME, Flags, Ints

BLANK = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"  # noqa: E501
"""What Python's `strip` takes away."""

MOST_OCTETS = 64
"""Bytes of a text up to which a digest is quicker than a table."""

MIXER = np.uint64(0x9E3779B97F4A7C15)
KEPT = np.array([(1 << 8 * octets) - 1 for octets in range(9)], np.uint64)

HEAD, MOSTLY = 1 << 14, 0.9
"""Rows, and the part of them that must have a text of its own for a column not to be tried."""

REPEATS = 4
"""Rows a text, on average, from which on the texts of a column are held once each."""


class TextColumn(Sequence[str]):
    """A column of texts, read-only: `texts`, a pyarrow string array without nulls, one a row or,
    with `codes` (n,), those that occur, of which `codes` says which each row has."""

    __slots__ = ("_trimmed", "codes", "texts")

    def __init__(self, texts: Any, codes: Ints | None = None) -> None:
        self.texts, self.codes, self._trimmed = texts, codes, None

    @staticmethod
    def of(values: Iterable[str]) -> "TextColumn":
        """The column of some texts."""
        import pyarrow as pa

        return TextColumn.joined([encoded(pa.array(values, type=pa.string()))])

    @staticmethod
    def joined(pieces: Sequence[Any]) -> "TextColumn":
        """The column of string arrays one after the other, dictionary-encoded ones or not."""
        import pyarrow as pa

        if not pieces:
            return TextColumn(pa.array([], pa.string()))
        if all(pa.types.is_dictionary(piece.type) for piece in pieces):
            whole = _one(pa.chunked_array(pieces).unify_dictionaries())
            return TextColumn(whole.dictionary, whole.indices.to_numpy())
        return TextColumn(_one(pa.chunked_array([_plain(piece) for piece in pieces])))

    @property
    def array(self) -> Any:
        """(n,) string array, a text a row."""
        import pyarrow as pa

        return self.texts if self.codes is None else self.texts.take(pa.array(self.codes))

    def __len__(self) -> int:
        return len(self.texts if self.codes is None else self.codes)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> "TextColumn": ...
    def __getitem__(self, row: int | slice) -> "str | TextColumn":
        if not isinstance(row, slice):
            return str(self.texts[row if self.codes is None else int(self.codes[row])].as_py())
        if self.codes is None:
            return TextColumn(self.texts[row])
        return TextColumn(self.texts, self.codes[row])

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed(self.texts))

    def _listed(self, texts: Any) -> list[str]:
        names: list[str] = texts.to_pylist()
        if self.codes is None:
            return names
        spread: list[str] = np.array(names, dtype=object)[self.codes].tolist()
        return spread

    def spread(self, each: Any) -> Any:
        """(n,) what `each`, an array of one value for each of `texts`, says of every row."""
        values = np.asarray(each)
        return values if self.codes is None else values[self.codes]

    def mapped(self, change: Callable[[Any], Any]) -> "TextColumn":
        """The column with another array in place of `texts`."""
        return TextColumn(change(self.texts), self.codes)

    def take(self, rows: Ints) -> "TextColumn":
        """The column of these rows."""
        import pyarrow as pa

        if self.codes is None:
            return TextColumn(self.texts.take(pa.array(rows)))
        return TextColumn(self.texts, self.codes[rows])

    def given(self) -> Flags:
        """(n,) whether there is more than blanks."""
        import pyarrow.compute as pc

        filled = np.asarray(pc.not_equal(self.trimmed(), ""))
        every: Flags = np.ones(len(self), bool) if filled.all() else self.spread(filled)
        return every

    def trimmed(self) -> Any:
        """`texts` without blanks around: made once, `texts` itself if it may be."""
        import pyarrow.compute as pc

        if self._trimmed is None:
            trimmed = pc.utf8_trim(self.texts, characters=BLANK)
            self._trimmed = self.texts if trimmed.equals(self.texts) else trimmed
        return self._trimmed

    def stripped(self) -> list[str]:
        """(n,) the texts without blanks around."""
        return self._listed(self.trimmed())

    def names(self) -> tuple[list[str], Ints]:
        """Different texts without blanks around, every one that occurs among them, and (n,) which
        of them each row has."""
        coded = self.trimmed().dictionary_encode()
        return coded.dictionary.to_pylist(), self.spread(coded.indices)

    def is_unique(self) -> bool:
        """Whether no text stands twice, blanks around apart."""
        import pyarrow as pa

        texts = self.trimmed()
        if self.codes is not None:
            texts = texts.take(pa.array(self.codes))
        if _all_differ(texts):
            return True
        return len(texts.dictionary_encode().dictionary) == len(texts)

    def may_be_no_name(self) -> bool:
        """Whether some text may be too long for a name, or hold a control character."""
        import pyarrow.compute as pc

        data = self.texts.buffers()[2]
        octets = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
        longest = pc.max(pc.binary_length(self.texts)).as_py() or 0
        return bool(longest > LONGEST_NAME or (octets < ord(" ")).any())


def _all_differ(texts: Any) -> bool:
    """Whether the digests of a string array differ: then its texts do. In half the time of a table
    of texts; False where a text is long."""
    lengths_and_words = _words(texts)
    if lengths_and_words is None:
        return False
    lengths, words = lengths_and_words
    digests = lengths.astype(np.uint64)
    for word in words:
        digests = (digests ^ word) * MIXER
        digests ^= digests >> np.uint64(29)
    digests.sort()
    return not (digests[1:] == digests[:-1]).any()


def _words(texts: Any) -> tuple[Ints, Iterator[Any]] | None:
    """The lengths of texts in bytes, (n,), and their bytes by eight, (n,) uint64 each, zeros
    behind the end; None where one has more than `MOST_OCTETS`."""
    _, ends, data = texts.buffers()
    places = np.frombuffer(ends, np.int32)[texts.offset :][: len(texts) + 1]
    lengths = np.diff(places)
    longest = int(lengths.max(initial=0))
    if longest > MOST_OCTETS:
        return None
    octets = np.frombuffer(data or b"", np.uint8)
    padded = np.concatenate([octets, np.zeros(8, np.uint8)])
    words = np.ndarray((len(octets) + 1,), "<u8", padded, strides=(1,))
    return lengths, (
        words[np.minimum(places[:-1] + start, len(octets))] & KEPT[np.clip(lengths - start, 0, 8)]
        for start in range(0, longest, 8)
    )


def encoded(array: Any) -> Any:
    """A string or binary array, dictionary-encoded where its texts repeat."""
    head = array[:HEAD].dictionary_encode()
    if len(head.dictionary) > MOSTLY * len(head):
        return array
    coded = array.dictionary_encode()
    return coded if len(coded.dictionary) * REPEATS <= len(coded) else array


def _plain(array: Any) -> Any:
    import pyarrow as pa

    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _one(chunks: Any) -> Any:
    """One array of a chunked one."""
    import pyarrow as pa

    whole = chunks.combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole
