"""`techinsure pool what-if`: other reinsurance of a pool run, without simulating again."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from techinsure_api.terminal import progress, say, say_json
from techinsure_api.words import tell

if TYPE_CHECKING:
    from techinsure.pooling.what_if_report import WhatIf, WhatIfRequest
    from techinsure.reinsurance.programme import Programme

EPILOG = """[bold]Examples[/bold]

techinsure pool what-if --set "quota share.share=0.3"     # the latest run

techinsure pool what-if 1a2b3c4d --set "stop loss.limit=0.8" --set "stop loss.premium=9e5"

techinsure pool what-if --set "first event layer.reinstatement_rates[0]=0.5"   # within a term

techinsure pool what-if --drop "stop loss" --json

techinsure pool what-if --programme wide.toml --programme narrow.toml --out results
"""

Run = Annotated[
    str,
    typer.Argument(metavar="[RUN]", help="A stored run, by the start of its id; else the latest."),
]
Programmes = Annotated[
    list[Path] | None,
    typer.Option(
        "--programme", metavar="FILE", help="A whole programme, TOML or JSON; may be repeated."
    ),
]
Terms = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="TREATY.TERM=VALUE", help="Another value of one term; may be repeated."
    ),
]
Dropped = Annotated[
    list[str] | None,
    typer.Option("--drop", metavar="TREATY", help="Without this treaty; may be repeated."),
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write what_if.json and a picture here.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


def register(pool: typer.Typer) -> None:
    """Add the part to the verb `pool`."""
    pool.command("what-if", epilog=EPILOG)(what_if)


def what_if(
    run: Run = "",
    programme: Programmes = None,
    set_: Terms = None,
    drop: Dropped = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Apply other programmes to the losses of a stored run: what changes, and how surely.

    Values are as in a programme's file: numbers (30e6), texts (event), lists ([1.0]). Terms are
    set first, then treaties dropped."""
    if bool(programme) == bool(set_ or drop):
        message = tell("give --programme, or --set and --drop: what is to change?")
        raise typer.BadParameter(message)
    from techinsure.catalogue import shipped
    from techinsure.pooling.what_if import what_if as compare
    from techinsure_api.stored_runs.store import RunStore

    store = RunStore()
    name = store.find(run)
    before = store.outline(name).programme
    options = [*(set_ or []), *(drop or [])]
    request = _request(programme or [], set_ or [], drop or [], before)
    programmes = _programmes(request, before, options, bool(programme))
    with progress(tell("applying the programmes")) as done:
        found = compare(store.simulated(name, shipped()), programmes, progress=done)
    answer = {"simulation": name, "result": found.to_dict()}
    if out:
        _write(found, answer, out)
    if as_json:
        say_json(answer)
    else:
        from techinsure_api.what_if_tables import shown

        say(*shown(found, name))


def _request(
    files: list[Path], terms: list[str], dropped: list[str], before: "Programme"
) -> "WhatIfRequest":
    from techinsure.pooling.what_if_report import WhatIfRequest
    from techinsure.reading import read
    from techinsure_api.pool_files import document

    if files:
        stems = [file.stem for file in files]
        names = stems if len(set(stems)) == len(stems) else [str(file) for file in files]
        pairs = zip(names, map(document, files), strict=True)
        named = [{"name": name, "programme": programme} for name, programme in pairs]
        return read(WhatIfRequest, {"alternatives": named})
    names = [placed.name for placed in before.treaties]
    edits: list[dict[str, Any]] = [_edit(term, names) for term in terms]
    edits += [{"drop": treaty} for treaty in dropped]
    return read(WhatIfRequest, {"edits": edits})


def _edit(option: str, names: Sequence[str] = ()) -> dict[str, Any]:
    """`event layer.limit=30e6` as an edit; the value as TOML has it, or else the text itself. A
    term may be a path, a treaty's name may hold points: the longest of the `names` that fits."""
    path, equals, text = option.partition("=")
    fitting = [name for name in names if path.strip().startswith(f"{name}.")]
    treaty = max(fitting, key=len, default=path.strip().rpartition(".")[0])
    term = path.strip().removeprefix(treaty).removeprefix(".")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    if equals and path.strip() == "parallel":
        return {"parallel": value}
    if not (equals and treaty and term):
        form = tell('"TREATY.TERM=VALUE", such as "event layer.limit=30e6"')
        message = tell("--set needs {form}, got {option!r}", form=form, option=option)
        raise typer.BadParameter(message)
    return {"treaty": treaty, "set": {term: value}}


def _programmes(
    request: "WhatIfRequest", before: "Programme", options: list[str], is_whole: bool
) -> "dict[str, Programme]":
    """The programmes to try; a fault of an edit names its option."""
    from techinsure.errors import InvalidParameter

    try:
        return request.programmes(before)
    except InvalidParameter as error:
        if is_whole:
            raise
        faults = []
        for fault in error.faults:
            place = fault.pointer.split("/")[2]
            faults.append(fault._replace(pointer=f"--set/--drop {options[int(place)]!r}"))
        raise InvalidParameter(faults) from None


def _write(found: "WhatIf", answer: dict[str, Any], out: Path) -> None:
    from techinsure import plots

    out.mkdir(parents=True, exist_ok=True)
    whole = json.dumps(answer, ensure_ascii=False, indent=2)
    (out / "what_if.json").write_text(whole, "utf-8")
    plots.save(plots.alternatives(found), out / "exceedance.png")
