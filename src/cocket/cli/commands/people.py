# SPDX-License-Identifier: Apache-2.0
"""`cocket key` and `cocket officer`: who may come in."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out
from cocket.cli.base.output import shown as shown_text
from cocket.errors import SettingsError
from cocket.gate import make_key
from cocket.governance import GUESTS, MACHINES, OUTSIDE, ROLES, STAFF, TRADERS
from cocket.pipeline.governance.key_certificates import CertificateBinding, binding_of, bound_certificate
from cocket.pipeline.governance.key_terms import KeySecret, KeyTerms


def _any_of(*roles: str) -> str:
    """Roles as a sentence names them: `a, b or c`."""
    return " or ".join(filter(None, (", ".join(roles[:-1]), roles[-1])))


key_app = typer.Typer(name="key", no_args_is_help=True, help="API keys of traders, carriers and host systems.")
officer_app = typer.Typer(name="officer", no_args_is_help=True, help="People who sign in at the workbench.")
users_app = typer.Typer(name="users", no_args_is_help=True, help="Officers by a table.")


@users_app.command("import")
def import_users(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="CSV with a heading: name, role, and if wanted shown, office, active (yes or no)."
        ),
    ],
    is_dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Make, change, disable and enable officers by a table. Rows that are wrong are listed and left out (exit 1).

    A new account gets a temporary password, printed once; it is changed at the first sign-in. An account that is in no row stays as
    it is. The same table again changes nothing.

    Examples:
        cocket users import officers.csv --dry-run

        cocket users import officers.csv > passwords.txt
    """
    content = read_file(file)
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.users) as users:
        plan = users.plan(content)
        made = dict(users.carry_out(plan, operator().id)) if not is_dry else {}
    for row in plan.rows:
        if json_lines:
            told = {"line": row.line, "name": row.name, "role": row.role, "office": row.office, "act": row.deed}
            json_line({**told, "password": made[row.name]} if row.name in made else told)
        else:
            said = f"{row.name}: {row.deed}, {row.role}, {row.office or 'all offices'}"
            out.print(f"{said}  {made.get(row.name, '')}".rstrip(), markup=False, highlight=False, soft_wrap=True)
    for bad in plan.dirty:
        if json_lines:
            json_line({"line": bad.line, "name": bad.name, "problem": bad.why})
        else:
            out.print(f"line {bad.line}: {shown_text(bad.name)}: left out. {shown_text(bad.why)}", soft_wrap=True)
    if plan.dirty:
        raise typer.Exit(1)


@key_app.command("add")
def add_key(
    name: Annotated[str, typer.Argument(help="Name of the key: lower case letters, digits, hyphens.")],
    role: Annotated[
        list[str],
        typer.Option(
            "--role",
            help=f"{_any_of(*OUTSIDE, *MACHINES)}; for programs of customs also {_any_of(*STAFF)}; repeatable.",
        ),
    ],
    sender: Annotated[list[str], typer.Option("--sender", help="Sender it may send for; repeatable.")],
    office: Annotated[
        str | None,
        typer.Option(
            "--office",
            help="Office it may see and act for, including results and lanes of a host; all offices if not given.",
        ),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="Act it is limited to, such as message:read or receipt:*; repeatable."),
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=3650, help="Days after which it expires; never if not given.")
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Make an API key. It is shown once and kept only hashed.

    Examples:
        cocket key add acme --role trader --sender GB123456789000

        cocket key add acme-gate --role trader --sender ACME --scope message:lodge --scope receipt:read --days 90

        cocket key add broker-7 --role declarant --sender ACME --sender OTHER
    """
    if unknown := sorted(set(role) - set(ROLES)):
        raise SettingsError(
            f"There is no role {unknown[0]}.", expected=", ".join(ROLES), hint="See cocket key add --help."
        )
    presented, scopes = make_key(name), tuple(scope or ())
    until = datetime.now(UTC) + timedelta(days=days) if days else None
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.accounts) as accounts:
        accounts.add_key(presented, name, role, sender, office, scopes=scopes, until=until)
    if json_lines:
        told = {"key": presented, "roles": role, "senders": sender, "office": office}
        json_line({**told, "scopes": scopes, "until": until} if scopes or until else told)
    else:
        out.print(presented, markup=False, highlight=False, soft_wrap=True)


@key_app.command("grant")
def grant(
    name: Annotated[str, typer.Argument(help="Name of the key.")],
    sender: Annotated[
        list[str], typer.Option("--sender", help="Every sender it may send for from now on; repeatable.")
    ],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Set the senders that a key may send for, replacing the previous ones.

    Example:
        cocket key grant broker-7 --sender ACME --sender OTHER --sender THIRD
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.accounts) as accounts:
        if not accounts.grant_senders(name, sender):
            raise SettingsError(f"There is no key {name}.")
    if json_lines:
        json_line({"name": name, "senders": sender})


@key_app.command("rotate")
def rotate(
    name: Annotated[str, typer.Argument(help="Name of the key.")],
    overlap: Annotated[
        int, typer.Option("--overlap-days", min=0, max=90, help="Days for which the former secret is good as well.")
    ] = 14,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Give a key a new secret, shown once; the former is good for a while, so that its holder can change over.

    cocket key list shows when each was last used. Roles, senders, scopes and expiry stay.

    Example:
        cocket key rotate broker-7 --overlap-days 7
    """
    presented = make_key(name)
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.accounts) as accounts:
        if not accounts.rotate_key(presented, timedelta(days=overlap)):
            raise SettingsError(f"There is no valid key {name}.")
    if json_lines:
        json_line({"key": presented, "overlap_days": overlap})
    else:
        out.print(presented, markup=False, highlight=False, soft_wrap=True)


