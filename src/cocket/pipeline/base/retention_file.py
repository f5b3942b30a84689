# SPDX-License-Identifier: Apache-2.0
"""The retention schedule in force, read from its file."""

from __future__ import annotations

from hashlib import sha256

from cocket.errors import SenderError, SettingsError
from cocket.governance.retention import Schedule, read_schedule
from cocket.settings import Settings


def schedule_in_force(settings: Settings) -> tuple[Schedule, str]:
    """The schedule in force and its SHA-256; one without rules where there is none.

    Raises:
        SettingsError: The file cannot be read, or is not a schedule.
    """
    path = settings.retention_file
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Schedule(), ""
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        return read_schedule(content), sha256(content).hexdigest()
    except SenderError as error:
        raise SettingsError(f"{path}: {error.message}", code=error.code) from error
