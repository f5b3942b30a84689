# SPDX-License-Identifier: Apache-2.0
"""Every table × what an insider does to a row of it: found by name, and set right by acts that need no judgement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args
from uuid import uuid4

import pytest

from cocket.control.standing import Standing
from cocket.errors import ProofError, SenderError, StoreError
from cocket.measures.permits import Permit
from cocket.model import HostDecision, Reference
from cocket.pipeline import HostRow, LogPublisher, open_stores
from cocket.pipeline.base.database_identity import check_whole
from cocket.pipeline.base.set_aside import Thing, put_aside
from cocket.pipeline.operations.derived_sets import DERIVED_SETS
from cocket.pipeline.operations.health import look
from cocket.pipeline.operations.row_audit import AuditStatement, RowAudit
from cocket.pipeline.operations.row_repair import RowRepair
from cocket.pipeline.screening.watchlists import Watchlists
from cocket.pipeline.tracking.device_intake import Arrival, Source
from cocket.pipeline.tracking.device_proofs import secret_key
from cocket.pipeline.tracking.device_register import DeviceRegister, key_credential, make_device_key, new_device
from cocket.pipeline.tracking.views import AlertFilter
from cocket.screening import Subject
from cocket.stores.operations.protected import AUDITED
from cocket.stores.operations.row_audits import RowDifference
from cocket.tracking.geometry import Fence
from tests.house.test_row_coverage import PAGE
from tests.houses import envelope
from tests.messages import declaration
from tests.pipeline.consignment.test_manifests import HOST
from tests.pipeline.operations.test_row_audit import AGENCY, HEAD, MINISTRY, Day, a_day, undone
from tests.pipeline.screening.test_lists import ANALYST, LIST
from tests.pipeline.tracking.test_port_calls import DAY as CALLED
from tests.pipeline.tracking.test_port_calls import FAR, PORT, cargo, sentences
from tests.some import some

Name = Literal["update", "delete", "add", "replay"]


def lodge(day: Day, content: bytes) -> None:
    """A host's message comes, and the desk works on it."""
    told = envelope(content, sender="HOST", door="feeds")
    (answer,) = day.house.intake.messages.take_many([told], principal=HOST)
    assert answer.outcome == "accepted"
    day.lorry.built.desk()


def a_fuller_day(home: Path) -> Day:
    """A day on which there was something in every table that the audit knows."""
    day = a_day(home)
    lorry, house = day.lorry, day.house
    house.screening.lists.import_list(ANALYST, "own", LIST)
    lodge(day, declaration("H1"))
    lodge(day, declaration("H2"))
    register = DeviceRegister(lorry.built.stores)
    register.add((new_device("ais-mombasa", "ais"), key_credential(make_device_key())))
    house.tracking.places.put_geofence(HEAD, Fence(name="KEMBA", purpose="port", centre=PORT, radius_m=8_000))
    lodge(day, cargo())
    source = Source(device="ais-mombasa", adapter="ais", topic="iot/ais-mombasa/telemetry", proof="key")
    heard = [
        Arrival(source, int((CALLED + timedelta(hours=hour)).timestamp() * 1_000_000), sentences(hour, FAR))
        for hour in range(-48, 72, 4)
    ]
    lorry.log.append(uuid4(), heard)
    lorry.work(datetime.now(UTC))
    assert house.tracking.devices.positions(HEAD, watch="begin").positions
    register.add_proof_key("dev-1", secret_key("k1", b"s" * 32), timedelta(0))
    clear(day)
    house.control.officers.set_duty(HEAD, "bert", is_on=False)
    with lorry.built.stores.database.transaction() as connection:
        thing = Thing(kind="lapses", subject="orders", what="orders that expired")
        record = put_aside(connection, lorry.built.stores.sealer, "desk", thing, ValueError("planned"))
        lorry.built.stores.leaves.append_records(connection, [record])
    lorry.built.sign()
    return day


