"""Their headers become our columns: by the manager's file, by the shipped table, or as they are."""

import pytest

from techinsure.bordereau.headers import load, mapped, plain, shipped
from techinsure.catalogue import shipped as products
from techinsure.errors import InvalidParameter
from techinsure.exposure import FLAGS, NUMBERS, TEXTS

OURS = {*TEXTS, *NUMBERS, *FLAGS, "product"}
for _product in products().products.values():
    OURS |= {*_product.factors, *_product.terms}


def refused(headers, mapping=()):
    with pytest.raises(InvalidParameter) as caught:
        mapped(headers, dict(mapping))
    return str(caught.value)


def test_the_shipped_table_leads_to_every_column_and_to_nothing_else():
    assert set(shipped().values()) == OURS


def test_a_rating_factor_is_known_by_the_title_in_its_product():
    for product in products().products.values():
        for name, factor in product.factors.items():
            title = factor.title["zh"].partition("(")[0]
            assert shipped()[plain(title)] == name, title


def test_chinese_and_english_headers():
    theirs = ["标的编号", "保险期限（月）", " 生命周期 阶段", "sum_insured", "备注"]
    names, renamed, dropped = mapped(theirs, {})
    assert names == ["id", "term_months", "stage", "sum_insured", "备注"]
    assert renamed == {theirs[0]: "id", theirs[1]: "term_months", theirs[2]: "stage"}
    assert dropped == ()


def test_the_managers_file_comes_first_and_may_drop(tmp_path):
    file = tmp_path / "ours.toml"
    file.write_text('"备注" = ""\n"园区" = "site"\n"保额(元)" = "sum_insured"\n', "utf-8")
    names, renamed, dropped = mapped(["备注", "园区", "保额（元）"], load(file)[0])
    assert (names, dropped) == (["", "site", "sum_insured"], ("备注",))
    assert renamed == {"园区": "site", "保额（元）": "sum_insured"}


def test_what_is_refused(tmp_path):
    told = refused(["保险金额", "保额"])
    assert "means sum_insured, as '保险金额' does, got '保额'" in told
    assert "must be a header of the file, got '园曲' (did you mean '园区'?)" in refused(
        ["园区"], {"园曲": "site"}
    )
    file = tmp_path / "bad.toml"
    for content in (b"x = ", b"\xff = 1", b"a = 1"):
        file.write_bytes(content)
        with pytest.raises(InvalidParameter, match="mapping"):
            load(file)


def test_a_header_that_hides_a_unit_is_not_known():
    assert mapped(["保额(万元)", "保险期限(年)", "免赔额"], {})[1] == {}
