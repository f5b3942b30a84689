# SPDX-License-Identifier: Apache-2.0
"""What binds the years of the log, and the steps of their heads, to what was written."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add a column, which rewrites nothing; no row bears a MAC before `adopt_rows` has gone over them."""
    op.execute("alter table era add column mac bytea")
