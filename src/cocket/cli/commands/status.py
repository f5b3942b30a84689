# SPDX-License-Identifier: Apache-2.0
"""`cocket status`: how the house is, judged by what it does."""

from __future__ import annotations

import json
import socket
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
import msgspec
import psutil
import typer
from rich.markup import escape

from cocket.cli.base.instance_access import home_option, need_home, settings_of
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out
from cocket.errors import CocketError, SettingsError
from cocket.findings.words import counted
from cocket.pipeline import open_stores
from cocket.pipeline.base.database_identity import is_own, refuse_foreign
from cocket.pipeline.base.heartbeat import retire_role
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.operations.bootstrap import running_database
from cocket.pipeline.operations.health import Check, Health, look
from cocket.settings import Settings


def status(
    retired: Annotated[
        str,
        typer.Option("--retire", metavar="ROLE@HOST", help="Remove a role that no longer runs on a machine; sealed."),
    ] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say how the instance is: what its roles do, its interfaces, its log, its disks. Exit 1 if something is not well.

    It looks at deeds: when the assessment worker last worked and how far it is behind, the age of the signed head, a write to the
    disk, free space, the last failure and sign of life of each process. It starts nothing. On any machine that reaches
    the database it knows all roles; doors it tries on the machine that serves them.

    Examples:
        cocket status --home /srv/cocket

        cocket status --json

        cocket status --retire ingress@door-2
    """
    settings = settings_of(**home_option(home))
    need_home(settings)
    if retired:
        _retire(settings, retired)
    found = _look(settings)
    if json_lines:
        json_line(found)
    else:
        _show(found)
    raise typer.Exit(1 if found["problems"] else 0)


def _retire(settings: Settings, named: str) -> None:
    role, _, host = named.partition("@")
    stores = _stores(settings)
    with closing(stores.database):
        retire_role(stores, role, host)


def _stores(settings: Settings) -> Stores:
    """The stores of a house whose database runs; nothing is started for them."""
    dsn = running_database(settings)
    try:
        refuse_foreign(settings, dsn)
    except SettingsError as error:
        if not is_own(error):
            raise
    return open_stores(settings, dsn)


def _look(settings: Settings) -> dict[str, Any]:
    words = _words(settings)
    health = _health(settings)
    doors = {name: _door(name, address) for word in words for name, address in word.get("addresses", {}).items()}
    if health.word == "not-ready" and (said := _readiness(doors)) is not None:
        health = _unseen(health, said)
    problems = [f"{check.words} {check.hint or ''}".rstrip() for check in health.problems]
    problems += [
        f"{name} at {door['address']} does not respond: it {door['state']}."
        for name, door in doors.items()
        if door["state"] != "answers"
    ]
    for word in words:
        if (state := _parent(word.get("pid", 0))) != "running":
            problems.append(f"cocket serve, process {word.get('pid')}, is {state}: roles that stop are not restarted.")
    figures = next((check.figures for check in health.checks if check.name == "head"), {})
    return {
        "state": health.word if health.word != "ready" or not problems else "degraded",
        "checks": msgspec.to_builtins(health.checks),
        "roles": _roles(words),
        "doors": doors,
        "log": {"leaves": _count(figures, "leaves"), "in_head": _count(figures, "leaves_signed")},
        "problems": problems,
    }


def _health(settings: Settings) -> Health:
    """What the checks find; of a house whose database does not run, that."""
    try:
        stores = _stores(settings)
    except CocketError as error:
        check = Check(name="database", state="failed", words=error.message, hint=error.hint)
        return Health(datetime.now(UTC), (check,))
    with closing(stores.database):
        return look(stores)


def _readiness(doors: dict[str, dict[str, str]]) -> str | None:
    """What the HTTP API says of itself where it takes messages; None where it does not, or none is served here."""
    address = doors.get("api", {}).get("address", "")
    if not address.startswith("http"):
        return None
    try:
        answer = httpx.get(f"{address}/readyz", timeout=5.0, trust_env=False, verify=False)  # noqa: S501 - our own
    except httpx.HTTPError:
        return None
    return answer.text.strip() if answer.status_code == 200 else None


def _unseen(health: Health, said: str) -> Health:
    """A look that could not be made here, where the HTTP API, which holds connections, says that it takes messages."""
    if [check.name for check in health.checks if check.state == "failed"] != ["database"]:
        return health
    words = f"This command cannot look at the database; the HTTP API reports that it is {said}."
    seen = (
        msgspec.structs.replace(check, state="degraded", words=f"{words} {check.words}")
        if check.state == "failed"
        else check
        for check in health.checks
    )
    return Health(health.at, tuple(seen))


def _show(found: dict[str, Any]) -> None:
    table = Listing("what", "state", "", box=None, header_style="bold")
    for check in found["checks"]:
        table.add_row(check["name"], check["state"], escape(check["words"]))
    for name, role in found["roles"].items():
        table.add_row(name, role["state"], f"pid {role['pid']}, {role['pss_mb']} MB" if role["pid"] else "")
    for name, door in found["doors"].items():
        table.add_row(name, door["state"], door["address"])
    log = found["log"]
    if log["leaves"] is not None:
        table.add_row("log size", counted(log["leaves"], "leaf", "leaves"), f"{log['in_head']} in the signed head")
    for problem in found["problems"]:
        table.add_row("problem", "", escape(problem))
    out.print(table)
    out.print(f"The instance is {found['state']}.", highlight=False)


def _words(settings: Settings) -> list[dict[str, Any]]:
    """What each `cocket serve` left here (0..n)."""
    words = []
    for path in sorted(settings.home.glob("serving*.json"), key=lambda one: (one.name != "serving.json", one.name)):
        with suppress(OSError, ValueError):
            words.append(json.loads(path.read_text("utf-8")))
    return [word for word in words if isinstance(word, dict)]


def _roles(words: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Every process of a role by the role's name; a further one of the same role by its number too."""
    roles: dict[str, dict[str, Any]] = {}
    for name, pid in (one for word in words for one in word.get("roles", {}).items()):
        roles[name if name not in roles else f"{name}, process {pid}"] = _role(pid)
    return roles


def _parent(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        return "stopped" if process.status() == psutil.STATUS_STOPPED else "running"
    except psutil.Error:
        return "gone"


def _role(pid: int) -> dict[str, Any]:
    try:
        process = psutil.Process(pid)
        state = "stopped" if process.status() == psutil.STATUS_STOPPED else "running"
        return {"state": state, "pid": pid, "pss_mb": round(process.memory_full_info().pss / 1e6)}
    except psutil.Error:
        return {"state": "gone", "pid": None, "pss_mb": 0}


def _count(figures: dict[str, float], name: str) -> int | None:
    return int(figures[name]) if name in figures else None


def _door(name: str, address: str) -> dict[str, str]:
    if not address.startswith("http"):
        return {"state": _listening(address), "address": address}
    path = "/healthz" if name == "api" else "/docs" if name == "admin" else "/"
    try:
        answer = httpx.get(address + path, timeout=3.0, trust_env=False, verify=False)  # noqa: S501 - our own
        state = "answers" if answer.status_code < 500 else f"answers {answer.status_code}"
    except httpx.HTTPError:
        state = "is silent"
    return {"state": state, "address": address}


def _listening(address: str) -> str:
    """Whether anybody answers at a door for devices."""
    place = urlsplit(address)
    try:
        with socket.create_connection((place.hostname, place.port or 0), timeout=3.0):
            return "answers"
    except OSError:
        return "is silent"
