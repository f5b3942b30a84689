# SPDX-License-Identifier: Apache-2.0
"""The questions of the self-assessment: four subjects by six areas, in our own words, each with what to do where it is weak.

They serve a talk within an administration, and compare no one with anyone.
Source: in the manner of WCO, AI/ML Readiness Assessment Tool for Customs; no text of it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.trials.lessons.measures import _

Subject = Literal["ai", "ledger", "devices", "sharing"]
Area = Literal["law", "data", "infrastructure", "people", "procurement", "exit"]

SUBJECTS: Final[Mapping[Subject, str]] = {
    "ai": _("Artificial intelligence"),
    "ledger": _("Shared ledgers (blockchain)"),
    "devices": _("Devices (Internet of Things)"),
    "sharing": _("Sharing data with partners"),
}

#: In the order in which steps build on one another.
AREAS: Final[Mapping[Area, str]] = {
    "law": _("Legal basis"),
    "data": _("Data"),
    "infrastructure": _("Infrastructure"),
    "people": _("People"),
    "procurement": _("Procurement"),
    "exit": _("Leaving again"),
}

#: What each level says, 0 to 4.
LEVELS: Final = (
    _("Nothing yet"),
    _("Someone is working on it"),
    _("In part"),
    _("In place"),
    _("In place, and checked by someone else"),
)

#: The level from which nothing needs doing.
ENOUGH: Final = 3


class Question(msgspec.Struct, frozen=True):
    """One question.

    Attributes:
        id: `subject-area`.
        subject: Of `SUBJECTS`.
        area: Of `AREAS`.
        text: The question, in English.
        step: What to do where the answer is weak.
        measures: What is measured beside it, of `MEASURES` (0..n).
    """

    id: str
    subject: Subject
    area: Area
    text: str
    step: str
    measures: tuple[str, ...] = ()


def _ask(subject: Subject, area: Area, text: str, step: str, *measures: str) -> Question:
    return Question(f"{subject}-{area}", subject, area, text, step, measures)


QUESTIONS: Final = (
    _ask(
        "ai", "law",
        _("Does a law or order allow advice from a model to be used in selecting goods, and say who answers for the decision?"),
        _("Have the legal service write down on what basis a model may advise, and who decides."),
    ),
    _ask(
        "ai", "data",
        _("Are declarations complete, and are there enough results of examinations, some chosen by chance, to learn from?"),
        _("Record every result, keep a share of examinations for chance, and return incomplete declarations."),
        "completeness", "disagreement", "conflicts", "examinations", "random-examinations",
    ),
    _ask(
        "ai", "infrastructure",
        _("Does advice arrive before the officer has to decide, also on a busy day?"),
        _("Measure the time from declaration to advice on the busiest day, and add machines where it is too long."),
        "advice-seconds", "advice-seconds-95",
    ),
    _ask(
        "ai", "people",
        _("Are there analysts who can judge a model, and officers who feel free to overrule it?"),
        _("Train two analysts to read the model's report, and tell officers that overruling advice is part of the work."),
        "analysts", "overrides",
    ),
    _ask(
        "ai", "procurement",
        _("Do contracts give the administration the right to see, test and keep models and what they learned from?"),
        _("Add the right to see, test and keep models and training data to the standard contract."),
    ),
    _ask(
        "ai", "exit",
        _("Could the service run for a month without the model, and has that been tried?"),
        _("Run one office for a day without the model, and write down what was missing."),
    ),
    _ask(
        "ledger", "law",
        _("Does the law accept a sealed record as evidence, and say what happens where personal data must be erased?"),
        _("Ask the legal service for an opinion on sealed records as evidence and on erasure."),
    ),
    _ask(
        "ledger", "data",
        _("Is it decided what is sealed, and that no document or personal data is written where it cannot be erased?"),
        _("List what is sealed, and check that only digests are published."),
        "sealed-records",
    ),
    _ask(
        "ledger", "infrastructure",
        _("Are signed heads published on time, and does an independent witness sign them too?"),
        _("Win an independent witness for the log, and watch the age of its newest head."),
        "signed-heads",
    ),
    _ask(
        "ledger", "people",
        _("Can someone other than the operator verify a proof without help?"),
        _("Have an auditor verify ten proofs with the published keys alone."),
    ),
    _ask(
        "ledger", "procurement",
        _("Can the log be read and verified without the supplier?"),
        _("Ask for open formats and a verifier of another origin in the contract."),
    ),
    _ask(
        "ledger", "exit",
        _("Are keys and log kept so that old proofs can still be verified when the system is gone?"),
        _("Deposit public keys and signed heads with an archive."),
    ),
    _ask(
        "devices", "law",
        _("Is it laid down who may attach a device, who may see where goods are, and for how long that is kept?"),
        _("Write an order on electronic seals: who attaches them, who sees positions, when these are erased."),
    ),
    _ask(
        "devices", "data",
        _("Do messages of devices arrive completely and on time, and are false alerts counted?"),
        _("Count messages lost and alerts that were false, corridor by corridor."),
        "alerts",
    ),
    _ask(
        "devices", "infrastructure",
        _("Is there a network along the corridors, and a stock of devices that is charged and registered?"),
        _("Drive each corridor with two devices, and mark where messages stop."),
        "devices",
    ),
    _ask(
        "devices", "people",
        _("Is someone on duty who acts on an alert, day and night?"),
        _("Set up a duty roster with a deputy, and test it with an alert at night."),
    ),
    _ask(
        "devices", "procurement",
        _("Can devices of another maker be used without changing the system?"),
        _("Ask for an open protocol, and try a device of a second maker."),
    ),
    _ask(
        "devices", "exit",
        _("Is it settled who owns devices and data when the contract ends, and how transit goes on without devices?"),
        _("Settle ownership and return of devices, and practise a transit with mechanical seals."),
    ),
    _ask(
        "sharing", "law",
        _("Is there an agreement in force with each partner that names fields, purposes and an end?"),
        _("Conclude an agreement that names fields, purposes, times to answer and an end."),
        "agreements",
    ),
    _ask(
        "sharing", "data",
        _("Do both sides understand the fields alike, and does data arrive early enough to be used?"),
        _("Compare one month of records of both sides, and settle each field that differs for no reason."),
        "timeliness", "mirror-records", "mirror-differences",
    ),
    _ask(
        "sharing", "infrastructure",
        _("Is the connection to partners encrypted, watched, and able to catch up after a failure?"),
        _("Cut the connection for an hour in a test, and check that nothing is lost."),
    ),
    _ask(
        "sharing", "people",
        _("Does each partner have a named contact who answers within the agreed time?"),
        _("Name a contact on each side, and measure how long answers take."),
    ),
    _ask(
        "sharing", "procurement",
        _("Can a partner connect without buying the same product?"),
        _("Publish the interface and the formats, and test with a partner that has another system."),
    ),
    _ask(
        "sharing", "exit",
        _("Is it agreed what becomes of data already shared when an agreement ends?"),
        _("Add to each agreement what is erased, what is kept, and who checks it."),
    ),
)  # fmt: skip

_BY_ID: Final = {one.id: one for one in QUESTIONS}


def question_of(name: str) -> Question:
    """A question by its id.

    Raises:
        SenderError: There is none.
    """
    found = _BY_ID.get(name)
    if found is None:
        raise SenderError(
            "There is no such question.", code="readiness-question", expected=", ".join(_BY_ID), found=name[:60]
        )
    return found
