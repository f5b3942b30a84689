# SPDX-License-Identifier: Apache-2.0
"""Attempts to sign in: the brake on guessing, where an officer is known, and what was tried."""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = """
create table sign_in_bucket (            -- how many attempts are left; a full bucket has no row
    name bytea primary key,              -- SHA-256 of what is counted
    level double precision not null,
    at timestamptz not null
);
create index sign_in_bucket_by_age on sign_in_bucket (at);

create table sign_in_place (             -- browsers and addresses from which an officer has signed in
    officer text not null references officer (id),
    kind text not null,                  -- browser, address
    digest bytea not null,               -- SHA-256 of its token or network
    last timestamptz not null,
    primary key (officer, kind, digest)
);

create table sign_in_tally (             -- attempts that failed, counted
    day date not null,
    outcome text not null,               -- wrong, braked
    officer text not null,               -- empty for a name that is no officer's
    address text not null,               -- empty once a day has too many of them
    count bigint not null,
    unseen bigint not null,              -- since the officer last signed in
    first timestamptz not null,
    last timestamptz not null,
    primary key (day, outcome, officer, address)
);
create index sign_in_tally_by_officer on sign_in_tally (officer, outcome, day);
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
