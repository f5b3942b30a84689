# SPDX-License-Identifier: Apache-2.0
"""Whose database this is, by its log and the marks of its keys; and which backups of it were made."""

from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = """
create table house (                     -- one row, once a house has taken the database
    id uuid primary key,
    log text not null,                   -- name of its logs, without the year
    since timestamptz not null,
    mode text not null                   -- live; examination for a restored copy that takes nothing in and signs nothing
);
create unique index house_is_one on house ((true));

create table house_key (                 -- marks of its keys; a key is never here
    name text primary key,               -- as its file is called
    mark text not null,                  -- digest of a public key, or a keyed check value of a secret
    since timestamptz not null
);

create table backup (                    -- backups that were finished
    id uuid primary key,                 -- also the record that seals it
    at timestamptz not null,             -- when it was finished
    leaves bigint not null,              -- leaves that it holds at least
    size_bytes bigint not null,
    kind text not null,                  -- files, dump, elsewhere: how the database is in it
    place text not null,                 -- where it was put, as the operator named it
    digest bytea not null                -- SHA-256 of its manifest
);
create index backup_newest on backup (at desc);
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
