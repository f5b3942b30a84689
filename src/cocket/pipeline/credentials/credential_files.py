# SPDX-License-Identifier: Apache-2.0
"""What the house keeps of certificates: its own, those of partners, and what was agreed with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec

from cocket.control.standing import Scope

State = Literal["valid", "suspended", "withdrawn"]
IssuedForm = Literal["vc", "vc-selective", "sd-jwt"]

ISSUED, KEY, TAKEN, RECOGNISED, LIST, CONTEXT = (
    "issued-credential",
    "issuer-key",
    "partner-credential",
    "recognition",
    "partner-status-list",
    "pinned-context",
)


class IssuedCredential(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of ours.

    Attributes:
        id: Its id, `urn:uuid:…`.
        type: What it is.
        state: `valid`, `suspended` or `withdrawn`.
        entry: Its place in the status lists.
        form: `vc`; `vc-selective`, of which its holder may show parts; or `sd-jwt`, likewise.
        content: The certificate as it is handed to its holder: JSON, or a token.
        reason: Why it was last changed; "" if it never was.
        authorisation: What it certifies, where several certificates may do so (`AA:AEO-F/AA-17`); "" for others, and in
            records of before.
    """

    id: str
    type: str
    state: State
    entry: int
    form: IssuedForm
    content: str
    reason: str = ""
    authorisation: str = ""


class IssuerKeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A key of ours as others need it.

    Attributes:
        fragment: Its name within our document, such as `key-1`.
        multikey: Its public half, Ed25519.
        multikey_p256: Public half of the P-256 key that goes with it.
        since: From when it signs, UTC.
        until: When it ceased to, UTC; None for the present one.
    """

    fragment: str
    multikey: str
    multikey_p256: str
    since: datetime
    until: datetime | None = None

    @property
    def names(self) -> dict[str, str]:
        """Each key by its name within our document, as multikey."""
        return {self.fragment: self.multikey, f"{self.fragment}-p256": self.multikey_p256}


class Recognition(msgspec.Struct, frozen=True, kw_only=True):
    """That this administration knows an issuer, and recognises his authorised traders as far as was agreed.

    Attributes:
        issuer: DID of the other.
        country: Its ISO 3166-1 code; it speaks for no other country's traders.
        schemes: Programmes recognised (0..n); none of an issuer who is known but grants no standing, such as a carrier.
        scopes: What they count for here (0..n), at most.
        document: Its document, pinned as it was handed over; "" where a resolver gives it.
    """

    issuer: str
    country: str
    schemes: tuple[str, ...]
    scopes: tuple[Scope, ...]
    document: str = ""


class TakenCredential(msgspec.Struct, frozen=True, kw_only=True):
    """A partner's certificate, or status list, as it was judged when it was last looked at.

    Attributes:
        id: Its own id.
        issuer: DID of its issuer.
        outcome: `counts`, `does-not-count`, or `kept` for a status list.
        reason: Why, in a sentence.
        standing: Name of the standing that came of it; "" if none did.
        content: The document as taken in.
    """

    id: str
    issuer: str
    outcome: Literal["counts", "does-not-count", "kept"]
    reason: str
    standing: str
    content: str


def this_second() -> datetime:
    """Now, in UTC, without the parts of a second that certificates do not state."""
    return datetime.now(UTC).replace(microsecond=0)
