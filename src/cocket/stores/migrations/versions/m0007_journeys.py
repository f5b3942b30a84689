# SPDX-License-Identifier: Apache-2.0
"""Journeys, what devices told on them, alerts, and the places and ways they are held to."""

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = """
create table laid_down (                 -- geofences and corridors; each wording is kept
    kind text not null,                  -- geofence, corridor
    name text not null,
    version integer not null,
    is_retired boolean not null,
    office text,
    changed timestamptz not null,
    changed_by text not null,
    body bytea not null,                 -- JSON
    primary key (kind, name, version)
);

create table journey (
    id uuid primary key,
    reference text not null,
    consignment uuid,                    -- null while no dossier has that reference
    state text not null,                 -- under-way, arrived, discharged
    departure text not null,
    destination text not null,
    starts_at timestamptz not null,
    time_limit timestamptz not null,
    arrived timestamptz,
    discharged timestamptz,
    discharged_by text,
    guarantee text not null,             -- none, at-stake, held, released
    judged timestamptz,                  -- when it was last judged
    plan bytea not null,                 -- JSON
    standing bytea not null              -- JSON: where it is, how far, what its seal is
);
create index journey_by_state on journey (state, starts_at);
create index journey_by_reference on journey (reference);
create index journey_by_consignment on journey (consignment);

create table journey_device (
    journey uuid not null references journey (id),
    device text not null references device (id),
    primary key (device, journey)
);

create table device_told (               -- events of one device from some rows of device_batch
    device text not null references device (id),
    batch bigint not null,               -- the last of those rows
    stored timestamptz not null,
    events integer not null,
    content bytea not null,              -- zstd of msgpack
    primary key (device, batch)
);
alter table device_told alter column content set storage external;

create table device_standing (           -- where a device is and who has it
    device text primary key references device (id),
    custody text not null default 'stock',   -- stock, issued, missing
    holder text not null default '',
    note text not null default '',
    told bigint not null default 0,      -- row of device_batch from which something of it was last taken in
    judged bigint not null default 0,    -- and up to which it was judged; less than told: to be judged again
    refused bigint not null default 0,   -- messages that could not be read, or claimed another device
    heard timestamptz,                   -- when something was last received
    last bytea                           -- JSON of its last place
);
create index device_standing_waiting on device_standing (device) where told > judged;
create index device_standing_heard on device_standing (heard);

create table alert (
    id text primary key,                 -- under which it was first raised
    found text not null,                 -- under which it is found now: a late message may have made it begin earlier
    kind text not null,
    severity text not null,
    state text not null,                 -- open, acknowledged, assigned, dispatched, closed
    told text not null,                  -- raised, raised-late
    is_withdrawn boolean not null,
    journey uuid,                        -- null for alerts of several devices together
    devices text[] not null,
    consignment uuid,
    office text,
    since timestamptz not null,
    raised timestamptz not null,
    changed timestamptz not null,
    ordered boolean not null,            -- an examination was ordered on its account
    assigned_to text,
    unit text,
    reason text,
    body bytea not null,                 -- JSON
    acts bytea not null                  -- JSON
);
create index alert_to_do on alert (severity desc, raised desc) where state <> 'closed' and not is_withdrawn;
create index alert_by_journey on alert (journey);
create index alert_by_device on alert using gin (devices);
create index alert_by_consignment on alert (consignment)
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
