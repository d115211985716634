"""The pages that the `type` of a problem points to: cause, fix and an example."""

import json
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from techinsure.errors import NotFound
from techinsure.quantities import nearest
from techinsure_api.documented import ENTRIES, REQUEST_ID, problems
from techinsure_api.problems import KINDS, Kind, problem

router = APIRouter(prefix="/problems", tags=["problems"], default_response_class=HTMLResponse)

PAGES = {kind.page.rpartition("/")[2]: kind for kind in KINDS.values()}


@router.get("", responses=problems())
def list_problems() -> HTMLResponse:
    """Every kind of problem, with a link to its page."""
    lines = "".join(
        f'<li><a href="{kind.page}">{kind.code}</a> ({kind.status}): {escape(kind.title)}</li>'
        for kind in KINDS.values()
    )
    return _page("Problems", f"<h1>Problems</h1><ul>{lines}</ul>")


@router.get("/{name}", responses=problems("not_found"))
def get_problem(name: str) -> HTMLResponse:
    """What one kind of problem means, and what to do about it."""
    if name not in PAGES:
        raise NotFound("problem", name, PAGES, nearest(name, PAGES))
    kind = PAGES[name]
    return _page(kind.title, _body(kind))


def _body(kind: Kind) -> str:
    example = problem(kind.code, request_id=REQUEST_ID, errors=ENTRIES.get(kind.code, ())).to_dict()
    shown = escape(json.dumps(example, indent=2, ensure_ascii=False))
    return (
        f"<h1>{escape(kind.title)}</h1>"
        f"<p>Status {kind.status}, code <code>{kind.code}</code></p>"
        f"<h2>Cause</h2><p>{escape(kind.cause)}</p>"
        f"<h2>Fix</h2><p>{escape(kind.fix)}</p>"
        f"<h2>Example</h2><pre>{shown}</pre>"
        '<p><a href="/problems">All problems</a></p>'
    )


def _page(title: str, body: str) -> HTMLResponse:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>'
    return HTMLResponse(f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body>')
