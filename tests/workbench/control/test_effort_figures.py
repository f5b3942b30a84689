# SPDX-License-Identifier: Apache-2.0
"""Figures at equal effort: one function, and the same digits in the terminal, on the page, in the workbook and in a review."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from cocket.cli.commands.risk.figures import lines_of
from cocket.governance import Principal
from cocket.pipeline.base import kept
from cocket.pipeline.base.kept import StillMeasuringError
from cocket.pipeline.risk.effort_figures import FiguresView
from cocket.risk.effort import Choice, equal_effort, of_hundred, random_share
from cocket.risk.estimate import Lack
from cocket.risk.rules.month import compare, write_review
from tests.risk.rules.test_reports import review
from tests.simulators.workbench_figures import choices, figures_view
from tests.simulators.workbench_house import SimulatedHouse
from tests.workbench.conftest import Enter, said

HEAD = Principal(id="head.c", kind="officer", roles=("supervisor",))
AT_PTA1 = Principal(id="officer.a", kind="officer", roles=("officer",), office="PTA1")


def test_terminal_page_workbook_and_review_agree_to_the_digit(enter: Enter) -> None:
    calamine = pytest.importorskip("python_calamine")
    reviewed = compare(choices(), "a test", date(2026, 6, 1)).effort
    assert reviewed == figures_view(HEAD).whole == equal_effort(choices())
    assert reviewed.ours is not None and reviewed.host is not None and reviewed.chance is not None
    assert reviewed.more is not None
    client = enter("head.c")
    page, terminal = said(client.get("/statistics")), "\n".join(lines_of(figures_view(HEAD)))
    for side in (reviewed.ours, reviewed.chance):
        value, low, high = of_hundred(side.share)
        assert f"{value} {low} to {high}" in page
        assert f"{value} ({low} to {high})" in terminal
    value, low, high = of_hundred(reviewed.more)
    assert f"{value} of 100 ({low} to {high})" in page
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(client.get("/statistics.xlsx").content))
    header, first, *rows = book.get_sheet_by_index(0).to_python()
    told = dict(zip(header, first, strict=True))
    assert (told["ours_of_100"], told["ours_low"], told["ours_high"]) == tuple(
        map(float, of_hundred(reviewed.ours.share))
    )
    assert (told["more_of_100"], told["more_low"], told["more_high"]) == (float(value), float(low), float(high))
    assert told["examinations"] == reviewed.examinations and told["period_from"] == date(2026, 6, 1)
    assert {row[0] for row in rows} == {"office", "host lane", "month", "officer"}


def test_the_answer_is_a_sentence_for_each_office_and_names_what_is_missing(enter: Enter) -> None:
    page = said(enter("head.c").get("/statistics"))
    assert "Yes at PTA1. Cannot say yet at PTA2." in page
    assert "Cannot say yet : draw 50 more at random (nothing was drawn at random yet)" in page
    assert "drawn at random were irregular" in page
    assert "Follow our advice at PTA1?" in page and "Cannot say yet at PTA2: draw 50 more at random" in page


def test_what_the_host_says_it_drew_stands_apart_with_those_whose_chance_is_not_known(enter: Enter) -> None:
    page = said(enter("head.c").get("/statistics"))
    assert "its own chance chose 30: 24 were examined, 3 irregular" in page
    assert "Of 4 the chance is not known; they are not weighted." in page and "By its draws: " in page


def test_by_officer_is_for_who_is_set_over_them_alone(enter: Enter) -> None:
    page = said(enter("head.c").get("/statistics?by=officer"))
    assert "officer.a 40 30.0" in page and "1 officer has fewer than 30 results and is not shown" in page
    for name in ("analyst.b", "auditor.d"):
        other = said(enter(name).get("/statistics?by=officer"))
        assert "Officers with at least" not in other and "By part" in other


@pytest.mark.parametrize(
    ("by", "says"), [("lane", "Red"), ("month", "2026-06"), ("office", "PTA2"), ("nonsense", "PTA2")]
)
def test_the_parts_are_by_office_lane_and_month(enter: Enter, by: str, says: str) -> None:
    assert says in said(enter("head.c").get(f"/statistics?by={by}"))


def test_whoever_is_bound_to_an_office_sees_it_alone(enter: Enter) -> None:
    page = said(enter("officer.a").get("/statistics"))
    assert "Office PTA1" in page and "PTA2" not in page
    assert figures_view(AT_PTA1).whole.examinations < figures_view(HEAD).whole.examinations


def test_the_page_is_in_french_as_a_whole(enter: Enter) -> None:
    from tests.workbench.base.test_french import READER

    page = enter("head.c").get("/statistics", headers=READER)
    assert '<html lang="fr"' in page.text
    assert "Faut-il suivre l'avis" in said(page) and "Oui à PTA1." in said(page)


def test_without_a_draw_nothing_is_said_and_no_money(enter: Enter) -> None:
    undrawn = equal_effort([one for one in choices() if one.place.startswith("PTA2")])
    assert (undrawn.verdict, undrawn.ours, undrawn.chance, undrawn.more_amount, undrawn.draw) == (
        "cannot say yet", None, None, None, 50,
    )  # fmt: skip
    assert random_share([one for one in choices() if one.place.startswith("PTA2")]) is None


def world(seed: int, ours_knows: float) -> tuple[list[Choice], int, int]:
    """Declarations with their truth: what our choices hold, and what the host's do."""
    from random import Random

    dice, made, truth = Random(seed), [], []
    for number in range(2000):
        is_bad, is_red = dice.random() < 0.15, dice.random() < 0.1
        is_drawn = not is_red and dice.random() < 0.2
        truth.append(is_bad)
        made.append(
            Choice(
                id=f"{number:05}", place="O 1", score=dice.random() + ours_knows * is_bad, duty=None,
                is_examined=is_red or is_drawn, is_drawn=is_drawn, found=is_bad and (is_red or is_drawn),
                recovered=10.0 * (is_bad and (is_red or is_drawn)), chance=1.0 if is_red else 0.2,
            )
        )  # fmt: skip
    effort = sum(one.is_examined for one in made)
    first = sorted(made, key=lambda one: -one.score)[:effort]
    return made, sum(truth[int(one.id)] for one in first), sum(one.found for one in made)


