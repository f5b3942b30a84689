# SPDX-License-Identifier: Apache-2.0
"""What people and machines that had come in were refused, counted by day."""

from alembic import op

revision = "0029"
down_revision = "0028"

TABLES = """
create table refusal (                   -- what was refused to whoever had come in, counted
    day date not null,
    who text not null,                   -- account or key
    method text not null,
    path text not null,                  -- what was asked for; empty once a day has too many of one actor
    code text not null,                  -- rule of policy that refused, or not-found
    count bigint not null,
    first timestamptz not null,
    last timestamptz not null,
    primary key (day, who, method, path, code)
);
create index refusal_by_time on refusal (last);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(TABLES)
