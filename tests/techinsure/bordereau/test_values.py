"""Their values become our names: by the manager's tables, by the shipped ones, or as they are."""

import pytest

from techinsure import bordereau
from techinsure.bordereau.headers import load, plain
from techinsure.bordereau.values import shipped, translated
from techinsure.catalogue import shipped as products
from techinsure.errors import InvalidParameter
from techinsure.text_columns import TextColumn

PRODUCTS = products().products
OURS = {"product": set(PRODUCTS), "risk_class": set(), "form": set(), "entry_phase": set()}
for _product in PRODUCTS.values():
    OURS["risk_class"] |= set(_product.model.classes)
    OURS["form"] |= set(_product.forms)
    OURS["entry_phase"] |= {phase.name for phase in getattr(_product.model, "phases", ())}
    for _name, _factor in _product.factors.items():
        OURS.setdefault(_name, set()).update(_factor.levels)


def test_the_shipped_tables_lead_to_every_name_and_to_nothing_else():
    assert {name: set(table.values()) for name, table in shipped().items()} == OURS


def test_products_classes_and_forms_are_known_by_their_titles():
    for code, product in PRODUCTS.items():
        assert shipped()["product"][plain(product.title["zh"])] == code
        for name, risk_class in product.model.classes.items():
            assert shipped()["risk_class"][plain(risk_class.title["zh"])] == name
        for name, form in product.forms.items():
            title = form.title["zh"].partition(":")[0]
            assert shipped()["form"][plain(title)] == name


def test_a_file_in_chinese_and_what_is_said_of_it():
    text = "产品,险类,保险金额,生命周期阶段,技术成熟度,高新技术企业,供应链受限\n"
    text += (
        "研发费用损失,芯片设计,1000,初创期,TRL 1－3,是,是\nrd_loss, 芯片设计 ,2000,,,no,否\n" * 3
    )
    for encoding in ("utf-8", "gb18030"):
        held = bordereau.read(text.encode(encoding))
        assert bordereau.check(held, products()) == ()
        assert held.lists() == {
            "product": ["rd_loss"] * 6, "risk_class": ["chip"] * 6,
            "sum_insured": ["1000", "2000"] * 3, "stage": ["startup", ""] * 3,
            "trl": ["trl_1_3", ""] * 3, "high_tech": ["yes", "no"] * 3,
            "supply_exposed": ["是", "否"] * 3,
        }  # fmt: skip
        assert held.reading.translated == {
            "product": {"研发费用损失": "rd_loss"}, "risk_class": {"芯片设计": "chip"},
            "stage": {"初创期": "startup"}, "trl": {"TRL 1－3": "trl_1_3"},
            "high_tech": {"是": "yes"},
        }  # fmt: skip


def test_what_is_not_known_stays_and_is_a_fault_of_its_own():
    held = bordereau.read("产品,险类,保险金额,生命周期阶段\nrd_loss,芯片,1000,萌芽期\n".encode())
    assert held.reading.translated == {}
    found = bordereau.check(held, products())
    assert {(fault.field, fault.value) for fault in found} == {
        ("risk_class", "芯片"), ("stage", "萌芽期"),
    }  # fmt: skip


def test_the_managers_tables_come_first(tmp_path):
    file = tmp_path / "ours.toml"
    file.write_text(
        '"阶段" = "stage"\n[values.stage]\n"萌芽期" = "startup"\n"初创期" = "growth"\n', "utf-8"
    )
    content = "产品,阶段\nrd_loss,萌芽期\nrd_loss,初创期\nrd_loss,成熟期\n".encode()
    held = bordereau.read(content, mapping=file)
    assert held.lists()["stage"] == ["startup", "growth", "mature"]
    tables = {"stage": {"萌芽期": "startup", "初创期": "growth"}}
    same = bordereau.read(content, mapping={"阶段": "stage"}, values=tables)
    assert same.lists() == held.lists()
    assert same.reading == held.reading
    # any column may have a table, also one without a shipped one
    other = bordereau.read(content, values={"阶段": {" 初创期": "x"}})
    assert other.lists()["阶段"] == ["萌芽期", "x", "成熟期"]


def test_what_is_refused(tmp_path):
    columns = {"stage": TextColumn.of(["成长期"])}
    with pytest.raises(InvalidParameter) as caught:
        translated(columns, {"stag": {"a": "b"}})
    assert str(caught.value) == ("values.stag must be a column, got 'stag' (did you mean 'stage'?)")
    file = tmp_path / "bad.toml"
    for content, told in (
        ('[values]\nstage = "x"', "mapping.values.stage must be a table, got 'x'"),
        ('[values.stage]\n"a" = 1', "mapping.values.stage.a must be a name, as text, got 1"),
    ):
        file.write_text(content, "utf-8")
        with pytest.raises(InvalidParameter) as caught:
            load(file)
        assert told in str(caught.value)
    file.write_text('values = "policy"', "utf-8")  # a header may be called so
    assert load(file) == ({"values": "policy"}, {})


def test_blanks_around_a_name_are_no_translation():
    sheet = bordereau.read("id,product,risk_class\nA, rd_loss ,chip\u3000\n".encode())
    assert sheet.reading.translated == {}
