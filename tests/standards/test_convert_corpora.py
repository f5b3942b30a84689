# SPDX-License-Identifier: Apache-2.0
"""Conversion of third-party messages: the count holds for every one, and only errors of ours leave it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cocket.errors import SenderError
from cocket.standards import ConvertOptions, convert, pairs, recognise
from cocket.standards.accounts import values_of
from cocket.standards.xml import parse_xml
from tests.corpora import corpora

#: Folder of messages → one of how many is taken, since most are near copies; a soak takes three times as many.
FOLDERS = {
    "host": 27,
    "hmrc-cds-declarations": 120,
    "hmrc-cds-declare-exports": 15,
    "hmrc-ics-ens": 180,
}
_LARGEST = 120_000

#: A message that is no such thing, has several bills, none, or too little to be known as one of the target's.
REFUSED = ("convert-other-thing", "convert-several-bills", "convert-no-bill", "convert-too-little")


def messages(folder: str, step: int) -> list[Path]:
    paths = [path for path in sorted(corpora(folder).rglob("*.xml")) if path.stat().st_size < _LARGEST]
    return paths[::step]


@pytest.mark.parametrize(
    ("folder", "step"),
    [
        *FOLDERS.items(),
        *(pytest.param(name, step // 3, marks=pytest.mark.soak) for name, step in FOLDERS.items()),
    ],
)
def test_values_are_recovered_or_listed_as_lost(folder: str, step: int) -> None:
    met: Counter[str] = Counter()
    for path in messages(folder, step):
        data = path.read_bytes()
        try:
            source = recognise(data)[0].name
        except SenderError:
            continue
        for target in [pair.target for pair in pairs() if pair.source == source]:
            try:
                done = convert(data, target, ConvertOptions(partial=True))
            except SenderError as error:
                met[error.code] += 1
                continue
            values = {(value.path, value.text) for value in values_of(parse_xml(data), source)}
            lost = {(each.path, each.value) for each in done.lost}
            assert lost <= values, path.name
            assert len(values) == done.values == done.recovered + len(lost), path.name
            met["converted"] += 1
            met["recovered"] += done.recovered
    assert met["converted"] > 0
    assert met["recovered"] > 0
    assert set(met) <= {"converted", "recovered", *REFUSED}
