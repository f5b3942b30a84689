# SPDX-License-Identifier: Apache-2.0
"""The control room and the dossier in French: nothing is left in English that has words of ours."""

from __future__ import annotations

import ast
import io
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from jinja2.ext import babel_extract

import cocket
from cocket.consignment import sides
from cocket.consignment.dossier import _SENTENCES as PAPERS_SAY
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.measures.doubt_views import SENTENCES as DOUBTS_SAY
from cocket.pipeline.queries import timeline as history
from cocket.pipeline.queries.views import TimelineEntry
from cocket.pipeline.tracking.views import CLOSE_REASONS
from cocket.tracking.alerts import KINDS
from cocket.workbench.base.formats import _AGES, _MONTHS
from cocket.workbench.base.languages import ENGLISH, FRENCH, french
from cocket.workbench.base.rendering import HOME, sentence
from cocket.workbench.control import labels as examining
from cocket.workbench.tracking import labels as tracking_words
from cocket.workbench.tracking.formats import counter_evidence, duration, measure
from tests.simulators.workbench_house import SimulatedHouse
from tests.workbench.tracking.test_control_room import text_of

Enter = Callable[..., httpx.Client]
READER = {"accept-language": "fr-CA, en;q=0.5"}
SOURCE = Path(cocket.__file__).parent
PLACE = re.compile(r"{\w+}")

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


def in_templates() -> set[str]:
    """Sentences of the templates that a French page is made of."""
    files = [HOME / "base" / "templates" / f"{name}.html" for name in ("frame", "keys", "trouble", "trouble_part")]
    files += [
        *(HOME / "tracking" / "templates").glob("*.html"),
        *(HOME / "consignment" / "templates").glob("dossier*.html"),
    ]
    files += (HOME / "operations" / "templates").glob("*.html")
    files += [*(HOME / "risk" / "templates").glob("rule*.html"), *(HOME / "risk" / "templates").glob("desk*.html")]
    files += (HOME / "risk" / "templates" / "parts").glob("*.html")
    files += (HOME / "risk" / "templates").glob("review*.html")
    signing = ("sign_in.html", "password.html")
    files += [file for file in (HOME / "governance" / "templates").glob("**/*.html") if file.name not in signing]
    files += [HOME / "screening" / "templates" / f"{name}.html" for name in ("names", "lists", "list_imported")]
    files += [
        HOME / "base" / "templates" / "upload_refused.html",
        HOME / "base" / "templates" / "parts" / "sending.html",
    ]
    files += [*(HOME / "measures" / "templates").glob("permit*.html"), HOME / "measures" / "templates" / "holds.html"]
    files += (HOME / "consignment" / "templates").glob("order*.html")
    files += [HOME / "consignment" / "templates" / "trader.html"]
    desk = ("inbox", "assign", "assign_form", "snooze", "snooze_form", "comment", "comment_form", "talk", "view")
    files += [HOME / "control" / "templates" / f"{name}.html" for name in desk]
    files += [HOME / "base" / "templates" / f"{name}.html" for name in ("search", "found_lines")]
    files += [HOME / "measures" / "templates" / f"{name}.html" for name in ("duties", "charges")]
    acts = ("override", "release", "take_over")
    files += [
        HOME / "control" / "templates" / f"{name}.html"
        for name in (
            "queue",
            "queue_lines",
            "statistics",
            "effort_figures",
            "result_figures",
            "result_shown",
            *acts,
            *(f"{act}_form" for act in acts),
        )
    ]
    files += [
        next(HOME.glob(f"*/templates/parts/{name}.html"))
        for name in ("head", "map", "strips", "marks", "tables", "toast", "values", "words")
    ]
    found: set[str] = set()
    for file in files:
        for _line, _name, said, _comments in babel_extract(
            io.BytesIO(file.read_bytes()), ("_", "count", "two", "heading", "say"), [], {"trim_blocks": "true"}
        ):
            found |= {text for text in (said if isinstance(said, tuple) else (said,)) if text}
    return found


