# SPDX-License-Identifier: Apache-2.0
"""The day of the declaration of each dossier, by which figures go."""

from alembic import op

revision = "0022"
down_revision = "0021"

COLUMNS = """
alter table consignment add column declared_on date;
alter table consignment add column declared_by text;
alter table consignment add column day_mac bytea;
create index consignment_declared on consignment (declared_on) where merged_into is null;
create index consignment_without_day on consignment (id) where day_mac is null and is_declared
"""


def upgrade() -> None:
    """Add columns, which rewrites nothing, and two indexes: the first upgrade with them fills them from the papers of before."""
    for statement in COLUMNS.split(";\n"):
        if statement.strip():
            op.execute(statement)
