# SPDX-License-Identifier: Apache-2.0
"""Which offices a message belongs to: worked out from its dossiers when it is asked for, so that nothing is kept of it."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Nothing to do: `consignment_message_message` finds the dossiers of a message, and an order its dossier."""
