# SPDX-License-Identifier: Apache-2.0
"""The witness: cosigns heads of other administrations' logs, each only if it carries on from the one before.

The order is the point: decide, sign, keep, answer. What was answered is on disk; what is on disk is never left behind.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from cocket import ledger
from cocket.errors import ProofError
from cocket.ledger.cosignature import Cosigner, Kind
from cocket.ledger.encoding import from_base64
from cocket.ledger.note import Signature
from cocket.ledger.witnessing import SIZE_TYPE, Refused, add_signatures, decide, origin_of, read_request
from cocket.stores.ledger.witness_keys import make_witness_keys, read_witness_keys
from cocket.stores.ledger.witness_state import KnownLog, WitnessState, name_of

_TEXT = "text/plain; charset=utf-8"


class WitnessAnswer(msgspec.Struct, frozen=True):
    """What a caller is answered.

    Attributes:
        status: HTTP status.
        body: The answer.
        type: Its media type.
    """

    status: int
    body: bytes
    type: str = _TEXT


class WitnessedLog(msgspec.Struct, frozen=True, kw_only=True):
    """How a log stands with a witness.

    Attributes:
        origin: Its name.
        vkeys: Its public keys (1..n).
        has_years: Whether logs of other years of its family are cosigned too.
        size: Size of the head cosigned last (entries); None if there was none.
        time: When it was (POSIX seconds, UTC); None if there was none.
    """

    origin: str
    vkeys: tuple[str, ...]
    has_years: bool
    size: int | None
    time: int | None


class Witness:
    """A witness of its own name and keys.

    Args:
        name: Its name, such as `customs.example/witness`.
        home: Folder of its state.
        keys_folder: Folder of its secrets.
        is_new: Whether to make the secrets that are missing.

    Raises:
        SettingsError: Its secrets are missing or not in order.
        ProofError: The name cannot be one.
        StoreError: The disk refuses.
    """

    def __init__(self, name: str, home: Path, keys_folder: Path, *, is_new: bool = False) -> None:
        if is_new:
            make_witness_keys(keys_folder)
        seeds = read_witness_keys(keys_folder)
        self._cosigners = [Cosigner(name, Kind.ED25519, seeds[0])]
        with contextlib.suppress(ProofError):  # an installation without ML-DSA-44 signs with Ed25519 alone
            self._cosigners.append(Cosigner(name, Kind.ML_DSA_44, seeds[1]))
        self._state = WitnessState(home)

    @property
    def vkeys(self) -> tuple[str, ...]:
        """Its public keys, as lines to hand to others (1..2)."""
        return tuple(cosigner.key.vkey for cosigner in self._cosigners)

    def add_log(self, vkeys: tuple[str, ...], *, has_years: bool = False) -> KnownLog:
        """Cosign a log from now on, or one known already under further keys.

        Args:
            vkeys: Its public keys (1..n), all of one name.
            has_years: Whether to cosign logs of other years of its family too.

        Returns:
            The log as it is known now.

        Raises:
            ProofError: They are not public keys of one log.
            StoreError: The disk refuses.
        """
        names = {ledger.Verifier.from_vkey(vkey).name for vkey in vkeys}
        if len(names) != 1:
            raise ProofError("These keys do not belong to one log.", code="key-name", found=", ".join(sorted(names)))
        origin = names.pop()
        known = next((log for log in self._state.logs() if log.origin == origin), KnownLog(origin, ()))
        log = KnownLog(origin, tuple(dict.fromkeys((*known.vkeys, *vkeys))), known.has_years or has_years)
        self._state.add_log(log)
        return log

    def add_checkpoint(self, body: bytes, now: int) -> WitnessAnswer:
        """Cosign a head, or say why not.

        Args:
            body: The request, as C2SP tlog-witness has it.
            now: The time (POSIX seconds, UTC).

        Returns:
            The answer; if it holds cosignatures, they are kept.

        Raises:
            StoreError: The disk refuses; nothing was cosigned.
        """
        try:
            request = read_request(body)
        except ProofError as error:
            return WitnessAnswer(400, f"{error}\n".encode())
        origin = origin_of(request)
        keys = self._keys_of(origin)
        if not keys:
            return WitnessAnswer(404, b"This log is not known here.\n")
        name = name_of(origin)
        with self._state.hold(origin):
            last = self._state.read_head(name)
            decision = decide(request, keys, None if last is None else _head(last))
            if isinstance(decision, Refused):
                if decision.is_fork and last is not None:
                    self._state.keep_fork(name, last, request.note)
                return _refusal(decision)
            cosignatures = self._cosign(decision.head, now)
            note = ledger.sign_note(decision.head.text, [], decision.signatures)
            self._state.keep_head(name, add_signatures(note, cosignatures))
        return WitnessAnswer(200, "".join(one.line for one in cosignatures).encode())

    def checkpoint(self, name: str) -> bytes | None:
        """The head cosigned last of a log, with the cosignatures; None if there was none.

        Args:
            name: SHA-256 of its origin, in hexadecimal.

        Raises:
            StoreError: It is there and cannot be read.
        """
        return self._state.read_head(name)

    def logs(self) -> tuple[WitnessedLog, ...]:
        """The logs it knows and how they stand (0..n), those of further years behind the one they are known by.

        Raises:
            StoreError: The disk refuses.
        """
        heads = {_head(note).origin: note for note in self._state.heads()}
        return tuple(
            self._standing(log, origin, heads.get(origin))
            for log in self._state.logs()
            for origin in (log.origin, *(one for one in sorted(heads) if _is_of(log, one)))
        )

    def forks(self) -> tuple[str, ...]:
        """Files that hold two heads which convict a log (0..n)."""
        return self._state.forks()

    def _standing(self, log: KnownLog, origin: str, note: bytes | None) -> WitnessedLog:
        size = time = None
        if note is not None:
            size = _head(note).size
            own = self._cosigners[0].key
            mine = [one for one in ledger.split_note(note)[1] if own.is_of(one)]
            time = own.verify(mine[0], _head(note)).time if mine else None
        return WitnessedLog(origin=origin, vkeys=log.vkeys, has_years=log.has_years, size=size, time=time)

    def _cosign(self, head: ledger.Checkpoint, now: int) -> tuple[Signature, ...]:
        return tuple(cosigner.cosign(head, now) for cosigner in self._cosigners)

    def _keys_of(self, origin: str) -> list[ledger.Verifier]:
        """The keys trusted for a log: its own, or those of a log of its family whose years are all cosigned."""
        logs = [log for log in self._state.logs() if log.origin == origin or _is_of(log, origin)]
        keys = [_renamed(vkey, origin) for log in logs for vkey in log.vkeys]
        return list({key.vkey: key for key in keys}.values())


def _head(note: bytes) -> ledger.Checkpoint:
    return ledger.read_checkpoint(ledger.split_note(note)[0])


def _is_of(log: KnownLog, origin: str) -> bool:
    """Whether an origin is that of another year of a log whose years are all cosigned."""
    return log.has_years and log.origin != origin and ledger.family_of(log.origin) == ledger.family_of(origin)


def _renamed(vkey: str, origin: str) -> ledger.Verifier:
    """The same key under the name of another year's log."""
    _, _, encoded = vkey.split("+", 2)
    return ledger.Verifier(origin, from_base64(encoded, "public key")[1:])


def _refusal(refused: Refused) -> WitnessAnswer:
    if refused.size is not None:
        return WitnessAnswer(refused.status, f"{refused.size}\n".encode(), SIZE_TYPE)
    return WitnessAnswer(refused.status, f"{refused.reason}\n".encode())
