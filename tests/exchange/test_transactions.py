# SPDX-License-Identifier: Apache-2.0
"""Accounts and what they sign, beside `eth-account`."""

from __future__ import annotations

import random

import pytest

from cocket.errors import SettingsError
from cocket.exchange.transactions import Account, Transaction, contract_address, rlp, signer_of_text


def test_100_random_transactions_are_signed_as_eth_account_signs_them() -> None:
    peer = pytest.importorskip(
        "eth_account", reason="eth-account is not installed: pip install 'cocket[chain]'"
    ).Account
    draw = random.Random(2)
    for _ in range(100):
        secret = draw.randbytes(32)
        account = Account(secret)
        assert account.address == peer.from_key(secret).address.lower()
        transaction = Transaction(
            chain_id=draw.randrange(1, 1 << 40),
            nonce=draw.randrange(1 << 20),
            to="0x" + draw.randbytes(20).hex() if draw.random() < 0.7 else None,
            data=draw.randbytes(draw.randrange(200)),
            gas=draw.randrange(21000, 1 << 24),
            tip_wei=draw.randrange(1 << 30),
            fee_wei=draw.randrange(1 << 40),
        )
        theirs = {
            "type": 2,
            "chainId": transaction.chain_id,
            "nonce": transaction.nonce,
            "value": 0,
            "data": transaction.data,
            "gas": transaction.gas,
            "maxPriorityFeePerGas": transaction.tip_wei,
            "maxFeePerGas": transaction.fee_wei,
            "to": bytes.fromhex(transaction.to[2:]) if transaction.to else b"",
        }
        assert account.sign(transaction) == bytes(peer.sign_transaction(theirs, secret).raw_transaction)


def test_a_signed_text_is_eth_accounts_and_tells_its_signer() -> None:
    accounts = pytest.importorskip("eth_account", reason="eth-account is not installed: pip install 'cocket[chain]'")
    from eth_account.messages import encode_defunct

    account = Account(bytes([7]) * 32)
    for text in ("", "nonce-17", "é漢" * 40):
        signature = account.sign_text(text)
        assert signature == bytes(accounts.Account.sign_message(encode_defunct(text=text), bytes([7]) * 32).signature)
        assert signer_of_text(text, signature) == account.address
        assert signer_of_text(text + " ", signature) != account.address


def test_what_is_no_signature_tells_no_signer() -> None:
    good = Account(bytes([7]) * 32).sign_text("x")
    draw = random.Random(4)
    assert [signer_of_text("x", wrong) for wrong in (b"", good[:64], bytes(65), good[:64] + b"\x05")] == [None] * 4
    for _ in range(200):
        wrong = bytearray(good)
        wrong[draw.randrange(65)] ^= 1 << draw.randrange(8)
        assert signer_of_text("x", bytes(wrong)) != Account(bytes([7]) * 32).address


def test_a_key_is_read_from_hex_and_never_repeated() -> None:
    assert Account.from_hex("0x" + "07" * 32).address == Account.from_hex("07" * 32 + "\n").address
    for text in ("", "secret words", "00" * 32, "ff" * 32, "07" * 31):
        with pytest.raises(SettingsError) as refused:
            Account.from_hex(text)
        assert not text or text not in str(refused.value)


def test_a_deployed_contracts_address_is_the_published_example() -> None:
    """The first contracts of an account that Ethereum's own tests use."""
    sender = "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"
    assert contract_address(sender, 0) == "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"
    assert contract_address(sender, 1) == "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"


def test_lengths_are_prefixed_as_the_yellow_paper_says() -> None:
    assert rlp(b"dog").hex() == "83646f67"
    assert rlp([b"cat", b"dog"]).hex() == "c88363617483646f67"
    assert rlp(0).hex() == "80"
    assert rlp(1024).hex() == "820400"
    assert rlp(bytes(56))[:2].hex() == "b838"
