# SPDX-License-Identifier: Apache-2.0
"""Sending a short notice to a person: by e-mail, by short message through a gateway, and to the webhook of the house.

Source: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 8314 (implicit TLS), RFC 3834 (automatic messages); Standard Webhooks 1.0.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from cocket.errors import PartnerError, SettingsError
from cocket.exchange.webhook_signatures import signed_headers

_SECONDS: Final = 10.0
_PORTS: Final = {"smtps": 465, "smtp": 587}

#: Code of an error after which sending the same again is of no use.
REFUSED: Final = "notice-refused"
AWAY: Final = "notice-unreachable"

_MOST_SAID: Final = 200

#: How the words begin of what a server has against an address or a message, and not against us.
NOT_TAKEN: Final = "The mail server refused"

#: An e-mail address (RFC 5321, in ASCII, without quotes) and its domain, and how long it is at most (characters).
#: No `%` or `!`, by which servers of old forwarded to others, no dot or hyphen at its ends that a program could take for an option, and no
#: number where the last name of the domain stands, as of a machine.
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM: Final = r"[A-Za-z0-9#$&'*+/=?^_`{|}~-]+"
_ADDRESS: Final = re.compile(rf"(?=[^@]{{1,64}}@)(?!-){_ATOM}(?:\.{_ATOM})*@((?:{_LABEL}\.)+(?![0-9]+$){_LABEL})")
_LONGEST_ADDRESS: Final = 254

#: How an encoded word begins (RFC 2047). A text of others may hold one, whose lines Python would write into the head of the message.
_ENCODED: Final = "=?"


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that takes e-mail.

    Attributes:
        address: `smtps://host:465` or `smtp://user@host:587`; the latter goes over to TLS before anything else.
        password: Password of that user; empty where none is named.
        roots: PEM file of the roots that its certificate is judged by; empty for those of the system.
    """

    address: str
    password: str = ""
    roots: str = ""


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file that goes with a message: its name, its media type, such as `application/xml`, and its bytes."""

    name: str
    media_type: str
    content: bytes


def domain_of(address: str) -> str | None:
    """The domain of an e-mail address, in lower case; None where it is no address that is sent to."""
    found = _ADDRESS.fullmatch(address) if len(address) <= _LONGEST_ADDRESS and _ENCODED not in address else None
    return found[1].casefold() if found is not None else None


def in_ascii(address: str) -> str | None:
    """An address whose domain has other letters, with the domain as the mail system writes it (`xn--…`); None where there is none."""
    local, mark, domain = address.rpartition("@")
    if not mark or domain.isascii():
        return None
    try:
        found = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None
    return found if domain_of(found) is not None else None


def compose_mail(
    identity: str,
    at: datetime,
    addresses: tuple[str, str],
    subject: str,
    text: str,
    *,
    attachments: Sequence[Attachment] = (),
) -> EmailMessage:
    """A message that no automatic answer is sent to.

    Args:
        identity: Id of the notice; the same notice has the same Message-ID however often it is sent.
        at: When it was caused, UTC.
        addresses: From whom, to whom.
        subject: In one line.
        text: Its lines.
        attachments: What goes with it (0..n).

    Raises:
        PartnerError: An address or the subject cannot stand in a message.
    """
    sender, to = addresses
    message = EmailMessage()
    try:
        message["From"], message["To"], message["Subject"] = sender, to, subject.replace(_ENCODED, "= ?")
    except (ValueError, MessageError) as error:
        raise PartnerError("The address cannot be written in an e-mail.", code=REFUSED) from error
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{identity}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    for one in attachments:
        main, _, part = one.media_type.partition("/")
        message.add_attachment(one.content, maintype=main, subtype=part, filename=one.name)
    return message


def send_mail(server: MailServer, message: EmailMessage) -> None:
    """Give a message to a server, over TLS alone.

    Raises:
        PartnerError: It was not taken; code `notice-refused` if it never will be.
        SettingsError: The roots cannot be read.
    """
    at = urlsplit(server.address)
    host, port = at.hostname or "", at.port or _PORTS[at.scheme]
    context = _context(server.roots)
    try:
        with (
            smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=context)
            if at.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=_SECONDS)
        ) as session:
            if at.scheme == "smtp":
                session.starttls(context=context)
            if at.username:
                session.login(at.username, server.password)
            session.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise _unsent(code, words, f"{NOT_TAKEN} the address") from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:
        told = f"{error.smtp_code} {_plain(error.smtp_error)}"
        raise PartnerError(f"The mail server at {host} takes no messages from us: {told}", code=AWAY) from error
    except smtplib.SMTPAuthenticationError as error:
        raise PartnerError(f"The mail server at {host} does not accept the user or the password.", code=AWAY) from error
    except smtplib.SMTPResponseException as error:
        raise _unsent(error.smtp_code, error.smtp_error, f"{NOT_TAKEN} the message") from error
    except smtplib.SMTPNotSupportedError as error:
        raise PartnerError(
            f"The mail server at {host} does not offer TLS, and nothing is sent without it.", code=AWAY
        ) from error
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason or "TLS failed"
        raise PartnerError(f"The certificate of the mail server at {host} does not hold: {why}.", code=AWAY) from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise PartnerError(f"The mail server at {host} does not answer.", code=AWAY) from error


def post_webhook(url: str, secret: str, identity: str, at: datetime, body: Mapping[str, Any]) -> None:
    """Post a notice as JSON, signed; redirects are not followed.

    Args:
        url: Where.
        secret: `whsec_` and base64, or base64.
        identity: Id of the notice; the same however often it is posted.
        at: When it is posted, UTC.
        body: The notice.

    Raises:
        PartnerError: It was not taken.
        SettingsError: The secret is none, or `httpx` is not installed.
    """
    try:
        import httpx
    except ImportError as error:
        raise SettingsError("Posting notices needs httpx: pip install 'cocket[server]'.") from error
    content, stamp = msgspec.json.encode(body), str(int(at.timestamp()))
    headers = {"content-type": "application/json", **signed_headers((secret,), identity, stamp, content)}
    try:
        with (
            httpx.Client(timeout=_SECONDS, trust_env=False, follow_redirects=False) as client,
            client.stream("POST", url, content=content, headers=headers) as answer,
        ):
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PartnerError("The webhook does not answer.", code=AWAY) from error
    if not 200 <= status < 300:
        raise PartnerError(f"The webhook answered with status {status}.", code=AWAY)


def post_sms(url: str, token: str, identity: str, to: str, text: str) -> None:
    """Hand a short message to a gateway: `{"id", "to", "text"}` as JSON, with a bearer token; redirects are not followed.

    Args:
        url: The gateway.
        token: What it knows us by.
        identity: Id of the notice; the same however often it is handed over, so that the gateway can drop a repeat.
        to: Telephone number, `+` and digits.
        text: What it says.

    Raises:
        PartnerError: It was not taken; code `notice-refused` if it never will be.
        SettingsError: `httpx` is not installed.
    """
    try:
        import httpx
    except ImportError as error:
        raise SettingsError("Sending short messages needs httpx: pip install 'cocket[server]'.") from error
    body = {"id": identity, "to": to, "text": text}
    try:
        with (
            httpx.Client(timeout=_SECONDS, trust_env=False, follow_redirects=False) as client,
            client.stream("POST", url, json=body, headers={"authorization": f"Bearer {token}"}) as answer,
        ):
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError) as error:
        raise PartnerError("The gateway for short messages does not answer.", code=AWAY) from error
    if not 200 <= status < 300:
        is_final = status in (400, 404, 410, 422)
        code = REFUSED if is_final else AWAY
        raise PartnerError(f"The gateway for short messages answered with status {status}.", code=code)


def _context(roots: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=roots or None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"The roots for the mail server cannot be read: {roots}.") from error


def _unsent(code: int, said: bytes | str, words: str) -> PartnerError:
    found = REFUSED if code >= 500 else AWAY
    return PartnerError(f"{words}: {code} {_plain(said)}", code=found, found=str(code))


def _plain(said: bytes | str) -> str:
    told = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join("".join(one if one.isprintable() else " " for one in told).split())[:_MOST_SAID]
