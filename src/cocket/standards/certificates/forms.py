# SPDX-License-Identifier: Apache-2.0
"""Which kind of certificate some bytes are, by their looks alone.

Source: W3C Verifiable Credentials Data Model 2.0 §4.3, §4.5 and 1.1 §4.1; RFC 9901 §4; OpenAttestation documentation.
"""

from __future__ import annotations

from typing import Any

from cocket.errors import UnreadableError
from cocket.model.certificate import CertificateForm
from cocket.standards.certificates.strict import read_json
from cocket.standards.certificates.wrapped import version_of

CONTEXTS = frozenset({"https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1"})

#: White space and the mark of UTF-8 may stand before JSON; a token is Base64url of `{"`.
_SPACE = b" \t\r\n"
_STARTS = (b"{", b"eyJ")


def looks_like_one(data: bytes) -> bool:
    """Whether bytes may be a certificate: JSON or a token, rather than XML. Costs nothing.

    Source: RFC 8259 §2; RFC 7515 §3.1.
    """
    return data[:64].lstrip(_SPACE).startswith(_STARTS)


def form_of(data: bytes) -> CertificateForm | None:
    """What kind of verifiable certificate some bytes are; None if they are none.

    Source: W3C Verifiable Credentials Data Model 2.0 §4.3, §4.5; RFC 9901 §4; OpenAttestation documentation.
    """
    if is_sd_jwt(data):
        return "sd-jwt-vc"
    try:
        return form_of_value(read_json(data))
    except UnreadableError:
        return None


def form_of_value(document: Any) -> CertificateForm | None:
    """The same of JSON that has been read.

    Source: W3C Verifiable Credentials Data Model 2.0 §4.3, §4.5; OpenAttestation documentation.
    """
    wrapped = version_of(document)
    if wrapped is not None:
        return wrapped
    if not isinstance(document, dict):
        return None
    types = texts(document.get("type"))
    if "VerifiablePresentation" in types:
        return "vp"
    is_linked = bool(CONTEXTS & set(texts(document.get("@context"))))
    return "vc" if "VerifiableCredential" in types or (is_linked and "credentialSubject" in document) else None


def is_sd_jwt(data: bytes | str) -> bool:
    """Whether bytes or a text have the shape of an SD-JWT.

    Source: RFC 9901 §4.
    """
    head = data[:1]
    if not head.isalnum() or not data.isascii():
        return False
    token, tilde, _ = (data if isinstance(data, str) else data.decode("ascii")).partition("~")
    return bool(tilde) and token.count(".") == 2


def texts(value: Any) -> tuple[str, ...]:
    """The texts in a value that may be one or several (0..n)."""
    return tuple(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))
