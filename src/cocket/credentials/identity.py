# SPDX-License-Identifier: Apache-2.0
"""Who stands behind a key: `did:key` from itself, `did:web` from a document that the caller's resolver gives.

Nothing is fetched here. The resolver is a mapping or a function handed in: a folder of pinned documents, a partner's list,
or `exchange.did_web` where an administration lets it call out.
Source: W3C Decentralized Identifiers 1.0; did:web and did:key method specifications; W3C Controlled Identifiers 1.0 §2.2
(`expires`, `revoked`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

from cocket.credentials.instants import instant
from cocket.credentials.keys import PublicKey
from cocket.errors import PartnerError, ProofError, UnreadableError
from cocket.standards.certificates import read_json

#: Gives the bytes behind a name, a DID or an HTTPS address; None where it knows nothing of it.
Resolver = Callable[[str], bytes | None]

#: Code of the error that says: nothing can be said, because the document could not be had.
UNRESOLVED: Final = "unresolved"

_MOST_DOCUMENT = 256 << 10
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+(?::[0-9]{1,5})?")
_PART = re.compile(r"[A-Za-z0-9._~-]+")
_NUMERIC = re.compile(r"[0-9.]+(?::[0-9]+)?|.*\.(?:0x[0-9a-f]*|[0-9]+)(?::[0-9]+)?")


def web_address(did: str) -> str:
    """The HTTPS address of the document of a did:web.

    Raises:
        ProofError: It is no did:web of a host by name, or a part of its path is none.

    Source: did:web method specification, Read (Resolve).
    """
    method, _, rest = did.partition("did:web:")
    host, *path = rest.split(":")
    host = unquote(host)
    is_host = not method and _HOST.fullmatch(host) and not _NUMERIC.fullmatch(host)
    if not is_host or any(not _PART.fullmatch(part) or set(part) == {"."} for part in path):
        raise ProofError("This is not a did:web of a named host.", code="did", found=did[:200])
    return f"https://{host}/{'/'.join(path)}/did.json" if path else f"https://{host}/.well-known/did.json"


def resolve(name: str, resolver: Resolver, most: int = _MOST_DOCUMENT) -> bytes:
    """What stands behind a name.

    Raises:
        ProofError: The resolver knows nothing of it, or its source did not answer; the code is `UNRESOLVED`.
    """
    try:
        data = resolver(name)
    except PartnerError as error:
        raise ProofError(f"{name} could not be fetched: {error}", code=UNRESOLVED, found=name[:200]) from error
    if data is None:
        raise ProofError(f"{name[:200]} is not known here.", code=UNRESOLVED, found=name[:200])
    if len(data) > most:
        raise ProofError(f"The document of {name[:200]} is too large.", code="too-large", found=str(len(data)))
    return data


def find_key(method: Any, moment: datetime, resolver: Resolver, purpose: str = "assertionMethod") -> PublicKey:
    """The public key that a proof names.

    Args:
        method: Its DID URL, such as `did:web:customs.example#key-1`.
        moment: When the proof was made, as it says itself, or now where it does not say.
        resolver: Gives documents of did:web.
        purpose: What the key must be for, a verification relationship.

    Returns:
        The key.

    Raises:
        ProofError: The name is no DID URL, the document cannot be had (`UNRESOLVED`) or read, or no key of that name
            is there for this purpose at that moment.
    """
    if not isinstance(method, str) or len(method) > 2000:
        raise ProofError("The proof does not name a key.", code="key-unknown")
    did, _, fragment = method.partition("#")
    if did.startswith("did:key:"):
        text = did.removeprefix("did:key:")
        if fragment != text:
            raise ProofError("A did:key has exactly one key, its own.", code="key-unknown", found=method[:200])
        return PublicKey.from_multikey(text)
    if not did.startswith("did:web:"):
        raise ProofError(f"{did[:200]} is not known here.", code=UNRESOLVED, found=did[:200])
    web_address(did)
    try:
        document = read_json(resolve(did, resolver))
    except UnreadableError as error:
        raise ProofError(f"The document of {did} cannot be read.", code="did-document") from error
    entry = _entry(document, did, method, purpose)
    _check_time(entry, moment)
    if "publicKeyMultibase" in entry:
        return PublicKey.from_multikey(entry["publicKeyMultibase"])
    return PublicKey.from_jwk(entry.get("publicKeyJwk"))


def document_of(did: str, keys: dict[str, PublicKey], ended: dict[str, datetime] | None = None) -> dict[str, Any]:
    """The document that an issuer publishes of himself.

    Args:
        did: The issuer.
        keys: Fragment → key, the present one first.
        ended: Fragment → when a former key ceased to sign, UTC.

    Returns:
        Plain values, to be published as JSON at `web_address(did)`. Former keys stay, with their end, so that what they
        signed before it can still be verified.
    """
    methods = [_method(did, fragment, key, (ended or {}).get(fragment)) for fragment, key in keys.items()]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def _method(did: str, fragment: str, key: PublicKey, end: datetime | None) -> dict[str, str]:
    method = {"id": f"{did}#{fragment}", "type": "Multikey", "controller": did, "publicKeyMultibase": key.multikey}
    return method | ({"expires": end.strftime("%Y-%m-%dT%H:%M:%SZ")} if end else {})


def _entry(document: Any, did: str, method: str, purpose: str) -> dict[str, Any]:
    """The entry of a key in a document, if it is there once and for this purpose."""
    if not isinstance(document, dict) or document.get("id") != did:
        raise ProofError(f"The document is not that of {did}.", code="did-document")
    granted = _list(document.get(purpose))
    named = [_absolute(one, did) for one in granted if isinstance(one, str)]
    embedded = [one for one in granted if isinstance(one, dict)]
    listed = [one for one in _list(document.get("verificationMethod")) if isinstance(one, dict)]
    found = [one for one in embedded if _absolute(one.get("id"), did) == method]
    if method in named:
        found += [one for one in listed if _absolute(one.get("id"), did) == method]
    if len(found) != 1:
        raise ProofError(f"{did} has no such key for this purpose.", code="key-unknown", found=method[:200])
    if found[0].get("controller") != did:
        raise ProofError(f"That key is not under the control of {did}.", code="key-unknown", found=method[:200])
    return found[0]


def _check_time(entry: dict[str, Any], moment: datetime) -> None:
    """A key that was revoked proves nothing any more; one that ended proves what it signed before."""
    if "revoked" in entry:
        raise ProofError("The key was revoked.", code="key-revoked", found=str(entry["revoked"])[:50])
    if "expires" in entry:
        end = instant(entry["expires"])
        if end is None or moment > end:
            raise ProofError("The key had expired before.", code="key-expired", found=str(entry["expires"])[:50])


def _absolute(name: Any, did: str) -> str | None:
    if not isinstance(name, str):
        return None
    return did + name if name.startswith("#") else name


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
