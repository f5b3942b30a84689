# SPDX-License-Identifier: Apache-2.0
"""`cocket backup` and `cocket restore`: copies of a house, and the way back from one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket.cli.base.instance_access import home_option, need_home, settings_of
from cocket.cli.base.output import HomeOption, JsonOption, complain, json_line, note, out
from cocket.errors import SettingsError
from cocket.findings.words import counted
from cocket.pipeline.operations.backups import back_up
from cocket.pipeline.operations.key_copies import CLEAR, make_identity
from cocket.pipeline.operations.restore import RecoveryPoint, Restored, Wanted, take_over
from cocket.pipeline.operations.restore import restore as bring_back

#: How many missing places are said on a screen; --json says all (count).
_MOST_SHOWN = 20


def backup(
    target: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder of backups; else COCKET_BACKUP_FOLDER.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="DIR", help="Folder for the keys; else COCKET_BACKUP_KEYS_FOLDER.")
    ] = None,
    recipient: Annotated[
        list[str] | None,
        typer.Option(
            "--recipient",
            metavar="age1…",
            help="Recipient to whom the keys are encrypted; repeatable; else COCKET_BACKUP_KEYS_RECIPIENTS.",
        ),
    ] = None,
    is_clear: Annotated[bool, typer.Option("--keys-in-clear", help="Copy the keys without encryption.")] = False,
    label: Annotated[
        str,
        typer.Option(
            "--database-by", metavar="LABEL", help="The database is backed up by other means; its label there."
        ),
    ] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Back up the instance while it runs: log, database, models, settings and lists; with --keys its keys, apart.

    Everything is read again, sealed in the log, and gets its name only when it is whole and on disk. The keys replace
    those copied before, so that what was erased since does not come back. Without them no backup can be opened. They are
    encrypted to recipients (age), whose identity `cocket backup-identity` makes.

    Exit 0: the backup is finished. Exit 2: it is not, and nothing that looks like one is left.

    Examples:
        cocket backup /mnt/backup --keys /mnt/safe --recipient age1...

        COCKET_BACKUP_FOLDER=/mnt/backup cocket backup --keys /mnt/safe --keys-in-clear --json

        cocket backup /mnt/backup --keys /mnt/safe --recipient age1... --database-by "pgbackrest 20261128-020000F"
    """
    settings = settings_of(**home_option(home))
    need_home(settings)
    folder = target or (Path(settings.backup_folder) if settings.backup_folder else None)
    if folder is None:
        raise SettingsError("There is no folder to back up to.", hint="Give one, or set COCKET_BACKUP_FOLDER.")
    safe = keys or (Path(settings.backup_keys_folder) if settings.backup_keys_folder else None)
    named = CLEAR if is_clear else ",".join(recipient or []) or settings.backup_keys_recipients
    settings = msgspec.structs.replace(settings, backup_keys_recipients=named)
    made = back_up(settings, folder, safe, note, label=label)
    if made.archive_files:
        files = counted(made.archive_files, "file of the archive is", "files of the archive are")
        note(f"{files} not in this backup: copy {settings.archive_folder or 'the archive folder'} beside it.")
    if made.keys is None:
        complain("The keys were not copied: without them nothing in this backup can be decrypted. See --keys.")
    for fault in made.key_faults:
        complain(fault)
    if json_lines:
        json_line(made)
        return
    size = f"{made.bytes / 1e6:.1f} MB"
    out.print(
        f"{made.folder}: {counted(made.files, 'file')}, {size}, {counted(made.leaves, 'leaf', 'leaves')} or more.",
        highlight=False,
        soft_wrap=True,
    )


def backup_identity(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write the identity to; it must not exist yet.")],
    json_lines: JsonOption = False,
) -> None:
    """Make an identity that opens copies of the keys, and say its recipient, to whom backups encrypt them.

    Keep the file, and a printed copy, apart from the backups: without it the keys, and so every backup, stay closed.

    Example:
        cocket backup-identity /media/safe/cocket-identity.txt
    """
    recipient = make_identity(file)
    if json_lines:
        json_line({"file": str(file), "recipient": recipient})
    else:
        out.print(recipient, markup=False, highlight=False, soft_wrap=True)


