# SPDX-License-Identifier: Apache-2.0
"""Indexes of what is little among much: orders that are open, and dossiers that are cancelled."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add an index of each."""
    op.execute("create index control_order_open on control_order (consignment) where status = 'open'")
    op.execute(
        "create index consignment_cancelled on consignment (received desc, id desc) "
        "where is_cancelled and merged_into is null"
    )
