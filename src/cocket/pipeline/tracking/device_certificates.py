# SPDX-License-Identifier: Apache-2.0
"""A small certificate authority for the doors of devices: one root, the door's own certificate, certificates of devices.

The root serves here and nowhere else. What a certificate says of a device is not believed: a device is let in by the
digest of its certificate, which stands in the register. Source: RFC 5280; RFC 9525 §6.3 for names of the door.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cocket.errors import SettingsError, StoreError
from cocket.pipeline.tracking.device_register import NewCredential
from cocket.settings import Settings

_ROOT_DAYS, _DOOR_DAYS, _DEVICE_DAYS = 7300, 825, 1825

#: A certificate holds a little before it was made, for devices whose clocks are slow.
_SLACK = timedelta(hours=1)


class EndpointFiles(msgspec.Struct, frozen=True):
    """Where the PEM files are.

    Attributes:
        root: Certificate of the root, for devices to know the door by.
        root_key: Its secret key; needed only to make certificates, and best kept elsewhere between.
        door: Certificate of the door.
        door_key: Its secret key.
    """

    root: Path
    root_key: Path
    door: Path
    door_key: Path


def endpoint_files(settings: Settings) -> EndpointFiles:
    """Where the files of this house are."""
    public, secret = settings.home / "ingress", settings.keys_folder
    return EndpointFiles(public / "ca.pem", secret / "device-ca.key", public / "door.pem", secret / "ingress-door.key")


def make_ca(settings: Settings, hosts: Sequence[str]) -> EndpointFiles:
    """Make the root if there is none yet, and a new certificate of the door.

    Args:
        settings: The settings of the house.
        hosts: Names and addresses under which devices reach the door (1..n).

    Returns:
        Where the files are.

    Raises:
        SettingsError: A host is no name or address.
        StoreError: They cannot be written.
    """
    files = endpoint_files(settings)
    names = x509.SubjectAlternativeName([_name(host) for host in hosts])
    try:
        files.root.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        if not files.root_key.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            _write(files.root, _root(settings.administration, key).public_bytes(serialization.Encoding.PEM))
            _write_key(files.root_key, key)
        root, root_key = _read_root(files)
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(hosts[0], _DOOR_DAYS, root.subject, key.public_key())
        builder = builder.add_extension(names, critical=False)
        door = _signed(builder, ExtendedKeyUsageOID.SERVER_AUTH, root, root_key)
        _write_key(files.door_key, key)
        _write(files.door, door.public_bytes(serialization.Encoding.PEM))
    except OSError as error:
        raise StoreError(f"Certificates cannot be written to {settings.home}: {error.strerror}.") from error
    return files


def issue_certificate(settings: Settings, device: str, folder: Path) -> NewCredential:
    """Make a key and a certificate for a device, as `DEVICE.key` and `DEVICE.pem` in a folder, with `ca.pem` beside them.

    Returns:
        The certificate as the register keeps it.

    Raises:
        SettingsError: There is no root yet.
        StoreError: The files cannot be written.
    """
    files = endpoint_files(settings)
    root, root_key = _read_root(files)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(device, _DEVICE_DAYS, root.subject, key.public_key())
    certificate = _signed(builder, ExtendedKeyUsageOID.CLIENT_AUTH, root, root_key)
    name = device.replace("/", "_").replace(":", "_")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_key(folder / f"{name}.key", key)
        _write(folder / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM))
        _write(folder / "ca.pem", root.public_bytes(serialization.Encoding.PEM))
    except OSError as error:
        raise StoreError(f"Certificates cannot be written to {folder}: {error.strerror}.") from error
    return _credential(certificate)


def read_certificate(path: Path) -> NewCredential:
    """A device's certificate that its owner brought, as the register keeps it.

    Raises:
        SettingsError: The file holds no certificate.
    """
    try:
        return _credential(x509.load_pem_x509_certificate(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} contains no certificate in PEM.") from error


def _credential(certificate: x509.Certificate) -> NewCredential:
    digest = sha256(certificate.public_bytes(serialization.Encoding.DER)).digest()
    return NewCredential(kind="certificate", digest=digest)


def _root(administration: str, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{administration[:40]} devices")])
    return (
        _builder(None, _ROOT_DAYS, name, key.public_key())
        .subject_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _builder(name: str | None, days: int, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer_name=issuer,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - _SLACK,
        not_valid_after=now + timedelta(days=days),
    )
    return builder.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])) if name else builder


def _signed(
    builder: x509.CertificateBuilder,
    purpose: x509.ObjectIdentifier,
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    known_by = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known_by), critical=False)
        .sign(root_key, hashes.SHA256())
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host)
    except ValueError as error:
        raise SettingsError(f"{host!r} is not a host name or address.") from error


def _read_root(files: EndpointFiles) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    try:
        root = x509.load_pem_x509_certificate(files.root.read_bytes())
        key = serialization.load_pem_private_key(files.root_key.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise SettingsError(
            "There is no root for certificates of devices.", hint="Run cocket device ca first."
        ) from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"The root cannot be read: {error}.") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SettingsError(f"{files.root_key} is not the key of the root certificate.")
    return root, key


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    plain = serialization.NoEncryption()
    _write(path, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain), mode=0o600)


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
