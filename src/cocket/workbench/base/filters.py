# SPDX-License-Identifier: Apache-2.0
"""The part of the queue an address asks for, and the address that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast, get_args
from urllib.parse import urlencode

import msgspec

from cocket.model.message import Lane
from cocket.pipeline.queries.views import QueueFilter

PAGE: Final = 25  # lines on one page: about two screens, and well within the first load
_STATES: Final = ("open", "done", "all", "held")
_SORTS: Final = ("work", "stake", "time", "received", "title")
_LONGEST_TEXT: Final = 100
_LONGEST_PLACE: Final = 1_000
_FURTHEST: Final = 1_000_000


def lane_of(text: str | None) -> Lane | None:
    """The lane of this name; None if there is none."""
    return cast(Lane, text) if text in get_args(Lane) else None


def read_filter(asked: Mapping[str, str], officer: str | None = None) -> QueueFilter:
    """The filter an address asks for; what it says wrongly counts as not said.

    Args:
        asked: Query of the address: `lane`, `office`, `state`, `mine`, `text`, `sort`, `place`, `offset`
            (each 0..1).
        officer: Who asks; None where nobody's own orders can be meant.
    """
    state, offset, sort = asked.get("state", "open"), asked.get("offset", "0"), asked.get("sort", "work")
    return msgspec.convert(
        {
            "lane": lane_of(asked.get("lane")),
            "office": asked.get("office", "").strip() or None,
            "state": state if state in _STATES else "open",
            "examiner": officer if asked.get("mine") == "yes" else None,
            "text": asked.get("text", "").strip()[:_LONGEST_TEXT] or None,
            "sort": sort if sort in _SORTS else "work",
            "after": asked.get("place", "")[:_LONGEST_PLACE] or None,
            "offset": min(int(offset), _FURTHEST) if offset.isascii() and offset.isdigit() else 0,
            "limit": PAGE,
        },
        QueueFilter,
    )


def query_of(wanted: QueueFilter, **changes: Any) -> str:
    """The query that asks for this part of the queue, with some of it changed.

    A change of anything but the offset starts again at the first line.

    Returns:
        Such as `?lane=red&state=all`; empty if it asks for nothing special.
    """
    if changes and "offset" not in changes:
        changes |= {"offset": 0, "after": None}
    fields = msgspec.structs.asdict(msgspec.structs.replace(wanted, **changes))
    usual = msgspec.structs.asdict(QueueFilter())
    said = {name: value for name, value in fields.items() if name != "limit" and value != usual[name]}
    if said.pop("examiner", None):
        said["mine"] = "yes"
    if place := said.pop("after", None):
        said["place"] = place
    return f"?{urlencode(said)}" if said else ""
