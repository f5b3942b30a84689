# SPDX-License-Identifier: Apache-2.0
"""A copy of the risk history, a row a value, from which a home that lost its own goes on at once."""

from alembic import op

revision = "0028"
down_revision = "0027"

TABLE = """
-- Values of the risk history; which of them there are, and after which leaf they stand, is in the place `analysts-copy`.
create table history_value (
    name bytea primary key,              -- keyed digest of the key
    value bytea not null                 -- key and value, encrypted under a key that an erasure destroys
)
"""


def upgrade() -> None:
    """Add the table; values are replaced in place, so that there is room for it on each page, and dead ones go by count."""
    op.execute(TABLE)
    op.execute("alter table history_value alter column value set storage external")
    op.execute(
        "alter table history_value set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, "
        "autovacuum_vacuum_threshold = 20000, autovacuum_analyze_scale_factor = 0.5)"
    )
