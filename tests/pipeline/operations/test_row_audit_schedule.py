# SPDX-License-Identifier: Apache-2.0
"""The nightly audit of rows: when it is due, what it publishes, and that it never ends unseen."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cocket import ledger
from cocket.pipeline import open_stores
from cocket.pipeline.operations import row_audit_schedule as row_watch
from cocket.pipeline.operations.doctor import _rows
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.operations.row_audit_schedule import RowWatch
from cocket.stores.operations.row_audits import RowAudits
from tests.houses import Built, build, envelope, trader

SAMPLE = next((Path(__file__).resolve().parents[2] / "samples" / "wco-dm").glob("*.xml"))


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return build(tmp_path, row_audit_hour=2)


def watch_of(built: Built, said: list[str]) -> RowWatch:
    return RowWatch(open_stores(built.settings, built.dsn, signs_heads=True), said.append)


def test_a_house_never_audited_is_audited_soon_and_then_once_a_day(built: Built) -> None:
    watch, now = watch_of(built, []), datetime.now(UTC)
    assert not watch.is_due(now)
    assert watch.is_due(now + timedelta(minutes=11))
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    last = audit.last()
    assert last is not None
    assert not watch.is_due(last.ended + timedelta(seconds=1))
    nights = [last.ended.replace(hour=2, minute=0, second=1, microsecond=0) + timedelta(days=day) for day in (1, 2)]
    assert all(watch.is_due(night) for night in nights), "also where nobody was up at that hour the night before"
    assert watch_of(built, []).is_due(nights[1] + timedelta(hours=7)), (
        "a house that sleeps at night is audited when it is up"
    )


def test_an_hour_below_zero_turns_it_off(tmp_path: Path) -> None:
    built = build(tmp_path, row_audit_hour=-1)
    assert not watch_of(built, []).is_due(datetime.now(UTC) + timedelta(days=3))


def test_what_it_finds_is_published_and_whatever_it_meets_is_said(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_watch, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(row_watch, "_FIRST_AFTER", timedelta(0))
    monkeypatch.setattr(row_watch, "_REST", 0.0)
    built.house.intake.messages.take_many([envelope(SAMPLE.read_bytes())], principal=trader("ACME"))
    built.sign()
    said: list[str] = []
    watch, is_stopping = watch_of(built, said), threading.Event()
    real, fails = RowAudit.step, [ZeroDivisionError("planned")]

    def step(audit: RowAudit) -> object:
        if fails:
            raise fails.pop()
        return real(audit)

    monkeypatch.setattr(RowAudit, "step", step)
    thread = threading.Thread(target=watch.run, args=(is_stopping,))
    thread.start()
    published = built.settings.log_folder / ledger.TABLES_FILE
    for _ in range(6000):
        if published.exists():
            break
        is_stopping.wait(0.01)
    is_stopping.set()
    thread.join(30)
    assert said == ["The row audit is stalled: a defect in Cocket, ZeroDivisionError"]
    assert b"equal" in published.read_bytes()


def test_rows_and_tables_put_back_as_they_were_are_compared_anew_soon(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_watch, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(row_watch, "_REST", 0.0)
    built.house.intake.messages.take_many([envelope(SAMPLE.read_bytes())], principal=trader("ACME"))
    built.desk()
    built.sign()
    with built.stores.database.transaction() as connection:
        was = connection.execute("select id, lane from consignment").fetchall()
        connection.execute("update consignment set lane = 'blue'")
        connection.execute("alter table control_order alter office set default 'XA1'")
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    assert {one.table for one in audit.differences()} == {"consignment", "control_order"}
    with built.stores.database.transaction() as connection:
        words = [one.said for one in _rows(connection)]
    assert any(one.startswith("The table control_order has the column office as") for one in words)
    assert any(one.startswith(f"consignment {was[0][0]}, column lane, did not agree") for one in words)
    is_stopping = threading.Event()
    thread = threading.Thread(target=watch_of(built, []).run, args=(is_stopping,))
    thread.start()
    try:
        is_stopping.wait(1)
        with built.stores.database.transaction() as connection:
            for identity, lane in was:
                connection.execute("update consignment set lane = %s where id = %s", (lane, identity))
            connection.execute("alter table control_order alter office drop default")
        left = {("", "")}
        for _ in range(1200):
            with built.stores.database.transaction() as connection:
                left = RowAudits().names(connection)
            if not left:
                break
            is_stopping.wait(0.05)
    finally:
        is_stopping.set()
        thread.join(60)
    assert left == set()
    assert RowAudit(built.stores).differences() == []
