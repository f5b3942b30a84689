# SPDX-License-Identifier: Apache-2.0
"""One's own account in a real browser: language, time zone and calendar follow to another browser, notices are chosen and tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cocket.governance import Principal
from cocket.pipeline import Instance
from cocket.pipeline.operations.notice_sending import NoticeSending
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.simulators.certificates import make_certificate
from tests.simulators.mail_server import MailServer, mail_server
from tests.workbench.base.test_browser import COMPLAINTS
from tests.workbench.conftest import Screen, served

SECRET = "seal and cord"
Open = Callable[..., Screen]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(make_certificate(tmp_path)) as found:
        yield found


@pytest.fixture
def built(tmp_path: Path, server: MailServer) -> Iterator[Built]:
    made = build(
        tmp_path / "house",
        workbench_url="https://cocket.customs.example",
        mail_server=f"smtp://127.0.0.1:{server.port}",
        mail_from="cocket@customs.example",
        mail_ca=str(tmp_path / "door.pem"),
        mail_domains="customs.example",
    )
    made.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    made.desk()
    for name in ("anna.a", "boris.b"):
        made.house.governance.accounts.put_officer(name, name.title(), "officer", None, SECRET)
    yield made
    made.house.close()


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    with served(build_app(Instance(built.stores))) as found:
        yield found


@pytest.fixture
def password() -> str:
    return SECRET


def said(page: Any) -> str:
    return str(page.locator("main").inner_text()).replace("\u00a0", " ")


def test_the_language_chosen_in_the_menu_follows_the_account_to_another_browser(open_screen: Open) -> None:
    page = open_screen().sign_in("anna.a")
    assert page.locator("html").get_attribute("lang") == "en"
    page.locator(".officer summary").click()
    page.get_by_role("button", name="Français").click()
    page.wait_for_selector("html[lang=fr]")
    other = open_screen(locale="en-GB").sign_in("anna.a")
    assert other.locator("html").get_attribute("lang") == "fr"
    colleague = open_screen(locale="en-GB").sign_in("boris.b")
    assert colleague.locator("html").get_attribute("lang") == "en"


def test_time_zone_and_calendar_follow_the_account(open_screen: Open, built: Built) -> None:
    screen = open_screen()
    page = screen.sign_in("anna.a")
    screen.go("/account")
    page.get_by_label("Time zone").fill("Asia/Nowhere")
    page.get_by_role("button", name="Keep time zone and calendar").click()
    page.get_by_text("There is no such time zone.").wait_for()
    assert page.get_by_label("Time zone").input_value() == "Asia/Nowhere"
    screen.forgive(422)
    page.get_by_label("Time zone").fill("Asia/Kathmandu")
    page.get_by_label("Calendar").select_option("nepali")
    page.get_by_role("button", name="Keep time zone and calendar").click()
    page.get_by_text("Your choice is kept with your account.").wait_for()
    other = open_screen()
    seen = other.sign_in("anna.a")
    seen.locator("a.open").first.click()
    seen.wait_for_url("**/consignments/**")
    written = seen.content().replace("&nbsp;", "\u00a0")
    assert re.search(r"208\d\u00a0BS \d\d:\d\d\u00a0\+05:45", written)
    assert not re.search(rf"\b{datetime.now(UTC):%b}\u00a0{datetime.now(UTC).year} \d\d:\d\d", written)
    colleague = open_screen()
    colleague.sign_in("boris.b")
    colleague.page.locator("a.open").first.click()
    colleague.page.wait_for_url("**/consignments/**")
    assert "BS" not in said(colleague.page).split()


def test_notices_are_chosen_and_a_test_arrives(open_screen: Open, built: Built, server: MailServer) -> None:
    screen = open_screen()
    page = screen.sign_in("anna.a")
    screen.go("/account")
    screen.picture("account", full_page=True)
    page.get_by_label("E-mail address").fill("anna@elsewhere.example")
    page.get_by_label("An order was assigned to me: By e-mail").check()
    page.get_by_role("button", name="Keep notices").click()
    page.get_by_text("Notices are sent to addresses of the administration alone").wait_for()
    screen.forgive(422)
    assert page.get_by_label("An order was assigned to me: By e-mail").is_checked()
    page.get_by_label("E-mail address").fill("anna@customs.example")
    page.get_by_role("button", name="Keep notices").click()
    page.get_by_text("Your choice is kept with your account.").wait_for()
    page.get_by_role("button", name="Send a test by e-mail").click()
    page.get_by_text("A test notice is on its way.").wait_for()
    server.answers["anna@customs.example"] = "450 mailbox is busy"
    sending = NoticeSending(built.stores, lambda words: None)
    assert sending.turn(datetime.now(UTC)) == 0
    screen.go("/account")
    assert "The mail server refused the address: 450 mailbox is busy" in said(page)
    server.answers.clear()
    page.get_by_role("button", name="Send a test by e-mail").click()
    page.get_by_text("A test notice is on its way.").wait_for()
    assert sending.turn(datetime.now(UTC)) == 1
    assert [mail["To"] for mail in server.taken] == ["anna@customs.example"]


def test_a_notice_that_was_refused_for_good_is_shown_to_the_operator(
    open_screen: Open, built: Built, server: MailServer
) -> None:
    built.house.governance.accounts.put_officer("head.h", "Head", "supervisor", None, SECRET)
    own, anna = built.house.governance.own_account, Principal(id="anna.a", kind="officer", roles=("officer",))
    own.set_notices(anna, "anna@customs.example", {"assigned"}, set())
    own.send_test(anna, "email")
    server.answers["anna@customs.example"] = "550 no such mailbox"
    NoticeSending(built.stores, lambda words: None).turn(datetime.now(UTC))
    screen = open_screen()
    page = screen.sign_in("head.h")
    screen.go("/administration")
    told = said(page)
    assert "Notices that could not be sent" in told
    assert "anna.a · Test notice · By e-mail · anna@customs.example: The mail server refused the address: 550" in told


@pytest.mark.parametrize("width", [1280, 820, 390])
def test_the_account_is_used_by_everybody(open_screen: Open, width: int) -> None:
    screen = open_screen(viewport={"width": width, "height": 900})
    page = screen.sign_in("anna.a")
    screen.go("/account")
    assert page.evaluate(COMPLAINTS) == []
