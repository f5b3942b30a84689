# SPDX-License-Identifier: Apache-2.0
"""Whose database this is."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Nothing yet."""
