"""Write the sample pool: 240 invented risks in 4 parks, 14 invented insurers, a programme.

100 research projects on 8 routes, 60 sites of equipment (one row a group of items), 80 portfolios
of patents, as a Chinese core system exports them: GB 18030-2022, Chinese headers, names with rare
characters, answers that nobody gave left empty. Everything is synthetic; no firm, park, insurer
or contract is real. Run it from the checkout: `python benchmarks/make_demo_pool.py`. The same
seed writes the same files.
"""

import math
import random
from collections.abc import Iterable
from pathlib import Path

from techinsure import bordereau

FOLDER = Path(__file__).resolve().parents[1] / "src/techinsure/samples/demo_pool"
SEED = 20_260_101

HEADERS = {
    "id": "标的编号", "policy": "保单号", "insured": "被保险人", "product": "产品代码",
    "risk_class": "风险类别", "sum_insured": "保险金额(元)", "units": "件数",
    "term_months": "保险期限(月)", "form": "条款类型", "budget": "项目预算",
    "entry_phase": "投保时研发阶段", "route": "技术路线", "respin": "重新流片",
    "site": "厂区", "park": "园区", "sector": "行业", "family": "专利族",
    "loss_sum_insured": "被侵权损失保险金额", "supply_exposed": "供应链受限",
    "stage": "生命周期阶段", "high_tech": "高新技术企业", "trl": "技术成熟度",
    "novelty": "创新程度", "team_record": "团队过往成果", "innovation_points": "创新积分四分位",
    "item_type": "设备类型", "age": "设备年龄", "maintenance": "维保合同",
    "operators": "操作人员", "flammable_gas": "易燃气体", "flood_zone": "洪泛区",
    "suppression": "灭火系统", "export_control": "出口管制", "field": "技术领域",
    "in_production": "专利产品已投产", "portfolio_size": "专利权人专利数量",
    "holder": "专利权人类型", "province": "省份", "selection": "投保方式",
    "daily_cost": "每日费用", "aggregate_limit": "累计赔偿限额",
}  # fmt: skip
"""Our column -> the header in the file."""

CITIES = {
    "苏州": "jiangsu", "南京": "jiangsu", "上海": "shanghai", "北京": "beijing",
    "深圳": "guangdong", "广州": "guangdong", "杭州": "zhejiang", "宁波": "zhejiang",
    "合肥": "other", "成都": "other", "武汉": "other", "西安": "other",
}  # fmt: skip
FIRST = "澜曜量禾砺瀚云辰启知远衡星岚朴序青映鸿炬"
LAST = "芯石屿研光图峤砂元微桥岭川航原汀舟野桐渡"
RARE = (
    "𠮷", "㙍", "䶮", "龴", "龵", "龶", "龻", "𬭎", "𬬻", "鿏", "㐂", "䂮", "㛃", "𫖮", "䴖",
    "𬱟",
)  # fmt: skip
"""Four-byte codes of GB 18030 but for 䶮 and 䴖; 龴, 龵, 龶 and 龻 have other codes in 2022."""
TRADES = {
    "rd_loss": ("科技有限公司", "技术研究院有限公司", "创新科技股份有限公司"),
    "lab": ("生物科技有限公司", "检测技术有限公司", "新材料研究所", "光电实验室有限公司"),
    "wafer_fab": ("集成电路制造有限公司",),
    "patent": ("智能装备有限公司", "医疗器械有限公司", "精密仪器有限公司", "电子有限公司"),
}  # fmt: skip

PARKS = ("澄湖示例园", "芦洲示例园", "云岭示例园", "南汀示例园")

ROUTES = {
    "general": ("工业机器人", "科学仪器"), "software": ("大模型", "工业软件"),
    "chip": ("人工智能芯片", "功率器件"), "material": ("固态电池",), "biopharma": ("细胞治疗",),
}  # fmt: skip
CLASSES = {"general": 26, "software": 22, "chip": 22, "material": 16, "biopharma": 14}

