# SPDX-License-Identifier: Apache-2.0
"""Bytes may hold several messages: who takes the first alone says why, all others ask for every one of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "src" / "cocket"

#: Rooms in which readings are made, so that each is of one message.
MAKERS = ("model", "standards")

#: Functions that give a reading of whatever came in the same bytes.
GIVERS = {"reading_of", "read", "read_as", "read_envelope", "check_stream", "setdefault"}

#: Places that take the document of the first message, and why that is right.
FIRST = {
    "consignment/references.py:ending_reference": "a reference names one message, whose document is meant",
    "pipeline/base/outage_files.py:procedure_of": "the first message decides for the file: an outage allows a file as a whole",
    "pipeline/partners/dcsa.py:push": "events, which are the whole of their bytes",
    "pipeline/partners/epcis.py:_events": "each of the messages in turn, parted before",
    "pipeline/partners/epcis.py:_read": "refuses several, in words",
    "pipeline/partners/epcis.py:capture": "names the kind of a document that holds no events",
    "pipeline/partners/epcis.py:capture_event": "refuses several, in words",
    "pipeline/partners/sources.py:_paper": "what a source gives is one document; each bill of a manifest is taken",
    "cli/commands/manifest.py:_papers": "each of the messages in turn, named apart before",
    "cli/commands/measures/permits.py:_declared": "refuses several, in words",
    "cli/demonstration/country.py:_read": "a sample of our own, of one message",
    "consignment/references.py:_claims_of": "each of the messages in turn, parted before",
    "feeds/preview.py:_message": "a message that a mapping made of one row",
    "pipeline/assessment/preview.py:assess_only": "refuses several, in words",
    "pipeline/consignment/manifest_papers.py:manifest_of": "the page of a manifest has the name of its message",
    "pipeline/credentials/lodged_certificates.py:verified": "a certificate, which is the whole of its bytes",
    "pipeline/intake/drafts.py:_filled": "refuses several, in words",
    "pipeline/intake/endpoint_checks.py:_of_capture": "a capture of events, which is the whole of its bytes",
    "pipeline/intake/machine_access.py:_read": "a certificate, which is the whole of its bytes",
    "pipeline/measures/value_history.py:_learn": "each of the messages in turn, parted before",
    "pipeline/queries/reasons.py:_own": "only of a message with one dossier, which is that of the declaration",
    "pipeline/risk/monthly_review.py:_bills": "each of the messages in turn, parted before",
    "pipeline/risk/monthly_review.py:_case": "each of the messages in turn, parted before",
    "pipeline/risk/monthly_review.py:_read_month": "each of the messages in turn, parted before",
    "pipeline/risk/threat_log.py:_declarations": "each of the messages in turn, parted before",
    "pipeline/trials/release_stamps.py:_papers": "each of the messages in turn, parted before",
    "pipeline/tracking/port_calls.py:calls_of": "each of the messages in turn, parted before",
}


def firsts(source: str) -> Iterator[str]:
    """Functions in which the document of a reading is named, whether by a variable `reading` or out of a call."""
    tree = ast.parse(source)
    owners = {
        id(node): function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "document" and is_whole(node.value):
            yield owners.get(id(node), "")


def is_whole(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        called = value.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        return name in GIVERS
    return isinstance(value, ast.Name) and value.id == "reading"


def test_nobody_takes_the_first_message_of_a_file_alone_without_a_reason() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}:{function}"
        for path in ROOT.rglob("*.py")
        if path.relative_to(ROOT).parts[0] not in MAKERS
        for function in firsts(path.read_text("utf-8"))
    }
    assert found - FIRST.keys() == set(), (
        "take `Reading.documents` or `each_in`, or say here why the first is meant alone"
    )
    assert FIRST.keys() - found == set(), "these take it no longer"


def test_what_would_take_the_first_alone_is_found() -> None:
    assert list(firsts("def f(message):\n    return reading_of(message).document\n")) == ["f"]
    assert list(firsts("def g(reading):\n    return reading.document\n")) == ["g"]
    assert list(firsts("def h(reading, paper):\n    return reading.documents, paper.document\n")) == []
