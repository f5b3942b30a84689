# SPDX-License-Identifier: Apache-2.0
"""What a trader says of himself before he asks to be an authorised one: questions by theme, answers, and what is missing.

The themes are those of the law; the questions are in our own words. Nothing is scored: customs reads the answers.
Source: WCO SAFE Framework of Standards 2021, Annex IV (conditions for economic operators); Regulation (EU) No 952/2013,
Article 39; Commission Implementing Regulation (EU) 2015/2447, Articles 24 to 28.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.findings import Finding

#: Kind of the sealed record and case file of a self-assessment.
SELF_ASSESSMENT: Final = "self-assessment"

#: Longest answer in words (characters).
LONGEST: Final = 4000

Choice = Literal["", "yes", "in-part", "no", "not-applicable"]

#: What may be chosen.
CHOICES: Final = ("yes", "in-part", "no", "not-applicable")

#: Themes in order: conditions of the law.
THEMES: Final = ("compliance", "records", "solvency", "competence", "security")


class AssessmentQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question: its id, the theme it belongs to, and what is asked, an English sentence."""

    id: str
    theme: str
    says: str


def _asked(theme: str, *questions: tuple[str, str]) -> tuple[AssessmentQuestion, ...]:
    return tuple(AssessmentQuestion(id=f"{theme}-{name}", theme=theme, says=says) for name, says in questions)


def _say(sentence: str) -> str:
    """Mark a sentence for translation."""
    return sentence


#: Every question, theme by theme.
QUESTIONS: Final[tuple[AssessmentQuestion, ...]] = (
    *_asked(
        "compliance",
        ("checks", _say("Are declarations checked before they are sent?")),
        ("errors", _say("Are errors that you find yourselves reported to customs, and is it written down how?")),
        ("codes", _say("Is it written down how commodity codes, origin and value are determined, and by whom?")),
        ("brokers", _say("If others declare for you, do you check what they declare?")),
        ("offences", _say("Were you, your owners or your managers found to have broken customs or tax law in the last three years?")),
    ),
    *_asked(
        "records",
        ("trail", _say("Can every declaration be followed to its order, invoice, payment and stock movement?")),
        ("kept", _say("Are records kept as long as the law asks, and can customs be given them?")),
        ("access", _say("Is it limited who may change records, and is it seen who did?")),
        ("backup", _say("Are records backed up, and was restoring them tried?")),
        ("stock", _say("Is stock counted regularly, and are differences looked into?")),
    ),
    *_asked(
        "solvency",
        ("accounts", _say("Are annual accounts of the last three years filed, without net assets below zero?")),
        ("debts", _say("Were customs duties and taxes of the last three years paid in time?")),
        ("insolvency", _say("Is an insolvency proceeding open against you?")),
    ),
    *_asked(
        "competence",
        ("person", _say("Does a person in charge of customs matters have three years of practice, or a qualification?")),
        ("training", _say("Are people who deal with customs trained, and is that written down?")),
        ("deputy", _say("Is there a person who takes over when this one is away?")),
    ),
    *_asked(
        "security",
        ("premises", _say("Are buildings and yards kept from whoever has no business there?")),
        ("cargo", _say("Is cargo checked when it comes and goes, and are seals checked and written down?")),
        ("partners", _say("Do you know your suppliers and carriers, and are they asked for security of their own?")),
        ("staff", _say("Are people in sensitive places checked before they begin, as far as the law allows?")),
        ("incidents", _say("Is it written down what is done when something is missing, opened or too much?")),
        ("systems", _say("Are computers protected, and is there a plan for when they fail?")),
    ),
)  # fmt: skip

_BY_ID: Final[Mapping[str, AssessmentQuestion]] = {one.id: one for one in QUESTIONS}


class SelfAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer: what was chosen, and in words how it is done or why not."""

    choice: Choice = ""
    words: str = ""


class MeasuredFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the house knows of a trader's own messages: nothing that he did not send or was not told.

    Attributes:
        since: From when on they are counted, UTC.
        received: Messages (count).
        accepted: Of these accepted (count).
        refused: Refused for errors (count).
        conflicts: Refused because their reference was used before (count).
        amendments: Accepted ones that change an earlier one (count).
        cancellations: Accepted ones that cancel an earlier one (count).
    """

    since: datetime
    received: int = 0
    accepted: int = 0
    refused: int = 0
    conflicts: int = 0
    amendments: int = 0
    cancellations: int = 0


class SelfAssessment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A self-assessment of one trader; also its sealed record.

    Attributes:
        trader: The sender whom it is about.
        answers: Id of a question → answer (0..n).
        changed: When an answer last changed, UTC.
        submitted: When it was submitted to customs, UTC; None while it is not, or has changed since.
        facts: What was measured when it was submitted; None before.
    """

    trader: str
    answers: dict[str, SelfAnswer] = {}
    changed: datetime
    submitted: datetime | None = None
    facts: MeasuredFacts | None = None

    @property
    def state(self) -> Literal["open", "submitted"]:
        """Whether it is with customs."""
        return "open" if self.submitted is None else "submitted"


def questions_of(theme: str) -> tuple[AssessmentQuestion, ...]:
    """Questions of a theme, in order (1..n).

    Raises:
        SenderError: There is no such theme.
    """
    if theme not in THEMES:
        raise SenderError(
            "There is no such theme.", code="assessment-theme", expected=", ".join(THEMES), found=theme[:40]
        )
    return tuple(one for one in QUESTIONS if one.theme == theme)


def missing_of(answers: Mapping[str, SelfAnswer]) -> tuple[str, ...]:
    """Ids of questions that are not answered, or whose answer needs words and has none (0..n): all but a plain yes."""
    return tuple(
        one.id
        for one in QUESTIONS
        if not (answer := answers.get(one.id, SelfAnswer())).choice
        or (answer.choice != "yes" and not answer.words.strip())
    )


def check_answers(theme: str, answers: Mapping[str, SelfAnswer]) -> tuple[Finding, ...]:
    """What is wrong with the answers of a theme: each must be to a question of it, and no longer than it may be.

    Args:
        theme: The theme.
        answers: Id of a question → answer.
    """
    found = []
    for name, answer in answers.items():
        if name not in _BY_ID or _BY_ID[name].theme != theme:
            found.append(_fault("assessment-question", "{found} is not a question of this theme", name))
        elif len(answer.words) > LONGEST:
            found.append(_fault("assessment-long", "an answer has at most 4000 characters", name))
    return tuple(found)


def _fault(code: str, message: str, name: str) -> Finding:
    return Finding(code=code, severity="error", message=message, location=name[:80], found=name[:80])
