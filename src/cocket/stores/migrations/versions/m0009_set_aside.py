# SPDX-License-Identifier: Apache-2.0
"""What was set aside because it could not be worked on."""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = """
create table set_aside (
    id uuid primary key,
    role text not null,                  -- desk, book, tracker, ingress, feeds, intake
    kind text not null,                  -- message, record, recall, device-message, device, manifest, fleet, host-row, leaf
    subject text not null,               -- what, by its id or name within its kind
    about uuid,                          -- message or consignment; null if about none
    leaf bigint,                         -- index of the leaf; null if it has none
    what text not null,                  -- in words
    code text not null,                  -- of the error
    reason text not null,                -- in words
    mark text not null,                  -- the same for the same error
    first timestamptz not null,
    last timestamptz not null,
    attempts integer not null,
    state text not null,                 -- waiting, retrying, worked, closed
    record uuid,                         -- the newest sealed record of it; null until it is sealed
    content bytea,                       -- bytes to be worked on again, of what is sealed nowhere else until then
    unique (role, kind, subject)
);
create index set_aside_open on set_aside (role, state) where state in ('waiting', 'retrying');
create index set_aside_about on set_aside (about) where about is not null;
create index set_aside_unsealed on set_aside (role) where record is null;

create table set_aside_key (             -- keys of dossiers that a message set aside would have gone to
    set_aside uuid not null references set_aside (id) on delete cascade,
    kind text not null,
    value text not null,
    primary key (kind, value, set_aside)
);
create index set_aside_key_of on set_aside_key (set_aside);
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
