# SPDX-License-Identifier: Apache-2.0
"""The record of processing and a data protection impact assessment, from facts as far as these go.

Source: Regulation (EU) 2016/679, Articles 30(1) and 35(7), in our own words.
"""

from __future__ import annotations

from typing import Final

from cocket.governance.accountability.answers import Answers
from cocket.governance.accountability.facts import Facts
from cocket.governance.accountability.points import Asked, Document, answered

RECORD: Final = (
    Asked(id="30(1)(a)", title="Controller, representative, data protection officer", by="person",
          question="Name and contact of controller, representative if any, and data protection officer."),
    Asked(id="30(1)(b)", title="Purposes", by="both", facts=("logic",), question="Purposes of processing, with the law they rest on."),
    Asked(id="30(1)(c)", title="Categories of persons and of data", by="both", facts=("data",),
          question="Categories of natural persons: sole traders, drivers, declarants, officers, others."),
    Asked(id="30(1)(d)", title="Recipients", by="both", facts=("looks",), question="To whom data is disclosed beyond this instance."),
    Asked(id="30(1)(e)", title="Transfers to third countries", by="person",
          question="Transfers to third countries, with safeguards; or none."),
    Asked(id="30(1)(f)", title="Time limits for erasure", by="both", facts=("erasure",), question="Retention of each class, with its law."),
    Asked(id="30(1)(g)", title="Security measures", by="facts", facts=("security",)),
)  # fmt: skip

ASSESSMENT: Final = (
    Asked(id="35(7)(a)-1", title="What is done with data", by="facts", facts=("logic", "data", "log")),
    Asked(id="35(7)(a)-2", title="Purposes, and interests pursued", by="person", question="Purposes and, where it applies, interests."),
    Asked(id="35(7)(b)", title="Necessity and proportionality", by="person",
          question="Why this is necessary and proportionate, and which lesser means were considered."),
    Asked(id="35(7)(c)-1", title="Risks: figures by group", by="facts", facts=("fairness",)),
    Asked(id="35(7)(c)-2", title="Risks: what went wrong so far", by="facts", facts=("incidents",)),
    Asked(id="35(7)(c)-3", title="Risks to rights and freedoms, judged", by="person",
          question="Likelihood and gravity of each risk to natural persons."),
    Asked(id="35(7)(d)-1", title="Measures in place", by="facts",
          facts=("security", "erasure", "looks", "oversight.second-person")),
    Asked(id="35(7)(d)-2", title="Measures planned", by="person", question="Further measures, with owner and day."),
    Asked(id="22", title="Whether a decision rests on the score alone", by="both", facts=("oversight.overrides", "oversight.time"),
          question="How far decisions draw on the score (a score that a decision strongly draws on is that decision, C-634/21)."),
    Asked(id="35(2)", title="Advice of the data protection officer", by="person", question="His advice, and the day."),
    Asked(id="35(9)", title="Views of those affected", by="person",
          question="Views of traders or their representatives; or why not sought."),
)  # fmt: skip


def documents_of(facts: Facts, answers: Answers) -> tuple[Document, ...]:
    """Both documents."""
    return (
        Document(
            name="gdpr-record",
            title="Record of processing (Regulation (EU) 2016/679, Article 30)",
            basis=("Of natural persons alone: sole traders, declarants, drivers, officers.",),
            points=answered(RECORD, facts, answers, "record"),
        ),
        Document(
            name="dpia",
            title="Data protection impact assessment (Regulation (EU) 2016/679, Article 35)",
            basis=(
                "Filled in as far as facts go. What only a person can judge is open until a person has answered it.",
            ),
            points=answered(ASSESSMENT, facts, answers, "dpia"),
        ),
    )
