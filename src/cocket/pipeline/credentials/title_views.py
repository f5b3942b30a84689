# SPDX-License-Identifier: Apache-2.0
"""What leaves the pipeline about titles."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cocket.credentials.title import Standing, Title, TitleVerdict
from cocket.ledger import Check


class TitleView(msgspec.Struct, frozen=True, kw_only=True):
    """A document of title of a consignment: what the document shows, and, apart from it, what the registry tells.

    Attributes:
        message_id: The message that brought the document.
        name: Name of the title: chain, registry and token.
        number: Number of the bill of lading; None where the document has none in the usual places.
        integrity: Whether the document is as it was made.
        issuer: Whether who it names made it.
        standing: Whether the title is in force; None where nothing is known of it.
        holder: Who controls it; while surrendered, who did last. None where unknown or nobody.
        beneficiary: Who has the rights; likewise.
        nominee: Whom the beneficiary wants as the next one; None if nobody, or unknown.
        as_of: What the registry's answer rests on, and when it was got; None where there is none.
        asked: When the registry was last asked, UTC; None if never.
        says: Where the title stands, in a sentence.
        is_in_force: Whether goods may be claimed with it: whole, its issuer's, and in force; None if one of them is not
            known.
    """

    message_id: str
    name: str
    number: str | None
    integrity: Check
    issuer: Check
    standing: Standing | None
    holder: str | None
    beneficiary: str | None
    nominee: str | None
    as_of: str | None
    asked: datetime | None
    says: str
    is_in_force: bool | None


def title_view(message_id: str, verdict: TitleVerdict, asked: datetime | None) -> TitleView:
    """A verdict on a document of title, for the doors."""
    title = verdict.title or Title()
    return TitleView(
        message_id=message_id,
        name=verdict.record.name,
        number=verdict.record.number,
        integrity=verdict.integrity,
        issuer=verdict.issuer,
        standing=verdict.title.standing if verdict.title else None,
        holder=title.holder,
        beneficiary=title.beneficiary,
        nominee=title.nominee,
        as_of=verdict.as_of,
        asked=asked,
        says=verdict.says,
        is_in_force=verdict.is_in_force,
    )