@key_app.command("bind")
def bind(
    name: Annotated[str, typer.Argument(help="Name of the key.")],
    certificate: Annotated[
        Path | None,
        typer.Option("--certificate", help="PEM or DER file of the one certificate; who issued it does not matter."),
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Subject, such as 'CN=acme-gate,O=ACME Ltd,C=XA' (RFC 4514).")
    ] = None,
    dns: Annotated[str | None, typer.Option("--dns", help="DNS name among its alternative names.")] = None,
    uri: Annotated[str | None, typer.Option("--uri", help="URI among its alternative names.")] = None,
    ip: Annotated[str | None, typer.Option("--ip", help="IP address among its alternative names.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="E-mail address among its alternative names.")] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Bind a key to a client certificate, or to a name in certificates of an authority that client_ca trusts.

    From then on the key and its tokens are good only over a connection that shows such a certificate. To change over, bind the
    next one before the former ends; then take the former away: cocket key unbind.

    Examples:
        cocket key bind acme-gate --certificate acme-gate.pem

        cocket key bind acme-gate --dns gate.acme.example
    """
    names = {"subject_dn": subject, "san_dns": dns, "san_uri": uri, "san_ip": ip, "san_email": email}
    given = [(part, value) for part, value in names.items() if value is not None]
    if len(given) + (certificate is not None) != 1:
        raise SettingsError(
            "Give exactly one of --certificate, --subject, --dns, --uri, --ip and --email.", code="certificate-options"
        )
    now = datetime.now(UTC)
    binding = bound_certificate(read_file(certificate), now) if certificate else binding_of(*given[0], now)
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.accounts) as accounts:
        if not accounts.bind_key(name, binding):
            raise SettingsError(f"There is no valid key {name}.")
    if json_lines:
        json_line({"name": name, "certificate": binding})
    else:
        _say(f"{name} needs a certificate from now on: {_binding(binding)}")


@key_app.command("unbind")
def unbind(
    name: Annotated[str, typer.Argument(help="Name of the key.")],
    value: Annotated[
        str | None, typer.Argument(help="Thumbprint or name that is taken away, as cocket key list shows it.")
    ] = None,
    is_free: Annotated[
        bool, typer.Option("--free", help="Take all away, and let the key be good without a certificate again.")
    ] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take a certificate or a name of a key away, within seven seconds; its tokens end too.

    The key still needs a certificate: without any it is refused, until one is bound or --free is given.

    Examples:
        cocket key unbind acme-gate gate.acme.example

        cocket key unbind acme-gate --free
    """
    if is_free == (value is not None):
        raise SettingsError("Give the certificate or name that is taken away, or --free.", code="certificate-options")
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.accounts) as accounts:
        is_done = accounts.unbind_key(name, value) if value is not None else accounts.free_key(name)
        if not is_done:
            raise SettingsError(f"There is no valid key {name}.")
    if json_lines:
        json_line({"name": name, "taken_away": value, "needs_certificate": not is_free})
    else:
        _say(f"{name} needs no certificate any more." if is_free else f"{name} is no longer bound to {value}.")


def _binding(binding: CertificateBinding) -> str:
    """A certificate or name to which a key is bound, in words."""
    until = f", valid until {binding.until:%Y-%m-%d}" if binding.until else ""
    return f"{binding.part} {binding.value}{until}"


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)


@key_app.command("list")
def list_keys(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Every key: holder, roles, scopes, until when, and when each of its secrets was last used.

    Last uses are known of keys that were rotated, to the day.

    Example:
        cocket key list --json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.accounts) as accounts:
        found = accounts.keys()
    if json_lines:
        for one, terms in found:
            secrets = [{"until": each.until, "used": each.used} for each in terms.secrets] if terms else []
            limits = {"scopes": terms.scopes if terms else (), "until": terms.until if terms else None}
            told = {"name": one.id, "roles": one.roles, "senders": one.senders, "office": one.office}
            certificates = {
                "needs_certificate": terms.needs_certificate if terms else False,
                "certificates": terms.certificates if terms else (),
            }
            json_line({**told, **limits, "revoked": one.revoked, "secrets": secrets, **certificates})
        return
    table = Listing(
        "name", "roles", "office", "scopes", "valid", "secrets", "certificates", box=None, header_style="bold"
    )
    for one, terms in found:
        valid = "until revoked" if terms is None or terms.until is None else f"until {terms.until:%Y-%m-%d %H:%M} UTC"
        cells = (one.id, " ".join(one.roles), one.office or "all", " ".join(terms.scopes) if terms else "")
        is_over = f"revoked {one.revoked:%Y-%m-%d %H:%M} UTC" if one.revoked else valid
        each_secret = "; ".join(_secret(each) for each in terms.secrets) if terms else ""
        table.add_row(*map(shown_text, cells), is_over, each_secret, shown_text(_certificates(terms)))
    out.print(table)


def _certificates(terms: KeyTerms | None) -> str:
    """The certificates that a key needs, in words; empty where it needs none."""
    if terms is None or not terms.needs_certificate:
        return ""
    return "; ".join(map(_binding, terms.certificates)) or "needs one, and is bound to none"


def _secret(secret: KeySecret) -> str:
    """How one secret of a key stands, in words."""
    used = f"used {secret.used:%Y-%m-%d}" if secret.used else "not used"
    return f"{used}, until {secret.until:%Y-%m-%d %H:%M} UTC" if secret.until else used


@key_app.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="Name of the key.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Revoke a key, within five seconds and for ever.

    Example:
        cocket key revoke broker-7
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.accounts) as accounts:
        if not accounts.revoke_key(name):
            raise SettingsError(f"There is no valid key {name}.")
    if json_lines:
        json_line({"name": name, "state": "revoked"})


