# SPDX-License-Identifier: Apache-2.0
"""`cocket payment`: what declarants are asked to pay, as slip and order, and what the bank says was paid."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator_of
from cocket.cli.base.output import HomeOption, JsonOption, complain, json_line, out, shown
from cocket.errors import SenderError, StoreError
from cocket.findings import describe, render
from cocket.languages import spoken
from cocket.measures.payments import Payer, grouped
from cocket.pipeline.measures.payments import PaymentLine, PaymentView

app = typer.Typer(name="payment", no_args_is_help=True, help="Payment of duties: advices, orders, statements of banks.")

#: Who the operator of this machine is, as records name him.
OPERATOR = operator_of("cli")

ConsignmentArgument = Annotated[str, typer.Argument(metavar="CONSIGNMENT", help="ID of the consignment.")]

_STATES = {"unpaid": "not paid", "part": "paid in part", "paid": "paid in full", "over": "paid more than asked for"}


@app.command("advise")
def advise(
    consignment: ConsignmentArgument,
    strict: Annotated[bool, typer.Option("--strict", help="Ask for nothing where anything was assumed.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Ask the declarant to pay what the newest declaration of a consignment owes by the tariff.

    The advice is sealed with the duty answer, the edition of the tariff and its digest. It needs `payment.toml` in the
    home folder, with the account. Where any amount is not known nothing is asked for.

    Exit 1: an amount is unknown, or assumed under --strict, or nothing is due.

    Examples:
        cocket payment advise 01a21032-dbd8-7236-9320-ac0953c99041 --strict
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.payments) as payments:
        try:
            view = payments.advise(OPERATOR, consignment, strict=strict)
        except SenderError as error:
            if not error.findings:
                raise
            complain(shown(str(error)))
            for finding in error.findings:
                complain(shown(render(finding)))
            raise typer.Exit(1) from error
    _show(view, json_lines)


@app.command("show")
def show(consignment: ConsignmentArgument, home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """What was asked for a consignment, and what was paid.

    Exit 1: no payment has been asked for.

    Examples:
        cocket payment show 01a21032-dbd8-7236-9320-ac0953c99041
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.payments) as payments:
        view = payments.payment(OPERATOR, consignment)
    _show(view, json_lines)
    if view.advice is None:
        raise typer.Exit(1)


@app.command("slip")
def slip(
    consignment: ConsignmentArgument,
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write: .pdf or .json.")],
    language: Annotated[str, typer.Option("--language", help=f"Of the page: {', '.join(spoken())}.")] = "en",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write the payment slip of a consignment, as a page or as data.

    Examples:
        cocket payment slip 01a21032-dbd8-7236-9320-ac0953c99041 --out slip.pdf --language fr
    """
    known = spoken()
    if language not in known:
        raise typer.BadParameter(f"{language} is none of {', '.join(known)}.", param_hint="--language")
    if target.suffix.lower() not in (".pdf", ".json"):
        raise typer.BadParameter("The file must end in .pdf or .json.", param_hint="--out")
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.payments) as payments:
        view = payments.payment(OPERATOR, consignment)
        is_data = target.suffix.lower() == ".json"
        content = payments.slip_data(view) if is_data else payments.slip(view, known[language])
    _write(consignment, target, content, is_json=json_lines)


@app.command("order")
def order(
    consignment: ConsignmentArgument,
    account: Annotated[str, typer.Option("--account", help="Account of the payer: IBAN, or its number.")],
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")],
    bic: Annotated[str, typer.Option("--bic", help="Bank of the payer (BIC).")] = "",
    name: Annotated[str, typer.Option("--name", help="Holder of that account; else the payer of the advice.")] = "",
    day: Annotated[
        str | None,
        typer.Option("--date", help="Day on which to pay, YYYY-MM-DD; else the last day, or today if that is past."),
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write a payment order for the payer's bank: ISO 20022 pain.001.001.09, with a tax record for each charge.

    Exit 1: the order cannot be made.

    Examples:
        cocket payment order 01a21032-dbd8-7236-9320-ac0953c99041 --account GB33BUKB20201555555555 --out order.xml
    """
    try:
        when = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise typer.BadParameter(f"{day} is not a date (YYYY-MM-DD).", param_hint="--date") from error
    payer = Payer(account="".join(account.split()), bic="".join(bic.split()).upper(), name=name.strip(), day=when)
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.payments) as payments:
        content = payments.order(payments.payment(OPERATOR, consignment), payer)
    _write(consignment, target, content, is_json=json_lines)


@app.command("overpaid")
def overpaid(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Advices for which more was paid than was asked for, and not refunded yet.

    Examples:
        cocket payment overpaid
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.payments) as payments:
        found = payments.overpaid(OPERATOR).overpayments
    for one in found:
        if json_lines:
            json_line(one)
        else:
            payer = f" from {one.payer}" if one.payer else ""
            _say(
                f"{one.over:>15,f} {one.currency}  {grouped(one.reference)}{payer}: {one.paid:,f} paid of {one.asked:,f}"
            )
            _say(f"{'':21}refund it with `cocket payment refund {one.consignment}`")
    if not found and not json_lines:
        _say("For no advice was more paid than was asked for.")


