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

create table permit (                    -- one line of a permit: goods with limits of their own
    id uuid primary key,
    agency text not null,
    type text not null,
    number text not null,                -- without blanks, in capitals
    line integer not null,
    status text not null,                -- valid, suspended, withdrawn
    quantity numeric,                    -- what it allows; null for no limit
    value numeric,
    uses integer,                        -- declarations it may be used for; null for no limit
    quantity_taken numeric not null default 0 check (quantity_taken >= 0 and quantity_taken <= quantity),
    value_taken numeric not null default 0 check (value_taken >= 0 and value_taken <= value),
    uses_taken integer not null default 0 check (uses_taken >= 0 and uses_taken <= uses),
    body bytea not null,                 -- JSON, byte for byte as last sealed
    unique (agency, type, number, line)
);
create index permit_number on permit (number);

create table permit_claim (              -- how a declaration stands on all its permits; locked before any of these
    declaration text primary key,
    version integer not null,            -- of the declaration; an older one changes nothing any more
    is_returned boolean not null
);

create table permit_use (                -- one item of one declaration on one permit
    permit uuid not null references permit (id),
    declaration text not null references permit_claim (declaration),
    item integer not null,
    state text not null,                 -- reserved, confirmed, returned; the first two are in what is taken
    quantity numeric check (quantity >= 0), -- in the permit's unit; null where it has none
    value numeric check (value >= 0),
    at timestamptz not null,
    primary key (permit, declaration, item)
);
create index permit_use_declaration on permit_use (declaration);
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
