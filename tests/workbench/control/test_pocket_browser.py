# SPDX-License-Identifier: Apache-2.0
"""The examiner's pocket in a real browser, 390 and 820 pixels wide, with a network and without."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import expect

from cocket.control.entry import RULES, broken, known_codes
from cocket.errors import SenderError, StoreError
from cocket.pipeline.control.evidence_files import check_file
from cocket.pipeline.control.views import NewFile
from cocket.settings import Settings
from cocket.workbench.base.rendering import STATIC
from tests.houses import Built
from tests.workbench.base.test_browser import COMPLAINTS
from tests.workbench.base.test_real_instance import kinds, text_of
from tests.workbench.conftest import Screen
from tests.workbench.control.test_pocket import PASSWORD, Device, address, built, photo, scan

__all__ = ["address", "built"]

Open = Callable[..., Screen]
PHONE, TABLET = {"width": 390, "height": 844}, {"width": 820, "height": 1180}

#: A container whose number has the right check digit.
BOX = "CSQU3054383"

#: A camera that shows a number, and a detector that reads it.
CAMERA = """
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const drawn = canvas.getContext("2d");
    const draw = () => {
      drawn.fillStyle = "teal"; drawn.fillRect(0, 0, 640, 480);
      drawn.fillStyle = "white"; drawn.fillText("%s", 20, 60);
    };
    draw(); setInterval(draw, 100);
    return canvas.captureStream(10);
  };
  window.BarcodeDetector = class { async detect() { return [{ rawValue: "%s" }]; } };