PROJECT_FACTORS = {
    "stage": ("startup", "growth", "growth", "mature"),
    "high_tech": ("yes", "yes", "no"),
    "trl": ("trl_1_3", "trl_4_5", "trl_4_5", "trl_6_9"),
    "novelty": ("incremental", "moderate", "radical"),
    "team_record": ("repeat_success", "no_record"),
    "innovation_points": ("q1", "q2", "q3", "q4"),
}  # fmt: skip
SITE_FACTORS = {
    "stage": ("startup", "growth", "growth", "mature"),
    "operators": ("trained", "trained", "untrained"),
    "flood_zone": ("no", "no", "no", "yes"),
    "flammable_gas": ("yes", "no", "no"),
    "suppression": ("yes", "no"),
}  # fmt: skip
FAB_ANSWERS = {"operators": "trained", "flammable_gas": "yes", "suppression": "yes"}
ITEM_FACTORS = {
    "item_type": ("rotating", "vacuum_optics", "imaging", "it_test", "other"),
    "age": ("under_3", "from_3_to_10", "from_3_to_10", "over_10"),
    "maintenance": ("contract", "contract", "none"),
    "export_control": ("no", "no", "no", "yes"),
}  # fmt: skip
PATENT_FACTORS = {
    "stage": ("startup", "growth", "growth", "mature"),
    "in_production": ("yes", "no"),
    "selection": ("subsidised", "subsidised", "neutral", "voluntary"),
}  # fmt: skip
FIELDS = ("electronic", "electronic", "mechanical", "health", "chemical", "biotech", "other")

NATIONAL = {33: 120_000_000, 78: 100_000_000}
"""Project number -> sum insured of national tasks, insured for named causes."""

FABS = {7: 1_800_000_000, 22: 1_000_000_000, 40: 1_000_000_000}
"""Site number -> sum insured of the small wafer fabs; the other sites are laboratories."""

MEMBERS = [  # name, written line, paid-in capital and reserves in million CNY
    ("首席示例财险", "0.30", 60_000), ("东方示例财险", "0.18", 42_000),
    ("南岭示例财险", "0.14", 25_000), ("北川示例财险", "0.12", 18_000),
    ("西塘示例财险", "0.10", 9_000), ("江左示例财险", "0.09", 7_500),
    ("海晏示例财险", "0.08", 5_200), ("中岳示例财险", "0.07", 4_000),
    ("华亭示例财险", "0.06", 3_200), ("岷山示例财险", "0.05", 2_600),
    ("瓯江示例财险", "0.04", 1_900), ("燕回示例财险", "0.03", 1_600),
    ("秦岭示例财险", "0.02", 1_200), ("滇池示例财险", "0.04", 315),
]  # fmt: skip

Row = dict[str, object]


