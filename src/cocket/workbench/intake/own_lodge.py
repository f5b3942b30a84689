# SPDX-License-Identifier: Apache-2.0
"""A declaration filled in by hand: the drafts, the form with what stands against it beside each field, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.consignment.hand_drafts import (
    Draft,
    DraftCharge,
    DraftDocument,
    DraftLine,
    DraftParty,
    typed_number,
)
from cocket.errors import PolicyError, SenderError
from cocket.findings import Finding, render
from cocket.pipeline import NotFoundError
from cocket.pipeline.intake.drafts import DraftView
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SentFile, SignedIn
from cocket.workbench.base.rendering import capital
from cocket.workbench.base.visits import Visit
from cocket.workbench.intake import own_lodge_labels as said

routes = APIRouter()

#: Goods lines on one page, and lines added at once at most (count).
PAGE: Final = 20

_UNPROCESSABLE: Final = 422
_NUMBERS: Final = ("amount", "quantity", "net_mass", "gross_mass", "packages")
_LINE: Final = re.compile(r"lines\[(\d+)\]")
_PAGE: Final = re.compile(r"[1-9][0-9]{0,2}")


@routes.get("/own/lodge")
def drafts(visit: SignedIn, drafts: given.Drafts) -> Response:
    """Declarations that are not lodged yet, and the form that begins one."""
    return _list(visit, drafts)


@routes.post("/own/lodge")
def begin(act: Acting, drafts: given.Drafts) -> Response:
    """Begin a declaration."""
    visit = act.visit
    draft = Draft(
        flow="export" if act.text("flow") == "export" else "import", sender=act.text("sender"), lines=(DraftLine(),)
    )
    try:
        view = drafts.begin(visit.principal, draft)
    except SenderError as error:
        return _list(visit, drafts, fields=act.fields, problems=_sentences(visit, error), status=_UNPROCESSABLE)
    return visit.go(_path(view.id))


@routes.get("/own/lodge/receipts/{message_id}")
def receipt(visit: SignedIn, records: given.Records, message_id: str) -> Response:
    """The receipt of what was sent, to be saved."""
    content = msgspec.json.encode(records.receipt(visit.principal, message_id))
    headers = {"content-disposition": f"attachment; filename=receipt-{quote(message_id, safe='')}.json"}
    return Response(content, headers=headers, media_type="application/json")


@routes.get("/own/lodge/{draft_id}")
def draft(visit: SignedIn, drafts: given.Drafts, draft_id: str, page: str = "1") -> Response:
    """The form, with what stands against each field, what it was read from, and what it is estimated to cost."""
    return _form(visit, drafts.own_draft(visit.principal, draft_id), _number(page))


@routes.post("/own/lodge/{draft_id}")
def save(act: Acting, drafts: given.Drafts, draft_id: str) -> Response:
    """Save what was entered, and then do what was pressed: show another page of lines, add lines, find a code, or lodge."""
    visit, what = act.visit, act.text("act")
    number, version = _number(act.text("page")), int(act.text("version")) if act.text("version").isdecimal() else 0
    entered = entered_draft(drafts.own_draft(visit.principal, draft_id).draft, act.fields, number)
    if what == "add":
        more = min(int(act.text("more")) if act.text("more").isdecimal() else 1, PAGE)
        entered = msgspec.structs.replace(entered, lines=(*entered.lines, *[DraftLine()] * more))
        number = _pages(entered)
    try:
        view = drafts.change(visit.principal, draft_id, version, entered)
        if what == "lodge":
            told = drafts.lodge(visit.principal, draft_id, view.version)
            return visit.page("intake/own_lodged", told=told, draft=view, notes=_notes(visit, told.findings), said=said)
    except NotFoundError:
        raise
    except SenderError as error:
        view = drafts.shown(visit.principal, draft_id, entered)
        problems = (
            _sentences(visit, error) if error.code != "draft-not-ready" else (visit.language.translate(error.message),)
        )
        return _form(visit, view, number, problems=problems, status=_UNPROCESSABLE)
    kind, _, which = what.partition(":")
    if kind == "codes":
        return visit.go(f"{_path(draft_id)}/codes?{urlencode({'line': which})}")
    if kind == "page":
        number = _number(which)
    return visit.go(f"{_path(draft_id)}?page={number}" if number > 1 else _path(draft_id))


@routes.post("/own/lodge/{draft_id}/file")
async def read_file(sent: SentFile, drafts: given.Drafts, draft_id: str, file: str = "", version: str = "") -> Response:
    """Fill the form from an invoice or a table of lines."""
    visit, number = sent.visit, int(version) if version.isdecimal() else 0
    name = "".join(one for one in file if one.isprintable())[:200] or "–"
    try:
        view = await run_in_threadpool(drafts.read_file, visit.principal, draft_id, number, name, sent.body)
    except (NotFoundError, PolicyError):
        raise
    except SenderError as error:
        return visit.page("intake/own_lodge_read", status=_UNPROCESSABLE, view=None, problems=_sentences(visit, error))
    notes = _notes(visit, view.draft.read_from[-1].notes)
    return visit.page("intake/own_lodge_read", view=view, problems=(), notes=notes, said=said)


@routes.post("/own/lodge/{draft_id}/disposal")
def discard(act: Acting, drafts: given.Drafts, draft_id: str) -> Response:
    """Throw a draft away."""
    drafts.discard(act.visit.principal, draft_id)
    return act.visit.go("/own/lodge")


@routes.get("/own/lodge/{draft_id}/codes")
def codes(visit: SignedIn, drafts: given.Drafts, draft_id: str, line: str = "1", text: str = "") -> Response:
    """Commodity codes that the description of a line speaks for."""
    view = drafts.own_draft(visit.principal, draft_id)
    number = _number(line)
    known = view.draft.lines[number - 1].description if number <= len(view.draft.lines) else ""
    wanted = (text.strip() or known)[:400]
    found = drafts.codes(visit.principal, wanted)
    return visit.page("intake/own_codes", view=view, line=number, text=wanted, found=found, at=_path(draft_id))


@routes.post("/own/lodge/{draft_id}/codes")
def take_code(act: Acting, drafts: given.Drafts, draft_id: str) -> Response:
    """Enter a code in its line."""
    view = drafts.own_draft(act.visit.principal, draft_id)
    number, lines = _number(act.text("line")), list(view.draft.lines)
    if number <= len(lines):
        lines[number - 1] = msgspec.structs.replace(lines[number - 1], code=act.text("code")[:20])
        drafts.change(
            act.visit.principal, draft_id, view.version, msgspec.structs.replace(view.draft, lines=tuple(lines))
        )
    page = (number - 1) // PAGE + 1
    return act.visit.go(f"{_path(draft_id)}?page={page}" if page > 1 else _path(draft_id))


def entered_draft(before: Draft, fields: Mapping[str, str], page: int) -> Draft:
    """A draft with what a form says: the whole, and the lines of one page; a field that the form has not stays as it is.

    Args:
        before: The draft as it was shown.
        fields: What was entered, by field.
        page: The page of lines that was shown (1-based).
    """

    def text(name: str, kept: str) -> str:
        typed = fields.get(name)
        if typed is None:
            return kept
        typed = " ".join(typed.split())[:500]
        return typed_number(typed) if name.rpartition(".")[2] in (*_NUMBERS, "invoice_amount") else typed

    names = (*said.HEAD, *said.JOURNEY, *said.MONEY)
    values: dict[str, Any] = {name: text(name, getattr(before, name)) for name in names}
    for who in said.WHO:
        party: DraftParty = getattr(before, who)
        values[who] = DraftParty(**{name: text(f"{who}.{name}", getattr(party, name)) for name in said.PARTY})
    charges = (*before.charges, DraftCharge())
    charged = (_charge(one, f"charges[{n}]", text) for n, one in enumerate(charges, 1))
    values["charges"] = tuple(one for one in charged if one != DraftCharge())
    documents = (*before.documents, DraftDocument(), DraftDocument())
    told = (
        DraftDocument(type=text(f"documents[{n}].type", one.type), number=text(f"documents[{n}].number", one.number))
        for n, one in enumerate(documents, 1)
    )
    values["documents"] = tuple(one for one in told if one != DraftDocument())
    first = (page - 1) * PAGE
    lines = []
    for n, kept_line in enumerate(before.lines, 1):
        if first < n <= first + PAGE:
            if fields.get(f"lines[{n}].remove"):
                continue
            given_line = {name: text(f"lines[{n}].{name}", getattr(kept_line, name)) for name in said.LINE}
            kept_line = msgspec.structs.replace(kept_line, **given_line)
        lines.append(kept_line)
    return msgspec.structs.replace(before, lines=tuple(lines), **values)


def _charge(kept: DraftCharge, where: str, text: Any) -> DraftCharge:
    kind = text(f"{where}.kind", kept.kind)
    return DraftCharge(
        kind=kind if kind in said.CHARGES else "",
        amount=text(f"{where}.amount", kept.amount),
        currency=text(f"{where}.currency", kept.currency).upper(),
        words=text(f"{where}.words", kept.words),
    )


def _list(visit: Visit, drafts: Any, **more: Any) -> Response:
    how = {"fields": {}, "problems": (), "status": 200, **more}
    return visit.page("intake/own_lodge", found=drafts.own_drafts(visit.principal), said=said, **how)


def _form(visit: Visit, view: DraftView, page: int, **more: Any) -> Response:
    """The form at one page of its lines."""
    how = {"problems": (), "status": 200, **more}
    page = min(page, _pages(view.draft))
    beside: dict[str, str] = {}
    whole: list[tuple[str, str]] = []
    elsewhere: dict[int, int] = {}
    for one in view.findings:
        sentence = _sentence(visit, one)
        place = _LINE.match(one.location or "")
        if place:
            there = (int(place[1]) - 1) // PAGE + 1
            if there != page:
                elsewhere[there] = elsewhere.get(there, 0) + 1
        if one.location is None or one.location in ("lines", "charges"):
            whole.append((one.severity, sentence))
        else:
            beside[one.location] = f"{beside[one.location]} {sentence}" if one.location in beside else sentence
    first = (page - 1) * PAGE
    return visit.page(
        "intake/own_draft",
        view=view,
        draft=view.draft,
        said=said,
        beside=beside,
        whole=whole,
        elsewhere=elsewhere,
        page=page,
        pages=_pages(view.draft),
        lines=[(first + n, line) for n, line in enumerate(view.draft.lines[first : first + PAGE], 1)],
        sources=[(one, _notes(visit, one.notes)) for one in view.draft.read_from],
        at=_path(view.id),
        errors=sum(one.severity == "error" for one in view.findings),
        **how,
    )


def _notes(visit: Visit, notes: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(one.severity, _sentence(visit, one)) for one in notes]


def _sentence(visit: Visit, one: Finding) -> str:
    text = capital(render(one, visit.language.translate))
    return text if text.endswith((".", "…")) else f"{text}."


def _sentences(visit: Visit, error: SenderError) -> tuple[str, ...]:
    """What is wrong, as sentences in the reader's language (1..n)."""
    told = [_sentence(visit, one) for one in error.findings] or [visit.language.translate(error.message)]
    return (*told, *([visit.language.translate(error.hint)] if error.hint else []))


def _pages(draft: Draft) -> int:
    return max(1, -(-len(draft.lines) // PAGE))


def _number(text: str) -> int:
    return int(text) if _PAGE.fullmatch(text) else 1


def _path(draft_id: str) -> str:
    return f"/own/lodge/{quote(draft_id, safe='')}"
