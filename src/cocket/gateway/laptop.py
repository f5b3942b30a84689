# SPDX-License-Identifier: Apache-2.0
"""The laptop's page: the signed pack of an office in a browser on this machine, where results are written down without a line.

It listens on loopback alone, and answers only the browser that first opened the address that the command printed: the address
serves once. It needs nothing from outside.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from cocket.errors import CocketError, ProofError, SenderError
from cocket.exchange.office_packs import DEPTHS, FOUND, OfficePack, OfficeResult, PackOrder, check_entry, write_slip
from cocket.gate import FORM_BYTES, RequestError, check_words
from cocket.gate.headers import Receive, Scope, Send
from cocket.gateway.pack_pages import OFFENCES_OFFERED, pack_page, qr, render
from cocket.gateway.result_file import ResultFile
from cocket.languages import Language, chosen, spoken

_ORDER: Final = re.compile(r"/(orders|forms)/([1-9][0-9]{0,3})(/slip)?")
_COOKIE: Final = "pack"

#: How long a browser is known again after it was closed (s); a pack is good for about as long.
_KNOWN_SECONDS: Final = 7 * 24 * 3600

#: Bytes of chance by which the browser is known.
_KEY_BYTES: Final = 32
_LANGUAGE: Final = "language"
_MOST_FIELDS: Final = 40

_HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


def _(sentence: str) -> str:
    """A sentence that pages say in the reader's language."""
    return sentence


