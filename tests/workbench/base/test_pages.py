# SPDX-License-Identifier: Apache-2.0
"""What the pages say."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from cocket.errors import StoreError
from cocket.findings import Finding
from cocket.pipeline import NewResult
from cocket.risk.suspicion import Exhibit, Fact
from cocket.workbench.base.languages import language
from cocket.workbench.base.rendering import sentence
from cocket.workbench.base.visits import Toast, local, read_toast
from tests.simulators.workbench_country import CONTENT
from tests.simulators.workbench_house import SimulatedHouse

Enter = Callable[..., httpx.Client]
PART = {"hx-request": "true"}
ORDER = "/consignments/consignment-0/orders/order-0"


def text_of(answer: httpx.Response) -> str:
    """What a reader reads: the page without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def form(**fields: str) -> dict[str, str]:
    return {"csrf": "csrf-officer.a", **fields}


def test_the_first_page_is_the_queue(enter: Enter) -> None:
    assert enter().get("/").headers["location"] == "/queue"


def test_a_line_says_advice_host_what_to_look_for_because_at_stake_and_no_score(enter: Enter) -> None:
    page = enter().get("/queue")
    line = re.search(r"<tr data-line>.*?</tr>", page.text, re.DOTALL)
    assert line
    said = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", line[0])).split())
    assert said.startswith("R Red ← host: G Green B/L TSTB0100007 ACME TRADING used cars")
    assert "declared under what such goods usually cost Value per kg of item 1 is 60 % under what others" in said
    assert "XTS 41 200 1 in 3" in said
    assert "0.91" not in said
    assert "seldom used" not in said


def test_a_line_drawn_at_random_says_so_and_is_not_explained_away(enter: Enter) -> None:
    page = text_of(enter("head.c").get("/queue?lane=red"))
    assert (
        "NORTHWIND COMMERCE ceramic tiles 4 containers Everything declared Drawn at random: the draw can be checked"
        in page
    )


def test_time_left_is_of_open_orders_and_age_has_its_own_head(enter: Enter) -> None:
    client = enter()
    cells = [
        re.search(
            r'data-column="status">(.*?)</td>.*?<td data-column="age" class="figures">(.*?)</td>', line, re.DOTALL
        )
        for line in re.findall(r"<tr data-line>.*?</tr>", client.get("/queue?state=all").text, re.DOTALL)
    ]
    assert {">Open<" in found[1] for found in cells if found} == {True, False}
    for found in cells:
        assert found
        assert (">Open<" in found[1]) == ("–</span>" not in found[2]), found[0]
    newest = client.get("/queue?state=all&sort=received").text
    assert "Time left" not in re.findall(r"<thead>.*?</thead>", newest, re.DOTALL)[0]
    assert "Received" in re.findall(r"<thead>.*?</thead>", newest, re.DOTALL)[0]
    assert '<td data-column="age" class="figures"><span class="unknown">–' not in newest


def test_a_lane_shows_its_lines_only(enter: Enter) -> None:
    page = enter().get("/queue?lane=green").text
    assert "CORAL OPTICS" in page or "RIVERBEND MILL" in page
    assert "ACME TRADING" not in page


def test_htmx_gets_the_lines_and_a_browser_the_page(enter: Enter) -> None:
    client = enter()
    part = client.get("/queue?lane=red", headers=PART).text
    assert "<html" not in part
    assert part.count("<tr data-line>") == client.get("/queue?lane=red").text.count("<tr data-line>") > 0


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?text=zebra", "No line contains these words"),
        ("?offset=5000", "There are fewer lines now"),
        ("?state=done", "No consignment yet"),
        ("?office=NONE", "Nothing to do here"),
    ],
)
def test_an_empty_queue_says_what_to_do(enter: Enter, query: str, says: str) -> None:
    page = enter("head.c").get(f"/queue{query}")
    assert says in page.text
    assert re.search(r'<div class="empty">.*<a href=', page.text, re.DOTALL)


def test_the_table_has_every_line_of_the_filter_and_opens_in_a_spreadsheet(enter: Enter) -> None:
    answer = enter("head.c").get("/queue.csv?lane=red")
    assert answer.content.startswith('\ufeff"id","title"'.encode())
    assert answer.headers["content-disposition"] == 'attachment; filename="queue-20261125-0705.csv"'
    assert len(answer.text.splitlines()) == 8


