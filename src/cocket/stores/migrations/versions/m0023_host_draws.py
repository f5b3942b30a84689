# SPDX-License-Identifier: Apache-2.0
"""Whether a host says that chance chose a declaration, and with what chance."""

from alembic import op

revision = "0023"
down_revision = "0022"

COLUMNS = """
alter table host_decision add column is_random boolean;
alter table host_decision add column chance double precision;
alter table host_decision add column draw_mac bytea
"""


def upgrade() -> None:
    """Add columns, which rewrites nothing: what hosts said before does not tell."""
    for statement in COLUMNS.split(";\n"):
        if statement.strip():
            op.execute(statement)