def called(file: Path, names: dict[str, int]) -> Iterator[str]:
    """Texts that some functions are called with, by the place of the argument."""
    for node in ast.walk(ast.parse(file.read_text())):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in names and len(node.args) > names[name]:
            given = node.args[names[name]]
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield given.value


def in_modules() -> set[str]:
    """Sentences of the modules behind those pages."""
    workbench = SOURCE / "workbench"
    names = (
        "base/labels",
        "consignment/traders",
        "control/inbox",
        "tracking/map_charts",
        "tracking/labels",
        "tracking/forms",
        "operations/labels",
        "operations/set_aside",
        "control/acts",
        "control/effort_labels",
        "risk/review_labels",
        "measures/permits",
        "measures/duties",
        "governance/administration",
        "governance/labels",
        "governance/setting_views",
        "measures/permit_files",
        "screening/names",
        "tracking/device_tables",
        "risk/rules",
        "risk/rule_desk",
        "risk/rule_labels",
    )
    files = [workbench / f"{name}.py" for name in names]
    files += [workbench / "tracking" / f"{name}.py" for name in ("control_room", "devices", "journeys", "places")]
    return {text for file in files for text in called(file, {"_": 0, "say": 0, "translate": 0})}


def in_refusals() -> set[str]:
    """What the house says when it refuses an act of the control room."""
    files = [
        SOURCE / "pipeline" / "tracking" / f"{name}.py"
        for name in (
            "journeys",
            "alerts",
            "device_stock",
            "places",
            "presentation",
            "journey_state",
            "views",
        )
    ]
    return {text for file in files for text in called(file, {"SenderError": 0, "_finding": 1})}


def in_counter_evidence() -> set[str]:
    """Whole sentences of the rules: all of them speak against an alert."""
    found: set[str] = set()
    for file in (*(SOURCE / "tracking" / "rules").glob("*.py"), SOURCE / "tracking" / "vessels.py"):
        tree = ast.parse(file.read_text())
        told = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef))
        }
        parts = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        found |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts
            and node.value not in told and " " in node.value and node.value.endswith(".")
        }  # fmt: skip
    return found


def known() -> dict[str, str]:
    """All of `french/`, by English sentence."""
    found: dict[str, str] = {}
    for file in FRENCH.glob("*/french/*.toml"):
        told = tomllib.loads(file.read_text())
        assert not told.keys() & found.keys(), f"{file.name} says again what another file says"
        found |= told
    return found


@pytest.mark.parametrize(
    ("where", "least"), [(in_templates, 350), (in_modules, 300), (in_refusals, 30), (in_counter_evidence, 8)]
)
def test_every_sentence_has_its_french(where: Callable[[], set[str]], least: int) -> None:
    sentences = where()
    assert len(sentences) >= least
    assert sorted(sentences - known().keys()) == []


def test_every_kind_of_alert_and_every_reason_to_close_has_its_french() -> None:
    assert [kind for kind, (_severity, says) in KINDS.items() if says not in known()] == []
    assert [reason for reason, says in CLOSE_REASONS.items() if says not in known()] == []


def test_everything_that_happens_to_a_dossier_has_its_french() -> None:
    sentences = {*history._SENTENCES.values(), *PAPERS_SAY.values(), *DOUBTS_SAY.values()}
    for names in (examining.OFFENCES, examining.CONCEALMENTS, examining.DETECTIONS):
        sentences |= set(names.values())
    sentences |= {name for name, _hint in examining.DIFFERENCES.values()}
    assert sorted(sentences - known().keys()) == []


def test_fields_and_cross_checks_between_papers_have_their_french() -> None:
    sentences = {field.label for field in sides._FIELDS}
    sentences |= set(called(SOURCE / "consignment" / "crosschecks.py", {"_finding": 1}))
    assert len(sentences) >= 25
    assert sorted(sentences - known().keys()) == []


