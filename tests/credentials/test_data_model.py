# SPDX-License-Identifier: Apache-2.0
"""The W3C's own inputs, `-ok` and `-fail`, and what a presentation and its credentials must be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cocket.credentials import check_credential, check_presentation
from tests.corpora import corpora, corpora_folder
from tests.credentials.made import credential, operator

FOLDER = ("w3c-vcdm2-tests", "tests", "input")

#: Inputs whose name says neither; the suite's own tests say of both that a verifier must take them.
NEITHER = {"presentation-self-asserted-vc-issuer-mismatch.json", "presentation-self-asserted-vc-no-holder.json"}


def inputs() -> list[str]:
    folder = corpora_folder()
    root = folder.joinpath(*FOLDER) if folder else None
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.json")) if root and root.is_dir() else []


def judged(name: str) -> list[str]:
    """A context that the suite lets its reader add where it is missing is simply missing here."""
    document = json.loads(corpora(*FOLDER, *name.split("/")).read_bytes())
    given = document.get("verifiableCredential", []) if "presentation" in name else document
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, dict) and "Enveloped" not in str(one.get("type")):
            _as_issued(one)
    check = check_presentation if "presentation" in name else check_credential
    return [finding.code for finding in check(document)]


def _as_issued(one: dict[str, Any]) -> None:
    """The suite has an issuer under test put himself into what he issues; so is it done here."""
    issuer = one.setdefault("issuer", "did:web:issuer.example")
    if isinstance(issuer, dict):
        issuer.setdefault("id", "did:web:issuer.example")


@pytest.mark.parametrize("name", [name for name in inputs() if name not in NEITHER])
def test_an_input_of_the_w3c_is_judged_as_it_is_named(name: str) -> None:
    codes = judged(name)
    assert bool(codes) is ("-fail" in name), codes


def test_the_suite_is_whole() -> None:
    if corpora_folder() is None:
        pytest.skip("third-party samples are absent: w3c-vcdm2-tests")
    assert len(inputs()) == 68


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"@context": []}, "vc-context"),
        ({"type": "Other"}, "vc-type"),
        ({"type": ["VerifiableCredential", 5]}, "vc-type"),
        ({"issuer": "no address"}, "vc-issuer"),
        ({"issuer": {"name": "x"}}, "vc-issuer"),
        ({"credentialSubject": []}, "vc-subject"),
        ({"credentialSubject": {}}, "vc-subject"),
        ({"validFrom": "2026-01-01T00:00:00"}, "vc-time"),
        ({"validFrom": "2026-02-30T00:00:00Z"}, "vc-time"),
        ({"validUntil": "2020-01-01T00:00:00Z"}, "vc-time"),
        ({"evidence": {"id": "urn:x"}}, "vc-part-type"),
        ({"credentialSchema": {"type": "JsonSchema"}}, "vc-part-id"),
        ({"id": ["urn:a", "urn:b"]}, "vc-id"),
        ({"name": {"@value": "x", "other": 1}}, "vc-words"),
    ],
)
def test_one_thing_wrong_is_one_finding(change: dict[str, Any], code: str) -> None:
    assert [finding.code for finding in check_credential(credential(operator()) | change)] == [code]


@pytest.mark.parametrize("document", [None, [], "x", 5, {}, {"@context": {"a": 1}, "type": {}}, {"proof": [5]}])
def test_what_is_no_credential_gives_findings_and_nothing_else(document: Any) -> None:
    assert check_credential(document)
    assert check_presentation(document)


def test_one_of_ours_is_a_credential() -> None:
    assert check_credential(credential(operator())) == ()
