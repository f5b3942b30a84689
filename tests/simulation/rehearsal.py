# SPDX-License-Identifier: Apache-2.0
"""A shadow run without the house around it: learn from the past, read the live papers, assess, give lanes, compare.

Run `python -m tests.simulation.rehearsal SEED… [--size N] [--days D]` for the figures of the documentation.
"""

from __future__ import annotations

import argparse
import csv
import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from cocket.consignment import Dossier, Paper, derive, narrow
from cocket.control import Candidate, ControlState, Policy, select
from cocket.model import Declaration, Manifest
from cocket.pipeline.consignment.dossiers import with_bill
from cocket.risk import Case, Sitting, assess, facts_of, load_model, read_past, replay, train
from cocket.simulation import Advice, Comparison, Parameters, compare, read_host_lanes, read_truth, simulate
from cocket.standards import read

SEED = bytes(range(32))


def rehearse(folder: Path, *, has_model: bool = True) -> Comparison:
    """What our advice on the live declarations of a run is worth against the host's lanes."""
    advice = advise(folder, has_model=has_model)
    lanes = read_host_lanes((folder / "host/selectivity.csv").read_bytes())
    return compare(advice, lanes, read_truth((folder / "truth/live.csv").read_bytes()))


def advise(folder: Path, *, has_model: bool = True) -> list[Advice]:
    """Our advice on every declaration of the host's folder, in the order in which it decided. Never opens the truth."""
    past = read_past(
        (folder / "history/declarations.ndjson").read_bytes(), (folder / "history/results.csv").read_bytes()
    )
    model = load_model(train(past).to_bytes()) if has_model else None
    history, state, advice = replay(past), ControlState(), []
    policy = Policy(red_per_day=1000, yellow_per_day=1000)
    for case, day in _cases(folder):
        (assessment,) = assess([case], history, model, sitting=Sitting(takes=True))
        candidate = Candidate(
            consignment=case.facts.id,
            office=case.facts.office or "",
            day=day.date(),
            score=assessment.score,
            rules=assessment.rules,
            degraded=assessment.degraded,
        )
        (selection,) = select([candidate], state, policy, SEED)
        advice.append(Advice(id=case.facts.id, lane=selection.lane, score=assessment.score))
        history.count(case.facts)
    return advice


def _cases(folder: Path) -> list[tuple[Case, datetime]]:
    bills = bills_of(folder)
    rows = csv.DictReader(io.StringIO((folder / "host/selectivity.csv").read_text()))
    decided = {
        "/".join((row["office"], row["year"], row["serial"], row["number"])): datetime.fromisoformat(row["decided"])
        for row in rows
    }
    cases = []
    for path in sorted((folder / "host/sad").iterdir()):
        document = read(path.read_bytes()).document
        if isinstance(document, Declaration) and document.id:
            moment = decided[document.id].astimezone(UTC)
            dossier = dossier_of(document, bills)
            facts = facts_of(document, document.id, moment)
            facts = with_bill(facts, dossier) if dossier else facts
            cases.append((Case(facts=facts, differences=differences(document, bills)), moment))
    return sorted(cases, key=lambda each: each[1])


def bills_of(folder: Path) -> dict[str, Manifest]:
    """Every bill of lading of a run by its number, each as a manifest of its own."""
    manifests = (read(path.read_bytes()).document for path in sorted((folder / "host/manifest").iterdir()))
    return {
        bill.id: narrow(manifest, part)
        for manifest in manifests
        if isinstance(manifest, Manifest)
        for part, bill in enumerate(manifest.bills, start=1)
        if bill.id
    }


def differences(document: Declaration, bills: dict[str, Manifest]) -> tuple[str, ...] | None:
    """What the dossier of a declaration and its bill warns of; None without a bill."""
    dossier = dossier_of(document, bills)
    if dossier is None:
        return None
    return tuple(finding.code for finding in dossier.findings if finding.severity == "warning")


def dossier_of(document: Declaration, bills: dict[str, Manifest]) -> Dossier | None:
    """The dossier of a declaration and its bill; None without a bill."""
    bill = next((bills[name.value] for name in document.references if name.kind == "BL" and name.value in bills), None)
    if bill is None:
        return None
    now = datetime.now(UTC)
    papers = (
        Paper(message_id="bill", index=0, received=now, sender="carrier", document=bill, part=1),
        Paper(message_id="declaration", index=1, received=now, sender="host", document=document),
    )
    return derive(papers)


def main() -> None:
    """Print one line a seed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("seeds", nargs="+", type=int)
    parser.add_argument("--size", type=int, default=Parameters().size)
    parser.add_argument("--days", type=int, default=Parameters().days)
    parser.add_argument("--rules-only", action="store_true")
    asked = parser.parse_args()
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory() as folder:
            simulate(Parameters(seed=seed, size=asked.size, days=asked.days), Path(folder))
            result = rehearse(Path(folder), has_model=not asked.rules_only)
            print(msgspec.json.encode({"seed": seed, "result": result}).decode(), flush=True)


if __name__ == "__main__":
    main()
