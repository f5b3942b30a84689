# SPDX-License-Identifier: Apache-2.0
"""One language a page: every text of every page comes through the catalogue, or is data of the house."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from babel import Locale
from jinja2 import Environment
from starlette.routing import Match

from cocket.languages import ENGLISH, Language
from cocket.risk.reasons import words
from cocket.workbench import build_app
from cocket.workbench.base import visits
from cocket.workbench.base.rendering import HOME
from cocket.workbench.routes import ROUTERS
from scripts import messages
from tests.workbench.conftest import Enter, served
from tests.workbench.walked import furnish_all, signed_in

#: Letters of another alphabet: whoever reads Latin letters on such a page reads data, or English that was not translated.
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
GREEK = str.maketrans(LETTERS, "".join(chr(0x3B1 + place % 24) for place in range(52)))
PLACE = re.compile(r"(\{\w+\})")
LATIN = re.compile(r"[A-Za-z][A-Za-z'’\-]*(?:[ /][A-Za-z][A-Za-z'’\-]*)*")
SPOKEN = ("alt", "aria-label", "aria-description", "placeholder", "title", "content", "label")

#: Written alike in every language: our name, units, forms of files, compass points, keys, and clocks.
ALIKE = frozenset(
    re.split(
        " ",
        "Cocket Cocket/C2SP kg km h min m d s lx g c C UTC SHA SHA- JSON COSE CSV XLSX PDF tlog-proof N S E W x q u a lux v "
        "Enter Esc GMT csv xlsx cocket rules add XAPTA XJABC XK XJ XJ-XA NMB KGM USD U B/L P docx html json pdf",
    )
)

#: Pages that the simulated house does not have: walked over a real one.
ELSEWHERE = frozenset(
    {
        "/continuity/gateways",
        "/continuity/packs/{pack_id}",
        "/agency",
        "/agency/calendar",
        "/agency/consignments/{consignment_id}",
        "/own/appointments",
        "/administration/partners",
        "/administration/partners/messages/{message_id}",
        "/administration/partners/{notice_id}",
        "/administration/partners/subscriptions/{subscription_id}",
        "/consignments/{consignment_id}/pilot",
        "/trials/pilots",
        "/trials/pilots/new",
        "/trials/pilots/{pilot_id}",
        "/trials/release",
        "/trials/release/published",
        "/audits/{audit_id}",
        "/audits/{audit_id}/acts/{name}",
        "/audits/{audit_id}/lines/{consignment}/{item}",
        "/contests/{contest_id}",
        "/contests/{contest_id}/papers/{record_id}",
        "/consignments/{consignment_id}/duties",
        "/consignments/{consignment_id}/doubts/{doubt_id}",
        "/consignments/{consignment_id}/evidence/{record_id}",
        "/consignments/{consignment_id}/files/{record_id}",
        "/consignments/{consignment_id}/orders/{order_id}/results/{result_id}",
        "/consignments/{consignment_id}/orders/{order_id}/take-over",
        "/consignments/{consignment_id}/holds",
        "/manifests/{manifest_id}",
        "/tracking/enquiries/{journey_id}",
        "/permits",
        "/permits/licence",
        "/permits/new",
        "/permits/{permit_id}",
        "/permits/{permit_id}/{becomes}",
        "/administration",
        "/administration/devices",
        "/administration/access",
        "/administration/access/{kind}",
        "/continuity",
        "/appointments",
        "/consignments/{consignment_id}/agencies",
        "/administration/agreements",
        "/administration/agreements/{name}",
        "/administration/retention",
        "/administration/retention/erasures/{proposal_id}",
        "/administration/retention/report",
        "/administration/subjects",
        "/waiting/{proposal_id}",
        "/watchers",
        "/watchers/decoys",
        "/watchers/{case_id}",
        "/administration/codes",
        "/administration/law",
        "/administration/lists",
        "/administration/offices",
        "/administration/offices/set",
        "/administration/permits",
        "/administration/settings",
        "/policies",
        "/policies/drafts/{name}",
        "/policies/looks",
        "/policies/looks/{look_id}",
        "/policies/versions/{number}",
        "/inbox",
        "/sign-in/provider",
        "/sign-in/provider/answer",
        "/next",
        "/orders/assign",
        "/screening/names",
        "/tracking/cells",
        "/tracking/guarantees",
        "/tracking/guarantees/new",
        "/tracking/guarantees/{number}",
        "/review/progress",
        "/traders/{key}",
        "/administration/mirror",
        "/trials/readiness",
        "/trials/recommendations",
        "/trials/recommendations/{recommendation_id}",
        "/trials/use-cases",
        "/trials/use-cases/new",
        "/trials/use-cases/taken/{card_id}",
        "/trials/use-cases/{card_id}",
        "/trials/use-cases/{card_id}/change",
        "/trials/years/{year}",
        "/administration/refusals",
        "/emergencies/{emergency_id}",
        "/emergencies/{emergency_id}/consignment",
        "/emergencies/{emergency_id}/messages/{message_id}",
        "/own",
        "/own/assessment",
        "/own/assessment/{theme}",
        "/own/contests",
        "/own/contests/{contest_id}",
        "/own/decisions",
        "/own/keys",
        "/own/lodge",
        "/own/lodge/receipts/{message_id}",
        "/own/lodge/{draft_id}",
        "/own/lodge/{draft_id}/codes",
        "/own/mandates",
        "/own/messages/{message_id}",
        "/own/messages/{message_id}/accesses",
        "/own/messages/{message_id}/contest",
        "/own/quality",
        "/own/questions",
        "/own/questions/{question_id}",
        "/own/questions/{question_id}/papers/{record_id}",
        "/own/standing",
        "/own/webhooks",
        "/own/webhooks/{webhook_id}",
        "/administration/sources",
        "/administration/webhooks",
        "/administration/webhooks/{webhook_id}",
        "/questions/{question_id}",
        "/questions/{question_id}/papers/{record_id}",
        "/rules/desk",
        "/rules/{code}",
        "/screening/{consignment_id}",
        "/set-aside/{wanted}/{act}",
        "/tariff",
    }
)


class Pseudo(Language):
    """A language in which every sentence of ours is in Greek letters."""

    def __init__(self) -> None:
        super().__init__("el")

    @cached_property
    def known(self) -> set[str]:
        said = messages.sentences()
        return {one.one for one in said} | {one.many for one in said if one.many}

    def translate(self, sentence: str) -> str:
        if sentence not in self.known:
            return sentence
        return "".join(part if PLACE.fullmatch(part) else part.translate(GREEK) for part in PLACE.split(sentence))

    def said(self, text: str) -> str | None:
        return self.translate(text) if text in self.known else None

    def count(self, one: str, many: str, number: int, written: str) -> str:
        return self.translate(one if number == 1 else many).replace("{number}", written)


PSEUDO = Pseudo()


class Texts(HTMLParser):
    """Texts of a page that people read or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._unread: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        is_of_a_program = tag in ("script", "style", "code", "kbd", "pre", "textarea")
        if is_of_a_program or (named.get("lang") and tag != "html"):
            self._unread.append(tag)
        if tag != "meta" and not self._unread:
            self.found += [named[name] or "" for name in SPOKEN if named.get(name)]

    def handle_endtag(self, tag: str) -> None:
        if self._unread and self._unread[-1] == tag:
            self._unread.pop()

    def handle_data(self, data: str) -> None:
        if not self._unread and data.strip():
            self.found.append(" ".join(data.split()))


