# SPDX-License-Identifier: Apache-2.0
"""Certificates by which the machine that holds a key proves itself, beside the key's secret or in its place.

A key is bound to a certificate by its thumbprint, whoever issued it (`self_signed_tls_client_auth`), or to a name in certificates of
authorities that the settings trust (`tls_client_auth`). A key that needs a certificate is good for nothing without one.
Source: RFC 8705 §2.1.2, §2.2, §3.1; RFC 5280 §4.2.1.6, §4.2.1.12, §6; RFC 4514.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from cocket.errors import SenderError, SettingsError

#: What of a certificate a key is bound to; each but the first is a parameter of RFC 8705 (`tls_client_auth_…`).
Part = Literal["thumbprint", "subject_dn", "san_dns", "san_uri", "san_ip", "san_email"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)

#: Certificates and names that a key is bound to at once, so that they can be changed over (count).
MOST_BINDINGS: Final = 4

#: Authorities between a certificate and its root (count).
_DEEPEST: Final = 2

_LONGEST: Final = 300

#: What reading the fields of a certificate that is malformed raises.
_UNREADABLE: Final = (
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    Warning,
)


class CertificateBinding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A certificate, or a name in certificates, to which a key is bound.

    Attributes:
        part: What is compared.
        value: What it must be: of a certificate SHA-256 in Base64url (`x5t#S256`), of names as `certificate_names` has them.
        since: Since when, UTC.
        until: Until when the certificate is valid that was bound or used last, UTC; None where none was seen yet.
    """

    part: Part
    value: str
    since: datetime
    until: datetime | None = None


class CertificateRefusedError(SenderError):
    """A certificate that does not let the key in; the reason is for the operator alone."""

    code = "certificate-refused"


def thumbprint_of(certificate: bytes) -> str:
    """`x5t#S256` of a certificate in DER: its SHA-256 in Base64url without padding. Source: RFC 8705 §3.1."""
    return urlsafe_b64encode(sha256(certificate).digest()).rstrip(b"=").decode()


def binding_of(part: str, value: str, now: datetime) -> CertificateBinding:
    """A binding to a name.

    Raises:
        SenderError: There is no such part, or the value cannot be one of it.
    """
    found: Part | None = next((one for one in PARTS if one == part and one != "thumbprint"), None)
    value = value.strip()
    if found is None or not value or len(value) > _LONGEST or not value.isprintable():
        raise SenderError(
            f"A key is bound to a name of at most {_LONGEST} characters that can be seen.",
            code="certificate-name",
            expected=", ".join(PARTS[1:]),
            found=f"{part}={value}"[:_LONGEST],
        )
    try:
        if found == "subject_dn":
            value = x509.Name.from_rfc4514_string(value).rfc4514_string()
        elif found == "san_ip":
            value = str(ip_address(value))
        elif found in ("san_dns", "san_email"):
            value = value.lower()
    except ValueError as error:
        raise SenderError(
            f"The name {value} is not well-formed as {found}.", code="certificate-name", hint=str(error)
        ) from error
    return CertificateBinding(part=found, value=value, since=now)


def bound_certificate(content: bytes, now: datetime) -> CertificateBinding:
    """A binding to one certificate, by its thumbprint.

    Args:
        content: The certificate, PEM or DER. Its secret key is not wanted.
        now: The present moment, UTC.

    Raises:
        SenderError: It is no certificate, is over, or is not for proving a client.
    """
    if b"PRIVATE KEY" in content:
        raise SenderError("The file holds a secret key. Send the certificate alone.", code="certificate-secret")
    certificate = read_certificate(content)
    try:
        _require_client(certificate)
        ends, value = certificate.not_valid_after_utc, thumbprint_of(certificate.public_bytes(Encoding.DER))
    except _UNREADABLE as error:
        raise CertificateRefusedError(f"The certificate cannot be read: {error}") from error
    if ends <= now:
        raise SenderError(f"The certificate has expired: {ends:%Y-%m-%d}.", code="certificate-expired")
    return CertificateBinding(part="thumbprint", value=value, since=now, until=ends)


def read_certificate(content: bytes) -> x509.Certificate:
    """A certificate, PEM or DER.

    Raises:
        CertificateRefusedError: It is none.
    """
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            return x509.load_pem_x509_certificate(content)
        return x509.load_der_x509_certificate(content)
    except (ValueError, UnsupportedAlgorithm, Warning) as error:  # a warning: what it will refuse soon
        raise CertificateRefusedError("This cannot be read as a certificate.", hint=str(error)) from error


