# SPDX-License-Identifier: Apache-2.0
"""Views as JSON: the structs themselves, with findings, reasons and events said in words."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from cocket.findings import Finding, describe, render
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.queries.views import TimelineEntry

_encode = msgspec.json.Encoder().encode


def json_of(view: Any) -> bytes:
    """A view, or a plain value holding views, as JSON."""
    return _encode(plain(view))


def plain(value: Any) -> Any:
    """A value in which every struct has become a dictionary and every sentence has its places filled in."""
    if isinstance(value, Finding):
        return describe(value)
    if isinstance(value, msgspec.Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        told = ((name, getattr(value, field)) for name, field in names)
        fields = {name: plain(one) for name, one in told if one is not msgspec.UNSET}
        if isinstance(value, ReasonView | TimelineEntry):
            fields["message"] = _sentence(value)
        return fields
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return value


def answer(view: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An HTTP answer with a view as its JSON body."""
    return Response(json_of(view), status, headers, media_type="application/json")


def _sentence(view: ReasonView | TimelineEntry) -> str:
    return render(Finding(code=view.code, severity="info", message=view.message, arguments=view.arguments))
