# SPDX-License-Identifier: Apache-2.0
"""How the book stands towards others: our logs and who witnessed them, and the logs of others that we watch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from cocket import ledger
from cocket.errors import ProofError, SettingsError
from cocket.exchange.policy_files import read_policies
from cocket.exchange.watch_files import WatchedLog, read_watched, watch_folder
from cocket.governance import Principal
from cocket.ledger.cosignature import Cosignature, WitnessKey
from cocket.ledger.witness_policy import Policy, judge_by_any
from cocket.pipeline.base.access import Service
from cocket.pipeline.ledger.cosignatures import WitnessingView, WitnessView, read_witnessing, witnessed_note
from cocket.pipeline.ledger.published import Published, published_head
from cocket.stores.ledger.heads import signed_at
from cocket.stores.ledger.witness_state import WitnessState


class CosignatureView(msgspec.Struct, frozen=True, kw_only=True):
    """One witness's word for a head.

    Attributes:
        witness: Name of the witness, as its key has it.
        kind: Kind of its key: `ed25519` or `ml-dsa-44`.
        time: When, UTC, as the witness says; None if it says a time beyond the calendar.
    """

    witness: str
    kind: str
    time: datetime | None


class WitnessedView(msgspec.Struct, frozen=True, kw_only=True):
    """How well a head is witnessed.

    Attributes:
        has: Members of the quorum that cosigned it (0..n).
        wanting: Members that did not (0..n).
        needed: How many are enough.
        cosignatures: Those that count (0..n).
        last_size: Size of the last head of the log that met its quorum (entries); None if none did.
    """

    has: tuple[str, ...]
    wanting: tuple[str, ...]
    needed: int
    cosignatures: tuple[CosignatureView, ...]
    last_size: int | None

    @property
    def holds(self) -> bool:
        """Whether the quorum is met."""
        return len(self.has) >= self.needed


class OwnLogView(msgspec.Struct, frozen=True, kw_only=True):
    """One log of ours.

    Attributes:
        log: Its name.
        size: Entries under its newest published head; None if there is none, or none that is good.
        root: Root of that head, in hexadecimal; None likewise.
        signed: When it was signed, UTC; None if the database does not know.
        witnessed: How well it is witnessed; None if no witness is asked.
        problem: What is wrong with what is published, in a sentence; None if nothing is.
    """

    log: str
    size: int | None = None
    root: str | None = None
    signed: datetime | None = None
    witnessed: WitnessedView | None = None
    problem: str | None = None


class AlarmView(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm about a log of another administration.

    Attributes:
        kind: As in `ledger.monitoring.Alarm`.
        message: What is wrong, in a sentence.
        time: When it was raised, UTC; None if that is not kept.
        convicts: Whether its file proves by itself that the log signed two histories.
        file: Where it is kept.
    """

    kind: str
    message: str
    time: datetime | None
    convicts: bool
    file: str


class ForeignLogView(msgspec.Struct, frozen=True, kw_only=True):
    """A log of another administration that our monitor watches or our witness cosigns.

    Attributes:
        log: Its name.
        is_cosigned: Whether it stands here for what our witness cosigned, not for what our monitor read.
        size: Size of the last head taken for good (entries); None before the first.
        since: When the monitor first saw it, UTC; None for what was cosigned, or before the first.
        alarms: What is wrong (0..n), the newest first.
    """

    log: str
    is_cosigned: bool
    size: int | None
    since: datetime | None
    alarms: tuple[AlarmView, ...]


class LogsView(msgspec.Struct, frozen=True, kw_only=True):
    """The book and what surrounds it.

    Attributes:
        own: Our logs (0..n), the newest first.
        asked: Witnesses that are asked for their cosignatures (0..n), as of its last check.
        failure: Why cosignatures are not gathered or published, in a sentence; None while they are.
        foreign: Logs of others (0..n), by name.
    """

    own: tuple[OwnLogView, ...]
    asked: tuple[WitnessView, ...]
    failure: str | None
    foreign: tuple[ForeignLogView, ...]


