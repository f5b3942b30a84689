# SPDX-License-Identifier: Apache-2.0
"""Moments in certificates: date, time and zone in one text.

Source: W3C Verifiable Credentials Data Model 2.0 §4.9 (`dateTimeStamp`); XML Schema 1.1 Part 2, dateTimeStamp.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")


def instant(text: Any) -> datetime | None:
    """A moment with its zone; None where the text is none, or states no zone."""
    if not isinstance(text, str) or not _SHAPE.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text))
    except ValueError:
        return None
