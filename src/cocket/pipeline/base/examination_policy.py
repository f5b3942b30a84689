# SPDX-License-Identifier: Apache-2.0
"""How this administration spends its examinations: what the settings say, as `control.toml` in the home folder changes it."""

from __future__ import annotations

from cocket.control import Policy, PolicyBook, read_policy
from cocket.errors import StoreError
from cocket.settings import Settings


def policy_of(settings: Settings) -> PolicyBook:
    """How this administration spends its examinations: its settings, and `control.toml` in its home folder if there is one.

    Raises:
        SettingsError: The file does not hold.
        StoreError: It cannot be read.
    """
    path = settings.home / "control.toml"
    try:
        return read_policy(path.read_bytes(), _usual(settings))
    except FileNotFoundError:
        return PolicyBook(usual=_usual(settings))
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.") from error


def _usual(settings: Settings) -> Policy:
    return Policy(
        red_per_day=settings.red_per_day,
        yellow_per_day=settings.yellow_per_day,
        random_reserve=min(settings.red_per_day, max(1, settings.red_per_day // 5)) if settings.red_per_day else 0,
        random_share=settings.random_share,
        standing_factor=settings.standing_factor,
    )
