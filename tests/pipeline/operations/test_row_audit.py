# SPDX-License-Identifier: Apache-2.0
"""An insider writes to the database: each act is found by name, and what shows at a page is not believed there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, cast
from uuid import UUID

import pytest

from cocket.control.standing import Standing
from cocket.errors import PolicyError, ProofError, RowDiffersError, SenderError, StoreError
from cocket.governance import Principal
from cocket.measures.permits import Permit
from cocket.model import HostDecision, Reference
from cocket.pipeline import HostRow, Instance, NewResult, QueueFilter
from cocket.pipeline.base.wiring import open_stores
from cocket.pipeline.ledger.reimport import reimport
from cocket.pipeline.measures.doubt_views import NewDoubt
from cocket.pipeline.operations.backup_files import Statement
from cocket.pipeline.operations.derived_sets import DERIVED_SETS
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.operations.health import Check, Gaps, Sight, check_rows
from cocket.pipeline.operations.restore import RecoveryPoint, TakenOver, _give_up
from cocket.pipeline.operations.row_audit import AuditStatement, RowAudit
from cocket.pipeline.operations.row_mac_upgrade import adopt_rows
from cocket.pipeline.operations.row_repair import RowRepair
from cocket.pipeline.tracking.device_register import DeviceRegister, key_credential, make_device_key
from cocket.pipeline.tracking.views import AlertFilter
from cocket.stores.base.row_macs import RowMacs
from cocket.stores.base.table_shapes import TABLES
from cocket.stores.ledger.leaf_repair import bring_back, without_leaf
from cocket.stores.ledger.leaves import PROMISES
from cocket.stores.operations.backups import MadeBackup, remember
from cocket.stores.operations.protected import AUDITED, PROTECTED
from cocket.stores.operations.row_audits import RowDifference
from cocket.tracking.adapters.open_e_seal import SealPart
from tests.houses import envelope, officer, put_permit_issuers, trader
from tests.messages import declaration
from tests.pipeline.tracking.tracked import Tracked, tracked
from tests.some import some

HEAD, OFFICER = officer("supervisor"), officer()
AGENCY = "Ministry of Trade"
MINISTRY = Principal(id="key-9", kind="key", roles=("agency",), senders=(AGENCY,))
PASSWORD = "a password that is long"
TOMORROW = datetime.now(UTC).date() + timedelta(days=30)


@dataclass(frozen=True)
class Day:
    """A house after a day on which most things happened once.

    Attributes:
        lorry: The house, with its tracker.
        lines: Consignments by reference.
        token: Of a session.
    """

    lorry: Tracked
    lines: dict[str, str]
    token: str

    @property
    def house(self) -> Instance:
        return self.lorry.house

    def sql(self, statement: str, *values: Any) -> int:
        """What an insider does, past everything; how many rows it changed."""
        with self.lorry.built.stores.database.transaction() as connection:
            return connection.execute(statement, values).rowcount  # type: ignore[arg-type]

    def one(self, question: str, *values: Any) -> Any:
        with self.lorry.built.stores.database.transaction() as connection:
            row = connection.execute(question, values).fetchone()  # type: ignore[arg-type]
        return row[0] if row else None

    def columns(self, table: str, key: str, name: str = "id") -> dict[str, Any]:
        """A row as it stands."""
        return dict(self.one(f"select to_jsonb(t) from {table} t where {name}::text = %s", key))

    def audit(self) -> list[RowDifference]:
        """Every difference after a whole pass."""
        audit = RowAudit(self.lorry.built.stores)
        while audit.step() is None:
            pass
        return audit.differences()

    def statement(self) -> AuditStatement:
        """What the last whole pass said."""
        statement = RowAudit(self.lorry.built.stores).last()
        assert statement is not None
        return statement

    def rows_check(self) -> Check:
        """What health says of rows."""
        stores = self.lorry.built.stores
        with stores.database.transaction() as connection:
            return check_rows(Sight(stores, connection, datetime.now(UTC), (), cast("Gaps", None)))

    def found(self) -> set[tuple[str, str]]:
        """Tables and columns of the differences."""
        return {(one.table, one.column) for one in self.audit()}

    def order_of(self, reference: str) -> str:
        order = self.shown(reference).order
        assert order is not None
        return str(order.id)

    def shown(self, reference: str) -> Any:
        """A consignment as the queue shows it."""
        lines = self.house.queries.records.queue(HEAD, QueueFilter(state="all")).lines
        return next(line for line in lines if line.id == self.lines[reference])


def consignment_of(lorry: Tracked, reference: str) -> str:
    answer = lorry.house.intake.messages.take_many([envelope(declaration(reference))], principal=trader("ACME"))[0]
    lorry.built.desk()
    (consignment,) = lorry.house.queries.records.message(HEAD, answer.id).consignment_ids
    return consignment


def backed_up(lorry: Tracked) -> None:
    """A backup is sealed and remembered, as its command does last."""
    stores = lorry.built.stores
    told = Statement(manifest="ab" * 32, house="house", leaves=1, bytes=100, kind="files")
    record = stores.sealer.record("backup", "cli", told)
    made = MadeBackup(
        id=record.leaf.record,
        at=datetime.now(UTC),
        leaves=1,
        size_bytes=100,
        kind="files",
        place="/srv/backups",
        digest=bytes.fromhex(told.manifest),
    )
    with stores.database.transaction() as connection:
        remember(connection, made)
        stores.leaves.append_records(connection, [record])


def a_day(home: Path) -> Day:
    lorry = tracked(home, red_per_day=1000, yellow_per_day=1000, random_share=0.5)
    house = lorry.house
    house.governance.accounts.put_officer("anna", "Anna", "officer", None, PASSWORD)
    house.governance.accounts.put_officer("bert", "Bert", "officer", "XA1", PASSWORD)
    house.governance.accounts.add_key("cocket_aaaa_secret", "A trader", ["trader"], ["ACME"])
    house.governance.accounts.add_key("cocket_bbbb_secret", "Another", ["trader"], ["OTHER"])
    house.governance.accounts.grant_senders("aaaa", ["ACME", "ACME 2"])
    house.governance.accounts.revoke_key("bbbb")
    house.credentials.standings.take_standings(
        HEAD, [Standing(scheme="AEO-C", number="7", trader="XATR7", scopes=("import",), valid_from=date(2020, 1, 1))]
    )
    house.credentials.standings.suspend_standing(HEAD, "AEO-C/7", "books refused")
    put_permit_issuers(lorry.built, (AGENCY, "C400"))
    for number, quantity in (("XALIC77", 40000), ("XALIC78", 10)):
        house.measures.permits.register_permit(
            MINISTRY, Permit(agency=AGENCY, type="C400", number=number, quantity=Decimal(quantity), unit="KGM")
        )
    lines = {name: consignment_of(lorry, name) for name in ("R1", "R2", "R3", "R4", "R5")}
    day = Day(lorry, lines, "")
    house.control.officer_acts.record_result(
        OFFICER,
        day.order_of("R1"),
        NewResult(depth="full", found=True, offence="revenue", duty_recovered="1250.50", currency="NZD"),
    )
    house.control.officer_acts.release(HEAD, day.order_of("R2"), "nothing there")
    house.control.officer_acts.override(HEAD, lines["R3"], "green", "known trader")
    house.control.host_decisions.take_host_rows(
        [HostRow(reference=Reference("MRN", "26XX1"), decision=HostDecision(lane="red"))]
    )
    lorry.activate()
    lorry.hear(range(10))
    lorry.hear(range(10, 12), seal=SealPart(n="S1", lock=0))
    alert = house.tracking.alerts.alerts(HEAD, AlertFilter(state="all")).alerts[0]
    house.tracking.alerts.acknowledge(HEAD, alert.id)
    asked = NewDoubt(item=1, to="Importer", question="How was it made?", papers=("contract",), answer_by=TOMORROW)
    house.measures.doubts.raise_doubt(OFFICER, lines["R4"], asked)
    register = DeviceRegister(lorry.built.stores)
    register.rotate("dev-2", key_credential(make_device_key()), timedelta(hours=1))
    backed_up(lorry)
    session = house.governance.accounts.sign_in("anna", PASSWORD, "127.0.0.1")
    assert session is not None
    lorry.built.sign()
    return replace(day, token=session.token)


@pytest.fixture
def fresh_day(tmp_path: Path) -> Iterator[Day]:
    made = a_day(tmp_path / "home")
    yield made
    made.lorry.close()


@pytest.fixture(scope="module")
def long_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    made = a_day(tmp_path_factory.mktemp("day") / "home")
    assert made.audit() == []
    yield made
    made.lorry.close()


@pytest.fixture
def day(long_day: Day) -> Iterator[Day]:
    """The same house for every test; whatever is done to its tables is undone."""
    with undone(long_day):
        yield long_day


def test_a_busy_day_agrees_with_its_records(day: Day) -> None:
    assert day.audit() == []
    statement = RowAudit(day.lorry.built.stores).last()
    assert statement is not None
    assert statement.differences == 0
    assert statement.rows > 40


RAISED = (
    "update case_file set state = 'valid', body = replace(convert_from(body, 'UTF8'), 'books refused', 'fine')::bytea "
    "where kind = 'standing'"
)

#: What an insider does → table and column under which the audit names it.
ACTS: dict[str, tuple[str, tuple[str, str]]] = {
    "an order is released": (
        "update control_order set status = 'released' where status = 'open'",
        ("control_order", "status"),
    ),
    "a released order is deleted": ("delete from control_order where status = 'released'", ("control_order", "")),
    "an override is forged": (
        (
            "insert into override (consignment, lane, reason, officer, at) select id, 'green', 'fine', 'anna', now() from consignment "
            "where lane is not null and id not in (select consignment from override) limit 1"
        ),
        ("override", ""),
    ),
    "an override is changed": ("update override set lane = 'red'", ("override", "lane")),
    "an override is deleted": ("delete from override", ("override", "")),
    "a result is changed": ("update result set is_found = false, duty = null", ("result", "is_found")),
    "a result is added": (
        (
            "insert into result (id, consignment, at, is_examined, is_found) select gen_random_uuid(), id, now(), true, false "
            "from consignment limit 1"
        ),
        ("result", ""),
    ),
    "a result is deleted": ("delete from result", ("result", "")),
    "an assessment's lane is changed": ("update assessment set lane = 'green'", ("assessment", "lane")),
    "an assessment is deleted": (
        "delete from assessment where id in (select assessment from consignment limit 1)",
        ("assessment", ""),
    ),
    "a lane is changed": ("update consignment set lane = 'green'", ("consignment", "lane")),
    "a dossier is deleted": ("delete from consignment where lane is not null", ("consignment", "")),
    "a dossier is hidden": (
        "update consignment set merged_into = gen_random_uuid() where lane is not null",
        ("consignment", "merged_into"),
    ),
    "a dossier is cancelled": ("update consignment set is_cancelled = true", ("consignment", "")),
    "a standing is raised": ("update case_file set state = 'valid' where kind = 'standing'", ("case_file", "state")),
    "a standing is deleted": (
        "delete from case_file_key; delete from case_file where kind = 'standing'",
        ("case_file", ""),
    ),
    "a standing is added": (
        (
            "insert into case_file (id, kind, state, opened, changed, body) "
            "select gen_random_uuid(), kind, 'valid', opened, changed, body from case_file where kind = 'standing'"
        ),
        ("case_file", ""),
    ),
    "a trader is put on another's standing": (
        "insert into case_file_key (name, value, file) select 'trader', 'XAOTHER', id from case_file where kind = 'standing'",
        ("case_file_key", ""),
    ),
    "a host's word is changed": ("update host_decision set lane = 'green'", ("host_decision", "lane")),
    "a host's word is forged": (
        "insert into host_decision (kind, value, lane) values ('MRN', 'X', 'green')",
        ("host_decision", ""),
    ),
    "a permit is widened": ("update permit set quantity = 1000000 where number = 'XALIC78'", ("permit", "quantity")),
    "a permit's balance is raised": ("update permit set quantity_taken = 0.5 where number = 'XALIC77'", ("permit", "")),
    "a journey arrives": ("update journey set state = 'arrived', arrived = now()", ("journey", "state")),
    "a guarantee is freed": ("update journey set guarantee = 'released'", ("journey", "guarantee")),
    "a journey's plan is changed": (
        "update journey set plan = replace(convert_from(plan, 'UTF8'), 'TO', 'TI')::bytea",
        ("journey", "plan"),
    ),
    "an alert is closed": ("update alert set state = 'closed', reason = 'false-alarm'", ("alert", "state")),
    "an alert is withdrawn": ("update alert set is_withdrawn = true", ("alert", "is_withdrawn")),
    "an alert is deleted": ("delete from alert", ("alert", "")),
    "a seed is changed": (f"update draw_seed set seed = '\\x{'00' * 32}'", ("draw_seed", "commitment")),
    "an officer is made supervisor": ("update officer set role = 'supervisor' where id = 'anna'", ("officer", "role")),
    "an officer's office is taken off": ("update officer set office = null where id = 'bert'", ("officer", "office")),
    "a password is changed": ("update officer set password_hash = 'x' where id = 'anna'", ("officer", "secret")),
    "an officer is made": (
        "insert into officer (id, name, role, password_hash, created) values ('eve', 'Eve', 'supervisor', 'x', now())",
        ("officer", ""),
    ),
    "a key is widened": (
        "update api_key set senders = array['ACME', 'OTHER'] where id = 'aaaa'",
        ("api_key", "senders"),
    ),
    "a key is brought back": ("update api_key set revoked = null where id = 'bbbb'", ("api_key", "is_revoked")),
    "a session is made": (
        (
            "insert into session (token_hash, officer, csrf, created, expires, record) "
            "select '\\x00', officer, csrf, created, expires, record from session"
        ),
        ("session", ""),
    ),
    "a session changes hands": ("update session set officer = 'bert'", ("session", "officer")),
    "a MAC is removed": ("update control_order set mac = null", ("control_order", "")),
    "MACs are exchanged": (
        "update control_order o set mac = (select p.mac from control_order p where p.id <> o.id limit 1)",
        ("control_order", ""),
    ),
    "a leaf is back-dated": (
        "update leaf set at = at - interval '30 days' where kind = 'look' or kind = 'result'",
        ("leaf", "at"),
    ),
    "a leaf's kind is changed": ("update leaf set kind = 'look' where kind = 'override'", ("leaf", "kind")),
    "a leaf's actor is changed": ("update leaf set actor = 'eve' where kind = 'release'", ("leaf", "actor")),
    "a leaf's commitment is changed": ("update leaf set seal = digest where kind = 'result'", ("leaf", "")),
    "a record is deleted": ("delete from record where kind = 'override'", ("leaf", "")),
    "a record is put to another dossier": (
        "update record set about = gen_random_uuid() where kind = 'override'",
        ("record", "about"),
    ),
    "a record is back-dated": (
        "update record set at = at - interval '1 day' where kind = 'override'",
        ("record", "at"),
    ),
    "a role's place is moved": ("update place set value = '0' where name = 'desk'", ("place", "")),
}


@pytest.mark.parametrize("act", ACTS)
def test_each_act_of_an_insider_is_found_by_name(day: Day, act: str) -> None:
    statement, name = ACTS[act]
    assert day.sql(statement) > 0
    assert name in day.found()


@dataclass(frozen=True)
class Act:
    """What an insider does, under what it is found, and how it is set right.

    Attributes:
        sql: What he does.
        found: Table and column under which the audit names it, with a row.
        how: `refuse` where sealed records tell all; `adopt` or `remove` where it takes that act; None where only a backup helps.
    """

    sql: str
    found: tuple[str, str]
    how: Literal["refuse", "adopt", "remove"] | None = "refuse"


_COPY = "insert into case_file (id, kind, state, opened, changed, body, consignment) select gen_random_uuid(),"
_KEYS_OF = "delete from case_file_key where file in (select id from case_file where kind"

_MESSAGE = "(select min(idx) from leaf where kind = 'message-accepted')"

INSIDER: dict[str, Act] = {
    "an allocation is deleted": Act(
        f"{_KEYS_OF} = 'allocation'); delete from case_file where kind = 'allocation'", ("case_file", "")
    ),
    "an order is given to another examiner": Act(
        (
            "update case_file set body = replace(replace(replace(convert_from(body, 'UTF8'), 'anna', 'eve'), 'bert', 'eve'), "
            "'eve', 'eve')::bytea where kind = 'allocation'"
        ),
        ("case_file", "examiner"),
        None,
    ),
    "a doubt is deleted": Act(
        f"{_KEYS_OF} = 'value-doubt'); delete from case_file where kind = 'value-doubt'", ("case_file", "")
    ),
    "a doubt asks something else": Act(
        (
            "update case_file set body = replace(convert_from(body, 'UTF8'), 'How was', 'Who')::bytea "
            "where kind = 'value-doubt'"
        ),
        ("case_file", "digest"),
    ),
    "a doubt is closed": Act(
        "update case_file set state = 'closed' where kind = 'value-doubt'", ("case_file", "state")
    ),
    "a doubt is moved to another dossier": Act(
        (
            "update case_file set consignment = (select id from consignment where lane is not null and "
            "id <> case_file.consignment limit 1) where kind = 'value-doubt'"
        ),
        ("case_file", "consignment"),
    ),
    "a doubt is forged": Act(
        f"{_COPY} kind, state, opened, changed, body, consignment from case_file where kind = 'value-doubt'",
        ("case_file", ""),
    ),
    "what screening found is forged": Act(
        f"{_COPY} 'screening', 'open', opened, changed, '{{}}', consignment from case_file where kind = 'value-doubt'",
        ("case_file", ""),
        "remove",
    ),
    "a doubt is found no longer by its trader": Act(
        f"{_KEYS_OF} = 'value-doubt') and name = 'trader'", ("case_file_key", "")
    ),
    "an allocation is found no longer by its order": Act(
        f"{_KEYS_OF} = 'allocation') and name = 'ORDER'", ("case_file_key", "")
    ),
    "a standing is found by another trader": Act(
        "update case_file_key set value = 'XAOTHER' where name = 'trader' and value = 'XATR7'", ("case_file_key", "")
    ),
    "another trader is put on a standing": Act(ACTS["a trader is put on another's standing"][0], ("case_file_key", "")),
    "a declaration's claim is deleted": Act(
        "delete from permit_use; delete from permit_claim where version > 0", ("permit_claim", "")
    ),
    "a declaration's claim is made newer": Act(
        "update permit_claim set version = 9 where version > 0", ("permit_claim", "version")
    ),
    "a declaration's claim was given back": Act(
        "update permit_claim set is_returned = true where version > 0", ("permit_claim", "is_returned")
    ),
    "a use of a permit is deleted": Act("delete from permit_use", ("permit_use", "")),
    "a permit's balance is raised": Act(
        "update permit set quantity_taken = 0.5 where number = 'XALIC77'", ("permit", "quantity_taken")
    ),
    "a permit's terms are changed": Act(
        ("update permit set body = replace(convert_from(body, 'UTF8'), 'KGM', 'TNE')::bytea where number = 'XALIC78'"),
        ("permit", "digest"),
    ),
    "links of messages are removed": Act("delete from consignment_message", ("consignment_message", "")),
    "a message is moved to another dossier": Act(
        (
            "update consignment_message set consignment = (select id from consignment where lane is not null and "
            "id <> consignment_message.consignment limit 1) where message = (select message from assessment limit 1)"
        ),
        ("consignment_message", ""),
    ),
    "a rule's hit is deleted": Act("delete from rule_hit", ("rule_hit", "")),
    "a rule's hit is put in shadow": Act("update rule_hit set is_shadow = true", ("rule_hit", "is_shadow")),
    "a reading is changed": Act("update message set reading = reading || '\\x00'::bytea", ("message", "reading")),
    "readings are exchanged": Act(
        (
            "update message m set reading = (select o.reading from message o where o.id <> m.id order by o.id limit 1) "
            "where m.id in (select message from assessment limit 1)"
        ),
        ("message", "reading"),
    ),
    "a message's standard is changed": Act("update message set standard = 'none'", ("message", "standard")),
    "a message was refused": Act("update message set outcome = 'refused'", ("message", "outcome")),
    "a device is suspended": Act("update device set state = 'suspended' where id = 'dev-1'", ("device", "state")),
    "a device speaks for another": Act("update device set topic = 'iot/x' where id = 'dev-1'", ("device", "topic")),
    "a device's key is forged": Act(
        "insert into device_credential (device, kind, digest, since) values ('dev-1', 'key', '\\x00ff', now())",
        ("device_credential", ""),
    ),
    "a device's key is deleted": Act("delete from device_credential where device = 'dev-1'", ("device_credential", "")),
    "a former key of a device lives on": Act(
        "update device_credential set until = null where until is not null", ("device_credential", "until")
    ),
    "a device is with another": Act(
        "update device_standing set holder = 'eve' where device = 'dev-1'", ("device_standing", "holder")
    ),
    "a geofence is moved": Act(
        "update laid_down set body = body || ' '::bytea where name = 'TO'",
        ("laid_down", "digest"),
    ),
    "a geofence is deleted": Act("delete from laid_down where name = 'PARK'", ("laid_down", "")),
    "a corridor is forged": Act(
        (
            "insert into laid_down select kind, name, version + 1, is_retired, office, changed, changed_by, body "
            "from laid_down where name = 'EAST'"
        ),
        ("laid_down", ""),
    ),
    "a backup is forgotten": Act("delete from backup", ("backup", "")),
    "a backup is another": Act("update backup set digest = '\\x00'", ("backup", "digest")),
    "what the queue shows is changed": Act(
        "update consignment set trader = 'Nobody' where lane is not null", ("consignment", ""), "adopt"
    ),
    "an order is released and moved": Act(
        "update control_order set status = 'released', created = now() where status = 'open'",
        ("control_order", "status"),
        "adopt",
    ),
    "a journey goes elsewhere": Act("update journey set destination = 'elsewhere'", ("journey", "destination")),
    "a journey goes elsewhere, without its device": Act(
        "delete from journey_device; update journey set destination = 'elsewhere', departure = 'elsewhere'",
        ("journey", "departure"),
    ),
    "a journey has more time": Act(
        "update journey set starts_at = starts_at - interval '1 day', time_limit = time_limit + interval '9 days'",
        ("journey", "time_limit"),
    ),
    "the actor of a message's leaf is changed": Act(
        f"update leaf set actor = 'eve' where idx = {_MESSAGE}", ("leaf", "actor")
    ),
    "the subject of a message's leaf is changed": Act(
        f"update leaf set subject = 'x' where idx = {_MESSAGE}", ("leaf", "subject")
    ),
    "all of a message's leaf is changed": Act(
        f"update leaf set actor = 'eve', at = now(), subject = 'x', kind = 'message-refused' where idx = {_MESSAGE}",
        ("leaf", "at"),
    ),
    "the digest of a leaf is changed": Act(
        f"update leaf set digest = sha256('x') where idx = {_MESSAGE}", ("leaf", "digest")
    ),
    "the actor of a record's leaf is changed": Act(
        "update leaf set actor = 'eve' where kind = 'override'", ("leaf", "actor")
    ),
    "an officer is made supervisor under another name": Act(
        "update officer set role = 'supervisor', name = 'Eve' where id = 'anna'", ("officer", "role")
    ),
}


@pytest.mark.parametrize("act", some(INSIDER, 4))
def test_each_act_is_found_by_name_set_right_from_what_was_sealed_and_sealed(day: Day, act: str) -> None:
    does = INSIDER[act]
    assert day.sql(does.sql) > 0 or ";" in does.sql
    room, rounds, done = RowRepair(day.lorry.built.stores), 0, 0
    found = day.audit()
    assert does.found in {(one.table, one.column) for one in found}
    assert all(one.id for one in found)
    if does.how != "refuse":
        with pytest.raises((SenderError, StoreError)):
            for one in found:
                room.set_row_right(HEAD, one.table, one.id, "forged")
        assert {one.table for one in day.audit()} == {one.table for one in found}, "it is not set right unseen"
    while does.how is not None and (found := day.audit()):  # one row may follow from another
        rounds += 1
        assert rounds < 4, found
        for table, identity in {(one.table, one.id) for one in found}:
            try:
                room.set_row_right(HEAD, table, identity, "forged", does.how)
                done += 1
            except (SenderError, StoreError):  # it needs another row, which is put back in this round
                assert rounds < 3
    if does.how is not None:
        assert done > 0
        assert len(day.lorry.built.bodies("row-set-right")) >= done


@pytest.mark.parametrize("column", ["actor", "at", "subject", "kind"])
def test_the_commitment_of_a_leaf_says_which_of_leaf_and_message_is_true(day: Day, column: str) -> None:
    message = day.one(f"select record::text from leaf where idx = {_MESSAGE}")
    was = day.columns("message", message), day.columns("leaf", message, "record")
    values = {"actor": "'eve'", "at": "now()", "subject": "'x'", "kind": "'message-refused'"}
    day.sql(f"update leaf set {column} = {values[column]} where record = %s", message)
    found = day.audit()
    assert [(one.table, one.column) for one in found] == [("leaf", column)]
    done = RowRepair(day.lorry.built.stores).set_row_right(HEAD, found[0].table, found[0].id, "by another hand")
    assert list(done.columns) == [column]
    assert (day.columns("message", message), day.columns("leaf", message, "record")) == was
    assert day.audit() == []


def test_with_an_act_undone_nothing_is_found(long_day: Day) -> None:
    with undone(long_day):
        long_day.sql(ACTS["an order is released"][0])
        assert long_day.audit() != []
    assert long_day.audit() == []


_TABLES = sorted(
    {one.table for one in AUDITED}
    | {one.table for one in DERIVED_SETS}
    | {"leaf", "record", "message", "port_call", "row_difference", "row_shadow"}
)


@contextmanager
def undone(day: Day) -> Iterator[None]:
    """Whatever is done to the tables meanwhile is undone afterwards."""
    home = day.lorry.built.stores.settings.home
    marks = {home / name for name in ("rows.audit", "rows.accounts", "rows.noted")}
    kept = {mark: mark.read_bytes() for mark in marks if mark.exists()}
    for table in _TABLES:
        day.sql(f"create table saved_{table} as table {table}")
    try:
        yield
    finally:
        for mark in marks:
            mark.write_bytes(kept.get(mark, b""))
        with day.lorry.built.stores.database.transaction() as connection:
            connection.execute("set local session_replication_role = replica")
            for table in _TABLES:
                connection.execute(f"delete from {table}")  # type: ignore[arg-type]
                connection.execute(f"insert into {table} overriding system value table saved_{table}")  # type: ignore[arg-type]
                connection.execute(f"drop table saved_{table}")  # type: ignore[arg-type]


def test_an_older_version_put_back_with_its_own_mac_is_found(day: Day) -> None:
    day.sql("create table old as table control_order")
    order = day.order_of("R3")
    day.house.control.officer_acts.release(HEAD, order, "done with")
    day.sql("update control_order c set status = o.status, record = o.record, mac = o.mac from old o where o.id = c.id")
    day.sql("drop table old")
    line = day.shown("R3")
    assert line.order.status == "open", "a MAC alone cannot show it"
    assert ("control_order", "status") in day.found()
    (told,) = [one for one in day.audit() if one.table == "control_order"]
    assert (told.stands, told.sealed) == ("open", "released")


def test_with_the_key_rows_can_be_forged_but_not_against_the_book(day: Day) -> None:
    """The control of MACs: whoever has the key is believed at a page; the audit finds him all the same."""
    with day.lorry.built.stores.database.transaction() as connection:
        from cocket.stores.control.orders import ORDERS

        connection.row_macs.change(connection, ORDERS, ("true", ()), {"status": "released"})
    assert day.shown("R3").order.status == "released"
    assert ("control_order", "status") in day.found()


def test_the_audits_own_place_and_shadows_are_not_to_be_moved(day: Day) -> None:
    audit = RowAudit(day.lorry.built.stores)
    audit.step()
    day.sql("update override set lane = 'red'")
    day.sql("update place set value = value || ' '::bytea where name = 'rows/audit'")
    assert {("place", ""), ("override", "lane")} <= day.found()
    audit.step()
    day.sql("update row_shadow set body = '{}'")
    assert {("row_shadow", ""), ("override", "lane")} <= day.found()


#: What an insider does to what the audit knows so far of rows → the state of the pass at which he does it.
SHADOWS = {
    "one is taken out with its row": (
        "delete from override; delete from row_shadow where tbl = 'override'",
        "override",
    ),
    "one is put back as it was": (
        (
            "update row_shadow s set (leaf, about, body, mac) = (select leaf, about, body, mac from kept_shadow k "
            "where (k.tbl, k.id) = (s.tbl, s.id)) where tbl = 'control_order'"
        ),
        None,
    ),
    "one is added that was dropped": ("insert into row_shadow select * from kept_shadow on conflict do nothing", None),
    "all are taken out": ("truncate row_shadow", None),
}


@pytest.mark.parametrize("is_early", [True, False])
@pytest.mark.parametrize("act", SHADOWS)
def test_whoever_meddles_with_what_the_audit_knows_makes_it_begin_anew(day: Day, act: str, is_early: bool) -> None:
    does, table = SHADOWS[act]
    audit = RowAudit(day.lorry.built.stores)
    audit.step(only_leaves=True)
    day.sql("create table kept_shadow as table row_shadow")
    day.house.control.officer_acts.release(HEAD, day.order_of("R3"), "done with")
    day.house.governance.accounts.sign_out(day.token)
    while audit.place().part < (1 if is_early else len(AUDITED)):
        audit.step()
    day.sql(does)
    day.sql("drop table kept_shadow")
    while (statement := audit.step()) is None:
        pass
    assert {one.table for one in audit.differences()} == {"row_shadow"} | ({table} if table else set())
    assert "started again" in next(one.sealed or "" for one in audit.differences() if one.table == "row_shadow")
    assert statement.differences == (2 if table else 1)
    assert Instance(day.lorry.built.stores).intake.messages.principal_of_key("cocket_aaaa_secret") is not None
    assert {one.table for one in day.audit()} == ({table} if table else set())


def test_nothing_is_set_right_by_what_another_hand_left_of_the_audits_notes(day: Day) -> None:
    day.sql("update override set lane = 'red'")
    (found,) = day.audit()
    room, audit = RowRepair(day.lorry.built.stores), RowAudit(day.lorry.built.stores)
    audit.step(only_leaves=True)
    day.sql("delete from row_shadow where tbl = 'override'")
    with pytest.raises(RowDiffersError, match="from outside"):
        room.set_row_right(HEAD, found.table, found.id, "forged")
    assert {one.table for one in day.audit()} == {"override", "row_shadow"}
    assert room.set_row_right(HEAD, found.table, found.id, "forged").columns == {"lane": "green"}


def test_a_shadow_of_another_hand_does_not_accuse_the_record_that_it_stands_for(day: Day) -> None:
    audit = RowAudit(day.lorry.built.stores)
    audit.step(only_leaves=True)
    day.sql("update row_shadow set body = '{}'")
    day.house.control.officer_acts.release(HEAD, day.order_of("R3"), "done with")
    assert day.found() == {("row_shadow", "")}


def test_differences_that_the_database_swallows_are_told_all_the_same(fresh_day: Day) -> None:
    fresh_day.sql("update control_order set status = 'released' where status = 'open'")
    fresh_day.sql("create rule nodiff as on insert to row_difference do instead nothing")
    fresh_day.sql("delete from row_difference")
    found = fresh_day.found()
    assert {("control_order", "status"), ("row_difference", "")} <= found
    assert fresh_day.statement().differences > 1
    fresh_day.sql("drop rule nodiff on row_difference")
    again = fresh_day.audit()
    assert "row_difference" not in {one.table for one in again}, again
    assert fresh_day.statement().differences > 0


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_is_not_that_of_the_database_makes_nobody_a_meddler(
    day: Day, off: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + off

    day.sql("update override set lane = 'red'")
    with monkeypatch.context() as patched:
        patched.setattr("cocket.pipeline.operations.row_audit.datetime", Clock)
        RowAudit(day.lorry.built.stores).begin_anew()
        assert day.found() == {("override", "lane")}
        day.sql("update override set lane = 'green'")
        assert day.audit() == []


def test_differences_taken_out_of_their_table_amid_a_pass_are_told_all_the_same(day: Day) -> None:
    day.sql("update override set lane = 'red'")
    audit = RowAudit(day.lorry.built.stores)
    while not audit.differences():
        assert audit.step() is None
    day.sql("delete from row_difference")
    while (statement := audit.step()) is None:
        pass
    assert statement.differences == 2
    assert {("override", "lane"), ("row_difference", "")} == {(one.table, one.column) for one in audit.differences()}
    assert "not in it" in next(one.stands or "" for one in audit.differences() if one.table == "row_difference")


BEHIND = {
    "content": "update record_body set body = set_byte(body, 40, get_byte(body, 40) # 1) "
    "where id = (select record from leaf where idx = {leaf})",
    "sealed": "update leaf set seal = set_byte(seal, 3, get_byte(seal, 3) # 1) where idx = {leaf}",
    "removed": "delete from leaf where idx = {leaf}",
}


@pytest.mark.parametrize("act", BEHIND)
@pytest.mark.parametrize("most", [512, 7])
def test_a_leaf_altered_behind_an_interrupted_pass_is_named_when_it_goes_on(
    day: Day, monkeypatch: pytest.MonkeyPatch, act: str, most: int
) -> None:
    audit = RowAudit(day.lorry.built.stores)
    while audit.place().part == 0:
        assert audit.step() is None
    leaf = day.one("select min(l.idx) from leaf l join message m on m.id = l.record")
    assert audit.place().leaves > leaf
    day.sql(BEHIND[act].format(leaf=leaf))
    later = RowAudit(day.lorry.built.stores)
    monkeypatch.setattr("cocket.pipeline.operations.row_audit._LEAVES", most)
    while (statement := later.step()) is None:
        pass
    assert statement.differences
    assert ("leaf", str(leaf)) in {(one.table, one.id) for one in later.differences()}


def test_no_row_is_removed_for_want_of_a_leaf_that_can_be_restored(day: Day) -> None:
    """Where a leaf is missing, the rows that it sealed seem to be mentioned by nothing."""
    leaf = day.one("select min(idx) from leaf where kind in ('api-key', 'key-added', 'draw-seed', 'officer')")
    day.sql(f"delete from leaf where idx = {leaf}")
    day.audit()
    stand = RowAudit(day.lorry.built.stores).differences()
    assert ("leaf", str(leaf)) in {(one.table, one.id) for one in stand}
    for one in stand:
        with pytest.raises(SenderError, match="cocket ledger reimport") as refused:
            RowRepair(day.lorry.built.stores).set_row_right(HEAD, one.table, one.id, "x", "remove")
        assert refused.value.code == "leaves-missing"
    assert {(one.table, one.id) for one in RowAudit(day.lorry.built.stores).differences()} == {
        (one.table, one.id) for one in stand
    }


def test_no_row_is_removed_for_want_of_a_record_that_was_removed(day: Day) -> None:
    was = day.one("select jsonb_agg(to_jsonb(t)) from override t")
    assert day.sql("delete from record where kind = 'override'") == 1
    (row,) = {(one.table, one.id) for one in day.audit() if one.table == "override"}
    room = RowRepair(day.lorry.built.stores)
    with pytest.raises(SenderError, match=r"may have mentioned override .*; it is not removed") as refused:
        room.set_row_right(HEAD, *row, "forged")
    assert refused.value.code == "records-missing"
    left = room.set_all_right(HEAD, "forged", whole).left
    assert row in {(one.table, one.id) for one in left}
    assert day.one("select jsonb_agg(to_jsonb(t)) from override t") == was
    day.sql("update override set mac = null")
    assert room.set_row_right(HEAD, *row, "looked at", "remove").what == "removed"


def whole(audit: RowAudit) -> AuditStatement:
    """An audit taken to the end of its pass."""
    return next(filter(None, iter(audit.step, 0)))


def test_the_newest_leaf_whose_index_was_given_again_is_missed_and_sealed_again(day: Day) -> None:
    """Where the newest leaf is deleted before a head includes it, the next one takes its index, and no index is missing."""
    stores, room = day.lorry.built.stores, RowRepair(day.lorry.built.stores)
    line = day.lines["R4"]
    day.house.control.officer_acts.override(OFFICER, line, "red", "seen at the gate")
    record = str(day.one("select record from override where consignment = %s", line))
    was = day.one("select jsonb_agg(to_jsonb(t)) from override t")
    assert day.sql("delete from leaf where idx = (select max(idx) from leaf) and record = %s", record) == 1
    day.house.intake.messages.take_many([envelope(declaration("R9"))], principal=trader("ACME"))
    found = {(one.table, one.id): one for one in day.audit()}
    assert ("record", record) in found
    assert "no leaf" in (found[("record", record)].sealed or "")
    assert day.rows_check().state == "degraded"
    assert ("override", line) in found
    again = reimport(stores)
    assert (again.missing, again.unplaced) == (0, (record,))
    with pytest.raises(SenderError, match=r"may have mentioned override .*; it is not removed") as refused:
        room.set_row_right(HEAD, "override", line, "forged")
    assert refused.value.code == "records-missing"
    with pytest.raises(SenderError, match="its MAC is valid"):
        room.set_row_right(HEAD, "override", line, "forged", "remove")
    left = {(one.table, one.id): one for one in room.set_all_right(HEAD, "all", whole).left}
    assert "--adopt" in (left[("record", record)].hint or "")
    assert day.one("select jsonb_agg(to_jsonb(t)) from override t") == was
    done = room.set_row_right(HEAD, "record", record, "kim confirms it", "adopt")
    assert (done.what, done.unproven["actor"]) == ("sealed again", OFFICER.id)
    assert done.leaf == day.one("select idx from leaf where record = %s", record)
    assert day.audit() == []
    assert day.one("select jsonb_agg(to_jsonb(t)) from override t") == was


def test_an_index_that_the_worker_has_passed_is_not_given_again(day: Day) -> None:
    """Else the message that gets it is never worked, although it is acknowledged."""
    day.house.control.officer_acts.override(OFFICER, day.lines["R4"], "red", "seen at the gate")
    day.lorry.built.desk()
    newest = day.one("select max(idx) from leaf")
    day.sql("delete from leaf where idx = %s", newest)
    answer = day.house.intake.messages.take_many([envelope(declaration("R9"))], principal=trader("ACME"))[0]
    assert day.one("select idx from leaf where record = %s", answer.id) > newest
    day.lorry.built.desk()
    assert len(day.house.queries.records.message(HEAD, answer.id).consignment_ids) == 1
    assert ("leaf", str(newest)) in {(one.table, one.id) for one in day.audit()}
    assert reimport(day.lorry.built.stores).restored == 1
    assert day.audit() == []


def test_a_forged_place_of_the_worker_leaves_a_small_gap_at_most(day: Day) -> None:
    newest = day.one("select max(idx) from leaf")
    for value in ("9" * 15, "x", "9" * 40, "-1"):
        day.sql("update place set value = %s::bytea where name = 'desk'", value)
        answer = day.house.intake.messages.take_many(
            [envelope(declaration(f"R{value[:20]}"))], principal=trader("ACME")
        )[0]
        index = day.one("select idx from leaf where record = %s", answer.id)
        assert newest < index <= newest + 4097
        newest = index


def test_health_says_after_a_reimport_that_no_audit_was_made_since(day: Day) -> None:
    day.sql("delete from leaf where kind = 'override'")
    day.audit()
    assert "changed from outside" in day.rows_check().words
    again = reimport(day.lorry.built.stores)
    assert (again.missing, again.restored) == (1, 1)
    check = day.rows_check()
    assert "no audit of the rows has ended since" in check.words
    assert "changed from outside" not in check.words
    day.sql("update override set lane = 'red'")
    assert day.audit() != []
    assert "changed from outside" in day.rows_check().words


def test_what_was_added_to_the_schema_is_to_be_dropped(day: Day) -> None:
    day.sql("create function encode_all(bytea) returns text language sql as $$select 'x'$$")
    try:
        found = [one for one in day.audit() if one.table == "database"]
        assert found
        with pytest.raises(SenderError) as refused:
            RowRepair(day.lorry.built.stores).set_row_right(HEAD, "database", found[0].id, "x")
    finally:
        day.sql("drop function encode_all")
    assert refused.value.code == "schema-altered"
    assert "drop what is named" in (refused.value.hint or "")
    assert "author" not in (refused.value.hint or "")


def test_a_message_whose_leaf_was_deleted_is_sealed_again_and_worked_off(day: Day) -> None:
    room = RowRepair(day.lorry.built.stores)
    answer = day.house.intake.messages.take_many([envelope(declaration("R9"))], principal=trader("ACME"))[0]
    day.sql("delete from leaf where idx = (select max(idx) from leaf)")
    day.house.intake.messages.take_many([envelope(declaration("R10"))], principal=trader("ACME"))
    day.lorry.built.desk()
    assert ("message", answer.id) in {(one.table, one.id) for one in day.audit()}
    with pytest.raises(SenderError, match="only its leaf was removed") as refused:
        room.set_row_right(HEAD, "message", answer.id, "x", "remove")
    assert refused.value.code == "not-removable"
    done = room.set_row_right(HEAD, "message", answer.id, "its leaf was deleted")
    assert done.what == "sealed again"
    day.lorry.built.desk()
    assert len(day.house.queries.records.message(HEAD, answer.id).consignment_ids) == 1
    assert day.audit() == []


def test_messages_without_leaves_hide_no_record_that_has_none(day: Day) -> None:
    answer = day.house.intake.messages.take_many([envelope(declaration("R9"))], principal=trader("ACME"))[0]
    day.house.control.officer_acts.override(OFFICER, day.lines["R4"], "red", "seen at the gate")
    record = day.one("select record from override where consignment = %s", day.lines["R4"])
    day.sql("delete from leaf where record = %s or record = %s", answer.id, record)
    with day.lorry.built.stores.database.transaction() as connection:
        (first,) = without_leaf(connection, 1)
    assert first[:2] == ("record", record)


def test_a_forged_record_without_a_leaf_is_named_and_can_only_be_removed(day: Day) -> None:
    room = RowRepair(day.lorry.built.stores)
    day.sql(
        "insert into record (id, kind, at, actor, subject, about, body) select gen_random_uuid(), kind, at, 'eve', subject, "
        "about, body from record where kind = 'override' limit 1"
    )
    (one,) = day.audit()
    assert (one.table, one.column) == ("record", "")
    for way in ("refuse", "adopt"):
        with pytest.raises(SenderError, match="no free key of this instance opens it"):
            room.set_row_right(HEAD, "record", one.id, "x", cast("Any", way))
    assert room.set_row_right(HEAD, "record", one.id, "forged", "remove").unproven["actor"] == "eve"
    assert day.audit() == []


#: What is done to a record so that it cannot be read → how.
ALTERED: dict[str, str] = {
    "a byte of the record": "update record set body = set_byte(body, 20, get_byte(body, 20) # 1) where kind = '{kind}'",
    "the record": "delete from record where kind = '{kind}'",
    "all but the commitment": (
        "update leaf set kind = 'recovered', record = gen_random_uuid(), actor = '', subject = '', digest = '', nonce = '', "
        "key = null where kind = '{kind}'"
    ),
}


@pytest.mark.parametrize("act", ALTERED)
@pytest.mark.parametrize(
    ("kind", "table"), [("override", "override"), ("release", "control_order"), ("result", "result")]
)
def test_no_row_of_the_instance_is_touched_for_want_of_a_record_that_cannot_be_read(
    day: Day, act: str, kind: str, table: str
) -> None:
    room = RowRepair(day.lorry.built.stores)
    was = day.one(f"select jsonb_agg(to_jsonb(t) order by to_jsonb(t)::text) from {table} t")
    assert day.sql(ALTERED[act].format(kind=kind)) >= 1
    rows = {(one.table, one.id) for one in day.audit() if one.table == table}
    assert rows
    for row in rows:
        with pytest.raises(SenderError, match=r"it is not (removed|changed)") as refused:
            room.set_row_right(HEAD, *row, "x")
        assert refused.value.code == "records-missing"
        with pytest.raises(SenderError, match="its MAC is valid"):
            room.set_row_right(HEAD, *row, "x", "remove")
    room.set_all_right(HEAD, "x", whole)
    assert day.one(f"select jsonb_agg(to_jsonb(t) order by to_jsonb(t)::text) from {table} t") == was


def lose_record(day: Day, kind: str) -> None:
    """The record of an act is deleted, and recorded as lost."""
    leaf = day.one("select max(idx) from leaf where kind = %s", kind)
    assert day.sql("delete from record r using leaf l where l.record = r.id and l.idx = %s", leaf) == 1
    day.house.ledger.refused_leaves.let_leaf_stand(HEAD, leaf, "no backup has it")


@pytest.mark.parametrize("kind", ["result", "release", "override"])
def test_an_order_whose_record_is_recorded_as_lost_is_kept_where_that_is_adopted(day: Day, kind: str) -> None:
    room, table = RowRepair(day.lorry.built.stores), "override" if kind == "override" else "result"
    order = day.order_of({"result": "R1", "release": "R2", "override": "R4"}[kind])
    if kind == "override":
        lane = "red" if day.one("select lane from control_order where id = %s", order) != "red" else "yellow"
        day.house.control.officer_acts.override(OFFICER, day.lines["R4"], lane, "seen at the gate")
    was = day.columns("control_order", order)
    lose_record(day, kind)
    rows = {(one.table, one.id) for one in day.audit()}
    assert ("control_order", order) in rows
    with pytest.raises(SenderError, match="the record it rests on is recorded as lost") as refused:
        room.set_row_right(HEAD, "control_order", order, "x")
    assert refused.value.code == "rests-on-lost"
    assert "--adopt" in (refused.value.hint or "")
    assert day.columns("control_order", order) == was
    done = room.set_row_right(HEAD, "control_order", order, "kim confirms it", "adopt")
    assert done.what == "adopted"
    assert day.columns("control_order", order) == was
    for row in rows - {("control_order", order)}:
        assert row[0] == table
        room.set_row_right(HEAD, *row, "kim confirms it", "adopt")
    assert day.audit() == []
    assert day.columns("control_order", order) == was
    other = day.one("select id::text from control_order where id <> %s limit 1", order)
    swap = "update control_order a set created = b.created from control_order b where a.id <> b.id and a.id = any(%s) and b.id = any(%s)"
    assert day.sql(swap, [UUID(order), UUID(other)], [UUID(order), UUID(other)]) == 2
    day.audit()
    assert room.set_row_right(HEAD, "control_order", other, "taken from another row").what == "changed"
    assert room.set_row_right(HEAD, "control_order", order, "taken from another row").what == "changed"
    assert day.columns("control_order", order) == was  # what was kept is kept by this repair too
    assert day.audit() == []
    day.sql("update control_order set status = 'open', lane = 'green', mac = null where id = %s", order)
    assert ("control_order", order) in {(one.table, one.id) for one in day.audit()}
    with pytest.raises(SenderError, match="its MAC does not prove"):  # control: from here on its MAC alone speaks
        room.set_row_right(HEAD, "control_order", order, "x")


def test_an_older_order_is_brought_up_to_its_record_though_another_cannot_be_read(day: Day) -> None:
    order, room = day.order_of("R4"), RowRepair(day.lorry.built.stores)
    day.sql("create table old as table control_order")
    day.house.control.officer_acts.release(HEAD, order, "done with")
    was = day.columns("control_order", order)
    day.sql("update control_order c set status = o.status, record = o.record, mac = o.mac from old o where o.id = c.id")
    day.sql("drop table old")
    assert day.sql("delete from record where kind = 'override'") == 1
    assert ("control_order", order) in {(one.table, one.id) for one in day.audit()}
    assert room.set_row_right(HEAD, "control_order", order, "put back").what == "changed"
    assert day.columns("control_order", order) == was


@pytest.mark.parametrize("is_of_before", [False, True])
def test_leaves_that_a_take_over_restored_as_commitments_stop_no_repair(day: Day, *, is_of_before: bool) -> None:
    stores, room = day.lorry.built.stores, RowRepair(day.lorry.built.stores)
    with stores.database.transaction() as connection:
        size = stores.leaves.size(connection)
        bring_back(connection, {size: b"c" * 32, size + 1: b"d" * 32})
        point = RecoveryPoint(log=stores.settings.log_origin, published=size + 2, leaves=size, missing=(0,), cover=0)
    day.sql("insert into override select %s, lane, reason, officer, at, mac, record from override", day.lines["R4"])
    forged = ("override", day.lines["R4"])
    assert forged in {(one.table, one.id) for one in day.audit()}
    with pytest.raises(SenderError, match=f"the first is leaf {size}") as refused:
        room.set_row_right(HEAD, *forged, "forged")
    assert refused.value.code == "records-missing"
    told = TakenOver(point=point, keyless=0, unreadable=(), restored=((size, size + 2),))
    body = {"point": point, "keyless": 0, "unreadable": ()} if is_of_before else told
    with stores.database.transaction() as connection:
        stores.leaves.append_records(connection, [stores.sealer.record("house-taken-over", "cli", body)])
    assert room.set_row_right(HEAD, *forged, "forged").what == "removed"
    day.sql(ALTERED["all but the commitment"].format(kind="result"))
    day.sql("insert into override select %s, lane, reason, officer, at, mac, record from override", day.lines["R4"])
    day.audit()
    with pytest.raises(SenderError) as refused:  # control: one that it does not name
        room.set_row_right(HEAD, *forged, "forged")
    assert refused.value.code == "records-missing"


def test_the_log_goes_on_after_a_record_was_altered_on_its_way_in(fresh_day: Day) -> None:
    day, line = fresh_day, fresh_day.lines["R4"]
    room = RowRepair(day.lorry.built.stores)
    day.sql(
        """create function spoil() returns trigger language plpgsql as
        $$begin new.body = set_byte(new.body, 20, get_byte(new.body, 20) # 1); return new; end$$"""
    )
    day.sql(
        "create trigger spoil before insert on record for each row when (new.kind = 'override') execute function spoil()"
    )
    lane = day.one(
        "select lane from control_order where id = %s", day.order_of("R4")
    )  # so that the order stays as it is
    day.house.control.officer_acts.override(OFFICER, line, lane, "seen at the gate")
    day.sql("drop trigger spoil on record")
    day.sql("drop function spoil")
    leaf = day.one("select idx from leaf where record = (select record from override where consignment = %s)", line)
    with pytest.raises(ProofError, match=f"Leaf {leaf} .*altered"):
        day.lorry.built.sign()
    assert {("leaf", str(leaf)), ("override", line)} <= {(one.table, one.id) for one in day.audit()}
    with pytest.raises(SenderError) as refused:
        room.set_row_right(HEAD, "leaf", str(leaf), "x")
    assert f"cocket set-aside leaf {leaf} --reason" in (refused.value.hint or "")
    for way in ("refuse", "adopt"):
        with pytest.raises(SenderError, match=r"it is not (removed|kept)"):
            room.set_row_right(HEAD, "override", line, "x", cast("Any", way))
    day.house.ledger.refused_leaves.let_leaf_stand(HEAD, leaf, "altered by a trigger on 3 May")
    day.lorry.built.sign()
    assert day.one("select max(upto) from heads") > leaf
    assert {(one.table, one.id) for one in day.audit()} == {("override", line)}
    kept = day.columns("override", line, "consignment")
    done = room.set_row_right(HEAD, "override", line, "kim confirms it", "adopt")
    assert (done.what, done.rows) == ("adopted", (("override", line, ""),))
    assert day.audit() == []
    assert day.columns("override", line, "consignment") == kept
    day.sql("update override set lane = 'green' where consignment = %s", line)  # control: from here on its MAC alone
    assert {(one.table, one.id) for one in day.audit()} == {("override", line)}
    with pytest.raises(SenderError, match="another hand wrote it"):
        room.set_row_right(HEAD, "override", line, "x", "adopt")


