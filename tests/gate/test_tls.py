# SPDX-License-Identifier: Apache-2.0
"""TLS of the doors: what is spoken, a certificate that changes, and where nobody listens without it."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

import pytest

from cocket.cli.roles.roles import take_ports
from cocket.errors import SettingsError
from cocket.gate import Bounds, check_exposure, tls_of
from cocket.gate.tls import DoorTls
from cocket.settings import Settings, read_settings
from tests.simulators.certificates import make_certificate
from tests.simulators.doors import open_door


async def app(scope, receive, send):  # type: ignore[no-untyped-def]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": scope["scheme"].encode()[:2]})


def settings(folder: Path) -> Settings:
    certificate, key = make_certificate(folder)
    return Settings(tls_certificate=str(certificate), tls_certificate_key=str(key))


def client(most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, ciphers: str = "DEFAULT") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, most
    context.set_ciphers(ciphers)
    return context


def ask(port: int, context: ssl.SSLContext) -> tuple[str, bytes]:
    """The version that was spoken, and the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain, context.wrap_socket(plain) as spoken:
        spoken.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = b""
        while piece := spoken.recv(4096):
            answer += piece
        return spoken.version() or "", answer


def test_tls_from_1_2_with_forward_secrecy_and_nothing_else(tmp_path: Path) -> None:
    with open_door(app, tls=tls_of(settings(tmp_path))) as port:
        assert ask(port, client())[0] == "TLSv1.3"
        assert ask(port, client(ssl.TLSVersion.TLSv1_2))[0] == "TLSv1.2"
        for context in (
            client(ssl.TLSVersion.TLSv1_1, "DEFAULT@SECLEVEL=0"),
            client(ssl.TLSVersion.TLSv1_2, "AES128-GCM-SHA256:AES256-SHA"),
        ):
            with pytest.raises(ssl.SSLError):
                ask(port, context)


def test_who_speaks_no_tls_costs_nobody_else_anything(tmp_path: Path) -> None:
    with open_door(app, Bounds(per_address=3, head_seconds=0.5), tls=tls_of(settings(tmp_path))) as port:
        for said in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b""):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
                plain.sendall(said)
                while plain.recv(4096):
                    pass
        assert ask(port, client())[1].endswith(b"ht")


def test_a_certificate_that_changes_is_taken_up_and_a_broken_one_is_not(tmp_path: Path) -> None:
    wanted = settings(tmp_path)
    tls = tls_of(wanted)
    assert isinstance(tls, DoorTls)
    with open_door(app, tls=tls) as port:
        before = ssl.get_server_certificate(("127.0.0.1", port))
        assert not tls.refresh()
        good = tls.files[0].read_bytes()
        tls.files[0].write_bytes(b"half a file")
        os.utime(tls.files[0], (1, 1))
        assert not tls.refresh()
        assert ssl.get_server_certificate(("127.0.0.1", port)) == before
        tls.files[0].write_bytes(good)
        make_certificate(tmp_path)
        os.utime(tls.files[0], (2, 2))
        assert tls.refresh()
        assert ssl.get_server_certificate(("127.0.0.1", port)) != before


def test_files_that_do_not_belong_together_are_refused_in_words(tmp_path: Path) -> None:
    good = settings(tmp_path)
    (tmp_path / "other").mkdir()
    other, _ = make_certificate(tmp_path / "other")
    for certificate in (str(other), str(tmp_path / "none.pem")):
        with pytest.raises(SettingsError, match="certificate cannot be used"):
            tls_of(Settings(tls_certificate=certificate, tls_certificate_key=good.tls_certificate_key))
    with pytest.raises(SettingsError, match="must be set together"):
        read_settings({"COCKET_TLS_CERTIFICATE": "a.pem"})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "customs.example", ""])
def test_no_door_listens_beyond_loopback_in_the_clear_unless_that_is_asked_for(host: str) -> None:
    with pytest.raises(SettingsError, match="without TLS") as caught:
        check_exposure(Settings(), host, "workbench")
    assert "COCKET_TRUSTED_PROXIES" in (caught.value.hint or "")
    for allowed in (
        Settings(allow_plain_http=True),
        Settings(trusted_proxies="10.0.0.5"),
        Settings(tls_certificate="a", tls_certificate_key="b"),
    ):
        check_exposure(allowed, host, "workbench")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_laptop_needs_no_certificate(host: str) -> None:
    check_exposure(Settings(), host, "workbench")


@pytest.mark.parametrize("door", ["api", "workbench"])
def test_the_house_takes_no_such_port(door: str) -> None:
    wanted = read_settings({}, **{f"{door}_host": "0.0.0.0", f"{door}_port": 0, "admin_port": 0})
    with pytest.raises(SettingsError, match="without TLS"):
        take_ports(wanted, (door,))
