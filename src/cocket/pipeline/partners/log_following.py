# SPDX-License-Identifier: Apache-2.0
"""Following the logs of partner administrations that agreements name: each head is held against the one before, and our witness,
where there is one, cosigns it.

What is known of a log lies where monitors keep it, so the page of the log and the health check show it with its alarms.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import structlog

from cocket.errors import CocketError, PartnerError, ProofError, SettingsError
from cocket.exchange.log_reader import open_log
from cocket.exchange.watch_files import WatchFiles, watch_folder
from cocket.governance.agreements import SignedWay
from cocket.ledger import KEY_FILE, Read, read_tenures
from cocket.ledger.monitoring import Seen, Watch, is_grave, look
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.ledger.witness import Witness
from cocket.pipeline.partners.messages import signed_agreements

#: How often a log is looked at, and for how long a head may stand (seconds).
_EVERY: Final = timedelta(seconds=60)
_STALE_SECONDS: Final = 24 * 3600


class LogFollowing:
    """Looks at the logs of partners.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._looked: datetime | None = None

    def turn(self, now: datetime) -> int:
        """Look at each log that an agreement in force names, once a minute; how many were looked at (count)."""
        if self._looked is not None and now - self._looked < _EVERY:
            return 0
        self._looked = now
        with self._stores.database.transaction() as connection:
            ways = [one.signed for one in signed_agreements(self._stores, connection) if one.signed is not None]
        followed = {one.log_url: one for one in ways if one.log_url}
        done = 0
        for way in followed.values():
            try:
                self._witness(way)
                follow(self._stores, way, int(now.timestamp()))
                done += 1
            except (
                PartnerError,
                ProofError,
                SettingsError,
            ) as error:  # another monitor has it, or it does not answer: next time
                structlog.get_logger("cocket.partners").warning("log", log=way.log_url, problem=error.message)
        return done

    def _witness(self, way: SignedWay) -> None:
        """Let our witness, where there is one, cosign that log."""
        settings = self._stores.settings
        if not (settings.keys_folder / "witness.key").exists():
            return
        witness = Witness(settings.witness_name, settings.witness_folder, settings.keys_folder)
        if not any(way.log in one.vkeys for one in witness.logs()):
            with suppress(CocketError):  # a changed key is for a person to add
                witness.add_log((way.log,), has_years=True)


def follow(stores: Stores, way: SignedWay, now: int) -> int:
    """Look at one log once, and keep what it showed; how many alarms were raised (count).

    Args:
        stores: The stores.
        way: Names the log, its key, and where its files are.
        now: POSIX seconds, UTC.

    Raises:
        PartnerError: It cannot be read, or has another key.
        SettingsError: Another monitor is at it.
    """
    place = watch_folder(stores.settings.home) / f"{sha256(way.log_url.encode()).hexdigest()[:16]}.json"
    files = WatchFiles(place)
    try:
        with open_log(way.log_url, stores.settings.partner_ca) as read:
            seen = _seen(read, files.read(), way.log)
            for _ in range(3):  # one that changes while it is read is looked at again before an alarm is believed
                sight = look(read, seen, files, Watch(stale_seconds=_STALE_SECONDS), now)
                if not any(map(is_grave, sight.alarms)) or any(one.evidence for one in sight.alarms):
                    break
        if sight.seen != seen:
            files.write(sight.seen)
        for alarm in sight.alarms:
            files.keep_alarm(sight, alarm, now)
    finally:
        files.close()
    return len(sight.alarms)


def _seen(read: Read, seen: Seen | None, vkey: str) -> Seen:
    """What is known of the log, whose key, or a key before it, is that of the agreement."""
    own = read(KEY_FILE)
    first = seen.vkey if seen else own.decode("utf-8", "replace").strip() if own else vkey
    try:
        chain = {tenure.vkey for tenure in read_tenures(first, read)}
    except ProofError as error:
        raise PartnerError(f"The keys of the partner's log cannot be followed: {error}", code="partner-log") from error
    if vkey not in chain:
        raise PartnerError("The partner's log has another key than the agreement names.", code="partner-log")
    return seen or Seen(vkey=first)
