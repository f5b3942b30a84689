# SPDX-License-Identifier: Apache-2.0
"""Attempts to sign in."""

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Nothing yet."""