@officer_app.command("add")
def add_officer(
    name: Annotated[str, typer.Argument(help="Sign-in name.")],
    role: Annotated[
        str,
        typer.Option(
            "--role",
            help=f"{_any_of(*STAFF)}; for a person of a trader: {_any_of(*TRADERS)}; of another agency: {_any_of(*GUESTS)}.",
        ),
    ],
    shown: Annotated[str | None, typer.Option("--name", help="Name shown; the sign-in name if not given.")] = None,
    office: Annotated[str | None, typer.Option("--office", help="Office; all offices if not given.")] = None,
    sender: Annotated[
        list[str] | None,
        typer.Option(
            "--acts-for",
            help="Sender that a person of a trader acts for, or agency of a person of another agency; repeatable.",
        ),
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Make an account, or change it. The password is asked for, or read from standard input.

    A person of a trader signs in at the same address, and sees the affairs of the senders he acts for and nothing else; a person of
    another agency sees what its agreement names.

    Examples:
        cocket officer add anna --role supervisor --name "Anna A."

        printf %s "$PASSWORD" | cocket officer add ben --role officer --office XA110000

        cocket officer add tina --role trader --name "Tina T." --acts-for ACME

        cocket officer add vera --role agency --acts-for VET
    """
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.accounts) as accounts:
        accounts.put_officer(name, shown or name, role, office, password, senders=sender or ())
    if json_lines:
        told = {"name": name, "shown": shown or name, "role": role, "office": office}
        json_line({**told, "acts_for": sender} if sender else told)
    else:
        out.print(f"{name} can sign in as {role}.", markup=False, highlight=False)


@officer_app.command("duty")
def set_duty(
    name: Annotated[str, typer.Argument(help="Sign-in name.")],
    is_on: Annotated[bool, typer.Option("--on/--off", help="On the roster from which examiners are drawn, or off it.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Put an examining officer on the roster, or take him off it; what was drawn before stays with him.

    Example:
        cocket officer duty ben --off
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.control.officers) as officers:
        off = officers.set_duty(operator(), name, is_on=is_on)
    if json_lines:
        json_line({"officer": name, "is_on": is_on, "off_duty": off})
    else:
        out.print(f"Off duty: {', '.join(off) or 'no one'}.", markup=False, highlight=False)


@officer_app.command("disable")
def disable_officer(
    name: Annotated[str, typer.Argument(help="Sign-in name.")], home: HomeOption = None, json_lines: JsonOption = False
) -> None:
    """Let an officer sign in no longer; his sessions end at once. Sealed.

    Example:
        cocket officer disable ben
    """
    _enable(name, home, is_enabled=False, json_lines=json_lines)


@officer_app.command("enable")
def enable_officer(
    name: Annotated[str, typer.Argument(help="Sign-in name.")], home: HomeOption = None, json_lines: JsonOption = False
) -> None:
    """Let an officer sign in again with the password he had. Sealed.

    Example:
        cocket officer enable ben
    """
    _enable(name, home, is_enabled=True, json_lines=json_lines)


@officer_app.command("reset-factor")
def reset_factor(
    name: Annotated[str, typer.Argument(help="Sign-in name.")],
    reason: Annotated[str, typer.Option("--reason", help="How you made sure who asks; sealed with your name.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Remove all second factors of an officer who has lost them; his sessions end at once. Sealed.

    Example:
        cocket officer reset-factor ben --reason "lost his telephone; came in person with his badge"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.second_factors) as factors:
        ended = factors.reset(operator().id, name, reason)
    if json_lines:
        json_line({"officer": name, "factors": 0, "sessions_ended": ended})
        return
    out.print(f"{name} has no second factor; {ended} sessions ended.", markup=False, highlight=False)


@officer_app.command("list")
def list_officers(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """Everybody with an account: role, office, whether disabled, and how many sessions are open.

    Example:
        cocket officer list --json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.accounts) as accounts:
        found = accounts.officers()
    if json_lines:
        for one in found:
            json_line(one)
        return
    table = Listing("name", "role", "office", "may sign in", "sessions", box=None, header_style="bold", whole=("name",))
    for one in found:
        may = f"no, since {one.disabled:%Y-%m-%d %H:%M} UTC" if one.disabled else "yes"
        table.add_row(shown_text(one.name), one.role, shown_text(one.office or "all"), may, str(one.sessions))
    out.print(table)


@officer_app.command("attempts")
def list_attempts(
    days: Annotated[int, typer.Option("--days", min=1, max=90, help="How many days back.")] = 7,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Attempts to sign in that failed, by day, account and address. Names that are no officer's are not kept.

    Outcomes: wrong (name or password), wrong code (or passkey, after the right password), braked (not looked at, because too many
    had failed); at the OpenID provider, unproven (its answer did not hold), no groups (it left them out) and no role (no group
    gives one, or the account is disabled).

    Example:
        cocket officer attempts --days 30 --json
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.accounts) as accounts:
        found = accounts.sign_in_failures(days)
    if json_lines:
        for one in found:
            json_line(one)
        return
    table = Listing("day", "account", "address", "outcome", "count", "last (UTC)", box=None, header_style="bold")
    for one in found:
        account, address = one.officer or "(none of ours)", one.address or "(others)"
        cells = (str(one.day), account, address, one.outcome, str(one.count), f"{one.last:%H:%M:%S}")
        table.add_row(*map(shown_text, cells))
    out.print(table)


def _enable(name: str, home: Path | None, *, is_enabled: bool, json_lines: bool) -> None:
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.accounts) as accounts:
        ended = accounts.enable_officer(operator().id, name, is_enabled=is_enabled)
    if json_lines:
        json_line({"officer": name, "is_enabled": is_enabled, "sessions_ended": ended})
        return
    says = "can sign in again" if is_enabled else f"can no longer sign in; {ended} sessions ended"
    out.print(f"{name} {says}.", markup=False, highlight=False)
