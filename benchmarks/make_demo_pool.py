"""Write the sample pool: about 60 invented insured objects, 14 invented insurers, a programme.

Everything is synthetic; no firm, insurer or contract is real. Run it from the checkout:
`python benchmarks/make_demo_pool.py`. The same seed writes the same files.
"""

import csv
import random
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "src/techinsure/samples/demo_pool"
SEED = 20_260_101

COLUMNS = [
    "id", "policy", "insured", "product", "risk_class", "sum_insured", "units", "term_months",
    "stage", "route", "sector", "park", "site", "family", "budget", "entry_phase", "form",
    "supply_exposed", "loss_sum_insured", "trl", "high_tech", "field", "selection",
]  # fmt: skip

FIRST = ("苏州", "上海", "深圳", "合肥", "成都", "武汉", "西安", "南京", "杭州", "广州")
MIDDLE = ("澜芯", "曜石", "量屿", "禾研", "砺光", "瀚图", "云峤", "辰砂", "启元", "知微", "远桥")
LAST = ("科技有限公司", "微电子有限公司", "生物医药有限公司", "新材料有限公司")

ROUTES = {
    "general": ["robotics", "instruments"], "software": ["large_models", "industrial_software"],
    "chip": ["ai_accelerators", "power_devices"], "material": ["solid_state_battery"],
    "biopharma": ["cell_therapy"],
}  # fmt: skip

MEMBERS = [  # name, written line, paid-in capital and reserves in million CNY, lead
    ("首席示例财险", "0.30", 60_000, True), ("东方示例财险", "0.18", 42_000, False),
    ("南岭示例财险", "0.12", 25_000, False), ("北川示例财险", "0.10", 18_000, False),
    ("西塘示例财险", "0.09", 9_000, False), ("江左示例财险", "0.08", 6_500, False),
    ("海晏示例财险", "0.07", 4_200, False), ("中岳示例财险", "0.06", 3_000, False),
    ("华亭示例财险", "0.05", 1_900, False), ("岷山示例财险", "0.05", 1_200, False),
    ("瓯江示例财险", "0.04", 900, False), ("燕回示例财险", "0.03", 700, False),
    ("秦岭示例财险", "0.02", 500, False), ("滇池示例财险", "0.05", 30, False),
]  # fmt: skip


def firm(draw: random.Random) -> str:
    """An invented firm."""
    return f"{draw.choice(FIRST)}{draw.choice(MIDDLE)}{draw.choice(LAST)}"


def projects(draw: random.Random) -> list[dict[str, object]]:
    """24 research and development projects."""
    rows = []
    for number in range(1, 25):
        risk_class = draw.choice(
            ["general", "general", "software", "chip", "material", "biopharma"]
        )
        insured = round(min(draw.lognormvariate(14.8, 0.8), 2e7), -4)
        rows.append({
            "id": f"RD-{number:03d}", "insured": firm(draw), "product": "rd_loss",
            "risk_class": risk_class, "sum_insured": insured, "budget": insured,
            "stage": draw.choice(["startup", "growth", "growth", "mature"]),
            "route": draw.choice(ROUTES[risk_class]), "term_months": draw.choice([12, 18, 24, 36]),
            "entry_phase": draw.choice(["lab", "lab", "pilot"]),
            "form": draw.choice(["technical_failure", "technical_failure", "named_cause"]),
            "supply_exposed": str(risk_class == "chip").lower(),
            "high_tech": draw.choice(["yes", "no"]),
        })  # fmt: skip
    return rows


