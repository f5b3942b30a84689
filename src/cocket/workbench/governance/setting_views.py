# SPDX-License-Identifier: Apache-2.0
"""Settings and files of the installation as a page shows them: which, where, and what they are now, without secrets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import msgspec

from cocket.settings import PREFIX, Settings
from cocket.workbench.base.labels import _

#: Settings that may hold a password within an address.
_ADDRESSES: Final = ("database_url", "feed_database_url", "otlp_endpoint", "mail_server", "webhook_url")

#: What each file of the home is for, and what changes it.
_FILES: Final = {
    "tariff_file": (_("National tariff"), "cocket measures import"),
    "rates_file": (_("Exchange rates"), ""),
    "permit_matrix_file": (_("Which goods need which permits"), ""),
    "retention_file": (_("How long what is kept is kept"), "cocket retention schedule"),
    "codes_folder": (_("Imported code lists"), "cocket codes import"),
    "models_folder": (_("Register of models"), "cocket risk train"),
    "profiles_folder": (_("Profiles of the host's files"), ""),
}


class SettingView(msgspec.Struct, frozen=True):
    """A setting: its name, its present value, whether that is the usual one, and the variable that sets it."""

    name: str
    value: str
    is_usual: bool
    variable: str


class FileView(msgspec.Struct, frozen=True):
    """A file or folder: what it is for, where it is, when it was changed (UTC; None if absent), and the command for it."""

    what: str
    path: str
    changed: datetime | None
    command: str


def setting_views(settings: Settings) -> tuple[SettingView, ...]:
    """Every setting in the order in which they are documented."""
    usual = Settings()
    return tuple(
        SettingView(
            name, _value(name, getattr(settings, name)), getattr(settings, name) == getattr(usual, name), PREFIX + name.upper()
        )
        for name in Settings.__struct_fields__
    )  # fmt: skip


def file_views(settings: Settings) -> tuple[FileView, ...]:
    """The files of the home that the law and the host need."""
    found = []
    for name, (what, command) in _FILES.items():
        path: Path = getattr(settings, name)
        try:
            changed: datetime | None = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError:
            changed = None
        found.append(FileView(what, str(path), changed, command))
    return tuple(found)


def _value(name: str, value: object) -> str:
    """A value in words; a password within an address is left out."""
    text = str(value)
    if name not in _ADDRESSES or not text:
        return text
    try:
        parts = urlsplit(text)
        if not parts.scheme:
            return "…" if "password" in text else text
        host = parts.netloc.rpartition("@")[2]
        query = "…" if "password" in parts.query else parts.query
        return urlunsplit(parts._replace(netloc=f"…@{host}" if "@" in parts.netloc else host, query=query))
    except ValueError:
        return "…"
