# SPDX-License-Identifier: Apache-2.0
"""Following the logs of partner administrations that agreements name: each head is held against the one before, and our witness,
where there is one, cosigns it.

What is known of a log lies where monitors keep it, with its alarms; beside it lies how the last look went. The page of partners, that of
the log, `cocket partner logs` and the health check show both. That a log can be read shows that its administration is there again, so
messages that wait for it go at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from cocket.errors import CocketError, PartnerError, ProofError, SettingsError
from cocket.exchange.followed_files import Followed, read_followed, write_followed
from cocket.exchange.log_reader import open_log
from cocket.exchange.watch_files import WatchFiles
from cocket.governance.agreements import Agreement, SignedWay
from cocket.ledger import KEY_FILE, Read, read_tenures
from cocket.ledger.monitoring import Alarm, Seen, Watch, is_grave, look
from cocket.pipeline.base.followed_logs import logs_to_follow, place_of
from cocket.pipeline.base.heartbeat import Doing
from cocket.pipeline.base.partner_agreements import signed_agreements
from cocket.pipeline.base.senders import Bursts, OneAtWork, go_on
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.ledger.witness import Witness
from cocket.stores.partners.exchange_queue import ExchangeQueue

#: How often a log is looked at, and for how long a head may stand (seconds).
EVERY: Final = timedelta(seconds=60)
STALE_SECONDS: Final = 24 * 3600

#: Logs looked at at a time (count); how often it is seen whether one is due, and for how long that waits for a look (seconds).
_AT_ONCE: Final = 8
_PAUSE_SECONDS: Final = 2.0
_SLICE_SECONDS: Final = 5.0
_LEASE_SECONDS: Final = 60.0

#: A log that has another key than the agreement names.
_OTHER_KEY: Final = "partner-log"


class LogFollowing:
    """Looks at the logs of partners, each by itself; of several processes one works at a time.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._one = OneAtWork(stores, "partner-logs", _LEASE_SECONDS)
        self._looks: Bursts[Followed] = Bursts(_AT_ONCE, "log")
        self._looked: dict[str, datetime] = {}
        self._queue = ExchangeQueue()

    def run(self, is_stopping: threading.Event, doing: Doing, tell: Callable[[str], None]) -> None:
        """Go on looking until told to stop; what a log shows is kept, and told once."""
        told: dict[str, str] = {}

        def turn() -> float:
            for one in self.turn(datetime.now(UTC)):
                if one.problem != told.get(one.url, ""):
                    tell(
                        f"The log of {one.country}: {one.problem}"
                        if one.problem
                        else f"The log of {one.country} is well."
                    )
                told[one.url] = one.problem
            return _PAUSE_SECONDS

        try:
            go_on(turn, is_stopping, doing, tell)
        finally:
            self._one.release()
            self._stores.database.close()

    def turn(self, now: datetime) -> list[Followed]:
        """Look at each log that an agreement in force names and that was not looked at for a minute; how it went (0..n).

        Raises:
            StoreError: The database does not answer, or the disk refuses.
        """
        if not self._one.holds():
            return []
        with self._stores.database.transaction() as connection:
            followed = logs_to_follow(self._stores, connection)
        for url, agreement in followed.items():
            if now - self._looked.get(url, now - EVERY) >= EVERY and self._looks.begin(
                url, partial(look_at, self._stores, agreement, now)
            ):
                self._looked[url] = now
        found = self._looks.results(_SLICE_SECONDS)
        if reached := {one.url for one in found if not one.problem}:
            with self._stores.database.transaction() as connection:
                for agreement in signed_agreements(self._stores, connection):
                    if agreement.signed is not None and agreement.signed.log_url in reached:
                        self._queue.hasten(connection, agreement.name, datetime.now(UTC))
        return found


def look_at(stores: Stores, agreement: Agreement, now: datetime) -> Followed:
    """Look at the log that an agreement names once, and keep what it showed and how it went.

    Args:
        stores: The stores.
        agreement: Names the log, its key, and where its files are.
        now: The time, UTC.

    Raises:
        StoreError: The disk refuses.
    """
    way = agreement.signed
    if way is None or not way.log_url:
        raise SettingsError("The agreement does not say where the partner's log is.", code=_OTHER_KEY)
    place = place_of(stores, way.log_url)
    said, are_grave = [], False
    try:
        alarms = follow(stores, way, int(now.timestamp()))
        said, are_grave = [one.message for one in alarms], any(map(is_grave, alarms))
    except (PartnerError, ProofError, SettingsError) as error:
        said, are_grave = [error.message], isinstance(error, ProofError) or error.code == _OTHER_KEY
    try:
        _witness(stores, way)
    except CocketError as error:
        said.append(f"Our witness does not cosign it: {error.message}")
    before = read_followed(place)
    since = (before.since if before is not None and before.problem else None) or now
    made = Followed(
        agreement=agreement.name,
        country=agreement.country,
        url=way.log_url,
        vkey=way.log,
        looked=now,
        problem=" ".join(said)[:1000],
        is_grave=are_grave,
        since=since if said else None,
    )
    write_followed(place, made)
    return made


def follow(stores: Stores, way: SignedWay, now: int) -> tuple[Alarm, ...]:
    """Look at one log once, and keep what it showed; alarms that were raised (0..n).

    Alarms about what the log says are kept as files, with what convicts it. That it is late is not: it passes by itself.

    Args:
        stores: The stores.
        way: Names the log, its key, and where its files are.
        now: POSIX seconds, UTC.

    Raises:
        PartnerError: It cannot be read, or has another key.
        SettingsError: Another monitor is at it.
        StoreError: The disk refuses.
    """
    files = WatchFiles(place_of(stores, way.log_url))
    try:
        with open_log(way.log_url, stores.settings.partner_ca) as read:
            seen = _seen(read, files.read(), way.log)
            for _ in range(3):  # one that changes while it is read is looked at again before an alarm is believed
                sight = look(read, seen, files, Watch(stale_seconds=STALE_SECONDS), now)
                if not any(map(is_grave, sight.alarms)) or any(one.evidence for one in sight.alarms):
                    break
        if sight.seen != seen:
            files.write(sight.seen)
        for alarm in filter(is_grave, sight.alarms):
            files.keep_alarm(sight, alarm, now)
    finally:
        files.close()
    return sight.alarms


def _witness(stores: Stores, way: SignedWay) -> None:
    """Let our witness, where there is one, cosign that log; a further key of it is for a person to add."""
    settings = stores.settings
    if not (settings.keys_folder / "witness.key").exists():
        return
    witness = Witness(settings.witness_name, settings.witness_folder, settings.keys_folder)
    if not any(way.log in one.vkeys for one in witness.logs()):
        witness.add_log((way.log,), has_years=True)


def _seen(read: Read, seen: Seen | None, vkey: str) -> Seen:
    """What is known of the log, whose key, or a key before it, is that of the agreement."""
    own = read(KEY_FILE)
    first = seen.vkey if seen else own.decode("utf-8", "replace").strip() if own else vkey
    try:
        chain = {tenure.vkey for tenure in read_tenures(first, read)}
    except ProofError as error:
        raise PartnerError(f"The keys of the partner's log cannot be followed: {error}", code=_OTHER_KEY) from error
    if vkey not in chain:
        raise PartnerError("The partner's log has another key than the agreement names.", code=_OTHER_KEY)
    return seen or Seen(vkey=first)
