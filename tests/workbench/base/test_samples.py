# SPDX-License-Identifier: Apache-2.0
"""The pictures show only what the product says: each sample reason, finding, sentence and field is one of its own."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable

import pytest

from cocket.consignment import crosschecks, dossier, side_by_side
from cocket.findings import Finding
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.queries import timeline as history
from cocket.risk import FEATURES, INDICATORS
from cocket.standards.wco_dm import explanation, rules
from cocket.workbench.base import component_sheet as parts
from tests.simulators.workbench_country import consignments, dossier_of, messages

LINES = consignments()
DOSSIERS = [dossier_of(line, []) for line in LINES]
REASONS = [*parts._REASONS, *(reason for line in LINES for reason in line.advice.reasons)]  # type: ignore[union-attr]
FINDINGS = [
    *parts._FINDINGS,
    *(finding for shown in DOSSIERS for finding in shown.findings),
    *(finding for line in LINES for message in messages(line) for finding in message.findings),
]

#: Code of a reason → its sentence and what it rests on.
KNOWN = {rule.code: (rule.message, rule.source) for rule in INDICATORS} | {
    feature.name: (feature.reason, feature.source) for feature in FEATURES
}
CHECKS = " ".join(inspect.getsource(module) for module in (crosschecks, explanation))


def is_of_the_product(said: ReasonView | Finding) -> bool:
    if isinstance(said, ReasonView):
        return KNOWN.get(said.code) == (said.message, said.source)
    checked = {rule.__name__.replace("_", "-"): rules._text(rule) for rule, _ in rules.RULES}
    return checked.get(said.code) == said.message or (f'"{said.code}"' in CHECKS and f'"{said.message}"' in CHECKS)


def places(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


@pytest.mark.parametrize("said", [*REASONS, *FINDINGS], ids=lambda said: said.code)
def test_a_sample_says_what_the_product_says(said: ReasonView | Finding) -> None:
    assert is_of_the_product(said)
    given = {"expected", "found"} if isinstance(said, Finding) else set()
    assert places(said.message) <= set(said.arguments) | given


def test_a_sample_that_the_product_cannot_say_is_heard() -> None:
    assert not is_of_the_product(ReasonView(code="permit-missing", message="Permit {kind} is needed"))
    changed = Finding(code="seal-differs", severity="warning", message="The seal differs")
    assert not is_of_the_product(changed)


def test_every_severity_has_its_sample() -> None:
    assert {finding.severity for finding in parts._FINDINGS} == {"error", "warning", "info"}


def test_features_rows_and_what_happened_have_the_names_of_the_product() -> None:
    for line in LINES:
        assert list(line.advice.features) == [feature.name for feature in FEATURES]  # type: ignore[union-attr]
    labels = {(field.name, field.label) for field in side_by_side._FIELDS}
    assert {(row.name, row.label) for shown in DOSSIERS for row in shown.rows} <= labels
    told = {entry.message for shown in DOSSIERS for entry in shown.timeline}
    assert told <= _sentences(dossier._SENTENCES.values(), history._SENTENCES.values())


def test_papers_disagree_where_the_reason_says_so() -> None:
    for line, shown in zip(LINES, DOSSIERS, strict=True):
        warned = ", ".join(found.code.replace("-", " ") for found in shown.findings if found.severity == "warning")
        told = [r.arguments["findings"] for r in line.advice.reasons if r.code == "papers-disagree"]  # type: ignore[union-attr]
        assert told == ([warned] if warned else [])


def _sentences(*known: Iterable[str]) -> set[str]:
    told = re.findall(r'message="([^"]+)"', inspect.getsource(history._host_entries))
    return {sentence for sentences in known for sentence in sentences} | set(told)