@pytest.fixture(scope="module")
def long_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    made = a_fuller_day(tmp_path_factory.mktemp("day") / "home")
    assert made.audit() == []
    yield made
    made.lorry.close()


@pytest.fixture
def day(long_day: Day) -> Iterator[Day]:
    with undone(long_day):
        yield long_day


NEVER = "no act of the house changes such a row, so there is no older version of it"
NO_MAC = "its rows bear no MAC, so an older version is an update like any other"


@dataclass(frozen=True)
class Table:
    """What an insider does to one row of a table, or to some.

    Attributes:
        change: What he sets, in SQL.
        where: Which rows.
        key: Column → expression of SQL, of a row that he adds as a copy.
        newer: What the house does, so that he has an older version to put back; or why there is none.
        how: Act → `adopt` or `remove` where it takes that besides; or why it is not found, or not set right.
    """

    change: str
    where: str
    key: dict[str, str]
    newer: Callable[[Day], object] | str
    how: dict[Name, str] = field(default_factory=dict)


def amend(day: Day, name: str = "H1") -> None:
    """A declaration comes again with other content, which nobody sent before."""
    content = declaration(name, note=f"amended {uuid4()}")
    lodge(day, content.replace(b">1800.5<", f">{uuid4().int % 1000}.5<".encode()))


def clear(day: Day) -> None:
    """An officer says again that a match is none."""
    found = Subject("party", "Betania Looms Company")
    day.house.screening.lists.clear_match(ANALYST, found, ("own", "7"), f"seen in the register {uuid4()}")


def stand_again(day: Day) -> None:
    standing = Standing(scheme="AEO-C", number="7", trader="XATR7", scopes=("export",), valid_from=date(2020, 1, 1))
    day.house.credentials.standings.take_standings(HEAD, [standing])


def report(day: Day) -> None:
    row = HostRow(reference=Reference("MRN", "26XX1"), decision=HostDecision(lane="yellow"))
    day.house.control.host_decisions.take_host_rows([row])


def permit_again(day: Day) -> None:
    for number in ("XALIC77", "XALIC78"):
        more = Permit(agency=AGENCY, type="C400", number=number, quantity=Decimal(77777), unit="KGM")
        day.house.measures.permits.register_permit(MINISTRY, more)


def close_alerts(day: Day) -> None:
    for alert in day.house.tracking.alerts.alerts(HEAD, AlertFilter(state="all")).alerts:
        day.house.tracking.alerts.close_alert(HEAD, alert.id, "false-alarm", "looked at")


def discharge(day: Day) -> None:
    close_alerts(day)
    journey = str(day.one("select id from journey"))
    day.house.tracking.journeys.discharge_journey(HEAD, journey, "arrived", is_irregular=True)


SEED = "the seed is a secret of which only the commitment is sealed: a backup brings it back"
CONTENT = "only the digest of the content is sealed: the list is imported again from its file, and then agrees"

PROOF = "the secret is not sealed: the device is given a new one"
PLACE = "not found: no record has how far a role has got; a role without its place starts again"

HEAD_GONE = "not found: the published checkpoint stands, and the log commits to the next head"

FIRST = "{0} = (select {0} from {1} order by {0} limit 1)"
ID = "gen_random_uuid()"

