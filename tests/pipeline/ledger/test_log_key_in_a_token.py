# SPDX-License-Identifier: Apache-2.0
"""A log whose heads a token signs: it verifies like any other, and without the token no head is signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocket import ledger
from cocket.errors import StoreError
from cocket.pipeline import LogPublisher, public_keys
from tests.houses import build, envelope, trader
from tests.messages import declaration
from tests.soft_token import SoftToken


def test_heads_are_signed_in_the_token_and_none_without_it(tmp_path: Path) -> None:
    soft = SoftToken(tmp_path)
    made = build(tmp_path / "home", log_key=soft.uri())
    assert (made.settings.keys_folder / "checkpoint.key").read_text().strip() == soft.uri()

    def lodge(reference: str) -> None:
        made.house.intake.messages.take_many([envelope(declaration(reference))], principal=trader("ACME"))

    lodge("R1")
    made.sign()
    note = made.stores.log_files.read(ledger.CHECKPOINT_FILE)
    assert note is not None
    head, _ = ledger.open_checkpoint(note, [ledger.Verifier.from_vkey(public_keys(made.settings)["log"])])
    assert ledger.verify_log(made.stores.log_files.read, made.stores.log_files.paths).holds
    lodge("R2")
    book = LogPublisher(made.stores)
    book.open()
    soft.away()
    try:
        with pytest.raises(StoreError) as refused:
            book.turn()
        assert refused.value.code == "token-gone"
        assert made.stores.log_files.read(ledger.CHECKPOINT_FILE) == note  # the head before still stands
    finally:
        soft.back()
    book.open()
    book.turn()
    later = made.stores.log_files.read(ledger.CHECKPOINT_FILE)
    assert later is not None and later != note
    assert (
        ledger.open_checkpoint(later, [ledger.Verifier.from_vkey(public_keys(made.settings)["log"])])[0].size
        > head.size
    )
    assert ledger.verify_log(made.stores.log_files.read, made.stores.log_files.paths).holds
    made.house.close()
