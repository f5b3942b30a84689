# SPDX-License-Identifier: Apache-2.0
"""Bitstring Status List: one signed list tells of many credentials whether they were suspended or withdrawn.

A verifier fetches the list, never a word about one credential, so the issuer does not learn who looks at what. A list that
is not at hand, or no longer current, leaves the status unknown; it never makes a credential good.
Source: W3C Bitstring Status List 1.0.
"""

from __future__ import annotations

import gzip
import zlib
from datetime import datetime
from typing import Any, Literal

from cocket.credentials.data_model import BASE_CONTEXT, check_credential
from cocket.credentials.encoding import from_multibase, to_base64url
from cocket.credentials.identity import UNRESOLVED, Resolver, resolve
from cocket.credentials.instants import instant
from cocket.credentials.keys import IssuerKey
from cocket.credentials.proofs import add_proof, verify_proofs
from cocket.credentials.rdf import Contexts
from cocket.errors import ProofError, UnreadableError
from cocket.ledger import Check
from cocket.standards.certificates import read_json

Purpose = Literal["revocation", "suspension"]

#: Fewest entries of a list, so that one among them is hidden in a herd, and most that are unpacked here (counts).
FEWEST, MOST = 131_072, 1 << 24

_MOST_LIST = 4 << 20
_SAID = {"revocation": "withdrawn", "suspension": "suspended"}


