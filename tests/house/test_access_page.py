# SPDX-License-Identifier: Apache-2.0
"""The page that says who sees what names every route there is, and none that there is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.house.access_table import API, WORKBENCH
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "reference" / "governance" / "access.md").read_text(encoding="utf-8")

Routes = set[tuple[str, str]]


@dataclass(frozen=True)
class Named:
    """Routes as the page names them: methods (none for all), a path, and whether what is below it is meant too."""

    methods: frozenset[str]
    path: str
    is_open: bool

    def means(self, method: str, path: str) -> bool:
        """Whether a route is one of these."""
        plain = _plain(path)
        is_path = plain.startswith(self.path) if self.is_open else plain == self.path
        return is_path and (not self.methods or method in self.methods)


def named(page: str, heading: str) -> Iterator[Named]:
    """What the first column of the table under a heading names; `…/answer` goes on from the path before it."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE):
        before, methods = "", frozenset[str]()
        for text in re.findall(r"`([^`]+)`", row):
            said = re.fullmatch(r"((?:[A-Z]+(?:/[A-Z]+)*) )?(.*?)(…?)", text)
            assert said is not None
            path = said[2]
            if path.startswith("…"):
                path = before + path[1:]
            else:
                before, methods = path, frozenset((said[1] or "").strip().split("/")) - {""}
            if said[1]:
                methods = frozenset(said[1].strip().split("/"))
            yield Named(methods, _plain(path), bool(said[3]))


def unnamed(routes: Iterable[tuple[str, str]], names: list[Named]) -> list[str]:
    """Routes that no name means."""
    return sorted(f"{method} {path}" for method, path in routes if not any(one.means(method, path) for one in names))


def stale(routes: Routes, names: list[Named]) -> list[str]:
    """Names that mean no route."""
    return [one.path for one in names if not any(one.means(method, path) for method, path in routes)]


def test_every_route_for_machines_stands_on_the_page_and_no_other() -> None:
    names = [*named(PAGE, "The HTTP API")]
    assert unnamed(API, names) == []
    assert stale(set(API), names) == []


def test_every_page_of_the_workbench_stands_on_the_page_and_no_other() -> None:
    names = [*named(PAGE, "The workbench")]
    assert unnamed(WORKBENCH, names) == []
    assert stale(set(WORKBENCH), names) == []


def test_a_route_that_is_left_out_and_one_that_is_gone_are_found() -> None:
    page = "\n## A\n| route |\n|---|\n| `GET /v1/one/{id}`, `…/more` | a |\n| `POST/PUT /v1/two…` | b |\n| `/old` | c |\n\n## B\n"
    names = [*named(page, "A")]
    routes = {("GET", "/v1/one/{one_id}"), ("GET", "/v1/one/{one_id}/more"), ("PUT", "/v1/two/{x}"), ("GET", "/v1/two")}
    assert unnamed(routes | {("POST", "/v1/one/{one_id}")}, names) == ["GET /v1/two", "POST /v1/one/{one_id}"]
    assert stale(routes, names) == ["/old"]


def _plain(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)
