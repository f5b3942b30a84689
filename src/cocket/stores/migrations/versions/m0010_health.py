# SPDX-License-Identifier: Apache-2.0
"""What each role last did, and what went wrong."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Nothing yet."""
