# SPDX-License-Identifier: Apache-2.0
"""A filled database of every earlier revision is upgraded and worked on."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg
import pytest

from cocket.cli.base.log_folders import settled_family
from cocket.errors import SettingsError, StoreError
from cocket.pipeline import Instance, open_stores
from cocket.pipeline.base.database_identity import check_house, check_whole
from cocket.pipeline.operations.backups import back_up
from cocket.pipeline.operations.bootstrap import make_ready, open_database
from cocket.pipeline.operations.doctor import diagnose
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.operations.row_mac_upgrade import ROUNDS, ensure_rows
from cocket.pipeline.tracking.worker import Tracker
from cocket.settings import Settings
from cocket.stores import read_keys
from cocket.stores.base import revisions as module
from cocket.stores.base.database import newest_revision
from cocket.stores.base.dossier_rows import LINKS
from cocket.stores.base.revisions import revision_of, revisions
from cocket.stores.base.row_macs import RowMacs
from cocket.stores.base.table_shapes import odd_tables
from cocket.stores.governance.people import API_KEYS
from cocket.stores.operations.row_audits import RowAudits
from tests import filled
from tests.houses import Built, build, officer
from tests.some import some

ALL = [one.number for one in revisions()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A filled house of today, from which those of earlier revisions are made."""
    return filled.fill_house(tmp_path_factory.mktemp("filled") / "home")


@pytest.fixture
def home(made: Built, tmp_path: Path) -> Path:
    """Its home once more, for a database of another revision."""
    return Path(shutil.copytree(made.settings.home, tmp_path / "home"))


def house_on(home: Path, made: Built, url: str) -> Built:
    """The house in this home, over a database that is at today's revision."""
    settings = msgspec.structs.replace(made.settings, home=home)
    stores = open_stores(settings, url, signs_heads=True)
    return Built(settings, url, stores, Instance(stores))


def upgraded(home: Path, made: Built, url: str) -> list[str]:
    """Upgrade a database as the first command does; what was said."""
    said: list[str] = []
    settings = msgspec.structs.replace(made.settings, home=home)
    make_ready(settings, url, is_asked=False, apart=lambda check: check(), tell=said.append)
    return said


#: Revisions at which the rows of a round came under MACs.
SINCE = ("0013", "0017", "0019")


def adopt(settings: Settings, url: str, number: str) -> None:
    """Give rows their MACs of which a house of this revision knew nothing; the others were given theirs at that time."""
    if number >= SINCE[-1]:
        return
    stores = open_stores(settings, url)
    for one, since in zip(ROUNDS, SINCE, strict=True):
        if number < since:
            (settings.keys_folder / one.mark).unlink(missing_ok=True)
        else:
            with stores.database.transaction() as connection:
                stores.places.put(connection, one.place, b"2026-11-01T00:00:00+00:00")
    stores.database.close()
    ensure_rows(settings, url)


@pytest.mark.parametrize("number", ALL)
def test_a_filled_database_of_every_revision_is_upgraded_and_worked_on(number: str, made: Built, home: Path) -> None:
    with filled.of_revision(number, made) as url:
        with psycopg.connect(url) as connection:
            assert revision_of(connection) == number
            had = {table: list(filled.columns(connection, table)) for table in filled.tables(connection)}
            before = filled.content(connection, had)
            assert all(before.values()), "a table is empty"
        said = upgraded(home, made, url)
        assert len(said) == (0 if number == newest_revision() else 1 + len(ALL) - ALL.index(number) - 1)
        with psycopg.connect(url) as connection:
            assert revision_of(connection) == newest_revision()
            assert filled.content(connection, had) == before
        adopt(msgspec.structs.replace(made.settings, home=home), url, number)
        house = house_on(home, made, url)
        check_house(house.settings, url, with_checkpoint=True)
        check_whole(house.settings, url)
        works(house, made)
        house.stores.database.close()