def firm(draw: random.Random, trade: str, number: int) -> tuple[str, str]:
    """An invented firm (示例: example), every fifth with a rare name, and its province."""
    city = draw.choice(list(CITIES))
    first = draw.choice(FIRST) if number % 5 else RARE[number // 5 % len(RARE)]
    return f"{city}{first}{draw.choice(LAST)}示例{draw.choice(TRADES[trade])}", CITIES[city]


def answers(draw: random.Random, factors: dict[str, tuple[str, ...]], silent: float) -> Row:
    """A level of each factor; each stays empty with probability `silent`."""
    return {
        name: "" if draw.random() < silent else draw.choice(levels)
        for name, levels in factors.items()
    }


def amount(draw: random.Random, low: float, high: float, step: int) -> int:
    """CNY, log-uniform from `low` to `high`, a multiple of `step`."""
    return round(math.exp(draw.uniform(math.log(low), math.log(high))) / step) * step


def projects(draw: random.Random) -> list[Row]:
    """100 projects: 84 of small and medium firms, 14 of leading firms, 2 national tasks; every
    twelfth is a second project under the policy of the firm before."""
    kinds = [risk_class for risk_class, n in CLASSES.items() for _ in range(n)]
    draw.shuffle(kinds)
    rows = list[Row]()
    for number, risk_class in enumerate(kinds, start=1):
        low, high, step = (10e6, 60e6, 100_000) if number % 7 == 0 else (0.5e6, 6e6, 10_000)
        own = NATIONAL.get(number) or amount(draw, low, high, step)
        form = draw.choice(["technical_failure", "technical_failure", "", "named_cause"])
        phase = draw.choice(["lab", "lab", "", "pilot", "pilot", "industrial"])
        exposed = risk_class == "chip" or draw.random() < 0.1
        buys = risk_class == "chip" and phase != "industrial" and draw.random() < 0.5
        row: Row = {
            "id": f"YF-{number:03d}", "policy": f"YF2026-{number:03d}",
            "insured": firm(draw, "rd_loss", number)[0], "product": "rd_loss",
            "risk_class": risk_class, "sum_insured": own,
            "budget": round(own * draw.choice([1.0, 1.0, 1.0, 1.25, 1.6])),
            "term_months": draw.choice([12, 18, 24, 24, 36]),
            "form": form, "entry_phase": phase,
            "route": draw.choice(ROUTES[risk_class]),
            "supply_exposed": "是" if exposed else "否", "respin": "是" if buys else "",
            **answers(draw, PROJECT_FACTORS, silent=0.25),
        }  # fmt: skip
        if number % 12 == 0:
            row |= {name: rows[-1][name] for name in ("policy", "insured", "stage", "high_tech")}
        if number in NATIONAL:
            row |= {"form": "named_cause", "stage": "mature"}
        rows.append(row)
    return rows


def sites(draw: random.Random) -> list[Row]:
    """60 sites in 4 parks, 8 to 12 items each; the site's answers are the same on all its rows.
    Three laboratories buy interruption."""
    rows = list[Row]()
    for number in range(1, 61):
        risk_class = "wafer_fab" if number in FABS else "lab"
        insured, _ = firm(draw, risk_class, number)
        whole = FABS.get(number) or amount(draw, 2e6, 50e6, 100_000)
        parts = [draw.uniform(0.4, 1.6) for _ in range(draw.randint(8, 12))]
        of_site: Row = {
            "policy": f"SB2026-{number:03d}", "insured": insured, "product": "equipment_loss",
            "risk_class": risk_class, "term_months": 12, "site": f"厂区{number:02d}",
            "park": PARKS[number % 4],
            "sector": "集成电路" if number in FABS else draw.choice(["生命科学", "新材料", "光电"]),
            "daily_cost": 20_000 if number % 20 == 5 else "",
            **answers(draw, SITE_FACTORS, silent=0.25),
            **(FAB_ANSWERS if number in FABS else {}),
        }  # fmt: skip
        values = [round(whole * part / sum(parts) / 1e4) * 10_000 for part in parts]
        values[-1] = whole - sum(values[:-1])
        for group, value in enumerate(values, start=1):
            given = answers(draw, ITEM_FACTORS, silent=0.3)
            rows.append({
                "id": f"SB-{number:03d}-{group:02d}", **of_site, "sum_insured": value,
                "units": 1, **given,
                "supply_exposed": {"yes": "是", "no": "否", "": ""}[str(given["export_control"])],
            })  # fmt: skip
    return rows


def patents(draw: random.Random) -> list[Row]:
    """80 portfolios, every fifth in two rows: inventions, and utility models of their family."""
    rows = list[Row]()
    for number in range(1, 81):
        insured, province = firm(draw, "patent", number)
        person, two = number % 16 == 9, number % 5 == 0
        field, units = draw.choice(FIELDS), draw.choice([1, 3, 4, 6, 8, 12, 20, 30, 60])
        first = draw.choice(["invention", "invention", "invention", "utility", "design"])
        parts = [("invention", units), ("utility", 2 * units)] if two else [(first, units)]
        held = sum(count for _, count in parts)
        size = "up_to_5" if held <= 5 else "from_6_to_50" if held <= 50 else "over_50"
        known = draw.random() > 0.2
        cap = draw.choice([2_000_000, 3_000_000, 5_000_000])
        of_firm: Row = {
            "policy": f"ZL2026-{number:03d}", "product": "patent", "term_months": 12,
            "insured": f"示例发明人{number:02d}" if person else insured,
            "holder": "individual" if person else "organisation" if known else "",
            "sector": field, "field": field if known else "",
            "portfolio_size": size if known else "", "province": province if known else "",
            "family": f"族{number:02d}" if two or number % 3 == 0 else "",
            "aggregate_limit": cap if number % 4 == 0 else "",
            **answers(draw, PATENT_FACTORS, silent=0.2),
        }  # fmt: skip
        for place, (risk_class, count) in enumerate(parts, start=1):
            invention = risk_class == "invention"
            each = amount(draw, 200_000, 1_000_000, 50_000) if invention else 20_000
            loss = 1_000_000 if invention and count <= 12 and draw.random() < 0.6 else ""
            rows.append({
                "id": f"ZL-{number:03d}-{place}", **of_firm, "risk_class": risk_class,
                "units": count, "sum_insured": each * count, "loss_sum_insured": loss,
            })  # fmt: skip
    return rows


POOL = """# Synthetic: no insurer is real. Lines are written for {written:.0%} of the order and
# signed down. The last member has too little capital for its line of the largest wafer fab, and
# for no other risk.
name = "演示科技保险共保体 (synthetic)"
currency = "CNY"
order = "1"
lead_fee = 0.03
agreement = "DEMO-2026-01"
"""

PROGRAMME = """# Synthetic. Quota share, three event layers on what it leaves, stop loss.
# Premiums of layers and stop loss: mean annual cession plus a fifth of its standard deviation, both
# from 100,000 simulated years of this sample (seed 20260101), rounded to 10,000.
[[treaties]]
name = "quota share"
treaty = {{ kind = "quota_share", share = 0.40, commission = 0.28 }}
reinsurers = [{{ name = "示例再保险", share = "1" }}]
{layers}
[[treaties]]
name = "stop loss"
net_of = ["first event layer", "second event layer", "third event layer"]
# 50 points in excess of 80% of the layer's own subject premium: a year's premium of the sample, net
# of the quota share and before commission, rounded to a million. A third of that premium pays for
# the capital of the worst years, and of these the event layers take most of what the quota share
# leaves: hence 80%, where 150% would hardly ever be reached.
treaty = {{ kind = "stop_loss", unit = "loss_ratio", attachment = 0.8, limit = 0.5, \
subject_premium = {subject}, premium = {premium} }}
reinsurers = [{{ name = "示例再保险", share = "1" }}]
"""

LAYER = """
[[treaties]]
name = "{name} event layer"
net_of = ["quota share"]
treaty = {{ kind = "excess_of_loss", basis = "event", attachment = {attachment}e6, \
limit = {limit}e6, reinstatement_rates = {rates}, premium = {premium} }}
reinsurers = [
  {{ name = "示例再保险", share = "3/5" }},
  {{ name = "示例国际再保险", share = "2/5" }},
]
"""

LAYERS = [  # name, attachment and limit in million CNY, reinstatement rates, premium
    ("first", 12, 12, [1.0], 1_480_000),
    ("second", 24, 16, [1.0], 920_000),
    ("third", 40, 110, [], 1_590_000),
]
SUBJECT_PREMIUM, STOP_PREMIUM = 42_000_000, 460_000


def programme() -> str:
    """The text of programme.toml."""
    layers = "".join(
        LAYER.format(name=name, attachment=attachment, limit=limit, rates=rates, premium=premium)
        for name, attachment, limit, rates, premium in LAYERS
    )
    return PROGRAMME.format(layers=layers, subject=SUBJECT_PREMIUM, premium=STOP_PREMIUM)


def members() -> Iterable[str]:
    """The members of pool.toml; the first leads."""
    for name, line, capital in MEMBERS:
        lead = "lead = true\n" if name == MEMBERS[0][0] else ""
        yield (
            f'\n[[members]]\nname = "{name}"\nwritten = "{line}"\n'
            f"capital_and_reserves = {capital}e6\n{lead}"
        )


def sheet(rows: list[Row]) -> bordereau.Sheet:
    """The rows as columns under the headers of the file, all as text."""
    return bordereau.Sheet.of(
        {theirs: [str(row.get(ours, "")) for row in rows] for ours, theirs in HEADERS.items()}
    )


def write(folder: Path) -> None:
    """portfolio.csv, pool.toml and programme.toml."""
    draw = random.Random(SEED)
    rows = [*projects(draw), *sites(draw), *patents(draw)]
    folder.mkdir(parents=True, exist_ok=True)
    bordereau.write(sheet(rows), folder / "portfolio.csv", encoding="gb18030")
    written = sum(float(line) for _, line, _ in MEMBERS)
    pool = POOL.format(written=written) + "".join(members())
    (folder / "pool.toml").write_text(pool, encoding="utf-8", newline="\n")
    (folder / "programme.toml").write_text(programme(), encoding="utf-8", newline="\n")
    print(f"{len(rows)} rows and {len(MEMBERS)} members in {folder}")


if __name__ == "__main__":
    write(FOLDER)
