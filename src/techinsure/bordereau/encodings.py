"""UTF-8 and GB 18030-2022: which of the two some bytes are, and from one to the other.

Python's codec has the table of 2000: 19 codes have since moved (18 in GB 18030-2022, A8BC in
2005). Each pair of code points is swapped after decoding and before encoding, so every character
has one code and every code one character.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import FORBID, Flag, nearest

Encoding = Literal["utf-8", "gb18030"]
Decided = Literal["caller", "mark", "content", "format"]
"""Who says so: the caller, a byte order mark, the bytes themselves, or the file's own format."""

NAMES: dict[str, Encoding] = {
    "utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8",
    "gb18030": "gb18030", "gb18030-2022": "gb18030", "gbk": "gb18030", "gb2312": "gb18030",
    "cp936": "gb18030",
}  # fmt: skip
"""What a caller may say; GBK and GB 2312 are parts of GB 18030."""

MARKS: dict[bytes, Encoding] = {codecs.BOM_UTF8: "utf-8", b"\x84\x31\x95\x33": "gb18030"}
FOREIGN = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

BLOCK = 1 << 20

_MOVED = dict(
    zip(
        (*range(0xE78D, 0xE797), 0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864,
         0xE7C7),
        (0xFE10, 0xFE12, 0xFE11, *range(0xFE13, 0xFE1A), *range(0x9FB4, 0x9FBC), 0x1E3F),
        strict=True,
    )
)  # fmt: skip
"""Code point in Python's table -> in GB 18030-2022."""

SWAP = _MOVED | {new: old for old, new in _MOVED.items()}

_SIGNS = {
    lead: [chr(point).encode() for point in SWAP if chr(point).encode().startswith(lead)]
    for lead in (b"\xee", b"\xef\xb8", b"\xe9\xbe", b"\xe1\xb8")
}
"""The moved characters in UTF-8 by how they begin: most texts have none of the beginnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The encoding of some bytes, who `decided`, and whether the other would do as well."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    encoding: Encoding
    decided: Decided
    ambiguous: Flag = False
    mark: int = 0
    """How many bytes the byte order mark takes."""


def named(encoding: str) -> Encoding:
    """The encoding a caller means, or `InvalidParameter`."""
    known = NAMES.get(encoding.strip().lower().replace("_", "-"))
    if known is None:
        guess = nearest(encoding, NAMES)
        fix = f"did you mean {guess!r}?" if guess else ""
        raise InvalidParameter([Fault("encoding", encoding, "must be utf-8 or gb18030", fix)])
    return known


def guess(content: bytes, encoding: str | None = None) -> Guess:
    """Which encoding `content` is in: the one named, else by its mark, else UTF-8 if every byte
    fits, else GB 18030. Raises `InvalidParameter` when it should be UTF-8 and is not; `to_utf8`
    tells whether it is GB 18030."""
    mark = next((mark for mark in MARKS if content.startswith(mark)), b"")
    if encoding is not None:
        chosen = named(encoding)
        size = len(mark) if MARKS.get(mark) == chosen else 0
        _refuse_unless_utf8(content, chosen)
        other: Encoding = "gb18030" if chosen == "utf-8" else "utf-8"
        both = not mark and not content.isascii() and misfit(content, other) is None
        return Guess(encoding=chosen, decided="caller", ambiguous=both, mark=size)
    if mark:
        _refuse_unless_utf8(content, MARKS[mark])
        return Guess(encoding=MARKS[mark], decided="mark", mark=len(mark))
    if content.startswith(FOREIGN):
        fix = "save it as CSV UTF-8, or as GB 18030"
        raise InvalidParameter([Fault("file", "UTF-16", "must be UTF-8 or GB 18030", fix)])
    if is_utf8(content):
        both = not content.isascii() and misfit(content, "gb18030") is None
        return Guess(encoding="utf-8", decided="content", ambiguous=both)
    return Guess(encoding="gb18030", decided="content")


def is_utf8(content: bytes) -> bool:
    """Whether every byte is UTF-8; ten times as fast as decoding."""
    import numpy as np
    import pyarrow as pa

    ends = pa.py_buffer(np.array([0, len(content)], dtype=np.int32))
    try:
        pa.StringArray.from_buffers(1, ends, pa.py_buffer(content)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def misfit(content: bytes, encoding: Encoding) -> int | None:
    """The place of the first byte that is not of `encoding`; None if all are."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    start = 0
    for block in _blocks(content):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(block, final=start + len(block) == len(content))
        except UnicodeDecodeError as error:
            return start - pending + error.start
        start += len(block)
    return None


