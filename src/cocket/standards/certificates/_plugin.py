# SPDX-License-Identifier: Apache-2.0
"""The standard as the house sees it."""

from __future__ import annotations

from cocket.errors import UnreadableError
from cocket.findings import Finding
from cocket.model import Reading
from cocket.standards.certificates.forms import form_of
from cocket.standards.certificates.reader import read_certificate
from cocket.standards.kind import Options, Source, Standard

_NAME = "certificate"


def recognises(source: Source) -> bool:
    """Whether a message is a verifiable certificate, by its looks.

    Source: W3C Verifiable Credentials Data Model 2.0 §4; RFC 9901 §4; OpenAttestation documentation.
    """
    return source.root is None and form_of(source.data) is not None


def read(source: Source, options: Options) -> Reading:
    """Read one certificate. Nothing is verified here: who issued it is not to be asked of it.

    Args:
        source: The message.
        options: How to read; there is one profile.

    Returns:
        The reading. It has no reference: a holder may show the same certificate again with other parts of it.

    Source: W3C Verifiable Credentials Data Model 2.0 §4; RFC 9901 §4; OpenAttestation documentation.
    """
    try:
        document = read_certificate(source.data)
    except UnreadableError as error:
        said = Finding(code=error.code, severity="error", message="{reason}", arguments={"reason": error.message})
        return Reading(standard=_NAME, profile=_NAME, outcome="refused", findings=(said,))
    if document is None:
        raise UnreadableError("This is not a verifiable certificate.", code="standard-unknown")
    return Reading(standard=_NAME, version=document.form, profile=_NAME, outcome="accepted", document=document)


CERTIFICATE = Standard(
    name=_NAME,
    title="Verifiable certificate: W3C credential, SD-JWT VC, OpenAttestation",
    recognises=recognises,
    read=read,
    write=None,
    profiles=(_NAME,),
)
