from rich.console import Console

from techinsure.reinsurance.evaluation import evaluate
from techinsure.reinsurance.programme import PlacedTreaty, Programme
from techinsure.reinsurance.quota_share import QuotaShare
from techinsure_api.evaluation_tables import shown
from tests.techinsure.reinsurance.tables import table


def text_of(found):
    console = Console(width=200, record=True)
    with console.capture() as said:
        for part in shown(found):
            console.print(part)
    return said.get()


def slices(n):
    return Programme(treaties=tuple(
        PlacedTreaty(name=f"slice {k}", treaty=QuotaShare(share=0.125)) for k in range(n)
    ))  # fmt: skip


def test_few_treaties_have_a_column_each_and_many_their_sum():
    few, many = (text_of(evaluate(slices(n), table([[80.0], []]), rows=True)) for n in (4, 5))
    heads = [text.partition("Loss by loss")[2].splitlines()[2].split() for text in (few, many)]
    assert heads[0][-3:] == ["slice", "3", "net"]
    assert heads[1][-3:] == ["loss", "ceded", "net"]
    row = many.partition("Loss by loss")[2].splitlines()[4].split()
    assert row[-3:] == ["80", "50", "30"]


def test_no_treaty_has_no_table_of_treaties():
    said = text_of(evaluate(Programme(), table([[80.0], []])))
    assert "What the reinsurers are paid" not in said
    assert "by reinsurer" not in said
    assert "Flag: VaR" in said


def test_small_amounts_are_not_in_thousands():
    assert "Losses of a year, CNY" in text_of(evaluate(slices(1), table([[80.0], []])))
    assert "thousand CNY" in text_of(evaluate(slices(1), table([[80e6], []])))
