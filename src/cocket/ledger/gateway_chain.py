# SPDX-License-Identifier: Apache-2.0
"""The numbered chain of an office's gateway: what it takes in while the line to the house is down, and what it gives for it.

Each entry names the one before by its hash and is signed with the key of the office, so that the house, and whoever holds a
provisional receipt, sees whether one was changed, left out or numbered twice. Such a receipt is no receipt of the house: it
says that the gateway holds a message, not that customs has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec

from cocket.errors import ProofError
from cocket.ledger.note import Signer, Verifier
from cocket.ledger.receipt import Check, Verdict

#: What the first entry of a chain names as the one before it.
NO_ENTRY: Final = "0" * 64

#: What a signature covers begins with this, so that it counts as nothing else.
_SIGNED: Final = b"cocket gateway entry v1\n"

Number = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class GatewayEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One message that a gateway took in. The fields stand in JCS order, so that encoding them is the canonical form.

    Attributes:
        at: When it was taken in by the gateway's own clock, RFC 3339 in UTC.
        content: SHA-256 of the message, hexadecimal.
        gateway: Name of the gateway.
        key: Id of the API key that brought it.
        media: Media type as stated; empty for none.
        office: Customs office of the gateway.
        previous: Hash of the entry before, hexadecimal; `NO_ENTRY` for the first.
        profile: Profile as stated; empty for none.
        sender: Sender as stated; empty where the key has one alone.
        sequence: Number of the entry, from 1 without gaps.
        v: Version of this form.
    """

    at: Annotated[str, msgspec.Meta(max_length=40)]
    content: Digest
    gateway: Name
    key: Annotated[str, msgspec.Meta(max_length=60)]
    media: Annotated[str, msgspec.Meta(max_length=200)] = ""
    office: Annotated[str, msgspec.Meta(max_length=20)]
    previous: Digest
    profile: Annotated[str, msgspec.Meta(max_length=200)] = ""
    sender: Annotated[str, msgspec.Meta(max_length=200)] = ""
    sequence: Number
    v: Literal[1] = 1


class ProvisionalReceipt(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="provisional-receipt"
):
    """What a sender is given while the line is down.

    Attributes:
        entry: The entry of the message.
        key: Name and id of the key of the office, `name+id`.
        signature: Ed25519 over the entry (64 bytes).
        says: In words, that it is provisional.
    """

    entry: GatewayEntry
    key: str
    signature: bytes
    says: str = "Provisional: held by the office's gateway, not yet received by customs."


def entry_hash(entry: GatewayEntry) -> str:
    """The hash by which the next entry names this one, hexadecimal.

    Source: RFC 8785 (canonical form), FIPS 180-4 (SHA-256).
    """
    return sha256(msgspec.json.encode(entry)).hexdigest()


def sign_entry(entry: GatewayEntry, signer: Signer) -> ProvisionalReceipt:
    """The provisional receipt of an entry, signed with the key of the office.

    Source: RFC 8032 §5.1.6.
    """
    verifier = signer.verifier
    return ProvisionalReceipt(
        entry=entry, key=f"{verifier.name}+{verifier.key_id}", signature=signer.sign(_signed(entry))
    )


def check_chain(
    links: Sequence[tuple[GatewayEntry, bytes]], verifier: Verifier | None, last: int, head: str
) -> tuple[int, str]:
    """Check that entries follow on a known place of the chain, and each is signed.

    Args:
        links: Entries and their signatures, in order (0..n).
        verifier: The key of the office; None leaves the signatures unchecked.
        last: Number of the entry before the first of them; 0 for none.
        head: Hash of that entry; `NO_ENTRY` for none.

    Returns:
        Number and hash of the newest entry.

    Raises:
        ProofError: One does not follow (`gateway-gap`, `gateway-fork`), or is not signed (`gateway-signature`).

    Source: RFC 8032 §5.1.7; decision 74.
    """
    for entry, signature in links:
        place = f"entry {entry.sequence}"
        if entry.sequence != last + 1:
            raise ProofError(
                "The numbers of the gateway have a gap.",
                code="gateway-gap",
                pointer=place,
                expected=str(last + 1),
                found=str(entry.sequence),
            )
        if entry.previous != head:
            raise ProofError(
                "The entry does not follow the one before it: there are two histories of this gateway, or an entry was changed.",
                code="gateway-fork",
                pointer=place,
                expected=head,
                found=entry.previous,
            )
        if verifier is not None and not verifier.signed(_signed(entry), signature):
            raise ProofError(
                "The signature of the office does not verify over this entry.", code="gateway-signature", pointer=place
            )
        last, head = entry.sequence, entry_hash(entry)
    return last, head


def read_provisional(data: bytes) -> ProvisionalReceipt:
    """A provisional receipt from its JSON.

    Raises:
        ProofError: It is none.

    Source: RFC 8259.
    """
    try:
        return msgspec.json.decode(data, type=ProvisionalReceipt)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProofError(f"This is not a provisional receipt: {error}.", code="proof-form") from error


def is_provisional(data: bytes) -> bool:
    """Whether some bytes say of themselves that they are a provisional receipt.

    Source: RFC 8259.
    """
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("kind") == "provisional-receipt"


def verify_provisional(
    receipt: ProvisionalReceipt, public_keys: Iterable[str], content: bytes | None = None
) -> Verdict:
    """Check a provisional receipt offline.

    Args:
        receipt: The receipt.
        public_keys: Keys of gateways that one trusts, as vkey lines.
        content: The message as it was sent; None if it is not at hand.

    Returns:
        What was checked, and that customs has it, which no provisional receipt shows.

    Raises:
        ProofError: A public key is not one.

    Source: RFC 8032 §5.1.7.
    """
    known = {f"{one.name}+{one.key_id}": one for one in map(Verifier.from_vkey, public_keys)}
    verifier = known.get(receipt.key)
    entry = receipt.entry
    if verifier is None:
        signature = Check("signature", "failed", f"No public key was given for {receipt.key}.")
    elif verifier.name != entry.gateway:
        signature = Check(
            "signature", "failed", f"The key is that of {verifier.name}, the entry that of {entry.gateway}."
        )
    elif verifier.signed(_signed(entry), receipt.signature):
        signature = Check("signature", "passed", f"{receipt.key} signed entry {entry.sequence} of {entry.at}.")
    else:
        signature = Check("signature", "failed", f"The signature of {receipt.key} does not verify over this entry.")
    if content is None:
        same = Check("content", "not-checked", "The content was not given.")
    elif sha256(content).hexdigest() == entry.content:
        same = Check("content", "passed", f"The content has SHA-256 {entry.content}.")
    else:
        same = Check("content", "failed", f"The content's SHA-256 is not {entry.content}.")
    provisional = "This receipt is provisional: ask the gateway for the receipt of customs once the line is up."
    return Verdict((signature, same, Check("receipt", "not-checked", provisional)))


def _signed(entry: GatewayEntry) -> bytes:
    return _SIGNED + msgspec.json.encode(entry)