@pytest.mark.parametrize(
    ("ours_knows", "verdict"), [(0.6, "finds more"), (0.0, "no difference seen"), (-0.6, "finds less")]
)
def test_verdicts_are_right_and_the_true_difference_lies_within_the_interval(ours_knows: float, verdict: str) -> None:
    inside = says = 0
    for seed in range(40):
        made, ours, host = world(seed, ours_knows)
        told = equal_effort(made)
        assert told.more is not None
        inside += told.more.low <= (ours - host) / told.examinations <= told.more.high
        says += told.verdict == verdict
        assert (told.more_amount is not None) == told.verdict.startswith("finds")
    assert inside >= 35 and says >= 34


def test_the_charts_have_a_label_and_a_table(enter: Enter, open_screen: Callable[..., Any]) -> None:
    screen = open_screen(viewport={"width": 1440, "height": 900})
    screen.sign_in("head.c")
    screen.go("/statistics")
    screen.picture("statistics", full_page=True)
    label = screen.page.locator("svg.trend").get_attribute("aria-label")
    assert label is not None and "2026-11" in label
    screen.page.get_by_text("as a table").click()
    assert screen.page.locator("details table tbody tr").count() == 6
    assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_of_a_few_draws_nothing_is_said_of_what_nobody_examined(
    enter: Enter, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = random_share([one for one in choices() if one.is_drawn][:7])
    assert few is not None and (few.drawn, few.missing) == (7, 43)
    view = msgspec.structs.replace(figures_view(HEAD), random=few)
    terminal = "\n".join(lines_of(view))
    assert (
        "too few to say what was missed. Draw 43 more at random." in terminal and "not examined about" not in terminal
    )
    monkeypatch.setattr(house, "figures", lambda *_, **__: view)
    page = said(enter("head.c").get("/statistics"))
    assert "too few to say what was missed. Draw 43 more at random, at any office, to say it." in page
    assert "irregularities that there are" not in page and "To halve these intervals" not in page
    assert whole_random_share() == 0


def whole_random_share() -> int:
    """Draws that are missing where there are enough."""
    enough = figures_view(HEAD).random
    assert enough is not None
    return enough.missing


def test_each_count_of_the_page_says_what_it_counts_and_the_offices_add_up(enter: Enter) -> None:
    view, page = figures_view(HEAD), said(enter("head.c").get("/statistics"))
    assert sum(part.effort.examinations for part in view.offices) == view.whole.examinations == view.examined
    assert f"{view.whole.examinations:,} examinations compared".replace(",", " ") in page.replace(" ", " ").replace(
        ",", " "
    )
    assert "consignments declared on these days have an examination" in page
    assert "641 results, one for each order, that came back 2026-06-01 to 2026-11-25" in page
    assert "488 of them are examinations of the goods" in page and "100 looked at documents alone" in page


def test_an_office_that_is_not_known_is_a_part_and_decides_nothing(
    enter: Enter, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = figures_view(HEAD)
    unnamed = msgspec.structs.replace(known.offices[0], name="")
    view = msgspec.structs.replace(known, offices=(*known.offices[1:], unnamed))
    monkeypatch.setattr(house, "figures", lambda *_, **__: view)
    page = said(enter("head.c").get("/statistics"))
    assert "not known" in page and "Follow our advice at" not in page and "at ." not in page


def few(drawn: int, ours_drawn: int) -> list[Choice]:
    """Twelve examinations and more: ours finds every time, the host never, of which so many were drawn at random."""
    made = []
    for number in range(400):
        is_ours, is_drawn = number < 12, number < ours_drawn or 12 <= number < 12 + drawn - ours_drawn
        is_red = 100 <= number < 112
        made.append(
            Choice(
                id=f"{number:03}", place="O 1", score=1.0 if is_ours else 0.0, duty=None,
                is_examined=is_red or is_drawn or 2 <= number < 12, is_drawn=is_drawn, found=is_ours and number > 1,
                recovered=0.0, chance=0.1 if not is_red else 1.0, is_host=is_red,
            )
        )  # fmt: skip
    return made


def test_below_twenty_random_examinations_nothing_is_said_however_far_apart_the_finds_are(
    enter: Enter, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = equal_effort(few(drawn=6, ours_drawn=0))
    assert told.more is not None and told.more.low > 0, "the intervals alone would have said yes"
    assert told.verdict == "cannot say yet" and told.more_amount is None
    assert told.lack == Lack(why="few-drawn", drawn=6, draw=told.draw) and told.draw >= 44
    view = msgspec.structs.replace(figures_view(HEAD), whole=told, offices=())
    monkeypatch.setattr(house, "figures", lambda *_, **__: view)
    page, terminal = said(enter("head.c").get("/statistics")), "\n".join(lines_of(view))
    why = f"draw {told.draw} more at random (6 were drawn at random, and nothing is said from fewer than 20)"
    assert f"Cannot say yet: {why}." in page and f"Cannot say yet: {why}" in terminal
    assert "Yes." not in page
    advised = compare(few(drawn=6, ours_drawn=0), "a test", date(2026, 6, 1))
    assert why in write_review(msgspec.structs.replace(review(0), advised=advised))


def test_of_enough_drawn_in_all_but_few_of_ours_the_draws_that_ours_lacks_are_computed() -> None:
    cases = [
        Choice(
            id=f"{number:04}", place="O 1", score=float(number < 200), duty=None, is_examined=number % 10 == 0,
            is_drawn=number % 10 == 0 and (number < 100 or number >= 200), found=False, recovered=0.0, chance=0.1,
        )
        for number in range(1000)
    ]  # fmt: skip
    told = equal_effort(cases)
    assert told.lack is not None and told.lack.why == "few-drawn-of-it"
    of_ours, drawn = told.lack.drawn, told.drawn
    assert 0 < of_ours < 20 and told.draw == -(-(20 - of_ours) * drawn // of_ours)


def test_nothing_found_in_a_few_that_were_all_examined_is_an_interval_and_not_known_exactly(enter: Enter) -> None:
    told = equal_effort(few(drawn=6, ours_drawn=0))
    host = told.host
    assert host is not None and host.seen == host.chosen == 12
    assert (host.share.value, host.share.low) == (0.0, 0.0) and host.share.high > 0.2
    assert host.found.high == 0.0, "what these very ones hold is known"
    assert host.chosen != told.examinations and host.amount.high == float("inf"), (
        "nor is what more of them would recover"
    )
    assert "known exactly" not in said(enter("head.c").get("/statistics"))


def test_the_page_says_that_the_three_do_not_add_up_and_what_overlaps(enter: Enter) -> None:
    whole, page = figures_view(HEAD).whole, said(enter("head.c").get("/statistics"))
    assert whole.ours and whole.host
    assert (
        f"not parts of them, so they do not add up: {whole.both} consignments are chosen by our advice and by the host"
        in page
    )
    assert f"{whole.ours.drawn} of ours" in page and f"the examinations found {whole.found}" in page
    assert 0 < whole.both <= min(whole.ours.chosen, whole.host.chosen)


def test_where_the_host_is_not_known_no_number_of_draws_is_promised() -> None:
    told = equal_effort([msgspec.structs.replace(one, is_host=False) for one in few(drawn=60, ours_drawn=12)])
    assert (told.verdict, told.lack, told.draw, told.host) == ("cannot say yet", None, 0, None)
    view = msgspec.structs.replace(figures_view(HEAD), whole=told, offices=())
    assert "Cannot say yet: no red lane of the host is known here, and no draw changes that." in "\n".join(
        lines_of(view)
    )


def test_each_number_of_draws_says_what_it_is_for(enter: Enter, house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = equal_effort(few(drawn=3, ours_drawn=0))
    drawn = random_share(few(drawn=3, ours_drawn=0))
    assert drawn and drawn.missing > 0 and told.lack
    told = msgspec.structs.replace(told, lack=msgspec.structs.replace(told.lack, draw=232))
    view = msgspec.structs.replace(figures_view(HEAD), whole=told, random=drawn)
    monkeypatch.setattr(house, "figures", lambda *_, **__: view)
    page = said(enter("head.c").get("/statistics"))
    assert f"Over all offices together: draw {told.draw} more at random." in page
    assert f"Draw {drawn.missing} more at random, at any office, to say it." in page
    assert "To compare ours with the host takes more; each draw counts for both." in page


def test_what_is_left_out_is_said_once_and_what_is_not_known_has_no_figure(
    enter: Enter, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = equal_effort(few(drawn=3, ours_drawn=0))
    assert told.host and told.host.chosen != told.examinations and told.host.amount.high == float("inf")
    whole = msgspec.structs.replace(told, left_out=10)
    view = msgspec.structs.replace(
        figures_view(HEAD), whole=whole, examined_unknown=10, unscored=4, examined_unscored=1, currency="XTS"
    )
    monkeypatch.setattr(house, "figures", lambda *_, **__: view)
    page = said(enter("head.c").get("/statistics"))
    assert page.count("chance of their examination is not known") == 1, "ten examined ones are all there are"
    assert "3 declarations that were not examined are left out too: no model had scored them." in page
    assert "0 or more" not in page
    assert f"it chose {told.host.chosen}, and what they hold is put in proportion to {told.examinations}" in page


def test_figures_that_take_long_are_said_to_be_measured_and_asked_for_again(
    enter: Enter, house: SimulatedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)

    def wait(*_: object, patience: float | None = None, **__: object) -> FiguresView:
        assert patience == kept.PATIENCE
        raise StillMeasuringError(since)

    client = enter("head.c")
    monkeypatch.setattr(house.risk.figures, "figures", wait)
    answer = client.get("/statistics?since=2026-05-01&again=1")
    assert answer.status_code == 202 and "The figures are being measured" in said(answer)
    assert '<meta http-equiv="refresh" content="2;url=/statistics?since=2026-05-01">' in answer.text
    assert client.get("/queue").status_code == 200
    monkeypatch.undo()
    assert client.get("/statistics?since=2026-05-01").status_code == 200
