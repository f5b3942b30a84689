# SPDX-License-Identifier: Apache-2.0
"""Events that wait to be sent to subscribers, and how sending to each goes."""

from alembic import op

revision = "0033"
down_revision = "0032"

TABLES = """
create table event_delivery (            -- an event for one subscriber, until it is sent
    subscription uuid not null,
    idx bigint not null,                 -- leaf of what happened: the order of events
    event text not null,                 -- id of the event
    type text not null,
    identity text not null,              -- our id of what it is about
    sender text,                         -- whose it is; null for nobody's
    at timestamptz not null,             -- when it happened
    state text not null,                 -- waiting, dead
    problem text not null,               -- why it is dead; empty while it waits
    changed timestamptz not null,
    primary key (subscription, idx)
);
create index event_delivery_waiting on event_delivery (subscription, idx) where state = 'waiting';
create index event_delivery_dead on event_delivery (changed) where state = 'dead';
create table event_receiver (            -- how sending to one subscriber goes
    subscription uuid primary key,
    delivered bigint not null,
    last timestamptz,                    -- when something was delivered
    failing_since timestamptz,
    attempts integer not null,           -- failed since then
    next timestamptz not null,           -- not to be tried before
    problem text not null                -- what the last attempt met; empty after one that went well
);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(TABLES)
