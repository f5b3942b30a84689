# SPDX-License-Identifier: Apache-2.0
"""The connectors, by kind of source, and the client that each is given."""

from __future__ import annotations

import base64
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cocket.errors import SettingsError
from cocket.exchange.efti_client import EftiGate, EftiPlatformSource
from cocket.exchange.source_client import Limits, SourceClient
from cocket.exchange.source_dcsa import DcsaSource
from cocket.exchange.source_epcis import EpcisSource
from cocket.exchange.source_https import HttpsSource
from cocket.exchange.source_one_record import OneRecordSource
from cocket.exchange.source_untp import UntpSource
from cocket.exchange.sources import Connector, Source
from cocket.exchange.webhook_calls import Reach
from cocket.settings import Settings

#: Kind of source → makes its connector. A new kind needs a line here, and a page in `docs/`.
CONNECTORS: Final[dict[str, Callable[[Source, SourceClient], Connector]]] = {
    "dcsa": DcsaSource,
    "efti": EftiGate,
    "efti-platform": EftiPlatformSource,
    "epcis": EpcisSource,
    "https": HttpsSource,
    "one-record": OneRecordSource,
    "untp": UntpSource,
}


def reach_of_sources(settings: Settings) -> Reach:
    """Where sources may lie, by the settings."""
    networks = tuple(settings.source_networks.replace(",", " ").split())
    return Reach(networks=networks, is_plain_allowed=settings.source_plain_http)


def client_of(settings: Settings, source: Source, limits: Limits | None = None) -> SourceClient:
    """A client for a source, with the credentials that it names.

    Raises:
        PartnerError: Its address may not be called.
        SettingsError: A file that it names is missing, malformed, or others can read it.
    """
    folder = settings.source_folder
    return SourceClient(
        source.url,
        reach_of_sources(settings),
        _credentials(source, folder),
        roots=str(folder / source.ca) if source.ca else "",
        certificate=str(_private(folder / source.certificate)) if source.certificate else "",
        limits=limits,
    )


def _credentials(source: Source, folder: Path) -> dict[str, str]:
    """The header field by which a source knows us: a bearer token, or as the option `authentication` says.

    The option is `bearer`, `basic` (the file holds user:password), or `header NAME`.
    """
    if not source.credential:
        return {}
    path = _private(folder / source.credential)
    try:
        secret = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as text.") from error
    if not secret or not secret.isprintable():
        raise SettingsError(f"{path} holds nothing that could be sent.")
    how = source.options.get("authentication", "bearer")
    if how == "bearer":
        return {"authorization": f"Bearer {secret}"}
    if how == "basic":
        return {"authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
    name = how.removeprefix("header ").strip().lower()
    if not how.startswith("header ") or not name.replace("-", "").isalnum():
        raise SettingsError(f"The source {source.id} has an authentication that is not known: {how[:40]}.")
    return {name: secret}


def _private(path: Path) -> Path:
    """A file that only its owner can read; what it holds is never repeated."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingsError(f"{path} can be read by others.", hint="chmod 600 it.")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    return path
