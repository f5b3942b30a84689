# SPDX-License-Identifier: Apache-2.0
"""Steps of the demo: lodging, waiting for the assessment worker, proving offline."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec

from cocket import ledger
from cocket.cli.base.log_folders import settled_verdict
from cocket.cli.base.output import progress
from cocket.cli.roles.serving import Serving
from cocket.errors import PartnerError, ProofError
from cocket.feeds import FeedReport
from cocket.pipeline import public_keys
from cocket.pipeline.queries.records import RecordQueries
from cocket.settings import Settings

_PATIENCE_SECONDS = 120.0


class Lodged(msgspec.Struct, frozen=True, kw_only=True):
    """One declaration lodged over HTTP.

    Attributes:
        file: The message.
        status: HTTP status.
        body: The answer.
    """

    file: Path
    status: int
    body: dict[str, Any]


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """What was verified offline.

    Attributes:
        folder: Where message, receipt and proof are kept.
        checks: What was checked, in a sentence each.
        log_size: Leaves of the log whose every byte was verified.
    """

    folder: Path
    checks: tuple[str, ...]
    log_size: int


def read_senders(folder: Path) -> dict[str, str]:
    """Sender of each file that traders lodge themselves."""
    with (folder / "senders.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row["sender"] for row in csv.DictReader(file)}


def lodge_all(address: str, key: str, folder: Path) -> list[Lodged]:
    """Lodge every declaration of a folder, each for its sender.

    Raises:
        PartnerError: The door does not answer.
    """
    senders = read_senders(folder)
    lodged = []
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/xml"}
    client = httpx.Client(base_url=address, headers=headers, timeout=30.0, trust_env=False)
    with client, progress("sending over HTTP", len(senders)) as step:
        for done, (name, sender) in enumerate(sorted(senders.items()), start=1):
            file = folder / name
            try:
                answer = client.post("/v1/messages", content=file.read_bytes(), headers={"Cocket-Sender": sender})
            except httpx.HTTPError as error:
                raise PartnerError(f"The HTTP API does not answer: {error}.") from error
            lodged.append(Lodged(file=file, status=answer.status_code, body=answer.json()))
            step(done)
    return lodged


def wait_for_assessment(records: RecordQueries, serving: Serving, report: FeedReport) -> float:
    """Wait until the assessment worker has worked off everything, and the log is signed over it.

    Returns:
        When all lanes were there, monotonic seconds.

    Raises:
        PartnerError: It takes longer than two minutes.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    lanes_at = None
    with progress("linking, assessing, sealing") as step:
        while time.monotonic() < deadline:
            serving.tend()
            size, in_head = records.log_size()
            done, due = records.assessment_progress()
            step(min(done, due), due)
            if lanes_at is None and done >= due:
                lanes_at = time.monotonic()
            if lanes_at is not None and in_head == size:
                return lanes_at
    raise PartnerError("The assessment worker or the log is not done after two minutes.", hint="Check cocket status.")


def prove(address: str, key: str, lodged: list[Lodged], settings: Settings) -> Proved:
    """Fetch receipt and proof of one declaration, then verify them, and the whole log, from files and public keys alone.

    Raises:
        PartnerError: The server returns no proof.
        ProofError: Something does not hold.
    """
    one = next(one for one in lodged if one.status == 202)
    folder = settings.home / "proof"
    folder.mkdir(exist_ok=True)
    content, proof = one.file.read_bytes(), _fetch_proof(address, key, one.body["id"])
    (folder / "message.xml").write_bytes(content)
    (folder / "receipt.json").write_text(json.dumps(one.body["receipt"], indent=1), "utf-8")
    (folder / "proof.json").write_bytes(proof)
    keys = public_keys(settings)
    receipt = ledger.read_proof((folder / "receipt.json").read_bytes())
    inclusion = ledger.read_proof(proof)
    if not isinstance(receipt, ledger.Receipt) or not isinstance(inclusion, ledger.InclusionProof):
        raise ProofError("The server returned something other than a receipt and a proof.")
    verdicts = [
        ledger.verify_receipt(receipt, [keys["receipts"]], content),
        ledger.verify_inclusion_proof(inclusion, keys["log"], receipt, content),
    ]
    log = settled_verdict(settings.log_folder, keys["log"])
    if not all(verdict.holds for verdict in verdicts) or log.problems or log.size is None:
        raise ProofError("The proof or the log is not valid.", found=str([*verdicts, log])[:500])
    checks = tuple(check.reason for verdict in verdicts for check in verdict.checks if check.outcome == "passed")
    return Proved(folder=folder, checks=checks, log_size=log.size)


def _fetch_proof(address: str, key: str, message_id: str) -> bytes:
    headers = {"Authorization": f"Bearer {key}"}
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with httpx.Client(base_url=address, headers=headers, timeout=30.0, trust_env=False) as client:
        while time.monotonic() < deadline:
            answer = client.get(f"/v1/messages/{message_id}/proof")
            if answer.status_code == 200:
                return answer.content
            time.sleep(float(answer.headers.get("Retry-After", "1")))
    raise PartnerError("The server returns no proof.", found=str(answer.status_code))
