# SPDX-License-Identifier: Apache-2.0
"""What was set aside because it could not be worked on."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Nothing yet."""
