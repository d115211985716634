"""What a drawn picture says, and pools to draw."""

import techinsure as ti

LEAD = {"name": "A", "written": "1", "capital_and_reserves": 1e9, "lead": True}
YEARS = {"n_years": 1000, "seed": 3}


def texts(figure):
    """The finding and the facts, as one line each."""
    return [text.get_text().replace("\n", " ") for text in figure.texts[:2]]


def inside(axes):
    return [text.get_text() for text in axes.texts]


def nothing_is_cut(figure):
    """Every text lies on the paper."""
    figure.draw_without_rendering()
    paper = figure.bbox
    renderer = figure._get_renderer()
    found = [*figure.texts]
    for axes in figure.axes:
        found += [*axes.texts, axes.xaxis.label, axes.yaxis.label]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            found += [
                tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high
            ]
    for text in found:
        if text.get_text() and text.get_visible():
            box = text.get_window_extent(renderer)
            where = (text.get_text(), box, paper)
            assert box.x0 >= -1, where
            assert box.x1 <= paper.x1 + 1, where
            assert box.y0 >= -1, where
            assert box.y1 <= paper.y1 + 1, where


def small_pool(rows=None, members=(LEAD,), name="P", **given):
    """A pool of one project, or of `rows`."""
    rows = rows or [{"product": "rd_loss", "risk_class": "general", "sum_insured": 1e6,
                     "budget": 1e6, "stage": "growth", "route": "instruments"}]  # fmt: skip
    return ti.run_pool({
        "portfolio": {"rows": rows}, **{"simulation": YEARS, **given},
        "pool": {"name": name, "currency": "CNY", "members": list(members)},
    })  # fmt: skip


def without_a_loss():
    """A pool none of whose years has a loss."""
    rows = [{"product": "patent", "risk_class": "utility", "sum_insured": 1e4, "field": "chemical",
             "selection": "subsidised", "in_production": "no"}]  # fmt: skip
    for seed in range(20):
        report = small_pool(rows, simulation={"n_years": 1000, "seed": seed})
        if not len(report.losses):
            return report
    raise AssertionError("every seed has a loss")
