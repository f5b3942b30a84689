# SPDX-License-Identifier: Apache-2.0
"""Entries of the register: what is asked of each field, each rule with an entry that must fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cocket.governance.accountability import Answers, build_kit
from cocket.governance.accountability.algorithm_register import FIELDS, check_entry
from tests.governance.accountability.given import facts

FIT: dict[str, Any] = {
    "name": "Kans op een vondst",
    "description_short": "Dit model schat de kans.",
    "organization": "Douane",
    "category": ["Overheidsfinanciën"],
    "status": "In gebruik",
    "begin_date": "2026-01",
    "end_date": "2026-02",
    "contact_email": "vraag@douane.example",
    "website": "https://douane.example/algoritme",
    "publication_category": "Impactvolle algoritmes",
    "lawful_basis_grouping": [{"title": "Wet", "link": "https://wetten.example/1"}],
    "impacttoetsen_grouping": [{"title": "DPIA"}],
    "source_data_grouping": [{"title": "Aangiften", "link": "https://douane.example/data"}],
    "lang": "nld",
    "standard_version": "1.0",
    "lars": "12345678",
}


def broken() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each rule of each field, with an entry that breaks this rule alone."""
    for name, field in FIELDS.items():
        without = {key: value for key, value in FIT.items() if key != name}
        if field.is_required:
            yield f"{name} is missing", without
            yield f"{name} is empty", {**without, name: ""}
        if field.form == "names":
            yield f"{name} is no list", {**without, name: "Economie"}
            yield f"{name} not permitted", {**without, name: ["Bestuur"]}
            yield f"{name} has too many", {**without, name: list(field.permitted[:4])}
        elif field.form == "links":
            yield f"{name} is no list", {**without, name: "https://a.example/b"}
            yield f"{name} has no title", {**without, name: [{"link": "https://a.example/b"}]}
            yield f"{name} has a long title", {**without, name: [{"title": "x" * 101, "link": "https://a.example/b"}]}
            yield f"{name} has another address", {**without, name: [{"title": "x", "link": "http://a.example/b"}]}
            if field.needs_link:
                yield f"{name} has no address", {**without, name: [{"title": "x"}]}
        else:
            yield f"{name} is no text", {**without, name: 7}
            if field.permitted:
                yield f"{name} not permitted", {**without, name: "Iets anders"}
            if field.form == "month":
                yield f"{name} is no month", {**without, name: "2026-13"}
            if field.form in ("link", "contact"):
                yield f"{name} is no address", {**without, name: "http://a.example/b"}
            if field.most and field.form == "text":
                yield f"{name} too long", {**without, name: "x" * (field.most + 1)}
            elif field.most and field.form != "month":
                yield f"{name} too long", {**without, name: "https://a.example/" + "x" * field.most}
    yield "no field", {**FIT, "type": "Algoritme"}
    yield "ends before it begins", {**FIT, "end_date": "2025-12"}


BROKEN = dict(broken())


def test_an_entry_that_keeps_every_rule_is_taken() -> None:
    assert check_entry(FIT) == ()
    assert len(FIELDS) == 30 and len(BROKEN) > 70


@pytest.mark.parametrize("says", BROKEN)
def test_an_entry_that_breaks_one_rule_is_refused_for_it(says: str) -> None:
    found = check_entry(BROKEN[says])
    assert len(found) == 1
    assert found[0].field == says.split()[0] or says in ("no field", "ends before it begins")


def test_length_counts_without_marks_of_html() -> None:
    assert check_entry({**FIT, "goal": f"<p>{'x' * 2500}</p>"}) == ()
    assert check_entry({**FIT, "goal": "x" * 2501})[0].problem == "has 2,501 characters; 2,500 at most"


def test_each_model_and_family_has_an_entry_that_a_person_completes() -> None:
    before = build_kit(facts(), Answers())
    assert [one.id for one in before.entries] == ["model-m1", "rules-red"]
    assert {each.field for one in before.entries for each in one.unfit} == {"contact_email", "publication_category"}
    told = {"register.contact_email": "vraag@douane.example", "register.publication_category": "Impactvolle algoritmes"}
    after = build_kit(
        facts(), Answers({**told, "register.model-m1.lars": "42", "register.model-m1.name": "Een andere naam"})
    )
    assert all(not one.unfit for one in after.entries)
    model, rules = (one.fields for one in after.entries)
    assert (model["lars"], model["name"], model["status"], model["begin_date"]) == (
        "42",
        "Een andere naam",
        "In gebruik",
        "2026-03",
    )
    assert "lars" not in rules and "3 keer" in model["human_intervention"] and "1,000 rows." in model["source_data"]
    assert after.unused == ()


def test_an_answer_that_the_register_does_not_take_is_named() -> None:
    kit = build_kit(facts(), Answers({"register.contact_email": "nobody", "register.publication_category": "Geheim"}))
    assert {each.field for each in kit.entries[0].unfit} == {"contact_email", "publication_category"}
