"""`techinsure posterior` and `techinsure price --experience`: own data in a file."""

import json
import tomllib

import pytest

from techinsure.posterior import posterior

OWN = """name = "member A"

[[observations]]
parameter = "model.classes.general.fail.lab"
seen = [{ events = 5, trials = 58 }]
source = "own projects"

[[amounts]]
parameter = "model.spend"
values = [0.4, 0.7]
prior_claims = 6
source = "own claims"
"""
RISK = {"product": "rd_loss", "exposure": {"risk_class": "general", "budget": 2_000_000},
        "simulation": {"n_years": 1000}}  # fmt: skip


@pytest.fixture
def files(tmp_path):
    own, risk = tmp_path / "own.toml", tmp_path / "risk.json"
    own.write_text(OWN, "utf-8")
    risk.write_text(json.dumps(RISK), "utf-8")
    return own, risk


def test_the_tables_say_what_the_report_says(terminal, files, tmp_path):
    own, risk = files
    text, picture = tmp_path / "text.txt", tmp_path / "p.png"
    said = terminal("posterior", "--product", "rd_loss", "--experience", own, "--risk", risk,
                    "--text", text, "--picture", picture, "--one-more", 0.95)  # fmt: skip
    assert said.code == 0, said.err
    assert "5 / 58" in said.out
    assert "C → A" in said.out
    assert "Opinions (grade D)" in said.out
    assert "model.spend" in said.out
    assert "data weigh 65%" in text.read_text("utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_json_is_the_engine_and_does_not_change_with_the_language(terminal, files):
    own, risk = files
    words = ("posterior", "--product", "rd_loss", "--experience", own, "--risk", risk, "--json")
    said = terminal(*words)
    risk_alone = {name: value for name, value in RISK.items() if name != "product"}
    whole = {"product": "rd_loss", "experience": tomllib.loads(OWN), "risk": risk_alone}
    assert said.document == json.loads(json.dumps(posterior(whole).to_dict()))
    assert terminal("--lang", "zh", *words).out == said.out


def test_in_chinese(terminal, files):
    own, risk = files
    said = terminal("posterior", "--product", "rd_loss", "--experience", own, "--risk", risk,
                    "--lang", "zh")  # fmt: skip
    assert said.code == 0, said.err
    for words in ("数据权重", "纯费率", "先验", "后验", "再多一次赔案"):
        assert words in said.out


@pytest.mark.parametrize(
    ("broken", "words", "code"),
    [
        ('name = "x"', "must not be empty", 3),
        (OWN.replace("events = 5", "events = 500"), "must be <= 58", 3),
        (OWN.replace("fail.lab", "fail.labs"), "did you mean 'model.classes.general.fail.lab'", 4),
        (OWN.replace("trials", "exposure"), "must have trials: it is a probability", 3),
        ("name =", "must be UTF-8 TOML", 3),
    ],
)
def test_data_that_do_not_fit_are_named(terminal, files, broken, words, code):
    own, risk = files
    own.write_text(broken, "utf-8")
    said = terminal("posterior", "--product", "rd_loss", "--experience", own, "--risk", risk)
    assert said.code == code
    assert words in said.err
    assert said.out == ""


def test_a_quote_with_own_data_says_so_and_verifies(terminal, files, tmp_path):
    own, risk = files
    quote = tmp_path / "quote.json"
    plain = terminal("price", risk, "--json").document
    said = terminal("price", risk, "--experience", own, "--json", "--out", quote).document
    assert said["premium"]["pure"]["value"] != plain["premium"]["pure"]["value"]
    assert said["product_version"].startswith(plain["product_version"] + "+")
    assert [one["parameter"] for one in said["updates"]] == [
        "model.classes.general.fail.lab", "model.spend",
    ]  # fmt: skip
    assert terminal("verify", quote).code == 0
    changed = json.loads(quote.read_text("utf-8"))
    changed["request"]["experience"]["observations"][0]["seen"][0]["events"] = 6.0
    quote.write_text(json.dumps(changed), "utf-8")
    assert terminal("verify", quote).code == 3


BESIDE = """name = "member A"

[[observations]]
parameter = "model.classes.material.fail.pilot"
seen = [{ events = 7, trials = 28 }]
source = "own projects"

[[knowledge]]
parameter = "model.classes.material.fail.pilot"
question = "of 100 projects, how many fail at pilot scale?"
family = "beta"
product_weight = 0.2
robust = 0.1

[[knowledge.experts]]
name = "Li"
role = "engineer"
date = "2026-11-02"
weight = 1
reason = "scale-ups of catalysts"
stated = [
  { level = 0.05, value = 0.01 }, { level = 0.5, value = 0.4 }, { level = 0.95, value = 0.41 },
]

[[knowledge.analogues]]
name = "abroad"
seen = { events = 18, trials = 75 }
discount = 0.3
reason = "the same operations"
source = "a register"
"""


@pytest.fixture
def beside(tmp_path):
    own, risk = tmp_path / "beside.toml", tmp_path / "material.json"
    own.write_text(BESIDE, "utf-8")
    exposure = {"risk_class": "material", "budget": 2_000_000}
    risk.write_text(json.dumps({**RISK, "exposure": exposure}), "utf-8")
    return "--product", "rd_loss", "--experience", own, "--risk", risk


def test_the_steps_the_experts_and_the_analogues_are_shown(terminal, beside):
    said = terminal("posterior", *beside)
    assert said.code == 0, said.err
    for words in ("step by step", "product's prior", "experts", "analogues", "robust share",
                  "own data", "Li", "a law worth one event", "abroad", "stated", "misfit 0.",
                  "ask again", "Relativities and coefficients of variation"):  # fmt: skip
        assert words in said.out, words


def test_the_steps_in_chinese_leave_no_english_sentence(terminal, beside):
    said = terminal("--lang", "zh", "posterior", *beside)
    assert said.code == 0, said.err
    for words in ("逐步", "产品先验", "专家意见", "类比数据", "稳健份额", "自有数据", "无冲突",
                  "产品自身的先验", "相当于一次事件的分布", "请再次询问", "给定"):  # fmt: skip
        assert words in said.out, words
    for english in ("conflict", "the prior foresaw", "misfit", "ask again", "own data"):
        assert english not in said.out


def test_a_conflict_is_told_in_chinese(terminal, files):
    own, risk = files
    own.write_text(OWN.replace("events = 5", "events = 40"), "utf-8")
    said = terminal("--lang", "zh", "posterior", "--product", "rd_loss", "--experience", own,
                    "--risk", risk)  # fmt: skip
    assert "冲突：40 次事件；先验预计" in said.out
    assert "稳健先验可让数据说话" in said.out


def test_crossing_quantiles_are_refused_in_both_languages(terminal, beside, tmp_path):
    broken = BESIDE.replace("value = 0.41", "value = 0.3")
    (tmp_path / "beside.toml").write_text(broken, "utf-8")
    said = terminal("posterior", *beside)
    assert said.code == 3
    assert "quantiles cross" in said.err
    assert "分位数相互交叉" in terminal("--lang", "zh", "posterior", *beside).err


def test_a_price_hears_the_experts_too(terminal, beside, tmp_path):
    _, _, _, own, _, risk = beside
    quote = tmp_path / "quote.json"
    said = terminal("price", risk, "--experience", own, "--json", "--out", quote).document
    (update,) = said["updates"]
    assert [step["name"] for step in update["steps"]] == [
        "product", "experts", "analogues", "robust", "own data",
    ]  # fmt: skip
    assert terminal("verify", quote).code == 0


def test_classes_together_in_both_languages(terminal, files):
    own, risk = files
    own.write_text(OWN.partition("[[amounts]]")[0] + """
[[together]]
parameters = ["model.classes.general.fail.lab", "model.classes.chip.fail.lab"]
common = { low = 0.6, high = 1.6 }
spread = { low = 0.1, high = 0.5 }
reason = "one panel"
""", "utf-8")  # fmt: skip
    words = ("posterior", "--product", "rd_loss", "--experience", own, "--risk", risk)
    said = terminal(*words)
    assert said.code == 0, said.err
    assert "other classes" in said.out
    assert "model.classes.chip.fail.lab, step by step" in said.out
    chinese = terminal("--lang", "zh", *words).out
    assert "其他类别" in chinese
    assert "各类别合并更新" in chinese


def test_a_risk_of_another_product_is_refused(terminal, files, tmp_path):
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**RISK, "product": "patent"}), "utf-8")
    said = terminal("posterior", "--product", "rd_loss", "--experience", files[0], "--risk", other)
    assert said.code == 3
    assert "field: /risk/product" in said.err