class PackDesk:
    """The page as an ASGI application.

    Args:
        pack: The opened pack.
        results: Where results are written down.
        token: What the address that the command prints ends with; the browser that opens it first may use the page.
        now: Tells the present moment, UTC.
    """

    def __init__(
        self,
        pack: OfficePack,
        results: ResultFile,
        token: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pack = pack
        self._results = results
        self._token = token
        self._browser = ""
        #: Cookies of one machine are shared by its ports: each desk has a name of its own, so that two do not shut each other out.
        self._cookie = f"{_COOKIE}-{sha256(token.encode()).hexdigest()[:8]}"
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        language = self._language(headers)
        try:
            status, body, more = await self._answer(scope, headers, receive, language)
        except RequestError as error:
            status, body, more = error.status, language.translate(error.message).encode(), ()
        except CocketError as error:
            status, body, more = _status(error), language.translate(error.message).encode(), ()
        kind = dict(more).get(
            b"content-type", b"text/html; charset=utf-8" if body[:1] == b"<" else b"text/plain; charset=utf-8"
        )
        sent = [
            *((name, value) for name, value in more if name != b"content-type"),
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            *_HEADERS,
        ]
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(
        self, scope: Scope, headers: Mapping[bytes, str], receive: Receive, language: Language
    ) -> tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]:
        path, method = scope["path"], scope["method"]
        host = headers.get(b"host", "")
        if host.rpartition(":")[0] not in ("127.0.0.1", "localhost"):
            raise RequestError(_("This page is for this machine alone."), status=403, code="host")
        if path.startswith("/open/") and method == "GET":
            if not hmac.compare_digest(path.removeprefix("/open/").encode(), self._token.encode()):
                raise RequestError(_("Open the address that the command printed."), status=403, code="token")
            return self._opened(headers)
        if not self._is_known(headers):
            raise RequestError(_("Open the address that the command printed."), status=403, code="token")
        if path.startswith("/language/") and method == "GET":
            tag = path.removeprefix("/language/")
            if tag not in spoken():
                raise _missing()
            return 303, b"", (
                (b"location", b"/"),
                (b"set-cookie", f"{_LANGUAGE}={tag}; HttpOnly; SameSite=Strict; Path=/".encode()),
            )  # fmt: skip
        found = _ORDER.fullmatch(path)
        if method == "POST":
            if found is None or found[1] != "orders" or found[3]:
                raise _missing()
            if headers.get(b"origin") != f"http://{host}":
                raise RequestError(_("The form is not of this page: reload the page."), status=403, code="origin")
            fields = _fields(await _read(receive))
            return self._note(language, self._order(int(found[2])), fields)
        if method not in ("GET", "HEAD"):
            raise RequestError(_("There is no such page."), status=405, code="method-not-allowed")
        if path == "/results.json":
            content = self._results.content()
            if not content:
                raise _missing()
            return 200, content, ((b"content-type", b"application/json"),)
        if found is not None:
            order = self._order(int(found[2]))
            if found[1] == "forms":
                if found[3]:
                    raise _missing()
                return 200, pack_page(self._pack, language, (order,)).encode(), ()
            return self._slip(language, order) if found[3] else self._shown(language, order)
        return self._page(language, path)

    def _opened(self, headers: Mapping[bytes, str]) -> tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]:
        """Let the first browser in, by a cookie of its own, and that one again; no other.

        Raises:
            RequestError: Another browser was first.
        """
        if self._is_known(headers):
            return 303, b"", ((b"location", b"/"),)
        if self._browser:
            raise RequestError(
                _(
                    "This address was opened in a browser already, and serves once. Go on in that browser; to use this one, stop "
                    "the command, start it again and open the new address. What was written down stays."
                ),
                status=403,
                code="opened",
            )
        self._browser = secrets.token_urlsafe(_KEY_BYTES)
        cookie = f"{self._cookie}={self._browser}; HttpOnly; SameSite=Strict; Path=/; Max-Age={_KNOWN_SECONDS}"
        return 303, b"", ((b"location", b"/"), (b"set-cookie", cookie.encode()))

    def _is_known(self, headers: Mapping[bytes, str]) -> bool:
        given = _cookies(headers).get(self._cookie, "")
        return bool(self._browser) and hmac.compare_digest(given.encode(), self._browser.encode())

    def _page(self, language: Language, path: str) -> tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]:
        statement = self._results.written()
        standing = statement.standing() if statement is not None else ()
        match path:
            case "/":
                return 200, self._desk("orders.html", language, path, noted={one.order: one for one in standing}), ()
            case "/results":
                values: dict[str, Any] = {
                    "statement": statement,
                    "standing": {one.order: one.number for one in standing},
                    "titles": {one.order: one.title for one in self._pack.orders},
                }
                return 200, self._desk("results.html", language, path, **values), ()
            case "/rules":
                models = sorted({one.model for one in self._pack.orders if one.model})
                return 200, self._desk("rules.html", language, path, models=models), ()
            case "/forms":
                return 200, pack_page(self._pack, language).encode(), ()
            case _:
                raise _missing()

    def _shown(
        self,
        language: Language,
        order: PackOrder,
        fields: Mapping[str, str] | None = None,
        problem: str = "",
        *,
        is_new: bool = False,
    ) -> tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]:
        stands = self._stands(order)
        filled = {"depth": "", "found": "", "offence": "", "counted": "", "made": "", "note": ""}
        if stands is not None:
            filled = {
                "depth": stands.depth,
                "found": {True: "yes", False: "no", None: "pending"}[stands.found],
                "offence": stands.offence or "",
                "counted": "" if stands.counted is None else str(stands.counted),
                "made": f"{stands.made.astimezone():%Y-%m-%dT%H:%M}",
                "note": stands.note,
            }
        values: dict[str, Any] = {
            "order": order,
            "stands": stands,
            "fields": {**filled, **(fields or {})},
            "is_new": is_new,
        }
        body = self._desk("order.html", language, "", problem=problem, **values)
        return 422 if problem else 200, body, ()

    def _note(
        self, language: Language, order: PackOrder, fields: Mapping[str, str]
    ) -> tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]:
        now = self._now()
        try:
            check_words((name, text) for name, text in fields.items() if name != "note")
            unseen = _("The note contains {character}, a character that cannot be seen, at place {place}. Delete it.")
            check_words([("note", fields.get("note", ""))], language.translate(unseen))
            if now > self._pack.until:
                raise SenderError(_("This pack is not good any more."), code="pack-expired")
            entered = _entered(order, fields, now)
            check_entry(self._pack, order, entered, now)
            self._results.add(entered)
        except (SenderError, RequestError) as error:
            return self._shown(language, order, fields, language.translate(error.message))
        return self._shown(language, order, is_new=True)

    def _slip(self, language: Language, order: PackOrder) -> tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]:
        statement, stands = self._results.written(), self._stands(order)
        if statement is None or stands is None:
            raise _missing()
        try:
            code = qr(write_slip(self._pack, stands, statement.series).decode())
        except SenderError as error:
            return self._shown(language, order, None, language.translate(error.message))
        values = {"pack": self._pack, "order": order, "stands": stands, "series": statement.series, "code": code}
        return 200, render("slip.html", language, **values).encode(), ()

    def _stands(self, order: PackOrder) -> OfficeResult | None:
        statement = self._results.written()
        return next((one for one in statement.standing() if one.order == order.order), None) if statement else None

    def _order(self, number: int) -> PackOrder:
        for one in self._pack.orders:
            if one.number == number:
                return one
        raise _missing()

    def _desk(self, name: str, language: Language, here: str, problem: str = "", **values: Any) -> bytes:
        shown = {"pack": self._pack, "here": here, "problem": problem, "spoken": tuple(spoken().values())}
        return render(name, language, is_over=self._now() > self._pack.until, **shown, **values).encode()

    def _language(self, headers: Mapping[bytes, str]) -> Language:
        wished = spoken().get(_cookies(headers).get(_LANGUAGE, ""))
        return wished or chosen(headers.get(b"accept-language", ""), spoken())


