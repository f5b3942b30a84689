# SPDX-License-Identifier: Apache-2.0
"""Files of a host's folder: when their entry last changed, and why some are not taken in."""

from alembic import op

revision = "0014"
down_revision = "0013"

TABLES = """
alter table feed_file add column changed bigint;

create table feed_problem (              -- files of a host's folder that are not taken in as they are
    path bytea primary key,              -- as in feed_file
    folder bytea not null,               -- the folder watched
    size bigint not null,
    modified bigint not null,
    changed bigint not null,
    code text not null,
    reason text not null,
    first_seen timestamptz not null,
    last_seen timestamptz not null       -- when it was last looked into
);
create index feed_problem_folder on feed_problem (folder, first_seen);
"""


def upgrade() -> None:
    """Add a column (st_ctime_ns; null of files noted before), which rewrites nothing, and a table."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