def data_in(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text of what a page was given, but sentences, which must be translated."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from data_in(key, depth + 1)
            yield from data_in(each, depth + 1)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            if name not in ("message", "says"):
                yield from data_in(getattr(value, name), depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from data_in(each, depth + 1)


def english_in(page: str, given: set[str]) -> list[str]:
    """Texts of a page that are neither of the catalogue nor data (0..n)."""
    texts = Texts()
    texts.feed(page)
    data = {text for text in given if text not in PSEUDO.known}
    lower = "\n".join(data).lower()
    left = []
    for text in texts.found:
        for run in LATIN.findall(text):
            if run.lower() not in lower and any(word not in ALIKE for word in re.split(r"[ ']", run)):
                left.append(run)
    return sorted(set(left))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Greek letters for every reader, and the data that the last pages were given."""
    given: set[str] = set()
    before = visits.Pages.render

    def render(self: Any, name: str, language: Language, values: dict[str, Any], *more: Any) -> str:
        given.update(data_in({key: value for key, value in values.items() if key not in ("words", "said", "trouble")}))
        return before(self, name, language, values, *more)

    monkeypatch.setattr(visits, "chosen", lambda *_: PSEUDO)
    monkeypatch.setattr(visits.Pages, "render", render)
    return given


#: Those that no house of the tests has: each with its own tests, and templates are read all the same.
NOWHERE = frozenset(
    {
        "/continuity/gateways",
        "/continuity/packs/{pack_id}",
        "/administration/partners/messages/{message_id}",
        "/administration/partners/{notice_id}",
        "/administration/partners/subscriptions/{subscription_id}",
        "/consignments/{consignment_id}/pilot",
        "/administration/retention/erasures/{proposal_id}",
        "/consignments/{consignment_id}/duties",
        "/consignments/{consignment_id}/evidence/{record_id}",
        "/consignments/{consignment_id}/files/{record_id}",
        "/consignments/{consignment_id}/orders/{order_id}/take-over",
        "/policies/drafts/{name}",
        "/policies/versions/{number}",
        "/review/progress",
        "/set-aside/{wanted}/{act}",
        "/sign-in/provider",
        "/sign-in/provider/answer",
        "/tracking/enquiries/{journey_id}",
        "/watchers/{case_id}",
    }
)

#: Documents to keep, which are not made from these templates.
DOCUMENTS = frozenset(
    {
        "/messages/{message_id}/receipt.html",
        "/own/messages/{message_id}/receipt.html",
        "/rules/review",
        "/trials/pilots/{pilot_id}/report.{form}",
    }
)


def routes_of_pages() -> set[str]:
    """Routes that answer with a page."""
    found = {route.path for router in ROUTERS for route in router.routes if "GET" in route.methods}
    return {path for path in found if not re.search(r"\.\w+(-\w+)?$|/next$", path) and path not in ("/", "/parts")}


def route_of(path: str) -> str | None:
    scope = {"type": "http", "method": "GET", "path": path, "root_path": ""}
    routes = [route for router in ROUTERS for route in router.routes]
    return next((route.path for route in routes if route.matches(scope)[0] == Match.FULL), None)


def is_page(answer: httpx.Response) -> bool:
    """Whether an answer is a page to be read, and no file to be kept."""
    return answer.headers.get("content-type", "").startswith("text/html")


#: Where a walk begins, beside the queue: pages that no page of the simulated house links to.
BEGINNINGS = (
    "/queue",
    "/password",
    "/search?text=zebra",
    "/sign-in",
    "/sign-in/second",
    "/intelligence/report-0/end",
    "/consignments/consignment-0/values/1/ask",
    "/consignments/consignment-0/order/proof",
    "/consignments/consignment-0/orders/order-0/release",
    "/consignments/consignment-0/values",
    "/consignments/consignment-0/orders/order-0/result",
    "/consignments/consignment-0/override",
    "/intelligence/new",
    "/tracking/live",
    "/nothing",
)


def walk(
    client: httpx.Client,
    most: int,
    beginnings: Sequence[str] = BEGINNINGS,
    beside: Set[str] = ELSEWHERE | DOCUMENTS,
    each: int = 3,
) -> Iterator[tuple[str, httpx.Response]]:
    """Pages and files that can be reached by links (1..most), at most so many of `each` route."""
    waiting, seen, of_route = list(beginnings), set(beginnings), dict[str | None, int]()
    while waiting and most:
        path = waiting.pop(0)
        route = route_of(path.partition("?")[0])
        if of_route.get(route, 0) >= each or route in beside:
            continue
        answer = client.get(path, follow_redirects=True)
        of_route[route] = of_route.get(route, 0) + 1
        most -= 1
        yield path, answer
        if not is_page(answer):
            continue
        for link in re.findall(r'(?:href|hx-get|data-href)="(/[^"#]*)', answer.text):
            link = link.replace("&amp;", "&")
            if link not in seen and not link.startswith("/static"):
                seen.add(link)
                waiting.append(link)


def test_every_text_of_every_page_comes_through_the_catalogue_or_is_data(enter: Enter, shown: set[str]) -> None:
    left: dict[str, list[str]] = {}
    walked: set[str | None] = set()
    for who in ("officer.a", "head.c", "analyst.b", "auditor.d"):
        client = enter(who)
        for path, answer in walk(client, 400):
            if not is_page(answer):
                continue
            walked.add(route_of(path.partition("?")[0]))
            if english := english_in(answer.text, shown):
                left[f"{path} ({who})"] = english
            shown.clear()
    assert left == {}
    assert " ".join(sorted(routes_of_pages() - walked - ELSEWHERE - DOCUMENTS)) == ""


#: Route → names that are typed there as they stand: places of the sentence of a rule.
TYPED = {"/rules/desk": {"country", "declarant", "export", "importer", "seller"}}

#: Who walks a real house, and where each begins beside what he may know by the address alone.
WALKERS = {
    "tina": ("/own", "/own/lodge/{draft_id}/codes", "/own/lodge/receipts/{lodged_id}"),
    "bela": ("/own",),
    "ben": ("/emergencies", "/queue"),
    "officer.a": ("/queue", "/inbox", "/questions"),
    "supervisor.hq": (
        "/queue?state=all",
        "/inbox",
        "/administration",
        "/administration/mirror?country=XB&month={month}",
        "/trials/readiness",
        "/trials/use-cases",
        "/trials/recommendations",
    ),
    "analyst.hq": ("/rules",),
    "auditor.hq": ("/administration", "/policies"),
    "affairs": ("/watchers",),
    "pat": ("/agency",),
}


@pytest.mark.timeout(1800)
def test_a_real_house_is_walked_by_its_traders_and_officers_without_english(
    tmp_path: Path, shown: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every link leads to a page or a file, too."""
    monkeypatch.setattr(words, "language_of", lambda *_: PSEUDO)
    found = furnish_all(tmp_path / "home")
    left: dict[str, list[str]] = {}
    walked: set[str | None] = set()
    lost = []
    with served(build_app(found.house)) as address:
        for who, beginnings in WALKERS.items():
            with signed_in(address, who) as client:
                begun = [one.format(**found.places["walk"]) for one in beginnings]
                for path, answer in walk(client, 400, begun, DOCUMENTS, each=2):
                    walked.add(route := route_of(path.partition("?")[0]))
                    if answer.status_code not in (200, 202):
                        lost.append(f"{path} ({who}): {answer.status_code}")
                    english = english_in(answer.text, shown) if is_page(answer) else []
                    if remaining := [text for text in english if text not in TYPED.get(route or "", ())]:
                        left[f"{path} ({who})"] = remaining
                    shown.clear()
    found.tracked.close()
    found.house.close()
    assert (left, lost) == ({}, [])
    assert "\n".join(sorted(ELSEWHERE - walked)) == "\n".join(sorted(NOWHERE))


def test_english_on_a_page_is_found() -> None:
    page = '<html lang="el"><p title="Not this">Queue</p><p>αβ <b>ACME</b> kg</p><code>rm</code>'
    assert english_in(page, {"ACME TRADING"}) == ["Not this", "Queue"]
    assert english_in(page, {"Not this", "ACME"}) == ["Queue"]  # a sentence of ours is never data
    assert (
        PSEUDO.say("{who} accessed the {what} for {purpose}", who="x", what="y", purpose="z")
        != "x accessed the y for z"
    )


def test_no_template_has_words_outside_the_catalogue() -> None:
    left = {}
    for file in sorted(HOME.glob("*/templates/**/*.html")):
        source = re.sub(r"{#.*?#}", "", file.read_text("utf-8"), flags=re.DOTALL)
        parts = [text for _line, kind, text in Environment(autoescape=True).lex(source) if kind == "data"]
        page = re.sub(r"<(script|style|code|kbd)\b.*?</\1>", "", "\0".join(parts), flags=re.DOTALL)
        texts = re.sub(r"<[^>]*>", "\n", page.replace("\0", ""))
        texts = re.sub(r'&\w+;|[\w-]+="[^"]*"', " ", texts)
        if words := [run for run in LATIN.findall(texts) if not ALIKE.issuperset(run.split())]:
            left[file.relative_to(HOME).as_posix()] = words
    assert left == {}


def test_a_page_says_its_language_and_direction(enter: Enter) -> None:
    page = enter().get("/queue", headers={"accept-language": "fr-CA, en;q=0.5"})
    assert '<html lang="fr" dir="ltr">' in page.text
    assert '<html lang="en"' in enter().get("/queue", headers={"accept-language": "de"}).text


def test_the_letters_of_the_pseudo_language_are_of_a_locale_that_has_months_in_them() -> None:
    assert Locale.parse(PSEUDO.tag).months["format"]["abbreviated"][1].isascii() is False
    assert ENGLISH.translate("Queue") == "Queue"


def test_the_language_chosen_in_the_menu_goes_before_that_of_the_browser(enter: Enter) -> None:
    client = enter()
    french = {"accept-language": "fr"}
    answer = client.post(
        "/language", data={"csrf": "csrf-officer.a", "language": "ar", "next": "/tracking"}, headers=french
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/tracking")
    page = client.get("/queue", headers=french).text
    assert '<html lang="ar" dir="rtl">' in page and "أحمر" in page
    client.post("/language", data={"csrf": "csrf-officer.a", "language": "xx", "next": "https://evil.example/"})
    assert '<html lang="fr" dir="ltr">' in client.get("/queue", headers=french).text
    assert client.post("/language", data={"language": "ar"}).status_code == 403


def test_a_browser_is_not_given_a_language_that_is_there_in_part(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Language, "is_whole", property(lambda self: self.tag != "ar"))
    assert '<html lang="fr"' in enter().get("/queue", headers={"accept-language": "ar, fr;q=0.5"}).text