def restore(
    folder: Annotated[Path | None, typer.Argument(metavar="[BACKUP]", help="The backup.", show_default=False)] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="DIR", help="The folder that cocket backup --keys wrote.")
    ] = None,
    wal: Annotated[
        Path | None,
        typer.Option(
            "--wal",
            metavar="DIR",
            help="Folder the database's write-ahead log was streamed to; else wal next to the backup.",
        ),
    ] = None,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="DIR", help="A newer copy of the published log than the backup's.")
    ] = None,
    identity: Annotated[
        Path | None, typer.Option("--identity", metavar="FILE", help="The identity that decrypts the copy of the keys.")
    ] = None,
    upto_gap: Annotated[
        bool, typer.Option("--up-to-gap", help="Restore only up to a gap in the database's write-ahead log.")
    ] = False,
    takes_over: Annotated[
        bool, typer.Option("--take-over", help="Put a restored instance into service: the original is gone for good.")
    ] = False,
    is_newest: Annotated[
        bool, typer.Option("--no-newer-log", help="With --take-over: nothing newer than its log was ever published.")
    ] = False,
    without_keys: Annotated[
        bool,
        typer.Option("--without-keys", help="With --take-over: content that the keys cannot decrypt is lost for good."),
    ] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Restore a backup into a home of its own, and say how far it goes; then, with --take-over, put it to work.

    What is restored is a copy for examination: it takes nothing in and signs nothing. The published log proves what is
    missing: whatever it covers and the database lacks was acknowledged after the recovery point. Only --take-over puts
    the copy to work. It needs the newest log that the original published, so that no second history is signed, and keys
    as new as the database; --without-keys gives up for lost what they cannot open.

    Exit 0: nothing that was published is missing, and all can be opened. Exit 1: something is missing or cannot be
    opened, and is named. Exit 2: nothing was restored.

    Examples:
        cocket restore /mnt/backup/backup-20261128T020000.000000Z --keys /mnt/safe --identity ID.txt --home /srv/copy

        cocket restore --take-over --home /srv/copy --log /srv/cocket/log

        cocket restore --take-over --home /srv/copy --no-newer-log --json
    """
    settings = settings_of(**home_option(home))
    if takes_over:
        if folder is not None:
            raise SettingsError("Restore the backup first, inspect it, then use --take-over.")
        if log is None and not is_newest:
            raise SettingsError(
                "To take over, the newest log that the original published must be known.",
                hint="Give it by --log, or use --no-newer-log if nothing newer than the one in this home was published.",
            )
        need_home(settings)
        done = take_over(settings, log, note, without_keys=without_keys)
    elif folder is None or keys is None:
        raise SettingsError(
            "Which backup, and where are its keys?", hint="cocket restore BACKUP --keys DIR --home HOME"
        )
    else:
        wanted = Wanted(backup=folder, keys=keys, wal=wal, log=log, upto_gap=upto_gap, identity=identity)
        done = bring_back(settings, wanted, note)
    if json_lines:
        json_line(done)
    else:
        _say(done)
    for fault in done.key_faults:
        complain(fault)
    if done.keyless:
        _say_keyless(done)
    raise typer.Exit(1 if done.point.missing or done.keyless else 0)


def _say(done: Restored) -> None:
    say_point(done.point)
    if done.shared:
        complain(
            f"{done.home}/cocket.toml still has settings of the original: {', '.join(done.shared)}. Change it first."
        )
    if done.brought_back:
        out.print(f"{counted(done.brought_back, 'leaf was', 'leaves were')} restored as commitments.", highlight=False)
    if done.mode == "live":
        out.print(f"{done.home} is in service: cocket serve --home {done.home}", highlight=False, soft_wrap=True)
    else:
        out.print(f"{done.home} is a copy for examination. Next: cocket doctor --home {done.home}", highlight=False)


def _say_keyless(done: Restored) -> None:
    """Say what cannot be opened, and what to do."""
    shown = ", ".join(done.unreadable[:_MOST_SHOWN])
    more = f" and {len(done.unreadable) - _MOST_SHOWN} more (--json lists all)"
    named = f": {shown}{more if len(done.unreadable) > _MOST_SHOWN else ''}" if shown else ""
    complain(
        f"{counted(done.keyless, 'sealed item')} cannot be decrypted: the copy of the keys lacks theirs. Messages among"
        f" them: {len(done.unreadable)}{named}."
    )
    if done.mode == "live":
        complain("They are recorded as lost. Ask the senders to send these messages again.")
    else:
        complain(
            f"Copy the newest segments, those in the folder subjects of COCKET_BACKUP_KEYS_FOLDER or of the original, to"
            f" {done.home}/keys/subjects before --take-over. If there is none, --take-over --without-keys records them as lost."
        )


def say_point(point: RecoveryPoint) -> None:
    """Say how far a database goes."""
    if not point.published:
        out.print("No log was published yet.", highlight=False)
        return
    out.print(
        f"The log {point.log} has {counted(point.published, 'entry', 'entries')}; the database has {point.leaves} of them.",
        highlight=False,
    )
    if not point.missing:
        out.print("Nothing that was published is missing.", highlight=False)
        return
    shown = ", ".join(map(str, point.missing[:_MOST_SHOWN]))
    more = f" and {len(point.missing) - _MOST_SHOWN} more" if len(point.missing) > _MOST_SHOWN else ""
    out.print(
        f"{counted(len(point.missing), 'acknowledged entry is', 'acknowledged entries are')} missing,"
        f" at {shown}{more}. Their receipts hold against"
        " the log; the senders still have the contents and must send them again.",
        highlight=False,
        soft_wrap=True,
    )
