# SPDX-License-Identifier: Apache-2.0
"""Giving a use case or the report of a year to the outside: two persons answer for each. A `Deed`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from cocket.errors import SenderError
from cocket.governance import Context, Principal, Resource
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.document_files import DocumentFiles, file_id
from cocket.pipeline.base.proposals import MakeKey
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.credentials.partner_tokens import PartnerTokens
from cocket.stores.base.database import Connection
from cocket.trials.lessons.card import USE_CASE, Card
from cocket.trials.lessons.sharing import SHARED, TOKEN, CardFile, digest_of, write_file
from cocket.trials.lessons.year import YEAR_REPORT

#: Kinds of act.
SHARE: Final = "lesson-share"
YEAR: Final = "lesson-year"


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What two persons agreed to give to the outside; also its sealed record.

    Attributes:
        subject: Id of the card, or the year.
        revision: Version of the card; of a report how often it was published.
        content: The file, as text.
        persons: Who proposed it, and who agreed (2..n).
        at: When, UTC.
    """

    subject: str
    revision: int
    content: str
    persons: tuple[str, ...]
    at: datetime


class LessonDeed(Service):
    """What two persons do to give something of what was learned away.

    Args:
        stores: The stores of this process.
        tokens: Signs for partners.
    """

    def __init__(self, stores: Stores, tokens: PartnerTokens) -> None:
        super().__init__(stores)
        self._tokens = tokens
        self._files = DocumentFiles(stores)

    def require(self, principal: Principal, wanted: Proposal, context: Context | None = None) -> None:
        """Refuse unless this principal may publish, in these circumstances."""
        given = context or Context(reason=wanted.reason or None)
        self._access.require(principal, "lesson:publish", Resource(), given)

    def present(self, connection: Connection, wanted: Proposal) -> dict[str, str]:
        """The version of the card, and what was given away before; an approval is for these."""
        before = self._before(connection, wanted)
        held = {"published": str(before.revision)} if before is not None else {}
        if wanted.kind == SHARE:
            card = self._files.read(connection, USE_CASE, wanted.subject, Card)
            held |= {"version": str(card.revision)} if card is not None else {}
        return held

    def check(self, connection: Connection, wanted: Proposal) -> None:
        """Refuse a card that is gone."""
        if wanted.kind == SHARE and self._files.read(connection, USE_CASE, wanted.subject, Card) is None:
            raise SenderError("There is no such use case.", code="card-unknown", found=wanted.subject)

    def texts(self, connection: Connection, wanted: Proposal, content: bytes | None) -> tuple[str, str]:
        """What was given away before, and what would be, in full; "" for nothing."""
        place = file_id(_KINDS[wanted.kind], wanted.subject)
        sealed = self._stores.leaves.records_about(connection, place, (_KINDS[wanted.kind],))
        every = [msgspec.json.decode(body, type=Published) for _, body in sealed]
        earlier = next((one for one in every if str(one.revision) == wanted.before.get("published")), None)
        return earlier.content if earlier is not None else "", (content or b"").decode()

    def carry_out(self, wanted: Proposal, principal: Principal, content: bytes | None, make_key: MakeKey) -> str | None:
        """Sign and keep it; None, since no secret is made."""
        if content is None:
            raise SenderError("The file of this proposal can no longer be read.", code="proposal-file")
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            before = self._before(connection, wanted)
            revision, text = (before.revision + 1 if before else 1), content.decode()
            if wanted.kind == SHARE:
                file = msgspec.json.decode(content, type=CardFile)
                claims = {"sub": file.card.id, "iat": int(now.timestamp()), "sha256": digest_of(file.card)}
                signed = msgspec.structs.replace(file, signature=self._tokens.sign(TOKEN, claims))
                revision, text = file.card.revision, write_file(signed).decode()
            made = Published(subject=wanted.subject, revision=revision, content=text, persons=wanted.persons, at=now)
            self._files.keep(connection, _KINDS[wanted.kind], made.subject, (made, principal))
        return None

    def _before(self, connection: Connection, wanted: Proposal) -> Published | None:
        return self._files.read(connection, _KINDS[wanted.kind], wanted.subject, Published)


#: Kind of act → kind of the document that comes of it.
_KINDS: Final = {SHARE: SHARED, YEAR: YEAR_REPORT}
