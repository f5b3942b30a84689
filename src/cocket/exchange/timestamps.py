# SPDX-License-Identifier: Apache-2.0
"""Timestamps of third parties (RFC 3161): that a checkpoint existed at a time, on the word of a timestamping authority.

Courts know them, they need no chain, and the authority sees a hash alone.
Source: RFC 3161 §2.4 (request and response), §3.4 (over HTTP); RFC 5816.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from cocket.errors import PartnerError, ProofError, SettingsError

_SECONDS = 20.0
_MOST_BYTES = 256 * 1024
_QUERY = "application/timestamp-query"
_REPLY = "application/timestamp-reply"


class Timestamp(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified timestamp says.

    Attributes:
        time: When the authority saw the hash, UTC.
        serial: Number of the timestamp with its authority.
        policy: Policy under which it was given, as an object identifier.
        authority: Who signed it, as the certificate's subject names him.
    """

    time: datetime
    serial: str
    policy: str
    authority: str


def request_timestamp(url: str, data: bytes, roots: bytes) -> bytes:
    """Have an authority stamp some bytes; their SHA-256 alone is sent, with a fresh nonce.

    Args:
        url: Address of the authority.
        data: What is stamped.
        roots: Certificates of the authorities that are trusted, PEM (1..n).

    Returns:
        The response, to be kept as a `.tsr` file; it was verified.

    Raises:
        PartnerError: The authority does not answer, or refuses.
        ProofError: Its answer does not verify.
        SettingsError: A package is missing, or the certificates are none.
    """
    client = _library()
    asked = client.TimestampRequestBuilder().data(data).hash_algorithm(client.HashAlgorithm.SHA256).build()
    answer = _post(url, asked.as_bytes())
    _verify(answer, data, roots, asked.nonce)
    return answer


def verify_timestamp(response: bytes, data: bytes, roots: bytes) -> Timestamp:
    """Check a timestamp, offline.

    Args:
        response: The response, as kept.
        data: What it is to be a timestamp of.
        roots: Certificates of the authorities that are trusted, PEM (1..n). They must have been valid at its time.

    Raises:
        ProofError: It is of other bytes, not signed under these certificates, or no timestamp.
        SettingsError: A package is missing, or the certificates are none.
    """
    return _verify(response, data, roots, None)


def _verify(response: bytes, data: bytes, roots: bytes, nonce: int | None) -> Timestamp:
    client = _library()
    try:
        found = client.decode_timestamp_response(_with_sorted_certificates(response))
    except ValueError as error:
        raise ProofError("This is not a timestamp.", code="timestamp-form", found=str(error)[:100]) from error
    if client.PKIStatus(found.status) not in (client.PKIStatus.GRANTED, client.PKIStatus.GRANTED_WITH_MODS):
        reason = "; ".join(found.status_string or [])[:200]
        raise PartnerError(f"The authority gives no timestamp: {reason or 'no reason'}", code="timestamp-refused")
    builder = client.VerifierBuilder(roots=_certificates(roots))
    builder = builder if nonce is None else builder.nonce(nonce)
    try:
        told = found.tst_info
        if told.message_imprint.message != sha256(data).digest():
            raise ProofError("The timestamp is for other data.", code="timestamp-other")
        builder.build().verify_message(found, data)
        signer = _signer(found)
    except (client.VerificationError, ValueError) as error:
        raise ProofError(f"The timestamp is not valid: {error}", code="timestamp") from error
    return Timestamp(
        time=told.gen_time.astimezone(UTC),
        serial=f"{told.serial_number:x}",
        policy=told.policy.dotted_string,
        authority=signer,
    )


def _with_sorted_certificates(response: bytes) -> bytes:
    """The same response with its certificates in the order that DER asks of a set; as it is, where it has no such place.

    Authorities write the certificates of their chain in another order (OpenSSL does), and the library reads DER alone. No
    signature covers them: they are what it is checked with.

    Source: RFC 5652 §5.1 (`certificates [0] IMPLICIT CertificateSet`); X.690 §11.6.
    """
    try:
        start, end = _inside(response, 0, 0x30)  # TimeStampResp
        _, after_status = _element(response, start, end)
        start, end = _inside(response, after_status, 0x30)  # ContentInfo
        _, after_type = _element(response, start, end)
        start, end = _inside(response, _inside(response, after_type, 0xA0)[0], 0x30)  # SignedData
        for _ in ("version", "digestAlgorithms", "encapContentInfo"):
            _, start = _element(response, start, end)
        start, end = _inside(response, start, 0xA0)
        certificates = []
        place = start
        while place < end:
            _, after = _element(response, place, end)
            certificates.append(response[place:after])
            place = after
    except (IndexError, ValueError):
        return response
    return response[:start] + b"".join(sorted(certificates)) + response[end:]


def _element(data: bytes, place: int, end: int) -> tuple[int, int]:
    """Where the content of a DER element begins, and where the element ends."""
    first = data[place + 1]
    count = first & 0x7F if first & 0x80 else 0
    content = place + 2 + count
    length = int.from_bytes(data[place + 2 : content]) if count else first
    if count > 4 or content + length > end:
        raise ValueError("The element is longer than what it stands in.")
    return content, content + length


def _inside(data: bytes, place: int, tag: int) -> tuple[int, int]:
    """Begin and end of the content of an element with a tag."""
    if data[place] != tag:
        raise ValueError("There is another element.")
    return _element(data, place, len(data))


def _signer(response: Any) -> str:
    """Subject of the certificate that signed, which the library has checked by now."""
    from cryptography import x509

    (info,) = response.signed_data.signer_infos
    for data in response.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(data)
        if (certificate.issuer, certificate.serial_number) == (info.issuer, info.serial_number):
            return certificate.subject.rfc4514_string()
    return ""


def _certificates(roots: bytes) -> list[Any]:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(roots)
    except ValueError as error:
        raise SettingsError(
            "The file of the authority's certificates contains none.", found=str(error)[:100]
        ) from error


def _post(url: str, body: bytes) -> bytes:
    try:
        import httpx
    except ImportError as error:
        raise SettingsError("Reaching a timestamping authority needs httpx: pip install 'cocket[server]'.") from error
    data, end = bytearray(), time.monotonic() + _SECONDS
    try:
        with (
            httpx.Client(timeout=_SECONDS, trust_env=False, follow_redirects=False) as client,
            client.stream("POST", url, content=body, headers={"content-type": _QUERY, "accept": _REPLY}) as answer,
        ):
            if answer.status_code != 200:
                raise PartnerError(
                    f"The timestamping authority answers {answer.status_code}.", code="timestamp-refused"
                )
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > _MOST_BYTES or time.monotonic() > end:
                    raise PartnerError(
                        "The timestamping authority sends too much, or too slowly.", code="timestamp-slow"
                    )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PartnerError(
            f"The timestamping authority does not answer: {error or type(error).__name__}.",
            code="timestamp-unreachable",
        ) from error
    return bytes(data)


def _library() -> Any:
    try:
        import rfc3161_client
    except ImportError as error:
        raise SettingsError("Timestamps need rfc3161-client: pip install 'cocket[anchor]'.") from error
    return rfc3161_client
