# SPDX-License-Identifier: Apache-2.0
"""Steps of the assessment worker that let a changed story count: another version of a paper, sent under its reference and refused.

The dossier is taken out again when the version comes, and what differs goes with the case from then on. Where nothing was refused
nothing is asked of the database for it: the look that fetches older papers says of each whether another version of it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec.structs import replace

from cocket.consignment import Entry
from cocket.pipeline.base.batch import Batch, Context
from cocket.pipeline.consignment.papers import newest_messages
from cocket.pipeline.consignment.refused_versions import dossiers_changed_by, is_changed, refused_versions_of
from cocket.stores.intake.messages import StoredMessage

#: Dossiers that one turn takes out again for refused versions (count); others learn of them when they are next assessed.
_MOST: Final = 500

_BECAUSE: Final = "another version of a paper was refused"


def reassess_refused(turn: Batch, context: Context) -> Batch:
    """Step: take out again dossiers with a paper of which another version was refused that says something else."""
    versions = [one for one in turn.messages if one.outcome == "conflict"]
    if not versions:
        return turn
    changed = dossiers_changed_by(context.stores, context.connection, versions)
    wanted = [one for one in changed if one not in turn.touched][:_MOST]
    newest = newest_messages(context.stores, context.connection, wanted) if wanted else {}
    causes = {one: f"{turn.causes[one]}; {_BECAUSE}" if one in turn.causes else _BECAUSE for one in newest}
    return replace(turn, touched={**turn.touched, **newest}, causes={**turn.causes, **causes})


def attach_refused(turn: Batch, context: Context) -> Batch:
    """Step: let what refused versions say otherwise go with the case."""
    here = {_name(one) for one in turn.messages if one.outcome == "conflict" and one.reference is not None}
    versioned = {str(one) for one in turn.versioned} | {str(one.id) for one in turn.messages if _name(one) in here}
    papers = {
        consignment: [paper for paper in turn.papers[consignment] if paper.message_id in versioned]
        for consignment in turn.cases
        if versioned
    }
    papers = {consignment: several for consignment, several in papers.items() if several}
    if not papers:
        return turn
    cases, refused = dict(turn.cases), dict(turn.refused)
    for consignment, entries in refused_versions_of(context.stores, context.connection, papers).items():
        told = _once(one for one in entries if (one.index or 0) <= turn.last and is_changed(one))
        if told:
            refused[consignment] = told
            cases[consignment] = msgspec.structs.replace(cases[consignment], versions=tuple(map(_says, told)))
    return replace(turn, cases=cases, refused=refused)


def _once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Each change once, as it came first: a version that is sent again with another stamp says nothing new."""
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(_says(entry), entry)
    return tuple(first.values())


def _says(entry: Entry) -> str:
    return "{sender}, {reference}: {fields}".format_map(entry.arguments)


def _name(message: StoredMessage) -> tuple[str, str | None, str | None]:
    return message.sender, message.standard, message.reference