class StatusList:
    """A list of bits, one an entry.

    Args:
        bits: The bits, eight a byte, the first one leftmost; None for a list of the fewest entries, none of them set.
    """

    def __init__(self, bits: bytes | None = None) -> None:
        self._bits = bytes(FEWEST // 8) if bits is None else bits

    def __len__(self) -> int:
        return len(self._bits) * 8

    def __getitem__(self, index: int) -> bool:
        if not 0 <= index < len(self):
            raise ProofError("The status list has no such entry.", code="status-index", found=str(index)[:50])
        return bool(self._bits[index // 8] & (0x80 >> index % 8))

    def with_entry(self, index: int, is_set: bool) -> StatusList:
        """The same list with one entry set or cleared.

        Raises:
            ProofError: There is no such entry.
        """
        if self[index] == is_set:
            return self
        bits = bytearray(self._bits)
        bits[index // 8] ^= 0x80 >> index % 8
        return StatusList(bytes(bits))

    @property
    def encoded(self) -> str:
        """The list as text; the same list gives the same text."""
        return "u" + to_base64url(gzip.compress(self._bits, 9, mtime=0))

    @classmethod
    def from_encoded(cls, text: Any) -> StatusList:
        """The list that a text spells.

        Raises:
            ProofError: It is no packed list, too short to hide in, or unpacks to more than any list has.
        """
        packed = from_multibase(text, "status list")
        unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        try:
            bits = unpacker.decompress(packed, MOST // 8 + 1)
        except zlib.error as error:
            raise ProofError("The status list cannot be unpacked.", code="status-list") from error
        if len(bits) * 8 > MOST:
            raise ProofError(
                "The status list is too large when unpacked.", code="status-list", found=f"more than {MOST}"
            )
        if not unpacker.eof or unpacker.unused_data:
            raise ProofError("The status list is truncated, or followed by extra data.", code="status-list")
        if len(bits) * 8 < FEWEST:
            raise ProofError("The status list is too short.", code="status-list", found=str(len(bits) * 8))
        return cls(bits)


def status_entry(list_address: str, index: int, purpose: Purpose) -> dict[str, Any]:
    """What a credential says of its place in a list (`credentialStatus`).

    Source: W3C Bitstring Status List 1.0 §2.1.
    """
    return {
        "id": f"{list_address}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_address,
    }


def issue_status_list(
    bits: StatusList, address: str, purpose: Purpose, by: IssuerKey, current: tuple[datetime, datetime]
) -> dict[str, Any]:
    """A list as a signed credential, to be published at its address.

    Args:
        bits: The list.
        address: HTTPS address.
        purpose: What a set entry means.
        by: Who signs.
        current: From when to when it is current, UTC.

    Returns:
        The list, signed over its statements: the suite that verifiers in use know.

    Raises:
        SettingsError: PyLD is not installed.

    Source: W3C Bitstring Status List 1.0 §2.2.
    """
    first, last = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in current)
    document = {
        "@context": [BASE_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": by.issuer,
        "validFrom": first,
        "validUntil": last,
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": bits.encoded,
        },
    }
    return add_proof(
        document, by, current[0], "eddsa-rdfc-2022" if by.key.public.curve == "Ed25519" else "ecdsa-rdfc-2019"
    )


class StatusCheck(Check, frozen=True):
    """What lists say of a credential.

    Attributes:
        said: What the issuer did to it: `suspended` or `withdrawn`; "" where no list says so.
    """

    said: str = ""


def check_status(
    document: dict[str, Any], resolver: Resolver, now: datetime, contexts: Contexts | None = None
) -> Check:
    """Whether a credential is suspended or withdrawn, as far as its lists are at hand.

    Args:
        document: The credential.
        resolver: Gives lists by their address, and documents of issuers.
        now: The moment of asking, with its zone.
        contexts: Pinned contexts.

    Returns:
        `failed` where a list says so, `not-checked` where a list is not at hand, not current, not that of the issuer, or
        of another kind; else `passed`, also for a credential that names no list.

    Source: W3C Bitstring Status List 1.0 §3.2.
    """
    entries = document.get("credentialStatus")
    if entries is None or entries == []:
        return Check("status", "passed", "It has no status list, so it cannot be withdrawn before it expires.")
    doubts = []
    for entry in entries if isinstance(entries, list) else [entries]:
        try:
            purpose, is_set, age = _look_up(entry, document, (resolver, contexts), now)
        except (ProofError, UnreadableError) as error:
            doubts.append(error.message)
            continue
        if is_set:
            said = _SAID[purpose]
            return StatusCheck("status", "failed", f"It was {said} by its issuer (list of {age}).", said)
    if doubts:
        return Check("status", "not-checked", doubts[0])
    return Check("status", "passed", "Neither suspended nor withdrawn by the issuer's current list.")


def _look_up(
    entry: Any, document: dict[str, Any], sources: tuple[Resolver, Contexts | None], now: datetime
) -> tuple[str, bool, str]:
    """Purpose, value and date of an entry."""
    if not isinstance(entry, dict) or entry.get("type") != "BitstringStatusListEntry":
        kind = str(entry.get("type") if isinstance(entry, dict) else entry)[:100]
        raise ProofError(f"A status of type {kind} is not supported.", code=UNRESOLVED)
    purpose, address = entry.get("statusPurpose"), entry.get("statusListCredential")
    index = entry.get("statusListIndex")
    if (
        not isinstance(purpose, str)
        or purpose not in _SAID
        or not isinstance(address, str)
        or str(entry.get("statusSize", 1)) != "1"
    ):
        raise ProofError("The status list entry is of an unsupported type.", code="status-entry")
    if not isinstance(index, str) or not index.isascii() or not index.isdigit() or len(index) > 10:
        raise ProofError("The status list index is not a number.", code="status-index", found=str(index)[:50])
    published = read_json(resolve(address, sources[0], _MOST_LIST))
    subject = _checked_list(published, document, (sources, address), now)
    if purpose not in _purposes(subject):
        raise ProofError("The status list is for another purpose.", code="status-purpose")
    bits = StatusList.from_encoded(subject.get("encodedList"))
    return str(purpose), bits[int(index)], str(published.get("validFrom", "an unknown date"))


def _checked_list(
    published: Any, document: dict[str, Any], where: tuple[tuple[Resolver, Contexts | None], str], now: datetime
) -> dict[str, Any]:
    """The subject of a status list, once it is known to be the issuer's own and current."""
    (resolver, contexts), address = where
    if check_credential(published) or "BitstringStatusListCredential" not in published["type"]:
        raise ProofError("The document at the list's address is not a status list.", code="status-list")
    if published.get("id", address) != address or issuer_of(published) != issuer_of(document):
        raise ProofError("The status list is not that of the credential's issuer.", code="status-list")
    checks = verify_proofs(published, resolver, now, contexts)
    if any(check.outcome != "passed" for check in checks) or not is_signed_by_issuer(published):
        raise ProofError(f"The status list is not valid: {checks[0].reason}", code="status-list")
    first, last = instant(published.get("validFrom")), instant(published.get("validUntil"))
    if (first and first > now) or (last and last < now):
        raise ProofError(
            "The available status list is not current.", code="status-old", found=str(published["validUntil"])
        )
    subject = published["credentialSubject"]
    if not isinstance(subject, dict) or subject.get("type") != "BitstringStatusList":
        raise ProofError("The document at the list's address is not a status list.", code="status-list")
    return subject


def issuer_of(document: dict[str, Any]) -> str | None:
    """The issuer that a credential names; None if it names none.

    Source: W3C Verifiable Credentials Data Model 2.0 §4.7.
    """
    issuer = document.get("issuer")
    name = issuer.get("id") if isinstance(issuer, dict) else issuer
    return name if isinstance(name, str) else None


def is_signed_by_issuer(document: dict[str, Any]) -> bool:
    """Whether one of its proofs names a key of the issuer that the credential names; whether it holds is another question.

    Source: W3C Verifiable Credential Data Integrity 1.0 §4.4 (the controller of the key is the issuer).
    """
    proofs = document.get("proof")
    methods = [
        one.get("verificationMethod")
        for one in (proofs if isinstance(proofs, list) else [proofs])
        if isinstance(one, dict)
    ]
    issuer = issuer_of(document)
    return issuer is not None and any(str(method).partition("#")[0] == issuer for method in methods)


def _purposes(subject: dict[str, Any]) -> list[Any]:
    value = subject.get("statusPurpose")
    return value if isinstance(value, list) else [value]
