# SPDX-License-Identifier: Apache-2.0
"""What the page on the logs calls things. Every text is looked up in the catalogue before it is shown."""

from __future__ import annotations

from typing import Final

from cocket.workbench.base.labels import _

#: Kinds of alarm: what they are, and what to do.
ALARMS: Final[dict[str, tuple[str, str]]] = {
    "fork": (
        _("Two histories are signed"),
        _(
            "Keep the file: with the log's public key it proves this to anybody. Tell the owner and the other witnesses."
        ),
    ),
    "rollback": (_("An older head is shown"), _("A cache, or a backup that was brought back: ask the owner.")),
    "altered": (
        _("A file is not what the head says"),
        _("Damage, or tampering without the key: ask the owner for the file again."),
    ),
    "signature": (
        _("The head is not signed by the log's key"),
        _("Another log, or somebody in between: ask the owner by another way."),
    ),
    "missing": (_("There is no head"), _("Ask the owner.")),
    "cosignature": (_("A witness's word does not hold"), _("Forged or damaged: ask the owner and that witness.")),
    "stale": (_("No new head for long"), _("The log has stopped, or its year is over, or an old copy is shown.")),
    "unwitnessed": (_("Not witnessed for long"), _("Ask the owner, and the witnesses.")),
    "unreadable": (_("An alarm that cannot be read"), _("Look at the file.")),
}

#: Kinds of a witness's key.
KINDS: Final[dict[str, str]] = {"ed25519": "Ed25519", "ml-dsa-44": "ML-DSA-44"}
