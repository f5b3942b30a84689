# SPDX-License-Identifier: Apache-2.0
"""How the processes of the roles are: whether each lives, and whether what it does goes well."""

from __future__ import annotations

import socket
from datetime import timedelta

import msgspec
import psutil

from cocket.pipeline.health_views import Check, Sight, clock
from cocket.pipeline.turn import DESK_PLACE
from cocket.settings import Settings
from cocket.stores.role_states import RoleState

ROLES = ("api", "desk", "book", "feeds", "ingress", "tracker", "workbench")

#: A turn that goes on for so long hangs: the longest honest ones, over hundreds of messages, take a few seconds.
_LONGEST_TURN = timedelta(seconds=120)

#: The same for the desk while messages wait for it.
_LONGEST_WAITED_FOR = timedelta(seconds=30)

#: How many failures in a row are told; one is over before anybody could look, but of the desk, whose turns may take long.
_TOLD_FAILURES = 2


def check_role(role: str, sight: Sight) -> Check | None:
    """Each process of one role: whether it lives, and whether what it does goes well."""
    known = [one for one in sight.roles if one.worker.role == role]
    if not known:
        return _nobody(role) if role in _needed(sight.settings) else None
    figures = {
        "silent_seconds": round(max(one.silent_seconds for one in known), 1),
        "failures": float(max(one.deeds.failures for one in known)),
        "processes": float(len(known)),
    }
    for one in known:
        if (found := _trouble(one, sight)) is not None:
            return msgspec.structs.replace(found, figures=figures)
    return Check(name=role, words="It works.", figures=figures)


def _needed(settings: Settings) -> set[str]:
    """Roles without which the house does not do its work."""
    has_feed = bool(settings.feed or settings.feed_database_url)
    return (
        {"desk", "book"} | ({"feeds"} if has_feed else set()) | ({"ingress", "tracker"} if settings.ingress else set())
    )


def _nobody(role: str) -> Check:
    return Check(
        name=role,
        state="degraded",
        words=f"No process of the role {role} has been heard of.",
        hint=f"Start it with cocket serve, or cocket serve {role} where it is to run.",
    )


def _trouble(one: RoleState, sight: Sight) -> Check | None:
    """What is wrong with one process; None if nothing is."""
    worker, deeds = one.worker, one.deeds
    if one.silent_seconds > sight.settings.late_seconds:
        how, hint = _silence(one)
        words = f"{worker.name} on {worker.host} {how} since {clock(one.beat, sight.now)}."
        return Check(name=worker.role, state="degraded", words=words, since=one.beat, hint=hint)
    if deeds.failures >= (1 if worker.role == "desk" else _TOLD_FAILURES) and deeds.failing_since is not None:
        since = deeds.failing_since
        words = f"{worker.name} stands still since {clock(since, sight.now)}: {deeds.error_words}"
        hint = "It tries again by itself, and the other roles go on. Set right what it says."
        return Check(name=worker.role, state="degraded", words=words, since=since, hint=hint)
    return _long_turn(one, sight)


def _long_turn(one: RoleState, sight: Sight) -> Check | None:
    """A turn that goes on for too long, if there is one."""
    worker, deeds = one.worker, one.deeds
    is_within = deeds.began is not None and (deeds.ended is None or deeds.began > deeds.ended) and not deeds.failures
    if worker.role == "feeds" or not is_within or deeds.began is None:
        return None
    took = sight.now - deeds.began
    is_waited_for = worker.role == "desk" and took > _LONGEST_WAITED_FOR and _has_waiting(sight)
    if took > _LONGEST_TURN or is_waited_for:
        words = f"{worker.name} has been at one turn since {clock(deeds.began, sight.now)}."
        if is_waited_for:
            words = f"{words[:-1]}, and messages wait."
        hint = f"If it does not end, end its process {worker.pid}: it is started again, and nothing is lost."
        return Check(name=worker.role, state="degraded", words=words, since=deeds.began, hint=hint)
    return None


def _has_waiting(sight: Sight) -> bool:
    """Whether a message waits for the desk."""
    place = sight.shelves.places.get(sight.connection, DESK_PLACE)
    return sight.shelves.messages.newest(sight.connection) > (int(place) if place is not None else -1)


def _silence(one: RoleState) -> tuple[str, str]:
    """Why a process gives no sign of life, as far as that is seen from here, and what to do."""
    pid = one.worker.pid
    if one.worker.host != socket.gethostname():
        return "has given no sign of life", f"See to that machine: whether it runs, and its process {pid} with it."
    try:
        status = psutil.Process(pid).status()
    except psutil.Error:
        return "is gone, and was last heard of", "Start it again with cocket serve."
    if status in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP):
        return "is stopped", f"Somebody stopped its process: kill -CONT {pid} lets it go on."
    return "has given no sign of life", f"End its process {pid}: it is started again, and nothing is lost."
