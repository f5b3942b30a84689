# SPDX-License-Identifier: Apache-2.0
"""A message's proof is taken away from the real house as every kind of file, and each holds offline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from cocket import ledger
from cocket.ledger.cose import sign_head
from cocket.ledger.forms import Form, form_of, read_form, verify_form
from cocket.pipeline import public_keys
from cocket.workbench import build_app
from tests.houses import build, envelope, trader
from tests.messages import declaration
from tests.workbench.conftest import served

CONTENT = declaration("R1")


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[httpx.Client, str, str]]:
    """The workbench with an officer signed in, where one message is, and the log's key."""
    monkeypatch.setattr(ledger, "sign_checkpoint", sign_head)
    made = build(tmp_path)
    [answer] = made.house.intake.messages.take_many([envelope(CONTENT)], principal=trader("ACME"))
    made.desk()
    made.sign()
    made.house.governance.accounts.put_officer("officer", "Officer", "officer", None, "seal and cord and wax")
    with (
        served(build_app(made.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}) as client,
    ):
        client.post("/sign-in", data={"name": "officer", "password": "seal and cord and wax"})
        yield client, f"/messages/{answer.id}", public_keys(made.settings)["log"]
    made.house.close()


@pytest.mark.parametrize(
    ("name", "form", "kind"),
    [
        ("proof.json", Form.JSON, "application/json"),
        ("proof.tlog-proof", Form.TLOG, "text/plain; charset=utf-8"),
        ("proof.cose", Form.COSE, "application/cose"),
    ],
)
def test_each_file_holds_offline(opened: tuple[httpx.Client, str, str], name: str, form: Form, kind: str) -> None:
    client, message, vkey = opened
    assert f'href="{message}/{name}" download' in client.get(f"{message}/proof").text
    answer = client.get(f"{message}/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert form_of(answer.content) is form
    proof = read_form(answer.content)
    assert isinstance(proof, ledger.InclusionProof)
    verdict = verify_form(proof, vkey, CONTENT)
    assert verdict.holds
    assert "cose" in {check.name for check in verdict.checks}


def test_a_page_to_keep_is_a_file_and_never_a_page_of_ours(opened: tuple[httpx.Client, str, str]) -> None:
    client, message, vkey = opened
    assert f'href="{message}/receipt.html" download' in client.get(f"{message}/proof").text
    for languages, tag in (("fr", "fr"), ("de", "en")):
        answer = client.get(f"{message}/receipt.html", headers={"accept-language": languages})
        assert (
            answer.headers["content-disposition"] == f"attachment; filename={message.rpartition('/')[2]}.receipt.html"
        )
        assert f'<html lang="{tag}" dir="ltr">' in answer.text
        assert vkey in answer.text


def test_a_promise_has_no_file_yet(opened: tuple[httpx.Client, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    client, message, _ = opened
    monkeypatch.setattr("cocket.pipeline.queries.records.covering_head", lambda *_: None)
    for name in ("proof.json", "proof.tlog-proof", "proof.cose", "receipt.html"):
        answer = client.get(f"{message}/{name}")
        assert (answer.status_code, answer.headers["retry-after"]) == (202, "1")
    page = client.get(f"{message}/proof").text
    assert "proof.cose" not in page
    assert msgspec.json.decode(client.get(f"{message}/receipt.json").content)["kind"] == "receipt"
