# SPDX-License-Identifier: Apache-2.0
"""An index of what records are about, so that a thing whose rows are gone is found by its leaves."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add an index that leaves of messages, advice and looks, which are by far the most, do not enter."""
    op.execute(
        "create index leaf_subject on leaf (subject, kind) where kind not like 'message-%' "
        "and kind not in ('assessment', 'look', 'look-ended', 'merged', 'device-batches')"
    )
