# SPDX-License-Identifier: Apache-2.0
"""Verifiable certificates: W3C credentials and presentations, SD-JWT VC, OpenAttestation documents.

In: JSON or a token. Out: what the certificate says it is, and the names by which its consignment is found. They are read
only: who would write one has to sign it, and that is `cocket.credentials`' work, as is verifying it.
Source: W3C Verifiable Credentials Data Model 2.0 and 1.1; RFC 9901 (SD-JWT); OpenAttestation documentation.
"""

from cocket.standards.certificates._plugin import CERTIFICATE
from cocket.standards.certificates.forms import form_of, form_of_value, is_sd_jwt, looks_like_one
from cocket.standards.certificates.strict import MOST_BYTES, read_json
from cocket.standards.certificates.wrapped import WrappedDocument, read_wrapped, version_of

__all__ = [
    "CERTIFICATE",
    "MOST_BYTES",
    "WrappedDocument",
    "form_of",
    "form_of_value",
    "is_sd_jwt",
    "looks_like_one",
    "read_json",
    "read_wrapped",
    "version_of",
]
