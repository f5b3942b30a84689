# SPDX-License-Identifier: Apache-2.0
"""Accesses explained, and each reason with a hit, a near miss, and what must not count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cocket.oversight import (
    ACCEPTED,
    RULES,
    SIGNALS,
    Event,
    Officer,
    Party,
    Scene,
    Suspicion,
    Watched,
    WatcherRules,
    WatchLog,
    explain,
    precision,
    watch,
)
from cocket.oversight.chance import beyond_others, discovered, strata_tail, together

BEGIN = datetime(2027, 3, 1, tzinfo=UTC)
OFFICERS = {f"o{n}": Officer(id=f"o{n}", role="officer", office="PTA1", name=f"Ada Berg{n}") for n in range(12)}


def at(day: float, hour: float = 10.0) -> datetime:
    return BEGIN + timedelta(days=day, hours=hour)


class Book:
    """A log that is written down."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.consignments: dict[str, Watched] = {}
        self.officers = dict(OFFICERS)

    def add(self, kind: Any, subject: str = "", officer: str = "", when: datetime = BEGIN, **told: Any) -> str:
        name = f"e{len(self.events):05d}"
        self.events.append(Event(id=name, at=when, kind=kind, subject=subject, officer=officer, **told))
        if subject and subject not in self.consignments:
            self.consignments[subject] = Watched(id=subject, office="PTA1", trader="T1")
        return name

    def know(self, name: str, **told: Any) -> None:
        self.consignments[name] = Watched(id=name, **{"office": "PTA1", "trader": "T1", **told})

    def work(self, officer: str, days: int = 30) -> None:
        """Orders drawn and examined, day by day, in the morning."""
        for day in range(days):
            subject = f"{officer}w{day}"
            self.add("queued", subject, when=at(day, 8), lane="red")
            self.add("drawn", subject, officer, at(day, 8))
            self.add("look", subject, officer, at(day, 9))
            self.add("result", subject, officer, at(day, 10), is_found=day % 5 == 0)
            self.add("done", subject, when=at(day, 10))

    def log(self) -> WatchLog:
        return WatchLog(
            events=tuple(sorted(self.events, key=lambda one: (one.at, one.id))),
            consignments=self.consignments,
            officers=self.officers,
            since=BEGIN,
            until=at(60),
        )

    def by(self, event: str) -> tuple[str, ...]:
        return next(one.by for one in explain(self.log(), RULES) if one.look.id == event)

    def found(self, reason: Any, rules: WatcherRules = RULES) -> list[Suspicion]:
        log = self.log()
        return SIGNALS[reason](Scene(log, explain(log, rules), rules))


@pytest.fixture
def book() -> Book:
    made = Book()
    for officer in OFFICERS:
        made.work(officer)
    return made


def test_a_look_is_explained_by_the_work_that_led_to_it(book: Book) -> None:
    book.add("drawn", "K1", "o1", at(3, 8))
    book.add("second", "K2", "o1", at(3, 10))
    book.add("doubt", "K3", "o1", at(3, 11))
    book.add("contest", "K4", "o1", at(3, 11))
    book.add("queued", "K5", when=at(3, 8), lane="yellow")
    book.know("K6", office="PTB2", linked=("K1",))
    book.add("search", officer="o1", when=at(3, 10), hits=("K7",))
    book.know("K7", office="PTB2")
    looks = {
        name: book.add("look", name, "o1", at(3, 10.2)) for name in ("K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8")
    }
    first = {name: book.by(look)[0] for name, look in looks.items()}
    assert first == {
        "K1": "assigned", "K2": "second-person", "K3": "doubt", "K4": "contest", "K5": "queue", "K6": "linked",
        "K7": "search-hit", "K8": "own-office-and-shift",
    }  # fmt: skip


def test_what_is_of_another_office_and_led_to_by_nothing_is_not_explained(book: Book) -> None:
    book.know("K1", office="PTB2")
    book.add("drawn", "K1", "o2", at(3, 8))  # in another's hands
    book.add("search", officer="o1", when=at(3, 9), hits=("K1",))  # too long ago
    assert book.by(book.add("look", "K1", "o1", at(3, 10))) == ()


def test_a_queue_explains_only_while_the_consignment_stands_in_it(book: Book) -> None:
    book.add("queued", "K1", when=at(3, 8), lane="red")
    book.add("done", "K1", when=at(3, 9))
    before, after = book.add("look", "K1", "o1", at(3, 8.5)), book.add("look", "K1", "o1", at(3, 9.5))
    assert "queue" in book.by(before)
    assert "queue" not in book.by(after)