@pytest.fixture(scope="module")
def made_before(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A filled house whose assessments were sealed as in revision 0008."""
    return filled.fill_house(tmp_path_factory.mktemp("before") / "home", is_old=True)


@pytest.mark.parametrize("number", some(ALL, 6))
def test_an_old_dossier_gets_one_more_message_and_the_audit_finds_nothing(
    number: str, made_before: Built, tmp_path: Path
) -> None:
    made = made_before
    home = Path(shutil.copytree(made.settings.home, tmp_path / "home"))
    with filled.of_revision(number, made, is_invented=False) as url:
        upgraded(home, made, url)
        settings = msgspec.structs.replace(made.settings, home=home)
        adopt(settings, url, number)
        house = house_on(home, made, url)
        before = found_in(house)  # rows for which the tables of then had no place
        with house.stores.database.transaction() as connection:
            hits = connection.execute("select consignment, rule from rule_hit order by 1, 2").fetchall()
        assert hits or number < "0006", "no rule fired, so that nothing is shown"
        again = filled.lodge(house, "OLD-1", "OLD-2", then="-B")
        assert {one.outcome for one in again} == {"accepted"}
        house.desk()
        assert sorted(found_in(house) - before) == []
        accounts = house.house.governance.accounts
        with house.stores.database.transaction() as connection:
            people = connection.execute("select id, name, role, office from officer order by id").fetchall()
            orders = connection.execute("select id from control_order where status = 'open' order by id").fetchall()
        assert people, "nobody had an account, so that nothing is shown"
        for name, called, role, office in people:
            accounts.put_officer(name, called, role, office, "another password of today")
            accounts.enable_officer("cli", name, is_enabled=False)
            accounts.enable_officer("cli", name, is_enabled=True)
        for (order,) in orders:
            house.house.control.officer_acts.release(officer("supervisor"), str(order), "nothing there")
        assert sorted(found_in(house) - before) == []
        house.stores.database.close()


def found_in(house: Built) -> set[str]:
    """What an audit of the whole house finds, a line each."""
    audit = RowAudit(house.stores)
    audit.begin_anew()
    while audit.step() is None:
        pass
    return {f"{one.table} {one.id} {one.column}: {one.stands}; sealed {one.sealed}" for one in audit.differences()}


def test_a_newer_database_is_refused_and_left_as_it_is(made: Built, home: Path) -> None:
    with filled.of_revision(newest_revision(), made) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
        had = {table: list(filled.columns(connection, table)) for table in filled.tables(connection)}
        before = filled.content(connection, had)
        with pytest.raises(StoreError, match=r"are of revision 9999.*created by a newer Cocket"):
            upgraded(home, made, url)
        assert filled.content(connection, had) == before


def test_an_upgrade_that_the_operator_wants_to_begin_waits_for_him(made: Built, home: Path) -> None:
    with filled.of_revision("0006", made) as url:
        settings = msgspec.structs.replace(made.settings, home=home, upgrade_at_start=False)
        with pytest.raises(StoreError, match=r"revision 0006.*run cocket upgrade"):
            make_ready(settings, url, is_asked=False, apart=lambda check: check(), tell=print)
        done = make_ready(settings, url, is_asked=True, apart=lambda check: check(), tell=print)
        assert [one.number for one in done] == ALL[6:]


def test_a_backup_of_an_older_database_is_refused_and_upgrades_nothing(
    made: Built, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.stores.postgres.external_server._LIES", {})  # the server of tests does not flush
    with filled.of_revision("0008", made) as url:
        settings = msgspec.structs.replace(made.settings, home=home, database_url=url)
        with pytest.raises(StoreError, match=r"revision 0008.*copy its whole home folder.*pg_dump"):
            back_up(settings, tmp_path / "backup", None, print)
        with psycopg.connect(url) as connection:
            assert revision_of(connection) == "0008"


def test_an_upgrade_is_said_once_it_was_made(made: Built, home: Path) -> None:
    told: list[str] = []
    settings = msgspec.structs.replace(made.settings, home=home)
    with filled.of_revision("0013", made) as url:
        with psycopg.connect(url, application_name="cocket 0007"), pytest.raises(StoreError, match="An older Cocket"):
            make_ready(settings, url, is_asked=True, apart=lambda check: check(), tell=told.append)
        assert told == []
        make_ready(settings, url, is_asked=True, apart=lambda check: check(), tell=told.append)
    assert "was upgraded from revision 0013" in told[-1]


def test_a_database_that_lacks_a_column_at_the_newest_revision_is_refused_in_words(
    made: Built, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.stores.postgres.external_server._LIES", {})  # the server of tests does not flush
    with filled.of_revision(newest_revision(), made) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("alter table api_key rename column record to record_x")
            connection.execute("alter table leaf add constraint zz check (idx >= 0)")
        settings = msgspec.structs.replace(made.settings, home=home, database_url=url)
        told: list[str] = []
        refused = pytest.raises(
            StoreError, match=rf"at revision {newest_revision()}, but .*api_key lacks the column record"
        )
        with refused, open_database(settings, to="upgrade", tell=told.append):
            pass
        assert any("leaf has a further constraint zz" in one for one in told)
        said = [f"{one.state} {one.said}" for one in diagnose(settings) if one.check == "tables"]
        for words in ("lacks the column record", "further column record_x", "further constraint zz"):
            assert any(one.startswith("error ") and words in one for one in said), said
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("alter table api_key rename column record_x to record")
            connection.execute("alter table leaf drop constraint zz")
        said = [f"{one.state} {one.said}" for one in diagnose(settings)]
        assert any(one.startswith("good Every table has") for one in said), said


@pytest.mark.parametrize("name", ["", "cocket 0007"])
def test_no_upgrade_while_an_older_cocket_works(name: str, made: Built, home: Path) -> None:
    with filled.of_revision("0008", made) as url:
        with psycopg.connect(url, application_name=name), pytest.raises(StoreError, match="An older Cocket is using"):
            upgraded(home, made, url)
        with psycopg.connect(url, application_name="psql"):
            assert upgraded(home, made, url)


def test_hosts_that_start_at_once_upgrade_once(made: Built, home: Path) -> None:
    with filled.of_revision("0005", made) as url:
        with ThreadPoolExecutor(4) as hosts:
            said = list(hosts.map(lambda _: upgraded(home, made, url), range(4)))
        done = [line for one in said for line in one if line.startswith("  ")]
        assert sorted(done) == sorted(f"  {one.number} {one.title}" for one in revisions() if one.number > "0005")


def test_an_upgrade_that_was_cut_off_goes_on(made: Built, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with filled.of_revision("0004", made) as url:
        steps = revisions_made(monkeypatch, cut_at="0008")
        with pytest.raises(StoreError, match="the power went"):
            upgraded(home, made, url)
        with psycopg.connect(url) as connection:
            assert revision_of(connection) == "0007"
        monkeypatch.undo()
        upgraded(home, made, url)
        with psycopg.connect(url) as connection:
            assert revision_of(connection) == newest_revision()
        assert steps == ["0005", "0006", "0007", "0008"]


def revisions_made(monkeypatch: pytest.MonkeyPatch, *, cut_at: str) -> list[str]:
    """The revisions that are begun from now on, until one fails."""
    begun: list[str] = []
    step = module._step

    def cut(connection: object, revision: module.Revision) -> None:
        begun.append(revision.number)
        if revision.number == cut_at:
            raise StoreError("the power went")
        step(connection, revision)

    monkeypatch.setattr(module, "_step", cut)
    return begun


@pytest.mark.parametrize("number", ["0001", "0002", "0005", "0008"])
def test_a_house_without_an_identity_is_not_taken_by_another(number: str, made: Built, tmp_path: Path) -> None:
    other = build(tmp_path / "other")  # of the same name, with keys of its own
    with filled.of_revision(number, made) as url:
        with pytest.raises(SettingsError, match=r"not sealed with the keys of .*keys/\w+\.key"):
            upgraded(other.settings.home, other, url)
        with psycopg.connect(url) as connection:
            assert revision_of(connection) == number


def works(house: Built, made: Built) -> None:
    """The upgraded house does all of its work: what it took before keeps its receipt, what is new is taken in."""
    again, new = filled.lodge(house, "OLD-1"), filled.lodge(house, "NEW-1", "NEW-2")
    assert [one.receipt for one in again] == [one.receipt for one in filled.lodge(made, "OLD-1")]
    assert [one.outcome for one in new] == ["accepted", "accepted"]
    house.desk()
    tracker = Tracker(house.stores, is_eager=True)
    tracker.open()
    while tracker.turn(datetime.now(UTC)):
        pass
    with house.stores.database.transaction() as connection:
        size = house.stores.leaves.size(connection)
        lanes = connection.execute(
            "select count(*) from assessment where message = any(%s)", ([one.id for one in new],)
        )
        assert lanes.fetchone() == (2,)
    assert house.sign() == size
    assert settled_family(house.settings.log_folder, []).holds


#: What revision 0013 made before its file was changed: houses were made with it.
UNEDITED_0013 = (
    *(
        f"alter table {table} add column mac bytea"
        for table in (
            "consignment",
            "assessment",
            "control_order",
            "override",
            "result",
            "host_decision",
            "draw_seed",
            "api_key",
            "officer",
            "session",
            "case_file",
            "case_file_key",
            "permit",
            "permit_claim",
            "permit_use",
            "journey",
            "alert",
            "screening_clearance",
            "place",
        )
    ),
    "alter table consignment add column line_mac bytea",
    "alter table permit add column taken_mac bytea",
    "alter table journey add column plan_mac bytea",
    "alter table control_order add column record uuid",
    "alter table override add column record uuid",
    "alter table session add column record uuid",
    """create table row_difference (tbl text not null, id text not null, col text not null, stands text, sealed text,
    leaf bigint, about uuid, found timestamptz not null default now(), primary key (tbl, id, col))""",
    "create index row_difference_about on row_difference (about)",
    """create table row_shadow (tbl text not null, id text not null, about text, leaf bigint not null, body bytea not null,
    mac bytea not null, primary key (tbl, id))""",
    "create index row_shadow_about on row_shadow (about)",
)


def test_a_house_of_a_revision_that_was_changed_later_is_completed(
    made: Built, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.stores.postgres.external_server._LIES", {})  # the server of tests does not flush
    settings = msgspec.structs.replace(made.settings, home=home)
    rows_key = read_keys(settings.keys_folder, with_checkpoint=False).rows
    with filled.of_revision("0013", made, edited=("0013", UNEDITED_0013)) as url:
        settings = msgspec.structs.replace(settings, database_url=url)
        keys = {}
        with psycopg.connect(url) as connection:
            assert "record" not in filled.columns(connection, "api_key")
            former = msgspec.structs.replace(API_KEYS, columns=API_KEYS.columns[:-1])
            for row in connection.execute(f"select {former.read} from api_key order by id").fetchall():
                keys[row[0]] = RowMacs(rows_key).mac(former, row[:-1])
            for name, mac in keys.items():
                connection.execute("update api_key set mac = %s where id = %s", (mac, name))
            forged = sorted(keys)[0]
            connection.execute("update api_key set roles = '{supervisor}' where id = %s", (forged,))
        upgraded(home, made, url)
        rounds = ROUNDS[:-1]  # what its version knew of
        for one in rounds:
            (settings.keys_folder / one.mark).touch()
        stores = open_stores(settings, url)
        with stores.database.transaction() as connection:
            for one in rounds:
                stores.places.put(connection, one.place, b"2026-11-20T00:00:00+00:00")
        stores.database.close()
        told: list[str] = []
        with open_database(settings, to="upgrade", tell=told.append):
            pass
        for column in ("record to api_key", "record to officer", "mac to consignment_message"):
            name, _, table = column.partition(" to ")
            assert f"Added to {table} what an earlier version left out: the column {name}." in told
        stores = open_stores(settings, url)
        with stores.database.transaction() as connection:
            assert not [odd for odd in odd_tables(connection).values() if "lacks" in odd]
            for table in (LINKS, API_KEYS):
                rows = RowAudits().rows(connection, table, None, 1000)
                assert rows
                for row in rows:
                    is_ours = row[0] != forged
                    assert connection.row_macs.agrees(table, row[:-1], row[-1]) == is_ours, (table.table, row[0])
        stores.database.close()
        again: list[str] = []
        with open_database(settings, to="upgrade", tell=again.append):
            pass
        assert not [one for one in again if one.startswith("Added")]


def test_no_column_is_added_to_a_table_of_which_somebody_removed_one(
    made: Built, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.stores.postgres.external_server._LIES", {})
    with filled.of_revision(newest_revision(), made) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("alter table api_key drop column record")
        settings = msgspec.structs.replace(made.settings, home=home, database_url=url)
        refused = pytest.raises(StoreError, match="api_key lacks the column record")
        with refused, open_database(settings, to="upgrade"):
            pass
