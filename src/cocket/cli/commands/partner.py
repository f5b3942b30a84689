# SPDX-License-Identifier: Apache-2.0
"""`cocket partner`: signed messages with partner administrations, under agreements."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, note, out, print_lines, shown
from cocket.errors import SettingsError
from cocket.governance.partner_notices import ASKED, PUSHED
from cocket.pipeline import NotFoundError
from cocket.pipeline.consignment.partner_notices import NoticeView
from cocket.pipeline.partners.exchange import HouseExchange, HouseIdentity
from cocket.pipeline.partners.messages import Exchanged, OpenedMessage
from cocket.pipeline.partners.subscribers import PartnerSubscription

app = typer.Typer(
    name="partner",
    no_args_is_help=True,
    help="Signed messages with partner administrations: records, notices, requests for assistance.",
)

_MIRROR = "mirror"

#: For how long the answer to a message is waited for, and how often it is looked whether it came (seconds).
_WAIT_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.5

PartnerOption = Annotated[
    str, typer.Option("--partner", metavar="CC", help="The partner's country, ISO 3166 alpha-2, such as XA.")
]
PurposeOption = Annotated[str, typer.Option("--purpose", help="For what; the agreement must name it.")]
WaitOption = Annotated[
    float,
    typer.Option(
        "--wait",
        metavar="SECONDS",
        min=0.0,
        max=600.0,
        help="How long to wait for the answer where the role events sends.",
    ),
]
LaterOption = Annotated[bool, typer.Option("--later", help="Do not send now: leave it to the role events.")]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("This is not a day such as 2026-12-25.") from None


SinceOption = Annotated[date | None, typer.Option("--since", parser=_day, metavar="DAY", help="First day, of mirror.")]
UntilOption = Annotated[date | None, typer.Option("--until", parser=_day, metavar="DAY", help="Last day, of mirror.")]


@app.command("identity")
def identity(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Print what the partner's side of an agreement names of us. The key is made at the first use.

    Example:
        cocket partner identity
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.exchange) as exchange:
        found = exchange.identity(operator())
    if json_lines:
        json_line(found)
        return
    _tell_identity(found, None)


def _tell_identity(now: HouseIdentity, coming: HouseIdentity | None) -> None:
    keys = ", ".join(f'"{one.key}"' for one in (now, coming) if one is not None)
    typer.echo(f'[signed]\nkeys = [{keys}]\nreceipts = ["{now.receipts}"]')


@app.command("rotate-key")
def rotate_key(
    use_next: Annotated[
        bool, typer.Option("--use", help="Sign by the next key from now on, and destroy the former.")
    ] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Replace the key by which we sign messages to partners, in two steps.

    The first makes the next key and prints both, which partners add to their agreement with us. Once they have confirmed that, --use
    signs by the next key; then partners take the former out. If the key was stolen, do both at once: what waits goes as soon as a
    partner names the new key and the former no more.

    Examples:
        cocket partner rotate-key

        cocket partner rotate-key --use
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.exchange) as exchange:
        now, coming = exchange.rotate_key(operator(), use_next=use_next)
    if json_lines:
        json_line({"key": now.key, "next": coming and coming.key, "receipts": now.receipts})
        return
    _tell_identity(now, coming)
    note(
        "Signed by this key from now on; the former is destroyed. Partners may take it out of their agreement."
        if coming is None
        else "The second key is the next one. Partners add it to their agreement; then: cocket partner rotate-key --use"
    )


@app.command("push")
def push(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{_MIRROR}, or one of {', '.join(PUSHED)}.")],
    partner: PartnerOption,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Notices (TOML); of mirror none, but days.")
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    purpose: PurposeOption = "control",
    later: LaterOption = False,
    wait: WaitOption = _WAIT_SECONDS,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Give a partner records of trade of some days, or notices of a file; sealed before they are sent.

    The answer is waited for. What cannot be sent now waits; it is said why, and the role events goes on trying. Exit 1 if the partner
    refused it.

    Examples:
        cocket partner push mirror --partner XA --since 2026-11-01 --until 2026-11-30

        cocket partner push seizure seizures.toml --partner XA

        cocket partner push assistance request.toml --partner XA
    """
    with open_service(settings_of(**home_option(home)), lambda one: (one.partners.exchange, one.partners.notices)) as (
        exchange,
        notices,
    ):
        made: Iterable[Exchanged]
        if kind == _MIRROR:
            first, last = _days(since, until)
            made = exchange.push_records(operator(), partner, first, last, purpose)
        elif file is None:
            raise SettingsError(f"{kind} is given as a file of notices, and none is named.")
        else:
            made = (notices.tell(operator(), kind, partner, read_file(file), purpose),)
        made = tuple(made)
        if not later:
            _send(exchange, [one.id for one in made], wait)
        found = [exchange.message(operator(), one.id) for one in made]
    _finish(found, json_lines)


