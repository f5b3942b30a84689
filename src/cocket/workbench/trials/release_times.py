# SPDX-License-Identifier: Apache-2.0
"""Release times by page: the live figures, and what of them is published under TFA article 7.6."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SettingsError
from cocket.pipeline.base.kept import PATIENCE
from cocket.pipeline.trials.release_times import ReleaseQuestion, question_of
from cocket.trials.release import DIMENSIONS
from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Visit
from cocket.workbench.trials import release_charts as charts
from cocket.workbench.trials import release_labels as words
from cocket.workbench.trials.release_pdf import write_published

routes = APIRouter()

#: Headline segments, one of which the page is about.
_HEADLINES = ("arrival-release", "lodgement-release", "arrival-gate-out")


@routes.get("/trials/release")
def release_times(visit: SignedIn, times: given.ReleaseTimes) -> Response:
    """Figures of some days, with the slowest consignments that the reader may see."""
    question, problem = _question(visit)
    asked = dict(visit.request.query_params)
    try:
        view = times.release_times(visit.principal, question, again="again" in asked, patience=PATIENCE)
    except SettingsError as error:
        question, problem = ReleaseQuestion(), error.message
        view = times.release_times(visit.principal, question, patience=PATIENCE)
    segment = asked.get("segment", "")
    if segment not in _HEADLINES:
        segment = next((one for one in _HEADLINES if view.study.whole.of(one)), _HEADLINES[0])
    return visit.page(
        "trials/release",
        view=view,
        study=view.study,
        segment=segment,
        headlines=_HEADLINES,
        question=question,
        address=lambda **other: _address(question, segment, other),
        axis=charts.axis_of([*(one.of(segment) for one in view.study.groups), view.study.whole.of(segment)]),
        said=words,
        charts=charts,
        problem=problem,
        status=UNPROCESSABLE if problem else 200,
    )


@routes.get("/trials/release.csv")
def table(visit: SignedIn, times: given.ReleaseTimes) -> Response:
    """The same figures as a table."""
    view = times.release_times(visit.principal, question_of(visit.request.query_params))
    name = f"release-times-{view.study.first:%Y%m%d}-{view.study.last:%Y%m%d}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(words.write_csv(view.study), media_type="text/csv; charset=utf-8", headers=headers)


@routes.get("/trials/release/published")
def published(visit: SignedIn, times: given.ReleaseTimes) -> Response:
    """What may be published of them."""
    question, problem = _question(visit)
    try:
        found = times.published_times(visit.principal, question, patience=PATIENCE)
    except SettingsError as error:
        question, problem = ReleaseQuestion(), error.message
        found = times.published_times(visit.principal, question, patience=PATIENCE)
    return visit.page(
        "trials/release_published",
        found=found,
        study=found.study,
        question=question,
        address=lambda **other: _address(question, "", other),
        administration=visit.workbench.settings.administration,
        headlines=_HEADLINES,
        said=words,
        charts=charts,
        problem=problem,
        status=UNPROCESSABLE if problem else 200,
    )


@routes.get("/trials/release/published.pdf")
def published_pdf(visit: SignedIn, times: given.ReleaseTimes) -> Response:
    """The same as a file."""
    found = times.published_times(visit.principal, question_of(visit.request.query_params))
    content = write_published(found, visit.workbench.settings.administration, visit.language)
    name = f"release-times-{found.study.first:%Y%m%d}-{found.study.last:%Y%m%d}.pdf"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/pdf", headers=headers)


def _question(visit: Visit) -> tuple[ReleaseQuestion, str | None]:
    """What the address asks, or what is wrong with it."""
    try:
        return question_of(visit.request.query_params), None
    except SettingsError as error:
        return ReleaseQuestion(), error.message


def _address(question: ReleaseQuestion, segment: str, other: dict[str, object]) -> str:
    """The address's question with other parts of it; an empty part is left out."""
    fields: dict[str, object] = {
        **{str(name): group for name, group in question.only.items()},
        "since": question.since,
        "until": question.until,
        "by": question.by,
        "hours": question.hours,
        "clocks": question.clocks,
        "segment": segment,
        **other,
    }
    kept = {
        name: value.isoformat() if isinstance(value, date) else str(value)
        for name, value in fields.items()
        if value and (name in ("since", "until", "by", "hours", "clocks", "segment") or name in DIMENSIONS)
    }
    return urlencode(kept)
