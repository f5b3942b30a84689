# SPDX-License-Identifier: Apache-2.0
"""Accesses by day, so that retention finds each day of them without reading every leaf."""

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Add the index over leaves of accesses that are not emptied."""
    op.execute(
        "create index leaf_access on leaf (at) where kind in ('look', 'look-ended') and octet_length(digest) > 0"
    )