def _refuse_unless_utf8(content: bytes, encoding: Encoding) -> None:
    if encoding == "utf-8" and not is_utf8(content):
        place = misfit(content, "utf-8") or 0
        raise _misfit(content, place, "must be UTF-8", "name its encoding: gb18030?")


def _misfit(content: bytes, place: int, bound: str, fix: str) -> InvalidParameter:
    value = content[place : place + 4].hex(" ")
    return InvalidParameter([Fault("file", value, f"{bound}, byte {place} is not", fix)])


def decode(content: bytes, encoding: Encoding, errors: str = "strict") -> str:
    """Text of bytes without a mark."""
    text = content.decode(encoding, errors)
    return text if encoding == "utf-8" else text.translate(SWAP)


def encode(text: str, encoding: Encoding) -> bytes:
    """Bytes of a text, without a mark."""
    return (text if encoding == "utf-8" else text.translate(SWAP)).encode(encoding)


def to_utf8(content: bytes) -> bytes:
    """GB 18030-2022 as UTF-8; raises `InvalidParameter` for what is neither."""
    try:
        return _decoded(content)
    except UnicodeDecodeError:
        raise misfit_of(content) from None


def misfit_of(content: bytes) -> InvalidParameter:
    """What to raise for bytes of which some are not GB 18030."""
    place = misfit(content, "gb18030") or 0
    return _misfit(content, place, "must be UTF-8 or GB 18030", "save it as CSV UTF-8")


def _decoded(content: bytes) -> bytes:
    """GB 18030-2022 as UTF-8, block by block."""
    decoder = codecs.getincrementaldecoder("gb18030")("strict")
    blocks = []
    for block in _blocks(content):
        text = decoder.decode(block)
        written = text.encode()
        blocks.append(text.translate(SWAP).encode() if _has_moved(written) else written)
    decoder.decode(b"", final=True)
    return b"".join(blocks)


def texts_of(array: Any, encoding: Encoding) -> Any:
    """A binary array in an encoding as a string array; raises `UnicodeDecodeError` for what is not
    of GB 18030. UTF-8 is taken as it is: `guess` has looked at it."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        texts = texts_of(array.dictionary, encoding)
        return pa.DictionaryArray.from_arrays(array.indices, texts)
    if encoding == "utf-8" or _is_ascii(array):
        return array.view(pa.string())
    return _recoded(array)


def _is_ascii(array: Any) -> bool:
    data = array.buffers()[2]
    return data is None or data.to_pybytes().isascii()


def _recoded(array: Any) -> Any:
    """GB 18030 as UTF-8, all texts in one go: no byte of a longer character is a line break, so
    line breaks can stand between them."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    joined = pc.binary_join(pa.ListArray.from_arrays([0, len(array)], array), b"\n")[0].as_py()
    octets = np.frombuffer(_decoded(joined), np.uint8)
    ends = np.flatnonzero(octets == ord("\n"))
    if len(ends) != len(array) - 1:  # line breaks inside of texts
        each = [decode(text, "gb18030") for text in array.to_pylist()]
        return pa.array(each, pa.string())
    offsets = np.empty(len(array) + 1, np.int32)
    offsets[0], offsets[1:-1] = 0, ends - np.arange(len(ends))
    offsets[-1] = len(octets) - len(ends)
    data = octets[octets != ord("\n")].tobytes()
    return pa.StringArray.from_buffers(len(array), pa.py_buffer(offsets), pa.py_buffer(data))


def from_utf8(content: bytes) -> Iterator[bytes]:
    """UTF-8 as blocks of GB 18030-2022."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    for block in _blocks(content):
        text = decoder.decode(block)
        yield (text.translate(SWAP) if _has_moved(text.encode()) else text).encode("gb18030")


def _has_moved(written: bytes) -> bool:
    """Whether UTF-8 may hold a moved character; most texts do not even hold a beginning of one."""
    import numpy as np

    octets = np.frombuffer(written, np.uint8)
    first, second = octets[:-1], octets[1:]
    return any(
        ((first == lead[0]) & ((second == lead[1]) if lead[1:] else True)).any()
        and any(sign in written for sign in signs)
        for lead, signs in _SIGNS.items()
        if lead[:1] in written
    )


def _blocks(content: bytes) -> Iterator[bytes]:
    whole = memoryview(content)
    for start in range(0, len(content), BLOCK):
        yield bytes(whole[start : start + BLOCK])
