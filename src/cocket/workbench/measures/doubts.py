# SPDX-License-Identifier: Apache-2.0
"""How the values of a consignment stand, the question about one, and the life of the doubt: each step a form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.findings import render
from cocket.measures.valuation import PAPERS
from cocket.pipeline import NotFoundError
from cocket.pipeline.measures.doubt_views import SENTENCES, DoubtView, NewDoubt, ValueView, places_of
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.refusals import full_sentences
from cocket.workbench.base.rendering import capital
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Visit, consignment_path
from cocket.workbench.measures import labels as doubt_words
from cocket.workbench.measures.value_strip import strip_of

routes = APIRouter()


#: Time to answer that the form offers, in days; the officer sets it as the law and the case need.
_USUAL_DAYS: Final = 30

#: Fields of the form that are not fields of the step.
_OF_THE_FORM: Final = ("csrf",)

#: Fields of steps that hold words of whoever took them.
_WORDS: Final = ("question", "words", "grounds", "reason", "passed_over", "note")

#: Steps that belong to asking; for all others the right to decide is needed.
_ASKING: Final = ("answered", "grounds-told")


@routes.get("/consignments/{consignment_id}/values")
def values(visit: SignedIn, doubts: given.Doubts, consignment_id: str) -> Response:
    """How the declared value of each item stands, and the doubts there are."""
    views = doubts.values(visit.principal, consignment_id)
    return visit.page(
        "measures/doubts",
        consignment=consignment_id,
        items=[(view, strip_of(view.indication, view.points)) for view in views],
        doubts=doubts.doubts(visit.principal, consignment_id),
        said=doubt_words,
    )


@routes.get("/consignments/{consignment_id}/values/{item}/ask")
def ask_form(visit: SignedIn, doubts: given.Doubts, consignment_id: str, item: int) -> Response:
    """The question about one value, as it would be put, to be changed and sent."""
    view = _item(visit, doubts, consignment_id, item)
    fields = {
        "question": _question(visit, view),
        "answer_by": (visit.workbench.now() + timedelta(days=_USUAL_DAYS)).date().isoformat(),
        **{f"paper-{name}": "on" for name in (view.inquiry.papers if view.inquiry else ())},
    }
    return _ask_page(visit, (consignment_id, view), fields)


@routes.post("/consignments/{consignment_id}/values/{item}/ask")
def ask(act: Acting, doubts: given.Doubts, consignment_id: str, item: int) -> Response:
    """Put the question; the doubt begins with it."""
    told = {
        "item": item,
        "to": act.text("to"),
        "question": act.text("question"),
        "answer_by": act.text("answer_by"),
        "papers": _papers(act.fields),
    }
    problems: tuple[str, ...]
    try:
        new = msgspec.convert(told, NewDoubt, strict=False)
        doubt = doubts.raise_doubt(act.visit.principal, consignment_id, new)
    except msgspec.ValidationError:
        problems = (act.visit.language.translate(_("Enter the last date for the answer as year-month-day.")),)
    except NotFoundError:
        raise
    except SenderError as error:
        problems = full_sentences(act.visit, error)
    else:
        return act.visit.go(consignment_path(consignment_id, "doubts", doubt.id))
    view = _item(act.visit, doubts, consignment_id, item)
    return _ask_page(act.visit, (consignment_id, view), act.fields, problems=problems, status=UNPROCESSABLE)


@routes.get("/consignments/{consignment_id}/doubts/{doubt_id}")
def doubt(visit: SignedIn, doubts: given.Doubts, consignment_id: str, doubt_id: str) -> Response:
    """One doubt: how the value stood, what was done, and the form of the next step."""
    view = _doubt(visit, doubts, consignment_id, doubt_id)
    return _doubt_page(visit, doubts, view, visit.request.query_params.get("step", ""))


@routes.post("/consignments/{consignment_id}/doubts/{doubt_id}/{kind}")
def take_step(act: Acting, doubts: given.Doubts, consignment_id: str, doubt_id: str, kind: str) -> Response:
    """Take a step, or say why it cannot be taken."""
    view = _doubt(act.visit, doubts, consignment_id, doubt_id)
    told: dict[str, Any] = {
        name: text.strip()
        for name, text in act.fields.items()
        if name not in _OF_THE_FORM and not name.startswith("paper-") and text.strip()
    }
    if papers := _papers(act.fields):
        told["papers"] = papers
    try:
        doubts.take_step(act.visit.principal, doubt_id, kind, told)
    except NotFoundError:
        raise
    except SenderError as error:
        how = {"fields": act.fields, "problems": full_sentences(act.visit, error), "status": UNPROCESSABLE}
        return _doubt_page(act.visit, doubts, view, kind, **how)
    return act.visit.go(consignment_path(consignment_id, "doubts", doubt_id))


def _item(visit: Visit, doubts: given.Doubts, consignment_id: str, item: int) -> ValueView:
    views: tuple[ValueView, ...] = doubts.values(visit.principal, consignment_id)
    for view in views:
        if view.item == item:
            return view
    raise NotFoundError("There is no such item.")


def _doubt(visit: Visit, doubts: given.Doubts, consignment_id: str, doubt_id: str) -> DoubtView:
    view: DoubtView = doubts.doubt(visit.principal, doubt_id)
    if view.consignment != consignment_id:
        raise NotFoundError("There is no such doubt.")
    return view


def _ask_page(visit: Visit, about: tuple[str, ValueView], fields: Mapping[str, str], **more: Any) -> Response:
    consignment_id, view = about
    how = {"problems": (), "status": 200, **more}
    return visit.page(
        "measures/doubt_ask",
        consignment=consignment_id,
        view=view,
        strip=strip_of(view.indication, view.points),
        fields=fields,
        papers=PAPERS,
        said=doubt_words,
        **how,
    )


def _doubt_page(visit: Visit, doubts: given.Doubts, view: DoubtView, chosen: str, **more: Any) -> Response:
    steps = [kind for kind in view.open_steps if kind in doubt_words.STEPS and _may(visit, view, kind)]
    how = {"fields": {}, "problems": (), "status": 200, **more}
    step = chosen if chosen in steps else (steps[0] if steps else None)
    return visit.page(
        "measures/doubt",
        doubt=view,
        strip=strip_of(view.indication, view.points),
        steps=steps,
        chosen=step,
        security=doubts.guarantee(visit.principal, view.id) if step == "guaranteed" else None,
        history=[(step, _sentence(visit, step), _texts(step)) for step in view.steps],
        papers=PAPERS,
        said=doubt_words,
        today=visit.workbench.now().date().isoformat(),
        later=(visit.workbench.now() + timedelta(days=_USUAL_DAYS)).date().isoformat(),
        **how,
    )


def _may(visit: Visit, view: DoubtView, kind: str) -> bool:
    """Whether this reader may take a step, so that what would be refused is not offered."""
    if view.state == "proposed" and kind in ("decided", "sent-back") and view.steps[-1].by == visit.officer.id:
        return False
    return visit.may("query:raise" if kind in _ASKING else "value:decide", view.office)


def _sentence(visit: Visit, step: Any) -> str:
    """What a step was, as a sentence in the reader's language."""
    fields = msgspec.to_builtins(step)
    places = {
        name: visit.language.translate(told) if told in doubt_words.SPOKEN else told
        for name, told in places_of(fields).items()
    }
    sentence = SENTENCES[fields["kind"]]
    said = visit.language.say(sentence, **places)
    return said if sentence.startswith("{") else capital(said)


def _texts(step: Any) -> list[str]:
    """What a step says in words of its own (0..n)."""
    return [text for name in _WORDS if (text := getattr(step, name, ""))]


def _question(visit: Visit, view: ValueView) -> str:
    sentences = view.inquiry.question if view.inquiry else ()
    return "\n\n".join(render(one, visit.language.translate) for one in sentences)


def _papers(fields: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in PAPERS if fields.get(f"paper-{name}"))