MATRIX: dict[str, Table] = {
    "consignment": Table("lane = 'green'", "lane is not null", {"id": ID}, lambda day: amend(day, "H2")),
    "consignment_key": Table(
        "value = value || '9'", "is_strong", {"value": "value || '7'", "is_strong": "false"}, NO_MAC
    ),
    "consignment_mark": Table("name = 'X'", "kind = 'IMPORTER'", {"value": "value || '7'"}, NO_MAC),
    "consignment_message": Table(
        "consignment = (select id from consignment c where c.id <> consignment order by id limit 1)",
        FIRST.format("message", "consignment_message"),
        {"consignment": "(select id from consignment c where c.id <> consignment order by id limit 1)"},
        NEVER,
    ),
    "assessment": Table("lane = 'green', is_random = true", FIRST.format("id", "assessment"), {"id": ID}, NEVER),
    "control_order": Table(
        "status = 'released'",
        "status = 'open'",
        {"id": ID, "consignment": ID},
        lambda day: day.house.control.officer_acts.release(HEAD, day.order_of("R3"), "done with"),
        how={"delete": "adopt"},
    ),
    "override": Table(
        "lane = 'red'",
        "true",
        {"consignment": "(select id from consignment where lane is not null and id <> consignment limit 1)"},
        lambda day: day.house.control.officer_acts.override(HEAD, day.lines["R3"], "blue", "after all"),
    ),
    "result": Table("is_found = false", "true", {"id": ID}, NEVER),
    "host_decision": Table("lane = 'green'", "true", {"value": "'X'"}, report),
    "draw_seed": Table(
        "seed = '\\x00'",
        FIRST.format("day", "draw_seed"),
        {"day": "day - 9"},
        NEVER,
        how={"update": SEED, "delete": SEED},
    ),
    "officer": Table(
        "role = 'supervisor'",
        "id = 'anna'",
        {"id": "'eve'"},
        lambda day: day.house.governance.accounts.enable_officer("cli", "bert", is_enabled=False),
    ),
    "api_key": Table(
        "senders = array['OTHER']",
        "id = 'aaaa'",
        {"id": "'cccc'"},
        lambda day: day.house.governance.accounts.grant_senders("aaaa", ["ACME"]),
    ),
    "session": Table(
        "officer = 'bert'",
        "true",
        {"token_hash": "'\\x00'", "record": ID},
        NEVER,
        how={"delete": "not found: a session whose row is gone is over, and its officer signs in again"},
    ),
    "case_file": Table("state = 'valid'", "kind = 'standing'", {"id": ID}, stand_again),
    "case_file_key": Table("value = 'XAOTHER'", "name = 'trader' and value = 'XATR7'", {"value": "'XAOTHER'"}, NEVER),
    "permit": Table("quantity = 1000000", "number = 'XALIC78'", {"id": ID, "number": "'Y'"}, permit_again),
    "permit_claim": Table("version = 9", "version > 0", {"declaration": "'X'"}, amend, how={"add": "remove"}),
    "permit_use": Table(
        "state = 'x'",
        FIRST.format("declaration", "permit_use"),
        {"declaration": "'X'"},
        amend,
    ),
    "journey": Table("state = 'discharged'", "true", {"id": ID}, discharge),
    "journey_device": Table("device = 'dev-2'", "true", {"device": "'dev-2'"}, NO_MAC),
    "alert": Table("state = 'closed', reason = 'false-alarm'", "state <> 'closed'", {"id": "'x' || id"}, close_alerts),
    "alert_consignment": Table(
        "consignment = (select id from consignment c where c.id <> all(select consignment from alert_consignment) limit 1)",
        FIRST.format("consignment", "alert_consignment"),
        {
            "consignment": "(select id from consignment c where c.id <> all(select consignment from alert_consignment) limit 1)"
        },
        NO_MAC,
    ),
    "screening_clearance": Table("ground = 'x'", "true", {"entry": "'9'"}, clear),
    "screening_list": Table(
        "content = ''", "true", {"name": "'other'"}, NO_MAC, how={"update": CONTENT, "delete": CONTENT}
    ),
    "watch": Table("roles = '{}'", "true", {"who": "'eve'"}, NO_MAC),
    "place": Table(
        "value = '0'",
        "name = 'desk'",
        {"name": "'x'"},
        lambda day: day.house.control.officers.set_duty(HEAD, "anna", is_on=False),
        how={"delete": PLACE, "add": "remove"},
    ),
    "device": Table(
        "state = 'suspended'", "id = 'dev-1'", {"id": "'dev-9'", "topic": "'iot/9'", "identity": "'9'"}, NO_MAC
    ),
    "device_credential": Table("until = null", "until is not null", {"digest": "'\\x00ff'"}, NO_MAC),
    "device_proof_key": Table("algorithm = 'EdDSA'", "true", {"kid": "'9'"}, NO_MAC, how={"delete": PROOF}),
    "device_standing": Table("holder = 'eve'", "device = 'dev-1'", {"device": "'dev-2'", "holder": "'eve'"}, NO_MAC),
    "laid_down": Table("is_retired = true", "name = 'TO'", {"version": "version + 1"}, NO_MAC),
    "rule_hit": Table(
        "is_shadow = not is_shadow",
        "true",
        {"wording": "9"},
        NO_MAC,
        how={"add": "not found: hits were not always sealed, so an added one looks like an old one"},
    ),
    "identity": Table(
        "message_id = (select message_id from identity i where i.message_id <> identity.message_id limit 1)",
        "message_id = (select message_id from identity order by message_id desc limit 1)",
        {"content_mac": "'\\x00'", "reference": "null"},
        NEVER,
    ),
    "heads": Table(
        "at = at - interval '1 day'",
        FIRST.format("size", "heads"),
        {"size": "size + 9999999", "upto": "null"},
        NEVER,
        how={"update": "adopt", "delete": HEAD_GONE, "add": "remove"},
    ),
    "era": Table("step = 16", "first = 0", {"first": "first + 1000000"}, NEVER),
    "port_call": Table("name = 'GHOST'", "true", {"source": "'X'"}, NEVER),
    "set_aside": Table("state = 'worked'", "true", {"id": ID, "subject": "'X'"}, NO_MAC),
    "backup": Table("digest = '\\x00'", "true", {"id": ID}, NO_MAC),
    "message": Table(
        "reading = '\\x00'",
        FIRST.format("id", "message"),
        {"id": ID},
        NEVER,
        how={
            "delete": "the content is nowhere else: a backup brings it back, and its leaf names what is missing",
            "add": "remove",
        },
    ),
}