def test_months_and_ages_have_their_french() -> None:
    assert [text for text in (*_MONTHS, *(words for _unit, words in _AGES)) if text not in known()] == []


def test_the_places_of_a_sentence_are_those_of_its_french() -> None:
    assert len(known()) > 900
    for english, said in known().items():
        assert said.strip(), english
        assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(said)), english


@pytest.mark.parametrize(("code", "arguments"), HAPPENINGS)
def test_what_happens_on_a_journey_is_told_in_both_languages(code: str, arguments: dict[str, str]) -> None:
    entry = TimelineEntry(at=datetime.now(UTC), code=code, message=history._SENTENCES[code], arguments=arguments)
    english, told = sentence(entry, ENGLISH), sentence(entry, french())
    assert english != told
    for text in (english, told):
        assert not re.search(r"under-way|at-stake|raised-late|red alert [a-z]+-|breached|powerless", text), text
    left = [value for value in arguments.values() if " " in value and value in told]
    assert left == [], "a value with words of its own stays English"


def test_a_sentence_begins_with_a_capital_unless_with_a_name_that_is_not_ours() -> None:
    def said(code: str, **arguments: str) -> list[str]:
        entry = TimelineEntry(at=datetime.now(UTC), code=code, message=history._SENTENCES[code], arguments=arguments)
        return [sentence(entry, language) for language in (ENGLISH, french())]

    assert said("journey", what="activated", reference="26X") == ["Activated: journey 26X", "Activé : trajet 26X"]
    assert said("look", who="officer.a", what="dossier")[0].startswith("officer.a accessed")
    alert = said("track-alert", severity="red", what="raised", says=KINDS["silence"][1])
    assert [text[:6] for text in alert] == ["Red al", "Alerte"]


def test_each_alert_of_a_reason_is_told_in_french() -> None:
    says = [KINDS[kind][1] for kind in ("seal-opened", "light-inside")]
    message = "devices that followed the goods give a red alert: {alerts}"
    reason = ReasonView(code="alert-on-the-way", message=message, arguments={"alerts": " ".join(says)})
    told = sentence(reason, french())
    assert all(french().translate(one) in told for one in says)
    assert [one for one in says if one in told] == []


def test_a_figure_in_what_speaks_against_an_alert_stays_in_its_sentence() -> None:
    (form,) = tracking_words.AGAINST
    source = (SOURCE / "tracking" / "rules" / "silence.py").read_text()
    assert form.replace("{charge}", "{charge:g}") in source
    text = form.replace("{charge}", "4.5")
    assert counter_evidence(text, ENGLISH) == text
    assert counter_evidence(text, french()) == "La batterie était à 4.5 % auparavant."
    assert counter_evidence("It is a single message.", french()) == "C'est un message isolé."


def test_a_duration_has_the_units_of_the_language() -> None:
    assert duration(2 * 86_400 + 4 * 3_600, french()) == "2\u00a0j 4\u00a0h"
    assert measure("seconds", 3 * 86_400.0, french())[1] == "3\u00a0j"


def test_french_counts_nought_with_one() -> None:
    said = [french().count("{number} red alert", "{number} red alerts", n, str(n)) for n in (0, 1, 2)]
    assert said == ["0 alerte rouge", "1 alerte rouge", "2 alertes rouges"]


def test_the_reasons_of_the_dossier_are_those_of_the_card() -> None:
    assert (
        french().say("the importer was first seen {value} days ago", value="9")
        == "l'importateur est connu depuis 9 jours"
    )


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


def test_a_page_that_has_no_french_yet_is_english_as_a_whole(enter: Enter) -> None:
    page = enter("head.c").get("/intelligence", headers=READER)
    assert '<html lang="en"' in page.text
    assert "Intelligence" in text_of(page)


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
