# SPDX-License-Identifier: Apache-2.0
"""Every customs office at which a dossier was declared, and an index of its references by their ends."""

from alembic import op

revision = "0015"
down_revision = "0014"

COLUMNS = """
alter table consignment add column offices text[] not null default '{}';
alter table consignment add column offices_mac bytea;
create index consignment_key_ending on consignment_key (kind, (reverse(value) collate "C"));
create index consignment_merged on consignment (merged_into) where merged_into is not null;
"""


def upgrade() -> None:
    """Add two columns, which rewrites nothing, and two indexes: until a dossier is derived again, it belongs to the office it shows."""
    for statement in COLUMNS.split(";\n"):
        if statement.strip():
            op.execute(statement)
