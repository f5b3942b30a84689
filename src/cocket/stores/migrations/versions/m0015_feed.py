# SPDX-License-Identifier: Apache-2.0
"""Files of a host's folder."""

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Nothing yet."""
