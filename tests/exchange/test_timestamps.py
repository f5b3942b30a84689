# SPDX-License-Identifier: Apache-2.0
"""Timestamps of checkpoints, against OpenSSL's own authority."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from cocket.errors import CocketError, PartnerError, ProofError, SettingsError
from cocket.exchange.timestamps import request_timestamp, verify_timestamp
from tests.exchange.authority import Authority, authority, make_authority, stamp
from tests.ledger.logs import grown

pytest.importorskip("rfc3161_client", reason="rfc3161-client is not installed: pip install 'cocket[anchor]'")

CHECKPOINT = grown([7])["checkpoint"]


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("tsa")) as running:
        yield running


@pytest.fixture(scope="module")
def response(tsa: Authority) -> bytes:
    return request_timestamp(tsa.url, CHECKPOINT, tsa.roots)


def test_a_checkpoint_is_stamped_and_the_authority_sees_a_hash_alone(tsa: Authority, response: bytes) -> None:
    found = verify_timestamp(response, CHECKPOINT, tsa.roots)
    assert abs(found.time - datetime.now(UTC)) < timedelta(minutes=10)
    assert (found.policy, found.authority) == ("1.2.3.4.1", "CN=Test TSA")
    assert sha256(CHECKPOINT).digest() in tsa.requests[0]
    assert CHECKPOINT[:20] not in tsa.requests[0]


@pytest.mark.parametrize("chain", [("between",), ("root", "between"), ("between", "root")])
def test_an_authority_whose_answers_bring_a_chain_of_certificates_is_believed_by_its_root(
    tmp_path: Path, chain: tuple[str, ...]
) -> None:
    with authority(tmp_path / "tsa", chain=chain) as running:
        answer = request_timestamp(running.url, CHECKPOINT, running.roots)
    assert "Test TSA" in verify_timestamp(answer, CHECKPOINT, running.roots).authority
    other = make_authority(tmp_path / "other", chain=chain)
    with pytest.raises(ProofError):
        verify_timestamp(answer, CHECKPOINT, other)
    with pytest.raises(ProofError):
        verify_timestamp(answer, CHECKPOINT + b"x", running.roots)


def test_openssl_verifies_what_we_keep(tsa: Authority, response: bytes, tmp_path: Path) -> None:
    import subprocess

    (tmp_path / "checkpoint").write_bytes(CHECKPOINT)
    (tmp_path / "checkpoint.tsr").write_bytes(response)
    words = [
        "openssl",
        "ts",
        "-verify",
        "-data",
        "checkpoint",
        "-in",
        "checkpoint.tsr",
        "-CAfile",
        tsa.folder / "root.pem",
    ]
    said = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "Verification: OK" in said.stdout + said.stderr


def test_a_timestamp_is_of_its_bytes_alone(tsa: Authority, response: bytes) -> None:
    with pytest.raises(ProofError) as refused:
        verify_timestamp(response, CHECKPOINT + b"\n", tsa.roots)
    assert refused.value.code == "timestamp-other"


def test_another_authority_of_the_same_name_is_not_believed(response: bytes, tmp_path: Path) -> None:
    with pytest.raises(ProofError):
        verify_timestamp(response, CHECKPOINT, make_authority(tmp_path / "other"))


def test_each_of_500_changed_bytes_is_refused_or_changes_nothing(tsa: Authority, response: bytes) -> None:
    """Bytes outside what is signed, such as those of status text, may differ; time, hash and signer never do."""
    draw, honest = random.Random(9), verify_timestamp(response, CHECKPOINT, tsa.roots)
    refused = 0
    for _ in range(500):
        changed = bytearray(response)
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
        try:
            found = verify_timestamp(bytes(changed), CHECKPOINT, tsa.roots)
        except CocketError:
            refused += 1
        else:
            assert found == honest
    assert refused > 300


def test_an_answer_to_an_older_request_is_refused(tmp_path: Path) -> None:
    """The nonce: who plays back an old answer for the same bytes is found out."""
    kept: list[bytes] = []

    def replay(body: bytes) -> bytes:
        kept.append(body)
        return kept[0]

    with authority(tmp_path, replay) as lazy:
        request_timestamp(lazy.url, CHECKPOINT, lazy.roots)
        with pytest.raises(ProofError, match=r"[Nn]once"):
            request_timestamp(lazy.url, CHECKPOINT, lazy.roots)


@pytest.mark.parametrize("body", [b"", b"<html>", bytes(100), b"\x30\x80" * 50])
def test_an_answer_that_is_none_is_an_error_of_ours(tmp_path: Path, body: bytes) -> None:
    with authority(tmp_path, lambda _: body) as broken, pytest.raises(ProofError):
        request_timestamp(broken.url, CHECKPOINT, broken.roots)


def test_an_answer_without_end_is_cut_off(tmp_path: Path) -> None:
    with authority(tmp_path, lambda _: bytes(1 << 20)) as endless, pytest.raises(PartnerError) as refused:
        request_timestamp(endless.url, CHECKPOINT, endless.roots)
    assert refused.value.code == "timestamp-slow"


def test_a_refusal_is_told(tsa: Authority) -> None:
    """A request with a hash that the authority does not take."""
    refused = stamp(tsa.folder, b"no request")
    with pytest.raises(PartnerError) as told:
        verify_timestamp(refused, CHECKPOINT, tsa.roots)
    assert told.value.code == "timestamp-refused"


def test_where_nobody_listens_that_is_said(tsa: Authority) -> None:
    with pytest.raises(PartnerError, match="does not answer"):
        request_timestamp("http://127.0.0.1:9/", CHECKPOINT, tsa.roots)


def test_certificates_that_are_none_are_told(response: bytes) -> None:
    with pytest.raises(SettingsError):
        verify_timestamp(response, CHECKPOINT, b"no certificate")
