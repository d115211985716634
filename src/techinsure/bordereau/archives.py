"""A workbook is a zip archive of XML: what must hold before anything unpacks it."""

import io
import re
import struct
import zipfile
import zlib

from techinsure.bordereau.sheet import MOST_COLUMNS
from techinsure.errors import Fault, InvalidParameter

MOST_ENTRIES = 50
MOST_UNPACKED = 64 * 2**20
MOST_RATIO = 100
MOST_PLACES = 10_000_000
"""Rows times columns of the rectangle around all cells of a sheet: it is held in memory."""

BLOCK = 1 << 16
LOCAL_HEADER = 30
"""Bytes of a local file header before its name (PKZIP application note, 4.3.7)."""

_CELL = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]{0,8})([0-9]{1,20})""")
_HIDDEN = re.compile(rb"""\br\s*=\s*["'][^"'<>]{0,40}&""")


def check_archive(content: bytes) -> None:
    """Raise `InvalidParameter` unless `content` is a workbook that is safe to unpack."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_entries(archive)
            _check_layout(archive, content)
            for entry in archive.infolist():
                _check_part(entry, _unpacked(entry, content))
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError) as error:
        raise InvalidParameter([Fault("file", "", f"must be an xlsx workbook: {error}")]) from None


def _refuse(value: object, bound: str, fix: str = "") -> InvalidParameter:
    return InvalidParameter([Fault("workbook", value, bound, fix)])


def _check_entries(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if not 1 <= len(entries) <= MOST_ENTRIES:
        raise _refuse(len(entries), f"must have 1 to {MOST_ENTRIES} parts")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > MOST_UNPACKED:
        fix = "save it as CSV or Parquet"
        raise _refuse(unpacked, f"must unpack to at most {MOST_UNPACKED} bytes", fix)
    if unpacked > MOST_RATIO * max(packed, 1):
        raise _refuse(unpacked // max(packed, 1), f"must not be packed more than {MOST_RATIO}:1")
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) < len(names):
        raise _refuse(len(names), "must not hold two parts of one name")
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise _refuse(entry.filename, "must not be encrypted", "save it without a password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _refuse(entry.filename, "must be packed by deflate")
        if entry.filename.startswith("/") or ".." in entry.filename.split("/"):
            raise _refuse(entry.filename, "must hold no part outside of it")


def _check_layout(archive: zipfile.ZipFile, content: bytes) -> None:
    """Each part once, one after the other, from the first byte: nothing shared, nothing hidden."""
    if archive.comment or not content.startswith(b"PK\x03\x04"):
        raise _refuse("", "must be an archive and nothing else")
    end = 0
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        start = _data_start(entry, content)
        if entry.header_offset < end or entry.header_offset < 0:
            raise _refuse(entry.filename, "must not share bytes with another part")
        end = start + entry.compress_size
    if end > archive.start_dir:
        raise _refuse(end, "must end before the archive's directory")


def _data_start(entry: zipfile.ZipInfo, content: bytes) -> int:
    """Where a part's data begin; its own header must tell what the directory tells."""
    place = entry.header_offset
    head = content[place : place + LOCAL_HEADER]
    sign, _, flags, method, _, _, _, packed, size, name_size, extra_size = struct.unpack(
        "<4s5H3I2H", head
    )
    name = content[place + LOCAL_HEADER : place + LOCAL_HEADER + name_size]
    told = (packed, size) if not flags & 0x8 and packed != 0xFFFFFFFF else None
    lies = (
        sign != b"PK\x03\x04"
        or method != entry.compress_type
        or name.decode("utf-8", errors="replace") != entry.orig_filename
        or (told is not None and told != (entry.compress_size, entry.file_size))
    )
    if lies:
        raise _refuse(entry.filename, "must be what the archive's directory says")
    return int(place + LOCAL_HEADER + name_size + extra_size)


def _unpacked(entry: zipfile.ZipInfo, content: bytes) -> bytes:
    """A part's bytes, never more than its entry claims."""
    start = _data_start(entry, content)
    packed = content[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        data = packed
    else:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        data = inflate.decompress(packed, entry.file_size + 1)
        if not inflate.eof and len(data) <= entry.file_size:
            data += inflate.flush()
    if len(data) != entry.file_size or zlib.crc32(data) != entry.CRC:
        raise _refuse(entry.filename, f"must unpack to the {entry.file_size} bytes it claims")
    return data


def _check_part(entry: zipfile.ZipInfo, data: bytes) -> None:
    """No document type, no second encoding, no cell at the end of the world."""
    if not entry.filename.lower().endswith((".xml", ".rels")) and b"sheetData" not in data:
        return
    if b"\x00" in data or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise _refuse(entry.filename, "must be plain XML in UTF-8")
    if b"sheetData" not in data:
        return
    if _HIDDEN.search(data):
        raise _refuse(entry.filename, "must name its cells without entities")
    rows = columns = 1
    for letters, digits in set(_extremes(data)):
        rows, columns = max(rows, int(digits)), max(columns, column_number(letters))
    if columns > MOST_COLUMNS:
        raise _refuse(columns, f"must have at most {MOST_COLUMNS} columns")
    if rows * columns > MOST_PLACES:
        raise _refuse(rows * columns, f"must hold at most {MOST_PLACES} cells", "save it as CSV")


def _extremes(data: bytes) -> list[tuple[bytes, bytes]]:
    """The places of cells and rows that a sheet names."""
    return _CELL.findall(data)


def column_number(letters: bytes) -> int:
    """A -> 1, Z -> 26, AA -> 27; no letters -> 1."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return max(number, 1)