def columns_of(day: Day, table: str) -> list[str]:
    """Columns that may be written."""
    names = day.one(
        "select array_agg(column_name::text order by ordinal_position) from information_schema.columns "
        "where table_schema = 'public' and table_name = %s and is_identity = 'NO'",
        table,
    )
    return list(names)


def do(day: Day, table: str, name: Name) -> int:
    """Do it, past everything; how many rows were changed."""
    act = MATRIX[table]
    past = "set session_replication_role = replica; "
    back = "; set session_replication_role = default"
    if name == "update":
        return day.sql(f"update {table} set {act.change} where {act.where}")
    if name == "delete":
        there = day.one(f"select count(*) from {table} where {act.where}")
        day.sql(f"{past}delete from {table} where {act.where}{back}")
        return int(there)
    columns = columns_of(day, table)
    if name == "add":
        values = ", ".join(act.key.get(one, one) for one in columns)
        before = day.one(f"select count(*) from {table}")
        what = f"insert into {table} ({', '.join(columns)}) select {values} from {table} where {act.where} limit 1"
        day.sql(f"{past}{what}{back}")
        return int(day.one(f"select count(*) from {table}")) - int(before)
    assert callable(act.newer)
    names = ", ".join(columns)
    day.sql(f"create table older_{table} as select {names} from {table}")
    try:
        act.newer(day)
        changed = day.one(
            f"select count(*) from (select {names} from older_{table} except select {names} from {table}) o"
        )
        key = day.one(
            "select array_agg(a.attname::text) from pg_index i join pg_attribute a on a.attrelid = i.indrelid and "
            "a.attnum = any(i.indkey) where i.indrelid = %s::regclass and i.indisprimary",
            table,
        )
        sets = ", ".join(f"{one} = o.{one}" for one in columns)
        same = " and ".join(f"o.{one} = t.{one}" for one in key)
        day.sql(f"update {table} t set {sets} from older_{table} o where {same}")
    finally:
        day.sql(f"drop table older_{table}")
    return int(changed)


