# SPDX-License-Identifier: Apache-2.0
"""A signing key in a token: it signs there, and everything that could make it another key, or a copied one, is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cocket.errors import ProofError, SettingsError, StoreError
from cocket.ledger import Signer
from cocket.stores.base.keys import make_keys, read_keys, rotate_checkpoint_key
from cocket.stores.base.tokens import TokenKey, read_uri
from tests.soft_token import PIN, SoftToken

MESSAGE = b"a head of the log"


@pytest.fixture(scope="module")
def soft(tmp_path_factory: pytest.TempPathFactory) -> SoftToken:
    return SoftToken(tmp_path_factory.mktemp("soft"))


def test_a_key_in_a_token_signs_as_any_other_and_its_secret_is_not_known(soft: SoftToken) -> None:
    key = TokenKey(read_uri(soft.uri()))
    signer = Signer("customs.example/log", key)
    Ed25519PublicKey.from_public_bytes(key.public).verify(signer.sign(MESSAGE), MESSAGE)
    with pytest.raises(ProofError, match="never leaves"):
        _ = signer.skey
    assert PIN not in repr(key) and PIN not in repr(read_uri(soft.uri()))
    key.close()
    assert len(key.sign(MESSAGE)) == 64  # it opens the token again
    key.close()


@pytest.mark.parametrize(
    ("key", "token", "code"),
    [
        ("object=none", "token=customs", "token-key"),
        ("object=twice", "token=customs", "token-key-several"),
        ("object=loose", "token=customs", "token-key-extractable"),
        ("object=log", "token=other", "token-gone"),
        ("object=log", "serial=0000", "token-gone"),
    ],
)
def test_another_key_a_second_key_and_one_that_can_be_read_out_are_refused(
    soft: SoftToken, key: str, token: str, code: str
) -> None:
    with pytest.raises((SettingsError, StoreError)) as refused:
        TokenKey(read_uri(soft.uri(key, token)))
    assert refused.value.code == code
    TokenKey(read_uri(soft.uri("object=twice;id=%03"))).close()  # the control: named by its id it is one


def test_a_wrong_pin_is_refused_and_never_repeated(soft: SoftToken, tmp_path: Path) -> None:
    wrong = tmp_path / "pin"
    wrong.write_text("11112222")
    wrong.chmod(0o600)
    with pytest.raises(SettingsError) as refused:
        TokenKey(read_uri(soft.uri(pin=wrong)))
    assert refused.value.code == "token-pin" and "11112222" not in str(refused.value)
    wrong.chmod(0o644)
    with pytest.raises(SettingsError, match="read by others"):
        TokenKey(read_uri(soft.uri(pin=wrong)))
    with pytest.raises(SettingsError, match="cannot be read"):
        TokenKey(read_uri(soft.uri(pin=tmp_path / "none")))
    TokenKey(read_uri(soft.uri())).close()  # the control


def test_a_token_that_is_gone_signs_nothing_and_goes_on_when_it_is_back(soft: SoftToken) -> None:
    key = TokenKey(read_uri(soft.uri()))
    soft.away()
    try:
        for _ in range(2):
            with pytest.raises(StoreError) as refused:
                key.sign(MESSAGE)
            assert refused.value.code == "token-gone"
    finally:
        soft.back()
    assert len(key.sign(MESSAGE)) == 64
    key.close()


def test_a_process_that_was_forked_opens_a_session_of_its_own(soft: SoftToken) -> None:
    key = TokenKey(read_uri(soft.uri()))
    child = os.fork()
    if child == 0:
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(key.sign(MESSAGE), MESSAGE)
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(key.sign(MESSAGE)) == 64
    key.close()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pkcs12:token=a;object=b?module-path=/m&pin-source=/p", "does not begin with pkcs11:"),
        ("pkcs11:token=a;object=b?module-path=/m", "module-path and pin-source are needed"),
        ("pkcs11:object=b?module-path=/m&pin-source=/p", "names the token"),
        ("pkcs11:token=a?module-path=/m&pin-source=/p", "and the key"),
        ("pkcs11:token=a;object=b?module-path=/m&pin-source=/p&pin-value=1234", "does not belong into settings"),
        ("pkcs11:token=a;token=b;object=c?module-path=/m&pin-source=/p", "stands twice"),
        ("pkcs11:token=a;object=b;slot-id=1?module-path=/m&pin-source=/p", "slot-id is not understood"),
    ],
)
def test_a_uri_that_leaves_something_open_or_holds_a_pin_is_refused(text: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_uri(text)
    assert says in refused.value.message and "1234" not in refused.value.message


def test_a_uri_is_read_with_what_is_escaped_in_it() -> None:
    read = read_uri("pkcs11:token=My%20token;object=log;id=%01%ff?module-path=/m.so&pin-source=file:///etc/pin")
    assert (read.token, read.object, read.id, str(read.module), str(read.pin_source)) == (
        "My token",
        "log",
        b"\x01\xff",
        "/m.so",
        "/etc/pin",
    )


def test_the_file_of_the_key_names_the_token_and_the_former_key_signs_beside_it(
    soft: SoftToken, tmp_path: Path
) -> None:
    folder = tmp_path / "keys"
    make_keys(folder)
    file_key = read_keys(folder, with_checkpoint=True).checkpoint
    rotate_checkpoint_key(folder, soft.uri())
    assert (folder / "checkpoint.key").read_text().strip() == soft.uri()
    keys = read_keys(folder, with_checkpoint=True)
    assert isinstance(keys.checkpoint, TokenKey) and keys.former == file_key
    assert read_keys(folder).checkpoint is None  # roles that do not sign heads do not open the token
    (folder / "checkpoint.former.key").unlink()
    with pytest.raises(SettingsError, match="already"):
        rotate_checkpoint_key(folder, soft.uri())
    fresh = tmp_path / "fresh"
    make_keys(fresh, soft.uri())
    assert (fresh / "checkpoint.key").read_text().strip() == soft.uri()
    with pytest.raises(SettingsError):
        make_keys(tmp_path / "bad", soft.uri("object=twice"))
    assert not (tmp_path / "bad" / "checkpoint.key").exists()


@pytest.mark.parametrize("name", ["receipt", "wrapping", "draw"])
def test_no_other_secret_can_be_a_uri(soft: SoftToken, tmp_path: Path, name: str) -> None:
    make_keys(tmp_path / "keys")
    (tmp_path / "keys" / f"{name}.key").write_text(soft.uri())
    with pytest.raises(SettingsError, match="cannot be read"):
        read_keys(tmp_path / "keys", with_checkpoint=True)
