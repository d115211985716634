"""UTF-8 or GB 18030-2022: found out, told, refused; every character there and back."""

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.bordereau import encodings
from techinsure.bordereau.encodings import BLOCK, SWAP, guess, misfit, named
from techinsure.errors import InvalidParameter


def facts(content, encoding=None):
    found = guess(content, encoding)
    return found.encoding, found.decided, found.ambiguous, found.mark


def test_who_decides():
    text = "研发险"  # an odd number of bytes in UTF-8, which GB 18030 cannot be
    assert facts(text.encode()) == ("utf-8", "content", False, 0)
    assert facts(text.encode("utf-8-sig")) == ("utf-8", "mark", False, 3)
    assert facts(text.encode("gb18030")) == ("gb18030", "content", False, 0)
    assert facts(("\ufeff" + text).encode("gb18030")) == ("gb18030", "mark", False, 4)
    assert facts(text.encode("gb18030"), "GBK") == ("gb18030", "caller", False, 0)
    assert facts(b"plain") == ("utf-8", "content", False, 0)
    assert facts(b"") == ("utf-8", "content", False, 0)


def test_bytes_valid_in_both_are_flagged_whoever_decides():
    both = "好好".encode()
    assert facts(both) == ("utf-8", "content", True, 0)
    assert facts(both, "utf-8") == ("utf-8", "caller", True, 0)
    assert facts(both, "gb18030") == ("gb18030", "caller", True, 0)
    assert facts(b"\xef\xbb\xbf" + both, "utf8") == ("utf-8", "caller", False, 3)


@pytest.mark.parametrize(
    ("content", "encoding", "told"),
    [
        ("险".encode("gb18030"), "utf-8", "must be UTF-8, byte 0 is not, got 'cf d5'"),
        (b"ab\xff", "UTF_8", "byte 2 is not"),
        (b"\xef\xbb\xbf\xff", None, "must be UTF-8, byte 3 is not"),
        ("a,b".encode("utf-16"), None, "must be UTF-8 or GB 18030"),
        (b"x", "latin-1", "encoding must be utf-8 or gb18030, got 'latin-1'"),
        (b"x", "gb18O30", "did you mean 'gb18030'?"),
    ],
)
def test_what_is_refused(content, encoding, told):
    with pytest.raises(InvalidParameter) as caught:
        guess(content, encoding)
    assert told in str(caught.value)


def test_the_place_of_a_byte_that_is_neither():
    for place in (0, 1, BLOCK - 1, BLOCK, BLOCK + 1):
        content = b"x" * place + b"\xff\xff"
        assert misfit(content, "gb18030") == misfit(content, "utf-8") == place
        with pytest.raises(InvalidParameter, match=f"GB 18030, byte {place} is not"):
            encodings.to_utf8(content)
    with pytest.raises(InvalidParameter, match="byte 1 is not"):
        encodings.to_utf8(b"a\x81")  # cut in the middle of a character


def test_the_names_of_encodings():
    assert {named(name) for name in ("UTF-8", "utf8", " utf_8 ", "utf-8-sig")} == {"utf-8"}
    assert {named(name) for name in ("GB18030", "gbk", "GB2312", "cp936")} == {"gb18030"}


# --- The codes that moved


def test_nineteen_pairs_swap():
    assert len(SWAP) == 2 * 19
    assert all(SWAP[other] == point for point, other in SWAP.items())


@pytest.mark.skipif(not shutil.which("iconv"), reason="iconv is not installed")
def test_the_moved_characters_as_iconv_has_them():
    """Both directions, for the code points of the current standard (iconv knows no others)."""
    new = "".join(chr(point) for point in SWAP if not 0xE000 <= point < 0xF900)
    assert len(new) == 19
    command = ["iconv", "-f", "utf-8", "-t", "gb18030"]
    written = subprocess.run(command, input=new.encode(), capture_output=True, check=True).stdout
    if written == new.encode("gb18030"):
        pytest.skip("this iconv has the old table")
    assert encodings.encode(new, "gb18030") == written
    assert encodings.decode(written, "gb18030") == new


def test_every_character_has_one_code():
    whole = "".join(chr(p) for p in range(0x110000) if not 0xD800 <= p < 0xE000)
    written = encodings.encode(whole, "gb18030")
    assert encodings.decode(written, "gb18030") == whole
    assert encodings.to_utf8(written) == whole.encode()
    assert b"".join(encodings.from_utf8(whole.encode())) == written


@settings(max_examples=20, deadline=None)
@given(st.text(), st.integers(0, 3))
def test_blocks_do_not_show(text, shift):
    """Characters across the end of a block, moved ones among them."""
    text = "x" * (BLOCK - shift) + "\ue7c7龴龙䶮𠮷" + text
    written = encodings.encode(text, "gb18030")
    assert encodings.to_utf8(written) == text.encode()
    assert b"".join(encodings.from_utf8(text.encode())) == written