"""


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture
def phone(open_screen: Open, built: Built) -> Iterator[Screen]:
    """A phone in the hands of an examiner who has signed in, his orders on it."""
    screen = open_screen(viewport=PHONE)
    into(screen)
    yield screen
    screen.complaints[:] = [one for one in screen.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


def into(screen: Screen) -> None:
    screen.sign_in()
    screen.go("/pocket")
    screen.page.wait_for_selector("html[data-ready]", state="attached")


def go_offline(screen: Screen, *, away: bool = True) -> None:
    screen.page.context.set_offline(away)


def until(page: Any, is_so: str, seconds: float = 60.0) -> None:
    """Wait until something is so in the page, whose policy lets no waiting script of ours in."""
    ends = time.monotonic() + seconds
    while not page.evaluate(is_so):
        assert time.monotonic() < ends, is_so
        page.wait_for_timeout(50)


def first_order(page: Any) -> None:
    page.locator("a.job").first.click()
    page.get_by_role("heading", name="Tick what you see").wait_for()


def seen(page: Any) -> str:
    return str(page.locator("body").inner_text())


def sees(page: Any, words: str) -> None:
    """Wait until the words are on the screen: a page is drawn after the tap that asked for it."""
    expect(page.locator("body")).to_contain_text(words, use_inner_text=True, timeout=60_000)


def test_my_orders_work_without_a_network_and_a_part_result_with_a_photo_is_synced_once(
    phone: Screen, built: Built, tmp_path: Path
) -> None:
    page = phone.page
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    until(page, "caches.match('/pocket').then((kept) => Boolean(kept))")
    go_offline(phone)
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert "No network since" in page.locator("#net").inner_text()
    expect(page.locator("a.job")).to_have_count(2)
    first_order(page)
    declared = int(
        page.locator("#counted").evaluate(
            "(box) => box.closest('li').querySelector('small').textContent.match(/\\d+/)[0]"
        )
    )
    page.get_by_label("Packages counted", exact=True).fill(str(declared + 1))
    page.get_by_label("Packages counted", exact=True).blur()
    sees(page, "1 more than declared, so “Nothing found” is closed")
    assert page.get_by_role("button", name="Nothing found").is_disabled()
    page.get_by_role("link", name=re.compile("Photos")).click()
    (tmp_path / "doors.jpg").write_bytes(photo())
    page.set_input_files("#take", str(tmp_path / "doors.jpg"))
    page.get_by_text("Hashed, waits to be sent").wait_for()
    phone.picture("pocket-photos")
    # A phone that is switched off and on again, still without a network, has lost nothing.
    page.goto(phone.address + "/pocket")
    page.wait_for_selector("html[data-ready]", state="attached")
    first_order(page)
    assert page.get_by_label("Packages counted", exact=True).input_value() == str(declared + 1)
    phone.picture("pocket-order")
    page.get_by_role("button", name="Something found").click()
    page.get_by_label("Kind of irregularity").select_option("quantity")
    page.get_by_role("radio", name="Part").check(force=True)
    page.get_by_text("Item 1").first.click()
    page.get_by_label("Quantity found, item 1", exact=True).fill("9,400.5")
    page.get_by_label("Note for the file").fill("rear third only")
    page.get_by_role("button", name="Record").click()
    page.get_by_role("heading", name="Waits").wait_for()
    assert "waiting on this phone; nothing is lost" in page.locator("#net").inner_text()
    assert "result" not in kinds(built) and "evidence" not in kinds(built)
    go_offline(phone, away=False)
    page.get_by_text("✓ recorded").wait_for(timeout=60_000)
    page.get_by_role("button", name="Send now").click()
    until(page, "document.getElementById('net').textContent.includes('Connected.')")
    assert (kinds(built).count("result"), kinds(built).count("evidence")) == (1, 1)
    (body,) = built.bodies("result")
    assert b'"9400.5"' in body and b'"depth":"partial"' in body and f'"counted":{declared + 1}'.encode() in body
    assert page.evaluate("localStorage.getItem('pocket-waits')") is None
    dossier = built.house.queries.records.dossier
    device = Device(phone.address)
    from cocket.pipeline.queries.views import QueueFilter
    from tests.houses import officer

    done = built.house.queries.records.queue(officer(), QueueFilter(state="done")).lines
    shown = dossier(officer(), done[0].id)
    assert [file.name for file in shown.files] == ["doors.jpg"] and shown.results[0].evidence[0].record == shown.files[
        0
    ].record
    phone.go(f"/consignments/{done[0].id}")
    image = page.locator(".files img").first
    image.scroll_into_view_if_needed()
    until(page, "document.querySelector('.files img').naturalWidth > 0")
    assert "rear third only" in seen(page) and "Sealed, leaf" in seen(page)
    device.http.close()


def test_a_tap_right_after_typing_is_not_lost_where_what_was_typed_moves_the_page(phone: Screen) -> None:
    page = phone.page
    first_order(page)
    page.get_by_label("Packages counted", exact=True).fill("1")
    page.get_by_role("link", name=re.compile("Photos")).click()
    page.locator("#take").wait_for(state="attached", timeout=20_000)
    page.go_back()
    sees(page, "declared")
    assert page.get_by_label("Packages counted", exact=True).input_value() == "1"


def test_nothing_found_takes_two_taps(phone: Screen, built: Built) -> None:
    page = phone.page
    first_order(page)
    page.get_by_role("button", name="Nothing found").click()
    sees(page, "Recorded: goods as declared. No container or seal was ticked.")
    phone.picture("pocket-nothing")
    page.get_by_role("button", name="Yes, nothing found").click()
    page.get_by_text("✓ recorded").wait_for(timeout=60_000)
    assert kinds(built).count("result") == 1


def test_what_the_instance_cannot_take_now_waits_and_the_line_says_why(
    phone: Screen, built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk of the instance is full.")

    page = phone.page
    first_order(page)
    monkeypatch.setattr(type(built.stores.blobs), "put", full)
    page.get_by_role("link", name=re.compile("Photos")).click()
    (tmp_path / "doors.jpg").write_bytes(photo())
    page.set_input_files("#take", str(tmp_path / "doors.jpg"))
    until(page, "document.getElementById('net').textContent.includes('The disk of the instance is full.')")
    assert "Hashed, waits to be sent" in seen(page) and "evidence" not in kinds(built)
    monkeypatch.undo()
    page.evaluate("sync()")
    page.get_by_text("✓ Sealed, leaf").wait_for(timeout=60_000)
    phone.forgive(503)


def test_nothing_is_called_not_examined_without_a_reason(phone: Screen, built: Built) -> None:
    page = phone.page
    first_order(page)
    page.get_by_role("button", name="Nothing found").click()
    page.get_by_role("button", name="Not examined").click()
    page.get_by_role("button", name="Record").click()
    sees(page, "Give the reason why nothing was examined.")
    page.get_by_label("Why not?").fill("the yard was closed")
    page.get_by_role("button", name="Record").click()
    page.get_by_text("✓ recorded").wait_for(timeout=60_000)
    page.get_by_role("button", name="Next order").click()
    expect(page.locator("a.job")).to_have_count(2)


def test_a_result_that_another_recorded_meanwhile_is_shown_beside_mine(phone: Screen, built: Built) -> None:
    page = phone.page
    first_order(page)
    order = page.evaluate("location.hash.split('/')[1]")
    go_offline(phone)
    page.get_by_role("button", name="Nothing found").click()
    page.get_by_role("button", name="Yes, nothing found").click()
    page.get_by_role("heading", name="Waits").wait_for()
    other = Device(phone.address, "officer.b")
    assert other.send(other.result(order, found=True, offence="classification"), order).status_code == 200
    other.http.close()
    go_offline(phone, away=False)
    page.get_by_role("button", name="Compare").click(timeout=60_000)
    page.get_by_role("heading", name="Two results for one order").wait_for()
    sees(page, "Nothing is overwritten")
    assert [cell.inner_text() for cell in page.locator("tbody tr").first.locator("td").all()] == [
        "Nothing found",
        "Wrong code",
    ]
    phone.picture("pocket-conflict")
    page.get_by_role("button", name="We looked at different things: keep both").click()
    page.get_by_text("✓ kept beside").wait_for(timeout=60_000)
    assert (kinds(built).count("result"), kinds(built).count("result-beside")) == (1, 1)
    phone.forgive(409)


def test_signing_out_warns_while_something_waits_and_locks_the_phone(phone: Screen, built: Built) -> None:
    page = phone.page
    first_order(page)
    page.get_by_role("button", name="One more: Packages counted").click()
    page.goto(phone.address + "/queue")
    asked: list[str] = []

    def answer(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.accept() if len(asked) > 1 else dialog.dismiss()

    page.on("dialog", answer)
    page.locator("details.officer summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_timeout(300)
    assert page.url.endswith("/queue") and "not sent or not finished" in asked[0]
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    go_offline(phone)
    page.goto(phone.address + "/pocket")
    page.wait_for_selector("html[data-ready]", state="attached")
    assert "locked until you sign in" in seen(page) and page.locator("a.job").count() == 0
    go_offline(phone, away=False)
    into(phone)
    first_order(page)
    expect(page.get_by_label("Packages counted", exact=True)).to_have_value("1")


def test_what_lies_on_the_phone_cannot_be_read_from_its_memory(phone: Screen, tmp_path: Path) -> None:
    page = phone.page
    first_order(page)
    title = page.locator("h1").inner_text()
    kept = page.evaluate(
        """async () => {
          const texts = [];
          for (const name of ["orders", "drafts", "outbox", "files"]) {
            const all = await Store.run(name, "readonly", (every) => every.getAll());
            for (const one of all) texts.push(new TextDecoder("latin1").decode(one.data));
          }
          let exported = "no";
          try { await crypto.subtle.exportKey("raw", Store.key); exported = "yes"; } catch { /* as it should be */ }
          return { texts, exported };
        }"""
    )
    assert kept["texts"] and all(title not in text for text in kept["texts"]) and kept["exported"] == "no"


def test_a_number_is_read_by_camera_or_typed_and_its_check_digit_judged(open_screen: Open, built: Built) -> None:
    screen = open_screen(viewport=PHONE)
    screen.page.add_init_script(CAMERA % (BOX, BOX))
    into(screen)
    page = screen.page
    page.evaluate(f"for (const one of state.orders.values()) one.containers = [{{ number: '{BOX}', seals: ['AL1'] }}]")
    page.get_by_role("button", name="Scan a container number").click()
    page.get_by_text("The check digit agrees.").wait_for()
    page.get_by_role("button", name="Open this order").click()
    page.get_by_text("container, read by camera").wait_for()
    assert page.get_by_role("radio", name="Here").is_checked()
    sees(page, "AL1")
    page.get_by_role("radio", name="Cut").check(force=True)
    sees(page, "AL1 is not as declared, so “Nothing found” is closed")
    page.get_by_role("link", name=re.compile("Photos")).click()
    page.get_by_role("button", name="Take a photo").click()
    page.get_by_role("button", name="Take", exact=True).click()
    page.get_by_text("✓ Sealed, leaf").wait_for(timeout=60_000)
    page.goto(screen.address + "/pocket#scan")
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")


def test_without_a_camera_a_number_is_typed(phone: Screen) -> None:
    page = phone.page
    page.evaluate("delete window.BarcodeDetector")
    page.get_by_role("button", name="Scan a container number").click()
    page.get_by_label("Or type the number").fill("csqu 305438 4")
    sees(page, "The check digit does not agree: read it again.")
    page.get_by_label("Or type the number").fill("TSTU 820849-4")
    assert "The check digit agrees." in seen(page) and "It is on none of your orders." in seen(page)
    page.get_by_label("Or type the number").fill("hello")
    sees(page, "This is not a container number")


def test_the_script_judges_figures_and_numbers_as_the_house_does(phone: Screen) -> None:
    from cocket.codes.equipment import EquipmentNumber
    from cocket.workbench.base.formats import read_decimal
    from cocket.workbench.base.languages import ENGLISH, Language

    for text in ("3200.5", "3,200.50", "3 200,50", "1.200", "1,200,000", "3.200,50", "32,00.5", "", "x"):
        for language, comma in ((ENGLISH, "false"), (Language("fr"), "true")):
            told = phone.page.evaluate(f"(text) => Rules.decimal(text, {comma})", text)
            assert told == read_decimal(text, language), (text, language.tag)
    for serial in range(305430, 305460):
        for digit in range(10):
            text = f"CSQU{serial}{digit}"
            told = phone.page.evaluate("(text) => Rules.container(text)", text)
            number = EquipmentNumber.parse(text)
            assert number is not None and told == {"number": text, "agrees": number.check_digit_ok}


VERDICTS = {"clear": "clear", "suspicious": "suspicious", "suspect": "suspicious"}


@pytest.mark.parametrize(
    ("text", "of", "unknown"),
    [
        ("file,verdict\nrear.png,Clear\nscans/Front.DCM,suspicious\n", {"rear.png": "clear", "front.dcm": "suspicious"}, []),
        ("\ufeffVerdict;File;operator\r\nsuspect;C:\\scans\\a.png;X\r\n", {"a.png": "suspicious"}, []),
        ('"file"\t"verdict"\n"a ""b"".png"\t"clear"', {'a "b".png': "clear"}, []),
        ('[{"file": "a.png", "verdict": "clear"}, {"file": "b.png", "verdict": 7}]', {"a.png": "clear"}, ["b.png"]),
        ('{"a.png": "suspicious", "b.png": "green"}', {"a.png": "suspicious"}, ["b.png"]),
        ("file,verdict\na.png,constructor\n", {}, ["a.png"]),
        ("name,size\na.png,7\n", None, None),
        ("file,verdict\n", None, None),
        ('{"a.png": ', None, None),
        ("[[], 3]", None, None),
        ("nothing of the kind", None, None),
        ("file,verdict\n" + "a.png,clear\n" * 501, None, None),
        ("file,verdict\n" + "x" * 70_000, None, None),
    ],
)  # fmt: skip
def test_a_list_of_verdicts_is_read_or_is_none(text: str, of: dict[str, str] | None, unknown: list[str] | None) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    ask = "const told = Rules.verdicts(asked.text, new Map(Object.entries(asked.words)));"
    show = "console.log(JSON.stringify(told && { of: Object.fromEntries(told.of), unknown: told.unknown }));"
    asked = json.dumps({"text": text, "words": VERDICTS})
    script = f"{(STATIC / 'pocket-rules.js').read_text()}\nconst asked = {asked};\n{ask}\n{show}"
    said = subprocess.run([node, "-"], input=script, capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == (None if of is None else {"of": of, "unknown": unknown})


def test_a_list_of_the_scanner_gives_each_image_its_verdict(phone: Screen, built: Built, tmp_path: Path) -> None:
    page = phone.page
    first_order(page)
    page.get_by_role("link", name=re.compile("Photos")).click()
    files = {"rear.jpg": photo(), "front.jpg": photo(), "odd.jpg": photo()}
    files["verdicts.csv"] = b"file;verdict\nREAR.jpg;Suspicious\nfront.jpg;clear\nodd.jpg;green\n"
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    go_offline(phone)
    page.set_input_files("#attach", [str(tmp_path / name) for name in files])
    sees(page, "Choose the verdict yourself of: odd.jpg")
    chosen = page.get_by_label("What the scanner says")
    expect(chosen).to_have_count(2)
    assert [chosen.nth(place).input_value() for place in range(2)] == ["suspicious", "clear"]
    (tmp_path / "notes.json").write_bytes(b"{}")
    page.set_input_files("#attach", [str(tmp_path / "notes.json")])
    sees(page, "notes.json is not a list of verdicts")
    page.set_input_files("#attach", [str(tmp_path / "verdicts.csv")])
    go_offline(phone, away=False)


def test_what_the_instance_would_refuse_is_said_beside_the_field_without_a_network(phone: Screen, built: Built) -> None:
    page = phone.page
    page.evaluate(
        "for (const one of state.orders.values()) { one.items[0].currency = null; one.items[0].value = null; }"
    )
    go_offline(phone)
    first_order(page)
    page.get_by_role("button", name="Something found").click()
    page.locator("#offence").select_option("quantity")
    page.get_by_text("Item 1").first.click()
    fields = {
        "Value found, item 1": (
            ("-3", "The value found of item 1 is negative."),
            ("3,5", "in figures, such as 3,200.5"),
            ("900", "The value found of item 1 has no currency."),
        ),
        "Currency of the value found, item 1": (("ZZZ", "ZZZ is not a currency of ISO 4217"), ("EUR", "")),
        "Quantity found, item 1": (
            ("-1", "The quantity found of item 1 is negative."),
            ("9000.1234567", "in figures"),
            ("9100", ""),
        ),
        "Origin found, item 1": (("UX", "UX is not a country of ISO 3166"), ("KE", "")),
        "Code found, item 1": (("a1", "Enter the digits of the code of item 1."), ("5208 21", "")),
    }
    for label, entered in fields.items():
        for text, says in entered:
            box = page.get_by_label(label, exact=True)
            box.fill(text)
            box.blur()
            expect(page.locator(".vs .problem")).to_have_count(1 if says else 0)
            if says:
                expect(page.locator(".vs .problem")).to_contain_text(says)
                page.get_by_role("button", name="Record").click()
                assert page.evaluate("state.outbox.size") == 0
    page.get_by_role("button", name="Record").click()
    page.get_by_role("heading", name="Waits").wait_for()
    go_offline(phone, away=False)
    page.get_by_text("✓ recorded").wait_for(timeout=60_000)
    (body,) = built.bodies("result")
    assert b'"value":"900","currency":"EUR"' in body and b'"KE"' in body and b"confirmed" not in body


def test_what_is_unlikely_is_asked_once_and_kept_as_said(phone: Screen, built: Built) -> None:
    page = phone.page
    page.evaluate("for (const one of state.orders.values()) one.containers = [{ number: 'CSQU3054383', seals: [] }]")
    first_order(page)
    page.get_by_role("radio", name="Other").check(force=True)
    other = page.get_by_label("Number of the other one")
    other.fill("csqu 305438 4")
    other.blur()
    sees(page, "The check digit of CSQU3054384 does not agree")
    page.get_by_role("button", name="Something found").click()
    page.locator("#offence").select_option("quantity")
    page.get_by_text("Item 1").first.click()
    quantity = page.get_by_label("Quantity found, item 1", exact=True)
    quantity.fill("90000000")
    quantity.blur()
    page.get_by_role("button", name="Record").click()
    sure = page.get_by_role("dialog", name="Are you sure?")
    expect(sure.locator("li")).to_have_count(2)
    assert page.evaluate(COMPLAINTS) == []
    phone.picture("pocket-sure")
    sure.get_by_role("button", name="Correct it").click()
    assert page.evaluate("state.outbox.size") == 0
    page.get_by_role("button", name="Record").click()
    sure.get_by_role("button", name="Yes, as entered").click()
    page.get_by_text("✓ recorded").wait_for(timeout=60_000)
    (body,) = built.bodies("result")
    told = json.loads(body)
    assert [(one["code"], one.get("of")) for one in told["confirmed"]] == [
        ("result-ask-quantity", "1"),
        ("result-ask-digit", "CSQU3054383"),
    ]
    assert told["items"][0]["found"]["quantity"]["value"] == "90000000"


def test_nothing_found_where_no_package_was_counted_is_asked(phone: Screen, built: Built) -> None:
    page = phone.page
    page.evaluate("for (const one of state.orders.values()) one.packages = null")
    first_order(page)
    count = page.get_by_label("Packages counted", exact=True)
    count.fill("0")
    count.blur()
    page.get_by_role("button", name="Nothing found").click()
    page.get_by_role("button", name="Yes, nothing found").click()
    sees(page, "No package was counted, and the goods are recorded as declared.")
    page.get_by_role("button", name="Correct it").click()
    assert page.evaluate("state.outbox.size") == 0 and "result" not in kinds(built)


def test_a_phone_whose_clock_is_a_day_ahead_says_so_before_it_records(phone: Screen) -> None:
    page = phone.page
    first_order(page)
    go_offline(phone)
    page.evaluate("localStorage.setItem('pocket-ahead', String(2 * 86400000))")
    page.get_by_role("button", name="Nothing found").click()
    page.get_by_role("button", name="Yes, nothing found").click()
    sees(page, "The clock of this phone is ahead of that of the instance")
    assert page.evaluate("state.outbox.size") == 0


def bad_files() -> dict[str, tuple[bytes, str]]:
    """Files that an instance refuses, each with what the phone says of it."""
    jpeg, png = photo(), photo(kind="PNG")
    tiff, webp = photo(kind="TIFF"), photo(kind="WEBP")
    bent = bytearray(png)
    bent[45:60] = b"\0" * 15
    return {
        "order.jpg": (b"MZ" + jpeg, "order.jpg was not taken: only JPEG"),
        "phone.heic": (b"\0\0\0\x18ftypheic" + jpeg, "phone.heic was not taken: only JPEG"),
        "half.jpg": (jpeg[: len(jpeg) // 2], "half.jpg cannot be opened"),
        "half.png": (png[: len(png) // 2], "half.png cannot be opened"),
        "bent.png": (bytes(bent), "bent.png cannot be opened"),
        "half.webp": (webp[: len(webp) // 2], "half.webp cannot be opened"),
        "half.tiff": (tiff[:3000], "half.tiff cannot be opened"),
        "half.dcm": (scan()[:-500], "half.dcm cannot be opened"),
        "large.jpg": (jpeg + b"\0" * 30_000_000, "The file is larger than 20 MiB."),
    }


def test_a_bad_file_is_refused_as_it_is_added_without_a_network(phone: Screen, built: Built, tmp_path: Path) -> None:
    page = phone.page
    first_order(page)
    page.get_by_role("link", name=re.compile("Photos")).click()
    go_offline(phone)
    for name, (content, says) in bad_files().items():
        (tmp_path / name).write_bytes(content)
        page.set_input_files("#attach", str(tmp_path / name))
        expect(page.get_by_role("alert")).to_contain_text(says)
    assert page.evaluate("[...state.drafts.values()].flatMap((one) => one.files).length") == 0
    good = {
        "a.jpg": photo(),
        "b.png": photo(kind="PNG"),
        "c.webp": photo(kind="WEBP"),
        "d.tiff": photo(kind="TIFF"),
        "e.dcm": scan(),
        "f.pdf": b"%PDF-1.7\n%%EOF",
    }
    for name, content in good.items():
        (tmp_path / name).write_bytes(content)
    page.set_input_files("#attach", [str(tmp_path / name) for name in good])
    expect(page.locator("li.photo")).to_have_count(len(good))
    expect(page.get_by_role("alert")).to_have_count(0)
    go_offline(phone, away=False)


def test_what_the_phone_refuses_of_files_the_instance_refuses_too() -> None:
    for name, (content, _) in bad_files().items():
        new = NewFile(id="x", name=name, content=content, sha256=sha256(content).hexdigest(), kind="photo")
        with pytest.raises(SenderError):
            check_file(new, Settings())


@pytest.mark.parametrize("seed", range(4))
def test_both_sides_judge_an_entry_alike(seed: int) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    drawn = random.Random(seed)
    figures = (None, "0", "1", "20", "20.000001", "400", "0.05", "999999999999999", "12.5")
    words: dict[str, tuple[str | None, ...]] = {
        "quantity_text": (None, "-1", "5", "−2"),
        "value_text": (None, " -3", "x"),
        "currency": (None, "", "USD", "ZZZ", "EUR"),
        "declared_currency": (None, "USD", "EUR"),
        "classification": (None, "8703.23", "a", "0201.30-010"),
        "origin": (None, "KE", "UX", "XJ"),
        "description": (None, "tea", "t\x0cea"),
        "found": (None, "CSQU3054383", "CSQU3054384", "hello", "a\x01"),
        "offence": (None, "origin"),
        "conclusion": ("conform", "irregular", "pending"),
        "number": (None, "AL1"),
        "note": (None, "fine\nagain", "\x02"),
    }
    numbers = ("quantity", "compared", "declared_quantity", "value", "declared_value", "counted", "declared", "opened")
    asked = []
    for _ in range(1500):
        facts = {name: drawn.choice(those) for name, those in words.items()}
        facts |= {name: drawn.choice(figures) for name in numbers}
        facts["days_ahead"] = drawn.choice((None, "0", "1"))
        asked.append((drawn.choice(("item", "container", "seal", "result")), facts))
    ours = [[rule.code for rule in broken(scope, {**facts, **known_codes()})] for scope, facts in asked]  # type: ignore[arg-type]
    given = json.dumps({"asked": asked, "rules": msgspec.to_builtins(RULES), "known": known_codes()})
    ask = "Rules.broken(given.rules, scope, { ...facts, ...given.known }).map((rule) => rule.code)"
    show = f"console.log(JSON.stringify(given.asked.map(([scope, facts]) => {ask})));"
    script = f"{(STATIC / 'pocket-rules.js').read_text()}\nconst given = {given};\n{show}"
    said = subprocess.run([node, "-"], input=script, capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == ours
    assert {rule.code for rule in RULES} == {code for codes in ours for code in codes}


@pytest.mark.parametrize("size", [PHONE, TABLET], ids=["phone", "tablet"])
def test_every_screen_can_be_used_with_a_thumb_and_without_eyes(open_screen: Open, built: Built, size: Any) -> None:
    screen = open_screen(viewport=size)
    into(screen)
    page = screen.page
    order = page.evaluate("[...state.orders.keys()][0]")
    page.evaluate(
        "for (const one of state.orders.values()) one.containers = [{ number: 'CSQU3054383', seals: ['AL781104'] }]"
    )
    for where in (
        "orders",
        "scan",
        f"order/{order}",
        f"nothing/{order}",
        f"unseen/{order}",
        f"found/{order}",
        f"photos/{order}",
        "waiting",
    ):
        page.evaluate("(where) => { location.hash = where; }", where)
        until(page, f"shownAt === '#{where}'")
        assert page.evaluate(COMPLAINTS) == [], where
        small = page.evaluate(
            """() => [...document.querySelectorAll("main :is(a, button, select, summary, .seg label, input:not([type=radio]))")]
              .filter((one) => one.checkVisibility() && !one.closest(".unseen") && one.id !== "take" && one.id !== "attach")
              .filter((one) => one.getBoundingClientRect().height < 47.5).map((one) => one.outerHTML.slice(0, 80))"""
        )
        assert small == [], where


def test_what_is_typed_stays_while_a_remark_appears_above_it(phone: Screen, built: Built) -> None:
    page = phone.page
    first_order(page)
    page.get_by_role("button", name="Something found").click()
    page.get_by_text("Item 1").first.click()
    quantity = page.get_by_label("Quantity found, item 1", exact=True)
    value = page.get_by_label("Value found, item 1", exact=True)
    for typed, remark in (("1", "are declared"), ("x", "in figures, such as"), ("", "")):
        quantity.click()
        quantity.fill(typed)
        value.click()  # the remark on the quantity comes with this tap
        page.keyboard.press("Control+A")
        page.keyboard.type(f"2380{len(typed)}.50")
        page.get_by_label("Note for the file").click()
        assert value.input_value() == f"2380{len(typed)}.50"
        shown = page.locator(".vs .problem").all_inner_texts()
        assert [remark in one for one in shown] == [True] * bool(remark)
        if not remark:
            page.reload()
            page.wait_for_selector("html[data-ready]", state="attached")
            assert page.get_by_label("Value found, item 1", exact=True).input_value() == "23800.50"


def test_the_page_speaks_french(open_screen: Open, built: Built) -> None:
    screen = open_screen(viewport=PHONE, locale="fr-FR")
    screen.page.goto(screen.address + "/sign-in?next=%2Fpocket")
    screen.page.locator("input[name=name]").fill("officer.a")
    screen.page.locator("input[name=password]").fill(PASSWORD)
    screen.page.locator("form button").first.click()
    screen.page.wait_for_selector("html[data-ready]", state="attached")
    assert screen.page.locator("h1").inner_text() == "Mes ordres"
    screen.page.locator("a.job").first.click()
    screen.page.get_by_role("button", name="Constatation").click()
    screen.page.locator("summary", has_text="Article 1").click()
    quantity = screen.page.get_by_label("Quantité : constatation, article 1", exact=True)
    quantity.fill("1.200")
    quantity.blur()
    assert "en chiffres, par exemple 3\u202f200,5" in seen(screen.page)
    quantity = screen.page.get_by_label("Quantité : constatation, article 1", exact=True)
    quantity.fill("9 200,50")
    screen.page.locator("#offence").select_option("quantity")
    screen.page.get_by_role("button", name="Enregistrer").click()
    screen.page.get_by_text("✓ enregistré").wait_for(timeout=60_000)
    (body,) = built.bodies("result")
    assert b'"9200.50"' in body
    assert text_of(Device(screen.address).http.get("/queue").text)
