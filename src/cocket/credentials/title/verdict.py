# SPDX-License-Identifier: Apache-2.0
"""What can be said of a document of title, in answers that must never be taken for one another.

*Is it whole, and its issuer's?* (integrity, issuer) and *is it still in force, and who controls it?* (title). After
surrender and burning, integrity holds for ever, and the paper is worth nothing: a release against it would be a second
delivery.
"""

from __future__ import annotations

import msgspec

from cocket.credentials.title.record import TransferableRecord
from cocket.credentials.title.state import Standing, Title
from cocket.ledger import Check

#: What a standing means to who looks at the paper.
_SAYS: dict[Standing, str] = {
    "unissued": "The registry has no such title.",
    "in-force": "The title is in force.",
    "surrendered": "The title was surrendered to its issuer and is not in force now.",
    "burned": "The title was surrendered and burned: it is no longer in force and never will be.",
}


class TitleVerdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a document of title at one moment.

    Attributes:
        record: Where its title is kept.
        integrity: Whether the document is whole.
        issuer: Whether who it names made it.
        title: Where the title stands; None if the registry was not asked, or did not answer.
        as_of: What the registry's answer rests on, such as `block 17 of 2026-11-25T10:00:00Z`; None if none was got.
        unknown: Why nothing is known of the title; None if something is.
    """

    record: TransferableRecord
    integrity: Check
    issuer: Check
    title: Title | None = None
    as_of: str | None = None
    unknown: str | None = None

    @property
    def is_in_force(self) -> bool | None:
        """Whether goods may be claimed with it: whole, its issuer's, and in force.

        Returns:
            False as soon as one of them fails; None while one of them is not known.
        """
        outcomes = {self.integrity.outcome, self.issuer.outcome}
        if "failed" in outcomes or (self.title is not None and self.title.standing != "in-force"):
            return False
        return True if self.title is not None and outcomes == {"passed"} else None

    @property
    def says(self) -> str:
        """Where the title stands, in a sentence; nothing of the document's integrity is in it."""
        if self.title is None:
            return f"The state of its title is not known. {self.unknown or ''}".strip()
        restored = self.title.standing == "in-force" and self.title.times_restored
        return _SAYS[self.title.standing] + (" It had been surrendered, and was restored." if restored else "")


def judge_title(checks: tuple[Check, Check], record: TransferableRecord, told: tuple[Title, str] | str) -> TitleVerdict:
    """Put together what the document shows and what the registry tells, without letting one speak for the other.

    Args:
        checks: What the document shows, of its integrity and of its issuer.
        record: Where it says its title is kept.
        told: Where the title stands and what that rests on; or why it is not known.
    """
    integrity, issuer = checks
    title, as_of, unknown = (None, None, told) if isinstance(told, str) else (*told, None)
    return TitleVerdict(record=record, integrity=integrity, issuer=issuer, title=title, as_of=as_of, unknown=unknown)
