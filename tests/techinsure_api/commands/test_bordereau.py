"""`techinsure bordereau`: what was read, which rows are wrong, the same rows in another file."""

from techinsure import bordereau
from techinsure.pooling import sample

RIGHT = "标的编号,产品,险类,保险金额\n007,rd_loss,chip,1000\n𠮷,rd_loss,general,2000\n"
WRONG = RIGHT + "8,rd_loss,chips,x\n"


def written(folder, text, name="risks.csv", encoding="gb18030"):
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return str(file)


def test_a_file_that_is_right(terminal, tmp_path):
    said = terminal("bordereau", "check", written(tmp_path, RIGHT))
    assert said.code == 0
    assert "gb18030, by its bytes" in said.out
    assert "标的编号 = id" in said.out
    assert "Every row can be rated" in said.out


def test_every_fault_is_shown_and_written(terminal, tmp_path):
    out = tmp_path / "rejects.csv"
    said = terminal("bordereau", "check", written(tmp_path, WRONG), "--rejects", str(out))
    assert said.code == 3
    assert "2 faults" in said.out
    assert "did you mean 'chip'?" in said.out
    rows = bordereau.read(out).rows()
    assert [(row["row"], row["column"], row["header"], row["value"]) for row in rows] == [
        ("4", "sum_insured", "保险金额", "x"), ("4", "risk_class", "险类", "chips"),
    ]  # fmt: skip


def test_json(terminal, tmp_path):
    said = terminal("bordereau", "check", written(tmp_path, WRONG), "--json")
    assert said.code == 3
    document = said.document
    assert (document["rows"], document["faults"], len(document["first_faults"])) == (3, 2, 2)
    assert (document["encoding"], document["decided_by"]) == ("gb18030", "content")
    assert not document["ambiguous"]


def test_many_faults_are_cut_on_the_screen_only(terminal, tmp_path):
    text = RIGHT + "".join(f"x{n},rd_loss,chip,none\n" for n in range(30))
    out = tmp_path / "rejects.csv"
    said = terminal("bordereau", "check", written(tmp_path, text), "--rejects", str(out))
    assert "and 10 more" in said.out
    assert bordereau.read(out).n_rows == 30


def test_a_file_that_cannot_be_read_has_rejects_too(terminal, tmp_path):
    out = tmp_path / "rejects.csv"
    said = terminal(
        "bordereau", "check", written(tmp_path, "a,b\n1\n2,3\n4\n"), "--rejects", str(out)
    )
    assert said.code == 3
    assert [row["column"] for row in bordereau.read(out).rows()] == ["line 2", "line 4"]


def test_bytes_that_fit_both_encodings_are_said(terminal, tmp_path):
    file = written(tmp_path, "产品,险类,保险金额,甲乙\nrd_loss,chip,1000,\n", encoding="utf-8")
    said = terminal("bordereau", "check", file, "--encoding", "utf-8")
    assert "as you said" in said.out
    assert "valid in UTF-8 and in GB 18030" in said.out


def test_a_mapping(terminal, tmp_path):
    text = (
        RIGHT.replace("保险金额", "承保额").replace("\n", ",x\n").replace("承保额,x", "承保额,备注")
    )
    ours = written(tmp_path, '"承保额" = "sum_insured"\n"备注" = ""\n', "ours.toml", "utf-8")
    file = written(tmp_path, text)
    assert terminal("bordereau", "check", file).code == 3
    said = terminal("bordereau", "check", file, "--mapping", ours)
    assert said.code == 0
    assert "Dropped: 备注" in said.out


def test_what_was_translated_is_said(terminal, tmp_path):
    text = (
        "产品,险类,保险金额,阶段\n研发费用损失,芯片,1000,萌芽期\n研发费用损失,芯片设计,2,成长期\n"
    )
    tables = '"阶段" = "stage"\n[values.risk_class]\n"芯片" = "chip"\n'
    tables += '[values.stage]\n"萌芽期" = "startup"\n'
    file, ours = written(tmp_path, text), written(tmp_path, tables, "ours.toml", "utf-8")
    said = terminal("bordereau", "check", file, "--mapping", ours)
    assert said.code == 0
    assert "Values of product: 研发费用损失 = rd_loss" in said.out
    assert "Values of stage: 萌芽期 = startup, 成长期 = growth" in said.out
    document = terminal("bordereau", "check", file, "--mapping", ours, "--json").document
    assert document["translated"]["risk_class"] == {"芯片": "chip", "芯片设计": "chip"}


def test_what_is_shown_in_chinese_is_read_again():
    """The names that a quote in Chinese shows for levels stand in the table that reads them."""
    import tomllib
    from importlib.resources import files

    from techinsure.bordereau.headers import plain
    from techinsure.bordereau.values import shipped
    from techinsure.catalogue import shipped as products

    page = (files("techinsure_api") / "chinese" / "products.toml").read_text("utf-8")
    shown = tomllib.loads(page)["levels"]
    for product in products().products.values():
        for name, factor in product.factors.items():
            for level in factor.levels:
                assert shipped()[name][plain(shown[level])] == level, (name, level)


def test_convert_there_and_back(terminal, tmp_path):
    start = written(tmp_path, RIGHT)
    for step, name in enumerate(("a.xlsx", "b.parquet", "c.csv")):
        said = terminal("bordereau", "convert", start, str(tmp_path / name))
        assert said.code == 0, step
        start = str(tmp_path / name)
    options = ("--encoding", "gb18030", "--json")
    said = terminal("bordereau", "convert", start, str(tmp_path / "d.csv"), *options)
    assert said.document["columns"] == ["id", "product", "risk_class", "sum_insured"]
    back = bordereau.read(tmp_path / "d.csv")
    assert back.lists() == bordereau.read(RIGHT.encode()).lists()
    assert back.reading.encoding == "gb18030"
    assert terminal("bordereau", "convert", start, str(tmp_path / "e.doc")).code == 3
    assert terminal("bordereau", "convert", "none.csv", str(tmp_path / "e.csv")).code == 4


def test_a_pool_takes_all_three(terminal, tmp_path):
    from importlib.resources import files

    rows = [dict(row) for row in sample("demo_pool").rows[::12]]
    held = bordereau.Sheet.of({name: [row[name] for row in rows] for name in rows[0]})
    folder = files("techinsure") / "samples/demo_pool"
    digests = set()
    for name in ("a.csv", "a.xlsx", "a.parquet"):
        bordereau.write(held, tmp_path / name)
        said = terminal("pool", "--portfolio", str(tmp_path / name), "--pool",
                        str(folder / "pool.toml"), "--years", "1000", "--json")  # fmt: skip
        assert said.code == 0, said.err
        digests.add(said.document["receipt"]["digests"]["portfolio"])
    assert len(digests) == 1
