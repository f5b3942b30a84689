# SPDX-License-Identifier: Apache-2.0
"""The commands, in the order in which `cocket --help` shows them, each loaded when it is called."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from importlib import import_module
from typing import Any, Final

import msgspec
import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group
from typer.rich_utils import rich_format_error

from cocket import __version__
from cocket.cli.base.operator_principal import state
from cocket.cli.base.output import Spoken, complain, json_line
from cocket.errors import CocketError


class Place(msgspec.Struct, frozen=True):
    """Where a command or group of commands is found.

    Attributes:
        module: Module in `cocket.cli.commands`.
        name: What it holds there: a function, or a group.
        added: Modules whose `COMMANDS` are added to the group, in this order.
        needs_server: Whether it needs the server's parts.
        added_by_server: The same of modules that need the server's parts; without these they are left out.
    """

    module: str
    name: str = "app"
    added: tuple[str, ...] = ()
    needs_server: bool = True
    added_by_server: tuple[str, ...] = ()


PLACES: Final[dict[str, Place]] = {
    "check": Place("check", "check", needs_server=False),
    "convert": Place("convert", "convert", needs_server=False),
    "codes": Place("codes", needs_server=False),
    "credential": Place(
        "credential.verify", needs_server=False, added_by_server=("credential.instance", "credential.holder")
    ),
    "ledger": Place("ledger.verify", added=("ledger.monitor", "ledger.statement"), needs_server=False),
    "manifest": Place("manifest", needs_server=False),
    "measures": Place(
        "measures.duty", added=("measures.permits", "measures.value", "measures.build"), needs_server=False
    ),
    "receipt": Place("receipt", needs_server=False),
    "standards": Place("standards", needs_server=False),
    "demo": Place("demo", "demo"),
    "serve": Place("serve", "serve"),
    "init": Place("init", "init"),
    "status": Place("status", "status"),
    "upgrade": Place("upgrade", "upgrade"),
    "backup": Place("backup", "backup"),
    "backup-identity": Place("backup", "backup_identity"),
    "restore": Place("backup", "restore"),
    "archive": Place("archive"),
    "doctor": Place("doctor", "doctor"),
    "feed": Place("feed.watch_host", "feed"),
    "lodge": Place("lodge", "lodge"),
    "gateway": Place("gateway"),
    "continuity": Place("continuity"),
    "erase": Place("erase", "erase"),
    "retention": Place("retention"),
    "agency": Place("agency"),
    "agreements": Place("agreements"),
    "mirror": Place("mirror"),
    "sources": Place("sources"),
    "efti": Place("efti"),
    "readiness": Place("readiness"),
    "lessons": Place("lessons"),
    "partner": Place("partner"),
    "joint": Place("joint"),
    "subject": Place("subject"),
    "key": Place("people", "key_app"),
    "officer": Place("people", "officer_app"),
    "users": Place("people", "users_app"),
    "device": Place("device"),
    "trials": Place("trials"),
    "track": Place(
        "track.devices",
        added=("track.replay", "track.instance", "track.transit", "track.journey_acts", "track.movements"),
    ),
    "risk": Place("risk.group"),
    "rules": Place("rules"),
    "policy": Place("policy"),
    "emergencies": Place("emergencies"),
    "proposals": Place("proposals"),
    "screen": Place("screen"),
    "classify": Place("classify", "classify"),
    "results": Place("results"),
    "register": Place("register"),
    "intelligence": Place("intelligence"),
    "audit": Place("audit"),
    "contests": Place("contests"),
    "links": Place("links"),
    "questions": Place("questions"),
    "webhooks": Place("webhooks"),
    "aeo": Place("aeo"),
    "order": Place("order"),
    "payment": Place("payment"),
    "permit": Place("permit"),
    "set-aside": Place("set_aside"),
    "title": Place("title.registrar"),
    "trs": Place("trs"),
    "watchers": Place("watchers"),
    "anchor": Place("anchor"),
    "whatif": Place("whatif"),
    "witness": Place("witness"),
    "simulate": Place("simulate", "simulate_command"),
    "bench": Place("bench", "bench"),
}


class Commands(MutableMapping[str, Any]):
    """Commands by name: what is known at once, and what is loaded when asked for."""

    def __init__(self, known: dict[str, Any]) -> None:
        self._known = dict(known)

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = _load(name, PLACES[name])
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**PLACES, **self._known})

    def __len__(self) -> int:
        return len({**PLACES, **self._known})

    def __setitem__(self, name: str, command: Any) -> None:
        self._known[name] = command

    def __delitem__(self, name: str) -> None:
        del self._known[name]


class Group(TyperGroup):
    """The first level of commands, loaded one by one: reading all of them takes over a second."""

    def __init__(self, *, commands: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.commands = Commands(commands or {})


def _load(name: str, place: Place) -> Any:
    """One command with all that is under it; where a package is missing, a command that says which."""
    try:
        found = getattr(_module(place.module), place.name)
        if not isinstance(found, typer.Typer):
            return _alone(name, found)
        _add(found, place.added)
    except ImportError as error:
        if not place.needs_server or _is_ours(error):
            raise
        return _missing(name, error.name or "a package")
    try:
        _add(found, place.added_by_server)
    except ImportError as error:
        if _is_ours(error):
            raise
    group = get_group(found)
    group.name = name
    return group


def _is_ours(error: ImportError) -> bool:
    return (error.name or "").startswith("cocket")


def _module(name: str) -> Any:
    """A module of commands. Garbage is not looked for in what is loaded, for all of it stays: a command starts a quarter sooner."""
    name = f"cocket.cli.commands.{name}"
    if name in sys.modules or not gc.isenabled():
        return import_module(name)
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def _add(group: typer.Typer, modules: Iterable[str]) -> None:
    has = {command.name for command in group.registered_commands}
    for module in modules:
        for name, command in _module(module).COMMANDS:
            if name not in has:  # a group is assembled once in a process
                group.command(name)(command)


def _alone(name: str, command: Callable[..., Any], **options: Any) -> Any:
    alone = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
    alone.command(name, **options)(command)
    return get_command(alone)


def _missing(name: str, package: str) -> Any:
    def missing(context: typer.Context) -> None:
        r"""Needs `pip install cocket\[server,risk]`."""  # rich takes brackets for a style unless told otherwise
        complain(f"This command needs {package}: pip install 'cocket[server,risk]'.")
        raise typer.Exit(2)

    return _alone(name, missing, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})


app = typer.Typer(
    name="cocket",
    cls=Group,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    help="An open trade data pipeline for customs: reads the messages of trade, seals them with proofs, advises with reasons.",
    pretty_exceptions_enable=False,
)


def _version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"cocket {__version__}")
        raise typer.Exit


def _purpose(value: str | None) -> str | None:
    """Keep the purpose before the command that it is for is loaded."""
    state("purpose", value)
    return value


def _case(value: str | None) -> str | None:
    """Keep the case likewise."""
    state("case", value)
    return value


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
    purpose: str | None = typer.Option(
        None,
        "--purpose",
        metavar="PURPOSE",
        callback=_purpose,
        help="For what the command asks, sealed with each access; without it, what the task serves.",
    ),
    case: str | None = typer.Option(
        None, "--case", metavar="CASE", callback=_case, help="Case that it belongs to, sealed too."
    ),
) -> None:
    """Options of every command."""


def main() -> None:
    """Run the command line; what stops it is one plain sentence and exit 2, with `--json` also a line of JSON.

    That line is made here for every command: for an error of ours, for wrong usage, and for a command that ends with a
    complaint and has printed nothing.
    """
    error: CocketError | None = None
    kind = "failed"
    with Spoken() as spoken:
        try:
            code = app(standalone_mode=False)
        except CocketError as raised:
            code, error = 2, raised
            complain(str(raised))
        except typer.Abort:
            code = 1
            complain("Aborted.")
        except typer.TyperException as raised:
            code, kind = getattr(raised, "exit_code", 2), "usage"
            rich_format_error(raised)  # type: ignore[arg-type]  # what is no exit is an error of usage
            spoken.complaints.append(usage_of(raised))
        except KeyboardInterrupt:
            code = 130
    code = code if isinstance(code, int) else 0
    if code and "--json" in sys.argv[1:] and spoken.complaints and (error or not spoken.has_json):
        said = {"code": error.code, "expected": error.expected, "found": error.found} if error else {}
        json_line({"error": {"code": kind, "message": spoken.complaints[-1], "expected": None, "found": None} | said})
    sys.exit(code)


def usage_of(error: typer.TyperException) -> str:
    """What is wrong with how a command was called, in one sentence."""
    say = getattr(error, "format_message", None)
    return str(say() if say else error)