def test_a_missing_folder_is_told_before_the_work(terminal, files, tmp_path):
    own, risk = files
    said = terminal("posterior", "--product", "rd_loss", "--experience", own, "--risk", risk,
                    "--picture", tmp_path / "no" / "p.png")  # fmt: skip
    assert said.code == 4
    assert str(tmp_path / "no") in said.err.replace("\n", "")


def test_no_table_is_empty_and_no_column_speaks_of_data_that_are_not_there(terminal, beside):
    own = beside[3]
    before, _, rest = BESIDE.partition("[[observations]]")
    knowledge = rest[rest.index("[[knowledge]]") :].partition("[[knowledge.analogues]]")[0]
    own.write_text(before + knowledge.replace("robust = 0.1\n", ""), "utf-8")
    said = terminal("posterior", *beside)
    assert said.code == 0, said.err
    assert "One more claim" not in said.out
    assert "before data" not in said.out
    assert "after data" not in said.out
    assert "Opinions on it" in said.out
    assert "weight" in said.out
    chinese = terminal("--lang", "zh", "posterior", *beside)
    assert chinese.code == 0, chinese.err
    assert "再多一次赔案" not in chinese.out


def test_opinions_that_move_no_digit_are_counted_not_listed(terminal, files, tmp_path):
    own, risk = files
    words = ("posterior", "--product", "rd_loss", "--experience", own, "--risk", risk)
    text = tmp_path / "text.txt"
    said = terminal(*words, "--text", text).out
    report = terminal(*words, "--json").document
    moved = [*report["sensitivities"], *report["relativities"], *report["spreads"]]
    unseen = [one for one in moved if f"{one['lower']:.3g}" == f"{one['higher']:.3g}"]
    listed = said.partition("Opinions (grade D)")[2] + said.partition("Relativities and")[2]
    for one in unseen:
        assert f"  {one['parameter']}  " not in listed
    sentence = f"{len(unseen)} more of grade D move no digit shown of the rate"
    assert (sentence in said) == (sentence in text.read_text("utf-8")) == bool(unseen)


def test_engines_that_are_not_compared_are_said_to_be_with_the_reason(terminal, files, tmp_path):
    own, _ = files
    few = tmp_path / "few.json"
    patent = {"exposure": {"sector": "health", "groups": [
        {"risk_class": "invention", "patents": 1, "sum_insured": 300000.0},
    ]}, "simulation": {"n_years": 1000}}  # fmt: skip
    own.write_text(SUITS, "utf-8")
    few.write_text(json.dumps(patent), "utf-8")
    said = terminal("posterior", "--product", "patent", "--experience", own, "--risk", few)
    assert said.code == 0, said.err
    assert "the two engines are not compared by" in said.out
    assert "of the 1,000 simulated years have a payment" in " ".join(said.out.split())


SUITS = """name = "member A"
[[observations]]
parameter = "model.suit_rate"
seen = [{ events = 2, exposure = 480 }]
source = "own claims"
"""
