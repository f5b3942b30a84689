# SPDX-License-Identifier: Apache-2.0
"""The conversations that the authors of another witness, torchwood's, test it with; ours answers the same.

One status differs: their script is of a draft in which an unknown log was answered 403; the specification says 404.
"""

from __future__ import annotations

import re

import pytest

from cocket.errors import ProofError
from cocket.ledger import Checkpoint, Verifier
from cocket.ledger.encoding import from_base64
from cocket.ledger.tree import EMPTY_ROOT
from cocket.ledger.witnessing import Refused, decide, read_request
from tests.corpora import corpora

_FOLDER = ("ledger-vectors", "tlog", "torchwood", "cmd", "litewitness", "testdata")
_EXCHANGE = re.compile(r"^POST \S+/add-checkpoint\n```\n(.*?)```\nHTTP (\d+)\n\[Asserts\]\nbody (.*?)$", re.M | re.S)


def conversation(name: str) -> list[tuple[bytes, int, str]]:
    """Requests with the status and the body they must be answered with."""
    text = corpora(*_FOLDER, name).read_text("utf-8")
    return [(body.encode(), int(status), said) for body, status, said in _EXCHANGE.findall(text)]


def key_of(name: str, requests: list[bytes]) -> Verifier:
    """The log's key: given in the script as a vkey, or as 32 bytes for the origin of the first request."""
    text = corpora(*_FOLDER, name).read_text("utf-8")
    if match := re.search(r"add-sigsum-log -key=([0-9a-f]{64})", text):
        return Verifier(read_head(requests[0]).origin, bytes.fromhex(match[1]))
    vkey = re.search(r"-key (\S+\+\S+\+\S+)", text)
    assert vkey
    return Verifier.from_vkey(vkey[1])


def read_head(body: bytes) -> Checkpoint:
    origin, size, root = read_request(body).note.decode().split("\n")[:3]
    return Checkpoint(origin, int(size), from_base64(root, "root"))


@pytest.mark.parametrize("name", ["litewitness.txt", "sumdb.txt"])
def test_a_conversation_goes_as_theirs(name: str) -> None:
    exchanges = conversation(name)
    assert len(exchanges) == {"litewitness.txt": 9, "sumdb.txt": 1}[name]
    key = key_of(name, [exchanges[0][0]])
    origin, last = read_head(exchanges[0][0]).origin, None
    for body, status, said in exchanges:
        request = read_request(body)
        keys = [key] if read_head(body).origin == origin else []
        decision = decide(request, keys, last)
        if isinstance(decision, Refused):
            assert decision.status == (404 if "unknown log" in said else status)
            if status == 409:
                assert said == f'== "{decision.size}\\n"'
        else:
            assert status == 200
            last = decision.head
    assert last is not None
    assert last.root != EMPTY_ROOT


def test_a_changed_request_of_theirs_is_not_accepted() -> None:
    body = conversation("litewitness.txt")[0][0]
    key = key_of("litewitness.txt", [body])
    changed = body.replace(b"\n1\nKgAA", b"\n1\nKgEA")
    assert changed != body
    try:
        assert isinstance(decide(read_request(changed), [key], None), Refused)
    except ProofError:
        pytest.fail("it is well formed")