#: Tables that are gone over together, so that one insider does much in one night.
GROUPS = tuple(tuple(list(MATRIX)[start::4]) for start in range(4))


def whole(audit: RowAudit) -> AuditStatement:
    while (statement := audit.step()) is None:
        pass
    return statement


def set_right(day: Day, found: list[RowDifference], how: Any = "refuse") -> list[RowDifference]:
    """What is left after every row was set right that can be; a row may follow from another, so by rounds."""
    room = RowRepair(day.lorry.built.stores)
    if how == "refuse":
        repaired = room.set_all_right(HEAD, "by another hand", whole)
        assert repaired.rounds < 4
        left = day.audit()
        assert {(one.table, one.id) for one in left} == {(one.table, one.id) for one in repaired.left}
        assert all(one.reason for one in repaired.left)
        return left
    for _ in range(3):
        done = 0
        for table, identity in dict.fromkeys((one.table, one.id) for one in found):
            try:
                room.set_row_right(HEAD, table, identity, "by another hand", how)
                done += 1
            except (SenderError, StoreError, ProofError) as error:
                assert str(error)
        found = day.audit() if done else found
        if not found or not done:
            break
    return found


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0])
@pytest.mark.parametrize("name", get_args(Name))
def test_what_an_insider_does_to_any_table_is_found_by_name_and_set_right(
    day: Day, name: Name, group: tuple[str, ...]
) -> None:
    tables = [table for table in group if name != "replay" or callable(MATRIX[table].newer)]
    hows = {table: MATRIX[table].how.get(name, "") for table in tables}
    for table in tables:
        assert do(day, table, name) > 0, table
    found = day.audit()
    not_found = {table for table, how in hows.items() if how.startswith("not found")}
    assert _named(found) & set(tables) == set(tables) - not_found
    assert all(one.id for one in found)
    if hows.get("message") == "remove":  # as long as something has no leaf, nothing that was sealed is sure
        refused = RowRepair(day.lorry.built.stores).set_all_right(HEAD, "by another hand", whole)
        assert {one.table for one in refused.left} >= {"message"} and all(one.reason for one in refused.left)
        set_right(day, [one for one in found if one.table == "message"], hows.pop("message"))
        found = day.audit()
    left = set_right(day, found)
    judged = {table for table, how in hows.items() if how} - not_found
    assert _named(left) & set(tables) == judged, left
    for how in ("adopt", "remove"):
        left = (
            set_right(day, [one for one in left if hows.get(one.table) == how], how) if how in hows.values() else left
        )
    reasons = {table for table in judged if hows[table] not in ("adopt", "remove")}
    assert _named(left) == reasons, left


def _named(found: list[RowDifference]) -> set[str]:
    """Tables of differences; a message that is gone is missed by its leaf."""
    return {"message" if one.table == "leaf" else one.table for one in found}


def test_the_matrix_has_every_table_that_the_audit_compares() -> None:
    known = {one.table for one in AUDITED} | {one.table for one in DERIVED_SETS} | {"message"}
    assert MATRIX.keys() >= known


def test_counts_of_the_matrix_are_as_the_page_says() -> None:
    cases = [(table, name) for table in MATRIX for name in get_args(Name)]
    none = sum(name == "replay" and isinstance(MATRIX[table].newer, str) for table, name in cases)
    hows = [how for does in MATRIX.values() for how in does.how.values()]
    judged = sum(how in ("adopt", "remove") for how in hows)
    unseen = sum(how.startswith("not found") for how in hows)
    backup = len(hows) - judged - unseen
    done = len(cases) - none
    said = (
        f"{len(MATRIX)} tables, {done} acts: {done - unseen} are found by name, {done - len(hows)} of them repaired by "
        f"the act alone, {judged} with `--adopt` or `--remove`, {backup} not; {unseen} are not looked for."
    )
    assert said in PAGE.read_text().replace("\n", " "), said