def test_an_act_whose_record_was_altered_is_named_and_does_not_stop_the_audit(day: Day) -> None:
    room = RowRepair(day.lorry.built.stores)
    day.sql("update result set is_found = false")
    (row,) = {(one.table, one.id) for one in day.audit()}
    room.set_row_right(HEAD, *row, "forged")
    assert day.audit() == []
    assert day.sql(ALTERED["a byte of the record"].format(kind="row-set-right")) == 1
    leaf = day.one("select max(idx) from leaf where kind = 'row-set-right'")
    assert {(one.table, one.id) for one in day.audit()} == {("leaf", str(leaf))}


def test_bodies_exchanged_between_records_are_taken_back(day: Day) -> None:
    bodies = "select jsonb_agg(to_jsonb(r) order by id) from record r where kind in ('override', 'result', 'release')"
    was = day.one(bodies)
    day.sql(
        """update record r set body = s.body from (select id, kind, lead(id, 1, first_value) over (order by id) as other from
        (select id, kind, first_value(id) over (order by id) from record where kind in ('override', 'result', 'release')) t) o,
        record s where r.id = o.id and s.id = o.other"""
    )
    assert day.one(bodies) != was
    done = RowRepair(day.lorry.built.stores).set_all_right(HEAD, "exchanged", whole)
    assert done.left == ()
    assert day.one(bodies) == was
    assert day.audit() == []


