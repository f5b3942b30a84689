# SPDX-License-Identifier: Apache-2.0
"""TLS of the doors for devices: our certificate, and client certificates where a device shows one."""

from __future__ import annotations

import ssl
from pathlib import Path

from cocket.errors import SettingsError
from cocket.pipeline.tracking.device_certificates import endpoint_files
from cocket.settings import Settings


def device_tls(settings: Settings) -> ssl.SSLContext:
    """TLS 1.2 or newer, with the certificate of the settings or the one that `cocket device ca` made.

    A client certificate is asked for but not demanded: a device without one shows a key. One that is shown must come
    from our root or one of `ingress_client_ca`, and counts only if its digest is registered.

    Raises:
        SettingsError: A file is missing or not in order.
    """
    files = endpoint_files(settings)
    certificate = Path(settings.ingress_certificate) if settings.ingress_certificate else files.door
    key = Path(settings.ingress_certificate_key) if settings.ingress_certificate_key else files.door_key
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_OPTIONAL
    context.options |= ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(certificate, key)
        if files.root.exists():
            context.load_verify_locations(files.root)
        if settings.ingress_client_ca:
            context.load_verify_locations(settings.ingress_client_ca)
    except FileNotFoundError as error:
        raise SettingsError(
            f"The certificate of the device endpoints is missing: {certificate}.", hint="Run cocket device ca first."
        ) from error
    except (ssl.SSLError, OSError) as error:
        raise SettingsError(f"The certificate of the device endpoints cannot be used: {error}.") from error
    return context
