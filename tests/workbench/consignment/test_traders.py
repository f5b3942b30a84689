# SPDX-License-Identifier: Apache-2.0
"""The page of a trader and the search, in a real browser over a real house."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import date

import httpx
import pytest

from cocket.pipeline import Instance
from cocket.pipeline.queries.traders import PricePoint, TraderView
from cocket.stores.consignment.marks import MonthOfOthers
from cocket.workbench import build_app
from cocket.workbench.consignment.trader_charts import network_of, price_chart
from tests.houses import Built
from tests.pipeline.queries.test_traders import built as built
from tests.workbench.base.test_browser import COMPLAINTS
from tests.workbench.conftest import Screen, served

SECRET = "seal and cord"

#: What reaches beyond the window, but for what scrolls by itself.
WIDER = """() => [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1
  && !e.closest(".scroll, .unseen, .places, .queue-head")).map((e) => e.outerHTML.slice(0, 80))"""


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    for name, office in (("analyst.b", None), ("near.c", "XA110000")):
        built.house.governance.accounts.put_officer(name, name.title(), "analyst", office, SECRET)
    with served(build_app(Instance(built.stores))) as found:
        yield found


@pytest.fixture
def password() -> str:
    return SECRET


@contextlib.contextmanager
def client(address: str, name: str = "analyst.b", language: str = "en") -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"origin": address, "accept-language": language}) as entered:
        entered.post("/sign-in", data={"name": name, "password": SECRET})
        yield entered


def test_the_search_leads_on_and_never_round_in_a_circle(address: str) -> None:
    with client(address) as asking:
        assert asking.get("/search?text=XA7730118").headers["location"] == "/traders/XA7730118"
        page = asking.get("/search?text=baltine")
        assert page.headers.get("location", "/traders/XA7730118") == "/traders/XA7730118"
        assert "Goods whose code begins with 8418" in asking.get("/search?text=84.18").text
        assert asking.get("/search?text=nothing+such").status_code == 200
        assert asking.get("/search").status_code == 200


def test_a_trader_of_another_office_and_one_that_is_not_there_have_the_same_answer(address: str) -> None:
    with client(address, "near.c") as asking:
        answers = [asking.get(f"/traders/{key}") for key in ("XB1", "NOSUCH")]
    assert [one.status_code for one in answers] == [404, 404]
    assert "FARTINE" not in answers[0].text


def test_the_page_speaks_french_where_the_reader_does(address: str) -> None:
    with client(address, language="fr") as asking:
        page = asking.get("/traders/XA7730118").text
    for words in ("Valeur d&#39;un kg au fil du temps", "Parties liées", "importateur à la même adresse"):
        assert words in page, words
    assert "Related" not in page


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_of_a_trader_has_a_name_for_everything_and_does_not_scroll_sideways(
    open_screen: Callable[..., Screen], width: int
) -> None:
    screen = open_screen(viewport={"width": width, "height": 900})
    page = screen.sign_in("analyst.b")
    screen.go("/traders/XA7730118")
    assert page.locator(".chart .dot").count() == 8
    assert page.evaluate(WIDER) == []
    assert page.evaluate(COMPLAINTS) == []
    if width == 1440:
        screen.picture("trader", full_page=True)


def test_dots_stand_where_their_values_are() -> None:
    points = tuple(
        PricePoint(day=date(2026, month, 1), per_kg=value, consignment="c", title="t", is_irregular=False)
        for month, value in ((1, 10.0), (7, 5.0))
    )
    view = TraderView(
        key="X", name=None, roles=("IMPORTER",), declarations=2, looked_at=2, first=date(2026, 1, 1),
        last=date(2026, 7, 1), values={}, examined=0, irregular=0, between=None, recovered={}, open_orders=(),
        results=(), lines=(), code="841810", prices=points,
        others=(MonthOfOthers(month=date(2026, 1, 1), lower=8.0, median=9.0, upper=10.0, dossiers=3),),
    )  # fmt: skip
    chart = price_chart(view)
    assert chart is not None
    first, last = chart.dots
    assert first.x < last.x
    assert first.y < last.y  # higher values stand higher
    base = next(row.at for row in chart.rows if row.value == 0)
    assert base - first.y == pytest.approx(2 * (base - last.y), abs=0.2)
    assert chart.band == ""  # one month is no band
    assert network_of(view) is None
