# SPDX-License-Identifier: Apache-2.0
"""The register of devices: who may be taken in, and what each authenticates by; and the certificates it makes."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from cocket.errors import CocketError, SettingsError
from cocket.pipeline.tracking.device_certificates import endpoint_files, issue_certificate, make_ca, read_certificate
from cocket.pipeline.tracking.device_register import (
    DeviceRegister,
    key_credential,
    make_device_key,
    new_device,
    open_register,
)
from tests.corpora import corpora
from tests.houses import Built, build


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return build(tmp_path / "home")


@pytest.fixture
def register(built: Built) -> Iterator[DeviceRegister]:
    found = open_register(built.settings, built.dsn)
    yield found
    found.close()


def add(register: DeviceRegister, name: str, **more: str) -> str:
    key = make_device_key()
    register.add((new_device(name, "jt808", **more), key_credential(key)))
    return key


def test_a_device_is_let_in_by_its_own_key_as_long_as_it_is_active(register: DeviceRegister) -> None:
    key = add(register, "dev-1")
    admission = register.by_key("dev-1", key)
    assert admission is not None
    assert (admission.source.topic, admission.source.proof) == ("iot/dev-1/telemetry", "key")
    assert register.by_key("dev-2", key) is None
    assert register.by_key("dev-1", key[:-1]) is None
    register.put_state("dev-1", "suspended")
    assert register.by_key("dev-1", key) is None
    assert register.no_longer_good([admission]) == {admission}
    register.put_state("dev-1", "active")
    assert register.by_key("dev-1", key) == admission
    assert register.no_longer_good([admission]) == set()
    register.put_state("dev-1", "revoked")
    for act in (
        lambda: register.put_state("dev-1", "active"),
        lambda: register.rotate("dev-1", key_credential("x"), timedelta(0)),
    ):
        with pytest.raises(SettingsError, match="permanently revoked"):
            act()


def test_rotation_lets_both_in_for_a_while(register: DeviceRegister) -> None:
    former, new = add(register, "dev-1"), make_device_key()
    register.rotate("dev-1", key_credential(new), timedelta(hours=1))
    assert register.by_key("dev-1", former)
    assert register.by_key("dev-1", new)
    register.rotate("dev-1", key_credential("newest"), timedelta(0))
    assert register.by_key("dev-1", former) is None
    assert register.by_key("dev-1", "newest")
    with pytest.raises(SettingsError, match="is or was already in use"):
        register.rotate("dev-1", key_credential(former), timedelta(0))


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("dev-1", {}),
        ("DEV-1", {}),
        ("dev-l", {}),
        ("other", {"topic": "iot/dev-1/telemetry"}),
        ("other", {"identity": "dev-1"}),
        ("d\u0435v-2", {}),
        ("dev 2", {}),
        ("dev/2", {"topic": "iot/+/telemetry"}),
        ("dev-2", {"topic": "iot/#"}),
        ("dev-2", {"topic": "$SYS/x"}),
        ("", {}),
    ],
)
def test_what_is_or_looks_like_another_is_not_taken_in(
    register: DeviceRegister, name: str, more: dict[str, str]
) -> None:
    add(register, "dev-1")
    with pytest.raises(CocketError):
        add(register, name, **more)
    assert [view.device.id for view in register.every()] == ["dev-1"]


def test_no_name_that_could_be_confused_is_taken_in(register: DeviceRegister) -> None:
    taken = []
    for line in corpora("hostile", "confusable-names", "manifest.jsonl").read_text("utf-8").splitlines():
        for text in (value for value in json.loads(line).values() if isinstance(value, str)):
            if not text.isascii():
                try:
                    add(register, text)
                    taken.append(text)
                except CocketError:
                    continue
    assert taken == []


def test_a_device_that_proves_nothing_is_marked_so(register: DeviceRegister) -> None:
    key = add(register, "lock-1", identity="013800000007")
    bare = register.by_identity("jt808", "013800000007", None)
    proved = register.by_identity("jt808", "013800000007", key.encode())
    assert bare is not None
    assert proved is not None
    assert (bare.source.proof, proved.source.proof) == ("none", "key")
    assert register.by_identity("eseal", "013800000007", None) is None
    assert register.by_identity("jt808", "013800000007", b"wrong") is None
    register.add((new_device("lock-2", "jt808"), None))
    code = register.by_identity("jt808", "lock-2", b"a code that the platform gave it")
    assert code is not None
    assert code.source.proof == "none"


def test_every_change_is_sealed_without_the_secret(built: Built, register: DeviceRegister) -> None:
    key = add(register, "dev-1")
    register.rotate("dev-1", key_credential("new"), timedelta(hours=1))
    register.put_state("dev-1", "suspended")
    register.put_state("dev-1", "revoked")
    records = [json.loads(body) for body in built.bodies("device")]
    assert [one["act"] for one in records] == ["added", "rotated", "suspended", "revoked"]
    assert records[0]["digest"] == key_credential(key).digest.hex()
    assert key not in json.dumps(records)


def test_the_root_is_made_once_and_vouches_for_door_and_devices(built: Built, tmp_path: Path) -> None:
    files = make_ca(built.settings, ["devices.example", "192.0.2.7"])
    root = files.root.read_bytes()
    assert make_ca(built.settings, ["localhost"]).root.read_bytes() == root
    issued = issue_certificate(built.settings, "dev-1", tmp_path / "dev-1")
    assert read_certificate(tmp_path / "dev-1" / "dev-1.pem") == issued
    assert (tmp_path / "dev-1" / "ca.pem").read_bytes() == root
    ours = x509.load_pem_x509_certificate(root)
    for path in (endpoint_files(built.settings).door, tmp_path / "dev-1" / "dev-1.pem"):
        x509.load_pem_x509_certificate(path.read_bytes()).verify_directly_issued_by(ours)
    for secret in (files.root_key, files.door_key, tmp_path / "dev-1" / "dev-1.key"):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_a_certificate_lets_its_device_in_and_no_other(built: Built, register: DeviceRegister, tmp_path: Path) -> None:
    make_ca(built.settings, ["localhost"])
    for name in ("dev-1", "dev-2"):
        credential = issue_certificate(built.settings, name, tmp_path / name)
        if name == "dev-1":
            register.add((new_device(name, "jt808"), credential))
    der = [
        x509.load_pem_x509_certificate((tmp_path / name / f"{name}.pem").read_bytes()).public_bytes(Encoding.DER)
        for name in ("dev-1", "dev-2")
    ]
    found = register.by_certificate(der[0])
    assert found is not None
    assert (found.source.device, found.source.proof) == ("dev-1", "certificate")
    assert register.by_certificate(der[1]) is None


def test_certificates_need_a_root_and_a_host_that_is_one(built: Built, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no root"):
        issue_certificate(built.settings, "dev-1", tmp_path)
    with pytest.raises(SettingsError, match="not a host name or address"):
        make_ca(built.settings, ["g\u00fcnther.example"])
    (tmp_path / "x.pem").write_text("nothing")
    with pytest.raises(SettingsError, match="no certificate"):
        read_certificate(tmp_path / "x.pem")