def test_next_leads_along_the_same_part_of_the_queue(enter: Enter) -> None:
    client = enter("head.c")
    steps = client.get("/queue/next?lane=yellow&after=consignment-7").headers["location"]
    assert steps == "/consignments/consignment-8?lane=yellow"


def test_after_the_last_one_next_leads_back_and_says_so(enter: Enter) -> None:
    client = enter("head.c")
    answer = client.get("/queue/next?lane=yellow&after=consignment-11", follow_redirects=True)
    assert answer.url.path == "/queue"
    assert "That was the last one" in answer.text
    assert "That was the last one" not in client.get("/queue").text


def test_after_a_consignment_that_left_the_queue_next_leads_to_the_first(enter: Enter) -> None:
    answer = enter("head.c").get("/queue/next?lane=yellow&after=gone")
    assert answer.headers["location"] == "/consignments/consignment-7?lane=yellow"


def test_a_reference_opens_its_dossier_and_words_list_what_has_them(enter: Enter) -> None:
    client = enter()
    assert client.get("/search?text=TSTB0100031").headers["location"] == "/consignments/consignment-1"
    page = text_of(client.get("/search?text=reef"))
    assert "These words in reference, trader or goods" in page
    nothing = client.get("/search?text=nosuchword")
    assert nothing.status_code == 200
    assert "Nothing matches" in text_of(nothing)
    assert (
        "/search?" not in nothing.text.split('<div class="empty">')[1].split("</div>")[0]
    )  # it leads to no search again


def test_a_reference_of_several_consignments_lists_them(enter: Enter, house: SimulatedHouse) -> None:
    lines = tuple(house._lines.values())[:2]
    house.queries.records.find = lambda *_: lines  # type: ignore[method-assign,assignment]
    page = text_of(enter().get("/search?text=SHARED1"))
    assert "Known by this reference" in page
    assert "B/L TSTB0100007" in page
    assert "B/L TSTB0100031" in page


def test_a_difference_says_who_said_otherwise_first(enter: Enter) -> None:
    page = text_of(enter().get("/consignments/consignment-0"))
    assert "Packages 49 stated first 47 ≠ 48 differs from Manifest: 49" in page
    assert "3 fields differ" in page


def test_papers_that_agree_whisper(enter: Enter) -> None:
    page = enter().get("/consignments/consignment-1").text
    assert "They agree" in page
    assert "≠" not in page


