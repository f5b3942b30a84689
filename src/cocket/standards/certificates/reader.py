# SPDX-License-Identifier: Apache-2.0
"""From the bytes of a certificate to what it says it is."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from cocket.errors import UnreadableError
from cocket.model import Certificate
from cocket.standards.certificates.forms import form_of_value, is_sd_jwt, texts
from cocket.standards.certificates.names import names_in
from cocket.standards.certificates.strict import MOST_BYTES, read_json
from cocket.standards.certificates.wrapped import read_wrapped

_LONGEST = 500
_MOST_DISCLOSURES = 1000


def read_certificate(data: bytes) -> Certificate | None:
    """What a certificate says it is; None if the bytes are none.

    Raises:
        UnreadableError: They are no JSON, or a token whose parts are none.

    Source: W3C Verifiable Credentials Data Model 2.0 §4; RFC 9901 §4; OpenAttestation documentation.
    """
    if is_sd_jwt(data):
        return _of_token(data)
    document = read_json(data)
    form = form_of_value(document)
    if form is None:
        return None
    if form in ("oa-v2", "oa-v3"):
        return _of_wrapped(form, document)
    inner = _listed(document.get("verifiableCredential")) if form == "vp" else [document]
    credentials = [one for one in inner if isinstance(one, dict)]
    first = credentials[0] if credentials else {}
    issuer = first.get("issuer")
    return Certificate(
        form=form,
        id=_text(document.get("id")),
        types=texts(document.get("type")),
        issuer=_text(issuer.get("id") if isinstance(issuer, dict) else issuer),
        references=names_in([part for one in credentials for part in _listed(one.get("credentialSubject"))]),
    )


def _of_wrapped(form: Any, document: dict[str, Any]) -> Certificate:
    wrapped = read_wrapped(document)
    said = wrapped.data
    template = said.get("$template")
    name = template.get("name") if isinstance(template, dict) else None
    return Certificate(
        form=form,
        id=_text(said.get("id")),
        types=texts(said.get("type")) or texts(name),
        issuer=wrapped.claimed_issuer,
        references=names_in(said.get("credentialSubject", said)),
    )


def _of_token(data: bytes) -> Certificate:
    """The claims of an SD-JWT and what is disclosed beside it, each under its own name."""
    if len(data) > MOST_BYTES:
        raise UnreadableError("The token is too large.", expected=f"at most {MOST_BYTES} bytes", found=str(len(data)))
    token, *disclosures = data.decode("ascii").strip().split("~")
    claims = _decoded(token.split(".")[1])
    if not isinstance(claims, dict):
        raise UnreadableError("The token contains no claims.", code="sd-jwt-form")
    shown = dict(_disclosed(disclosures[:_MOST_DISCLOSURES]))
    return Certificate(
        form="sd-jwt-vc",
        id=_text(claims.get("jti")),
        types=texts(claims.get("vct")),
        issuer=_text(claims.get("iss")),
        references=names_in(shown | claims),
    )


def _disclosed(disclosures: list[str]) -> Iterator[tuple[str, Any]]:
    for one in disclosures:
        if one and "." not in one:
            value = _decoded(one)
            if isinstance(value, list) and len(value) == 3 and isinstance(value[1], str):
                yield value[1], value[2]


def _decoded(text: str) -> Any:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise UnreadableError("A part of the token is not Base64url.", code="sd-jwt-form") from error
    return read_json(data)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str | None:
    return value[:_LONGEST] if isinstance(value, str) and value else None