def test_at_night_the_own_office_explains_nothing_but_an_order_in_hand_does(book: Book) -> None:
    book.add("drawn", "K1", "o1", at(5, 8))
    night, held = book.add("look", "K2", "o1", at(3, 22)), book.add("look", "K1", "o1", at(5, 22))
    assert (book.by(night), book.by(held)[0]) == ((), "assigned")


def test_an_order_that_he_took_over_explains_his_look_too(book: Book) -> None:
    book.add("taken", "K1", "o1", at(5, 8))
    assert book.by(book.add("look", "K1", "o1", at(5, 22)))[0] == "assigned"


def test_who_rotates_is_on_shift_where_he_works_that_day(book: Book) -> None:
    book.add("drawn", "K1", "o1", at(3, 20))
    book.add("result", "K1", "o1", at(3, 21), is_found=False)
    assert book.by(book.add("look", "K2", "o1", at(3, 22))) == ("own-office-and-shift",)


def test_one_look_at_a_decoy_is_a_case(book: Book) -> None:
    book.know("H1", is_honey=True)
    look = book.add("look", "H1", "o1", at(3))
    (one,) = book.found("honey")
    assert (one.officer, one.evidence, one.chance) == ("o1", (look,), 0.0)


def test_a_decoy_in_a_long_list_of_hits_is_none_but_two_are(book: Book) -> None:
    for number, minute in ((1, 0.0), (2, 1.0)):
        book.know(f"H{number}", is_honey=True)
        book.add("search", officer="o1", when=at(3, 10 + minute), hits=("K1", "K2", f"H{number}"))
        book.add("look", f"H{number}", "o1", at(3, 10.1 + minute))
        assert len(book.found("honey")) == number - 1


def test_his_own_address_is_a_case_at_the_first_look_unless_it_was_in_his_hands(book: Book) -> None:
    book.officers["o1"] = msgspec.structs.replace(OFFICERS["o1"], address="12 Mill Lane, Alder")
    book.know("K1", parties=(Party(name="Stella Ltd", address="12, mill lane. ALDER"),))
    book.add("drawn", "K1", "o1", at(3, 8))
    book.add("look", "K1", "o1", at(3))
    assert book.found("own-interest") == []
    book.know("K2", parties=(Party(name="Stella Ltd", address="12 Mill Lane, Alder"),))
    look = book.add("look", "K2", "o1", at(4))
    (one,) = book.found("own-interest")
    assert (one.officer, one.evidence) == ("o1", (look,))


@pytest.mark.parametrize(
    ("party", "is_near"),
    [
        (Party(name="Berg1, Ada", address="1 Oak Road, Alder"), True),  # his own name
        (Party(name="Ada Berg2", address="1 Oak Road, Alder"), True),  # a colleague's
        (Party(name="Shop", address="14 Mill Lane, Alder"), True),  # next door but one
        (Party(name="Shop", address="92 Mill Lane, Alder"), False),  # the other end of the street
        (Party(name="Berg", address="14 Mill Lane, Birch"), False),  # another town
    ],
)  # fmt: skip
def test_three_looks_at_a_namesake_a_colleague_or_a_neighbour_are_a_case(
    book: Book, party: Party, is_near: bool
) -> None:
    book.officers["o1"] = msgspec.structs.replace(OFFICERS["o1"], address="12 Mill Lane, Alder")
    for number in range(3):
        book.know(f"K{number}", parties=(party,))
        book.add("look", f"K{number}", "o1", at(3 + number))
    assert [one.officer for one in book.found("own-interest")] == ["o1"] * is_near


def test_looks_that_a_milder_lane_or_a_sudden_change_follows_are_a_case(book: Book) -> None:
    for number in range(40):  # ordinary looks of others, hardly ever followed by anything
        book.add("look", f"L{number}", f"o{2 + number % 9}", at(number / 2, 9.5))
    for number in range(4):
        book.add("look", f"K{number}", "o1", at(number * 3, 9.5))
        book.add("changed" if number % 2 else "lowered", f"K{number}", "" if number % 2 else "o5", at(number * 3, 10.5))
    (one,) = book.found("tip-off")
    assert (one.officer, len(one.evidence)) == ("o1", 8)


def test_looks_at_what_was_drawn_for_him_tip_off_nobody(book: Book) -> None:
    for number in range(6):
        book.add("drawn", f"K{number}", "o1", at(number * 3, 8))
        book.add("look", f"K{number}", "o1", at(number * 3, 9.5))
        book.add("lowered", f"K{number}", "o1", at(number * 3, 10))
    assert book.found("tip-off") == []


def test_many_dossiers_in_an_hour_are_a_case_and_a_busy_day_at_the_queue_is_none(book: Book) -> None:
    for day in range(28):
        for officer in OFFICERS:
            book.add("look", f"Q{officer}{day}", officer, at(day, 9.5))
    for number in range(60):
        book.add("queued", f"B{number}", when=at(2, 8), lane="yellow")
        book.add("look", f"B{number}", "o2", at(2, 9 + number / 60))
        book.add("look", f"K{number}", "o1", at(3, 9 + number / 60))
    (one,) = book.found("bulk")
    assert (one.officer, len(one.evidence)) == ("o1", 61)


