# SPDX-License-Identifier: Apache-2.0
"""Each fact once, with the controls of ISO/IEC 42001 and the outcomes of the NIST AI RMF that it is evidence for.

The text of the standard is its publisher's: here are ids, and what the fact shows in our own words.

Source: ISO/IEC 42001:2023, Annex A; NIST AI 100-1, Artificial Intelligence Risk Management Framework 1.0 (2023).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from cocket.governance.accountability.facts import Facts, Table
from cocket.governance.accountability.points import Document, Point


class Evidence(NamedTuple):
    """What a fact is evidence for: ids of controls, ids of outcomes, and what it shows."""

    iso: tuple[str, ...]
    nist: tuple[str, ...]
    shows: str


#: Code of a fact → what it is evidence for.
EVIDENCE: Final[dict[str, Evidence]] = {
    "system": Evidence(("A.6.2.3", "A.4.2"), ("MAP 2.1", "GOVERN 1.6"), "which system this is, and that it is listed"),
    "interfaces": Evidence(("A.4.4", "A.6.2.7"), ("MAP 4.1",), "what it is joined to"),
    "log.upgrades": Evidence(("A.6.2.6",), ("MANAGE 4.1",), "when its software changed"),
    "forms": Evidence(("A.6.2.5",), ("MAP 2.1",), "how it is put into service"),
    "hardware": Evidence(("A.4.5",), ("MAP 4.1",), "what it needs to run"),
    "screens": Evidence(("A.8.2",), ("MAP 3.4",), "what those who use it see"),
    "instructions": Evidence(("A.8.2", "A.6.2.7"), ("MAP 3.4", "GOVERN 2.2"), "that it comes with instructions"),
    "method": Evidence(("A.6.2.2", "A.6.2.3"), ("MEASURE 2.1",), "how models are made and tested"),
    "logic": Evidence(("A.6.2.3", "A.9.2"), ("MAP 2.2", "MEASURE 2.8"), "how advice comes about, and who decides"),
    "architecture": Evidence(("A.6.2.3", "A.6.2.7"), ("MAP 2.1",), "how it is built"),
    "data": Evidence(
        ("A.7.2", "A.7.3", "A.7.5"), ("MAP 2.3", "MEASURE 2.2"), "what came in, from when on, and how much of it"
    ),
    "models": Evidence(
        ("A.6.2.4", "A.4.2"), ("GOVERN 1.6", "MAP 2.1"), "which models there are, and which one is in force"
    ),
    "models.data": Evidence(("A.7.4", "A.7.5"), ("MAP 2.3",), "what each model was trained on, by digest"),
    "models.measured": Evidence(
        ("A.6.2.4",), ("MEASURE 2.3", "MEASURE 2.5"), "how each model does on results it did not learn from"
    ),
    "models.limits": Evidence(("A.8.2", "A.9.4"), ("MAP 2.2", "MEASURE 2.5"), "what each model must not be used for"),
    "models.acts": Evidence(
        ("A.3.2", "A.6.2.5", "A.6.2.6"),
        ("GOVERN 2.1", "MANAGE 2.4"),
        "who put a model into use or took it back, and why",
    ),
    "rules": Evidence(
        ("A.6.2.3", "A.6.2.6"), ("GOVERN 1.4", "MEASURE 2.8"), "which rules count, on what source, published by whom"
    ),
    "changes": Evidence(("A.6.2.6",), ("MANAGE 4.1",), "which changes may come, and how they are let in"),
    "oversight.overrides": Evidence(
        ("A.9.2", "A.9.3"), ("MAP 3.5", "MANAGE 2.4"), "that officers disregard advice, and how often"
    ),
    "oversight.time": Evidence(("A.9.2",), ("MAP 3.5",), "how long people take, and where they agree"),
    "oversight.second-person": Evidence(("A.3.2",), ("GOVERN 2.1", "GOVERN 3.2"), "which acts took two"),
    "fairness": Evidence(("A.5.4", "A.6.2.4"), ("MEASURE 2.11",), "how groups of traders are treated"),
    "incidents": Evidence(
        ("A.8.4", "A.3.3", "A.6.2.6"), ("MANAGE 4.3", "MEASURE 2.4"), "what failed, and what became of it"
    ),
    "log": Evidence(("A.6.2.8",), ("MEASURE 2.4", "GOVERN 1.4"), "that events are recorded, and for how long"),
    "looks": Evidence(("A.6.2.8", "A.9.2"), ("MEASURE 2.10",), "who was shown what, and for which purpose"),
    "erasure": Evidence(("A.7.2",), ("MEASURE 2.10",), "what was destroyed"),
    "security": Evidence(("A.4.5", "A.6.2.8"), ("MEASURE 2.7",), "how records are protected, and that this is checked"),
    "monitoring": Evidence(("A.6.2.6",), ("MEASURE 2.4", "MANAGE 4.1"), "that it is watched in use"),
    "dpia": Evidence(("A.5.2", "A.5.3"), ("MAP 5.1",), "that impact is assessed, and what is still open"),
}


def document_of(facts: Facts) -> Document:
    """Every fact with the ids it is evidence for; and the other way round, by id."""
    points = []
    for one in facts.facts:
        evidence = EVIDENCE[one.code]
        rests = (
            f"It rests on {one.records:,} sealed records: {', '.join(one.kinds)}."
            if one.kinds
            else "It is of the software."
        )
        points.append(
            Point(
                id=one.code,
                title=one.title,
                by="facts",
                stands="from facts",
                is_open=False,
                facts=(one.code,),
                lines=(
                    f"It shows {evidence.shows}. {rests}",
                    f"ISO/IEC 42001: {', '.join(evidence.iso)}. NIST AI RMF: {', '.join(evidence.nist)}.",
                ),
            )
        )
    by_id: dict[str, list[str]] = {}
    for one in facts.facts:
        for name in (*EVIDENCE[one.code].iso, *EVIDENCE[one.code].nist):
            by_id.setdefault(name, []).append(one.code)
    table = Table(
        title="By id",
        columns=("Id", "Facts"),
        rows=tuple((name, ", ".join(by_id[name])) for name in sorted(by_id, key=_in_order)),
        cautions=(
            "Ids that are not in this table have no evidence here: policy, roles, training and suppliers are for people.",
        ),
    )
    points.append(
        Point(
            id="ids",
            title="Controls and outcomes with evidence",
            by="facts",
            stands="from facts",
            is_open=False,
            tables=(table,),
        )
    )
    return Document(
        name="frames",
        title="Facts by ISO/IEC 42001 and the NIST AI RMF",
        basis=(
            "Ids and own words: the text of the standard is its publisher's. Check the ids against your edition before you cite them.",
        ),
        points=tuple(points),
    )


def _in_order(name: str) -> tuple[str, tuple[int, ...]]:
    letters, _, numbers = name.replace("A.", "A ", 1).rpartition(" ")
    return letters, tuple(int(one) for one in numbers.split(".") if one.isdigit())
