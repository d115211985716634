"""Workbooks that are no workbooks: each is refused before anything unpacks it."""

import io
import struct
import time
import zipfile

import pytest
import xlsxwriter

from techinsure import bordereau
from techinsure.bordereau import archives
from techinsure.bordereau.archives import check_archive, column_number
from techinsure.errors import InvalidParameter

SHEET = "xl/worksheets/sheet1.xml"


def workbook():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["id", "product"])
        page.write_row(1, 0, ["007", "rd_loss"])
    return target.getvalue()


def packed(parts, method=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return target.getvalue()


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def with_sheet(change):
    return packed([(n, change(c) if n == SHEET else c) for n, c in parts_of(workbook())])


def refused(content):
    with pytest.raises(InvalidParameter) as caught:
        bordereau.read(content)
    return str(caught.value)


def test_a_workbook_passes():
    check_archive(workbook())
    check_archive(packed(parts_of(workbook()), zipfile.ZIP_STORED))
    assert bordereau.read(workbook()).lists() == {"id": ["007"], "product": ["rd_loss"]}


def test_a_bomb():
    start = time.perf_counter()
    told = refused(packed([("a", b"\x00" * (archives.MOST_UNPACKED + 1))]))
    assert "must unpack to at most 67108864 bytes" in told
    assert "must not be packed more than 100:1" in refused(packed([("a", b"\x00" * 10**6)]))
    assert "must have 1 to 50 parts, got 51" in refused(packed([(f"{n}", "x") for n in range(51)]))
    assert time.perf_counter() - start < 5


def test_a_size_that_lies():
    """The directory and the part's own header both claim less than there is."""
    content = bytearray(workbook())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        entry = archive.getinfo(SHEET)
        start = archive.start_dir
    place = content.find(SHEET.encode(), start) - 46
    for at in (entry.header_offset + 22, place + 24):
        assert struct.unpack_from("<I", content, at)[0] == entry.file_size
    struct.pack_into("<I", content, place + 24, 10)
    assert "must be what the archive's directory says" in refused(bytes(content))
    struct.pack_into("<I", content, entry.header_offset + 22, 10)
    assert "must unpack to the 10 bytes it claims" in refused(bytes(content))


def test_a_checksum_that_is_wrong_and_data_cut_short():
    content = bytearray(workbook())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        place = content.find(SHEET.encode(), archive.start_dir) - 46
    content[place + 16] ^= 0xFF
    assert "must unpack to" in refused(bytes(content))
    assert "must be an xlsx workbook" in refused(workbook()[:-30])


def test_parts_that_share_bytes():
    """Two entries of the directory that point to one part: how small archives unpack to much."""
    content = workbook()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start, entries = archive.start_dir, archive.infolist()
    second = content.find(b"PK\x01\x02", start + 4)
    twisted = bytearray(content)
    struct.pack_into("<I", twisted, second + 42, entries[0].header_offset)
    assert "must be what the archive's directory says" in refused(bytes(twisted))


def test_what_hides_beside_the_parts():
    content = workbook()
    assert "must be an archive and nothing else" in refused(
        content[:-2] + struct.pack("<H", 3) + b"abc"
    )
    with pytest.raises(InvalidParameter, match="must be an archive and nothing else"):
        check_archive(b"#!" + content)
    assert "two parts of one name" in refused(packed([("a", "1"), ("A", "2")]))
    assert "no part outside" in refused(packed([("../a", "1")]))
    assert "must be packed by deflate" in refused(packed([("a", "1")], zipfile.ZIP_LZMA))


def test_a_password():
    content = bytearray(workbook())
    place = content.find(b"PK\x01\x02", content.find(SHEET.encode()))
    content[place + 8] |= 1
    assert "must not be encrypted" in refused(bytes(content))


def test_a_cell_at_the_end_of_the_world():
    """Two cells, a rectangle of 17 billion."""
    far = with_sheet(lambda page: page.replace(b'r="B2"', b'r="XFD1048576"'))
    assert "must have at most 200 columns, got 16384" in refused(far)
    deep = with_sheet(lambda page: page.replace(b'r="B2"', b'r="CV1048576"'))
    assert "must hold at most 10000000 cells" in refused(deep)
    low = with_sheet(lambda page: page.replace(b'r="B2"', b"r = 'xfd9'"))
    assert "must have at most 200 columns" in refused(low)
    hidden = with_sheet(lambda page: page.replace(b'r="B2"', b'r="&#88;FD1048576"'))
    assert "must name its cells without entities" in refused(hidden)


def test_xml_that_grows():
    entity = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa">]>'
    told = refused(with_sheet(lambda page: page.replace(b"<worksheet", entity + b"<worksheet")))
    assert "must be plain XML in UTF-8" in told
    assert "must be plain XML" in refused(with_sheet(lambda p: p.decode().encode("utf-16")))


def test_an_archive_that_is_no_workbook():
    assert "must be an xlsx workbook" in refused(packed([("a.txt", "x")]))


def test_numbers_of_columns():
    names = (b"A", b"Z", b"AA", b"GR", b"XFD", b"")
    assert [column_number(name) for name in names] == [1, 26, 27, 200, 16384, 1]
