"""What a Chinese reader sees of each verb; that figures, JSON and exit codes do not change."""

import io
import json
import re
import socket

import pytest
from rich.cells import cell_len
from rich.console import Console

from techinsure import quoting
from techinsure.catalogue import shipped
from techinsure_api import terminal as shown
from techinsure_api.words import VARIABLE
from tests.techinsure_api.service import PRODUCTS, changed, quick

CHINESE = ("--lang", "zh")
FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


@pytest.fixture(autouse=True)
def english_environment(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def file(tmp_path):
    def write(document, name="request.json"):
        path = tmp_path / name
        path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
        return path

    return write


def english_runs(text):
    """Where English stands in a row of four words that a product or a file did not bring."""
    return re.findall(r"(?:[A-Za-z]+ ){3}[a-z]+", text)


@pytest.mark.parametrize("code", PRODUCTS)
def test_a_price(terminal, code):
    asked = ("price", "--product", code, "--years", 1000, "--seed", 1)
    said, plain = terminal(*asked, *CHINESE), terminal(*asked)
    quote = quoting.price(quick(code))
    product = shipped().product(code)
    assert said.code == 0
    assert said.out.startswith(f"{product.title['zh']} {product.version}，被保险人：")
    for line in (
        "期望赔款（最佳估计）",
        "资本：偶然波动",
        "手续费及佣金",
        "理赔费用",
        "应收保费",
        "出险概率",
    ):
        assert f"  {line} " in said.out
    assert "重现凭据：种子 1，1,000 年" in said.out
    assert f"{quote.premium.charged.value:,.0f}" in said.out
    for factor in quote.factors:
        assert factor.name == "clip" or product.factors[factor.name].title["zh"] in said.out
    rows = (said.out.partition("价格由何而来")[0], plain.out.partition("What moved")[0])
    assert set(FIGURE.findall(rows[1])) <= set(FIGURE.findall(rows[0])) | {"1", "90"}


def test_a_quote_that_verifies_and_one_that_does_not(terminal, file):
    quote = quoting.price(quick("rd_loss")).to_dict()
    said = terminal("verify", file(quote), *CHINESE)
    assert said.code == 0
    assert said.out.startswith("可重现，判据为逐位相同：引擎、程序库与 CPU 特性均与重现凭据相同\n")
    said = terminal("verify", file(changed(quote, "/premium/pure/value", 1.0)), *CHINESE)
    assert said.code == 3
    assert "不能重现" in said.out
    assert "  /premium/pure/value 为 1.0，重算为 " in said.out


def test_the_products(terminal):
    said = terminal("check", *CHINESE)
    assert said.code == 0
    assert f"中有 {len(shipped().products)} 个产品" in said.out
    assert "证据等级：A 自有理赔数据，B 市场数据，C 类比，D 专家判断。" in said.out
    assert all(product.title["zh"] in said.out for product in shipped().products.values())


def test_a_broken_product(terminal, file, tmp_path):
    (tmp_path / "mine").mkdir()
    text = 'code = "mine"\nverson = "1"\n'
    (tmp_path / "mine/product.toml").write_text(text)
    said = terminal("check", tmp_path, *CHINESE)
    assert said.code == 3
    flat = said.out.replace("\n", "")
    assert "verson：verson 不是已知的键，所给为 '1'（删去，或检查拼写）" in flat
    assert "version：version 必须给出（补上 'version'）" in flat


def test_the_doctor(terminal):
    said = terminal("doctor", *CHINESE)
    for line in ("检查项", "处理器", "产品目录", "写入当前目录", "中文字体", "端口 8000", "内存"):
        assert line in said.out
    assert "正常" in said.out


def test_the_demo(terminal, tmp_path):
    said = terminal("demo", "--out", tmp_path, "--years", 1000, *CHINESE)
    assert said.code == 0
    for line in ("各产品示例的保费", "由首席示例财险垫付：各方应摊付额", "应摊付", "下一步可以试试",
                 "研发费用损失保险", "逐项列示一笔保费", "在 Python 中"):  # fmt: skip
        assert line in said.out.replace("\n", "")


def test_a_pool_and_its_what_if(terminal, monkeypatch, tmp_path):
    monkeypatch.setenv("TECHINSURE_DATA", str(tmp_path))
    asked = ("pool", "--years", 1000)
    said, plain = terminal(*asked, "--no-store", *CHINESE), terminal(*asked)
    assert said.code == 0
    for line in ("模拟 1,000 年\n年度损失（千 CNY）", "  毛损失 ", "  净自留 ", "成数分保",
                 "超赔分保", "成员，扣除再保险后（千 CNY）", "* 为首席。", "共保体保费：",
                 "分散效果：", "重现凭据：种子 "):  # fmt: skip
        assert line in said.out
    unstored = plain.out.partition("Stored as run")[0]
    assert sorted(FIGURE.findall(said.out)) == sorted(FIGURE.findall(unstored))
    asked = ("pool", "what-if", "--set", "quota share.share=0.3")
    said, plain = terminal(*asked, *CHINESE), terminal(*asked)
    assert said.code == 0
    for line in ("再保险成本", "分别运行的标准误", "已改", "受影响", "差额取自同一批模拟年"):
        assert line in said.out
    figures = FIGURE.findall(said.out.replace("的 1/", ""))
    assert sorted(figures) == sorted(FIGURE.findall(plain.out))


def test_a_bordereau(terminal, file):
    sheet = file("编号,产品,预算\na,研发,x\n", "risks.csv")
    said, plain = (
        terminal("bordereau", "check", sheet, *CHINESE),
        terminal("bordereau", "check", sheet),
    )
    assert said.code == plain.code == 3
    for line in ("1 行，3 列，csv", "编码：utf-8", "表头对应：", "处错误", "原因"):
        assert line in said.out


def test_a_fault_has_the_same_field_value_and_bound(terminal, file):
    asked = changed(changed(quick("rd_loss"), "/insured/stage", "grow"), "/terms/deductible", 3.0)
    plain, said = terminal("price", file(asked)), terminal("price", file(asked), *CHINESE)
    assert said.code == plain.code == 3
    assert said.err.splitlines()[0] == (
        "techinsure: 2 个数值不能使用，第一个：stage 须为下列之一："
        "startup, growth, mature, unknown，所给为 'grow'"
    )
    lines = said.err.splitlines()
    assert lines[1:4] == [
        "  字段：/insured/stage",
        "  要求：须为下列之一：startup, growth, mature, unknown",
        "  解决办法：是否应为 'growth'？",
    ]
    fields = [line.partition("field: ")[2] for line in plain.err.splitlines() if "field: " in line]
    assert [line.partition("字段：")[2] for line in lines if "字段：" in line] == fields
    for one, other in zip(plain.err.splitlines()[1:], lines[1:], strict=True):
        assert FIGURE.findall(one) == FIGURE.findall(other) or "give a value" in one
    assert not english_runs(said.err)


@pytest.mark.parametrize(
    ("asked", "code", "line"),
    [
        (("price", "--product", "patnt"), 4,
         "未找到：没有产品 'patnt'（是否应为 'patent'？）；已有：equipment_loss, "
         "first_set, patent, patent_overseas, pilot, rd_loss"),
        (("price", "no.json"), 4, "未找到：没有文件 no.json"),
        (("check", "nowhere"), 4, "未找到：没有文件 nowhere"),
    ],
)  # fmt: skip
def test_what_is_not_there(terminal, asked, code, line):
    said = terminal(*asked, *CHINESE)
    assert said.code == code
    assert said.err.startswith(f"techinsure: {line}")


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ('{"a":1,}', "不是可靠的 JSON：无法解析：Expecting property name enclosed in double quotes"
         "（第 1 行，第 8 列）"),
        ('{"a": 1, "a": 2}', "不是可靠的 JSON：'a' 在同一对象中出现两次"),
        ('{"a": NaN}', "不是可靠的 JSON：NaN 不是数字"),
        ("[]", "数值不能使用：body 须为含命名字段的对象，所给为 []"),
        ('{"product": "patent", "exposure": {}, "simulation": {"n_years": 12.0}}',
         "数值不能使用：n_years 须为整数（不带小数点），所给为 12.0"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read(terminal, file, written, line):
    said = terminal("price", file(written), *CHINESE)
    assert said.code == 3
    assert said.err.splitlines()[0] == f"techinsure: {line}"


def test_a_port_that_is_taken(terminal):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = terminal("serve", "--port", port, *CHINESE)
    assert said.code == 3
    assert f"techinsure serve --port {port + 1}" in said.err
    assert "须空闲" in said.err


@pytest.mark.parametrize(
    "asked",
    [
        ("price", "--product", "patent", "--years", 1000),
        ("price", "--product", "patnt"),
        ("price", "--example", "rd_loss"),
        ("check",),
        ("check", "nowhere"),
        ("verify", "no.json"),
        ("pool", "--sample", "nothing"),
        ("bordereau", "check", "no.csv"),
    ],
)
def test_json_is_the_same_in_both_languages(terminal, asked):
    said, plain = terminal(*asked, "--json", *CHINESE), terminal(*asked, "--json")
    assert said.document == plain.document
    assert said.out == plain.out
    assert said.code == plain.code


def test_the_findings_as_json_are_english(terminal):
    assert {one["state"] for one in terminal("doctor", "--json", *CHINESE).document} <= {
        "ok", "warn", "fail",
    }  # fmt: skip


@pytest.mark.parametrize("width", range(80, 111, 6))
def test_a_table_of_chinese_is_aligned(width):
    rows = [("纯保费", "1,234", "期望赔款，" * 12), ("risk 边际", "12.5", "短"), ("利润", "7", "")]
    out = io.StringIO()
    table = shown.table("标题", ("保费构成", ">金额（CNY）", "用途"), rows)
    Console(file=out, width=width, color_system=None).print(table)
    lines = out.getvalue().splitlines()[1:]
    assert len({cell_len(line) for line in lines}) == 1
    assert cell_len(lines[0]) <= width
    ends = {
        cell_len(line[: line.index(number) + len(number)])
        for line in lines
        for number in ("（CNY）", "1,234", "12.5")
        if number in line
    }
    assert len(ends) == 1
    assert all(not line.strip().startswith("，") for line in lines)
