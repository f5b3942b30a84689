# SPDX-License-Identifier: Apache-2.0
"""What certificates speak of: each shape under the type by which a credential calls it.

Source: W3C Verifiable Credentials Data Model 2.0 §4.8 (credentialSubject), §4.9 (validity).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
import msgspec.inspect

from cocket.credentials.data_model import BASE_CONTEXT
from cocket.credentials.operator import AuthorisedOperator, check_operator
from cocket.credentials.origin import CertificateOfOrigin, check_origin
from cocket.credentials.phyto import PhytosanitaryCertificate, check_phyto
from cocket.credentials.rdf import OUR_WORDS
from cocket.credentials.seal import SealAssurance, check_seal
from cocket.findings import Finding

Shape = AuthorisedOperator | CertificateOfOrigin | PhytosanitaryCertificate | SealAssurance


class Kind(msgspec.Struct, frozen=True):
    """One kind of certificate.

    Attributes:
        name: What a credential of this kind calls itself, its type.
        shape: What it speaks of.
        check: Finds what is wrong with it.
    """

    name: str
    shape: type[Any]
    check: Callable[[Any], tuple[Finding, ...]]


#: Every kind of certificate there is.
KINDS: Final = (
    Kind("AuthorisedOperatorCredential", AuthorisedOperator, check_operator),
    Kind("CertificateOfOriginCredential", CertificateOfOrigin, check_origin),
    Kind("PhytosanitaryCredential", PhytosanitaryCertificate, check_phyto),
    Kind("SealAssuranceCredential", SealAssurance, check_seal),
)


def missing_members(content: Any, shape: type[Any]) -> tuple[str, ...]:
    """The members that content of a certificate lacks, all of them at once.

    Args:
        content: JSON values, of any form.
        shape: What the certificate speaks of.

    Returns:
        Names in the order of the shape (0..n), such as `items[1].hs`; none where the content is no object at all.

    Source: ours.
    """
    return tuple(_missing(content, msgspec.inspect.type_info(shape), ""))


def _missing(content: Any, form: msgspec.inspect.Type, place: str) -> Iterator[str]:
    if isinstance(form, msgspec.inspect.StructType) and isinstance(content, dict):
        for field in form.fields:
            name = f"{place}.{field.encode_name}" if place else field.encode_name
            if field.encode_name in content:
                yield from _missing(content[field.encode_name], field.type, name)
            elif field.required:
                yield name
    elif isinstance(form, msgspec.inspect.VarTupleType) and isinstance(content, list):
        for number, one in enumerate(content, 1):
            yield from _missing(one, form.item_type, f"{place}[{number}]")


def credential_of(shape: Shape, name: str, issuer: str, valid: tuple[datetime, datetime | None]) -> dict[str, Any]:
    """A credential that says it, not yet signed.

    Args:
        shape: What it says.
        name: Its own id, an address such as `urn:uuid:…`.
        issuer: DID of who says it.
        valid: From when, and until when if there is an end; UTC.

    Returns:
        The document as JSON values.

    Source: W3C Verifiable Credentials Data Model 2.0 §4.
    """
    kind = next(kind for kind in KINDS if isinstance(shape, kind.shape))
    first, last = valid
    document: dict[str, Any] = {
        "@context": [BASE_CONTEXT, OUR_WORDS],
        "id": name,
        "type": ["VerifiableCredential", kind.name],
        "issuer": issuer,
        "validFrom": first.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if last is not None:
        document["validUntil"] = last.strftime("%Y-%m-%dT%H:%M:%SZ")
    return document | {"credentialSubject": subject_of(shape)}


def subject_of(shape: Shape) -> dict[str, Any]:
    """What a shape says, as JSON values: lists and texts, never Python's tuples and decimals.

    Source: W3C Verifiable Credentials Data Model 2.0 §4.8.
    """
    said: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(shape))
    return said


def read_shape(document: dict[str, Any], *, is_part: bool = False) -> tuple[Shape | None, tuple[Finding, ...]]:
    """What a credential speaks of.

    Args:
        document: The credential, its claims as `PaperVerdict.claims` gives them, or those of an SD-JWT whose `vct` is the
            type.
        is_part: Whether its holder may have kept some of it back; what is missing is then no finding.

    Returns:
        Its shape, None where it is of no kind known here, not made as its kind must be, or not shown whole, and findings
        (0..n).

    Source: W3C Verifiable Credentials Data Model 2.0 §4.8.
    """
    types = document.get("type", document.get("vct"))
    named = types if isinstance(types, list) else [types]
    kind = next((kind for kind in KINDS if kind.name in named), None)
    if kind is None:
        return None, ()
    subject = document.get("credentialSubject", document)
    if isinstance(subject, list) and len(subject) == 1:
        subject = subject[0]
    try:
        shape = msgspec.convert(subject, kind.shape)
    except msgspec.ValidationError as error:
        if is_part and "missing required field" in str(error):
            return None, ()
        says = "the subject is not a valid {kind}: {reason}"
        arguments = {"kind": kind.name, "reason": str(error)[:200]}
        return None, (Finding(code="shape", severity="error", message=says, arguments=arguments),)
    return shape, kind.check(shape)