def test_an_override_forged_on_a_dossier_that_was_done_with_is_found_and_set_right(day: Day) -> None:
    day.house.control.officer_acts.release(HEAD, day.order_of("R3"), "done with")
    day.sql("update override set lane = 'red', officer = 'bert' where consignment = %s", day.lines["R3"])
    done = day.lines["R1"]
    assert day.shown("R1").order.status == "done"
    day.sql(
        "insert into override (consignment, lane, reason, officer, at, record) select %s, lane, reason, officer, at, record "
        "from override limit 1",
        done,
    )
    found = day.audit()
    assert {(one.table, one.id) for one in found} == {("override", day.lines["R3"]), ("override", done)}
    assert set_right(day, found) == []
    assert day.one("select count(*) from override where consignment = %s", done) == 0


def test_an_officers_own_override_on_a_dossier_that_is_done_with_agrees(day: Day) -> None:
    day.house.control.officer_acts.override(HEAD, day.lines["R1"], "green", "after the result")
    assert day.audit() == []


@pytest.mark.parametrize("has_mac", [True, False])
def test_an_alert_that_was_closed_and_is_opened_again_by_sql_is_found_and_set_right(day: Day, has_mac: bool) -> None:
    day.sql("create table older as table alert")
    close_alerts(day)
    mac = ", mac = o.mac, acts = o.acts, changed = o.changed" if has_mac else ""
    day.sql(f"update alert a set state = o.state, reason = o.reason{mac} from older o where o.id = a.id")
    day.sql("drop table older")
    found = day.audit()
    assert ("alert", "state") in {(one.table, one.column) for one in found}
    assert {one.sealed for one in found if one.column == "state"} == {"closed"}
    assert set_right(day, found) == []
    assert day.one("select array_agg(distinct state) from alert") == ["closed"]


def test_a_reading_put_under_another_message_is_read_again_from_its_sealed_content(day: Day) -> None:
    one, other = day.one("select array_agg(id::text order by id) from message")[:2]
    was = {row: day.one("select title from consignment where id = %s", row) for row in day.lines.values()}
    day.sql("update message m set reading = o.reading from message o where m.id = %s and o.id = %s", one, other)
    (found,) = [one for one in day.audit() if one.table == "message"]
    assert (found.id, found.column) == (one, "reading")
    done = RowRepair(day.lorry.built.stores).set_row_right(HEAD, found.table, found.id, "exchanged")
    assert done.columns == {"reading": "read again from the sealed content"}
    assert day.audit() == []
    assert was == {row: day.one("select title from consignment where id = %s", row) for row in day.lines.values()}


def test_a_reading_whose_content_is_no_more_says_so(day: Day) -> None:
    message = day.one("select id::text from message order by id limit 1")
    day.sql("update message set reading = '\\x00', content = '\\x00' where id = %s", message)
    assert {"message", "leaf"} <= {one.table for one in day.audit()}
    with pytest.raises((SenderError, ProofError, StoreError)):
        RowRepair(day.lorry.built.stores).set_row_right(HEAD, "message", message, "gone")


def test_a_list_that_was_taken_out_is_imported_again_and_agrees(day: Day) -> None:
    day.sql("delete from screening_list")
    assert {one.table for one in day.audit()} == {"screening_list"}
    day.house.screening.lists.import_list(ANALYST, "own", LIST)
    assert day.audit() == []


def test_a_cached_answer_of_another_hand_is_found_again(day: Day) -> None:
    stores, subjects = day.lorry.built.stores, [Subject("party", "Betania Looms Company")]
    found = day.house.screening.lists.screen(HEAD, subjects)
    assert found[0]
    assert day.sql("update screening_answer set hits = '[]'") > 0
    with stores.database.transaction() as connection:
        assert Watchlists(stores).screen(connection, subjects)


