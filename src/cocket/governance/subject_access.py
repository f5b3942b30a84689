# SPDX-License-Identifier: Apache-2.0
"""What is given to a person or trader who asks what is held about them: what may be, who looked, and as a page.

What may be given is a list of kinds; everything else is left out, for everybody alike. So an answer never tells whether
something was left out: what is said of exemptions is the same sentence in every answer.
Source: Regulation (EU) 2016/679, Articles 15, 20 and 23; CJEU C-579/21 (when, why and by which service data was consulted; the
identity of employees only where that is indispensable).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from typing import Any, Final

import msgspec

#: Kind of sealed record → what it is called in an answer. No other kind is given.
GIVEN: Final[dict[str, str]] = {
    "result": "Result of an examination",
    "doubt-asked": "Question about a value",
    "doubt-answered": "Answer to a question about a value",
    "doubt-grounds-told": "Grounds of a doubt about a value",
    "doubt-decided": "Decision on a value",
    "doubt-valued": "Decision on a value",
    "doubt-appealed": "Appeal",
    "doubt-appeal-decided": "Decision on an appeal",
    "payment-advice": "Request for payment",
    "payment": "Payment",
    "standing": "Standing as a trusted trader",
    "question": "Question, and its answer",
    "self-assessment": "Self-assessment",
    "agency-release": "Release by another agency",
    "contest": "Contest, and its answer",
}

#: Fields of records that are about other people, or about how consignments are chosen; at any depth.
LEFT_OUT: Final = frozenset(
    {
        "officer", "by", "author", "who", "actor", "examiner", "selected", "propensity", "score", "features", "rank", "lane",
        "is_random", "deciders", "note", "own_id", "confirmed", "indication", "weaknesses", "points", "suspended_by", "settled_by",
    }
)  # fmt: skip

#: What was disclosed, as looks name it → what it is called in an answer. No other look is given: that somebody saw a control order,
#: or a line of the queue, says how goods were chosen.
LOOKS: Final[dict[str, str]] = {
    "dossier": "a consignment",
    "message": "a message",
    "content": "the content of a message",
    "search": "a search",
    "find": "a search by reference",
    "trader": "the page of the trader",
    "source": "a question about a consignment to a source outside",
    "subject export": "an answer such as this one",
    "partner exchange": "what a partner administration was given",
}

#: Purposes whose looks are given. The others, such as audits before they are announced and investigations, are on no list.
LOOKS_GIVEN: Final = frozenset({"control", "release", "host-exchange", "own-affairs", "oversight"})

#: For so long a look is not given (days): on the day of a declaration it would tell how its goods were chosen.
LOOKS_AFTER: Final = 7

EXEMPTIONS: Final = (
    "This answer holds what the administration gives to a person or trader who asks. What the law exempts, such as the "
    "selection of consignments for control, inquiries and offences under investigation, is not part of any answer; this "
    "sentence stands in every answer and does not say whether there is anything of that kind."
)


class SubjectConsignment(msgspec.Struct, frozen=True, kw_only=True):
    """A consignment in which the subject takes part: its id, reference, goods, offices, as what (1..n), and since when (UTC)."""

    id: str
    title: str
    goods: str
    offices: tuple[str, ...]
    roles: tuple[str, ...]
    received: datetime


class SubjectMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message that the subject sent, or that a consignment of the subject rests on.

    Attributes:
        id: Its id.
        standard: Its standard; None where it was not readable.
        reference: Its own reference; None where it has none.
        outcome: What came of it.
        received: When, UTC.
        is_own: Whether the subject sent it; then its content is given.
        file: Name of the file that holds its content; empty where it is not given.
        sha256: Of that content, 64 hexadecimal digits; empty where it is not given.
    """

    id: str
    standard: str | None
    reference: str | None
    outcome: str
    received: datetime
    is_own: bool
    file: str = ""
    sha256: str = ""


class SubjectRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed record: kind in words, when (UTC), leaf in the log, id of what it is about, and what of it is given."""

    kind: str
    at: datetime
    leaf: int
    about: str
    content: dict[str, Any]


class SubjectLook(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Looks of one day: how many there were is not said.

    Attributes:
        day: Day, UTC.
        roles: In which roles.
        purpose: For which purpose.
        what: At what.
        partner: The administration abroad that was given it; empty where it was given to none.
        agreement: Name of the agreement under which it was; empty likewise.
    """

    day: date
    roles: tuple[str, ...]
    purpose: str
    what: str
    partner: str = ""
    agreement: str = ""


class SubjectKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that speaks for the subject: its name, holder, roles, since when and until when (UTC); never its secret."""

    id: str
    holder: str
    roles: tuple[str, ...]
    since: datetime
    revoked: datetime | None


class SubjectPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper of a question or a contest.

    Attributes:
        about: Id of the question or contest.
        name: Name of the file, as it was sent.
        type: Media type, by its content.
        file: Name of the file that holds its content; empty where that cannot be given any more.
        sha256: Of that content as it was sealed, 64 hexadecimal digits.
    """

    about: str
    name: str
    type: str
    file: str
    sha256: str


class SubjectDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration that the subject fills in by hand and has not sent: its id, for which sender, and when it last changed (UTC).

    What stands in it is not given: only the subject sees that, on its own page, where it can be read and thrown away.
    """

    id: str
    sender: str
    changed: datetime


class SubjectExport(msgspec.Struct, frozen=True, kw_only=True):
    """All that is given.

    Attributes:
        administration: Who answers.
        subject: Number or name that was asked for, in the form in which parties are compared.
        senders: Senders under that name (0..n).
        names: Names under which the subject stands in papers (0..n).
        made: When, UTC.
        exemptions: What no answer holds; the same in every one.
        consignments: Consignments (0..n).
        messages: Messages (0..n).
        records: Records, oldest first (0..n).
        keys: Keys (0..n).
        papers: Papers of questions and contests (0..n).
        drafts: Declarations that the subject fills in by hand, last changed first (0..n).
        looks: Who looked, and who abroad was given what, oldest first (0..n).
        looks_until: Last day (UTC) of which looks are given; of later days the answer says neither that there are any nor that there
            are none.
        looks_destroyed_until: Day (UTC) up to which records of looks were destroyed under the retention schedule: of looks until then
            nothing is known, which does not say that there were none. None where none were destroyed.
        looks_destroyed_under: Laws by which (0..n).
    """

    administration: str
    subject: str
    senders: tuple[str, ...]
    names: tuple[str, ...]
    made: datetime
    exemptions: str = EXEMPTIONS
    consignments: tuple[SubjectConsignment, ...] = ()
    messages: tuple[SubjectMessage, ...] = ()
    records: tuple[SubjectRecord, ...] = ()
    keys: tuple[SubjectKey, ...] = ()
    papers: tuple[SubjectPaper, ...] = ()
    drafts: tuple[SubjectDraft, ...] = ()
    looks: tuple[SubjectLook, ...] = ()
    looks_until: date | None = None
    looks_destroyed_until: date | None = None
    looks_destroyed_under: tuple[str, ...] = ()


def given_of(content: Any) -> Any:
    """What of a record is given: fields of `LEFT_OUT` are not, at any depth."""
    if isinstance(content, Mapping):
        return {name: given_of(value) for name, value in content.items() if name not in LEFT_OUT}
    if isinstance(content, list | tuple):
        return [given_of(one) for one in content]
    return content


_STYLE: Final = """body{font:15px/1.5 sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
h2{font-size:1.1rem;margin:1.6rem 0 .2rem;border-top:1px solid #bbb;padding-top:.6rem}
table{border-collapse:collapse;font-size:.85rem;margin:.5rem 0}th,td{border:1px solid #bbb;padding:.2rem .5rem;text-align:left;
vertical-align:top}td{overflow-wrap:anywhere}
"""


def write_export_html(export: SubjectExport) -> bytes:
    """An answer as a page that needs nothing else."""
    title = f"What {export.administration or 'this administration'} holds about {export.subject}"
    made = f"{_time(export.made)} UTC. Names in papers: {', '.join(export.names) or 'none'}."
    parts = [
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
        f"<style>{_STYLE}</style></head><body>\n<h1>{escape(title)}</h1>",
        f"<p>{escape(made)}</p><p>{escape(export.exemptions)}</p>",
        *(_table(*table) for table in _tables(export)),
        *_not_yet(export),
        *_gone(export),
        "</body></html>\n",
    ]
    return "\n".join(parts).encode()


def _not_yet(export: SubjectExport) -> list[str]:
    """What is said of looks that are not given yet, the same whether there are any (0..1)."""
    if export.looks_until is None:
        return []
    told = (
        f"<p>Looks are given {LOOKS_AFTER} days after their day: here up to {export.looks_until}. Looks of later days, of officers and of "
        "partner administrations alike, are in answers of later days; this sentence stands in every answer and does not say whether "
        "there are any.</p>"
    )
    return [told]


def _gone(export: SubjectExport) -> list[str]:
    """What is said of looks whose records were destroyed (0..1)."""
    if export.looks_destroyed_until is None:
        return []
    laws = "; ".join(export.looks_destroyed_under)
    told = (
        f"<p>Records of looks up to {export.looks_destroyed_until} were destroyed under the retention schedule "
        f"({escape(laws)}): of looks until then nothing is known, which does not say that there were none.</p>"
    )
    return [told]


def _tables(export: SubjectExport) -> list[tuple[str, tuple[str, ...], Sequence[tuple[str, ...]]]]:
    consignments = [
        (_time(one.received), one.title, ", ".join(one.roles), one.goods, ", ".join(one.offices), one.id)
        for one in export.consignments
    ]
    messages: list[tuple[str, ...]] = [
        (
            _time(one.received), one.standard or "–", one.reference or "–", one.outcome, "yes" if one.is_own else "no",
            one.file or "–", one.sha256 or "–",
        )
        for one in export.messages
    ]  # fmt: skip
    records: list[tuple[str, ...]] = [
        (_time(one.at), one.kind, one.about, str(one.leaf), msgspec.json.encode(one.content).decode())
        for one in export.records
    ]
    keys: list[tuple[str, ...]] = [
        (_time(one.since), one.id, one.holder, ", ".join(one.roles), _time(one.revoked) if one.revoked else "–")
        for one in export.keys
    ]
    papers = [(one.about, one.name, one.type, one.file or "–", one.sha256) for one in export.papers]
    drafts = [(_time(one.changed), one.sender, one.id) for one in export.drafts]
    looks: list[tuple[str, ...]] = [
        (one.day.isoformat(), ", ".join(one.roles), one.purpose, one.what, one.partner or "–", one.agreement or "–")
        for one in export.looks
    ]
    return [
        ("Consignments", ("Received", "Reference", "As", "Goods", "Offices", "Id"), consignments),
        (
            "Messages",
            ("Received", "Standard", "Reference", "Outcome", "Sent by the subject", "File", "SHA-256"),
            messages,
        ),
        ("Records", ("When", "What", "About", "Leaf", "Content"), records),
        ("Papers", ("Of", "Name", "Type", "File", "SHA-256"), papers),
        ("Drafts that were not sent", ("Changed", "For", "Id"), drafts),
        ("Keys", ("Since", "Key", "Holder", "Roles", "Until"), keys),
        ("Who looked", ("When", "Role", "Purpose", "At what", "Given to", "Under the agreement"), looks),
    ]


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = f"<h2>{escape(title)} ({len(rows):,})</h2>"
    if not rows:
        return f"{head}<p>None.</p>"
    heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"{head}<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
