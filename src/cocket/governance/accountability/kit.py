# SPDX-License-Identifier: Apache-2.0
"""All documents of the kit, from facts and answers alone: the same facts and answers give the same documents."""

from __future__ import annotations

import msgspec

from cocket.governance.accountability import ai_act, data_protection, frames
from cocket.governance.accountability.algorithm_register import (
    Entry,
    entries_of,
    questions_of,
    register_document,
    union_questions,
)
from cocket.governance.accountability.answers import Answers
from cocket.governance.accountability.facts import Facts
from cocket.governance.accountability.points import Document


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """The kit.

    Attributes:
        facts: What it is made of.
        documents: Its documents (1..n).
        entries: Entries of the register (1..n).
        questions: Every question to a person with its key (1..n).
        unanswered: Keys of those that nobody answered (0..n).
        unused: Keys of answers to no question of now (0..n), such as of a model that is gone.
    """

    facts: Facts
    documents: tuple[Document, ...]
    entries: tuple[Entry, ...]
    questions: tuple[tuple[str, str], ...]
    unanswered: tuple[str, ...]
    unused: tuple[str, ...]


def build_kit(facts: Facts, answers: Answers) -> Kit:
    """Lay facts and answers out.

    Args:
        facts: What is known.
        answers: What a person answered.
    """
    entries = entries_of(facts, answers)
    documents = (
        register_document(facts, answers, entries),
        *ai_act.documents_of(facts, answers),
        *data_protection.documents_of(facts, answers),
        frames.document_of(facts),
    )
    asked = {
        "register": union_questions(),
        "annex-iv": ai_act.ANNEX_IV,
        "deployer": ai_act.DEPLOYER,
        "record": data_protection.RECORD,
        "dpia": data_protection.ASSESSMENT,
    }
    questions = questions_of(facts) + tuple(
        (f"{prefix}.{one.id}", f"{one.title}: {one.question}")
        for prefix, points in asked.items()
        for one in points
        if one.question
    )
    known = dict(questions)
    overriding = {f"register.{entry.id}." for entry in entries}
    return Kit(
        facts=facts,
        documents=documents,
        entries=entries,
        questions=questions,
        unanswered=tuple(key for key in known if answers.of(key) is None),
        unused=tuple(key for key in answers.given if key not in known and not any(map(key.startswith, overriding))),
    )
