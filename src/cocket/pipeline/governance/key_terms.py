# SPDX-License-Identifier: Apache-2.0
"""What a key is limited to: which acts, until when, and which of its secrets are good while it changes them.

One document for each key that has any, sealed whenever it changes; a key without one is limited by its roles alone.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.governance import ACTIONS
from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.key_certificates import MOST_BINDINGS, CertificateBinding
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.governance.people import StoredKey

#: Kind of the document, and of the sealed record of each change of it.
KEY_TERMS: Final = "key-terms"

#: A use of a secret is noted no more often than this.
_NOTED_AFTER: Final = timedelta(days=1)

#: Secrets of a key that are good at once (count).
_MOST_SECRETS: Final = 2


class KeySecret(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One secret of a key.

    Attributes:
        digest: SHA-256 of it, hexadecimal.
        since: Since when it is good, UTC.
        until: Until when, UTC; None for as long as the key.
        used: A day of its last use at the latest before, UTC; None if it was never used.
    """

    digest: str
    since: datetime
    until: datetime | None = None
    used: datetime | None = None


class KeyTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a key is limited to; also the sealed record of each change.

    Attributes:
        key: Its name.
        scopes: Acts that it may ask for (`message:lodge`), or all of a kind (`message:*`); none for all of its roles.
        until: Until when it is good, UTC; None for as long as it is not revoked.
        secrets: Its secrets, the newest last (0..2); none while it has the one with which it was given.
        needs_certificate: Whether it is good only together with a certificate to which it is bound.
        certificates: Those it is bound to (0..4); none lets nobody in while it needs one.
    """

    key: str
    scopes: tuple[str, ...] = ()
    until: datetime | None = None
    secrets: tuple[KeySecret, ...] = ()
    needs_certificate: bool = False
    certificates: tuple[CertificateBinding, ...] = ()


def check_scopes(scopes: Sequence[str]) -> None:
    """Refuse a scope that is none.

    Raises:
        SenderError: One is no act, and no kind of act.
    """
    kinds = {f"{action.partition(':')[0]}:*" for action in ACTIONS}
    for scope in scopes:
        if scope not in ACTIONS and scope not in kinds:
            raise SenderError(
                f"There is no scope {scope!r}.",
                code="key-scope",
                hint="Such as message:read, receipt:read or message:*.",
            )


def terms_of(stores: Stores, connection: Connection, key: str, *, to_change: bool = False) -> KeyTerms | None:
    """What a key is limited to; None if by its roles alone.

    Raises:
        SenderError: There were terms, and their row was removed from the database.
        RowDiffersError: The row is not what was sealed last.
    """
    return DocumentFiles(stores).read_sealed(connection, KEY_TERMS, key, KeyTerms, to_change=to_change)


def every_terms(stores: Stores, connection: Connection) -> dict[str, KeyTerms]:
    """Name of a key → its terms, of those that have any."""
    return {one.key: one for one in DocumentFiles(stores).every(connection, KEY_TERMS, KeyTerms)}


def terms_kept(stores: Stores, connection: Connection, terms: KeyTerms, by: str) -> NewRecord | None:
    """Write the terms of a key down; the record to seal, None where nothing changed."""
    return DocumentFiles(stores).write(connection, KEY_TERMS, terms.key, (terms, by))


def good_secret(key: StoredKey, terms: KeyTerms | None, secret: str, now: datetime) -> KeySecret | None:
    """The secret of a key that is presented; None if it is none of its own, or no longer good.

    Args:
        key: The key.
        terms: What it is limited to.
        secret: As presented.
        now: The present moment, UTC.
    """
    presented = sha256(secret.encode()).digest()
    secrets = terms.secrets if terms is not None and terms.secrets else (_first(key, now),)
    fits = [one for one in secrets if hmac.compare_digest(bytes.fromhex(one.digest), presented)]
    if is_over(terms, now) or not fits or (fits[0].until is not None and now >= fits[0].until):
        return None
    return fits[0]


def is_over(terms: KeyTerms | None, now: datetime) -> bool:
    """Whether a key has expired."""
    return terms is not None and terms.until is not None and now >= terms.until


def used_terms(terms: KeyTerms | None, secret: KeySecret, now: datetime) -> KeyTerms | None:
    """The terms after a use of one of several secrets; None where there is nothing to note."""
    if terms is None or not terms.secrets or (secret.used is not None and now - secret.used < _NOTED_AFTER):
        return None
    noted = msgspec.structs.replace(secret, used=now)
    return msgspec.structs.replace(
        terms, secrets=tuple(noted if one.digest == secret.digest else one for one in terms.secrets)
    )


def bound(terms: KeyTerms, binding: CertificateBinding) -> KeyTerms:
    """The terms of a key that is bound to one certificate or name more, and needs one from now on.

    Raises:
        SenderError: It is bound to that already, or to too many.
    """
    if any((one.part, one.value) == (binding.part, binding.value) for one in terms.certificates):
        raise SenderError(f"The key {terms.key} is bound to that already.", code="certificate-known")
    if len(terms.certificates) >= MOST_BINDINGS:
        raise SenderError(
            f"The key {terms.key} is bound to {MOST_BINDINGS} certificates or names; take one away first.",
            code="certificate-many",
        )
    return msgspec.structs.replace(terms, needs_certificate=True, certificates=(*terms.certificates, binding))


def unbound(terms: KeyTerms, value: str) -> KeyTerms:
    """The terms of a key after one certificate or name was taken away; it still needs one.

    Raises:
        SenderError: It is not bound to that.
    """
    left = tuple(one for one in terms.certificates if one.value != value)
    if len(left) == len(terms.certificates):
        raise SenderError(f"The key {terms.key} is not bound to {value}.", code="certificate-unknown")
    return msgspec.structs.replace(terms, certificates=left)


def seen(terms: KeyTerms, used: CertificateBinding) -> KeyTerms | None:
    """The terms after a certificate was used of which another end is known than before; None where there is nothing to note."""
    if used in terms.certificates:
        return None
    kept = (used if (one.part, one.value) == (used.part, used.value) else one for one in terms.certificates)
    return msgspec.structs.replace(terms, certificates=tuple(kept))


def rotated(key: StoredKey, terms: KeyTerms | None, secret: str, now: datetime, overlap: timedelta) -> KeyTerms:
    """The terms of a key after it was given a second secret; the former is good for a while.

    Raises:
        SenderError: The key is over, or has two secrets that are good.
    """
    known = terms or KeyTerms(key=key.id)
    if is_over(known, now):
        raise SenderError(f"The key {key.id} has expired; give a new one.", code="key-expired")
    good = [one for one in known.secrets or (_first(key, now),) if one.until is None or now < one.until]
    if len(good) >= _MOST_SECRETS:
        raise SenderError(
            f"The key {key.id} has {len(good)} secrets that are good; the former ends first.", code="key-rotating"
        )
    former = [msgspec.structs.replace(one, until=now + overlap) for one in good]
    added = KeySecret(digest=sha256(secret.encode()).hexdigest(), since=now)
    return msgspec.structs.replace(known, secrets=(*former, added))


def _first(key: StoredKey, now: datetime) -> KeySecret:
    return KeySecret(digest=key.secret_hash.hex(), since=now)
