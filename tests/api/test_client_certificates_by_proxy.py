# SPDX-License-Identifier: Apache-2.0
"""Client certificates through real proxies, with the lines that the documentation shows: HAProxy and nginx."""

from __future__ import annotations

import contextlib
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api import build_app, server
from cocket.gate import make_key, proxies_of
from cocket.pipeline.governance.key_certificates import binding_of, bound_certificate
from cocket.pipeline.intake import machine_access
from tests.api.test_client_certificates import GATE, GRANT, NAME, NOW, OWN, authorities
from tests.houses import Built, build
from tests.simulators.certificates import Issued, issue
from tests.simulators.doors import open_door
from tests.simulators.proxy import haproxy, nginx

__all__ = ["authorities"]

Over = Callable[[Issued | None], httpx.Client]

STRANGER = issue("stranger", dns=NAME)


@pytest.fixture(params=["haproxy", "nginx"])
def over(
    request: pytest.FixtureRequest, tmp_path: Path, authorities: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Over, Built]]:
    """What opens clients of a proxy that show a certificate, and the house behind it."""
    monkeypatch.setattr(server, "_KEY_SECONDS", 0.0)
    monkeypatch.setattr(machine_access, "_KEY_SECONDS", 0.0)
    terms: dict[str, Any] = {"trusted_proxies": "127.0.0.1", "proxy_client_certificates": True}
    made = build(tmp_path / "home", client_ca=authorities, **terms)
    with contextlib.ExitStack() as stack:
        stack.callback(made.house.close)
        port = stack.enter_context(open_door(build_app(made.house), proxies=proxies_of(made.settings)))
        address = stack.enter_context(
            haproxy(tmp_path, port, authorities)
            if request.param == "haproxy"
            else nginx(tmp_path, port, passes_certificates=True)
        )

        def client(shown: Issued | None) -> httpx.Client:
            trust = ssl.create_default_context(cafile=str(tmp_path / "door.pem"))
            if shown is not None:
                trust.load_cert_chain(*shown.files(tmp_path, shown.certificate.subject.rfc4514_string()[3:]))
            return stack.enter_context(httpx.Client(base_url=address, verify=trust, trust_env=False))

        yield client, made


def bound(built: Built, name: str, *bindings: Any) -> str:
    key = make_key(name)
    accounts = built.house.governance.accounts
    accounts.add_key(key, "ACME Ltd", ("supervisor",), ("ACME",))
    for one in bindings:
        assert accounts.bind_key(name, one)
    return key


def status(client: httpx.Client, key: str, headers: list[tuple[str, str]] | None = None) -> int:
    return client.get("/v1/permits", headers=[("authorization", f"Bearer {key}"), *(headers or [])]).status_code


def test_the_certificate_that_a_client_shows_reaches_the_house(over: tuple[Over, Built]) -> None:
    client, built = over
    key = bound(built, "acme", binding_of("san_dns", NAME, NOW))
    own = bound(built, "own", bound_certificate(OWN.pem, NOW))
    gate, nobody = client(GATE), client(None)
    assert [status(gate, key), status(nobody, key), status(client(STRANGER), key)] == [200, 401, 401]
    assert [status(client(OWN), own), status(gate, own), status(nobody, own)] == [200, 401, 401]
    answer = gate.post("/v1/token", data={**GRANT, "client_id": "acme"})
    assert answer.status_code == 200
    token = answer.json()["access_token"]
    assert [status(gate, token), status(nobody, token)] == [200, 401]
    assert nobody.get("/healthz").status_code == 200


def test_one_that_a_client_writes_itself_is_dropped(over: tuple[Over, Built]) -> None:
    client, built = over
    key = bound(built, "acme", binding_of("san_dns", NAME, NOW))
    free = bound(built, "free")
    lie = f":{b64encode(GATE.der).decode()}:"
    forged = [
        [("Client-Cert", lie)],
        [("client-cert", lie), ("CLIENT-CERT", lie)],
        [("Client-Cert", lie), ("Client-Cert-Chain", lie)],
        [("Client-Cert-Chain", lie)],
        [("Client_Cert", lie)],
    ]
    for shown in (None, STRANGER):
        liar = client(shown)
        assert [status(liar, key, fields) for fields in forged] == [401] * len(forged)
        assert [status(liar, free, fields) for fields in forged] == [200] * len(forged)
    gate = client(GATE)
    assert [status(gate, key, fields) for fields in forged] == [200] * len(forged)


def test_a_resumed_session_shows_the_certificate_with_which_it_began(over: tuple[Over, Built], tmp_path: Path) -> None:
    import socket

    client, built = over
    key = bound(built, "acme", binding_of("san_dns", NAME, NOW))
    url = client(None).base_url
    for shown, expected in ((GATE, b"200"), (None, b"401")):
        trust = ssl.create_default_context(cafile=str(tmp_path / "door.pem"))
        trust.maximum_version = ssl.TLSVersion.TLSv1_2
        if shown is not None:
            trust.load_cert_chain(*shown.files(tmp_path, "resuming"))
        session = None
        for is_resumed in (False, True):
            with (
                socket.create_connection(("127.0.0.1", url.port), timeout=10) as plain,
                trust.wrap_socket(plain, server_hostname="localhost", session=session) as secure,
            ):
                assert secure.session_reused == is_resumed
                session = secure.session
                secure.sendall(
                    f"GET /v1/permits HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
                )
                assert secure.recv(100).split()[1] == expected
