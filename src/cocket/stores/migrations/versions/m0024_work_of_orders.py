# SPDX-License-Identifier: Apache-2.0
"""An index that has all by which the queue sorts dossiers with an order, so that no row is read for those not shown."""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add the index."""
    op.execute(
        "create index consignment_work on consignment (id) include (lane, is_declared, is_cancelled, received, work_band, "
        "work_worth, office, offices, assessment) where merged_into is null"
    )