@app.command("query")
def query(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{_MIRROR}, or one of {', '.join(ASKED)}.")],
    partner: PartnerOption,
    number: Annotated[
        str, typer.Argument(metavar="[NUMBER]", help="Of the certificate or trader; of mirror none, but days.")
    ] = "",
    since: SinceOption = None,
    until: UntilOption = None,
    purpose: PurposeOption = "control",
    later: LaterOption = False,
    wait: WaitOption = _WAIT_SECONDS,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Ask a partner for its records of trade of some days, or for what it holds under a number.

    What is answered is kept: records as `cocket mirror take` keeps them, all else as notices. Exit 1 if it was refused.

    Examples:
        cocket partner query mirror --partner XA --since 2026-11-01 --until 2026-11-30

        cocket partner query certificate EP-2026-0042 --partner XA
    """
    with open_service(settings_of(**home_option(home)), lambda one: (one.partners.exchange, one.partners.notices)) as (
        exchange,
        notices,
    ):
        if kind == _MIRROR:
            first, last = _days(since, until)
            made = exchange.query_records(operator(), partner, first, last, purpose)
        else:
            made = notices.ask(operator(), kind, partner, number, purpose)
        if not later:
            _send(exchange, [made.id], wait)
        found = exchange.message(operator(), made.id)
        told = [one for one in notices.notices(operator(), partner.upper()) if one.kept.message == made.id]
    _finish([found], json_lines, told)


@app.command("answer")
def answer(
    request: Annotated[
        str, typer.Argument(metavar="ID", help="ID of the request, as `cocket partner notices` lists it.")
    ],
    state: Annotated[str, typer.Option("--state", help="accepted, declined or answered.")],
    words: Annotated[str, typer.Option("--words", help="What is answered, or why it is declined.")] = "",
    purpose: PurposeOption = "control",
    later: LaterOption = False,
    wait: WaitOption = _WAIT_SECONDS,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Accept, decline or answer a partner's request for assistance.

    Example:
        cocket partner answer 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --state answered --words "Declared at 12,000 EUR."
    """
    with open_service(settings_of(**home_option(home)), lambda one: (one.partners.exchange, one.partners.notices)) as (
        exchange,
        notices,
    ):
        made = notices.answer(operator(), request, state, words, purpose)
        if not later:
            _send(exchange, [made.id], wait)
        found = exchange.message(operator(), made.id)
    _finish([found], json_lines)


@app.command("notices")
def list_notices(
    partner: Annotated[str, typer.Option("--partner", metavar="CC", help="Of this country alone.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Of this kind alone, such as assistance.")] = "",
    is_open: Annotated[
        bool, typer.Option("--open", help="Requests for assistance alone that wait for an answer.")
    ] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List notices and requests from and to partners, last changed first. Exit 1 if one is overdue.

    Example:
        cocket partner notices --open
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.notices) as notices:
        found = notices.notices(operator(), partner.upper(), kind, is_open=is_open)
    for one in found:
        _tell(one, json_lines)
    if not found and not json_lines:
        out.print("No notice yet.")
    if any(one.is_overdue for one in found):
        raise typer.Exit(1)


@app.command("show")
def show(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="ID of the notice or message.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show one notice, with what became of it; or one message, with what it names.

    Example:
        cocket partner show 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: (one.partners.exchange, one.partners.notices)) as (
        exchange,
        notices,
    ):
        try:
            found = notices.notice(operator(), wanted)
        except NotFoundError:
            _tell_message(exchange.opened(operator(), wanted), json_lines)
            return
    _tell(found, json_lines)
    if json_lines:
        return
    notice = found.kept.notice
    for name in notice.__struct_fields__:
        value = getattr(notice, name)
        if name not in ("kind", "reference", "day", "state") and value not in (None, "", ()):
            text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            out.print(shown(f"    {name.replace('_', ' ')}: {text}"), markup=False, highlight=False, soft_wrap=True)
    for dossier in found.dossiers:
        out.print(
            shown(f"    our consignment: {dossier.title} {dossier.id}"), markup=False, highlight=False, soft_wrap=True
        )
    for step in found.kept.steps:
        words = f": {step.words}" if step.words else ""
        told = f"    {step.at:%Y-%m-%d %H:%M} UTC {step.state} by {step.by}{words}"
        out.print(shown(told), markup=False, highlight=False, soft_wrap=True)


@app.command("list")
def list_messages(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List messages to and from partners, last changed first, and how sending goes. Exit 1 if one was given up.

    Example:
        cocket partner list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.exchange) as exchange:
        found = exchange.exchanges(operator())
    for one in found.messages:
        _print(one, json_lines)
    for name, going in found.sending.items():
        if going.problem and not json_lines:
            again = f"; again at {going.next:%Y-%m-%d %H:%M:%S} UTC" if found.waiting else ""
            told = f"{name}: attempts that failed: {going.attempts}{again}. {going.problem}"
            out.print(shown(told), markup=False, highlight=False, soft_wrap=True)
    if not found.messages and not json_lines:
        out.print("No message yet.")
    if any(one.state == "given-up" for one in found.messages):
        raise typer.Exit(1)


@app.command("logs")
def logs(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List the logs of partners that agreements name, and what following them showed. Exit 1 if one is not to be believed.

    The files of alarms are named; `cocket ledger convict` says what one proves. An alarm is shown until its file is moved elsewhere.

    Example:
        cocket partner logs
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.exchange) as exchange:
        found = exchange.logs(operator())
    for one in found:
        if json_lines:
            json_line(one)
            continue
        known, size = one.followed, "no head yet" if one.size is None else f"{one.size} entries"
        since = f" (since {known.since:%Y-%m-%d %H:%M} UTC)" if known.since else ""
        told = f"{known.country}  {known.url}  {size}, looked at {known.looked:%Y-%m-%d %H:%M} UTC"
        told += f": {known.problem}{since}" if known.problem else ": goes on from what it was."
        lines = [told] + [
            f"    {kept.time} {kept.alarm.kind}: {kept.alarm.message} {file}" for file, kept in one.alarms
        ]
        for line in lines:
            out.print(shown(line), markup=False, highlight=False, soft_wrap=True)
    if not found and not json_lines:
        out.print("No log of a partner is followed yet.")
    if any(one.is_grave for one in found):
        raise typer.Exit(1)


@app.command("send")
def send(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Send what waits now. While the role events runs it sends by itself, and nothing is done here.

    Example:
        cocket partner send
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.exchange) as exchange:
        went = exchange.send_waiting(operator())
        waiting = exchange.exchanges(operator()).waiting
    if json_lines:
        json_line({"sent": went, "waiting": waiting})
    else:
        out.print(f"{went} sent, {waiting} wait.", highlight=False)


@app.command("again")
def again(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="ID of a message that was given up.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Let a message that was given up wait to be sent again.

    Example:
        cocket partner again 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.exchange) as exchange:
        _print(exchange.send_again(operator(), wanted), json_lines)


subscriptions = typer.Typer(
    name="subscriptions",
    no_args_is_help=True,
    help="Who subscribed to events of EPCIS, ONE Record and DCSA Track and Trace: list, send again, stop.",
)
app.add_typer(subscriptions)

SubscriptionArgument = Annotated[str, typer.Argument(metavar="ID", help="ID of the subscription.")]


@subscriptions.command("list")
def list_subscriptions(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List subscriptions, those in trouble first, those that ended last with who ended them.

    Exit 1 if one is disabled, or something was given up.

    Example:
        cocket partner subscriptions list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.subscribers) as subscribers:
        found = subscribers.subscriptions(operator())
    for one in found:
        _tell_subscription(one, json_lines)
    if not found and not json_lines:
        out.print("There is no subscription to events.")
    if any(one.state == "disabled" or one.given_up for one in found):
        raise typer.Exit(1)


@subscriptions.command("resend")
def resend(wanted: SubscriptionArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Let the role events try at once what waits or was given up, from where it stopped.

    Example:
        cocket partner subscriptions resend 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.subscribers) as subscribers:
        _tell_subscription(subscribers.send_again(operator(), wanted), json_lines)


@subscriptions.command("stop")
def stop(
    wanted: SubscriptionArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is sealed with your name.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """End a subscription for good, with a reason. What waits is not sent.

    Example:
        cocket partner subscriptions stop 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --reason "the carrier left"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.subscribers) as subscribers:
        subscribers.end(operator(), wanted, reason)
    if json_lines:
        json_line({"id": wanted, "state": "ended"})
    else:
        out.print("The subscription has ended.")


def _tell_subscription(one: PartnerSubscription, json_lines: bool) -> None:
    if json_lines:
        json_line(one)
        return
    under = f" under {one.agreement}" if one.agreement else ""
    last = f"{one.last:%Y-%m-%d %H:%M} UTC" if one.last else "never"
    waiting, given_up = ("not counted" if each is None else each for each in (one.waiting, one.given_up))
    more = " (and more)" if one.has_more else ""
    told = f"{one.id}  {one.standard}  {one.subscriber}{under} to {one.host or 'no address'}: {one.state}"
    if one.state == "ended":
        when = f" on {one.ended:%Y-%m-%d %H:%M} UTC" if one.ended else ""
        told += f"{when} by {one.ended_by}" if one.ended_by else when
    else:
        told += f", last taken {last}, waiting {waiting}, given up {given_up}{more}"
    told += "".join(f". {words}" for words in (one.reason, one.problem) if words)
    out.print(shown(told), markup=False, highlight=False, soft_wrap=True)
    for name, value in one.wanted:
        out.print(shown(f"    {name}: {value}"), markup=False, highlight=False, soft_wrap=True)


def _days(since: date | None, until: date | None) -> tuple[date, date]:
    if since is None or until is None:
        raise SettingsError("Records of trade are of some days.", hint="Give --since and --until.")
    return since, until


def _send(exchange: HouseExchange, ids: list[str], seconds: float) -> None:
    """Send what waits, or, where the role events does, wait until it has: until there is an answer, or why there is none yet."""
    exchange.send_waiting(operator())
    ends = time.monotonic() + seconds
    if seconds and exchange.is_under_way(operator(), ids):
        note("The role events sends it; waiting for the answer.")
    while time.monotonic() < ends and exchange.is_under_way(operator(), ids):
        time.sleep(_LOOK_SECONDS)


def _finish(found: list[Exchanged], json_lines: bool, told: list[NoticeView] | None = None) -> None:
    for one in found:
        _print(one, json_lines)
    for each in told or ():
        _tell(each, json_lines)
    if any(one.state == "refused" for one in found):
        raise typer.Exit(1)


#: What the count of a message is of.
_COUNTED: Final = {"": "in it", "own-names": "names put in by this side", "in-common": "names in common"}


def _print(one: Exchanged, json_lines: bool) -> None:
    if json_lines:
        json_line(one)
        return
    way = "to" if one.direction == "out" else "from"
    told = f"{one.id}  {one.made:%Y-%m-%d %H:%M} UTC  {one.act} {one.kind} {way} {one.country}: {one.state}"
    told += f", {one.count} {_COUNTED[one.counts]}"
    told += "".join(f", {count} left out ({why.replace('-', ' ')})" for why, count in one.left_out.items())
    if one.state == "waiting" and one.problem:
        told += ". It waits"
    told += f". {one.problem}" if one.problem else ""
    if one.state == "waiting":
        told += f" What becomes of it: cocket partner show {one.id}"
    out.print(shown(told), markup=False, highlight=False, soft_wrap=True)


def _tell_message(view: OpenedMessage, json_lines: bool) -> None:
    if json_lines:
        json_line(view)
        return
    one = view.message
    _print(one, json_lines)
    lines = [
        f"purpose: {one.purpose}",
        f"under the agreement {one.agreement}, version {one.version}",
        f"{'sent by' if one.direction == 'out' else 'signed by the key'} {one.by}",
    ]
    lines += [f"days: {one.days[0]} to {one.days[1]}"] if one.days else []
    lines += [f"number: {one.number}"] if one.number else []
    lines += [
        f"{each.kept.notice.kind} {each.kept.notice.reference}: {each.kept.state} {each.id}" for each in view.notices
    ]
    lines += [f"names our consignment {each.title} {each.id}" for each in view.dossiers]
    lines += ["names more than these"] if view.has_more else []
    lines += [f"other objects of ours that it names: {view.others}"] if view.others else []
    lines += [f"their receipt of the {each.part}: {each.log}, entry {each.entry}" for each in view.sealed]
    print_lines(f"    {line}" for line in lines)


def _tell(one: NoticeView, json_lines: bool) -> None:
    if json_lines:
        json_line(one)
        return
    kept = one.kept
    way = "from" if kept.direction == "in" else "to"
    due = f", due {kept.notice.due}" if kept.notice.due else ""
    late = ", OVERDUE" if one.is_overdue else ""
    told = f"{one.id}  {kept.notice.day} {kept.notice.kind} {way} {kept.country} {kept.notice.reference}: {kept.state}{due}{late}"
    out.print(shown(told), markup=False, highlight=False, soft_wrap=True)
