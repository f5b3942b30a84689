# SPDX-License-Identifier: Apache-2.0
"""Days as forms enter them."""

from __future__ import annotations

from datetime import date

from cocket.errors import SenderError


def day_of(text: str, field: str) -> date | None:
    """A day that was entered; None where none was.

    Raises:
        SenderError: It is no day.
    """
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SenderError("This is not a day.", code="day", pointer=field, found=text[:20]) from error


def needed_day(text: str, field: str) -> date:
    """A day that must be entered.

    Raises:
        SenderError: None was, or it is no day.
    """
    found = day_of(text, field)
    if found is None:
        raise SenderError("Enter a day.", code="day", pointer=field)
    return found
