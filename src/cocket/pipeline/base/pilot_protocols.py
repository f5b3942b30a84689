# SPDX-License-Identifier: Apache-2.0
"""Protocols of pilots as they are kept, the seed of each, and which advice the host is not told while one runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from cocket.pipeline.base.document_files import DocumentFiles
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.trials.pilots.protocol import PilotProtocol, arm_of, check_seed
from cocket.trials.pilots.report import Answer

#: Kind of the sealed record and case file of a protocol; its versions are the records of one file.
PILOT: Final = "pilot"

#: Kinds of sealed records and case files: a look, and an officer's answer after an examination.
LOOK: Final = "pilot-look"
ANSWER: Final = "pilot-answer"

#: How a protocol stands: `holds` where the host is not told advice in the control arm, `runs` else, and `stopped`.
HOLDS, RUNS, STOPPED = "holds", "runs", "stopped"


def seed_of(stores: Stores, pilot: str) -> bytes:
    """The seed of a pilot's draw (32 bytes): it follows from the administration's key, so nobody can choose it."""
    return stores.sealer.content_mac(b"cocket pilot seed v1\x00" + pilot.encode())


def protocols(stores: Stores, connection: Connection, states: tuple[str, ...] = ()) -> tuple[PilotProtocol, ...]:
    """The newest version of each protocol in these states, of all where none are named, last changed first (0..n)."""
    return DocumentFiles(stores).every(connection, PILOT, PilotProtocol, states)


def held_back(
    stores: Stores, connection: Connection, declared: Iterable[tuple[UUID, str | None, date | None]]
) -> set[UUID]:
    """Consignments of which the host is not told our advice, because a pilot that runs has them in the arm without it.

    Args:
        stores: The stores.
        connection: The transaction.
        declared: Consignment, office and day of declaration.

    Raises:
        ProofError: The seed of a pilot is not the one that was committed to.
    """
    running = protocols(stores, connection, (HOLDS,))
    seeds = {one.id: seed_of(stores, one.id) for one in running}
    for one in running:
        check_seed(one, seeds[one.id])
    return {
        consignment
        for consignment, office, day in declared
        for one in running
        if arm_of(one, seeds[one.id], office, day, str(consignment)) == "control"
    }


def state_of(protocol: PilotProtocol) -> str:
    """How a protocol stands."""
    if protocol.stopped is not None:
        return STOPPED
    return HOLDS if protocol.plan.applies == "host-advice" else RUNS


def answer_name(answer: Answer) -> str:
    """The name of an answer: one of an officer about an examination, for a pilot."""
    return f"{answer.pilot} {answer.consignment} {answer.by}"


def answer_names(answer: Answer) -> set[tuple[str, str]]:
    """By what an answer is found."""
    return {("name", answer_name(answer)[:500]), ("pilot", answer.pilot)}