def test_papers_between_which_something_is_wrong_are_not_said_to_agree(
    enter: Enter, house: SimulatedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = house.dossier
    short = Finding(
        code="bill-short-landed",
        severity="warning",
        message="{found} were landed under bill {bill}, manifest {manifest} had {expected}",
        expected="497 packages",
        found="397 packages",
        arguments={"bill": "B1", "manifest": "M1"},
    )

    def with_warning(*given: Any, **more: Any) -> Any:
        return msgspec.structs.replace(known(*given, **more), findings=(short,))

    agreeing = text_of(enter().get("/consignments/consignment-1"))
    assert "They agree" in agreeing
    monkeypatch.setattr(house, "dossier", with_warning)
    page = text_of(enter().get("/consignments/consignment-1"))
    assert "They agree" not in page
    assert "Documents side by side 1 contradiction between them" in page


def test_reasons_come_before_the_score_and_the_score_with_its_origin(enter: Enter) -> None:
    page = text_of(enter().get("/consignments/consignment-0"))
    order = [
        "What to look for Value",
        "Value per kg of item 1 is 60 % under",
        "At stake XTS 41 200.00",
        "Money of this suspicion XTS USD converted",
        "Value declared – 36 000.00 as declared",
        "Customs value, freight and other additions included 149 654.10 36 501.00",
        "Score 0.91 of 1, higher is worse",
        "Model boosted-v1-",
        "−0.9163",
        "What the suspicion rests on",
        "6 further signs were weighed; none changes the chance of a find by 2 percentage points.",
        "2 signs are of many consignments together and open none.",
    ]
    places = [page.index(words) for words in order]
    assert places == sorted(places)


def test_a_random_pick_says_that_nothing_is_suspected(enter: Enter) -> None:
    page = text_of(enter("head.c").get("/consignments/consignment-11"))
    assert "Drawn at random: nothing is suspected. The draw can be checked" in page


def test_advice_made_without_a_model_is_marked(enter: Enter) -> None:
    page = text_of(enter().get("/consignments/consignment-10"))
    assert "Something was missing when this was assessed" in page
    assert "By rules alone, without a score" in page
    assert "Trader not known" in page


def test_what_is_not_disclosed_is_absent(enter: Enter, house: SimulatedHouse) -> None:
    line = house._lines["consignment-0"]
    house._lines[line.id] = msgspec.structs.replace(line, advice=None, order=None)
    page = enter().get("/consignments/consignment-0").text.split("<dialog")[0]
    assert "Not assessed yet" in page
    assert "Override" not in page
    assert "Examine" not in page


def test_the_timeline_is_told_by_day_and_folds_looks(enter: Enter) -> None:
    page = text_of(enter().get("/consignments/consignment-0"))
    told = page[page.index("Timeline") :]
    assert told.index("16 Nov") < told.index("Departed from XBBRV") < told.index("21 Nov") < told.index("Advised Red")
    assert "3 looks 11:30 analyst.b accessed the dossier" in told


def test_a_result_is_recorded_and_shown_with_a_toast(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()
    fields = form(
        depth="full", found="yes", offence="undervaluation", duty="41 200.00", currency="usd", note="two engines more"
    )
    page = text_of(client.post(f"{ORDER}/result", data=fields, follow_redirects=True))
    expected = NewResult(
        depth="full",
        found=True,
        offence="undervaluation",
        duty_recovered="41200.00",
        currency="USD",
        note="two engines more",
    )
    assert house.recorded == [("order-0", expected)]
    assert "Result recorded and sealed." in page
    assert "Irregularity found · Full Value declared too low · USD 41 200.00" in page


def test_a_result_with_a_gap_is_not_recorded_and_keeps_what_was_entered(enter: Enter, house: SimulatedHouse) -> None:
    answer = enter().post(f"{ORDER}/result", data=form(depth="scan", found="yes", note="half a <b>note</b>"))
    assert answer.status_code == 422
    assert "Choose the kind of irregularity." in answer.text
    assert "half a &lt;b&gt;note&lt;/b&gt;" in answer.text
    assert 'value="scan" checked' in answer.text
    assert house.recorded == []


def test_an_order_of_another_consignment_is_not_found(enter: Enter) -> None:
    assert enter().get("/consignments/consignment-0/orders/order-1/result").status_code == 404


def test_an_override_needs_a_lane_and_a_reason(enter: Enter, house: SimulatedHouse) -> None:
    answer = enter().post("/consignments/consignment-0/override", data=form(lane="purple", reason="  "))
    assert answer.status_code == 422
    assert "Choose the lane." in answer.text
    assert "Give a reason" in answer.text
    assert house._lines["consignment-0"].advice.override is None  # type: ignore[union-attr]


def test_an_override_stands_beside_the_advice_with_its_reason(enter: Enter) -> None:
    client = enter()
    fields = form(lane="green", reason="known <model> year")
    page = client.post("/consignments/consignment-0/override", data=fields, follow_redirects=True)
    assert "Lane set to Green. The advice is kept on record with it." in page.text
    assert "known &lt;model&gt; year" in page.text
    assert "Advice R Red Host G Green Set by an officer G Green" in text_of(page)


def test_a_release_can_be_taken_back_from_its_toast(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()
    page = client.post(f"{ORDER}/release?lane=red", data=form(reason="escorted"), follow_redirects=True)
    assert str(page.url).endswith("/consignments/consignment-0?lane=red")
    assert house._lines["consignment-0"].order.status == "released"  # type: ignore[union-attr]
    undo = re.search(r'<form method="post" action="([^"]+/reopen)">', page.text)
    assert undo
    back = client.post(undo[1], data=form(), follow_redirects=True)
    assert "Open again." in back.text
    assert house._lines["consignment-0"].order.status == "open"  # type: ignore[union-attr]


def test_a_release_needs_a_reason(enter: Enter, house: SimulatedHouse) -> None:
    assert enter().post(f"{ORDER}/release", data=form(reason=" ")).status_code == 422
    assert house._lines["consignment-0"].order.status == "open"  # type: ignore[union-attr]


def test_htmx_is_sent_on_after_an_act_and_gets_the_form_again_after_a_mistake(enter: Enter) -> None:
    client = enter()
    again = client.post(f"{ORDER}/release", data=form(), headers=PART)
    assert (again.status_code, "<html" in again.text, "Give a reason" in again.text) == (422, False, True)
    done = client.post(f"{ORDER}/release", data=form(reason="escorted"), headers=PART)
    assert done.headers["hx-redirect"] == "/consignments/consignment-0"


def test_a_message_shows_findings_and_its_content_only_when_asked(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()
    page = client.get("/messages/consignment-3-wco")
    assert "The declaration says it has 118 packages, but those of its items add up to 120." in page.text
    assert ("officer.a", "content consignment-3-wco") not in house.looks
    assert "DeclarationOfficeID" not in page.text
    content = client.get("/messages/consignment-3-wco/content", headers=PART).text
    assert ("officer.a", "content consignment-3-wco") in house.looks
    assert "&lt;DeclarationOfficeID&gt;" in content
    assert "cotton fabric ‹U+202E›&lt;![CDATA[&lt;script&gt;alert(1)&lt;/script&gt;]]&gt;" in content


def test_the_bytes_as_received_are_to_keep_and_never_opened_here(enter: Enter) -> None:
    answer = enter().get("/messages/consignment-3-wco/content.bin")
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename=consignment-3-wco.bin"


def test_a_proof_is_a_picture_with_its_path_and_can_be_taken_away(enter: Enter) -> None:
    client = enter()
    page = client.get("/messages/consignment-0-sad/proof").text
    proof = client.get("/messages/consignment-0-sad/proof.json").json()
    assert page.count('class="twig"') == len(proof["path"]) > 5
    assert "the path leads from this leaf to the signed root" in page
    assert client.get("/messages/consignment-0-sad/receipt.json").json()["index"] == proof["index"]


def test_a_proof_that_does_not_hold_alarms(enter: Enter, house: SimulatedHouse) -> None:
    good = house.queries.records.proof_view(house.people["head.c"], "consignment-0-sad")
    house.queries.records.proof_view = lambda *_: msgspec.structs.replace(good, root="00" * 32)  # type: ignore[method-assign]
    page = enter().get("/messages/consignment-0-sad/proof").text
    assert 'role="alert">The path does not lead to the signed root' in page


def test_a_promise_says_by_when_and_has_no_proof_yet(enter: Enter) -> None:
    client = enter()
    assert "a place in a signed head by 25 Nov 2026 11:11 +07:00" in text_of(
        client.get("/messages/consignment-0-sad-2/proof")
    )
    answer = client.get("/messages/consignment-0-sad-2/proof.json")
    assert (answer.status_code, answer.headers["retry-after"]) == (202, "1")


def test_statistics_set_our_advice_beside_the_host(enter: Enter) -> None:
    page = text_of(enter("head.c").get("/statistics?since=2026-11-01"))
    assert "Of 100 examined, how many found something?" in page and "6 412 consignments assessed" in page
    assert "USD 418 220.50" in page


def test_a_day_that_is_none_counts_as_not_said(enter: Enter) -> None:
    assert 'value="2026-06-01"' in enter("head.c").get("/statistics?since=yesterday").text


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/nothing", 404, "Not found"),
        ("/consignments/unknown", 404, "Not found"),
        ("/messages/unknown", 404, "Not found"),
    ],
)
def test_what_is_not_there_is_told_in_plain_words(enter: Enter, path: str, status: int, says: str) -> None:
    answer = enter().get(path)
    assert answer.status_code == status
    assert says in answer.text


def test_a_store_that_does_not_answer_is_told_in_plain_words(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()

    def broken(*_: object) -> None:
        raise StoreError("connection refused at 10.0.0.7")

    house.queries.records.queue = broken  # type: ignore[method-assign,assignment]
    answer = client.get("/queue")
    assert answer.status_code == 503
    assert "The database is not available" in answer.text
    assert "10.0.0.7" not in answer.text


def test_a_mistake_of_ours_is_told_in_plain_words_and_tells_nothing_else(enter: Enter, house: SimulatedHouse) -> None:
    client = enter()

    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    house.queries.records.queue = broken  # type: ignore[method-assign,assignment]
    answer = client.get("/queue")
    assert answer.status_code == 500
    assert "Internal error" in answer.text
    assert "secret detail" not in answer.text


def test_a_wrong_method_is_told_in_plain_words(enter: Enter) -> None:
    answer = enter().post("/queue", data={})
    assert answer.status_code == 405
    assert "Method not allowed" in answer.text


def test_trouble_inside_a_part_is_a_part(enter: Enter) -> None:
    answer = enter().get("/consignments/unknown/override", headers=PART)
    assert (answer.status_code, "<html" in answer.text) == (404, False)


def test_the_page_is_in_the_readers_language_where_we_have_it(enter: Enter) -> None:
    page = enter().get("/queue", headers={"accept-language": "xx"}).text
    assert '<html lang="en" dir="ltr">' in page


@pytest.mark.parametrize("left", [None, "", "nonsense", "e30=", base64.urlsafe_b64encode(b'{"code":"evil"}').decode()])
def test_a_toast_that_is_not_ours_is_not_said(left: str | None) -> None:
    assert read_toast(left) is None


def test_a_toast_whose_undo_leads_elsewhere_is_not_said() -> None:
    def left(undo: str) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(Toast("released", undo=undo))).decode()

    assert read_toast(left("/consignments/1/orders/2/reopen")) == Toast(
        "released", undo="/consignments/1/orders/2/reopen"
    )
    assert read_toast(left("https://evil.example/")) is None


def test_only_paths_of_ours_are_local() -> None:
    assert local("/queue?lane=red") == "/queue?lane=red"
    assert [local(path) for path in ("//x", "/\\x", "x", "", "http://x")] == ["/"] * 5


def test_every_part_is_shown_in_both_themes_and_both_directions(enter: Enter) -> None:
    page = enter().get("/parts").text
    frames = re.findall(r'data-theme="(\w+)" dir="(\w+)"', page)
    assert frames == [("light", "ltr"), ("dark", "ltr"), ("light", "rtl"), ("dark", "rtl")]


def test_a_manifest_of_several_consignments_leads_to_each(enter: Enter, house: SimulatedHouse) -> None:
    message = house.queries.records.message(house.people["head.c"], "consignment-0-awmds")
    several = msgspec.structs.replace(message, consignment_ids=("consignment-0", "consignment-1"))
    house.queries.records.message = lambda *_: several  # type: ignore[method-assign]
    page = enter().get("/messages/consignment-0-awmds").text
    assert "2 dossiers" in page
    assert 'href="/consignments/consignment-1"' in page


def test_a_number_and_its_per_cent_stay_on_one_line(enter: Enter) -> None:
    assert "is 60\u00a0% under" in enter().get("/queue").text


#: Links to what the simulated instance does not have; the pages are walked over a real one.
BEYOND = (
    r"^/trials/(release|pilots|readiness|use-cases|recommendations|years)|/pilot$|^/appointments|/agencies$|"
    r"consignment-1|^/permits|^/tariff|/holds$|/duties$|/order(/proof)?$|^/inbox|^/next|^/orders/assign|^/administration"
    r"|^/policies|^/screening/names|/snooze|/comments|^/tracking/(cells|guarantees)"
)


def test_every_link_of_every_page_leads_to_a_page(enter: Enter) -> None:
    client = enter("head.c")
    seen: dict[str, int] = {}
    ahead = ["/queue?state=all", "/statistics"]
    while ahead:
        path = ahead.pop()
        if path in seen:
            continue
        answer = client.get(path, follow_redirects=True)
        seen[path] = answer.status_code
        if answer.headers["content-type"].startswith("text/html"):
            links = re.findall(r'(?:href|hx-get|src)="(/[^"#]*)"', answer.text)
            ahead += [html.unescape(link) for link in links if not re.search(BEYOND, link)]
    assert {path: status for path, status in seen.items() if status not in (200, 202)} == {}
    assert len(seen) > 60


def test_a_sum_without_a_currency_says_that_it_is_not_known(
    enter: Enter, house: SimulatedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = house.dossier

    def without_tariff(*given: Any, **more: Any) -> Any:
        view = known(*given, **more)
        advice = view.summary.advice
        stake = msgspec.structs.replace(advice.head.stake, currency=None)
        head = msgspec.structs.replace(advice.head, stake=stake)
        summary = msgspec.structs.replace(view.summary, advice=msgspec.structs.replace(advice, head=head))
        return msgspec.structs.replace(view, summary=summary)

    monkeypatch.setattr(house, "dossier", without_tariff)
    page = text_of(enter().get("/consignments/consignment-0"))
    assert "At stake 41 200.00 currency not known" in page
    assert "= 4.1000 (currency not known)," in page


def test_evidence_that_opens_nothing_says_why(
    enter: Enter, house: SimulatedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = house.dossier
    past = (Exhibit(source="consignment", id="XA1/2026/C/17"), Exhibit(source="consignment", id="XA1/2026/C/18"))
    here = Exhibit(source="consignment", id="consignment-1", name="B/L TSTB0100031")
    kept = Exhibit(source="intelligence", id="consignment-0")

    def with_evidence(*given: Any, **more: Any) -> Any:
        view = known(*given, **more)
        advice = view.summary.advice
        facts = tuple(Fact(code="x", message="x", evidence=one) for one in ((*past, here), past[:1], (kept,)))
        head = msgspec.structs.replace(advice.head, facts=facts)
        summary = msgspec.structs.replace(view.summary, advice=msgspec.structs.replace(advice, head=head))
        return msgspec.structs.replace(view, summary=summary)

    monkeypatch.setattr(house, "dossier", with_evidence)
    page = enter().get("/consignments/consignment-0")
    rests = page.text.partition('class="rests"')[2].partition("</section>")[0]
    rows = [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in rests.split("</tr>")[1:4]]
    assert '<a href="/consignments/consignment-1"><bdi>B/L TSTB0100031</bdi></a>' in rests
    assert "2 are of the history taken over: there is no dossier of them here to open" in rows[0]
    assert "XA1/2026/C/17 history taken over: no dossier here" in rows[1]
    assert ("Report not for your role" in rows[2]) is ("/intelligence?" not in rests)


@pytest.mark.parametrize(
    ("given", "tag", "stands"),
    [
        ({"found": "1244.16", "expected": "1244.10"}, "en", "The total is 1\u202f244.16, not 1\u202f244.10."),
        ({"found": "1244.16", "expected": "1244.10"}, "fr", "The total is 1\u202f244,16, not 1\u202f244,10."),
        ({"found": "1244.16 USD", "expected": "7"}, "en", "The total is USD\u00a01\u202f244.16, not 7."),
        ({"found": "3938.57 KGM", "expected": "0 KGM"}, "en", "The total is 3\u202f938.57\u00a0kg, not 0\u00a0kg."),
        ({"found": "3938.57 KGM", "expected": "5 LTR"}, "fr", "The total is 3\u202f938,57\u00a0kg, not 5\u00a0LTR."),
        ({"found": "8708.99", "expected": "8708.92", "code": "goods-code"}, "fr", "The total is 8708.99, not 8708.92."),
    ],
)
def test_a_warning_writes_its_figures_as_the_facts_beside_it_do(given: dict[str, Any], tag: str, stands: str) -> None:
    message = "the total is {found}, not {expected}."
    finding = msgspec.convert({"code": "total", "severity": "warning", "message": message} | given, Finding)
    assert sentence(finding, language(tag)) == stands


def test_what_a_warning_expected_and_found_is_written_as_its_sentence(
    enter: Enter, house: SimulatedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = house.dossier
    mass = Finding(
        code="bill-gross-differs",
        severity="warning",
        message="{found} {expected}",
        expected="91717.31",
        found="77246.77",
    )

    def with_warning(*given: Any, **more: Any) -> Any:
        view = known(*given, **more)
        advice = msgspec.structs.replace(view.summary.advice, features={"price_gap": 2.2e-16, "tax_share": 0.34})
        summary = msgspec.structs.replace(view.summary, advice=advice)
        return msgspec.structs.replace(view, findings=(mass,), summary=summary)

    monkeypatch.setattr(house, "dossier", with_warning)
    page = enter().get("/consignments/consignment-1", headers={"accept-language": "fr"})
    assert "<bdi>91\u202f717,31</bdi>" in page.text and "<bdi>77\u202f246,77</bdi>" in page.text
    assert "91717.31" not in page.text
    assert "e-16" not in page.text and ">0,34<" in page.text


def test_acts_and_places_say_what_they_are(enter: Enter) -> None:
    page = text_of(enter().get("/queue"))
    assert "My orders" in page and "Pocket" not in page


def test_a_french_page_writes_every_figure_with_a_comma(enter: Enter) -> None:
    page = text_of(enter().get("/consignments/consignment-0", headers={"accept-language": "fr"}))
    assert '<html lang="fr"' in enter().get("/consignments/consignment-0", headers={"accept-language": "fr"}).text
    pointed = re.findall(r"(?<![\w.:-])\d[\d\u202f]*\.\d+(?![\w.-])", page)
    assert "0,91" in page and pointed == []
