# SPDX-License-Identifier: Apache-2.0
"""What the page on the logs calls things. Every text is looked up in the catalogue before it is shown."""

from __future__ import annotations

from typing import Final

from cocket.workbench.base.labels import _

#: Kinds of alarm: what they are, and what to do.
ALARMS: Final[dict[str, tuple[str, str]]] = {
    "fork": (
        _("Two histories were signed"),
        _(
            "Keep the file: with the log's public key it proves this to anyone. Inform the owner and the other witnesses."
        ),
    ),
    "rollback": (_("An older head is served"), _("A cache, or a restored backup: ask the owner.")),
    "altered": (
        _("A file does not match the head"),
        _("Damage, or tampering without the key: ask the owner for the file again."),
    ),
    "signature": (
        _("The head is not signed by the log's key"),
        _("Another log, or an interceptor: ask the owner through another channel."),
    ),
    "missing": (_("There is no head"), _("Ask the owner.")),
    "cosignature": (_("A witness's cosignature is not valid"), _("Forged or damaged: ask the owner and that witness.")),
    "stale": (
        _("No new head for a long time"),
        _("The log has stopped, or its year is over, or an old copy is served."),
    ),
    "unwitnessed": (_("Not witnessed for a long time"), _("Ask the owner, and the witnesses.")),
    "promise": (
        _("A promise to a sender was broken"),
        _("Keep the file: with the public keys of the log and of its receipts it proves this to anyone."),
    ),
    "unreadable": (_("An alarm that cannot be read"), _("Inspect the file.")),
}

#: What is said of a witness that does not cosign.
NO_ANSWER: Final = _("It does not cosign.")

#: Kinds of a witness's key.
KINDS: Final[dict[str, str]] = {"ed25519": "Ed25519", "ml-dsa-44": "ML-DSA-44"}
