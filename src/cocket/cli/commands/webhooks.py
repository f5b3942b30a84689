# SPDX-License-Identifier: Apache-2.0
"""`cocket webhooks`: endpoints and e-mail addresses of the administration and its partners, to which events are sent."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cocket import __version__
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, out, shown
from cocket.errors import SenderError
from cocket.exchange.cloud_events import write_async_api
from cocket.findings.words import counted
from cocket.pipeline.governance.webhooks import NewWebhook, WebhookSecretShown, WebhookView

app = typer.Typer(
    name="webhooks",
    no_args_is_help=True,
    help="Endpoints and e-mail addresses of the administration and its partners, to which events are sent: list, add, test, end them.",
)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="ID of the webhook.")]


@app.command("list")
def list_webhooks(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List webhooks, and how sending to each goes. Exit 1 if one is disabled.

    Example:
        cocket webhooks list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.webhooks) as service:
        found = service.webhooks(operator())
    for one in found:
        _tell(one, json_lines=json_lines)
    if not found and not json_lines:
        out.print("No webhook is registered.")
    if any(one.state == "disabled" for one in found):
        raise typer.Exit(1)


@app.command("add")
def add(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="Where events are sent: starts with https://, or is an e-mail address.")
    ],
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Event to send; repeat it for several. All if none is named.")
    ] = None,
    agreement: Annotated[
        str, typer.Option("--agreement", help="Name of the agreement with the partner whose endpoint it is.")
    ] = "",
    note: Annotated[str, typer.Option("--note", help="What to call it.")] = "",
    is_asymmetric: Annotated[
        bool, typer.Option("--ed25519", help="Sign with Ed25519 instead of a shared secret.")
    ] = False,
    language: Annotated[
        str, typer.Option("--language", help="Language of e-mail, such as fr; English if none is named.")
    ] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Register an endpoint, and print its secret, which is not shown again; or an e-mail address, to which a code is sent.

    Examples:
        cocket webhooks add https://integration.customs.example/cocket

        cocket webhooks add https://hooks.betania.example/cocket --agreement betania-2026 --ed25519

        cocket webhooks add desk@betania.example --agreement betania-2026 --language fr
    """
    new = NewWebhook(
        url=url,
        types=tuple(types or ()),
        agreement=agreement,
        note=note,
        scheme="v1a" if is_asymmetric else "v1",
        language=language,
    )
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.webhooks) as service:
        _tell_secret(service.register(operator(), new), json_lines=json_lines)


@app.command("confirm")
def confirm(
    wanted: IdArgument,
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="The code that was sent there."),
    ] = None,
    is_new: Annotated[
        bool, typer.Option("--new", help="Have a new code sent; the one before is good no more.")
    ] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Confirm an e-mail address by the code that was sent to it, or have a new code sent with --new.

    Example:
        cocket webhooks confirm 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 7KQM-2XHD

        cocket webhooks confirm 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --new
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.webhooks) as service:
        if is_new and code:
            raise SenderError("Give the code, or --new, not both.", code="webhook-code")
        done = service.send_code(operator(), wanted) if is_new else service.confirm(operator(), wanted, code or "")
        _tell(done, json_lines=json_lines)


@app.command("show")
def show(wanted: IdArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Show one webhook, and the events that were given up.

    Example:
        cocket webhooks show 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.webhooks) as service:
        one, dead = service.webhook(operator(), wanted), service.given_up(operator(), wanted)
    _tell(one, json_lines=json_lines)
    for each in dead:
        if json_lines:
            json_line(each)
        else:
            words = f"  not delivered: {each.type} {each.identity} of {each.at:%Y-%m-%d %H:%M} UTC: {each.problem}"
            out.print(shown(words), markup=False, highlight=False, soft_wrap=True)


@app.command("test")
def test(wanted: IdArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Send a test event to a webhook; the role events delivers it.

    Example:
        cocket webhooks test 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.webhooks) as service:
        _tell(service.send_test(operator(), wanted), json_lines=json_lines)


@app.command("secret")
def secret(
    wanted: IdArgument,
    hours: Annotated[int, typer.Option("--overlap-hours", help="For how long the former secret signs too.")] = 24,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Make a new secret for a webhook, and print it; the former one signs too for a while.

    Example:
        cocket webhooks secret 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611 --overlap-hours 48
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.webhooks) as service:
        _tell_secret(service.renew_secret(operator(), wanted, hours), json_lines=json_lines)


@app.command("pause")
def pause(wanted: IdArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Pause a webhook: nothing is kept for it until it is resumed.

    Example:
        cocket webhooks pause 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.webhooks) as service:
        _tell(service.set_state(operator(), wanted, "paused"), json_lines=json_lines)


@app.command("resume")
def resume(wanted: IdArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Resume a webhook that was paused or disabled.

    Example:
        cocket webhooks resume 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.webhooks) as service:
        _tell(service.set_state(operator(), wanted, "active"), json_lines=json_lines)


@app.command("end")
def end(wanted: IdArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """End a webhook for good; what waits for it is not sent.

    Example:
        cocket webhooks end 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.webhooks) as service:
        _tell(service.set_state(operator(), wanted, "ended"), json_lines=json_lines)


@app.command("send-again")
def send_again(
    wanted: IdArgument,
    event: Annotated[str | None, typer.Option("--event", help="One event, as show --json names it.")] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Send events again that were given up.

    Example:
        cocket webhooks send-again 0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.webhooks) as service:
        number = service.send_again(operator(), wanted, event)
    if json_lines:
        json_line({"webhook": wanted, "events": number})
    else:
        out.print(f"{counted(number, 'event')} to be sent again.", highlight=False)


@app.command("describe")
def describe(json_lines: JsonOption = False) -> None:
    """Print what events there are, as an AsyncAPI 3.0 document; with --json on one line.

    Example:
        cocket webhooks describe
    """
    document = write_async_api(__version__)
    if json_lines:
        json_line(document)
    else:
        out.print(json.dumps(document, indent=1), markup=False, highlight=False, soft_wrap=True)


def _tell(one: WebhookView, *, json_lines: bool) -> None:
    if json_lines:
        json_line(one)
        return
    counts = f"{counted(one.waiting, 'event')} waiting, {one.given_up} not delivered, {one.delivered} delivered"
    says = f"{one.id} {one.url} {one.agreement or one.audience}: {one.state}, {counts}"
    out.print(shown(says), markup=False, highlight=False, soft_wrap=True)
    if one.reason or one.problem:
        out.print(shown(f"  {one.reason} {one.problem}".rstrip()), markup=False, highlight=False, soft_wrap=True)


def _tell_secret(made: WebhookSecretShown, *, json_lines: bool) -> None:
    if json_lines:
        json_line(made)
        return
    _tell(made.webhook, json_lines=False)
    if made.webhook.code_until is not None:
        until = f"{made.webhook.code_until:%Y-%m-%d %H:%M} UTC"
        words = f"A code is sent to the address. Give it by {until}: cocket webhooks confirm {made.webhook.id} CODE"
        out.print(words, markup=False, highlight=False, soft_wrap=True)
        return
    key = made.secret or made.webhook.public_keys[0]
    words = "Secret, shown this once" if made.secret else "Public key"
    out.print(f"{words}: {key}", markup=False, highlight=False, soft_wrap=True)
