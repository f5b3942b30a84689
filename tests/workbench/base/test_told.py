# SPDX-License-Identifier: Apache-2.0
"""What programs found, on pages of other languages: of what kind it is in words, and the text itself as found."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from cocket.findings import Finding
from cocket.languages import language
from cocket.pipeline.base.proposals import SUBJECTS
from cocket.pipeline.ledger.log_views import LogsView, OwnLogView
from cocket.pipeline.operations.health import CHECKS, ROLES, Check
from cocket.workbench.base import labels
from cocket.workbench.base.rendering import HOME, Pages, sentence
from tests.simulators.workbench_house import SimulatedHouse
from tests.simulators.workbench_logs import logs
from tests.workbench.base.test_one_language import Texts
from tests.workbench.conftest import Enter

OTHERS = ("fr", "es", "ar")

#: Words that stand in English sentences and in no name of ours.
ENGLISH = re.compile(
    r"(?<![\w'’-])(the|of|is|are|not|cannot|was|by|with|from|and|because|has|it)(?![\w'’-])", re.IGNORECASE
)

#: Files that mark a text as English: the macro for what was found, and words that a tariff has of its own.
MARKED = {
    "base/templates/parts/values.html",
    "consignment/templates/dossier_law.html",
    "measures/templates/charges.html",
    "measures/templates/duties.html",
}


def read(page: str) -> str:
    """What people read of a page, without what stands as code."""
    texts = Texts()
    texts.feed(page)
    return " ".join(texts.found)


def test_no_page_marks_a_text_as_english_but_what_was_found() -> None:
    files = {file.relative_to(HOME).as_posix(): file.read_text("utf-8") for file in HOME.glob("*/templates/**/*.html")}
    assert {name for name, text in files.items() if 'lang="en"' in text} == MARKED


@pytest.mark.parametrize("tag", ["en", *OTHERS])
def test_a_text_of_a_known_form_is_said_and_any_other_stands_as_found(tag: str) -> None:
    pages = Pages(ZoneInfo("UTC"), lambda: datetime.now(UTC))
    environment = pages._environment(language(tag), pages.clock(language(tag)))
    template = environment.from_string(
        '{% import "base/templates/parts/values.html" as values with context %}{{ values.told(text, kind) }}'
    )
    known = template.render(text="It has no checkpoint.", kind="")
    assert ("It has no checkpoint." in known) is (tag == "en") and "<code" not in known
    strange = template.render(text="Nobody wrote <this> of it.", kind=labels.UNWELL)
    assert "Nobody wrote &lt;this&gt; of it." in strange
    assert ("<code" in strange) is (tag != "en")
    assert tag == "en" or ENGLISH.search(read(strange)) is None, strange


def test_every_check_of_the_instance_has_its_words() -> None:
    assert set(CHECKS) - set(labels.HEALTH) <= set(ROLES), "a check without words is said to be a process"


def test_every_act_that_waits_for_a_second_person_has_its_words() -> None:
    assert {kind for kinds in SUBJECTS.values() for kind in kinds} == set(labels.ACTS)


@pytest.mark.parametrize("tag", OTHERS)
def test_what_is_not_well_is_said_in_the_readers_language(enter: Enter, house: SimulatedHouse, tag: str) -> None:
    english = "The thing is stalled, because of that. Find out why it is."
    house.checks = tuple(Check(name=name, state="failed", words=english) for name in (*labels.HEALTH, "a-role"))
    page = enter("head.c").get("/queue", headers={"accept-language": tag}).text
    part = page[page.index('<section class="notice health"') :].partition("</section>")[0]
    assert part.count(english) == len(labels.HEALTH) + 1
    assert ENGLISH.search(read(part)) is None, read(part)


@pytest.mark.parametrize("tag", OTHERS)
def test_alarms_about_logs_are_said_in_the_readers_language(
    enter: Enter, house: SimulatedHouse, monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    view = logs()
    one = view.foreign[0].alarms[0]
    texts = (
        "It shows a head over 3 entries, after one over 7. The two do not belong to one history.",
        "The head over 8 entries is not consistent with the one over 5. Entry 3 is the first that differs.",
        "The signature of customs.example/log is not valid.",
        "No head has met its quorum for 30.5 hours.",
        "Its files changed while they were read.",
        "tile/0/000 has the wrong length.",
        "Something that nobody foresaw of it.",
    )
    alarms = tuple(msgspec.structs.replace(one, message=text, time=None) for text in texts)
    foreign = (msgspec.structs.replace(view.foreign[0], alarms=alarms),)
    own = (OwnLogView(log="x", problem="The published head is not signed by x with this instance's key."),)
    shown = LogsView(own=own, asked=(), failure="No such file or directory", foreign=foreign)
    monkeypatch.setattr(house.ledger.logs, "logs", lambda principal: shown)
    page = enter().get("/log", headers={"accept-language": tag}).text
    main = page[page.index("<main") :]
    assert ENGLISH.search(read(main)) is None, ENGLISH.search(read(main))
    assert all(text not in main for text in texts[:-1]) and texts[-1] in main


@pytest.mark.parametrize(
    ("tag", "said"),
    [("fr", "80 colis du connaissement"), ("es", "80 bultos del conocimiento"), ("en", "80 packages of bill")],
)
def test_what_the_control_of_manifests_found_is_said_with_its_counts(tag: str, said: str) -> None:
    finding = Finding(
        code="bill-partly-declared", severity="info",
        message="{left} of bill {bill} of manifest {manifest} are not declared, {days} days after arrival",
        arguments={"left": "80 packages", "bill": "B1", "manifest": "M1", "days": "32"},
    )  # fmt: skip
    assert sentence(finding, language(tag)).startswith(said)
