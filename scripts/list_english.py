# SPDX-License-Identifier: Apache-2.0
"""List English that is left on the pages of a running instance in other languages.

Walks every page that the people named can reach by links, in each language, and lists what reads as English: runs of words
with one that only English has (*the*, *was*, *which*), and names of code (`seller_faded_…`). What people or messages wrote
stays in the language in which it was written; pages put it between marks of data (`bdi`, `code`, `q`, `blockquote`, `lang`).

    python scripts/list_english.py http://127.0.0.1:8080 --people anna,sione --password … --language fr --language ar
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Final

import httpx

#: Words that English has and French, Spanish and Arabic in Latin letters have not.
_ENGLISH: Final = frozenset(
    re.split(
        r"\s+",
        """
the of and is are was were been be with from for by not has have had this that which who whose when where
while what it its their they them there here than then these those into onto over under between after before
above below because but nor only also each every other another some any all none both more most less least few
fewer many much such can cannot could may might must shall should will would does did do done at an found
declared seller buyer value goods items item weight mass packages price score rate rule duty customs office
trader examined examination consignment declaration container seal seals device devices alert alerts journey
opened closed cut silence silent low battery route late early missing unknown nothing never always again kept
known given taken made shown sent received recorded computed compared expected limit day days hour hours month
months year years
""".strip(),
    )
)

#: Written alike in the languages that pages speak, or part of names: never enough to call a run English.
_SHARED: Final = frozenset(
    re.split(
        r"\s+",
        """
an rate score item container office route me on a
""".strip(),
    )
)

_WORD: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|[’'\-])*")
_RUN: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|[’'\-])*(?:[ ,/]+[^\W\d_](?:[^\W\d_]|[’'\-])*)*")
_CODE: Final = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")

_SPOKEN: Final = ("alt", "aria-label", "aria-description", "placeholder", "title", "label")
_DATA: Final = frozenset({"bdi", "code", "kbd", "pre", "q", "blockquote", "script", "style", "textarea", "svg"})
_EMPTY: Final = frozenset({"input", "img", "br", "hr", "link", "meta", "source", "wbr", "col", "path", "circle"})


class Texts(HTMLParser):
    """Texts of a page that are said by the page itself, not by who wrote its data."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Take in what a mark says aloud, and whether data begins."""
        named = dict(attributes)
        is_data = tag in _DATA or (named.get("lang") is not None and tag != "html") or self._is_data
        if not is_data:
            self.found += [named[name] or "" for name in _SPOKEN if named.get(name)]
        if tag not in _EMPTY:
            self._open.append((tag, is_data))

    def handle_endtag(self, tag: str) -> None:
        """Leave a mark, and those that nobody closed in it."""
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        """Take in a text."""
        if not self._is_data and data.strip():
            self.found.append(" ".join(data.split()))

    @property
    def _is_data(self) -> bool:
        return bool(self._open) and self._open[-1][1]


def english_in(page: str) -> list[str]:
    """Runs of words of a page that are English, and names of code (0..n), each once, in the order of the page."""
    texts = Texts()
    texts.feed(page)
    left: dict[str, None] = {}
    for text in texts.found:
        left.update(dict.fromkeys(_CODE.findall(text)))
        for run in _RUN.findall(_CODE.sub(";", text)):
            words = [word.lower() for word in _WORD.findall(run)]
            telling = {word for word in words if word in _ENGLISH - _SHARED}
            if telling:
                left[run] = None
    return list(left)


def pages(client: httpx.Client, most: int, of_route: int = 4) -> Iterator[tuple[str, str]]:
    """Path and text of pages that links lead to from the queue (0..most), a few of each form of address."""
    waiting, seen, counted = ["/queue"], {"/queue"}, dict[str, int]()
    while waiting and most:
        path = waiting.pop(0)
        form = re.sub(r"/[0-9A-Za-z%.:\-]*\d[0-9A-Za-z%.:\-]*|=[^&]*", "/…", path)
        if counted.get(form, 0) >= of_route:
            continue
        counted[form] = counted.get(form, 0) + 1
        try:
            answer = client.get(path, follow_redirects=True)
        except httpx.HTTPError:
            continue
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        most -= 1
        yield path, answer.text
        for link in re.findall(r'(?:href|hx-get|data-href)="(/[^"#]*)', answer.text):
            link = link.replace("&amp;", "&")
            if link not in seen and not re.match(r"/static|/sign-out|.*\.(?:xlsx|csv|pdf|json|zip|html)(?:$|\?)", link):
                seen.add(link)
                waiting.append(link)


def left_on(address: str, people: Iterable[str], password: str, language: str, most: int = 400) -> dict[str, list[str]]:
    """English that is left: path and who looked → runs (0..n)."""
    found: dict[str, list[str]] = {}
    for who in people:
        with httpx.Client(
            base_url=address, headers={"origin": address, "accept-language": language}, timeout=60
        ) as client:
            client.post("/sign-in", data={"name": who, "password": password})
            for path, page in pages(client, most):
                if left := english_in(page):
                    found[f"{path} ({who})"] = left
    return found


def main() -> None:
    """Print what is left, by language and page; ends with 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--people", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--language", action="append", default=[])
    parser.add_argument("--most", type=int, default=400, help="pages for each person")
    told = parser.parse_args()
    found: dict[str, dict[str, list[str]]] = {}
    for language in told.language or ["fr", "es", "ar"]:
        for place, runs in left_on(told.address, told.people.split(","), told.password, language, told.most).items():
            for run in runs:
                found.setdefault(run, {}).setdefault(language, []).append(place)
    for run, places in sorted(found.items()):
        print(
            f"{run}\n    "
            + "; ".join(f"{language}: {', '.join(sorted(set(at))[:2])}" for language, at in places.items())
        )
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
