# SPDX-License-Identifier: Apache-2.0
"""Settings of server, database and role: what makes a commit a lie, changes what is written, or ends our work early."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import psycopg

from cocket.stores.postgres.sessions import PINNED

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

#: What is short of something with less than so much of it, and what it means: setting → (kB, or None where any value is).
_LEAST = {
    "temp_file_limit": (1_048_576, "statements that sort or join much fail"),
    "work_mem": (1_024, "statements become slow, or need temporary files"),
    "maintenance_work_mem": (1_024, "upgrades become slow"),
}

#: What ends or hinders work of ours wherever it is kept, and cannot be pinned with every version of PostgreSQL.
_LIMITS = {
    "transaction_timeout": "long transactions are ended",
    "role": "sessions work as another role",
    "default_tablespace": "new tables are kept elsewhere",
    "temp_tablespaces": "temporary files are kept elsewhere",
    "session_preload_libraries": "foreign code is loaded into each session",
    "local_preload_libraries": "foreign code is loaded into each session",
    "client_encoding": "text could be written or read wrongly",
}

#: How much a value of memory or of a file is, in kB.
_SIZE = re.compile(r"(-?\d+)\s*(B|kB|MB|GB|TB)?")
_KB = {"B": 1 / 1024, "kB": 1, "MB": 1024, "GB": 1024**2, "TB": 1024**3}

_KEPT = """
select coalesce('role ' || r.rolname, 'every role') || coalesce(' in database ' || d.datname, ''), setting,
    'ALTER ' || case when s.setrole = 0 and s.setdatabase <> 0 then 'DATABASE ' || pg_catalog.quote_ident(d.datname)
    else 'ROLE ' || coalesce(pg_catalog.quote_ident(r.rolname), 'ALL')
    || coalesce(' IN DATABASE ' || pg_catalog.quote_ident(d.datname), '') end
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
    return [(one.whom, one.name, one.value) for one in _kept(connection)]


class _Kept(msgspec.Struct, frozen=True):
    """A setting kept for our role or our database.

    Attributes:
        whom: For whom, in words.
        name: The setting.
        value: Its value.
        act: The statement that takes it back.
    """

    whom: str
    name: str
    value: str
    act: str


class Hindrance(msgspec.Struct, frozen=True):
    """A setting that hinders the house, or would change what others' sessions write into its tables.

    Attributes:
        words: What is, and what it means.
        act: The statement that takes it back, or what else to do.
    """

    words: str
    act: str


def _kept(connection: psycopg.Connection[Any]) -> list[_Kept]:
    rows = connection.execute(_KEPT).fetchall()
    kept = [(whom, *setting.split("=", 1), act) for whom, setting, act in rows]
    return [_Kept(whom, name.lower(), value, f"{act} RESET {name.lower()};") for whom, name, value, act in kept]


def hindrances(connection: psycopg.Connection[Any]) -> list[Hindrance]:
    """Settings that limit the house, or are other than those its sessions are opened with (0..n)."""
    found = []
    for one in _kept(connection):
        said = f"{one.name} is set to {one.value} for {one.whom}"
        if (means := _limit(one.name, one.value)) is not None:
            found.append(Hindrance(f"{said}: {means}.", one.act))
        elif one.name in PINNED and _plain(one.value) != _plain(PINNED[one.name]):
            means = "Cocket's sessions do not follow it, those of other programs do"
            found.append(Hindrance(f"{said}: {means}.", one.act))
    named = " ".join(one.words for one in found)
    lasting = [name for name in PINNED if not name.endswith("_timeout")]  # a look sets timeouts of its own
    for name, value in _in_effect(connection, [*_LEAST, "transaction_timeout", *lasting]).items():
        means = _limit(name, value) if name not in PINNED else None
        if name in PINNED and _plain(value) != _plain(PINNED[name]):
            means = f"Cocket asked for {PINNED[name]} when it connected, and something on the way changed it"
        if means is not None and f"{name} is set to" not in named:
            act = f"If the server has it: ALTER SYSTEM RESET {name}; and a reload. Else restart cocket serve."
            found.append(Hindrance(f"{name} is {value}: {means}.", act))
    return found


def _limit(name: str, value: str) -> str | None:
    """What a value of a setting that limits means, in words; None where it limits nothing."""
    if name in _LEAST:
        least, means = _LEAST[name]
        match = _SIZE.fullmatch(value.strip())
        size = int(match[1]) * _KB[match[2] or "kB"] if match else -1
        return means if 0 <= size < least else None
    if value.strip() in ("", "0") or (name == "client_encoding" and _plain(value) in ("utf8", "utf-8")):
        return None
    return _LIMITS.get(name)


def _plain(value: str) -> str:
    """A value without what its spellings differ in."""
    folded = re.sub(r"[\s\"']", "", value).lower()
    return _SWITCH.get(folded, folded) if folded not in ("0", "1") else folded


def _in_effect(connection: psycopg.Connection[Any], names: list[str]) -> dict[str, str]:
    """Settings as they are in this session; those that the server does not know are left out."""
    rows = connection.execute(
        "select name, pg_catalog.current_setting(name, true) from pg_catalog.unnest(%s::text[]) name", (names,)
    ).fetchall()
    return {name: value for name, value in rows if value is not None}


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
        for name, value in sorted(_in_effect(connection, list(UNSAFE)).items())
        if value == UNSAFE[name] and not (is_own and name in _GIVEN_AT_START)
    ]
    for whom, name, value in kept_settings(connection):
        bad = UNSAFE.get(name.removeprefix("default_"))
        if bad is not None and _SWITCH.get(value.lower(), value.lower()) == bad:
            found.append(f"{name} is set to {value} for {whom}: {meaning(name.removeprefix('default_'))}.")
    return found
