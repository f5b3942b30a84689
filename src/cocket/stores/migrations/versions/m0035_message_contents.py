# SPDX-License-Identifier: Apache-2.0
"""Contents of messages in the tables of a month each, beside bodies of advice."""

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Let a message stand without its content.

    Contents of before stay where they are: nothing is read or rewritten, and the lock is held for no longer than a row of the
    catalogue takes.
    """
    op.execute("alter table message alter column content drop not null")
