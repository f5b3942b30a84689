# SPDX-License-Identifier: Apache-2.0
"""Fewer indexes of the keys and marks of dossiers, which each declaration writes a dozen rows of."""

from alembic import op

revision = "0025"
down_revision = "0024"

#: One index of each table is both its key and that of searches by how a value begins: equality goes by it too. A search for
#: the end of a key asks after a stroke, so only values that have one are in the index by ends.
INDEXES = (
    "create unique index consignment_key_whole on consignment_key (value text_pattern_ops, kind, consignment)",
    "alter table consignment_key drop constraint consignment_key_pkey",
    "drop index consignment_key_start",
    "drop index consignment_key_ending",
    """create index consignment_key_ending on consignment_key (kind, (reverse(value) collate "C")) where value like '%/%'""",
    "create unique index consignment_mark_whole on consignment_mark (kind, value text_pattern_ops, consignment)",
    "alter table consignment_mark drop constraint consignment_mark_pkey",
    "drop index consignment_mark_value",
)


def upgrade() -> None:
    """Make three indexes anew and drop five; some ten seconds for a million dossiers."""
    for statement in INDEXES:
        op.execute(statement)
