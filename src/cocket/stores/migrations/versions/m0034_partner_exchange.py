# SPDX-License-Identifier: Apache-2.0
"""Messages to partner administrations that wait to be sent, answers given to theirs, and nonces that were taken."""

from alembic import op

revision = "0034"
down_revision = "0033"

TABLES = """
create table exchange_content (          -- a message until it is answered; an answer for as long as it may be asked for again
    id text not null,                    -- id of the message
    side text not null,                  -- out: the message, to be sent; in: the answer that we gave to it
    content bytea not null,              -- encrypted
    since timestamptz not null,
    primary key (id, side)
);
create table exchange_nonce (            -- a nonce of a request that was taken, until the request is too old to be taken
    key text not null,                   -- id of the key that signed it
    nonce text not null,
    until timestamptz not null,
    primary key (key, nonce)
);
create table exchange_partner (          -- how sending under one agreement goes
    agreement text primary key,
    failing_since timestamptz,
    attempts integer not null,           -- failed since then
    next timestamptz not null,           -- not to be tried before
    problem text not null                -- what the last attempt met; empty after one that went well
);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(TABLES)
