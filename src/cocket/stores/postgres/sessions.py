# SPDX-License-Identifier: Apache-2.0
"""How every session of ours with PostgreSQL is opened: what changes how values are written or read is the same in all.

A setting given at connection is stronger than one kept for the role, the database or the server.

Source: PostgreSQL 17, chapter 19 (server configuration) and section 32.1.2 (connection parameters).
"""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

#: What no setting of a role or a database may change for a session of ours: setting → value, as `SHOW` tells it.
PINNED = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "timezone_abbreviations": "Default",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    "default_text_search_config": "pg_catalog.simple",
    "search_path": "public,pg_temp",
    "standard_conforming_strings": "on",
    "backslash_quote": "safe_encoding",
    "quote_all_identifiers": "off",
    "array_nulls": "on",
    "transform_null_equals": "off",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "xmlbinary": "base64",
    "xmloption": "content",
    "gin_fuzzy_search_limit": "0",
    "row_security": "on",
    "synchronous_commit": "on",
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "default_transaction_deferrable": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
}

#: Given as a parameter of its own: the client goes by it too.
ENCODING = "UTF8"


def opening(name: str) -> dict[str, Any]:
    """What a session is opened with besides its connection string, whose own options it replaces.

    Args:
        name: What whoever looks at the sessions of the server sees.
    """
    return {"options": _options(), "client_encoding": ENCODING, "application_name": name}


def pinned_address(dsn: str) -> tuple[str, str | None]:
    """A connection string for PostgreSQL's own programs, and the password apart, which others could read among processes."""
    parts: dict[str, Any] = dict(conninfo_to_dict(dsn))
    password = parts.pop("password", None)
    address = make_conninfo(**{**parts, "options": _options(), "client_encoding": ENCODING})
    return address, str(password) if password else None


def _options() -> str:
    return " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in PINNED.items())