def test_nights_without_an_order_are_a_case(book: Book) -> None:
    for day in range(2, 12):
        book.add("look", f"N{day}", "o1", at(day, 23))
    (one,) = book.found("off-shift")
    assert (one.officer, len(one.evidence)) == ("o1", 10)


def test_two_nights_are_none(book: Book) -> None:
    for day in range(2, 4):
        book.add("look", f"N{day}", "o1", at(day, 23))
    assert book.found("off-shift") == []


def test_looks_elsewhere_day_after_day_are_a_case(book: Book) -> None:
    for number in range(20):
        book.know(f"X{number}", office="PTB2")
        book.add("look", f"X{number}", "o1", at(number, 9.5))
    for number, officer in enumerate(OFFICERS):  # others have one or two
        book.know(f"Y{number}", office="PTB2")
        book.add("look", f"Y{number}", officer, at(number, 9.5))
    assert [one.officer for one in book.found("unexplained")] == ["o1"]


def pairs(book: Book, kind: Any) -> None:
    """Every officer deals with the traders by turns, and one with one trader day after day."""
    for day in range(24):
        for number, officer in enumerate(OFFICERS):
            book.know(f"P{officer}{day}", trader=f"T{(number + day) % 12}")
            book.add("result", f"P{officer}{day}", officer, at(day, 9), is_found=False)
    for day in range(12):
        book.know(f"C{day}", trader="CRONY")
        book.add(kind, f"C{day}", "o1", at(day, 8))
        book.add("result", f"C{day}", "o1", at(day, 9), is_found=False)


def test_an_officer_who_takes_one_traders_goods_without_the_draw_is_a_case(book: Book) -> None:
    pairs(book, "given")
    (one,) = book.found("pair")
    assert (one.officer, one.arguments["trader"], one.arguments["undrawn"]) == ("o1", "CRONY", "12")


def test_what_the_draw_gave_him_makes_no_pair(book: Book) -> None:
    pairs(book, "drawn")
    assert book.found("pair") == []


@pytest.mark.parametrize(("kind", "is_named"), [("", True), ("taken", True), ("given", False), ("drawn", False)])
def test_who_takes_one_traders_goods_by_himself_is_a_case_after_four_days(
    book: Book, kind: Any, is_named: bool
) -> None:
    together_with(book, "o1", (3, 9, 15, 21), kind)
    for day in range(20):  # others deal with the same trader, by the draw
        together_with(book, f"o{2 + day % 9}", (day,), "drawn")
    found = book.found("pair")
    assert [(one.officer, one.arguments["taken"]) for one in found] == [("o1", "4")] * is_named


def together_with(book: Book, officer: str, days: tuple[int, ...], kind: Any) -> None:
    """Results on goods of one trader, after they came to the officer in some way, or in none."""
    for day in days:
        book.know(f"C{officer}{day}", trader="CRONY")
        if kind:
            book.add(kind, f"C{officer}{day}", officer, at(day, 8.5))
        book.add("result", f"C{officer}{day}", officer, at(day, 9), is_found=False)


def test_who_takes_goods_of_all_traders_by_himself_makes_no_pair(book: Book) -> None:
    together_with(book, "o1", (3, 9, 15, 21), "taken")
    for day in range(20):
        together_with(book, f"o{2 + day % 9}", (day,), "drawn")
        book.add("result", f"A{day}", "o1", at(day, 11), is_found=False)
    assert book.found("pair") == []


def test_lowered_lanes_with_later_finds_are_a_case(book: Book) -> None:
    for officer in OFFICERS:
        for number in range(8):
            book.add("lowered", f"L{officer}{number}", officer, at(number, 9))
            if officer == "o1" and number < 6:
                book.add("result", f"L{officer}{number}", "o3", at(number + 5, 9), is_found=True)
    (one,) = book.found("lowered-then-found")
    assert (one.officer, one.arguments["times"], len(one.evidence)) == ("o1", "6", 12)