def test_older_progress_of_the_audit_put_back_with_its_own_mac_is_found(day: Day) -> None:
    audit = RowAudit(day.lorry.built.stores)
    while audit.place().part < len(AUDITED):
        audit.step()
    day.sql("create table kept_place as table place")
    while audit.step() is None:
        pass
    day.sql("update control_order set status = 'released'")
    day.sql("update place p set (value, mac) = (select value, mac from kept_place k where k.name = p.name)")
    day.sql("drop table kept_place")
    assert {("place", ""), ("control_order", "status")} <= day.found()
    day.sql("delete from place where name = 'rows/audit'")
    assert ("place", "") in day.found()


def test_an_older_statement_put_back_is_none(day: Day) -> None:
    audit = RowAudit(day.lorry.built.stores)
    day.audit()
    day.sql("create table kept_place as table place")
    day.audit()
    assert audit.last() is not None
    day.sql(
        "update place p set (value, mac) = (select value, mac from kept_place k where k.name = p.name) "
        "where name = 'rows/audited'"
    )
    day.sql("drop table kept_place")
    assert audit.last() is None
    assert ("place", "") in day.found()


def test_without_what_is_kept_outside_the_database_the_audit_begins_anew(day: Day) -> None:
    audit = RowAudit(day.lorry.built.stores)
    audit.step()
    day.lorry.built.stores.settings.row_audit_file.unlink()
    assert audit.place().leaves == 0
    assert day.audit() == []


