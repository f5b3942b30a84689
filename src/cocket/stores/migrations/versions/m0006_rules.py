# SPDX-License-Identifier: Apache-2.0
"""Which rule fired on which consignment."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = """
create table rule_hit (
    consignment uuid not null,
    rule text not null,
    wording text not null,               -- digest of what the rule said then; empty for one written in Python
    at timestamptz not null,
    is_shadow boolean not null,          -- ran without effect
    asked boolean not null,              -- asked for a lane or a query
    primary key (consignment, rule, wording)
);

create index rule_hit_by_rule on rule_hit (rule, wording, at);
"""


def upgrade() -> None:
    """Make the table."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
