# SPDX-License-Identifier: Apache-2.0
"""Bodies of advice are packed before they are encrypted, which programs of before cannot read; dossiers are counted less often."""

from alembic import op

revision = "0036"
down_revision = "0035"

#: By how much a table has grown when its statistics are renewed (share). A pass goes through 30,000 dossiers and makes the words
#: of each, half a second: at the usual tenth that is as much as PostgreSQL does for a quarter of them.
GROWN = 0.2

TABLES = ("consignment", "consignment_mark")


def upgrade() -> None:
    """Set what starts a pass. Bodies of before stay as they are, and are read as before."""
    for table in TABLES:
        op.execute(f"alter table {table} set (autovacuum_analyze_scale_factor = {GROWN})")