#: What an insider does to the database itself → what undoes it, and table and words under which it is named.
SHAPES = {
    "a view": (
        "alter table officer rename to hidden; create view officer as select * from hidden",
        "drop view officer; alter table hidden rename to officer",
        ("officer", "is a view"),
    ),
    "a rule": (
        "create rule lost as on delete to session do instead nothing",
        "drop rule lost on session",
        ("session", "has a rule lost"),
    ),
    "a trigger": (
        (
            "create function nothing() returns trigger language plpgsql as 'begin return null; end'; "
            "create trigger lost before insert on override for each row execute function nothing()"
        ),
        "drop trigger lost on override; drop function nothing()",
        ("override", "has a trigger lost"),
    ),
    "row security": (
        "alter table result enable row level security",
        "alter table result disable row level security",
        ("result", "has row security"),
    ),
    "a table that takes in another's rows": (
        "create table more () inherits (result)",
        "drop table more",
        ("result", "takes in rows of more"),
    ),
}


@pytest.mark.parametrize("act", SHAPES)
def test_what_is_no_plain_table_is_named_by_audit_and_health(long_day: Day, act: str) -> None:
    does, undoes, (table, words) = SHAPES[act]
    with undone(long_day):
        try:
            long_day.sql(does)
            told = {one.table: one.stands for one in long_day.audit()}
            check = long_day.rows_check()
            assert (told[table], check.state) == (words, "degraded")
            assert f"{table} {words}" in check.words
        finally:
            long_day.sql(undoes)
        assert long_day.audit() == []
    assert long_day.rows_check().state == "well"


