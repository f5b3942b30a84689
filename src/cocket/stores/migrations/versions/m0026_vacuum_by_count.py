# SPDX-License-Identifier: Apache-2.0
"""Tables that only grow are vacuumed after so many new rows, not after a share of all: what is behind stays the same at any size.

A share of a hundred million rows is twenty million: until then pages that no index-only scan may trust, and then one long pass.
An insert-driven pass reads only pages that are new; of its B-trees it reads none where no row died.
"""

from alembic import op

revision = "0026"
down_revision = "0025"

#: Rows after which a table is vacuumed, and after which its statistics are renewed (count).
VACUUM, ANALYZE = 50_000, 100_000

#: Tables to which rows are added, and of which few are ever changed. Those with an index for words (GIN), which every pass reads
#: whole, are left as they are.
TABLES = (
    "assessment",
    "consignment_key",
    "consignment_message",
    "identity",
    "leaf",
    "message",
    "record",
    "rule_hit",
)


def upgrade() -> None:
    """Set what starts a pass, table by table."""
    for table in TABLES:
        op.execute(
            f"alter table {table} set (autovacuum_vacuum_insert_scale_factor = 0, "
            f"autovacuum_vacuum_insert_threshold = {VACUUM}, autovacuum_vacuum_scale_factor = 0, "
            f"autovacuum_vacuum_threshold = {VACUUM}, autovacuum_analyze_scale_factor = 0, "
            f"autovacuum_analyze_threshold = {ANALYZE})"
        )
