import math

from techinsure.reinsurance import QuotaShare
from techinsure.reinsurance.evaluation import evaluate
from techinsure.reinsurance.evaluation_report import FIGURES, UNSAID
from techinsure.reinsurance.programme import PlacedTreaty, Programme
from tests.techinsure.reinsurance.tables import table

HALF = Programme(treaties=(PlacedTreaty(name="half", treaty=QuotaShare(share=0.5)),))


def test_the_frame_has_each_figure_and_its_error():
    frame = evaluate(HALF, table([[4.0], [2.0]])).to_frame()
    assert list(frame.columns) == [
        "perspective", "name", *(name for f in FIGURES for name in (f, f"{f}_error")),
    ]  # fmt: skip
    half = frame[frame.name == "half"].iloc[0]
    assert (half["mean"], half["mean_error"], half["sd"]) == (1.5, 0.5, 0.5)
    one = evaluate(HALF, table([[4.0]])).to_frame()
    assert one["mean"].tolist() == [4, 2, 2, 2, 2]
    assert all(value is None or math.isnan(value) for value in one["sd"])


def test_json_has_all_but_what_pictures_need():
    found = evaluate(HALF, table([[4.0], [2.0]]))
    assert not {*UNSAID} & found.to_dict().keys()
    assert found.to_dict()["results"][1]["name"] == "half"


def test_text_has_a_line_a_row_and_one_year_no_error():
    lines = str(evaluate(HALF, table([[4.0], [2.0]]))).splitlines()
    assert lines[0] == "2 losses in 2 years, CNY"
    assert lines[2].split() == ["half", "1.5", "±", "0.5", "CNY"]
    assert str(evaluate(HALF, table([[4.0]]))).splitlines()[2].split() == ["half", "2"]
