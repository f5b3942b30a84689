# SPDX-License-Identifier: Apache-2.0
"""How this administration spends its examinations: what the settings say, as `control.toml` in the home folder changes it, and
what is set by page for its offices.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from cocket.control import OfficeBook, Policy, PolicyBook, read_offices, read_policy
from cocket.errors import StoreError
from cocket.settings import Settings


def policy_of(settings: Settings) -> PolicyBook:
    """How this administration spends its examinations: its settings, `control.toml` in its home folder if there is one, and what
    is set by page for its offices.

    Raises:
        SettingsError: A file does not hold.
        StoreError: One cannot be read.
    """
    told = _content(settings.home / "control.toml")
    book = PolicyBook(usual=_usual(settings)) if told is None else read_policy(told, _usual(settings))
    return msgspec.structs.replace(book, offices=offices_of(settings), zone=settings.time_zone)


def offices_of(settings: Settings) -> OfficeBook:
    """What is set by page for offices; raises as `policy_of`."""
    told = _content(settings.offices_file)
    return OfficeBook() if told is None else read_offices(told)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.") from error


def _usual(settings: Settings) -> Policy:
    return Policy(
        red_per_day=settings.red_per_day,
        yellow_per_day=settings.yellow_per_day,
        random_reserve=min(settings.red_per_day, max(1, settings.red_per_day // 5)) if settings.red_per_day else 0,
        random_share=settings.random_share,
        order_hours=settings.red_hours,
        standing_factor=settings.standing_factor,
    )