@app.command("refund")
def refund(
    consignment: ConsignmentArgument,
    account: Annotated[str, typer.Option("--account", help="Account of the payer: IBAN, or its number.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays on record.")],
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")],
    bic: Annotated[str, typer.Option("--bic", help="Bank of the payer (BIC).")] = "",
    name: Annotated[str, typer.Option("--name", help="Holder of that account; else the payer of the advice.")] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Pay back what was paid too much: writes an order for the bank of the administration, ISO 20022 pain.001.001.09.

    The refund is sealed and counts against what was paid. Asked again for the same account, the same order is written
    again with the same number, so that no bank carries it out twice.

    Exit 1: nothing was paid too much, or the order cannot be made.

    Examples:
        cocket payment refund 01a21032-dbd8-7236-9320-ac0953c99041 --account 4711 --reason "paid twice" --out refund.xml
    """
    payer = Payer(account="".join(account.split()), bic="".join(bic.split()).upper(), name=name.strip())
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.payments) as payments:
        content = payments.refund(OPERATOR, consignment, payer, reason)
    _write(consignment, target, content, is_json=json_lines)


@app.command("import")
def import_statements(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="camt.053, camt.054 or CSV from the bank.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Import what the bank says was paid; each payment is matched by its reference and counts once.

    A CSV has a heading with account, bank_reference, booked, amount, currency, and as far as known reference, payer, text.

    Exit 1: a payment counts for no advice, or an entry cannot be read. Exit 2: a file is not a bank statement.

    Examples:
        cocket payment import notification-2026-03-02.xml

        cocket payment import payments.csv --json
    """
    is_open = False
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.payments) as payments:
        for file in files:
            content = read_file(file)
            taken = payments.take(OPERATOR, content)
            is_open = is_open or bool(taken.findings)
            is_open = is_open or any(one.outcome not in ("counted", "repeat") for one in taken.entries)
            if json_lines:
                told = msgspec.to_builtins(taken) | {"findings": [describe(one) for one in taken.findings]}
                json_line({"file": str(file), **told})
                continue
            for entry in taken.entries:
                state = f"; {_STATES[entry.state]}" if entry.state else ""
                _say(f"{file}: {entry.place}: {entry.amount:,f} {entry.currency}: {entry.says}{state}")
            for place, why in taken.passed_over:
                _say(f"{file}: {place}: passed over: {why}")
            for finding in taken.findings:
                complain(shown(f"{file}: {render(finding)}"))
            if not taken.entries and not taken.findings:
                _say(f"{file}: no payments to the administration.")
    if is_open:
        raise typer.Exit(1)


@app.command("unmatched")
def unmatched(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Payments that count for no advice yet, with the reason and what to do.

    Examples:
        cocket payment unmatched
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.payments) as payments:
        found = payments.unmatched(OPERATOR).payments
    for one in found:
        if json_lines:
            json_line(one)
        else:
            _say(_line(one))
    if not found and not json_lines:
        _say("Every payment counts for an advice.")


@app.command("assign")
def assign(
    payment: Annotated[str, typer.Argument(metavar="PAYMENT", help="ID of the payment.")],
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="Reference of the advice it is for.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays on record.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Let a payment count for an advice that it does not name, or does not name alone.

    Examples:
        cocket payment assign 5c0b1e0e-… "RF12 185G R38E 1W81 24GK" --reason "the payer wrote the invoice number"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.measures.payments) as payments:
        kept = payments.assign(OPERATOR, payment, reference, reason)
    if json_lines:
        json_line(kept)
    else:
        _say(_line(kept))


def _show(view: PaymentView, json_lines: bool) -> None:
    if json_lines:
        json_line(view)
        return
    advice, standing = view.advice, view.standing
    if advice is None or standing is None:
        _say("No payment has been asked for; make an advice with `cocket payment advise`.")
        return
    out.print(f"[bold]{grouped(advice.reference)}[/bold]", highlight=False)
    account = grouped(advice.payee.account) if advice.payee.is_iban else advice.payee.account
    _say(f"to {advice.payee.name}, {account}, by {advice.due}")
    for charge in advice.charges:
        code = f" ({charge.revenue})" if charge.revenue else ""
        acts = f": {'; '.join(charge.acts)}" if charge.acts else ""
        _say(f"{charge.amount:>15,f} {advice.currency}  {charge.kind} {charge.charge}{code}{acts}")
    _say(f"{advice.total:>15,f} {advice.currency}  in all")
    for payment in view.payments:
        _say(_line(payment))
    left = f", {standing.open:,f} {advice.currency} still to pay" if standing.open else ""
    over = f", {standing.over:,f} {advice.currency} too much" if standing.over else ""
    late = ", late" if standing.is_late else ""
    out.print(f"[bold]{_STATES[standing.state]}{left}{over}{late}[/bold]", highlight=False)
    for told in advice.assumed:
        _say(f"assumed: {told}")
    if view.is_outdated:
        _say("The declaration, its tariff or rates have changed since; make a new advice.")


def _line(one: PaymentLine) -> str:
    booked = f" on {one.booked}" if one.booked else ""
    payer = f" from {one.payer}" if one.payer else ""
    said = f", with the words: {one.said}" if one.said and one.outcome != "counted" else ""
    return f"{one.amount:>15,f} {one.currency}{booked}{payer}: {one.says}{said} ({one.id})"


def _write(consignment: str, target: Path, content: bytes, *, is_json: bool) -> None:
    try:
        target.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}.", code="file-unwritable") from error
    if is_json:
        json_line({"consignment": consignment, "out": str(target), "bytes": len(content)})


def _say(text: str) -> None:
    out.print(shown(text), markup=False, highlight=False, soft_wrap=True)
