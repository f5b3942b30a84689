# SPDX-License-Identifier: Apache-2.0
"""Where each dossier stands in the order of work, and the indexes by which the queue is read."""

from alembic import op

revision = "0016"
down_revision = "0015"

COLUMNS = """
alter table consignment add column work_band smallint;
alter table consignment add column work_worth double precision;
alter table consignment add column work_stake numeric;
alter table consignment add column work_due timestamptz;
alter table consignment add column work_mac bytea;
create index consignment_received on consignment (received desc, id desc) where merged_into is null;
create index consignment_title on consignment (title, id) where merged_into is null;
"""


def upgrade() -> None:
    """Add columns, which rewrites nothing, and two indexes: until a dossier is assessed again, it stands by its lane alone."""
    for statement in COLUMNS.split(";\n"):
        if statement.strip():
            op.execute(statement)
