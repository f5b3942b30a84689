# SPDX-License-Identifier: Apache-2.0
"""All detectors: on logs with one planted threat each, on logs with none, and on the samples kept for the purpose."""

from __future__ import annotations

import gzip
import json
from functools import cache

import pytest

from cocket.risk.threats import DETECTORS, KINDS, Alert, find_threats, read_log
from cocket.simulation.threat_logs import PLANTED, make_threat_log, measure
from tests.corpora import corpora

SEEDS = range(1, 4)


@cache
def alerts(content: bytes) -> tuple[Alert, ...]:
    """What is found in a log; several tests ask of the same ones."""
    return find_threats(read_log(content))


def finder(content: bytes) -> list[tuple[str, tuple[int, ...]]]:
    return [(one.kind, one.rows) for one in alerts(content)]


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_threat_is_named_more_often_than_not_and_its_rows_with_it(kind: str) -> None:
    found = measure(kind, SEEDS, finder)
    assert found.named * 2 > found.logs
    assert found.rows_found * 2 > found.rows
    assert found.rows_beside <= 0.2 * found.rows


@pytest.mark.parametrize("kind", ["desk", "trade"])
def test_ordinary_work_hardly_ever_raises_an_alert(kind: str) -> None:
    found = measure(kind, range(1, 5), finder)
    assert sum(found.false_alerts.values()) <= 1


def test_every_kind_can_be_planted_and_every_planted_kind_is_one() -> None:
    assert set(PLANTED) == set(KINDS)


def test_without_its_detectors_a_threat_is_not_found() -> None:
    log = read_log(make_threat_log("bulk-browse", 1).content)
    others = [one for one in DETECTORS if one.__name__ != "find_bulk_browsing"]
    assert "bulk-browse" in [one.kind for one in find_threats(log)]
    assert "bulk-browse" not in [one.kind for one in find_threats(log, detectors=others)]


def test_an_alert_says_why_in_words_with_every_place_filled() -> None:
    for kind in PLANTED:
        for one in alerts(make_threat_log(kind, 2).content):
            assert "{" not in one.says
            assert one.first <= one.last
            assert list(one.rows) == sorted(set(one.rows))
            assert 0 <= one.chance <= (1.0 if one.kind == "new-trader-busy" else 1e-3)
            assert one.is_insider == KINDS[one.kind][1]


#: Kinds as the samples call them → as we do.
SAMPLES = {
    "collusion": "collusion", "pair": "reciprocal-approval", "tipoff": "look-before-move", "export": "bulk-browse",
    "night": "off-shift", "result_poison": "rubber-stamp", "rule_edit": "rule-off-window", "rival": "competitor-read",
    "oracle": "existence-oracle", "decl-split": "split", "decl-split_day": "split-over-days", "decl-probe": "probe",
    "decl-amend": "amend-until-green", "decl-cancel": "cancel-and-resubmit", "decl-flip": "misclass-shift",
}  # fmt: skip


def test_every_sample_log_is_told_by_kind_and_rows_and_clean_ones_raise_nothing() -> None:
    folder = corpora("hostile", "customs-threats")
    for line in (folder / "manifest.jsonl").read_text().splitlines():
        told = json.loads(line)
        content = (folder / told["file"]).read_bytes()
        content = gzip.decompress(content) if told.get("gz") else content
        bad = {row for row, one in enumerate(content.splitlines(), 1) if json.loads(one)["label"] != "ok"}
        found = finder(content)
        expected = [SAMPLES[told["kind"]]] if told["expect"] == "flag" else []
        assert [kind for kind, _ in found] == expected, told["id"]
        rows = {row for _, of in found for row in of}
        assert bad <= rows, told["id"]
        assert len(rows - bad) <= 0.1 * len(bad), told["id"]
