# SPDX-License-Identifier: Apache-2.0
"""Lists to screen against, what was found for whom, and matches that officers have cleared."""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = """
create table screening_list (
    name text primary key,
    version text not null,               -- hash of the content
    format text not null,
    dated text,                          -- when its keeper made it, as written
    entries integer not null,
    imported timestamptz not null,
    officer text not null,
    content bytea not null               -- as it came
);

create table screening_answer (          -- hits of a subject under one version of all lists; may be deleted at any time
    version text not null,
    subject text not null,
    hits bytea not null,                 -- JSON
    primary key (version, subject)
);

create table screening_clearance (       -- a subject is not who is listed; holds until the entry changes
    subject text not null,
    list text not null,
    entry text not null,
    fingerprint text not null,           -- of the entry as the officer saw it
    officer text not null,
    ground text not null,
    at timestamptz not null,
    primary key (subject, list, entry)
);
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
