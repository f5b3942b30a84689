# SPDX-License-Identifier: Apache-2.0
"""Release times by page, as a real instance gives them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC

import httpx
import msgspec
import pytest

from cocket.api import build_app as build_api
from cocket.gate import make_key
from cocket.languages import ENGLISH
from cocket.trials.release import ClockPair
from cocket.workbench import build_app
from cocket.workbench.base.rendering import Pages
from cocket.workbench.trials import release_charts, release_labels
from tests.houses import Built
from tests.pipeline.trials.test_release_times import built as built
from tests.simulators.doors import open_door
from tests.trials.release.test_waiting import study
from tests.workbench.base.test_real_instance import text_of
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"


@pytest.fixture(scope="module")
def browse(built: Built) -> Iterator[httpx.Client]:
    built.house.governance.accounts.put_officer("sione", "Sione", "supervisor", None, PASSWORD)
    with (
        served(build_app(built.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client,
    ):
        assert client.post("/sign-in", data={"name": "sione", "password": PASSWORD}).status_code == 303
        yield client


def test_the_page_has_percentiles_where_time_is_lost_and_what_it_rests_on(browse: httpx.Client) -> None:
    answer = browse.get("/trials/release")
    assert answer.status_code == 200
    said = text_of(answer.text)
    for words in (
        "40 consignments",
        "Where time is lost",
        "Who was waited for",
        "Every segment",
        "events of PORT · discharge",
    ):
        assert words in said
    assert "<svg" in answer.text and "Declaration to lane" in said
    assert browse.get("/statistics").text.count('href="/trials/release"') == 1


def test_a_consignment_is_opened_from_those_that_take_longest(built: Built, browse: httpx.Client) -> None:
    page = browse.get("/trials/release?segment=lodgement-release").text
    found = re.search(r'href="(/consignments/[\w-]+)"', page)
    if found is None:
        assert "None that you may see" in text_of(page)
    else:
        assert browse.get(found[1]).status_code == 200


def test_a_group_is_picked_and_left_again(browse: httpx.Client) -> None:
    page = browse.get("/trials/release?by=office").text
    found = re.search(r'href="(/trials/release\?[^"]*office=[^"]+)"', page)
    assert found is not None
    one = browse.get(found[1].replace("&amp;", "&"))
    assert one.status_code == 200 and "Show all" in text_of(one.text)


@pytest.mark.parametrize(
    "query", ["since=yesterday", "by=colour", "hours=late", "clocks=x", "since=2026-02-01&until=2026-01-01"]
)
def test_what_cannot_be_answered_is_said_on_the_page(browse: httpx.Client, query: str) -> None:
    for path in ("/trials/release", "/trials/release/published"):
        answer = browse.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert "notice alarm" in answer.text


def test_days_without_consignments_are_said(browse: httpx.Client) -> None:
    answer = browse.get("/trials/release?since=2001-01-01&until=2001-01-31")
    assert answer.status_code == 200 and "No consignment was declared on these days" in text_of(answer.text)


def test_the_table_has_every_segment(browse: httpx.Client) -> None:
    answer = browse.get("/trials/release.csv?by=lane")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0]["group_by"] == "all" and rows[0]["consignments"] == "40"
    lane = next(row for row in rows if row["segment"] == "lodgement-lane" and row["group_by"] == "all")
    assert lane["timed"] == "40" and 0 <= float(lane["p50_h"]) < 1


def test_what_is_published_is_masked_where_it_is_small_and_comes_as_pdf(browse: httpx.Client) -> None:
    page = text_of(browse.get("/trials/release/published").text)
    assert "nothing is published" in page and "How the figures were made" in page
    assert "Every segment" not in page
    file = browse.get("/trials/release/published.pdf")
    assert file.headers["content-type"] == "application/pdf" and file.content.startswith(b"%PDF")


def test_release_times_over_http_are_for_customs(built: Built) -> None:
    with open_door(build_api(built.house)) as port, httpx.Client(trust_env=False, timeout=60) as client:
        for role, status in (("analyst", 200), ("trader", 403), ("host", 403)):
            key = make_key(f"trs-{role}")
            built.house.governance.accounts.add_key(key, role, [role], ["ACME"])
            headers = {"Authorization": f"Bearer {key}"}
            for path in ("/v1/trs?by=mode", "/v1/trs/published"):
                answer = client.get(f"http://127.0.0.1:{port}{path}", headers=headers)
                assert answer.status_code in ((status,) if status == 200 else (403, 404)), (role, path, answer.text)
        wrong = client.get(
            f"http://127.0.0.1:{port}/v1/trs?by=colour", headers={"Authorization": f"Bearer {make_key('trs-x')}"}
        )
        assert wrong.status_code == 401


def test_parts_of_both_pages_say_how_old_those_are_that_wait_and_that_a_clock_seems_wrong() -> None:
    clock = ClockPair(first="gate", second="host", steps=40, offset=-29 * 86_400.0, spread=60.0, is_clock=True)
    made = msgspec.structs.replace(study(missing=23), clocks=(clock,))
    pages = Pages(UTC, lambda: made.as_of)
    environment = pages._environment(ENGLISH, pages.clock(ENGLISH))
    parts = environment.from_string(
        '{% import "trials/templates/release_parts.html" as parts with context %}'
        "{{ parts.segments(study.whole) }}|{{ parts.clocks(study) }}|{{ parts.doubt(study.whole.of('arrival-gate-out')) }}"
    )
    ages, clocks, doubt = text_of(parts.render(study=made, said=release_labels, charts=release_charts)).split("|")
    assert "Those that wait, and those that have ended" in ages and "P95 of the ended" in ages
    assert "Arrival to the gate: 23 of 300 wait longer than any that has ended." in doubt
    assert "A clock seems wrong: gate is 29 d 0 h later than host on 40 steps" in clocks
