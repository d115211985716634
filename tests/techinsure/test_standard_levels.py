"""Levels of a product: read with their evidence, and refused with a pointer."""

import tomllib
from dataclasses import replace

import pytest

from techinsure.catalogue import folder, load_product, product_digest
from techinsure.errors import CatalogueError
from techinsure.level_terms import EVERY, Amount, Level, LevelTerms
from techinsure.product import Product, at, evidence, put
from techinsure.reading import read
from techinsure.receipt import plain
from techinsure.schedule import schedule
from techinsure.standard_levels import MOST_LEVELS, level_faults
from tests.techinsure.asked import CATALOGUE

LAB = CATALOGUE.product("equipment_loss")
TOML = """
[[levels]]
name = "site excess"
by = "site"
grade = "D"
source = "test, judgement: a site bears the first 1%"
[levels.terms."*"]
deductible = { kind = "share_of_sum_insured", share = 0.01 }
maximum_deductible = { kind = "fixed_amount", amount = 50000 }

[[levels]]
name = "term"
by = "policy"
per = "term"
grade = "D"
source = "test, judgement: one limit across years"
[levels.terms."*"]
limit = { kind = "fixed_amount", amount = 4000000 }
layers = [{ name = "first", limit = 1000000, share = 0.5 }]
"""


def loaded(tmp_path, extra):
    """The equipment product with more at the end of its file."""
    file = tmp_path / "equipment_loss" / "product.toml"
    file.parent.mkdir()
    text = (folder() / "equipment_loss" / "product.toml").read_text("utf-8")
    file.write_text(text + extra, "utf-8")
    return load_product(file)


def with_standard_levels():
    """The equipment product with the levels above."""
    text = (folder() / "equipment_loss" / "product.toml").read_text("utf-8")
    return read(Product, tomllib.loads(text + TOML))


def test_a_product_file_declares_levels(tmp_path):
    product = loaded(tmp_path, TOML)
    assert [(level.name, level.by, level.per) for level in product.levels] == [
        ("site excess", "site", "event"), ("term", "policy", "term"),
    ]  # fmt: skip
    columns = {"risk_class": ["lab"], "sum_insured": [1e6], "site": ["S"]}
    assert schedule(product, columns).portfolio.terms.levels == product.levels
    assert schedule(product, columns, levels=()).portfolio.terms.levels == ()


def test_their_numbers_are_evidence(tmp_path):
    product = loaded(tmp_path, TOML)
    found = {one.name: (one.value, one.grade) for one in evidence(product)
             if one.name.startswith("levels")}  # fmt: skip
    assert found == {
        "levels.site excess.terms.*.deductible.share": (0.01, "D"),
        "levels.site excess.terms.*.maximum_deductible.amount": (50_000, "D"),
        "levels.term.terms.*.limit.amount": (4e6, "D"),
        "levels.term.terms.*.layers.first.limit": (1e6, "D"),
        "levels.term.terms.*.layers.first.share": (0.5, "D"),
    }
    for name, (value, _) in found.items():
        assert at(product, name) == value
        assert at(put(product, name, value / 2), name) == value / 2


def test_a_product_without_levels_does_not_speak_of_them(tmp_path):
    """So that its digest, and quotes that were stored before, are what they were."""
    assert "levels" not in plain(LAB)
    product = loaded(tmp_path, TOML)
    assert [level["name"] for level in plain(product)["levels"]] == ["site excess", "term"]
    assert product_digest(product) != product_digest(LAB)
    assert product_digest(replace(product, levels=())) == product_digest(LAB)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('by = "site"', 'by = "park"', "levels.0.by: by must be one of item, policy"),
        ('[levels.terms."*"]\nd', "[levels.terms.A]\nd", "terms must name a site of an item"),
        ('per = "term"', 'per = "term"\ncauses = ["theft"]',
         "levels.1.causes.0: causes must be one of breakdown"),
        ('name = "term"', 'name = "site excess"', "levels.1.name: name must be unique"),
        ('grade = "D"', 'grade = "E"', "levels.0.grade"),
        ('source = "test, judgement: a site bears the first 1%"\n', "", "source is required"),
        ("share = 0.01", "share = 1.5", "must be in [0, 1]"),
        ('{ kind = "fixed_amount", amount = 4000000 }',
         '{ kind = "share_of_loss", share = 0.5 }', "must be an amount or a share of the sum"),
        ("deductible = { kind", 'trigger = "claims_made"\nretroactive = 0\ndeductible = { kind',
         "retroactive must not be before inception for claims made"),
    ],
)  # fmt: skip
def test_a_product_file_with_wrong_levels_does_not_load(tmp_path, old, new, told):
    assert old in TOML
    with pytest.raises(CatalogueError) as caught:
        loaded(tmp_path, TOML.replace(old, new, 1))
    assert told in str(caught.value)


def faults(levels, inception=0.0, **groups):
    known = {"item": ("risk/1",), "policy": ("policy",), "site": ("site",)}
    named = dict.fromkeys(("risk_unit", "family"), ()) | known | groups
    return {f.pointer: str(f) for f in level_faults(levels, ("fire", "stop"), named, inception)}


def level(name="one", by="site", group=EVERY, **changes):
    terms = {group: LevelTerms(limit=Amount(amount=9.0), **changes)}
    return Level(name=name, by=by, terms=terms)


def test_levels_that_fit_have_no_faults():
    assert faults([level(), level("two", "item", "risk/1")]) == {}


def test_what_does_not_fit_points_at_its_place():
    assert faults([level(by="family")]) == {
        "/levels/0/by": "by must be a label that the insured objects have, got 'family' "
        "(one of item, policy, site)"
    }
    assert faults([level(), level("two", "site", "sites")]) == {
        "/levels/1/terms/sites": "terms must name a site of an item, got 'sites' "
        "(did you mean 'site'?)"
    }
    several = [level(str(number)) for number in range(MOST_LEVELS + 1)]
    assert list(faults(several)) == ["/levels"]
    assert faults(several[:-1]) == {}


@pytest.mark.parametrize(
    ("since", "inception", "refused"),
    [(None, 0.0, False), (None, None, False), (-0.1, 0.0, True), (0.0, 0.0, False),
     (0.4, 0.5, True), (0.5, None, True)],
)  # fmt: skip
def test_claims_made_reach_back_to_inception_only(since, inception, refused):
    made = level(trigger="claims_made", retroactive=since)
    at_ = "/levels/0/terms/*/retroactive"
    assert list(faults([made], inception)) == ([at_] if refused else [])
    assert faults([level(retroactive=since)], inception) == {}