class LogQueries(Service):
    """Showing the logs."""

    def logs(self, principal: Principal) -> LogsView:
        """Our logs and how they are witnessed; logs of others and what is wrong with them.

        Raises:
            PolicyError: The principal is not of customs.
            StoreError: What a monitor or the book keeps cannot be read.
        """
        self._access.require(principal, "stats:read")
        told = read_witnessing(self._stores.settings.home)
        failure = told.failure if told else None
        policies: tuple[Policy, ...] = ()
        try:
            policies = read_policies(self._stores.settings.witness_policy)
        except SettingsError as error:
            failure = str(error)
        with self._stores.database.transaction() as connection:
            eras = self._stores.leaves.eras
            eras.load(connection)
            own = [self._own_log(era.log, policies, told) for era in reversed(eras.logs())]
            own = [
                one
                if one.size is None
                else msgspec.structs.replace(one, signed=signed_at(connection, one.log, one.size))
                for one in own
            ]
        watched = [_watched(one) for one in read_watched(watch_folder(self._stores.settings.home))]
        foreign = sorted(
            (*watched, *_cosigned(self._stores.settings.witness_folder)), key=lambda one: (one.log, one.is_cosigned)
        )
        return LogsView(own=tuple(own), asked=told.witnesses if told else (), failure=failure, foreign=tuple(foreign))

    def _own_log(self, log: str, policies: Sequence[Policy], told: WitnessingView | None) -> OwnLogView:
        try:
            published = published_head(self._stores, log)
            if published is None:
                return OwnLogView(log=log)
            head = published.head
            witnessed = self._witnessed(published, policies, told) if policies else None
        except ProofError as error:
            return OwnLogView(log=log, problem=str(error))
        return OwnLogView(log=log, size=head.size, root=head.root.hex(), witnessed=witnessed)

    def _witnessed(
        self, published: Published, policies: Sequence[Policy], told: WitnessingView | None
    ) -> WitnessedView:
        """How well a head is witnessed: by what stands below it, or by what the book has gathered short of the quorum."""
        head = published.head
        judgement = judge_by_any(policies, published.note.encode(), _keys(published))
        has, found = judgement.has, judgement.cosignatures
        if told and (told.log, told.size) == (head.origin, head.size) and len(told.has) > len(has):
            has, found = told.has, told.cosignatures
        last = witnessed_note(self._stores.settings.home, head.origin)
        return WitnessedView(
            has=has,
            wanting=tuple(name for name in judgement.of if name not in has),
            needed=judgement.needed,
            cosignatures=tuple(map(_cosignature, found)),
            last_size=None if last is None else _head(last).size,
        )


def _watched(one: WatchedLog) -> ForeignLogView:
    alarms = [
        AlarmView(
            kind=kept.alarm.kind,
            message=kept.alarm.message,
            time=_time(kept.time),
            convicts=kept.alarm.evidence is not None,
            file=file,
        )
        for file, kept in one.alarms
    ]
    alarms += [
        AlarmView(kind="unreadable", message="It cannot be read.", time=None, convicts=False, file=file)
        for file in one.unreadable
    ]
    head = one.seen.head
    return ForeignLogView(
        log=one.log,
        is_cosigned=False,
        size=head.size if head else None,
        since=_moment(one.seen.since) if head else None,
        alarms=tuple(alarms),
    )


def _cosigned(folder: Path) -> list[ForeignLogView]:
    """What our witness cosigned, if this installation is one."""
    state = WitnessState(folder)
    sizes = {head.origin: head.size for head in map(_head, state.heads())}
    alarms: dict[str, list[AlarmView]] = {}
    for file, pair in state.fork_files():
        log, size = pair.decode("utf-8", "replace").split("\n")[:2]
        said = f"It signed two roots for size {size}."
        alarms.setdefault(log, []).append(AlarmView(kind="fork", message=said, time=None, convicts=True, file=file))
    names = sorted({log.origin for log in state.logs()} | sizes.keys() | alarms.keys())
    return [
        ForeignLogView(log=log, is_cosigned=True, size=sizes.get(log), since=None, alarms=tuple(alarms.get(log, ())))
        for log in names
    ]


def _keys(published: Published) -> list[ledger.Verifier]:
    """The keys that a log of ours has had."""
    first = published.files.read(ledger.KEY_FILE) or b""
    tenures = ledger.read_tenures(first.decode("ascii", "replace").strip(), published.files.read)
    return [ledger.Verifier.from_vkey(tenure.vkey) for tenure in tenures]


def _head(note: bytes) -> ledger.Checkpoint:
    return ledger.read_checkpoint(ledger.split_note(note)[0])


def _cosignature(one: Cosignature) -> CosignatureView:
    key = WitnessKey.from_vkey(one.vkey)
    return CosignatureView(witness=key.name, kind=key.kind.name.lower().replace("_", "-"), time=_moment(one.time))


def _moment(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
