# SPDX-License-Identifier: Apache-2.0
"""Questions between traders and officers in a real browser, without scripts on the trader's side, over a real house."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cocket.workbench import build_app
from tests.pipeline.control.test_trader_papers import PDF
from tests.workbench.base.test_real_instance import PASSWORD
from tests.workbench.conftest import Screen, served
from tests.workbench.intake.test_own_messages import built

__all__ = ["built"]


@pytest.mark.timeout(600)
def test_a_trader_asks_on_his_telephone_and_an_officer_answers(built: Any, chromium: Any, tmp_path: Path) -> None:
    built.sign()
    built.house.governance.accounts.put_officer("olga", "Olga", "officer", None, PASSWORD)
    paper = tmp_path / "permit.pdf"
    paper.write_bytes(PDF)
    with served(build_app(built.house)) as address:
        trader = Screen(chromium, address, PASSWORD, java_script_enabled=False)
        page = trader.sign_in("tina", "/own")
        trader.picture("own")
        page.set_viewport_size({"width": 390, "height": 800})
        for at in ("/own", "/own/contests", "/own/mandates", "/own/keys", "/own/quality", "/own/decisions"):
            trader.go(at)
            assert page.locator("h1").count() == 1, at
            assert page.locator("main").bounding_box()["width"] <= 390, at
        trader.go("/own")
        page.get_by_role("link", name="R2").press("Enter")
        page.get_by_role("link", name="Ask customs about it").press("Enter")
        page.get_by_label("Your question").fill("Which permit is missing?")
        page.get_by_label("Paper").set_input_files(paper)
        page.get_by_role("button", name="Ask", exact=True).press("Enter")
        page.get_by_text("Which permit is missing?").wait_for()
        assert page.get_by_role("link", name="permit.pdf").count() == 1
        question = page.url.rpartition("/")[2]
        officer = Screen(chromium, address, PASSWORD)
        desk = officer.sign_in("olga", "/queue")
        officer.go("/inbox")
        desk.get_by_role("link", name="1 question of a trader waits for an answer").click()
        desk.get_by_role("link", name="Which permit is missing?").click()
        desk.wait_for_url(f"**/questions/{question}")
        officer.picture("question")
        desk.set_viewport_size({"width": 390, "height": 800})
        assert desk.evaluate("document.documentElement.scrollWidth") <= 390
        desk.get_by_label("Answer", exact=True).fill("That of the wildlife agency.")
        desk.get_by_role("button", name="Answer and seal").press("Enter")
        desk.get_by_text("That of the wildlife agency.").wait_for()
        page.reload()
        page.get_by_text("That of the wildlife agency.").wait_for()
        assert officer.complaints == [] and trader.complaints == []
        officer.close()
        trader.close()
