# SPDX-License-Identifier: Apache-2.0
"""Questions over HTTP, from a real house: asked by a trader with a paper, answered by an officer, and the other way round."""

from __future__ import annotations

from typing import Any

from tests.api.test_contests import ask, built, lodged
from tests.houses import Built
from tests.pipeline.control.test_trader_papers import PDF

__all__ = ["ask", "built"]


def test_a_trader_asks_and_customs_asks_back(built: Built, ask: Any) -> None:
    message = lodged(built, ask)
    made = ask("POST", "/v1/own/questions", json={"words": "Which permit is missing?", "message": message})
    assert (made.status_code, made.json()["state"]) == (201, "open"), made.text
    own, there = f"/v1/own/questions/{made.json()['id']}", f"/v1/questions/{made.json()['id']}"
    added = ask("POST", f"{own}/papers?name=permit.pdf", content=PDF)
    assert (added.status_code, [one["name"] for one in added.json()["papers"]]) == (201, ["permit.pdf"])
    refused = ask("POST", f"{own}/papers?name=run.hta", content=b"<hta:application>")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "paper")
    seen = ask("GET", there, "officer", "").json()
    paper = ask("GET", f"{there}/papers/{seen['papers'][0]['record']}", "auditor", "")
    assert paper.content == PDF and paper.headers["content-disposition"].startswith("attachment")
    assert paper.headers["x-content-type-options"] == "nosniff"
    assert ask("POST", f"{there}/answer", "auditor", "", json={"words": "x"}).status_code == 404
    assert ask("POST", f"{there}/answer", "officer", "", json={"words": ""}).status_code == 422
    assert ask("POST", f"{there}/answer", "officer", "", json={"words": "That of wildlife."}).status_code == 200
    told = ask("GET", own).json()
    assert (told["state"], told["answer"], "by" in told) == ("answered", "That of wildlife.", False)
    assert ask("GET", own, sender="OTHER").status_code == ask("GET", there).status_code == 404
    asked = ask("POST", "/v1/questions", "officer", "", json={"words": "Send the invoice.", "message": message})
    assert (asked.status_code, asked.json()["asks"]) == (201, "customs")
    (first, _) = ask("GET", "/v1/own/questions").json()["questions"]
    assert (first["is_own"], first["words"]) == (False, "Send the invoice.")
    back = ask("POST", f"/v1/own/questions/{first['id']}/answer", json={"words": "It follows."})
    assert back.json()["state"] == "answered"
    assert ask("GET", "/v1/questions", "officer", "").json()["lines"] == []
    assert len(ask("GET", "/v1/questions?state=closed", "officer", "").json()["lines"]) == 2


def test_a_trader_is_shown_his_keys_and_his_authorisations(built: Built, ask: Any) -> None:
    lodged(built, ask)
    keys = ask("GET", "/v1/own/keys").json()["keys"]
    assert [(one["id"], one["senders"], one["used"]) for one in keys] == [("traderacme", ["ACME"], None)]
    assert ask("GET", "/v1/own/standings").json() == {"standings": []}
    assert [one["reference"] for one in ask("GET", "/v1/own/messages?text=r1").json()["messages"]] == ["R1"]
    assert ask("GET", "/v1/own/messages?text=%25").json()["messages"] == []
    assert ask("GET", "/v1/own/keys", "officer", "").status_code == 403
