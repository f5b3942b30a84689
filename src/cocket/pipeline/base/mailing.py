# SPDX-License-Identifier: Apache-2.0
"""The server of the settings that takes e-mail, and files of secrets that are read when something is sent."""

from __future__ import annotations

import stat
from pathlib import Path

from cocket.errors import SettingsError
from cocket.exchange.notices import MailServer
from cocket.settings import Settings


def mail_server_of(settings: Settings) -> MailServer:
    """The server that takes e-mail, by the settings.

    Raises:
        SettingsError: The file of its password cannot be read, or others can read it.
    """
    password = secret_in(settings.mail_password_file) if settings.mail_password_file else ""
    return MailServer(address=settings.mail_server, password=password, roots=settings.mail_ca)


def mail_domains(settings: Settings) -> frozenset[str]:
    """Domains of the administration's own addresses, in lower case; none for any (0..n)."""
    return frozenset(one.casefold() for one in settings.mail_domains.replace(",", " ").split())


def secret_in(path: str) -> str:
    """What a file of a secret holds.

    Raises:
        SettingsError: It cannot be read, or others can read it.
    """
    file = Path(path)
    try:
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise SettingsError(f"{file} can be read by others.", hint="chmod 600 it.")
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read.") from error
