# SPDX-License-Identifier: Apache-2.0
"""The pages on declared values and doubts about them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from cocket.errors import PolicyError
from cocket.measures.valuation import (
    Asked,
    Comparisons,
    Decided,
    DeclaredValue,
    Doubt,
    Guarantee,
    Particulars,
    Proposed,
    Step,
    further_questions,
    indicate,
    inquiry_of,
    points_of,
    take,
    weaknesses,
)
from cocket.pipeline import NotFoundError
from cocket.pipeline.measures.doubt_views import DoubtView, NewDoubt, ValueView, doubt_view
from cocket.workbench import app as module
from cocket.workbench import build_app
from cocket.workbench.measures import doubts
from cocket.workbench.measures.value_strip import strip_of
from tests.simulators.workbench_country import NOW
from tests.simulators.workbench_house import SimulatedHouse
from tests.workbench.conftest import served

Enter = Callable[..., httpx.Client]
Open = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[3]
HERE = "/consignments/consignment-0"
DAY = NOW.date()


def _declared(price: str, day: Any, trader: str | None = None) -> DeclaredValue:
    return DeclaredValue(
        code="87032319", day=day, origin="XA", value=Decimal(price) * 10, currency="USD", quantity=Decimal(10),
        unit="NAR", trader=trader,
    )  # fmt: skip


class DoubtingHouse(SimulatedHouse):
    """The simulated house, with values and doubts."""

    def __init__(self) -> None:
        super().__init__()
        self.needs_second = False
        self.now = NOW
        self._doubts: dict[str, Doubt] = {}
        self._past = Comparisons()
        for number in range(40):
            day = DAY - timedelta(days=number + 1)
            self._past.add(_declared(str(3600 + 37 * number), day, f"T{number % 9}"))

    def values(self, principal: Any, consignment_id: str) -> tuple[ValueView, ...]:
        self._line(consignment_id)
        self._look(principal, f"values {consignment_id}")
        open_ = further_questions(Particulars(terms="FOB"))
        asked = [
            _declared("1650", DAY),
            _declared("4200", DAY),
            msgspec.structs.replace(_declared("1", DAY), origin="XZ"),
        ]
        return tuple(self._view(number, value, open_ if number == 1 else ()) for number, value in enumerate(asked, 1))

    def _view(self, number: int, value: DeclaredValue, open_: Any) -> ValueView:
        found = indicate(value, self._past)
        return ValueView(
            item=number,
            goods="used cars",
            indication=found,
            weaknesses=weaknesses(found.set) if found.set else (),
            points=points_of(value, self._past),
            inquiry=inquiry_of(found, open_),
            open_questions=open_,
        )

    def doubts(self, principal: Any, consignment_id: str) -> tuple[DoubtView, ...]:
        return tuple(self._shown(one) for one in self._doubts.values() if one.consignment == consignment_id)

    def doubt(self, principal: Any, doubt_id: str) -> DoubtView:
        if doubt_id not in self._doubts:
            raise NotFoundError("There is no such doubt.")
        return self._shown(self._doubts[doubt_id])

    def raise_doubt(self, principal: Any, consignment_id: str, new: NewDoubt) -> DoubtView:
        if "auditor" in principal.roles:
            raise PolicyError("Not allowed: query:raise.", reasons=("auditor-changes-nothing",))
        view = next(one for one in self.values(principal, consignment_id) if one.item == new.item)
        doubt = Doubt(
            id=f"doubt-{len(self._doubts)}", consignment=consignment_id, item=new.item, indication=view.indication,
            points=view.points,
        )  # fmt: skip
        step = Asked(
            at=self.now, by=principal.id, to=new.to, question=new.question, papers=new.papers, answer_by=new.answer_by
        )
        self._doubts[doubt.id] = take(doubt, step)
        return self._shown(self._doubts[doubt.id])

    def take_step(self, principal: Any, doubt_id: str, kind: str, fields: Mapping[str, Any]) -> DoubtView:
        self.now += timedelta(seconds=1)
        doubt = self._doubts[doubt_id]
        step = msgspec.convert({**fields, "kind": kind, "at": self.now, "by": principal.id}, Step, strict=False)
        if isinstance(step, Decided) and isinstance(doubt.steps[-1], Proposed):
            step = msgspec.structs.replace(step, proposed_by=doubt.steps[-1].by)
        elif isinstance(step, Decided) and self.needs_second:
            given = msgspec.structs.asdict(step)
            del given["proposed_by"]
            step = Proposed(**given)
        self._doubts[doubt_id] = take(doubt, step)
        return self._shown(self._doubts[doubt_id])

    def guarantee(self, principal: Any, doubt_id: str) -> Guarantee | None:
        return Guarantee(amount=Decimal("812.40"), currency="USD")

    def _shown(self, doubt: Doubt) -> DoubtView:
        return doubt_view(doubt, "PTA1", self.now.date())


@pytest.fixture
def house() -> DoubtingHouse:
    return DoubtingHouse()


@pytest.fixture
def address(house: DoubtingHouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if doubts.routes not in module.ROUTERS:
        monkeypatch.setattr(module, "ROUTERS", (*module.ROUTERS, doubts.routes))
    with served(build_app(house, now=lambda: house.now)) as address:  # type: ignore[arg-type]
        yield address


def text_of(answer: httpx.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def form(**fields: str) -> dict[str, str]:
    return {"csrf": "csrf-officer.a", **fields}


def asked(client: httpx.Client, **fields: str) -> httpx.Response:
    whole = {
        "to": "ACME TRADING",
        "question": "How was the price made?",
        "answer_by": (DAY + timedelta(days=30)).isoformat(),
    }
    return client.post(f"{HERE}/values/1/ask", data=form(**{**whole, "paper-contract": "on", **fields}))


def test_each_item_says_how_its_value_stands_in_words(enter: Enter) -> None:
    page = text_of(enter().get(f"{HERE}/values"))
    assert "Item 1 · used cars Reason to ask · declared 1 650 USD per NAR (articles)" in page
    assert "below the median of 40 declarations of such goods" in page
    assert "Item 2 · used cars Nothing unusual" in page
    assert "Item 3 · used cars Not known Fewer than 10 comparable declarations of 87032319 from XZ" in page


def test_the_strip_has_its_words_beside_it(enter: Enter) -> None:
    page = enter().get(f"{HERE}/values").text
    pictures = re.findall(r'<svg[^>]*role="img" aria-label="(Declared [^"]*)"', page)
    assert len(pictures) == 2  # the third item has nothing to be compared with
    assert pictures[0].startswith("Declared 1\u202f650; 40 others, the middle half from ")
    assert all(f'<figcaption class="hint">{words}' in page for words in pictures)


def test_the_question_comes_filled_in_and_names_no_figure_of_others(enter: Enter) -> None:
    page = enter().get(f"{HERE}/values/1/ask").text
    question = re.search(r'<textarea id="question".*?>(.*?)</textarea>', page, re.DOTALL)
    assert question
    assert "Please explain how the price was arrived at" in question[1]
    assert "no freight is stated" in question[1]
    assert not re.search(r"\d", question[1].replace("Article 8", ""))
    assert 'name="paper-carriage" value="on" checked' in page
    assert 'name="paper-relation" value="on">' in page


def test_asking_opens_a_doubt_that_shows_the_question_and_the_set(enter: Enter) -> None:
    client = enter()
    answer = asked(client)
    assert answer.headers["location"] == f"{HERE}/doubts/doubt-0"
    page = text_of(client.get(answer.headers["location"]))
    assert "Item 1 · Asked · answer by 2026-12-25" in page
    assert "officer.a asked ACME TRADING about the value, to be answered by 2026-12-25" in page
    assert "How was the price made?" in page
    assert "contract of sale" in page
    assert "Item 1 · Asked · answer by 2026-12-25" in text_of(client.get(f"{HERE}/values"))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"question": ""}, "Write the question."),
        ({"to": " "}, "Say to whom it is addressed."),
        ({"answer_by": "soon"}, "Enter the last date for the answer as year-month-day."),
        ({"answer_by": DAY.isoformat()}, "The time to answer must end after today."),
    ],
)
def test_what_is_missing_is_said_and_nothing_entered_is_lost(
    enter: Enter, house: DoubtingHouse, fields: dict[str, str], says: str
) -> None:
    answer = asked(enter(), **fields)
    assert answer.status_code == 422
    assert says in text_of(answer)
    if "to" not in fields:
        assert 'value="ACME TRADING"' in answer.text
    assert 'name="paper-contract" value="on" checked' in answer.text
    assert house.measures.doubts.doubts(None, "consignment-0") == ()


def test_a_doubt_is_led_to_its_end_by_forms_alone(enter: Enter, house: DoubtingHouse) -> None:
    client = enter()
    at = asked(client).headers["location"]

    def step(kind: str, **fields: str) -> None:
        assert f'action="{at}/{kind}"' in client.get(f"{at}?step={kind}").text, kind
        answer = client.post(f"{at}/{kind}", data=form(**fields))
        assert answer.status_code == 303, (kind, text_of(answer))

    step("answered", received=DAY.isoformat(), words="A discount.", **{"paper-invoice": "on"})
    step("guaranteed", amount="120.50", currency="USD", form="surety")
    step("grounds-told", grounds="No proof of it.", in_writing="true", answer_by=(DAY + timedelta(days=9)).isoformat())
    house.now += timedelta(days=10)
    step("decided", outcome="not-determinable", cause="papers-missing", grounds="No proof came.")
    step("valued", method="3", passed_over="No identical goods.", importer_asked="false")
    step("appealed", to="Court", lodged=DAY.isoformat())
    step("appeal-decided", outcome="confirmed", grounds="So ruled.")
    step("guarantee-ended", how="drawn")
    step("closed", note="")
    page = text_of(client.get(at))
    assert "There is nothing for you to do here at the moment." in page
    for said in (
        "Released against a guarantee of USD 120.50", "used method 3", "our decision is upheld", "No proof of it.",
        "officer.a decided on the declared value: not determinable under Article 1",
    ):  # fmt: skip
        assert said in page


def test_the_form_offers_the_security_that_would_be_sufficient(enter: Enter) -> None:
    client = enter()
    at = asked(client).headers["location"]
    page = client.get(f"{at}?step=guaranteed").text
    assert 'name="amount" type="text" value="812.40"' in page
    assert "It is only a security." in page
    assert "812.40" not in client.get(f"{at}?step=decided").text


def test_a_step_out_of_order_is_refused_in_words_and_the_words_entered_stay(enter: Enter) -> None:
    client = enter()
    at = asked(client).headers["location"]
    answer = client.post(
        f"{at}/decided", data=form(outcome="not-determinable", cause="papers-missing", grounds="None came at all.")
    )
    assert answer.status_code == 422
    assert "The grounds must first be given, with an opportunity to respond." in text_of(answer)
    assert "None came at all." in answer.text
    assert "Asked" in text_of(client.get(at))


def test_only_steps_that_may_follow_are_offered(enter: Enter) -> None:
    client = enter()
    page = client.get(asked(client).headers["location"]).text
    offered = re.findall(r"\?step=([\w-]+)", page)
    assert offered == ["answered", "decided", "guaranteed"]


def test_who_may_not_decide_is_offered_no_decision(enter: Enter, client: httpx.Client) -> None:
    at = asked(enter()).headers["location"]
    client.cookies.clear()
    offered = re.findall(r"\?step=([\w-]+)", enter("analyst.b").get(at).text)
    assert offered == ["answered"]
    client.cookies.clear()
    page = enter("auditor.d").get(at).text
    assert "?step=" not in page
    assert "/ask" not in client.get(f"{HERE}/values").text


def test_a_second_person_sees_the_proposal_and_the_first_is_offered_nothing(
    enter: Enter, house: DoubtingHouse, client: httpx.Client
) -> None:
    house.needs_second = True
    at = asked(enter()).headers["location"]
    client.post(f"{at}/decided", data=form(outcome="accepted", grounds="It fits."))
    first = client.get(at).text
    assert "?step=decided" not in first
    client.cookies.clear()
    second = enter("head.c").get(f"{at}?step=decided").text
    assert "Proposed by officer.a:" in second
    shown = second[second.index("<main") :]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown))
    assert client.post(f"{at}/decided", data=fields).status_code == 303
    assert "Declared value accepted" in text_of(client.get(at))


def test_a_doubt_is_found_under_its_own_consignment_only(enter: Enter) -> None:
    client = enter()
    asked(client)
    assert client.get("/consignments/consignment-1/doubts/doubt-0").status_code == 404
    assert client.get(f"{HERE}/doubts/none").status_code == 404
    assert client.get(f"{HERE}/values/9/ask").status_code == 404
    assert client.get(f"{HERE}/values/x/ask").status_code == 400


def test_a_form_of_another_session_does_nothing(enter: Enter, house: DoubtingHouse) -> None:
    answer = enter().post(f"{HERE}/values/1/ask", data={"csrf": "stolen", "to": "x", "question": "y"})
    assert answer.status_code in (400, 403)
    assert house.measures.doubts.doubts(None, "consignment-0") == ()


def test_what_was_entered_is_shown_as_text_and_never_as_a_page(enter: Enter) -> None:
    client = enter()
    at = asked(client, question="<script>alert(1)</script>", to="<b>x</b>").headers["location"]
    page = client.get(at).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_strip_keeps_everything_within_its_frame(house: DoubtingHouse) -> None:
    for view in house.measures.doubts.values(_nobody(), "consignment-0"):
        strip = strip_of(view.indication, view.points)
        if view.indication.set is None:
            assert strip is None
            continue
        assert strip is not None
        places = (*strip.dots, strip.lower, strip.median, strip.upper, strip.declared)
        assert all(12 <= place <= 548 for place in places)
        assert strip.lower <= strip.median <= strip.upper
        assert list(strip.dots) == sorted(strip.dots)
    assert strip_of(None, ()) is None


def _nobody() -> Any:
    from cocket.governance import Principal

    return Principal(id="test", kind="officer")


def test_axe_finds_nothing_and_the_keyboard_reaches_all(open_screen: Open) -> None:
    engine = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not engine.is_file():
        pytest.skip("axe-core is not installed (make build)")
    screen = open_screen(reduced_motion="reduce")
    page = screen.sign_in("officer.a")
    screen.go(f"{HERE}/values")
    screen.picture("doubts", full_page=True)
    found = {f"{HERE}/values": _violations(page, engine)}
    page.get_by_role("link", name="Ask about item 1").focus()
    page.keyboard.press("Enter")
    page.get_by_label("To", exact=True).fill("ACME TRADING")
    found["ask"] = _violations(page, engine)
    page.get_by_role("button", name="Record and seal").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/doubts/doubt-0")
    screen.picture("doubt")
    for kind in ("answered", "decided", "guaranteed"):
        screen.go(f"{HERE}/doubts/doubt-0?step={kind}")
        found[kind] = _violations(page, engine)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def _violations(page: Any, engine: Path) -> list[str]:
    page.evaluate(engine.read_text())
    return page.evaluate(
        "axe.run().then((run) => run.violations.map((v) => v.id + ' ' + v.nodes[0].html.slice(0, 90)))"
    )
