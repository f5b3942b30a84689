# SPDX-License-Identifier: Apache-2.0
"""Which office a message belongs to."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Nothing yet."""
