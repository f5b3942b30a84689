# SPDX-License-Identifier: Apache-2.0
"""Vessels and the port calls of manifests; keys that prove messages of devices; looks that last."""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = """
create table vessel_fix (                -- where vessels were heard: one place for each five minutes
    mmsi text not null,
    slot bigint not null,                -- five minutes since 1970, counted
    time timestamptz not null,
    received timestamptz not null,
    event text not null,
    receiver text not null,              -- device that heard it
    lat double precision not null,
    lon double precision not null,
    accuracy_m real,
    doubts text[] not null,
    primary key (mmsi, slot)
);

create table vessel_name (               -- what vessels tell of themselves
    kind text not null,                  -- imo, call-sign, name
    value text not null,                 -- in the form in which they are compared
    mmsi text not null,
    first timestamptz not null,
    last timestamptz not null,
    primary key (kind, value, mmsi)
);
create index vessel_name_by_mmsi on vessel_name (mmsi);

create table port_call (                 -- port calls as manifests on file state them
    source text not null,                -- sender, standard and reference of the manifest
    what text not null,                  -- arrival, departure
    message uuid not null,               -- the manifest as it stands
    manifest text not null,              -- what people call it
    office text,
    ends timestamptz not null,           -- when it is over, about
    imo text,
    call_sign text,
    name text,
    body bytea not null,                 -- JSON
    primary key (source, what)
);
create index port_call_by_manifest on port_call (manifest);
create index port_call_by_imo on port_call (imo);
create index port_call_by_call_sign on port_call (call_sign);
create index port_call_by_name on port_call (name);

alter table alert add column manifest text;   -- on which it rests; null for all but port calls
create index alert_by_manifest on alert (manifest) where manifest is not null;

create table alert_consignment (         -- dossiers of an alert that has several: those of a manifest's bills
    alert text not null references alert (id) on delete cascade,
    consignment uuid not null,
    primary key (consignment, alert)
);

create table device_proof_key (          -- by which messages prove themselves, one by one
    id bigint generated always as identity primary key,
    device text not null references device (id),
    kid text not null,
    algorithm text not null,             -- HS256, EdDSA, ES256
    material bytea not null,             -- public key; a secret is wrapped under the house's wrapping key
    since timestamptz not null,
    until timestamptz,                   -- null: until it is told otherwise
    unique (device, kid)
);

create table watch (                     -- a look that lasts, at a page that refreshes itself
    who text not null,
    what text not null,
    purpose text not null,
    roles text[] not null,
    began timestamptz not null,
    last timestamptz not null,
    spans bytea not null,                -- JSON: subject to its first and last showing
    primary key (who, what, purpose)
);

alter table device_batch add column hash bytea;   -- of a row of which something was erased: what was sealed of it
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
