# SPDX-License-Identifier: Apache-2.0
"""Files dropped on the page of reviews: bounded, held for the session alone, by role; and in a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.errors import SenderError
from cocket.pipeline.risk import reviews
from cocket.pipeline.risk.given_columns import Answers
from cocket.pipeline.risk.reviews import ReviewDesk
from cocket.simulation import Parameters, simulate
from cocket.workbench.risk.reviews import answers_of
from tests.simulators.workbench_house import SimulatedHouse
from tests.workbench.conftest import Enter, said

LANES = b"office,year,serial,number,lane\nXA1,2026,C,11071,red\n"
RESULTS = b"reference;Verdict\nXA1/2026/C/11071;RAS\n"
TOKEN = {"x-csrf-token": "csrf-analyst.b"}


def give(client: httpx.Client, name: str, content: bytes, **headers: str) -> httpx.Response:
    return client.post("/review/files", params={"name": name}, content=content, headers={**TOKEN, **headers})


def post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    answer = client.post(path, data={"csrf": "csrf-analyst.b", **fields}, follow_redirects=True)
    for _ in range(100):
        page = client.get("/review")
        if 'id="progress"' not in page.text:
            return page if answer.status_code == 200 else answer
        time.sleep(0.1)
    raise TimeoutError(path)


def test_files_are_recognised_or_not_and_words_are_asked(enter: Enter) -> None:
    client = enter("analyst.b")
    assert give(client, "lanes.csv", LANES).status_code == 204
    assert give(client, "tarif.pdf", b"%PDF-1.7").status_code == 204
    assert give(client, "résultats.csv", RESULTS.replace(b"Verdict", b"Resultat")).status_code == 204
    page = said(post(client, "/review/read"))
    assert "2 of 3 files can be used" not in page and "1 of 3 files can be used" in page
    assert "A PDF is not read." in page and "Give the table behind it as .csv or .xlsx." in page
    assert "RAS 1:" in page and "say what it means" in page
    page = said(post(client, "/review/columns", **{"word:found:RAS": "no"}))
    assert "2 of 3 files can be used" in page and "a review needs declarations and results" in page


def test_a_column_that_is_not_known_is_chosen_on_the_page(enter: Enter) -> None:
    client = enter("analyst.b")
    give(client, "r.csv", RESULTS)
    assert "No column is known as a lane or a result." in said(post(client, "/review/read"))
    page = said(post(client, "/review/columns", **{"column:Verdict": "found", "word:found:RAS": "no"}))
    assert "1 of 1 files can be used" in page
    refused = client.post("/review/columns", data={"csrf": "csrf-analyst.b", "column:Verdict": "colour"})
    assert refused.status_code == 422 and "cannot be read as colour" in said(refused)


def test_only_analysts_and_supervisors_may_and_only_from_our_page(enter: Enter, house: SimulatedHouse) -> None:
    for name in ("officer.a", "auditor.d"):
        client = enter(name)
        assert client.get("/review").status_code == 403
        answer = client.post("/review/files?name=a.csv", content=LANES, headers={"x-csrf-token": f"csrf-{name}"})
        assert answer.status_code == 403 and ">Review<" not in client.get("/queue").text
    client = enter("analyst.b")
    assert client.post("/review/files?name=a.csv", content=LANES).status_code == 403
    assert client.get("/review/report.html").status_code == 404
    give(client, "a.csv", LANES)
    post(client, "/review/read")
    assert ("analyst.b", "files given: reading") in house.looks


def test_what_was_given_goes_with_the_session_and_is_no_one_elses(enter: Enter) -> None:
    client = enter("analyst.b")
    give(client, "lanes.csv", LANES)
    assert "lanes.csv" in post(client, "/review/read").text
    assert "lanes.csv" not in enter("head.c").get("/review").text
    client = enter("analyst.b")
    assert "lanes.csv" not in client.get("/review").text
    give(client, "lanes.csv", LANES)
    post(client, "/review/read")
    client.post("/sign-out", data={"csrf": "csrf-analyst.b"})
    assert "lanes.csv" not in enter("analyst.b").get("/review").text
    client = enter("analyst.b")
    give(client, "lanes.csv", LANES)
    post(client, "/review/read")
    assert "lanes.csv" not in post(client, "/review/forget").text


def test_a_refused_part_is_said_in_words(enter: Enter) -> None:
    client = enter("analyst.b")
    answer = client.post("/review/files?name=a.csv&offset=7", content=LANES, headers=TOKEN)
    assert answer.status_code == 422 and "did not arrive in order" in answer.text
    assert give(client, "a" * 301, LANES).status_code == 422


def test_the_page_is_in_french_as_a_whole(enter: Enter) -> None:
    client = enter("analyst.b")
    client.headers["accept-language"] = "fr"
    give(client, "tarif.pdf", b"%PDF-1.7")
    page = post(client, "/review/read")
    assert '<html lang="fr"' in page.text
    assert "Un PDF n'est pas lu." in said(page) and "non reconnu" in said(page)


def test_the_desk_holds_no_more_than_it_may_and_forgets_what_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(reviews, "SESSION_BYTES", 100)
    monkeypatch.setattr(reviews, "ALL_BYTES", 150)
    monkeypatch.setattr(reviews, "SESSION_FILES", 2)
    desk = ReviewDesk(tmp_path / "columns.json", lambda: now[0])
    desk.put("one", "a.csv", 0, b"x" * 60)
    desk.put("one", "a.csv", 60, b"x" * 30)
    with pytest.raises(SenderError, match="more than can be given"):
        desk.put("one", "a.csv", 90, b"x" * 30)
    with pytest.raises(SenderError, match="no room"):
        desk.put("two", "b.csv", 0, b"x" * 90)
    desk.put("one", "b.csv", 0, b"x")
    with pytest.raises(SenderError, match="more than can be given"):
        desk.put("one", "c.csv", 0, b"x")
    assert (desk.state("one").files, desk.state("one").size) == (2, 91)
    now[0] = reviews.IDLE_SECONDS + 1
    desk.put("two", "b.csv", 0, b"x")
    assert desk.state("one").files == 0
    assert list(tmp_path.iterdir()) == []


def test_what_was_said_is_remembered_without_the_data(tmp_path: Path) -> None:
    kept = tmp_path / "columns.json"
    first, second = ReviewDesk(kept), ReviewDesk(kept)
    first.put("one", "r.csv", 0, RESULTS)
    run(first, "one", "reading")
    first.answer("one", Answers(columns={"Verdict": "found"}, words={"found": {"ras": "no"}}))
    assert b"11071" not in kept.read_bytes() and kept.stat().st_mode & 0o077 == 0
    second.put("two", "s.csv", 0, RESULTS)
    state = run(second, "two", "reading")
    assert state.sheet is not None and state.sheet.usable == 1
    kept.write_text("{")
    assert "cannot be read" in run(second, "three", "reading", RESULTS).problem


def run(desk: ReviewDesk, session: str, job: str, content: bytes | None = None) -> reviews.ReviewState:
    if content is not None:
        desk.put(session, "given.csv", 0, content)
    desk.start(session, job)
    for _ in range(600):
        if not desk.state(session).job:
            break
        time.sleep(0.1)
    return desk.state(session)


def test_a_form_is_read_as_answers_and_what_is_empty_was_not_answered() -> None:
    fields = {
        "column:N° décl.": "number",
        "column:Obs": "",
        "word:found:RAS: rien": "no",
        "value:office": " XA1 ",
        "dates": "",
    }
    assert answers_of(fields) == Answers(
        columns={"N° décl.": "number"}, words={"found": {"ras: rien": "no"}}, values={"office": "XA1"}
    )


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("months") / "november"
    simulate(Parameters(seed=3, days=10, size=300, random_share=0.1, fraud_rate=0.08), folder)
    return folder / "host"


def test_a_folder_is_dropped_mapped_and_reviewed_in_a_real_browser(
    month: Path, open_screen: Callable[..., Any], tmp_path: Path
) -> None:
    import zipfile

    packed = tmp_path / "host.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted(month.rglob("*.xml")):
            made.write(file, file.relative_to(month).as_posix())
    lanes = (month / "selectivity.csv").read_bytes()
    results = (month / "results.csv").read_text().replace(",true,", ",INF,").replace(",false,", ",RAS,")
    results = results.replace(",", ";").replace("found", "Résultat")
    (tmp_path / "selectivity.csv").write_bytes(lanes)
    (tmp_path / "results.csv").write_bytes(results.encode("utf-16"))
    screen = open_screen(viewport={"width": 1440, "height": 900})
    page = screen.sign_in("analyst.b")
    screen.go("/review")
    # Dropped, as a person does: a transfer with files, on the form.
    transfer = page.evaluate_handle(
        """([name, text]) => { const all = new DataTransfer();
        all.items.add(new File([Uint8Array.from(text)], name)); return all; }""",
        ["results.csv", list((tmp_path / "results.csv").read_bytes())],
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
    page.get_by_text("say what it means").first.wait_for(state="attached")
    page.locator("#files").set_input_files([str(packed), str(tmp_path / "selectivity.csv")])
    page.get_by_text("declarations,").first.wait_for()
    for word, meaning in (("RAS", "no"), ("INF", "yes")):
        page.locator(f'select[name="word:found:{word}"]').select_option(meaning)
    screen.picture("review", full_page=True)
    page.get_by_role("button", name="Use these columns").nth(0).click()
    page.get_by_text("With this ours can be compared with the host.").wait_for()
    page.get_by_role("button", name="Go on with what is there").click()
    page.get_by_role("heading", name="What the review says").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download() as kept:
        page.get_by_role("link", name="Keep the report").click()
    report = Path(kept.value.path()).read_text()
    assert "WATCHED" in report and "<script" not in report
