# SPDX-License-Identifier: Apache-2.0
"""Asking a witness over HTTP for its cosignatures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType

import httpx

from cocket import __version__
from cocket.errors import PartnerError, ProofError
from cocket.ledger import Signature
from cocket.ledger.cosignature import WitnessKey
from cocket.ledger.witnessing import AddCheckpoint, read_cosignatures, read_size, write_request

_TIMEOUT_SECONDS = 10.0
_MOST_BYTES = 64 * 1024
_REASON_LENGTH = 200

#: Gives the consistency proof from an older size to the head that is asked for.
Prove = Callable[[int], Sequence[bytes]]


class WitnessClient:
    """A connection to one witness, which remembers how far that witness has come.

    Args:
        url: Its submission prefix.
        keys: Its public keys (1..n).
        timeout_seconds: How long it may take to answer.

    Raises:
        PartnerError: That is not an address.
    """

    def __init__(self, url: str, keys: Sequence[WitnessKey], timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
        self._keys = tuple(keys)
        self._sizes: dict[str, int] = {}
        try:
            self._client = httpx.Client(
                base_url=url.rstrip("/") + "/",
                timeout=timeout_seconds,
                trust_env=False,
                headers={"User-Agent": f"cocket/{__version__}"},
            )
        except httpx.InvalidURL as error:
            raise PartnerError(f"{url} is not an address.", code="witness-unreachable") from error

    def __enter__(self) -> WitnessClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def cosign(self, origin: str, size: int, note: bytes, prove: Prove) -> tuple[Signature, ...]:
        """Have a head cosigned.

        A witness that has come to another size says so; it is then asked again from there, once.

        Args:
            origin: The log.
            size: Size of the head.
            note: The head, signed by the log.
            prove: Makes consistency proofs up to it.

        Returns:
            The cosignatures, checked (1..n).

        Raises:
            PartnerError: The witness is not reached, refuses, or answers what is no answer.
            ProofError: The files of the log do not give a proof.
        """
        old = min(self._sizes.get(origin, 0), size)
        status, body = self._ask(old, note, prove)
        if status == 409:
            old = self._size_in(body)
            if old > size:
                self._sizes[origin] = old
                raise PartnerError(
                    f"The witness has already cosigned size {old}, which is greater than {size}.", code="witness-ahead"
                )
            status, body = self._ask(old, note, prove)
        if status != 200:
            reason = body.decode("utf-8", "replace").strip().partition("\n")[0][:_REASON_LENGTH]
            raise PartnerError(f"The witness answers {status}: {reason or 'no reason'}", code="witness-refused")
        try:
            signatures = read_cosignatures(note, body, self._keys)
        except ProofError as error:
            raise PartnerError(f"The witness's answer is not valid: {error}", code="witness-answer") from error
        self._sizes[origin] = size
        return signatures

    def _ask(self, old: int, note: bytes, prove: Prove) -> tuple[int, bytes]:
        """Status and body of the answer to one request."""
        request = write_request(AddCheckpoint(old, tuple(prove(old)), note))
        body = b""
        try:
            with self._client.stream("POST", "add-checkpoint", content=request) as answer:
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > _MOST_BYTES:
                        raise PartnerError("The witness's answer is too long.", code="witness-answer")
        except httpx.HTTPError as error:
            raise PartnerError(
                f"The witness does not answer: {error or type(error).__name__}.", code="witness-unreachable"
            ) from error
        return answer.status_code, body

    def _size_in(self, body: bytes) -> int:
        try:
            return read_size(body)
        except ProofError as error:
            raise PartnerError(str(error), code="witness-answer") from error
