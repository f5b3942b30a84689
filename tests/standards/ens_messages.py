# SPDX-License-Identifier: Apache-2.0
"""Entry summary declarations and answers to test with: ours, and those of third parties where they are at hand."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from cocket.model import Declaration, Reading, Response
from cocket.standards import Options, Source, Standard
from cocket.standards.ens import ENS, ENS_RESPONSE
from cocket.standards.xml import Limits, parse_xml
from tests.corpora import corpora

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
DECLARATIONS = ("sea", "air-to-order", "amendment")
ANSWERS = ("registered", "rejected", "amendment-accepted", "amendment-rejected", "intervention")

#: A declaration may have thousands of seals, each an element of its own beside the others.
MANY = Limits(children=20_000)

_PUBLISHED = {
    ("CC315A", False): "hmrc-ics-ens/conf/xsds/CC315A-v11-2.xsd",
    ("CC315A", True): "hmrc-ics-ens/conf/xsds/CC315A-v11-2-New.xsd",
    ("CC313A", False): "hmrc-ics-ens/conf/xsds/CC313A-v11-2.xsd",
    ("CC313A", True): "hmrc-ics-ens/conf/xsds/CC313A-v11-2-New.xsd",
    ("CC351A", False): "hmrc-ics-intervention/conf/xsds/CC351A-v10-0.xsd",
    ("CC351A", True): "hmrc-ics-intervention/conf/xsds/CC351A-v10-0New.xsd",
}


def own(name: str) -> bytes:
    """One of our samples, of either standard."""
    return (SAMPLES / ("ens" if name in DECLARATIONS else "ens-response") / f"{name}.xml").read_bytes()


def every_own() -> list[bytes]:
    """All our samples."""
    return [own(name) for name in (*DECLARATIONS, *ANSWERS)]


def read(data: bytes, profile: str | None = None, limit: int = 100, standard: Standard = ENS) -> Reading:
    """Read bytes as this standard, whatever else the house knows."""
    source = Source(data, parse_xml(data, MANY))
    assert standard.recognises(source)
    return standard.read(source, Options(profile=profile, limit=limit))


def declaration_of(data: bytes) -> Declaration:
    """What is read from a declaration."""
    document = read(data).document
    assert isinstance(document, Declaration)
    return document


def response_of(data: bytes) -> Response:
    """What is read from an answer."""
    document = read(data, standard=ENS_RESPONSE).document
    assert isinstance(document, Response)
    return document


def changed(name: str, *changes: tuple[str, str]) -> bytes:
    """One of our samples with texts replaced, each of which must be there."""
    text = own(name).decode()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


@lru_cache(maxsize=16)
def published_schema(message: str, *, is_new: bool) -> etree.XMLSchema:
    """The published schema of a message; skips the calling test where it is absent."""
    name = _PUBLISHED.get((message, is_new), f"hmrc-ics-decision/conf/xsds/{message}-v10-0.xsd")
    return etree.XMLSchema(etree.parse(corpora(name)))


def cases() -> list[dict[str, Any]]:
    """Third-party messages with what is to be found in them: `file`, `set`, `expected`; skips where absent."""
    lines = corpora("answers", "ics-expected.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def profile_of(case: dict[str, Any]) -> str:
    """The profile that a third-party message is judged by."""
    return "gb-ens-new" if case["set"].endswith("New") else "gb-ens"


def is_of_structure(case: dict[str, Any]) -> bool:
    """Whether a third-party message is to be refused for its structure."""
    return any(each["type"] == "schema" for each in case["expected"])