def _entered(order: PackOrder, fields: Mapping[str, str], now: datetime) -> OfficeResult:
    """What a form says.

    Raises:
        SenderError: A field is not of its kind.
    """
    depth, found, counted = fields.get("depth", ""), fields.get("found", ""), fields.get("counted", "").strip()
    offence, made = fields.get("offence", ""), fields.get("made", "").strip()
    if depth not in DEPTHS or found not in FOUND or (offence and offence not in OFFENCES_OFFERED):
        raise SenderError(_("Choose how deep it was examined, and what was found."), code="entry-choice")
    if counted and not (counted.isascii() and counted.isdecimal()):
        raise SenderError(_("Enter packages as a number."), code="entry-counted", found=counted[:20])
    try:
        when = datetime.fromisoformat(made).astimezone(UTC) if made else now
        return msgspec.convert(
            {
                "order": order.order,
                "made": when,
                "depth": depth,
                "found": {"yes": True, "no": False}.get(found),
                "offence": offence or None,
                "counted": int(counted) if counted else None,
                "note": fields.get("note", "").strip(),
            },
            OfficeResult,
        )
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        raise SenderError(_("A field is too long, or the time cannot be read."), code="entry-form") from error


def _status(error: CocketError) -> int:
    """422 where the file of results is not what it should be; 503 where this machine failed."""
    return 422 if isinstance(error, SenderError | ProofError) else 503


def _missing() -> RequestError:
    return RequestError(_("There is no such page."), status=HTTPStatus.NOT_FOUND, code="not-found")


def _cookies(headers: Mapping[bytes, str]) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get(b"cookie", "")).items()}
    except CookieError:
        return {}


def _fields(body: bytes) -> dict[str, str]:
    """Fields of a form.

    Raises:
        RequestError: It is none.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise RequestError(_("This is not a form of this page."), status=422, code="form") from error
    return dict(pairs)


async def _read(receive: Receive) -> bytes:
    body = b""
    has_more = True
    while has_more:
        message = await receive()
        if message["type"] != "http.request":
            raise RequestError("The client closed the connection.", code="gone")
        body += message.get("body", b"")
        if len(body) > FORM_BYTES:
            raise RequestError(_("The form is too large."), status=413, code="too-large")
        has_more = message.get("more_body", False)
    return body
