# SPDX-License-Identifier: Apache-2.0
"""The accountability kit: what the log proves of an instance, laid out as registers, the AI Act, the GDPR and two frames ask it.

Each fact is stated once, with the kinds of sealed record that it rests on; a document names for each of its points whether facts
answer it, a person must, or it does not apply. What only a person knows comes from a file of answers, and is never invented.
"""

from cocket.governance.accountability.answers import Answers, read_answers, write_template
from cocket.governance.accountability.facts import Facts, Family, HeadFact, ModelFacts, SealedFact, Table
from cocket.governance.accountability.kit import Kit, build_kit
from cocket.governance.accountability.points import Document, Point, stands_on, write_html
from cocket.governance.accountability.software import SOFTWARE

__all__ = [
    "SOFTWARE",
    "Answers",
    "Document",
    "Facts",
    "Family",
    "HeadFact",
    "Kit",
    "ModelFacts",
    "Point",
    "SealedFact",
    "Table",
    "build_kit",
    "read_answers",
    "stands_on",
    "write_html",
    "write_template",
]
