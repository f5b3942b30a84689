# SPDX-License-Identifier: Apache-2.0
"""What binds messages, what recognises them again, promises of receipts and port calls to what was written."""

from alembic import op

revision = "0017"
down_revision = "0016"

COLUMNS = """
alter table message add column mac bytea;
alter table identity add column mac bytea;
alter table leaf add column promise_mac bytea;
alter table port_call add column mac bytea;
alter table heads add column mac bytea;
create index identity_message on identity (message_id)
"""


def upgrade() -> None:
    """Add columns, which rewrites nothing, and an index; no row bears these MACs before `adopt_rows` has gone over them."""
    for statement in COLUMNS.split(";\n"):
        if statement.strip():
            op.execute(statement)
