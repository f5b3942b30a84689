# SPDX-License-Identifier: Apache-2.0
"""Bodies of advice in tables of a month each, which can be archived and dropped whole."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from alembic import op

revision = "0031"
down_revision = "0030"

TABLES = (
    # Bodies of before stay where they are: nothing is rewritten.
    "alter table record alter column body drop not null",
    "create table record_body (id uuid not null, body bytea not null, primary key (id)) partition by range (id)",
    "alter table record_body alter column body set storage external",
    "create table record_body_other partition of record_body default",
)

#: Each part is vacuumed after so many new rows, as the other tables that only grow (revision 0026).
GROWS = (
    "with (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000, "
    "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000, autovacuum_analyze_scale_factor = 0, "
    "autovacuum_analyze_threshold = 100000)"
)


def upgrade() -> None:
    """Add the table, with parts for this month and the next two; an id begins with the time at which it was made."""
    for statement in TABLES:
        op.execute(statement)
    now = datetime.now(UTC)
    for number in range(now.year * 12 + now.month - 1, now.year * 12 + now.month + 2):
        first, last = _id(number), _id(number + 1)
        name = f"record_body_{number // 12}_{number % 12 + 1:02}"
        op.execute(f"create table {name} partition of record_body for values from ('{first}') to ('{last}') {GROWS}")


def _id(number: int) -> UUID:
    """The id that stands before all that are made from a month on."""
    return UUID(int=int(datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC).timestamp() * 1000) << 80)