@pytest.mark.parametrize("finds_himself", [False, True])
def test_two_finds_after_lowering_are_a_case_where_he_finds_nothing_himself(finds_himself: bool) -> None:
    book = Book()
    for officer in OFFICERS:
        for day in range(30):
            book.add("queued", f"{officer}w{day}", when=at(day, 8), lane="red")
            book.add("drawn", f"{officer}w{day}", officer, at(day, 8))
            is_found = day % 5 == 0 and (finds_himself or officer != "o1")
            book.add("result", f"{officer}w{day}", officer, at(day, 10), is_found=is_found)
        for number in range(6 if officer == "o1" else 8):
            book.add("lowered", f"L{officer}{number}", officer, at(number, 9))
            if (officer == "o1" and number < 2) or (officer in ("o2", "o3", "o4", "o5") and number == 0):
                book.add("result", f"L{officer}{number}", "o9", at(number + 5, 9), is_found=True)
    found = book.found("lowered-then-found")
    assert [(one.officer, one.arguments["times"], one.arguments["own"]) for one in found] == (
        [] if finds_himself else [("o1", "2", "0")]
    )


def nothing(book: Book, kind: Any, others: Any = "drawn") -> None:
    for officer in OFFICERS:
        for number in range(60):
            subject = f"Z{officer}{number}"
            book.add("queued", subject, when=at(number / 2, 8), lane="red")
            book.add(kind if officer == "o1" else others, subject, officer, at(number / 2, 8))
            book.add("result", subject, officer, at(number / 2, 9.5), is_found=officer != "o1" and number % 3 == 0)


def test_examinations_drawn_for_him_that_find_nothing_are_a_case(book: Book) -> None:
    nothing(book, "drawn")
    (one,) = book.found("always-nothing")
    assert (one.officer, one.arguments["found"]) == ("o1", "6")


@pytest.mark.parametrize("kind", ["given", "taken"])
def test_examinations_that_came_in_another_way_are_not_compared(book: Book, kind: Any) -> None:
    nothing(book, kind)
    assert book.found("always-nothing") == []


def test_what_another_gave_him_is_compared_with_what_others_were_given(book: Book) -> None:
    nothing(book, "given", "given")
    assert [one.officer for one in book.found("always-nothing")] == ["o1"]


def test_a_log_of_ordinary_work_gives_no_case(book: Book) -> None:
    run = watch(book.log())
    assert (run.cases, run.looks, run.officer_days) == ((), 12 * 30, 12 * 30)
    assert run.explained == {"assigned": 360}


def test_cases_are_one_for_each_person_and_reason_ranked_and_capped(book: Book) -> None:
    for number in range(5):
        book.know(f"H{number}", is_honey=True)
        for _ in range(3):
            book.add("look", f"H{number}", f"o{number}", at(3))
    for day in range(2, 14):
        book.add("look", f"N{day}", "o4", at(day, 23))
    run = watch(book.log())
    assert [one.officer for one in run.cases[:3]] == ["o4"] * 3
    assert (
        len({(one.officer, one.reason) for one in run.cases}) == len(run.cases) == 7
    )  # the nights are unexplained too
    capped = watch(book.log(), msgspec.structs.replace(RULES, cap=2))
    assert (len(capped.cases), capped.held_back) == (2, 5)


def test_a_case_tells_what_explains_and_what_does_not(book: Book) -> None:
    book.know("H1", is_honey=True)
    look = book.add("look", "H1", "o1", at(3))
    (one,) = watch(book.log()).cases
    assert (one.explained, one.unexplained, one.accepted) == ({"assigned": 30, "own-office-and-shift": 1}, 0, ())
    assert [(seen.id, seen.explained_by) for seen in one.evidence] == [(look, ("own-office-and-shift",))]


def test_every_reason_says_which_explanations_it_accepts_and_the_digest_changes_with_the_rules() -> None:
    assert ACCEPTED.keys() == SIGNALS.keys()
    assert RULES.digest != msgspec.structs.replace(RULES, cap=21).digest
    assert len(RULES.digest) == 64


def test_at_a_real_base_rate_most_alerts_are_false() -> None:
    assert precision(3, 0.9, 0.01) == pytest.approx(1 / 3704, rel=0.01)
    assert precision(3, 1.0, 0.0) == 1.0
    assert precision(0, 1.0, 0.0) == 0.0


def test_chances_agree_with_what_can_be_worked_out_by_hand() -> None:
    assert strata_tail(2, [(2, 2, 4)]) == pytest.approx(1 / 6)
    assert strata_tail(2, [(1, 1, 2), (1, 1, 2)]) == pytest.approx(1 / 4)
    assert strata_tail(0, [(1, 1, 2)]) == pytest.approx(1.0)
    assert together(0.3) == pytest.approx(0.3)
    assert together(0.1, 0.1) == pytest.approx(0.01 * (1 + 4.60517), rel=1e-5)
    assert together(0.0, 0.5) == 0.0
    assert discovered([0.001, 0.02, 0.9], 0.05) == 0.02
    assert discovered([0.5, 0.9], 0.05) < 0
    assert beyond_others(5, [5]) == 1.0
    assert beyond_others(40, [1, 0, 2, 1] * 5) < 1e-12 < beyond_others(4, [1, 0, 2, 1] * 5)
