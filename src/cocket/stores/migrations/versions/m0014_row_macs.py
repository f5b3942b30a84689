# SPDX-License-Identifier: Apache-2.0
"""What binds derived rows to their sealed records."""

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Nothing yet."""
