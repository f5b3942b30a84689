# SPDX-License-Identifier: Apache-2.0
"""Figures go by the day of the declaration: in the terminal, on the page and in a review of the same files, to the digit."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.cli.commands.risk.figures import lines_of
from cocket.feeds import FolderFeed, destination_of
from cocket.governance import Principal
from cocket.pipeline.consignment.declared_days import ensure_days, fill_days
from cocket.pipeline.risk.given_sheet import take
from cocket.pipeline.risk.monthly_review import MonthFiles, review_month
from cocket.risk import load_model, replay, train
from cocket.risk.effort import of_hundred
from cocket.risk.rules.month import MonthReview
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.risk.given import past
from tests.workbench.conftest import PASSWORD, said, served

FEED = Principal(id="feed:host", kind="key", roles=("feed",), senders=("host",))
SAMPLE = Path(__file__).parents[2] / "samples" / "asycuda-sad" / "import-alphaland.xml"
FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)
HEADINGS = ("office", "year", "serial", "number")


def sad(number: int, day: str) -> bytes:
    registered = f"<Registration>\n<Serial_number>C</Serial_number>\n<Number>{number}</Number>\n<Date>{day}</Date>"
    data = re.sub(
        rb"<Registration>.*?</Date>",
        registered.encode(),
        SAMPLE.read_bytes().replace(b"OWN-77", b"OWN-077"),
        count=1,
        flags=re.DOTALL,
    )
    for name in (b"OWNB2600411", b"OWNB2600412", b"FM-2026-118", b"OWN-077"):
        data = data.replace(name, b"%b%d" % (name[:-3], number))
    return data


def write(folder: Path, numbers: range, day: Any) -> None:
    folder.mkdir(parents=True)
    for number in numbers:
        (folder / f"{number}.xml").write_bytes(sad(number, day(number)))
    examined = [number for number in numbers if number % 3 == 0]
    with (folder / "lanes.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow((*HEADINGS, "lane"))
        rows.writerows(("XA210000", 2026, "C", number, "red" if number in examined else "green") for number in numbers)
    with (folder / "results.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow((*HEADINGS, "examined_on", "depth", "found", "duty_recovered", "currency", "returned"))
        for number in examined:
            found = number % 2 == 0
            duty = ("250.00", "XAD") if found else ("", "")
            of = ("XA210000", 2026, "C", number, "2026-11-02", "full", "true" if found else "false")
            rows.writerow((*of, *duty, "2026-11-02T10:00:00+00:00"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Built, MonthReview]]:
    """A house into which two months were loaded today, and a review of the first of them with the same model."""
    folder = tmp_path_factory.mktemp("host")
    september = folder / "export" / "a"
    days = {121: "12/24/2026", 122: "12/25/2027"}
    write(september, range(100, 123), lambda number: days.get(number, f"09/{13 + number % 12}/2026"))
    write(folder / "export" / "b", range(200, 209), lambda number: f"10/{number - 180}/2026")
    model = train(past()).to_bytes()
    made = build(folder / "home", red_per_day=10, yellow_per_day=10, random_share=0.0)
    made.settings.first_history_file.write_bytes(replay(past(300)).snapshot())
    version = made.house.risk.models.register_model(officer("supervisor"), model, "trained")
    made.house.risk.models.promote_model(officer("supervisor"), version, "champion", "the first")
    FolderFeed(destination_of(made.house), folder / "export", FEED, "host").once()
    made.desk()
    taken = take([(str(one.name), one.read_bytes()) for one in sorted(september.iterdir())], memory={})
    files = MonthFiles(
        name="a",
        messages=taken.messages,
        readings=taken.readings,
        rows=taken.rows,
        past=past(300),
        model=load_model(model),
    )
    yield made, review_month(files)
    made.house.close()


def test_terminal_page_and_review_agree_to_the_digit_for_a_month_that_was_loaded_later(
    built: tuple[Built, MonthReview],
) -> None:
    made, review = built
    head = officer("supervisor")
    view = made.house.risk.figures.figures(head, FIRST, LAST)
    assert review.advised is not None
    assert (view.declared, view.examined, view.undated, view.future) == (21, 7, 0, 2)
    assert (review.declarations, review.examined, review.undated, review.future) == (21, 7, 0, 2)
    assert view.bases == review.bases == {"registered": 21}
    assert view.unscored == 0 and view.whole == review.advised.effort
    assert view.whole.host is not None and view.whole.found == review.found == 4
    assert [one.name for one in view.months] == ["2026-09"]
    stats = made.house.queries.records.stats(head, FIRST, LAST)
    assert (stats.consignments, stats.examined, stats.found) == (21, 7, 4)
    assert stats.duty_recovered == {"XAD": f"{review.recovered:.2f}"} == {"XAD": "1000.00"}
    value, low, high = of_hundred(view.whole.host.share)
    terminal = "\n".join(lines_of(view))
    assert f"host {value} ({low} to {high})" in terminal and "registered 21" in terminal
    assert "2 dated after today" in terminal
    made.house.governance.accounts.put_officer("head", "H. Head", "supervisor", None, PASSWORD)
    with (
        served(build_app(made.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}) as client,
    ):
        client.post("/sign-in", data={"name": "head", "password": PASSWORD})
        page = said(client.get(f"/statistics?since={FIRST}&until={LAST}"))
    assert f"{value} {low} to {high}" in page and "21 consignments assessed" in page
    assert "registered by the host 21" in page and "2 dated after today" in page


def test_the_day_of_loading_counts_for_nothing(built: tuple[Built, MonthReview]) -> None:
    made, _ = built
    head, today = officer("supervisor"), date(2026, 11, 15)
    whole = made.house.risk.figures.figures(head, date(2026, 1, 1))
    assert whole.declared == 30 and [one.name for one in whole.months] == ["2026-09", "2026-10"]
    assert made.house.risk.figures.figures(head, today).declared == 0
    assert made.house.queries.records.stats(head, today, None).consignments == 0
    assert made.house.risk.fairness.fairness(head, FIRST, LAST).cases == 21
    pack = made.house.risk.rules.rule_pack(head, date(2026, 1, 1))
    assert (pack.first_day, pack.last_day, pack.declarations) == (date(2026, 9, 13), date(2026, 10, 28), 30)


def test_days_of_before_are_made_from_papers_and_a_changed_one_counts_no_more(
    built: tuple[Built, MonthReview],
) -> None:
    made, _ = built
    head = officer("supervisor")
    read = "select id, declared_on, declared_by, day_mac from consignment order by id"
    with made.stores.database.transaction() as connection:
        before = connection.execute(read).fetchall()
        connection.execute("update consignment set declared_on = null, declared_by = null, day_mac = null")
    assert made.house.risk.figures.figures(head, FIRST, LAST, again=True).undated == 32
    ensure_days(made.settings, made.dsn)
    with made.stores.database.transaction() as connection:
        assert connection.execute(read).fetchall() == before
        connection.execute(
            "update consignment set declared_on = declared_on - 60 where declared_on = %s", (LAST.replace(day=13),)
        )
    assert fill_days(made.stores) == 0
    assert made.house.risk.figures.figures(head, FIRST, LAST, again=True).declared == 19


def test_an_altered_paper_of_before_keeps_nobody_else_from_a_day(tmp_path: Path) -> None:
    made = build(tmp_path / "home")
    try:
        lodged = [envelope(declaration("R1")), envelope(declaration("R2"))]
        answers = made.house.intake.messages.take_many(lodged, principal=trader("ACME"))
        made.desk()
        with made.stores.database.transaction() as connection:
            connection.execute("update consignment set day_mac = null, declared_on = null, declared_by = null")
            connection.execute("update message set reading = '\\x00' where id = %s", (answers[0].id,))
        assert fill_days(made.stores) == 2
        with made.stores.database.transaction() as connection:
            days = connection.execute(
                "select declared_on, day_mac is null from consignment order by declared_on"
            ).fetchall()
        assert days == [(date(2026, 3, 5), False), (None, False)]
    finally:
        made.house.close()
