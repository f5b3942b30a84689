# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from cocket.findings import Finding, Gathered, describe, render


def finding(**given: object) -> Finding:
    fields: dict[str, object] = {
        "code": "some-rule",
        "severity": "error",
        "message": "{found} instead of {expected} in {place}",
    }
    return Finding(**(fields | given))  # type: ignore[arg-type]


def test_a_sentence_gets_its_values_and_says_where_one_is_missing() -> None:
    assert render(finding(found="2", arguments={"place": "box 5"})) == "2 instead of – in box 5"


def test_a_value_that_looks_like_a_place_stays_as_it_is() -> None:
    assert (
        render(finding(found="{expected}", expected="3", arguments={"place": "{found}"}))
        == "{expected} instead of 3 in {found}"
    )


def test_a_translation_is_of_the_sentence_not_of_the_values() -> None:
    german = {"{found} instead of {expected} in {place}": "{found} statt {expected} in {place}"}
    assert render(finding(found="2", expected="3", arguments={"place": "x"}), german.__getitem__) == "2 statt 3 in x"


def test_the_json_of_a_finding_names_what_is_absent() -> None:
    assert describe(finding(found="2")) == {
        "code": "some-rule",
        "severity": "error",
        "pointer": None,
        "location": None,
        "message": "2 instead of – in {place}",
        "expected": None,
        "found": "2",
    }


def test_past_the_limit_findings_are_counted_and_an_error_still_counts() -> None:
    gathered = Gathered(limit=2)
    gathered.extend([finding(severity="warning")] * 2)
    assert gathered.is_full
    assert not gathered.has_error
    gathered.add(finding())
    assert gathered.has_error
    assert [f.code for f in gathered.result()] == ["some-rule", "some-rule", "findings-left-out"]
    assert gathered.result()[-1].severity == "error"
    assert render(gathered.result()[-1]) == "1 further findings were left out"