def test_a_check_that_breaks_every_record_is_named_and_the_audit_goes_to_its_end(fresh_day: Day) -> None:
    database = fresh_day.lorry.built.stores.database
    with database.transaction() as connection:
        connection.execute(
            "create function ev() returns int language plpgsql as "
            "$$ begin update override set nothing = 1 where false; return 1; end $$"
        )
        connection.execute("alter table record add constraint zz check (ev() = 1) not valid")
    named = {(one.table, one.column) for one in fresh_day.audit()}
    assert {("record", ""), ("database", "")} <= named
    statement = RowAudit(fresh_day.lorry.built.stores).last()
    assert statement is not None
    assert (statement.rows > 40, statement.differences >= 2) == (True, True)


def test_a_step_that_an_altered_table_breaks_off_names_it(fresh_day: Day) -> None:
    with fresh_day.lorry.built.stores.database.transaction() as connection:
        connection.execute("alter table row_shadow add constraint zz check (tbl = '') not valid")
    with pytest.raises(StoreError, match=r"Tables were altered: row_shadow has a further constraint zz"):
        fresh_day.audit()


def test_a_schema_of_another_hand_does_not_come_before_ours(fresh_day: Day) -> None:
    fresh_day.sql("create schema other; create table other.officer (like public.officer)")
    fresh_day.sql(
        "do $$ begin execute 'alter database ' || quote_ident(current_database()) || ' set search_path = other, public'; "
        "end $$"
    )
    fresh_day.lorry.built.stores.database.close()
    stores = open_stores(fresh_day.lorry.built.stores.settings, fresh_day.lorry.built.stores.database.dsn)
    try:
        assert Instance(stores).governance.accounts.officers() != ()
    finally:
        stores.database.close()


