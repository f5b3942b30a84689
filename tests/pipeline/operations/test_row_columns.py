# SPDX-License-Identifier: Apache-2.0
"""Every column of every table, by the real schema, is under a MAC, compared, or bound by nothing; exactly one of these."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cocket.stores.operations.protected import LATER_UNDER_MACS, PROTECTED
from tests.houses import Built, build

#: Columns under no MAC that the audit compares with sealed records, with what is published, or with what they follow from.
COMPARED_COLUMNS = {
    "alert_consignment": "alert consignment",
    "backup": "id leaves size_bytes kind digest",
    "consignment_key": "kind value consignment is_strong first_day last_day",
    "consignment_mark": "kind value consignment name day per_kg",
    "device": "id adapter topic identity state",
    "device_credential": "device kind digest until",
    "device_proof_key": "device kid algorithm material",
    "device_standing": "device custody holder",
    "journey_device": "journey device",
    "laid_down": "kind name version is_retired office changed_by body",
    "leaf": "idx kind at actor subject digest nonce seal key",
    "message": "content reading",
    "record": "id kind at actor subject about body",
    "record_body": "id body",
    "row_difference": "tbl id col stands sealed leaf about found",
    "row_shadow": "tbl id about leaf body mac",
    "rule_hit": "consignment rule wording at is_shadow asked",
    "screening_list": "name version format dated entries imported officer content",
    "set_aside": "id role kind subject leaf what code reason state record",
    "watch": "who what purpose roles began spans",
}

#: Columns that nothing binds; the page of audited tables has why, by table. Times at which a row was written are for people.
UNBOUND = {
    "backup": "at place",
    "consignment": "number created",
    "cover": "first upto",
    "declaration_draft": "id sender version changed content",
    "device": "created changed",
    "device_batch": "id key stored messages content hash",
    "device_credential": "id since",
    "device_proof_key": "id since until",
    "device_standing": "note told judged refused heard last",
    "device_told": "device batch stored events content",
    "event_delivery": "subscription idx event type identity sender at state problem changed",
    "event_receiver": "subscription delivered last failing_since attempts next problem",
    "exchange_content": "id side content since",
    "exchange_nonce": "key nonce until",
    "exchange_partner": "agreement failing_since attempts next problem",
    "feed_file": "path size modified digest changed",
    "feed_problem": "path folder size modified changed code reason first_seen last_seen",
    "health_write": "host at",
    "history_value": "name value",
    "house": "id log since mode",
    "house_key": "name mark since",
    "laid_down": "changed",
    "lease": "name holder term until",
    "permit_use": "at",
    "refusal": "day who method path code count first last",
    "role_state": "role host worker pid started beat began ended worked failures failing_since error_code error_words error_at",
    "screening_answer": "version subject hits",
    "set_aside": "about mark first last attempts content",
    "set_aside_key": "set_aside kind value",
    "sign_in_bucket": "name level at",
    "sign_in_place": "officer kind digest last",
    "sign_in_tally": "day outcome officer address count unseen first last",
    "vessel_fix": "mmsi slot time received event receiver lat lon accuracy_m doubts",
    "vessel_name": "kind value mmsi first last",
    "watch": "last",
}

UNDER_MACS = {
    (one.table, name) for one in (*PROTECTED, *LATER_UNDER_MACS) if one.mac for name in (*one.columns, one.mac)
}

#: Tables of one month are parts of a table that stands here.
COLUMNS = """select table_name::text, column_name::text from information_schema.columns c
where table_schema = 'public' and table_name <> 'alembic_version'
and not exists (select from pg_class p where p.relname = c.table_name and p.relispartition)"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    built = build(tmp_path_factory.mktemp("columns") / "home")
    yield built
    built.stores.database.close()


def listed(lists: dict[str, str]) -> set[tuple[str, str]]:
    return {(table, name) for table, names in lists.items() for name in names.split()}


def unlisted(made: Built) -> set[tuple[str, str]]:
    """Columns of the real schema that stand in no list, and those of lists that are in no table."""
    with made.stores.database.transaction() as connection:
        there = {(table, name) for table, name in connection.execute(COLUMNS).fetchall()}
    return there ^ (UNDER_MACS | listed(COMPARED_COLUMNS) | listed(UNBOUND))


def test_every_column_stands_in_exactly_one_list(made: Built) -> None:
    assert unlisted(made) == set()
    assert not listed(COMPARED_COLUMNS) & UNDER_MACS
    assert not listed(UNBOUND) & (UNDER_MACS | listed(COMPARED_COLUMNS))


def test_a_new_column_without_an_entry_is_found(made: Built) -> None:
    with made.stores.database.transaction() as connection:
        connection.execute("alter table message add column told_by text")
    try:
        assert unlisted(made) == {("message", "told_by")}
    finally:
        with made.stores.database.transaction() as connection:
            connection.execute("alter table message drop column told_by")
