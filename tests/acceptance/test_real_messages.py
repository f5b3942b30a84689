# SPDX-License-Identifier: Apache-2.0
"""Real messages through the real doors: each is answered, sealed, proved, filed, and given a lane with reasons."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from cocket import ledger
from cocket.api import build_app
from cocket.feeds import FolderFeed, destination_of
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.pipeline import QueueFilter, public_keys
from tests.corpora import corpora
from tests.houses import Built, build, officer
from tests.simulators.doors import open_door


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("home"), red_per_day=1000, yellow_per_day=1000)
    yield made
    made.house.close()


def declarations() -> list[tuple[str, Path, bool]]:
    """Sender (corpus and scenario), file and published verdict of every declaration among the samples."""
    root = corpora("answers").parent
    lines = corpora("answers", "cds-xsd-result.jsonl").read_text("utf-8").splitlines()
    answers = [json.loads(line) for line in lines]
    wanted = [a for a in answers if a["kind"] in ("declaration", "wrapped_declaration")]
    return [
        (f"{a['file'].split('/')[0]}:{Path(a['file']).parent.name}", root / a["file"], a["xsd_valid_after_ns_repair"])
        for a in wanted
    ]


@pytest.fixture(scope="module")
def lodged(built: Built) -> dict[Path, tuple[str, bool, httpx.Response]]:
    """Every declaration lodged over HTTP, by one key that may speak for all the senders."""
    found = declarations()
    key = make_key("samples")
    built.house.governance.accounts.add_key(key, "samples", ["trader"], sorted({sender for sender, _, _ in found}))
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/xml"}
    answers = {}
    client = httpx.Client(headers=headers, trust_env=False)
    with open_door(build_app(built.house)) as port, client:
        for sender, path, is_good in found:
            address = f"http://127.0.0.1:{port}/v1/messages"
            answer = client.post(address, content=path.read_bytes(), headers={"Cocket-Sender": sender})
            answers[path] = (sender, is_good, answer)
    built.desk()
    built.sign()
    return answers


def test_each_declaration_gets_the_published_verdict_or_clashes_with_one_before(lodged: dict[Path, Any]) -> None:
    assert len(lodged) == 275
    for path, (_, is_good, answer) in lodged.items():
        assert answer.status_code in ((202, 409) if is_good else (422,)), path
    assert sum(answer.status_code == 202 for _, _, answer in lodged.values()) > 250


def test_each_has_a_receipt_and_a_proof_that_verify_offline(built: Built, lodged: dict[Path, Any]) -> None:
    keys = public_keys(built.settings)
    for path, (sender, _, answer) in lodged.items():
        body, content = answer.json(), path.read_bytes()
        receipt = ledger.read_proof(msgspec.json.encode(body["receipt"]))
        assert isinstance(receipt, ledger.Receipt)
        assert ledger.verify_receipt(receipt, [keys["receipts"]], content).holds, path
        principal = Principal(id="samples", kind="key", roles=("trader",), senders=(sender,))
        proof = ledger.read_proof(msgspec.json.encode(built.house.queries.records.proof(principal, body["id"])))
        assert isinstance(proof, ledger.InclusionProof)
        assert ledger.verify_inclusion_proof(proof, keys["log"], receipt, content).holds, path


def test_each_accepted_one_is_in_a_dossier_with_a_lane_and_reasons_or_a_cancelled_one(
    built: Built, lodged: dict[Path, Any]
) -> None:
    customs = officer("analyst")
    dossiers: dict[str, Any] = {}
    lanes = 0
    for path, (_, _, answer) in lodged.items():
        if answer.status_code != 202:
            continue
        view = built.house.queries.records.message(customs, answer.json()["id"])
        assert view.consignment_ids, path
        for consignment in view.consignment_ids:
            dossier = dossiers.setdefault(consignment, built.house.queries.records.dossier(customs, consignment))
            assert view.id in {paper.id for paper in dossier.papers}
            if dossier.summary.advice is not None:
                lanes += 1
                assert dossier.summary.advice.features
            else:
                assert any(paper.function == "cancellation" for paper in dossier.papers), path
    assert lanes > 250


def test_a_hosts_folder_goes_through_the_feed_and_its_planted_difference_is_found(built: Built, tmp_path: Path) -> None:
    corpus = corpora("host", "asycuda-synthetic")
    folder = tmp_path / "host"
    shutil.copytree(corpus, folder, ignore=shutil.ignore_patterns("*.json"))
    principal = Principal(id="feed:host", kind="key", roles=("feed",), senders=("host",))
    feed = FolderFeed(destination_of(built.house), folder, principal, "host")
    report = feed.once()
    assert (report.accepted, report.refused, report.unreadable) == (32, 0, [])  # 24 SADs, 6 Awmds, 2 Awbolds
    assert feed.once().unchanged == 32
    built.desk()
    queue = built.house.queries.records.queue(officer("analyst"), QueueFilter(state="all", text="TSTB", limit=500))
    assert queue.total
    different = set()
    for line in built.house.queries.records.queue(officer("analyst"), QueueFilter(state="all", limit=1000)).lines:
        dossier = built.house.queries.records.dossier(officer("analyst"), line.id)
        if any(finding.code == "bill-packages-differ" for finding in dossier.findings):
            different |= {paper.reference for paper in dossier.papers}
    assert len(different) >= 2  # the SAD and its manifest
    expected = json.loads((corpus / "expected.json").read_text("utf-8"))["sad"]
    for name, truth in expected.items():
        kinds = {
            kind for hit in built.house.queries.records.find(officer("analyst"), truth["bol"]) for kind in [hit.title]
        }
        assert kinds, name