def test_every_table_that_is_made_is_looked_at(day: Day) -> None:
    made = day.one("select array_agg(tablename::text order by 1) from pg_tables where schemaname = 'public'")
    made = [one for one in made if not re.fullmatch(r"record_body_\d{4}_\d{2}", one)]  # parts of `record_body`
    assert {one for one in made if not one.startswith("saved_")} - {"alembic_version", "old"} == set(TABLES)


def test_a_forged_row_is_not_believed_at_a_page_and_it_says_so(day: Day) -> None:
    day.sql("update control_order set status = 'released'")
    day.sql(
        "insert into override (consignment, lane, reason, officer, at) values (%s, 'green', 'fine', 'eve', now())",
        day.lines["R1"],
    )
    line = day.shown("R1")
    assert line.order is None
    assert line.advice.override is None
    assert {one.table for one in line.differences} == {"control_order", "override"}


def test_a_forged_lane_and_assessment_are_not_shown(day: Day) -> None:
    day.sql("update consignment set lane = 'green', score = 0 where id = %s", day.lines["R2"])
    line = day.shown("R2")
    assert line.advice is None
    assert "consignment" in {one.table for one in line.differences}


def test_nothing_is_done_to_what_does_not_agree(day: Day) -> None:
    order = day.order_of("R3")
    day.sql("update control_order set office = 'elsewhere'")
    with pytest.raises(RowDiffersError):
        day.house.control.officer_acts.release(HEAD, order, "fine")
    day.sql("update journey set destination = 'elsewhere'")
    journey = str(day.one("select id from journey"))
    with pytest.raises((RowDiffersError, StoreError)):
        day.house.tracking.journeys.discharge_journey(HEAD, journey, "arrived")


