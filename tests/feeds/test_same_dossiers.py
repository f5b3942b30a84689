# SPDX-License-Identifier: Apache-2.0
"""A year of a country's history comes by folder, by CSV and by database, and gives the same dossiers.

`COCKET_TEST_HISTORY` says of how many declarations; 60 without it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.consignment import derive
from cocket.feeds import FeedReport, FolderFeed, destination_of, read_mapping
from cocket.feeds.papers import KEPT
from cocket.model import Extension
from cocket.pipeline.consignment.papers import papers_of
from cocket.simulation import Parameters, simulate
from tests.feeds.tables import FEED, csv_feed, database_feed
from tests.houses import Built, build
from tests.postgres import shared_database
from tests.simulators.host_database import Tables, fill_database, repeat_general, take_apart, write_csv

SIZE = int(os.environ.get("COCKET_TEST_HISTORY", "60"))

YEAR = Parameters(
    seed=3, start=date(2025, 1, 1), days=365, size=SIZE, history_size=0, lodged_directly=0.0, random_share=0.3
)

#: A report with the general part again on the row of each item.
WIDE = """
base = "asycuda-world"
declarations.table = "REPORT"
declarations.rows.Item.table = "REPORT"
decisions.table = "REPORT"
results.rows.declaration.table = "REPORT"
"""


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("country")
    simulate(YEAR, out)
    return out / "host"


@pytest.fixture(scope="module")
def tables(country: Path) -> Tables:
    return take_apart(country)


@pytest.fixture(scope="module")
def by_folder(country: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Built, FeedReport]]:
    built = build(tmp_path_factory.mktemp("by-folder"))
    report = FolderFeed(destination_of(built.house), country, FEED, "host").once()
    built.desk()
    yield built, report
    built.house.close()


@pytest.fixture(scope="module", params=["csv", "csv in one wide table", "database", "database in capitals"])
def by_tables(
    request: pytest.FixtureRequest, tables: Tables, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Built, FeedReport]]:
    folder = tmp_path_factory.mktemp("by-tables")
    built = build(folder / "home")
    if request.param == "csv":
        feed = csv_feed(built.house, write_csv(folder / "tables", tables))
    elif request.param == "csv in one wide table":
        (folder / "wide.toml").write_text(WIDE, "utf-8")
        files = write_csv(folder / "tables", tables | {"REPORT": repeat_general(tables)})
        files = [file for file in files if file.stem not in ("SAD_GENERAL_SEGMENT", "SAD_ITEM")]
        feed = csv_feed(built.house, files, read_mapping(folder / "wide.toml"))
    else:
        url = shared_database()
        fill_database(url, tables, is_upper=request.param == "database in capitals")
        feed = database_feed(built.house, url)
    report = feed.once()
    built.desk()
    yield built, report
    built.house.close()


def test_as_much_comes_in_by_tables_as_by_files(
    by_folder: tuple[Built, FeedReport], by_tables: tuple[Built, FeedReport]
) -> None:
    counts = [
        (report.accepted, report.refused, report.repeats, report.decisions, report.unreadable)
        for _, report in (by_folder, by_tables)
    ]
    assert counts[0] == counts[1]
    assert counts[0][0] > SIZE
    assert counts[0][1:3] == (0, 0)


def test_the_dossiers_are_the_same(by_folder: tuple[Built, FeedReport], by_tables: tuple[Built, FeedReport]) -> None:
    expected, found = dossiers(by_folder[0]), dossiers(by_tables[0])
    assert len(expected) >= SIZE
    assert found.keys() == expected.keys()
    for name, dossier in expected.items():
        assert found[name] == dossier, name


def test_what_the_host_decided_and_found_is_the_same(
    by_folder: tuple[Built, FeedReport], by_tables: tuple[Built, FeedReport]
) -> None:
    expected, found = decisions(by_folder[0]), decisions(by_tables[0])
    assert len(expected) == SIZE
    assert any(decision[-1] for decision in expected.values())
    assert found == expected


def test_a_result_is_sealed_among_the_declarations_of_the_day_it_was_returned(
    by_tables: tuple[Built, FeedReport],
) -> None:
    """So the desk, which goes in index order, learns nothing from it before."""
    built, _ = by_tables
    with built.stores.database.transaction() as connection:
        leaves = connection.execute(
            "select l.kind, l.record from leaf l where l.kind in ('message-accepted', 'host-result') order by l.idx"
        ).fetchall()
        days: list[tuple[str, str]] = []
        for kind, record in leaves:
            if kind == "host-result":
                row = msgspec.json.decode(built.stores.leaves.body(connection, record) or b"")
                days.append((kind, row["returned"][:10]))
            else:
                reading = built.stores.messages.get_many(connection, [record])[0]
                days.append((kind, _registered(reading)))
    newest = ""
    for kind, day in days:
        if kind == "message-accepted" and day:
            newest = max(newest, day)
        elif kind == "host-result":
            assert day >= newest, "a result came after a declaration of a later day"


def test_advice_on_the_past_is_dated_today(by_tables: tuple[Built, FeedReport]) -> None:
    built, _ = by_tables
    with built.stores.database.transaction() as connection:
        late = connection.execute(
            "select count(*) from assessment a join message m on m.id = a.message where a.made < m.received"
        ).fetchone()
        kept = connection.execute("select count(*) from host_decision where decided < now() - interval '1 day'")
        assert late == (0,)
        assert kept.fetchone() == (SIZE,)


def dossiers(built: Built) -> dict[str, Any]:
    """What each dossier is derived from and says, by its names; ids, indexes and times of receipt are each house's own.

    Columns that no element has are kept beside a declaration that came by table; a file never had them.
    """
    with built.stores.database.transaction() as connection:
        ids = [row[0] for row in connection.execute("select id from consignment where merged_into is null")]
        found = {}
        for papers in papers_of(built.stores, connection, ids).values():
            dossier = derive(papers)
            said = sorted(
                (
                    repr(_without_columns(paper.document)),
                    paper.standard or "",
                    paper.standing,
                    paper.part,
                    paper.version,
                )
                for paper in papers
            )
            name = " ".join(sorted(f"{kind.kind} {kind.value}" for kind in dossier.references))
            rows = {row.name: sorted((repr(cell) for cell in row.cells), key=str) for row in dossier.rows}
            found[name] = (said, dossier.office, dossier.trader, dossier.goods, dossier.equipment, dossier.value, rows)
    return found


def decisions(built: Built) -> dict[str, tuple[Any, ...]]:
    """What the host decided, by declaration."""
    with built.stores.database.transaction() as connection:
        rows = connection.execute(
            """select value, lane, override, override_reason, decided, is_examined, offence, duty, currency, returned,
            is_found from host_decision"""
        )
        return {row[0]: tuple(row[1:]) for row in rows}


def _registered(message: Any) -> str:
    from cocket.pipeline.base.readings import reading_of

    document = reading_of(message).document
    status = getattr(document, "status", None)
    return status.registered.isoformat() if status and status.registered else ""


def _without_columns(value: Any) -> Any:
    if isinstance(value, tuple):
        kept = (one for one in value if not (isinstance(one, Extension) and f"{KEPT}/" in one.path))
        return tuple(_without_columns(one) for one in kept)
    if isinstance(value, msgspec.Struct) and not isinstance(value, Extension):
        names = type(value).__struct_fields__
        return msgspec.structs.replace(value, **{name: _without_columns(getattr(value, name)) for name in names})
    return value
