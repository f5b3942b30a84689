# SPDX-License-Identifier: Apache-2.0
"""Certificates to which keys are bound: which let a machine in, and why each other does not."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from cocket.errors import SenderError, SettingsError
from cocket.pipeline.governance.key_certificates import (
    Authorities,
    CertificateBinding,
    CertificateRefusedError,
    binding_of,
    bound_certificate,
    check_certificate,
    thumbprint_of,
)
from cocket.pipeline.governance.key_terms import KeyTerms, bound, seen, unbound
from tests.damage import with_bytes_changed
from tests.simulators.certificates import Issued, issue

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
ROOT = issue("Alphaland Root", is_authority=True)
BETWEEN = issue("Alphaland Issuing", ROOT, is_authority=True)
FOREIGN = issue("Elsewhere Root", is_authority=True)
GATE = issue("acme-gate", BETWEEN, dns="gate.acme.example")
DNS = binding_of("san_dns", "Gate.ACME.example", NOW)


@pytest.fixture
def authorities(tmp_path: Path) -> Authorities:
    path = tmp_path / "ca.pem"
    path.write_bytes(ROOT.pem + BETWEEN.pem)
    return Authorities(str(path))


def why(authorities: Authorities, shown: tuple[bytes, ...], *bindings: CertificateBinding) -> str:
    """Why what is shown is refused, for the operator."""
    with pytest.raises(CertificateRefusedError) as refused:
        check_certificate(shown, bindings, authorities, NOW)
    return refused.value.message


@pytest.mark.parametrize(
    ("part", "value"),
    [("san_dns", "gate.acme.example"), ("san_dns", "GATE.acme.example"), ("subject_dn", "CN=acme-gate")],
)
def test_a_name_in_a_certificate_of_a_trusted_authority_lets_in(
    authorities: Authorities, part: str, value: str
) -> None:
    used = check_certificate((GATE.der,), (binding_of(part, value, NOW),), authorities, NOW)
    assert used.until == GATE.certificate.not_valid_after_utc


@pytest.mark.parametrize("usage", [ExtendedKeyUsageOID.CLIENT_AUTH, None])
def test_a_self_signed_certificate_lets_in_by_its_thumbprint(authorities: Authorities, usage: object) -> None:
    own = issue("own", usage=usage)  # type: ignore[arg-type]
    binding = bound_certificate(own.pem, NOW)
    assert binding.value == thumbprint_of(own.der)
    assert check_certificate((own.der,), (binding,), Authorities(""), NOW) == binding
    assert "another certificate" in why(authorities, (issue("own").der,), binding)


def test_of_two_bindings_either_lets_in(authorities: Authorities) -> None:
    following = issue("acme-gate", BETWEEN, dns="gate2.acme.example")
    both = (DNS, binding_of("san_dns", "gate2.acme.example", NOW))
    assert [check_certificate((one.der,), both, authorities, NOW).value for one in (GATE, following)] == [
        "gate.acme.example",
        "gate2.acme.example",
    ]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: issue("acme-gate", BETWEEN, dns="gate.acme.example", begins=-2 * DAY, ends=-DAY), "expired at"),
        (lambda: issue("acme-gate", BETWEEN, dns="gate.acme.example", begins=DAY), "is valid from"),
        (lambda: issue("acme-gate", FOREIGN, dns="gate.acme.example"), "does not lead to a trusted authority"),
        (lambda: issue("acme-gate", dns="gate.acme.example"), "does not lead to a trusted authority"),
        (lambda: issue("x", GATE, dns="gate.acme.example"), "does not lead to a trusted authority"),
        (
            lambda: issue("acme-gate", BETWEEN, dns="gate.acme.example", usage=ExtendedKeyUsageOID.SERVER_AUTH),
            "not for proving a client",
        ),
        (lambda: issue("acme-gate", BETWEEN, dns="gate.acme.example", is_authority=True), "is that of an authority"),
        (lambda: issue("acme-gate", BETWEEN, dns="other.acme.example"), "another certificate or name"),
        (lambda: issue("acme-gate", BETWEEN), "another certificate or name"),
    ],
)
def test_each_other_certificate_is_refused_and_the_operator_knows_why(
    authorities: Authorities, made: Callable[[], Issued], said: str
) -> None:
    assert said in why(authorities, (made().der,), DNS)


@pytest.mark.parametrize(("depth", "is_good"), [(1, True), (2, True), (3, False)])
def test_a_chain_is_followed_so_deep_and_no_deeper(tmp_path: Path, depth: int, is_good: bool) -> None:
    path, chain = tmp_path / "ca.pem", [ROOT]
    path.write_bytes(ROOT.pem)
    for number in range(depth):
        chain.append(issue(f"Issuing {number}", chain[-1], is_authority=True))
    leaf = issue("acme-gate", chain[-1], dns="gate.acme.example")
    shown = (leaf.der, *(one.der for one in reversed(chain[1:])))
    if is_good:
        check_certificate(shown, (DNS,), Authorities(str(path)), NOW)
    else:
        assert "does not lead" in why(Authorities(str(path)), shown, DNS)


def test_without_a_certificate_an_authority_or_a_binding_nobody_comes_in(authorities: Authorities) -> None:
    assert why(authorities, (), DNS) == "No certificate was shown."
    assert "No authority is trusted" in why(Authorities(""), (GATE.der,), DNS)
    assert "another certificate or name" in why(authorities, (GATE.der,))


def test_an_authority_that_is_taken_out_of_the_file_is_trusted_no_more(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(ROOT.pem + BETWEEN.pem)
    authorities = Authorities(str(path))
    check_certificate((GATE.der,), (DNS,), authorities, NOW)
    path.write_bytes(FOREIGN.pem)
    os.utime(path, (0, 1))
    assert "does not lead" in why(authorities, (GATE.der,), DNS)
    path.unlink()
    with pytest.raises(SettingsError):
        check_certificate((GATE.der,), (DNS,), authorities, NOW)


def test_whatever_is_shown_as_a_certificate_is_at_most_refused(authorities: Authorities) -> None:
    refused = 0
    dice = random.Random(7)
    for _ in range(500):
        content = with_bytes_changed(dice, GATE.der)
        try:
            check_certificate((content,), (DNS,), authorities, NOW)
        except CertificateRefusedError:
            refused += 1
    assert refused > 400


@pytest.mark.parametrize(
    "content",
    [b"", b"no certificate", ROOT.pem[:100], b"\x30\x03\x02\x01\x01"],
    ids=["empty", "words", "cut", "number"],
)
def test_what_is_no_certificate_is_not_bound(content: bytes) -> None:
    with pytest.raises(SenderError):
        bound_certificate(content, NOW)


def test_a_secret_key_an_expired_certificate_and_one_for_servers_are_not_bound(tmp_path: Path) -> None:
    certificate, secret = issue("own").files(tmp_path, "own")
    both = Path(certificate).read_bytes() + Path(secret).read_bytes()
    old, server = issue("old", begins=-2 * DAY, ends=-DAY), issue("server", usage=ExtendedKeyUsageOID.SERVER_AUTH)
    codes = []
    for content in (both, old.pem, server.pem):
        with pytest.raises(SenderError) as refused:
            bound_certificate(content, NOW)
        codes.append(refused.value.code)
    assert codes == ["certificate-secret", "certificate-expired", "certificate-refused"]


@pytest.mark.parametrize(
    ("part", "value"),
    [("subject_dn", "no name"), ("san_ip", "10.0.0"), ("thumbprint", "x"), ("san_dns", " "), ("x", "y")],
)
def test_what_is_no_name_is_not_bound(part: str, value: str) -> None:
    with pytest.raises(SenderError):
        binding_of(part, value, NOW)


def test_a_key_that_lost_its_last_certificate_still_needs_one() -> None:
    terms = bound(KeyTerms(key="acme"), DNS)
    assert terms.needs_certificate
    with pytest.raises(SenderError):
        bound(terms, DNS)
    left = unbound(terms, DNS.value)
    assert left.needs_certificate and left.certificates == ()
    with pytest.raises(SenderError):
        unbound(left, DNS.value)


def test_the_end_of_a_certificate_that_was_used_is_known_from_then_on(authorities: Authorities) -> None:
    terms = bound(KeyTerms(key="acme"), DNS)
    used = check_certificate((GATE.der,), terms.certificates, authorities, NOW)
    noted = seen(terms, used)
    assert noted is not None and noted.certificates[0].until == GATE.certificate.not_valid_after_utc
    assert seen(noted, used) is None
