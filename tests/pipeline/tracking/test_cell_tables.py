# SPDX-License-Identifier: Apache-2.0
"""Tables of network cells in the house: imported, used by the tracker, withdrawn, and left out when they were altered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cocket.errors import PolicyError, SenderError
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.tracking.cell_tables import CELL_TABLE, CellsInUse
from cocket.tracking import Cell
from tests.houses import officer
from tests.pipeline.tracking.tracked import SUPERVISOR, Tracked, tracked

#: A mast far from the lorry's road.
FAR = b"GSM,639,2,1001,51,0,10.0,50.0,1500,22,1,0,0,0\n"
NEAR = b"GSM,639,2,1001,51,0,30.25,0.0,1500,22,1,0,0,0\n"
HEARD = Cell(mcc=639, mnc=2, area=1001, cell=51)


@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Tracked]:
    found = tracked(tmp_path / "home")
    yield found
    found.close()


def hear(lorry: Tracked) -> set[str]:
    lorry.hear(range(12), cell=((639, 2, 1001, 51, -85),))
    return {one.kind for one in lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts}


def test_a_place_that_the_cells_contradict_is_told_once_a_table_is_there(lorry: Tracked) -> None:
    lorry.activate()
    lorry.house.tracking.cells.import_cells(SUPERVISOR, "Kenya", FAR)
    assert "cell-contradicts-place" in hear(lorry)


def test_without_a_table_or_with_the_right_one_nothing_is_told(lorry: Tracked) -> None:
    lorry.activate()
    lorry.house.tracking.cells.import_cells(SUPERVISOR, "Kenya", NEAR)
    assert hear(lorry) == set()


def test_a_table_is_replaced_and_withdrawn_with_a_reason_and_each_act_is_sealed(lorry: Tracked) -> None:
    cells, stores = lorry.house.tracking.cells, lorry.built.stores
    cells.import_cells(SUPERVISOR, "Kenya", FAR)
    view = cells.import_cells(SUPERVISOR, " Kenya ", NEAR + b"GSM,639,2,1001,52,0,30.5,0.0,1500,2,1,0,0,0\n")
    assert (view.cells, view.countries, view.left_out) == (1, (639,), {"few-samples": 1})
    with stores.database.transaction() as connection:
        table = CellsInUse(stores).table(connection)
    assert table is not None
    place = table.find(HEARD)
    assert place is not None
    assert place.lon == pytest.approx(30.25)
    with pytest.raises(SenderError, match="reason"):
        cells.withdraw_cells(SUPERVISOR, "Kenya", " ")
    assert cells.withdraw_cells(SUPERVISOR, "Kenya", "outdated").is_withdrawn
    with pytest.raises(NotFoundError):
        cells.withdraw_cells(SUPERVISOR, "Kenya", "again")
    with stores.database.transaction() as connection:
        assert CellsInUse(stores).table(connection) is None
    assert len(lorry.built.bodies(CELL_TABLE)) == 3
    assert [one.name for one in cells.cell_tables(officer())] == ["Kenya"]


def test_several_tables_are_one_and_an_altered_one_is_left_out(lorry: Tracked) -> None:
    cells, stores = lorry.house.tracking.cells, lorry.built.stores
    cells.import_cells(SUPERVISOR, "Kenya", NEAR)
    cells.import_cells(SUPERVISOR, "Uganda", NEAR.replace(b"639", b"641"))
    used = CellsInUse(stores)
    with stores.database.transaction() as connection:
        table = used.table(connection)
    assert table is not None
    assert len(table) == 2
    with stores.database.transaction() as connection:
        connection.execute("update place set value = value || 'x'::bytea where name = 'cells Uganda'")
        after = CellsInUse(stores).table(connection)
    assert after is not None
    assert len(after) == 1


def test_who_may_not_and_what_is_none_is_refused(lorry: Tracked) -> None:
    cells = lorry.house.tracking.cells
    with pytest.raises(PolicyError):
        cells.import_cells(officer(), "Kenya", FAR)
    for name in ("", "a/b", "x" * 101):
        with pytest.raises(SenderError, match="name"):
            cells.import_cells(SUPERVISOR, name, FAR)
    with pytest.raises(SenderError):
        cells.import_cells(SUPERVISOR, "Kenya", b"no table")
    assert cells.cell_tables(SUPERVISOR) == ()
