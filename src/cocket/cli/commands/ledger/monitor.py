# SPDX-License-Identifier: Apache-2.0
"""`cocket ledger monitor` and `cocket ledger convict`: watch a log that is not ours, and check what convicts one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from cocket import ledger
from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, complain, json_line, shown
from cocket.cli.commands.receipt import trusted_keys
from cocket.errors import PartnerError, ProofError, SettingsError
from cocket.exchange.log_reader import open_log
from cocket.exchange.policy_files import read_policies
from cocket.exchange.watch_files import WatchFiles, decode_alarm, watch_folder
from cocket.ledger.monitoring import Alarm, Seen, Sight, Watch, convict, is_grave, look
from cocket.settings import Settings

#: How often a log that changes while it is read is looked at before an alarm is believed, and the pause between.
_ATTEMPTS, _PAUSE_SECONDS = 3, 0.5

Key = Annotated[
    str | None,
    typer.Option("--key", metavar="FILE|VKEY", help="Public keys of the log, obtained from another source."),
]


def monitor(
    place: Annotated[str, typer.Argument(metavar="URL|DIR", help="Where the log's files are.", show_default=False)],
    key: Key = None,
    once: Annotated[bool, typer.Option("--once", help="Check once and exit.")] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="FILE",
            help="File with the monitor's state; by default one in COCKET_HOME, else var/cocket.",
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            "--policy", metavar="FILE|DIR", help="Witnesses whose cosignatures are required (C2SP tlog-policy)."
        ),
    ] = None,
    stale_hours: Annotated[
        float, typer.Option("--stale-hours", min=0, help="Maximum age of a head; 0 for no limit.")
    ] = 24.0,
    new_only: Annotated[
        bool, typer.Option("--new-only", help="Read only what is new, not what was read before.")
    ] = False,
    every: Annotated[float, typer.Option("--every", min=1, help="Seconds between two checks.")] = 60.0,
    json_lines: JsonOption = False,
) -> None:
    """Watch another administration's log: hash its entries again, and hold each head against the one before.

    An alarm is told, kept beside --state as a file with the signed heads, and ends the command. Without --key the log's
    own key is taken at the first look: from then on it must stay the same.

    Exit 0: all is well. Exit 1: an alarm was raised. Exit 2: the log cannot be read.

    Examples:
        cocket ledger monitor https://customs.example/log --key customs.example/log/2026+e4f9f72d+AQOhB7/z… --once

        cocket ledger monitor /mnt/peer/log --state peer.json --once --json

        cocket ledger monitor https://customs.example/log --state peer.json --policy peer.policy --every 300
    """
    watch = Watch(
        policies=read_policies(str(policy or "")),
        stale_seconds=int(stale_hours * 3600) or None,
        is_whole=not new_only,
    )
    keys = trusted_keys(key) if key else []
    files = WatchFiles(state or _state_of(place))
    try:
        while True:
            try:
                has_alarm = _look(place, files, keys, watch, json_lines)
            except PartnerError as error:
                if once or _is_overdue(files.read(), watch):
                    raise
                complain(f"{error} Asking again in {every:g} s.")
                has_alarm = False
            if once or has_alarm:
                raise typer.Exit(int(has_alarm))
            time.sleep(every)
    finally:
        files.close()


def convict_command(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A file that a monitor wrote as its alarm, or cocket receipt verify as its evidence.",
            show_default=False,
        ),
    ],
    key: Annotated[
        str,
        typer.Option(
            "--key",
            metavar="FILE|VKEY",
            help="Public keys of the log; for a broken promise a file with that of its receipts too.",
            show_default=False,
        ),
    ],
    json_lines: JsonOption = False,
) -> None:
    """Check, with only public keys, that a file proves a log to have signed two histories, or to have broken a promise.

    Exit 0: it does. Exit 1: it does not. Exit 2: the file cannot be read.

    Examples:
        cocket ledger convict peer.json.alarms/fork-2b1f….json --key customs.example/log/2026+e4f9f72d+AQOhB7/z…

        cocket ledger convict receipt.json.evidence.json --key customs.vkeys
    """
    alarm, keys = decode_alarm(read_file(file), str(file)).alarm, trusted_keys(key)
    try:
        said, is_proved = _convict(alarm, keys), True
    except ProofError as error:
        said, is_proved = str(error), False
    if json_lines:
        json_line({"file": str(file), "convicts": is_proved, "reason": said})
    else:
        typer.echo(shown(said))
    raise typer.Exit(int(not is_proved))


def _convict(alarm: Alarm, keys: list[str]) -> str:
    if alarm.promise is not None:
        return ledger.convict_promise(alarm.promise, keys)
    if alarm.evidence is None:
        raise ProofError("This alarm contains no evidence that is conclusive by itself.")
    return convict(alarm.evidence, keys)


COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (("monitor", monitor), ("convict", convict_command))


def _state_of(place: str) -> Path:
    """What is known of a log where nothing else is said: in the house, whose pages show it."""
    home = Path(os.environ.get("COCKET_HOME") or Settings().home)
    return watch_folder(home) / f"{sha256(place.encode()).hexdigest()[:16]}.json"


def _look(place: str, files: WatchFiles, keys: list[str], watch: Watch, json_lines: bool) -> bool:
    """One look, told and kept; whether it raised an alarm."""
    for attempt in range(_ATTEMPTS):
        now = int(time.time())
        with open_log(place) as read:
            seen = _seen(read, files.read(), keys)
            sight = look(read, seen, files, watch, now)
        if not any(map(is_grave, sight.alarms)) or _is_proved(sight):
            break
        if attempt + 1 < _ATTEMPTS:
            time.sleep(_PAUSE_SECONDS)
    if sight.seen != seen:
        files.write(sight.seen)
    kept = [str(files.keep_alarm(sight, alarm, now)) for alarm in sight.alarms]
    if json_lines:
        json_line(_plain(place, sight, kept, now))
    else:
        _say(place, sight, kept, now)
    return bool(sight.alarms)


def _is_overdue(seen: Seen | None, watch: Watch) -> bool:
    """Whether a log that cannot be reached has been silent for too long; one never seen is not waited for."""
    if seen is None or not seen.note:
        return True
    return watch.stale_seconds is not None and time.time() - seen.since > watch.stale_seconds


def _is_proved(sight: Sight) -> bool:
    return any(alarm.evidence for alarm in sight.alarms)


def _seen(read: ledger.Read, seen: Seen | None, keys: list[str]) -> Seen:
    """What is known of the log, which at the first look is its first key."""
    own = read(ledger.KEY_FILE)
    first = seen.vkey if seen else own.decode("utf-8", "replace").strip() if own else keys[0] if keys else None
    if first is None:
        raise SettingsError("The log does not publish its key.", hint="Give --key.")
    if keys:
        try:
            chain = {tenure.vkey for tenure in ledger.read_tenures(first, read)}
        except ProofError as error:
            raise PartnerError(f"The log's keys cannot be followed: {error}") from error
        if not chain.intersection(keys):
            raise SettingsError(f"The log's key is not the one that was given, {shown(keys[0])}.", found=first)
    elif seen is None:
        complain(f"Its key was taken from the log itself: {shown(first)}")
    return seen or Seen(vkey=first)


def _plain(place: str, sight: Sight, kept: list[str], now: int) -> dict[str, Any]:
    head, judgement = sight.head, sight.judgement
    witnessed = None
    if judgement is not None:
        witnessed = {"has": judgement.has, "of": judgement.of, "needed": judgement.needed, "holds": judgement.holds}
    return {
        "log": place,
        "time": _when(now),
        "origin": head.origin if head else None,
        "size": head.size if head else None,
        "root": head.root.hex() if head else None,
        "witnessed": witnessed,
        "alarms": [
            {**msgspec.to_builtins(alarm), "kept": file} for alarm, file in zip(sight.alarms, kept, strict=True)
        ],
    }


def _say(place: str, sight: Sight, kept: list[str], now: int) -> None:
    if sight.head is not None:
        witnessed = f", {sight.judgement.phrase}" if sight.judgement else ""
        typer.echo(f"{_when(now)}  {shown(sight.head.origin)}: {sight.head.size} entries{witnessed}")
    for alarm, file in zip(sight.alarms, kept, strict=True):
        where = " ".join([shown(alarm.file or ""), "" if alarm.entry is None else f"(entry {alarm.entry})"]).strip()
        typer.echo(f"  {alarm.kind:11} {where + ': ' if where else ''}{shown(alarm.message)}")
        typer.echo(f"  {'':11} kept as {file}")
    if not sight.alarms:
        typer.echo("  Everything it contains belongs to one history.")
    else:
        complain(f"{shown(place)} raises {len(sight.alarms)} alarm{'s' if len(sight.alarms) > 1 else ''}.")


def _when(now: int) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
