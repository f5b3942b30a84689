# SPDX-License-Identifier: Apache-2.0
"""What each role last did, and what went wrong."""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = """
create table role_state (                -- one row a process; written by itself about once a second
    role text not null,
    host text not null,
    worker text not null,                -- the role's name, with a number where there are several
    pid integer not null,
    started timestamptz not null,
    beat timestamptz not null,           -- last sign of life, by the database's clock
    began timestamptz,                   -- last turn of work that began
    ended timestamptz,                   -- last turn that ended well
    worked timestamptz,                  -- last turn that found work
    failures integer not null default 0, -- in a row; 0 while it goes well
    failing_since timestamptz,           -- the first of them
    error_code text,                     -- of the last failure, kept after it is over
    error_words text,
    error_at timestamptz,
    primary key (role, host, worker)
);

create table health_write (              -- the durable write by which it is seen that one can write
    host text primary key,
    at timestamptz not null
)
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
