# SPDX-License-Identifier: Apache-2.0
"""What binds derived rows to their sealed records, and the rows that do not agree with them."""

from alembic import op

revision = "0013"
down_revision = "0012"

#: Tables whose rows bear a MAC over all that is protected in them. A column that may be null costs no rewriting.
_TABLES = (
    "consignment",
    "consignment_message",
    "assessment",
    "control_order",
    "override",
    "result",
    "host_decision",
    "draw_seed",
    "api_key",
    "officer",
    "session",
    "case_file",
    "case_file_key",
    "permit",
    "permit_claim",
    "permit_use",
    "journey",
    "alert",
    "screening_clearance",
    "place",
)

_MORE = """
-- Written by others than the rest of the row: what the queue shows of a dossier, what is taken of a permit, a journey's plan.
alter table consignment add column line_mac bytea;

alter table permit add column taken_mac bytea;

alter table journey add column plan_mac bytea;

-- The sealed record each of these rests on: the newest act that made it what it is.
alter table control_order add column record uuid;

alter table override add column record uuid;

alter table session add column record uuid;

alter table officer add column record uuid;

alter table api_key add column record uuid;

create table row_difference (            -- rows that are not as the house wrote them, or not as sealed records say
    tbl text not null,
    id text not null,                    -- the row's key, its columns with a blank between
    col text not null,                   -- column; empty for the whole row
    stands text,                         -- what stands there
    sealed text,                         -- what sealed records say; null where that is not known yet
    leaf bigint,                         -- index of the newest leaf that says so
    about uuid,                          -- dossier the row is about
    found timestamptz not null default now(),
    primary key (tbl, id, col)
);

create index row_difference_about on row_difference (about);

create table row_shadow (                -- what sealed records say of each row, while an audit is on its way
    tbl text not null,
    id text not null,
    about text,                          -- dossier the row is about
    leaf bigint not null,                -- index of the newest leaf that says so
    body bytea not null,                 -- JSON
    mac bytea not null,
    primary key (tbl, id)
);

create index row_shadow_about on row_shadow (about)
"""


def upgrade() -> None:
    """Add the columns and the table; no row bears a MAC before `adopt_rows` has gone over them."""
    for table in _TABLES:
        op.execute(f"alter table {table} add column mac bytea")
    for statement in _MORE.split(";\n"):
        if statement.strip():
            op.execute(statement)