def sites(draw: random.Random) -> list[dict[str, object]]:
    """20 groups of equipment on 7 sites in 3 parks, one of them a small wafer line."""
    rows = []
    for number in range(1, 21):
        site = (number - 1) // 3 + 1
        fab = site == 7
        value = round(
            draw.uniform(4e7, 9e7) if fab else min(draw.lognormvariate(15.3, 0.7), 3e7), -4
        )
        rows.append({
            "id": f"EQ-{number:03d}", "policy": f"EQ-P{site}", "insured": f"演示园区用户{site}号",
            "product": "equipment_loss", "risk_class": "wafer_fab" if fab else "lab",
            "sum_insured": value, "units": 20 if fab else draw.randint(2, 8), "term_months": 12,
            "stage": draw.choice(["growth", "mature"]), "site": f"site-{site}",
            "park": f"park-{(site - 1) % 3 + 1}",
            "sector": "semiconductor" if fab else "life_science",
            "supply_exposed": str(number % 4 == 0).lower(),
        })  # fmt: skip
    return rows


def patents(draw: random.Random) -> list[dict[str, object]]:
    """16 groups of patents, half of them families."""
    rows = []
    for number in range(1, 17):
        risk_class = draw.choice(["invention", "invention", "utility"])
        units = draw.randint(2, 8)
        each = 200_000 if risk_class == "invention" else 20_000
        field = draw.choice(["electronic", "mechanical", "health", "chemical"])
        rows.append({
            "id": f"PA-{number:03d}", "insured": firm(draw), "product": "patent",
            "risk_class": risk_class, "sum_insured": each * units, "units": units,
            "term_months": 12, "stage": draw.choice(["startup", "growth", "mature"]),
            "family": f"family-{number}" if number % 2 else "", "sector": field, "field": field,
            "loss_sum_insured": 1_000_000 if risk_class == "invention" else "",
            "selection": draw.choice(["neutral", "subsidised"]),
        })  # fmt: skip
    return rows


POOL = """# Synthetic: no insurer is real. Lines are written for 124% of the order and signed down.
name = "演示科技保险共保体 (synthetic)"
currency = "CNY"
order = "1"
lead_fee = 0.03
agreement = "DEMO-2026-01"
"""

PROGRAMME = """# Synthetic. Quota share first, then the event layer, then the year's stop loss.
[[treaties]]
name = "quota share"
treaty = {{ kind = "quota_share", share = 0.40, commission = 0.28 }}
reinsurers = [{{ name = "示例再保险", share = "1" }}]

[[treaties]]
name = "event layer"
net_of = ["quota share"]
treaty = {{ kind = "excess_of_loss", basis = "event", attachment = 5e6, limit = 20e6, \
reinstatement_rates = [1.0], premium = {layer_premium:.0f} }}
reinsurers = [
  {{ name = "示例再保险", share = "3/5" }},
  {{ name = "示例国际再保险", share = "2/5" }},
]

[[treaties]]
name = "stop loss"
net_of = ["quota share", "event layer"]
# 50 points in excess of 150% of the layer's own subject premium, net of the quota share and
# before commission: a year's premium of the sample, rounded.
treaty = {{ kind = "stop_loss", unit = "loss_ratio", attachment = 1.5, limit = 0.5, \
subject_premium = {subject:.0f}, premium = {stop_premium:.0f} }}
reinsurers = [{{ name = "示例再保险", share = "1" }}]
"""


def main() -> None:
    """Write portfolio.csv, pool.toml and programme.toml."""
    draw = random.Random(SEED)
    rows = [*projects(draw), *sites(draw), *patents(draw)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "portfolio.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    members = [
        f'\n[[members]]\nname = "{name}"\nwritten = "{line}"\n'
        f"capital_and_reserves = {capital}e6\n" + ("lead = true\n" if lead else "")
        for name, line, capital, lead in MEMBERS
    ]
    (FOLDER / "pool.toml").write_text(POOL + "".join(members), encoding="utf-8")
    terms = PROGRAMME.format(layer_premium=600_000, subject=3_900_000, stop_premium=150_000)
    (FOLDER / "programme.toml").write_text(terms, encoding="utf-8")
    print(f"{len(rows)} objects and {len(MEMBERS)} members in {FOLDER}")


if __name__ == "__main__":
    main()
