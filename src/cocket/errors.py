# SPDX-License-Identifier: Apache-2.0
"""The one family of errors that leaves any room, sorted by whose fault it is.

An expected defect of a message is a finding (`cocket.findings`), not an error. An error carries fields, not only
text, so that every door can answer in its own way: an HTTP status, an exit code, a line on a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cocket.findings import Finding


class CocketError(Exception):
    """Root of every error that Cocket raises on purpose.

    Args:
        message: One plain sentence: what is wrong, in the reader's words.
        code: Stable kebab-case name of the error, for programs.
        pointer: Where in the input, as a WCO pointer or file position; None if it concerns the whole.
        expected: What would have been right; None if there is no single right value.
        found: What was there instead; None if it was absent.
        hint: What to do next, as a sentence; None if nothing can be done.
    """

    code = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        pointer: str | None = None,
        expected: str | None = None,
        found: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.pointer = pointer
        self.expected = expected
        self.found = found
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class SenderError(CocketError):
    """The sender's message or request cannot be taken as it is.

    `findings` (0..n) say why, in the order they were met.
    """

    code = "message-refused"

    def __init__(self, message: str, *, findings: tuple[Finding, ...] = (), **fields: str | None) -> None:
        super().__init__(message, **fields)
        self.findings = findings


class UnreadableError(SenderError):
    """The bytes cannot be read as any standard at all (HTTP 400)."""

    code = "unreadable"


class PartnerError(CocketError):
    """A system on the other side (host, witness, partner) did not do its part."""

    code = "partner"


class PolicyError(CocketError):
    """Policy does not allow this act; `reasons` (1..n) name the rules that said so."""

    code = "not-allowed"

    def __init__(self, message: str, *, reasons: tuple[str, ...] = (), **fields: str | None) -> None:
        super().__init__(message, **fields)
        self.reasons = reasons


class ReasonMissingError(PolicyError):
    """An act that policy allows with a reason in words came without one (HTTP 422)."""

    code = "reason-missing"


class StoreError(CocketError):
    """The database, the disk or a file of ours failed; nothing was acknowledged (HTTP 503)."""

    code = "store"


#: Codes of a database whose tables another version of the program has changed.
OF_ANOTHER_VERSION = frozenset({"database-newer", "database-older"})


class RefusedDataError(StoreError):
    """The database refused the values themselves: trying again is of no use, and nothing is wrong with the database."""

    code = "data-refused"


class RowDiffersError(RefusedDataError):
    """A row of the database is not as the house wrote it; it is not believed, and nothing is done to what it says."""

    code = "row-differs"


class LostError(RefusedDataError):
    """What is asked for was stored, and nobody can open it any more: its key is lost (HTTP 410)."""

    code = "content-lost"


class KeyMissingError(RefusedDataError):
    """What is asked for is stored, and its key is missing here with others: it can be opened once these are copied back."""

    code = "subject-key"


class ArchiveAwayError(RefusedDataError):
    """What is asked for is in an archive file that is not at hand, or not as it was sealed; nothing was erased (HTTP 503).

    What rests on it is set aside, and the rest goes on.
    """

    code = "archive-away"


class SettingsError(CocketError):
    """Configuration is wrong or incomplete; `problems` (1..n) lists all of them at once (exit 2)."""

    code = "settings"

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), **fields: str | None) -> None:
        super().__init__(message, **fields)
        self.problems = problems


class ProofError(CocketError):
    """A proof, receipt, signature or log does not hold."""

    code = "proof"
