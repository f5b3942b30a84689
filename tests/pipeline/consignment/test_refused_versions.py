# SPDX-License-Identifier: Apache-2.0
"""A sender that changes its story without saying so: the refused version stands in the dossier."""

from __future__ import annotations

from pathlib import Path

from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

HEAD = officer("supervisor")


def lodge(built: Built, content: bytes, sender: str = "ACME") -> str:
    (answer,) = built.house.intake.messages.take_many([envelope(content, sender)], principal=trader(sender))
    built.desk()
    return answer.id


def told(built: Built, message: str) -> list[tuple[str | None, dict[str, str]]]:
    (dossier,) = built.house.queries.records.message(HEAD, message).consignment_ids
    view = built.house.queries.records.dossier(HEAD, dossier)
    entries = [(one.message_id, one.arguments) for one in view.timeline if one.code == "another-version-refused"]
    findings = [one.found for one in view.findings if one.code == "another-version-refused"]
    assert findings == [arguments["fields"] for _, arguments in entries]
    return entries


def test_a_changed_paper_under_the_same_reference_is_in_the_dossier_with_what_differs(tmp_path: Path) -> None:
    built = build(tmp_path / "home")
    first = lodge(built, declaration("R1"))
    assert told(built, first) == []
    again = lodge(built, declaration("R1").replace(b">4120.5<", b">8241<"))
    assert told(built, first) == [(again, {"sender": "ACME", "reference": "R1", "fields": "gross kg"})]
    lodge(built, declaration("R1").replace(b">4120.5<", b">8241<"))
    assert len(told(built, first)) == 1


def test_another_senders_same_reference_and_another_paper_say_nothing(tmp_path: Path) -> None:
    built = build(tmp_path / "home")
    first = lodge(built, declaration("R1"))
    lodge(built, declaration("R1", note="other"), "OTHER")
    lodge(built, declaration("R2"))
    assert told(built, first) == []
