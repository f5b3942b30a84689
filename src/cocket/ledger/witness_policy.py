# SPDX-License-Identifier: Apache-2.0
"""Whose word is enough: a file of logs, witnesses, and the quorum that makes a head witnessed.

The file is that of C2SP tlog-policy. Two lines that other readers take for comments add dates, so that a witness can
come or go and heads of before still count:

    #:valid-from 2026-01-01T00:00:00Z
    #:valid-until 2027-01-01T00:00:00Z

A cosignature counts under a policy if its own time lies within. That trusts a witness not to date back: one whose key
was stolen must be struck from the old policies too.
Source: C2SP tlog-policy; the dates are ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from cocket.errors import ProofError
from cocket.ledger.checkpoint import Checkpoint, open_checkpoint
from cocket.ledger.cosignature import Cosignature, WitnessKey, find_cosignatures
from cocket.ledger.note import Verifier
from cocket.ledger.receipt import Check

#: The quorum that asks for nobody.
NONE = "none"

_WORDS = re.compile(r"[ \t]+")
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_COUNT = re.compile(r"[1-9][0-9]{0,5}")
_DATE = "%Y-%m-%dT%H:%M:%SZ"


class PolicyLog(msgspec.Struct, frozen=True):
    """A log whose heads are accepted.

    Attributes:
        key: Its public key; its name is the origin.
        url: Where to read it; None if not told.
    """

    key: Verifier
    url: str | None


class PolicyWitness(msgspec.Struct, frozen=True):
    """A witness.

    Attributes:
        name: Its name within the policy.
        key: Its public key.
        url: Where to submit heads; None if not told.
    """

    name: str
    key: WitnessKey
    url: str | None


class Group(msgspec.Struct, frozen=True):
    """Witnesses and groups of which some are enough.

    Attributes:
        needed: How many (1..n).
        members: Their names (1..n).
    """

    needed: int
    members: tuple[str, ...]


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy says of a head: witnessed by so many of so many.

    Attributes:
        head: The head.
        cosignatures: Those that count (0..n).
        has: Members of the quorum that witnessed it (0..n), in the order of the policy.
        of: All members of the quorum (0..n).
        needed: How many of them are enough (0..n).
    """

    head: Checkpoint
    cosignatures: tuple[Cosignature, ...]
    has: tuple[str, ...]
    of: tuple[str, ...]
    needed: int

    @property
    def holds(self) -> bool:
        """Whether the quorum is met."""
        return len(self.has) >= self.needed

    @property
    def phrase(self) -> str:
        """For people: `witnessed 2 of 3`."""
        return f"witnessed {len(self.has)} of {len(self.of)}"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One policy.

    Attributes:
        logs: Logs whose heads it accepts (0..n); none leaves that to the context.
        witnesses: By their names.
        groups: By their names.
        quorum: Name of a witness or group, or `none`.
        valid_from: First second at which a cosignature counts (POSIX, UTC); None if ever before.
        valid_until: First second at which it no longer does; None if ever after.
    """

    logs: tuple[PolicyLog, ...]
    witnesses: dict[str, PolicyWitness]
    groups: dict[str, Group]
    quorum: str
    valid_from: int | None = None
    valid_until: int | None = None

    def is_valid(self, time: int) -> bool:
        """Whether it holds at a time (POSIX seconds, UTC)."""
        return (self.valid_from or 0) <= time and (self.valid_until is None or time < self.valid_until)

    def judge(self, note: bytes, logs: Sequence[Verifier] = ()) -> Judgement:
        """How well a checkpoint is witnessed.

        Args:
            note: The checkpoint, as published.
            logs: Keys of the log, where the policy names none or more are good.

        Returns:
            Who witnessed it, and whether that is enough.

        Raises:
            ProofError: It is not signed by such a log, or the cosignature of a witness of the policy does not hold.
        """
        keys = [*logs, *(log.key for log in self.logs)]
        head, opened = open_checkpoint(note, keys)
        if all(signature.name != head.origin for signature in opened.verified):
            raise ProofError(f"The checkpoint of {head.origin} is not signed by that log.", code="note-unknown-key")
        found = find_cosignatures(head, opened.unknown, [one.key for one in self.witnesses.values()])
        counted = tuple(one for one in found if self.is_valid(one.time))
        return self._count(head, counted)

    def _count(self, head: Checkpoint, counted: tuple[Cosignature, ...]) -> Judgement:
        vkeys = {one.vkey for one in counted}
        met = {name for name, witness in self.witnesses.items() if witness.key.vkey in vkeys}
        for name, group in self.groups.items():  # members stand before their group
            if len(met.intersection(group.members)) >= group.needed:
                met.add(name)
        whole = self.groups.get(self.quorum) or Group(1, (self.quorum,))
        if self.quorum == NONE:
            whole = Group(0, tuple(self.witnesses))
        has = tuple(name for name in whole.members if name in met)
        return Judgement(head=head, cosignatures=counted, has=has, of=whole.members, needed=whole.needed)


def read_policy(data: bytes) -> Policy:
    """A policy from its file.

    Args:
        data: The file.

    Returns:
        The policy.

    Raises:
        ProofError: It is not one; the pointer names the line.
    """
    if match := _FORBIDDEN.search(data):
        raise _malformed(data[: match.start()].count(b"\n") + 1, "It contains a control character.")
    reading = _Reading()
    for number, line in enumerate(data.decode("utf-8", "backslashreplace").split("\n"), start=1):
        words = _WORDS.split(line.strip(" \t"))
        try:
            reading.take(words)
        except ProofError as error:
            raise _malformed(number, str(error)) from error
    if reading.quorum is None:
        raise ProofError("The policy has no quorum.", code="policy-form")
    return Policy(
        logs=tuple(reading.logs),
        witnesses=reading.witnesses,
        groups=reading.groups,
        quorum=reading.quorum,
        valid_from=reading.dates.get("#:valid-from"),
        valid_until=reading.dates.get("#:valid-until"),
    )


def judge_by_any(policies: Sequence[Policy], note: bytes, logs: Sequence[Verifier] = ()) -> Judgement:
    """The judgement of the policy under which a checkpoint is best witnessed, of those of an administration over time.

    Args:
        policies: The policies, each for its time (1..n).
        note: The checkpoint, as published.
        logs: Keys of the log, where the policies name none.

    Returns:
        A judgement that holds, if any does; else the last policy's.

    Raises:
        ProofError: There is no policy; or as `Policy.judge`, of every policy.
    """
    failure = ProofError("There is no policy to check against.", code="policy-absent")
    found: Judgement | None = None
    for policy in policies:
        try:
            found = policy.judge(note, logs)
        except ProofError as error:
            failure = error
            continue
        if found.holds:
            return found
    if found is None:
        raise failure
    return found


def check_witnessed(policies: Sequence[Policy], checkpoint: str, log_vkeys: Sequence[str]) -> Check:
    """Whether the head that a proof leads to is witnessed well enough, as one more check of that proof.

    Args:
        policies: The policies, each for its time (1..n).
        checkpoint: The head, a note, as the proof has it.
        log_vkeys: Keys of the log, where the policies name none.

    Returns:
        Passed if a quorum is met, with who witnessed it and when; else failed.

    Source: C2SP tlog-policy, tlog-proof.
    """
    try:
        judgement = judge_by_any(policies, checkpoint.encode(), [Verifier.from_vkey(vkey) for vkey in log_vkeys])
    except ProofError as error:
        return Check("witnesses", "failed", str(error))
    by = ", ".join(f"{WitnessKey.from_vkey(one.vkey).name} at {_moment(one.time)}" for one in judgement.cosignatures)
    said = f"{judgement.phrase.capitalize()}, {judgement.needed} needed{': ' + by if by else ''}."
    return Check("witnesses", "passed" if judgement.holds else "failed", said)


class _Reading:
    """What the lines so far have defined."""

    def __init__(self) -> None:
        self.logs: list[PolicyLog] = []
        self.witnesses: dict[str, PolicyWitness] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self.dates: dict[str, int] = {}
        self._members: set[str] = set()
        self._publics: set[str | bytes] = set()

    def take(self, words: list[str]) -> None:
        """Take one line."""
        match words:
            case [""]:
                pass
            case ["#:valid-from" | "#:valid-until" as which, date] if which not in self.dates:
                self.dates[which] = _read_date(date)
            case [first, *_] if first.startswith("#:"):
                raise ProofError("A line that begins with #: must give exactly one date, once.")
            case [first, *_] if first.startswith("#"):
                pass
            case ["log", vkey, *url] if len(url) <= 1:
                self._add_log(PolicyLog(Verifier.from_vkey(vkey), url[0] if url else None))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._add_witness(PolicyWitness(name, WitnessKey.from_vkey(vkey), url[0] if url else None))
            case ["group", name, count, *members] if members:
                self._add_group(name, count, members)
            case ["quorum", name] if self.quorum is None:
                if name != NONE and not self._is_defined(name):
                    raise ProofError(f"{name} is not defined above.")
                self.quorum = name
            case _:
                raise ProofError("This line is not valid in a policy.")

    def _add_log(self, log: PolicyLog) -> None:
        public = log.key.vkey.split("+", 2)[2]
        if public in self._publics:
            raise ProofError(f"The key of {log.key.name} appears twice.")
        self._publics.add(public)
        self.logs.append(log)

    def _add_witness(self, witness: PolicyWitness) -> None:
        self._check_name(witness.name)
        if witness.key.public in self._publics:
            raise ProofError(f"The key of {witness.name} appears twice.")
        self._publics.add(witness.key.public)
        self.witnesses[witness.name] = witness

    def _add_group(self, name: str, count: str, members: list[str]) -> None:
        self._check_name(name)
        for member in members:
            if not self._is_defined(member):
                raise ProofError(f"{member} is not defined above.")
            if member in self._members:
                raise ProofError(f"{member} is listed twice as a member.")
            self._members.add(member)
        needed = {"any": 1, "all": len(members)}.get(count) or (int(count) if _COUNT.fullmatch(count) else 0)
        if not 1 <= needed <= len(members):
            raise ProofError(f"{count} of {len(members)} is not possible.")
        self.groups[name] = Group(needed, tuple(members))

    def _check_name(self, name: str) -> None:
        if name == NONE or self._is_defined(name):
            raise ProofError(f"{name} is already defined.")

    def _is_defined(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups


def _read_date(text: str) -> int:
    try:
        return int(datetime.strptime(text, _DATE).replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise ProofError(f"{text} is not a time like 2026-01-01T00:00:00Z.") from error


def _moment(time: int) -> str:
    try:
        return datetime.fromtimestamp(time, UTC).strftime(_DATE)
    except (OverflowError, ValueError, OSError):
        return f"second {time}"


def _malformed(number: int, why: str) -> ProofError:
    return ProofError(f"Line {number} of the policy: {why}", code="policy-form", pointer=f"line {number}")
