# SPDX-License-Identifier: Apache-2.0
"""Malformed and hostile HTTP at the door. The attacks are not ours and not in this repository: `tests.corpora`."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest

from tests.api.conftest import Keys, Taken
from tests.api.real import good_message, house, taken  # noqa: F401 - the real house, not the one of cards
from tests.corpora import corpora, corpora_folder
from tests.simulators.doors import Reply, send

#: Answers that would refuse the message for what it says, or its bearer for who it is: no defence against its form.
_NOT_FOR_THEIR_FORM = {"message", "unauthenticated", "not-found", "sender-missing", "sender-not-granted"}


def _cases() -> list[Any]:
    folder = corpora_folder()
    manifest = folder / "hostile" / "http-raw" / "manifest.jsonl" if folder else None
    if manifest is None or not manifest.exists():
        return [pytest.param(None, id="absent", marks=pytest.mark.skip(reason="no corpora here"))]
    cases = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
    return [pytest.param(case, id=case["id"]) for case in cases]


def _ours(case: dict[str, Any], key: str, lodged: str) -> bytes:
    """The bytes of a case, sent to our routes with a good key and a type that we take, and otherwise untouched."""
    path = corpora("hostile", "http-raw", case["file"])
    data = gzip.decompress(path.read_bytes()) if case.get("gz") else path.read_bytes()
    data = re.sub(rb"^([A-Za-z]+) /health\b", rb"\1 /v1/messages/" + lodged.encode(), data, flags=re.MULTILINE)
    data = re.sub(rb"^([A-Z]+) /api/v1/declarations\b", rb"\1 /v1/messages", data)
    if case["kind"] != "content-type":
        data = data.replace(b"Content-Type: application/json\r\n", b"Content-Type: application/xml\r\n", 1)
    line_end = b"\r\n" if b"\r\n" in data else b"\n"
    first, _, rest = data.partition(line_end)
    if not re.search(rb" HTTP/\d\.\d$", first):
        return data
    return first + line_end + b"Authorization: Bearer " + key.encode() + line_end + rest


def _code(reply: Reply) -> str:
    """The code of a refusal by form; `message` if the message itself was judged."""
    return reply.code if "error" in reply.json else "message"


@pytest.mark.parametrize("case", _cases())
def test_each_case_is_met_as_it_deserves(
    case: Any,
    port: int,
    taken: Taken,  # noqa: F811
    keys: Keys,
    lodged: str,
) -> None:
    corpora("hostile", "http-raw")
    before = taken()
    data = _ours(case, keys.trader, lodged)
    answers = send(port, data, *_trickle(case), pause=0.1)
    statuses = [answer.status for answer in answers]
    assert all(status < 500 for status in statuses)
    assert all(b"root:" not in answer.body for answer in answers)
    if case["expect"] == "accept":
        assert statuses == [200]
    elif case["expect"] == "reject":
        assert len(answers) == 1
        assert 400 <= statuses[0] < 500
        assert _code(answers[0]) not in _NOT_FOR_THEIR_FORM
        assert taken() == before


def _trickle(case: dict[str, Any]) -> list[bytes]:
    """What a slow sender goes on to send after its first bytes, which are never enough."""
    if not case.get("slow"):
        return []
    return [b"X: a\r\n"] * 50 if "slowloris" in case["note"] else [b" "] * 50
