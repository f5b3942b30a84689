# SPDX-License-Identifier: Apache-2.0
"""Files that live longer than one act, and permits with what is written off them."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = """
-- A doubt about a value, an audit after release, an intelligence report, the standing of a trader. Its life is records
-- about it; here is how it stands.
create table case_file (
    id uuid primary key,
    kind text not null,                  -- value-doubt, audit, intelligence, standing
    state text not null,
    consignment uuid,                    -- the dossier it belongs to, where it belongs to one
    office text,
    opened timestamptz not null,
    changed timestamptz not null,
    body bytea not null                  -- JSON, byte for byte as last sealed
);
create index case_file_list on case_file (kind, state, changed desc);
create index case_file_consignment on case_file (consignment) where consignment is not null;

create table case_file_key (             -- by what it is found: a trader's number, a container, a heading, a route
    name text not null,
    value text not null,
    file uuid not null references case_file (id),
    primary key (name, value, file)
);
create index case_file_key_file on case_file_key (file);

create table permit (
    id uuid primary key,
    agency text not null,
    type text not null,
    number text not null,
    holder text,                         -- the holder's number with customs
    status text not null,                -- valid, suspended, withdrawn, used-up
    valid_from date,
    valid_to date,
    quantity numeric,                    -- what it allows; null for no limit
    unit text,
    value numeric,
    currency text,
    uses integer,                        -- number of times it may be used; null for no limit
    quantity_taken numeric not null default 0,  -- reserved and confirmed together
    value_taken numeric not null default 0,
    uses_taken integer not null default 0,
    body bytea not null,                 -- JSON, byte for byte as last sealed
    unique (agency, type, number)
);

create table permit_use (                -- one item of one declaration on one permit
    permit uuid not null references permit (id),
    declaration text not null,
    item integer not null,
    state text not null,                 -- reserved, confirmed, returned
    quantity numeric not null default 0,
    value numeric not null default 0,
    at timestamptz not null,
    primary key (permit, declaration, item)
);
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