class Authorities:
    """Authorities whose certificates for machines the installation trusts; read again when their file changes.

    Args:
        path: PEM file of them; empty for none.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None
        self._seen = 0.0
        self._read: tuple[list[x509.Certificate], list[x509.Certificate]] = ([], [])

    def read(self) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
        """Roots, and authorities between (0..n each).

        Raises:
            SettingsError: The file cannot be read; then no name in a certificate is believed.
        """
        if self._path is None:
            return [], []
        try:
            seen = self._path.stat().st_mtime
            if seen != self._seen:
                every = [one for one in x509.load_pem_x509_certificates(self._path.read_bytes()) if _is_authority(one)]
                roots = [one for one in every if one.subject == one.issuer]
                self._read, self._seen = (roots, [one for one in every if one not in roots]), seen
        except (OSError, ValueError) as error:
            raise SettingsError(f"The file of client_ca cannot be read: {error}.", found=str(self._path)) from error
        return self._read


def check_certificate(
    shown: Sequence[bytes], bindings: Sequence[CertificateBinding], authorities: Authorities, now: datetime
) -> CertificateBinding:
    """Which of a key's bindings the certificate fulfils that a machine showed, with the end of its validity.

    Args:
        shown: What it showed, in DER, its own certificate first (0..n).
        bindings: What the key is bound to (0..n).
        authorities: Those that are trusted.
        now: The present moment, UTC.

    Raises:
        CertificateRefusedError: None; why, for the operator.
    """
    if not shown:
        raise CertificateRefusedError("No certificate was shown.")
    try:
        return _checked(shown, bindings, authorities, now)
    except _UNREADABLE as error:
        raise CertificateRefusedError(f"The certificate cannot be read: {error}") from error


def _checked(
    shown: Sequence[bytes], bindings: Sequence[CertificateBinding], authorities: Authorities, now: datetime
) -> CertificateBinding:
    leaf = read_certificate(shown[0])
    if now < leaf.not_valid_before_utc:
        raise CertificateRefusedError(
            f"The certificate is valid from {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC on."
        )
    if now >= leaf.not_valid_after_utc:
        raise CertificateRefusedError(f"The certificate expired at {leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC.")
    _require_client(leaf)
    names = {("thumbprint", thumbprint_of(shown[0])), *certificate_names(leaf)}
    fits = [one for one in bindings if (one.part, one.value) in names]
    if not fits:
        raise CertificateRefusedError("The key is bound to another certificate or name.")
    by_itself = [one for one in fits if one.part == "thumbprint"]
    if not by_itself:
        _verify(leaf, shown[1:], authorities, now)
    return msgspec.structs.replace((by_itself or fits)[0], until=leaf.not_valid_after_utc)


def certificate_names(certificate: x509.Certificate) -> set[tuple[str, str]]:
    """The names in a certificate, as bindings have them: part and value (0..n)."""
    subject = certificate.subject.rfc4514_string()
    found = {("subject_dn", subject)} if subject else set()
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return found
    found |= {("san_dns", one.lower()) for one in names.get_values_for_type(x509.DNSName)}
    found |= {("san_uri", one) for one in names.get_values_for_type(x509.UniformResourceIdentifier)}
    found |= {("san_ip", str(one)) for one in names.get_values_for_type(x509.IPAddress)}
    found |= {("san_email", one.lower()) for one in names.get_values_for_type(x509.RFC822Name)}
    return found


def _verify(leaf: x509.Certificate, more: Sequence[bytes], authorities: Authorities, now: datetime) -> None:
    """Refuse a certificate that does not lead to a trusted root."""
    if _is_authority(leaf):
        raise CertificateRefusedError("The certificate is that of an authority.")
    roots, between = authorities.read()
    if not roots:
        raise CertificateRefusedError("No authority is trusted: client_ca is not set, or holds no root.")
    # Machines of partners are named as their authorities like: of the names in a certificate only those bound are compared.
    builder = PolicyBuilder().store(Store(roots)).time(now).max_chain_depth(_DEEPEST)
    builder = builder.extension_policies(
        ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
    )
    try:
        builder.build_client_verifier().verify(leaf, [*map(read_certificate, more), *between])
    except (VerificationError, InvalidSignature, ValueError) as error:
        raise CertificateRefusedError(f"The certificate does not lead to a trusted authority: {error}") from error


def _require_client(certificate: x509.Certificate) -> None:
    """Refuse what its issuer made for another use than proving a client."""
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usages = None
    if usages is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in usages:
        raise CertificateRefusedError("The certificate is not for proving a client (extended key usage).")


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False
