# SPDX-License-Identifier: Apache-2.0
"""Logs of partner administrations that agreements name, as they are followed: how the last look went, and what the monitor keeps."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from cocket.exchange.followed_files import FollowedLog, followed_log, read_followed
from cocket.exchange.watch_files import watch_folder
from cocket.governance.agreements import Agreement
from cocket.pipeline.base.partner_agreements import signed_agreements
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection


def logs_to_follow(stores: Stores, connection: Connection) -> dict[str, Agreement]:
    """Where logs are that agreements in force name, each with the agreement (0..n)."""
    every = signed_agreements(stores, connection)
    return {one.signed.log_url: one for one in reversed(every) if one.signed is not None and one.signed.log_url}


def place_of(stores: Stores, url: str) -> Path:
    """The file in which the monitor keeps what is known of a log."""
    return watch_folder(stores.settings.home) / f"{sha256(url.encode()).hexdigest()[:16]}.json"


def followed_logs(stores: Stores, connection: Connection) -> tuple[FollowedLog, ...]:
    """Every log that an agreement in force names and that was looked at (0..n), the gravest first.

    Raises:
        StoreError: What is kept of one cannot be read.
    """
    found = []
    for url in logs_to_follow(stores, connection):
        place = place_of(stores, url)
        if (known := read_followed(place)) is not None:
            found.append(followed_log(place, known))
    return tuple(sorted(found, key=lambda one: (not one.is_grave, not one.followed.problem, one.followed.url)))