def test_statistics_leave_out_what_does_not_agree_and_say_how_much(day: Day) -> None:
    before = day.house.queries.records.stats(HEAD)
    assert (before.found, before.left_out) == (1, 0)
    day.sql("update result set duty = 9999999")
    after = day.house.queries.records.stats(HEAD)
    assert (after.examined, after.found, after.duty_recovered, after.left_out) == (0, 0, {}, 1)


def test_a_session_holds_only_with_its_sealed_sign_in_and_an_officer_only_in_his_own_role(day: Day) -> None:
    found = day.house.governance.accounts.officer_of_session(day.token)
    assert found is not None
    assert found.role == "officer"
    day.sql("update officer set role = 'supervisor' where id = 'anna'")
    assert day.house.governance.accounts.officer_of_session(day.token) is None
    assert day.house.governance.accounts.sign_in("anna", PASSWORD, "127.0.0.1") is None


def test_a_session_of_another_hand_is_none(day: Day) -> None:
    day.sql("update session set officer = 'bert'")
    assert day.house.governance.accounts.officer_of_session(day.token) is None


def test_a_session_without_its_sign_in_is_none(day: Day) -> None:
    day.sql("delete from leaf where kind = 'sign-in'")
    assert day.house.governance.accounts.officer_of_session(day.token) is None


def test_a_widened_key_is_none(day: Day) -> None:
    assert day.house.intake.messages.principal_of_key("cocket_aaaa_secret") is not None
    day.sql("update api_key set senders = array['OTHER'] where id = 'aaaa'")
    house = Instance(day.lorry.built.stores)
    assert house.intake.messages.principal_of_key("cocket_aaaa_secret") is None


def test_a_standing_of_another_hand_weighs_nothing(day: Day) -> None:
    day.sql(RAISED)
    assert day.house.credentials.standings.standings(HEAD) == ()


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("update control_order set status = 'released' where status = 'open'", "control_order"),
        ("delete from override", "override"),
        ("delete from result", "result"),
        ("update override set lane = 'red', reason = 'other'", "override"),
        ("update officer set role = 'supervisor' where id = 'anna'", "officer"),
        ("update officer set password_hash = 'x' where id = 'anna'", "officer"),
        ("update host_decision set lane = 'green'", "host_decision"),
        ("update consignment set lane = 'green'", "consignment"),
        ("update alert set state = 'closed', reason = 'false-alarm'", "alert"),
        (
            "insert into officer (id, name, role, password_hash, created) values ('eve', 'E', 'supervisor', 'x', now())",
            "officer",
        ),
    ],
)
def test_a_difference_is_set_right_by_one_act_each(day: Day, statement: str, table: str) -> None:
    day.sql(statement)
    room = RowRepair(day.lorry.built.stores)
    rows = {(one.table, one.id) for one in day.audit()}
    assert {name for name, _ in rows} == {table}
    for name, identity in rows:
        with pytest.raises(PolicyError):
            room.set_row_right(OFFICER, name, identity, "forged")
        with pytest.raises(PolicyError):
            room.set_row_right(HEAD, name, identity, " ")
        assert room.set_row_right(HEAD, name, identity, "forged").reason == "forged"
    assert day.audit() == []
    assert len(day.lorry.built.bodies("row-set-right")) == len(rows)


def test_a_changed_column_that_no_record_tells_is_not_laundered_with_one_that_is(day: Day) -> None:
    """Setting the status right takes the office back too, which its MAC proves; else it does nothing."""
    order = day.order_of("R3")
    was = day.columns("control_order", order)
    day.sql("update control_order set status = 'released', office = 'elsewhere' where id = %s", order)
    room = RowRepair(day.lorry.built.stores)
    assert ("control_order", "status") in day.found()
    room.set_row_right(HEAD, "control_order", order, "forged")
    assert day.columns("control_order", order) == was
    assert day.audit() == []


def test_an_order_that_is_gone_is_the_same_again_or_what_no_record_tells_of_it_is_said(day: Day) -> None:
    order, room = day.order_of("R3"), RowRepair(day.lorry.built.stores)
    was = day.columns("control_order", order)
    day.sql("delete from control_order where id = %s", order)
    (found,) = day.audit()
    with pytest.raises(SenderError, match="office") as refused:
        room.set_row_right(HEAD, found.table, found.id, "deleted")
    assert "--adopt" in (refused.value.hint or "")
    done = room.set_row_right(HEAD, found.table, found.id, "deleted", "adopt")
    assert done.what == "adopted"
    is_drawn = "id" not in done.unproven
    assert set(done.unproven) == ({"office"} if is_drawn else {"id", "office"})
    now = day.columns("control_order", str(day.shown("R3").order.id))
    assert {name for name in was if was[name] != now[name]} <= {"mac", "id"} - ({"id"} if is_drawn else set())
    assert day.audit() == []


def test_the_id_of_an_order_that_is_gone_is_that_of_its_draw(day: Day) -> None:
    drawn = day.one(
        "select convert_from(body, 'UTF8')::jsonb ->> 'order' from case_file where kind = 'allocation' limit 1"
    )
    was = day.columns("control_order", drawn)
    day.sql("delete from control_order where id = %s", drawn)
    (found,) = day.audit()
    done = RowRepair(day.lorry.built.stores).set_row_right(HEAD, found.table, found.id, "deleted", "adopt")
    assert set(done.unproven) == {"office"}
    assert day.columns("control_order", drawn) == was


def test_a_link_that_is_gone_names_its_dossier_and_one_of_no_advice_is_put_back_by_its_names(day: Day) -> None:
    dossier = day.lines["R3"]
    message = day.one("select message::text from assessment where consignment = %s limit 1", dossier)
    day.sql("delete from consignment_message where message = %s", message)
    (found,) = day.audit()
    assert (str(found.about), f"dossier {dossier}" in (found.sealed or "")) == (dossier, True)
    room = RowRepair(day.lorry.built.stores)
    with undone_assessment(day, message):
        done = room.set_row_right(HEAD, found.table, found.id, "deleted")
        assert (done.what, done.columns, done.unproven) == ("put back", {"consignment": dossier}, {})
    assert day.audit() == []


def test_a_link_that_was_moved_is_set_right_by_one_act_though_nothing_was_advised(day: Day) -> None:
    dossier, other = day.lines["R3"], day.lines["R1"]
    message = day.one("select message::text from assessment where consignment = %s limit 1", dossier)
    day.sql("update consignment_message set consignment = %s where message = %s", other, message)
    found = day.audit()
    assert {one.table for one in found} == {"consignment_message"}
    with undone_assessment(day, message):
        bad = next(one for one in found if one.stands)
        done = RowRepair(day.lorry.built.stores).set_row_right(HEAD, bad.table, bad.id, "moved")
        assert (done.what, done.columns, done.unproven) == (
            "changed",
            {"consignment": dossier},
            {"consignment": other},
        )
    assert day.rows_check().state == "well"
    assert day.audit() == []


