# SPDX-License-Identifier: Apache-2.0
"""The first shape: identity, messages, records, leaves, heads, dossiers, advice, people."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
-- Who has sent what before. Narrow and unpartitioned, so that both unique rules hold over all time.
create table identity (
    sender text not null,
    content_mac bytea not null,          -- HMAC-SHA-256 of the bytes, under the identity key
    standard text,
    reference text,                      -- held reference; null for refused messages, conflicts and amendments
    message_id uuid not null,
    versions integer not null default 1, -- versions known of a held reference
    primary key (sender, content_mac)
);
create unique index identity_reference on identity (sender, standard, reference) where reference is not null;

-- Messages as received, and what was read in them.
create table message (
    id uuid primary key,
    sender text not null,
    actor text not null,
    door text not null,
    received timestamptz not null,
    standard text,
    outcome text not null,               -- accepted, refused, conflict
    function text not null,              -- original, amendment, cancellation
    reference text,
    version integer not null,
    content bytea not null,              -- zstd of the bytes as received
    reading bytea not null,              -- zstd of msgpack of the Reading
    file_name text
);
alter table message alter column content set storage external, alter column reading set storage external;
create index message_reference on message (sender, standard, reference);

-- Everything else that is sealed: assessments, lanes, looks, overrides, results, grants.
create table record (
    id uuid primary key,
    kind text not null,
    at timestamptz not null,
    actor text not null,
    subject text not null,
    about uuid,                          -- consignment or message it is about
    body bytea not null                  -- JSON, byte for byte as sealed
);
create index record_about on record (about, at);

-- The leaves of the log, dense from 0. The opening fields stand here so that a receipt can be made again.
create table leaf (
    idx bigint primary key,
    record uuid not null,
    kind text not null,
    at timestamptz not null,
    actor text not null,
    subject text not null,
    digest bytea not null,               -- SHA-256 of the sealed bytes
    nonce bytea not null,
    seal bytea not null,                 -- the commitment that is published
    include_by timestamptz not null,
    is_degraded boolean not null default false
);
create unique index leaf_record on leaf (record);

create table heads (
    log text not null,
    size bigint not null,
    root bytea not null,
    at timestamptz not null,
    primary key (log, size)
);

create table place (                     -- how far a role has got, and other single values
    name text primary key,
    value bytea not null
);

create table consignment (
    id uuid primary key,
    number bigint generated always as identity,
    created timestamptz not null,
    merged_into uuid,
    title text not null default '',
    office text,
    trader text,
    goods text,
    equipment integer not null default 0,
    value text,
    received timestamptz not null,
    is_declared boolean not null default false,
    is_cancelled boolean not null default false,
    lane text,
    score double precision,
    assessment uuid
);
create index consignment_queue on consignment (lane, received desc) where merged_into is null;

create table consignment_key (
    kind text not null,
    value text not null,
    consignment uuid not null,
    is_strong boolean not null,
    primary key (kind, value, consignment)
);
create unique index consignment_key_strong on consignment_key (kind, value) where is_strong;
create index consignment_key_consignment on consignment_key (consignment);

create table consignment_message (
    consignment uuid not null,
    message uuid not null,
    part integer not null default 0,     -- which bill of a manifest; 0 for a whole message
    primary key (consignment, message, part)
);
create index consignment_message_message on consignment_message (message);

create table assessment (
    id uuid primary key,                 -- also its record
    consignment uuid not null,
    message uuid not null,
    made timestamptz not null,
    lane text not null,
    score double precision,
    is_random boolean not null,
    propensity double precision not null
);
create index assessment_consignment on assessment (consignment, made);

create table control_order (
    id uuid primary key,
    consignment uuid not null unique,
    lane text not null,
    office text,
    status text not null,                -- open, done, released
    created timestamptz not null
);

create table result (                    -- recorded here by an officer
    id uuid primary key,                 -- also its record
    consignment uuid not null,
    at timestamptz not null,
    is_examined boolean not null,
    is_found boolean,
    duty numeric,
    currency text
);
create index result_consignment on result (consignment);

create table host_decision (
    kind text not null,                  -- link key of the declaration at the host
    value text not null,
    lane text,
    override text,
    override_reason text,
    decided timestamptz,
    is_examined boolean,                 -- null until the host tells a result
    is_found boolean,
    offence text,
    duty numeric,
    currency text,
    returned timestamptz,
    primary key (kind, value)
);

create table override (
    consignment uuid primary key,
    lane text not null,
    reason text not null,
    officer text not null,
    at timestamptz not null
);

create table draw_seed (
    day date primary key,
    seed bytea not null,
    record uuid not null                 -- the record that committed it beforehand
);

create table feed_file (                 -- files of a host's folder already taken in
    path bytea primary key,
    size bigint not null,
    modified bigint not null,
    digest bytea not null
);

create table api_key (
    id text primary key,
    secret_hash bytea not null,
    name text not null,
    roles text[] not null,
    senders text[] not null,
    office text,
    created timestamptz not null,
    revoked timestamptz
);

create table officer (
    id text primary key,
    name text not null,
    role text not null,
    office text,
    password_hash text not null,
    created timestamptz not null,
    disabled timestamptz
);

create table session (
    token_hash bytea primary key,
    officer text not null references officer (id),
    csrf text not null,
    created timestamptz not null,
    expires timestamptz not null
);
"""


def upgrade() -> None:
    """Make all tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
