# SPDX-License-Identifier: Apache-2.0
"""The control order as a file: from its page and from the command line, each copy recorded, the code leading to the proof."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from typer.testing import CliRunner

from cocket.cli.app import app
from cocket.model import HostDecision, Reference
from cocket.pipeline import HostRow
from cocket.pipeline.base.access import AccessRecord
from cocket.risk.suspicion import Stake, Sum
from cocket.workbench import build_app
from cocket.workbench.base.formats import Clock
from cocket.workbench.base.languages import ENGLISH, language
from cocket.workbench.base.pdf import Cell, Sheet, broken, wide
from cocket.workbench.consignment.order_pdf import languages_of, write_order
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"
HEAD = officer("supervisor")


@pytest.fixture
def built(tmp_path: Path) -> Any:
    made = build(tmp_path, red_per_day=100, random_share=0.5)
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(8)], principal=trader("ACME"))
    made.desk()
    made.house.governance.accounts.put_officer("head.h", "Head H.", "supervisor", None, PASSWORD)
    yield made
    made.house.close()


def ordered(built: Built) -> str:
    return built.house.queries.records.queue(HEAD, queue_of("red")).lines[0].id


def queue_of(lane: Any) -> Any:
    from cocket.pipeline import QueueFilter

    return QueueFilter(lane=lane)


def texts(content: bytes) -> list[str]:
    """What a sheet says, in its order."""
    assert content.startswith(b"%PDF-1.7") and content.rstrip().endswith(b"%%EOF")
    found = re.findall(rb"<([0-9a-fA-F]+)> Tj|\(((?:\\.|[^\\)])*)\) Tj", content)
    return [
        (bytes.fromhex(one.decode()) if one else re.sub(rb"\\(.)", rb"\1", other)).decode("cp1252")
        for one, other in found
    ]


def test_a_print_is_a_file_in_two_languages_that_is_counted(built: Built) -> None:
    consignment = ordered(built)
    with served(build_app(built.house)) as address, httpx.Client(base_url=address, headers={"origin": address}) as head:
        head.post("/sign-in", data={"name": "head.h", "password": PASSWORD})
        page = head.get(f"/consignments/{consignment}/order")
        assert f'href="/consignments/{consignment}/order.pdf"' in page.text
        assert "This is no copy" in page.text and "data-print-now" not in page.text
        token = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert token is not None
        printed = head.post(f"/consignments/{consignment}/order", data={"csrf": token[1]})
        assert (
            printed.status_code == 200 and "data-print-now" in printed.text and "The print is recorded" in printed.text
        )
        answer = head.get(f"/consignments/{consignment}/order.pdf")
        assert answer.headers["content-type"] == "application/pdf"
        assert "attachment" in answer.headers["content-disposition"]
        said = " ".join(texts(answer.content))
        french = head.get(f"/consignments/{consignment}/order.pdf", headers={"accept-language": "fr"})
        assert head.get("/consignments/00000000-0000-0000-0000-000000000000/order.pdf").status_code == 404
    title = built.house.queries.records.dossier(HEAD, consignment).summary.title
    french_name = language("fr").translate("Control order")
    assert title in said and f"Control order / {french_name}" in said and "copy / " in said
    assert texts(french.content)[1].startswith(f"{french_name} / Control order")
    looks = [msgspec.json.decode(body, type=AccessRecord) for body in built.bodies("look")]
    assert sum(one.what == "control order" for one in looks) == 3


def test_an_order_on_goods_that_the_host_examined_says_what_it_found(built: Built) -> None:
    consignment = ordered(built)
    references = built.house.queries.records.dossier(HEAD, consignment).references
    row = HostRow(
        reference=Reference("UCR", next(value for kind, value in references if kind == "UCR")),
        decision=HostDecision(found=False),
        returned=datetime(2026, 8, 13, 9, tzinfo=UTC),
        is_examined=True,
        depth="full",
    )
    built.house.control.host_decisions.take_host_rows([row])
    told = "The host reports: nothing found · Full · 13 Aug 2026"
    with served(build_app(built.house)) as address, httpx.Client(base_url=address, headers={"origin": address}) as head:
        head.post("/sign-in", data={"name": "head.h", "password": PASSWORD})
        for path in ("/queue?lane=red", f"/consignments/{consignment}", f"/consignments/{consignment}/order"):
            assert told in head.get(path).text.replace("\xa0", " "), path
        file = " ".join(texts(head.get(f"/consignments/{consignment}/order.pdf").content)).replace("\xa0", " ")
    assert told in file


def test_the_code_of_a_file_leads_to_the_proof(built: Built) -> None:
    zxing = pytest.importorskip("zxingcpp")
    from PIL import Image, ImageDraw

    sheet = built.house.queries.order_sheets.sheet(HEAD, ordered(built))
    proof = "http://127.0.0.1:8461/consignments/x/order/proof"
    content = write_order(sheet, ("Customs", "head.h"), Clock(ENGLISH), languages_of(ENGLISH), proof)
    drawn = Image.new("L", (595, 842), 255)
    pen = ImageDraw.Draw(drawn)
    boxes = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re", content)
    for x, y, width, height in (map(float, one) for one in boxes):
        if x > 470 and y > 700:
            pen.rectangle((x, 842 - y - height, x + width, 842 - y), fill=0)
    whole = drawn.crop((460, 20, 595, 140)).resize((1080, 960))
    (found,) = zxing.read_barcodes(whole)
    assert found.text == proof


def test_the_command_writes_the_same_order(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    consignment, target = ordered(built), tmp_path / "order.pdf"
    monkeypatch.setattr("cocket.cli.commands.order.open_service", lambda settings, pick: Opened(pick(built.house)))
    done = CliRunner().invoke(app, ["order", "pdf", consignment, "--out", str(target), "--language", "fr", "--json"])
    assert done.exit_code == 0, done.output
    assert msgspec.json.decode(done.stdout)["copy"] == 1
    assert any(language("fr").translate("Control order") in one for one in texts(target.read_bytes()))
    wrong = CliRunner().invoke(app, ["order", "pdf", consignment, "--out", str(target), "--language", "xx"])
    assert wrong.exit_code == 2


class Opened:
    def __init__(self, service: Any) -> None:
        self.service = service

    def __enter__(self) -> Any:
        return self.service

    def __exit__(self, *error: object) -> None:
        return None


@pytest.mark.parametrize("has_fonts", [True, False])
def test_letters_without_a_font_are_said_and_a_language_of_them_gives_way(
    built: Built, has_fonts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_fonts:
        for module in ("base.pdf", "consignment.order_pdf"):
            monkeypatch.setattr(f"cocket.workbench.{module}.outline", lambda text, size, bold=False: None)
    sheet = built.house.queries.order_sheets.sheet(HEAD, ordered(built))
    arabic = language("ar")
    content = write_order(sheet, ("ศุลกากร", "head.h"), Clock(arabic), languages_of(arabic), "http://x/proof")
    told = texts(content)
    assert any("A ? stands for a letter" in one for one in told) == (not has_fonts)
    assert (b"/ActualText" in content) == has_fonts
    assert has_fonts or told[1].startswith("Control order / ")


def test_a_line_is_broken_where_it_is_too_wide_and_a_full_page_turns() -> None:
    said = "count and weigh, and compare the result with both documents " * 4 + "X" * 300
    lines = list(broken(said, 9, "bold", 120))
    assert "".join(lines).replace(" ", "") == said.replace(" ", "")
    assert all(wide(line, 9, "bold") <= 120 for line in lines) and wide("wide", 9, "plain") < wide("wide", 9, "bold")
    sheet = Sheet(("foot",))
    for _ in range(120):
        sheet.row([Cell((("a", "plain"),)), Cell((("b", "slanted"),), has_box=True)], (0.5, 0.5))
    assert sheet.pages > 1 and texts(sheet.finish("x", "en")).count("foot") == sheet.pages


def test_a_sheet_from_right_to_left_begins_at_the_right_and_has_its_code_at_the_left() -> None:
    placed = {}
    for is_mirrored in (False, True):
        sheet = Sheet(("foot",), is_mirrored=is_mirrored)
        sheet.code([[1]], 80)
        sheet.row([Cell((("a", "plain"),), has_box=True), Cell((("b", "plain"),))], (0.5, 0.5), size=9)
        content = re.sub(rb"(?<=\.\d\d\d)\d+", b"", sheet.finish("x", "ar"))
        boxes = [float(one) for one in re.findall(rb"([\d.]+) [\d.]+ [\d.]+ [\d.]+ re", content)]
        words = re.findall(rb"1 0 0 1 ([\d.]+) [\d.]+ Tm\s*<?\(?(\w+)", content)
        placed[is_mirrored] = boxes, [float(x) for x, _ in words]
    (code, box), (first, second, _, _) = placed[False]
    (code_from_right, box_from_right), (first_from_right, second_from_right, _, _) = placed[True]
    assert first < second and first_from_right > second_from_right
    assert code_from_right == pytest.approx(595 - code - 80) and box_from_right == pytest.approx(595 - box - 9)
    assert first_from_right == pytest.approx(595 - first - wide("a", 9, "plain"), abs=0.01)


def test_the_file_tells_the_rate_that_the_page_tells_and_rounds_what_is_estimated(built: Built) -> None:
    sheet = built.house.queries.order_sheets.sheet(HEAD, ordered(built))
    advice = sheet.dossier.summary.advice
    assert advice is not None and advice.head is not None
    stake = Stake(
        amount="872750.06", currency="XTS", foreign="29091.67", foreign_currency="USD", rate="30", rate_day="2026-11-27", is_estimate=True,
        sums=(
            Sum(message="Value declared", foreign="2800.00", is_declared=True),
            Sum(message="Customs value", amount="90000.00", foreign="3000.00"),
        ),
    )  # fmt: skip
    told = msgspec.structs.replace(advice, head=msgspec.structs.replace(advice.head, stake=stake))
    dossier = msgspec.structs.replace(
        sheet.dossier, summary=msgspec.structs.replace(sheet.dossier.summary, advice=told)
    )
    content = write_order(
        msgspec.structs.replace(sheet, dossier=dossier),
        ("Customs", "head.h"),
        Clock(ENGLISH),
        languages_of(ENGLISH),
        "http://x",
    )
    said = " ".join(" ".join(texts(content)).split())
    assert "1 USD = XTS 30, 27 Nov 2026" in said.replace("\xa0", " ").replace("\u202f", " ")
    told_of = said.replace("\u202f", " ").replace("\xa0", " ")
    assert re.search(r"USD 2 800.00 as declared .*USD 3 000.00 converted", told_of)
    assert "872750" not in said.replace(" ", "") and "870 000" in said.replace("\u202f", " ").replace("\xa0", " ")