def test_a_link_is_not_put_back_by_a_name_that_another_hand_gave_a_dossier(day: Day) -> None:
    """The names of a dossier count as far as its other papers bear them."""
    dossier, other = day.lines["R3"], day.lines["R1"]
    message = day.one("select message::text from assessment where consignment = %s limit 1", dossier)
    day.sql("delete from consignment_message where message = %s", message)
    day.sql("update consignment_key set consignment = %s where consignment = %s and is_strong", other, dossier)
    found = next(one for one in day.audit() if one.table == "consignment_message")
    with undone_assessment(day, message):
        done = RowRepair(day.lorry.built.stores).set_row_right(HEAD, found.table, found.id, "deleted")
    assert done.columns == {"consignment": dossier}


@contextmanager
def undone_assessment(day: Day, message: str) -> Iterator[None]:
    """No advice was given on a message meanwhile."""
    day.sql("create table advice as select * from assessment where message = %s", message)
    day.sql("delete from assessment where message = %s", message)
    yield
    day.sql("insert into assessment select * from advice")
    day.sql("drop table advice")


def test_an_override_that_is_gone_is_the_same_again(day: Day) -> None:
    override = day.lines["R3"]
    was = day.columns("override", override, "consignment")
    day.sql("delete from override")
    (found,) = day.audit()
    RowRepair(day.lorry.built.stores).set_row_right(HEAD, found.table, found.id, "deleted")
    assert day.columns("override", override, "consignment") == was


def test_an_older_order_put_back_with_its_own_mac_is_set_right_whole(day: Day) -> None:
    day.sql("create table old as table control_order")
    order = day.order_of("R3")
    day.house.control.officer_acts.release(HEAD, order, "done with")
    was = day.columns("control_order", order)
    day.sql("update control_order c set status = o.status, record = o.record, mac = o.mac from old o where o.id = c.id")
    day.sql("drop table old")
    (found,) = day.audit()
    done = RowRepair(day.lorry.built.stores).set_row_right(HEAD, found.table, found.id, "put back")
    assert (done.what, done.unproven) == ("changed", {})
    assert day.columns("control_order", order) == was
    assert day.audit() == []


@pytest.mark.parametrize(
    ("act", "table", "name"),
    [
        ("update officer set disabled = null where id = 'bert'", "officer", "bert"),
        ("update api_key set revoked = null where id = 'bbbb'", "api_key", "bbbb"),
    ],
)
def test_an_account_is_shut_again_since_the_time_of_its_record(day: Day, act: str, table: str, name: str) -> None:
    day.house.governance.accounts.enable_officer("cli", "bert", is_enabled=False)
    was = day.columns(table, name)
    day.sql(act)
    (found,) = day.audit()
    RowRepair(day.lorry.built.stores).set_row_right(HEAD, found.table, found.id, "brought back")
    assert day.columns(table, name) == was


def test_a_hit_that_a_lost_record_may_have_told_first_is_not_accused(fresh_day: Day) -> None:
    stores = fresh_day.lorry.built.stores
    about = fresh_day.one("select consignment from rule_hit limit 1")
    key = fresh_day.one(
        "select l.key from leaf l join record r on r.id = l.record where l.kind = 'assessment' and r.about = %s "
        "order by l.idx limit 1",
        about,
    )
    stores.leaves.keys.destroy([key])
    assert _give_up(stores)[0] >= 1
    fresh_day.lorry.built.desk()
    told = "select count(*) from leaf l join record r on r.id = l.record where l.kind = 'assessment' and r.about = %s"
    assert fresh_day.one(told, about) > 1, "it was assessed again"
    assert "rule_hit" not in {one.table for one in fresh_day.audit()}


def test_a_row_of_the_house_is_not_removed(day: Day) -> None:
    day.sql("update override set lane = 'red'")
    (found,) = day.audit()
    with pytest.raises(SenderError, match="was not removed"):
        RowRepair(day.lorry.built.stores).set_row_right(HEAD, found.table, found.id, "forged", "remove")


def test_health_tells_of_differences_whose_list_was_emptied(day: Day) -> None:
    day.sql("update override set lane = 'red'")
    assert day.shown("R3").advice.override is None, "noted when it was read, before any audit"
    day.sql("delete from row_difference")
    check = day.rows_check()
    assert (check.state, check.figures["differ"]) == ("degraded", 1.0)
    assert "removed from the list" in check.words
    assert ("override", "lane") in day.found()
    day.sql("delete from row_difference")
    assert day.rows_check().state == "degraded"
    day.sql("update override set lane = 'green'")
    assert day.audit() == []
    assert day.rows_check().state == "well"


def test_a_forged_session_is_named_in_hexadecimal_and_removed(day: Day) -> None:
    assert day.sql(ACTS["a session is made"][0].replace("expires, record from", "expires, gen_random_uuid() from")) == 1
    (found,) = day.audit()
    assert (found.table, found.id) == ("session", "\\x00")
    assert RowRepair(day.lorry.built.stores).set_row_right(HEAD, "session", found.id, "forged").what == "removed"
    assert day.audit() == []


@pytest.mark.parametrize(
    "statement",
    [
        "update consignment set line_mac = null where lane is not null",
        "update control_order set mac = null",
    ],
)
def test_a_row_that_would_still_differ_is_not_said_to_be_set_right(day: Day, statement: str) -> None:
    assert day.sql(statement) > 0
    found = day.audit()[0]
    with pytest.raises(SenderError, match="would still differ"):
        RowRepair(day.lorry.built.stores).set_row_right(HEAD, found.table, found.id, "forged")
    assert (found.table, found.id) in {(one.table, one.id) for one in day.audit()}
    assert day.lorry.built.bodies("row-set-right") == []


def test_an_erasure_amid_a_pass_makes_no_false_difference(fresh_day: Day) -> None:
    audit = RowAudit(fresh_day.lorry.built.stores)
    while audit.place().part < len(AUDITED) // 2:
        audit.step()
    Erasure(fresh_day.lorry.built.stores).erase(fresh_day.lines["R1"], who="dpo", reason="period over")
    Erasure(fresh_day.lorry.built.stores).erase(fresh_day.lines["R4"], who="dpo", reason="period over")
    while audit.step() is None:
        pass
    assert audit.differences() == []


#: What a page believes only because of MACs → whether it believes it.
BELIEVED: dict[str, tuple[str, Callable[[Day], bool]]] = {
    "an order is released": (
        "update control_order set status = 'released'",
        lambda day: day.shown("R3").order is not None,
    ),
    "a lane is changed": (
        "update consignment set lane = 'green' where id in (select consignment from control_order)",
        lambda day: day.shown("R2").advice is not None,
    ),
    "an override is changed": (
        "update override set lane = 'red'",
        lambda day: day.shown("R3").advice.override is not None,
    ),
    "a standing is raised": (RAISED, lambda day: day.house.credentials.standings.standings(HEAD) != ()),
    "an officer is made supervisor": (
        "update officer set role = 'supervisor' where id = 'anna'",
        lambda day: day.house.governance.accounts.officer_of_session(day.token) is not None,
    ),
    "a key is widened": (
        "update api_key set senders = array['OTHER'] where id = 'aaaa'",
        lambda day: Instance(day.lorry.built.stores).intake.messages.principal_of_key("cocket_aaaa_secret") is not None,
    ),
}


@pytest.mark.parametrize("act", BELIEVED)
@pytest.mark.parametrize("is_checked", [True, False])
def test_it_is_the_macs_that_keep_pages_from_believing_an_insider(
    day: Day, act: str, is_checked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with the check of MACs switched off, each act is believed."""
    sql, believes = BELIEVED[act]
    assert believes(day)
    day.sql(sql)
    if not is_checked:
        monkeypatch.setattr(RowMacs, "agrees", lambda self, protected, values, mac: True)
    assert believes(day) is not is_checked


def test_without_macs_the_audit_does_not_find_what_no_record_tells(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    day.sql("update consignment set trader = 'Nobody' where lane is not null")
    monkeypatch.setattr(RowMacs, "agrees", lambda self, protected, values, mac: True)
    assert day.audit() == []


def test_a_house_after_an_erasure_agrees(fresh_day: Day) -> None:
    with fresh_day.lorry.built.stores.database.transaction() as connection:
        assert connection.execute("select count(*) from result").fetchone() == (1,)
    Erasure(fresh_day.lorry.built.stores).erase(fresh_day.lines["R1"], who="dpo", reason="period over")
    assert fresh_day.audit() == []


def test_an_older_house_is_adopted_once_and_never_again(day: Day) -> None:
    for one in (*PROTECTED, PROMISES):
        day.sql(f"update {one.table} set {one.mac} = null")
    assert day.house.queries.records.queue(HEAD, QueueFilter(state="all")).lines == () or day.shown("R1").advice is None
    day.sql(f"update {PROMISES.table} set {PROMISES.mac} = null")  # of the looks just sealed
    assert adopt_rows(day.lorry.built.stores) > 40
    assert day.audit() == []
    assert adopt_rows(day.lorry.built.stores) == 0
    day.sql("update control_order set status = 'released'")
    for one in (*PROTECTED, PROMISES):
        day.sql(f"update {one.table} set {one.mac} = null")
    day.sql("delete from place where name = 'rows/adopted'")
    with pytest.raises(StoreError, match=r"have MACs|was altered"):
        adopt_rows(day.lorry.built.stores)


def test_without_the_key_no_row_is_believed(day: Day) -> None:
    from cocket.stores.control.orders import ORDERS

    with pytest.raises(StoreError):
        RowMacs(None).mac(ORDERS, ())
