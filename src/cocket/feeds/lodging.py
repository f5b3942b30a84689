# SPDX-License-Identifier: Apache-2.0
"""Handing many things in at once, so that one which cannot be kept keeps out no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cocket.errors import CocketError, RefusedDataError, SenderError
from cocket.governance import Principal
from cocket.model import Envelope
from cocket.pipeline import Answer, HostRow, Instance
from cocket.pipeline.control.host_decisions import HostRows
from cocket.pipeline.intake.host_files import HostFiles
from cocket.pipeline.intake.machine_access import MachineAccess
from cocket.settings import Settings

_Thing = TypeVar("_Thing")
_Came = TypeVar("_Came")


@dataclass(frozen=True)
class Destination:
    """Where a feed hands in what it reads: the services that it works with, and no others.

    Attributes:
        settings: The settings.
        messages: Takes messages.
        decisions: Takes what the host decided.
        files: Remembers the host's files.
    """

    settings: Settings
    messages: MachineAccess
    decisions: HostRows
    files: HostFiles


def destination_of(instance: Instance) -> Destination:
    """The part of an instance that a feed is given."""
    intake = instance.intake
    return Destination(instance.settings, intake.messages, instance.control.host_decisions, intake.host_files)


def lodge_each(service: MachineAccess, envelopes: Sequence[Envelope], principal: Principal) -> list[Answer | str]:
    """Take messages in, as many as can be kept in one durable commit.

    Args:
        service: Where they go.
        envelopes: The messages (0..n).
        principal: On whose behalf.

    Returns:
        For each message its answer, or why it cannot be kept.

    Raises:
        PolicyError: They may not be lodged.
        StoreError: The database failed; those taken in before stay so.
    """
    return _halved(envelopes, lambda some: service.take_many(some, principal=principal))


def take_rows(service: HostRows, rows: Sequence[HostRow]) -> tuple[int, list[tuple[HostRow, str]]]:
    """Take in what a host decided.

    Args:
        service: Where it goes.
        rows: In the order in which the host tells them (0..n).

    Returns:
        How many rows said something new; and those that cannot be kept, each with the reason (0..n).

    Raises:
        StoreError: The database failed; rows taken in before stay so.
    """
    counts = _halved(rows, lambda some: [service.take_host_rows(some), *[0] * (len(some) - 1)])
    refused = [(row, one) for row, one in zip(rows, counts, strict=True) if isinstance(one, str)]
    return sum(one for one in counts if isinstance(one, int)), refused


def concerns_all(error: Exception) -> bool:
    """Whether what happened has nothing to do with one thing: the database is out, policy forbids it, keys are gone."""
    return isinstance(error, CocketError) and not isinstance(error, RefusedDataError | SenderError)


def why_not_kept(error: Exception) -> str:
    """Why something cannot be kept, in words that follow its name."""
    if isinstance(error, CocketError):
        return f"cannot be stored: {error.message}"
    return f"cannot be stored: a defect in Cocket ({type(error).__name__}). Please report it, with the file."


def _halved(things: Sequence[_Thing], take: Callable[[Sequence[_Thing]], list[_Came]]) -> list[_Came | str]:
    """Take all at once; where that fails, half by half, until the one at fault stands alone."""
    if not things:
        return []
    try:
        return list(take(things))
    except Exception as error:  # a defect of ours in one thing must not keep out all others
        if concerns_all(error):
            raise
        if len(things) == 1:
            return [why_not_kept(error)]
    half = len(things) // 2
    return [*_halved(things[:half], take), *_halved(things[half:], take)]