@pytest.mark.parametrize("with_mac", [True, False])
@pytest.mark.parametrize(
    ("table", "column", "key", "where"),
    [
        ("case_file", "body", "id", "kind = 'allocation'"),
        ("draw_seed", "seed", "day", "true"),
        ("assessment", "made", "id", "true"),
        ("host_decision", "returned", "value", "true"),
    ],
)
def test_columns_exchanged_between_two_rows_are_taken_back(
    day: Day, table: str, column: str, key: str, where: str, with_mac: bool
) -> None:
    report(day)
    more = HostRow(reference=Reference("MRN", "26XX9"), decision=HostDecision(lane="red"), returned=CALLED)
    day.house.control.host_decisions.take_host_rows([more])
    columns = [column, *(["mac"] if with_mac else [])]
    day.sql(f"create table was as select * from {table} where {where} order by {key} limit 2")
    if day.one("select count(*) from was") < 2 or day.one(f"select count(distinct {column}) from was") < 1:
        day.sql("drop table was")
        pytest.skip("there are no two such rows in this house")
    sets = ", ".join(f"{one} = w.{one}" for one in columns)
    changed = day.sql(
        f"update {table} t set {sets} from was w where t.{key} in (select {key} from was) and w.{key} <> t.{key}"
    )
    assert changed == 2
    before = {row: day.one(f"select {column} from was where {key} = %s", row) for row in _keys(day, key)}
    day.sql("drop table was")
    found = [one for one in day.audit() if one.table == table]
    assert found
    assert set_right(day, found) == []
    for row, value in before.items():
        assert day.one(f"select {column} from {table} where {key} = %s", row) == value


def _keys(day: Day, key: str) -> list[Any]:
    return list(day.one(f"select array_agg({key}) from was"))


#: Tables under MACs of which a row taken out is no difference, or is not repaired from what was sealed, by why.
_NOT_WHOLE = {table: does.how["delete"] for table, does in MATRIX.items() if "delete" in does.how}


#: Tables of which not all rows can be deleted alone: other rows refer to them, and the database refuses it; and those of
#: which some rows rest on no sealed record, as the page says.
_REFERRED_TO = {"case_file", "device", "journey", "officer", "permit", "permit_claim"}
_IN_PART = {"place"}


@pytest.mark.parametrize(
    "table", some(sorted(({one.table for one in AUDITED} | {"era", "identity"}) - _REFERRED_TO - _IN_PART), 4)
)
def test_a_house_goes_on_and_is_repaired_where_all_rows_of_one_table_were_deleted(day: Day, table: str) -> None:
    built = day.lorry.built
    assert look(built.stores).word != "not-ready"
    assert day.sql(f"delete from {table}") > 0
    stores = open_stores(built.settings, built.dsn, signs_heads=True)
    check_whole(built.settings, built.dsn)
    LogPublisher(stores).check()
    found = day.audit()
    how = _NOT_WHOLE.get(table, "")
    assert (table in _named(found)) is not how.startswith("not found"), found
    if found:
        assert day.rows_check().state == "degraded"
    left = set_right(day, found)
    if how in ("adopt", "remove"):
        left = set_right(day, left, how)
    assert (table in _named(left)) is (how not in ("", "adopt", "remove") and not how.startswith("not found")), left
    lodge(day, declaration(f"ALL-{table}"))
    stores.database.close()


def test_one_act_repairs_what_can_be_judged_only_once_another_row_is_repaired(day: Day) -> None:
    """Marks of a dossier follow from readings, so that they are not judged while a reading is forged."""
    was = day.one("select jsonb_agg(to_jsonb(t) order by kind, value, consignment) from consignment_mark t")
    for table in ("consignment_mark", "message"):
        assert do(day, table, "update") > 0
    repaired = RowRepair(day.lorry.built.stores).set_all_right(HEAD, "by another hand", whole)
    assert (repaired.rounds, repaired.left, repaired.statement.differences) == (2, (), 0)
    assert list(dict.fromkeys(one.table for one in repaired.done)) == ["message", "consignment_mark"]
    assert day.one("select jsonb_agg(to_jsonb(t) order by kind, value, consignment) from consignment_mark t") == was
