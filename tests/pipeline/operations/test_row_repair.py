# SPDX-License-Identifier: Apache-2.0
"""Setting a row right while the log grows: its record stands at a place of its own, never where a padding entry does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cocket.pipeline import LogPublisher
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.operations.row_repair import RowRepair
from tests.houses import build, envelope, officer, trader
from tests.messages import declaration

HEAD = officer("supervisor")


def test_a_row_is_set_right_at_a_place_of_its_own_while_the_log_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = build(tmp_path, head_step=16)
    built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    built.desk()
    built.sign()
    with built.stores.database.transaction() as connection:
        connection.execute("update control_order set lane = 'green'")
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    (found,) = [one for one in audit.differences() if one.column == "lane"]
    room = RowRepair(built.stores)
    work = RowRepair._set_right

    def meanwhile(self: RowRepair, *given: Any) -> Any:
        built.house.intake.messages.take_many([envelope(declaration("R2"))], principal=trader("ACME"))
        book = LogPublisher(built.stores)
        book.open()
        assert book.turn() > 0
        return work(self, *given)

    monkeypatch.setattr(RowRepair, "_set_right", meanwhile)
    done = room.set_row_right(HEAD, found.table, found.id, "forged")
    assert done.columns["lane"] == found.sealed
    with built.stores.database.transaction() as connection:
        (leaf,) = connection.execute("select idx from leaf where kind = 'row-set-right'").fetchone() or (None,)
        assert leaf is not None
        assert leaf not in built.stores.leaves.covers(connection, 0, leaf + 1)
    built.sign()
    while audit.step() is None:
        pass
    assert audit.differences() == []
    built.house.close()
