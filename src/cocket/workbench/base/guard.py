# SPDX-License-Identifier: Apache-2.0
"""Who may come in and who may act: the session of a visit, and the token and origin of each form."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from cocket.errors import SenderError
from cocket.gate import FORM_BYTES, RequestError, UnseenError, check_form, check_words, session_token
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.governance.sign_in import Officer
from cocket.pipeline.governance.sign_in_limits import network_of
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import FactorNeededError, PasswordNeededError, Visit, Workbench

_MOST_FIELDS: Final = 1000

#: Said of a form or a body.
HIDDEN: Final = _("A field contains a character that cannot be seen.")

#: What somebody with a temporary password may do: change it, or leave.
_WITH_TEMPORARY: Final = ("/password", "/sign-out")

#: What somebody may do whose role asks for a second factor that is not there: add it, change the password, or leave.
_WITHOUT_FACTOR: Final = (*_WITH_TEMPORARY, "/language")
_OF_FACTORS: Final = "/account/second-factor"

#: Pages of people of traders, and what they may ask for beside them: their account, and the way in and out.
OWN: Final = "/own"
_BESIDE_OWN: Final = ("/", "/account", "/account/clock", "/password", "/sign-in", "/sign-out", "/language")
#: Pages of people of other agencies.
AGENCY: Final = "/agency"
_BELOW_BESIDE: Final = ("/sign-in/", f"{_OF_FACTORS}/")


def visitor(request: Request) -> Visit:
    """A visit by anyone, signed in or not.

    Raises:
        RequestError: This officer, or this address without a session, asks too often (429).
        NotFoundError: Somebody asks for a page that is for others: it is not there for him.
    """
    workbench: Workbench = request.app.state.workbench
    token = session_token(request.headers.get("cookie"), is_tls=request.url.scheme == "https")
    officer = workbench.accounts.officer_of_session(token) if token else None
    visit = Visit(request, officer, token if officer else None)
    request.state.visit = visit
    if officer is not None:
        workbench.quota.take(officer.id)
    else:
        workbench.strangers.take(network_of(visit.address))
    if officer is not None and not _is_for(officer, request.url.path):
        raise NotFoundError("There is no such page.")
    return visit


def _is_for(officer: Officer, path: str) -> bool:
    is_own = path == OWN or path.startswith(f"{OWN}/")
    is_agency = path == AGENCY or path.startswith(f"{AGENCY}/")
    if not officer.is_outside:
        return not is_own and not is_agency
    is_theirs = is_agency if officer.is_guest else is_own
    return is_theirs or path in (*_BESIDE_OWN, _OF_FACTORS) or path.startswith(_BELOW_BESIDE)


def signed_in(visit: Annotated[Visit, Depends(visitor)]) -> Visit:
    """A visit by someone signed in.

    Raises:
        SignInNeededError: Nobody is.
        PasswordNeededError: The password is a temporary one, and this is not the page that changes it.
        FactorNeededError: The role asks for a second factor, there is none, and this is not the page that adds it.
    """
    path = visit.request.url.path
    if visit.officer.must_change and path not in _WITH_TEMPORARY:
        raise PasswordNeededError("Change your temporary password first.")
    if visit.officer.needs_factor and path not in _WITHOUT_FACTOR and not path.startswith(_OF_FACTORS):
        raise FactorNeededError("Add a second factor first.")
    return visit


async def entered(request: Request) -> dict[str, str]:
    """What was entered in a form, by field; of a field sent twice the last counts.

    Raises:
        SenderError: It is too large, not a form, or holds a character that cannot be seen.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            raise RequestError("The form is too large.", status=413, code="too-large")
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise SenderError("This is not a form.", code="form") from error
    check_entered(fields)
    return fields


def check_entered(fields: dict[str, str]) -> None:
    """Refuse a form with a character that cannot be seen; what was entered goes with the refusal.

    Raises:
        UnseenError: There is one (422).
    """
    try:
        check_words(fields.items(), HIDDEN)
    except UnseenError as error:
        error.fields = fields
        raise


class Act:
    """Something a person signed in does: the visit and what was entered, from a page of ours and this session.

    Raises:
        RequestError: The form comes from another site or another session.
    """

    def __init__(
        self,
        visit: Annotated[Visit, Depends(signed_in)],
        fields: Annotated[dict[str, str], Depends(entered)],
    ) -> None:
        headers = visit.request.headers
        check_form(headers, fields.get("csrf") or headers.get("x-csrf-token", ""), visit.officer.csrf)
        self.visit = visit
        self.fields = fields

    def text(self, name: str) -> str:
        """What was entered in a field, without blanks around it; empty if nothing was."""
        return self.fields.get(name, "").strip()


class Sending:
    """Something a script of ours sends for a person signed in: the visit, and a body that is not a form.

    Raises:
        RequestError: It comes from another site or another session.
    """

    def __init__(self, visit: Annotated[Visit, Depends(signed_in)]) -> None:
        headers = visit.request.headers
        check_form(headers, headers.get("x-csrf-token", ""), visit.officer.csrf)
        self.visit = visit

    async def body(self, most: int) -> bytes:
        """The body.

        Args:
            most: Its largest size (bytes).

        Raises:
            RequestError: It is larger (413).
        """
        body = bytearray()
        async for chunk in self.visit.request.stream():
            body += chunk
            if len(body) > most:
                raise RequestError(f"It is larger than {most} bytes.", status=413, code="too-large")
        return bytes(body)


async def sent_form(sending: Annotated[Sending, Depends()]) -> Sent:
    """A small body, such as a result."""
    return Sent(sending.visit, await sending.body(FORM_BYTES))


async def sent_file(sending: Annotated[Sending, Depends()]) -> Sent:
    """A file, as large as the settings allow."""
    return Sent(sending.visit, await sending.body(sending.visit.workbench.settings.max_file_bytes))


class Sent(NamedTuple):
    """What a script of ours sent: the visit and the whole body."""

    visit: Visit
    body: bytes


SentForm = Annotated[Sent, Depends(sent_form)]
SentFile = Annotated[Sent, Depends(sent_file)]
Anyone = Annotated[Visit, Depends(visitor)]
SignedIn = Annotated[Visit, Depends(signed_in)]
Acting = Annotated[Act, Depends()]
Entered = Annotated[dict[str, str], Depends(entered)]
