# SPDX-License-Identifier: Apache-2.0
"""Devices with what they prove themselves by, and what they sent, a row for every few milliseconds."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = """
create table device (
    id text primary key,                 -- ASCII letters, digits, point, hyphen, underscore
    adapter text not null,               -- what reads its messages
    topic text not null unique,          -- the one topic it may write to
    identity text not null,              -- how its own protocol names it, such as an IMEI
    state text not null,                 -- active, suspended, revoked
    created timestamptz not null,
    changed timestamptz not null,
    unique (adapter, identity)
);
create unique index device_without_case on device (lower(id));

create table device_credential (         -- several may hold at once, so that none is silent while keys change
    id bigint generated always as identity primary key,
    device text not null references device (id),
    kind text not null,                  -- certificate, key
    digest bytea not null unique,        -- SHA-256 of the certificate (DER) or of the key
    since timestamptz not null,
    until timestamptz                    -- null: until it is told otherwise
);
create index device_credential_device on device_credential (device);

create table device_batch (              -- what came in within one commit interval
    id bigint primary key,               -- dense, in the order of commits; a reader's cursor. The newest row is never deleted
    key uuid not null unique,            -- of the attempt, so that one whose answer was lost is not stored twice
    stored timestamptz not null,
    messages integer not null,
    content bytea not null               -- zstd of msgpack
);
alter table device_batch alter column content set storage external
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
