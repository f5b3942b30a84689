# SPDX-License-Identifier: Apache-2.0
"""Declarations that traders fill in by hand and have not lodged yet."""

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Add the table, and the index by which a sender's drafts are listed."""
    op.execute(
        "create table declaration_draft (id uuid primary key, sender text not null, version integer not null, "
        "changed timestamptz not null, content bytea not null)"
    )
    op.execute("create index declaration_draft_sender on declaration_draft (sender, changed)")
