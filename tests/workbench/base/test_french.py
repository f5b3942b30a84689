# SPDX-License-Identifier: Apache-2.0
"""French as it is read: what happens on a journey, values with names, counts, and whole pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

import cocket
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.queries import timeline as history
from cocket.pipeline.queries.views import TimelineEntry
from cocket.tracking.alerts import KINDS
from cocket.workbench.base.languages import ENGLISH, language
from cocket.workbench.base.rendering import sentence
from cocket.workbench.tracking import labels as tracking_words
from cocket.workbench.tracking.formats import counter_evidence, duration, measure
from tests.simulators.workbench_house import SimulatedHouse
from tests.workbench.tracking.test_control_room import text_of

Enter = Callable[..., httpx.Client]
FRENCH = language("fr")
READER = {"accept-language": "fr-CA, en;q=0.5"}
SOURCE = Path(cocket.__file__).parent

#: What happens on a journey, as its sealed records have it.
HAPPENINGS: tuple[tuple[str, dict[str, str]], ...] = (
    *(("journey", {"what": what, "reference": "26X"}) for what in ("activated", "leave", "detour", "discharged")),
    *(("journey-arrival", {"state": state, "office": "INB2"}) for state in ("arrived", "under-way")),
    *(
        ("track-alert", {"severity": severity, "what": what, "says": says})
        for severity, says in KINDS.values()
        for what in ("raised", "raised-late", "changed", "withdrawn")
    ),
    *(
        ("alert-act", {"kind": "seal-opened", "what": what, "note": "–"})
        for what in ("acknowledged", "assigned", "dispatched", "closed")
    ),
    *(
        ("seal-event", {"sign": sign, "after": after})
        for sign, after in zip(
            (*tracking_words.SIGNS, "closed"), tracking_words.SEALS, strict=False
        )
    ),
    ("seal-event-refuted", {}),
    *(("examination-order", {"office": "INB2", "says": says}) for _severity, says in KINDS.values()),
    *(("guarantee", {"what": "held", "why": f"red alert {kind}"}) for kind in KINDS),
    ("guarantee", {"what": "at-stake", "why": "no red alert is left"}),
    ("guarantee", {"what": "released", "why": "discharged"}),
)  # fmt: skip


@pytest.mark.parametrize(("code", "arguments"), HAPPENINGS)
def test_what_happens_on_a_journey_is_told_in_both_languages(code: str, arguments: dict[str, str]) -> None:
    entry = TimelineEntry(at=datetime.now(UTC), code=code, message=history._SENTENCES[code], arguments=arguments)
    english, told = sentence(entry, ENGLISH), sentence(entry, FRENCH)
    assert english != told
    for text in (english, told):
        assert not re.search(r"under-way|at-stake|raised-late|red alert [a-z]+-|breached|powerless", text), text
    left = [value for value in arguments.values() if " " in value and value in told]
    assert left == [], "a value with words of its own stays English"


def test_a_sentence_begins_with_a_capital_unless_with_a_name_that_is_not_ours() -> None:
    def said(code: str, **arguments: str) -> list[str]:
        entry = TimelineEntry(at=datetime.now(UTC), code=code, message=history._SENTENCES[code], arguments=arguments)
        return [sentence(entry, language) for language in (ENGLISH, FRENCH)]

    assert said("journey", what="activated", reference="26X") == ["Activated: journey 26X", "Activé : trajet 26X"]
    assert said("look", who="officer.a", what="dossier", purpose="control")[0].startswith("officer.a accessed")
    alert = said("track-alert", severity="red", what="raised", says=KINDS["silence"][1])
    assert [text[:6] for text in alert] == ["Red al", "Alerte"]


def test_each_alert_of_a_reason_is_told_in_french() -> None:
    says = [KINDS[kind][1] for kind in ("seal-opened", "light-inside")]
    message = "devices that followed the goods give a red alert: {alerts}"
    reason = ReasonView(code="alert-on-the-way", message=message, arguments={"alerts": " ".join(says)})
    told = sentence(reason, FRENCH)
    assert all(FRENCH.translate(one) in told for one in says)
    assert [one for one in says if one in told] == []


def test_a_figure_in_what_speaks_against_an_alert_stays_in_its_sentence() -> None:
    (form,) = tracking_words.AGAINST
    source = (SOURCE / "tracking" / "rules" / "silence.py").read_text()
    assert form.replace("{charge}", "{charge:g}") in source
    text = form.replace("{charge}", "4.5")
    assert counter_evidence(text, ENGLISH) == text
    assert counter_evidence(text, FRENCH) == "La batterie était à 4.5 % auparavant."
    assert counter_evidence("It is a single message.", FRENCH) == "C'est un message isolé."


def test_a_duration_has_the_units_of_the_language() -> None:
    assert duration(2 * 86_400 + 4 * 3_600, FRENCH) == "2\u00a0j 4\u00a0h"
    assert measure("seconds", 3 * 86_400.0, FRENCH)[1] == "3\u00a0j"


def test_french_counts_nought_with_one() -> None:
    said = [FRENCH.count("{number} red alert", "{number} red alerts", n, str(n)) for n in (0, 1, 2)]
    assert said == ["0 alerte rouge", "1 alerte rouge", "2 alertes rouges"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/tracking", "Le scellé a été ouvert sans l'autorisation d'un agent."),
        ("/tracking/journeys/journey-0", "Scellé, changement par changement"),
        ("/tracking/journeys/new", "Activer et sceller"),
        ("/tracking/devices", "Qui l'a"),
        ("/tracking/places", "Lieux et corridors"),
        ("/tracking/none", "Introuvable"),
        ("/consignments/consignment-0", "L'importateur est connu depuis 9 jours"),
        ("/consignments/consignment-0/override", "Fixer le circuit"),
    ],
)  # fmt: skip
def test_a_page_is_in_french_for_who_reads_french(enter: Enter, path: str, says: str) -> None:
    client = enter()
    page = client.get(path, headers=READER)
    assert '<html lang="fr" dir="ltr">' in page.text
    assert says in text_of(page)
    assert '<html lang="en"' in client.get(path, headers={"accept-language": "de"}).text


@pytest.mark.parametrize("path", ["/queue", "/consignments/consignment-0/order"])
def test_the_queue_and_the_order_to_print_are_in_french(enter: Enter, path: str) -> None:
    page = enter().get(path, headers=READER)
    assert '<html lang="fr"' in page.text
    assert "À rechercher" in text_of(page)


def test_what_is_missing_in_a_form_is_said_in_french(enter: Enter, house: SimulatedHouse) -> None:
    fields = {"csrf": "csrf-officer.a", "devices": "es-999"}
    answer = enter().post("/tracking/journeys/new", data=fields, headers=READER)
    assert answer.status_code == 422
    assert "Nommez la déclaration ou le manifeste." in text_of(answer)
    assert house.activated == []
