# SPDX-License-Identifier: Apache-2.0
"""TLS of the HTTP door and the workbench, and where they may listen without it."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import structlog

from cocket.errors import SettingsError
from cocket.settings import Settings

#: For TLS 1.2: forward secrecy and authenticated encryption only. TLS 1.3 has nothing else. Source: RFC 9325 §4.2.
_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"


class DoorTls(ssl.SSLContext):
    """TLS 1.2 or newer with a certificate from files, which are read again when they change."""

    files: tuple[Path, Path]
    seen: tuple[float, ...] = ()

    def refresh(self) -> bool:
        """Read the files again if they have changed; what is wrong with them is logged, and the old ones stay in use.

        Returns:
            Whether there is a new certificate.
        """
        try:
            seen = _times(self.files)
            if seen == self.seen:
                return False
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self.files)
            self.load_cert_chain(*self.files)
        except (ssl.SSLError, OSError) as error:
            structlog.get_logger().error("certificate", file=str(self.files[0]), reason=str(error))
            return False
        self.seen = seen
        return True


def tls_of(settings: Settings, *, asks_clients: bool = False) -> DoorTls | None:
    """The TLS that the settings ask for; None for none.

    Args:
        settings: The settings.
        asks_clients: Whether clients are asked for a certificate, which they need not have; only those that `client_ca`
            leads to are taken.

    Raises:
        SettingsError: A file is missing or not in order.
    """
    if not settings.tls_certificate:
        return None
    files = Path(settings.tls_certificate), Path(settings.tls_certificate_key)
    context = DoorTls(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    if asks_clients and settings.client_ca:
        context.verify_mode = ssl.CERT_OPTIONAL
        try:
            context.load_verify_locations(settings.client_ca)
        except (ssl.SSLError, OSError) as error:
            raise SettingsError(
                f"The certificates of client_ca cannot be used: {error}.", found=settings.client_ca
            ) from error
    try:
        context.load_cert_chain(*files)
        context.files, context.seen = files, _times(files)
    except (ssl.SSLError, OSError) as error:
        raise SettingsError(
            f"The certificate cannot be used: {error}.",
            found=f"{files[0]}, {files[1]}",
            hint="COCKET_TLS_CERTIFICATE and COCKET_TLS_CERTIFICATE_KEY name PEM files that belong together.",
        ) from error
    return context


def check_exposure(settings: Settings, host: str, what: str) -> None:
    """Refuse to listen where others could read along.

    Args:
        settings: The settings.
        host: Address on which a door is to listen.
        what: Which door, in words.

    Raises:
        SettingsError: It is not loopback, and neither TLS nor a proxy is named.
    """
    is_safe = settings.tls_certificate or settings.trusted_proxies or settings.allow_plain_http
    if is_safe or _is_loopback(host):
        return
    raise SettingsError(
        f"The {what} would listen on {host} without TLS: passwords and keys could be read on the way.",
        code="plain-http",
        hint="Set COCKET_TLS_CERTIFICATE and COCKET_TLS_CERTIFICATE_KEY, or COCKET_TRUSTED_PROXIES if a proxy in front of it "
        "terminates TLS. COCKET_ALLOW_PLAIN_HTTP=true allows listening without TLS.",
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _times(files: tuple[Path, Path]) -> tuple[float, ...]:
    return tuple(file.stat().st_mtime for file in files)
