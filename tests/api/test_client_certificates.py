# SPDX-License-Identifier: Apache-2.0
"""Client certificates over HTTP at a real house: over TLS of its own, and passed on by a proxy that is trusted with it."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from structlog.testing import capture_logs

from cocket.api import build_app, server
from cocket.errors import SettingsError
from cocket.gate import make_key, proxies_of, tls_of
from cocket.pipeline.governance.key_certificates import binding_of, bound_certificate, thumbprint_of
from cocket.pipeline.intake import machine_access
from cocket.pipeline.operations import health
from cocket.settings import Settings, read_settings
from tests.houses import Built, build
from tests.simulators.certificates import Issued, issue, make_certificate
from tests.simulators.doors import open_door

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
NAME = "gate.acme.example"
ROOT = issue("Alphaland Root", is_authority=True)
GATE = issue("acme-gate", ROOT, dns=NAME)
OWN = issue("own")
GRANT = {"grant_type": "client_credentials"}

Open = Callable[..., Any]


@pytest.fixture
def authorities(tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(ROOT.pem + OWN.pem)
    return str(path)


@pytest.fixture
def built(tmp_path: Path, authorities: str, request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    monkeypatch.setattr(server, "_KEY_SECONDS", 0.0)
    monkeypatch.setattr(machine_access, "_KEY_SECONDS", 0.0)
    given = getattr(request, "param", {"trusted_proxies": "127.0.0.1", "proxy_client_certificates": True})
    made = build(tmp_path / "home", client_ca=authorities, **given)
    yield made
    made.house.close()


@pytest.fixture
def client(built: Built) -> Iterator[httpx.Client]:
    """What speaks as the proxy does."""
    door = open_door(build_app(built.house), proxies=proxies_of(built.settings))
    with door as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield client


def given(built: Built, name: str = "acme", *, is_bound: bool = True, **terms: Any) -> str:
    key = make_key(name)
    accounts = built.house.governance.accounts
    accounts.add_key(key, "ACME Ltd", ("supervisor",), ("ACME",), **terms)
    if is_bound:
        assert accounts.bind_key(name, binding_of("san_dns", NAME, NOW))
    return key


def passed(*shown: Issued) -> dict[str, str]:
    """The fields by which a proxy passes certificates on."""
    parts = [f":{b64encode(one.der).decode()}:" for one in shown]
    fields = {"client-cert": parts[0]} if parts else {}
    return fields | ({"client-cert-chain": ", ".join(parts[1:])} if parts[1:] else {})


def ask(client: httpx.Client, presented: str, *shown: Issued) -> int:
    headers = {"authorization": f"Bearer {presented}", **passed(*shown)}
    return client.get("/v1/permits", headers=headers).status_code


def by_certificate(client: httpx.Client, *shown: Issued, name: str = "acme") -> httpx.Response:
    """Ask for a token without any secret."""
    return client.post("/v1/token", data={**GRANT, "client_id": name}, headers=passed(*shown))


def test_a_bound_key_is_good_with_its_certificate_alone(client: httpx.Client, built: Built) -> None:
    key = given(built)
    assert [ask(client, key, GATE), ask(client, key), ask(client, key, OWN)] == [200, 401, 401]
    assert ask(client, make_key("acme"), GATE) == 401


def test_a_token_is_given_for_a_certificate_and_is_of_no_use_without_it(client: httpx.Client, built: Built) -> None:
    given(built)
    answer = by_certificate(client, GATE)
    assert answer.status_code == 200
    told = answer.json()
    assert told["cnf"] == {"x5t#S256": thumbprint_of(GATE.der)}
    renewed = issue("acme-gate", ROOT, dns=NAME)
    token = told["access_token"]
    assert [ask(client, token, GATE), ask(client, token), ask(client, token, renewed)] == [200, 401, 401]
    assert by_certificate(client, renewed).status_code == 200
    assert client.post("/v1/token", headers={"authorization": f"Bearer {token}", **passed(GATE)}).status_code == 403


def test_a_token_for_the_key_itself_is_bound_too_and_one_of_a_key_that_needs_none_is_not(
    client: httpx.Client, built: Built
) -> None:
    key, free = given(built), given(built, "free", is_bound=False)
    headers = {"authorization": f"Bearer {key}", **passed(GATE)}
    token = client.post("/v1/token", headers=headers).json()
    assert token["cnf"] == {"x5t#S256": thumbprint_of(GATE.der)}
    assert ask(client, token["access_token"]) == 401
    other = client.post("/v1/token", headers={"authorization": f"Bearer {free}", **passed(GATE)}).json()
    assert "cnf" not in other
    assert ask(client, other["access_token"]) == 200


@pytest.mark.parametrize("name", ["free", "nobody", "acme", "../acme", ""])
def test_nobody_gets_a_token_without_a_secret_and_without_the_certificate(
    client: httpx.Client, built: Built, name: str
) -> None:
    given(built)
    given(built, "free", is_bound=False)
    shown = (OWN,) if name == "acme" else (GATE,)
    assert by_certificate(client, *shown, name=name).status_code == 401
    assert by_certificate(client, name=name).status_code == 401


def test_a_self_signed_certificate_is_as_good_by_its_thumbprint(client: httpx.Client, built: Built) -> None:
    given(built, is_bound=False)
    assert built.house.governance.accounts.bind_key("acme", bound_certificate(OWN.pem, NOW))
    token = by_certificate(client, OWN).json()["access_token"]
    assert [ask(client, token, OWN), ask(client, token, GATE)] == [200, 401]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda: issue("x", ROOT, dns=NAME, begins=-2 * DAY, ends=-DAY), "expired"),
        (lambda: issue("x", ROOT, dns=NAME, begins=DAY), "is valid from"),
        (lambda: issue("x", issue("R", is_authority=True), dns=NAME), "trusted authority"),
        (lambda: issue("x", ROOT, dns=NAME, usage=ExtendedKeyUsageOID.SERVER_AUTH), "extended key usage"),
        (lambda: OWN, "another certificate or name"),
    ],
)
def test_a_refusal_tells_the_caller_nothing_and_the_operator_the_key_and_the_reason(
    client: httpx.Client, built: Built, made: Callable[[], Issued], reason: str
) -> None:
    key = given(built, "acme-gate-of-the-northern-port-terminal")
    shown = made()
    with capture_logs() as logs:
        answer = client.get("/v1/permits", headers={"authorization": f"Bearer {key}", **passed(shown)})
    unknown = client.get("/v1/permits", headers={"authorization": f"Bearer {make_key('nobody')}", **passed(shown)})
    assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content)
    assert answer.status_code == 401
    (line,) = [one for one in logs if one["event"] == "certificate refused"]
    assert line["key"] == "acme-gate-of-the-northern-port-terminal"
    assert reason in line["reason"] and line["thumbprint"] == thumbprint_of(shown.der)
    assert key not in str(logs)


def test_a_name_that_is_taken_away_ends_key_and_tokens_and_freeing_it_is_an_act_of_its_own(
    client: httpx.Client, built: Built
) -> None:
    key, accounts = given(built), built.house.governance.accounts
    token = by_certificate(client, GATE).json()["access_token"]
    assert accounts.bind_key("acme", bound_certificate(OWN.pem, NOW))
    assert accounts.unbind_key("acme", NAME)
    assert [ask(client, key, GATE), ask(client, token, GATE), ask(client, key, OWN)] == [401, 401, 200]
    assert accounts.unbind_key("acme", thumbprint_of(OWN.der))
    assert [ask(client, key, OWN), ask(client, key)] == [401, 401]
    assert accounts.free_key("acme")
    assert ask(client, key) == 200


@pytest.mark.parametrize(
    "built", [{}, {"trusted_proxies": "127.0.0.1"}, {"trusted_proxies": "10.0.0.1"}], indirect=True
)
def test_from_whoever_is_not_trusted_with_it_the_field_is_refused(client: httpx.Client, built: Built) -> None:
    key = given(built, is_bound=False)
    refused = client.get("/v1/permits", headers={"authorization": f"Bearer {key}", **passed(GATE)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "client-cert")
    alone = client.get("/v1/permits", headers={"client-cert-chain": passed(GATE)["client-cert"]})
    assert alone.status_code == 400
    assert ask(client, key) == 200


@pytest.mark.parametrize(
    "field",
    ["", "x", ":x:", "::", ":" + "A" * 12_000 + ":", b64encode(GATE.der).decode()],
    ids=["empty", "letter", "no-base64", "nothing", "long", "bare"],
)
def test_a_field_that_is_malformed_is_refused(client: httpx.Client, built: Built, field: str) -> None:
    headers = {"authorization": f"Bearer {given(built)}", "client-cert": field}
    assert client.get("/v1/permits", headers=headers).status_code in (400, 401)


def test_two_such_fields_are_refused(client: httpx.Client, built: Built) -> None:
    twice = [("authorization", f"Bearer {given(built)}"), *[("client-cert", passed(GATE)["client-cert"])] * 2]
    answer = client.get("/v1/permits", headers=twice)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "field-twice")


def test_health_tells_before_a_certificate_ends(built: Built) -> None:
    def check() -> health.Check | None:
        return next((one for one in health.look(built.stores).checks if one.name == "certificates"), None)

    assert check() is None
    given(built, is_bound=False)
    accounts, ending = built.house.governance.accounts, issue("ending", ends=10 * DAY)
    assert accounts.bind_key("acme", bound_certificate(ending.pem, NOW))
    found = check()
    assert found is not None and found.state == "degraded" and "the key acme expires on" in found.words
    assert accounts.bind_key("acme", bound_certificate(OWN.pem, NOW))
    found = check()
    assert found is not None and found.state == "well"
    for binding in (ending, OWN):
        assert accounts.unbind_key("acme", thumbprint_of(binding.der))
    found = check()
    assert found is not None and "is refused everywhere" in found.words
    assert accounts.revoke_key("acme")
    assert check() is None


@pytest.mark.parametrize("built", [{}], indirect=True)
def test_over_tls_of_our_own_the_connection_shows_it(built: Built, tmp_path: Path, authorities: str) -> None:
    certificate, secret = make_certificate(tmp_path)
    settings = Settings(tls_certificate=str(certificate), tls_certificate_key=str(secret), client_ca=authorities)
    key = given(built)
    with open_door(build_app(built.house), tls=tls_of(settings, asks_clients=True)) as port:

        def over(shown: Issued | None) -> httpx.Client:
            trust = ssl.create_default_context(cafile=str(certificate))
            if shown is not None:
                trust.load_cert_chain(*shown.files(tmp_path, shown.certificate.subject.rfc4514_string()[3:]))
            return httpx.Client(base_url=f"https://localhost:{port}", verify=trust, trust_env=False)

        with over(GATE) as gate, over(None) as nobody, over(OWN) as own, over(issue("stranger")) as stranger:
            token = gate.post("/v1/token", data={**GRANT, "client_id": "acme"}).json()["access_token"]
            assert [ask(gate, key), ask(gate, token)] == [200, 200]
            assert [ask(one, presented) for one in (nobody, own) for presented in (key, token)] == [401] * 4
            assert nobody.get("/healthz").status_code == 200
            with pytest.raises(httpx.TransportError):
                ask(stranger, key)
            assert gate.get("/v1/permits", headers=passed(GATE)).status_code == 400


def test_a_proxy_that_passes_on_what_is_not_trusted_with_addresses_is_a_mistake_of_the_settings() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"COCKET_PROXY_CLIENT_CERTIFICATES": "true"})
    assert "trusted_proxies" in str(refused.value.problems)
