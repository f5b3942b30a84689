# SPDX-License-Identifier: Apache-2.0
"""Whether the database keeps what it acknowledges: no setting of server, database or role makes a commit a lie."""

from __future__ import annotations

from typing import Any

import psycopg

#: What would make an acknowledgement a lie, or hide damage: setting → value.
UNSAFE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "transaction_read_only": "on",
    "session_replication_role": "replica",
    "zero_damaged_pages": "on",
    "ignore_checksum_failure": "on",
    "ignore_system_indexes": "on",
}

#: What it means, in words; else committed data could be lost.
_MEANING = {
    "transaction_read_only": "nothing can be written",
    "session_replication_role": "references between tables are not enforced",
    "zero_damaged_pages": "damaged pages are emptied without an error",
    "ignore_checksum_failure": "damaged pages are read without an error",
    "ignore_system_indexes": "its catalogue is not read as it should be",
}

#: Of our own server, what it is given at its start, which no other setting can change.
_GIVEN_AT_START = ("fsync",)

#: Other spellings of a switch.
_SWITCH = {"true": "on", "yes": "on", "1": "on", "false": "off", "no": "off", "0": "off"}

_KEPT = """
select coalesce('role ' || r.rolname, 'every role') || coalesce(' in database ' || d.datname, ''), setting
from pg_catalog.pg_db_role_setting s cross join pg_catalog.unnest(s.setconfig) setting
left join pg_catalog.pg_roles r on r.oid = s.setrole left join pg_catalog.pg_database d on d.oid = s.setdatabase
where (s.setrole = 0 or r.rolname = current_user) and (s.setdatabase = 0 or d.datname = current_database())
order by 1, 2
"""


def meaning(name: str) -> str:
    """What an unsafe value of a setting means, in words."""
    return _MEANING.get(name, "committed data could be lost")


def kept_settings(connection: psycopg.Connection[Any]) -> list[tuple[str, str, str]]:
    """Settings kept for our role or our database: for whom, setting, value (0..n)."""
    rows = connection.execute(_KEPT).fetchall()
    return [(whom, *setting.split("=", 1)) for whom, setting in rows]


def unsafe_settings(connection: psycopg.Connection[Any], *, is_own: bool) -> list[str]:
    """Settings by which the database does not keep what it acknowledges, in words (0..n).

    Those in effect in this session, and those kept for our role or database: a session of ours is opened with its own
    value of `synchronous_commit`, which is stronger, but other programs' are not.

    Args:
        connection: A transaction.
        is_own: Whether the server is our own, which is started with `fsync`.
    """
    found = [
        f"The database has {name} {value}: {meaning(name)}."
        for name, value in connection.execute(
            "select name, setting from pg_catalog.pg_settings where name = any(%s) order by 1", (list(UNSAFE),)
        ).fetchall()
        if value == UNSAFE[name] and not (is_own and name in _GIVEN_AT_START)
    ]
    for whom, name, value in kept_settings(connection):
        bad = UNSAFE.get(name.removeprefix("default_"))
        if bad is not None and _SWITCH.get(value.lower(), value.lower()) == bad:
            found.append(f"{name} is set to {value} for {whom}: {meaning(name.removeprefix('default_'))}.")
    return found
